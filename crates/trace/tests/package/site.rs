//! Distributions that packages import: found last, on every level, and nothing of them runs by itself.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use tracestone_record::Verdict;
use tracestone_trace::{Level, Limits, ReplayOutcome, SandboxChoice, Site, Tree};

use crate::support::{self, runs};
use crate::{packaged, tree, value, witness};

const SOURCE: [(&str, &str); 3] = [
    ("own/__init__.py", "WHOSE = 'source'\n"),
    (
        "pkg/__init__.py",
        "from importlib import metadata\nimport json\nimport dist\nimport own\nfrom made.moves import queue\n\
         from nsp import inner\n\ntry:\n    VERSION = metadata.version('dist')\nexcept Exception:\n    VERSION = None\n\n\n\
         def f(x):\n    y = dist.double(x)\n    \
         return [y, own.WHOSE, json.dumps(x), queue.NAME, inner.NAME, VERSION]\n",
    ),
    (
        "other.py",
        "import dist\n\n\ndef g():\n    dist.SEEN.append(1)\n    return len(dist.SEEN)\n",
    ),
];

/// The function `f`.
const SHOWN: [u32; 3] = [14, 15, 16];

const OTHERS: [(&str, &str); 9] = [
    (
        "dist.py",
        "SEEN = []\n\n\ndef double(x):\n    return 2 * x\n",
    ),
    (
        "dist-1.5.dist-info/METADATA",
        "Metadata-Version: 2.1\nName: dist\nVersion: 1.5\n",
    ),
    // A module that makes others, as `six` does.
    (
        "made/__init__.py",
        "import sys\nimport types\nfrom importlib.machinery import ModuleSpec\n\n\nclass Finder:\n    \
         def find_spec(self, name, path=None, target=None):\n        \
         return ModuleSpec(name, self) if name == 'made.moves' else None\n\n    \
         def create_module(self, spec):\n        \
         return types.SimpleNamespace(queue=types.SimpleNamespace(NAME='queue'))\n\n    \
         def exec_module(self, module):\n        pass\n\n\nsys.meta_path.append(Finder())\n",
    ),
    ("nsp/inner.py", "NAME = 'inner'\n"),
    // None of these is what its name means here.
    ("own/__init__.py", "WHOSE = 'distribution'\n"),
    ("json.py", "raise SystemExit('not the library')\n"),
    ("sitecustomize.py", "raise SystemExit('ran by itself')\n"),
    ("usercustomize.py", "raise SystemExit('ran by itself')\n"),
    ("first.pth", "import os; os._exit(9)\n"),
];

fn with_others(name: &str) -> Arc<Tree> {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
        .join("sites")
        .join(name);
    drop(fs::remove_dir_all(&folder));
    for (path, text) in OTHERS {
        let path = folder.join("site").join(path);
        fs::create_dir_all(path.parent().expect("it has one")).expect("the folder can be made");
        fs::write(path, text).expect("the file can be written");
    }
    std::os::unix::fs::symlink("site", folder.join("elsewhere")).expect("a link can be made");
    let folder = folder.canonicalize().expect("it is there");
    let site = Site {
        folder: folder.join("site"),
        other: folder.join("elsewhere"),
        native: false,
    };
    let tree = Arc::unwrap_or_clone(tree(name, &SOURCE));
    Arc::new(tree.with(Some(site)))
}

#[test]
fn distributions_are_found_last_on_every_level_and_nothing_of_them_runs_by_itself() {
    let tree = with_others("levels-site");
    let mut tested = 0;
    for level in Level::ALL {
        let engines = [support::python(), PathBuf::from("/usr/bin/python3")].map(|python| {
            support::start_with(&python, Limits::default(), SandboxChoice::Exactly(level))
        });
        let Some(engine) = engines.into_iter().find_map(Result::ok) else {
            continue;
        };
        // Metadata is a file, and on the last level none can be opened.
        let version = match level {
            Level::Seccomp => "None",
            _ => "'1.5'",
        };
        let text = format!("[4, 'source', '2', 'queue', 'inner', {version}]");
        let all = runs(&engine, packaged(&tree, "pkg", &SHOWN, &[("", "f(2)")]));
        assert_eq!(value(&all[0]), text, "{}", level.name());
        // The witness imports again for each evaluation.
        let told = witness(&engine, &tree, "pkg", &SHOWN, "f(2)");
        assert_eq!(
            told.outcome,
            ReplayOutcome::Returned { text: text.clone() },
            "{}",
            level.name()
        );
        assert!(matches!(told.testimony, Some(Ok(_))), "{}", level.name());
        tested += 1;
    }
    assert!(tested > 0, "no level of the sandbox is available");
}

#[test]
fn what_a_call_leaves_in_a_distribution_becomes_no_answer() {
    let (engine, tree) = (support::engine(), with_others("left-behind"));
    let calls = [
        ("", "g()"),
        ("", "g() + 0"),
        ("", "dist.double(len(dist.SEEN))"),
    ];
    let all = runs(&engine, packaged(&tree, "other", &[4, 5, 6], &calls));
    // Each evaluation of these adds to what the one before has left.
    assert_ne!(all[0].verdict, Verdict::Verified);
    assert_ne!(all[1].verdict, Verdict::Verified);
    assert_eq!(value(&all[2]), "0");
}

#[test]
fn a_value_with_the_path_of_a_distribution_depends_on_the_environment() {
    let (engine, tree) = (support::engine(), with_others("paths"));
    let all = runs(
        &engine,
        packaged(&tree, "other", &[4, 5, 6], &[("", "dist.__file__")]),
    );
    let verdict = &all[0].verdict;
    assert_ne!(
        *verdict,
        tracestone_record::Verdict::Verified,
        "{:?}",
        all[0].outcome
    );
}

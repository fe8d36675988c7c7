//! Packages that attack the process that imports them, or the calls that are forked from it.

use super::*;

/// Finds the C library of the worker, as nothing in the names of a program tells.
const LIBRARY: &str = "\
import os, sys
frame = sys._getframe()
while 'WORKING' not in frame.f_globals:
    frame = frame.f_back
call = vars(frame.f_globals['libc'])['syscall']
";

/// Says in the place of an import that it is over, and of children that they have started and ended.
const FORGED: &str = "\
for fd in range(3, 64):
    for text in ('{\"imported\": true}', '{\"started\": 1}', '{\"ended\": 0, \"exited\": true}'):
        try:
            os.write(fd, len(text).to_bytes(4, 'big') + text.encode())
        except OSError:
            pass
";

#[test]
fn a_package_that_attacks_its_zygote_harms_itself_only() {
    let engine = engine();
    let attacks = [
        ("forges", format!("{LIBRARY}{FORGED}")),
        (
            "forges_and_leaves",
            format!("{LIBRARY}{FORGED}call(60, 0)\n"),
        ),
        (
            "forges_and_forks",
            format!("{LIBRARY}{FORGED}while call(56, 17, 0, 0, 0, 0) >= 0:\n    pass\n"),
        ),
        ("forks", format!("{LIBRARY}call(56, 17, 0, 0, 0, 0)\n")),
        ("kills", format!("{LIBRARY}call(62, os.getppid(), 9)\n")),
        (
            "signals",
            format!("{LIBRARY}call(157, 1, 0)\ncall(302, os.getppid(), 0, b'0' * 16, 0)\n"),
        ),
        ("closes", "import os\nos.closerange(0, 64)\n".to_owned()),
        ("reads", "import os\nos.read(0, 1)\n".to_owned()),
    ];
    let mut files: Vec<(String, String)> = FILES
        .map(|(path, text)| (path.to_owned(), text.to_owned()))
        .into();
    const F: &str = "def f(x):\n    return x + 1\n";
    for (name, attack) in &attacks {
        files.push((format!("{name}/__init__.py"), attack.clone()));
        files.push((format!("{name}/core.py"), F.to_owned()));
        // In a module that the package does not import, and so in a process forked from the package's.
        files.push((format!("{name}_late/__init__.py"), String::new()));
        files.push((format!("{name}_late/core.py"), format!("{attack}{F}")));
    }
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect();
    let tree = tree("zygotes", &files);
    let early = attacks.iter().map(|(name, _)| (format!("{name}.core"), 0));
    let late = attacks.iter().map(|(name, attack)| {
        let lines = attack.lines().count() as u32;
        (format!("{name}_late.core"), lines)
    });
    for (name, above) in early.chain(late) {
        let lines = [above + 1, above + 2];
        let all = runs(&engine, packaged(&tree, &name, &lines, &[("", "f(1)")]));
        if all[0].verdict == Verdict::Verified {
            assert_eq!(value(&all[0]), "2", "{name}");
        }
        let next = packaged(&tree, "pkg.core", &SHOWN, &[("", "shown(2)")]);
        assert_eq!(value(&runs(&engine, next)[0]), "6", "after {name}");
        let left = children_of_interpreters();
        assert!(left.len() < 40, "{name} has left processes: {left:?}");
    }
}

/// The processes below this one.
fn children_of_interpreters() -> Vec<u32> {
    let mut found = Vec::new();
    let mut todo = vec![std::process::id()];
    while let Some(process) = todo.pop() {
        let threads = std::fs::read_dir(format!("/proc/{process}/task"))
            .into_iter()
            .flatten();
        for thread in threads.flatten() {
            let path = thread.path().join("children");
            let told = std::fs::read_to_string(path).unwrap_or_default();
            let children = told
                .split_whitespace()
                .filter_map(|id| id.parse::<u32>().ok());
            for child in children {
                found.push(child);
                todo.push(child);
            }
        }
    }
    found
}

#[test]
fn a_package_that_attacks_its_import_harms_itself_only() {
    let engine = engine();
    let attacks = [
        ("forks", "import os\nos.fork()\n"),
        ("exits", "import os\nos._exit(0)\n"),
        ("leaves", "raise SystemExit\n"),
        ("loops", "while True:\n    pass\n"),
        ("writes", "open('/tmp/tracestone-canary', 'w')\n"),
        ("connects", "import socket\nsocket.socket()\n"),
        (
            "floods",
            "import sys\nfor _ in range(10 ** 6):\n    print('x' * 1000)\n",
        ),
        ("replaces_itself", "import sys\nsys.modules[__name__] = 7\n"),
        ("replaces_json", "import sys\nsys.modules['json'] = None\n"),
        (
            "patches",
            "import builtins, sys\nbuiltins.compile = builtins.exec = None\nsys.meta_path.clear()\n",
        ),
        (
            "reaches_for_the_tree",
            "import sys\nfor finder in list(sys.meta_path):\n    if hasattr(finder, 'tree'):\n        \
             finder.tree.texts.clear()\n        finder.tree.codes.clear()\n",
        ),
        ("traces", "import sys\nsys.settrace(lambda *a: None)\n"),
        ("reads", "open('/etc/passwd').read()\n"),
        ("memory", "x = 'x' * (1 << 40)\n"),
    ];
    // All in one source, so that the same interpreters run one after the other.
    let files: Vec<(String, &str)> = attacks
        .iter()
        .flat_map(|(name, init)| {
            [
                (format!("{name}/__init__.py"), *init),
                (format!("{name}/core.py"), "def f(x):\n    return x + 1\n"),
            ]
        })
        .chain(FILES.map(|(path, text)| (path.to_owned(), text)))
        .chain([
            ("conftest.py".to_owned(), "import os\nos.fork()\n"),
            ("sitecustomize.py".to_owned(), "import os\nos.fork()\n"),
        ])
        .collect();
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(path, text)| (path.as_str(), *text))
        .collect();
    let tree = tree("attacks", &files);
    for (name, _) in attacks {
        let module = format!("{name}.core");
        let all = runs(&engine, packaged(&tree, &module, &[1, 2], &[("", "f(1)")]));
        // What runs in the end is what it is; nothing else is told as its result.
        if all[0].verdict == Verdict::Verified {
            assert_eq!(value(&all[0]), "2", "{name}");
        }
        let next = runs(
            &engine,
            packaged(&tree, "pkg.core", &SHOWN, &[("", "shown(2)")]),
        );
        assert_eq!(value(&next[0]), "6", "after {name}");
    }
    let text = runs(&engine, job("def f():\n    return 6 * 7\n", &[("", "f()")]));
    assert_eq!(value(&text[0]), "42");
    assert!(!std::path::Path::new("/tmp/tracestone-canary").exists());
}

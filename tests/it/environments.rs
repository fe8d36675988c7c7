//! Sources whose programs import other people's distributions, from wheels in a folder in the place of an index.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::starter::recheck_from;
use crate::support::{Bench, repository, stderr};

/// A wheel of files, with its metadata.
fn write_wheel(folder: &Path, name: &str, version: &str, metadata: &str, files: &[(&str, &str)]) {
    let script = "\
import json, sys, zipfile
path, files = sys.argv[1], json.load(sys.stdin)
with zipfile.ZipFile(path, 'w') as wheel:
    for name, text in files:
        entry = zipfile.ZipInfo(name)
        entry.external_attr = (0o120777 if text.startswith('link to ') else 0o100644) << 16
        wheel.writestr(entry, text)
";
    let info = format!("{name}-{version}.dist-info");
    let metadata = format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{metadata}");
    let tags = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n";
    let mut all = vec![
        (format!("{info}/METADATA"), metadata),
        (format!("{info}/WHEEL"), tags.to_owned()),
        (format!("{info}/RECORD"), String::new()),
    ];
    let files = files.iter();
    all.extend(files.map(|(name, text)| ((*name).to_owned(), (*text).to_owned())));
    fs::create_dir_all(folder).unwrap();
    let mut child = Command::new("python3")
        .args(["-c", script])
        .arg(folder.join(format!("{name}-{version}-py3-none-any.whl")))
        .stdin(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    serde_json::to_writer(child.stdin.take().unwrap(), &all).unwrap();
    assert!(child.wait().unwrap().success());
}

/// A repository beside a folder with wheels.
pub(crate) struct World {
    bench: Bench,
}

impl World {
    fn new(files: &[(&str, &str)]) -> Self {
        let bench = Bench::empty();
        repository(&bench.path("repository"), files);
        fs::create_dir_all(bench.path("wheels")).unwrap();
        Self { bench }
    }

    fn wheel(&self, name: &str, version: &str, metadata: &str, files: &[(&str, &str)]) {
        let folder = self.bench.path("wheels");
        write_wheel(&folder, name, version, metadata, files);
    }

    fn corpus(&self, keys: &str) {
        let text = format!(
            "name = \"p\"\n[split]\ngroup_by = \"file\"\n[[source]]\nkind = \"git\"\nurl = \"./repository\"\n\
             {keys}\n"
        );
        self.bench.write("corpus.toml", &text);
    }

    /// Settings of pip: no index, the folder alone.
    fn variables(&self) -> [(&'static str, PathBuf); 3] {
        [
            ("PIP_NO_INDEX", "1".into()),
            ("PIP_FIND_LINKS", self.bench.path("wheels")),
            ("PIP_CONFIG_FILE", "/dev/null".into()),
        ]
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.bench.command(arguments);
        command.envs(self.variables());
        command
    }

    fn ok(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments).output().unwrap();
        assert!(
            output.status.success(),
            "{arguments:?}: {}",
            stderr(&output)
        );
        String::from_utf8(output.stdout).unwrap()
    }

    fn build(&self, store: &str, jobs: &str) -> String {
        self.ok(&["build", "corpus.toml", "--store", store, "--jobs", jobs])
    }

    /// The rows of an export of a store.
    fn rows(&self, store: &str, folder: &str) -> Vec<Value> {
        self.ok(&["export", "--store", store, "--out", folder]);
        let mut rows = Vec::new();
        for (name, bytes) in self.bench.files(folder) {
            if name.ends_with(".jsonl") {
                let text = String::from_utf8(bytes).unwrap();
                let parsed = text.lines().map(|line| serde_json::from_str(line).unwrap());
                rows.extend(parsed);
            }
        }
        rows
    }
}

const FILES: [(&str, &str); 3] = [
    ("LICENSE", include_str!("../../LICENSE-MIT")),
    (
        "pkg/core.py",
        "import tally\n\n\ndef total(items: list):\n    counter = tally.Counter()\n    for item in items:\n        \
         counter.add(item)\n    return counter.count\n",
    ),
    (
        "tests/test_core.py",
        "from pkg.core import total\n\n\ndef test_total():\n    assert total([3, 4, 5]) == 12\n",
    ),
];

const TALLY: &str = "import steps\n\n\nclass Counter:\n    def __init__(self):\n        self.count = 0\n\n    \
                     def add(self, number):\n        self.count += steps.STEP * number\n";

#[test]
fn programs_import_what_the_corpus_names_and_hold_at_the_commit_and_the_lock() {
    let world = World::new(&FILES);
    world.wheel(
        "tally",
        "1.0",
        "Requires-Dist: steps >=2\n",
        &[("tally.py", TALLY)],
    );
    world.wheel("steps", "2.1", "", &[("steps.py", "STEP = 1\n")]);
    world.corpus("packages = [\"tally ~= 1.0\"]");
    for jobs in ["1", "2"] {
        world.build(&format!("{jobs}.db"), jobs);
    }
    let rows = world.rows("1.db", "1");
    world.rows("2.db", "2");
    assert_eq!(world.bench.files("1"), world.bench.files("2"));
    let total = rows.iter().find(|row| row["entry"] == "total").unwrap();
    let needs: Vec<&str> = total["package"]["needs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line.as_str().unwrap())
        .collect();
    assert!(
        needs[0].starts_with("steps==2.1 --hash=sha256:"),
        "{needs:?}"
    );
    assert!(
        needs[1].starts_with("tally==1.0 --hash=sha256:"),
        "{needs:?}"
    );
    let output = rows.iter().find(|row| {
        row["entry"] == "total" && row["kind"] == "output" && row["call"] == "total([3, 4, 5])"
    });
    assert_eq!(output.unwrap()["answer"], "12");

    // From the store, from the exported text alone, and outside the tool.
    for target in [&["verify", "--store", "1.db"][..], &["verify", "1"]] {
        let text = world.ok(target);
        assert!(text.contains(", 0 do not hold"), "{text}");
    }
    let sources = ["--sources".into(), world.bench.path("")];
    let (whole, report) = recheck_from(&world.variables(), &sources, &[world.bench.path("1")]);
    assert!(whole, "{report}");
    assert!(report["held"]["path"].as_u64().unwrap() > 0, "{report}");

    // A cache that was emptied is filled again from the lock, and only with the same files.
    fs::remove_dir_all(world.bench.path("cache/environments")).unwrap();
    let text = world.ok(&["verify", "1"]);
    assert!(text.contains(", 0 do not hold"), "{text}");
    fs::remove_dir_all(world.bench.path("cache/environments")).unwrap();
    world.wheel("steps", "2.1", "", &[("steps.py", "STEP = 2\n")]);
    let output = world.command(&["verify", "1"]).output().unwrap();
    assert!(!output.status.success());
    assert!(
        stderr(&output).contains("Expected sha256"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn what_is_resolved_once_stays_and_what_is_missing_is_said() {
    let world = World::new(&FILES);
    world.wheel(
        "tally",
        "1.0",
        "",
        &[("tally.py", TALLY), ("steps.py", "STEP = 1\n")],
    );
    world.corpus("packages = [\"tally\"]");
    world.build("a.db", "1");
    let before = world.rows("a.db", "a");
    world.wheel("tally", "2.0", "", &[("tally.py", "")]);
    let again = world.build("a.db", "1");
    assert!(!again.is_empty());
    assert_eq!(before, world.rows("a.db", "again"));
    world.corpus("packages = [\"tally>=3\"]");
    let output = world
        .command(&["build", "corpus.toml", "--store", "b.db"])
        .output()
        .unwrap();
    let text = stderr(&output);
    assert!(!output.status.success());
    assert!(text.contains("no environment with tally>=3"), "{text}");
}

/// Outcome of a build that may fail: its standard error.
fn tried(world: &World, store: &str) -> (bool, String) {
    let arguments = ["build", "corpus.toml", "--store", store, "--jobs", "1"];
    let output = world.command(&arguments).output().unwrap();
    (output.status.success(), stderr(&output))
}

/// A file that hostile code would make.
fn canary(world: &World) -> PathBuf {
    world.bench.path("canary")
}

#[test]
fn nothing_of_a_wheel_runs_outside_of_the_sandbox_and_no_file_leaves_its_folder() {
    let world = World::new(&FILES);
    let write = format!("open({:?}, 'w')", canary(&world));
    let steps = [
        ("steps.py", "STEP = 1\n"),
        ("steps.pth", &format!("import builtins; {write}")),
        ("sitecustomize.py", &write),
        ("usercustomize.py", &write),
        ("setup.py", &write),
        (
            "__pycache__/steps.cpython-311.pyc",
            "not what the source says",
        ),
        ("steps-1.0.data/scripts/python3", "#!/bin/sh\n"),
        ("steps-1.0.data/data/pip.conf", "[global]\n"),
        ("steps-1.0.data/purelib/more.py", "MORE = 1\n"),
    ];
    world.wheel("steps", "1.0", "", &steps);
    world.wheel(
        "tally",
        "1.0",
        "Requires-Dist: steps\n",
        &[("tally.py", TALLY)],
    );
    world.corpus("packages = [\"tally\"]");
    world.build("a.db", "1");
    let rows = world.rows("a.db", "a");
    assert!(rows.iter().any(|row| row["entry"] == "total"));
    assert!(!canary(&world).exists());
    let files = world.bench.files("cache/environments");
    let names: Vec<&str> = files
        .iter()
        .filter_map(|(name, _)| Some(name.split_once("/site/")?.1))
        .collect();
    assert!(names.contains(&"more.py"), "{names:?}");
    for left_out in ["steps.pth", "python3", "pip.conf"] {
        assert!(
            !names.iter().any(|name| name.ends_with(left_out)),
            "{names:?}"
        );
    }
    assert!(
        !names.iter().any(|name| name.contains("__pycache__")),
        "{names:?}"
    );

    for (number, name) in [
        "../out.py",
        "/tmp/out.py",
        "a/../../out.py",
        "a\\b.py",
        "./out.py",
        "a//b.py",
    ]
    .iter()
    .enumerate()
    {
        world.wheel(
            "steps",
            "2.0",
            "",
            &[("steps.py", "STEP = 1\n"), (name, "x = 1\n")],
        );
        world.corpus("packages = [\"tally\", \"steps==2.0\"]");
        let (_, text) = tried(&world, &format!("{number}.db"));
        assert!(
            text.contains("is no path inside a folder"),
            "{name}: {text}"
        );
    }
    world.wheel(
        "steps",
        "2.0",
        "",
        &[("steps.py", "STEP = 1\n"), ("up.py", "link to ../..")],
    );
    let (_, text) = tried(&world, "link.db");
    assert!(text.contains("is no regular file"), "{text}");
    assert!(!world.bench.path("cache/environments/out.py").exists());
}

#[test]
fn what_is_not_a_wheel_is_not_built() {
    let world = World::new(&FILES);
    // A source distribution whose build would make a file, and a wheel that asks for one by its address.
    let build = format!("open({:?}, 'w')\n", canary(&world));
    let folder = world.bench.path("steps-1.0");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("setup.py"), &build).unwrap();
    fs::write(
        folder.join("PKG-INFO"),
        "Metadata-Version: 2.1\nName: steps\nVersion: 1.0\n",
    )
    .unwrap();
    let archive = world.bench.path("wheels/steps-1.0.tar.gz");
    let mut tar = Command::new("tar");
    tar.current_dir(world.bench.path(""))
        .arg("-czf")
        .arg(&archive)
        .arg("steps-1.0");
    assert!(tar.status().unwrap().success());
    for (number, asked) in [
        "steps".to_owned(),
        format!("steps @ file://{}", archive.display()),
        format!("steps @ file://{}", folder.display()),
        format!(
            "steps @ git+file://{}",
            world.bench.path("repository").display()
        ),
    ]
    .iter()
    .enumerate()
    {
        let metadata = format!("Requires-Dist: {asked}\n");
        world.wheel(
            "tally",
            &format!("1.{number}"),
            &metadata,
            &[("tally.py", TALLY)],
        );
        world.corpus(&format!("packages = [\"tally==1.{number}\"]"));
        let (_, text) = tried(&world, &format!("{number}.db"));
        assert!(
            text.contains("no environment with tally"),
            "{asked}: {text}"
        );
        assert!(!canary(&world).exists(), "{asked}");
    }
}

#[test]
fn what_a_source_states_gives_names_and_versions_and_runs_nothing() {
    let hostile = "--index-url https://127.0.0.1:9/\n-e .\n-e git+file:///tmp/x\n./repository\n\
                   tally @ file:///tmp/tally.whl\n-r /etc/passwd\n-r ../../etc/passwd\ntally-1.0.whl\n\
                   nowhere-to-be-had>=9\ntally; python_version >= '3' and 'x' in os_name\n";
    let project = "[project]\nname = \"pkg\"\ndependencies = [\"tally>=1\", \"bad @ file:///tmp/x\", \"--pre\"]\n\
                   [build-system]\nrequires = []\nbuild-backend = \"evil\"\nbackend-path = [\".\"]\n";
    let mut files = FILES.to_vec();
    files.extend([
        ("requirements.txt", hostile),
        ("pyproject.toml", project),
        ("evil.py", "open('canary', 'w')\n"),
        ("setup.py", "open('canary', 'w')\n"),
    ]);
    let world = World::new(&files);
    world.wheel(
        "tally",
        "1.0",
        "",
        &[("tally.py", TALLY), ("steps.py", "STEP = 1\n")],
    );
    for (store, keys) in [
        ("file", "requirements = \"requirements.txt\""),
        ("project", "project = true"),
        (
            "both",
            "project = true\nrequirements = \"requirements.txt\"",
        ),
    ] {
        world.corpus(&format!("{keys}\npackages = [\"tally\"]"));
        world.build(&format!("{store}.db"), "1");
        let rows = world.rows(&format!("{store}.db"), store);
        assert!(rows.iter().any(|row| row["entry"] == "total"), "{store}");
        let status = world.ok(&[
            "status",
            "--store",
            &format!("{store}.db"),
            "--why",
            "requirement_left_out",
        ]);
        assert!(status.contains("left out"), "{status}");
    }
    let status = world.ok(&[
        "status",
        "--store",
        "both.db",
        "--why",
        "requirement_left_out",
    ]);
    for part in [
        "left out 11 times",
        "names an address",
        "nowhere-to-be-had",
        "no such file",
    ] {
        assert!(status.contains(part), "{part}: {status}");
    }
    assert!(!world.bench.path("canary").exists());
    assert!(!world.bench.path("repository/canary").exists());
}

#[test]
fn added_files_and_imports_that_the_table_knows_are_there() {
    let files = [
        ("LICENSE", include_str!("../../LICENSE-MIT")),
        (
            "pkg/core.py",
            "import six\nimport nowhere_known\nfrom pkg._build import STEP\n\n\ndef f(x: int):\n    return x + STEP\n",
        ),
        (
            "pkg/__init__.py",
            "import six\nfrom pkg._build import STEP\n\n\ndef g(x: int):\n    y = six.TWO * x\n    return y + STEP\n",
        ),
    ];
    let world = World::new(&files);
    world.wheel("six", "1.0", "", &[("six.py", "TWO = 2\n")]);
    world.corpus("packages = \"auto\"\nfiles = {\"pkg/_build.py\" = \"STEP = 3\\n\"}");
    world.build("a.db", "1");
    let rows = world.rows("a.db", "a");
    let g = rows.iter().find(|row| row["entry"] == "g").unwrap();
    assert_eq!(g["package"]["made"][0]["path"], "pkg/_build.py");
    let status = world.ok(&["status", "--store", "a.db", "--why", "requirement_left_out"]);
    assert!(status.contains("import nowhere_known"), "{status}");
    let status = world.ok(&["status", "--store", "a.db", "--why", "needs_package"]);
    assert!(status.contains("nowhere_known"), "{status}");
    let sources = ["--sources".into(), world.bench.path("")];
    let (whole, report) = recheck_from(&world.variables(), &sources, &[world.bench.path("a")]);
    assert!(whole, "{report}");
}

/// An executable script.
fn write_script(path: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn an_interpreter_without_pip_gets_one_for_the_time() {
    let world = World::new(&FILES);
    world.wheel(
        "tally",
        "1.0",
        "",
        &[("tally.py", TALLY), ("steps.py", "STEP = 1\n")],
    );
    world.corpus("packages = [\"tally\"]");
    let bare = world.bench.path("bare");
    let made = Command::new("python3")
        .args(["-m", "venv", "--without-pip"])
        .arg(&bare)
        .status();
    assert!(made.unwrap().success());
    let python = bare.join("bin/python3");
    let build = |store: &str, path: &str| {
        let mut command = world.command(&["build", "corpus.toml", "--store", store, "--python"]);
        let output = command.arg(&python).env("PATH", path).output().unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        fs::remove_dir_all(world.bench.path("cache/environments")).unwrap();
    };
    let path = std::env::var("PATH").unwrap();
    let calls = world.bench.path("uv-was-called");
    write_script(
        &world.bench.path("with-uv/uv"),
        &format!(
            "#!/bin/sh\necho \"$@\" >> {calls:?}\nfor last; do :; done\nexec {python:?} -m venv \"$last\"\n"
        ),
    );
    build(
        "uv.db",
        &format!("{}:{path}", world.bench.path("with-uv").display()),
    );
    let said = fs::read_to_string(&calls).unwrap();
    assert!(
        said.starts_with("venv ") && said.contains("--seed"),
        "{said}"
    );
    // One that fails is as good as none.
    write_script(&world.bench.path("with-uv/uv"), "#!/bin/sh\nexit 3\n");
    build(
        "venv.db",
        &format!("{}:{path}", world.bench.path("with-uv").display()),
    );
}

/// The numbers of an interpreter's version.
fn version_of(python: &str) -> Option<Vec<u32>> {
    let question = "import sys; print(*sys.version_info[:3])";
    let output = Command::new(python).args(["-c", question]).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.split_whitespace()
        .map(|part| part.parse().ok())
        .collect()
}

#[test]
fn a_source_gets_the_interpreter_that_its_metadata_ask_for() {
    let (one, other) = ("python3", "/usr/bin/python3");
    let (Some(first), Some(second)) = (version_of(one), version_of(other)) else {
        return;
    };
    let (older, newer) = match first < second {
        true => (one, other),
        false => (other, one),
    };
    let highest = first.clone().max(second.clone());
    let words = |version: &[u32]| {
        let parts: Vec<String> = version.iter().map(u32::to_string).collect();
        parts.join(".")
    };
    let project = format!(
        "[project]\nname = \"pkg\"\nrequires-python = \">={}\"\n",
        words(&highest)
    );
    let world = World::new(&[
        ("LICENSE", include_str!("../../LICENSE-MIT")),
        ("pyproject.toml", &project),
        (
            "pkg/core.py",
            "def double(number):\n    return 2 * number\n",
        ),
        (
            "tests/test_core.py",
            "from pkg.core import double\n\n\ndef test_double():\n    assert double(4) == 8\n",
        ),
    ]);
    world.corpus("");
    let build = |store: &str, pythons: &[&str]| {
        let mut command = world.command(&["build", "corpus.toml", "--store", store]);
        command.env_remove("TRACESTONE_PYTHON");
        for python in pythons {
            command.args(["--python", python]);
        }
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        stderr(&output)
    };
    let made_with = |store: &str, folder: &str| {
        let rows = world.rows(store, folder);
        rows[0]["evidence"]["python"].as_str().unwrap().to_owned()
    };
    if first == second {
        return;
    }
    let said = build("both.db", &[older, newer]);
    assert!(!said.contains("asks for Python"), "{said}");
    assert_eq!(
        made_with("both.db", "both"),
        format!("CPython {}", words(&highest))
    );
    let said = build("older.db", &[older]);
    assert!(said.contains("asks for Python"), "{said}");
    let mut command = world.command(&["verify", "both", "--python", older, "--python", newer]);
    let output = command.env_remove("TRACESTONE_PYTHON").output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
}

//! Programs that run in their own package, from a repository to answers that hold at its commit.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use crate::starter::recheck_with;
use crate::support::{Bench, repository};

const FILES: [(&str, &str); 13] = [
    ("LICENSE", include_str!("../../LICENSE-MIT")),
    (
        "pyproject.toml",
        "[tool.setuptools_scm]\nversion_file = \"src/pkg/_version.py\"\n",
    ),
    (
        "src/pkg/__init__.py",
        "from ._version import version\nfrom .core import f\n",
    ),
    (
        "src/pkg/core.py",
        "__all__ = ['f']\n\n\ndef f(x: int):\n    if x > 3:\n        return x + 1\n    return x\n",
    ),
    (
        "src/pkg/boxes.py",
        "import pkg\nfrom .words import WORDS\n\n\nclass Box:\n    \"\"\"A box.\n\n    >>> Box([1, 5]).total()\n    7\n    \
         \"\"\"\n\n    def __init__(self, items):\n        self.items = items\n\n    def total(self):\n        \
         total = 0\n        for item in self.items:\n            total += pkg.f(item)\n        return total\n\n    \
         def word(self):\n        return WORDS[len(self.items)]\n",
    ),
    (
        "src/pkg/words.py",
        "import pkgutil\n\nWORDS = pkgutil.get_data('pkg', 'words.txt').decode().split()\n",
    ),
    ("src/pkg/words.txt", "none one two\n"),
    (
        "src/pkg/cond.py",
        "import sys\n\nif sys.version_info >= (3, 8):\n    def h(x: int):\n        return x + 8\nelse:\n    \
         def h(x: int):\n        return x\n\n\ndef g(x: int):\n    return h(x)\n",
    ),
    (
        "src/pkg/lacks.py",
        "import nowhere\nimport pkg\n\n\ndef k(x: int):\n    return pkg.f(x)\n",
    ),
    (
        "src/pkg/heaps.py",
        "class Heap:\n    def __init__(self, items):\n        self.items = sorted(items)\n\n\n\
         def smallest(heap):\n    best = heap.items[-1]\n    for item in heap.items:\n        \
         if item < best:\n            best = item\n    return best\n",
    ),
    (
        "tests/conftest.py",
        "import pytest\nfrom pkg.heaps import Heap\n\n\n@pytest.fixture\ndef heap():\n    return Heap([3, 1, 2])\n",
    ),
    (
        "tests/test_heaps.py",
        "from pkg.heaps import smallest\n\n\ndef test_smallest(heap):\n    assert smallest(heap) == 1\n",
    ),
    (
        "tests/test_boxes.py",
        "import pkg.boxes as boxes\n\n\ndef test_word():\n    box = boxes.Box([3, 4])\n    assert box.word() == 'two'\n",
    ),
];

#[test]
fn answers_hold_at_the_commit_and_do_not_depend_on_workers() {
    let bench = Bench::empty();
    let folder = bench.path("repository");
    repository(&folder, &FILES);
    bench.write(
        "corpus.toml",
        "name = \"p\"\n[split]\ngroup_by = \"file\"\n[[source]]\nkind = \"git\"\nurl = \"./repository\"\n",
    );
    for jobs in ["1", "2"] {
        let store = format!("{jobs}.db");
        bench.ok(&["build", "corpus.toml", "--store", &store, "--jobs", jobs]);
        bench.ok(&["export", "--all", "--store", &store, "--out", jobs]);
    }
    assert_eq!(bench.files("1"), bench.files("2"));

    let rows: Vec<Value> = bench
        .files("1")
        .iter()
        .filter(|(name, _)| name.ends_with(".jsonl"))
        .flat_map(|(_, bytes)| {
            let text = String::from_utf8(bytes.clone()).unwrap();
            let rows: Vec<Value> = text
                .lines()
                .map(|line| serde_json::from_str(line).unwrap())
                .collect();
            rows
        })
        .collect();
    let packaged: Vec<&Value> = rows
        .iter()
        .filter(|row| row["package"].is_object())
        .collect();
    let entries: BTreeSet<&str> = packaged
        .iter()
        .map(|row| row["entry"].as_str().unwrap())
        .collect();
    let expected = ["Box", "g", "h", "smallest", "test_word"];
    assert_eq!(entries, BTreeSet::from(expected));
    // What only a fixture of another file gives is known since the test ran.
    let smallest = rows.iter().find(|row| row["entry"] == "smallest").unwrap();
    assert_eq!(smallest["call"], "smallest(Heap([3, 1, 2]))");
    let origin = serde_json::json!({"kind": "recorded", "path": "tests/test_heaps.py", "line": 5});
    assert_eq!(smallest["input_origin"], origin);
    for row in packaged.iter().filter(|row| row["entry"] != "test_word") {
        let package = &row["package"];
        assert_eq!(package["roots"][0], "src");
        assert_eq!(package["made"][0]["path"], "src/pkg/_version.py");
        let path = row["provenance"]["path"].as_str().unwrap();
        let file = fs::read_to_string(folder.join(path)).unwrap();
        let file: Vec<&str> = file.lines().collect();
        let program = row["program"].as_str().unwrap();
        assert!(row["prompt"].as_str().unwrap().contains(program));
        for (line, number) in program.lines().zip(package["lines"].as_array().unwrap()) {
            assert_eq!(line, file[number.as_u64().unwrap() as usize - 1]);
        }
    }
    let text = bench.ok(&["status", "--store", "1.db", "--examples"]);
    assert!(text.contains("nowhere"), "{text}");

    for target in [&["verify", "--store", "1.db"][..], &["verify", "1"]] {
        let text = bench.ok(target);
        assert!(text.contains(", 0 do not hold"), "{text}");
    }
    let sources = ["--sources".into(), bench.path("")];
    let (whole, report) = recheck_with(&sources, &[bench.path("1")]);
    assert!(whole, "{report}");
    assert!(report["held"]["path"].as_u64().unwrap() > 3, "{report}");

    // Without the files nothing is said to hold.
    fs::remove_dir_all(bench.path("cache/trees")).unwrap();
    let text = bench.fails(3, &["verify", "1"]);
    assert!(text.contains("not checked"), "{text}");
}

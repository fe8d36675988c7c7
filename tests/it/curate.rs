//! Curation as seen from outside: marks, what exports leave out, and what is forgotten.

use std::fs;

use serde_json::Value;

use crate::support::Bench;

const ORIGINAL: &str = r#"def collect(items, limit):
    """Takes items up to a limit.

    >>> collect([3, 1, 9], 5)
    [2, 6]
    """
    found = []
    for item in items:
        if item > limit:
            continue
        found.append(item * 2)
    return sorted(found)
"#;

const COPY: &str = r#"def gather(values: list[int], top: int) -> list[int]:
    """Whatever is small enough.

    >>> gather([4, 2, 8], 6)
    [4, 8]
    """
    out = []  # what was taken
    for value in values:
        if (value > top):
            continue
        out.append(value * 2)
    return sorted(out)
"#;

const PRIVATE: &str = r#"def greeting(name):
    """Greets. Questions: maria.huber@tum.de

    >>> greeting("Ann")
    'Hello, Ann'
    """
    return "Hello, " + name
"#;

/// Does what the benchmark's function does, and looks like another.
const REWRITTEN: &str = r#"def vowels(word):
    """The vowels of a word.

    >>> vowels("banana")
    'AAA'
    """
    letters = []
    place = 0
    while place < len(word):
        letter = word[place]
        if letter in {"a", "e", "i", "o", "u"}:
            letters.append(letter.upper())
        place += 1
    return "".join(letters)
"#;

const BENCHMARK: &str = r#"{"id": "sample_0", "code": "def f(text):\n    return ''.join(c for c in text if c in 'aeiou').upper()", "input": "'hello world'", "output": "'EOO'"}
"#;

fn bench() -> Bench {
    let bench = Bench::empty();
    fs::create_dir(bench.path("code")).unwrap();
    for (name, text) in [
        ("code/LICENSE", "SPDX-License-Identifier: MIT\n"),
        ("code/a.py", ORIGINAL),
        ("code/b.py", COPY),
        ("code/c.py", PRIVATE),
        ("code/d.py", REWRITTEN),
        (
            "corpus.toml",
            "name = \"curated\"\n\n[[source]]\nname = \"code\"\nkind = \"dir\"\npath = \"code\"\n",
        ),
        ("bench.jsonl", BENCHMARK),
    ] {
        bench.write(name, text);
    }
    bench
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// Programs by the rules that mark them.
fn marks(bench: &Bench) -> Vec<(String, u64)> {
    let status = json(&bench.ok(&["status", "--store", "a.db", "--json"]));
    let marks = status["marks"].as_array().unwrap().iter();
    marks
        .map(|mark| {
            let rule = mark["rule"].as_str().unwrap().to_owned();
            (rule, mark["programs"].as_u64().unwrap())
        })
        .collect()
}

fn marked(rules: &[&str]) -> Vec<(String, u64)> {
    rules.iter().map(|rule| ((*rule).to_owned(), 1)).collect()
}

fn rows(bench: &Bench, out: &str, more: &[&str]) -> Vec<Value> {
    let command = [
        "export",
        "--store",
        "a.db",
        "--out",
        out,
        "--all",
        "--license-policy",
        "any",
    ];
    bench.ok(&[&command[..], more].concat());
    let files = bench.files(out).into_iter();
    let files = files.filter(|(name, _)| name.ends_with(".jsonl"));
    files
        .flat_map(|(_, bytes)| {
            let text = String::from_utf8(bytes).unwrap();
            text.lines().map(json).collect::<Vec<_>>()
        })
        .collect()
}

#[test]
fn what_is_marked_is_counted_and_left_out_by_default() {
    let bench = bench();
    bench.ok(&["build", "corpus.toml", "--store", "a.db"]);
    assert_eq!(marks(&bench), marked(&["personal_data", "same_tree"]));
    let told = bench.ok(&[
        "curate",
        "--store",
        "a.db",
        "--against",
        "bench.jsonl",
        "--same-behaviour",
        "--report",
        "hits.jsonl",
    ]);
    assert!(told.contains("benchmark_behaviour"), "{told}");
    let hits = fs::read_to_string(bench.path("hits.jsonl")).unwrap();
    let hit = json(hits.lines().next().unwrap());
    assert_eq!(
        (&hit["entry"], &hit["task"]),
        (&"vowels".into(), &"sample_0".into())
    );
    let all = marked(&["personal_data", "benchmark_behaviour", "same_tree"]);
    assert_eq!(marks(&bench), all);
    // The store keeps the benchmark, and what was seen of behaviours.
    bench.ok(&["build", "corpus.toml", "--store", "a.db", "--seed", "1"]);
    assert_eq!(marks(&bench), all);
    let entries = |rows: &[Value]| -> std::collections::BTreeSet<String> {
        rows.iter()
            .map(|row| row["entry"].as_str().unwrap().to_owned())
            .collect()
    };
    let without = rows(&bench, "without", &[]);
    assert_eq!(entries(&without).len(), 1);
    let with = rows(&bench, "with", &["--include-marked"]);
    assert_eq!(entries(&with).len(), 4);
    // Both copies are in one cluster, and so in one part of the split.
    let of = |entry: &str, field: &str| -> Value {
        let row = with.iter().find(|row| row["entry"] == entry).unwrap();
        row[field].clone()
    };
    assert_eq!(of("collect", "cluster"), of("gather", "cluster"));
    assert_ne!(of("collect", "cluster"), of("vowels", "cluster"));
    assert_eq!(of("collect", "split"), of("gather", "split"));
    let card = fs::read_to_string(bench.path("without/README.md")).unwrap();
    assert!(
        card.contains("under other names or with other literals"),
        "{card}"
    );
}

#[test]
fn a_broken_benchmark_says_where_and_what_to_do() {
    let bench = bench();
    bench.ok(&["build", "corpus.toml", "--store", "a.db"]);
    bench.write("bad.jsonl", "{\"answer\": 1}\n");
    let told = bench.fails(1, &["curate", "--store", "a.db", "--against", "bad.jsonl"]);
    assert!(
        told.contains("bad.jsonl: line 1: no field is known to hold code"),
        "{told}"
    );
}

#[test]
fn what_is_forgotten_is_gone_and_stays_away() {
    let bench = bench();
    bench.ok(&["build", "corpus.toml", "--store", "a.db"]);
    let before = rows(&bench, "before", &["--include-marked"]);
    let row = before.iter().find(|row| row["entry"] == "vowels").unwrap();
    let swhid = row["provenance"]["swhid"].as_str().unwrap();
    bench.write("list.txt", &format!("# taken back\n{swhid}\n"));
    let told = bench.ok(&["forget", "--store", "a.db", "--list", "list.txt"]);
    assert!(told.contains("1 program with"), "{told}");
    let stored = |word: &str| {
        let bytes = fs::read(bench.path("a.db")).unwrap();
        String::from_utf8_lossy(&bytes).contains(word)
    };
    assert!(!stored("letters.append"));
    // A change of the folder has it read again, without the file.
    bench.write(
        "code/e.py",
        "def one(x):\n    \"\"\"\n    >>> one(4)\n    5\n    \"\"\"\n    return x + 1\n",
    );
    bench.ok(&["build", "corpus.toml", "--store", "a.db"]);
    assert!(stored("x + 1") && !stored("letters.append"));
    let after = rows(&bench, "after", &["--include-marked"]);
    assert!(after.iter().any(|row| row["entry"] == "one"));
    assert!(after.iter().all(|row| row["entry"] != "vowels"));
    let manifest = json(&fs::read_to_string(bench.path("after/manifest.json")).unwrap());
    assert_eq!(manifest["tombstones"][0]["kind"], "swhid");
    bench.fails(1, &["forget", "--store", "a.db", "swh:1:dir:00"]);
}

//! Text from outside in every place that shows it: nothing commands a terminal, turns text around, forges a
//! line, or becomes markup.

use std::fs;
use std::process::Output;

use serde_json::{Value, json};

use crate::support::Bench;

/// A title for the terminal, a cleared screen, a colour in eight bits, a line that overwrites, text turned
/// around, text that cannot be seen.
const COMMANDS: &str = "\x1b]0;owned\x07\x1b[2J\u{9b}31m\u{202e}\u{2066}\u{200b}";
/// Markup of Markdown and HTML.
const MARKUP: &str = "[x](javascript:alert(1)) <img src=x onerror=alert(2)>";

/// True for characters that must not reach a reader.
fn is_unsafe(c: char) -> bool {
    tracestone_record::outside::is_unsafe(c)
}

#[track_caller]
pub(crate) fn assert_clean(what: &str, bytes: &[u8]) {
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let found = text.chars().find(|c| is_unsafe(*c) && !"\n\t".contains(*c));
    assert_eq!(found, None, "{what}:\n{}", text.escape_debug());
}

#[track_caller]
fn assert_both_clean(what: &str, output: &Output) {
    assert_clean(&format!("{what}, standard output"), &output.stdout);
    assert_clean(&format!("{what}, standard error"), &output.stderr);
}

/// A folder of programs whose names, texts, values and messages are hostile, and a corpus that names it.
pub(crate) fn hostile() -> Bench {
    let bench = Bench::empty();
    let folder = bench.path(&format!("lib {}", MARKUP.replace('/', "")));
    fs::create_dir(&folder).unwrap();
    let program = format!(
        "# SPDX-License-Identifier: MIT\n\
         def shout(word: str) -> str:\n    \
             \"\"\"Adds what a terminal would obey {COMMANDS}.\n\n    \
             It is here for a test of what is printed, and has a second sentence.\n\n    \
             >>> shout(\"a\")\n    'a'\n    \
             >>> shout(\"{COMMANDS}\")\n    'a'\n    \"\"\"\n    \
             if word == \"\":\n        raise ValueError(\"no \\r word {COMMANDS}\")\n    \
             text = \"\"\n    \
             for letter in word:\n        text = text + letter + \"{COMMANDS}\"\n    \
             # Here a comment that explains the line below {COMMANDS} in many words.\n    \
             print(text)\n    \
             return text\n\n\n\
         def check(word: str) -> str:\n    \
             \"\"\"Refuses.\n\n    >>> check(\"\")\n    1\n    \"\"\"\n    \
             return shout(word)\n"
    );
    fs::write(folder.join("shout.py"), program).unwrap();
    let broken = format!("broken{}.py", COMMANDS.replace('/', ""));
    fs::write(folder.join(broken), "def f(:\n").unwrap();
    let package = format!(
        "import nowhere{}\n\ndef f(x):\n    return nowhere.g(x)\n\nf(1)\n",
        "x".repeat(5)
    );
    fs::write(folder.join("needs\u{202e}.py"), package).unwrap();
    let name = folder.file_name().unwrap().to_str().unwrap();
    bench.write(
        "corpus.toml",
        &format!(
            "name = {}\n[split]\ngroup_by = \"file\"\nratios = [1.0, 0.0, 0.0]\n\
             [[source]]\nkind = \"dir\"\npath = {}\n\
             [[source]]\nname = \"gone {MARKUP} \u{202e}\"\nkind = \"git\"\nurl = \"./gone\u{202e}{}\"\n",
            toml_text(&format!("hostile {MARKUP} \u{202e}`code`")),
            toml_text(name),
            "x".repeat(3),
        ),
    );
    bench
}

fn toml_text(text: &str) -> String {
    // JSON's escapes are TOML's.
    json!(text).to_string()
}

#[test]
fn hostile_repositories_reach_no_terminal_and_no_page() {
    let bench = hostile();
    let build = bench.run(&["build", "corpus.toml", "--verbose"]);
    assert_eq!(
        build.status.code(),
        Some(3),
        "{}",
        crate::support::stderr(&build)
    );
    assert_both_clean("build", &build);
    for arguments in [
        &["status", "--examples"][..],
        &["status", "--json"],
        &["extract", "--verbose"],
        &["trace", "--verbose"],
        &["verify", "--store", "tracestone.db"],
    ] {
        assert_both_clean(&arguments.join(" "), &bench.run(arguments));
    }

    bench.ok(&["export", "--all", "--out", "out"]);
    let rows: Vec<Value> = fs::read_to_string(bench.path("out/train.jsonl"))
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let kinds: std::collections::BTreeSet<_> = rows
        .iter()
        .map(|row| row["kind"].as_str().unwrap())
        .collect();
    assert!(
        kinds.contains("output") && kinds.contains("trace"),
        "{kinds:?}"
    );
    // The data itself is what it is, and a sample shows where it is hostile.
    assert!(
        rows.iter()
            .any(|row| row["program"].as_str().unwrap().contains(COMMANDS))
    );
    for row in &rows {
        let id = row["id"].as_str().unwrap();
        let shown = bench.run(&["show", id]);
        assert!(shown.status.success());
        assert_both_clean(&format!("show {}", row["kind"]), &shown);
        let text = String::from_utf8(shown.stdout).unwrap();
        for line in text.lines() {
            assert_eq!(line, line.trim_end(), "a line ends in blanks:\n{text}");
        }
        let as_json = bench.run(&["show", id, "--json"]);
        assert_both_clean("show --json", &as_json);
        // Another spelling of the same value.
        let value: Value = serde_json::from_slice(&as_json.stdout).unwrap();
        assert_eq!(value["program"], row["program"]);
    }

    let card = fs::read(bench.path("out/README.md")).unwrap();
    assert_clean("the card", &card);
    let card = String::from_utf8(card).unwrap();
    assert!(card.contains("hostile"), "{card}");
    let body = card.splitn(3, "---\n").nth(2).unwrap();
    for line in body.lines() {
        // Code is text, whatever it holds.
        if line.starts_with("- Setting `corpus`: ``") {
            continue;
        }
        let bare = line.replace("\\]", "").replace("\\[", "");
        for markup in ["](javascript:", "<img", "<a "] {
            assert!(!bare.contains(markup), "{markup}: {line}");
        }
    }
}

#[test]
fn hostile_arguments_and_files_are_shown_clean_in_errors() {
    let bench = hostile();
    let name = format!("no{COMMANDS}where");
    bench.write(
        "bad.toml",
        "name = \"a\\u001b[2J\"\n\"k\\u202e\\u001b[2Jey\" = 1\n",
    );
    bench.write("responses.jsonl", &format!("{COMMANDS}\n"));
    bench.write("notes.db", &format!("{COMMANDS}\n"));
    for arguments in [
        &["build", &format!("{name}.toml")][..],
        &["build", "bad.toml"],
        &["build", "corpus.toml", "--python", &name],
        &["status", "--store", &name],
        &["status", "--store", "notes.db"],
        &["show", &name],
        &["export", "--out", "o", "--kind", &name],
        &["export", &format!("--{name}")],
        &[&name],
        &["verify", &name],
        &[
            "doctor",
            "--python",
            &name,
            "--store",
            &format!("{name}/x.db"),
        ],
        &["doctor", "--json", "--python", &name],
        &["eval", &name, "--model", "mock/oracle"],
        &["eval", "output", "--model", &name],
        &["compare", &name, &name],
        &["report", &name],
        &["score", &name],
        &[
            "score",
            "--task",
            "cruxeval-output",
            "--data",
            "responses.jsonl",
            "--responses",
            "responses.jsonl",
        ],
        &["karel", "run", &name, "--world", ">"],
        &["init", &format!("{name}/c.toml")],
    ] {
        let output = bench.run(arguments);
        assert!(!output.status.success(), "{arguments:?}");
        assert!(
            !output.stderr.is_empty() || !output.stdout.is_empty(),
            "{arguments:?}"
        );
        assert_both_clean(&format!("{arguments:?}"), &output);
    }
}

#[test]
fn hostile_answers_reach_no_terminal_and_no_page() {
    let bench = Bench::empty();
    let item = json!({
        "id": format!("a{COMMANDS}"), "code": format!("def f(x):\n    return '{COMMANDS}'"),
        "input": "1", "output": format!("'{COMMANDS}'"),
    });
    bench.write("items.jsonl", &format!("{item}\n"));
    let response = json!({
        "item": format!("a{COMMANDS}"),
        "response": format!("{COMMANDS}\r{MARKUP} [ANSWER]'{COMMANDS}{MARKUP}'[/ANSWER]"),
    });
    let model = format!("re\u{202e}{MARKUP}").replace('/', "");
    for (name, text) in [
        ("one.jsonl", &response),
        (&format!("{model}.jsonl"), &response),
    ] {
        bench.write(name, &format!("{text}\n"));
    }
    let mut runs = Vec::new();
    for model in [
        "replay/one.jsonl".to_owned(),
        format!("replay/{model}.jsonl"),
    ] {
        let arguments = [
            "eval",
            "cruxeval-output",
            "--data",
            "items.jsonl",
            "--model",
            &model,
            "--slice",
            "kind,program_lines",
        ];
        let output = bench.run(&arguments);
        assert!(
            output.status.success(),
            "{}",
            crate::support::stderr(&output)
        );
        assert_both_clean("eval", &output);
        let mut again = arguments.to_vec();
        again.push("--json");
        let output = bench.run(&again);
        assert_both_clean("eval --json", &output);
        let score: Value = serde_json::from_slice(&output.stdout).unwrap();
        runs.push(score["run"].as_str().unwrap().to_owned());
    }
    assert_both_clean("compare", &bench.run(&["compare", &runs[0], &runs[1]]));
    assert_both_clean("score", &bench.run(&["score", &runs[1]]));
    let validate = ["validate", "cruxeval-output", "--data", "items.jsonl"];
    assert_both_clean("validate", &bench.run(&validate));
    for run in &runs {
        bench.ok(&["report", run, "--out", "page.html"]);
        let page = fs::read(bench.path("page.html")).unwrap();
        assert_clean("the page", &page);
        let page = String::from_utf8(page).unwrap();
        // The page's own blocks, and no element or link of an answer or a name.
        assert_eq!(page.matches("<script").count(), 3);
        assert!(!page.contains("<img"));
        assert!(!page.contains("href=\"javascript:"));
        // What was said is there to be read.
        assert!(page.contains(r"\\x1b]0;owned\\x07"), "{page}");
    }
}

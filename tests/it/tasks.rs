//! Tasks of the user's own, from rows to scores, and code that tries to pass tests without doing what they ask for.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use crate::architecture::root;
use crate::mock_server::{Reply, Server};
use crate::support::{Bench, stderr};

pub(crate) fn lines(rows: &[Value]) -> String {
    rows.iter().map(|row| format!("{row}\n")).collect()
}

/// Functions in the form of HumanEval.
fn functions() -> Vec<Value> {
    let function = |number: usize, prompt: &str, entry: &str, body: &str, test: &str| {
        json!({
            "task_id": format!("Own/{number}"), "prompt": prompt, "entry_point": entry,
            "canonical_solution": body, "test": test,
        })
    };
    vec![
        function(
            0,
            "from typing import List\n\n\ndef widest(numbers: List[float]) -> float:\n    \
             \"\"\" The largest gap between neighbours.\n    >>> widest([1.0, 4.0, 5.5])\n    3.0\n    \"\"\"\n",
            "widest",
            "    return max((b - a for a, b in zip(numbers, numbers[1:])), default=0.0)\n",
            "\n\nMETADATA = {'author': 'own'}\n\n\ndef check(candidate):\n    \
             assert candidate([1.0, 4.0, 5.5]) == 3.0\n    \
             assert abs(candidate([0.1, 0.4]) - 0.3) < 1e-6\n    assert candidate([]) == 0.0\n",
        ),
        function(
            1,
            "\ndef shift(text: str) -> str:\n    \"\"\" Each letter one further on. \"\"\"\n    \
             return ''.join(chr((ord(c) - 96) % 26 + 97) for c in text)\n\n\ndef unshift(text: str) -> str:\n    \
             \"\"\" The text that shift was given.\n    \"\"\"\n",
            "unshift",
            "    return ''.join(chr((ord(c) - 98) % 26 + 97) for c in text)\n",
            "from random import choice\nimport string\n\n\ndef check(candidate):\n    for _ in range(30):\n        \
             text = ''.join(choice(string.ascii_lowercase) for _ in range(9))\n        \
             assert candidate(shift(text)) == text\n",
        ),
        function(
            2,
            "def in_place(items: list) -> None:\n    \"\"\" Sorts the list, and refuses an empty one.\n    \"\"\"\n",
            "in_place",
            "    if not items:\n        raise ValueError('nothing to sort')\n    items.sort()\n",
            "def check(candidate):\n    items = [3, 1, 2]\n    candidate(items)\n    assert items == [1, 2, 3]\n    \
             try:\n        candidate([])\n        assert False\n    except ValueError as error:\n        \
             assert 'nothing' in str(error)\n",
        ),
    ]
}

/// Responses to items, each judged; the status and reason of each.
pub(crate) fn judged(
    bench: &Bench,
    task: &str,
    responses: &[(String, String)],
) -> Vec<(String, String)> {
    let rows: Vec<_> = responses
        .iter()
        .map(|(item, text)| json!({ "item": item, "response": text }))
        .collect();
    bench.write("given.jsonl", &lines(&rows));
    bench.ok(&[
        "score",
        "--task",
        task,
        "--responses",
        "given.jsonl",
        "--verdicts",
        "verdicts.jsonl",
    ]);
    let verdicts = fs::read_to_string(bench.path("verdicts.jsonl")).unwrap();
    let mut found = Vec::new();
    for line in verdicts.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        for verdict in line["verdicts"].as_array().unwrap() {
            let word = |name: &str| verdict[name].as_str().unwrap().to_owned();
            if word("status") != "missing" {
                found.push((word("status"), word("reason")));
            }
        }
    }
    found
}

#[test]
fn functions_to_complete_are_tested() {
    let bench = Bench::empty();
    bench.write("functions.jsonl", &lines(&functions()));
    let made = bench.ok(&["task", "new", "mine", "--data", "functions.jsonl"]);
    assert!(made.contains("as in HumanEval"), "{made}");
    let checked = bench.ok(&["validate", "mine.toml"]);
    assert_eq!(checked.matches("as it must be").count(), 7, "{checked}");
    // A body, a whole function in a block, and one that is wrong.
    let right = |at: usize| {
        functions()[at]["canonical_solution"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let whole = "Here:\n```python\ndef unshift(text):\n    return ''.join(chr((ord(c) - 98) % 26 + 97) for c in text)\n```\n\
                 Try it:\n```python\nprint(unshift('b'))\n```\n";
    let responses = [
        ("Own/0".to_owned(), right(0)),
        ("Own/1".to_owned(), whole.to_owned()),
        (
            "Own/2".to_owned(),
            "```python\ndef in_place(items):\n    return sorted(items)\n```".to_owned(),
        ),
    ];
    let found = judged(&bench, "mine.toml", &responses);
    let statuses: Vec<_> = found.iter().map(|(status, _)| status.as_str()).collect();
    assert_eq!(statuses, ["correct", "correct", "wrong"], "{found:?}");
}

#[test]
fn functions_with_assertions_and_with_inputs_are_tested() {
    let bench = Bench::empty();
    let rows = [json!({
        "task_id": 1, "text": "Write a function that gives the shared members of two tuples as a set.",
        "code": "def shared(one, other):\n    return set(one) & set(other)",
        "test_setup_code": "import math", "challenge_test_list": [],
        "test_list": ["assert shared((1, 2), (2, 3)) == {2}", "assert shared((), (1,)) == set()",
            "assert set(shared((4, 5), (5, 4))) == set((4, 5))"],
    })];
    bench.write("assertions.jsonl", &lines(&rows));
    let made = bench.ok(&["task", "new", "asserted", "--data", "assertions.jsonl"]);
    assert!(made.contains("as in MBPP"), "{made}");
    bench.ok(&["validate", "asserted.toml"]);
    let half = "```python\ndef shared(one, other):\n    return {2}\n```".to_owned();
    let found = judged(&bench, "asserted.toml", &[("1".to_owned(), half)]);
    assert_eq!(found, [("wrong".to_owned(), "tests_failed".to_owned())]);
    let verdicts = fs::read_to_string(bench.path("verdicts.jsonl")).unwrap();
    assert!(verdicts.contains("\"credit\":0.3333"), "{verdicts}");
    assert!(
        verdicts.contains("assert shared((), (1,)) == set()"),
        "{verdicts}"
    );

    let rows = [json!({
        "task_id": "Plus/0", "prompt": "def third(n: float) -> float:\n    \"\"\" A third. \"\"\"\n",
        "entry_point": "third", "canonical_solution": "    return n * (1 / 3)\n", "atol": 0,
        "base_input": [[3], [6]], "plus_input": [[7.5], [0]],
    })];
    bench.write("plus.jsonl", &lines(&rows));
    bench.ok(&["task", "new", "plus", "--data", "plus.jsonl"]);
    bench.ok(&["validate", "plus.toml"]);
    let near = ("Plus/0".to_owned(), "    return n / 3\n".to_owned());
    assert_eq!(judged(&bench, "plus.toml", &[near])[0].0, "correct");
    let far = ("Plus/0".to_owned(), "    return n / 3.1\n".to_owned());
    assert_eq!(judged(&bench, "plus.toml", &[far])[0].0, "wrong");
}

const FORGED: &str = "class Equal(float):\n    def __eq__(self, *o): return True\n    \
    __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __bool__ = __eq__\n    \
    def __sub__(self, *o): return self\n    __rsub__ = __add__ = __radd__ = __abs__ = __sub__\n    \
    def __hash__(self): return 0\n";

/// Code for `widest` that does not do what is asked for.
fn hostile() -> Vec<(&'static str, String)> {
    let one = |name, code: &str| (name, code.to_owned());
    vec![
        ("equal to everything", format!("{FORGED}\ndef widest(n): return Equal(9)\n")),
        ("an object for a function", format!("{FORGED}\nclass Any(Equal):\n    def __call__(self, *o): return self\nwidest = Any(9)\n")),
        ("a class that compares", "class M(type):\n    def __eq__(c, o): return True\n    __hash__ = type.__hash__\nclass W(metaclass=M): pass\ndef widest(n): return W\n".to_owned()),
        one("exits while it is read", "import sys\ndef widest(n): return 1\nsys.exit(0)\n"),
        one("exits when it is called", "import sys\ndef widest(n): sys.exit(0)\n"),
        one("ends its process", "import os\ndef widest(n): os._exit(0)\n"),
        one("ends its process at once", "import os\nos._exit(0)\n"),
        one("kills itself", "import os, signal\ndef widest(n): os.kill(os.getpid(), 9)\n"),
        one("patches assertions", "import builtins\nbuiltins.AssertionError = type('E', (BaseException,), {'__new__': lambda *a: None})\nbuiltins.abs = lambda x: 0\ndef widest(n): return -1.0\n"),
        one("patches what reports", "import json, sys\njson.dumps = lambda *a, **k: '{\"ended\": \"passed\", \"passed\": 1, \"total\": 1}'\nsys.modules['json'].loads = json.dumps\ndef widest(n): return -1.0\n"),
        one("patches tests by name", "import sys\ndef check(candidate): pass\nfor m in list(sys.modules.values()):\n    try: m.check = check\n    except Exception: pass\ndef widest(n): return -1.0\n"),
        one("looks through frames", "import sys, gc\ndef widest(n):\n    frame = sys._getframe()\n    seen = []\n    while frame:\n        seen.append(repr(frame.f_locals) + repr(frame.f_globals))\n        frame = frame.f_back\n    text = ' '.join(seen) + repr([o for o in gc.get_objects() if isinstance(o, str)])\n    import re\n    found = re.search(r'== ([0-9.]+)', text)\n    return float(found.group(1)) if found else -1.0\n"),
        one("looks through files", "import os\ndef widest(n):\n    for name in ('functions.jsonl', '/proc/self/environ', '/proc/self/mem', '/proc/1/cmdline'):\n        try: return float(open(name).read().split('== ')[1].split()[0])\n        except Exception: pass\n    return -1.0\n"),
        one("writes a report of its own", "import os, json, struct\ndef widest(n):\n    text = json.dumps(['returned', json.dumps({'results': [], 'ended': 'passed', 'passed': 1, 'total': 1})]).encode()\n    for fd in range(3, 64):\n        body = struct.pack('>BIIIB', 82, 0, len(text), 2, 0) + text + b'\"\"null'\n        end = struct.pack('>BIB', 69, 1, 0)\n        try:\n            os.write(fd, struct.pack('>I', len(body)) + body + struct.pack('>I', len(end)) + end)\n            os._exit(0)\n        except OSError: pass\n    return -1.0\n"),
        one("traces", "import sys\ndef tracer(f, e, a):\n    f.f_trace_lines = False\n    return tracer\nsys.settrace(tracer)\ndef widest(n): return -1.0\n"),
        one("never ends", "def widest(n):\n    while True: pass\n"),
        one("takes all memory", "def widest(n): return [0] * 10**12\n"),
        one("raises for a result", "def widest(n): raise AssertionError\n"),
        one("stops the tests", "class Stop(BaseException): pass\ndef widest(n): raise StopIteration\n"),
        one("is not there", "def other(n): return 3.0\n"),
        one("is no code", "I would sort the list first.\n"),
    ]
}

#[test]
fn code_that_only_looks_right_passes_no_tests() {
    let bench = Bench::empty();
    bench.write("functions.jsonl", &lines(&functions()[..1]));
    bench.ok(&["task", "new", "mine", "--data", "functions.jsonl"]);
    let task = fs::read_to_string(bench.path("mine.toml")).unwrap();
    bench.write("mine.toml", &task.replace("timeout = 5", "timeout = 1"));
    let hostile = hostile();
    let responses: Vec<_> = hostile
        .iter()
        .map(|(_, code)| ("Own/0".to_owned(), format!("```python\n{code}```")))
        .collect();
    let found = judged(&bench, "mine.toml", &responses);
    assert_eq!(found.len(), hostile.len());
    for ((name, _), (status, reason)) in hostile.iter().zip(&found) {
        assert_eq!(status, "wrong", "{name}: {reason}");
    }
    let reason = |name: &str| {
        let at = hostile.iter().position(|(one, _)| *one == name).unwrap();
        found[at].1.as_str()
    };
    assert_eq!(reason("never ends"), "timed_out");
    assert_eq!(reason("exits while it is read"), "program_failed");
    // An honest answer is right behind all these.
    let right = "    return max((b - a for a, b in zip(numbers, numbers[1:])), default=0.0)\n";
    let honest = ("Own/0".to_owned(), right.to_owned());
    assert_eq!(judged(&bench, "mine.toml", &[honest])[0].0, "correct");
}

#[test]
fn rows_come_as_csv_json_and_folders() {
    let bench = Bench::empty();
    let task = |source: &str, path: &str, more: &str| {
        format!(
            "name = \"sums\"\njudge = \"numeric\"\n[items]\nsource = \"{source}\"\npath = \"{path}\"\n{more}\
             [prompt]\ntext = \"{{{{ question }}}}\"\n"
        )
    };
    bench.write(
        "rows.csv",
        "question,answer\n\"1, and 1?\",2\n\"so\nmany?\",\"1,000\"\n",
    );
    bench.write("rows.json", "[{\"question\": \"1 + 1?\", \"answer\": 2}]");
    fs::create_dir_all(bench.path("hub/data")).unwrap();
    bench.write(
        "hub/data/train-00000-of-00001.jsonl",
        "{\"question\": \"?\", \"answer\": 1}\n",
    );
    bench.write(
        "hub/data/test-00000-of-00001.jsonl",
        "{\"question\": \"2 + 2?\", \"answer\": 4}\n",
    );
    for (name, source, path, more) in [
        ("csv.toml", "csv", "rows.csv", ""),
        ("json.toml", "jsonl", "rows.json", ""),
        ("hub.toml", "folder", "hub", "split = \"test\"\n"),
    ] {
        bench.write(name, &task(source, path, more));
        bench.ok(&["validate", name]);
    }
    // A file takes the place of the folder.
    bench.ok(&["validate", "hub.toml", "--data", "rows.csv"]);
}

#[test]
fn errors_name_the_choices() {
    let bench = Bench::empty();
    bench.write(
        "rows.jsonl",
        "{\"question\": \"?\", \"answer\": \"yes\", \"topic\": \"t\"}\n",
    );
    let base = "name = \"mine\"\njudge = \"exact\"\n[items]\nsource = \"jsonl\"\npath = \"rows.jsonl\"\n\
                [prompt]\ntext = \"{{ question }}\"\n[parameters]\nstyle = { default = \"direct\", values = [\"direct\", \"steps\"] }\n";
    bench.write("mine.toml", base);
    let run = ["eval", "mine.toml", "--model", "mock/oracle"];
    for (more, wanted) in [
        (&["-T", "style=stpes"][..], &["stpes", "direct, steps"][..]),
        (&["-T", "stile=steps"], &["stile", "style"]),
        (
            &["--slice", "nofact"],
            &["nofact", "date, kind, question, topic"],
        ),
    ] {
        let error = bench.fails(1, &[&run[..], more].concat());
        assert!(wanted.iter().all(|word| error.contains(word)), "{error}");
    }
    for (from, to, wanted) in [
        (
            "{{ question }}",
            "{{ qestion }}",
            &["qestion", "question, style, topic"][..],
        ),
        (
            "\"exact\"",
            "\"exakt\"",
            &["exakt", "contains", "python-tests"],
        ),
        (
            "judge = \"exact\"",
            "[judge]\nname = \"exact\"\nignore_caze = true",
            &["ignore_caze", "ignore_case"],
        ),
        ("path", "pfad", &["pfad", "path"]),
        (
            "source = \"jsonl\"",
            "source = \"jsnl\"",
            &["jsnl", "jsonl"],
        ),
        (
            "[prompt]\ntext = \"{{ question }}\"",
            "[items.fields]\nanswer = \"anser\"\n[prompt]\ntext = \"x\"",
            &["anser", "answer, question, topic"],
        ),
    ] {
        bench.write("other.toml", &base.replacen(from, to, 1));
        let error = bench.fails(1, &["eval", "other.toml", "--model", "mock/oracle"]);
        assert!(
            wanted.iter().all(|word| error.contains(word)),
            "{from} -> {to}: {error}"
        );
    }
    let error = bench.fails(
        1,
        &[
            "eval",
            "output",
            "--model",
            "mock/oracle",
            "-T",
            "style=stpes",
        ],
    );
    assert!(error.contains("direct, steps"), "{error}");
    bench.fails(1, &["task", "new", "mine"]);
}

#[test]
fn a_model_judges_and_is_compared_with_labels() {
    let server = Server::start(0, Duration::ZERO, |request| {
        let response = request.prompt.split("======").nth(4).unwrap_or_default();
        let grade = if response.contains("Lyon") {
            "INCORRECT"
        } else {
            "CORRECT"
        };
        Reply::Text(format!("I looked at it.\nGRADE: {grade}"))
    })
    .unwrap();
    let bench = Bench::empty();
    bench.write("rows.jsonl", "{\"question\": \"Capital of France?\", \"answer\": \"Paris\"}\n{\"question\": \"And of Peru?\", \"answer\": \"Lima\"}\n");
    let label = |response: &str, correct: bool| json!({ "question": "Capital of France?", "answer": "Paris", "response": response, "correct": correct });
    bench.write(
        "labels.jsonl",
        &lines(&[
            label("Paris", true),
            label("Lyon", false),
            label("Marseille", false),
            label("It's Paris.", true),
        ]),
    );
    bench.write(
        "mine.toml",
        "name = \"mine\"\n[judge]\nname = \"model\"\nmodel = \"openai-api/grader/g\"\nlabels = \"labels.jsonl\"\n\
         [items]\nsource = \"jsonl\"\npath = \"rows.jsonl\"\n[prompt]\ntext = \"{{ question }}\"\n",
    );
    bench.write("given.jsonl", "{\"item\": \"row-1\", \"response\": \"Paris, of course\"}\n{\"item\": \"row-2\", \"response\": \"Lyon\"}\n");
    let run = |model: &str| {
        bench
            .command(&["eval", "mine.toml", "--model", model])
            .env("GRADER_BASE_URL", server.url())
            .output()
            .unwrap()
    };
    let output = run("replay/given.jsonl");
    let said = String::from_utf8(output.stdout.clone()).unwrap();
    assert!(output.status.success(), "{said}{}", stderr(&output));
    assert!(said.contains("agrees with 3 of 4 labels"), "{said}");
    assert!(
        said.contains("1 wrongly passed, 0 wrongly failed"),
        "{said}"
    );
    assert!(said.contains("50.0"), "{said}");
    // Judging again asks nothing.
    let asked = server.seen().len();
    run("replay/given.jsonl");
    assert_eq!(server.seen().len(), asked);

    // A judge that gives no grade is said, with the reason.
    let silent = Server::start(0, Duration::ZERO, |_| Reply::Text("Hm.".to_owned())).unwrap();
    let output = bench
        .command(&["eval", "mine.toml", "--model", "replay/given.jsonl"])
        .args(["--log-dir", "other"])
        .env("GRADER_BASE_URL", silent.url())
        .output()
        .unwrap();
    let said = stderr(&output);
    assert!(said.contains("no verdict on 2 responses"), "{said}");
    assert!(said.contains("judge gave no grade"), "{said}");
}

#[test]
fn rows_of_other_names_become_tasks_and_all_that_fails_is_named() {
    let bench = Bench::empty();
    bench.write("rows.csv", "q,gold\nThe capital of France?,Paris\n");
    bench.ok(&["task", "new", "places", "--data", "rows.csv"]);
    let checked = bench.ok(&["validate", "places.toml"]);
    assert_eq!(checked.matches("as it must be").count(), 7, "{checked}");
    let said = bench.fails(1, &["eval", "places", "--model", "mock/oracle"]);
    assert!(said.contains("places.toml is here"), "{said}");

    let mut rows = functions();
    for row in &mut rows {
        row["canonical_solution"] = json!("    return 0\n");
    }
    bench.write("wrong.jsonl", &lines(&rows));
    bench.ok(&["task", "new", "wrong", "--data", "wrong.jsonl"]);
    let output = bench.run(&["validate", "wrong.toml"]);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        said.contains("item Own/0: wrong") && said.contains("likewise 2 others: Own/1, Own/2"),
        "{said}"
    );

    let choices = "name = \"c\"\njudge = \"choice\"\n[items]\nsource = \"jsonl\"\npath = \"c.jsonl\"\n\
         [items.fields]\nanswer = \"gold\"\nchoices = [\"a\", \"b\"]\n[prompt]\ntext = \"{{ q }}\"\n";
    bench.write("c.toml", choices);
    let row = |gold: &str| {
        format!("{{\"q\": \"?\", \"a\": \"x\", \"b\": \"y\", \"gold\": \"{gold}\"}}\n")
    };
    bench.write("c.jsonl", &row("b"));
    bench.ok(&["validate", "c.toml"]);
    bench.write("c.jsonl", &row("E"));
    let said = bench.fails(1, &["validate", "c.toml"]);
    assert!(said.contains("none of its choices: A (x), B (y)"), "{said}");
}

/// The fences of a page: the file that the line before names, the language, and the text.
fn fences(page: &str) -> Vec<(Option<String>, String, String)> {
    let mut found = Vec::new();
    let mut name = None;
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(language) = line.strip_prefix("```") {
            let text: Vec<_> = lines.by_ref().take_while(|line| *line != "```").collect();
            found.push((name.take(), language.to_owned(), text.join("\n") + "\n"));
        } else if let Some(file) = line
            .strip_prefix('`')
            .and_then(|rest| rest.strip_suffix("`:"))
        {
            name = Some(file.to_owned());
        }
    }
    found
}

#[test]
fn the_page_about_tasks_can_be_followed() {
    let server = Server::start(0, Duration::ZERO, |request| {
        let answer = if request.prompt.contains("France") {
            "Paris"
        } else {
            "I do not know."
        };
        Reply::Text(format!("[ANSWER]{answer}[/ANSWER]"))
    })
    .unwrap();
    let bench = Bench::empty();
    let page = fs::read_to_string(root().join("docs/tasks.md")).unwrap();
    let binary = Path::new(env!("CARGO_BIN_EXE_tracestone"))
        .parent()
        .unwrap();
    let path = std::env::var("PATH").unwrap();
    let mut ran = 0;
    for (name, language, text) in fences(&page) {
        if let Some(name) = name {
            bench.write(&name, &text);
        } else if language == "sh" {
            let script = format!("set -e\n{text}");
            let output = Command::new("bash")
                .args(["-c", &script])
                .current_dir(bench.path(""))
                .env("PATH", format!("{}:{path}", binary.display()))
                .env("TRACESTONE_CACHE", bench.path("cache"))
                .env("OPENAI_BASE_URL", server.url())
                .env("OPENAI_API_KEY", "none")
                .output()
                .unwrap();
            assert!(output.status.success(), "{text}: {}", stderr(&output));
            ran += text.lines().count();
        }
    }
    assert!(ran >= 5);
    let quiz = fs::read_to_string(bench.path("quiz.toml")).unwrap();
    assert!(quiz.contains("name = \"exact\""), "{quiz}");
    // All keys that the page lists are keys.
    let all = fences(&page)
        .into_iter()
        .find(|(_, language, _)| language == "toml")
        .unwrap();
    bench.write("all.toml", &all.2);
    bench.write(
        "examples.jsonl",
        "{\"question\": \"1?\", \"answer\": \"a\"}\n{\"question\": \"2?\", \"answer\": \"b\"}\n",
    );
    bench.ok(&["validate", "all.toml", "-T", "style=steps"]);
}

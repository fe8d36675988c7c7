//! Readable specifications of traces: `tests/spec/trace-*.md` at the root of the workspace.
//!
//! A case is a `python` fence (the program), a line `Call: ..` in backticks, and a `trace` fence. A
//! trace fence may say for which minors of Python it holds: `trace 3.12-3.14`. A case without a fence
//! for the running interpreter is skipped with a note. With `TRACESTONE_UPDATE_SPECS=1` the fences that
//! hold for the running interpreter are rewritten.

#[path = "../../../tests/spec/pages.rs"]
mod pages;
mod support;

use support::{engine, run};
use tracestone_record::{EventKind, Outcome, Run, Value, Verdict};
use tracestone_trace::Engine;

#[test]
fn traces_are_as_specified() {
    let engine = engine();
    let minor = minor_of(engine.python());
    let update = pages::updating();
    let mut cases = 0;
    let mut wrong = String::new();
    for path in pages::pages("trace-") {
        let text = std::fs::read_to_string(&path).expect("readable");
        let mut updated = String::new();
        for part in parts(&text) {
            updated.push_str(&match part {
                Part::Text(text) => text.to_owned(),
                Part::Case {
                    before,
                    program,
                    call,
                    traces,
                } => {
                    cases += 1;
                    let got = shown(&engine, program, call);
                    let mut out = before.to_owned();
                    if !traces.iter().any(|trace| trace.holds_for(minor)) {
                        println!("SKIPPED on 3.{minor}: {call} in {}", path.display());
                    }
                    for trace in traces {
                        let body = if trace.holds_for(minor) {
                            got.as_str()
                        } else {
                            trace.body
                        };
                        if body != trace.body {
                            wrong.push_str(&format!(
                                "{}: {call}\n--- expected\n{}--- got\n{got}\n",
                                path.display(),
                                trace.body
                            ));
                        }
                        out.push_str(&format!(
                            "{}```{}\n{body}```\n",
                            trace.between, trace.header
                        ));
                    }
                    out
                }
            });
        }
        if update {
            std::fs::write(&path, updated).expect("writable");
        }
    }
    assert!(cases >= 10, "only {cases} cases were found");
    assert!(wrong.is_empty() || update, "{wrong}");
}

enum Part<'a> {
    Text(&'a str),
    Case {
        /// Everything up to the end of the program and the call.
        before: &'a str,
        program: &'a str,
        call: &'a str,
        traces: Vec<Fence<'a>>,
    },
}

struct Fence<'a> {
    /// The text between the fence before and this one.
    between: &'a str,
    /// `trace` or `trace 3.9-3.11`.
    header: &'a str,
    body: &'a str,
}

impl Fence<'_> {
    fn holds_for(&self, minor: u32) -> bool {
        let Some(range) = self
            .header
            .strip_prefix("trace")
            .map(str::trim)
            .filter(|r| !r.is_empty())
        else {
            return true;
        };
        let number = |text: &str| {
            text.trim()
                .trim_start_matches("3.")
                .parse()
                .expect("a minor")
        };
        let (first, last): (u32, u32) = match range.split_once('-') {
            Some((first, last)) => (number(first), number(last)),
            None => (number(range), number(range)),
        };
        (first..=last).contains(&minor)
    }
}

/// The next fence: text before it, its header, its body, the text after it.
fn fence(text: &str) -> Option<(&str, &str, &str, &str)> {
    let start = text.find("```")?;
    let (header, rest) = text[start + 3..].split_once('\n')?;
    let end = rest.find("```\n")?;
    Some((&text[..start], header, &rest[..end], &rest[end + 4..]))
}

fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((_, header, program, after)) = fence(rest) {
        assert_eq!(header, "python", "a case starts with a python fence");
        let call = after
            .lines()
            .find_map(|line| line.strip_prefix("Call: `")?.strip_suffix('`'))
            .expect("a line `Call: ..` follows a program");
        let before = &rest[..rest.len() - after.len()];
        let mut traces = Vec::new();
        let mut tail = after;
        while let Some((between, header, body, after)) = fence(tail) {
            if header == "python" {
                break;
            }
            traces.push(Fence {
                between,
                header,
                body,
            });
            tail = after;
        }
        assert!(!traces.is_empty(), "a trace fence follows `{call}`");
        parts.push(Part::Case {
            before,
            program,
            call,
            traces,
        });
        rest = tail;
    }
    parts.push(Part::Text(rest));
    parts
}

fn minor_of(python: &str) -> u32 {
    let version = python.trim_start_matches("CPython 3.");
    version
        .split('.')
        .next()
        .and_then(|minor| minor.parse().ok())
        .expect("a version")
}

/// The run as a specification writes it.
fn shown(engine: &Engine, program: &str, call: &str) -> String {
    let run = run(engine, program, call);
    if let Outcome::Refused { what } = &run.outcome {
        return format!("=> refused: {what}\n");
    }
    assert_eq!(run.verdict, Verdict::Verified, "{call}: {:?}", run.outcome);
    let mut text = String::new();
    for event in &run.trace.as_ref().expect("verified").events {
        let kind = match &event.kind {
            EventKind::Call { function, .. } => format!("call {function}"),
            EventKind::Resume => "resume".to_owned(),
            EventKind::Line => "line".to_owned(),
            EventKind::Return { value } => format!("return {}", value_text(value)),
            EventKind::Yield { value } => format!("yield {}", value_text(value)),
            EventKind::Raise { exception } => {
                format!("raise {}: {}", exception.type_name, exception.message)
            }
        };
        text.push_str(&format!("{}:{} {kind}", event.frame, event.line));
        let changes: Vec<String> = event
            .changes
            .iter()
            .map(|change| match &change.value {
                Some(value) => match &change.same_as {
                    Some(other) => format!("{} is {other} = {}", change.name, value_text(value)),
                    None => format!("{} = {}", change.name, value_text(value)),
                },
                None => format!("del {}", change.name),
            })
            .collect();
        if !changes.is_empty() {
            text.push_str(&format!("  | {}", changes.join("; ")));
        }
        text.push('\n');
    }
    text.push_str(&format!("=> {}\n", outcome(&run)));
    text
}

fn value_text(value: &Value) -> String {
    value.text.clone()
}

fn outcome(run: &Run) -> String {
    match &run.outcome {
        Outcome::Returned { value } => value_text(value),
        Outcome::Raised { exception } => format!("{}: {}", exception.type_name, exception.message),
        other => other.name().to_owned(),
    }
}

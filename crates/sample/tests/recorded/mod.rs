//! Runs written down as text: reads the notation of `tests/spec/trace-*.md`.

#![allow(dead_code, reason = "each test binary needs a part of it")]
use std::collections::BTreeMap;

use tracestone_record::{
    Arguments, Call, CallId, Change, Definition, Event, EventKind, Exception, FileId, InputKind,
    InputOrigin, Line, LineRange, Literal, LiteralLimits, Outcome, Program, ProgramId, Provenance,
    Run, RunEvidence, RunId, Span, Split, Trace, Unit, UnitId, UnitKind, UnitSignals, Value,
    Verdict,
};
use tracestone_sample::verify::{Ended, Observation, Seen};
use tracestone_sample::{Annotations, Context, Sampled, Settings, samples};

/// A program, a call and what happened.
pub(crate) struct Recorded {
    pub(crate) program: Program,
    pub(crate) call: Call,
    pub(crate) run: Run,
}

pub(crate) fn is_literal(text: &str) -> bool {
    Literal::parse(text, LiteralLimits::default()).is_ok()
}

fn value(text: &str) -> Value {
    let literal = Literal::parse(text, LiteralLimits::default()).ok();
    Value {
        text: text.to_owned(),
        exact: literal.is_some(),
        unordered: matches!(&literal, Some(Literal::Set(items)) if items.len() > 1),
        truncated: false,
        type_name: literal
            .map_or("object", |literal| literal.type_name())
            .to_owned(),
    }
}

fn exception(text: &str) -> Exception {
    let (type_name, message) = text.split_once(": ").unwrap_or((text, ""));
    Exception {
        type_name: type_name.to_owned(),
        message: message.to_owned(),
        exact: true,
    }
}

fn event(text: &str, open: &mut Vec<u32>) -> Event {
    let (head, changes) = text.split_once("  | ").unwrap_or((text, ""));
    let (place, what) = head.split_once(' ').expect("`frame:line event`");
    let (frame, line) = place.split_once(':').expect("`frame:line`");
    let frame: u32 = frame.parse().expect("a frame");
    let (word, rest) = what.split_once(' ').unwrap_or((what, ""));
    let kind = match word {
        "call" => {
            open.push(frame);
            EventKind::Call {
                function: rest.to_owned(),
                depth: open.len() as u32 - 1,
            }
        }
        "resume" => EventKind::Resume,
        "line" => EventKind::Line,
        "return" => EventKind::Return { value: value(rest) },
        "yield" => EventKind::Yield { value: value(rest) },
        "raise" => EventKind::Raise {
            exception: exception(rest),
        },
        other => panic!("unknown event {other}"),
    };
    if matches!(word, "return" | "raise" | "yield") {
        open.retain(|other| *other != frame);
    }
    let changes =
        changes
            .split("; ")
            .filter(|change| !change.is_empty())
            .map(|change| match change.split_once(" = ") {
                Some((name, text)) => Change {
                    name: name.to_owned(),
                    value: Some(value(text)),
                    same_as: None,
                },
                None => Change {
                    name: change.trim_start_matches("del ").to_owned(),
                    value: None,
                    same_as: None,
                },
            });
    Event {
        frame,
        kind,
        line: Line(line.parse().expect("a line")),
        changes: changes.collect(),
    }
}

/// The lines of a block that starts at a line, by indentation.
fn block(source: &[&str], start: usize) -> LineRange {
    let indent = |text: &str| text.len() - text.trim_start().len();
    let last = (start + 1..source.len())
        .take_while(|&index| {
            source[index].trim().is_empty() || indent(source[index]) > indent(source[start])
        })
        .filter(|&index| !source[index].trim().is_empty())
        .last()
        .unwrap_or(start);
    LineRange {
        first: Line::from_index(start),
        last: Line::from_index(last),
    }
}

fn starts(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| text.trim_start().starts_with(word))
}

fn definitions(source: &[&str]) -> Vec<Definition> {
    let at = |words: &[&str]| -> Vec<usize> {
        (0..source.len())
            .filter(|&index| starts(source[index], words))
            .collect()
    };
    let functions = at(&["def "]).into_iter().map(|start| {
        let lines = block(source, start);
        let own = |words: &[&str]| {
            at(words)
                .into_iter()
                .filter(move |&i| lines.contains(Line::from_index(i)))
        };
        Definition {
            name: source[start].trim()[4..]
                .split('(')
                .next()
                .unwrap_or("")
                .to_owned(),
            kind: UnitKind::Function,
            lines,
            header: lines.first,
            docstring: None,
            prose: None,
            parameters: Vec::new(),
            locals: Vec::new(),
            loops: own(&["for ", "while "])
                .map(|index| block(source, index))
                .collect(),
            branches: own(&["if ", "elif ", "for ", "while "])
                .map(Line::from_index)
                .collect(),
            statements: Vec::new(),
        }
    });
    functions.collect()
}

/// Reads a program, a call expression and a trace that ends with `=> value` or `=> raised Type: message`.
pub(crate) fn read(text: &str, call: &str, trace: &str) -> Recorded {
    let source: Vec<_> = text.lines().collect();
    let id = ProgramId::of(&[text.as_bytes()]);
    let file = FileId::of(&[b"file"]);
    let program = Program {
        package: None,
        id,
        unit: UnitId::of(&[b"unit"]),
        file,
        entry: call.split('(').next().unwrap_or("").to_owned(),
        text: text.to_owned(),
        lines: vec![None; source.len()],
        inlined: Vec::new(),
        imports: Vec::new(),
        definitions: definitions(&source),
        comments: Vec::new(),
    };
    let (events, outcome): (Vec<&str>, Vec<&str>) =
        trace.lines().partition(|line| !line.starts_with("=> "));
    let outcome = outcome.first().map_or("None", |line| &line[3..]);
    let mut open = Vec::new();
    let events = events
        .into_iter()
        .map(|line| event(line, &mut open))
        .collect();
    let arguments = call
        .split_once('(')
        .and_then(|(_, rest)| rest.strip_suffix(')'));
    let call_id = CallId::of(&[text.as_bytes(), call.as_bytes()]);
    let outcome = match outcome
        .strip_prefix("raised ")
        .or(outcome.strip_prefix("raise "))
    {
        Some(text) => Outcome::Raised {
            exception: exception(text),
        },
        None => Outcome::Returned {
            value: value(outcome),
        },
    };
    Recorded {
        call: Call {
            id: call_id,
            program: id,
            setup: String::new(),
            call: call.to_owned(),
            arguments: arguments.map(|text| Arguments {
                callee: program.entry.clone(),
                text: text.to_owned(),
                literal: !text.is_empty() && is_literal(&format!("[{text}]")),
            }),
            origin: InputOrigin {
                kind: InputKind::Doctest,
                path: None,
                line: None,
            },
        },
        run: Run {
            id: RunId::of(&[call_id.as_bytes()]),
            call: call_id,
            program: id,
            outcome,
            stdout: String::new(),
            stdout_truncated: false,
            trace: Some(Trace { events }),
            verdict: Verdict::Verified,
            evidence: RunEvidence {
                python: "CPython 3.11.2".to_owned(),
                hash_seeds: vec![0, 1],
                sandbox: "test".to_owned(),
                tool: "test".to_owned(),
            },
        },
        program,
    }
}

/// All samples of runs of one program.
pub(crate) fn sampled(program: &Program, runs: &[(Call, Run)], settings: &Settings) -> Sampled {
    made(program, runs, settings, &Annotations::default())
}

/// The same, beside the annotations of other programs.
pub(crate) fn sampled_among(
    program: &Program,
    runs: &[(Call, Run)],
    annotations: &Annotations,
) -> Sampled {
    made(program, runs, &Settings::default(), annotations)
}

fn made(
    program: &Program,
    runs: &[(Call, Run)],
    settings: &Settings,
    annotations: &Annotations,
) -> Sampled {
    let range = LineRange {
        first: Line(1),
        last: Line(9),
    };
    let unit = Unit {
        id: program.unit,
        file: program.file,
        kind: UnitKind::Function,
        name: program.entry.clone(),
        nested: false,
        is_async: false,
        decorators: Vec::new(),
        parameters: Vec::new(),
        returns: None,
        bases: Vec::new(),
        span: Span { start: 0, end: 0 },
        lines: range,
        docstring: None,
        comments: Vec::new(),
        signals: UnitSignals::default(),
    };
    let provenance = Provenance {
        origin: "origin".to_owned(),
        commit: None,
        commit_date: None,
        path: "a.py".to_owned(),
        lines: [Line(1), Line(9)],
        swhid: String::new(),
        license: "MIT".to_owned(),
        permissive: true,
        license_evidence: Vec::new(),
        inlined: Vec::new(),
    };
    let context = Context {
        program,
        unit: &unit,
        provenance,
        group: "group",
        split: Split::Train,
        file: program.file,
        annotations,
    };
    samples(&context, runs, settings)
}

/// A run as an independent recorder would observe it.
pub(crate) fn observation(run: &Run) -> Observation {
    let events = run
        .trace
        .iter()
        .flat_map(|trace| &trace.events)
        .map(|event| Seen {
            frame: event.frame,
            word: event.kind.event_type(),
            line: event.line,
            changes: event
                .changes
                .iter()
                .map(|change| {
                    (
                        change.name.clone(),
                        change.value.as_ref().map(|value| value.text.clone()),
                    )
                })
                .collect(),
            payload: match &event.kind {
                EventKind::Call { function, .. } => Some(function.clone()),
                _ => None,
            },
        });
    Observation {
        outcome: match &run.outcome {
            Outcome::Returned { value } => Ended::Returned(value.text.clone()),
            Outcome::Raised { exception } if exception.message.is_empty() => {
                Ended::Raised(exception.type_name.clone())
            }
            Outcome::Raised { exception } => {
                Ended::Raised(format!("{}: {}", exception.type_name, exception.message))
            }
            other => panic!("{other:?}"),
        },
        stdout: run.stdout.clone(),
        events: events.collect(),
        states: None,
        unseen: None,
    }
}

/// The runs in a page of `tests/spec/trace-*.md` (those that hold for 3.11).
pub(crate) fn page(text: &str) -> Vec<Recorded> {
    let mut fences: BTreeMap<&str, String> = BTreeMap::new();
    let (mut runs, mut call) = (Vec::new(), String::new());
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(rest) = line.strip_prefix("Call: `") {
            call = rest.trim_end_matches('`').to_owned();
        }
        let Some(language) = line.strip_prefix("```") else {
            continue;
        };
        let body: String = lines
            .by_ref()
            .take_while(|line| *line != "```")
            .flat_map(|line| [line, "\n"])
            .collect();
        if language.starts_with("trace")
            && !language.contains("3.12-")
            && !language.contains("3.9-3.9")
        {
            runs.push(read(&fences["python"], &call, &body));
        } else {
            fences.insert(language, body);
        }
    }
    runs
}

use tracestone_record::{Change, Exception, Value};

use super::*;

const PROGRAM: &str = "def double(x):\n    y = x * 2\n    return y\n\n\ndef entry(items):\n    total = 0\n    total += double(items[0])\n    return total\n";

fn value(text: &str) -> Value {
    Value {
        text: text.to_owned(),
        exact: true,
        unordered: false,
        truncated: false,
        type_name: "int".to_owned(),
    }
}

fn event(frame: u32, kind: EventKind, line: u32, changes: &[(&str, Option<&str>)]) -> Event {
    Event {
        frame,
        kind,
        line: Line(line),
        changes: changes
            .iter()
            .map(|(name, text)| Change {
                name: (*name).to_owned(),
                value: text.map(value),
                same_as: None,
            })
            .collect(),
    }
}

fn call(function: &str, depth: u32) -> EventKind {
    EventKind::Call {
        function: function.to_owned(),
        depth,
    }
}

fn returned(text: &str) -> EventKind {
    EventKind::Return { value: value(text) }
}

fn trace() -> Trace {
    Trace {
        events: vec![
            event(0, call("entry", 0), 6, &[("items", Some("['é\"']"))]),
            event(0, EventKind::Line, 7, &[]),
            event(0, EventKind::Line, 8, &[("total", Some("0"))]),
            event(1, call("double", 1), 1, &[("x", Some("2"))]),
            event(1, EventKind::Line, 2, &[]),
            event(1, EventKind::Line, 3, &[("y", Some("4"))]),
            event(1, returned("4"), 3, &[]),
            event(0, EventKind::Line, 9, &[("total", Some("4"))]),
            event(0, returned("4"), 9, &[]),
        ],
    }
}

#[test]
fn the_text_has_the_documented_layout() {
    let text = text(PROGRAM, &trace()).unwrap();
    let context = PROGRAM.replace(
        "def entry(items):",
        "def entry(items):  # << START_OF_TRACE",
    );
    let frames = [
        r#"<|call_sep|>{"items": "['\u00e9\"']"}<|action_sep|>def entry(items):"#,
        r#"<|line_sep|>{"items": ".."}<|action_sep|>    total = 0"#,
        r#"<|line_sep|>{"items": "..", "total": "0"}<|action_sep|>    total += double(items[0])"#,
        r#"<|call_sep|>{"x": "2"}<|action_sep|>def double(x):"#,
        r#"<|line_sep|>{"x": ".."}<|action_sep|>    y = x * 2"#,
        r#"<|line_sep|>{"x": "..", "y": "4"}<|action_sep|>    return y"#,
        "<|return_sep|><|action_sep|>    return y\n<|arg_sep|>\"4\"",
        r#"<|line_sep|>{"items": "['\u00e9\"']", "total": "4"}<|action_sep|>    return total"#,
        "<|return_sep|><|action_sep|>    return total\n<|arg_sep|>\"4\"",
    ];
    let frames: String = frames
        .iter()
        .map(|frame| {
            let line_end = if frame.contains("<|arg_sep|>") {
                ""
            } else {
                "\n"
            };
            format!("{frame}{line_end}<|frame_sep|>")
        })
        .collect();
    let expected = format!(
        "<|begin_of_text|><|trace_context_start|>{context}<|frame_sep|>{frames}<|end_of_text|>"
    );
    assert_eq!(text, expected);
}

#[test]
fn deleted_names_go_and_exceptions_are_values() {
    let raised = EventKind::Raise {
        exception: Exception {
            type_name: "KeyError".to_owned(),
            message: "'a'".to_owned(),
            exact: true,
        },
    };
    let trace = Trace {
        events: vec![
            event(0, call("entry", 0), 6, &[("items", Some("{}"))]),
            event(0, EventKind::Line, 8, &[("items", None)]),
            event(0, raised, 8, &[]),
        ],
    };
    let text = text(PROGRAM, &trace).unwrap();
    assert!(text.contains("<|line_sep|>{}<|action_sep|>    total += double"));
    assert!(text.ends_with("<|arg_sep|>\"KeyError: 'a'\"<|frame_sep|><|end_of_text|>"));
}

#[test]
fn traces_without_a_place_in_the_layout_are_refused() {
    let mut twice = trace();
    twice.events.push(event(2, call("entry", 0), 6, &[]));
    assert!(text(PROGRAM, &twice).is_err());
    assert!(text(PROGRAM, &Trace { events: vec![] }).is_err());
    assert!(text("def f(): ...\n", &trace()).is_err());
}

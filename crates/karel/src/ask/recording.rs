//! A trace as the events that a recorder of Python would tell, and as their text.

use tracestone_record::{Change, Event, EventKind, Line, Trace as Events, Value};

use crate::run::Trace;
use crate::world::World;

/// The variables that a run has, in order.
pub(super) const VARIABLES: [&str; 4] = ["column", "facing", "markers_here", "row"];

/// An exact value.
pub(super) fn value(text: String, type_name: &str) -> Value {
    Value {
        text,
        exact: true,
        unordered: false,
        truncated: false,
        type_name: type_name.to_owned(),
    }
}

/// The variable's value as a Python literal.
pub(super) fn literal(variable: &str, world: &World) -> Value {
    let hero = world.hero();
    match variable {
        "column" => value(hero.column.to_string(), "int"),
        "facing" => value(format!("'{}'", hero.facing.name()), "str"),
        "markers_here" => value(world.markers_here().to_string(), "int"),
        _ => value(hero.row.to_string(), "int"),
    }
}

fn changes(before: Option<&World>, after: &World) -> Vec<Change> {
    VARIABLES
        .iter()
        .filter_map(|variable| {
            let now = literal(variable, after);
            let same = before.is_some_and(|before| literal(variable, before) == now);
            (!same).then(|| Change {
                name: (*variable).to_owned(),
                value: Some(now),
                same_as: None,
            })
        })
        .collect()
}

/// The events of a run: the call with the start, each line that runs with the effect of the one before,
/// the return with the final world.
pub(super) fn recorded(trace: &Trace) -> Events {
    let mut events = vec![Event {
        frame: 0,
        kind: EventKind::Call {
            function: super::ENTRY.to_owned(),
            depth: 0,
        },
        line: Line(1),
        changes: changes(None, &trace.start),
    }];
    let mut shown = &trace.start;
    let mut now = &trace.start;
    let mut last = Line(1);
    for told in &trace.steps {
        last = Line(told.step.line);
        events.push(Event {
            frame: 0,
            kind: EventKind::Line,
            line: last,
            changes: changes(Some(shown), now),
        });
        shown = now;
        now = &told.world;
    }
    events.push(Event {
        frame: 0,
        kind: EventKind::Return {
            value: value(trace.end().literal(), "list"),
        },
        line: last,
        changes: changes(Some(shown), now),
    });
    Events { events }
}

/// The events as text, in the form that `trace` questions have for every language.
pub(super) fn text(events: &Events) -> String {
    let mut text = String::new();
    for event in &events.events {
        let Line(line) = event.line;
        let head = match &event.kind {
            EventKind::Call { function, .. } => format!("call 0 {line} {function}"),
            EventKind::Return { value } => format!("return 0 {line} = {}", value.text),
            _ => format!("line 0 {line}"),
        };
        text.push_str(&head);
        text.push('\n');
        for change in &event.changes {
            if let Some(value) = &change.value {
                text.push_str(&format!("  {} = {}\n", change.name, value.text));
            }
        }
    }
    text
}

/// Equal for equal traces.
pub(super) fn hash(events: &Events) -> String {
    blake3::hash(text(events).as_bytes()).to_hex()[..32].to_owned()
}

//! Traces of two interpreters that differ in the names of the texts alone.
//!
//! A description of an object, such as a recorded warning's, may show the name of the file that it comes from. Nothing
//! is asked about a text that is not exact, so that it makes no difference there; in an exact one it does.

use tracestone_record::{EventKind, Trace, Value};

use crate::shared::{
    CALL_NAME, OTHER_CALL_NAME, OTHER_PROGRAM_NAME, OTHER_SETUP_NAME, PROGRAM_NAME, SETUP_NAME,
};

/// The names in interpreters but the first, and in the first.
const NAMES: [(&str, &str); 3] = [
    (OTHER_PROGRAM_NAME, PROGRAM_NAME),
    (OTHER_SETUP_NAME, SETUP_NAME),
    (OTHER_CALL_NAME, CALL_NAME),
];

/// True if two traces are the same but for these names in values that are not exact.
pub(crate) fn are_alike(one: &Trace, other: &Trace) -> bool {
    one.events.len() == other.events.len() && renamed(one) == renamed(other)
}

/// The trace with the names of the first interpreter.
fn renamed(trace: &Trace) -> Trace {
    let mut trace = trace.clone();
    for event in &mut trace.events {
        let changes = event.changes.iter_mut();
        changes
            .filter_map(|change| change.value.as_mut())
            .for_each(rename);
        match &mut event.kind {
            EventKind::Return { value } | EventKind::Yield { value } => rename(value),
            EventKind::Call { .. }
            | EventKind::Resume
            | EventKind::Line
            | EventKind::Raise { .. } => {}
        }
    }
    trace
}

fn rename(value: &mut Value) {
    // Where it is cut depends on the names before.
    if value.exact || value.truncated {
        return;
    }
    for (name, first) in NAMES {
        if value.text.contains(name) {
            value.text = value.text.replace(name, first);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn trace(text: &str, exact: bool) -> Trace {
        let value = json!({"text": text, "exact": exact, "type": "list"});
        let event = json!({"frame": 0, "event": "line", "line": 2, "changes": [{"name": "w", "value": value}]});
        serde_json::from_value(json!({ "events": [event] })).unwrap()
    }

    #[test]
    fn names_count_in_exact_values_alone() {
        let (one, other) = ("[<W file='<program>'>]", "[<W file='<text>'>]");
        assert!(are_alike(&trace(one, false), &trace(other, false)));
        assert!(!are_alike(&trace(one, true), &trace(other, true)));
        assert!(!are_alike(
            &trace(one, false),
            &trace("[<W file='<else>'>]", false)
        ));
    }
}

//! The place of a question in a run: the moment that it asks about, and how much of the run may be seen
//! before the answer is.

use serde::Serialize;
use tracestone_record::{Event, EventKind, Question, SampleKind};

/// A question's place among the events of its run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Moment {
    /// The event at which the answer is seen; `None` where it is no single one.
    pub(crate) at: Option<usize>,
    /// The last event that gives nothing of the answer away; `None` where the first does.
    pub(crate) limit: Option<usize>,
}

/// Finds the place of a question.
pub(crate) fn moment(kind: SampleKind, question: &Question, events: &[Event]) -> Moment {
    let last = events.len().checked_sub(1);
    match kind {
        SampleKind::State => {
            let line = asked(question, events);
            let at = line.and_then(|line| next_of_frame(events, line));
            Moment {
                at,
                limit: at.or(last).map(|at| at.saturating_sub(1)),
            }
        }
        SampleKind::NextLine => {
            let line = asked(question, events);
            Moment {
                at: line.and_then(|line| next_of_frame(events, line)),
                limit: line.or(Some(0)),
            }
        }
        SampleKind::Output => Moment {
            at: last,
            limit: last.map(|last| last.saturating_sub(1)),
        },
        SampleKind::Exception => Moment {
            at: last,
            limit: raised(events).or(last).map(|at| at.saturating_sub(1)),
        },
        // The whole run is the answer; its start shows the arguments alone.
        SampleKind::Path
        | SampleKind::Coverage
        | SampleKind::Count
        | SampleKind::Calls
        | SampleKind::Trace => Moment {
            at: None,
            limit: Some(0),
        },
        SampleKind::Input | SampleKind::Reach => Moment {
            at: Some(0),
            limit: None,
        },
        SampleKind::Annotated => Moment {
            at: None,
            limit: None,
        },
    }
}

/// The event at which the asked line starts to run for the asked time.
fn asked(question: &Question, events: &[Event]) -> Option<usize> {
    let line = question.line?;
    let runs = events
        .iter()
        .enumerate()
        .filter(|(_, event)| matches!(event.kind, EventKind::Line) && event.line == line);
    let nth = question.occurrence.unwrap_or(1).saturating_sub(1) as usize;
    runs.map(|(at, _)| at).nth(nth)
}

/// The first event that shows the exception of the last: it leaves the frames one after the other.
fn raised(events: &[Event]) -> Option<usize> {
    let EventKind::Raise { exception: last } = &events.last()?.kind else {
        return None;
    };
    let is_it =
        |event: &Event| matches!(&event.kind, EventKind::Raise { exception } if exception == last);
    events.iter().position(is_it)
}

fn next_of_frame(events: &[Event], line: usize) -> Option<usize> {
    let frame = events[line].frame;
    let rest = events.iter().enumerate().skip(line + 1);
    rest.map(|(at, event)| (at, event.frame))
        .find(|(_, other)| *other == frame)
        .map(|(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events() -> Vec<Event> {
        let line = |frame: u32, line: u32| serde_json::json!({"frame": frame, "event": "line", "line": line});
        let call = |frame: u32| serde_json::json!({"frame": frame, "event": "call", "function": "f", "depth": frame, "line": 1});
        let value = serde_json::json!({"text": "1", "exact": true, "type": "int"});
        let ret = |frame: u32| serde_json::json!({"frame": frame, "event": "return", "value": value, "line": 3});
        let all = [
            call(0),
            line(0, 2),
            call(1),
            line(1, 2),
            ret(1),
            line(0, 2),
            line(0, 3),
            ret(0),
        ];
        all.into_iter()
            .map(|event| serde_json::from_value(event).unwrap())
            .collect()
    }

    fn question(line: u32, occurrence: u32) -> Question {
        serde_json::from_value(serde_json::json!({"line": line, "occurrence": occurrence})).unwrap()
    }

    #[test]
    fn the_moment_of_a_state_is_the_next_event_of_its_frame() {
        let of =
            |line, occurrence| moment(SampleKind::State, &question(line, occurrence), &events());
        let at = |at, limit| Moment {
            at: Some(at),
            limit: Some(limit),
        };
        // What the line calls is over then.
        assert_eq!(of(2, 1), at(5, 4));
        assert_eq!(of(2, 2), at(4, 3));
        assert_eq!(of(2, 3), at(6, 5));
        assert_eq!(of(3, 1), at(7, 6));
    }

    #[test]
    fn a_next_line_is_hidden_and_the_line_before_it_is_not() {
        let found = moment(SampleKind::NextLine, &question(2, 1), &events());
        assert_eq!((found.at, found.limit), (Some(5), Some(1)));
    }

    #[test]
    fn a_question_that_is_not_in_the_run_does_no_harm() {
        let found = moment(SampleKind::State, &question(9, 1), &events());
        assert_eq!((found.at, found.limit), (None, Some(6)));
        let found = moment(SampleKind::Output, &Question::default(), &[]);
        assert_eq!((found.at, found.limit), (None, None));
    }
}

//! First divergence of an answer from the right path: the steps around it, side by side.

use serde::Serialize;
use tracestone_record::{Literal, LiteralLimits};
use tracestone_sample::trace_text::TraceText;

use crate::item::Item;

/// Steps shown before the first one that differs.
const BEFORE: usize = 3;
/// Steps shown from there on.
const AFTER: usize = 5;

/// The steps around the first one that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Divergence {
    /// The number of the first step that differs, from 1.
    pub first: usize,
    /// Steps of the correct answer.
    pub gold_steps: usize,
    /// Steps of the given answer.
    pub given_steps: usize,
    /// The steps around it.
    pub rows: Vec<Row>,
}

/// One step in both answers; `None` where an answer has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    /// The step's number, from 1.
    pub step: usize,
    /// In the correct answer.
    pub gold: Option<Step>,
    /// In the given answer.
    pub given: Option<Step>,
    /// True if both are equal.
    pub same: bool,
}

/// A step as an answer has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// Its text, by lines, each with whether the other answer's step lacks it.
    pub lines: Vec<(String, bool)>,
    /// The program's line at which it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// A step before it is compared.
struct Raw {
    text: String,
    line: usize,
}

/// Compares answers that consist of steps; nothing where they do not, cannot be read, or are equal.
#[must_use]
pub fn divergence(judge: &str, item: &Item, answer: &str) -> Option<Divergence> {
    let read = match judge {
        "trace" => trace,
        "path" => path,
        _ => return None,
    };
    let (gold, given) = (read(&item.answer)?, read(answer)?);
    let same = gold
        .iter()
        .zip(&given)
        .take_while(|(a, b)| a.text == b.text)
        .count();
    if same == gold.len() && same == given.len() {
        return None;
    }
    let program = item.fields.get("program").and_then(|value| value.as_str());
    let source: Vec<&str> = program.unwrap_or_default().lines().collect();
    let end = (same + AFTER).min(gold.len().max(given.len()));
    let rows = (same.saturating_sub(BEFORE)..end).map(|index| {
        let (gold, given) = (gold.get(index), given.get(index));
        Row {
            step: index + 1,
            gold: gold.map(|one| step(one, given, &source)),
            given: given.map(|one| step(one, gold, &source)),
            same: gold.map(|one| &one.text) == given.map(|one| &one.text),
        }
    });
    Some(Divergence {
        first: same + 1,
        gold_steps: gold.len(),
        given_steps: given.len(),
        rows: rows.collect(),
    })
}

fn step(one: &Raw, other: Option<&Raw>, source: &[&str]) -> Step {
    let known: Vec<&str> = other.map_or(Vec::new(), |other| other.text.lines().collect());
    let lines = one
        .text
        .lines()
        .map(|line| (line.to_owned(), !known.contains(&line)));
    let index = one.line.checked_sub(1);
    Step {
        lines: lines.collect(),
        source: index
            .and_then(|index| source.get(index))
            .map(|line| line.trim().to_owned()),
    }
}

fn trace(text: &str) -> Option<Vec<Raw>> {
    let events = TraceText::parse(text).ok()?.events;
    let steps = events.into_iter().map(|event| Raw {
        line: event.line.0 as usize,
        text: TraceText {
            events: vec![event],
        }
        .to_string(),
    });
    Some(steps.collect())
}

fn path(text: &str) -> Option<Vec<Raw>> {
    let Ok(Literal::List(lines)) = Literal::parse(text, LiteralLimits::default()) else {
        return None;
    };
    let steps = lines.iter().map(|line| {
        let text = line.python_repr();
        Raw {
            // What is no line has no source.
            line: text.parse().unwrap_or(0),
            text: format!("line {text}"),
        }
    });
    Some(steps.collect())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn item(answer: &str) -> Item {
        let program = "def f(n):\n    n = n + 1\n    return n\n";
        Item {
            id: "a".to_owned(),
            kind: "trace".to_owned(),
            fields: BTreeMap::from([("program".to_owned(), program.into())]),
            answer: answer.to_owned(),
            input: String::new(),
            execution: None,
            also: Vec::new(),
            tests: None,
            material: serde_json::Value::Null,
            cluster: "a".to_owned(),
            facts: BTreeMap::new(),
            date: None,
        }
    }

    #[test]
    fn the_lines_of_the_first_step_that_differs_are_marked() {
        let gold = "call 0 1 f\n  n = 1\nline 0 2\nline 0 3\n  n = 2\nreturn 0 3 = 2\n";
        let given = "call 0 1 f\n  n = 1\nline 0 2\nline 0 3\n  n = 3\nreturn 0 3 = 3\n";
        let found = divergence("trace", &item(gold), given).unwrap();
        assert_eq!(
            (found.first, found.gold_steps, found.given_steps),
            (3, 4, 4)
        );
        let same: Vec<bool> = found.rows.iter().map(|row| row.same).collect();
        assert_eq!(same, [true, true, false, false]);
        let third = found.rows[2].given.clone().unwrap();
        assert_eq!(third.source.as_deref(), Some("return n"));
        let marked = vec![("line 0 3".to_owned(), false), ("  n = 3".to_owned(), true)];
        assert_eq!(third.lines, marked);
    }

    #[test]
    fn a_path_that_ends_early_differs_where_it_ends() {
        let found = divergence("path", &item("[2, 3, 2, 3, 2, 3]"), "[2, 3, 2, 3]").unwrap();
        assert_eq!(found.first, 5);
        assert_eq!(found.rows[0].step, 2);
        let last = found.rows.last().unwrap();
        assert_eq!((last.step, last.given.is_none()), (6, true));
    }

    #[test]
    fn other_answers_have_no_steps() {
        assert_eq!(divergence("path", &item("[2]"), "[2]"), None);
        assert_eq!(divergence("path", &item("[2]"), "two"), None);
        assert_eq!(divergence("literal", &item("[2]"), "[3]"), None);
    }
}

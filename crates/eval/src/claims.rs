//! Items that ask which statement about a run is false.
//!
//! Annotations that describe code can be compared only with what somebody else wrote. Comments that
//! say what a run does can be checked: every true one here is the answer of a `state` sample, and the
//! false one is such an answer changed to a value that the variable does not have there.

use std::collections::BTreeMap;

use serde_json::Value;
use tracestone_record::{Line, Sample, SampleKind};

use crate::item::{Item, from_sample};

/// Statements of an item.
const STATEMENTS: usize = 4;

/// The items that the `state` samples among these make, in the order of their names. Runs with fewer
/// than four statements, or whose values give no plausible false one, make none.
#[must_use]
pub fn from_samples(samples: &[Sample]) -> Vec<Item> {
    let mut runs: BTreeMap<(&str, &str, &str), Vec<&Sample>> = BTreeMap::new();
    for sample in samples.iter().filter(|one| one.kind == SampleKind::State) {
        let key = (&*sample.program, &*sample.setup, &*sample.call);
        runs.entry(key).or_default().push(sample);
    }
    let mut items: Vec<Item> = runs.into_values().filter_map(|run| item(&run)).collect();
    items.sort_by(|a, b| a.id.cmp(&b.id));
    items
}

fn item(run: &[&Sample]) -> Option<Item> {
    let mut run: Vec<_> = run.to_vec();
    run.sort_by_key(|one| one.id);
    if run.len() < STATEMENTS {
        return None;
    }
    let first = run[0];
    let id = blake3::hash(format!("{}\0claims", first.id).as_bytes());
    let chosen = &run[..STATEMENTS];
    let start = usize::from(id.as_bytes()[0]) % STATEMENTS;
    // The false one is the first, from a place that the name decides, for which there is a value
    // that another statement about this run has and that it does not.
    let (wrong, value) = (0..STATEMENTS)
        .map(|step| (start + step) % STATEMENTS)
        .find_map(|index| {
            let sample = chosen[index];
            let same_variable = run
                .iter()
                .filter(|other| other.question.variable == sample.question.variable);
            let other = same_variable
                .chain(&run)
                .find(|other| other.answer != sample.answer)?;
            Some((index, other.answer.as_str()))
        })?;
    let mut statements = Vec::new();
    for (index, sample) in chosen.iter().enumerate() {
        let value = if index == wrong {
            value
        } else {
            &sample.answer
        };
        statements.push(Value::from(statement(sample, value)?));
    }
    let mut base = from_sample(first);
    base.fields.remove("prompt");
    base.fields
        .insert("statements".to_owned(), Value::from(statements));
    let python = Value::from(first.evidence.python.as_str());
    base.fields.insert("python".to_owned(), python);
    Some(Item {
        id: id.to_hex()[..20].to_owned(),
        kind: "annotated".to_owned(),
        answer: (wrong + 1).to_string(),
        input: "1".to_owned(),
        ..base
    })
}

fn statement(sample: &Sample, value: &str) -> Option<String> {
    let question = &sample.question;
    let Line(line) = question.line?;
    let occurrence = question.occurrence?;
    let variable = question.variable.as_deref()?;
    Some(format!(
        "after line {line} has run {}, `{variable}` is `{value}`",
        times(occurrence)
    ))
}

fn times(occurrence: u32) -> String {
    match occurrence {
        1 => "for the first time".to_owned(),
        2 => "for the second time".to_owned(),
        3 => "for the third time".to_owned(),
        more => format!("{more} times"),
    }
}

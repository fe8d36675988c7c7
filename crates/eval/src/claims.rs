//! Items that ask which comment about a run is false.
//!
//! Annotations that describe code can be compared only with what somebody else wrote. Comments that
//! say what a run does can be checked: every true one here is the answer of a sample, and the false one
//! is such an answer changed to something else, which is therefore not so.

use std::collections::BTreeMap;

use serde_json::Value;
use tracestone_record::{Line, Sample, SampleKind, Stream};

use crate::item::{Item, from_sample};

/// Comments of an item.
const COMMENTS: usize = 4;

/// The items that samples about runs make, in the order of their names. Runs about which fewer than four
/// comments can be made, or none false, make none.
#[must_use]
pub(crate) fn from_samples(samples: &[Sample]) -> Vec<Item> {
    let mut runs: BTreeMap<(&str, &str, &str), Vec<&Sample>> = BTreeMap::new();
    for sample in samples {
        let key = (&*sample.program, &*sample.setup, &*sample.call);
        runs.entry(key).or_default().push(sample);
    }
    let mut items: Vec<Item> = runs.into_values().filter_map(|run| item(&run)).collect();
    items.sort_by(|a, b| a.id.cmp(&b.id));
    items
}

fn item(run: &[&Sample]) -> Option<Item> {
    let mut run: Vec<&Sample> = run
        .iter()
        .copied()
        .filter(|sample| comment(sample, &sample.answer).is_some())
        .collect();
    run.sort_by_key(|one| one.id);
    if run.len() < COMMENTS {
        return None;
    }
    let first = run[0];
    let id = blake3::hash(format!("{}\0claims", first.id).as_bytes());
    let chosen = &run[..COMMENTS];
    let start = usize::from(id.as_bytes()[0]) % COMMENTS;
    // The false one is the first, from a place that the name decides, that can be made false.
    let (wrong, answer) = (0..COMMENTS)
        .map(|step| (start + step) % COMMENTS)
        .find_map(|index| Some((index, other_answer(chosen[index], &run)?)))?;
    let comments: Option<Vec<Value>> = chosen
        .iter()
        .enumerate()
        .map(|(index, sample)| {
            let answer = if index == wrong {
                &answer
            } else {
                &sample.answer
            };
            comment(sample, answer).map(Value::from)
        })
        .collect();
    let mut base = from_sample(first);
    base.fields.remove("prompt");
    base.fields
        .insert("statements".to_owned(), Value::from(comments?));
    let python = Value::from(first.evidence.python.as_str());
    base.fields.insert("python".to_owned(), python);
    Some(Item {
        id: id.to_hex()[..20].to_owned(),
        kind: "annotated".to_owned(),
        answer: (wrong + 1).to_string(),
        input: "1".to_owned(),
        execution: None,
        also: Vec::new(),
        tests: None,
        material: serde_json::Value::Null,
        ..base
    })
}

/// An answer to the same question that is plausible in this run, and wrong.
fn other_answer(sample: &Sample, run: &[&Sample]) -> Option<String> {
    match sample.kind {
        SampleKind::Count => Some((sample.answer.parse::<u64>().ok()? + 1).to_string()),
        SampleKind::NextLine => {
            let lines = run
                .iter()
                .filter_map(|other| other.question.line)
                .map(|Line(line)| line.to_string());
            lines.into_iter().find(|line| *line != sample.answer)
        }
        _ => {
            let same_variable = run
                .iter()
                .filter(|other| other.question.variable == sample.question.variable);
            let values = same_variable.chain(run.iter().filter(|other| is_value(other.kind)));
            values
                .map(|other| &other.answer)
                .find(|answer| **answer != sample.answer)
                .cloned()
        }
    }
}

fn is_value(kind: SampleKind) -> bool {
    matches!(kind, SampleKind::State | SampleKind::Output)
}

/// Comment that presents this answer as true; `None` for questions without such a comment.
fn comment(sample: &Sample, answer: &str) -> Option<String> {
    let question = &sample.question;
    let line = || question.line.map(|Line(line)| line);
    let after = || {
        Some(format!(
            "after line {} has run {}",
            line()?,
            times(question.occurrence?)
        ))
    };
    match sample.kind {
        SampleKind::State => {
            let variable = question.variable.as_deref()?;
            Some(format!("{}, `{variable}` is `{answer}`", after()?))
        }
        SampleKind::NextLine => Some(match answer {
            "return" => format!("{}, its function call returns", after()?),
            "raise" => format!("{}, an exception leaves its function call", after()?),
            line => format!("{}, its function call goes on with line {line}", after()?),
        }),
        SampleKind::Count => Some(match answer {
            "1" => format!("line {} runs once", line()?),
            count => format!("line {} runs {count} times", line()?),
        }),
        SampleKind::Output if question.stream == Some(Stream::Returned) => {
            Some(format!("the whole expression gives `{answer}`"))
        }
        _ => None,
    }
}

fn times(occurrence: u32) -> String {
    match occurrence {
        1 => "for the first time".to_owned(),
        2 => "for the second time".to_owned(),
        3 => "for the third time".to_owned(),
        more => format!("{more} times"),
    }
}

//! Pairs of runs of one program: a prompt with its answer, and the same program on another input with the answer that
//! the interpreter gave there.

use serde::{Deserialize, Serialize};
use tracestone_interp::TextReader;
use tracestone_record::Sample;

use super::text::{Text, text};
use crate::error::Error;

/// The file of pairs in a dataset's folder.
pub(crate) const CASES: &str = "cases.jsonl";

/// A pair of runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pair {
    /// The sample of the first run.
    pub(crate) id: String,
    /// The sample of the second run.
    pub(crate) other: String,
    /// The group that splits keep together.
    pub(crate) program: String,
    /// Prompt about the first input.
    pub(crate) prompt: Vec<u32>,
    /// Prompt about the second input, of the same length.
    pub(crate) other_prompt: Vec<u32>,
    /// The answer of the first run.
    pub(crate) actual: Vec<u32>,
    /// The answer of the second run.
    pub(crate) counterfactual: Vec<u32>,
}

/// The pair of two samples; none if their prompts differ in length or not at all, or one answer begins the other.
pub(super) fn pair(
    reader: &TextReader,
    chat: bool,
    (sample, own): (&Sample, &Text),
    other: &Sample,
) -> Result<Option<Pair>, Error> {
    if sample.answer == other.answer {
        return Ok(None);
    }
    let split = |text: &Text| -> Option<(Vec<u32>, Vec<u32>)> {
        let count = text.reading.count_until(text.answer)?;
        let (prompt, answer) = text.reading.ids.split_at(count);
        Some((prompt.to_vec(), answer.to_vec()))
    };
    let changed = text(reader, chat, other, &other.answer)?;
    // The other answer, as it is read behind the first prompt.
    let swapped = text(reader, chat, sample, &other.answer)?;
    let (Some((prompt, actual)), Some((other_prompt, _)), Some((_, counterfactual))) =
        (split(own), split(&changed), split(&swapped))
    else {
        return Ok(None);
    };
    let same = prompt.len() == other_prompt.len() && prompt != other_prompt;
    let apart = !actual.starts_with(&counterfactual) && !counterfactual.starts_with(&actual);
    Ok((same && apart).then(|| Pair {
        id: sample.id.to_string(),
        other: other.id.to_string(),
        program: sample.group.clone(),
        prompt,
        other_prompt,
        actual,
        counterfactual,
    }))
}

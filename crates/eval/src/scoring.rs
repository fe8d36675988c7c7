//! Scores of answers that are there already: a run's, or responses made elsewhere.

use std::io::Write as _;
use std::path::Path;

use serde_json::json;
use tracestone_files as files;

use crate::answer::Extraction;
pub use crate::compat::Published;
use crate::compat::{self, Compat, Held, Original};
use crate::item::Item;
use crate::judge::{Agreement, ChoiceError, Judge, Labelled, Runner, Verdict};
use crate::judging::Replies;
pub use crate::probe::{Finding, ProbeError, probe};
use crate::references;
use crate::responses::Responses;
use crate::run::{Run, RunError, Scored};
use crate::task::{Source, Task, TaskError, check_slices};
use crate::track::Tracks;

/// Error of scoring answers.
#[derive(Debug, thiserror::Error)]
pub enum ScoringError {
    /// The run's folder cannot be read or written.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The run's judge is not known.
    #[error(transparent)]
    Choice(#[from] ChoiceError),
    /// The task or its slices do not fit the items.
    #[error(transparent)]
    Task(#[from] TaskError),
    /// None of the responses belongs to an item.
    #[error(transparent)]
    NoResponse(#[from] NoResponse),
    /// The judge needs executions or another model, and could have none.
    #[error("{0}")]
    Judge(String),
    /// The items come from no benchmark whose scorer is known.
    #[error("the items of {0} have no scorer of their own")]
    NoOriginal(String),
    /// The original scorer demands a response to every item.
    #[error(
        "--compat needs a response to every item, as the original scorer does: {missing} of {items} have none or too few, such as {first}"
    )]
    Incomplete {
        /// Items without a response, or with too few.
        missing: usize,
        /// Number of the task's items.
        items: usize,
        /// The first of the missing ones.
        first: String,
    },
}

/// No response belongs to an item of the task.
#[derive(Debug, thiserror::Error)]
#[error("no response belongs to an item of the task; the first is for `{first}`")]
pub struct NoResponse {
    /// The item that the first response names.
    pub first: String,
}

/// Number of responses per item, the largest one; some items can have fewer.
///
/// # Errors
/// There is none for any item.
pub fn epochs(items: &[Item], responses: &Responses) -> Result<usize, NoResponse> {
    let counts = items.iter().filter_map(|item| responses.get(&item.id));
    counts.map(Vec::len).max().ok_or_else(|| NoResponse {
        first: responses.keys().next().cloned().unwrap_or_default(),
    })
}

/// Agreement of a judge with labels, where there are any.
///
/// # Errors
/// The judge could not be asked.
pub fn agreement(
    judge: &dyn Judge,
    labelled: &[Labelled],
    runner: &mut dyn Runner,
) -> Result<Option<Agreement>, String> {
    if labelled.is_empty() {
        return Ok(None);
    }
    Agreement::of(judge, labelled, runner).map(Some)
}

/// Verdicts and score of answers.
pub struct Scores {
    /// For each item its verdicts, and those of the original scorer where they were asked for.
    verdicts: Vec<Vec<Verdict>>,
    original: Option<Vec<Vec<Held>>>,
    items: Vec<Item>,
    /// The score with its references.
    pub scored: Scored,
}

impl Scores {
    /// Judges a run again, by other facts if `slices` names some, and writes its score anew. `runner` is made with
    /// the path of the file for opinions of a judge's model.
    ///
    /// # Errors
    /// The folder holds no run, or judges cannot execute.
    pub fn of_run<R: Runner>(
        folder: &Path,
        slices: &[String],
        compat: Option<Published>,
        tracks: Tracks,
        runner: impl FnOnce(&Path) -> R,
    ) -> Result<Self, ScoringError> {
        let run = Run::open(folder)?;
        let judge = run.judge(tracks)?;
        let slices = match slices {
            [] => &run.header.slices,
            slices => slices,
        };
        let items = run.items();
        check_slices(&run.header.task, &items, slices)?;
        let replies = run.replies(&run.answers()?);
        let mut runner = runner(&run.path("opinions.jsonl"));
        let of = (run.header.task.as_str(), run.header.source);
        let judged = judged(
            &*judge,
            &items,
            &replies,
            run.header.extraction,
            slices,
            &mut runner,
        );
        let mut scores = Self::with_original(judged?, items, of, compat, &mut runner)?;
        // Judging again costs nothing more and nothing less.
        let earlier = run.scored().ok();
        scores.scored.cost = earlier.as_ref().and_then(|earlier| earlier.cost);
        scores.scored.agreement = earlier.and_then(|earlier| earlier.agreement);
        run.write_score(&scores.verdicts, &scores.scored)?;
        Ok(scores)
    }

    /// Judges responses to a task's items.
    ///
    /// # Errors
    /// No response belongs to an item, or judges cannot execute.
    pub fn of_responses(
        task: &Task,
        (items, labelled): (Vec<Item>, &[Labelled]),
        (responses, extraction): (&Responses, Extraction),
        slices: &[String],
        compat: Option<Published>,
        runner: &mut dyn Runner,
    ) -> Result<Self, ScoringError> {
        task.check_slices(&items, slices)?;
        let replies = references::of_responses(&items, responses, epochs(&items, responses)?);
        let agreement = agreement(task.judge(), labelled, runner).map_err(ScoringError::Judge)?;
        let judged = judged(task.judge(), &items, &replies, extraction, slices, runner)?;
        let of = (task.name(), task.items().source);
        let mut scores = Self::with_original(judged, items, of, compat, runner)?;
        scores.scored.agreement = agreement;
        Ok(scores)
    }

    fn with_original(
        (verdicts, mut scored): (Vec<Vec<Verdict>>, Scored),
        items: Vec<Item>,
        (task, source): (&str, Source),
        compat: Option<Published>,
        runner: &mut dyn Runner,
    ) -> Result<Self, ScoringError> {
        let mut original = None;
        if let Some(version) = compat {
            let scorer =
                Original::of(source).ok_or_else(|| ScoringError::NoOriginal(task.to_owned()))?;
            let held = originals(scorer, version, &items, &verdicts, runner)?;
            scored.compat = Some(Compat::of(version, &held));
            original = Some(held);
        }
        Ok(Self {
            verdicts,
            original,
            items,
            scored,
        })
    }

    /// Writes the verdicts to a file, one JSON object an item.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write_verdicts(&self, path: &Path) -> Result<(), files::FileError> {
        files::replace_with(path, |out| {
            for (index, (item, row)) in self.items.iter().zip(&self.verdicts).enumerate() {
                let mut line = json!({ "item": item.id, "verdicts": row });
                if let Some(rows) = &self.original {
                    line["compat"] = json!(rows[index]);
                }
                writeln!(out, "{line}")?;
            }
            Ok(())
        })
    }
}

fn judged(
    judge: &dyn Judge,
    items: &[Item],
    replies: &[Replies],
    extraction: Extraction,
    slices: &[String],
    runner: &mut dyn Runner,
) -> Result<(Vec<Vec<Verdict>>, Scored), ScoringError> {
    references::judged(judge, items, replies, extraction, slices, runner)
        .map_err(ScoringError::Judge)
}

/// The verdicts that the benchmark's own scorer gives the answers that were found.
fn originals(
    scorer: Original,
    version: Published,
    items: &[Item],
    verdicts: &[Vec<Verdict>],
    runner: &mut dyn Runner,
) -> Result<Vec<Vec<Held>>, ScoringError> {
    refuse_missing(items, verdicts)?;
    let answers: Vec<Vec<String>> = verdicts
        .iter()
        .map(|row| {
            let given = row.iter().filter(|verdict| verdict.status.is_answered());
            given
                .map(|verdict| verdict.answer.clone().unwrap_or_default())
                .collect()
        })
        .collect();
    compat::verdicts(scorer, version, items, &answers, runner).map_err(ScoringError::Judge)
}

/// The original scorers demand a response to every item; without it their pass@k would count it as passed.
fn refuse_missing(items: &[Item], verdicts: &[Vec<Verdict>]) -> Result<(), ScoringError> {
    let missing: Vec<&str> = items
        .iter()
        .zip(verdicts)
        .filter(|(_, row)| row.iter().any(|verdict| !verdict.status.is_answered()))
        .map(|(item, _)| item.id.as_str())
        .collect();
    match missing.first() {
        None => Ok(()),
        Some(first) => Err(ScoringError::Incomplete {
            missing: missing.len(),
            items: items.len(),
            first: (*first).to_owned(),
        }),
    }
}

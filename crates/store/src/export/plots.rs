//! `plots/`: the rows of an export as drawings beside its card.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use tracestone_files::Staging;
use tracestone_record::{Counts, Sample};

use super::file::HashedFile;
use super::{ExportedFile, Manifest, Result};
use crate::drawing::{BYTE_GROUPS, Groups, STEP_GROUPS, bars, tens};

/// The drawings' folder in an export.
pub(super) const FOLDER: &str = "plots/";
/// Characters of an answer that is told apart, and the number of such answers.
const ANSWER_CHARS: usize = 16;
const ANSWERS: usize = 60_000;

/// Files and titles of all drawings, in the order in which the card shows them.
const TITLES: [(&str, &str); 7] = [
    ("plots/kinds.svg", "Rows by kind"),
    ("plots/difficulty.svg", "Rows by difficulty"),
    ("plots/steps.svg", "Rows by steps of the run"),
    ("plots/lengths.svg", "Rows by bytes of the answer"),
    ("plots/answers.svg", "Most frequent short answers"),
    ("plots/repositories.svg", "Rows by source"),
    ("plots/left-out.svg", "Left out, by reason"),
];

/// Counts for drawings that nothing else needs.
#[derive(Debug, Default)]
pub(super) struct Distributions {
    steps: BTreeMap<u32, u64>,
    answer_bytes: BTreeMap<u32, u64>,
    tens: BTreeMap<u32, u64>,
    answers: HashMap<String, u64>,
}

impl Distributions {
    /// Takes one row into account.
    pub(super) fn add(&mut self, sample: &Sample) {
        let facts = &sample.facts;
        if sample.kind.is_executed() {
            *self.steps.entry(STEP_GROUPS.of(facts.steps)).or_default() += 1;
        }
        let bytes = BYTE_GROUPS.of(facts.answer_bytes);
        *self.answer_bytes.entry(bytes).or_default() += 1;
        if let Some(difficulty) = facts.difficulty {
            *self.tens.entry(difficulty / 10).or_default() += 1;
        }
        if let Some(count) = self.answers.get_mut(&sample.answer) {
            *count += 1;
        } else if self.answers.len() < ANSWERS && sample.answer.chars().count() <= ANSWER_CHARS {
            self.answers.insert(sample.answer.clone(), 1);
        }
    }
}

/// Draws what an export holds and what it leaves out; nothing for one without rows.
pub(super) fn write(
    staging: &Staging,
    about: &Manifest,
    counted: &Distributions,
) -> Result<Vec<ExportedFile>> {
    let mut files = Vec::new();
    if about.rows == 0 {
        return Ok(files);
    }
    let kinds = about
        .kinds
        .iter()
        .map(|(kind, splits)| (kind.name().replace('_', " "), splits.values().sum()))
        .collect();
    let sources = about.sources.iter();
    let values = [
        largest_first(kinds),
        numbered(&tens(), &counted.tens),
        groups(STEP_GROUPS, &counted.steps),
        groups(BYTE_GROUPS, &counted.answer_bytes),
        largest_first(counted.answers.clone().into_iter().collect()),
        largest_first(
            sources
                .map(|source| (source.name.clone(), source.rows))
                .collect(),
        ),
        reasons(&about.left_out),
    ];
    for ((path, title), values) in TITLES.into_iter().zip(values) {
        if !values.is_empty() {
            let mut file = HashedFile::create(staging, path)?;
            file.put(bars(title, &values).as_bytes())?;
            files.push(file.finish()?);
        }
    }
    Ok(files)
}

/// The card's section that shows the drawings among these files.
pub(super) fn section(files: &[ExportedFile]) -> String {
    let has = |path: &str| files.iter().any(|file| file.path == path);
    let shown = TITLES.iter().filter(|(path, _)| has(path));
    let images: String = shown
        .map(|(path, title)| format!("\n![{title}]({path})\n"))
        .collect();
    match images.is_empty() {
        true => images,
        false => format!("## At a glance\n{images}"),
    }
}

fn groups(groups: Groups, counts: &BTreeMap<u32, u64>) -> Vec<(String, u64)> {
    numbered(&groups.names(), counts)
}

/// The named groups from the first to the last that has rows.
fn numbered(names: &[String], counts: &BTreeMap<u32, u64>) -> Vec<(String, u64)> {
    let (Some((first, _)), Some((last, _))) = (counts.first_key_value(), counts.last_key_value())
    else {
        return Vec::new();
    };
    (*first..=*last)
        .filter_map(|group| {
            let count = counts.get(&group).copied().unwrap_or(0);
            Some((names.get(group as usize)?.clone(), count))
        })
        .collect()
}

fn reasons(left_out: &Counts) -> Vec<(String, u64)> {
    let reasons = left_out.iter();
    largest_first(
        reasons
            .map(|(reason, count)| (reason.replace('_', " "), *count))
            .collect(),
    )
}

fn largest_first(mut values: Vec<(String, u64)>) -> Vec<(String, u64)> {
    values.sort_by(|one, other| (Reverse(one.1), &one.0).cmp(&(Reverse(other.1), &other.0)));
    values
}

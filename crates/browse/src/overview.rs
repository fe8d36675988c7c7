//! A dataset in numbers: what a page, a terminal and a plot show of it.

use serde::Serialize;
use tracestone_record::{SampleKind, Split};
use tracestone_store::{DropCount, Funnel, SIGNS, Store, StoreError, Summary};

use crate::index::{Dim, Index, RATED, Row};
use crate::query::{Facet, Query};

/// Most frequent answers listed for each kind.
const ANSWERS: usize = 6;

/// The samples in numbers.
#[derive(Debug, Clone, Serialize)]
pub struct Overview {
    /// Name of the store's file.
    pub store: String,
    /// Name of the corpus.
    pub corpus: String,
    /// The interpreter, if the store remembers it.
    pub python: Option<String>,
    /// The sandbox, if the store remembers it.
    pub sandbox: Option<String>,
    /// Number of samples.
    pub samples: u64,
    /// Programs with a sample.
    pub programs: u64,
    /// Runs that a sample asks about.
    pub runs: u64,
    /// By kind, in the order in which kinds are shown; kinds without samples are left out.
    pub kinds: Vec<Kind>,
    /// Names and descriptions of the signs of a less telling question.
    pub signs: Vec<(&'static str, &'static str)>,
    /// By other properties.
    pub facets: Vec<Facet>,
}

/// The samples of one kind in numbers.
#[derive(Debug, Clone, Serialize)]
pub struct Kind {
    /// Name of the kind.
    pub kind: &'static str,
    /// Number of samples.
    pub samples: u64,
    /// By part of the split: training, validation, test.
    pub splits: [u64; 3],
    /// Steps of the runs: a quarter, half and nine tenths have at most as many.
    pub steps: [u32; 3],
    /// Sizes of the answers, in the same way.
    pub answer_bytes: [u32; 3],
    /// Share of samples with a sign that the question is easy for the wrong reason.
    pub trivial: f64,
    /// Share of samples whose answer occurs in program, setup or call.
    pub in_prompt: f64,
    /// Number of samples with a rating, which `sample` of an older version did not make.
    pub rated: u64,
    /// Of these, the share of samples with each sign of a less telling question, in the order of `Overview::signs`.
    pub signs: Vec<f64>,
    /// The share of the prompts' tokens that is not program, setup or call.
    pub frame: f64,
    /// The most frequent short answers with their numbers.
    pub answers: Vec<(String, u64)>,
}

/// Statements that runs reach, measured on some programs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reached {
    /// Programs with a verified run and statements to reach that were measured.
    pub programs: u64,
    /// The mean share of their statements that runs reach.
    pub mean: f64,
    /// Programs whose statements are all reached.
    pub whole: u64,
    /// True if these are not all programs, but an even selection.
    pub some: bool,
}

/// Measures what runs reach; the answer to a page that does not wait for it.
pub type Measure = fn(&Store) -> Result<Reached, StoreError>;

/// The way from units to samples, and what was left out of it.
#[derive(Debug, Clone, Serialize)]
pub struct Story {
    /// Counts before samples: sources, files, units, programs, calls, runs.
    pub counts: Summary,
    /// Way of functions and classes to their samples.
    pub funnel: Funnel,
    /// Statements that runs reach.
    pub reached: Reached,
    /// Numbers of what was left out, by stage and reason, with examples.
    pub drops: Vec<DropCount>,
    /// An explanation of each reason of a drop.
    pub reasons: Vec<(&'static str, &'static str)>,
}

impl Overview {
    /// Counts the samples of an index.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn of(index: &Index, store: &Store) -> Result<Self, StoreError> {
        let found = Query::default().run(index, store)?;
        let mut by_kind: [Vec<&Row>; SampleKind::ALL.len()] = Default::default();
        for row in &index.rows {
            by_kind[usize::from(row.kind)].push(row);
        }
        let kinds = SampleKind::ALL.into_iter().zip(by_kind);
        let kinds = kinds.filter(|(_, rows)| !rows.is_empty());
        // `u32::MAX` is no place.
        let distinct = |count: usize, key: fn(&Row) -> u32| {
            let mut seen = vec![false; count];
            for row in &index.rows {
                if let Some(seen) = seen.get_mut(key(row) as usize) {
                    *seen = true;
                }
            }
            seen.into_iter().filter(|seen| *seen).count() as u64
        };
        let path = store.path();
        let file = path.file_name().unwrap_or(path.as_os_str());
        Ok(Self {
            store: file.to_string_lossy().into_owned(),
            corpus: store.meta("corpus")?.unwrap_or_default(),
            python: store.meta("python")?,
            sandbox: store.meta("sandbox")?,
            samples: index.rows.len() as u64,
            programs: distinct(index.programs.len(), |row| row.program),
            runs: distinct(index.runs.len(), |row| row.run),
            kinds: kinds
                .map(|(kind, rows)| Kind::of(kind, &rows, index))
                .collect(),
            signs: SIGNS.to_vec(),
            facets: found.facets,
        })
    }

    /// Counts by one property.
    #[must_use]
    pub(crate) fn facet(&self, dim: Dim) -> &[(String, u64)] {
        let found = self.facets.iter().find(|facet| facet.name == dim.name());
        found.map_or(&[], |facet| &facet.values)
    }
}

impl Kind {
    fn of(kind: SampleKind, rows: &[&Row], index: &Index) -> Self {
        let share = |easy: u32| {
            let found = rows
                .iter()
                .filter(|row| index.value(row, Dim::Easy) == easy);
            found.count() as f64 / rows.len() as f64
        };
        let mut splits = [0; Split::ALL.len()];
        let labels = index.labels(Dim::Answer);
        let mut counts = vec![0_u64; labels.len()];
        for row in rows {
            splits[usize::from(row.split)] += 1;
            counts[index.value(row, Dim::Answer) as usize] += 1;
        }
        let rated = rows.iter().filter(|row| row.signs & RATED != 0).count();
        let signs = (0..SIGNS.len()).map(|place| {
            let found = rows.iter().filter(|row| row.signs & 1 << place != 0);
            found.count() as f64 / rated.max(1) as f64
        });
        let (prompt, frame) = index.tokens[kind as usize];
        let mut answers: Vec<(usize, u64)> = counts.into_iter().enumerate().skip(1).collect();
        answers.retain(|(_, count)| *count > 1);
        answers.sort_by_key(|(answer, count)| (std::cmp::Reverse(*count), *answer));
        answers.truncate(ANSWERS);
        Self {
            kind: kind.name(),
            samples: rows.len() as u64,
            splits,
            steps: quantiles(rows.iter().map(|row| row.steps).collect()),
            answer_bytes: quantiles(rows.iter().map(|row| row.answer_bytes).collect()),
            rated: rated as u64,
            signs: signs.collect(),
            frame: frame as f64 / prompt.max(1) as f64,
            trivial: share(2),
            in_prompt: share(1),
            answers: answers
                .into_iter()
                .map(|(answer, count)| (labels[answer].clone(), count))
                .collect(),
        }
    }
}

impl Story {
    /// Reads it from a store.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn of(store: &Store, measure: Measure) -> Result<Self, StoreError> {
        let drops = store.drops()?;
        let mut funnel = store.funnel()?;
        for lost in &mut funnel.lost {
            lost.units.truncate(20);
        }
        Ok(Self {
            counts: store.summary_before_samples()?,
            reasons: drops
                .iter()
                .map(|drop| (drop.reason.code(), drop.reason.explanation()))
                .collect(),
            reached: measure(store)?,
            funnel,
            drops,
        })
    }
}

/// The values that a quarter, half and nine tenths of all do not exceed.
fn quantiles(mut values: Vec<u32>) -> [u32; 3] {
    values.sort_unstable();
    [0.25, 0.5, 0.9].map(|share| {
        let place = (share * values.len() as f64).ceil() as usize;
        values.get(place.saturating_sub(1)).copied().unwrap_or(0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_values_that_occur() {
        assert_eq!(quantiles((1..=100).collect()), [25, 50, 90]);
        assert_eq!(quantiles(vec![7]), [7, 7, 7]);
        assert_eq!(quantiles(Vec::new()), [0, 0, 0]);
    }
}

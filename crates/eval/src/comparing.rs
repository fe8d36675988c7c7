//! Runs on the same items, and how every two of them differ.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use tracestone_record::outside;
use tracestone_record::words::counted;

use crate::judge::{Status, Verdict};
use crate::report::Results;
use crate::report::side::{self, Pair, Side};
use crate::run::{JudgedError, Run, RunError};
use crate::score::item_values;
use crate::stats;

/// Error of comparing runs.
#[derive(Debug, thiserror::Error)]
pub enum ComparingError {
    /// A folder holds no run with verdicts.
    #[error(transparent)]
    Judged(#[from] JudgedError),
    /// A run has no score.
    #[error(transparent)]
    NotScored(RunError),
    /// The answers of a run cannot be read.
    #[error(transparent)]
    Read(#[from] RunError),
    /// Two runs are of other items.
    #[error("{first} and {other} cannot be compared: {what}")]
    Differ {
        /// The first run.
        first: String,
        /// The other run.
        other: String,
        /// Difference of their items.
        what: String,
    },
    /// No item is left that all runs answered.
    #[error("the runs have no answered item in common")]
    NothingCommon,
    /// There are more runs than a page has room for.
    #[error("a page has room for {} runs, and {runs} are compared", side::MOST)]
    TooMany {
        /// The number of runs.
        runs: usize,
    },
    /// The page cannot be made.
    #[error(transparent)]
    Page(#[from] minijinja::Error),
}

/// Runs that are compared, over the same items.
pub struct Compared {
    /// The compared runs, in the order they were named.
    pub runs: Vec<Judged>,
    /// Numbers of items that are left out, by reason.
    pub left_out: BTreeMap<String, u64>,
}

impl Compared {
    /// Opens runs of one task. With `common`, only items that every run has and answered are compared; without
    /// it, all runs must have the same items.
    ///
    /// # Errors
    /// A folder holds no judged run, or the runs are not comparable.
    pub fn open(folders: &[PathBuf], common: bool) -> Result<Self, ComparingError> {
        let runs = folders.iter().map(|folder| Judged::open(folder));
        let mut runs: Vec<Judged> = runs.collect::<Result<_, _>>()?;
        same_task(&runs)?;
        let mut left_out = BTreeMap::new();
        if common {
            left_out = keep_common(&mut runs)?;
        } else if let Some((first, others)) = runs.split_first() {
            for other in others {
                same_items(first, other)?;
            }
        }
        Ok(Self { runs, left_out })
    }

    /// The comparison of every two runs, corrected for their number.
    #[must_use]
    pub fn pairs(&self) -> Vec<Pair> {
        let clusters = self.clusters();
        let mut pairs = Vec::new();
        for (first, one) in self.runs.iter().enumerate() {
            for (second, other) in self.runs.iter().enumerate().skip(first + 1) {
                pairs.push(Pair {
                    first,
                    second,
                    comparison: stats::compare(&one.values(), &other.values(), &clusters),
                });
            }
        }
        let p: Vec<f64> = pairs.iter().map(|pair| pair.comparison.p).collect();
        for (pair, corrected) in pairs.iter_mut().zip(stats::holm(&p)) {
            pair.comparison.holm = corrected;
        }
        pairs
    }

    /// The cluster of each compared item.
    #[must_use]
    pub fn clusters(&self) -> Vec<&str> {
        let rows = self.runs.first().map_or(&[][..], |run| &run.rows);
        rows.iter().map(|row| row.cluster.as_str()).collect()
    }

    /// The items that one of a pair's runs has right and the other wrong.
    #[must_use]
    pub fn flipped(&self, pair: &Pair) -> Flipped<'_> {
        Flipped::of(&self.runs[pair.first], &self.runs[pair.second])
    }

    /// A page with all runs side by side, and `notes` above them.
    ///
    /// # Errors
    /// There are more runs than it has room for, or their answers and scores cannot be read.
    pub fn page(&self, pairs: &[Pair], notes: &[String]) -> Result<String, ComparingError> {
        if self.runs.len() > side::MOST {
            return Err(ComparingError::TooMany {
                runs: self.runs.len(),
            });
        }
        let mut read = Vec::new();
        for judged in &self.runs {
            let score = judged.run.scored().map_err(ComparingError::NotScored)?;
            read.push((judged.run.answers()?, score));
        }
        let sides: Vec<Side<'_>> = self
            .runs
            .iter()
            .zip(&read)
            .map(|(judged, (entries, scored))| Side {
                results: Results {
                    header: &judged.run.header,
                    asked: &judged.run.asked,
                    entries,
                    verdicts: &judged.verdicts,
                    scored,
                },
                name: &judged.name,
                folder: &judged.folder,
            })
            .collect();
        let rows = self.runs.first().map_or(&[][..], |run| &run.rows);
        let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
        Ok(side::page(&sides, &ids, pairs, notes)?)
    }
}

/// An item's part in a comparison.
struct Row {
    id: String,
    hash: String,
    cluster: String,
    value: f64,
    /// Responses that failed or are missing.
    unanswered: u64,
    responses: u64,
}

/// A judged run; its items are in the order of their names.
pub struct Judged {
    run: Run,
    verdicts: Vec<Vec<Verdict>>,
    /// Path of the run's folder.
    pub folder: String,
    /// Name of the run, for people.
    pub name: String,
    task: String,
    rows: Vec<Row>,
}

impl Judged {
    fn open(folder: &Path) -> Result<Self, ComparingError> {
        let (run, verdicts) = Run::judged(folder)?;
        let values = item_values(&verdicts);
        let mut rows: Vec<Row> = run
            .asked
            .iter()
            .zip(values)
            .zip(&verdicts)
            .map(|((asked, value), verdicts)| Row {
                id: asked.item.id.clone(),
                hash: asked.item.hash(),
                cluster: asked.item.cluster.clone(),
                value,
                unanswered: unanswered(verdicts),
                responses: verdicts.len() as u64,
            })
            .collect();
        rows.sort_by(|a, b| a.id.cmp(&b.id));
        let style = run.header.parameters.get("style");
        let style = style.map_or(String::new(), |style| format!(", {style}"));
        let name = format!("{} ({}{style})", run.header.model, run.header.task);
        Ok(Self {
            folder: folder.display().to_string(),
            name: outside::short(&name, 120).into_owned(),
            task: run.header.task.clone(),
            rows,
            run,
            verdicts,
        })
    }

    fn values(&self) -> Vec<f64> {
        self.rows.iter().map(|row| row.value).collect()
    }

    /// The run's score on the compared items.
    #[must_use]
    pub fn accuracy(&self) -> f64 {
        stats::mean(&self.values())
    }

    /// Responses that failed or are missing.
    #[must_use]
    pub fn unanswered(&self) -> u64 {
        self.rows.iter().map(|row| row.unanswered).sum()
    }

    /// The number of responses that were asked for.
    #[must_use]
    pub fn responses(&self) -> u64 {
        self.rows.iter().map(|row| row.responses).sum()
    }
}

fn unanswered(verdicts: &[Verdict]) -> u64 {
    let missing = |status: Status| !status.is_answered();
    verdicts.iter().filter(|one| missing(one.status)).count() as u64
}

/// Items that one of two runs has right and the other wrong, as most of their responses are.
pub struct Flipped<'a> {
    /// The items that only the first has right.
    pub only_first: Vec<&'a str>,
    /// The items that only the second has right.
    pub only_second: Vec<&'a str>,
}

impl<'a> Flipped<'a> {
    fn of(first: &'a Judged, second: &'a Judged) -> Self {
        let ids = |wanted: fn(bool, bool) -> bool| {
            let rows = first.rows.iter().zip(&second.rows);
            rows.filter(|(one, two)| wanted(one.value > 0.5, two.value > 0.5))
                .map(|(one, _)| one.id.as_str())
                .collect()
        };
        Self {
            only_first: ids(|one, two| one && !two),
            only_second: ids(|one, two| !one && two),
        }
    }
}

/// Keeps the items that every run has, with the same content, and answered.
fn keep_common(runs: &mut [Judged]) -> Result<BTreeMap<String, u64>, ComparingError> {
    let mut left_out: BTreeMap<String, u64> = BTreeMap::new();
    let mut reasons: BTreeMap<String, String> = BTreeMap::new();
    let ids: BTreeSet<String> = runs
        .iter()
        .flat_map(|run| run.rows.iter().map(|row| row.id.clone()))
        .collect();
    for id in &ids {
        let mut hash: Option<&str> = None;
        for run in runs.iter() {
            let found = run.rows.binary_search_by(|row| row.id.cmp(id));
            let why = match found.ok().map(|at| &run.rows[at]) {
                None => "not in every run",
                Some(row) if hash.is_some_and(|other| other != row.hash) => {
                    "not the same in every run"
                }
                Some(row) if row.unanswered > 0 => "not answered in every run",
                Some(row) => {
                    hash = Some(&row.hash);
                    continue;
                }
            };
            reasons.insert(id.clone(), why.to_owned());
            break;
        }
    }
    for why in reasons.values() {
        *left_out.entry(why.clone()).or_default() += 1;
    }
    for run in runs.iter_mut() {
        run.rows.retain(|row| !reasons.contains_key(&row.id));
    }
    if runs.first().is_none_or(|run| run.rows.is_empty()) {
        return Err(ComparingError::NothingCommon);
    }
    Ok(left_out)
}

fn same_task(runs: &[Judged]) -> Result<(), ComparingError> {
    let Some(first) = runs.first() else {
        return Ok(());
    };
    match runs.iter().find(|run| run.task != first.task) {
        None => Ok(()),
        Some(other) => Err(differ(
            first,
            other,
            &format!(
                "one is of the task {}, the other of {}",
                first.task, other.task
            ),
        )),
    }
}

fn differ(first: &Judged, other: &Judged, what: &str) -> ComparingError {
    ComparingError::Differ {
        first: first.folder.clone(),
        other: other.folder.clone(),
        what: what.to_owned(),
    }
}

fn same_items(first: &Judged, other: &Judged) -> Result<(), ComparingError> {
    if first.rows.len() != other.rows.len() {
        return Err(differ(
            first,
            other,
            &format!(
                "one has {}, the other {}",
                counted(first.rows.len() as u64, "item"),
                other.rows.len()
            ),
        ));
    }
    for (one, two) in first.rows.iter().zip(&other.rows) {
        if one.id != two.id || one.hash != two.hash {
            let what = format!("item {} is not the same in both", one.id);
            return Err(differ(first, other, &what));
        }
    }
    Ok(())
}

//! Features against executed states: for each value of a variable the feature that finds it best, chosen on one part of
//! the data and reported on another, under the original semantics and under others.

use std::collections::BTreeMap;
use std::path::Path;

use rayon::prelude::*;
use serde::Serialize;
use tracestone_interp::ledger::Ledger;
use tracestone_interp::probe::{Linear, ORIGINAL};
use tracestone_record::Split;
use tracestone_record::watch::{Progress, Watch};
use tracestone_record::words::counted;
use tracestone_sae::{Column, Counts, Dictionary, Sparse, Truth};
use tracestone_stats::{Draws, Estimate, holm, interval_p};

use crate::activations::observations;
use crate::dataset::Dataset;
use crate::error::Error;

/// Rows with a value that both parts must have at least.
pub(crate) const LEAST: usize = 10;
/// Penalty of the probes of a few features.
const PENALTY: f64 = 1.0;

/// Settings of a comparison with states.
#[derive(Debug, Clone)]
pub struct StateSettings {
    /// The variables of the ledger.
    pub variables: Vec<String>,
    /// Numbers of features of sparse probes.
    pub sparse: Vec<usize>,
    /// Draws of the bootstrap over programs.
    pub draws: usize,
    /// Seed of the bootstrap.
    pub seed: u64,
}

impl Default for StateSettings {
    fn default() -> Self {
        Self {
            variables: vec!["facing".to_owned(), "position".to_owned()],
            sparse: vec![1, 2, 5, 20],
            draws: 200,
            seed: 0,
        }
    }
}

/// Scores of all that finds the values of one variable.
#[derive(Debug, Clone, Serialize)]
pub struct StateReport {
    /// Name of the variable.
    pub variable: String,
    /// The values that are looked for.
    pub values: Vec<String>,
    /// Tested rows: those with a value under all semantics.
    pub rows: usize,
    /// Programs they are of.
    pub programs: usize,
    /// The readers, each with its scores.
    pub readers: Vec<Reader>,
    /// The dictionary's best feature for each value under the original semantics.
    pub features: Vec<BestFeature>,
}

/// Something that finds values.
#[derive(Debug, Clone, Serialize)]
pub struct Reader {
    /// Name of the reader.
    pub name: String,
    /// The harmonic mean of precision and recall.
    pub f1: Score,
    /// The area under the curve of true and false positives.
    pub auroc: Score,
    /// Matthews' correlation of firing and state.
    pub mcc: Score,
}

/// A score, averaged over the values.
#[derive(Debug, Clone, Serialize)]
pub struct Score {
    /// Under the original semantics.
    pub original: f64,
    /// Under each of the others.
    pub alternatives: BTreeMap<String, f64>,
    /// The first minus the mean of the others; none if there are no others.
    pub gap: Option<Estimate>,
    /// p of the gap, after Holm's correction for all gaps of the report.
    pub p: Option<f64>,
}

/// The feature that finds a value best.
#[derive(Debug, Clone, Serialize)]
pub struct BestFeature {
    /// The value that it finds.
    pub value: String,
    /// Number of the feature with the best F1 on the part that it is chosen on.
    pub feature: usize,
    /// Activation from which on it says yes.
    pub threshold: f32,
    /// Its F1 on the other part.
    pub f1: f64,
}

/// Columns to choose from, on both parts.
pub(super) struct Bank {
    name: String,
    fit: Vec<Column>,
    test: Vec<Column>,
}

/// Rows of both parts at one site.
pub(super) struct Parts {
    pub(super) fit: Part,
    pub(super) test: Part,
}

/// Rows of one part with their states.
pub(super) struct Part {
    pub(super) rows: Vec<f32>,
    pub(super) width: usize,
    pub(super) ledger: Ledger,
    /// The program of each row.
    pub(super) programs: Vec<usize>,
}

/// The question whether rows have a value under a semantics.
struct Label {
    /// Index of the value.
    value: usize,
    /// Index of the semantics; 0 is the original one.
    semantics: usize,
    fit: Vec<Truth>,
    test: Vec<Truth>,
}

/// Decisions about one label on the tested part.
struct Verdict {
    f1: Vec<Counts>,
    mcc: Vec<Counts>,
    ranks: Column,
    feature: usize,
    threshold: f32,
}

/// Reads both parts of activations at a site.
pub(super) fn parts(
    acts: &Path,
    data: &Dataset,
    site: &str,
    settings: &StateSettings,
) -> Result<Parts, Error> {
    let part = |split: Split| -> Result<Part, Error> {
        let mut found = observations(acts, data, split, &settings.variables)?;
        let at = found.activations.sites.iter().position(|name| name == site);
        let at = at.ok_or_else(|| Error::WhichSite {
            wanted: Some(site.to_owned()),
            sites: found.activations.sites.clone(),
        })?;
        let marks = found.ledger.marks().iter();
        let programs = marks
            .map(|mark| found.ledger.program(mark.spot.text))
            .collect();
        Ok(Part {
            rows: found.activations.rows.swap_remove(at),
            width: found.activations.width,
            programs,
            ledger: found.ledger,
        })
    };
    Ok(Parts {
        fit: part(Split::Validation)?,
        test: part(Split::Test)?,
    })
}

impl Bank {
    /// The features of a dictionary.
    pub(super) fn features(
        name: &str,
        dictionary: &Dictionary,
        parts: &Parts,
    ) -> (Self, [Sparse; 2]) {
        let [fit, test] = [&parts.fit, &parts.test].map(|part| dictionary.encode(&part.rows));
        let columns = |sparse: &Sparse| -> Vec<Column> {
            let all = sparse.columns();
            all.par_iter()
                .map(|one| Column::sparse(one, sparse.rows()))
                .collect()
        };
        let bank = Self {
            name: name.to_owned(),
            fit: columns(&fit),
            test: columns(&test),
        };
        (bank, [fit, test])
    }

    /// The numbers of the rows, in both directions.
    fn neurons(parts: &Parts) -> Self {
        let columns = |part: &Part| -> Vec<Column> {
            let signs = [1.0, -1.0];
            let all = (0..part.width).flat_map(|at| signs.map(|sign| (at, sign)));
            let all: Vec<(usize, f32)> = all.collect();
            let column = |(at, sign): &(usize, f32)| {
                let rows = part.rows.chunks_exact(part.width);
                Column::dense(rows.map(|row| sign * row[*at]))
            };
            all.par_iter().map(column).collect()
        };
        Self {
            name: "best neuron".to_owned(),
            fit: columns(&parts.fit),
            test: columns(&parts.test),
        }
    }

    /// Chooses a column for a label, by each measure.
    fn verdict(&self, label: &Label, groups: &[usize], count: usize) -> Verdict {
        let best: Vec<_> = self
            .fit
            .iter()
            .map(|column| column.best(&label.fit))
            .collect();
        let most = |of: &dyn Fn(usize) -> f64| {
            (0..best.len()).fold(0, |most, at| if of(at) > of(most) { at } else { most })
        };
        let [f1, mcc, ranks] = [
            most(&|at| best[at].f1),
            most(&|at| best[at].mcc),
            most(&|at| best[at].auroc),
        ];
        Verdict {
            f1: self.test[f1].counts(&label.test, best[f1].f1_at, groups, count),
            mcc: self.test[mcc].counts(&label.test, best[mcc].mcc_at, groups, count),
            ranks: self.test[ranks].clone(),
            feature: f1,
            threshold: best[f1].f1_at,
        }
    }
}

/// A probe's score for each row, as a bank of one column.
fn probe(fit: &[f32], test: &[f32], width: usize, label: &Label) -> Bank {
    let classes = |truth: &[Truth]| -> Vec<Option<usize>> {
        let class = |truth: &Truth| match truth {
            Truth::Yes => Some(1),
            Truth::No => Some(0),
            Truth::Unknown => None,
        };
        truth.iter().map(class).collect()
    };
    let fitted = Linear::fit(fit, width, &classes(&label.fit), 2, PENALTY);
    let column = |rows: &[f32]| {
        let logits = fitted.logits(rows);
        Column::dense(logits.chunks_exact(2).map(|pair| pair[1] - pair[0]))
    };
    Bank {
        name: String::new(),
        fit: vec![column(fit)],
        test: vec![column(test)],
    }
}

/// The features whose means differ most between rows with a value and without it, as in SAEBench's sparse probing.
fn apart(sparse: &Sparse, truth: &[Truth]) -> Vec<usize> {
    let (mut sums, mut sizes) = (
        [vec![0.0_f64; sparse.width], vec![0.0; sparse.width]],
        [0.0_f64; 2],
    );
    for (row, truth) in truth.iter().enumerate() {
        let side = match truth {
            Truth::Yes => 1,
            Truth::No => 0,
            Truth::Unknown => continue,
        };
        sizes[side] += 1.0;
        for (feature, value) in sparse.row(row) {
            sums[side][feature] += f64::from(value);
        }
    }
    let difference = |feature: &usize| {
        (sums[1][*feature] / sizes[1].max(1.0) - sums[0][*feature] / sizes[0].max(1.0)).abs()
    };
    let mut order: Vec<usize> = (0..sparse.width).collect();
    order.sort_by(|a, b| difference(b).total_cmp(&difference(a)).then(a.cmp(b)));
    order
}

/// Some features as dense rows.
fn gathered(sparse: &Sparse, features: &[usize]) -> Vec<f32> {
    let mut place = vec![usize::MAX; sparse.width];
    for (at, feature) in features.iter().enumerate() {
        place[*feature] = at;
    }
    let mut rows = vec![0.0; sparse.rows() * features.len()];
    for row in 0..sparse.rows() {
        for (feature, value) in sparse.row(row).filter(|(one, _)| place[*one] < usize::MAX) {
            rows[row * features.len() + place[feature]] = value;
        }
    }
    rows
}

/// A variable with all its labels.
struct Question<'q> {
    parts: &'q Parts,
    semantics: Vec<String>,
    values: Vec<String>,
    labels: Vec<Label>,
    programs: usize,
    draws: &'q Draws,
}

/// Compares a dictionary, and others beside it, with the states of each variable.
pub(super) fn compare(
    own: &Dictionary,
    beside: &[(String, &Dictionary)],
    others: &[(String, &Dictionary, &Parts)],
    parts: &Parts,
    data: &Dataset,
    settings: &StateSettings,
    watch: &dyn Watch,
) -> Vec<StateReport> {
    let each = 3 + settings.sparse.len() + beside.len() + others.len();
    let total = settings.variables.len() * each;
    let progress = Progress::start(watch, "states", "readers", total as u64);
    let (bank, sparse) = Bank::features("best feature", own, parts);
    let neurons = Bank::neurons(parts);
    let beside: Vec<Bank> = beside
        .iter()
        .map(|(name, dictionary)| Bank::features(name, dictionary, parts).0)
        .collect();
    let others: Vec<(Bank, &Parts)> = others
        .iter()
        .map(|(name, dictionary, parts)| (Bank::features(name, dictionary, parts).0, *parts))
        .collect();
    let draws = Draws::new(
        parts.test.ledger.program_count(),
        settings.draws,
        settings.seed,
    );
    let mut reports = Vec::new();
    for variable in &settings.variables {
        let question = Question::new(variable, data, parts, &draws);
        // Without a value there is nothing to find: no score, and no gap that Holm's correction would count.
        if question.values.is_empty() {
            progress.advance(each as u64);
            reports.push(question.report(variable, Vec::new(), Vec::new()));
            continue;
        }
        let (first, features) = question.of_bank(&bank);
        let mut readers = vec![first];
        progress.advance(1);
        for count in &settings.sparse {
            readers.push(question.sparse_probe(*count, &sparse));
            progress.advance(1);
        }
        readers.push(question.of_bank(&neurons).0);
        readers.push(question.linear_probe());
        progress.advance(2);
        for bank in &beside {
            readers.push(question.of_bank(bank).0);
            progress.advance(1);
        }
        for (bank, parts) in &others {
            let question = Question::new(variable, data, parts, &draws);
            readers.push(question.of_bank(bank).0);
            progress.advance(1);
        }
        reports.push(question.report(variable, readers, features));
    }
    progress.finish(&counted(reports.len() as u64, "variable"));
    correct(&mut reports);
    reports
}

/// Gives each gap its p after Holm's correction for all of them.
fn correct(reports: &mut [StateReport]) {
    let readers = reports.iter_mut().flat_map(|report| &mut report.readers);
    let scores = readers.flat_map(|reader| [&mut reader.f1, &mut reader.auroc, &mut reader.mcc]);
    let mut scores: Vec<&mut Score> = scores.filter(|score| score.gap.is_some()).collect();
    let each: Vec<f64> = scores
        .iter()
        .filter_map(|score| score.gap.map(interval_p))
        .collect();
    for (score, p) in scores.iter_mut().zip(holm(&each)) {
        score.p = Some(p);
    }
}

impl<'q> Question<'q> {
    fn report(
        &self,
        variable: &str,
        readers: Vec<Reader>,
        features: Vec<BestFeature>,
    ) -> StateReport {
        StateReport {
            variable: variable.to_owned(),
            values: self.values.clone(),
            rows: self.known_rows(),
            programs: self.programs,
            readers,
            features,
        }
    }

    /// Number of rows of the test whose state is known.
    fn known_rows(&self) -> usize {
        let first = self.labels.first();
        let rows = first.into_iter().flat_map(|label| &label.test);
        rows.filter(|truth| **truth != Truth::Unknown).count()
    }

    fn new(variable: &str, data: &Dataset, parts: &'q Parts, draws: &'q Draws) -> Self {
        let classes = parts.fit.ledger.classes(variable).to_vec();
        let known = parts.fit.ledger.semantics(variable);
        let mut semantics = data.semantics();
        semantics.retain(|name| known.contains(&name.as_str()));
        semantics.sort_by_key(|name| name != ORIGINAL);
        let sides = [&parts.fit.ledger, &parts.test.ledger].map(|ledger| {
            let columns = semantics
                .iter()
                .map(|name| ledger.labels(variable, name, 0, &classes));
            common(columns.collect())
        });
        let enough = |value: &usize| {
            sides.iter().flatten().all(|column| {
                let own = column.iter().filter(|one| **one == Some(*value));
                own.count() >= LEAST
            })
        };
        let values: Vec<usize> = (0..classes.len()).filter(enough).collect();
        let mut labels = Vec::new();
        for (index, (fit, test)) in sides[0].iter().zip(&sides[1]).enumerate() {
            for (at, value) in values.iter().enumerate() {
                let truth = |column: &Vec<Option<usize>>| {
                    let one = |class: &Option<usize>| match class {
                        None => Truth::Unknown,
                        Some(class) if class == value => Truth::Yes,
                        Some(_) => Truth::No,
                    };
                    column.iter().map(one).collect()
                };
                labels.push(Label {
                    value: at,
                    semantics: index,
                    fit: truth(fit),
                    test: truth(test),
                });
            }
        }
        Self {
            parts,
            values: values.iter().map(|value| classes[*value].clone()).collect(),
            semantics,
            labels,
            programs: parts.test.ledger.program_count(),
            draws,
        }
    }

    fn verdicts(&self, of: impl Fn(&Label) -> Verdict + Sync + Send) -> Vec<Verdict> {
        self.labels.par_iter().with_max_len(1).map(of).collect()
    }

    fn of_bank(&self, bank: &Bank) -> (Reader, Vec<BestFeature>) {
        let groups = &self.parts.test.programs;
        let verdicts = self.verdicts(|label| bank.verdict(label, groups, self.programs));
        let own = self
            .labels
            .iter()
            .zip(&verdicts)
            .filter(|(label, _)| label.semantics == 0);
        let features = own.map(|(label, verdict)| BestFeature {
            value: self.values[label.value].clone(),
            feature: verdict.feature,
            threshold: verdict.threshold,
            f1: summed(&verdict.f1, None).f1(),
        });
        (self.reader(&bank.name, &verdicts), features.collect())
    }

    fn linear_probe(&self) -> Reader {
        let (fit, test) = (&self.parts.fit, &self.parts.test);
        let verdicts = self.verdicts(|label| {
            let bank = probe(&fit.rows, &test.rows, fit.width, label);
            bank.verdict(label, &test.programs, self.programs)
        });
        self.reader("linear probe", &verdicts)
    }

    /// A probe of a few features.
    fn sparse_probe(&self, count: usize, [fit, test]: &[Sparse; 2]) -> Reader {
        let verdicts = self.verdicts(|label| {
            let mut features = apart(fit, &label.fit);
            features.truncate(count);
            let bank = probe(
                &gathered(fit, &features),
                &gathered(test, &features),
                features.len(),
                label,
            );
            bank.verdict(label, &self.parts.test.programs, self.programs)
        });
        self.reader(
            &format!("probe of {}", counted(count as u64, "feature")),
            &verdicts,
        )
    }

    fn reader(&self, name: &str, verdicts: &[Verdict]) -> Reader {
        let f1 = |at: usize, times: Option<&[u16]>| summed(&verdicts[at].f1, times).f1();
        let mcc = |at: usize, times: Option<&[u16]>| summed(&verdicts[at].mcc, times).mcc();
        let auroc = |at: usize, times: Option<&[u16]>| {
            let rows = times.map(|times| -> Vec<f64> {
                let programs = self.parts.test.programs.iter();
                programs.map(|program| f64::from(times[*program])).collect()
            });
            verdicts[at]
                .ranks
                .auroc(&self.labels[at].test, rows.as_deref())
        };
        let scores: Vec<Score> = [
            &f1 as &(dyn Fn(usize, Option<&[u16]>) -> f64 + Sync),
            &auroc,
            &mcc,
        ]
        .into_iter()
        .map(|of| self.score(of))
        .collect();
        let [f1, auroc, mcc] = [scores[0].clone(), scores[1].clone(), scores[2].clone()];
        Reader {
            name: name.to_owned(),
            f1,
            auroc,
            mcc,
        }
    }

    fn score(&self, of: &(dyn Fn(usize, Option<&[u16]>) -> f64 + Sync)) -> Score {
        let mean = |semantics: usize, times: Option<&[u16]>| -> f64 {
            let own = self.labels.iter().enumerate();
            let own = own.filter(|(_, label)| label.semantics == semantics);
            let all: f64 = own.map(|(at, _)| of(at, times)).sum();
            all / self.values.len().max(1) as f64
        };
        let others = 1..self.semantics.len();
        let gap = |times: Option<&[u16]>| {
            let rest: f64 = others.clone().map(|one| mean(one, times)).sum();
            mean(0, times) - rest / others.len().max(1) as f64
        };
        let alternatives = others
            .clone()
            .map(|one| (self.semantics[one].clone(), mean(one, None)));
        Score {
            original: mean(0, None),
            alternatives: alternatives.collect(),
            gap: (!others.is_empty()).then(|| self.draws.of(|times| gap(Some(times)))),
            p: None,
        }
    }
}

/// Leaves out rows that have no value under some semantics.
fn common(mut columns: Vec<Vec<Option<usize>>>) -> Vec<Vec<Option<usize>>> {
    let rows = columns.first().map_or(0, Vec::len);
    for row in 0..rows {
        if columns.iter().any(|column| column[row].is_none()) {
            columns.iter_mut().for_each(|column| column[row] = None);
        }
    }
    columns
}

/// Counts of programs, each so many times.
fn summed(counts: &[Counts], times: Option<&[u16]>) -> Counts {
    let mut sum = Counts::default();
    for (program, own) in counts.iter().enumerate() {
        sum.add(*own, times.map_or(1.0, |times| f64::from(times[program])));
    }
    sum
}

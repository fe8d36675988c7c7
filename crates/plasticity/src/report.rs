//! Curves and verdicts of an experiment, with intervals over seeds.

use serde::{Deserialize, Serialize};
use tracestone_stats::{Estimate, holm, mean_interval, mean_p};

use crate::job::{SeedRecord, Settings};
use crate::learner::Learner;
use crate::measure::Measure;

/// The finding about a learner at the end of its stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Finding {
    /// The network that has learned from the start does worse than one that was started late.
    Lost,
    /// The two do equally well, as far as the seeds can tell.
    Undecided,
    /// It does better than the one that was started late.
    Kept,
    /// The numbers of a seed are no longer finite.
    Diverged,
}

/// The verdict about a learner: all differences are positive where the old network is worse.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// Mean over the last tenth of the steps.
    pub late: Estimate,
    /// The same of a network that was started a fifth of the steps before the end.
    pub fresh: Estimate,
    /// Difference of the two, paired by seed.
    pub against_fresh: Estimate,
    /// Mean of the early part of the stream: a tenth of the steps, after the first twentieth.
    pub early: Estimate,
    /// Difference of the end from it, paired by seed.
    pub change: Estimate,
    /// The finding, by the difference from the fresh network.
    pub finding: Finding,
}

/// A measurement with intervals over seeds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MeasureSummary {
    /// Steps before it.
    pub step: u64,
    /// Share of dead units.
    pub dead: Estimate,
    /// Effective rank of the last hidden layer.
    pub effective_rank: Estimate,
    /// Stable rank of the last hidden layer.
    pub stable_rank: Estimate,
    /// Singular values that hold 99 % of the sum of squares.
    pub rank_99: Estimate,
    /// Mean absolute weight.
    pub weight: Estimate,
    /// Mean norm of the gradient.
    pub gradient: Estimate,
}

/// A learner's numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LearnerReport {
    /// The learner with its settings.
    pub learner: Learner,
    /// Number of weights and biases.
    pub parameters: usize,
    /// Steps up to the end of each bin, and its error or accuracy.
    pub curve: Vec<(u64, Estimate)>,
    /// Measurements over the steps.
    pub measures: Vec<MeasureSummary>,
    /// Mean number of renewed units.
    pub renewed: f64,
    /// The verdict at the end.
    pub verdict: Verdict,
}

/// A difference between two learners over the last tenth of the steps, paired by seed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// The learner that the other one is compared with: the first of the experiment.
    pub base: String,
    /// The other learner.
    pub other: String,
    /// Positive where the other one is worse.
    pub difference: Estimate,
    /// p value of the paired t test, with Holm's correction for the number of comparisons.
    pub p: f64,
}

/// An experiment's numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The settings that all learners share.
    pub settings: Settings,
    /// The source of pictures, if they are not built in.
    pub pictures: Option<String>,
    /// Learners in the order they were given.
    pub learners: Vec<LearnerReport>,
    /// Differences from the first learner.
    pub comparisons: Vec<Comparison>,
}

/// The report of an experiment, from the records of each learner's seeds.
#[must_use]
pub fn report(
    settings: &Settings,
    pictures: Option<String>,
    all: &[(Learner, usize, Vec<SeedRecord>)],
) -> Report {
    let learners = all.iter().map(|(learner, parameters, records)| {
        let renewed: f64 = records.iter().map(|record| f64::from(record.renewed)).sum();
        LearnerReport {
            learner: learner.clone(),
            parameters: *parameters,
            curve: curve(settings, records),
            measures: measures(records),
            renewed: renewed / real(records.len().max(1)),
            verdict: verdict(settings, records),
        }
    });
    Report {
        settings: settings.clone(),
        pictures,
        learners: learners.collect(),
        comparisons: comparisons(settings, all),
    }
}

fn curve(settings: &Settings, records: &[SeedRecord]) -> Vec<(u64, Estimate)> {
    let bins = records
        .iter()
        .map(|record| record.bins.len())
        .min()
        .unwrap_or(0);
    let bin = |at: usize| {
        let values: Vec<f64> = records.iter().map(|record| record.bins[at]).collect();
        ((at as u64 + 1) * settings.bin, mean_interval(&values))
    };
    (0..bins).map(bin).collect()
}

fn measures(records: &[SeedRecord]) -> Vec<MeasureSummary> {
    let count = records
        .iter()
        .map(|record| record.measures.len())
        .min()
        .unwrap_or(0);
    let summary = |at: usize| {
        let of = |value: fn(&Measure) -> f64| {
            let values: Vec<f64> = records
                .iter()
                .map(|record| value(&record.measures[at]))
                .collect();
            mean_interval(&values)
        };
        MeasureSummary {
            step: records.first().map_or(0, |record| record.measures[at].step),
            dead: of(|m| m.dead),
            effective_rank: of(|m| m.effective_rank),
            stable_rank: of(|m| m.stable_rank),
            rank_99: of(|m| m.rank_99),
            weight: of(|m| m.weight),
            gradient: of(|m| m.gradient),
        }
    };
    (0..count).map(summary).collect()
}

/// Mean of some bins of a seed.
fn mean_of(record: &SeedRecord, bins: std::ops::Range<usize>) -> f64 {
    let own = record.bins.get(bins).unwrap_or_default();
    own.iter().sum::<f64>() / real(own.len().max(1))
}

fn verdict(settings: &Settings, records: &[SeedRecord]) -> Verdict {
    let sign = worse(settings);
    let of = |value: &dyn Fn(&SeedRecord) -> f64| -> Estimate {
        mean_interval(&records.iter().map(value).collect::<Vec<_>>())
    };
    let early = |record: &SeedRecord| mean_of(record, settings.early());
    let against_fresh = of(&|record| sign * (record.old - record.fresh));
    let finite = |record: &SeedRecord| record.bins.iter().all(|bin| bin.is_finite());
    let finding = if !records.iter().all(finite) {
        Finding::Diverged
    } else if against_fresh.low > 0.0 {
        Finding::Lost
    } else if against_fresh.high < 0.0 {
        Finding::Kept
    } else {
        Finding::Undecided
    };
    Verdict {
        late: of(&|record| record.old),
        fresh: of(&|record| record.fresh),
        against_fresh,
        early: of(&early),
        change: of(&|record| sign * (record.old - early(record))),
        finding,
    }
}

/// The sign of a change to the worse.
fn worse(settings: &Settings) -> f64 {
    if settings.stream.is_classification() {
        -1.0
    } else {
        1.0
    }
}

fn comparisons(settings: &Settings, all: &[(Learner, usize, Vec<SeedRecord>)]) -> Vec<Comparison> {
    let Some(((base, _, own), others)) = all.split_first() else {
        return Vec::new();
    };
    let differences: Vec<Vec<f64>> = others
        .iter()
        .map(|(_, _, records)| {
            let pairs = records.iter().zip(own);
            pairs
                .map(|(a, b)| worse(settings) * (a.old - b.old))
                .collect()
        })
        .collect();
    let p: Vec<f64> = differences.iter().map(|values| mean_p(values)).collect();
    let both = others.iter().zip(&differences).zip(holm(&p));
    both.map(|(((other, _, _), values), p)| Comparison {
        base: base.name.clone(),
        other: other.name.clone(),
        difference: mean_interval(values),
        p,
    })
    .collect()
}

#[expect(clippy::cast_precision_loss, reason = "counts of seeds and bins")]
fn real(count: usize) -> f64 {
    count as f64
}

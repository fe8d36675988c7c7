//! The fit of found anomalies and scores with the truth. Points are never adjusted: a detection in a true interval
//! does not count for the whole of it, except in the overlap metric, which counts intervals and says so.

use serde::{Deserialize, Serialize};
use tracestone_stats::Draws;
pub use tracestone_stats::Estimate;

use crate::baseline::Detection;
use crate::real;
use crate::series::Series;
use crate::span::{Span, mask, total};

mod affiliation;
mod vus;

pub use affiliation::{Affiliation, affiliation};
pub use vus::vus_pr;

/// True and false positives and false negatives: numbers of intervals, seconds or points.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Counts {
    /// Anomalous and found.
    pub tp: f64,
    /// Found, and not anomalous.
    pub fp: f64,
    /// Anomalous, and not found.
    #[serde(rename = "fn")]
    pub fn_: f64,
}

impl Counts {
    /// tp / (tp + fp); `None` where nothing was found.
    #[must_use]
    pub fn precision(self) -> Option<f64> {
        ratio(self.tp, self.tp + self.fp)
    }

    /// tp / (tp + fn); `None` where there is nothing to find.
    #[must_use]
    pub fn recall(self) -> Option<f64> {
        ratio(self.tp, self.tp + self.fn_)
    }

    /// The harmonic mean of both. `None` where one of them is `None` or both are 0: the papers' code has NaN there,
    /// and every mean here counts it as 0.
    #[must_use]
    pub fn f1(self) -> Option<f64> {
        let (precision, recall) = (self.precision()?, self.recall()?);
        ratio(2.0 * precision * recall, precision + recall)
    }

    fn add(&mut self, other: Self) {
        self.tp += other.tp;
        self.fp += other.fp;
        self.fn_ += other.fn_;
    }
}

fn ratio(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| part / whole)
}

/// Intervals that are touched: tp are true ones that something found touches, fn the others, fp are found ones
/// that touch no true one (Orion's `contextual_*(weighted=False)`). Flagging everything is never wrong by it.
#[must_use]
pub fn overlap(truth: &[Span], found: &[Span]) -> Counts {
    let touched = |one: &&Span, others: &[Span]| others.iter().any(|other| one.touches(*other));
    let hit = truth.iter().filter(|one| touched(one, found)).count();
    let right = found.iter().filter(|one| touched(one, truth)).count();
    Counts {
        tp: real(hit),
        fp: real(found.len() - right),
        fn_: real(truth.len() - hit),
    }
}

/// Seconds within intervals: each interval from the time of its first point to a second after that of its last
/// (Orion's `contextual_*(weighted=True)`).
#[must_use]
pub fn weighted(series: &Series, found: &[Span]) -> Counts {
    let times = |spans: &[Span]| -> Vec<(i64, i64)> {
        let period = |span: &Span| series.period(*span);
        spans
            .iter()
            .map(period)
            .map(|(first, last)| (first, last + 1))
            .collect()
    };
    let (truth, found) = (times(&series.truth), times(found));
    let seconds =
        |spans: &[(i64, i64)]| -> i64 { spans.iter().map(|(start, end)| end - start).sum() };
    let mut both = 0;
    let (mut one, mut other) = (0, 0);
    while let (Some(true_), Some(found_)) = (truth.get(one), found.get(other)) {
        both += (true_.1.min(found_.1) - true_.0.max(found_.0)).max(0);
        if true_.1 <= found_.1 {
            one += 1;
        } else {
            other += 1;
        }
    }
    let count = |seconds: i64| seconds as f64;
    Counts {
        tp: count(both),
        fp: count(seconds(&found) - both),
        fn_: count(seconds(&truth) - both),
    }
}

/// Points within intervals.
#[must_use]
pub fn point(truth: &[Span], found: &[Span], points: usize) -> Counts {
    let (truth, found) = (mask(truth, points), mask(found, points));
    let count = |wanted: (bool, bool)| {
        let pairs = truth.iter().copied().zip(found.iter().copied());
        real(pairs.filter(|pair| *pair == wanted).count())
    };
    Counts {
        tp: count((true, true)),
        fp: count((false, true)),
        fn_: count((true, false)),
    }
}

/// All that is measured on one series.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Marks {
    /// Intervals that are touched.
    pub overlap: Counts,
    /// Seconds within intervals.
    pub weighted: Counts,
    /// Points within intervals.
    pub point: Counts,
    /// Points that were flagged.
    pub flagged: usize,
    /// Points of the series.
    pub points: usize,
    /// Volume under the surface of precision and recall; `None` for a series without anomalies.
    pub vus_pr: Option<f64>,
    /// Precision and recall by distance; `None` for a series without anomalies.
    pub affiliation: Option<Affiliation>,
}

/// Compares what was found with a series' truth.
#[must_use]
pub fn marks(series: &Series, found: &Detection, season: usize) -> Marks {
    let points = series.len();
    Marks {
        overlap: overlap(&series.truth, &found.spans),
        weighted: weighted(series, &found.spans),
        point: point(&series.truth, &found.spans, points),
        flagged: total(&found.spans),
        points,
        vus_pr: vus_pr(&mask(&series.truth, points), &found.scores, season),
        affiliation: affiliation(&series.truth, &found.spans, points),
    }
}

/// Precision, recall and their mean over several series, with intervals.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Share {
    /// Sums over all series.
    pub counts: Counts,
    /// Precision of the sums.
    pub precision: Estimate,
    /// Recall of the sums.
    pub recall: Estimate,
    /// F1 of the sums.
    pub f1: Estimate,
    /// True if F1 is not defined for the sums, and counts as 0.
    pub undefined: bool,
}

/// All that is measured on several series.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Number of series.
    pub series: usize,
    /// Number of true intervals.
    pub anomalies: usize,
    /// Intervals that are touched, summed over all series.
    pub overlap: Share,
    /// Seconds within intervals.
    pub weighted: Share,
    /// Points within intervals.
    pub point: Share,
    /// The share of points that were flagged.
    pub flagged: Estimate,
    /// Mean of VUS-PR over the series with anomalies.
    pub vus_pr: Estimate,
    /// Mean of affiliation's F1 over the series with anomalies.
    pub affiliation: Estimate,
    /// Series with anomalies, over which the last two are means.
    pub with_anomalies: usize,
    /// Of those, series in which affiliation's F1 is not defined, mostly as nothing was found; it counts as 0.
    pub undefined: usize,
}

/// Resamples of a bootstrap.
const RESAMPLES: usize = 1_000;
/// Every summary resamples in the same way, so that two of the same series can be compared.
const SEED: u64 = 0;

/// Sums and means over series, with 95 % intervals by resampling series.
#[must_use]
pub fn summary(marks: &[Marks]) -> Summary {
    let draws = || Draws::new(marks.len(), RESAMPLES, SEED);
    let share = |of: fn(&Marks) -> Counts| share(marks, of, &mut draws());
    let by = |value: &dyn Fn(&Marks) -> Option<f64>| -> Vec<(usize, f64)> {
        let values = marks.iter().enumerate();
        values
            .filter_map(|(at, one)| Some((at, value(one)?)))
            .collect()
    };
    let defined = by(&|one| one.vus_pr.map(|_| 1.0));
    let affiliation = by(&|one| one.affiliation.map(|one| one.f1().unwrap_or(0.0)));
    let undefined = marks
        .iter()
        .filter_map(|one| one.affiliation)
        .filter(|one| one.f1().is_none());
    let mut overlap_sum = Counts::default();
    marks.iter().for_each(|one| overlap_sum.add(one.overlap));
    Summary {
        series: marks.len(),
        // Each true interval is a hit or a miss.
        anomalies: (overlap_sum.tp + overlap_sum.fn_) as usize,
        overlap: share(|one| one.overlap),
        weighted: share(|one| one.weighted),
        point: share(|one| one.point),
        flagged: draws().estimate(
            &[by(&|one| Some(real(one.flagged)))],
            &by(&|one| Some(real(one.points))),
        ),
        vus_pr: draws().estimate(&[by(&|one| one.vus_pr)], &defined),
        affiliation: draws().estimate(&[affiliation], &defined),
        with_anomalies: defined.len(),
        undefined: undefined.count(),
    }
}

fn share(marks: &[Marks], of: fn(&Marks) -> Counts, draws: &mut Draws) -> Share {
    let mut counts = Counts::default();
    marks.iter().for_each(|one| counts.add(of(one)));
    let by = |value: &dyn Fn(Counts) -> f64| -> Vec<(usize, f64)> {
        marks
            .iter()
            .enumerate()
            .map(|(at, one)| (at, value(of(one))))
            .collect()
    };
    let hits = by(&|one| one.tp);
    let mut estimate = |part: &[(usize, f64)], whole: &dyn Fn(Counts) -> f64| {
        draws.estimate(&[part.to_vec()], &by(whole))
    };
    Share {
        counts,
        precision: estimate(&hits, &|one| one.tp + one.fp),
        recall: estimate(&hits, &|one| one.tp + one.fn_),
        // The harmonic mean of precision and recall is 2 tp / (2 tp + fp + fn).
        f1: estimate(&by(&|one| 2.0 * one.tp), &|one| {
            2.0 * one.tp + one.fp + one.fn_
        }),
        undefined: counts.f1().is_none(),
    }
}

/// Affiliation's mean F1 over series with anomalies if as much had been flagged at random places: the mean of
/// `repeats` draws.
#[must_use]
pub fn random_affiliation(series: &[&Series], found: &[&[Span]], repeats: u64) -> f64 {
    let mut scores = Vec::new();
    for (number, (series, found)) in series.iter().zip(found).enumerate() {
        for repeat in 0..repeats {
            let seed = number as u64 * repeats + repeat;
            let drawn = crate::baseline::random(found, series.len(), seed);
            let one = affiliation(&series.truth, &drawn, series.len());
            scores.extend(one.map(|one| one.f1().unwrap_or(0.0)));
        }
    }
    crate::mean(&scores)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn span(start: usize, end: usize) -> Span {
        Span::new(start, end).unwrap()
    }

    fn series(points: usize, truth: Vec<Span>) -> Series {
        let points = (0..points as i64).map(|time| (time, Some(0.5))).collect();
        let mut series = Series::repaired("a", "", points).unwrap();
        series.truth = truth;
        series
    }

    #[test]
    fn counts_are_those_of_orion() {
        // Truth (1, 3), (6, 8), found (2, 4), (10, 11), both ends included, from 0 to 12.
        let series = series(13, vec![span(1, 4), span(6, 9)]);
        let found = [span(2, 5), span(10, 12)];
        let counts = |tp, fp, fn_| Counts { tp, fp, fn_ };
        assert_eq!(overlap(&series.truth, &found), counts(1.0, 1.0, 1.0));
        assert_eq!(weighted(&series, &found), counts(2.0, 3.0, 4.0));
        assert_eq!(point(&series.truth, &found, 13), counts(2.0, 3.0, 4.0));
        let f1 = weighted(&series, &found).f1().unwrap();
        assert!((f1 - 0.363_636_363_636_363_6).abs() < 1e-12);
        let one = [span(2, 8)];
        assert_eq!(overlap(&series.truth, &one).f1(), Some(1.0));
        assert_eq!(weighted(&series, &one), counts(4.0, 2.0, 2.0));
    }

    #[test]
    fn what_is_not_defined_is_none_and_counts_as_nothing() {
        assert_eq!(overlap(&[span(1, 2)], &[]).f1(), None);
        assert_eq!(overlap(&[], &[]).recall(), None);
        let series = series(20, vec![span(5, 9)]);
        let nothing = Detection::of_spans(Vec::new(), 20);
        let marks = marks(&series, &nothing, 4);
        assert_eq!(marks.affiliation.unwrap().f1(), None);
        let summary = summary(&[marks]);
        assert_eq!((summary.affiliation.value, summary.undefined), (0.0, 1));
        assert_eq!(summary.overlap.f1.value, 0.0);
        assert!(summary.overlap.undefined);
    }

    #[test]
    fn a_summary_sums_before_it_divides() {
        let first = series(20, vec![span(5, 9), span(12, 13)]);
        let second = series(20, Vec::new());
        let found = Detection::of_spans(vec![span(5, 6)], 20);
        let summary = summary(&[marks(&first, &found, 4), marks(&second, &found, 4)]);
        assert_eq!(
            summary.overlap.counts,
            Counts {
                tp: 1.0,
                fp: 1.0,
                fn_: 1.0
            }
        );
        assert!((summary.overlap.f1.value - 0.5).abs() < 1e-12);
        assert_eq!(
            (summary.series, summary.anomalies, summary.with_anomalies),
            (2, 2, 1)
        );
        assert!((summary.flagged.value - 0.05).abs() < 1e-12);
    }

    fn spans(points: usize) -> impl Strategy<Value = Vec<Span>> {
        let one = (0..points - 1, 1_usize..12).prop_map(|(start, length)| Span {
            start,
            end: start + length,
        });
        proptest::collection::vec(one, 0..6).prop_map(move |all| crate::span::merged(all, points))
    }

    proptest! {
        #[test]
        fn scaling_time_changes_no_metric(truth in spans(90), found in spans(90), factor in 1_i64..5_000, shift in -100_000_i64..100_000) {
            let one = series(90, truth.clone());
            let mut other = one.clone();
            for time in &mut other.times {
                *time = *time * factor + shift;
            }
            let detection = Detection::of_spans(found, 90);
            let (first, second) = (marks(&one, &detection, 9), marks(&other, &detection, 9));
            prop_assert_eq!(first.overlap, second.overlap);
            prop_assert_eq!(first.point, second.point);
            prop_assert_eq!(first.vus_pr, second.vus_pr);
            prop_assert_eq!(first.affiliation, second.affiliation);
        }

        #[test]
        fn the_truth_itself_is_perfect(truth in spans(90)) {
            let one = series(90, truth.clone());
            let marks = marks(&one, &Detection::of_spans(truth.clone(), 90), 0);
            if truth.is_empty() {
                prop_assert!(marks.affiliation.is_none() && marks.vus_pr.is_none());
            } else {
                prop_assert_eq!(marks.overlap.f1(), Some(1.0));
                prop_assert_eq!(marks.weighted.f1(), Some(1.0));
                prop_assert!((marks.affiliation.unwrap().f1().unwrap() - 1.0).abs() < 1e-12);
                prop_assert!(marks.vus_pr.unwrap() > 0.99);
            }
        }

        #[test]
        fn every_metric_is_between_0_and_1(truth in spans(90), found in spans(90), season in 0_usize..40) {
            let one = series(90, truth);
            let marks = marks(&one, &Detection::of_spans(found, 90), season);
            let affiliation = marks.affiliation.and_then(Affiliation::f1);
            for value in [marks.overlap.f1(), marks.weighted.f1(), marks.point.f1(), marks.vus_pr, affiliation].into_iter().flatten() {
                prop_assert!((-1e-12..=1.0 + 1e-12).contains(&value), "{}", value);
            }
        }
    }
}

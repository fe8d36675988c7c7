//! VUS-PR: the volume under the surface of precision and recall over thresholds and widths of a border around the
//! true intervals, within which a detection counts in part (Paparrizos et al. 2022; TSB-AD's ranking metric).

use crate::real;
use crate::span::{Span, runs};

/// Thresholds per width, as many as TSB-AD takes.
const THRESHOLDS: usize = 250;

/// The mean over the widths 0 to `window` of the area under precision by recall; `None` without anomalies or where a
/// score is not finite.
///
/// It is `generate_curve(labels, scores, window, 'opt', 250)` of TSB-AD, rearranged: a point counts from the first
/// threshold that it reaches, so that one pass over the points serves all thresholds.
#[must_use]
pub fn vus_pr(labels: &[bool], scores: &[f64], window: usize) -> Option<f64> {
    let truth = runs(labels.len(), |at| labels[at]);
    if truth.is_empty() || labels.len() != scores.len() || scores.iter().any(|one| !one.is_finite())
    {
        return None;
    }
    let ranks = Ranks::of(scores);
    let positives = real(crate::span::total(&truth));
    let hits = ranks.accumulated(
        (0..labels.len())
            .filter(|at| labels[*at])
            .map(|at| (at, 1.0)),
    );
    let mut areas = 0.0;
    for width in 0..=window {
        let border = border(&truth, width, labels);
        let partial = ranks.accumulated(border.iter().copied());
        let zones = zones(&truth, width, labels.len());
        let reached = ranks.accumulated(zones.iter().map(|zone| {
            let first = |at: &usize| ranks.first[*at];
            (
                (zone.start..zone.end)
                    .min_by_key(first)
                    .unwrap_or(zone.start),
                1.0,
            )
        }));
        let mut area = 0.0;
        let mut recall_before = 0.0;
        for at in 0..THRESHOLDS {
            let found = hits[at] + partial[at];
            let all = positives + partial[at] / 2.0;
            let recall = (found / all).min(1.0) * reached[at] / real(zones.len());
            area += (recall - recall_before) * found / ranks.flagged[at];
            recall_before = recall;
        }
        areas += area;
    }
    Some(areas / real(window + 1))
}

/// Thresholds, from the highest score down.
struct Ranks {
    /// For each point the first threshold that it reaches.
    first: Vec<usize>,
    /// For each threshold the number of points that reach it.
    flagged: Vec<f64>,
}

impl Ranks {
    fn of(scores: &[f64]) -> Self {
        let mut sorted = scores.to_vec();
        sorted.sort_by(|one, other| other.total_cmp(one));
        let last = real(scores.len() - 1);
        // numpy.linspace(0, last, 250), cut to integers; its last step is exact.
        let place = |at: usize| {
            if at + 1 == THRESHOLDS {
                return scores.len() - 1;
            }
            (real(at) * (last / real(THRESHOLDS - 1))) as usize
        };
        let thresholds: Vec<f64> = (0..THRESHOLDS).map(|at| sorted[place(at)]).collect();
        let first = |score: &f64| thresholds.partition_point(|threshold| *threshold > *score);
        let first: Vec<usize> = scores.iter().map(first).collect();
        let mut ranks = Self {
            first,
            flagged: Vec::new(),
        };
        ranks.flagged = ranks.accumulated((0..scores.len()).map(|at| (at, 1.0)));
        ranks
    }

    /// For each threshold the sum of weights of the points that reach it.
    fn accumulated(&self, points: impl Iterator<Item = (usize, f64)>) -> Vec<f64> {
        let mut sums = vec![0.0; THRESHOLDS];
        for (at, weight) in points {
            // The last threshold is the lowest score, which every point reaches.
            sums[self.first[at].min(THRESHOLDS - 1)] += weight;
        }
        let mut sum = 0.0;
        for one in &mut sums {
            sum += *one;
            *one = sum;
        }
        sums
    }
}

/// Points beside true intervals with their weights, which fall from 1 to about 0.7 over half the width.
fn border(truth: &[Span], width: usize, labels: &[bool]) -> Vec<(usize, f64)> {
    let half = width / 2;
    if half == 0 {
        return Vec::new();
    }
    let first = truth[0].start.saturating_sub(half);
    let last = (truth[truth.len() - 1].end + half).min(labels.len());
    let mut weights = vec![0.0_f64; last - first];
    let weight = |distance: usize| (1.0 - real(distance) / real(width)).sqrt();
    for span in truth {
        for at in span.end..(span.end + half).min(labels.len()) {
            weights[at - first] += weight(at + 1 - span.end);
        }
        for at in span.start.saturating_sub(half)..span.start {
            weights[at - first] += weight(span.start - at);
        }
    }
    let weights = weights.into_iter().enumerate();
    weights
        .map(|(at, weight)| (at + first, weight.min(1.0)))
        .filter(|(at, weight)| !labels[*at] && *weight > 0.0)
        .collect()
}

/// True intervals with half the width on both sides; those that meet are one.
fn zones(truth: &[Span], width: usize, points: usize) -> Vec<Span> {
    let half = width / 2;
    let mut zones: Vec<Span> = Vec::new();
    for span in truth {
        let start = span.start.saturating_sub(half);
        let end = (span.end + half).min(points);
        match zones.last_mut() {
            // The original compares last points, both included: zones that share a point, not such that only touch.
            Some(zone) if start < zone.end => zone.end = end,
            _ => zones.push(Span { start, end }),
        }
    }
    zones
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(labels: &str, scores: &[f64], window: usize) -> f64 {
        let labels: Vec<bool> = labels.bytes().map(|byte| byte == b'1').collect();
        vus_pr(&labels, scores, window).unwrap()
    }

    #[test]
    fn volumes_are_those_of_tsb_ad() {
        let a = [0.1, 0.2, 0.3, 0.9, 0.8, 0.4, 0.2, 0.1, 0.1, 0.2];
        let b = [0.1, 0.9, 0.3, 0.2, 0.8, 0.7, 0.2, 0.1, 0.6, 0.2];
        let c = [0.5, 0.4, 0.1, 0.7, 0.2, 0.3, 0.35, 0.9, 0.6, 0.8];
        for (labels, scores, window, expected) in [
            ("0001100000", a, 1, 1.0),
            ("0001100000", a, 4, 1.0),
            ("0001100000", b, 1, 0.375),
            ("0001100000", b, 2, 0.418_259_107_944_690_7),
            ("0001100000", b, 4, 0.516_220_476_668_227),
            ("0100001110", c, 1, 0.580_357_142_857_142_8),
            ("0100001110", c, 2, 0.637_167_909_317_743_7),
            ("0100001110", c, 4, 0.719_336_098_230_900_6),
        ] {
            let found = of(labels, &scores, window);
            assert!(
                (found - expected).abs() < 1e-12,
                "{labels} {window}: {found}"
            );
        }
    }

    #[test]
    fn without_anomalies_there_is_none() {
        assert_eq!(vus_pr(&[false; 5], &[1.0; 5], 2), None);
        assert_eq!(vus_pr(&[true; 2], &[1.0, f64::NAN], 2), None);
        assert!((of("11111", &[1.0; 5], 2) - 1.0).abs() < 1e-12);
    }
}

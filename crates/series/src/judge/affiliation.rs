//! Affiliation precision and recall (Huet, Navarro and Rossi 2022, arXiv 2206.13167): each detection belongs to the
//! true interval nearest to it, and distances are judged by how often a random point would be as near.

use serde::{Deserialize, Serialize};

use crate::real;
use crate::span::Span;

/// Precision and recall by distance.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Affiliation {
    /// The mean over the true intervals near which something was found; `None` where nothing was.
    pub precision: Option<f64>,
    /// The mean over all true intervals.
    pub recall: f64,
}

impl Affiliation {
    /// The harmonic mean; `None` where precision is.
    #[must_use]
    pub fn f1(self) -> Option<f64> {
        let precision = self.precision?;
        let sum = precision + self.recall;
        Some(if sum > 0.0 {
            2.0 * precision * self.recall / sum
        } else {
            0.0
        })
    }
}

/// An interval of real numbers.
type Part = (f64, f64);

/// Precision and recall of what was found in a series with `points` points; `None` without anomalies.
#[must_use]
pub fn affiliation(truth: &[Span], found: &[Span], points: usize) -> Option<Affiliation> {
    if truth.is_empty() {
        return None;
    }
    let parts = |spans: &[Span]| -> Vec<Part> {
        spans
            .iter()
            .map(|span| (real(span.start), real(span.end)))
            .collect()
    };
    let (truth, found) = (parts(truth), parts(found));
    let zones = zones(&truth, (0.0, real(points)));
    let mut precisions = Vec::new();
    let mut recalls = Vec::with_capacity(truth.len());
    for (event, zone) in truth.iter().zip(zones) {
        let near: Vec<Part> = found.iter().filter_map(|one| common(*one, zone)).collect();
        if near.is_empty() {
            recalls.push(0.0);
            continue;
        }
        precisions.push(precision(&near, *event, zone));
        recalls.push(recall(&near, *event, zone));
    }
    Some(Affiliation {
        precision: (!precisions.is_empty()).then(|| crate::mean(&precisions)),
        recall: crate::mean(&recalls),
    })
}

/// For each part the points nearer to it than to the others, within `whole`.
fn zones(parts: &[Part], whole: Part) -> Vec<Part> {
    let middle = |at: usize| f64::midpoint(parts[at].1, parts[at + 1].0);
    let last = parts.len() - 1;
    let zone = |at: usize| {
        let start = if at == 0 { whole.0 } else { middle(at - 1) };
        (start, if at == last { whole.1 } else { middle(at) })
    };
    (0..parts.len()).map(zone).collect()
}

fn common(one: Part, other: Part) -> Option<Part> {
    let both = (one.0.max(other.0), one.1.min(other.1));
    (both.0 < both.1).then_some(both)
}

fn length(part: Part) -> f64 {
    part.1 - part.0
}

/// The parts of `part` before and after `other`.
fn outside(part: Part, other: Part) -> [Option<Part>; 2] {
    let some = |part: Part| (part.0 < part.1).then_some(part);
    [
        some((part.0, part.1.min(other.0))),
        some((part.0.max(other.1), part.1)),
    ]
}

/// The mean over what was found near an event of the chance that a random point of the zone is farther from it.
fn precision(near: &[Part], event: Part, zone: Part) -> f64 {
    let mut sum = 0.0;
    for part in near {
        sum += common(*part, event).map_or(0.0, length);
        for rest in outside(*part, event).into_iter().flatten() {
            sum += farther_from_event(rest, event, zone);
        }
    }
    sum / near.iter().copied().map(length).sum::<f64>()
}

/// The integral over `part`, which is outside of the event, of the chance that a point of the zone is farther.
fn farther_from_event(part: Part, event: Part, zone: Part) -> f64 {
    let nearest = (part.0 - event.1).max(event.0 - part.1);
    let farthest = (part.1 - event.1).max(event.0 - part.0);
    // Up to the smaller distance of the event to the zone's ends, points lie on both sides.
    let both = (event.0 - zone.0).min(zone.1 - event.1);
    let squares = farthest.min(both).powi(2) - nearest.min(both).powi(2);
    let smaller_side = squares / 2.0 + both * (farthest.max(both) - nearest.max(both));
    let larger_side = (farthest.powi(2) - nearest.powi(2)) / 2.0;
    length(part) - (smaller_side + larger_side + length(event) * length(part)) / length(zone)
}

/// The mean over an event of the chance that a random point of the zone is farther from it than what was found.
fn recall(near: &[Part], event: Part, zone: Part) -> f64 {
    let mut sum = 0.0;
    for (part, of_part) in near.iter().zip(zones(near, zone)) {
        let Some(own) = common(event, of_part) else {
            continue;
        };
        sum += common(own, *part).map_or(0.0, length);
        let [before, after] = outside(own, *part);
        sum += before.map_or(0.0, |rest| farther_from_found(rest, part.0, zone));
        sum += after.map_or(0.0, |rest| farther_from_found(rest, part.1, zone));
    }
    sum / length(event)
}

/// The integral over `rest` of the chance that a point of the zone is farther than the found point `pivot`.
fn farther_from_found(rest: Part, pivot: f64, zone: Part) -> f64 {
    if pivot <= zone.0 || pivot >= zone.1 {
        return 0.0;
    }
    // At t the zone has points within |t - pivot| on both sides, as far as it reaches. The integrand is linear between
    // the places where the nearer end of the zone changes and where that end is as near as the pivot.
    let mut cuts = vec![rest.0, rest.1];
    let centre = f64::midpoint(zone.0, zone.1);
    for cut in [
        centre,
        f64::midpoint(zone.0, pivot),
        f64::midpoint(zone.1, pivot),
    ] {
        if rest.0 < cut && cut < rest.1 {
            cuts.push(cut);
        }
    }
    cuts.sort_by(f64::total_cmp);
    let within = |t: f64| {
        let distance = (t - pivot).abs();
        let edge = (t - zone.0).min(zone.1 - t);
        distance + distance.min(edge)
    };
    let pieces = cuts.windows(2).map(|cut| {
        let (from, to) = (cut[0], cut[1]);
        // Linear: the mean of its ends times the length.
        f64::midpoint(within(from), within(to)) * (to - from)
    });
    length(rest) - pieces.sum::<f64>() / length(zone)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::span::runs;

    fn of(labels: &str, found: &str) -> Affiliation {
        let spans = |text: &str| runs(text.len(), |at| text.as_bytes()[at] == b'1');
        affiliation(&spans(labels), &spans(found), labels.len()).unwrap()
    }

    #[test]
    fn figures_are_those_of_the_authors_code() {
        for (labels, found, precision, recall) in [
            ("0001100000", "0001100000", 1.0, 1.0),
            ("0001100000", "0100110010", 0.5875, 0.95),
            (
                "0100001110",
                "0001000111",
                0.451_388_888_888_888_9,
                0.628_472_222_222_222_3,
            ),
        ] {
            let one = of(labels, found);
            assert!(
                (one.precision.unwrap() - precision).abs() < 1e-12,
                "{one:?}"
            );
            assert!((one.recall - recall).abs() < 1e-12, "{one:?}");
        }
        assert_eq!(of("0110", "0000").f1(), None);
        assert_eq!(affiliation(&[], &[], 4), None);
    }
}

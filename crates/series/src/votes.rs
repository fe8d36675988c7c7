//! Anomalies by votes: of several answers about a window, and of the windows that see a point (SigLLM's prompter).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::span::{Span, padded, runs};

/// Rules of counting votes. The defaults are the paper's.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rules {
    /// Points of a window.
    pub window: usize,
    /// Points from the start of a window to that of the next.
    pub step: usize,
    /// The share of a window's answers that must name a point.
    pub alpha: f64,
    /// The share of `window / step` windows that must agree on a point.
    pub beta: f64,
    /// Points that are added on both sides of each point that was found.
    pub padding: usize,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            window: 200,
            step: 40,
            alpha: 0.4,
            beta: 0.5,
            padding: 50,
        }
    }
}

/// Places in a window at which one of the values is, all of them: a value that occurs twice is found twice.
#[must_use]
pub fn places_of(window: &[i64], values: &[f64]) -> Vec<usize> {
    let is_named = |value: &i64| values.contains(&(*value as f64));
    let places = window.iter().enumerate();
    places
        .filter(|(_, value)| is_named(value))
        .map(|(at, _)| at)
        .collect()
}

/// Places that enough of the answers about one window name, each at most once. No answer, no place.
#[must_use]
pub fn within(answers: &[Vec<usize>], alpha: f64) -> Vec<usize> {
    enough(
        answers.iter().flatten().copied(),
        needed(alpha * answers.len() as f64),
    )
}

/// Points that enough of the windows found; a window is its first point and the places in it.
#[must_use]
pub fn across(windows: &[(usize, Vec<usize>)], rules: &Rules) -> Vec<usize> {
    let places = windows
        .iter()
        .flat_map(|(first, places)| places.iter().map(move |place| first + place));
    let wanted = rules.beta * rules.window as f64 / rules.step.max(1) as f64;
    enough(places, needed(wanted))
}

/// The number of votes for a share: rounded up, and at least one.
fn needed(votes: f64) -> usize {
    // Shares are between 0 and 1, of numbers that a usize has.
    (votes.ceil() as usize).max(1)
}

fn enough(places: impl Iterator<Item = usize>, wanted: usize) -> Vec<usize> {
    let mut votes: BTreeMap<usize, usize> = BTreeMap::new();
    for place in places {
        *votes.entry(place).or_default() += 1;
    }
    let enough = votes.into_iter().filter(|(_, count)| *count >= wanted);
    enough.map(|(place, _)| place).collect()
}

/// The anomalies of a series with `points` points: what enough windows found, padded and merged.
#[must_use]
pub fn spans(windows: &[(usize, Vec<usize>)], rules: &Rules, points: usize) -> Vec<Span> {
    let found = across(windows, rules);
    let found = runs(points, |at| found.binary_search(&at).is_ok());
    padded(&found, rules.padding, points)
}

/// For each point, the share of the windows that see it in which it was found: a score without a threshold.
#[must_use]
pub fn scores(windows: &[(usize, Vec<usize>)], window: usize, points: usize) -> Vec<f64> {
    let mut found = vec![0_u32; points];
    let mut seen = vec![0_u32; points];
    for (first, places) in windows {
        for count in seen.iter_mut().skip(*first).take(window) {
            *count += 1;
        }
        for place in places {
            if let Some(count) = found.get_mut(first + place) {
                *count += 1;
            }
        }
    }
    let share = |(found, seen): (u32, u32)| f64::from(found) / f64::from(seen.max(1));
    found.into_iter().zip(seen).map(share).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_found_at_every_place_where_it_is() {
        assert_eq!(places_of(&[5, 7, 5, 9], &[5.0, 9.0, 100.0]), [0, 2, 3]);
        assert_eq!(places_of(&[5, 7], &[f64::NAN]), Vec::<usize>::new());
    }

    #[test]
    fn votes_are_rounded_up() {
        let answers = [vec![1, 2], vec![2], vec![2, 3], vec![], vec![3]];
        // 0.4 of five answers are two.
        assert_eq!(within(&answers, 0.4), [2, 3]);
        assert_eq!(within(&answers, 0.41), [2]);
        assert_eq!(within(&[], 0.4), Vec::<usize>::new());
    }

    #[test]
    fn three_of_five_windows_must_agree() {
        let rules = Rules::default();
        let windows: Vec<(usize, Vec<usize>)> = (0..3)
            .map(|number| (number * 40, vec![100 - number * 40]))
            .collect();
        assert_eq!(across(&windows, &rules), [100]);
        assert_eq!(across(&windows[..2], &rules), Vec::<usize>::new());
        assert_eq!(spans(&windows, &rules, 400), [Span::new(50, 151).unwrap()]);
        let scores = scores(&windows, 200, 400);
        assert!((scores[100] - 1.0).abs() < 1e-12 && scores[101] == 0.0);
    }
}

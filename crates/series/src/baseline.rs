//! Detectors without a model, beside which every score is shown.

use serde::{Deserialize, Serialize};
use tracestone_stats::Draw;

use crate::span::{Span, merged, padded, runs, total};
use crate::{deviation, matrix_profile, mean, real};

/// A detector without a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Baseline {
    /// Every point is anomalous.
    FlagAll,
    /// No point is.
    FlagNone,
    /// Values far from the mean of those just before.
    MovingAverage,
    /// Values more than four standard deviations from the mean of all.
    FourSigma,
    /// Values far from those one season before.
    SeasonalNaive,
    /// Stretches that are like no other.
    MatrixProfile,
}

impl Baseline {
    /// All, in the order in which they are shown.
    pub const ALL: [Self; 6] = [
        Self::FlagAll,
        Self::FlagNone,
        Self::MovingAverage,
        Self::FourSigma,
        Self::SeasonalNaive,
        Self::MatrixProfile,
    ];

    /// Name in files and reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::FlagAll => "flag-all",
            Self::FlagNone => "flag-none",
            Self::MovingAverage => "moving-average",
            Self::FourSigma => "four-sigma",
            Self::SeasonalNaive => "seasonal-naive",
            Self::MatrixProfile => "matrix-profile",
        }
    }

    /// Its findings in values. `season` is the length of a season in points, as [`season`] estimates it.
    #[must_use]
    pub fn detect(self, values: &[f64], season: usize) -> Detection {
        let points = values.len();
        let season = season.clamp(2, points.max(2));
        match self {
            Self::FlagAll => Detection {
                spans: Span::new(0, points).into_iter().collect(),
                scores: vec![1.0; points],
            },
            Self::FlagNone => Detection {
                spans: Vec::new(),
                scores: vec![0.0; points],
            },
            Self::MovingAverage => Detection::above(moving_average(values, season), DEVIATIONS),
            Self::FourSigma => {
                let (mean, spread) = (mean(values), deviation(values));
                let scores: Vec<f64> = values.iter().map(|value| (value - mean).abs()).collect();
                let spans = runs(points, |at| spread > 0.0 && scores[at] > 4.0 * spread);
                Detection { spans, scores }
            }
            Self::SeasonalNaive => {
                let error = |at: usize| {
                    at.checked_sub(season)
                        .map_or(0.0, |before| (values[at] - values[before]).abs())
                };
                Detection::above((0..points).map(error).collect(), DEVIATIONS)
            }
            Self::MatrixProfile => by_profile(values, season, LONGEST),
        }
    }
}

/// Scores this many standard deviations above their mean are anomalous, where a baseline has no rule of its own.
const DEVIATIONS: f64 = 3.0;

/// Findings of a detector.
#[derive(Debug, Clone, PartialEq)]
pub struct Detection {
    /// Intervals that it takes for anomalies.
    pub spans: Vec<Span>,
    /// For each point how anomalous it is; only the order counts.
    pub scores: Vec<f64>,
}

impl Detection {
    /// Points whose score is so many standard deviations above the mean score.
    fn above(scores: Vec<f64>, deviations: f64) -> Self {
        let (centre, spread) = (mean(&scores), deviation(&scores));
        let spans = runs(scores.len(), |at| {
            spread > 0.0 && scores[at] > centre + deviations * spread
        });
        Self { spans, scores }
    }

    /// Spans alone: points within them have score 1, others 0.
    #[must_use]
    pub fn of_spans(spans: Vec<Span>, points: usize) -> Self {
        let mask = crate::span::mask(&spans, points);
        let scores = mask
            .into_iter()
            .map(|flag| f64::from(u8::from(flag)))
            .collect();
        Self { spans, scores }
    }
}

/// The distance of each value from the mean of up to `window` values before it; 0 for the first.
fn moving_average(values: &[f64], window: usize) -> Vec<f64> {
    let mut sum = 0.0;
    let mut scores = Vec::with_capacity(values.len());
    for (at, value) in values.iter().enumerate() {
        let before = at.min(window);
        scores.push(if before == 0 {
            0.0
        } else {
            (value - sum / real(before)).abs()
        });
        sum += value;
        if at >= window {
            sum -= values[at - window];
        }
    }
    scores
}

/// Points from which on the matrix profile is that of means of neighbours: its time grows with their square, and a
/// series of 900,000 points would take an hour.
const LONGEST: usize = 40_000;

/// Stretches that are like no other, in a series of any length.
fn by_profile(values: &[f64], window: usize, longest: usize) -> Detection {
    let size = values.len().div_ceil(longest).max(1);
    if size == 1 {
        return by_whole_profile(values, window);
    }
    let means: Vec<f64> = values.chunks(size).map(mean).collect();
    let found = by_whole_profile(&means, (window / size).max(4));
    let spans = found.spans.iter();
    let spans =
        spans.filter_map(|span| Span::new(span.start * size, (span.end * size).min(values.len())));
    Detection {
        spans: spans.collect(),
        scores: (0..values.len())
            .map(|at| found.scores[at / size])
            .collect(),
    }
}

fn by_whole_profile(values: &[f64], window: usize) -> Detection {
    let profile = matrix_profile::profile(values, window);
    let finite: Vec<f64> = profile
        .distances
        .iter()
        .copied()
        .filter(|one| one.is_finite())
        .collect();
    let (Some(first), Some(last)) = (finite.first(), finite.last()) else {
        return Baseline::FlagNone.detect(values, window);
    };
    // A stretch's distance counts for its middle point; before the first middle and after the last one there is
    // none, and the nearest counts.
    let mut scores = vec![
        *first;
        window
            .div_ceil(2)
            .saturating_sub(usize::from(window % 2 == 1))
    ];
    scores.extend(
        profile
            .distances
            .iter()
            .map(|one| if one.is_finite() { *one } else { *first }),
    );
    scores.resize(values.len(), *last);
    let found = Detection::above(scores, DEVIATIONS);
    Detection {
        spans: padded(&found.spans, window / 2, values.len()),
        scores: found.scores,
    }
}

/// As many anomalies as `like` has, each as long, at places that are drawn and do not overlap.
#[must_use]
pub fn random(like: &[Span], points: usize, seed: u64) -> Vec<Span> {
    let mut lengths: Vec<usize> = like.iter().map(|span| span.points()).collect();
    let free = points.saturating_sub(total(like));
    let mut draw = Draw::of_stream(seed, points as u64);
    let order = draw.order(lengths.len());
    lengths = order.iter().map(|at| lengths[*at]).collect();
    // Free points are dealt out before, between and after the anomalies.
    let mut cuts: Vec<usize> = lengths.iter().map(|_| draw.whole(0, free)).collect();
    cuts.sort_unstable();
    let mut before = 0;
    let placed = cuts.into_iter().zip(lengths).filter_map(|(cut, length)| {
        let start = cut + before;
        before += length;
        Span::new(start, start + length)
    });
    merged(placed, points)
}

/// The length of a season in points: the lag from 3 to 300 with the highest peak of the autocorrelation, 125 where
/// there is no such peak. It is TSB-AD's estimate (`find_length_rank`), by which its metrics and detectors work.
#[must_use]
pub fn season(values: &[f64]) -> usize {
    const BASE: usize = 3;
    const NONE: usize = 125;
    let values = &values[..values.len().min(20_000)];
    let centre = mean(values);
    let lags = values.len().saturating_sub(1).min(400);
    let correlation = |lag: usize| -> f64 {
        let pairs = values.iter().zip(&values[lag..]);
        pairs
            .map(|(one, other)| (one - centre) * (other - centre))
            .sum()
    };
    let correlations: Vec<f64> = (BASE..=lags).map(correlation).collect();
    let mut best: Option<usize> = None;
    for at in 1..correlations.len().saturating_sub(1) {
        let here = correlations[at];
        let peak = here > correlations[at - 1] && here > correlations[at + 1];
        if peak && best.is_none_or(|best| here >= correlations[best]) {
            best = Some(at);
        }
    }
    match best {
        Some(at) if (3..=300).contains(&at) => at + BASE,
        _ => NONE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge;

    fn wave(points: usize) -> Vec<f64> {
        (0..points)
            .map(|at| (at as f64 / 25.0 * std::f64::consts::TAU).sin() * 10.0)
            .collect()
    }

    #[test]
    fn a_season_is_found() {
        assert_eq!(season(&wave(500)), 25);
        assert_eq!(season(&[1.0; 50]), 125);
        assert_eq!(season(&[]), 125);
    }

    #[test]
    fn what_is_plain_to_see_is_found() {
        let mut values = wave(500);
        values[300] += 60.0;
        let truth = [Span::new(300, 301).unwrap()];
        for baseline in [
            Baseline::MovingAverage,
            Baseline::FourSigma,
            Baseline::SeasonalNaive,
        ] {
            let found = baseline.detect(&values, 25);
            assert_eq!(
                judge::overlap(&truth, &found.spans).fn_,
                0.0,
                "{}",
                baseline.name()
            );
        }
        let mut values = wave(500);
        values[300..312].fill(0.0);
        let found = Baseline::MatrixProfile.detect(&values, 25);
        assert!(
            found
                .spans
                .iter()
                .any(|span| span.touches(Span::new(300, 312).unwrap()))
        );
        assert_eq!(found.scores.len(), 500);
    }

    #[test]
    fn a_long_series_has_the_profile_of_its_means() {
        let mut values = wave(2_001);
        values[1_200..1_240].fill(0.0);
        let found = by_profile(&values, 25, 1_000);
        assert_eq!(found.scores.len(), 2_001);
        let truth = Span::new(1_200, 1_240).unwrap();
        assert!(found.spans.iter().any(|span| span.touches(truth)));
        assert!(found.spans.iter().all(|span| span.end <= 2_001));
    }

    #[test]
    fn no_baseline_stumbles_over_short_or_constant_series() {
        for values in [vec![], vec![1.0], vec![1.0, 2.0, 3.0], vec![4.0; 200]] {
            for baseline in Baseline::ALL {
                let found = baseline.detect(&values, season(&values));
                assert_eq!(found.scores.len(), values.len(), "{}", baseline.name());
                assert!(found.spans.is_empty() || baseline == Baseline::FlagAll);
            }
        }
    }

    #[test]
    fn random_anomalies_are_as_many_and_as_long() {
        let like = [Span::new(3, 10).unwrap(), Span::new(50, 51).unwrap()];
        for seed in 0..50 {
            let drawn = random(&like, 100, seed);
            assert_eq!(total(&drawn), 8, "{drawn:?}");
            assert!(drawn.last().unwrap().end <= 100);
        }
        assert_eq!(
            random(&[Span::new(0, 5).unwrap()], 5, 1),
            [Span::new(0, 5).unwrap()]
        );
        assert_eq!(random(&[], 5, 1), []);
    }
}

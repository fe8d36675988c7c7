//! Anomalies by the errors of a forecast: smoothed, compared with a threshold in windows, pruned and merged
//! (SigLLM's detector, whose last steps are Orion's `regression_errors` and `find_anomalies`; the idea is
//! Hundman et al. 2018, arXiv 1802.04431).

use serde::{Deserialize, Serialize};

use crate::span::Span;
use crate::{deviation, mean, real};

mod threshold;

pub use threshold::Threshold;

/// Settings of the search. The defaults are the paper's.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Search {
    /// Span of the moving average of errors, as a share of their number.
    pub smoothing: f64,
    /// Errors that a threshold is made for, as a share of all.
    pub window: f64,
    /// From one such window to the next, as a share of the window.
    pub step: f64,
    /// The threshold of a window.
    pub threshold: Threshold,
    /// Points that are added on both sides of each error above the threshold.
    pub padding: usize,
    /// An anomaly's largest error must be larger than the next lower one by this share of itself.
    pub prune: f64,
}

impl Default for Search {
    fn default() -> Self {
        Self {
            smoothing: 0.01,
            window: 0.3,
            step: 0.1,
            threshold: Threshold::Fixed { deviations: 4.0 },
            padding: 50,
            prune: 0.1,
        }
    }
}

/// An anomaly with the strength of its errors.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Found {
    /// Points of the anomaly.
    pub span: Span,
    /// Distance of its largest error above the threshold, in units of mean and deviation of the errors.
    pub score: f64,
}

/// The median of several forecasts of one value, without those that are missing; NaN if all are.
#[must_use]
pub fn median(forecasts: &[f64]) -> f64 {
    let mut there: Vec<f64> = forecasts
        .iter()
        .copied()
        .filter(|one| one.is_finite())
        .collect();
    there.sort_by(f64::total_cmp);
    match there.len() {
        0 => f64::NAN,
        count if count % 2 == 1 => there[count / 2],
        count => f64::midpoint(there[count / 2 - 1], there[count / 2]),
    }
}

/// Without those beyond one and a half interquartile ranges from the quartiles of all: they become NaN.
#[must_use]
pub fn without_outliers(forecasts: &[f64]) -> Vec<f64> {
    let mut there: Vec<f64> = forecasts
        .iter()
        .copied()
        .filter(|one| one.is_finite())
        .collect();
    if there.is_empty() {
        return forecasts.to_vec();
    }
    there.sort_by(f64::total_cmp);
    let quartile = |share: f64| {
        let at = share * real(there.len() - 1);
        // `at` is between 0 and the last place.
        let below = at.floor() as usize;
        let above = (below + 1).min(there.len() - 1);
        there[below] + (there[above] - there[below]) * at.fract()
    };
    let (first, third) = (quartile(0.25), quartile(0.75));
    let reach = 1.5 * (third - first);
    let keep = |one: &f64| {
        if *one < first - reach || *one > third + reach {
            f64::NAN
        } else {
            *one
        }
    };
    forecasts.iter().map(keep).collect()
}

/// Smoothed absolute errors of a forecast. Where it is missing (NaN) the error so far is carried on: no answer, no
/// detection.
#[must_use]
pub fn errors(values: &[f64], forecast: &[f64], smoothing: f64) -> Vec<f64> {
    let errors: Vec<f64> = values
        .iter()
        .zip(forecast)
        .map(|(value, forecast)| (value - forecast).abs())
        .collect();
    // Cut off as the paper's code does; a share of a count is no large number.
    let span = ((real(values.len()) * smoothing) as usize).max(1);
    smoothed(&errors, span)
}

/// The exponentially weighted mean with weights that add up to one (`pandas.Series.ewm(span).mean()`).
fn smoothed(errors: &[f64], span: usize) -> Vec<f64> {
    let factor = 1.0 - 2.0 / (real(span) + 1.0);
    let (mut sum, mut weight): (f64, f64) = (f64::NAN, 1.0);
    let next = |error: &f64| {
        if sum.is_nan() {
            sum = *error;
        } else {
            weight *= factor;
            if error.is_finite() {
                sum = (weight * sum + error) / (weight + 1.0);
                weight += 1.0;
            }
        }
        if sum.is_nan() { 0.0 } else { sum }
    };
    errors.iter().map(next).collect()
}

/// Anomalies among errors, in order, with places counted among the errors.
#[must_use]
pub fn find(errors: &[f64], search: &Search) -> Vec<Found> {
    if errors.is_empty() {
        return Vec::new();
    }
    let share = |part: f64, of: usize| ((part * real(of)).ceil() as usize).max(1);
    let window = share(search.window, errors.len());
    let step = share(search.step, window);
    let mut found = Vec::new();
    let mut start = 0;
    loop {
        let end = (start + window).min(errors.len());
        found.extend(in_window(&errors[start..end], start, search));
        if start + window >= errors.len() {
            break;
        }
        start += step;
    }
    merge(found)
}

fn in_window(errors: &[f64], offset: usize, search: &Search) -> Vec<Found> {
    let threshold = search.threshold.of(errors);
    let above = crate::span::runs(errors.len(), |at| errors[at] > threshold);
    let spans = crate::span::padded(&above, search.padding, errors.len());
    let largest = |values: &mut dyn Iterator<Item = f64>| values.fold(0.0_f64, f64::max);
    let mask = crate::span::mask(&spans, errors.len());
    let mut outside = (0..errors.len())
        .filter(|at| !mask[*at])
        .map(|at| errors[at]);
    let below = largest(&mut outside);
    let peak = |span: Span| largest(&mut errors[span.start..span.end].iter().copied());
    let mut peaks: Vec<(f64, Span)> = spans.into_iter().map(|span| (peak(span), span)).collect();
    peaks.sort_by(|one, other| other.0.total_cmp(&one.0));
    // The last that is clearly above the next lower one stays, and with it all that are higher.
    let next = |at: usize| peaks.get(at + 1).map_or(below, |(peak, _)| *peak);
    let clear = |at: &usize| (peaks[*at].0 - next(*at)) / peaks[*at].0 >= search.prune;
    let kept = (0..peaks.len())
        .rev()
        .find(clear)
        .map_or(0, |last| last + 1);
    let unit = mean(errors) + deviation(errors);
    let kept = peaks[..kept].iter().map(|(peak, span)| Found {
        span: Span {
            start: span.start + offset,
            end: span.end + offset,
        },
        score: (peak - threshold) / unit,
    });
    kept.collect()
}

/// Anomalies that overlap or follow each other become one, with the mean score by length.
fn merge(mut found: Vec<Found>) -> Vec<Found> {
    found.sort_by_key(|one| one.span.start);
    let mut whole: Vec<(Span, Vec<(f64, f64)>)> = Vec::new();
    for one in found {
        // The paper's code weighs by the difference of last and first place.
        let part = (one.score, real(one.span.points() - 1));
        match whole.last_mut() {
            Some((span, parts)) if one.span.start <= span.end => {
                span.end = span.end.max(one.span.end);
                parts.push(part);
            }
            _ => whole.push((one.span, vec![part])),
        }
    }
    let score = |parts: &[(f64, f64)]| {
        if let [(score, _)] = parts {
            return *score;
        }
        let weights: f64 = parts.iter().map(|(_, weight)| weight).sum();
        if weights == 0.0 {
            let scores: Vec<f64> = parts.iter().map(|(score, _)| *score).collect();
            return mean(&scores);
        }
        parts
            .iter()
            .map(|(score, weight)| score * weight)
            .sum::<f64>()
            / weights
    };
    let found = whole.into_iter().map(|(span, parts)| Found {
        span,
        score: score(&parts),
    });
    found.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn smoothing_is_that_of_pandas() {
        // pandas.Series([1, 2, nan, 4]).ewm(span=3).mean()
        let smooth = smoothed(&[1.0, 2.0, f64::NAN, 4.0], 3);
        let expected = [1.0, 5.0 / 3.0, 5.0 / 3.0, 3.363_636_363_636_363_4];
        for (one, other) in smooth.iter().zip(expected) {
            assert!((one - other).abs() < 1e-12, "{smooth:?}");
        }
        assert_eq!(smoothed(&[f64::NAN, 3.0], 1), [0.0, 3.0]);
    }

    #[test]
    fn medians_leave_out_what_is_missing() {
        assert_eq!(median(&[3.0, f64::NAN, 1.0]), 2.0);
        assert!(median(&[f64::NAN]).is_nan());
        let kept = without_outliers(&[1.0, 2.0, 3.0, 2.0, 100.0]);
        assert!(kept[4].is_nan() && kept[0] == 1.0);
    }

    #[test]
    fn one_large_error_is_found_and_padded() {
        let mut errors = vec![1.0; 400];
        errors[200] = 30.0;
        let found = find(&errors, &Search::default());
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].span, Span::new(150, 251).unwrap());
        assert_eq!(find(&vec![1.0; 400], &Search::default()), []);
        assert_eq!(find(&[], &Search::default()), []);
    }

    #[test]
    fn what_is_hardly_above_the_rest_is_pruned() {
        let mut errors: Vec<f64> = (0..400).map(|at| f64::from(at % 7)).collect();
        errors[200] = 6.2;
        let search = Search {
            threshold: Threshold::Fixed { deviations: 1.56 },
            padding: 0,
            window: 1.0,
            ..Search::default()
        };
        assert_eq!(find(&errors, &search), []);
        errors[200] = 20.0;
        let found = find(
            &errors,
            &Search {
                prune: 0.5,
                ..search
            },
        );
        assert_eq!(found.len(), 1);
    }
}

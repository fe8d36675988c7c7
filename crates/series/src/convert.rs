//! Values to text for a language model, and back, in the steps of SigLLM: resample by mean, impute, subtract the
//! minimum, multiply by a power of ten, floor, join by commas, cut into windows.
//!
//! The defaults are the paper's, by its code (sintel-dev/sigllm 0.2.0).

use serde::{Deserialize, Serialize};

use crate::series::Series;
use crate::span::{Span, merged};

/// Points at equal steps, each the mean of the values within it.
#[derive(Debug, Clone, PartialEq)]
pub struct Grid {
    /// Time of the first point.
    pub start: i64,
    /// Seconds from one point to the next.
    pub step: i64,
    /// The values; missing ones are imputed.
    pub values: Vec<f64>,
}

impl Grid {
    /// Resamples a series: the value at `start + k * interval` is the mean of all values from there up to the
    /// next, and the mean of all such means where there is none. Without an interval, the points stay as they are.
    #[must_use]
    pub fn of(series: &Series, interval: Option<i64>) -> Self {
        let start = series.times.first().copied().unwrap_or(0);
        let Some(step) = interval.filter(|step| *step > 0) else {
            return Self {
                start,
                step: 0,
                values: series.filled(),
            };
        };
        let mut sums = vec![(0.0, 0_usize); Self::points(series, interval)];
        for (time, value) in series.times.iter().zip(&series.values) {
            // Times increase from `start` on, so that every place is one of the grid.
            let at = usize::try_from((time - start) / step).unwrap_or(0);
            if let Some(value) = value {
                sums[at].0 += value;
                sums[at].1 += 1;
            }
        }
        let means: Vec<Option<f64>> = sums
            .into_iter()
            .map(|(sum, count)| (count > 0).then(|| sum / crate::real(count)))
            .collect();
        Self {
            start,
            step,
            values: impute(&means),
        }
    }

    /// The number of points that [`Grid::of`] gives.
    #[must_use]
    pub fn points(series: &Series, interval: Option<i64>) -> usize {
        let ends = (series.times.first(), series.times.last());
        match (interval.filter(|step| *step > 0), ends) {
            (Some(step), (Some(first), Some(last))) => {
                usize::try_from((last - first) / step).unwrap_or(0) + 1
            }
            _ => series.len(),
        }
    }

    /// Intervals of the grid as intervals of the series that it was made of. One without a point is left out.
    #[must_use]
    pub fn back(&self, spans: &[Span], series: &Series) -> Vec<Span> {
        if self.step == 0 {
            return merged(spans.iter().copied(), series.len());
        }
        let time = |at: usize| {
            let at = i64::try_from(at).unwrap_or(i64::MAX);
            self.start.saturating_add(self.step.saturating_mul(at))
        };
        let place = |time: i64| series.times.partition_point(|one| *one < time);
        let spans = spans
            .iter()
            .filter_map(|span| Span::new(place(time(span.start)), place(time(span.end))));
        merged(spans, series.len())
    }
}

impl Grid {
    /// Numbers for the points of the grid, such as scores, as numbers for the points of the series: each point has
    /// the number of the point of the grid that it was averaged into.
    #[must_use]
    pub fn spread(&self, numbers: &[f64], series: &Series) -> Vec<f64> {
        if self.step == 0 {
            return numbers.to_vec();
        }
        let of = |time: &i64| {
            let place = usize::try_from((time - self.start) / self.step).unwrap_or(0);
            numbers.get(place).copied().unwrap_or(0.0)
        };
        series.times.iter().map(of).collect()
    }
}

/// Values with those that are missing as the mean of the others; 0 where all are.
#[must_use]
pub fn impute(values: &[Option<f64>]) -> Vec<f64> {
    let there: Vec<f64> = values.iter().flatten().copied().collect();
    let mean = crate::mean(&there);
    values.iter().map(|value| value.unwrap_or(mean)).collect()
}

/// The scale between values and the integers of a text.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Scale {
    /// The value that becomes 0.
    pub minimum: f64,
    /// Digits after the decimal point that are kept.
    pub decimal: u32,
}

impl Scale {
    /// The scale of values: their minimum becomes 0.
    #[must_use]
    pub fn of(values: &[f64], decimal: u32) -> Self {
        let minimum = values.iter().copied().fold(f64::INFINITY, f64::min);
        Self {
            minimum: if minimum.is_finite() { minimum } else { 0.0 },
            decimal,
        }
    }

    /// Values as integers. Within 1e-8 of an integer they are that integer, elsewhere they are cut downwards.
    #[must_use]
    pub fn integers(self, values: &[f64]) -> Vec<i64> {
        let power = self.power();
        let integer = |value: &f64| {
            let scaled = (value - self.minimum) * power;
            let near = scaled.round_ties_even();
            let cut = if (scaled - near).abs() < 1e-8 {
                near
            } else {
                scaled.floor()
            };
            // Values beyond the range of an i64 become its ends; no benchmark has any.
            cut as i64
        };
        values.iter().map(integer).collect()
    }

    /// Integers as values.
    #[must_use]
    pub fn values(self, integers: &[f64]) -> Vec<f64> {
        let unit = self.unit();
        integers
            .iter()
            .map(|one| one * unit + self.minimum)
            .collect()
    }

    /// The difference in value between one integer and the next.
    #[must_use]
    pub fn unit(self) -> f64 {
        10_f64.powi(-i32::try_from(self.decimal).unwrap_or(i32::MAX))
    }

    fn power(self) -> f64 {
        10_f64.powi(i32::try_from(self.decimal).unwrap_or(i32::MAX))
    }
}

/// Integers joined by commas; with `spaced`, a space between all characters, so that tokenizers that join digits
/// see each of them alone.
#[must_use]
pub fn text(integers: &[i64], spaced: bool) -> String {
    let joined: Vec<String> = integers.iter().map(i64::to_string).collect();
    let joined = joined.join(",");
    if !spaced {
        return joined;
    }
    let mut wide = String::with_capacity(joined.len() * 2);
    for (index, character) in joined.chars().enumerate() {
        if index > 0 {
            wide.push(' ');
        }
        wide.push(character);
    }
    wide
}

/// First points of the windows of a series: each `step` further, as long as a whole window fits. What is left
/// at the end is in no window, as in the paper; with `tail`, one more window ends at the last point.
#[must_use]
pub fn windows(points: usize, window: usize, step: usize, tail: bool) -> Vec<usize> {
    let window = window.max(1);
    let Some(latest) = points.checked_sub(window) else {
        return if tail && points > 0 {
            vec![0]
        } else {
            Vec::new()
        };
    };
    let mut starts: Vec<usize> = (0..=latest).step_by(step.max(1)).collect();
    if tail && starts.last() != Some(&latest) {
        starts.push(latest);
    }
    starts
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn scaling_is_that_of_the_paper() {
        let values = [1.234, 2.5, -0.75, 10.0];
        let scale = Scale::of(&values, 2);
        assert_eq!(scale.minimum, -0.75);
        assert_eq!(scale.integers(&values), [198, 325, 0, 1075]);
        let cents = Scale {
            minimum: 0.0,
            decimal: 2,
        };
        // 0.29 * 100 is 28.999999999999996, and 2.675 * 100 is 267.49999999999994.
        assert_eq!(cents.integers(&[0.29, 2.675]), [29, 267]);
    }

    #[test]
    fn texts_are_those_of_the_paper() {
        assert_eq!(text(&[198, 325, 0, 1075], false), "198,325,0,1075");
        assert_eq!(text(&[198, 325, 0], true), "1 9 8 , 3 2 5 , 0");
        assert_eq!(text(&[], true), "");
    }

    #[test]
    fn windows_leave_the_tail_out_unless_told() {
        assert_eq!(windows(9, 4, 2, false), [0, 2, 4]);
        assert_eq!(windows(9, 4, 2, true), [0, 2, 4, 5]);
        assert_eq!(windows(3, 4, 2, false), Vec::<usize>::new());
        assert_eq!(windows(3, 4, 2, true), [0]);
    }

    #[test]
    fn resampling_takes_means_and_fills_gaps() {
        let points = [(100, 1.0), (130, 3.0), (160, 8.0), (340, 4.0)];
        let points = points.map(|(time, value)| (time, Some(value))).to_vec();
        let series = Series::repaired("a", "", points).unwrap();
        let grid = Grid::of(&series, Some(60));
        // 100-159, 160-219, then two without a value, 340.
        assert_eq!(grid.values, [2.0, 8.0, 14.0 / 3.0, 14.0 / 3.0, 4.0]);
        let second = Span::new(1, 3).unwrap();
        assert_eq!(grid.back(&[second], &series), [Span::new(2, 3).unwrap()]);
        let scores = grid.spread(&[1.0, 2.0, 3.0, 4.0, 5.0], &series);
        assert_eq!(scores, [1.0, 1.0, 2.0, 5.0]);
        let gap = Span::new(2, 4).unwrap();
        assert_eq!(grid.back(&[gap], &series), []);
    }

    proptest! {
        #[test]
        fn what_goes_out_comes_back_within_a_unit(
            values in proptest::collection::vec(-1e4..1e4_f64, 1..60),
            decimal in 0_u32..4,
            spaced: bool,
        ) {
            let scale = Scale::of(&values, decimal);
            let text = text(&scale.integers(&values), spaced);
            let read = crate::answer::values(&text, crate::answer::Odd::Raise).unwrap();
            let back = scale.values(&read);
            prop_assert_eq!(back.len(), values.len());
            for (one, other) in values.iter().zip(back) {
                // Cutting loses less than a unit, and half a unit back is the middle of what it could have been.
                let middle = other + scale.unit() / 2.0;
                prop_assert!((one - middle).abs() <= scale.unit() / 2.0 + 1e-7, "{} {}", one, other);
            }
        }

        #[test]
        fn every_point_of_a_series_is_in_a_window_with_a_tail(points in 1_usize..400, window in 1_usize..90, step in 1_usize..90) {
            prop_assume!(step <= window);
            let mut seen = vec![false; points];
            for start in windows(points, window, step, true) {
                for one in &mut seen[start..(start + window).min(points)] {
                    *one = true;
                }
            }
            prop_assert!(seen.into_iter().all(|one| one));
        }
    }
}

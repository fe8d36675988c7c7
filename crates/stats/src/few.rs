//! The mean of a few independent numbers, such as one for each seed.

use crate::{Estimate, mean, real, student};

/// The standard error of the mean.
fn error(values: &[f64]) -> f64 {
    let (centre, n) = (mean(values), real(values.len()));
    let squares: f64 = values.iter().map(|value| (value - centre).powi(2)).sum();
    (squares / (n - 1.0) / n).sqrt()
}

/// The mean with its 95 % interval from Student's t. The interval of fewer than two numbers is that number.
#[must_use]
pub fn mean_interval(values: &[f64]) -> Estimate {
    let value = mean(values);
    let half = if values.len() < 2 {
        0.0
    } else {
        student::quantile(0.975, real(values.len() - 1)) * error(values)
    };
    Estimate {
        value,
        low: value - half,
        high: value + half,
    }
}

/// The two-sided p value of the t test that the mean is 0; 1 for fewer than two numbers, or numbers that are not
/// finite.
#[must_use]
pub fn mean_p(values: &[f64]) -> f64 {
    if values.len() < 2 || values.iter().any(|value| !value.is_finite()) {
        return 1.0;
    }
    let (centre, error) = (mean(values), error(values));
    if error == 0.0 {
        return if centre == 0.0 { 1.0 } else { 0.0 };
    }
    student::two_sided((centre / error).abs(), real(values.len() - 1))
}

/// The two-sided p value of the test that a bootstrapped number is 0, by a normal approximation with the spread of its
/// 95 % interval; 1 for what is not finite. Percentiles of a few hundred resamples end at p values that no correction
/// for many comparisons leaves small.
#[must_use]
pub fn interval_p(number: Estimate) -> f64 {
    /// Half the width of a 95 % interval, in standard errors.
    const HALF: f64 = 1.959_963_985;
    let error = (number.high - number.low) / (2.0 * HALF);
    if !error.is_finite() || !number.value.is_finite() {
        return 1.0;
    }
    if error <= 0.0 {
        return if number.value == 0.0 { 1.0 } else { 0.0 };
    }
    student::two_sided((number.value / error).abs(), 1e5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_that_just_touches_0_has_a_p_of_a_twentieth() {
        let number = |value: f64| Estimate {
            value,
            low: value - 1.0,
            high: value + 1.0,
        };
        assert!((interval_p(number(1.0)) - 0.05).abs() < 1e-4);
        assert!((interval_p(number(-2.0)) - 8.857e-5).abs() < 1e-5);
        assert!((interval_p(number(0.0)) - 1.0).abs() < 1e-9);
        assert!((interval_p(number(f64::NAN)) - 1.0).abs() < 1e-9);
    }

    /// `scipy.stats.ttest_1samp` and `scipy.stats.t.interval` of the same numbers.
    #[test]
    fn as_in_scipy() {
        let values = [0.3, -0.1, 0.4, 0.25, 0.5];
        let found = mean_interval(&values);
        assert!((found.value - 0.27).abs() < 1e-12);
        assert!(
            (found.low - -0.013142955396).abs() < 1e-9
                && (found.high - 0.553142955396).abs() < 1e-9,
            "{found:?}"
        );
        assert!(
            (mean_p(&values) - 0.057126715087).abs() < 1e-9,
            "{}",
            mean_p(&values)
        );
        assert_eq!(mean_p(&[1.0]), 1.0);
        assert_eq!(mean_interval(&[2.0]).low, 2.0);
    }
}

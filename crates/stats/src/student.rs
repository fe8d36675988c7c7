//! Student's t distribution: its quantiles, for degrees of freedom that need not be whole.

/// The quantile of `share` (from 0.5 to 1) with `freedom` degrees of freedom.
pub(super) fn quantile(share: f64, freedom: f64) -> f64 {
    let freedom = freedom.max(0.25);
    let (mut low, mut high) = (0.0, 1.0);
    while cumulative(high, freedom) < share && high < 1e12 {
        high *= 2.0;
    }
    // Halving the bracket a hundred times exhausts the precision of the number; twelve digits are enough.
    for _ in 0..100 {
        if high - low < 1e-12 * high {
            break;
        }
        let middle = f64::midpoint(low, high);
        if cumulative(middle, freedom) < share {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}

/// The share of the distribution that is further from 0 than `t`, which is not negative.
pub(super) fn two_sided(t: f64, freedom: f64) -> f64 {
    incomplete_beta(freedom / 2.0, 0.5, freedom / (freedom + t * t))
}

/// The share of the distribution below `t`, which is not negative.
fn cumulative(t: f64, freedom: f64) -> f64 {
    1.0 - 0.5 * incomplete_beta(freedom / 2.0, 0.5, freedom / (freedom + t * t))
}

/// The regularised incomplete beta function, by its continued fraction (Press et al., Numerical Recipes, 6.4).
fn incomplete_beta(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    let front =
        (ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * (1.0 - x).ln()).exp();
    if x < (a + 1.0) / (a + b + 2.0) {
        front * continued_fraction(a, b, x) / a
    } else {
        1.0 - front * continued_fraction(b, a, 1.0 - x) / b
    }
}

fn continued_fraction(a: f64, b: f64, x: f64) -> f64 {
    let away_from_zero = |value: f64| if value.abs() < 1e-300 { 1e-300 } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / away_from_zero(1.0 - (a + b) * x / (a + 1.0));
    let mut product = d;
    for step in 1..500 {
        let m = f64::from(step);
        for factor in [
            m * (b - m) * x / ((a - 1.0 + 2.0 * m) * (a + 2.0 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 1.0 + 2.0 * m)),
        ] {
            d = 1.0 / away_from_zero(1.0 + factor * d);
            c = away_from_zero(1.0 + factor / c);
            product *= c * d;
        }
        if (c * d - 1.0).abs() < 1e-14 {
            break;
        }
    }
    product
}

/// The logarithm of the gamma function (Lanczos' approximation, g = 5).
fn ln_gamma(x: f64) -> f64 {
    let series = [
        76.180_091_729_471_46,
        -86.505_320_329_416_77,
        24.014_098_240_830_91,
        -1.231_739_572_450_155,
        0.001_208_650_973_866_179,
        -0.000_005_395_239_384_953,
    ];
    let shifted = x + 5.5;
    let mut sum = 1.000_000_000_190_015;
    let mut below = x;
    for term in series {
        below += 1.0;
        sum += term / below;
    }
    (x + 0.5) * shifted.ln() - shifted + (2.506_628_274_631_000_5 * sum / x).ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_the_tables() {
        for (share, freedom, wanted) in [
            (0.975, 1.0, 12.706_205),
            (0.975, 2.0, 4.302_653),
            (0.975, 4.0, 2.776_445),
            (0.975, 9.0, 2.262_157),
            (0.975, 49.0, 2.009_575),
            (0.975, 1e6, 1.959_966),
            (0.8, 3.0, 0.978_472),
            (0.5, 5.0, 0.0),
        ] {
            let found = quantile(share, freedom);
            assert!((found - wanted).abs() < 2e-5, "{share} {freedom}: {found}");
        }
    }
}

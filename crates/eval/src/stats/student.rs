//! Student's t distribution.

/// The quantile of a two-sided 95 % interval with so many degrees of freedom.
#[must_use]
pub(super) fn quantile_975(freedom: usize) -> f64 {
    // The distribution function grows, and 13 is over the quantile for one degree of freedom.
    let (mut low, mut high) = (1.0, 13.0);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if distribution(middle, freedom) < 0.975 {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}

/// P(T <= t) for t > 0, by the finite sums for a whole number of degrees of freedom (Abramowitz and
/// Stegun 26.7.3 and 26.7.4).
fn distribution(t: f64, freedom: usize) -> f64 {
    let n = super::real(freedom);
    let angle = (t / n.sqrt()).atan();
    let (sine, cosine) = angle.sin_cos();
    let square = cosine * cosine;
    let odd = freedom % 2 == 1;
    // The terms run over even or odd numbers up to the degrees of freedom less two.
    let mut term = if odd { cosine } else { 1.0 };
    let mut total = if odd && freedom == 1 { 0.0 } else { term };
    let mut number = if odd { 3 } else { 2 };
    while number + 2 <= freedom {
        term *= square * super::real(number - 1) / super::real(number);
        total += term;
        number += 2;
    }
    let between = if odd {
        2.0 / std::f64::consts::PI * (angle + sine * total)
    } else {
        sine * total
    };
    f64::midpoint(1.0, between)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_the_tables() {
        for (freedom, quantile) in [
            (1, 12.706),
            (2, 4.303),
            (3, 3.182),
            (4, 2.776),
            (5, 2.571),
            (9, 2.262),
            (10, 2.228),
            (29, 2.045),
            (120, 1.980),
        ] {
            let found = quantile_975(freedom);
            assert!((found - quantile).abs() < 1e-3, "{freedom}: {found}");
        }
    }
}

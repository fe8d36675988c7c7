//! Eigenvalues of a symmetric matrix: Householder's reduction to three diagonals, then QL steps with implicit
//! shifts (Wilkinson and Reinsch, Handbook for Automatic Computation II/2 and II/3).

/// The eigenvalues of a symmetric matrix of `n` rows, in no order; not-a-number if the matrix is not finite.
pub(super) fn values(mut matrix: Vec<f64>, n: usize) -> Vec<f64> {
    if matrix.iter().any(|value| !value.is_finite()) {
        return vec![f64::NAN; n];
    }
    let (mut diagonal, mut beside) = tridiagonal(&mut matrix, n);
    ql(&mut diagonal, &mut beside);
    diagonal
}

/// The diagonal, and the numbers beside it, of a matrix with the same eigenvalues.
fn tridiagonal(a: &mut [f64], n: usize) -> (Vec<f64>, Vec<f64>) {
    let mut beside = vec![0.0; n];
    for k in (1..n).rev() {
        // A reflection makes row `k` zero before its last two numbers.
        let scale: f64 = (0..k).map(|j| a[k * n + j].abs()).sum();
        if k == 1 || scale == 0.0 {
            beside[k] = a[k * n + k - 1];
            continue;
        }
        let mut v: Vec<f64> = (0..k).map(|j| a[k * n + j] / scale).collect();
        let length: f64 = v.iter().map(|x| x * x).sum::<f64>().sqrt();
        let g = if v[k - 1] >= 0.0 { -length } else { length };
        beside[k] = scale * g;
        let h = length * length - v[k - 1] * g;
        v[k - 1] -= g;
        let mut p: Vec<f64> = (0..k)
            .map(|i| (0..k).map(|j| a[i * n + j] * v[j]).sum::<f64>() / h)
            .collect();
        let along = p.iter().zip(&v).map(|(p, v)| p * v).sum::<f64>() / (2.0 * h);
        for (p, v) in p.iter_mut().zip(&v) {
            *p -= along * v;
        }
        for i in 0..k {
            for j in 0..k {
                a[i * n + j] -= v[i] * p[j] + p[i] * v[j];
            }
        }
    }
    ((0..n).map(|i| a[i * n + i]).collect(), beside)
}

/// Makes the numbers beside the diagonal zero.
fn ql(diagonal: &mut [f64], beside: &mut [f64]) {
    let n = diagonal.len();
    beside.rotate_left(usize::from(n > 0));
    for from in 0..n {
        // Thirty steps are the customary limit; two are usual.
        for _ in 0..60 {
            let small = |m: &usize| {
                let near = diagonal[*m].abs() + diagonal[*m + 1].abs();
                beside[*m].abs() <= f64::EPSILON * near
            };
            let end = (from..n - 1).find(small).unwrap_or(n - 1);
            if end == from {
                break;
            }
            step(diagonal, beside, from, end);
        }
    }
}

/// One QL step between two indices.
fn step(d: &mut [f64], e: &mut [f64], from: usize, end: usize) {
    let mut g = (d[from + 1] - d[from]) / (2.0 * e[from]);
    let r = g.hypot(1.0);
    g = d[end] - d[from] + e[from] / (g + r.copysign(g));
    let (mut sine, mut cosine, mut p) = (1.0, 1.0, 0.0);
    for i in (from..end).rev() {
        let f = sine * e[i];
        let b = cosine * e[i];
        let r = f.hypot(g);
        e[i + 1] = r;
        if r == 0.0 {
            d[i + 1] -= p;
            e[end] = 0.0;
            return;
        }
        sine = f / r;
        cosine = g / r;
        g = d[i + 1] - p;
        let r = (d[i] - g) * sine + 2.0 * cosine * b;
        p = sine * r;
        d[i + 1] = g + p;
        g = cosine * r - b;
    }
    d[from] -= p;
    e[from] = g;
    e[end] = 0.0;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::{Draw, Purpose};

    #[test]
    fn eigenvalues_of_known_matrices() {
        let mut found = values(vec![2.0, 1.0, 1.0, 2.0], 2);
        found.sort_by(f64::total_cmp);
        assert!((found[0] - 1.0).abs() < 1e-12 && (found[1] - 3.0).abs() < 1e-12);
        // The second difference of 30 points: 2 - 2 cos(k pi / 31).
        let n = 30;
        let mut matrix = vec![0.0; n * n];
        for i in 0..n {
            matrix[i * n + i] = 2.0;
            if i + 1 < n {
                matrix[i * n + i + 1] = -1.0;
                matrix[(i + 1) * n + i] = -1.0;
            }
        }
        let mut found = values(matrix, n);
        found.sort_by(f64::total_cmp);
        for (k, value) in found.iter().enumerate() {
            let expected = 2.0 - 2.0 * (std::f64::consts::PI * (k as f64 + 1.0) / 31.0).cos();
            assert!((value - expected).abs() < 1e-12, "{k}: {value} {expected}");
        }
    }

    #[test]
    fn sums_of_powers_are_those_of_the_matrix() {
        let n = 40;
        let mut draw = Draw::new(1, Purpose::Samples);
        let mut matrix = vec![0.0; n * n];
        for i in 0..n {
            for j in 0..=i {
                let value = f64::from(draw.within(1.0));
                matrix[i * n + j] = value;
                matrix[j * n + i] = value;
            }
        }
        let trace: f64 = (0..n).map(|i| matrix[i * n + i]).sum();
        let squares: f64 = matrix.iter().map(|x| x * x).sum();
        let found = values(matrix, n);
        assert!((found.iter().sum::<f64>() - trace).abs() < 1e-10);
        assert!((found.iter().map(|x| x * x).sum::<f64>() - squares).abs() < 1e-9);
        assert!(values(Vec::new(), 0).is_empty());
        assert!(values(vec![f64::NAN], 1)[0].is_nan());
    }
}

//! Agreement of directions with true ones: measures of synthetic sets, where these are known (SynthSAEBench,
//! arXiv 2602.14687).

use crate::matrix::dot;

/// Absolute cosines of the directions of two lists, `inputs` numbers each: for each of the first a row.
fn cosines(first: &[f32], second: &[f32], inputs: usize) -> Vec<Vec<f64>> {
    let lengths = |rows: &[f32]| -> Vec<f32> {
        let rows = rows.chunks_exact(inputs);
        rows.map(|row| dot(row, row).sqrt().max(1e-12)).collect()
    };
    let (of_first, of_second) = (lengths(first), lengths(second));
    let rows = first.chunks_exact(inputs).zip(of_first);
    rows.map(|(row, length)| {
        let others = second.chunks_exact(inputs).zip(&of_second);
        others
            .map(|(other, own)| f64::from((dot(row, other) / (length * own)).abs()))
            .collect()
    })
    .collect()
}

/// Mean absolute cosine of the best one-to-one matching of directions (MCC).
#[must_use]
pub fn mean_max_cosine(directions: &[f32], truth: &[f32], inputs: usize) -> f64 {
    let (mut rows, mut columns) = (directions, truth);
    if rows.len() > columns.len() {
        (rows, columns) = (columns, rows);
    }
    let cosines = cosines(rows, columns, inputs);
    let chosen = assignment(&cosines);
    let pairs = chosen
        .iter()
        .enumerate()
        .map(|(row, column)| cosines[row][*column]);
    pairs.sum::<f64>() / cosines.len().max(1) as f64
}

/// Number of true directions that are the nearest of some direction, over the number of directions.
#[must_use]
pub fn uniqueness(directions: &[f32], truth: &[f32], inputs: usize) -> f64 {
    let cosines = cosines(directions, truth, inputs);
    let nearest = cosines.iter().map(|row| {
        let better = |best: usize, at: usize| if row[at] > row[best] { at } else { best };
        (0..row.len()).fold(0, better)
    });
    let found: std::collections::BTreeSet<usize> = nearest.collect();
    found.len() as f64 / cosines.len().max(1) as f64
}

/// The column of each row in the matching with the largest sum. There are at least as many columns as rows. By
/// shortest augmenting paths (Jonker and Volgenant 1987), in the order of rows.
fn assignment(gains: &[Vec<f64>]) -> Vec<usize> {
    let columns = gains.first().map_or(0, Vec::len);
    // Of each column the row it is given to, counted from 1; 0 is none. Column 0 holds the row on its way.
    let (mut owner, mut before) = (vec![0_usize; columns + 1], vec![0_usize; columns + 1]);
    let (mut row_price, mut column_price) = (vec![0.0; gains.len() + 1], vec![0.0; columns + 1]);
    for row in 1..=gains.len() {
        owner[0] = row;
        let mut at = 0;
        let (mut least, mut seen) = (vec![f64::INFINITY; columns + 1], vec![false; columns + 1]);
        loop {
            seen[at] = true;
            let from = owner[at];
            let (mut delta, mut next) = (f64::INFINITY, 0);
            for column in 1..=columns {
                if seen[column] {
                    continue;
                }
                let cost = -gains[from - 1][column - 1] - row_price[from] - column_price[column];
                if cost < least[column] {
                    (least[column], before[column]) = (cost, at);
                }
                if least[column] < delta {
                    (delta, next) = (least[column], column);
                }
            }
            for column in 0..=columns {
                if seen[column] {
                    row_price[owner[column]] += delta;
                    column_price[column] -= delta;
                } else {
                    least[column] -= delta;
                }
            }
            at = next;
            if owner[at] == 0 {
                break;
            }
        }
        while at != 0 {
            let previous = before[at];
            owner[at] = owner[previous];
            at = previous;
        }
    }
    let mut chosen = vec![0; gains.len()];
    for (column, row) in owner.iter().enumerate().skip(1) {
        if *row > 0 {
            chosen[row - 1] = column - 1;
        }
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_matching_is_the_best_of_all() {
        // Taking the best of each row in turn would give 0.9 + 0.1 + 0.5.
        let gains = vec![
            vec![0.9, 0.8, 0.0, 0.0],
            vec![0.85, 0.1, 0.0, 0.05],
            vec![0.5, 0.4, 0.5, 0.3],
        ];
        assert_eq!(assignment(&gains), [1, 0, 2]);
        let all = |a: usize, b: usize, c: usize| gains[0][a] + gains[1][b] + gains[2][c];
        let mut best = 0.0_f64;
        for a in 0..4 {
            for b in 0..4 {
                for c in (0..4).filter(|c| a != b && *c != a && *c != b) {
                    best = best.max(all(a, b, c));
                }
            }
        }
        assert!((all(1, 0, 2) - best).abs() < 1e-12);
    }

    #[test]
    fn directions_are_matched_whatever_their_sign_and_length() {
        let truth = [1.0, 0.0, 0.0, 1.0];
        let found = [0.0, -3.0, 2.0, 0.0, 0.0, 1.0];
        assert!((mean_max_cosine(&found, &truth, 2) - 1.0).abs() < 1e-6);
        assert!((uniqueness(&found, &truth, 2) - 2.0 / 3.0).abs() < 1e-9);
    }
}

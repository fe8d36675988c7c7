//! The choice of the next token from its logits.

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// Settings of a choice.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sampling {
    /// Divisor of the logits; at 0 the most likely token is taken.
    pub temperature: f64,
    /// Share of probability that is sampled from, in (0, 1].
    pub top_p: f64,
    /// Seed of the random numbers.
    pub seed: u64,
}

impl Sampling {
    /// The most likely token each time.
    #[must_use]
    pub fn greedy() -> Self {
        Self {
            temperature: 0.0,
            top_p: 1.0,
            seed: 0,
        }
    }
}

/// Chooser of tokens for one text.
pub(super) struct Chooser {
    sampling: Sampling,
    random: ChaCha8Rng,
}

impl Chooser {
    pub(super) fn new(sampling: Sampling) -> Self {
        Self {
            sampling,
            random: ChaCha8Rng::seed_from_u64(sampling.seed),
        }
    }

    /// A token and the logarithm of its probability under the model, before temperature and `top_p`.
    pub(super) fn choose(&mut self, logits: &[f32]) -> (u32, f64) {
        let most = best(logits);
        let total: f64 = logits
            .iter()
            .map(|logit| f64::from(logit - logits[most]).exp())
            .sum();
        let log_probability = |token: usize| f64::from(logits[token] - logits[most]) - total.ln();
        let token = if self.sampling.temperature <= 0.0 {
            most
        } else {
            self.draw(logits, logits[most])
        };
        // A token's number fits.
        (token as u32, log_probability(token))
    }

    fn draw(&mut self, logits: &[f32], most: f32) -> usize {
        let temperature = self.sampling.temperature;
        let mut weights: Vec<(usize, f64)> = logits
            .iter()
            .map(|logit| (f64::from(logit - most) / temperature).exp())
            .enumerate()
            .collect();
        let mut total: f64 = weights.iter().map(|(_, weight)| weight).sum();
        if self.sampling.top_p < 1.0 {
            // Of equally likely tokens the one with the smaller number comes first.
            weights.sort_by(|(a, one), (b, other)| other.total_cmp(one).then(a.cmp(b)));
            let mut sum = 0.0;
            let enough = weights.iter().position(|(_, weight)| {
                sum += weight;
                sum >= self.sampling.top_p * total
            });
            weights.truncate(enough.map_or(weights.len(), |at| at + 1));
            total = sum;
        }
        let mut left = self.random.random::<f64>() * total;
        for (token, weight) in &weights {
            left -= weight;
            if left <= 0.0 {
                return *token;
            }
        }
        weights.last().map_or(0, |(token, _)| *token)
    }
}

/// The first of the largest logits.
fn best(logits: &[f32]) -> usize {
    let mut most = 0;
    for (at, logit) in logits.iter().enumerate() {
        if *logit > logits[most] {
            most = at;
        }
    }
    most
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_follow_their_settings() {
        let logits = [1.0, 3.0, 3.0, -2.0];
        let mut greedy = Chooser::new(Sampling::greedy());
        let (token, log_probability) = greedy.choose(&logits);
        assert_eq!(token, 1);
        assert!((log_probability.exp() - 0.4672).abs() < 1e-3);
        let draws = |sampling: Sampling| {
            let mut chooser = Chooser::new(sampling);
            let mut counts = [0_u32; 4];
            for _ in 0..4_000 {
                counts[chooser.choose(&logits).0 as usize] += 1;
            }
            counts
        };
        let warm = Sampling {
            temperature: 1.0,
            top_p: 1.0,
            seed: 7,
        };
        let counts = draws(warm);
        assert!(
            counts[1].abs_diff(1_869) < 150 && counts[0].abs_diff(253) < 80,
            "{counts:?}"
        );
        assert_eq!(counts, draws(warm));
        let narrow = draws(Sampling { top_p: 0.9, ..warm });
        assert_eq!((narrow[0], narrow[3]), (0, 0));
    }
}

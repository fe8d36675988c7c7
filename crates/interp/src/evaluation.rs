//! Exact-match evaluation of a model's completions.

use candle_core::Tensor;
use serde::{Deserialize, Serialize};

use crate::data::{Batch, Texts};
use crate::error::{InterpError, Result};
use crate::model::{Decoder, Edit, Input, Site};
use crate::numbers::{most, softmax};
use crate::threads::Lane;

/// Result for one text.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Completed {
    /// True if every token of the completion is the most likely one. Greedy decoding would then have produced
    /// the same tokens.
    pub exact: bool,
    /// Number of completion tokens that are the most likely one, given the right tokens before.
    pub right: usize,
    /// Number of completion tokens, `<eos>` included.
    pub words: usize,
    /// The summed loss in nats.
    pub loss: f64,
}

/// Completes texts, in order.
///
/// # Errors
///
/// If a text does not fit the model.
pub fn complete(
    decoder: &Decoder,
    texts: &Texts,
    pad: u32,
    batch: usize,
    progress: &mut dyn FnMut(usize),
) -> Result<Vec<Completed>> {
    complete_with(decoder, texts, pad, batch, None, progress)
}

/// A function of rows of the stream at one site, which the model continues with.
pub type Replacement<'r> = (Site, &'r (dyn Fn(&[f32]) -> Vec<f32> + Sync));

/// Completes texts while the stream at one site is replaced, at all tokens but those before each text.
///
/// # Errors
///
/// If a text does not fit the model, or the function returns another number of values.
pub fn complete_with(
    decoder: &Decoder,
    texts: &Texts,
    pad: u32,
    batch: usize,
    replacement: Option<Replacement<'_>>,
    progress: &mut dyn FnMut(usize),
) -> Result<Vec<Completed>> {
    let mut results: Vec<Completed> = Vec::with_capacity(texts.len());
    for_batches(decoder, texts, pad, batch, |part| {
        let logits = part.logits(replacement)?;
        let first = results.len();
        results.resize(
            first + part.leading.len(),
            Completed {
                exact: true,
                right: 0,
                words: 0,
                loss: 0.0,
            },
        );
        let rows = logits.chunks_exact(decoder.config.vocabulary);
        for ((row, target), owner) in rows.zip(&part.batch.targets).zip(&part.batch.owners) {
            let result: &mut Completed = &mut results[first + owner];
            let right = most(row) == *target as usize;
            result.exact &= right;
            result.right += usize::from(right);
            result.words += 1;
            result.loss += surprise(row, *target);
        }
        progress(part.leading.len());
        Ok(())
    })?;
    Ok(results)
}

/// Mean Kullback-Leibler divergence, per token of a completion and in nats, of the model's own distribution of the next
/// token from that with each of the replacements.
///
/// # Errors
///
/// As of [`complete_with`].
pub fn divergences(
    decoder: &Decoder,
    texts: &Texts,
    pad: u32,
    batch: usize,
    replacements: &[Replacement<'_>],
) -> Result<Vec<f64>> {
    let mut sums = vec![0.0; replacements.len()];
    let mut words = 0;
    for_batches(decoder, texts, pad, batch, |part| {
        let own = part.logits(None)?;
        words += part.batch.rows.len();
        for (replacement, sum) in replacements.iter().zip(&mut sums) {
            let other = part.logits(Some(*replacement))?;
            let width = decoder.config.vocabulary;
            let rows = own.chunks_exact(width).zip(other.chunks_exact(width));
            *sum += rows.map(|(own, other)| divergence(own, other)).sum::<f64>();
        }
        Ok(())
    })?;
    let words = crate::numbers::real(words.max(1));
    Ok(sums.into_iter().map(|sum| sum / words).collect())
}

/// A batch of texts and the model to run on it.
struct Part<'a> {
    decoder: &'a Decoder,
    lane: &'a Lane,
    batch: Batch,
    /// Number of tokens before each text.
    leading: Vec<usize>,
}

impl Part<'_> {
    /// The logits at all tokens before one of a completion, row after row, while the stream is replaced.
    fn logits(&self, replacement: Option<Replacement<'_>>) -> Result<Vec<f32>> {
        let input = Input {
            ids: &self.batch.ids,
            time: self.batch.time,
        };
        let run = |edit: Option<&mut Edit<'_>>| {
            self.lane
                .run(|| self.decoder.run(input, &self.batch.rows, edit))
        };
        let logits = match replacement {
            None => run(None)?,
            Some((site, of)) => run(Some(&mut |here: Site, stream: Tensor| match site == here {
                true => replaced(&stream, &self.leading, of),
                false => Ok(stream),
            }))?,
        };
        Ok(logits.flatten_all()?.to_vec1::<f32>()?)
    }
}

/// Does something with every batch of the texts, in order. There are fewer than `most` texts in one where the model has no
/// memory for more.
fn for_batches(
    decoder: &Decoder,
    texts: &Texts,
    pad: u32,
    most: usize,
    mut work: impl FnMut(&Part<'_>) -> Result<()>,
) -> Result<()> {
    let lane = Lane::new(&decoder.config)?;
    let all: Vec<usize> = (0..texts.len()).collect();
    let most = most.min(decoder.texts_at_once(texts.longest()));
    for chosen in all.chunks(most.max(1)) {
        work(&Part {
            decoder,
            lane: &lane,
            batch: texts.batch(chosen, pad),
            leading: chosen.iter().map(|text| texts.leading(*text)).collect(),
        })?;
    }
    Ok(())
}

/// Kullback-Leibler divergence of two distributions that are given by their logits.
fn divergence(own: &[f32], other: &[f32]) -> f64 {
    let logs = |logits: &[f32]| -> Vec<f64> {
        let most = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let shifted = logits.iter().map(|one| f64::from(one - most));
        let total: f64 = shifted.clone().map(f64::exp).sum();
        shifted.map(|one| one - total.ln()).collect()
    };
    let pairs = logs(own).into_iter().zip(logs(other));
    pairs.map(|(own, other)| own.exp() * (own - other)).sum()
}

/// The stream with all tokens but the first ones replaced; each text has its own number of these.
fn replaced(stream: &Tensor, leading: &[usize], of: &dyn Fn(&[f32]) -> Vec<f32>) -> Result<Tensor> {
    let (batch, time, width) = stream.dims3()?;
    let before = stream.flatten_all()?.to_vec1::<f32>()?;
    let mut after = of(&before);
    if after.len() != before.len() {
        return Err(InterpError::Refused(format!(
            "{} numbers of the stream were replaced by {}",
            before.len(),
            after.len()
        )));
    }
    for (text, leading) in leading.iter().enumerate().take(batch) {
        let first = text * time * width..(text * time + leading) * width;
        after[first.clone()].copy_from_slice(&before[first]);
    }
    Ok(Tensor::from_vec(
        after,
        (batch, time, width),
        stream.device(),
    )?)
}

/// Negative log probability of a token under the logits, in nats.
pub(crate) fn surprise(logits: &[f32], word: u32) -> f64 {
    let mut shares = logits.to_vec();
    softmax(&mut shares);
    -f64::from(shares[word as usize].max(f32::MIN_POSITIVE)).ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_divergence_is_that_of_the_definition() {
        // ln 2, ln 1 and ln 1: shares of 1/2, 1/4, 1/4; and thirds.
        let own = [2.0_f32.ln(), 0.0, 0.0];
        let wanted = 0.5 * 1.5_f64.ln() + 0.5 * 0.75_f64.ln();
        assert!((divergence(&own, &[7.0; 3]) - wanted).abs() < 1e-6);
        assert!(divergence(&own, &own).abs() < 1e-12);
    }
}

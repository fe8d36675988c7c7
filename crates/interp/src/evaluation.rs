//! Exact-match evaluation of a model's completions.

use candle_core::Tensor;
use serde::{Deserialize, Serialize};

use crate::data::Texts;
use crate::error::{InterpError, Result};
use crate::model::{Decoder, Input, Site};
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

/// Completes texts while the stream at one site is replaced, at all tokens but the one that begins each text.
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
    let lane = Lane::new(&decoder.config)?;
    let mut results = Vec::with_capacity(texts.len());
    let all: Vec<usize> = (0..texts.len()).collect();
    let batch = batch.min(decoder.texts_at_once(texts.longest()));
    for chosen in all.chunks(batch.max(1)) {
        let part = texts.batch(chosen, pad);
        let input = Input {
            ids: &part.ids,
            time: part.time,
        };
        let mut edit = |here: Site, stream: Tensor| match replacement {
            Some((site, of)) if site == here => replaced(&stream, of),
            _ => Ok(stream),
        };
        let logits = lane.run(|| decoder.run(input, &part.rows, Some(&mut edit)))?;
        let logits = logits.flatten_all()?.to_vec1::<f32>()?;
        let first = results.len();
        results.resize(
            first + chosen.len(),
            Completed {
                exact: true,
                right: 0,
                words: 0,
                loss: 0.0,
            },
        );
        let rows = logits.chunks_exact(decoder.config.vocabulary);
        for ((row, target), owner) in rows.zip(&part.targets).zip(&part.owners) {
            let result: &mut Completed = &mut results[first + owner];
            let right = most(row) == *target as usize;
            result.exact &= right;
            result.right += usize::from(right);
            result.words += 1;
            result.loss += surprise(row, *target);
        }
        progress(chosen.len());
    }
    Ok(results)
}

/// The stream with all tokens but the first replaced.
fn replaced(stream: &Tensor, of: &dyn Fn(&[f32]) -> Vec<f32>) -> Result<Tensor> {
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
    for text in 0..batch {
        let first = text * time * width..(text * time + 1) * width;
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

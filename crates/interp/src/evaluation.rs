//! Exact-match evaluation of a model's completions.

use serde::{Deserialize, Serialize};

use crate::data::Texts;
use crate::error::Result;
use crate::model::{Decoder, Input};
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
        let logits = lane.run(|| decoder.run(input, &part.rows, None))?;
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

/// Negative log probability of a token under the logits, in nats.
pub(crate) fn surprise(logits: &[f32], word: u32) -> f64 {
    let mut shares = logits.to_vec();
    softmax(&mut shares);
    -f64::from(shares[word as usize].max(f32::MIN_POSITIVE)).ln()
}

//! Whether a model's completions are exactly right.

use serde::{Deserialize, Serialize};

use crate::data::Texts;
use crate::error::Result;
use crate::model::{Decoder, Input, Keep, Tape};
use crate::training::loss_and_slope;

/// What became of one text.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Completed {
    /// Whether every word of the completion is the most likely one. Since each word is then also what
    /// greedy decoding would have put there, this is the same as decoding and comparing.
    pub exact: bool,
    /// Words of the completion that are the most likely one, given the right words before.
    pub right: usize,
    /// Words of the completion, the one that ends it included.
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
    let mut tape = Tape::default();
    let mut results = Vec::with_capacity(texts.len());
    let all: Vec<usize> = (0..texts.len()).collect();
    for chosen in all.chunks(batch.max(1)) {
        let part = texts.batch(chosen, pad);
        let input = Input {
            ids: &part.ids,
            time: part.time,
        };
        decoder.run(input, &part.rows, Keep::Nothing, &mut tape, &mut |_, _| {})?;
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
        let width = decoder.config.vocabulary;
        let rows = tape.logits.chunks_exact_mut(width);
        for ((row, target), owner) in rows.zip(&part.targets).zip(&part.owners) {
            let result: &mut Completed = &mut results[first + owner];
            let right = most(row) == *target as usize;
            result.exact &= right;
            result.right += usize::from(right);
            result.words += 1;
            result.loss += loss_and_slope(row, &[*target], 1.0);
        }
        progress(chosen.len());
    }
    Ok(results)
}

/// The place of the largest number; the first one of equals.
pub(crate) fn most(row: &[f32]) -> usize {
    let mut best = 0;
    for (index, value) in row.iter().enumerate() {
        if *value > row[best] {
            best = index;
        }
    }
    best
}

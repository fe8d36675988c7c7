//! A training as bytes, from which it goes on to the same bits.

use super::{Gradient, Moments, Trainer};
use crate::settings::Settings;

/// A saved state is cut short, longer than expected, or of other settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the saved state is damaged or of other settings")]
pub struct Damaged;

/// Version of the layout.
const MAGIC: &[u8; 8] = b"tssae\0\0\x01";

impl Trainer {
    /// The state as bytes: settings, weights, averages, and what is counted.
    #[must_use]
    pub fn save(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        // Settings are plain numbers and names: they have a JSON form.
        let settings = serde_json::to_vec(&self.settings).unwrap_or_default();
        bytes.extend((settings.len() as u64).to_le_bytes());
        bytes.extend(settings);
        bytes.extend((self.step as u64).to_le_bytes());
        bytes.extend(self.scale.to_le_bytes());
        bytes.extend(self.guess.to_le_bytes());
        bytes.extend(self.threshold.to_le_bytes());
        for silence in &self.silence {
            bytes.extend(silence.to_le_bytes());
        }
        for part in self.parts() {
            for value in part {
                bytes.extend(value.to_le_bytes());
            }
        }
        bytes.extend(checksum(&bytes).to_le_bytes());
        bytes
    }

    /// The state of saved bytes.
    ///
    /// # Errors
    /// The bytes are damaged, or of other settings.
    pub fn load(settings: &Settings, bytes: &[u8]) -> Result<Self, Damaged> {
        let body = bytes.len().checked_sub(8).ok_or(Damaged)?;
        let (bytes, sum) = bytes.split_at(body);
        if checksum(bytes).to_le_bytes() != *sum {
            return Err(Damaged);
        }
        let mut reader = Reader { bytes, at: 0 };
        if reader.take(MAGIC.len())? != MAGIC {
            return Err(Damaged);
        }
        let length = usize::try_from(u64::from_le_bytes(reader.array()?)).map_err(|_| Damaged)?;
        let saved: Settings = serde_json::from_slice(reader.take(length)?).map_err(|_| Damaged)?;
        if saved != *settings {
            return Err(Damaged);
        }
        // Any rows do: all that is measured from them is replaced.
        let mut trainer = Self::new(settings, &vec![1.0; settings.inputs]).map_err(|_| Damaged)?;
        let step = u64::from_le_bytes(reader.array()?);
        trainer.step = usize::try_from(step).map_err(|_| Damaged)?;
        trainer.scale = f32::from_le_bytes(reader.array()?);
        trainer.guess = f32::from_le_bytes(reader.array()?);
        trainer.threshold = f64::from_le_bytes(reader.array()?);
        for silence in &mut trainer.silence {
            *silence = u32::from_le_bytes(reader.array()?);
        }
        for part in trainer.parts_mut() {
            for value in part {
                *value = f32::from_le_bytes(reader.array()?);
            }
        }
        if reader.at == bytes.len() {
            Ok(trainer)
        } else {
            Err(Damaged)
        }
    }

    fn parts(&self) -> Vec<&Vec<f32>> {
        let weights = &self.weights;
        let Gradient {
            encoder,
            decoder,
            encoder_bias,
            decoder_bias,
            thresholds,
        } = &self.moments;
        let mut all = vec![
            &weights.encoder,
            &weights.decoder,
            &weights.encoder_bias,
            &weights.decoder_bias,
            &weights.thresholds,
            &self.anchor,
        ];
        for Moments { first, second } in [encoder, decoder, encoder_bias, decoder_bias, thresholds]
        {
            all.extend([first, second]);
        }
        all
    }

    fn parts_mut(&mut self) -> Vec<&mut Vec<f32>> {
        let weights = &mut self.weights;
        let Gradient {
            encoder,
            decoder,
            encoder_bias,
            decoder_bias,
            thresholds,
        } = &mut self.moments;
        let mut all = vec![
            &mut weights.encoder,
            &mut weights.decoder,
            &mut weights.encoder_bias,
            &mut weights.decoder_bias,
            &mut weights.thresholds,
            &mut self.anchor,
        ];
        for Moments { first, second } in [encoder, decoder, encoder_bias, decoder_bias, thresholds]
        {
            all.extend([first, second]);
        }
        all
    }
}

/// Bytes that are read from the start.
struct Reader<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl<'b> Reader<'b> {
    fn take(&mut self, count: usize) -> Result<&'b [u8], Damaged> {
        let end = self.at.checked_add(count).ok_or(Damaged)?;
        let found = self.bytes.get(self.at..end).ok_or(Damaged)?;
        self.at = end;
        Ok(found)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Damaged> {
        self.take(N)?.try_into().map_err(|_| Damaged)
    }
}

/// A sum that a flipped bit changes (FNV-1a over words).
fn checksum(bytes: &[u8]) -> u64 {
    let words = bytes.chunks(8).map(|part| {
        let mut word = [0; 8];
        word[..part.len()].copy_from_slice(part);
        u64::from_le_bytes(word)
    });
    words.fold(0xcbf2_9ce4_8422_2325, |hash, word| {
        (hash ^ word).wrapping_mul(0x0100_0000_01b3).rotate_left(17)
    })
}

//! The gradient of a batch.

use candle_core::{D, Tensor, Var};

use crate::data::Batch;
use crate::error::Result;
use crate::model::{Decoder, Input};

/// A decoder whose numbers have a gradient.
#[derive(Debug, Clone)]
pub struct Learner {
    decoder: Decoder,
    variables: Vec<Var>,
}

impl Learner {
    /// Makes variables of a decoder's tensors.
    ///
    /// # Errors
    ///
    /// If they cannot be copied.
    pub fn new(decoder: Decoder) -> Result<Self> {
        let mut variables = Vec::new();
        let decoder = decoder.map(&mut |_, tensor| {
            let variable = Var::from_tensor(&tensor)?;
            let tensor = variable.as_tensor().clone();
            variables.push(variable);
            Ok(tensor)
        })?;
        Ok(Self { decoder, variables })
    }

    /// The decoder as it is now.
    #[must_use]
    pub fn decoder(&self) -> &Decoder {
        &self.decoder
    }

    /// Replaces the decoder's parameters, in the order of [`crate::parameters::Layout::new`].
    ///
    /// # Errors
    ///
    /// If they cannot be copied to the device.
    pub fn set(&self, values: &[f32]) -> Result<()> {
        for ((entry, _), variable) in self.decoder.parameters().zip(&self.variables) {
            let values = &values[entry.range.clone()];
            let device = self.decoder.device();
            variable.set(&Tensor::from_slice(values, entry.shape.as_slice(), device)?)?;
        }
        Ok(())
    }

    /// Summed loss of a batch's completion tokens, in nats. Adds its gradient, times `scale`, to `gradient`.
    ///
    /// # Errors
    ///
    /// If the batch does not fit the model, or a tensor has no gradient.
    pub fn learn(&self, batch: &Batch, scale: f64, gradient: &mut [f32]) -> Result<f64> {
        if batch.rows.is_empty() {
            return Ok(0.0);
        }
        let input = Input {
            ids: &batch.ids,
            time: batch.time,
        };
        let logits = self.decoder.run(input, &batch.rows, None)?;
        let losses = losses(&logits, &batch.targets)?;
        let slopes = (losses.sum_all()? * scale)?.backward()?;
        for ((entry, _), variable) in self.decoder.parameters().zip(&self.variables) {
            // Candle leaves out what the loss does not depend on, or what it lost on the way.
            let slope = slopes.get(variable).ok_or_else(|| {
                candle_core::Error::Msg(format!("`{}` has no gradient", entry.name))
            })?;
            let slope = slope.flatten_all()?.to_vec1::<f32>()?;
            let sums = gradient[entry.range.clone()].iter_mut();
            sums.zip(slope).for_each(|(sum, slope)| *sum += slope);
        }
        let each = losses.flatten_all()?.to_vec1::<f32>()?;
        Ok(each.into_iter().map(f64::from).sum())
    }
}

/// The loss of each row of logits: how unlikely the target is.
fn losses(logits: &Tensor, targets: &[u32]) -> candle_core::Result<Tensor> {
    let targets = Tensor::new(targets, logits.device())?.unsqueeze(1)?;
    let most = logits.detach().max_keepdim(D::Minus1)?;
    let shifted = logits.broadcast_sub(&most)?;
    let total = shifted.exp()?.sum_keepdim(D::Minus1)?.log()?;
    total - shifted.gather(&targets, 1)?
}

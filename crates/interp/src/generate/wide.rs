//! Decoders of the families that are not trained here, with the hooks that probing needs: Gemma, Gemma 2 and Gemma 3.

use std::fmt;
use std::path::Path;

use candle_core::{DType, Device, Tensor};
use serde_json::Value;

use super::forward::{Cache, flow, logits};
use super::shape::Shape;
use super::weights::Weights;
use crate::config::ModelConfig;
use crate::error::{InterpError, Result};
use crate::model::{Edit, Input};

/// A model of one of these families.
pub(crate) struct Wide {
    shape: Shape,
    weights: Weights,
}

impl fmt::Debug for Wide {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wide")
            .field("shape", &self.shape)
            .finish_non_exhaustive()
    }
}

impl Wide {
    /// True for the families of these models.
    pub(crate) fn is(config: &Value) -> bool {
        let family = config["model_type"].as_str().unwrap_or("");
        family.starts_with("gemma")
    }

    /// Reads a directory with this `config.json`.
    pub(crate) fn read(folder: &Path, config: &Value, device: &Device) -> Result<Self> {
        let shape = Shape::read(config)
            .map_err(|why| InterpError::format(&folder.join("config.json"), why))?;
        let weights = Weights::read(folder, &shape, device)?;
        Ok(Self { shape, weights })
    }

    /// The same shape with first values.
    pub(crate) fn untrained(&self, seed: u64) -> Result<Self> {
        Ok(Self {
            shape: self.shape.clone(),
            weights: self.weights.untrained(seed)?,
        })
    }

    /// The shape in the terms of other families, as far as these have them.
    pub(crate) fn config(&self) -> ModelConfig {
        let shape = &self.shape;
        ModelConfig {
            intermediate: self.weights.intermediate(),
            key_value_heads: shape.key_value_heads,
            head_width: shape.head_width,
            positions: shape.positions,
            norm_epsilon: shape.epsilon,
            tied: shape.tied,
            head_norms: shape.head_norms,
            ..ModelConfig::small(shape.vocabulary, shape.hidden, shape.layers, shape.heads)
        }
    }

    /// The embedding of tokens, not scaled.
    pub(crate) fn embedding(&self) -> &Tensor {
        &self.weights.embedding
    }

    /// Logits of rows (`text * time + position`), with the stream shown on the way.
    pub(crate) fn run(
        &self,
        input: Input<'_>,
        rows: &[usize],
        edit: Option<&mut Edit<'_>>,
    ) -> Result<Tensor> {
        let device = self.weights.embedding.device();
        let texts = input.ids.len() / input.time;
        let mut cache = Cache::new(&self.shape, vec![0; texts], input.time, device)?;
        let stream = flow(&self.shape, &self.weights, &mut cache, input.ids, edit)?;
        if rows.is_empty() {
            return Ok(Tensor::zeros(
                (0, self.shape.vocabulary),
                DType::F32,
                device,
            )?);
        }
        // A row fits, since the texts are there.
        let rows: Vec<u32> = rows.iter().map(|row| *row as u32).collect();
        let chosen = stream.index_select(&Tensor::new(rows, device)?, 0)?;
        Ok(logits(&self.shape, &self.weights, &chosen)?)
    }
}

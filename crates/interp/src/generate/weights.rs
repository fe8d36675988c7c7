//! Weights of a decoder, read from a directory.

use std::path::Path;

use candle_core::safetensors::MmapedSafetensors;
use candle_core::{DType, Device, Tensor};

use super::shape::Shape;
use crate::directory::{map, weight_files};
use crate::error::{InterpError, Result};

/// A matrix with an optional bias; `weight` has the shape `[out, in]`.
pub(super) struct Linear {
    weight: Tensor,
    bias: Option<Tensor>,
}

impl Linear {
    /// Rows times the matrix, plus the bias.
    pub(super) fn apply(&self, rows: &Tensor) -> candle_core::Result<Tensor> {
        let product = rows.matmul(&self.weight.t()?)?;
        match &self.bias {
            Some(bias) => product.broadcast_add(bias),
            None => Ok(product),
        }
    }
}

/// Weights of one block.
pub(super) struct Block {
    pub(super) attention_norm: Tensor,
    pub(super) query: Linear,
    pub(super) key: Linear,
    pub(super) value: Linear,
    pub(super) output: Linear,
    pub(super) query_norm: Option<Tensor>,
    pub(super) key_norm: Option<Tensor>,
    /// Norm of the attention's output, in Gemma 2 and 3.
    pub(super) attention_post_norm: Option<Tensor>,
    pub(super) mlp_norm: Tensor,
    pub(super) gate: Linear,
    pub(super) up: Linear,
    pub(super) down: Linear,
    /// Norm of the MLP's output, in Gemma 2 and 3.
    pub(super) mlp_post_norm: Option<Tensor>,
}

/// All weights, as 32-bit numbers.
pub(super) struct Weights {
    pub(super) embedding: Tensor,
    pub(super) blocks: Vec<Block>,
    pub(super) norm: Tensor,
    pub(super) head: Linear,
}

/// Reader of named tensors.
struct Files<'a> {
    folder: &'a Path,
    files: Vec<MmapedSafetensors>,
    device: &'a Device,
    norm_offset: f64,
}

impl Files<'_> {
    fn optional(&self, name: &str) -> Result<Option<Tensor>> {
        let Some(file) = self.files.iter().find(|file| file.get(name).is_ok()) else {
            return Ok(None);
        };
        let tensor = file.load(name, &Device::Cpu)?;
        match tensor.dtype() {
            DType::F32 | DType::F16 | DType::BF16 => {}
            other => {
                let why = format!(
                    "tensor `{name}` is of type {other:?}; f32, f16 and bf16 are supported"
                );
                return Err(InterpError::format(self.folder, why));
            }
        }
        Ok(Some(tensor.to_dtype(DType::F32)?.to_device(self.device)?))
    }

    fn tensor(&self, name: &str) -> Result<Tensor> {
        self.optional(name)?
            .ok_or_else(|| InterpError::format(self.folder, format!("it has no tensor `{name}`")))
    }

    /// The weight of a norm, with what Gemma adds to it.
    fn norm(&self, name: &str) -> Result<Tensor> {
        let weight = self.tensor(name)?;
        if self.norm_offset == 0.0 {
            return Ok(weight);
        }
        Ok((weight + self.norm_offset)?)
    }

    fn linear(&self, name: &str, (out, input): (usize, usize)) -> Result<Linear> {
        let weight = self.tensor(&format!("{name}.weight"))?;
        if out > 0 && weight.dims() != [out, input] {
            let why = format!(
                "tensor `{name}.weight` has the shape {:?}; config.json says [{out}, {input}]",
                weight.dims()
            );
            return Err(InterpError::format(self.folder, why));
        }
        let bias = self.optional(&format!("{name}.bias"))?;
        Ok(Linear { weight, bias })
    }

    fn block(&self, shape: &Shape, layer: usize) -> Result<Block> {
        let at = |name: &str| format!("model.layers.{layer}.{name}");
        let queries = shape.heads * shape.head_width;
        let keys = shape.key_value_heads * shape.head_width;
        let hidden = shape.hidden;
        let if_post = |name: &str| {
            let norm = shape.post_norms.then(|| self.norm(&at(name)));
            norm.transpose()
        };
        let if_heads = |name: &str| {
            let norm = shape.head_norms.then(|| self.norm(&at(name)));
            norm.transpose()
        };
        // Gemma 2 and 3 use the second norm's name for what follows the attention.
        let mlp_norm = if shape.post_norms {
            "pre_feedforward_layernorm.weight"
        } else {
            "post_attention_layernorm.weight"
        };
        Ok(Block {
            attention_norm: self.norm(&at("input_layernorm.weight"))?,
            query: self.linear(&at("self_attn.q_proj"), (queries, hidden))?,
            key: self.linear(&at("self_attn.k_proj"), (keys, hidden))?,
            value: self.linear(&at("self_attn.v_proj"), (keys, hidden))?,
            output: self.linear(&at("self_attn.o_proj"), (hidden, queries))?,
            query_norm: if_heads("self_attn.q_norm.weight")?,
            key_norm: if_heads("self_attn.k_norm.weight")?,
            attention_post_norm: if_post("post_attention_layernorm.weight")?,
            mlp_norm: self.norm(&at(mlp_norm))?,
            gate: self.linear(&at("mlp.gate_proj"), (0, hidden))?,
            up: self.linear(&at("mlp.up_proj"), (0, hidden))?,
            down: self.linear(&at("mlp.down_proj"), (0, 0))?,
            mlp_post_norm: if_post("post_feedforward_layernorm.weight")?,
        })
    }
}

impl Weights {
    pub(super) fn read(folder: &Path, shape: &Shape, device: &Device) -> Result<Self> {
        let files = weight_files(folder)?
            .iter()
            .map(|path| map(path))
            .collect::<Result<Vec<_>>>()?;
        let files = Files {
            folder,
            files,
            device,
            norm_offset: shape.norm_offset,
        };
        let embedding = files.tensor("model.embed_tokens.weight")?;
        if embedding.dims() != [shape.vocabulary, shape.hidden] {
            let why = format!(
                "the embedding has the shape {:?}; config.json says [{}, {}]",
                embedding.dims(),
                shape.vocabulary,
                shape.hidden
            );
            return Err(InterpError::format(folder, why));
        }
        let head = if shape.tied {
            Linear {
                weight: embedding.clone(),
                bias: None,
            }
        } else {
            files.linear("lm_head", (shape.vocabulary, shape.hidden))?
        };
        Ok(Self {
            blocks: (0..shape.layers)
                .map(|layer| files.block(shape, layer))
                .collect::<Result<_>>()?,
            norm: files.norm("model.norm.weight")?,
            embedding,
            head,
        })
    }
}

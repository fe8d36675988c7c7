//! Weights of a decoder, read from a directory.

use std::path::Path;

use candle_core::safetensors::MmapedSafetensors;
use candle_core::{DType, Device, Tensor};

use super::shape::Shape;
use crate::directory::{map, weight_files};
use crate::error::{InterpError, Result};
use crate::numbers::real;
use crate::parameters::fill_normal;

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

    /// A matrix of the same shape with first values, its bias zeros.
    fn untrained(&self, seed: u64, name: &str) -> Result<Self> {
        let spread = 1.0 / real(self.weight.dim(1)?).sqrt();
        let zeros = self.bias.as_ref().map(Tensor::zeros_like).transpose()?;
        Ok(Self {
            weight: random_like(&self.weight, seed, name, spread)?,
            bias: zeros,
        })
    }
}

/// Normal numbers in the shape of a tensor.
fn random_like(tensor: &Tensor, seed: u64, name: &str, spread: f64) -> Result<Tensor> {
    let mut values = vec![0.0; tensor.elem_count()];
    fill_normal(&mut values, seed, name, spread);
    Ok(Tensor::from_vec(values, tensor.shape(), tensor.device())?)
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

impl Block {
    /// The same shape with first values; norms change nothing at first.
    fn untrained(&self, seed: u64, layer: usize) -> Result<Self> {
        let at = |name: &str| format!("layer {layer}, {name}");
        let linear = |own: &Linear, name: &str| own.untrained(seed, &at(name));
        let ones = |own: &Option<Tensor>| own.as_ref().map(Tensor::ones_like).transpose();
        Ok(Self {
            attention_norm: self.attention_norm.ones_like()?,
            query: linear(&self.query, "query")?,
            key: linear(&self.key, "key")?,
            value: linear(&self.value, "value")?,
            output: linear(&self.output, "output")?,
            query_norm: ones(&self.query_norm)?,
            key_norm: ones(&self.key_norm)?,
            attention_post_norm: ones(&self.attention_post_norm)?,
            mlp_norm: self.mlp_norm.ones_like()?,
            gate: linear(&self.gate, "gate")?,
            up: linear(&self.up, "up")?,
            down: linear(&self.down, "down")?,
            mlp_post_norm: ones(&self.mlp_post_norm)?,
        })
    }
}

impl Weights {
    /// The same shape with first values.
    pub(super) fn untrained(&self, seed: u64) -> Result<Self> {
        let spread = 1.0 / real(self.embedding.dim(1)?).sqrt();
        let embedding = random_like(&self.embedding, seed, "embedding", spread)?;
        // A tied output is the embedding itself.
        let tied = self.head.weight.id() == self.embedding.id();
        let head = match tied {
            true => Linear {
                weight: embedding.clone(),
                bias: None,
            },
            false => self.head.untrained(seed, "head")?,
        };
        let blocks = self.blocks.iter().enumerate();
        Ok(Self {
            blocks: blocks
                .map(|(layer, block)| block.untrained(seed, layer))
                .collect::<Result<_>>()?,
            norm: self.norm.ones_like()?,
            embedding,
            head,
        })
    }

    /// The width inside a block's MLP.
    pub(super) fn intermediate(&self) -> usize {
        let first = self.blocks.first();
        first.map_or(1, |block| block.gate.weight.dims()[0])
    }

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

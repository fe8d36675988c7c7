//! A Llama-style decoder on candle's tensors, whose residual stream can be read and changed at every place.
//!
//! Only candle's basic operations are used here. Several of its fused ones (softmax over the last dimension,
//! RMS norm, rotary positions) have no gradient and do not report that.
//!
//! Internally, rows are ordered by token, then by text. That way the heads of queries, keys and values are
//! views that candle can multiply as they are, and nothing is copied but the mixture of values.

mod attention;

use std::sync::Arc;

use candle_core::{D, DType, Device, Tensor};

use crate::config::{ModelConfig, rotary_frequencies};
use crate::error::{InterpError, Result};
use crate::generate::Wide;
use crate::parameters::{Entry, Layout, first_values};
use attention::{Attention, Times};

pub(crate) use attention::QUERIES;

/// A place in the residual stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Site {
    /// The embedding, before the first block.
    Embed,
    /// Inside a block: after its attention, before its MLP.
    Middle(usize),
    /// After a block, before any final norm.
    Post(usize),
}

impl Site {
    /// The name that other tools use for the place (TransformerLens).
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::Embed => "hook_embed".to_owned(),
            Self::Middle(layer) => format!("blocks.{layer}.hook_resid_mid"),
            Self::Post(layer) => format!("blocks.{layer}.hook_resid_post"),
        }
    }

    /// The place with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        if name == "hook_embed" {
            return Some(Self::Embed);
        }
        let (layer, place) = name.strip_prefix("blocks.")?.split_once('.')?;
        let layer = layer.parse().ok()?;
        match place {
            "hook_resid_mid" => Some(Self::Middle(layer)),
            "hook_resid_post" => Some(Self::Post(layer)),
            _ => None,
        }
    }

    /// The embedding and the stream after each of `layers` blocks.
    #[must_use]
    pub fn main(layers: usize) -> Vec<Self> {
        std::iter::once(Self::Embed)
            .chain((0..layers).map(Self::Post))
            .collect()
    }
}

/// A hook on the residual stream, of shape (texts, tokens, hidden width), at each site. The model continues
/// with the returned tensor, which must have the same shape.
pub type Edit<'e> = dyn FnMut(Site, Tensor) -> Result<Tensor> + Send + 'e;

/// Texts of equal length as token ids, one after the other. Padding belongs at the end, because attention is
/// causal.
#[derive(Debug, Clone, Copy)]
pub struct Input<'i> {
    /// The ids, `batch * time` of them.
    pub ids: &'i [u32],
    /// Number of tokens of each text.
    pub time: usize,
}

/// A linear map.
#[derive(Debug, Clone)]
struct Linear {
    weight: Tensor,
    bias: Option<Tensor>,
}

impl Linear {
    fn apply(&self, x: &Tensor) -> candle_core::Result<Tensor> {
        let y = x.matmul(&self.weight.t()?)?;
        match &self.bias {
            Some(bias) => y.broadcast_add(bias),
            None => Ok(y),
        }
    }
}

/// Divides each row by its root mean square and multiplies it with the weight.
fn norm(x: &Tensor, weight: &Tensor, epsilon: f64) -> candle_core::Result<Tensor> {
    let square = x.sqr()?.mean_keepdim(D::Minus1)?;
    let scale = (square + epsilon)?.sqrt()?.recip()?;
    x.broadcast_mul(&scale)?.broadcast_mul(weight)
}

#[derive(Debug, Clone)]
struct Block {
    attention_norm: Tensor,
    attention: Attention,
    mlp_norm: Tensor,
    gate: Linear,
    up: Linear,
    down: Linear,
}

/// The model: a shape and tensors.
#[derive(Debug, Clone)]
pub struct Decoder {
    /// Shape of the model.
    pub config: ModelConfig,
    parameters: Vec<(Entry, Tensor)>,
    frequencies: Vec<f64>,
    embedding: Tensor,
    blocks: Vec<Block>,
    norm: Tensor,
    head: Linear,
    /// Weights of a family whose tensors are not those above, which are then empty.
    wide: Option<Arc<Wide>>,
}

impl Decoder {
    /// A decoder whose tensors come from a function, which is asked for one after the other.
    ///
    /// # Errors
    ///
    /// If the shape makes no sense, or what the function says.
    pub(crate) fn from_tensors(
        config: ModelConfig,
        tensor: &mut dyn FnMut(&Entry) -> Result<Tensor>,
    ) -> Result<Self> {
        config.check().map_err(InterpError::Refused)?;
        let layout = Layout::new(&config);
        let parameters = layout
            .entries()
            .iter()
            .map(|entry| Ok((entry.clone(), tensor(entry)?)))
            .collect::<Result<_>>()?;
        Ok(Self::assemble(config, parameters))
    }

    fn assemble(config: ModelConfig, parameters: Vec<(Entry, Tensor)>) -> Self {
        let known = |name: &str| {
            let mut pairs = parameters.iter();
            let pair = pairs.find(|(entry, _)| entry.name == name);
            pair.map(|(_, tensor)| tensor.clone())
        };
        // The layout is made for this shape: it lacks only biases and norms that the shape does not have.
        let get = |name: &str| known(name).expect("the layout names every tensor of the shape");
        let linear = |name: String| Linear {
            weight: get(&format!("{name}.weight")),
            bias: known(&format!("{name}.bias")),
        };
        let block = |layer: usize| {
            let at = |name: &str| format!("model.layers.{layer}.{name}");
            Block {
                attention_norm: get(&at("input_layernorm.weight")),
                attention: Attention {
                    query: linear(at("self_attn.q_proj")),
                    key: linear(at("self_attn.k_proj")),
                    value: linear(at("self_attn.v_proj")),
                    output: linear(at("self_attn.o_proj")),
                    query_norm: known(&at("self_attn.q_norm.weight")),
                    key_norm: known(&at("self_attn.k_norm.weight")),
                },
                mlp_norm: get(&at("post_attention_layernorm.weight")),
                gate: linear(at("mlp.gate_proj")),
                up: linear(at("mlp.up_proj")),
                down: linear(at("mlp.down_proj")),
            }
        };
        let embedding = get("model.embed_tokens.weight");
        let head = if config.tied {
            let weight = embedding.clone();
            Linear { weight, bias: None }
        } else {
            linear("lm_head".to_owned())
        };
        Self {
            blocks: (0..config.layers).map(block).collect(),
            norm: get("model.norm.weight"),
            frequencies: rotary_frequencies(&config),
            embedding,
            head,
            config,
            parameters,
            wide: None,
        }
    }

    /// A decoder with the given parameters, in the order of [`Layout::new`].
    ///
    /// # Errors
    ///
    /// The shape is contradictory, or the number of parameters is wrong.
    pub fn new(config: ModelConfig, values: &[f32], device: &Device) -> Result<Self> {
        let asked = Layout::new(&config).len();
        if asked != values.len() {
            return Err(InterpError::Refused(format!(
                "the model has {} numbers; its shape asks for {asked}",
                values.len(),
            )));
        }
        Self::from_tensors(config, &mut |entry| {
            let values = &values[entry.range.clone()];
            Ok(Tensor::from_slice(values, entry.shape.as_slice(), device)?)
        })
    }

    /// A decoder of another family: it runs with hooks, and is not trained.
    pub(crate) fn of_wide(wide: Wide) -> Self {
        let embedding = wide.embedding().clone();
        Self {
            config: wide.config(),
            parameters: Vec::new(),
            frequencies: Vec::new(),
            blocks: Vec::new(),
            norm: embedding.clone(),
            head: Linear {
                weight: embedding.clone(),
                bias: None,
            },
            embedding,
            wide: Some(Arc::new(wide)),
        }
    }

    /// The untrained twin: the same shape with first values.
    ///
    /// # Errors
    ///
    /// If the tensors cannot be made.
    pub fn twin(&self, seed: u64) -> Result<Self> {
        match &self.wide {
            Some(wide) => Ok(Self::of_wide(wide.untrained(seed)?)),
            None => Self::untrained(self.config.clone(), seed, self.device()),
        }
    }

    /// A decoder with first values, which depend on the shape and the seed alone.
    ///
    /// # Errors
    ///
    /// If the shape makes no sense.
    pub fn untrained(config: ModelConfig, seed: u64, device: &Device) -> Result<Self> {
        config.check().map_err(InterpError::Refused)?;
        let values = first_values(&config, &Layout::new(&config), seed);
        Self::new(config, &values, device)
    }

    /// The same decoder with other tensors in the place of its own.
    pub(crate) fn map(
        self,
        tensor: &mut dyn FnMut(&Entry, Tensor) -> Result<Tensor>,
    ) -> Result<Self> {
        let parameters = self.parameters.into_iter().map(|(entry, old)| {
            let new = tensor(&entry, old)?;
            Ok((entry, new))
        });
        Ok(Self::assemble(
            self.config,
            parameters.collect::<Result<_>>()?,
        ))
    }

    /// Its tensors, in the order of [`Layout::new`].
    pub fn parameters(&self) -> impl Iterator<Item = (&Entry, &Tensor)> {
        self.parameters
            .iter()
            .map(|(entry, tensor)| (entry, tensor))
    }

    /// All its numbers, as [`Layout::new`] says.
    ///
    /// # Errors
    ///
    /// If they cannot be copied from the device.
    pub fn values(&self) -> Result<Vec<f32>> {
        let mut values = Vec::with_capacity(self.config.parameters());
        for (_, tensor) in &self.parameters {
            values.extend(tensor.flatten_all()?.to_vec1::<f32>()?);
        }
        Ok(values)
    }

    /// Device that holds the tensors.
    #[must_use]
    pub fn device(&self) -> &Device {
        self.embedding.device()
    }

    /// Number of texts of this length to run at once. It is small on a processor: candle hands operations on
    /// more than 65,536 numbers to threads that all runs share, and recent results should stay in the cache.
    /// It is large enough that the gradients of the weights, one set per run, do not outweigh the work.
    #[must_use]
    pub(crate) fn texts_at_once(&self, time: usize) -> usize {
        const NUMBERS: usize = 65_536;
        const ROWS: usize = 128;
        if !self.device().is_cpu() {
            return usize::MAX;
        }
        let heads = self.config.heads * time.max(self.config.head_width);
        let widest = heads.max(self.config.intermediate).max(self.config.hidden);
        let small = (NUMBERS - 1) / (widest * time.max(1));
        small.max(ROWS.div_ceil(time.max(1)))
    }

    /// Runs the model and returns the logits of these rows (`text * time + position`), a row for each.
    /// The residual stream is shown to `edit` on the way, if there is one.
    ///
    /// # Errors
    ///
    /// If a text is too long, an id is not in the vocabulary, a row is not there, or `edit` fails.
    pub fn run(
        &self,
        input: Input<'_>,
        rows: &[usize],
        mut edit: Option<&mut Edit<'_>>,
    ) -> Result<Tensor> {
        self.check(input, rows)?;
        if let Some(wide) = &self.wide {
            return wide.run(input, rows, edit);
        }
        let (time, batch) = (input.time, input.ids.len() / input.time);
        let epsilon = self.config.norm_epsilon;
        let times = Times::new(&self.config, &self.frequencies, time, self.device())?;
        let mut show = |site: Site, stream: Tensor| match &mut edit {
            Some(edit) => shown(site, stream, (time, batch), *edit),
            None => Ok(stream),
        };
        let by_time: Vec<u32> = (0..input.ids.len())
            .map(|row| input.ids[row % batch * time + row / batch])
            .collect();
        let ids = Tensor::new(by_time, self.device())?;
        let mut stream = show(Site::Embed, self.embedding.index_select(&ids, 0)?)?;
        for (layer, block) in self.blocks.iter().enumerate() {
            let normed = norm(&stream, &block.attention_norm, epsilon)?;
            let mixed = block.attention.apply(&self.config, &times, &normed)?;
            stream = show(Site::Middle(layer), (stream + mixed)?)?;
            let normed = norm(&stream, &block.mlp_norm, epsilon)?;
            let gated = (block.gate.apply(&normed)?.silu()? * block.up.apply(&normed)?)?;
            stream = show(Site::Post(layer), (stream + block.down.apply(&gated)?)?)?;
        }
        if rows.is_empty() {
            let shape = (0, self.config.vocabulary);
            return Ok(Tensor::zeros(shape, DType::F32, self.device())?);
        }
        let by_time = |row: &usize| row % time * batch + row / time;
        // An id fits, so a row does.
        let rows = rows.iter().map(|row| by_time(row) as u32);
        let rows = Tensor::new(rows.collect::<Vec<_>>(), self.device())?;
        let chosen = stream.index_select(&rows, 0)?;
        Ok(self.head.apply(&norm(&chosen, &self.norm, epsilon)?)?)
    }

    fn check(&self, input: Input<'_>, rows: &[usize]) -> Result<()> {
        let refuse = |why: String| Err(InterpError::Refused(why));
        if input.time == 0 || !input.ids.len().is_multiple_of(input.time) {
            return refuse("texts are not of equal length".to_owned());
        }
        if input.time > self.config.positions {
            return refuse(format!(
                "a text of {} tokens is longer than the model's {} positions",
                input.time, self.config.positions
            ));
        }
        let beyond = |id: &&u32| **id as usize >= self.config.vocabulary;
        if let Some(id) = input.ids.iter().find(beyond) {
            return refuse(format!(
                "token id {id} is not in the model's vocabulary of {}",
                self.config.vocabulary
            ));
        }
        if rows.iter().any(|row| *row >= input.ids.len()) {
            return refuse("logits of a row were asked for that is not there".to_owned());
        }
        Ok(())
    }
}

/// Calls the hook with the stream, which is ordered by token, then by text.
fn shown(
    site: Site,
    stream: Tensor,
    (time, batch): (usize, usize),
    edit: &mut Edit<'_>,
) -> Result<Tensor> {
    let width = stream.dim(D::Minus1)?;
    let texts = stream.reshape((time, batch, width))?.transpose(0, 1)?;
    let left = edit(site, texts)?;
    if left.dims() != [batch, time, width] {
        return Err(InterpError::Refused(format!(
            "at {} the stream of {batch} texts of {time} tokens came back with the shape {:?}",
            site.name(),
            left.dims()
        )));
    }
    Ok(left.transpose(0, 1)?.reshape((time * batch, width))?)
}

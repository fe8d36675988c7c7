//! Architecture of a decoder that generates, as `config.json` says it: Llama, Qwen2, Qwen3 and the Gemmas.

use serde_json::Value;

use crate::config::{ModelConfig, rotary_frequencies};
use crate::numbers::real;

/// Nonlinearity inside the MLP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Activation {
    Silu,
    /// The tanh approximation of GELU.
    Gelu,
}

/// Architecture of a decoder.
#[derive(Debug, Clone)]
pub(super) struct Shape {
    pub(super) vocabulary: usize,
    pub(super) hidden: usize,
    pub(super) layers: usize,
    pub(super) heads: usize,
    pub(super) key_value_heads: usize,
    pub(super) head_width: usize,
    pub(super) positions: usize,
    pub(super) epsilon: f64,
    pub(super) tied: bool,
    pub(super) activation: Activation,
    /// Factor of the embedding.
    pub(super) embedding_scale: f64,
    /// Added to the weight of every norm: 1 in Gemma.
    pub(super) norm_offset: f64,
    /// True if the outputs of attention and MLP are normalised before they are added to the stream.
    pub(super) post_norms: bool,
    /// True if queries and keys are normalised per head.
    pub(super) head_norms: bool,
    /// Factor of the attention scores.
    pub(super) score_scale: f64,
    /// Soft cap of the attention scores.
    pub(super) score_cap: Option<f64>,
    /// Soft cap of the logits.
    pub(super) logit_cap: Option<f64>,
    /// Number of tokens that a sliding layer attends to.
    pub(super) window: usize,
    /// For each layer, true if it attends to a window only.
    pub(super) sliding: Vec<bool>,
    /// Rotary angles per position, for layers that attend to everything.
    pub(super) frequencies: Vec<f64>,
    /// Rotary angles per position, for sliding layers.
    pub(super) sliding_frequencies: Vec<f64>,
}

impl Shape {
    /// Reads `config.json`.
    ///
    /// # Errors
    ///
    /// A sentence that says which setting is missing or not supported.
    pub(super) fn read(config: &Value) -> Result<Self, String> {
        let family = config["model_type"].as_str().unwrap_or("");
        match family {
            "llama" | "qwen2" | "qwen3" => Self::of_llama(&ModelConfig::from_hugging_face(config)?),
            "gemma" | "gemma2" | "gemma3_text" => Self::of_gemma(family, config),
            _ => Err(format!(
                "its model_type is `{family}`; llama, qwen2, qwen3, gemma, gemma2 and gemma3_text can generate"
            )),
        }
    }

    fn of_llama(config: &ModelConfig) -> Result<Self, String> {
        let frequencies = rotary_frequencies(config);
        Ok(Self {
            vocabulary: config.vocabulary,
            hidden: config.hidden,
            layers: config.layers,
            heads: config.heads,
            key_value_heads: config.key_value_heads,
            head_width: config.head_width,
            positions: config.positions,
            epsilon: config.norm_epsilon,
            tied: config.tied,
            activation: Activation::Silu,
            embedding_scale: 1.0,
            norm_offset: 0.0,
            post_norms: false,
            head_norms: config.head_norms,
            score_scale: 1.0 / real(config.head_width).sqrt(),
            score_cap: None,
            logit_cap: None,
            window: usize::MAX,
            sliding: vec![false; config.layers],
            sliding_frequencies: frequencies.clone(),
            frequencies,
        })
    }

    fn of_gemma(family: &str, config: &Value) -> Result<Self, String> {
        let number = |name: &str| {
            config[name]
                .as_u64()
                .and_then(|value| usize::try_from(value).ok())
                .ok_or_else(|| format!("it has no number `{name}`"))
        };
        let activation = config["hidden_activation"]
            .as_str()
            .or_else(|| config["hidden_act"].as_str())
            .unwrap_or("gelu_pytorch_tanh");
        // Gemma 1 says `gelu` in older files, and means the approximation.
        if !["gelu_pytorch_tanh", "gelu"].contains(&activation) {
            return Err(format!(
                "its activation is `{activation}`; gelu_pytorch_tanh is supported"
            ));
        }
        if config["attention_bias"].as_bool() == Some(true) {
            return Err("biases in the attention of a Gemma are not supported".to_owned());
        }
        if config["use_bidirectional_attention"].as_bool() == Some(true) {
            return Err("bidirectional attention is not supported".to_owned());
        }
        let (layers, heads, hidden) = (
            number("num_hidden_layers")?,
            number("num_attention_heads")?,
            number("hidden_size")?,
        );
        let head_width = number("head_dim").unwrap_or(256);
        let first = family == "gemma";
        let scalar = config["query_pre_attn_scalar"].as_f64();
        let cap = |name: &str| config[name].as_f64().filter(|_| !first);
        let (frequencies, sliding_frequencies) = gemma_rotary(family, config, head_width)?;
        let shape = Self {
            vocabulary: number("vocab_size")?,
            hidden,
            layers,
            heads,
            key_value_heads: number("num_key_value_heads").unwrap_or(heads),
            head_width,
            positions: number("max_position_embeddings").unwrap_or(8192),
            epsilon: config["rms_norm_eps"].as_f64().unwrap_or(1e-6),
            tied: config["tie_word_embeddings"].as_bool().unwrap_or(true),
            activation: Activation::Gelu,
            embedding_scale: real(hidden).sqrt(),
            norm_offset: 1.0,
            post_norms: !first,
            head_norms: family == "gemma3_text",
            score_scale: scalar
                .filter(|_| !first)
                .unwrap_or(real(head_width))
                .powf(-0.5),
            score_cap: cap("attn_logit_softcapping"),
            logit_cap: cap("final_logit_softcapping"),
            window: number("sliding_window").unwrap_or(4096),
            sliding: sliding_layers(family, config, layers),
            frequencies,
            sliding_frequencies,
        };
        if shape.key_value_heads == 0 || !heads.is_multiple_of(shape.key_value_heads) {
            return Err(format!(
                "{heads} heads cannot share {} key and value heads evenly",
                shape.key_value_heads
            ));
        }
        Ok(shape)
    }
}

/// For each layer, true if it attends to a window only.
fn sliding_layers(family: &str, config: &Value, layers: usize) -> Vec<bool> {
    if family == "gemma" {
        return vec![false; layers];
    }
    if let Some(types) = config["layer_types"].as_array() {
        let sliding = |layer: usize| types.get(layer).and_then(Value::as_str);
        return (0..layers)
            .map(|layer| sliding(layer) == Some("sliding_attention"))
            .collect();
    }
    let pattern = if family == "gemma2" {
        2
    } else {
        let pattern = config["sliding_window_pattern"].as_u64();
        usize::try_from(pattern.unwrap_or(6)).unwrap_or(6).max(1)
    };
    (0..layers)
        .map(|layer| !(layer + 1).is_multiple_of(pattern))
        .collect()
}

/// Rotary angles of layers that attend to everything, and of sliding ones.
fn gemma_rotary(
    family: &str,
    config: &Value,
    head_width: usize,
) -> Result<(Vec<f64>, Vec<f64>), String> {
    let nested = &config["rope_parameters"];
    let (full, sliding) = if nested["full_attention"].is_object() {
        (&nested["full_attention"], &nested["sliding_attention"])
    } else if nested.is_object() {
        (nested, nested)
    } else {
        (&config["rope_scaling"], &Value::Null)
    };
    let default = if family == "gemma3_text" { 1e6 } else { 1e4 };
    let theta = full["rope_theta"]
        .as_f64()
        .or_else(|| config["rope_theta"].as_f64());
    let local = sliding["rope_theta"]
        .as_f64()
        .or_else(|| config["rope_local_base_freq"].as_f64());
    let theta = theta.unwrap_or(default);
    let local = match family {
        "gemma3_text" => local.unwrap_or(1e4),
        _ => theta,
    };
    let kind = full["rope_type"].as_str().or_else(|| full["type"].as_str());
    let factor = match kind {
        None | Some("default") => 1.0,
        Some("linear") => full["factor"]
            .as_f64()
            .ok_or("its rotary settings have no `factor`")?,
        Some(other) => {
            return Err(format!(
                "its rotary embedding is of type `{other}`; `default` and `linear` are supported"
            ));
        }
    };
    let angles = |theta: f64, factor: f64| {
        let angle = |pair: usize| theta.powf(-2.0 * real(pair) / real(head_width)) / factor;
        (0..head_width / 2).map(angle).collect()
    };
    Ok((angles(theta, factor), angles(local, 1.0)))
}

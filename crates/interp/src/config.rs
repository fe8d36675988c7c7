//! The shape of a model, as `config.json` says it.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::numbers::real;

/// The shape of a Llama-style decoder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelConfig {
    /// Size of the vocabulary in tokens.
    pub vocabulary: usize,
    /// The width of the residual stream.
    pub hidden: usize,
    /// The width inside a block's MLP.
    pub intermediate: usize,
    /// Number of transformer blocks.
    pub layers: usize,
    /// Number of query heads.
    pub heads: usize,
    /// Heads that keys and values have; fewer than `heads` is grouped-query attention.
    pub key_value_heads: usize,
    /// The width of one head.
    pub head_width: usize,
    /// The longest sequence.
    pub positions: usize,
    /// Term added to the mean square in the norm, against division by zero.
    pub norm_epsilon: f64,
    /// The base of the rotary embedding.
    pub rope_theta: f64,
    /// Scaling of the rotary embedding for long contexts, if the model has one.
    #[serde(default)]
    pub rope_scaling: Option<RopeScaling>,
    /// True if the output matrix is the embedding.
    pub tied: bool,
    /// True if queries, keys and values have a bias, as in Qwen2.
    pub query_bias: bool,
    /// True if the attention's output has a bias.
    pub output_bias: bool,
    /// True if queries and keys are normalised per head, as in Qwen3.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub head_norms: bool,
}

/// Llama 3's stretching of the rotary embedding.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RopeScaling {
    /// Low frequencies are divided by this.
    pub factor: f64,
    /// Factor that sets the upper end of low frequencies.
    pub low_frequency_factor: f64,
    /// Factor that sets the lower end of high frequencies.
    pub high_frequency_factor: f64,
    /// The context the model was first trained with.
    pub original_positions: f64,
}

impl ModelConfig {
    /// A small model of this shape, untied and without biases.
    #[must_use]
    pub fn small(vocabulary: usize, hidden: usize, layers: usize, heads: usize) -> Self {
        Self {
            vocabulary,
            hidden,
            intermediate: hidden * 2,
            layers,
            heads,
            key_value_heads: heads,
            head_width: hidden / heads.max(1),
            positions: 512,
            norm_epsilon: 1e-5,
            rope_theta: 10_000.0,
            rope_scaling: None,
            tied: false,
            query_bias: false,
            output_bias: false,
            head_norms: false,
        }
    }

    /// Says what is wrong with the shape, if anything is.
    ///
    /// # Errors
    ///
    /// A sentence that names the setting.
    pub fn check(&self) -> Result<(), String> {
        let positive = [
            ("vocabulary", self.vocabulary),
            ("hidden width", self.hidden),
            ("intermediate width", self.intermediate),
            ("number of layers", self.layers),
            ("number of heads", self.heads),
            ("number of key and value heads", self.key_value_heads),
            ("head width", self.head_width),
            ("number of positions", self.positions),
        ];
        if let Some((name, _)) = positive.iter().find(|(_, value)| *value == 0) {
            return Err(format!("the {name} is 0"));
        }
        if !self.heads.is_multiple_of(self.key_value_heads) {
            return Err(format!(
                "{} heads cannot share {} key and value heads evenly",
                self.heads, self.key_value_heads
            ));
        }
        if !self.head_width.is_multiple_of(2) {
            return Err(format!(
                "a head is {} wide; the rotary embedding needs an even width: choose a hidden width \
                 that is an even multiple of the heads",
                self.head_width
            ));
        }
        Ok(())
    }

    /// The number of trainable numbers.
    #[must_use]
    pub fn parameters(&self) -> usize {
        let queries = self.heads * self.head_width;
        let keys = self.key_value_heads * self.head_width;
        let mut block = self.hidden * (2 * queries + 2 * keys)
            + 3 * self.hidden * self.intermediate
            + 2 * self.hidden;
        if self.query_bias {
            block += queries + 2 * keys;
        }
        if self.output_bias {
            block += self.hidden;
        }
        if self.head_norms {
            block += 2 * self.head_width;
        }
        let ends = if self.tied { 1 } else { 2 };
        ends * self.vocabulary * self.hidden + self.hidden + self.layers * block
    }

    /// Reads `config.json` of a Llama, Qwen2 or Qwen3 model.
    ///
    /// # Errors
    ///
    /// A sentence that says which setting is missing or not supported.
    pub(crate) fn from_hugging_face(config: &Value) -> Result<Self, String> {
        let family = config["model_type"].as_str().unwrap_or("");
        if !["llama", "qwen2", "qwen3"].contains(&family) {
            return Err(format!(
                "its model_type is `{family}`; `llama`, `qwen2` and `qwen3` are read"
            ));
        }
        if config["use_sliding_window"].as_bool() == Some(true) {
            return Err("sliding-window attention is not supported".to_owned());
        }
        if config["mlp_bias"].as_bool() == Some(true) {
            return Err("biases in the MLP are not supported".to_owned());
        }
        if !matches!(config["hidden_act"].as_str(), None | Some("silu")) {
            return Err("its hidden_act is not `silu`".to_owned());
        }
        let number = |name: &str| {
            config[name]
                .as_u64()
                .and_then(|value| usize::try_from(value).ok())
                .ok_or_else(|| format!("it has no number `{name}`"))
        };
        let heads = number("num_attention_heads")?;
        let hidden = number("hidden_size")?;
        let (rope_theta, rope_scaling) = rope(config)?;
        let bias = config["attention_bias"].as_bool().unwrap_or(false);
        let read = Self {
            vocabulary: number("vocab_size")?,
            hidden,
            intermediate: number("intermediate_size")?,
            layers: number("num_hidden_layers")?,
            heads,
            key_value_heads: number("num_key_value_heads").unwrap_or(heads),
            head_width: number("head_dim").unwrap_or(hidden / heads.max(1)),
            positions: number("max_position_embeddings").unwrap_or(2048),
            norm_epsilon: config["rms_norm_eps"].as_f64().unwrap_or(1e-6),
            rope_theta,
            rope_scaling,
            tied: config["tie_word_embeddings"].as_bool().unwrap_or(false),
            query_bias: bias || family == "qwen2",
            output_bias: bias && family != "qwen2",
            head_norms: family == "qwen3",
        };
        read.check()?;
        Ok(read)
    }

    /// `config.json` as Hugging Face's transformers read it.
    #[must_use]
    pub(crate) fn to_hugging_face(&self, pad: u32, begin: u32, end: u32) -> Value {
        let (family, architecture) = if self.head_norms {
            ("qwen3", "Qwen3ForCausalLM")
        } else if self.query_bias && !self.output_bias {
            ("qwen2", "Qwen2ForCausalLM")
        } else {
            ("llama", "LlamaForCausalLM")
        };
        let mut config = json!({
            "architectures": [architecture],
            "model_type": family,
            "vocab_size": self.vocabulary,
            "hidden_size": self.hidden,
            "intermediate_size": self.intermediate,
            "num_hidden_layers": self.layers,
            "num_attention_heads": self.heads,
            "num_key_value_heads": self.key_value_heads,
            "head_dim": self.head_width,
            "max_position_embeddings": self.positions,
            "rms_norm_eps": self.norm_epsilon,
            "rope_theta": self.rope_theta,
            "tie_word_embeddings": self.tied,
            "attention_bias": self.query_bias && self.output_bias,
            "attention_dropout": 0.0,
            "mlp_bias": false,
            "hidden_act": "silu",
            "initializer_range": 0.02,
            "pad_token_id": pad,
            "bos_token_id": begin,
            "eos_token_id": end,
            "torch_dtype": "float32",
            "use_cache": true,
        });
        if let Some(scaling) = self.rope_scaling {
            config["rope_scaling"] = json!({
                "rope_type": "llama3",
                "factor": scaling.factor,
                "low_freq_factor": scaling.low_frequency_factor,
                "high_freq_factor": scaling.high_frequency_factor,
                "original_max_position_embeddings": scaling.original_positions,
            });
        }
        config
    }
}

/// The rotary settings: older files have `rope_theta` and `rope_scaling`, newer ones `rope_parameters`.
fn rope(config: &Value) -> Result<(f64, Option<RopeScaling>), String> {
    let parameters = [&config["rope_parameters"], &config["rope_scaling"]]
        .into_iter()
        .find(|value| value.is_object())
        .unwrap_or(&Value::Null);
    let theta = config["rope_theta"]
        .as_f64()
        .or_else(|| parameters["rope_theta"].as_f64())
        .unwrap_or(10_000.0);
    let kind = parameters["rope_type"]
        .as_str()
        .or_else(|| parameters["type"].as_str())
        .unwrap_or("default");
    let number = |name: &str| {
        parameters[name]
            .as_f64()
            .ok_or_else(|| format!("its rotary settings have no `{name}`"))
    };
    match kind {
        "default" => Ok((theta, None)),
        "llama3" => Ok((
            theta,
            Some(RopeScaling {
                factor: number("factor")?,
                low_frequency_factor: number("low_freq_factor")?,
                high_frequency_factor: number("high_freq_factor")?,
                original_positions: number("original_max_position_embeddings")?,
            }),
        )),
        other => Err(format!(
            "its rotary embedding is of type `{other}`; `default` and `llama3` are supported"
        )),
    }
}

/// The rotary embedding's angle per position, for each pair of numbers of a head.
pub(crate) fn rotary_frequencies(config: &ModelConfig) -> Vec<f64> {
    (0..config.head_width / 2)
        .map(|pair| {
            let exponent = 2.0 * real(pair) / real(config.head_width);
            let frequency = config.rope_theta.powf(-exponent);
            let Some(scaling) = config.rope_scaling else {
                return frequency;
            };
            let turns = scaling.original_positions * frequency / std::f64::consts::TAU;
            let (low, high) = (scaling.low_frequency_factor, scaling.high_frequency_factor);
            if turns < low {
                frequency / scaling.factor
            } else if turns > high {
                frequency
            } else {
                let share = (turns - low) / (high - low);
                (1.0 - share) * frequency / scaling.factor + share * frequency
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_written_config_reads_back_as_the_same_shape() {
        let plain = [(false, false), (true, false), (true, true)].map(|biases| (biases, false));
        let normed = [(false, false), (true, true)].map(|biases| (biases, true));
        for ((query_bias, output_bias), head_norms) in plain.into_iter().chain(normed) {
            let mut config = ModelConfig::small(17, 24, 2, 3);
            config.key_value_heads = 1;
            config.query_bias = query_bias;
            config.output_bias = output_bias;
            config.head_norms = head_norms;
            config.tied = query_bias;
            let read = ModelConfig::from_hugging_face(&config.to_hugging_face(0, 1, 2));
            assert_eq!(read, Ok(config));
        }
    }

    #[test]
    fn what_is_not_supported_is_named() {
        let config = ModelConfig::small(17, 24, 2, 3);
        let mut file = config.to_hugging_face(0, 1, 2);
        file["model_type"] = json!("gpt2");
        let error = ModelConfig::from_hugging_face(&file).unwrap_err();
        assert!(error.contains("gpt2"), "{error}");
        let mut file = config.to_hugging_face(0, 1, 2);
        file["rope_scaling"] = json!({"type": "yarn", "factor": 2.0});
        let error = ModelConfig::from_hugging_face(&file).unwrap_err();
        assert!(error.contains("yarn"), "{error}");
    }
}

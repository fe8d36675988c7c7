//! Small language models, their hidden states, and probes with causal controls.
//!
//! This crate reads and writes model directories and activations, trains, probes and patches. It knows
//! nothing of grid worlds or of any other data: texts, labels and counterfactuals are handed to it.
//!
//! ```
//! use tracestone_interp::model::Decoder;
//! use tracestone_interp::{Device, ModelConfig};
//!
//! let config = ModelConfig::small(50, 16, 1, 2);
//! let parameters = config.parameters();
//! let decoder = Decoder::untrained(config, 0, &Device::Cpu)?;
//! let counted: usize = decoder.parameters().map(|(_, tensor)| tensor.elem_count()).sum();
//! assert_eq!(counted, parameters);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![cfg_attr(not(test), warn(clippy::disallowed_methods))]

pub mod activations;
pub mod causal;
mod config;
pub mod data;
pub mod directory;
mod error;
pub mod evaluation;
pub mod generate;
pub mod ledger;
mod matrix;
pub mod model;
mod numbers;
pub mod parameters;
pub mod probe;
mod reading;
pub mod report;
mod threads;
pub mod training;
mod vocabulary;

pub use candle_core::{Device, Tensor};
pub use config::{ModelConfig, RopeScaling};
pub use error::{InterpError, Result};
pub use reading::{Reading, TextReader};
pub use vocabulary::{BEGIN, END, PAD, Vocabulary};

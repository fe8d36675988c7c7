//! Small language models, their hidden states, and probes with causal controls.
//!
//! This crate reads and writes model directories and activations, trains, probes and patches. It knows
//! nothing of grid worlds or of any other data: texts, labels and counterfactuals are handed to it.

pub mod activations;
pub mod causal;
mod config;
pub mod data;
pub mod directory;
mod error;
pub mod evaluation;
pub mod ledger;
mod matrix;
pub mod model;
mod numbers;
pub mod parameters;
pub mod probe;
pub mod report;
mod threads;
pub mod training;
mod vocabulary;

pub use candle_core::{Device, Tensor};
pub use config::{ModelConfig, RopeScaling};
pub use error::{InterpError, Result};
pub use vocabulary::{BEGIN, END, PAD, Vocabulary};

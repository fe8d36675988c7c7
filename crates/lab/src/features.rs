//! Sparse autoencoders of a model's activations: training from shards, files of other tools, and what their features
//! have to do with the states of the programs that ran.

mod demo;
mod evaluation;
mod findings;
mod folder;
mod page;
mod states;
mod steering;
mod training;

pub use demo::{FeatureReport, FeatureSettings, Features, demo_features};
pub use evaluation::{LossReport, SaeEvaluation, SaeReport, TruthReport, evaluate_sae};
pub use findings::OverModels;
pub use folder::{Opened, open_sae, write_sae};
pub(crate) use states::LEAST;
pub use states::{BestFeature, Reader, Score, StateReport, StateSettings};
pub use steering::{FeatureEffect, KarelSteering, PythonSteering, Steering};
pub use training::{SaeTrained, SaeTraining, train_sae};

//! Studies that join Karel and small language models: a dataset, a model trained on it, what can be read from its
//! hidden states, what follows when they are moved, and a page about all of that.
//!
//! Everything that takes long tells a [`Watch`](tracestone_record::watch::Watch) what it does and asks it whether
//! to stop.
//!
//! A model trained on a dataset, and probes of its hidden states:
//!
//! ```no_run
//! use std::path::Path;
//!
//! use tracestone_interp::Device;
//! use tracestone_interp::activations::{DumpSettings, Precision};
//! use tracestone_interp::model::Site;
//! use tracestone_lab::{
//!     Dataset, ProbeSettings, Shape, open_model, probe_activations, train, write_activations,
//! };
//! use tracestone_record::Split;
//! use tracestone_record::watch::Nobody;
//!
//! let data = Dataset::open(Path::new("data"))?;
//! let (folder, acts) = (Path::new("model"), Path::new("acts"));
//! train(&Shape::default().settings(0, &data)?, &data, &Device::Cpu, folder, 200, &Nobody)?;
//!
//! let model = open_model(folder, &Device::Cpu)?;
//! let dump = DumpSettings {
//!     sites: Site::main(model.decoder.config.layers),
//!     precision: Precision::F32,
//!     shard_rows: 16_384,
//!     batch: 64,
//!     pad: model.vocabulary.as_ref().map_or(0, |words| words.pad),
//! };
//! for split in [Split::Validation, Split::Test] {
//!     let out = acts.join(split.name());
//!     write_activations((&model, folder), &data, split, None, &dump, &out, &Nobody)?;
//! }
//! let report = probe_activations(acts, &[], &data, &ProbeSettings::default(), &Nobody)?;
//! for summary in &report.subjects[0].summaries {
//!     if let Some(gap) = summary.gap {
//!         println!("{} at {}: gap {:.3}", summary.variable, summary.site, gap.value);
//!     }
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![cfg_attr(not(test), warn(clippy::disallowed_methods))]

mod activations;
mod dataset;
mod demo;
mod error;
mod executing;
mod features;
mod generate;
mod local;
mod page;
mod patching;
mod plasticity;
mod plot;
mod probing;
mod python;
mod questions;
mod speed;
pub mod tables;
mod training;
mod words;

pub use activations::{Tokens, open_model, write_activations, write_tokens};
pub use dataset::Dataset;
pub use demo::{
    Content, ContentPoint, Demo, DemoReport, DemoSettings, Experiment, Seconds, Verdict, demo,
};
pub use error::{Error, Unfair};
pub use executing::Executed;
pub use features::{
    BestFeature, FeatureEffect, FeatureReport, FeatureSettings, Features, KarelSteering,
    LossReport, Opened, OverModels, PythonSteering, Reader, SaeEvaluation, SaeReport, SaeTrained,
    SaeTraining, Score, StateReport, StateSettings, Steering, TruthReport, demo_features,
    evaluate_sae, open_sae, train_sae, write_sae,
};
pub use generate::{GenerateSettings, Generated, QuestionSettings, generate};
pub use local::local_model;
pub use page::page;
pub use patching::{CausalReport, Change, Effect, PatchSettings, Twin, patch};
pub use plasticity::{
    Language, LanguageRecord, LanguageReport, LanguageSettings, NamedReport, Plasticity,
    PlasticityReport, PlasticitySettings, PlasticityStudy, ProbePoint, Probed, Stream,
    demo_studies, language, plasticity, preset,
};
pub use probing::{ProbeSettings, probe_activations};
pub use python::{
    Form, ModelLedger, ModelLedgerSettings, PythonCausal, PythonCorpus, PythonEffect, model_ledger,
    patch_python, python_page,
};
pub use speed::{Speed, speed};
pub use training::{LengthScore, ScoreReport, Scored, Shape, Share, Trained, score, train};
pub use words::Words;

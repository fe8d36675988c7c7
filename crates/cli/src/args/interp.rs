//! Arguments of `lm`, `acts`, `probe`, `causal` and `demo`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand, ValueEnum, ValueHint};
use tracestone_interp::activations::Precision;
use tracestone_lab::{Form, ProbeSettings, Shape, Tokens};
use tracestone_record::{SampleKind, Split};
use tracestone_store::export::PromptChoice;

use super::words::{self, named};
use super::{DemoPlasticityArgs, JobsArg, examples};

/// The commands about small language models.
#[derive(Debug, Subcommand)]
pub(crate) enum LmCommand {
    /// Train a small Llama-style model on a dataset and write it as `transformers` loads it; resumes
    /// after a kill.
    #[command(after_help = examples::LM_TRAIN)]
    Train(Box<LmTrainArgs>),
    /// Count the texts that a model completes exactly.
    #[command(after_help = examples::LM_EVAL)]
    Eval(LmEvalArgs),
    /// Generate text with a model of a directory: Llama, Qwen2, Qwen3 or Gemma.
    #[command(after_help = examples::LM_GENERATE)]
    Generate(LmGenerateArgs),
}

/// Arguments of `lm generate`.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct LmGenerateArgs {
    /// The model's folder: config.json, tokenizer.json, safetensors.
    #[arg(value_hint = ValueHint::DirPath)]
    pub(crate) model: PathBuf,
    /// Text to continue. May be given several times.
    #[arg(long, value_name = "TEXT")]
    pub(crate) prompt: Vec<String>,
    /// File of prompts, one JSON object a line with `prompt`, `messages`, or token `ids`.
    #[arg(long, value_name = "FILE")]
    pub(crate) prompts: Option<PathBuf>,
    /// Put each --prompt into the model's chat template.
    #[arg(long)]
    pub(crate) chat: bool,
    /// Maximal number of tokens of a text.
    #[arg(long, value_name = "N", default_value_t = 64)]
    pub(crate) max_tokens: u32,
    /// Temperature of the sampling; at 0 the most likely token is taken.
    #[arg(long, value_name = "T", default_value_t = 0.0)]
    pub(crate) temperature: f64,
    /// Share of probability to sample from.
    #[arg(long, value_name = "P", default_value_t = 1.0)]
    pub(crate) top_p: f64,
    /// Seed of the sampling.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) seed: u64,
    /// Texts that end a generated one, separated by commas.
    #[arg(long, value_name = "TEXT", value_delimiter = ',')]
    pub(crate) stop_seqs: Vec<String>,
    /// Texts to generate together.
    #[arg(long, value_name = "N", default_value_t = 16)]
    pub(crate) batch: usize,
    #[command(flatten)]
    pub(crate) device: DeviceArg,
}

/// Shape and training of the model.
#[derive(Debug, Clone, ClapArgs)]
#[command(next_help_heading = "Model and training")]
pub(crate) struct TrainingArgs {
    /// Number of optimiser steps.
    #[arg(long, value_name = "N", default_value_t = Shape::default().steps)]
    pub(crate) steps: usize,
    /// Texts per step.
    #[arg(long, value_name = "N", default_value_t = Shape::default().batch)]
    pub(crate) batch: usize,
    /// Maximal learning rate.
    #[arg(long, value_name = "RATE", default_value_t = Shape::default().learning_rate)]
    pub(crate) learning_rate: f64,
    /// Steps until the learning rate is reached.
    #[arg(long, value_name = "N", default_value_t = Shape::default().warmup)]
    pub(crate) warmup: usize,
    /// Decoupled weight decay of the matrices.
    #[arg(long, value_name = "RATE", default_value_t = Shape::default().weight_decay)]
    pub(crate) weight_decay: f64,
    /// The width of the residual stream.
    #[arg(long, value_name = "N", default_value_t = Shape::default().hidden)]
    pub(crate) hidden: usize,
    /// The width inside a block's MLP [default: 8/3 of --hidden, rounded up to a multiple of 16].
    #[arg(long, value_name = "N")]
    pub(crate) intermediate: Option<usize>,
    /// Number of transformer blocks.
    #[arg(long, value_name = "N", default_value_t = Shape::default().layers)]
    pub(crate) layers: usize,
    /// Number of attention heads.
    #[arg(long, value_name = "N", default_value_t = Shape::default().heads)]
    pub(crate) heads: usize,
    /// Parts that a batch is split into, each with a thread of its own. Changes the last digits, since
    /// it changes the order of additions.
    #[arg(long, value_name = "N", default_value_t = Shape::default().parts)]
    pub(crate) parts: usize,
    /// Checkpoints to keep, closer together at the start; the untrained model is one more.
    #[arg(long, value_name = "N", default_value_t = Shape::default().checkpoints)]
    pub(crate) checkpoints: usize,
}

/// Device to compute on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DeviceKind {
    /// The processor of this machine.
    Cpu,
    /// The first NVIDIA graphics card; needs a build with the feature `cuda`.
    Cuda,
}

/// The option `--device`.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct DeviceArg {
    /// Device to compute on.
    #[arg(long, value_enum, default_value_t = DeviceKind::Cpu)]
    pub(crate) device: DeviceKind,
}

/// Arguments of `lm train`.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct LmTrainArgs {
    /// The folder of a dataset, as `karel generate` or `ledger --model` writes it.
    pub(crate) data: PathBuf,
    /// The folder of the model; an unfinished training in it is resumed.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    #[command(flatten)]
    pub(crate) training: TrainingArgs,
    /// Seed of the initial weights and of the order of texts.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) seed: u64,
    /// Save the state after every N steps, to resume from it. Changes no result.
    #[arg(long, value_name = "N", default_value_t = 200)]
    pub(crate) save_every: usize,
    #[command(flatten)]
    pub(crate) device: DeviceArg,
}

/// Arguments of `lm eval`.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct LmEvalArgs {
    /// The folder of the model.
    pub(crate) model: PathBuf,
    /// The folder of the dataset.
    pub(crate) data: PathBuf,
    /// Part of the split.
    #[arg(long, default_value = "test", value_parser = words::split())]
    pub(crate) split: Split,
    /// At most this many texts.
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<usize>,
    #[command(flatten)]
    pub(crate) device: DeviceArg,
}

/// Options of a ledger for a model of one's own.
#[derive(Debug, Clone, ClapArgs)]
#[command(next_help_heading = "Texts for a model")]
pub(crate) struct OfModelArgs {
    /// Write the texts as the model in this directory reads them, in its tokens, with typed states at token positions:
    /// a dataset for `acts`, `probe`, `sae`, `causal` and `lm train`. Any Llama, Qwen2, Qwen3 or Gemma directory.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) model: Option<PathBuf>,
    /// Replace a dataset in the folder.
    #[arg(long, requires = "model")]
    pub(crate) overwrite: bool,
    /// Form of the texts: conversations in the chat template, or prompt and answer one after the other.
    #[arg(long, value_parser = forms(), default_value = "auto", requires = "model")]
    pub(crate) form: Form,
    /// Style of the prompts.
    #[arg(long, value_name = "STYLE", default_value = "standard", value_parser = words::prompt(), requires = "model")]
    pub(crate) prompt: PromptChoice,
    /// Kinds of the samples, separated by commas. States are known at all events of a trace, and at the start of other answers.
    #[arg(long, value_delimiter = ',', default_value = "trace", value_parser = words::kind(), requires = "model")]
    pub(crate) kind: Vec<SampleKind>,
    /// Texts of each part of the split at most.
    #[arg(long, value_name = "N", requires = "model")]
    pub(crate) limit: Option<usize>,
    /// Tokens of a text at most [default: the model's number of positions]. Longer texts are left out and counted.
    #[arg(long, value_name = "N", requires = "model")]
    pub(crate) max_tokens: Option<usize>,
    /// Places of a text at most, drawn evenly.
    #[arg(long, value_name = "N", default_value_t = 48, requires = "model")]
    pub(crate) places: usize,
    /// Percent of the groups of programs in train, validation and test, in place of the store's own split.
    #[arg(long, value_name = "A,B,C", value_parser = shares, requires = "model")]
    pub(crate) shares: Option<Shares>,
    /// Pairs of runs for `causal` at most.
    #[arg(long, value_name = "N", default_value_t = 300, requires = "model")]
    pub(crate) cases: usize,
}

/// Percent of the groups in each part of the split.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shares(pub(crate) [u32; 3]);

/// Reads three numbers whose sum is 100.
fn shares(text: &str) -> Result<Shares, String> {
    let numbers: Option<Vec<u32>> = text.split(',').map(|one| one.trim().parse().ok()).collect();
    let three = numbers.and_then(|numbers| <[u32; 3]>::try_from(numbers).ok());
    match three {
        Some(shares) if shares.iter().map(|share| u64::from(*share)).sum::<u64>() == 100 => {
            Ok(Shares(shares))
        }
        _ => Err("give three whole numbers whose sum is 100, such as 34,33,33".to_owned()),
    }
}

named! {
    /// Form of the texts of a ledger.
    forms: Form {
        /// A conversation where the model has a chat template.
        "auto" => Form::Auto,
        /// A conversation, whether or not one is expected.
        "chat" => Form::Chat,
        /// Prompt, line end, answer.
        "plain" => Form::Plain,
    }
}

named! {
    /// Number format of activations.
    precisions: Precision {
        /// Half precision, 16 bits.
        "f16" => Precision::F16,
        /// Single precision, 32 bits.
        "f32" => Precision::F32,
    }
}

named! {
    /// Tokens whose activations are written.
    tokens: Tokens {
        /// Those that the latent ledger has states at.
        "ledger" => Tokens::Ledger,
        /// All but the first of each text, as sparse autoencoders are trained on; no ledger is needed.
        "all" => Tokens::All,
    }
}

/// Arguments of `acts`.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct ActsArgs {
    /// The folder of a Llama, Qwen2, Qwen3 or Gemma model: one of `lm train`, or any other.
    pub(crate) model: PathBuf,
    /// The folder of a dataset: texts and their latent ledger.
    pub(crate) data: PathBuf,
    /// The folder to write; each part of the split has a folder in it.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Parts of the split, separated by commas.
    #[arg(long, value_delimiter = ',', default_value = "validation,test", value_parser = words::split())]
    pub(crate) split: Vec<Split>,
    /// Tokens whose activations are written.
    #[arg(long, value_parser = tokens(), default_value = "ledger")]
    pub(crate) tokens: Tokens,
    /// The same as `--tokens all`.
    #[arg(long)]
    pub(crate) all_words: bool,
    /// Compute with the model's untrained twin: the same shape with first values from this seed.
    #[arg(long, value_name = "SEED")]
    pub(crate) untrained: Option<u64>,
    /// Sites of the residual stream, such as `blocks.0.hook_resid_post` [default: the embedding and the
    /// stream after each block].
    #[arg(
        long,
        visible_alias = "sites",
        value_name = "SITE",
        value_delimiter = ','
    )]
    pub(crate) site: Vec<String>,
    /// Number format to store.
    #[arg(long, value_parser = precisions(), default_value = "f32")]
    pub(crate) precision: Precision,
    /// Rows of a file; bounds the memory.
    #[arg(long, value_name = "N", default_value_t = 16_384)]
    pub(crate) shard_rows: usize,
    /// Texts that go through the model at once.
    #[arg(long, value_name = "N", default_value_t = 64)]
    pub(crate) batch: usize,
    /// At most this many texts of each part.
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<usize>,
    #[command(flatten)]
    pub(crate) device: DeviceArg,
}

/// Options of probes.
#[derive(Debug, Clone, ClapArgs)]
#[command(next_help_heading = "Probes")]
pub(crate) struct ProbingArgs {
    /// The variables, separated by commas.
    #[arg(
        long,
        value_name = "NAME",
        value_delimiter = ',',
        default_value = "facing,position"
    )]
    pub(crate) variable: Vec<String>,
    /// Steps from the token to the state; negative ones are in the past.
    #[arg(
        long,
        value_name = "N",
        value_delimiter = ',',
        allow_hyphen_values = true,
        default_value = "-9,-6,-3,-2,-1,0,1,2,3"
    )]
    pub(crate) offset: Vec<i32>,
    /// Hidden layers of the probes: 0 is linear.
    #[arg(long, value_name = "N", value_delimiter = ',', default_value = "0,1,2")]
    pub(crate) probe_layers: Vec<usize>,
    /// The offsets of probes that have hidden layers, which take much longer than linear ones.
    #[arg(
        long,
        value_name = "N",
        value_delimiter = ',',
        allow_hyphen_values = true,
        default_value = "0"
    )]
    pub(crate) deep_offset: Vec<i32>,
    /// The width of hidden layers.
    #[arg(long, value_name = "N", default_value_t = ProbeSettings::default().width)]
    pub(crate) probe_width: usize,
    /// Passes of probes with hidden layers over the training states; linear ones are trained until they converge.
    #[arg(long, value_name = "N", default_value_t = ProbeSettings::default().epochs)]
    pub(crate) epochs: usize,
    /// The learning rate of probes with hidden layers.
    #[arg(long, value_name = "RATE", default_value_t = ProbeSettings::default().learning_rate)]
    pub(crate) probe_rate: f64,
    /// Weight decay of probes with hidden layers; that of linear ones is chosen on programs that are left out.
    #[arg(long, value_name = "RATE", default_value_t = ProbeSettings::default().weight_decay)]
    pub(crate) probe_decay: f64,
    /// Number of probes with different seeds, of those with hidden layers; linear ones have one optimum.
    #[arg(long, value_name = "N", default_value_t = ProbeSettings::default().seeds)]
    pub(crate) seeds: usize,
    /// Number of shuffled controls.
    #[arg(long, value_name = "N", default_value_t = ProbeSettings::default().shuffles)]
    pub(crate) shuffles: usize,
    /// Train only on tokens after this many executed steps; the table by step then shows how probes transfer
    /// to other depths.
    #[arg(long, value_name = "N", value_delimiter = ',')]
    pub(crate) fit_steps: Vec<i32>,
    /// Number of bootstrap resamples.
    #[arg(long, value_name = "N", default_value_t = ProbeSettings::default().draws)]
    pub(crate) draws: usize,
}

/// Arguments of `probe`.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct ProbeArgs {
    /// Activations of the model, as `acts` writes them: probes are trained on `validation` and tested on
    /// `test`.
    pub(crate) acts: PathBuf,
    /// The folder of the dataset with the ledger.
    #[arg(long, value_name = "DIR")]
    pub(crate) data: PathBuf,
    /// Activations of untrained models, as a control; several are taken together.
    #[arg(long, value_name = "DIR")]
    pub(crate) untrained: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) probing: ProbingArgs,
    /// Write the report to this folder: `probe.json` and `report.html`.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Seed of the probes and of the bootstrap.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) seed: u64,
    #[command(flatten)]
    pub(crate) jobs: JobsArg,
}

/// Arguments of `causal`.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct CausalArgs {
    /// The folder of the model.
    pub(crate) model: PathBuf,
    /// The folder of a Karel dataset in interp mode, or of one that `ledger --model` wrote.
    pub(crate) data: PathBuf,
    #[command(flatten)]
    pub(crate) patching: PatchingArgs,
    /// Write the report to this folder: `causal.json` and `causal.html`.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Seed of probes, of random directions and of the bootstrap.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) seed: u64,
    #[command(flatten)]
    pub(crate) device: DeviceArg,
}

/// Options of patching.
#[derive(Debug, Clone, ClapArgs)]
#[command(next_help_heading = "Patching")]
pub(crate) struct PatchingArgs {
    /// At most this many test programs.
    #[arg(long, value_name = "N", default_value_t = 300)]
    pub(crate) programs: usize,
    /// Factor of every vector that is added, controls included: 1 moves the mean of one value to that of the other.
    #[arg(long, value_name = "TIMES", default_value_t = 1.0)]
    pub(crate) strength: f64,
    /// Number of bootstrap resamples for effects.
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    pub(crate) patch_draws: usize,
}

/// Walks through a whole experiment.
#[derive(Debug, Subcommand)]
pub(crate) enum DemoCommand {
    /// Generate a Karel dataset, train a model on it, probe and patch it, and write a report: the whole
    /// experiment, in some minutes on two processors. The same command continues where it stopped.
    #[command(after_help = examples::DEMO_KAREL)]
    Karel(Box<DemoKarelArgs>),
    /// Train a Karel model or take one, train sparse autoencoders of its activations, compare their features with executed
    /// states and with baselines, change them, and write a report. The same command continues where it stopped.
    #[command(after_help = examples::DEMO_FEATURES)]
    Features(Box<DemoFeaturesArgs>),
    /// Run learners on five streams whose task changes, ten seeds each, and write a report: who loses the ability
    /// to learn, in some minutes on two processors. The same command continues where it stopped.
    #[command(after_help = examples::DEMO_PLASTICITY)]
    Plasticity(DemoPlasticityArgs),
}

/// Arguments of `demo features`.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct DemoFeaturesArgs {
    /// The folder for everything: data, model, activations, dictionaries, report.
    #[arg(long, value_name = "DIR", default_value = "features-demo")]
    pub(crate) out: PathBuf,
    /// A model of `lm train`, in place of one that would be trained.
    #[arg(long, value_name = "DIR", requires = "data", value_hint = ValueHint::DirPath)]
    pub(crate) model: Option<PathBuf>,
    /// The dataset of that model.
    #[arg(long, value_name = "DIR", requires = "model", value_hint = ValueHint::DirPath)]
    pub(crate) data: Option<PathBuf>,
    /// Texts for training the model.
    #[arg(long, value_name = "N", default_value_t = 400_000)]
    pub(crate) train: u64,
    /// Texts for validation and for test, each.
    #[arg(long, value_name = "N", default_value_t = 2_000)]
    pub(crate) held_out: u64,
    /// Models that are trained, with other seeds, each with dictionaries of its own.
    #[arg(long, value_name = "N", default_value_t = 2)]
    pub(crate) models: usize,
    #[command(flatten)]
    pub(crate) training: TrainingArgs,
    /// Block after which the stream is read [default: the middle one].
    #[arg(long, value_name = "N")]
    pub(crate) block: Option<usize>,
    /// Number of features.
    #[arg(long, value_name = "N", default_value_t = 1024)]
    pub(crate) width: usize,
    /// Features that fire for a row, on average.
    #[arg(long, value_name = "K", default_value_t = 16.0)]
    pub(crate) l0: f64,
    /// Steps of each dictionary.
    #[arg(long, value_name = "N", default_value_t = 3_000)]
    pub(crate) sae_steps: usize,
    /// Texts whose tokens the dictionaries learn from.
    #[arg(long, value_name = "N", default_value_t = 16_000)]
    pub(crate) texts: usize,
    #[command(flatten)]
    pub(crate) patching: PatchingArgs,
    /// Seed of everything.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) seed: u64,
    #[command(flatten)]
    pub(crate) jobs: JobsArg,
}

/// Arguments of `demo karel`.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct DemoKarelArgs {
    /// The folder for everything: data, model, activations, report.
    #[arg(long, value_name = "DIR", default_value = "karel-demo")]
    pub(crate) out: PathBuf,
    /// Texts for training.
    #[arg(long, value_name = "N", default_value_t = 200_000)]
    pub(crate) train: u64,
    /// Texts for validation (probes are trained on them) and for test, each.
    #[arg(long, value_name = "N", default_value_t = 1_200)]
    pub(crate) held_out: u64,
    /// Models that are trained, with other seeds: what the report concludes is about all of them.
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub(crate) models: usize,
    /// Train no model on the same texts under other semantics.
    #[arg(long)]
    pub(crate) no_twin: bool,
    /// Untrained models that the control is averaged over.
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub(crate) untrained: usize,
    #[command(flatten)]
    pub(crate) training: TrainingArgs,
    #[command(flatten)]
    pub(crate) probing: ProbingArgs,
    #[command(flatten)]
    pub(crate) patching: PatchingArgs,
    /// Seed of everything.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) seed: u64,
    #[command(flatten)]
    pub(crate) jobs: JobsArg,
}

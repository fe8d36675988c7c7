//! Arguments of `sae`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand, ValueHint};
use tracestone_sae::formats::Format;
use tracestone_sae::{Frozen, Kind};

use super::words::named;
use super::{JobsArg, examples};

/// Sparse autoencoders of a model's activations.
#[derive(Debug, Subcommand)]
pub(crate) enum SaeCommand {
    /// Train a sparse autoencoder on activations that `acts` wrote; resumes after a stop.
    #[command(after_help = examples::SAE_TRAIN)]
    Train(Box<SaeTrainArgs>),
    /// Measure a sparse autoencoder: what it reconstructs, and how its features stand to executed states.
    #[command(after_help = examples::SAE_EVAL)]
    Eval(Box<SaeEvalArgs>),
    /// Read a sparse autoencoder of SAELens, Gemma Scope or Gemma Scope 2, and write it in another format.
    #[command(after_help = examples::SAE_CONVERT)]
    Convert(SaeConvertArgs),
}

named! {
    /// A way of choosing the features that fire.
    kinds: Kind {
        /// The largest sums of a batch.
        "batch-topk" => Kind::BatchTopk,
        /// The largest sums of each row.
        "topk" => Kind::Topk,
        /// Sums above a learned threshold of their feature.
        "jumprelu" => Kind::Jumprelu,
        /// As batch-topk, and prefixes of the dictionary must reconstruct too.
        "matryoshka" => Kind::Matryoshka,
    }
}

named! {
    /// Weights that are not learned.
    frozen: Frozen {
        /// All weights are learned.
        "nothing" => Frozen::Nothing,
        /// The decoder keeps its random directions.
        "decoder" => Frozen::Decoder,
        /// Each direction of the decoder stays within a cosine of 0.8 of its random one.
        "soft-decoder" => Frozen::SoftDecoder,
        /// The encoder keeps its random weights.
        "encoder" => Frozen::Encoder,
    }
}

/// Arguments of `sae train`.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct SaeTrainArgs {
    /// Activations, as `acts` writes them; of a folder with several parts, `train` or else `validation`.
    #[arg(value_hint = ValueHint::DirPath)]
    pub(crate) acts: PathBuf,
    /// The folder of the dictionary; an unfinished training in it is resumed.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) out: PathBuf,
    /// Place in the residual stream; may be left out where the activations are of one.
    #[arg(long, value_name = "SITE")]
    pub(crate) site: Option<String>,
    /// Choice of the features that fire.
    #[arg(long, value_parser = kinds(), default_value = "batch-topk")]
    pub(crate) kind: Kind,
    /// Number of features.
    #[arg(long, value_name = "N", default_value_t = 1024)]
    pub(crate) width: usize,
    /// Features that fire for a row, on average.
    #[arg(long, value_name = "K", default_value_t = 16.0)]
    pub(crate) l0: f64,
    /// Number of steps.
    #[arg(long, value_name = "N", default_value_t = 4000)]
    pub(crate) steps: usize,
    /// Rows of a step.
    #[arg(long, value_name = "N", default_value_t = 1024)]
    pub(crate) batch: usize,
    /// Learning rate of Adam at its highest.
    #[arg(long, value_name = "RATE", default_value_t = 1e-3)]
    pub(crate) learning_rate: f32,
    /// Weight of the auxiliary loss, with which silent features reconstruct what the others leave.
    #[arg(long, value_name = "WEIGHT", default_value_t = 1.0)]
    pub(crate) auxiliary: f32,
    /// Steps after which a feature that has not fired is silent [default: a tenth of the steps, from 20 to 1,000].
    #[arg(long, value_name = "N")]
    pub(crate) silent_after: Option<usize>,
    /// jumprelu: width of the kernel in which a threshold has a gradient, in units of a row's mean length.
    #[arg(long, value_name = "WIDTH")]
    pub(crate) bandwidth: Option<f32>,
    /// jumprelu: weight of the quadratic penalty to the target --l0.
    #[arg(long, value_name = "WEIGHT")]
    pub(crate) penalty: Option<f32>,
    /// matryoshka: lengths of the prefixes before the whole dictionary, separated by commas [default: a 32nd, a 16th, ...
    /// a half].
    #[arg(long, value_name = "N", value_delimiter = ',')]
    pub(crate) prefixes: Vec<usize>,
    /// Weights that are not learned: the baselines that a dictionary has to beat.
    #[arg(long, value_parser = frozen(), default_value = "nothing")]
    pub(crate) frozen: Frozen,
    /// Rows in memory at most, among which rows are shuffled.
    #[arg(long, value_name = "N", default_value_t = 262_144)]
    pub(crate) buffer: usize,
    /// Save the state after every N steps, to resume from it. Changes no result.
    #[arg(long, value_name = "N", default_value_t = 500)]
    pub(crate) save_every: usize,
    /// Dictionaries to keep on the way.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) checkpoints: usize,
    /// Seed of the first weights and of the order of rows.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) seed: u64,
    #[command(flatten)]
    pub(crate) jobs: JobsArg,
}

/// Arguments of `sae eval`.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct SaeEvalArgs {
    /// The dictionary: a folder of `sae train`, or of SAELens, Gemma Scope or Gemma Scope 2.
    #[arg(value_hint = ValueHint::AnyPath)]
    pub(crate) sae: PathBuf,
    /// Activations, as `acts` writes them, with the parts `validation` and `test`.
    #[arg(value_hint = ValueHint::DirPath)]
    pub(crate) acts: PathBuf,
    /// Place in the residual stream [default: the one that the dictionary names].
    #[arg(long, value_name = "SITE")]
    pub(crate) site: Option<String>,
    /// The dataset, whose executed states the features are compared with.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) data: Option<PathBuf>,
    /// The model, whose loss is measured with the reconstruction in place of the stream, and whose features are changed.
    #[arg(long, value_name = "DIR", requires = "data", value_hint = ValueHint::DirPath)]
    pub(crate) model: Option<PathBuf>,
    /// Another dictionary of the same activations, such as a baseline of --frozen. May be given several times.
    #[arg(long, value_name = "NAME=DIR", requires = "data")]
    pub(crate) beside: Vec<String>,
    /// A dictionary of an untrained model, and activations of that model. May be given several times.
    #[arg(long, value_name = "NAME=DIR,ACTS", requires = "data")]
    pub(crate) untrained: Vec<String>,
    /// Safetensors file with the true `directions` of synthetic rows.
    #[arg(long, value_name = "FILE")]
    pub(crate) truth: Option<PathBuf>,
    /// Variables of the ledger, separated by commas.
    #[arg(
        long,
        value_name = "NAME",
        value_delimiter = ',',
        default_value = "facing,position"
    )]
    pub(crate) variable: Vec<String>,
    /// Texts for the model's loss at most.
    #[arg(long, value_name = "N", default_value_t = 2000)]
    pub(crate) texts: usize,
    /// Programs whose features are changed at most; 0 leaves it out.
    #[arg(long, value_name = "N", default_value_t = 300)]
    pub(crate) programs: usize,
    /// Number of bootstrap resamples.
    #[arg(long, value_name = "N", default_value_t = 200)]
    pub(crate) draws: usize,
    /// Seed of the bootstrap and of random directions.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) seed: u64,
    /// Write the report to this folder, as `sae.json`.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) jobs: JobsArg,
}

named! {
    /// A format of files.
    formats: Format {
        /// SAELens 6.54: cfg.json and sae_weights.safetensors.
        "saelens" => Format::SaeLens,
        /// Gemma Scope: params.npz.
        "gemma-scope" => Format::GemmaScope,
        /// Gemma Scope 2: params.safetensors.
        "gemma-scope-2" => Format::GemmaScope2,
    }
}

/// Arguments of `sae convert`.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct SaeConvertArgs {
    /// The dictionary: a folder, or its file of weights.
    #[arg(value_hint = ValueHint::AnyPath)]
    pub(crate) sae: PathBuf,
    /// The format to write.
    #[arg(long, value_parser = formats())]
    pub(crate) to: Format,
    /// The folder to write.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) out: PathBuf,
}

//! Arguments of `plasticity` and `demo plasticity`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand, ValueHint};
use tracestone_lab::Stream;
use tracestone_plasticity::{Activation, Change};

use super::words::named;
use super::{JobsArg, examples};

/// Studies of what learning for long does to a network.
#[derive(Debug, Subcommand)]
pub(crate) enum PlasticityCommand {
    /// Run one learner on a stream whose task changes, with many seeds side by side; resumes after a stop.
    #[command(after_help = examples::PLASTICITY_RUN)]
    Run(Box<PlasticityRunArgs>),
    /// Run several learners on the same streams and compare them, paired by seed.
    #[command(after_help = examples::PLASTICITY_COMPARE)]
    Compare(Box<PlasticityCompareArgs>),
    /// Train a small language model on shards of a dataset in their order, and probe every few shards with a clone on a
    /// held-out stream whether it still learns as fast; resumes after a stop.
    #[command(after_help = examples::PLASTICITY_LANGUAGE)]
    Language(Box<PlasticityLanguageArgs>),
}

/// Arguments of `plasticity language`.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct PlasticityLanguageArgs {
    /// Shards in the order in which they are learned: JSONL files of `export` or with `text`, or plain text.
    #[arg(required = true, value_hint = ValueHint::FilePath)]
    pub(crate) shards: Vec<PathBuf>,
    /// Held-out stream on which clones are trained, always the same: a file like the shards.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) probe: PathBuf,
    /// Folder for states and report; what it has of the same study is not computed again.
    #[arg(long, value_name = "DIR", default_value = "plasticity-language")]
    pub(crate) out: PathBuf,
    /// Shards between two probes.
    #[arg(long, value_name = "K", default_value_t = 1)]
    pub(crate) every: usize,
    /// Steps of a clone on the held-out stream.
    #[arg(long, value_name = "N", default_value_t = 60)]
    pub(crate) probe_steps: usize,
    /// Steps between two evaluations of a clone.
    #[arg(long, value_name = "N", default_value_t = 5)]
    pub(crate) evaluate_every: usize,
    /// Loss to reach, in nats a byte [default: what a fresh network reaches in all its steps].
    #[arg(long, value_name = "LOSS")]
    pub(crate) target: Option<f64>,
    /// Steps on a shard at most [default: all its texts, once].
    #[arg(long, value_name = "N")]
    pub(crate) shard_steps: Option<usize>,
    /// Bytes of a text.
    #[arg(long, value_name = "N", default_value_t = 128)]
    pub(crate) context: usize,
    /// Texts of a step.
    #[arg(long, value_name = "N", default_value_t = 8)]
    pub(crate) batch: usize,
    /// The width of the residual stream.
    #[arg(long, value_name = "N", default_value_t = 160)]
    pub(crate) hidden: usize,
    /// Number of transformer blocks.
    #[arg(long, value_name = "N", default_value_t = 4)]
    pub(crate) layers: usize,
    /// Number of attention heads.
    #[arg(long, value_name = "N", default_value_t = 4)]
    pub(crate) heads: usize,
    /// Learning rate of AdamW, which stays the same.
    #[arg(long, value_name = "RATE", default_value_t = 1e-3)]
    pub(crate) rate: f64,
    /// Decoupled weight decay of the matrices.
    #[arg(long, value_name = "RATE", default_value_t = 0.01)]
    pub(crate) weight_decay: f64,
    /// Number of seeds.
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub(crate) seeds: u64,
    /// First of the seeds.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) seed: u64,
    #[command(flatten)]
    pub(crate) jobs: JobsArg,
}

/// Arguments of `plasticity run`.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct PlasticityRunArgs {
    /// Learner, with settings that differ from its default: NAME or NAME:key=value,key=value. Names: sgd, momentum,
    /// adam, adamw, l2, l2-init, shrink-perturb, layer-norm, redo, snr, cbp, linear.
    #[arg(long, value_name = "LEARNER", default_value = "cbp")]
    pub(crate) learner: String,
    #[command(flatten)]
    pub(crate) study: StudyArgs,
}

/// Arguments of `plasticity compare`.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct PlasticityCompareArgs {
    /// Learner, as of `plasticity run`; give the option several times [default: a set for the stream]. The others are
    /// compared with the first.
    #[arg(long, value_name = "LEARNER")]
    pub(crate) learner: Vec<String>,
    #[command(flatten)]
    pub(crate) study: StudyArgs,
}

named! {
    /// A stream on the command line.
    streams: Stream {
        /// Slowly-changing regression: most input bits stay the same for a period.
        "regression" => Stream::Regression,
        /// Pictures of digits whose pixels change places.
        "digits" => Stream::Digits,
        /// Pictures of more and more classes.
        "classes" => Stream::Classes,
        /// Karel programs whose opcodes change their meaning: an API rename, executed anew.
        "karel" => Stream::Karel,
    }
}

named! {
    /// The change of slow bits on the command line.
    changes: Change {
        /// One bit flips, as in the paper.
        "one" => Change::One,
        /// All bits are drawn anew, as by the published code unless told otherwise.
        "all" => Change::All,
    }
}

named! {
    /// Function of hidden units on the command line.
    activations: Activation {
        /// The larger of 0 and x.
        "relu" => Activation::Relu,
        /// x, times 0.01 where it is negative.
        "leaky-relu" => Activation::LeakyRelu,
        /// The hyperbolic tangent.
        "tanh" => Activation::Tanh,
    }
}

/// Settings of a study; those that are left out are the stream's own.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct StudyArgs {
    /// Stream of samples.
    #[arg(value_parser = streams())]
    pub(crate) stream: Stream,
    /// Folder for states and report; what it has of the same study is not computed again.
    #[arg(long, value_name = "DIR", default_value = "plasticity")]
    pub(crate) out: PathBuf,
    /// Number of steps, each with one sample [default: 2,000,000 for regression, 200,000 for digits and
    /// Karel, 100,000 for classes].
    #[arg(long, value_name = "N")]
    pub(crate) steps: Option<u64>,
    /// Steps whose error is averaged.
    #[arg(long, value_name = "N")]
    pub(crate) bin: Option<u64>,
    /// Steps until the task changes.
    #[arg(long, value_name = "N")]
    pub(crate) period: Option<u64>,
    /// Bins between two measurements of dead units, ranks, weights and gradients.
    #[arg(long, value_name = "N")]
    pub(crate) measure_every: Option<u64>,
    /// Widths of hidden layers, separated by commas.
    #[arg(long, value_name = "N,N", value_delimiter = ',')]
    pub(crate) hidden: Vec<usize>,
    /// Function of hidden units.
    #[arg(long, value_parser = activations(), default_value = "relu")]
    pub(crate) activation: Activation,
    /// Number of seeds.
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub(crate) seeds: u64,
    /// First of the seeds.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) seed: u64,
    /// Regression: change of the slow bits after a period.
    #[arg(long, value_parser = changes(), default_value = "one")]
    pub(crate) change: Change,
    /// Digits: idx file of pictures, as MNIST's, unpacked [default: built-in pictures].
    #[arg(long, value_name = "FILE", requires = "labels", value_hint = ValueHint::FilePath)]
    pub(crate) images: Option<PathBuf>,
    /// Digits: idx file of the labels.
    #[arg(long, value_name = "FILE", requires = "images", value_hint = ValueHint::FilePath)]
    pub(crate) labels: Option<PathBuf>,
    /// Classes: number of classes in all.
    #[arg(long, value_name = "N")]
    pub(crate) classes: Option<usize>,
    #[command(flatten)]
    pub(crate) jobs: JobsArg,
}

/// Arguments of `demo plasticity`.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct DemoPlasticityArgs {
    /// Folder for states and report.
    #[arg(long, value_name = "DIR", default_value = "plasticity-demo")]
    pub(crate) out: PathBuf,
    /// Number of seeds.
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub(crate) seeds: u64,
    /// First of the seeds.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) seed: u64,
    #[command(flatten)]
    pub(crate) jobs: JobsArg,
}

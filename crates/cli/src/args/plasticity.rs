//! Arguments of `plasticity` and `demo plasticity`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand, ValueEnum, ValueHint};

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

/// A stream on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum StreamArg {
    /// Slowly-changing regression: most input bits stay the same for a period.
    Regression,
    /// Pictures of digits whose pixels change places.
    Digits,
    /// Pictures of more and more classes.
    Classes,
}

/// The change of slow bits on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ChangeArg {
    /// One bit flips, as in the paper.
    One,
    /// All bits are drawn anew, as by the published code unless told otherwise.
    All,
}

/// Function of hidden units on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ActivationArg {
    /// The larger of 0 and x.
    Relu,
    /// x, times 0.01 where it is negative.
    LeakyRelu,
    /// The hyperbolic tangent.
    Tanh,
}

/// Settings of a study; those that are left out are the stream's own.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct StudyArgs {
    /// Stream of samples.
    #[arg(value_enum)]
    pub(crate) stream: StreamArg,
    /// Folder for states and report; what it has of the same study is not computed again.
    #[arg(long, value_name = "DIR", default_value = "plasticity")]
    pub(crate) out: PathBuf,
    /// Number of steps, each with one sample [default: 2,000,000 for regression, 200,000 for digits, 100,000 for
    /// classes].
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
    #[arg(long, value_enum, default_value_t = ActivationArg::Relu)]
    pub(crate) activation: ActivationArg,
    /// Number of seeds.
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub(crate) seeds: u64,
    /// First of the seeds.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) seed: u64,
    /// Regression: change of the slow bits after a period.
    #[arg(long, value_enum, default_value_t = ChangeArg::One)]
    pub(crate) change: ChangeArg,
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

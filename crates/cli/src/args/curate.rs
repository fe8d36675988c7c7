//! Arguments of `curate`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueHint};

use super::{EngineArgs, StoreArg};

/// Arguments of `curate`.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct CurateArgs {
    #[command(flatten)]
    pub(crate) store: StoreArg,
    #[command(flatten)]
    pub(crate) engine: EngineArgs,
    #[command(flatten)]
    pub(crate) benchmarks: BenchmarkArgs,
    #[command(flatten)]
    pub(crate) most: MostArgs,
}

/// Benchmarks that the data must not hold.
#[derive(Debug, Clone, ClapArgs)]
#[command(next_help_heading = "Benchmarks")]
pub(crate) struct BenchmarkArgs {
    /// Files of benchmarks as JSON lines, such as HumanEval, MBPP or CRUXEval. The store keeps them, and later
    /// builds compare with them too.
    #[arg(long, value_name = "FILE", num_args = 1.., value_hint = ValueHint::FilePath)]
    pub(crate) against: Vec<PathBuf>,
    /// The field of these files that holds the code [default: found].
    #[arg(long, value_name = "NAME", requires = "against")]
    pub(crate) field: Option<String>,
    /// Also run programs in the sandbox, to find those that give a benchmark's outputs on its inputs. The store
    /// remembers it.
    #[arg(long, overrides_with = "no_same_behaviour")]
    pub(crate) same_behaviour: bool,
    /// Do not run programs, also in later builds.
    #[arg(long)]
    pub(crate) no_same_behaviour: bool,
    /// Forget the benchmarks of earlier calls.
    #[arg(long)]
    pub(crate) forget_benchmarks: bool,
    /// Write every hit of a benchmark, with its evidence, into a file of JSON lines.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) report: Option<PathBuf>,
}

/// Limits on samples that are much alike.
#[derive(Debug, Clone, ClapArgs)]
#[command(next_help_heading = "Limits")]
pub(crate) struct MostArgs {
    /// Mark all but this many samples of a program; 0 for any number [default: any number, or the setting of
    /// the store].
    #[arg(long, value_name = "N")]
    pub(crate) max_per_program: Option<u32>,
    /// Mark all but this many samples of programs that are nearly the same; likewise.
    #[arg(long, value_name = "N")]
    pub(crate) max_per_cluster: Option<u32>,
}

/// Arguments of `forget`.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct ForgetArgs {
    /// Code that was taken back: an owner, a repository (`owner/name` or its address), a repository and a path behind a
    /// space, or a SWHID of a content or revision.
    pub(crate) what: Vec<String>,
    /// A file with one of these a line; lines that start with `#` are comments.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) list: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) store: StoreArg,
}

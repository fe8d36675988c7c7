//! Arguments of `serve`.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueEnum};

use super::{JobsArg, PythonArg, SandboxArg};

/// Number that a reward is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RewardArg {
    /// 1 for a correct response, 0 for any other.
    Exact,
    /// The fraction of the answer that is right.
    Credit,
}

/// Arguments of `serve`.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct ServeArgs {
    /// Know the samples of this export: a .jsonl or .parquet file, or its folder.
    #[arg(long, value_name = "FILE", conflicts_with = "store")]
    pub(crate) data: Option<PathBuf>,
    /// Know the samples of this store. Without --data and --store, requests carry their samples.
    #[arg(long, value_name = "FILE")]
    pub(crate) store: Option<PathBuf>,
    /// The address to listen at. Whoever reaches it can have programs executed in the sandbox.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    pub(crate) host: IpAddr,
    /// The port to listen at; 0 is any free one.
    #[arg(long, value_name = "PORT", default_value_t = 8077)]
    pub(crate) port: u16,
    /// The number that a reward is.
    #[arg(long, value_enum, default_value_t = RewardArg::Exact)]
    pub(crate) reward: RewardArg,
    /// Responses that wait for their verdicts, at most; further ones are refused with status 503.
    #[arg(long, value_name = "N", default_value_t = 8192, value_parser = clap::value_parser!(u32).range(1..=1 << 20))]
    pub(crate) queue: u32,
    /// Stop when the standard input ends, as it does with the program that started this one.
    #[arg(long)]
    pub(crate) until_stdin_ends: bool,
    #[command(flatten)]
    pub(crate) jobs: JobsArg,
    #[command(flatten)]
    pub(crate) python: PythonArg,
    #[command(flatten)]
    pub(crate) sandbox: SandboxArg,
}

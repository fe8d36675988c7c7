//! Arguments of `serve`.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::Args as ClapArgs;
use tracestone_serve::Reward;

use super::EngineArgs;
use super::words::named;

named! {
    /// Number that a reward is.
    rewards: Reward {
        /// 1 for a correct response, 0 for any other.
        "exact" => Reward::Exact,
        /// The fraction of the answer that is right.
        "credit" => Reward::Credit,
    }
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
    #[arg(long, value_parser = rewards(), default_value = "exact")]
    pub(crate) reward: Reward,
    /// Responses that wait for their verdicts, at most; further ones are refused with status 503.
    #[arg(long, value_name = "N", default_value_t = 8192, value_parser = clap::value_parser!(u32).range(1..=1 << 20))]
    pub(crate) queue: u32,
    /// Stop when the standard input ends, as it does with the program that started this one.
    #[arg(long)]
    pub(crate) until_stdin_ends: bool,
    #[command(flatten)]
    pub(crate) engine: EngineArgs,
}

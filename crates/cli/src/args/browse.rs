//! Arguments of `browse`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueHint};

use super::StoreArg;

/// Arguments of `browse`.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct BrowseArgs {
    #[command(flatten)]
    pub(crate) store: StoreArg,
    /// The port of 127.0.0.1 to listen on; 0 for a free one.
    #[arg(long, value_name = "PORT", default_value_t = 0, conflicts_with_all = ["out", "limit"])]
    pub(crate) port: u16,
    /// Write static pages to this folder in place of listening; they need no server.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) out: Option<PathBuf>,
    /// With --out: the most samples that can be looked at, an even selection; the numbers are of all.
    #[arg(long, value_name = "N", default_value_t = 500, requires = "out")]
    pub(crate) limit: usize,
}

//! Arguments of the commands that look at a store: `status`, `show`, `browse`, `stats`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueHint};
use tracestone_record::Reason;

use super::{StoreArg, words};

/// Arguments of `status`.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct StatusArgs {
    #[command(flatten)]
    pub(crate) store: StoreArg,
    /// Show examples of what was left out, for every reason.
    #[arg(long)]
    pub(crate) examples: bool,
    /// Also say how far functions and classes came, what stopped the others, and how much of the
    /// programs their runs reach.
    #[arg(long)]
    pub(crate) coverage: bool,
    /// Say what one reason left out, and which functions and classes have no sample for it.
    #[arg(long, value_name = "REASON", value_parser = words::reason(), conflicts_with_all = ["coverage", "examples"])]
    pub(crate) why: Option<Reason>,
}

/// Arguments of `show`.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct ShowArgs {
    /// The identifier of a sample, or its first digits.
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) store: StoreArg,
}

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

/// Arguments of `stats`.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct StatsArgs {
    #[command(flatten)]
    pub(crate) store: StoreArg,
    /// Also draw plots (SVG) into this folder, such as that of an export.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) svg: Option<PathBuf>,
}

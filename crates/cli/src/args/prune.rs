//! Arguments of `prune`.

use clap::Args as ClapArgs;

use super::StoreArg;

/// Arguments of `prune`.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct PruneArgs {
    #[command(flatten)]
    pub(crate) store: StoreArg,
    /// Show what would be removed, and remove nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

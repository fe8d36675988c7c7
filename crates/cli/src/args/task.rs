//! Arguments of `task`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand, ValueHint};

use super::examples;

/// Commands that work on task files.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum TaskCommand {
    /// Write a commented task file to start from, for rows of your own.
    #[command(after_help = examples::TASK_NEW)]
    New(TaskNewArgs),
    /// List the tasks that need no file.
    #[command(after_help = examples::TASK_LIST)]
    List,
}

/// Arguments of `task new`.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct TaskNewArgs {
    /// The task's name; the file is NAME.toml.
    pub(crate) name: String,
    /// The rows: a .jsonl, .json, .csv, .tsv or .parquet file, or a folder as on the Hub. The first rows say which
    /// judge and which map of fields fit. Without it, NAME.jsonl is written too, with three examples.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::AnyPath)]
    pub(crate) data: Option<PathBuf>,
    /// Replace existing files.
    #[arg(long)]
    pub(crate) force: bool,
}

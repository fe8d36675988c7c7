//! Words of `export`.

use clap::ValueEnum;

/// Formats of `export`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportFormat {
    /// One record a line, one file per split.
    Jsonl,
    /// The same records as columns, compressed with zstd.
    Parquet,
    /// Chat messages for fine-tuning: the question; then steps and answer, or the answer alone (--style).
    Chat,
    /// CRUXEval's `code, input, output, id`, for its harness, one file per split.
    Cruxeval,
    /// Trace text in the layout of Code World Model.
    Cwm,
    /// Prompts with what their judge needs, for TRL's GRPO.
    RlTrl,
    /// The same for verl.
    RlVerl,
    /// The same for NeMo Gym, and for verifiers over `serve`.
    RlNemo,
}

/// Orders of an export's rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportOrder {
    /// By file, program and call: several times smaller, once compressed.
    Program,
    /// By identifier, which is a hash.
    Shuffled,
}

/// Styles of conversations, as in the tasks of `eval`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportStyle {
    /// Ask for the answer alone.
    Direct,
    /// Ask for steps and then the answer.
    Steps,
}

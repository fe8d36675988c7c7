//! Words of `export`.

use tracestone_store::export::{Compression, Format, Order, Style};

use super::words::named;

named! {
    /// Formats of `export`.
    formats: Format {
        /// One record a line, one file per split.
        "jsonl" => Format::Jsonl,
        /// The same records as columns, compressed with zstd.
        "parquet" => Format::Parquet,
        /// Chat messages for fine-tuning: the question; then steps and answer, or the answer alone (--style).
        "chat" => Format::Chat,
        /// CRUXEval's `code, input, output, id`, for its harness, one file per split.
        "cruxeval" => Format::Cruxeval,
        /// Trace text in the layout of Code World Model.
        "cwm" => Format::Cwm,
        /// Debugger sessions through each run, forward and backward: states, commands, resulting states.
        "debugger" => Format::Debugger,
        /// Prompts with what their judge needs, for TRL's GRPO.
        "rl-trl" => Format::RlTrl,
        /// The same for verl.
        "rl-verl" => Format::RlVerl,
        /// The same for NeMo Gym, and for verifiers over `serve`.
        "rl-nemo" => Format::RlNemo,
    }
}

named! {
    /// Orders of an export's rows.
    orders: Order {
        /// By file, program and call: several times smaller, once compressed.
        "program" => Order::Program,
        /// By identifier, which is a hash.
        "shuffled" => Order::Shuffled,
    }
}

named! {
    /// Compression of exported files.
    compressions: Compression {
        /// `.jsonl.gz`, which every reader knows.
        "gzip" => Compression::Gzip,
        /// `.jsonl.zst`: faster and smaller; Python's readers need the package `zstandard`.
        "zstd" => Compression::Zstd,
    }
}

named! {
    /// Styles of conversations, as in the tasks of `eval`.
    styles: Style {
        /// Ask for the answer alone.
        "direct" => Style::Direct,
        /// Ask for steps and then the answer.
        "steps" => Style::Steps,
    }
}

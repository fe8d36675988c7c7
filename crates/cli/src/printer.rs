//! Everything that reaches the terminal goes through here.
//!
//! Results go to standard output, everything else to standard error, so that `--json` and pipes get
//! results alone. A closed pipe ends the output quietly.

use std::io::{IsTerminal as _, Write as _};

use indicatif::MultiProgress;

use crate::args::OutputArgs;
use crate::failure::{Exit, Failure};

/// Writes results, notes and errors.
pub(crate) struct Printer {
    quiet: bool,
    json: bool,
    silent: bool,
    /// The bars, drawn on standard error; notes are printed above them.
    pub(crate) bars: MultiProgress,
    /// Whether bars can be drawn.
    pub(crate) interactive: bool,
}

impl Printer {
    /// A printer for what was typed.
    pub(crate) fn new(output: &OutputArgs) -> Self {
        Self {
            quiet: output.quiet,
            json: output.json,
            silent: false,
            bars: MultiProgress::new(),
            interactive: !output.quiet && std::io::stderr().is_terminal(),
        }
    }

    /// One that shows progress and prints warnings and nothing else, for a command inside another.
    pub(crate) fn silent(&self) -> Self {
        Self {
            quiet: true,
            json: false,
            silent: true,
            bars: self.bars.clone(),
            interactive: self.interactive,
        }
    }

    /// A result for a person, on standard output; nothing with `--json`.
    pub(crate) fn result(&self, text: &str) {
        if !self.json && !self.silent {
            write_out(text);
        }
    }

    /// The summary as JSON, where it is asked for.
    pub(crate) fn json(&self, value: &serde_json::Value) {
        if self.json {
            write_out(&value.to_string());
        }
    }

    /// Raw output that is the command's purpose, such as a completion script.
    pub(crate) fn raw(&self, bytes: &[u8]) {
        let mut out = std::io::stdout().lock();
        // A reader that has seen enough closes the pipe; that is no error of ours.
        drop(out.write_all(bytes).and_then(|()| out.flush()));
    }

    /// A note on the way, on standard error.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            self.stderr(text);
        }
    }

    /// Something a person should look at; printed even with `--quiet`.
    pub(crate) fn warning(&self, text: &str) {
        self.stderr(&format!("\x1b[33mwarning:\x1b[0m {text}"));
    }

    /// Prints an error with its causes and hints.
    pub(crate) fn failure(&self, failure: &Failure) -> Exit {
        let mut text = format!("\x1b[31merror:\x1b[0m {}", failure.error);
        let mut shown = failure.error.to_string();
        for cause in failure.error.chain().skip(1) {
            let cause = cause.to_string();
            if !shown.contains(&cause) {
                text.push_str(&format!("\n  caused by: {cause}"));
            }
            shown = cause;
        }
        for hint in &failure.hints {
            text.push_str(&format!("\n  \x1b[36mhint:\x1b[0m {hint}"));
        }
        self.stderr(&text);
        self.json(&serde_json::json!({
            "error": format!("{:#}", failure.error),
            "hints": failure.hints,
        }));
        failure.exit
    }

    fn stderr(&self, text: &str) {
        self.bars.suspend(|| {
            let mut err = anstream::stderr().lock();
            drop(writeln!(err, "{text}"));
        });
    }
}

fn write_out(text: &str) {
    let mut out = anstream::stdout().lock();
    drop(writeln!(out, "{text}").and_then(|()| out.flush()));
}

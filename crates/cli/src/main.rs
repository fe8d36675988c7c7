//! The binary `tracestone`.
//!
//! `args` is what can be typed, `commands` has one file per command, `stages` runs one stage of the
//! pipeline over a store, `evaluation` is what the commands that score models share, `printer` and `progress` are the only places that write to the terminal.

mod args;
mod cache;
mod commands;
mod evaluation;
mod failure;
mod interrupt;
mod looking;
mod printer;
mod progress;
mod stages;

use clap::Parser as _;

fn main() -> std::process::ExitCode {
    let args = args::Args::parse();
    let printer = printer::Printer::new(&args.output);
    match commands::run(args.command, &printer) {
        Ok(exit) => exit.into(),
        Err(failure) => printer.failure(&failure).into(),
    }
}

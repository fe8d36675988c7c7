//! One file per command: what it does with its arguments, a store and the printer.

mod build;
mod completions;
mod coverage;
mod crawl;
mod doctor;
mod export;
mod extract;
mod man;
mod sample;
mod sample_text;
mod show;
mod status;
mod summary;
mod trace;
mod verify;

use crate::args::Command;
use crate::failure::{Exit, Failure};
use crate::printer::Printer;

/// Runs one command.
pub(crate) fn run(command: Command, printer: &Printer) -> Result<Exit, Failure> {
    crate::interrupt::listen();
    match command {
        Command::Build(args) => build::run(&args, printer),
        Command::Crawl(args) => crawl::run(&args, printer),
        Command::Extract(args) => extract::run(&args, printer),
        Command::Trace(args) => trace::run(&args, printer),
        Command::Sample(args) => sample::run(&args, printer),
        Command::Export(args) => export::run(&args, printer),
        Command::Verify(args) => verify::run(&args, printer),
        Command::Status(args) => status::run(&args, printer),
        Command::Show(args) => show::run(&args, printer),
        Command::Doctor(args) => doctor::run(&args, printer),
        Command::Completions { shell } => Ok(completions::run(shell, printer)),
        Command::Man { out } => man::run(out.as_deref(), printer),
    }
}

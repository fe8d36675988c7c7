//! `tracestone completions`: a completion script for a shell.

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::args::Args;
use crate::failure::Exit;
use crate::printer::Printer;

/// Prints the script.
pub(crate) fn run(shell: Shell, printer: &Printer) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "tracestone", &mut script);
    printer.raw(&script);
    Exit::Success
}

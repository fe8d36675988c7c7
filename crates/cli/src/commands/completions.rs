//! `tracestone completions`: a completion script for a shell.

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::args::Args;
use crate::failure::Exit;
use crate::printer::Printer;

/// Prints the script.
pub(crate) fn run(shell: Shell, printer: &Printer) -> Exit {
    let mut script = Vec::new();
    // `help` repeats every command, which makes the script twice as long and offers nothing new.
    let mut command = Args::command().disable_help_subcommand(true);
    clap_complete::generate(shell, &mut command, "tracestone", &mut script);
    printer.raw(&script);
    Exit::Success
}

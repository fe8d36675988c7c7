//! The command line of `tracestone`.
//!
//! `args` has the command line, `settings` turns it into the settings of the libraries, `commands` has one
//! file per command, `hints` has the advice after errors, `evaluation` is shared by the commands that score
//! models, `printer` and `progress` are the only places that write to the terminal.

#![cfg_attr(not(test), warn(clippy::disallowed_methods))]

mod args;
mod cache;
mod choosing;
mod commands;
#[cfg(feature = "lab")]
mod device;
mod evaluation;
mod failure;
mod hints;
mod interrupt;
mod looking;
mod printer;
mod progress;
mod push;
mod settings;
mod stages;
#[cfg(feature = "lab")]
mod studies;

use clap::Parser as _;

/// Says to candle how many threads to use, where its user has not: it reads variables of the environment, and has
/// no other way to be told.
#[cfg(feature = "lab")]
#[expect(
    unsafe_code,
    reason = "a variable of the environment must not be set while another thread reads one"
)]
fn set_threads_of_candle() {
    let count = args::processors();
    let wanted = [
        // It asks at every product of matrices, and where rayon's variable does not say, it reads the system's
        // description of all processors each time, which takes longer than a small product.
        ("RAYON_NUM_THREADS", count),
        // Other operations are shared with threads that are waited for in a loop: where these do not get a
        // processor at once, for longer than was saved.
        ("CANDLE_NUM_THREADS", 1),
    ];
    for (name, count) in wanted {
        if std::env::var_os(name).is_none() {
            // SAFETY: this is the first thing that the program does; there is no other thread.
            unsafe { std::env::set_var(name, count.to_string()) };
        }
    }
}

/// Runs the command that the process was started with.
pub fn main() -> std::process::ExitCode {
    #[cfg(feature = "lab")]
    set_threads_of_candle();
    let args = match args::Args::try_parse() {
        Ok(args) => args,
        Err(error) => return printer::usage(&error).into(),
    };
    let printer = printer::Printer::new(&args.output);
    match commands::run(args.command, &printer) {
        Ok(exit) => exit.into(),
        Err(failure) => printer.failure(&failure).into(),
    }
}

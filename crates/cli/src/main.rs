//! The binary `tracestone`.
//!
//! `args` is what can be typed, `commands` has one file per command, `stages` runs one stage of the
//! pipeline over a store, `evaluation` is what the commands that score models share, `printer` and `progress` are the only places that write to the terminal.

mod args;
mod commands;
mod evaluation;
mod failure;
mod interrupt;
mod looking;
mod printer;
mod progress;
mod stages;

use clap::Parser as _;

/// Candle asks how many threads it may use at every product of matrices. Where rayon's variable does not say
/// so, it reads the system's description of all processors each time, which takes longer than a small product.
#[expect(
    unsafe_code,
    reason = "a variable of the environment must not be set while another thread reads one"
)]
fn tell_candle_the_number_of_threads() {
    const NAME: &str = "RAYON_NUM_THREADS";
    if let (None, Ok(count)) = (std::env::var_os(NAME), std::thread::available_parallelism()) {
        // SAFETY: this is the first thing that the program does; there is no other thread.
        unsafe { std::env::set_var(NAME, count.to_string()) };
    }
}

fn main() -> std::process::ExitCode {
    tell_candle_the_number_of_threads();
    let args = args::Args::parse();
    let printer = printer::Printer::new(&args.output);
    match commands::run(args.command, &printer) {
        Ok(exit) => exit.into(),
        Err(failure) => printer.failure(&failure).into(),
    }
}

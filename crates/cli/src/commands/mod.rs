//! One file per command: what it does with its arguments, a store and the printer.

#[cfg(any(test, not(feature = "lab")))]
mod absent;
#[cfg(feature = "lab")]
mod acts;
mod browse;
mod build;
#[cfg(feature = "lab")]
mod causal;
mod compare;
mod completions;
mod crawl;
mod curate;
#[cfg(feature = "lab")]
mod demo;
mod doctor;
mod eval;
mod export;
mod extract;
mod forget;
mod init;
#[cfg(feature = "lab")]
mod karel;
mod ledger;
#[cfg(feature = "lab")]
mod lm;
mod man;
#[cfg(feature = "lab")]
mod plasticity;
#[cfg(feature = "lab")]
mod probe;
mod prune;
mod report;
mod runs;
#[cfg(feature = "lab")]
mod sae;
mod sample;
mod score;
mod serve;
mod show;
mod stats;
mod status;
mod task;
mod trace;
mod validate;
mod verify;

use std::path::Path;

use tracestone_store::StoreError;

use crate::args::Command;
use crate::failure::{Exit, Failure};
use crate::hints;
use crate::printer::Printer;

/// Runs one command.
pub(crate) fn run(command: Command, printer: &Printer) -> Result<Exit, Failure> {
    crate::interrupt::listen();
    match command {
        Command::Build(args) => at_store(&args.store.store, build::run(&args, printer)),
        Command::Crawl(args) => at_store(&args.store.store, crawl::run(&args, printer)),
        Command::Extract(args) => at_store(&args.store.store, extract::run(&args, printer)),
        Command::Trace(args) => at_store(&args.store.store, trace::run(&args, printer)),
        Command::Sample(args) => at_store(&args.store.store, sample::run(&args, printer)),
        Command::Curate(args) => at_store(&args.store.store, curate::run(&args, printer)),
        Command::Export(args) => export::run(&args, printer),
        Command::Verify(args) => verify::run(&args, printer),
        Command::Status(args) => status::run(&args, printer),
        Command::Forget(args) => at_store(&args.store.store, forget::run(&args, printer)),
        Command::Prune(args) => at_store(&args.store.store, prune::run(&args, printer)),
        Command::Show(args) => show::run(&args, printer),
        Command::Browse(args) => browse::run(&args, printer),
        Command::Stats(args) => stats::run(&args, printer),
        Command::Init(args) => init::run(&args, printer),
        Command::Doctor(args) => doctor::run(&args, printer),
        Command::Eval(args) => eval::run(&args, printer),
        Command::Runs(args) => runs::run(&args, printer),
        Command::Score(args) => score::run(&args, printer),
        Command::Serve(args) => serve::run(&args, printer),
        Command::Compare(args) => compare::run(&args, printer),
        Command::Report(args) => report::run(&args, printer),
        Command::Validate(args) => validate::run(&args, printer),
        Command::Task(command) => task::run(&command, printer),
        #[cfg(feature = "lab")]
        Command::Karel(command) => karel::run(&command, printer),
        Command::Ledger(args) => ledger::run(&args, printer),
        #[cfg(feature = "lab")]
        Command::Lm(command) => lm::run(&command, printer),
        #[cfg(feature = "lab")]
        Command::Acts(args) => acts::run(&args, printer),
        #[cfg(feature = "lab")]
        Command::Probe(args) => probe::run(&args, printer),
        #[cfg(feature = "lab")]
        Command::Causal(args) => causal::run(&args, printer),
        #[cfg(feature = "lab")]
        Command::Sae(command) => sae::run(&command, printer),
        #[cfg(feature = "lab")]
        Command::Plasticity(command) => plasticity::run(&command, printer),
        #[cfg(feature = "lab")]
        Command::Demo(command) => demo::run(&command, printer),
        #[cfg(not(feature = "lab"))]
        Command::Absent(command) => absent::run(&command),
        Command::Completions { shell } => Ok(completions::run(shell, printer)),
        Command::Man { out } => man::run(out.as_deref(), printer),
    }
}

/// Says of a store that took no more where it is and what to do.
fn at_store(path: &Path, result: Result<Exit, Failure>) -> Result<Exit, Failure> {
    result.map_err(|failure| {
        let error = hints::store(&failure.error);
        if !error.is_some_and(StoreError::is_out_of_room) {
            return failure;
        }
        failure.hinted(format!(
            "make room for the store {} on its disk (and see `ulimit -f`), or copy it to another disk and name it \
             with --store; then run the same command again: finished work is in it",
            path.display()
        ))
    })
}

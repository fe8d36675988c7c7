//! The shared part of the commands that score models: arguments to tasks with items and to models, the
//! sandbox behind judges, and the display of runs while they ask.

pub(crate) mod items;
pub(crate) mod live;
pub(crate) mod model;

use serde_json::json;
use tracestone_eval::task::Task;
use tracestone_eval::track::Tracks;
use tracestone_pipeline::SandboxRunner;
use tracestone_record::watch::Watch;

use crate::args::{EngineArgs, JudgingArgs};
use crate::failure::{Exit, Failure};
use crate::printer::Printer;
use crate::settings;

/// The tracks of this program.
pub(crate) const TRACKS: Tracks = Tracks::new(tracestone_tracks::ALL);

/// The sandbox behind judges.
pub(crate) fn runner<'p>(args: &JudgingArgs, printer: &'p Printer) -> SandboxRunner<'p> {
    let engine = settings::engine(&args.engine);
    SandboxRunner::new(engine, args.judge_model.clone(), printer, explain)
}

/// The sandbox of a server: one interpreter, which an interruption does not stop in the middle of an answer.
pub(crate) fn lasting_runner<'w>(args: &EngineArgs, watch: &'w dyn Watch) -> SandboxRunner<'w> {
    let mut engine = settings::engine(args);
    engine.workers = 1;
    engine.interrupted = || false;
    SandboxRunner::new(engine, None, watch, explain)
}

fn explain(error: tracestone_pipeline::Error) -> String {
    let failure = Failure::from(error);
    match failure.hints.as_slice() {
        [] => format!("{:#}", failure.error),
        hints => format!("{:#} ({})", failure.error, hints.join("; ")),
    }
}

/// Lists the tasks of the binary.
pub(crate) fn list_tasks(printer: &Printer) -> Result<Exit, Failure> {
    let tasks = Task::known(TRACKS);
    let width = tasks.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    for (name, description) in &tasks {
        printer.result(&format!("{name:<width$}  {description}"));
    }
    let tasks: Vec<_> = tasks
        .into_iter()
        .map(|(name, description)| json!({ "task": name, "description": description }))
        .collect();
    printer.json(&json!({ "tasks": tasks }));
    Ok(Exit::Success)
}

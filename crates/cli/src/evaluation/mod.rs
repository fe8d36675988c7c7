//! The shared part of the commands that score models: arguments to tasks with items and to models, the
//! sandbox behind judges, and the display of runs while they ask.

mod adviser;
pub(crate) mod items;
pub(crate) mod live;
pub(crate) mod model;

use serde_json::json;
use tracestone_eval::task::Task;
use tracestone_eval::track::Tracks;
use tracestone_pipeline::{Advice, SandboxRunner};
use tracestone_record::watch::Watch;

use crate::args::{JobsArg, JudgingArgs, PythonArg, SandboxArg};
use crate::failure::{Exit, Failure};
use crate::printer::Printer;
use crate::settings;

/// The tracks of this program.
pub(crate) const TRACKS: Tracks = Tracks::new(tracestone_tracks::ALL);

/// The sandbox behind judges.
pub(crate) fn runner<'p>(args: &JudgingArgs, printer: &'p Printer) -> SandboxRunner<'p> {
    let JudgingArgs {
        jobs,
        python,
        sandbox,
        judge_model,
    } = args;
    let engine = settings::engine(python, jobs, sandbox, None);
    let advice = Advice {
        model: judge_model.clone(),
        open: adviser::open,
    };
    SandboxRunner::new(engine, advice, printer, explain)
}

/// The sandbox of a server: one interpreter, which an interruption does not stop in the middle of an answer.
pub(crate) fn lasting_runner<'w>(
    python: &PythonArg,
    sandbox: &SandboxArg,
    watch: &'w dyn Watch,
) -> SandboxRunner<'w> {
    let mut engine = settings::engine(python, &JobsArg { jobs: Some(1) }, sandbox, None);
    engine.interrupted = || false;
    let advice = Advice {
        model: None,
        open: adviser::open,
    };
    SandboxRunner::new(engine, advice, watch, explain)
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

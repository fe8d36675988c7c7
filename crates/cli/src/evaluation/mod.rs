//! The shared part of the commands that score models: what was typed as a task with its items and as a model, the
//! sandbox behind judges, and how runs are shown while they ask and when they are done.

mod adviser;
pub(crate) mod items;
pub(crate) mod live;
#[cfg(feature = "lab")]
mod local;
pub(crate) mod model;
pub(crate) mod table;

use tracestone_eval::judge::Agreement;
use tracestone_eval::task::Task;
use tracestone_pipeline::{Advice, SandboxRunner};

use crate::args::JudgingArgs;
use crate::failure::Failure;
use crate::printer::Printer;
use crate::settings;

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
    SandboxRunner::new(engine, advice, printer, |error| {
        let failure = Failure::from(error);
        match failure.hints.as_slice() {
            [] => format!("{:#}", failure.error),
            hints => format!("{:#} ({})", failure.error, hints.join("; ")),
        }
    })
}

/// Agreement of a task's judge with the labels that its file names, if it names any.
pub(crate) fn agreement(
    task: &Task,
    runner: &mut SandboxRunner<'_>,
) -> Result<Option<Agreement>, Failure> {
    let labelled = items::labelled(task)?;
    if labelled.is_empty() {
        return Ok(None);
    }
    let agreement = Agreement::of(task.judge(), &labelled, runner).map_err(Failure::new)?;
    Ok(Some(agreement))
}

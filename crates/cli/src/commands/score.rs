//! `tracestone score`: verdicts on answers that are there already.

use std::path::Path;

use serde_json::json;
use tracestone_eval::model::Answerer;
use tracestone_eval::report::terminal;
use tracestone_eval::scoring::Scores;

use crate::args::ScoreArgs;
use crate::evaluation::{self, items, model};
use crate::failure::{Exit, Failure};
use crate::interrupt;
use crate::printer::Printer;

/// Judges a run again, or responses made elsewhere.
pub(crate) fn run(args: &ScoreArgs, printer: &Printer) -> Result<Exit, Failure> {
    match (&args.run, &args.responses, &args.task) {
        (Some(folder), ..) => score_run(folder, args, printer)?,
        (None, Some(responses), Some(task)) => score_responses(task, responses, args, printer)?,
        _ => return Err(Failure::new("a run, or --task with --responses, is needed")),
    }
    Ok(if interrupt::requested() {
        Exit::Interrupted
    } else {
        Exit::Success
    })
}

fn score_run(folder: &Path, args: &ScoreArgs, printer: &Printer) -> Result<(), Failure> {
    let scores = Scores::of_run(
        folder,
        &args.parameters.slice,
        args.compat,
        evaluation::TRACKS,
        |opinions| {
            let mut runner = evaluation::runner(&args.judging, printer);
            runner.keep_opinions_in(opinions);
            runner
        },
    )?;
    if let Some(path) = &args.verdicts {
        scores.write_verdicts(path)?;
    }
    printer.result(&terminal::scored(&scores.scored));
    printer.json(&serde_json::to_value(&scores.scored)?);
    Ok(())
}

fn score_responses(
    task: &str,
    responses: &Path,
    args: &ScoreArgs,
    printer: &Printer,
) -> Result<(), Failure> {
    let task = items::task(task, &args.parameters)?;
    let items = items::load(&task, &args.items)?;
    let slices = items::slices(&task, &args.parameters);
    task.check_slices(&items, &slices)?;
    let given = tracestone_eval::model::replay(responses)?;
    model::say_unused(&given, &items, &responses.display().to_string(), printer);
    let Answerer::Given {
        responses,
        extraction,
        ..
    } = given
    else {
        return Err(Failure::new("these are not responses"));
    };
    let labelled = items::labelled(&task)?;
    let scores = Scores::of_responses(
        &task,
        (items, &labelled),
        (&responses, extraction),
        &slices,
        args.compat,
        &mut evaluation::runner(&args.judging, printer),
    )?;
    let scored = &scores.scored;
    if let Some(agreement) = &scored.agreement {
        printer.result(&agreement.to_string());
    }
    if let Some(path) = &args.verdicts {
        scores.write_verdicts(path)?;
    }
    printer.result(&format!("{}: {}", task.name(), task.description()));
    printer.result(&terminal::scored(scored));
    let mut value = serde_json::to_value(scored)?;
    value["task"] = json!(task.name());
    printer.json(&value);
    Ok(())
}

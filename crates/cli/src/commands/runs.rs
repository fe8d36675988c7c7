//! `tracestone runs`: lists evaluations.

use serde_json::json;
use tracestone_eval::report::table::{self, Row};
use tracestone_eval::run::{self, Header, Run};

use crate::args::RunsArgs;
use crate::failure::{Exit, Failure};
use crate::printer::Printer;

/// Lists the runs of a folder, the latest last.
pub(crate) fn run(args: &RunsArgs, printer: &Printer) -> Result<Exit, Failure> {
    let wanted = |header: &Header| {
        args.task.as_ref().is_none_or(|task| header.task == *task)
            && args
                .model
                .as_ref()
                .is_none_or(|text| header.model.contains(text.as_str()))
    };
    let mut found: Vec<Run> = Vec::new();
    for folder in run::folders(&args.log_dir)? {
        match Run::open(&folder) {
            Ok(run) if wanted(&run.header) => found.push(run),
            Ok(_) => {}
            Err(error) => printer.warning(&error.to_string()),
        }
    }
    found.sort_by(|a, b| {
        let key = |run: &Run| (run.header.created.clone(), run.folder().to_owned());
        key(a).cmp(&key(b))
    });
    let mut rows = Vec::new();
    let mut values = Vec::new();
    for run in &found {
        let answered = run.answered()?;
        let scored = run.scored().ok();
        values.push(json!({
            "run": run.folder().display().to_string(),
            "created": run.header.created,
            "task": run.header.task,
            "model": run.header.model,
            "model_id": run.header.model_id,
            "parameters": run.header.parameters,
            "items": run.header.items,
            "epochs": run.header.epochs,
            "answered": answered,
            "accuracy": scored.as_ref().map(|scored| scored.score.accuracy),
            "interval": scored.as_ref().map(|scored| scored.score.interval),
            "cost": scored.as_ref().and_then(|scored| scored.cost),
        }));
        rows.push(match &scored {
            Some(scored) => Row::of(&run.header, scored, run.folder()),
            None => Row::unscored(&run.header, answered, run.folder()),
        });
    }
    if rows.is_empty() {
        printer.note(&format!(
            "there are no such runs in {}; `tracestone eval` makes them (--log-dir)",
            args.log_dir.display()
        ));
    } else {
        printer.result(&table::of(&rows));
    }
    printer.json(&json!({ "runs": values }));
    Ok(Exit::Success)
}

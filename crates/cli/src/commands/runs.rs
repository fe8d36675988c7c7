//! `tracestone runs`: lists evaluations.

use std::path::Path;

use serde_json::json;
use tracestone_eval::report::table::{self, Row};
use tracestone_eval::run::{self, Header, Listed};

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
    let (runs, errors) = run::list(&args.log_dir, &wanted)?;
    for error in errors {
        printer.warning(&error.to_string());
    }
    let row = |one: &Listed| match &one.scored {
        Some(scored) => Row::of(&one.header, scored, Path::new(&one.run)),
        None => Row::unscored(&one.header, one.answered, Path::new(&one.run)),
    };
    let rows: Vec<Row> = runs.iter().map(row).collect();
    if rows.is_empty() {
        printer.note(&format!(
            "there are no such runs in {}; `tracestone eval` makes them (--log-dir)",
            args.log_dir.display()
        ));
    } else {
        printer.result(&table::of(&rows));
    }
    printer.json(&json!({ "runs": runs }));
    Ok(Exit::Success)
}

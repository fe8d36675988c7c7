//! `tracestone task`: task files of the user's own.

use serde_json::json;
use tracestone_eval::task::create;
use tracestone_pipeline::RowFiles;

use crate::args::{TaskCommand, TaskNewArgs};
use crate::evaluation;
use crate::failure::{Exit, Failure};
use crate::printer::Printer;

/// Runs one of the commands.
pub(crate) fn run(command: &TaskCommand, printer: &Printer) -> Result<Exit, Failure> {
    match command {
        TaskCommand::New(args) => new(args, printer),
        TaskCommand::List => evaluation::list_tasks(printer),
    }
}

fn new(args: &TaskNewArgs, printer: &Printer) -> Result<Exit, Failure> {
    let created = create(&args.name, args.data.as_deref(), args.force, &RowFiles)?;
    if let Some(example) = &created.example {
        printer.result(&format!(
            "wrote {}: three questions as an example",
            example.display()
        ));
    }
    let file = created.file.display().to_string();
    printer.result(&format!("wrote {file}: {}", created.shape));
    printer.note(&format!(
        "\nlook through it, then\n  tracestone validate {file}\n  tracestone eval {file} --model openai/NAME"
    ));
    printer.json(&json!({
        "task": created.task, "file": file, "shape": created.shape, "rows": created.rows,
    }));
    Ok(Exit::Success)
}

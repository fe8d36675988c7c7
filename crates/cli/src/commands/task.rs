//! `tracestone task`: task files of the user's own.

use std::path::{Path, PathBuf};

use serde_json::json;
use tracestone_eval::task::{example_file, starter};
use tracestone_files as files;

use crate::args::{TaskCommand, TaskNewArgs};
use crate::evaluation::{self, items};
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
    let typed = args.name.strip_suffix(".toml").unwrap_or(&args.name);
    let file = PathBuf::from(format!("{typed}.toml"));
    let name = file.file_stem().and_then(|name| name.to_str());
    let name = name.filter(|name| !name.is_empty()).ok_or_else(|| {
        Failure::new(format!("`{}` names no task", args.name))
            .hinted("a name is a word such as `mytask`")
    })?;
    let folder = file.parent().unwrap_or(Path::new(""));
    let (rows, path, example) = match &args.data {
        Some(data) => (items::rows(data)?, from_folder(folder, data)?, None),
        None => {
            let example = folder.join(format!("{name}.jsonl"));
            (example_rows(), format!("{name}.jsonl"), Some(example))
        }
    };
    for path in std::iter::once(&file).chain(&example) {
        if path.exists() && !args.force {
            return Err(Failure::new(format!("{} is there already", path.display()))
                .hinted("take another name, or replace it with --force"));
        }
    }
    let written = starter(name, &path, &rows);
    files::replace(&file, &written.toml)?;
    if let Some(example) = &example {
        files::replace(example, example_file())?;
        printer.result(&format!(
            "wrote {}: three questions as an example",
            example.display()
        ));
    }
    printer.result(&format!("wrote {}: {}", file.display(), written.shape));
    printer.note(&format!(
        "\nlook through it, then\n  tracestone validate {0}\n  tracestone eval {0} --model openai/NAME",
        file.display()
    ));
    printer.json(&json!({
        "task": name, "file": file.display().to_string(), "shape": written.shape, "rows": rows.len(),
    }));
    Ok(Exit::Success)
}

fn example_rows() -> Vec<serde_json::Map<String, serde_json::Value>> {
    // The text is our own and has one object a line.
    let file = example_file();
    file.lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect()
}

/// The rows' path as the task file names it, from its own folder on.
fn from_folder(folder: &Path, data: &Path) -> Result<String, Failure> {
    let path = if folder.as_os_str().is_empty() {
        data.to_owned()
    } else {
        match data.strip_prefix(folder) {
            Ok(inside) => inside.to_owned(),
            Err(_) => std::path::absolute(data)?,
        }
    };
    let text = path.to_str().map(str::to_owned);
    text.ok_or_else(|| Failure::new(format!("{}: the name is not UTF-8", path.display())))
}

//! `tracestone report`: a run as a page, or as a log of another harness.

use std::path::PathBuf;

use serde_json::json;
use tracestone_eval::judge::Judge;
use tracestone_eval::report::{Format, Results};
use tracestone_eval::run::Run;
use tracestone_files as files;

use crate::args::ReportArgs;
use crate::evaluation::TRACKS;
use crate::failure::{Exit, Failure, Hint as _};
use crate::hints;
use crate::printer::Printer;

/// Writes the report.
pub(crate) fn run(args: &ReportArgs, printer: &Printer) -> Result<Exit, Failure> {
    let (run, verdicts) = Run::judged(&args.run)?;
    let scored = run.scored().hint(hints::not_judged(&args.run))?;
    let entries = run.answers()?;
    let results = Results {
        header: &run.header,
        asked: &run.asked,
        entries: &entries,
        verdicts: &verdicts,
        scored: &scored,
    };
    // A run of another version may have a judge that is not known here; its page has no drawings.
    let judge = run.judge(TRACKS).ok();
    let files = results.files(
        args.format,
        judge.as_ref().map(|judge| &**judge as &dyn Judge),
    )?;
    let mut paths = Vec::new();
    for file in files {
        let path = place(args, &run, &file.path);
        files::create_folder(files::folder_of(&path))?;
        files::replace(&path, file.bytes)?;
        printer.result(&format!("wrote {}", path.display()));
        paths.push(path.display().to_string());
    }
    printer.json(&json!({ "files": paths }));
    Ok(Exit::Success)
}

/// Path of an output file: the given one, with the usual name if that is a folder.
fn place(args: &ReportArgs, run: &Run, name: &str) -> PathBuf {
    match &args.out {
        Some(folder) if args.format == Format::LmEval => folder.join(name),
        None if args.format == Format::LmEval => run.path("lm-eval").join(name),
        None => run.path(name),
        Some(path) if path.is_dir() || path.to_string_lossy().ends_with('/') => path.join(name),
        Some(path) => path.clone(),
    }
}

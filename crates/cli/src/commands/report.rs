//! `tracestone report`: a run as a page, or as a log of another harness.

use std::path::PathBuf;

use serde_json::json;
use tracestone_eval::judge::Judge;
use tracestone_eval::report::{Results, html, inspect, jsonl, lm_eval};
use tracestone_eval::run::Run;
use tracestone_files as files;

use crate::args::{ReportArgs, ReportFormat};
use crate::evaluation::TRACKS;
use crate::failure::{Exit, Failure, Hint as _};
use crate::printer::Printer;

/// Writes the report.
pub(crate) fn run(args: &ReportArgs, printer: &Printer) -> Result<Exit, Failure> {
    let run = Run::open(&args.run).hint("a run is a folder that `tracestone eval` made")?;
    let not_judged = format!(
        "the run was not judged yet; `tracestone score {}` does it",
        args.run.display()
    );
    let verdicts = run.verdicts().hint(not_judged.as_str())?;
    let scored = run.scored().hint(not_judged)?;
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
    let files = match args.format {
        ReportFormat::Html => {
            let page = html::page(&results, judge.as_ref().map(|judge| &**judge as &dyn Judge))?;
            vec![(place(args, &run, "report.html"), page.into_bytes())]
        }
        ReportFormat::Inspect => {
            let name = inspect::file_name(&results);
            vec![(place(args, &run, &name), inspect::log(&results)?)]
        }
        ReportFormat::Jsonl => {
            let mut lines = Vec::new();
            jsonl::write(&results, &mut lines)?;
            vec![(place(args, &run, "responses.jsonl"), lines)]
        }
        ReportFormat::LmEval => {
            let folder = args.out.clone().unwrap_or_else(|| run.path("lm-eval"));
            lm_eval::files(&results)?
                .into_iter()
                .map(|file| (folder.join(file.path), file.text.into_bytes()))
                .collect()
        }
    };
    for (path, bytes) in &files {
        files::create_folder(files::folder_of(path))?;
        files::replace(path, bytes)?;
        printer.result(&format!("wrote {}", path.display()));
    }
    let paths: Vec<_> = files
        .iter()
        .map(|(path, _)| path.display().to_string())
        .collect();
    printer.json(&json!({ "files": paths }));
    Ok(Exit::Success)
}

/// Path of the output file: the given one, with the usual name if that is a folder.
fn place(args: &ReportArgs, run: &Run, name: &str) -> PathBuf {
    match &args.out {
        None => run.path(name),
        Some(path) if path.is_dir() || path.to_string_lossy().ends_with('/') => path.join(name),
        Some(path) => path.clone(),
    }
}

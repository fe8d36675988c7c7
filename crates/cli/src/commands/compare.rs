//! `tracestone compare`: how runs on the same items differ.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use tracestone_eval::comparing::{Compared, Flipped};
use tracestone_eval::report::terminal;
use tracestone_files as files;
use tracestone_record::outside;
use tracestone_record::words::counted;

use crate::args::CompareArgs;
use crate::failure::{Exit, Failure};
use crate::printer::Printer;

/// Compares every pair of runs.
pub(crate) fn run(args: &CompareArgs, printer: &Printer) -> Result<Exit, Failure> {
    let compared = Compared::open(&args.runs, args.common)?;
    let warnings = warnings(&compared);
    for warning in &warnings {
        printer.warning(warning);
    }
    let pairs = compared.pairs();
    for judged in &compared.runs {
        let score = terminal::percent(judged.accuracy());
        printer.result(&format!("{score:>9}  {}", judged.name));
    }
    let mut listed = Vec::new();
    for pair in &pairs {
        let (first, second) = (&compared.runs[pair.first], &compared.runs[pair.second]);
        let text = terminal::compared(&first.name, &second.name, &pair.comparison, pairs.len());
        printer.result(&format!("\n{text}"));
        let flipped = compared.flipped(pair);
        print(&flipped, args.flipped, printer);
        listed.push(json!({
            "first": first.folder,
            "second": second.folder,
            "comparison": pair.comparison,
            "finding": pair.comparison.finding(),
            "only_first": flipped.only_first,
            "only_second": flipped.only_second,
        }));
    }
    if let Some(path) = &args.html {
        files::replace(path, compared.page(&pairs, &warnings)?)?;
        printer.result(&format!("\nwrote {}", path.display()));
    }
    let unanswered = compared.runs.iter();
    let unanswered = unanswered.map(|run| (run.folder.clone(), run.unanswered()));
    printer.json(&json!({
        "pairs": listed,
        "left_out": compared.left_out,
        "unanswered": unanswered.collect::<BTreeMap<_, _>>(),
    }));
    Ok(Exit::Success)
}

/// Warnings to print before the numbers.
fn warnings(compared: &Compared) -> Vec<String> {
    let mut lines = Vec::new();
    for (why, count) in &compared.left_out {
        lines.push(format!("{} left out: {why}", counted(*count, "item")));
    }
    for run in &compared.runs {
        let unanswered = run.unanswered();
        if unanswered > 0 {
            lines.push(format!(
                "{}: {} of {} failed or are missing, and count as wrong; run its `eval` again, or compare \
                 with --common",
                run.folder,
                unanswered,
                counted(run.responses(), "response")
            ));
        }
    }
    let clusters = compared.clusters();
    let items = clusters.len();
    let clusters: BTreeSet<&str> = clusters.into_iter().collect();
    lines.extend(terminal::few_clusters(clusters.len(), items));
    lines
}

fn print(flipped: &Flipped<'_>, limit: usize, printer: &Printer) {
    for (who, ids) in [
        ("first", &flipped.only_first),
        ("second", &flipped.only_second),
    ] {
        if limit > 0 && !ids.is_empty() {
            let more = ids.len().saturating_sub(limit);
            let more = if more > 0 {
                format!(" and {more} more")
            } else {
                String::new()
            };
            let shown: Vec<_> = ids
                .iter()
                .take(limit)
                .map(|id| outside::short(id, 64))
                .collect();
            printer.result(&format!("  only the {who}: {}{more}", shown.join(", ")));
        }
    }
}

//! `tracestone compare`: how runs on the same items differ.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::json;
use tracestone_eval::judge::{Status, Verdict};
use tracestone_eval::report::side::{self, Side};
use tracestone_eval::report::{Results, terminal};
use tracestone_eval::run::Run;
use tracestone_eval::score::item_values;
use tracestone_eval::stats::{self, Comparison};
use tracestone_files as files;
use tracestone_record::outside;
use tracestone_record::words::counted;

use crate::args::CompareArgs;
use crate::failure::{Exit, Failure, Hint as _};
use crate::printer::Printer;

/// Compares every pair of runs.
pub(crate) fn run(args: &CompareArgs, printer: &Printer) -> Result<Exit, Failure> {
    let mut runs: Vec<Judged> = args
        .runs
        .iter()
        .map(|folder| Judged::open(folder))
        .collect::<Result<_, _>>()?;
    same_task(&runs)?;
    let left_out = if args.common {
        keep_common(&mut runs)?
    } else {
        for other in &runs[1..] {
            same_items(&runs[0], other)?;
        }
        LeftOut::default()
    };
    for warning in warnings(&runs, &left_out) {
        printer.warning(&warning);
    }
    let pairs = pairs(&runs);
    for judged in &runs {
        let score = stats::mean(&judged.values());
        printer.result(&format!("{:>9}  {}", terminal::percent(score), judged.name));
    }
    let mut listed = Vec::new();
    for Pair {
        first,
        second,
        comparison,
    } in &pairs
    {
        let text = terminal::compared(&first.name, &second.name, comparison, pairs.len());
        printer.result(&format!("\n{text}"));
        let flipped = Flipped::of(first, second);
        flipped.print(args.flipped, printer);
        listed.push(json!({
            "first": first.folder,
            "second": second.folder,
            "comparison": comparison,
            "finding": comparison.finding(),
            "only_first": flipped.only_first,
            "only_second": flipped.only_second,
        }));
    }
    if let Some(path) = &args.html {
        write_page(path, &runs, &pairs, &left_out, printer)?;
    }
    printer.json(&json!({
        "pairs": listed,
        "left_out": left_out.to_json(),
        "unanswered": runs.iter().map(|run| (run.folder.clone(), run.unanswered())).collect::<BTreeMap<_, _>>(),
    }));
    Ok(Exit::Success)
}

/// Writes the page with all runs side by side.
fn write_page(
    path: &Path,
    runs: &[Judged],
    pairs: &[Pair<'_>],
    left_out: &LeftOut,
    printer: &Printer,
) -> Result<(), Failure> {
    if runs.len() > side::MOST {
        return Err(Failure::new(format!(
            "a page has room for {} runs, and {} are compared",
            side::MOST,
            runs.len()
        )));
    }
    let mut read = Vec::new();
    for judged in runs {
        let score = judged
            .run
            .scored()
            .hint("`tracestone score RUN` makes it")?;
        read.push((judged.run.answers()?, score));
    }
    let sides: Vec<Side<'_>> = runs
        .iter()
        .zip(&read)
        .map(|(judged, (entries, scored))| Side {
            results: Results {
                header: &judged.run.header,
                asked: &judged.run.asked,
                entries,
                verdicts: &judged.verdicts,
                scored,
            },
            name: &judged.name,
            folder: &judged.folder,
        })
        .collect();
    let ids: Vec<&str> = runs[0].rows.iter().map(|row| row.id.as_str()).collect();
    let place = |wanted: &Judged| runs.iter().position(|run| std::ptr::eq(run, wanted));
    let shown: Vec<side::Pair> = pairs
        .iter()
        .filter_map(|pair| {
            Some(side::Pair {
                first: place(pair.first)?,
                second: place(pair.second)?,
                comparison: pair.comparison.clone(),
            })
        })
        .collect();
    let page = side::page(&sides, &ids, &shown, &warnings(runs, left_out))?;
    files::replace(path, page)?;
    printer.result(&format!("\nwrote {}", path.display()));
    Ok(())
}

/// Two runs and what they say about each other.
struct Pair<'a> {
    first: &'a Judged,
    second: &'a Judged,
    comparison: Comparison,
}

fn pairs(runs: &[Judged]) -> Vec<Pair<'_>> {
    let clusters: Vec<&str> = runs[0]
        .rows
        .iter()
        .map(|row| row.cluster.as_str())
        .collect();
    let mut pairs = Vec::new();
    for (index, first) in runs.iter().enumerate() {
        for second in &runs[index + 1..] {
            pairs.push(Pair {
                first,
                second,
                comparison: stats::compare(&first.values(), &second.values(), &clusters),
            });
        }
    }
    let p: Vec<f64> = pairs.iter().map(|pair| pair.comparison.p).collect();
    for (pair, corrected) in pairs.iter_mut().zip(stats::holm(&p)) {
        pair.comparison.holm = corrected;
    }
    pairs
}

/// Warnings to print before the numbers.
fn warnings(runs: &[Judged], left_out: &LeftOut) -> Vec<String> {
    let mut lines = Vec::new();
    for (why, count) in &left_out.counts {
        lines.push(format!("{} left out: {why}", counted(*count, "item")));
    }
    for run in runs {
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
    let clusters: BTreeSet<&str> = runs[0]
        .rows
        .iter()
        .map(|row| row.cluster.as_str())
        .collect();
    lines.extend(terminal::few_clusters(clusters.len(), runs[0].rows.len()));
    lines
}

/// An item's part in a comparison.
struct Row {
    id: String,
    hash: String,
    cluster: String,
    value: f64,
    /// Responses that failed or are missing.
    unanswered: u64,
    responses: u64,
}

/// A run's items in the order of their names.
struct Judged {
    run: Run,
    verdicts: Vec<Vec<Verdict>>,
    folder: String,
    name: String,
    task: String,
    rows: Vec<Row>,
}

impl Judged {
    fn open(folder: &Path) -> Result<Self, Failure> {
        let run = Run::open(folder).hint("a run is a folder that `tracestone eval` made")?;
        let verdicts = run.verdicts().hint(format!(
            "the run was not judged yet; `tracestone score {}` does it",
            folder.display()
        ))?;
        let values = item_values(&verdicts);
        let mut rows: Vec<Row> = run
            .asked
            .iter()
            .zip(values)
            .zip(&verdicts)
            .map(|((asked, value), verdicts)| Row {
                id: asked.item.id.clone(),
                hash: asked.item.hash(),
                cluster: asked.item.cluster.clone(),
                value,
                unanswered: unanswered(verdicts),
                responses: verdicts.len() as u64,
            })
            .collect();
        rows.sort_by(|a, b| a.id.cmp(&b.id));
        let style = run.header.parameters.get("style");
        let style = style.map_or(String::new(), |style| format!(", {style}"));
        let name = format!("{} ({}{style})", run.header.model, run.header.task);
        Ok(Self {
            folder: folder.display().to_string(),
            name: outside::short(&name, 120).into_owned(),
            task: run.header.task.clone(),
            rows,
            run,
            verdicts,
        })
    }

    fn values(&self) -> Vec<f64> {
        self.rows.iter().map(|row| row.value).collect()
    }

    fn unanswered(&self) -> u64 {
        self.rows.iter().map(|row| row.unanswered).sum()
    }

    fn responses(&self) -> u64 {
        self.rows.iter().map(|row| row.responses).sum()
    }
}

fn unanswered(verdicts: &[Verdict]) -> u64 {
    let missing = |status: Status| !status.is_answered();
    verdicts.iter().filter(|one| missing(one.status)).count() as u64
}

/// Items that one of two runs has right and the other wrong, as most of their responses are.
struct Flipped<'a> {
    only_first: Vec<&'a str>,
    only_second: Vec<&'a str>,
}

impl<'a> Flipped<'a> {
    fn of(first: &'a Judged, second: &'a Judged) -> Self {
        let ids = |wanted: fn(bool, bool) -> bool| {
            let rows = first.rows.iter().zip(&second.rows);
            rows.filter(|(one, two)| wanted(one.value > 0.5, two.value > 0.5))
                .map(|(one, _)| one.id.as_str())
                .collect()
        };
        Self {
            only_first: ids(|one, two| one && !two),
            only_second: ids(|one, two| !one && two),
        }
    }

    fn print(&self, limit: usize, printer: &Printer) {
        for (who, ids) in [("first", &self.only_first), ("second", &self.only_second)] {
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
}

/// Items that `--common` leaves out, by reason.
#[derive(Debug, Default)]
struct LeftOut {
    counts: BTreeMap<String, u64>,
}

impl LeftOut {
    fn to_json(&self) -> serde_json::Value {
        json!(self.counts)
    }
}

/// Keeps the items that every run has, with the same content, and answered.
fn keep_common(runs: &mut [Judged]) -> Result<LeftOut, Failure> {
    let mut left_out = LeftOut::default();
    let mut reasons: BTreeMap<String, String> = BTreeMap::new();
    let ids: BTreeSet<String> = runs
        .iter()
        .flat_map(|run| run.rows.iter().map(|row| row.id.clone()))
        .collect();
    for id in &ids {
        let mut hash: Option<&str> = None;
        for run in runs.iter() {
            let found = run.rows.binary_search_by(|row| row.id.cmp(id));
            let why = match found.ok().map(|at| &run.rows[at]) {
                None => "not in every run",
                Some(row) if hash.is_some_and(|other| other != row.hash) => {
                    "not the same in every run"
                }
                Some(row) if row.unanswered > 0 => "not answered in every run",
                Some(row) => {
                    hash = Some(&row.hash);
                    continue;
                }
            };
            reasons.insert(id.clone(), why.to_owned());
            break;
        }
    }
    for why in reasons.values() {
        *left_out.counts.entry(why.clone()).or_default() += 1;
    }
    for run in runs.iter_mut() {
        run.rows.retain(|row| !reasons.contains_key(&row.id));
    }
    if runs[0].rows.is_empty() {
        return Err(Failure::new("the runs have no answered item in common")
            .hinted("runs are compared on the same items: give both the same --data or --store"));
    }
    Ok(left_out)
}

fn same_task(runs: &[Judged]) -> Result<(), Failure> {
    let first = &runs[0];
    match runs.iter().find(|run| run.task != first.task) {
        None => Ok(()),
        Some(other) => Err(differ(
            first,
            other,
            &format!(
                "one is of the task {}, the other of {}",
                first.task, other.task
            ),
        )),
    }
}

fn differ(first: &Judged, other: &Judged, what: &str) -> Failure {
    Failure::new(format!(
        "{} and {} cannot be compared: {what}",
        first.folder, other.folder
    ))
    .hinted(
        "runs are compared on the same items only: give both the same --data or --store, --limit and filters; or \
         compare with --common on what they share",
    )
}

fn same_items(first: &Judged, other: &Judged) -> Result<(), Failure> {
    if first.rows.len() != other.rows.len() {
        return Err(differ(
            first,
            other,
            &format!(
                "one has {}, the other {}",
                counted(first.rows.len() as u64, "item"),
                other.rows.len()
            ),
        ));
    }
    for (one, two) in first.rows.iter().zip(&other.rows) {
        if one.id != two.id || one.hash != two.hash {
            let what = format!("item {} is not the same in both", one.id);
            return Err(differ(first, other, &what));
        }
    }
    Ok(())
}

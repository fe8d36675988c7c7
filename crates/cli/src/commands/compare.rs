//! `tracestone compare`: how runs on the same items differ.

use serde_json::json;
use tracestone_eval::report::terminal;
use tracestone_eval::run::Run;
use tracestone_eval::score::item_values;
use tracestone_eval::stats;

use crate::args::CompareArgs;
use crate::failure::{Exit, Failure, Hint as _};
use crate::printer::Printer;

/// Compares every pair of runs.
pub(crate) fn run(args: &CompareArgs, printer: &Printer) -> Result<Exit, Failure> {
    let runs: Vec<Judged> = args
        .runs
        .iter()
        .map(|folder| Judged::open(folder))
        .collect::<Result<_, _>>()?;
    let first = &runs[0];
    for other in &runs[1..] {
        same_items(first, other)?;
    }
    let clusters: Vec<&str> = first.rows.iter().map(|row| row.cluster.as_str()).collect();
    let mut pairs = Vec::new();
    for (index, one) in runs.iter().enumerate() {
        for other in &runs[index + 1..] {
            let comparison = stats::compare(&one.values(), &other.values(), &clusters);
            pairs.push((one, other, comparison));
        }
    }
    let p: Vec<f64> = pairs.iter().map(|(.., pair)| pair.mcnemar).collect();
    for (pair, corrected) in pairs.iter_mut().zip(stats::holm(&p)) {
        pair.2.holm = corrected;
    }
    for judged in &runs {
        let score = stats::mean(&judged.values());
        printer.result(&format!("{:>9}  {}", terminal::percent(score), judged.name));
    }
    for (one, other, comparison) in &pairs {
        let text = terminal::compared(&one.name, &other.name, comparison);
        printer.result(&format!("\n{text}"));
    }
    let pairs: Vec<_> = pairs
        .iter()
        .map(|(one, other, comparison)| {
            json!({ "first": one.folder, "second": other.folder, "comparison": comparison })
        })
        .collect();
    printer.json(&json!({ "pairs": pairs }));
    Ok(Exit::Success)
}

/// An item's part in a comparison.
struct Row {
    id: String,
    hash: String,
    cluster: String,
    value: f64,
}

/// A run's items in the order of their names.
struct Judged {
    folder: String,
    name: String,
    task: String,
    rows: Vec<Row>,
}

impl Judged {
    fn open(folder: &std::path::Path) -> Result<Self, Failure> {
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
            .map(|(asked, value)| Row {
                id: asked.item.id.clone(),
                hash: asked.item.hash(),
                cluster: asked.item.cluster.clone(),
                value,
            })
            .collect();
        rows.sort_by(|a, b| a.id.cmp(&b.id));
        let style = run.header.parameters.get("style");
        let style = style.map_or(String::new(), |style| format!(", {style}"));
        Ok(Self {
            folder: folder.display().to_string(),
            name: format!("{} ({}{style})", run.header.model, run.header.task),
            task: run.header.task,
            rows,
        })
    }

    fn values(&self) -> Vec<f64> {
        self.rows.iter().map(|row| row.value).collect()
    }
}

fn same_items(first: &Judged, other: &Judged) -> Result<(), Failure> {
    let differ = |what: String| {
        Failure::new(format!(
            "{} and {} cannot be compared: {what}",
            first.folder, other.folder
        ))
        .hinted("runs are compared on the same items only: give both the same --data or --store, --limit and filters")
    };
    if first.task != other.task {
        return Err(differ(format!(
            "one is of the task {}, the other of {}",
            first.task, other.task
        )));
    }
    if first.rows.len() != other.rows.len() {
        return Err(differ(format!(
            "one has {} items, the other {}",
            first.rows.len(),
            other.rows.len()
        )));
    }
    for (one, two) in first.rows.iter().zip(&other.rows) {
        if one.id != two.id || one.hash != two.hash {
            return Err(differ(format!("item {} is not the same in both", one.id)));
        }
    }
    Ok(())
}

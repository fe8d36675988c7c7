//! The totals of a store, as text and as JSON.

use std::fmt::Write as _;

use tracestone_record::{Counts, Split};
use tracestone_store::Summary;

use crate::failure::Failure;

/// What is in the store, on a screen.
pub(crate) fn text(totals: &Summary) -> String {
    let mut text = String::new();
    let detail = match totals.stale_sources.len() {
        0 => String::new(),
        stale => format!("{stale} stale: the last fetch failed, and an earlier version is in use"),
    };
    row(&mut text, "sources", totals.sources, &detail);
    for stale in &totals.stale_sources {
        let commit = stale.commit.as_deref().map(|id| &id[..id.len().min(12)]);
        let version = commit.map_or(String::new(), |commit| format!(" at {commit}"));
        let date = stale.commit_date.as_deref().unwrap_or_default();
        let _ = writeln!(
            text,
            "  stale          {}{version} {date}: {}",
            stale.name, stale.why
        );
    }
    let detail = format!(
        "{:.1} MB; {} under permissive licences",
        mega(totals.bytes),
        totals.permissive_files
    );
    row(&mut text, "files", totals.files, &detail);
    row(
        &mut text,
        "units",
        totals.units.values().sum(),
        &list(&totals.units),
    );
    let detail = format!(
        "{} with calls, {} with a verified run",
        totals.programs_with_calls, totals.programs_verified
    );
    row(&mut text, "programs", totals.programs, &detail);
    row(
        &mut text,
        "calls",
        totals.calls.values().sum(),
        &list(&totals.calls),
    );
    let detail = format!("{} verified", totals.runs_verified);
    row(&mut text, "runs", totals.runs_total(), &detail);
    for (outcome, verdicts) in &totals.runs {
        row(
            &mut text,
            &format!("  {outcome}"),
            verdicts.values().sum(),
            &list(verdicts),
        );
    }
    let dropped: u64 = totals.drops.iter().map(|drop| drop.count).sum();
    row(
        &mut text,
        "left out",
        dropped,
        "each with a reason: tracestone status",
    );
    row(&mut text, "samples", totals.samples_total(), "");
    samples(&mut text, totals);
    text.trim_end().to_owned()
}

/// Samples by kind and split.
fn samples(text: &mut String, totals: &Summary) {
    if totals.samples.is_empty() {
        return;
    }
    let _ = write!(text, "\n  {:<12}", "kind");
    for split in Split::ALL {
        let _ = write!(text, " {:>11}", split.name());
    }
    text.push('\n');
    for (kind, splits) in &totals.samples {
        let _ = write!(text, "  {:<12}", kind.name());
        for split in Split::ALL {
            let _ = write!(text, " {:>11}", splits.get(&split).copied().unwrap_or(0));
        }
        text.push('\n');
    }
}

/// What was left out, by stage and reason, with examples where they are asked for.
pub(crate) fn drops(totals: &Summary, examples: bool) -> String {
    let mut text = String::from("\nleft out\n");
    if totals.drops.is_empty() {
        text.push_str("  nothing\n");
    }
    let mut stage = None;
    for drop in &totals.drops {
        if stage.replace(drop.stage) != Some(drop.stage) {
            let _ = writeln!(text, "  {}", drop.stage.name());
        }
        let _ = writeln!(
            text,
            "  {:>9}  {:<24} {}",
            drop.count,
            drop.reason.code(),
            drop.reason.explanation()
        );
        for (detail, count) in &drop.details {
            let _ = writeln!(
                text,
                "               {count:>6}  {}",
                detail.replace('_', " ")
            );
        }
        if examples {
            for example in &drop.examples {
                let _ = writeln!(
                    text,
                    "               {} {}",
                    example.subject, example.detail
                );
            }
        }
    }
    text.trim_end().to_owned()
}

/// The totals for `--json`, with the sums that a script would want.
pub(crate) fn to_json(totals: &Summary) -> Result<serde_json::Value, Failure> {
    let mut value = serde_json::to_value(totals)?;
    value["samples_total"] = totals.samples_total().into();
    value["runs_total"] = totals.runs_total().into();
    Ok(value)
}

fn row(text: &mut String, name: &str, count: u64, detail: &str) {
    let _ = writeln!(text, "{name:<16} {count:>9}  {detail}");
}

fn list(counts: &Counts) -> String {
    let parts: Vec<_> = counts
        .iter()
        .map(|(word, count)| format!("{count} {}", word.replace('_', " ")))
        .collect();
    parts.join(", ")
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a size shown with one digit after the point"
)]
fn mega(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

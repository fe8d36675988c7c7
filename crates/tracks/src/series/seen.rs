//! Observations about an answer, for people.

use serde::Deserialize;
use tracestone_eval::judge::Verdict;
use tracestone_eval::seen::{Seen, Table};
use tracestone_series::judge::{Counts, Marks};

use super::detail::Detail;
use super::items::Material;
use super::program::Held;

/// Intervals that are written out.
const WRITTEN: usize = 12;

/// Findings of an answer in one series, by every metric.
pub(super) fn of(material: &Material, verdict: &Verdict) -> Option<Seen> {
    let detail = Detail::deserialize(&verdict.detail).ok()?;
    let series = &material.series;
    let mut seen = Seen {
        tables: vec![metrics(&detail.marks)],
        lines: Vec::new(),
    };
    seen.line("anomalies", places(&super::answer::pairs(&series.truth)));
    seen.line("found by the model", places(&detail.spans));
    seen.line("points flagged", flagged(&detail.marks));
    if detail.too_short {
        seen.line("requests", "none: the series is shorter than a window");
    } else if detail.requests > 0 {
        seen.line("requests", requests(&detail));
    }
    if let Some(text) = detail.first_unread {
        seen.line("first answer not read", text);
    }
    if let Some(errors) = detail.errors {
        seen.line(
            "mean error",
            format!(
                "{:.4} of the forecast, {:.4} of the value before, {:.4} of the season before",
                errors.model, errors.naive, errors.seasonal
            ),
        );
    }
    let repairs = series.repairs.counted().into_iter();
    let repairs: Vec<String> = repairs
        .map(|(what, count)| format!("{count} {what}"))
        .collect();
    if !repairs.is_empty() {
        seen.line("repairs of the data", repairs.join(", "));
    }
    Some(seen)
}

/// Findings of a program in each series that was held back.
pub(super) fn of_program(held: &Held, verdict: &Verdict) -> Option<Seen> {
    let each = verdict.detail["each"].as_array()?;
    let mut table = Table::of(&[
        "series",
        "anomalies",
        "found",
        "missed",
        "false",
        "point F1",
        "flagged",
    ]);
    for (material, detail) in held.held.iter().zip(each) {
        let detail = Detail::deserialize(detail).ok()?;
        let overlap = detail.marks.overlap;
        let failed = detail.unread > 0;
        let cells = vec![
            material.series.id.clone(),
            material.series.truth.len().to_string(),
            if failed {
                "it failed".to_owned()
            } else {
                overlap.tp.to_string()
            },
            overlap.fn_.to_string(),
            overlap.fp.to_string(),
            share(detail.marks.point.f1()),
            flagged(&detail.marks),
        ];
        table.row(cells, failed || overlap.fn_ > 0.0 || overlap.fp > 0.0);
    }
    let mut seen = Seen {
        tables: vec![table],
        lines: Vec::new(),
    };
    let number = |name: &str| verdict.detail[name].as_u64().unwrap_or(0);
    let solved = format!("{} of {} series", number("solved"), number("series"));
    seen.line("solved", solved);
    if let Some(why) = verdict.detail["why"].as_str() {
        let failed = format!("on {} series, first as: {why}", number("failed"));
        seen.line("the program failed", failed);
    }
    let left_out: u64 = each.iter().filter_map(|one| one["left_out"].as_u64()).sum();
    if left_out > 0 {
        seen.line("intervals beyond the series", left_out.to_string());
    }
    Some(seen)
}

/// The metrics that count hits, each with its counts.
fn metrics(marks: &Marks) -> Table {
    let mut table = Table::of(&["metric", "right", "false", "missed", "F1"]);
    let rows: [(&str, Counts); 3] = [
        ("intervals touched (overlap)", marks.overlap),
        ("seconds (weighted)", marks.weighted),
        ("points", marks.point),
    ];
    for (name, counts) in rows {
        let cells = vec![
            name.to_owned(),
            counts.tp.to_string(),
            counts.fp.to_string(),
            counts.fn_.to_string(),
            share(counts.f1()),
        ];
        table.row(cells, false);
    }
    let rest = |name: &str, value: Option<f64>| {
        let dash = String::new();
        vec![
            name.to_owned(),
            dash.clone(),
            dash.clone(),
            dash,
            share(value),
        ]
    };
    if let Some(vus) = marks.vus_pr {
        table.row(rest("VUS-PR", Some(vus)), false);
    }
    if let Some(affiliation) = marks.affiliation {
        table.row(rest("affiliation", affiliation.f1()), false);
    }
    table
}

fn share(value: Option<f64>) -> String {
    value.map_or_else(|| "not defined".to_owned(), |value| format!("{value:.3}"))
}

fn flagged(marks: &Marks) -> String {
    let share = 100.0 * marks.flagged as f64 / marks.points.max(1) as f64;
    format!("{} of {} ({share:.1} %)", marks.flagged, marks.points)
}

/// Intervals in words: `12 to 18, 40`.
fn places(pairs: &[(usize, usize)]) -> String {
    let place = |(first, last): &(usize, usize)| match first == last {
        true => first.to_string(),
        false => format!("{first} to {last}"),
    };
    let written: Vec<String> = pairs.iter().take(WRITTEN).map(place).collect();
    match (pairs.len(), pairs.len().saturating_sub(WRITTEN)) {
        (0, _) => "none".to_owned(),
        (_, 0) => written.join(", "),
        (_, more) => format!("{} and {more} more", written.join(", ")),
    }
}

fn requests(detail: &Detail) -> String {
    let kinds = [
        (detail.failed, "without a response"),
        (detail.unread, "not read"),
        (detail.salvaged, "read in another form than asked for"),
    ];
    let kinds = kinds.iter().filter(|(count, _)| *count > 0);
    let kinds: Vec<String> = kinds
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    match kinds.is_empty() {
        true => detail.requests.to_string(),
        false => format!("{}: {}", detail.requests, kinds.join(", ")),
    }
}

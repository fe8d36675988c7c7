//! The totals of a store, as text and as JSON.

use std::fmt::Write as _;

use tracestone_record::words::{counted, number};
use tracestone_record::{Counts, Split, outside};
use tracestone_store::{StaleSource, Summary};

/// Summary of the store, for one screen.
#[must_use]
pub fn text(totals: &Summary) -> String {
    let mut text = String::new();
    let detail = match totals.stale_sources.len() {
        0 => String::new(),
        stale => format!("{stale} stale: the last fetch failed, and an earlier version is in use"),
    };
    row(&mut text, "sources", totals.sources, &detail);
    for source in &totals.stale_sources {
        stale(&mut text, source);
    }
    let detail = format!(
        "{}; {} under permissive licences",
        size(totals.bytes),
        number(totals.permissive_files)
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
        number(totals.programs_with_calls),
        number(totals.programs_verified)
    );
    row(&mut text, "programs", totals.programs, &detail);
    row(
        &mut text,
        "calls",
        totals.calls.values().sum(),
        &list(&totals.calls),
    );
    let detail = format!("{} verified", number(totals.runs_verified));
    row(&mut text, "runs", totals.runs_total(), &detail);
    for (outcome, verdicts) in &totals.runs {
        row(
            &mut text,
            &format!("  {}", outcome.replace('_', " ")),
            verdicts.values().sum(),
            &list(verdicts),
        );
    }
    let dropped: u64 = totals.drops.iter().map(|drop| drop.count).sum();
    row(&mut text, "left out", dropped, "each with a reason");
    row(&mut text, "samples", totals.samples_total(), "");
    samples(&mut text, totals);
    text.trim_end().to_owned()
}

/// A source whose last fetch failed.
fn stale(text: &mut String, source: &StaleSource) {
    let part = |word: &str, text: Option<&str>| {
        text.map_or(String::new(), |text| {
            format!(" {word}{}", outside::line(text))
        })
    };
    let commit = source.commit.as_deref();
    let version = part("at ", commit.map(|id| id.get(..12).unwrap_or(id)));
    let date = part("of ", source.commit_date.as_deref());
    let _ = writeln!(
        text,
        "  stale          {}{version}{date}: {}",
        outside::short(&source.name, LONGEST),
        outside::short(&source.why, LONGEST)
    );
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

/// Drops by stage and reason, with examples on request.
#[must_use]
pub fn drops(totals: &Summary, examples: bool) -> String {
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
            number(drop.count),
            drop.reason.code(),
            drop.reason.explanation()
        );
        for (detail, count) in &drop.details {
            let _ = writeln!(
                text,
                "             {:>8}  {}",
                number(*count),
                outside::short(&detail.replace('_', " "), LONGEST)
            );
        }
        if examples {
            for example in &drop.examples {
                let line = format!(
                    "               {} {}",
                    outside::short(&example.subject, LONGEST),
                    outside::short(&example.detail, LONGEST)
                );
                let _ = writeln!(text, "{}", line.trim_end());
            }
        }
    }
    text.trim_end().to_owned()
}

/// Explanations of the terms that occur in the summary.
#[must_use]
pub fn words(totals: &Summary) -> String {
    let mut rows = vec![
        ("source", "a repository, folder or package at one revision"),
        ("unit", "a function, method or class in a file"),
        (
            "program",
            "a unit with what it needs: it runs alone, or in its own package",
        ),
        ("call", "an expression that runs a program, by origin:"),
    ];
    rows.extend(totals.calls.keys().filter_map(|word| explained(word)));
    rows.push((
        "run",
        "a program and a call, executed in the sandbox; it ended with:",
    ));
    rows.extend(totals.runs.keys().filter_map(|word| explained(word)));
    rows.extend([
        (
            "verified",
            "interpreters with other hash seeds, orders and clocks gave equal results",
        ),
        ("sample", "a question about a run, with its checked answer"),
        (
            "left out",
            "gave no sample; files, programs and calls are counted separately",
        ),
    ]);
    let mut text = String::from("\nterms\n");
    for (word, meaning) in rows {
        let indent = if explanation(word).is_some() {
            "  "
        } else {
            ""
        };
        let word = format!("{indent}{}", word.replace('_', " "));
        let _ = writeln!(text, "  {word:<16} {meaning}");
    }
    text.trim_end().to_owned()
}

fn explained(word: &str) -> Option<(&str, &'static str)> {
    Some((word, explanation(word)?))
}

/// Explanation of an origin of calls or an outcome of runs.
fn explanation(word: &str) -> Option<&'static str> {
    Some(match word {
        "doctest" => "an example in a docstring",
        "assertion" => "an assertion in a test",
        "parametrize" => "a row of a pytest.mark.parametrize table",
        "call_site" => "a call with literal arguments elsewhere in the source",
        "mutated" => "made: a found call with changed arguments",
        "generated" => "made from the types of parameters",
        "returned" => "a value",
        "raised" => "an exception that left the call",
        "timed_out" => "the end of its processor time",
        "out_of_memory" => "the end of its memory",
        "over_budget" => "more steps, depth or trace than the budget",
        "blocked" => "a wait that nothing can end",
        "crashed" => "a crash of the interpreter",
        "refused" => "something that the sandbox does not allow",
        "invalid" => "a report of the interpreter that did not hold up to checks",
        "program_failed" => "an exception before the call: in the program's own text",
        "setup_failed" => "an exception before the call: in its setup",
        _ => return None,
    })
}

/// The totals for `--json`, with the sums that a script would want.
///
/// # Errors
/// The totals cannot be written as JSON.
pub fn to_json(totals: &Summary) -> serde_json::Result<serde_json::Value> {
    let mut value = serde_json::to_value(totals)?;
    value["samples_total"] = totals.samples_total().into();
    value["runs_total"] = totals.runs_total().into();
    Ok(value)
}

/// Characters of a name or a detail that are shown.
const LONGEST: usize = 300;

fn row(text: &mut String, name: &str, count: u64, detail: &str) {
    let line = format!("{name:<16} {:>11}  {detail}", number(count));
    let _ = writeln!(text, "{}", line.trim_end());
}

fn list(counts: &Counts) -> String {
    let parts: Vec<_> = counts
        .iter()
        .map(|(word, count)| counted_word(*count, word))
        .collect();
    parts.join(", ")
}

/// A count with the store's name for the thing: nouns in the plural, qualities unchanged.
fn counted_word(count: u64, word: &str) -> String {
    let word = outside::line(word);
    match word.as_ref() {
        "function" | "method" | "class" | "doctest" | "assertion" => counted(count, &word),
        "call_site" => counted(count, "call site"),
        "parametrize" => counted(count, "parametrize row"),
        _ => format!("{} {}", number(count), word.replace('_', " ")),
    }
}

/// A size in the unit that a person would say it in.
#[must_use]
pub fn size(bytes: u64) -> String {
    match bytes {
        0..10_000 => counted(bytes, "byte"),
        10_000..1_000_000 => format!("{:.0} kB", bytes as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}

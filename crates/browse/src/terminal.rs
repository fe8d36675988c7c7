//! A dataset in numbers as text for a terminal.

use std::fmt::Write as _;

use tracestone_record::outside;
use tracestone_record::words::{counted, grouped};

use crate::index::{Dim, LONGER, NO_MARK};
use crate::overview::{Kind, Overview, Story};

/// Values shown of a property.
const VALUES: usize = 12;
/// Reasons shown of what was left out.
const REASONS: usize = 12;
/// Narrower text is not made.
const NARROWEST: usize = 56;
/// Wider text is not easier to read.
const WIDEST: usize = 100;
/// A count, and a share in per cent.
const NUMBERS: usize = 10 + 8;

/// The numbers as text that fits into a terminal of this width, from 56 columns on.
#[must_use]
pub fn text(overview: &Overview, story: &Story, width: usize) -> String {
    let width = width.clamp(NARROWEST, WIDEST);
    let mut text = head(overview);
    text.push_str(&kinds(&overview.kinds));
    text.push_str(&signs(overview));
    text.push_str(&answers(&overview.kinds, width));
    for (dim, title) in [
        (Dim::Steps, "steps of the run"),
        (Dim::AnswerBytes, "bytes of the answer"),
        (Dim::Difficulty, "difficulty, from 0 to 100"),
        (Dim::Easy, "signs of an easy question"),
        (Dim::Mark, "marks of curate, left out of exports"),
        (Dim::Origin, "origin of the input"),
        (Dim::Source, "repository"),
        (Dim::License, "licence"),
    ] {
        let mut values = overview.facet(dim).to_vec();
        // Before `curate` there is nothing to say.
        if dim == Dim::Mark && values.iter().all(|(value, _)| value == NO_MARK) {
            continue;
        }
        if matches!(dim, Dim::Origin | Dim::Mark) {
            for (value, _) in &mut values {
                *value = value.replace('_', " ");
            }
        }
        let all: u64 = values.iter().map(|(_, count)| count).sum();
        text.push_str(&bars(title, &values, all, width));
    }
    text.push_str(&way(story, width));
    text
}

fn head(overview: &Overview) -> String {
    let splits: Vec<String> = overview
        .facet(Dim::Split)
        .iter()
        .map(|(name, count)| format!("{name} {}", thousands(*count)))
        .collect();
    let mut text = format!(
        "{} of {} and {}\ncorpus {}, store {}\n{}\n",
        counted(overview.samples, "sample"),
        counted(overview.programs, "program"),
        counted(overview.runs, "run"),
        outside::short(&overview.corpus, 40),
        outside::short(&overview.store, 40),
        splits.join(", ")
    );
    for condition in [&overview.python, &overview.sandbox].into_iter().flatten() {
        let _ = writeln!(text, "{}", outside::short(condition, 60));
    }
    text
}

fn kinds(kinds: &[Kind]) -> String {
    let all: u64 = kinds.iter().map(|kind| kind.samples).sum();
    let mut text = format!(
        "\n{:<11}{:>9}{:>8}{:>7}{:>8}{:>8}{:>7}\n{:<11}{:>9}{:>8}{:>7}{:>8}{:>8}{:>7}\n",
        "kind",
        "samples",
        "share",
        "steps",
        "answer",
        "trivial",
        "answer",
        "",
        "",
        "",
        "median",
        "bytes",
        "",
        "shown"
    );
    for kind in kinds {
        let _ = writeln!(
            text,
            "{:<11}{:>9}{:>8}{:>7}{:>8}{:>8}{:>7}",
            kind.kind.replace('_', " "),
            thousands(kind.samples),
            share(kind.samples, all),
            kind.steps[1],
            kind.answer_bytes[1],
            percent(kind.trivial),
            percent(kind.in_prompt),
        );
    }
    text
}

/// The shares of less telling questions by kind, where samples are rated.
fn signs(overview: &Overview) -> String {
    let rated = overview.kinds.iter().filter(|kind| kind.rated > 0);
    let mut rows = String::new();
    for kind in rated {
        let _ = write!(rows, "{:<11}", kind.kind.replace('_', " "));
        for share in kind.signs.iter().chain([&kind.frame]) {
            let _ = write!(rows, "{:>8}", percent(*share));
        }
        rows.push('\n');
    }
    if rows.is_empty() {
        return rows;
    }
    let mut text = format!("\nless telling questions, share of the kind\n{:<11}", "");
    for (name, _) in overview.signs.iter().chain([&("words", "")]) {
        let _ = write!(text, "{:>8}", name.trim_end_matches("ing"));
    }
    text.push('\n');
    text.push_str(&rows);
    for (name, description) in &overview.signs {
        let _ = writeln!(text, "  {name:<10} {description}");
    }
    text.push_str("  words      tokens of the prompt besides program and call\n");
    text
}

/// The most frequent answers of each kind, in one line each.
fn answers(kinds: &[Kind], width: usize) -> String {
    let mut text = String::from("\nmost frequent answers, share of the kind\n");
    for kind in kinds.iter().filter(|kind| !kind.answers.is_empty()) {
        let mut line = format!("  {:<10}", kind.kind.replace('_', " "));
        for (answer, count) in &kind.answers {
            let answer = if answer.is_empty() {
                "(empty)".into()
            } else {
                outside::line(answer)
            };
            let next = format!(" {answer} {}", share(*count, kind.samples));
            if line.chars().count() + next.chars().count() > width {
                break;
            }
            line.push_str(&next);
            line.push_str("  ");
        }
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}

/// A property's values with their counts, shares and bars.
fn bars(title: &str, values: &[(String, u64)], all: u64, width: usize) -> String {
    let mut text = format!("\n{title}\n");
    let most = values.iter().map(|(_, count)| *count).max().unwrap_or(0);
    let label = width / 3;
    let room = width - 2 - label - NUMBERS - 1;
    for (value, count) in values.iter().take(VALUES) {
        let value = outside::line(value);
        let shown: String = match value.chars().count() > label {
            true => value.chars().take(label - 1).chain(['…']).collect(),
            false => value.into_owned(),
        };
        let line = format!(
            "  {shown:<label$}{:>10}{:>8} {}",
            thousands(*count),
            share(*count, all),
            bar(*count, most, room)
        );
        let _ = writeln!(text, "{}", line.trim_end());
    }
    if let Some(rest) = values.get(VALUES..).filter(|rest| !rest.is_empty()) {
        let count: u64 = rest.iter().map(|(_, count)| count).sum();
        let more = format!("and {} more", rest.len());
        let _ = writeln!(
            text,
            "  {more:<label$}{:>10}{:>8}",
            thousands(count),
            share(count, all)
        );
    }
    text
}

fn way(story: &Story, width: usize) -> String {
    let own = story.funnel.own();
    let steps = own.named().map(|(name, count)| (name.to_owned(), count));
    let mut text = bars(
        "from functions to samples, outside tests",
        &steps,
        own.units,
        width,
    );
    let reached = &story.reached;
    let _ = writeln!(
        text,
        "  runs reach {} of the statements, on average of {}{}",
        percent(reached.mean),
        counted(reached.programs, "program"),
        if reached.some { " drawn evenly" } else { "" }
    );
    let mut drops: Vec<(String, u64)> = story
        .drops
        .iter()
        .map(|drop| (drop.reason.code().replace('_', " "), drop.count))
        .collect();
    drops.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let all = drops.iter().map(|(_, count)| count).sum();
    let rest = drops.split_off(drops.len().min(REASONS));
    text.push_str(&bars("left out, by reason", &drops, all, width));
    if !rest.is_empty() {
        let count: u64 = rest.iter().map(|(_, count)| count).sum();
        let reasons = counted(rest.len() as u64, "further reason");
        let _ = writeln!(
            text,
            "  {reasons}: {} ({})",
            thousands(count),
            share(count, all)
        );
    }
    text
}

/// A bar in eighths of a column.
fn bar(count: u64, most: u64, room: usize) -> String {
    const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = (count as f64 / most.max(1) as f64 * room as f64 * 8.0).round() as usize;
    let eighths = eighths.max(usize::from(count > 0));
    format!("{}{}", "█".repeat(eighths / 8), PARTS[eighths % 8])
}

fn thousands(count: u64) -> String {
    grouped(count, ',')
}

fn share(count: u64, all: u64) -> String {
    percent(count as f64 / all.max(1) as f64)
}

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

/// True for the label of answers that are too long to be told apart.
pub(crate) fn is_longer(label: &str) -> bool {
    label == LONGER
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_as_long_as_their_numbers() {
        assert_eq!(bar(4, 4, 3), "███");
        assert_eq!(bar(2, 4, 3), "█▌");
        assert_eq!(bar(1, 1_000_000, 3), "▏");
        assert_eq!(bar(0, 0, 3), "");
    }

    #[test]
    fn no_line_is_wider_than_asked() {
        let values = vec![
            (
                "a long name of a repository, longer than any column".to_owned(),
                1_234_567,
            ),
            ("b".to_owned(), 3),
        ];
        for width in [60, 80, 100] {
            for line in bars("title", &values, 1_234_570, width).lines() {
                assert!(line.chars().count() <= width, "{line}");
            }
        }
    }
}

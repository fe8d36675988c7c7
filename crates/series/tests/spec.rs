//! Runs the sections of `tests/spec/series.md`.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use tracestone_series::answer::{Reading, intervals};
use tracestone_series::convert::{Scale, text};
use tracestone_series::judge::{Counts, affiliation, overlap, point};
use tracestone_series::span::{Span, total};

const SPEC: &str = include_str!("../../../tests/spec/series.md");

/// The fences of a page, in order: their words and their content.
fn fences(page: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(words) = line.strip_prefix("```") {
            let content = lines.by_ref().take_while(|line| *line != "```");
            found.push((words.to_owned(), content.collect::<Vec<_>>().join("\n")));
        }
    }
    found
}

fn spans(text: &str) -> Vec<Span> {
    let parts = text
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let (first, last) = part.split_once('-').unwrap();
            let end = last.parse::<usize>().unwrap() + 1;
            Span::new(first.parse().unwrap(), end).unwrap()
        })
        .collect()
}

fn listed(spans: &[Span]) -> String {
    let parts = spans
        .iter()
        .map(|span| format!("{}-{}", span.start, span.end - 1));
    parts.collect::<Vec<_>>().join(", ")
}

fn number(value: Option<f64>) -> String {
    value.map_or("not defined".to_owned(), |value| format!("{value:.3}"))
}

fn counted(name: &str, counts: Counts) -> String {
    let Counts { tp, fp, fn_ } = counts;
    let f1 = number(counts.f1());
    format!("{name}: {tp} hit, {fp} false, {fn_} missed, F1 {f1}")
}

fn verdict(points: usize, truth: &[Span], found: &[Span]) -> String {
    let distance = match affiliation(truth, found, points) {
        None => "no anomalies".to_owned(),
        Some(one) => {
            let precision = number(one.precision);
            format!("precision {precision}, recall {:.3}", one.recall)
        }
    };
    [
        counted("overlap", overlap(truth, found)),
        counted("points", point(truth, found, points)),
        format!("affiliation: {distance}"),
        format!("flagged: {:.3}", total(found) as f64 / points as f64),
    ]
    .join("\n")
}

fn read(answer: &str, points: usize) -> String {
    let Some((found, reading, left_out)) = intervals(answer, points) else {
        return "nothing".to_owned();
    };
    let how = match reading {
        Reading::Strict => "strict",
        Reading::Salvaged => "salvaged",
    };
    let outside = match left_out {
        0 => String::new(),
        count => format!(", {count} not within"),
    };
    format!("{how}{outside}: {}", listed(&found))
        .trim_end()
        .to_owned()
}

#[test]
fn every_section_holds() {
    let fences = fences(SPEC);
    let mut checked = 0;
    let mut at = 0;
    while at < fences.len() {
        let (words, content) = &fences[at];
        let mut words = words.split(' ');
        let (kind, detail) = (words.next().unwrap(), words.next());
        let points = || detail.unwrap().parse().unwrap();
        let (made, used) = match kind {
            "values" => {
                let values: Vec<f64> = content
                    .split_whitespace()
                    .map(|one| one.parse().unwrap())
                    .collect();
                let integers = Scale::of(&values, 2).integers(&values);
                (text(&integers, detail == Some("spaced")), 2)
            }
            "answer" => (read(content, points()), 2),
            "truth" => {
                let found = spans(&fences[at + 1].1);
                (verdict(points(), &spans(content), &found), 3)
            }
            other => panic!("a fence of the kind {other}"),
        };
        assert_eq!(made, fences[at + used - 1].1, "after\n{content}");
        at += used;
        checked += 1;
    }
    assert!(checked >= 13, "{checked} sections");
}

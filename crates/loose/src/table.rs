//! Tables of Markdown, as lists of objects.

use std::ops::Range;

use serde_json::{Map, Value};

/// Every table of a text with its place: a line of titles, a line of dashes, and rows, all with bars.
pub(crate) fn tables(text: &str) -> Vec<(Range<usize>, Value)> {
    let mut lines = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        lines.push((at..at + line.len(), line.trim()));
        at += line.len();
    }
    let mut found = Vec::new();
    let mut next = 1;
    while next < lines.len() {
        let is_table = is_rule(lines[next].1) && is_row(lines[next - 1].1);
        if !is_table {
            next += 1;
            continue;
        }
        let titles: Vec<String> = cells(lines[next - 1].1).map(title).collect();
        let rows = lines[next + 1..].iter().take_while(|(_, row)| is_row(row));
        let rows: Vec<Value> = rows.map(|(_, row)| object(&titles, row)).collect();
        let start = lines[next - 1].0.start;
        next += rows.len() + 1;
        found.push((start..lines[next - 1].0.end, Value::Array(rows)));
        next += 1;
    }
    found
}

fn is_row(line: &str) -> bool {
    line.starts_with('|') && line.len() > 1 && line.ends_with('|')
}

/// True for the line between titles and rows.
fn is_rule(line: &str) -> bool {
    is_row(line) && line.contains('-') && line.chars().all(|c| "|-: ".contains(c))
}

fn cells(line: &str) -> impl Iterator<Item = &str> {
    line.trim_matches('|').split('|')
}

/// A title in small letters, without marks and units, words joined by `_`.
fn title(cell: &str) -> String {
    let bare = bare(cell);
    let name = bare.split(['(', '[']).next().unwrap_or_default().trim();
    name.to_lowercase().replace([' ', '-'], "_")
}

/// The text of a cell without Markdown's marks of emphasis and code around it or its words.
fn bare(cell: &str) -> String {
    cell.replace(['`', '*'], "").trim().to_owned()
}

fn object(titles: &[String], row: &str) -> Value {
    let mut fields = Map::new();
    for (title, cell) in titles.iter().zip(cells(row)) {
        let cell = bare(cell);
        let number = serde_json::from_str::<serde_json::Number>(&cell);
        let value = number.map_or_else(|_| Value::String(cell), Value::Number);
        fields.insert(title.clone(), value);
    }
    Value::Object(fields)
}

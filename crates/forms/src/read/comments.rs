//! Reader of `comments`.

use std::collections::BTreeMap;

use super::scan::split;
use super::{changes, is_whole, same_changes, same_what};
use crate::Moment;

/// A comment's words about one event.
struct Entry<'a> {
    frame: u32,
    line: usize,
    what: &'a str,
    given: &'a str,
    effects: &'a str,
}

/// Compares every comment behind a line with the moments of a run.
pub(super) fn check(text: &str, source: &[&str], seen: &[Moment]) -> Result<(), String> {
    let lines: Vec<&str> = text.split('\n').collect();
    if lines.len() != source.len() {
        return Err("the program has another number of lines".to_owned());
    }
    let mut entries: BTreeMap<usize, Entry<'_>> = BTreeMap::new();
    for (index, (line, own)) in lines.iter().zip(source).enumerate() {
        let rest = line.strip_prefix(own);
        let rest = rest.ok_or_else(|| format!("line {} is not the program's", index + 1))?;
        if rest.is_empty() {
            continue;
        }
        let comment = rest.strip_prefix("  # ");
        let comment = comment.ok_or_else(|| format!("line {} has no comment", index + 1))?;
        let mut before = 0;
        for text in split(comment, " | ") {
            let (number, entry) = read(text, index)?;
            if number <= before {
                return Err(format!("event {number} is told after event {before}"));
            }
            before = number;
            if entries.insert(number, entry).is_some() {
                return Err(format!("event {number} is told twice"));
            }
        }
    }
    let numbers: Vec<usize> = entries.keys().copied().collect();
    if !is_whole(&numbers, seen.len()) {
        return Err("events are missing".to_owned());
    }
    for (number, entry) in &entries {
        holds(entry, number - 1, seen).map_err(|why| format!("event {number}: {why}"))?;
    }
    Ok(())
}

fn read(text: &str, line: usize) -> Result<(usize, Entry<'_>), String> {
    let wrong = || format!("`{text}` is no event");
    let (place, rest) = text
        .strip_prefix('@')
        .and_then(|text| text.split_once(' '))
        .ok_or_else(wrong)?;
    let (number, frame) = place.split_once('.').unwrap_or((place, "0"));
    let parts = split(rest, " => ");
    let (head, effects) = match parts[..] {
        [head] => (head, ""),
        [head, effects] => (head, effects),
        _ => return Err(wrong()),
    };
    let parts = split(head, " with ");
    let (what, given) = match parts[..] {
        [what] => (what, ""),
        [what, given] => (what, given),
        _ => return Err(wrong()),
    };
    let entry = Entry {
        frame: frame.parse().map_err(|_| wrong())?,
        line,
        what,
        given,
        effects,
    };
    Ok((number.parse().map_err(|_| wrong())?, entry))
}

fn holds(entry: &Entry<'_>, at: usize, seen: &[Moment]) -> Result<(), String> {
    let moment = &seen[at];
    if (entry.frame, entry.line) != (moment.frame, moment.line.index()) {
        return Err("it is in another frame or line".to_owned());
    }
    same_what(entry.what, moment)?;
    let mut of_frame = Vec::new();
    for (place, other) in seen.iter().enumerate() {
        if other.frame == moment.frame {
            of_frame.push(place);
        }
    }
    let own = of_frame.iter().position(|place| *place == at).unwrap_or(0);
    let given: &[_] = if own == 0 { &moment.changes } else { &[] };
    same_changes(&changes(entry.given)?, given)?;
    let next = of_frame
        .get(own + 1)
        .map(|place| seen[*place].changes.as_slice());
    same_changes(&changes(entry.effects)?, next.unwrap_or_default())
}

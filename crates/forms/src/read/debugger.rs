//! Reader of debugger sessions, as texts and as rows.

use std::collections::BTreeMap;

use tracestone_record::EventType;

use super::{changes, same_value, same_what};
use crate::Moment;
use crate::debugger::{Row, Session, State};

/// Compares every state of a session with the moments of a run, and every command with where it leads.
pub(super) fn check(
    text: &str,
    source: &[&str],
    seen: &[Moment],
    backward: bool,
) -> Result<(), String> {
    let last = seen.len().checked_sub(1).ok_or("nothing was seen")?;
    let mut at = if backward { last } else { 0 };
    let mut told: BTreeMap<u32, BTreeMap<String, String>> = BTreeMap::new();
    let mut lines = text.lines().peekable();
    let mut number = 0;
    while let Some(line) = lines.next() {
        let state = match line.strip_prefix("> ") {
            None if number == 0 => line,
            None => return Err(format!("`{line}` is no command")),
            Some(_) if number == 0 => return Err("there is no state at the beginning".to_owned()),
            Some(command) => {
                let (name, place) = match command.split_once(' ') {
                    None => (command, None),
                    Some((name, place)) => {
                        let place = place
                            .parse()
                            .map_err(|_| format!("`{command}` has no line"))?;
                        (name, Some(place))
                    }
                };
                at = leads(seen, at, name, place)
                    .ok_or_else(|| format!("`{command}` leads nowhere from event {}", at + 1))?;
                lines.next().ok_or("a command has no state")?
            }
        };
        number += 1;
        let moment = &seen[at];
        let place = |why: String| format!("state {number}: {why}");
        let line = source
            .get(moment.line.index())
            .map_or("", |line| line.trim());
        let head = format!("frame {} line {} `{line}` ", moment.frame, moment.line);
        let what = state.strip_prefix(&head);
        let what = what.ok_or_else(|| place(format!("it is not at {}", head.trim_end())))?;
        same_what(what, moment).map_err(place)?;
        let own = told.entry(moment.frame).or_default();
        if let Some(changed) = lines.next_if(|line| line.starts_with("  ")) {
            for change in changes(changed).map_err(place)? {
                match change.value {
                    Some(value) => drop(own.insert(change.name.to_owned(), value.to_owned())),
                    None if own.remove(change.name).is_some() => {}
                    None => return Err(place(format!("`{}` was not told", change.name))),
                }
            }
        }
        same_locals(own, &locals(seen, at)).map_err(place)?;
    }
    match at == if backward { 0 } else { last } {
        true if number > 0 => Ok(()),
        _ => Err("the session does not reach its end".to_owned()),
    }
}

/// Compares both sessions of a row with the moments of its run.
///
/// # Errors
/// A state or a command does not hold; the message says which.
pub fn check_row(row: &Row, seen: &[Moment]) -> Result<(), String> {
    let last = seen.len().checked_sub(1).ok_or("nothing was seen")?;
    if row.moments as usize != seen.len() {
        return Err(format!(
            "{} moments are told, {} were seen",
            row.moments,
            seen.len()
        ));
    }
    let source: Vec<&str> = row.program.lines().collect();
    follow(&row.forward, &source, seen, (0, last)).map_err(|why| format!("forward, {why}"))?;
    follow(&row.inverse, &source, seen, (last, 0)).map_err(|why| format!("inverse, {why}"))
}

fn follow(
    session: &Session,
    source: &[&str],
    seen: &[Moment],
    (start, end): (usize, usize),
) -> Result<(), String> {
    let mut at = start;
    same_state(&session.start, source, seen, at).map_err(|why| format!("start: {why}"))?;
    for (number, step) in session.steps.iter().enumerate() {
        let place = |why: String| format!("step {} ({}): {why}", number + 1, step.command);
        let line = step.line.map(|line| line.0);
        at = leads(seen, at, &step.command, line)
            .ok_or_else(|| place("it leads nowhere".to_owned()))?;
        same_state(&step.state, source, seen, at).map_err(place)?;
    }
    match at == end {
        true => Ok(()),
        false => Err("the session does not reach its end".to_owned()),
    }
}

fn same_state(state: &State, source: &[&str], seen: &[Moment], at: usize) -> Result<(), String> {
    let moment = &seen[at];
    let line = source
        .get(moment.line.index())
        .map_or("", |line| line.trim());
    let same = state.moment as usize == at
        && state.event == moment.word.word()
        && (state.frame, state.line) == (moment.frame, moment.line)
        && state.source == line
        && state.depth == depth(seen, at);
    if !same {
        return Err(format!(
            "it is not at event {} in line {}",
            at + 1,
            moment.line
        ));
    }
    match (&state.value, &moment.payload, moment.word) {
        (Some(told), Some(found), EventType::Return | EventType::Yield) => same_value(told, found)?,
        (told, found, _) if found.is_some() && told != found => {
            return Err("its value is another".to_owned());
        }
        (Some(_), None, EventType::Line | EventType::Resume) => {
            return Err("it has no value".to_owned());
        }
        _ => {}
    }
    same_locals(&state.locals, &locals(seen, at))
}

/// The frames that are active at a moment: each frame's last moment up to there is no end, or is this one.
fn depth(seen: &[Moment], at: usize) -> u32 {
    let mut last: BTreeMap<u32, usize> = BTreeMap::new();
    for (place, moment) in seen[..=at].iter().enumerate() {
        last.insert(moment.frame, place);
    }
    let active = |place: &&usize| {
        let word = seen[**place].word;
        **place == at
            || !matches!(
                word,
                EventType::Return | EventType::Yield | EventType::Raise
            )
    };
    u32::try_from(last.values().filter(active).count()).unwrap_or(u32::MAX)
}

/// Place to which a command leads, counted from the places of the frame's own moments.
fn leads(seen: &[Moment], at: usize, command: &str, line: Option<u32>) -> Option<usize> {
    let own = seen[at].frame;
    let places: Vec<usize> = (0..seen.len())
        .filter(|place| seen[*place].frame == own)
        .collect();
    let position = places.binary_search(&at).ok()?;
    let is_end = |place: usize| {
        matches!(
            seen[place].word,
            EventType::Return | EventType::Yield | EventType::Raise
        )
    };
    let at_line =
        |place: &usize| seen[*place].word == EventType::Line && Some(seen[*place].line.0) == line;
    let within = |place: usize| (place < seen.len()).then_some(place);
    if line.is_some() != command.ends_with("breakpoint") {
        return None;
    }
    match command {
        "step_into" => within(at + 1),
        "step_over" if is_end(at) => within(at + 1),
        "step_over" => places.get(position + 1).copied().or_else(|| within(at + 1)),
        "step_return" if is_end(at) => None,
        "step_return" => places[position + 1..]
            .iter()
            .copied()
            .find(|place| is_end(*place)),
        "breakpoint" => (at + 1..seen.len()).find(at_line),
        "continue" => Some(seen.len() - 1).filter(|last| *last > at),
        "inv_step_into" => at.checked_sub(1),
        "inv_step_over" if position == 0 => at.checked_sub(1),
        "inv_step_over" => Some(places[position - 1]),
        "inv_step_call" => Some(places[0]).filter(|first| *first < at),
        "inv_breakpoint" => (0..at).rfind(at_line),
        "inv_continue" => Some(0).filter(|_| at > 0),
        _ => None,
    }
}

/// The locals of a moment's frame.
fn locals(seen: &[Moment], at: usize) -> BTreeMap<&str, &str> {
    let mut locals = BTreeMap::new();
    for moment in seen[..=at]
        .iter()
        .filter(|moment| moment.frame == seen[at].frame)
    {
        for (name, value) in &moment.changes {
            locals.remove(name.as_str());
            locals.extend(value.as_deref().map(|value| (name.as_str(), value)));
        }
    }
    locals
}

fn same_locals(told: &BTreeMap<String, String>, seen: &BTreeMap<&str, &str>) -> Result<(), String> {
    for (name, value) in told {
        match seen.get(name.as_str()) {
            Some(found) => same_value(value, found).map_err(|why| format!("`{name}`: {why}"))?,
            None => return Err(format!("there is no `{name}`")),
        }
    }
    let missing = seen.keys().find(|name| !told.contains_key(**name));
    match missing {
        Some(name) => Err(format!("`{name}` is not told")),
        None => Ok(()),
    }
}

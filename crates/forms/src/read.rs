//! Readers of forms. They share no code with the writers: each takes a text apart, and every claim in it is
//! compared with the moments of a run.

mod comments;
mod cwm;
mod debugger;
mod scan;
mod table;

use std::collections::BTreeMap;

use tracestone_record::{AnswerType, EventType, Literal, LiteralLimits, Sample, SampleKind};

pub use debugger::check_row;

use crate::moment::settled;
use crate::{Form, Moment, until};
use scan::{Change, split};

/// Of longer runs than both together, the first and the last events are told.
const FIRST: usize = 60;
const LAST: usize = 40;

/// Compares every claim of a rationale in a form with the moments of the sample's run.
///
/// # Errors
/// A claim does not hold, or the text cannot be read; the message says where.
pub fn check(form: Form, sample: &Sample, seen: &[Moment]) -> Result<(), String> {
    if form == Form::Prose || sample.rationale.trim().is_empty() {
        return Ok(());
    }
    let seen = &settled(seen.to_vec())[..];
    let end = until(sample, seen).ok_or("the asked moment is not in the run")?;
    let (steps, last) = sample
        .rationale
        .trim_end()
        .rsplit_once('\n')
        .ok_or("the rationale has one line")?;
    let derives = last.starts_with("So the answer is ")
        && (sample.answer_type == AnswerType::Trace || last.contains(&sample.answer));
    if !derives {
        return Err(format!("the last line does not give the answer: {last}"));
    }
    let source: Vec<&str> = sample.program.lines().collect();
    let backward = matches!(sample.kind, SampleKind::Input | SampleKind::Reach);
    let told = &seen[..=end];
    match form {
        Form::Prose => Ok(()),
        Form::States => table::check(steps, told, backward),
        Form::Comments => comments::check(steps, &source, told),
        Form::Cwm => cwm::check(steps, &source, seen),
        Form::Debugger => debugger::check(steps, &source, told, backward),
    }
}

/// True if the numbers of told moments are all of them, or those of the ends of a long run.
fn is_whole(numbers: &[usize], count: usize) -> bool {
    let is_told =
        |number: &usize| count <= FIRST + LAST || *number <= FIRST || *number > count - LAST;
    numbers.iter().copied().eq((1..=count).filter(is_told))
}

/// Compares two values: literals by value, others only in that they have no literal form.
fn same_value(told: &str, found: &str) -> Result<(), String> {
    let read = |text| Literal::parse(text, LiteralLimits::default());
    let same = match (read(told), read(found)) {
        (Ok(told), Ok(found)) => told.same_value(&found),
        (Err(_), Err(_)) => true,
        _ => false,
    };
    match same {
        true => Ok(()),
        false => Err(format!("{told} is told, {found} was seen")),
    }
}

/// Compares `call f`, `line`, `return 3` or `raise '..'` with a moment.
fn same_what(told: &str, seen: &Moment) -> Result<(), String> {
    let (word, rest) = told.split_once(' ').unwrap_or((told, ""));
    if EventType::from_word(word) != Some(seen.word) {
        return Err(format!("`{told}` is told, {} was seen", seen.word));
    }
    let Some(found) = seen.payload.as_deref() else {
        return Ok(());
    };
    match seen.word {
        EventType::Return | EventType::Yield => same_value(rest, found),
        EventType::Raise => {
            let message = Literal::parse(rest, LiteralLimits::default());
            match message {
                Ok(Literal::Str(text)) if text == found => Ok(()),
                _ => Err(format!("`{told}` is told, {found} was raised")),
            }
        }
        _ if rest == found => Ok(()),
        _ => Err(format!("`{told}` is told, {found} was seen")),
    }
}

/// Compares changes one by one. Of a value without a literal form only that is compared.
fn same_changes(told: &[Change<'_>], seen: &[(String, Option<String>)]) -> Result<(), String> {
    let mut left: BTreeMap<&str, Option<&str>> = BTreeMap::new();
    for (name, value) in seen {
        left.insert(name, value.as_deref());
    }
    let mut names = std::collections::BTreeSet::new();
    for change in told {
        if !names.insert(change.name) {
            return Err(format!("`{}` is told twice", change.name));
        }
        match (change.value, left.remove(change.name)) {
            (Some(told), Some(Some(found))) => {
                same_value(told, found).map_err(|why| format!("`{}`: {why}", change.name))?;
            }
            (None, Some(None)) => {}
            _ => return Err(format!("the change of `{}` was not seen", change.name)),
        }
    }
    match left.keys().next() {
        Some(name) => Err(format!("the change of `{name}` is not told")),
        None => Ok(()),
    }
}

/// Reads `a = 1; del b`.
fn changes(text: &str) -> Result<Vec<Change<'_>>, String> {
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    split(text, "; ").into_iter().map(Change::read).collect()
}

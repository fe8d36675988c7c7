//! Reader of `states`.

use super::scan::split;
use super::{changes, is_whole, same_changes, same_what};
use crate::Moment;

/// Compares every row of a table with the moments of a run.
pub(super) fn check(text: &str, seen: &[Moment], backward: bool) -> Result<(), String> {
    let mut lines = text.lines();
    let head = [lines.next(), lines.next()];
    if head
        != [
            Some("| event | frame | line | what | changes |"),
            Some("|--:|--:|--:|---|---|"),
        ]
    {
        return Err("the table has no head".to_owned());
    }
    let mut numbers = Vec::new();
    for line in lines {
        let inner = line
            .strip_prefix('|')
            .and_then(|line| line.strip_suffix('|'));
        let cells = split(inner.ok_or_else(|| format!("`{line}` is no row"))?, "|");
        let [number, frame, place, what, changed] = cells[..] else {
            return Err(format!("`{line}` is no row"));
        };
        let number: usize =
            (number.trim().parse()).map_err(|_| format!("`{line}` has no number"))?;
        let moment = number
            .checked_sub(1)
            .and_then(|at| seen.get(at))
            .ok_or_else(|| format!("event {number} was not seen"))?;
        let is_there =
            frame.trim() == moment.frame.to_string() && place.trim() == moment.line.to_string();
        if !is_there {
            return Err(format!("event {number} is in another frame or line"));
        }
        same_what(what.trim(), moment)
            .and_then(|()| same_changes(&changes(changed)?, &moment.changes))
            .map_err(|why| format!("event {number}: {why}"))?;
        numbers.push(number);
    }
    if backward {
        numbers.reverse();
    }
    match is_whole(&numbers, seen.len()) {
        true => Ok(()),
        false => Err("rows are missing or in another order".to_owned()),
    }
}

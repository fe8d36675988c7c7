//! Largest shares of less telling questions.
//!
//! Each limit holds among the samples of one kind in one part of the split. A limit that leaves samples out makes
//! the whole smaller, and with it the room of the others; so all of them are applied in turn until none is over.
//! Samples only ever leave, so this ends.

use std::collections::{BTreeMap, HashMap};

use tracestone_record::{SampleKind, Split};

use crate::choice::{Limits, Rule};
use crate::fact::Sign;
use crate::select::{Row, Rules};
use crate::share::Share;

/// Leaves out what is over a limit: of the rows in `order`, the last ones.
pub(crate) fn apply(limits: &Limits, rows: &mut [Row], order: &[usize], rules: &mut Rules) {
    let mut strata: BTreeMap<(SampleKind, Split), Vec<usize>> = BTreeMap::new();
    for place in order {
        let row = &rows[*place];
        strata
            .entry((row.kind, row.split))
            .or_default()
            .push(*place);
    }
    for ((kind, _), mut order) in strata {
        if let Some(most) = limits
            .annotated_repeats
            .filter(|_| kind == SampleKind::Annotated)
        {
            let rule = Rule::Repeat(most);
            keep_of_each(rows, &mut order, rules, rule, |_| most);
        }
        loop {
            let before = order.len();
            for sign in Sign::ALL {
                if let Some(share) = limits.of(sign) {
                    hold(rows, &mut order, rules, sign, share, limits.at_least);
                }
            }
            // What an author wrote has no answer that a guess could hit.
            if let Some(share) = limits.answer.filter(|_| kind != SampleKind::Annotated) {
                balance(rows, &mut order, rules, share, limits.at_least);
            }
            if order.len() == before {
                break;
            }
        }
    }
}

/// Holds one sign to its share.
fn hold(
    rows: &mut [Row],
    order: &mut Vec<usize>,
    rules: &mut Rules,
    sign: Sign,
    share: Share,
    at_least: u64,
) {
    let has = |rows: &[Row], place: &usize| rows[*place].signs.has(sign);
    let with = order.iter().filter(|place| has(rows, place)).count() as u64;
    let Some(room) = share.beside(order.len() as u64 - with) else {
        return;
    };
    let room = room.max(at_least);
    if with <= room {
        return;
    }
    let mut taken = 0;
    order.retain(|place| {
        if !has(rows, place) {
            return true;
        }
        taken += 1;
        if taken > room {
            rules.leave_out(&mut rows[*place], Rule::Sign(sign, share));
        }
        taken <= room
    });
}

/// Holds every answer to its share.
fn balance(
    rows: &mut [Row],
    order: &mut Vec<usize>,
    rules: &mut Rules,
    share: Share,
    at_least: u64,
) {
    let mut counts: HashMap<u64, u64> = HashMap::new();
    for place in order.iter() {
        *counts.entry(rows[*place].answer).or_default() += 1;
    }
    let counts: Vec<u64> = counts.into_values().collect();
    let even = Share::of(2, counts.len() as u64);
    let room = room(&counts, share.max(even)).max(at_least);
    keep_of_each(rows, order, rules, Rule::Answer(share), |_| room);
}

/// The largest number of samples of one answer that is at most its share of what is left when every
/// answer has at most that many.
fn room(counts: &[u64], share: Share) -> u64 {
    let left = |most: u64| counts.iter().map(|count| *count.min(&most)).sum::<u64>();
    let (mut low, mut high) = (0, counts.iter().copied().max().unwrap_or(0));
    // What is left grows less and less with the number, so that the numbers that fit are those up to one.
    while low < high {
        let middle = low + (high - low).div_ceil(2);
        if middle <= share.times(left(middle)) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    low
}

fn keep_of_each(
    rows: &mut [Row],
    order: &mut Vec<usize>,
    rules: &mut Rules,
    rule: Rule,
    most: impl Fn(u64) -> u64,
) {
    let mut taken: HashMap<u64, u64> = HashMap::new();
    order.retain(|place| {
        let row = &mut rows[*place];
        let count = taken.entry(row.answer).or_default();
        if *count < most(row.answer) {
            *count += 1;
            true
        } else {
            rules.leave_out(row, rule);
            false
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_room_of_an_answer_is_its_share_of_what_is_left() {
        // 43 ones among many single answers: one tenth of the whole.
        let mut counts = vec![43];
        counts.extend([1; 57]);
        let most = room(&counts, Share::percent(10));
        assert_eq!(most, 6);
        let left: u64 = counts.iter().map(|count| *count.min(&most)).sum();
        assert!(most as f64 <= 0.1 * left as f64 && (most + 1) as f64 > 0.1 * (left + 1) as f64);
        // Even answers keep all.
        assert_eq!(room(&[5; 20], Share::percent(10)), 5);
        assert_eq!(room(&[], Share::percent(10)), 0);
        assert_eq!(room(&[9], Share::percent(100)), 9);
    }
}

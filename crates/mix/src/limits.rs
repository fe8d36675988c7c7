//! Largest shares of less telling questions.
//!
//! Each limit holds among the samples of one kind in one part of the split. A limit that leaves samples out makes
//! the whole smaller, and with it the room of the others; so all of them are applied in turn until none is over.
//! Samples only ever leave, so this ends.
//!
//! What leaves is decided by a bound on the ranks of samples that has few digits, not by counting: where a few
//! samples come or go, the bound stays, and so do all other samples. An export of a store that changed a little is
//! then much the same.

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
            keep_of_each(rows, &mut order, rules, rule, most);
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
    let bearers: Vec<usize> = order
        .iter()
        .copied()
        .filter(|place| has(rows, place))
        .collect();
    cut(
        rows,
        &bearers,
        room,
        at_least,
        rules,
        Rule::Sign(sign, share),
    );
    order.retain(|place| rows[*place].is_in());
}

/// Holds every answer to its share.
fn balance(
    rows: &mut [Row],
    order: &mut Vec<usize>,
    rules: &mut Rules,
    share: Share,
    at_least: u64,
) {
    let mut alike: HashMap<u64, Vec<usize>> = HashMap::new();
    for place in order.iter() {
        alike.entry(rows[*place].answer).or_default().push(*place);
    }
    let counts: Vec<u64> = alike.values().map(|places| places.len() as u64).collect();
    let even = Share::of(2, counts.len() as u64);
    let room = room(&counts, share.max(even));
    for places in alike.values() {
        cut(rows, places, room, at_least, rules, Rule::Answer(share));
    }
    order.retain(|place| rows[*place].is_in());
}

/// Leaves out all but the first of some places, which are in order: those below a bound that has few digits, such
/// that there are no more than `room`, and `at_least` in any case.
fn cut(
    rows: &mut [Row],
    places: &[usize],
    room: u64,
    at_least: u64,
    rules: &mut Rules,
    rule: Rule,
) {
    let room = usize::try_from(room).unwrap_or(usize::MAX);
    let at_least = usize::try_from(at_least).unwrap_or(usize::MAX);
    if places.len() <= room.max(at_least) {
        return;
    }
    let bound = few_digits(rows[places[room]].rank());
    let below = places.partition_point(|place| rows[*place].rank() < bound);
    for place in &places[below.max(at_least)..] {
        rules.leave_out(&mut rows[*place], rule);
    }
}

/// The largest number with four binary digits and then zeros that is no larger; in either half of the ranks alone.
fn few_digits(rank: u128) -> u128 {
    const HALF: u128 = 1 << 127;
    let (half, within) = (rank & HALF, rank & !HALF);
    let digits = 128 - within.leading_zeros();
    half | within & (u128::MAX << digits.saturating_sub(4))
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
    most: u64,
) {
    let mut taken: HashMap<u64, u64> = HashMap::new();
    order.retain(|place| {
        let row = &mut rows[*place];
        let count = taken.entry(row.answer).or_default();
        if *count < most {
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

    #[test]
    fn a_bound_has_four_digits() {
        assert_eq!(few_digits(0b1011_0111), 0b1011_0000);
        assert_eq!(few_digits(0b101), 0b101);
        assert_eq!(few_digits(0), 0);
        // What is trivial comes last, and begins at zero again.
        let half = 1 << 127;
        assert_eq!(few_digits(half | 0b1011_0111), half | 0b1011_0000);
    }
}

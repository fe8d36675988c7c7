//! Shares of kinds and of bands of difficulty.

use std::collections::BTreeMap;

use tracestone_record::SampleKind;

use crate::choice::{Rule, Shares};
use crate::range::Interval;
use crate::select::{Row, Rules};
use crate::share::Share;

/// A kind, and a band of difficulty by its place; `None` for all kinds or difficulties.
type Part = (Option<SampleKind>, Option<usize>);

/// Leaves out what is over its share: of the rows in `order`, the last ones. Gives sentences about what kept
/// the result small.
pub(crate) fn apply(
    shares: &Shares,
    rows: &mut [Row],
    order: &[usize],
    rules: &mut Rules,
) -> Vec<String> {
    let wanted = parts(shares);
    let mut found: BTreeMap<Part, Vec<usize>> = BTreeMap::new();
    for place in order {
        let row = &rows[*place];
        match part_of(shares, row) {
            Some(part) if wanted.contains_key(&part) => found.entry(part).or_default().push(*place),
            _ => rules.leave_out(&mut rows[*place], Rule::Unshared),
        }
    }
    let have = |part: &Part| found.get(part).map_or(0, Vec::len) as u64;
    // The scarcest part decides.
    let scarcest = wanted
        .iter()
        .filter_map(|(part, share)| Some((share.whole(have(part))?, *part)))
        .min();
    let (most, scarce) = scarcest.map_or((u64::MAX, None), |(most, part)| (most, Some(part)));
    let whole = shares.rows.map_or(most, |asked| asked.min(most));
    let mut notes = Vec::new();
    if let Some(part) = scarce.filter(|_| whole == most && whole < order.len() as u64) {
        notes.push(format!(
            "the mix has {whole} samples, since there are only {} of {}{}",
            have(&part),
            described(shares, part),
            match shares.rows {
                Some(asked) if asked > whole => format!(" (rows = {asked} was asked for)"),
                _ => String::new(),
            }
        ));
    }
    for (part, share) in &wanted {
        let Some(places) = found.get(part) else {
            continue;
        };
        let room = usize::try_from(share.times(whole)).unwrap_or(usize::MAX);
        for place in places.iter().skip(room) {
            rules.leave_out(&mut rows[*place], Rule::Share);
        }
    }
    notes
}

/// The share of each part.
fn parts(shares: &Shares) -> BTreeMap<Part, Share> {
    let all = Share::percent(100);
    let mut kinds: Vec<(Option<SampleKind>, Share)> = Vec::new();
    kinds.extend(
        shares
            .kinds
            .iter()
            .map(|(kind, share)| (Some(*kind), *share)),
    );
    if kinds.is_empty() {
        kinds.push((None, all));
    }
    let mut bands: Vec<(Option<usize>, Share)> = Vec::new();
    let listed = shares.difficulty.iter().enumerate();
    bands.extend(listed.map(|(place, band)| (Some(place), band.share)));
    if bands.is_empty() {
        bands.push((None, all));
    }
    let mut parts = BTreeMap::new();
    for (kind, of_kind) in &kinds {
        for (band, of_band) in &bands {
            parts.insert((*kind, *band), of_kind.and(*of_band));
        }
    }
    parts
}

/// The part of a row; `None` if it is in no band.
fn part_of(shares: &Shares, row: &Row) -> Option<Part> {
    let kind = (!shares.kinds.is_empty()).then_some(row.kind);
    if shares.difficulty.is_empty() {
        return Some((kind, None));
    }
    let holds = |range: Interval| row.difficulty.is_some_and(|number| range.contains(number));
    let band = shares
        .difficulty
        .iter()
        .position(|band| holds(band.range))?;
    Some((kind, Some(band)))
}

fn described(shares: &Shares, (kind, band): Part) -> String {
    let kind = kind.map_or("any kind".to_owned(), |kind| format!("`{}`", kind.name()));
    match band.and_then(|band| shares.difficulty.get(band)) {
        Some(band) => format!("{kind} with a difficulty of {}", band.range),
        None => kind,
    }
}

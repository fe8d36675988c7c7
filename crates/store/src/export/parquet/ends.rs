//! Programs before which pages, row groups and files end.
//!
//! They are chosen by what the programs around them are alone, so that a data set that is built again ends them at the
//! same programs but close to what has changed, and equal rows between are equal bytes. A program is chosen if the
//! number that is its identifier is the greatest among all programs that begin less than a radius of rows before or
//! behind it. So two ends are at least a radius apart, and twice that on average.

use std::collections::HashMap;

use tracestone_record::ProgramId;

/// Rows to each side for a page and for a row group of some 200 KB. A change costs the group around it, and each
/// group has some KB in the file's footer, which is always new.
const PAGE_RADIUS: u64 = 256;
const GROUP_RADIUS: u64 = 800;
/// Rows from which on a part of the split is several files, and the least radius of these. Each file has a footer of its
/// own, so that less of an export with many is uploaded again.
const LEAST_ROWS: u64 = 16_384;
const LEAST_RADIUS: u64 = 2_048;
/// Radii of a file in all rows.
const RADII: u64 = 48;

/// Thing that ends before a program; the later ones include those before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum End {
    Page,
    Group,
    File,
}

/// The ends of an export.
#[derive(Debug)]
pub(super) struct Ends(HashMap<ProgramId, End>);

impl Ends {
    /// The ends for programs in the order of their rows, each with its number of rows.
    pub(super) fn of(programs: &[(ProgramId, u32)]) -> Self {
        let mut rows = 0;
        let places: Vec<(u64, ProgramId)> = programs
            .iter()
            .map(|(program, count)| {
                rows += u64::from(*count);
                (rows - u64::from(*count), *program)
            })
            .collect();
        // A power of two, so that it stays the same while a data set grows a little.
        let files = (rows / RADII).next_power_of_two().max(LEAST_RADIUS);
        let radii = [
            (End::Page, Some(PAGE_RADIUS)),
            (End::Group, Some(GROUP_RADIUS)),
            (End::File, (rows >= LEAST_ROWS).then_some(files)),
        ];
        let mut ends = HashMap::new();
        for place in 0..places.len() {
            let reached = radii.iter().take_while(|(_, radius)| {
                radius.is_some_and(|radius| is_peak(&places, place, radius))
            });
            if let Some((end, _)) = reached.last() {
                ends.insert(places[place].1, *end);
            }
        }
        Self(ends)
    }

    /// The greatest thing that ends before a program.
    pub(super) fn before(&self, program: ProgramId) -> Option<End> {
        self.0.get(&program).copied()
    }
}

/// True if no program that begins less than a radius away has a greater identifier.
fn is_peak(places: &[(u64, ProgramId)], place: usize, radius: u64) -> bool {
    let (start, own) = places[place];
    let near = |other: &&(u64, ProgramId)| other.0.abs_diff(start) < radius;
    let before = places[..place].iter().rev().take_while(near);
    let behind = places[place + 1..].iter().take_while(near);
    before.chain(behind).all(|(_, other)| *other < own)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn programs(count: u32) -> Vec<(ProgramId, u32)> {
        let id = |number: u32| ProgramId::of(&[&number.to_be_bytes()]);
        (0..count)
            .map(|number| (id(number), 20 + number % 30))
            .collect()
    }

    fn of_kind(ends: &Ends, programs: &[(ProgramId, u32)], kind: End) -> Vec<ProgramId> {
        let all = programs.iter().map(|(program, _)| *program);
        all.filter(|program| ends.before(*program) >= Some(kind))
            .collect()
    }

    #[test]
    fn ends_are_as_far_apart_as_they_are_meant_to_be() {
        let programs = programs(5_000);
        let ends = Ends::of(&programs);
        for (kind, range) in [
            (End::Page, 250..420),
            (End::Group, 75..140),
            (End::File, 8..30),
        ] {
            let count = of_kind(&ends, &programs, kind).len();
            assert!(range.contains(&count), "{kind:?}: {count}");
        }
        assert!(of_kind(&Ends::of(&programs[..400]), &programs, End::File).is_empty());
    }

    #[test]
    fn a_change_moves_no_end_but_those_around_it() {
        let before = programs(5_000);
        let mut after = before.clone();
        after.drain(2_500..2_550);
        let (one, other) = (Ends::of(&before), Ends::of(&after));
        for (kind, most) in [(End::Group, 4), (End::File, 3)] {
            let (one, other) = (of_kind(&one, &before, kind), of_kind(&other, &after, kind));
            let moved = one.iter().filter(|end| !other.contains(end)).count()
                + other.iter().filter(|end| !one.contains(end)).count();
            assert!(moved <= most, "{kind:?}: {moved}");
        }
    }
}

//! Assignment of programs to parts of the split.
//!
//! Programs are connected by the group that the corpus asks for (a source, a file) and by every definition
//! whose text they share. Connected programs form a component, which has one part and one name.

use std::collections::HashMap;

use tracestone_record::{Definition, Program, Split};

/// Definitions nested in others (methods, inner functions) tie programs together from this many
/// statements on: shorter ones, such as a `__len__`, are written again and again by people who never saw
/// each other's code.
const NESTED_STATEMENTS: usize = 3;

/// A part that holds more than this many times its share of the programs is too large for a component.
const MOST: f64 = 2.0;

/// A part that holds less than this share of what it should is given more.
const LEAST: f64 = 0.5;

/// The hash of a definition's text.
pub type DefinitionHash = [u8; 16];

/// The texts of a program's definitions that no two parts may share, as hashes.
///
/// Definitions in which nothing runs, such as `class Error(Exception): pass`, tie nothing together.
#[must_use]
pub fn definitions_of(program: &Program) -> Vec<DefinitionHash> {
    let lines: Vec<&str> = program.text.lines().collect();
    let mut hashes: Vec<_> = program
        .definitions
        .iter()
        .filter(|definition| ties(definition, &program.definitions))
        .filter_map(|definition| {
            lines.get(definition.lines.first.index()..=definition.lines.last.index())
        })
        .map(hash_of)
        .collect();
    hashes.sort_unstable();
    hashes.dedup();
    hashes
}

fn ties(definition: &Definition, all: &[Definition]) -> bool {
    let inside = all.iter().filter(|other| {
        other.lines.first >= definition.lines.first && other.lines.last <= definition.lines.last
    });
    let statements: usize = inside.map(|other| other.statements.len()).sum();
    if definition.name.contains('.') {
        statements >= NESTED_STATEMENTS
    } else {
        statements > 0
    }
}

/// The hash of lines without their common indentation and the white space at their ends, so that a
/// method and a function with the same text are the same.
fn hash_of(lines: &[&str]) -> DefinitionHash {
    let indentation = lines
        .iter()
        .filter(|line| !line.trim().is_empty())
        .map(|line| line.len() - line.trim_start().len())
        .min()
        .unwrap_or(0);
    let mut hasher = blake3::Hasher::new();
    for line in lines.iter().map(|line| line.trim_end()) {
        hasher.update(line.get(indentation..).unwrap_or("").as_bytes());
        hasher.update(b"\n");
    }
    let mut hash = [0; 16];
    hash.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    hash
}

/// Groups and what ties them together.
#[derive(Debug, Default)]
pub struct Components {
    numbers: HashMap<String, usize>,
    /// For each group the group that it is tied to; a component's root is tied to itself.
    ties: Vec<usize>,
    weights: Vec<u64>,
    /// The first group that was seen with a definition.
    holders: HashMap<DefinitionHash, usize>,
}

impl Components {
    /// Adds a program of a group. `weight` is what it counts for when parts are measured: 0 for a
    /// program that will not be asked about.
    pub fn add(&mut self, group: &str, weight: u64, definitions: &[DefinitionHash]) {
        let number = match self.numbers.get(group) {
            Some(number) => *number,
            None => {
                let number = self.ties.len();
                self.numbers.insert(group.to_owned(), number);
                self.ties.push(number);
                self.weights.push(0);
                number
            }
        };
        self.weights[number] += weight;
        for definition in definitions {
            let holder = *self.holders.entry(*definition).or_insert(number);
            let (one, other) = (self.root(number), self.root(holder));
            self.ties[one.max(other)] = one.min(other);
        }
    }

    fn root(&mut self, mut number: usize) -> usize {
        while self.ties[number] != number {
            self.ties[number] = self.ties[self.ties[number]];
            number = self.ties[number];
        }
        number
    }

    /// Gives every component a part. `ratios` are the shares of training, validation and test, which
    /// add up to 1.
    #[must_use]
    pub fn assign(mut self, seed: u64, ratios: [f64; 3]) -> Assignment {
        let mut names: Vec<(String, usize)> =
            std::mem::take(&mut self.numbers).into_iter().collect();
        names.sort_unstable();
        // A component is called like the first of its groups in the order of their names, whatever the
        // order in which they came.
        let mut found: Vec<Component> = Vec::new();
        let mut by_root: HashMap<usize, usize> = HashMap::new();
        let mut groups = HashMap::with_capacity(names.len());
        for (name, number) in names {
            let root = self.root(number);
            let index = *by_root.entry(root).or_insert_with(|| {
                found.push(Component::new(seed, &name));
                found.len() - 1
            });
            found[index].weight += self.weights[number];
            groups.insert(name, index);
        }
        place(seed, &ratios, &mut found);
        Assignment {
            ratios,
            groups,
            components: found,
        }
    }
}

#[derive(Debug)]
struct Component {
    name: String,
    weight: u64,
    /// A number from 0 to 1 that depends on the seed and the name alone.
    draw: f64,
    part: Split,
}

impl Component {
    fn new(seed: u64, name: &str) -> Self {
        Self {
            name: name.to_owned(),
            weight: 0,
            draw: draw(seed, b"split", name),
            part: Split::Train,
        }
    }
}

fn draw(seed: u64, what: &[u8], name: &str) -> f64 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(what);
    hasher.update(&seed.to_le_bytes());
    hasher.update(name.as_bytes());
    let mut bytes = [0; 4];
    bytes.copy_from_slice(&hasher.finalize().as_bytes()[..4]);
    f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX)
}

/// Chance decides, as long as parts come out about as large as they should: then a component keeps its
/// part when others come or go. A component that is too large for the part goes to the largest part, and
/// parts that came out empty, or nearly so, are given components of the part with most to spare.
fn place(seed: u64, ratios: &[f64; 3], components: &mut [Component]) {
    let largest = Split::ALL
        .into_iter()
        .reduce(|best, part| {
            if ratio(ratios, part) > ratio(ratios, best) {
                part
            } else {
                best
            }
        })
        .unwrap_or(Split::Train);
    let total = total(components);
    for component in components.iter_mut() {
        let part = drawn(component.draw, ratios);
        component.part = if component.weight as f64 > MOST * ratio(ratios, part) * total {
            largest
        } else {
            part
        };
    }
    for part in [Split::Test, Split::Validation, Split::Train] {
        let wanted = ratio(ratios, part) * total;
        loop {
            let missing = ratio(ratios, part) > 0.0 && weight_of(components, part) == 0.0;
            if !missing && weight_of(components, part) >= LEAST * wanted {
                break;
            }
            let Some(donor) = donor(components, ratios, total, missing) else {
                break;
            };
            let room = MOST * wanted - weight_of(components, part);
            let Some(moved) = candidate(seed, components, donor, part, room) else {
                break;
            };
            components[moved].part = part;
        }
    }
}

fn ratio(ratios: &[f64; 3], part: Split) -> f64 {
    ratios[part as usize]
}

fn drawn(draw: f64, ratios: &[f64; 3]) -> Split {
    if draw <= ratios[0] {
        Split::Train
    } else if draw <= ratios[0] + ratios[1] {
        Split::Validation
    } else {
        Split::Test
    }
}

fn total(components: &[Component]) -> f64 {
    components
        .iter()
        .map(|component| component.weight as f64)
        .sum()
}

fn weight_of(components: &[Component], part: Split) -> f64 {
    let ours = components.iter().filter(|component| component.part == part);
    ours.map(|component| component.weight as f64).sum()
}

/// The part that has most more than it should, and two components that count at least. Where a part has
/// nothing at all, others give although they have no more than they should.
fn donor(components: &[Component], ratios: &[f64; 3], total: f64, missing: bool) -> Option<Split> {
    let spare = |part| weight_of(components, part) - ratio(ratios, part) * total;
    Split::ALL
        .into_iter()
        .filter(|part| {
            let ours = components
                .iter()
                .filter(|one| one.part == *part && one.weight > 0);
            ours.count() > 1
        })
        .filter(|part| missing || spare(*part) > 0.0)
        .max_by(|one, other| spare(*one).total_cmp(&spare(*other)))
}

/// A component of `donor` for `part`: by chance among those for which there is room, else, where the
/// part has none at all, the smallest.
fn candidate(
    seed: u64,
    components: &[Component],
    donor: Split,
    part: Split,
    room: f64,
) -> Option<usize> {
    let ours = || {
        let numbered = components.iter().enumerate();
        numbered.filter(|(_, one)| one.part == donor && one.weight > 0)
    };
    let chance = |one: &Component| draw(seed, part.name().as_bytes(), &one.name);
    let fitting = ours()
        .filter(|(_, one)| one.weight as f64 <= room)
        .min_by(|(_, one), (_, other)| chance(one).total_cmp(&chance(other)));
    let smallest = || {
        (weight_of(components, part) == 0.0).then(|| {
            ours().min_by(|(_, one), (_, other)| {
                let by_chance = || chance(one).total_cmp(&chance(other));
                one.weight.cmp(&other.weight).then_with(by_chance)
            })
        })
    };
    fitting
        .or_else(|| smallest().flatten())
        .map(|(index, _)| index)
}

/// The part of every group.
#[derive(Debug)]
pub struct Assignment {
    ratios: [f64; 3],
    /// The component of each group.
    groups: HashMap<String, usize>,
    components: Vec<Component>,
}

impl Assignment {
    /// The name of the component that a group belongs to, and its part.
    #[must_use]
    pub fn of(&self, group: &str) -> Option<(&str, Split)> {
        let component = &self.components[*self.groups.get(group)?];
        Some((&component.name, component.part))
    }

    /// Number of components with weight.
    #[must_use]
    pub fn components(&self) -> usize {
        let counting = self
            .components
            .iter()
            .filter(|component| component.weight > 0);
        counting.count()
    }

    /// Size of the emptiest part relative to its target; 1 if nothing has weight.
    #[must_use]
    pub fn fill(&self) -> f64 {
        let total = total(&self.components);
        if total == 0.0 {
            return 1.0;
        }
        Split::ALL
            .into_iter()
            .filter(|part| ratio(&self.ratios, *part) > 0.0)
            .map(|part| weight_of(&self.components, part) / (ratio(&self.ratios, part) * total))
            .fold(f64::INFINITY, f64::min)
    }

    /// True if the parts have about the sizes that were asked for, and there are enough components for the
    /// smallest part to get one by chance.
    #[must_use]
    pub fn is_good(&self) -> bool {
        let asked = self.ratios.into_iter().filter(|ratio| *ratio > 0.0);
        let smallest = asked.fold(1.0, f64::min);
        self.components() as f64 >= (1.0 / smallest).floor() && self.fill() >= LEAST
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tracestone_record::{FileId, Line, LineRange, ProgramId, UnitId, UnitKind};

    use super::*;

    const RATIOS: [f64; 3] = [0.8, 0.1, 0.1];

    fn hash(number: u8) -> DefinitionHash {
        [number; 16]
    }

    /// One group for each weight, without anything shared.
    fn apart(weights: &[u64]) -> Components {
        let mut components = Components::default();
        for (number, weight) in weights.iter().enumerate() {
            components.add(&format!("group {number}"), *weight, &[]);
        }
        components
    }

    fn count(assignment: &Assignment, part: Split) -> usize {
        let parts = assignment.components.iter();
        parts.filter(|component| component.part == part).count()
    }

    proptest! {
        #[test]
        fn what_shares_a_definition_has_one_part_and_one_name(
            seed: u64,
            programs in proptest::collection::vec(
                (0..20_usize, 0..3_u64, proptest::collection::vec(0..30_u8, 0..3)), 1..60),
        ) {
            let mut components = Components::default();
            let hashes = |numbers: &[u8]| numbers.iter().map(|n| hash(*n)).collect::<Vec<_>>();
            for (group, weight, definitions) in &programs {
                components.add(&group.to_string(), *weight, &hashes(definitions));
            }
            let assignment = components.assign(seed, RATIOS);
            let mut holders = HashMap::new();
            for (group, _, definitions) in &programs {
                let found = assignment.of(&group.to_string());
                prop_assert!(found.is_some());
                for definition in definitions {
                    prop_assert_eq!(*holders.entry(*definition).or_insert(found), found);
                }
            }
        }

        #[test]
        fn the_order_of_programs_changes_nothing(
            seed: u64,
            programs in proptest::collection::vec(
                (0..9_usize, 0..3_u64, proptest::collection::vec(0..12_u8, 0..3)), 1..30),
        ) {
            let assigned = |programs: &mut dyn Iterator<Item = &(usize, u64, Vec<u8>)>| {
                let mut components = Components::default();
                for (group, weight, definitions) in programs {
                    let hashes: Vec<_> = definitions.iter().map(|n| hash(*n)).collect();
                    components.add(&group.to_string(), *weight, &hashes);
                }
                components.assign(seed, RATIOS)
            };
            let (one, other) = (assigned(&mut programs.iter()), assigned(&mut programs.iter().rev()));
            for (group, _, _) in &programs {
                prop_assert_eq!(one.of(&group.to_string()), other.of(&group.to_string()));
            }
        }

        #[test]
        fn no_part_is_empty_where_there_are_three_groups(
            seed: u64,
            weights in proptest::collection::vec(1..50_u64, 3..40),
        ) {
            let assignment = apart(&weights).assign(seed, RATIOS);
            for part in Split::ALL {
                prop_assert!(count(&assignment, part) > 0);
            }
        }

        #[test]
        fn a_part_without_share_gets_nothing(
            seed: u64,
            weights in proptest::collection::vec(0..50_u64, 1..40),
        ) {
            let assignment = apart(&weights).assign(seed, [0.5, 0.0, 0.5]);
            prop_assert_eq!(count(&assignment, Split::Validation), 0);
        }
    }

    #[test]
    fn parts_are_about_as_large_as_their_ratios_and_stay_when_a_group_comes() {
        let before = apart(&[1; 10_000]).assign(7, RATIOS);
        let test = count(&before, Split::Test);
        assert!((900..1100).contains(&test), "{test}");
        assert!(before.is_good());
        let after = apart(&[1; 10_001]).assign(7, RATIOS);
        for number in 0..10_000 {
            let group = format!("group {number}");
            assert_eq!(before.of(&group), after.of(&group));
        }
    }

    #[test]
    fn a_component_too_large_for_a_small_part_is_in_the_large_one() {
        for seed in 0..100 {
            let assignment = apart(&[60, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]).assign(seed, RATIOS);
            assert_eq!(
                assignment.of("group 0").map(|(_, part)| part),
                Some(Split::Train)
            );
            assert!(assignment.fill() >= LEAST, "{seed}");
        }
    }

    #[test]
    fn one_group_is_all_training_and_not_good() {
        let assignment = apart(&[9]).assign(3, RATIOS);
        assert_eq!(count(&assignment, Split::Train), 1);
        assert!(!assignment.is_good());
        assert_eq!(assignment.fill(), 0.0);
    }

    fn program(text: &str, definitions: &[(&str, u32, u32, usize)]) -> Program {
        let range = |first, last| LineRange {
            first: Line(first),
            last: Line(last),
        };
        Program {
            package: None,
            id: ProgramId::of(&[text.as_bytes()]),
            unit: UnitId::of(&[b"u"]),
            file: FileId::of(&[b"f"]),
            entry: String::new(),
            text: text.to_owned(),
            lines: Vec::new(),
            inlined: Vec::new(),
            imports: Vec::new(),
            definitions: definitions
                .iter()
                .map(|(name, first, last, statements)| Definition {
                    name: (*name).to_owned(),
                    kind: UnitKind::Function,
                    lines: range(*first, *last),
                    header: Line(*first),
                    docstring: None,
                    prose: None,
                    parameters: Vec::new(),
                    locals: Vec::new(),
                    loops: Vec::new(),
                    branches: Vec::new(),
                    statements: (0..*statements)
                        .map(|n| Line(*first + 1 + n as u32))
                        .collect(),
                })
                .collect(),
            comments: Vec::new(),
        }
    }

    #[test]
    fn definitions_are_the_same_where_their_text_is() {
        let helper = "def helper(x):\n    return x\n";
        let one = program(
            &format!("{helper}\n\ndef a():\n    return helper(1)\n"),
            &[("helper", 1, 2, 1), ("a", 5, 6, 1)],
        );
        let other = program(
            &format!("import math\n\n\n{helper}\n\ndef b():\n    return helper(2)\n"),
            &[("helper", 4, 5, 1), ("b", 8, 9, 1)],
        );
        let (one, other) = (definitions_of(&one), definitions_of(&other));
        assert_eq!(one.len(), 2);
        assert_eq!(one.iter().filter(|hash| other.contains(hash)).count(), 1);
    }

    #[test]
    fn short_methods_and_definitions_in_which_nothing_runs_tie_nothing() {
        let text =
            "class E(Exception):\n    pass\n\n\nclass C:\n    def n(self):\n        return 1\n";
        let hashes = definitions_of(&program(
            text,
            &[("E", 1, 2, 0), ("C", 5, 7, 0), ("C.n", 6, 7, 1)],
        ));
        assert_eq!(hashes.len(), 1, "the class C alone");
    }
}

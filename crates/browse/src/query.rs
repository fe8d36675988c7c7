//! Filters, counts under them, and orders.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde::Serialize;
use tracestone_record::{ProgramId, RunId};
use tracestone_store::{Store, StoreError};

use crate::index::{Dim, Index, Row};

/// Values of one property in a reply; the rest are counted together.
const VALUES: usize = 24;

/// A selection of samples.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    /// The accepted values of each property; a property without an entry accepts all.
    pub wanted: BTreeMap<Dim, BTreeSet<String>>,
    /// Words that the program's name, path or text, or the call must contain; may be empty.
    pub words: String,
    /// Order of the selected samples.
    pub order: Order,
}

/// An order of samples.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Order {
    /// By source, path and program.
    #[default]
    Program,
    /// By identifier, which is a hash: an even selection of everything.
    Shuffled,
    /// The longest runs first.
    Steps,
    /// The longest answers first.
    Answer,
}

/// Selected samples, and counts.
#[derive(Debug)]
pub struct Found {
    /// Places in [`Index::rows`].
    pub places: Vec<u32>,
    /// For each property, counts of its values among the samples that fit the other properties.
    pub facets: Vec<Facet>,
}

/// Counts of the values of one property.
#[derive(Debug, Clone, Serialize)]
pub struct Facet {
    /// Name of the property.
    pub name: &'static str,
    /// Values with their counts.
    pub values: Vec<(String, u64)>,
    /// Number of further values, and their samples.
    pub others: (u64, u64),
}

impl Query {
    /// Reads the parameters of an address.
    #[must_use]
    pub fn of<'p>(parameters: impl IntoIterator<Item = (&'p str, &'p str)>) -> Self {
        let mut query = Self::default();
        for (name, value) in parameters {
            match (name, Dim::from_name(name)) {
                ("q", _) => query.words = value.trim().to_owned(),
                ("order", _) => query.order = Order::from_name(value),
                (_, Some(dim)) => {
                    query
                        .wanted
                        .entry(dim)
                        .or_default()
                        .insert(value.to_owned());
                }
                _ => {}
            }
        }
        query
    }

    /// Finds the selected samples.
    ///
    /// # Errors
    /// The store cannot be searched for words.
    pub fn run(&self, index: &Index, store: &Store) -> Result<Found, StoreError> {
        let text = Text::of(&self.words, index, store)?;
        let wanted: Vec<(Dim, Vec<bool>)> = self
            .wanted
            .iter()
            .map(|(dim, values)| {
                let labels = index.labels(*dim).iter();
                (*dim, labels.map(|label| values.contains(label)).collect())
            })
            .collect();
        let mut counts = Dim::ALL.map(|dim| vec![0_u64; index.labels(dim).len()]);
        let mut places = Vec::new();
        for (place, row) in (0_u32..).zip(&index.rows) {
            if !text.fits(row) {
                continue;
            }
            let mut refused = wanted
                .iter()
                .filter(|(dim, values)| !values[index.value(row, *dim) as usize]);
            match (refused.next(), refused.next()) {
                (None, _) => {
                    places.push(place);
                    for dim in Dim::ALL {
                        counts[dim as usize][index.value(row, dim) as usize] += 1;
                    }
                }
                // What a choice of other values of this property would add.
                (Some((dim, _)), None) => {
                    counts[*dim as usize][index.value(row, *dim) as usize] += 1;
                }
                _ => {}
            }
        }
        self.order.apply(index, &mut places);
        let facets = Dim::ALL.into_iter().zip(&counts);
        let facets = facets.map(|(dim, counts)| self.facet(index, dim, counts));
        Ok(Found {
            facets: facets.collect(),
            places,
        })
    }

    fn facet(&self, index: &Index, dim: Dim, counts: &[u64]) -> Facet {
        let chosen = self.wanted.get(&dim);
        let labels = index.labels(dim);
        let mut shown: Vec<(usize, u64)> = counts
            .iter()
            .copied()
            .enumerate()
            .filter(|(value, count)| {
                *count > 0 || chosen.is_some_and(|chosen| chosen.contains(&labels[*value]))
            })
            .collect();
        // Groups of numbers, kinds and parts have an order of their own.
        if matches!(dim, Dim::Source | Dim::License | Dim::Origin | Dim::Answer) {
            shown.sort_by_key(|(value, count)| (std::cmp::Reverse(*count), *value));
        }
        let rest = shown.split_off(shown.len().min(VALUES));
        let kept = |value: usize| chosen.is_some_and(|chosen| chosen.contains(&labels[value]));
        let (more, rest): (Vec<_>, Vec<_>) = rest.into_iter().partition(|(value, _)| kept(*value));
        shown.extend(more);
        Facet {
            name: dim.name(),
            others: (rest.len() as u64, rest.iter().map(|(_, count)| count).sum()),
            values: shown
                .into_iter()
                .map(|(value, count)| (labels[value].clone(), count))
                .collect(),
        }
    }
}

impl Order {
    /// The order of this name; the default where there is none.
    #[must_use]
    pub fn from_name(name: &str) -> Self {
        match name {
            "shuffled" => Self::Shuffled,
            "steps" => Self::Steps,
            "answer" => Self::Answer,
            _ => Self::Program,
        }
    }

    fn apply(self, index: &Index, places: &mut [u32]) {
        let key: fn(&Row) -> u32 = match self {
            Self::Program => return,
            Self::Shuffled => |row| (row.id >> 32) as u32,
            Self::Steps => |row| u32::MAX - row.steps,
            Self::Answer => |row| u32::MAX - row.answer_bytes,
        };
        // Numbers that hold key and place are sorted several times faster than places by what they lead to.
        let keyed = places.iter().map(|place| {
            let key = key(&index.rows[*place as usize]);
            u64::from(key) << 32 | u64::from(*place)
        });
        let mut keyed: Vec<u64> = keyed.collect();
        keyed.sort_unstable();
        for (place, keyed) in places.iter_mut().zip(keyed) {
            *place = keyed as u32;
        }
    }
}

/// Samples whose program or call contains the words.
enum Text {
    Any,
    /// For each program and each run whether it is one.
    Of(Vec<bool>, Vec<bool>),
    /// Samples whose identifier begins with these digits.
    Id(u64, u32),
}

impl Text {
    fn of(words: &str, index: &Index, store: &Store) -> Result<Self, StoreError> {
        if words.is_empty() {
            return Ok(Self::Any);
        }
        if let Some(id) = Self::id(words) {
            return Ok(id);
        }
        let lower = words.to_lowercase();
        let texts: HashSet<ProgramId> = store.programs_with_text(words)?.into_iter().collect();
        let named = |text: &str| text.to_lowercase().contains(&lower);
        let programs = index.programs.iter().map(|head| {
            texts.contains(&head.id)
                || named(&head.entry)
                || named(&head.path)
                || named(&head.source)
        });
        let calls: HashSet<RunId> = store.runs_with_text(words)?.into_iter().collect();
        let runs = index.runs.iter().map(|run| calls.contains(run));
        Ok(Self::Of(programs.collect(), runs.collect()))
    }

    /// Reads at least eight digits of an identifier.
    fn id(words: &str) -> Option<Self> {
        let digits = words.get(..words.len().min(16))?;
        let plausible = digits.len() >= 8 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        let shift = 4 * (16 - digits.len() as u32);
        let value = u64::from_str_radix(digits, 16).ok().filter(|_| plausible)?;
        Some(Self::Id(value, shift))
    }

    fn fits(&self, row: &Row) -> bool {
        match self {
            Self::Any => true,
            Self::Of(programs, runs) => {
                let run = runs.get(row.run as usize).copied();
                programs[row.program as usize] || run.unwrap_or(false)
            }
            Self::Id(value, shift) => row.id >> shift == *value,
        }
    }
}

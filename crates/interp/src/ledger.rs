//! The true states at the words of texts, under each meaning of the data.

use std::collections::{BTreeMap, HashMap};

use crate::activations::{Activations, Spot};
use crate::error::{InterpError, Result};

/// A row of a latent ledger: at this word of this sample, so many steps being done, a variable has a
/// value under a semantics.
#[derive(Debug, Clone, Copy)]
pub struct State<'r> {
    /// The sample's name.
    pub sample: &'r str,
    /// The word's index in `prompt completion`.
    pub token: u32,
    /// Steps done once the word is read.
    pub step: i32,
    /// The variable.
    pub variable: &'r str,
    /// Its value.
    pub value: &'r str,
    /// What the data means.
    pub semantics: &'r str,
}

/// A word at which states are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// Where it is.
    pub spot: Spot,
    /// Steps done once it is read.
    pub step: i32,
}

/// The values of one variable under one meaning, by text and step.
type Column = Vec<BTreeMap<i32, u32>>;

/// A ledger in memory.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    samples: Vec<String>,
    marks: Vec<Mark>,
    values: BTreeMap<String, BTreeMap<String, Column>>,
    classes: BTreeMap<String, Vec<String>>,
}

impl Ledger {
    /// The ledger of these rows about these samples; rows about others are left out.
    #[must_use]
    pub fn new<'r>(samples: &[String], rows: impl IntoIterator<Item = State<'r>>) -> Self {
        let places: HashMap<&str, usize> = samples
            .iter()
            .enumerate()
            .map(|(text, name)| (name.as_str(), text))
            .collect();
        let mut ledger = Self {
            samples: samples.to_vec(),
            ..Self::default()
        };
        let mut marks: BTreeMap<Spot, i32> = BTreeMap::new();
        for row in rows {
            let Some(text) = places.get(row.sample).copied() else {
                continue;
            };
            // The word that begins every text is not counted by the ledger.
            let position = row.token as usize + 1;
            marks.insert(Spot { text, position }, row.step);
            let class = ledger.class(row.variable, row.value);
            let column = ledger
                .values
                .entry(row.variable.to_owned())
                .or_default()
                .entry(row.semantics.to_owned())
                .or_insert_with(|| vec![BTreeMap::new(); samples.len()]);
            column[text].insert(row.step, class);
        }
        ledger.marks = marks
            .into_iter()
            .map(|(spot, step)| Mark { spot, step })
            .collect();
        ledger
    }

    fn class(&mut self, variable: &str, value: &str) -> u32 {
        let classes = self.classes.entry(variable.to_owned()).or_default();
        let known = classes.iter().position(|known| known == value);
        let class = known.unwrap_or_else(|| {
            classes.push(value.to_owned());
            classes.len() - 1
        });
        u32::try_from(class).unwrap_or(u32::MAX)
    }

    /// The words at which states are known, sorted.
    #[must_use]
    pub fn marks(&self) -> &[Mark] {
        &self.marks
    }

    /// The places of the marks.
    #[must_use]
    pub fn spots(&self) -> Vec<Spot> {
        self.marks.iter().map(|mark| mark.spot).collect()
    }

    /// The samples' names.
    #[must_use]
    pub fn samples(&self) -> &[String] {
        &self.samples
    }

    /// The variables that have values under more than one meaning, or all if there is one meaning.
    #[must_use]
    pub fn variables(&self) -> Vec<&str> {
        self.values.keys().map(String::as_str).collect()
    }

    /// The meanings under which a variable has values.
    #[must_use]
    pub fn semantics(&self, variable: &str) -> Vec<&str> {
        self.values
            .get(variable)
            .map_or(Vec::new(), |by| by.keys().map(String::as_str).collect())
    }

    /// The values that a variable takes.
    #[must_use]
    pub fn classes(&self, variable: &str) -> &[String] {
        self.classes.get(variable).map_or(&[], Vec::as_slice)
    }

    /// The value of a variable `offset` steps after each mark, where there is one, as a class of
    /// `names`; a value that is not among them is `None` too.
    #[must_use]
    pub fn labels(
        &self,
        variable: &str,
        semantics: &str,
        offset: i32,
        names: &[String],
    ) -> Vec<Option<usize>> {
        let own = self.classes(variable);
        let place: Vec<Option<usize>> = own
            .iter()
            .map(|value| names.iter().position(|name| name == value))
            .collect();
        let column = self.values.get(variable).and_then(|by| by.get(semantics));
        self.marks
            .iter()
            .map(|mark| {
                let class = column?[mark.spot.text].get(&(mark.step + offset))?;
                place[*class as usize]
            })
            .collect()
    }

    /// Refuses activations that were read at other words.
    ///
    /// # Errors
    ///
    /// If samples or words differ.
    pub fn check(&self, activations: &Activations) -> Result<()> {
        let same_spots = self
            .marks
            .iter()
            .map(|mark| &mark.spot)
            .eq(&activations.spots);
        if same_spots && self.samples == activations.samples {
            Ok(())
        } else {
            Err(InterpError::Refused(
                "the activations were read at other words than the ledger has states of".to_owned(),
            ))
        }
    }
}

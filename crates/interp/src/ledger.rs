//! The true states at the tokens of texts, under each semantics of the data.

use std::collections::{BTreeMap, HashMap};

use tracestone_record::LedgerRow;

use crate::activations::{Activations, Spot};
use crate::error::{InterpError, Result};

/// A token with known states.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// Text and token.
    pub spot: Spot,
    /// Steps done once it is read.
    pub step: i32,
}

/// The values of one variable under one semantics, by text and step.
type Column = Vec<BTreeMap<i32, u32>>;

/// A ledger in memory.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    samples: Vec<String>,
    places: HashMap<String, usize>,
    seen: BTreeMap<Spot, i32>,
    marks: Vec<Mark>,
    values: BTreeMap<String, BTreeMap<String, Column>>,
    classes: BTreeMap<String, Vec<String>>,
    /// Number of tokens before each sample's text; 1 for all if empty.
    leading: Vec<usize>,
    /// The number of each sample's program; empty if each sample has a program of its own.
    programs: Vec<usize>,
    /// Samples whose length does not occur in training; empty if there are none.
    beyond: Vec<bool>,
}

impl Ledger {
    /// A ledger about these samples, without rows yet.
    #[must_use]
    pub fn new(samples: Vec<String>) -> Self {
        let places = samples
            .iter()
            .enumerate()
            .map(|(text, name)| (name.clone(), text))
            .collect();
        Self {
            samples,
            places,
            ..Self::default()
        }
    }

    /// Says how many tokens come before each sample's text: the ledger does not count them.
    #[must_use]
    pub fn led(mut self, leading: Vec<usize>) -> Self {
        self.leading = leading;
        self
    }

    /// Says which samples are of the same program, by a key for each sample: intervals resample programs, since
    /// samples of one program are not independent. Keys beyond the samples are ignored.
    #[must_use]
    pub fn grouped<K: Ord>(mut self, keys: impl IntoIterator<Item = K>) -> Self {
        let mut known: BTreeMap<K, usize> = BTreeMap::new();
        let numbers = keys.into_iter().take(self.samples.len()).map(|key| {
            let next = known.len();
            *known.entry(key).or_insert(next)
        });
        self.programs = numbers.collect();
        self
    }

    /// Says of each sample whether its length does not occur in training: probes are not trained on such samples, and
    /// their test is reported apart.
    #[must_use]
    pub fn apart(mut self, beyond: Vec<bool>) -> Self {
        self.beyond = beyond;
        self
    }

    /// True if a sample has a length that does not occur in training.
    #[must_use]
    pub fn beyond(&self, text: usize) -> bool {
        self.beyond.get(text).copied().unwrap_or(false)
    }

    /// Adds values of a variable under a further semantics, as classes: of each mark, where there is one. The variable
    /// has values already.
    pub fn label(
        &mut self,
        variable: &str,
        semantics: &str,
        class: impl Fn(Mark) -> Option<usize>,
    ) {
        let classes = self.classes(variable).len();
        let mut column: Column = vec![BTreeMap::new(); self.samples.len()];
        for mark in &self.marks {
            if let Some(class) = class(*mark).filter(|class| *class < classes) {
                let class = u32::try_from(class).unwrap_or(u32::MAX);
                column[mark.spot.text].insert(mark.step, class);
            }
        }
        self.values
            .entry(variable.to_owned())
            .or_default()
            .insert(semantics.to_owned(), column);
    }

    /// The number of a sample's program, below the number of samples.
    #[must_use]
    pub fn program(&self, text: usize) -> usize {
        self.programs.get(text).copied().unwrap_or(text)
    }

    /// The number of programs.
    #[must_use]
    pub fn program_count(&self) -> usize {
        let most = self.programs.iter().max().map(|most| most + 1);
        most.unwrap_or(self.samples.len())
    }

    /// Adds the token of a row, without its value. Rows about other samples and rows without a token are
    /// ignored.
    pub fn add_place(&mut self, row: &LedgerRow) -> Option<usize> {
        let text = self.places.get(&row.sample).copied()?;
        let leading = self.leading.get(text).copied().unwrap_or(1);
        let position = row.token? as usize + leading;
        self.seen.insert(Spot { text, position }, row.step);
        Some(text)
    }

    /// Adds a row with its value.
    pub fn add(&mut self, row: &LedgerRow) {
        let Some(text) = self.add_place(row) else {
            return;
        };
        let class = self.class(&row.variable, &row.value);
        let texts = self.samples.len();
        let column = self
            .values
            .entry(row.variable.clone())
            .or_default()
            .entry(row.semantics.clone())
            .or_insert_with(|| vec![BTreeMap::new(); texts]);
        column[text].insert(row.step, class);
    }

    /// Ends adding: the marks are known.
    #[must_use]
    pub fn finish(mut self) -> Self {
        self.marks = std::mem::take(&mut self.seen)
            .into_iter()
            .map(|(spot, step)| Mark { spot, step })
            .collect();
        // Classes in the order of their names, so that they do not depend on which text came first.
        for (variable, classes) in &mut self.classes {
            let mut sorted = classes.clone();
            sorted.sort();
            let place: Vec<u32> = classes
                .iter()
                .map(|name| sorted.iter().position(|other| other == name).unwrap_or(0))
                .map(|place| u32::try_from(place).unwrap_or(u32::MAX))
                .collect();
            for column in self
                .values
                .get_mut(variable)
                .into_iter()
                .flat_map(BTreeMap::values_mut)
            {
                for class in column.iter_mut().flat_map(BTreeMap::values_mut) {
                    *class = place[*class as usize];
                }
            }
            *classes = sorted;
        }
        self
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

    /// Tokens with known states, sorted.
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

    /// Names of the variables, sorted.
    #[must_use]
    pub fn variables(&self) -> Vec<&str> {
        self.values.keys().map(String::as_str).collect()
    }

    /// The semantics for which a variable has values.
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

    /// Checks that activations were read at the tokens of this ledger.
    ///
    /// # Errors
    ///
    /// Samples or tokens differ.
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
                "the activations were read at other tokens than the ledger's".to_owned(),
            ))
        }
    }
}

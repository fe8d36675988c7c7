//! Decisions about many samples at once.

use std::collections::HashMap;
use std::hash::Hash;

use tracestone_record::{SampleId, SampleKind, Split};

use crate::choice::{Choice, Per, Rule};
use crate::fact::{Fact, Narrow, Sign, Signs};
use crate::{limits, shares};

/// A sample as a selection sees it.
#[derive(Debug, Clone)]
pub struct Candidate<'a> {
    /// Identifier of the sample.
    pub id: SampleId,
    /// Kind of the question.
    pub kind: SampleKind,
    /// The part of the split.
    pub split: Split,
    /// A number for its program.
    pub program: u32,
    /// A number for its source.
    pub repository: u32,
    /// Facts of the sample.
    pub narrow: &'a Narrow,
}

/// The part of a candidate that is kept until all are known.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    pub(crate) key: u128,
    pub(crate) answer: u64,
    pub(crate) program: u32,
    pub(crate) repository: u32,
    pub(crate) difficulty: Option<u32>,
    pub(crate) kind: SampleKind,
    pub(crate) split: Split,
    pub(crate) signs: Signs,
    /// The rule that left it out, as a place in the table of rules plus one; 0 while it is in.
    out: u8,
}

/// Collects candidates, and then decides on all of them.
#[derive(Debug)]
pub struct Selector<'a> {
    choice: &'a Choice,
    rows: Vec<Row>,
    rules: Rules,
}

/// The rules that left something out, each once.
#[derive(Debug, Default)]
pub(crate) struct Rules(Vec<Rule>);

impl Rules {
    /// Leaves a row out by a rule.
    pub(crate) fn leave_out(&mut self, row: &mut Row, rule: Rule) {
        let place = self.0.iter().position(|known| *known == rule);
        let place = place.unwrap_or_else(|| {
            self.0.push(rule);
            self.0.len() - 1
        });
        // There are a few dozen rules at most: those of the choice and of this crate.
        row.out = u8::try_from(place + 1).unwrap_or(u8::MAX);
    }
}

impl Row {
    /// True while no rule has left the row out.
    pub(crate) fn is_in(&self) -> bool {
        self.out == 0
    }
}

/// Result of a selection.
#[derive(Debug)]
pub struct Selected {
    out: Vec<u8>,
    rules: Vec<Rule>,
    /// Sentences about what kept the selection small, such as a scarce kind.
    pub notes: Vec<String>,
}

impl Selected {
    /// The rule that left out the candidate considered at this place; `None` if it was taken.
    #[must_use]
    pub fn rule(&self, place: usize) -> Option<Rule> {
        let out = usize::from(*self.out.get(place)?);
        self.rules.get(out.checked_sub(1)?).copied()
    }

    /// Number of candidates taken.
    #[must_use]
    pub fn taken(&self) -> usize {
        self.out.iter().filter(|out| **out == 0).count()
    }
}

impl<'a> Selector<'a> {
    /// A selection by these rules.
    #[must_use]
    pub fn new(choice: &'a Choice) -> Self {
        Self {
            choice,
            rows: Vec::new(),
            rules: Rules::default(),
        }
    }

    /// Adds a candidate. Candidates are numbered from 0 in the order in which they come.
    pub fn consider(&mut self, candidate: &Candidate<'_>) {
        let mut row = Row {
            key: self.key(candidate.id),
            answer: candidate.narrow.answer,
            program: candidate.program,
            repository: candidate.repository,
            difficulty: candidate.narrow.fact(Fact::Difficulty),
            kind: candidate.kind,
            split: candidate.split,
            signs: candidate.narrow.signs,
            out: 0,
        };
        if let Some(rule) = self.choice.refusal(candidate.narrow) {
            self.rules.leave_out(&mut row, rule);
        }
        self.rows.push(row);
    }

    fn key(&self, id: SampleId) -> u128 {
        if self.choice.seed == 0 {
            return u128::from_be_bytes(*id.as_bytes());
        }
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"mix");
        hasher.update(&self.choice.seed.to_le_bytes());
        hasher.update(id.as_bytes());
        let mut key = [0; 16];
        key.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        u128::from_be_bytes(key)
    }

    /// Decides on all candidates.
    #[must_use]
    pub fn decide(mut self) -> Selected {
        let mut notes = Vec::new();
        if !self.choice.is_plain() {
            let mut order: Vec<usize> = (0..self.rows.len())
                .filter(|row| self.rows[*row].is_in())
                .collect();
            // Telling questions first, so that a program's few places go to them.
            order.sort_unstable_by_key(|row| {
                let row = &self.rows[*row];
                (row.signs.has(Sign::Trivial), row.key)
            });
            for per in [Per::Answer, Per::Program, Per::Repository] {
                self.cap(&mut order, per);
            }
            if let Some(limits) = &self.choice.limits {
                limits::apply(limits, &mut self.rows, &order, &mut self.rules);
                order.retain(|row| self.rows[*row].is_in());
            }
            if let Some(shares) = &self.choice.shares {
                notes = shares::apply(shares, &mut self.rows, &order, &mut self.rules);
                order.retain(|row| self.rows[*row].is_in());
            }
            self.cap(&mut order, Per::Kind);
        }
        Selected {
            out: self.rows.iter().map(|row| row.out).collect(),
            rules: self.rules.0,
            notes,
        }
    }

    /// Takes the first rows with each thing, and leaves out the others.
    fn cap(&mut self, order: &mut Vec<usize>, per: Per) {
        let Some(&most) = self.choice.max_per.get(&per) else {
            return;
        };
        let rule = Rule::MaxPer(per, most);
        let (rows, rules) = (&mut self.rows, &mut self.rules);
        match per {
            Per::Answer => cap_by(rows, order, rules, rule, most, |row| (row.kind, row.answer)),
            Per::Program => cap_by(rows, order, rules, rule, most, |row| row.program),
            Per::Repository => cap_by(rows, order, rules, rule, most, |row| row.repository),
            Per::Kind => cap_by(rows, order, rules, rule, most, |row| row.kind),
        }
    }
}

fn cap_by<K: Hash + Eq>(
    rows: &mut [Row],
    order: &mut Vec<usize>,
    rules: &mut Rules,
    rule: Rule,
    most: u64,
    key: impl Fn(&Row) -> K,
) {
    let mut taken: HashMap<K, u64> = HashMap::new();
    order.retain(|place| {
        let row = &mut rows[*place];
        let count = taken.entry(key(row)).or_default();
        if *count < most {
            *count += 1;
            true
        } else {
            rules.leave_out(row, rule);
            false
        }
    });
}

//! The samples of a store in memory, some fifty bytes each, so that every filter is a pass over an array.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::Path;

use tracestone_record::{FileId, ProgramId, RunId, SampleId, SampleKind, Split};
use tracestone_store::{Glance, ProgramHead, Store, StoreError};

/// The largest numbers of the groups of step counts; the last group has no end.
const STEPS: [u32; 9] = [2, 5, 10, 20, 50, 100, 200, 500, 1000];
/// The same for sizes of answers in bytes.
const BYTES: [u32; 8] = [1, 2, 4, 8, 16, 64, 256, 1024];
/// Distinct short answers that are told apart.
const ANSWERS: usize = 60_000;
/// The label of answers that are not told apart.
pub(crate) const LONGER: &str = "(longer)";
/// The label of samples that ask about no run.
const NO_INPUT: &str = "(no call)";

/// A property by which samples are counted and filtered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dim {
    /// Kind of the question.
    Kind,
    /// Part of the split.
    Split,
    /// Name of the source.
    Source,
    /// Licence of the file.
    License,
    /// Origin of the call.
    Origin,
    /// Group of step counts.
    Steps,
    /// Group of answer sizes.
    AnswerBytes,
    /// Signs that a question is easy.
    Easy,
    /// The answer, if it is short.
    Answer,
}

impl Dim {
    /// All properties, in the order in which they are shown.
    pub const ALL: [Self; 9] = [
        Self::Kind,
        Self::Split,
        Self::Source,
        Self::License,
        Self::Origin,
        Self::Steps,
        Self::AnswerBytes,
        Self::Easy,
        Self::Answer,
    ];

    /// Name in addresses and data.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Kind => "kind",
            Self::Split => "split",
            Self::Source => "source",
            Self::License => "license",
            Self::Origin => "origin",
            Self::Steps => "steps",
            Self::AnswerBytes => "answer_bytes",
            Self::Easy => "easy",
            Self::Answer => "answer",
        }
    }

    /// Property with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dim| dim.name() == name)
    }
}

/// A sample in memory.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// The first half of its identifier.
    pub id: u64,
    /// Key of its row in the store.
    pub row: i64,
    /// Place of its program in [`Index::programs`].
    pub program: u32,
    /// Number of its run in [`Index::runs`]; `u32::MAX` for none.
    pub run: u32,
    /// Line events of the run.
    pub steps: u32,
    /// Size of the answer.
    pub answer_bytes: u32,
    answer: u16,
    /// Place of its kind in [`SampleKind::ALL`].
    pub kind: u8,
    /// Place of its part in [`Split::ALL`].
    pub split: u8,
    origin: u8,
    easy: u8,
}

/// The samples of a store and the names of their properties.
#[derive(Debug, Default)]
pub struct Index {
    /// The samples in order of source, path and program; none twice.
    pub rows: Vec<Row>,
    /// The programs by source, path and name.
    pub programs: Vec<ProgramHead>,
    /// The runs in order of their identifiers.
    pub runs: Vec<RunId>,
    /// Source and licence of each program, as places in the labels.
    places: Vec<(u32, u32)>,
    labels: [Vec<String>; Dim::ALL.len()],
}

impl Index {
    /// Reads the store at `path`, with one thread for each part of it.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn load(path: &Path, threads: usize) -> Result<Self, StoreError> {
        let store = Store::open_read_only(path)?;
        let programs = store.program_heads()?;
        let known: HashMap<(ProgramId, FileId), u32> = (0_u32..)
            .zip(&programs)
            .map(|(place, head)| ((head.id, head.file), place))
            .collect();
        let mut index = Self::default();
        let (runs, origins) = index.take_runs(store.run_origins()?);
        let parts = usize::clamp(threads, 1, 16);
        let first = |part: usize| part * 256 / parts;
        let read = std::thread::scope(|scope| {
            let readers: Vec<_> = (0..parts)
                .map(|part| {
                    let bytes = first(part) as u8..=(first(part + 1) - 1) as u8;
                    let known = (&known, &runs, &origins);
                    scope.spawn(move || Part::read(path, bytes, known))
                })
                .collect();
            readers
                .into_iter()
                .map(|reader| reader.join().unwrap_or(Err(StoreError::Stopped)))
                .collect::<Result<Vec<Part>, StoreError>>()
        })?;
        index.runs = runs;
        index.name_programs(&programs);
        index.programs = programs;
        index.join(read);
        index.arrange();
        Ok(index)
    }

    fn take_runs(&mut self, runs: Vec<(RunId, String)>) -> (Vec<RunId>, Vec<u8>) {
        let labels = &mut self.labels[Dim::Origin as usize];
        let mut ids = Vec::with_capacity(runs.len());
        let mut origins = Vec::with_capacity(runs.len());
        for (id, origin) in runs {
            ids.push(id);
            origins.push(place_of(labels, &origin) as u8);
        }
        (ids, origins)
    }

    fn name_programs(&mut self, programs: &[ProgramHead]) {
        let mut known: [HashMap<&str, u32>; 2] = Default::default();
        for head in programs {
            let mut place = |which: usize, dim: Dim, name| {
                let labels = &mut self.labels[dim as usize];
                *known[which].entry(name).or_insert_with(|| {
                    labels.push(str::to_owned(name));
                    labels.len() as u32 - 1
                })
            };
            let source = place(0, Dim::Source, head.source.as_str());
            let license = place(1, Dim::License, head.license.as_str());
            self.places.push((source, license));
        }
    }

    /// Takes the rows of all parts, with their answers by one numbering.
    fn join(&mut self, parts: Vec<Part>) {
        let mut answers = vec![LONGER.to_owned()];
        let mut known: HashMap<String, u16> = HashMap::new();
        self.rows
            .reserve_exact(parts.iter().map(|part| part.rows.len()).sum());
        for part in parts {
            let renamed: Vec<u16> = part
                .answers
                .into_iter()
                .map(|answer| number(&mut known, &mut answers, answer))
                .collect();
            self.rows.extend(part.rows.into_iter().map(|mut row| {
                row.answer = match row.answer {
                    0 => 0,
                    other => renamed[usize::from(other) - 1],
                };
                row
            }));
        }
        self.labels[Dim::Answer as usize] = answers;
        self.labels[Dim::Origin as usize].push(NO_INPUT.to_owned());
        self.labels[Dim::Kind as usize] = SampleKind::ALL.map(|kind| kind.name().to_owned()).into();
        self.labels[Dim::Split as usize] = Split::ALL.map(|split| split.name().to_owned()).into();
        self.labels[Dim::Steps as usize] = groups(&STEPS);
        self.labels[Dim::AnswerBytes as usize] = groups(&BYTES);
        self.labels[Dim::Easy as usize] = ["no sign", "answer in the prompt", "trivial"]
            .map(str::to_owned)
            .into();
    }

    /// Brings the rows in order and removes questions that occur a second time, as an export does.
    fn arrange(&mut self) {
        self.rows
            .sort_unstable_by_key(|row| (row.id, row.program, row.row));
        self.rows.dedup_by_key(|row| row.id);
        self.rows
            .sort_unstable_by_key(|row| (row.program, row.run, row.kind, row.id));
    }

    /// The names of a property's values.
    #[must_use]
    pub fn labels(&self, dim: Dim) -> &[String] {
        &self.labels[dim as usize]
    }

    /// The value of a property, as a place in its labels.
    #[must_use]
    pub fn value(&self, row: &Row, dim: Dim) -> u32 {
        let place = || self.places[row.program as usize];
        match dim {
            Dim::Kind => row.kind.into(),
            Dim::Split => row.split.into(),
            Dim::Source => place().0,
            Dim::License => place().1,
            Dim::Origin => match row.origin {
                u8::MAX => self.labels(dim).len() as u32 - 1,
                origin => origin.into(),
            },
            Dim::Steps => group(&STEPS, row.steps),
            Dim::AnswerBytes => group(&BYTES, row.answer_bytes),
            Dim::Easy => row.easy.into(),
            Dim::Answer => row.answer.into(),
        }
    }

    /// The program of a sample.
    #[must_use]
    pub fn program(&self, row: &Row) -> &ProgramHead {
        &self.programs[row.program as usize]
    }

    /// The place of the sample with this identifier.
    #[must_use]
    pub fn position(&self, id: SampleId) -> Option<usize> {
        let id = half(id);
        self.rows.iter().position(|row| row.id == id)
    }
}

/// Samples that one thread read.
#[derive(Debug, Default)]
struct Part {
    rows: Vec<Row>,
    /// Distinct short answers; a row has the place in it plus one.
    answers: Vec<String>,
}

type Known<'a> = (
    &'a HashMap<(ProgramId, FileId), u32>,
    &'a Vec<RunId>,
    &'a Vec<u8>,
);

impl Part {
    fn read(
        path: &Path,
        bytes: std::ops::RangeInclusive<u8>,
        (programs, runs, origins): Known<'_>,
    ) -> Result<Self, StoreError> {
        let store = Store::open_read_only(path)?;
        let mut part = Self::default();
        let mut known = HashMap::new();
        // Neighbours in the index are of the same program and run.
        let mut program: Option<((ProgramId, FileId), Option<u32>)> = None;
        let mut run: Option<(RunId, Option<usize>)> = None;
        store.each_glance(bytes, |glance| {
            let key = (glance.program, glance.file);
            if program.is_none_or(|(last, _)| last != key) {
                program = Some((key, programs.get(&key).copied()));
            }
            // A program that is in no current source any more has no place.
            let Some(place) = program.and_then(|(_, place)| place) else {
                return ControlFlow::Continue(());
            };
            if let Some(id) = glance.run
                && run.is_none_or(|(last, _)| last != id)
            {
                run = Some((id, runs.binary_search(&id).ok()));
            }
            let found = run.filter(|_| glance.run.is_some()).and_then(|(_, at)| at);
            let answer = glance
                .answer
                .map_or(0, |text| part.answer(&mut known, text));
            part.rows.push(row(&glance, place, answer, found, origins));
            ControlFlow::Continue(())
        })?;
        Ok(part)
    }

    fn answer(&mut self, known: &mut HashMap<String, u16>, text: &str) -> u16 {
        if let Some(place) = known.get(text) {
            return *place;
        }
        if self.answers.len() >= ANSWERS {
            return 0;
        }
        self.answers.push(text.to_owned());
        let place = self.answers.len() as u16;
        known.insert(text.to_owned(), place);
        place
    }
}

fn row(glance: &Glance<'_>, program: u32, answer: u16, run: Option<usize>, origins: &[u8]) -> Row {
    Row {
        id: half(glance.id),
        row: glance.row,
        program,
        run: run.map_or(u32::MAX, |run| run as u32),
        steps: glance.steps,
        answer_bytes: glance.answer_bytes,
        answer,
        kind: glance.kind as u8,
        split: glance.split as u8,
        origin: run.map_or(u8::MAX, |run| origins[run]),
        easy: if glance.trivial {
            2
        } else {
            u8::from(glance.answer_in_prompt)
        },
    }
}

/// Numbers an answer, from 1 on; 0 where there are too many.
fn number(known: &mut HashMap<String, u16>, answers: &mut Vec<String>, answer: String) -> u16 {
    if let Some(place) = known.get(&answer) {
        return *place;
    }
    if answers.len() > ANSWERS {
        return 0;
    }
    let place = answers.len() as u16;
    answers.push(answer.clone());
    known.insert(answer, place);
    place
}

fn half(id: SampleId) -> u64 {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&id.as_bytes()[..8]);
    u64::from_be_bytes(bytes)
}

fn place_of(labels: &mut Vec<String>, name: &str) -> usize {
    let known = labels.iter().position(|label| label == name);
    known.unwrap_or_else(|| {
        labels.push(name.to_owned());
        labels.len() - 1
    })
}

fn group(ends: &[u32], value: u32) -> u32 {
    ends.partition_point(|end| *end < value) as u32
}

/// Names of groups of numbers: `0–2`, `3–5`, …, `over 1000`.
fn groups(ends: &[u32]) -> Vec<String> {
    let mut names = Vec::new();
    let mut start = 0;
    for end in ends {
        names.push(match start == *end {
            true => end.to_string(),
            false => format!("{start}–{end}"),
        });
        start = end + 1;
    }
    names.push(format!("over {}", start - 1));
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_has_a_group() {
        let names = groups(&STEPS);
        let of = |value| names[group(&STEPS, value) as usize].as_str();
        assert_eq!(of(0), "0–2");
        assert_eq!(of(2), "0–2");
        assert_eq!(of(3), "3–5");
        assert_eq!(of(1000), "501–1000");
        assert_eq!(of(u32::MAX), "over 1000");
    }

    #[test]
    fn a_row_is_small() {
        assert!(size_of::<Row>() <= 40);
    }
}

//! The samples of a store in memory, some fifty bytes each, so that every filter is a pass over an array.

pub(crate) mod file;

use std::collections::HashMap;
use std::ops::{ControlFlow, RangeInclusive};
use std::path::Path;

use tracestone_record::{
    FileId, Mark, Marked, ProgramId, Rule, RunId, SampleId, SampleKind, Split,
};
use tracestone_store::{BYTE_GROUPS, Glance, ProgramHead, STEP_GROUPS, Store, StoreError, tens};

/// Distinct short answers that are told apart.
const ANSWERS: usize = 60_000;
/// The label of answers that are not told apart.
pub(crate) const LONGER: &str = "(longer)";
/// The label of samples without a mark.
pub(crate) const NO_MARK: &str = "(none)";
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
    /// The first rule of `curate` that marks the sample.
    Mark,
    /// Difficulty by tens.
    Difficulty,
    /// The answer, if it is short.
    Answer,
}

impl Dim {
    /// All properties, in the order in which they are shown.
    pub const ALL: [Self; 11] = [
        Self::Kind,
        Self::Split,
        Self::Source,
        Self::License,
        Self::Origin,
        Self::Steps,
        Self::AnswerBytes,
        Self::Easy,
        Self::Mark,
        Self::Difficulty,
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
            Self::Mark => "mark",
            Self::Difficulty => "difficulty",
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
    /// Signs of an easy question in the two lowest bits, above them the mark.
    easy: u8,
    /// Difficulty, from 0 to 100; 255 for none.
    difficulty: u8,
    /// A bit for each sign of a less telling question; the highest says that there is a rating.
    pub signs: u8,
}

/// The samples of a store and the names of their properties.
#[derive(Debug, Default)]
pub struct Index {
    /// The samples in order of source, path and program; none twice.
    pub rows: Vec<Row>,
    /// The programs by source, path and name.
    pub programs: Vec<ProgramHead>,
    /// The runs that samples ask about.
    pub runs: Vec<RunId>,
    /// Source and licence of each program, as places in the labels.
    places: Vec<(u32, u32)>,
    labels: [Vec<String>; Dim::ALL.len()],
    /// Tokens of the prompts of each kind: all, and those that are not program, setup or call.
    pub tokens: [(u64, u64); SampleKind::ALL.len()],
}

/// Bit of [`Row::signs`] that says that the sample is rated.
pub(crate) const RATED: u8 = 0x80;

impl Index {
    /// Reads the store at `path`: samples with as many threads, and what they belong to with another.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn load(path: &Path, threads: usize) -> Result<Self, StoreError> {
        let parts = usize::clamp(threads, 1, 16);
        let first = |part: usize| part * 256 / parts;
        let (read, owners) = std::thread::scope(|scope| {
            let readers: Vec<_> = (0..parts)
                .map(|part| {
                    let bytes = first(part) as u8..=(first(part + 1) - 1) as u8;
                    scope.spawn(move || Part::read(path, bytes))
                })
                .collect();
            let ratings = scope.spawn(|| ratings(path));
            let owners = Owners::read(path);
            let ratings = ratings.join().unwrap_or(Err(StoreError::Stopped));
            let read = readers
                .into_iter()
                .map(|reader| reader.join().unwrap_or(Err(StoreError::Stopped)))
                .collect::<Result<Vec<Part>, StoreError>>();
            (read, (owners, ratings))
        });
        let (owners, ratings) = owners;
        let Owners {
            programs,
            origins,
            marks,
        } = owners?;
        let mut index = Self::default();
        index.name_programs(&programs);
        index.programs = programs;
        index.join(read?, origins, ratings?);
        index.mark(marks);
        Ok(index)
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
            let source = place(0, Dim::Source, &*head.source);
            let license = place(1, Dim::License, &*head.license);
            self.places.push((source, license));
        }
    }

    /// Takes the rows of all parts, with programs, runs and answers by one numbering.
    fn join(&mut self, parts: Vec<Part>, origins: Vec<(RunId, String)>, ratings: Vec<Rated>) {
        let places: HashMap<(ProgramId, FileId), u32> = (0_u32..)
            .zip(&self.programs)
            .map(|(place, head)| ((head.id, head.file), place))
            .collect();
        let mut origins: Origins = origins.into_iter().collect();
        let mut answers = Answers::default();
        let mut rows = Vec::with_capacity(parts.iter().map(|part| part.rows.len()).sum());
        for part in parts {
            let programs: Vec<Option<u32>> = part
                .programs
                .iter()
                .map(|key| places.get(key).copied())
                .collect();
            let first_run = self.runs.len() as u32;
            let made = part.runs.iter().map(|run| self.origin(*run, &mut origins));
            let made: Vec<u8> = made.collect();
            self.runs.extend(part.runs);
            let renamed: Vec<u16> = part
                .answers
                .into_iter()
                .map(|answer| answers.number(&answer))
                .collect();
            for mut row in part.rows {
                // A program that is in no current source any more has no place.
                let Some(program) = programs[row.program as usize] else {
                    continue;
                };
                row.program = program;
                if row.run != u32::MAX {
                    row.origin = made[row.run as usize];
                    row.run += first_run;
                }
                if row.answer != 0 {
                    row.answer = renamed[usize::from(row.answer) - 1];
                }
                rows.push(row);
            }
        }
        self.rate(&mut rows, &ratings);
        drop(ratings);
        self.rows = arranged(rows, self.programs.len());
        self.name_values(answers);
    }

    /// Takes the ratings, which are in order of identifiers, and leaves out questions that occur a second time, as an
    /// export does.
    fn rate(&mut self, rows: &mut Vec<Row>, ratings: &[Rated]) {
        let places = rows.iter().enumerate();
        let mut order: Vec<(u64, u32, u32)> = places
            .map(|(place, row)| (row.id, row.program, place as u32))
            .collect();
        order.sort_unstable();
        let mut ratings = ratings.iter().peekable();
        let mut last = None;
        let mut repeated = false;
        for (id, _, place) in order {
            let row = &mut rows[place as usize];
            if last.replace(id) == Some(id) {
                row.program = u32::MAX;
                repeated = true;
                continue;
            }
            while ratings.next_if(|rated| rated.id < id).is_some() {}
            if let Some(rated) = ratings.peek().filter(|rated| rated.id == id) {
                row.difficulty = rated.difficulty;
                row.signs = rated.signs;
                let tokens = &mut self.tokens[usize::from(row.kind)];
                tokens.0 += u64::from(rated.prompt_tokens);
                tokens.1 += u64::from(rated.frame_tokens);
            }
        }
        if repeated {
            rows.retain(|row| row.program != u32::MAX);
        }
    }

    /// Takes the marks: for each sample the first rule that marks it or its program.
    fn mark(&mut self, marks: Vec<Mark>) {
        let mut programs: HashMap<ProgramId, u8> = HashMap::new();
        let mut samples: HashMap<u64, u8> = HashMap::new();
        for mark in marks {
            // Rules are few; a place above 62 would not fit into a row.
            let place = (mark.rule as u8).min(62) + 1;
            let known = match mark.subject {
                Marked::Program(id) => programs.entry(id).or_insert(place),
                Marked::Sample(id) => samples.entry(half(id)).or_insert(place),
            };
            *known = place.min(*known);
        }
        let names = Rule::ALL.iter().map(|rule| rule.name().to_owned());
        self.labels[Dim::Mark as usize] =
            std::iter::once(NO_MARK.to_owned()).chain(names).collect();
        if programs.is_empty() && samples.is_empty() {
            return;
        }
        for row in &mut self.rows {
            let program = programs.get(&self.programs[row.program as usize].id);
            let found = program.into_iter().chain(samples.get(&row.id)).min();
            row.easy |= found.copied().unwrap_or(0) << 2;
        }
    }

    /// The place of a run's origin among the labels.
    fn origin(&mut self, run: RunId, origins: &mut Origins) -> u8 {
        let labels = &mut self.labels[Dim::Origin as usize];
        origins
            .remove(&run)
            .map_or(u8::MAX, |origin| place_of(labels, &origin) as u8)
    }

    fn name_values(&mut self, answers: Answers) {
        let easy = ["no sign", "answer in the prompt", "trivial"];
        self.labels[Dim::Easy as usize] = easy.map(str::to_owned).into();
        self.labels[Dim::Answer as usize] = std::iter::once(LONGER.to_owned())
            .chain(answers.texts)
            .collect();
        self.labels[Dim::Origin as usize].push(NO_INPUT.to_owned());
        self.labels[Dim::Kind as usize] = SampleKind::ALL.map(|kind| kind.name().to_owned()).into();
        self.labels[Dim::Split as usize] = Split::ALL.map(|split| split.name().to_owned()).into();
        self.labels[Dim::Steps as usize] = STEP_GROUPS.names();
        self.labels[Dim::AnswerBytes as usize] = BYTE_GROUPS.names();
        let mut difficulties = tens();
        difficulties.push("(not rated)".to_owned());
        self.labels[Dim::Difficulty as usize] = difficulties;
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
            Dim::Steps => STEP_GROUPS.of(row.steps),
            Dim::AnswerBytes => BYTE_GROUPS.of(row.answer_bytes),
            Dim::Easy => (row.easy & 3).into(),
            Dim::Mark => (row.easy >> 2).into(),
            Dim::Difficulty => match row.difficulty {
                u8::MAX => 11,
                difficulty => (difficulty / 10).into(),
            },
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

/// The origins of the calls of runs that are not taken yet.
type Origins = HashMap<RunId, String>;

/// Samples that one thread read, with numberings of its own.
#[derive(Debug, Default)]
struct Part {
    rows: Vec<Row>,
    programs: Vec<(ProgramId, FileId)>,
    runs: Vec<RunId>,
    /// Distinct short answers; a row has the place in it plus one.
    answers: Vec<String>,
}

/// Distinct short answers, numbered from 1 on.
#[derive(Debug, Default)]
struct Answers {
    numbers: HashMap<String, u16>,
    texts: Vec<String>,
}

/// Programs, origins of runs and marks: all that samples belong to.
struct Owners {
    programs: Vec<ProgramHead>,
    origins: Vec<(RunId, String)>,
    marks: Vec<Mark>,
}

impl Owners {
    fn read(path: &Path) -> Result<Self, StoreError> {
        let store = Store::open_read_only(path)?;
        Ok(Self {
            programs: store.program_heads()?,
            origins: store.run_origins()?,
            marks: store.marks()?,
        })
    }
}

/// A rating in memory.
#[derive(Debug, Clone, Copy)]
struct Rated {
    id: u64,
    prompt_tokens: u32,
    frame_tokens: u32,
    difficulty: u8,
    signs: u8,
}

/// Reads the ratings in order of identifiers.
fn ratings(path: &Path) -> Result<Vec<Rated>, StoreError> {
    let store = Store::open_read_only(path)?;
    let mut ratings = Vec::new();
    store.each_rating(|rating| {
        let signs = rating.signs.iter().enumerate();
        let signs = signs.fold(RATED, |all, (place, sign)| all | u8::from(*sign) << place);
        ratings.push(Rated {
            id: half(rating.id),
            prompt_tokens: rating.prompt_tokens,
            frame_tokens: rating.frame_tokens,
            difficulty: rating.difficulty.unwrap_or(u8::MAX),
            signs,
        });
    })?;
    Ok(ratings)
}

impl Part {
    fn read(path: &Path, bytes: RangeInclusive<u8>) -> Result<Self, StoreError> {
        let store = Store::open_read_only(path)?;
        let mut part = Self::default();
        let mut answers = Answers::default();
        store.each_glance(bytes, |glance| {
            let answer = glance.answer.map_or(0, |text| answers.number(text));
            part.push(&glance, answer);
            ControlFlow::Continue(())
        })?;
        part.answers = answers.texts;
        Ok(part)
    }

    /// Takes a sample. Neighbours in the index are of the same program and run.
    fn push(&mut self, glance: &Glance<'_>, answer: u16) {
        let program = (glance.program, glance.file);
        if self.programs.last() != Some(&program) {
            self.programs.push(program);
        }
        if let Some(run) = glance.run
            && self.runs.last() != Some(&run)
        {
            self.runs.push(run);
        }
        self.rows.push(Row {
            id: half(glance.id),
            row: glance.row,
            program: self.programs.len() as u32 - 1,
            run: glance.run.map_or(u32::MAX, |_| self.runs.len() as u32 - 1),
            steps: glance.steps,
            answer_bytes: glance.answer_bytes,
            answer,
            kind: glance.kind as u8,
            split: glance.split as u8,
            origin: u8::MAX,
            difficulty: u8::MAX,
            signs: 0,
            easy: if glance.trivial {
                2
            } else {
                u8::from(glance.answer_in_prompt)
            },
        });
    }
}

impl Answers {
    /// The number of an answer; 0 where there are too many.
    fn number(&mut self, answer: &str) -> u16 {
        if let Some(number) = self.numbers.get(answer) {
            return *number;
        }
        if self.texts.len() >= ANSWERS {
            return 0;
        }
        self.texts.push(answer.to_owned());
        let number = self.texts.len() as u16;
        self.numbers.insert(answer.to_owned(), number);
        number
    }
}

/// The rows by program, run and kind.
fn arranged(rows: Vec<Row>, programs: usize) -> Vec<Row> {
    // Programs have few samples each, so that putting each row where its program begins is most of the order.
    let mut starts = vec![0_usize; programs + 1];
    for row in &rows {
        starts[row.program as usize + 1] += 1;
    }
    for program in 0..programs {
        starts[program + 1] += starts[program];
    }
    let mut order = vec![0_u32; rows.len()];
    let mut next = starts.clone();
    for (place, row) in (0_u32..).zip(&rows) {
        order[next[row.program as usize]] = place;
        next[row.program as usize] += 1;
    }
    for program in 0..programs {
        let of_program = &mut order[starts[program]..starts[program + 1]];
        of_program.sort_unstable_by_key(|place| {
            let row = &rows[*place as usize];
            (row.run, row.kind, row.id)
        });
    }
    order
        .into_iter()
        .map(|place| rows[place as usize])
        .collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_small() {
        assert!(size_of::<Row>() <= 40);
    }
}

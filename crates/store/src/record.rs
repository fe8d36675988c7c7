//! A sample's record taken apart into columns, and put together again.

use rusqlite::{OptionalExtension as _, Row, Transaction};
use tracestone_record::{Facts, ProgramId, Question, Sample, SampleRow};

use crate::access::{blob, text};
use crate::payload::{self, Packer, Unpacker, damaged};
use crate::{Result, Store};

/// The columns that [`whole`] reads, from the first of a selection on.
pub(crate) const COLUMNS: &str =
    "payload, setup, call, question, facts, prompt_before, prompt_after, answer, rationale";

const TABLE: &str = "samples";

/// Writes a sample; says `false` where the program has it already.
pub(crate) fn insert(
    transaction: &Transaction<'_>,
    packer: &mut Packer,
    row: &SampleRow,
) -> Result<bool> {
    let mut insert = transaction.prepare_cached(
        "INSERT OR IGNORE INTO samples (id, program, run, file, kind, split, permissive, \
         linked_runs, payload, setup, call, question, facts, prompt_before, prompt_after, answer, \
         rationale) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)",
    )?;
    let sample = &row.sample;
    let linked = row.linked_runs.iter().flat_map(|run| *run.as_bytes());
    // A program's text is kept once. Should a sample show another one, its record is kept whole.
    let text_is_kept = keep_text(transaction, row.program, &sample.program)?;
    let (before, after) = cut(sample, text_is_kept);
    let rest = Sample {
        program: if text_is_kept {
            String::new()
        } else {
            sample.program.clone()
        },
        setup: String::new(),
        call: String::new(),
        question: Question::default(),
        facts: Facts::default(),
        prompt: String::new(),
        answer: String::new(),
        rationale: String::new(),
        ..sample.clone()
    };
    let inserted = insert.execute(rusqlite::params![
        sample.id.as_bytes(),
        row.program.as_bytes(),
        row.run.as_ref().map(|run| run.as_bytes()),
        row.file.as_bytes(),
        sample.kind.name(),
        sample.split.name(),
        sample.provenance.permissive,
        linked.collect::<Vec<u8>>(),
        packer.pack(TABLE, &rest)?,
        sample.setup,
        sample.call,
        payload::text(TABLE, &sample.question)?,
        payload::text(TABLE, &sample.facts)?,
        before,
        after,
        sample.answer,
        sample.rationale,
    ])?;
    Ok(inserted == 1)
}

/// Keeps a program's text, and says whether it is the one that is kept.
fn keep_text(transaction: &Transaction<'_>, program: ProgramId, text: &str) -> Result<bool> {
    let kept: Option<bool> = transaction
        .prepare_cached("SELECT text = ?2 FROM program_texts WHERE program = ?1")?
        .query_row((program.as_bytes(), text), |row| row.get(0))
        .optional()?;
    if let Some(same) = kept {
        return Ok(same);
    }
    transaction
        .prepare_cached("INSERT INTO program_texts (program, text) VALUES (?1, ?2)")?
        .execute((program.as_bytes(), text))?;
    Ok(true)
}

/// The prompt before and after the program; all of it where the program does not stand in it.
fn cut(sample: &Sample, text_is_kept: bool) -> (&str, Option<&str>) {
    let found = sample.prompt.split_once(&sample.program);
    match found.filter(|_| text_is_kept && !sample.program.is_empty()) {
        Some((before, after)) => (before, Some(after)),
        None => (&sample.prompt, None),
    }
}

/// The record whose [`COLUMNS`] start at `first`.
pub(crate) fn whole(
    store: &Store,
    program: ProgramId,
    row: &Row<'_>,
    first: usize,
    unpacker: &mut Unpacker,
    id: &str,
) -> Result<Sample> {
    let mut sample: Sample = unpacker.row(TABLE, id, blob(row, first)?)?;
    let optional = |column: usize| -> Result<Option<String>> { Ok(row.get(first + column)?) };
    // A record of an older store is whole.
    let Some(before) = optional(5)? else {
        return Ok(sample);
    };
    sample.setup = text(row, first + 1)?.to_owned();
    sample.call = text(row, first + 2)?.to_owned();
    sample.question = payload::from_text(TABLE, id, text(row, first + 3)?)?;
    sample.facts = payload::from_text(TABLE, id, text(row, first + 4)?)?;
    sample.answer = text(row, first + 7)?.to_owned();
    sample.rationale = text(row, first + 8)?.to_owned();
    if sample.program.is_empty() {
        sample.program = program_text(store, program)?
            .ok_or_else(|| damaged(TABLE, id, "its program's text is missing".to_owned()))?;
    }
    sample.prompt = match optional(6)? {
        Some(after) => [before.as_str(), &sample.program, &after].concat(),
        None => before,
    };
    Ok(sample)
}

fn program_text(store: &Store, program: ProgramId) -> Result<Option<String>> {
    let mut statement = store
        .connection
        .prepare_cached("SELECT text FROM program_texts WHERE program = ?1")?;
    Ok(statement
        .query_row([program.as_bytes()], |row| row.get(0))
        .optional()?)
}

//! A sample's record taken apart into columns, and put together again.

use rusqlite::{OptionalExtension as _, Row, Transaction};
use serde::{Deserialize, Serialize};
use tracestone_record::{
    AnswerType, Evidence, InputOrigin, Language, PackageForm, ProgramId, Provenance, Sample,
    SampleRow,
};

use crate::access::{blob, text};
use crate::payload::{self, Packer, Unpacker, damaged};
use crate::samples::SampleIndex;
use crate::{Result, Store, narrow};

/// The columns that [`whole`] reads, from the first of a selection on.
pub(crate) const COLUMNS: &str = "payload, setup, call, question, facts, prompt_before, prompt_after, answer, \
     rationale, other_answers";

const TABLE: &str = "samples";

/// Fields that all samples of a program share, stored once.
#[derive(Debug, Clone, PartialEq)]
struct Common {
    text: String,
    package: Option<PackageForm>,
    provenance: Provenance,
    /// Without the hash of a trace.
    evidence: Evidence,
    /// Read only: it belongs to the program, not to its samples.
    cluster: Option<ProgramId>,
}

/// The payload: what is neither a column nor common to the program's samples.
#[derive(Debug, Serialize, Deserialize)]
struct Rest {
    schema: u32,
    #[serde(default, skip_serializing_if = "Language::is_python")]
    language: Language,
    entry: String,
    answer_type: AnswerType,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    input_origin: Option<InputOrigin>,
    group: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    trace: Option<String>,
    /// The program's text, if it differs from the one stored for the program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    program: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    provenance: Option<Provenance>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    evidence: Option<Evidence>,
}

/// Writes the samples of programs.
pub(crate) struct Writer<'a> {
    transaction: &'a Transaction<'a>,
    packer: Packer,
    /// The program of the last sample.
    common: Option<(ProgramId, Common)>,
}

impl<'a> Writer<'a> {
    pub(crate) fn new(transaction: &'a Transaction<'a>) -> Result<Self> {
        Ok(Self {
            transaction,
            packer: Packer::new()?,
            common: None,
        })
    }

    /// Writes a sample; says `false` where the program has it already.
    pub(crate) fn insert(&mut self, row: &SampleRow) -> Result<bool> {
        let sample = &row.sample;
        let common = match self.common.take() {
            Some((program, common)) if program == row.program => common,
            _ => keep(self.transaction, row)?,
        };
        let (before, after) = cut(sample, sample.program == common.text);
        let payload = self.packer.pack(TABLE, &Rest::of(sample, &common))?;
        self.common = Some((row.program, common));
        let other_answers = match sample.other_answers.is_empty() {
            true => None,
            false => Some(payload::text(TABLE, &sample.other_answers)?),
        };
        let linked = row.linked_runs.iter().flat_map(|run| *run.as_bytes());
        let mut insert = self.transaction.prepare_cached(
            "INSERT OR IGNORE INTO samples (id, program, run, file, kind, split, permissive, \
             linked_runs, payload, setup, call, question, facts, prompt_before, prompt_after, \
             answer, rationale, other_answers) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, \
             ?18)",
        )?;
        let inserted = insert.execute(rusqlite::params![
            sample.id.as_bytes(),
            row.program.as_bytes(),
            row.run.as_ref().map(|run| run.as_bytes()),
            row.file.as_bytes(),
            sample.kind.name(),
            sample.split.name(),
            sample.provenance.permissive,
            linked.collect::<Vec<u8>>(),
            payload,
            sample.setup,
            sample.call,
            payload::text(TABLE, &sample.question)?,
            payload::text(TABLE, &sample.facts)?,
            before,
            after,
            sample.answer,
            sample.rationale,
            other_answers,
        ])?;
        if inserted == 1 {
            narrow::insert(self.transaction, row)?;
        }
        Ok(inserted == 1)
    }
}

impl Rest {
    fn of(sample: &Sample, common: &Common) -> Self {
        fn other<T: Clone + PartialEq>(ours: &T, kept: &T) -> Option<T> {
            (ours != kept).then(|| ours.clone())
        }
        let evidence = Evidence {
            trace: None,
            ..sample.evidence.clone()
        };
        Self {
            schema: sample.schema,
            language: sample.language,
            entry: sample.entry.clone(),
            answer_type: sample.answer_type,
            input_origin: sample.input_origin.clone(),
            group: sample.group.clone(),
            trace: sample.evidence.trace.clone(),
            program: other(&sample.program, &common.text),
            provenance: other(&sample.provenance, &common.provenance),
            evidence: other(&evidence, &common.evidence),
        }
    }
}

/// Keeps what the samples of a program have in common: what its first sample says, in place of what an
/// earlier version said.
fn keep(transaction: &Transaction<'_>, row: &SampleRow) -> Result<Common> {
    let sample = &row.sample;
    let common = Common {
        text: sample.program.clone(),
        package: sample.package.clone(),
        provenance: sample.provenance.clone(),
        evidence: Evidence {
            trace: None,
            ..sample.evidence.clone()
        },
        cluster: None,
    };
    transaction
        .prepare_cached(
            "INSERT OR REPLACE INTO program_texts (program, text, provenance, evidence, package) \
             VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute((
            row.program.as_bytes(),
            &common.text,
            payload::text(TABLE, &common.provenance)?,
            payload::text(TABLE, &common.evidence)?,
            common
                .package
                .as_ref()
                .map(|package| payload::text(TABLE, package))
                .transpose()?,
        ))?;
    Ok(common)
}

/// The prompt before and after the program; the whole prompt if it does not contain the program.
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
    index: &SampleIndex,
    row: &Row<'_>,
    first: usize,
    unpacker: &mut Unpacker,
) -> Result<Sample> {
    let id = &index.id.to_string();
    let optional = |column: usize| -> Result<Option<String>> { Ok(row.get(first + column)?) };
    // A record of an older store is whole.
    let Some(before) = optional(5)? else {
        return unpacker.row(TABLE, id, blob(row, first)?);
    };
    let rest: Rest = unpacker.row(TABLE, id, blob(row, first)?)?;
    let common = common(store, index.program, id)?;
    let program = rest.program.unwrap_or(common.text);
    Ok(Sample {
        id: index.id,
        kind: index.kind,
        schema: rest.schema,
        language: rest.language,
        entry: rest.entry,
        setup: text(row, first + 1)?.to_owned(),
        call: text(row, first + 2)?.to_owned(),
        question: payload::from_text(TABLE, id, text(row, first + 3)?)?,
        prompt: match optional(6)? {
            Some(after) => [before.as_str(), &program, &after].concat(),
            None => before,
        },
        answer: text(row, first + 7)?.to_owned(),
        prompt_style: None,
        system: None,
        other_answers: match optional(9)? {
            Some(others) => payload::from_text(TABLE, id, &others)?,
            None => Vec::new(),
        },
        answer_type: rest.answer_type,
        rationale: text(row, first + 8)?.to_owned(),
        facts: payload::from_text(TABLE, id, text(row, first + 4)?)?,
        input_origin: rest.input_origin,
        provenance: rest.provenance.unwrap_or(common.provenance),
        evidence: Evidence {
            trace: rest.trace,
            ..rest.evidence.unwrap_or(common.evidence)
        },
        group: rest.group,
        split: index.split,
        package: common.package,
        cluster: common.cluster.map(|cluster| cluster.to_string()),
        program,
    })
}

/// Columns of a program: text, provenance, evidence, package and cluster.
type Found = (String, String, String, Option<String>, Option<[u8; 16]>);

fn common(store: &Store, program: ProgramId, id: &str) -> Result<Common> {
    let mut statement = store.connection.prepare_cached(
        "SELECT t.text, t.provenance, t.evidence, t.package, c.cluster FROM program_texts t \
         LEFT JOIN clusters c ON c.program = t.program WHERE t.program = ?1",
    )?;
    let found: Option<Found> = statement
        .query_row([program.as_bytes()], |row| {
            Ok((
                row.get(0)?,
                row.get(1)?,
                row.get(2)?,
                row.get(3)?,
                row.get(4)?,
            ))
        })
        .optional()?;
    let (text, provenance, evidence, package, cluster) =
        found.ok_or_else(|| damaged(TABLE, id, "its program's text is missing".to_owned()))?;
    Ok(Common {
        text,
        package: package
            .map(|package| payload::from_text(TABLE, id, &package))
            .transpose()?,
        provenance: payload::from_text(TABLE, id, &provenance)?,
        evidence: payload::from_text(TABLE, id, &evidence)?,
        cluster: cluster.map(ProgramId::from_bytes),
    })
}

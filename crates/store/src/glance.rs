//! Samples at a glance: what is counted and filtered of them, read from an index alone.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ops::{ControlFlow, RangeInclusive};
use std::sync::Arc;

use rusqlite::{OptionalExtension as _, Row};
use tracestone_mix::Sign;
use tracestone_record::{FileId, ProgramId, Rule, RunId, SampleId, SampleKind, Split};

use crate::access::text;
use crate::payload::damaged;
use crate::summary::DropCount;
use crate::{Result, Store};

/// Columns of the index, in the order in which [`glance`] reads them.
const COLUMNS: &str = "rowid, program, file, run, id, kind, split, \
     json_extract(facts, '$.steps'), json_extract(facts, '$.answer_bytes'), \
     json_extract(facts, '$.program_lines'), json_extract(facts, '$.answer_in_prompt'), \
     json_array_length(facts, '$.trivial'), CASE WHEN length(answer) <= 16 THEN answer END";

/// A stored sample without its texts. It may be of a program that is in no current source.
#[derive(Debug, Clone)]
pub struct Glance<'a> {
    /// Key for [`Store::sample_line`].
    pub row: i64,
    /// Identifier of the sample.
    pub id: SampleId,
    /// Program of the sample.
    pub program: ProgramId,
    /// File of the program.
    pub file: FileId,
    /// The run asked about; `None` for `annotated`.
    pub run: Option<RunId>,
    /// Kind of the question.
    pub kind: SampleKind,
    /// The part of the split.
    pub split: Split,
    /// Line events of the run.
    pub steps: u32,
    /// Size of the answer in bytes.
    pub answer_bytes: u32,
    /// Lines of the program.
    pub program_lines: u32,
    /// True if the answer's text occurs in the program, setup or call.
    pub answer_in_prompt: bool,
    /// True if there are signs that the question is easy for the wrong reason.
    pub trivial: bool,
    /// The answer, if it has no more than 16 characters.
    pub answer: Option<&'a str>,
}

/// Numbers about a sample that a stage derived from its facts.
#[derive(Debug, Clone, Copy)]
pub struct Rating {
    /// Identifier of the sample.
    pub id: SampleId,
    /// Difficulty, from 0 to 100.
    pub difficulty: Option<u8>,
    /// The signs of a less telling question, in the order of [`SIGNS`].
    pub signs: [bool; SIGNS.len()],
    /// Tokens of the prompt.
    pub prompt_tokens: u32,
    /// Tokens of the prompt that are not program, setup or call.
    pub frame_tokens: u32,
}

/// The signs of a less telling question, with a description of the samples that have them.
pub const SIGNS: [(&str, &str); Sign::ALL.len()] = {
    let mut signs = [("", ""); Sign::ALL.len()];
    let mut place = 0;
    while place < signs.len() {
        signs[place] = (Sign::ALL[place].name(), Sign::ALL[place].description());
        place += 1;
    }
    signs
};

/// A current program with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgramHead {
    /// Identifier of the program.
    pub id: ProgramId,
    /// File of the program.
    pub file: FileId,
    /// Name of the source.
    pub source: Arc<str>,
    /// Path of the file inside the source.
    pub path: Arc<str>,
    /// SPDX expression of the file; `NOASSERTION` if no licence was found.
    pub license: Arc<str>,
    /// The module-level name that the program was made for.
    pub entry: String,
}

/// Position, name, path and licence of a file's source and of the file.
type Place = (i64, Arc<str>, Arc<str>, Arc<str>);

/// Texts of a sample for a line in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampleLine {
    /// Identifier of the sample.
    pub id: SampleId,
    /// The expression that was evaluated, cut.
    pub call: String,
    /// The asked line, variable or stream, as JSON.
    pub question: String,
    /// The answer, cut.
    pub answer: String,
}

impl Store {
    /// The samples whose program's identifier begins with one of these bytes, in order of programs, until
    /// `visit` breaks. Ranges of equal size have about equally many samples.
    ///
    /// # Errors
    /// The database fails or is damaged.
    pub fn each_glance(
        &self,
        first_byte: RangeInclusive<u8>,
        mut visit: impl FnMut(Glance<'_>) -> ControlFlow<()>,
    ) -> Result<()> {
        let (mut low, mut high) = ([0; 16], [0xff; 16]);
        (low[0], high[0]) = (*first_byte.start(), *first_byte.end());
        let mut statement = self.connection.prepare_cached(&scan_sql())?;
        let mut rows = statement.query((low, high))?;
        while let Some(row) = rows.next()? {
            if visit(glance(row)?).is_break() {
                break;
            }
        }
        Ok(())
    }

    /// The ratings of samples, in order of their identifiers; samples of an older version of the tool have none.
    ///
    /// # Errors
    /// The database fails.
    pub fn each_rating(&self, mut visit: impl FnMut(Rating)) -> Result<()> {
        let signs = Sign::ALL.map(Sign::name).join(", ");
        let sql = format!(
            "SELECT id, difficulty, prompt_tokens, frame_tokens, {signs} FROM sample_facts ORDER BY id, program"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let mut signs = [false; SIGNS.len()];
            for (place, sign) in signs.iter_mut().enumerate() {
                *sign = row.get(4 + place)?;
            }
            let difficulty: Option<u32> = row.get(1)?;
            visit(Rating {
                id: SampleId::from_bytes(row.get(0)?),
                difficulty: difficulty.map(|number| number.min(100) as u8),
                signs,
                prompt_tokens: row.get::<_, Option<u32>>(2)?.unwrap_or(0),
                frame_tokens: row.get::<_, Option<u32>>(3)?.unwrap_or(0),
            });
        }
        Ok(())
    }

    /// The current programs by source, path and name.
    ///
    /// # Errors
    /// The database fails.
    pub fn program_heads(&self) -> Result<Vec<ProgramHead>> {
        let files = self.current_files()?;
        let mut statement = self
            .connection
            .prepare_cached("SELECT id, file, entry FROM programs")?;
        let mut rows = statement.query([])?;
        let mut heads = Vec::new();
        while let Some(row) = rows.next()? {
            let file: [u8; 16] = row.get(1)?;
            // A file of a source that is not current is not known.
            if let Some((position, source, path, license)) = files.get(&file) {
                let head = ProgramHead {
                    id: ProgramId::from_bytes(row.get(0)?),
                    file: FileId::from_bytes(file),
                    source: Arc::clone(source),
                    path: Arc::clone(path),
                    license: Arc::clone(license),
                    entry: row.get(2)?,
                };
                heads.push((*position, head));
            }
        }
        let key = |(position, head): &(i64, ProgramHead)| {
            (
                *position,
                Arc::clone(&head.path),
                head.entry.clone(),
                head.id,
            )
        };
        heads.sort_by_cached_key(key);
        let mut heads: Vec<_> = heads.into_iter().map(|(_, head)| head).collect();
        heads.dedup();
        Ok(heads)
    }

    fn current_files(&self) -> Result<HashMap<[u8; 16], Place>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT f.id, s.position, s.name, f.path, coalesce(f.license, 'NOASSERTION') \
             FROM files f JOIN sources s ON s.id = f.source WHERE s.position IS NOT NULL",
        )?;
        let mut rows = statement.query([])?;
        let mut known: HashMap<String, Arc<str>> = HashMap::new();
        let mut files = HashMap::new();
        while let Some(row) = rows.next()? {
            let mut shared = |column: usize| -> Result<Arc<str>> {
                let text = text(row, column)?;
                if let Some(shared) = known.get(text) {
                    return Ok(Arc::clone(shared));
                }
                let shared: Arc<str> = Arc::from(text);
                known.insert(text.to_owned(), Arc::clone(&shared));
                Ok(shared)
            };
            let (source, license) = (shared(2)?, shared(4)?);
            let path = Arc::from(text(row, 3)?);
            files.insert(row.get(0)?, (row.get(1)?, source, path, license));
        }
        Ok(files)
    }

    /// The runs of current calls with the origin of the call, in no order. Where several sources have the same
    /// call, it is that of the first by the order of the corpus.
    ///
    /// # Errors
    /// The database fails.
    pub fn run_origins(&self) -> Result<Vec<(RunId, String)>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT c.id, s.position, c.kind FROM calls c JOIN sources s ON s.id = c.source \
             WHERE s.position IS NOT NULL",
        )?;
        let mut calls: HashMap<[u8; 16], (i64, String)> = HashMap::new();
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let position: i64 = row.get(1)?;
            match calls.entry(row.get(0)?) {
                Entry::Occupied(known) if known.get().0 <= position => {}
                entry => {
                    entry.insert_entry((position, row.get(2)?));
                }
            }
        }
        let mut statement = self
            .connection
            .prepare_cached("SELECT id, call FROM runs INDEXED BY runs_by_program")?;
        let mut rows = statement.query([])?;
        let mut runs = Vec::with_capacity(calls.len());
        while let Some(row) = rows.next()? {
            if let Some((_, kind)) = calls.get(&row.get::<_, [u8; 16]>(1)?) {
                runs.push((RunId::from_bytes(row.get(0)?), kind.clone()));
            }
        }
        Ok(runs)
    }

    /// Texts of the sample in this row, each cut to about `limit` characters; `None` if it is gone.
    ///
    /// # Errors
    /// The database fails.
    pub fn sample_line(&self, row: i64, limit: u32) -> Result<Option<SampleLine>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT id, substr(coalesce(call, ''), 1, ?2), coalesce(question, '{}'), \
             substr(coalesce(answer, ''), 1, ?2) FROM samples WHERE rowid = ?1",
        )?;
        let line = statement.query_row((row, limit), |row| {
            Ok(SampleLine {
                id: SampleId::from_bytes(row.get(0)?),
                call: row.get(1)?,
                question: row.get(2)?,
                answer: row.get(3)?,
            })
        });
        Ok(line.optional()?)
    }

    /// The marks of a sample and of its program, with their evidence.
    ///
    /// # Errors
    /// The database fails or is damaged.
    pub fn marks_of(&self, program: ProgramId, sample: SampleId) -> Result<Vec<(Rule, String)>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT DISTINCT rule, evidence FROM marks \
             WHERE (kind = 'program' AND subject = ?1) OR (kind = 'sample' AND subject = ?2) \
             ORDER BY rule, evidence",
        )?;
        let mut rows = statement.query((program.as_bytes(), sample.as_bytes()))?;
        let mut marks = Vec::new();
        while let Some(row) = rows.next()? {
            let name = text(row, 0)?;
            let rule = Rule::from_name(name)
                .ok_or_else(|| damaged("marks", "", format!("unknown rule {name}")))?;
            marks.push((rule, row.get(1)?));
        }
        Ok(marks)
    }

    /// The number of programs that are nearly the same as this one, itself included; `None` before `curate`.
    ///
    /// # Errors
    /// The database fails.
    pub fn cluster_size(&self, program: ProgramId) -> Result<Option<u64>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT count(*) FROM clusters \
             WHERE cluster = (SELECT cluster FROM clusters WHERE program = ?1)",
        )?;
        let count: i64 = statement.query_row([program.as_bytes()], |row| row.get(0))?;
        Ok(Some(count.unsigned_abs()).filter(|count| *count > 0))
    }

    /// The programs whose text contains these words; capital letters of ASCII do not matter.
    ///
    /// # Errors
    /// The database fails.
    pub fn programs_with_text(&self, words: &str) -> Result<Vec<ProgramId>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT program FROM program_texts WHERE instr(lower(text), lower(?1))",
        )?;
        let ids = statement.query_map([words], |row| row.get(0).map(ProgramId::from_bytes))?;
        Ok(ids.collect::<rusqlite::Result<_>>()?)
    }

    /// The runs whose call contains these words; capital letters of ASCII do not matter.
    ///
    /// # Errors
    /// The database fails.
    pub fn runs_with_text(&self, words: &str) -> Result<Vec<RunId>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT r.id FROM calls c JOIN runs r ON r.program = c.program AND r.call = c.id \
             WHERE instr(lower(c.payload), lower(?2)) \
             AND instr(lower(json_extract(c.payload, '$.call')), lower(?1))",
        )?;
        // Parsing each payload takes most of the time, so that those without the words are sorted out first.
        let written = crate::payload::text("calls", &words)?;
        let inner = written.trim_matches('"');
        let ids = statement.query_map((words, inner), |row| row.get(0).map(RunId::from_bytes))?;
        Ok(ids.collect::<rusqlite::Result<_>>()?)
    }

    /// Drops of the current corpus in the order of stages and reasons.
    ///
    /// # Errors
    /// The database fails or is damaged.
    pub fn drops(&self) -> Result<Vec<DropCount>> {
        let _snapshot = self.snapshot()?;
        self.drop_counts()
    }
}

fn scan_sql() -> String {
    format!(
        "SELECT {COLUMNS} FROM samples INDEXED BY samples_at_a_glance \
         WHERE program BETWEEN ?1 AND ?2 ORDER BY program, file, run, id"
    )
}

fn glance<'row>(row: &'row Row<'_>) -> Result<Glance<'row>> {
    let id = SampleId::from_bytes(row.get(4)?);
    let unknown = |what: &str| damaged("samples", &id.to_string(), format!("unknown word {what}"));
    let word = |column: usize| {
        let value = row.get_ref(column).map_err(crate::StoreError::from)?;
        value.as_str().map_err(|error| unknown(&error.to_string()))
    };
    let number = |column: usize| -> Result<u32> {
        let number: Option<i64> = row.get(column)?;
        Ok(u32::try_from(number.unwrap_or(0)).unwrap_or(u32::MAX))
    };
    let run: Option<[u8; 16]> = row.get(3)?;
    Ok(Glance {
        row: row.get(0)?,
        id,
        program: ProgramId::from_bytes(row.get(1)?),
        file: FileId::from_bytes(row.get(2)?),
        run: run.map(RunId::from_bytes),
        kind: SampleKind::from_name(word(5)?).ok_or_else(|| unknown("for a kind"))?,
        split: Split::from_name(word(6)?).ok_or_else(|| unknown("for a part of the split"))?,
        steps: number(7)?,
        answer_bytes: number(8)?,
        program_lines: number(9)?,
        answer_in_prompt: number(10)? > 0,
        trivial: number(11)? > 0,
        answer: row.get_ref(12)?.as_str_or_null().unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_glance_reads_no_row_of_the_table() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::create_or_open(&folder.path().join("a.db")).unwrap();
        let sql = format!("EXPLAIN QUERY PLAN {}", scan_sql());
        let mut statement = store.connection.prepare(&sql).unwrap();
        let plan: Vec<String> = statement
            .query_map(([0_u8; 16], [0xff_u8; 16]), |row| row.get(3))
            .unwrap()
            .map(|line| line.unwrap())
            .collect();
        let wanted =
            "SEARCH samples USING COVERING INDEX samples_at_a_glance (program>? AND program<?)";
        assert_eq!(plan, [wanted]);
    }
}

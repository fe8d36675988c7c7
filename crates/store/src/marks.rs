//! Marks, clusters and benchmarks: what `curate` reads and writes.

use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;

use rusqlite::Row;
use serde::Serialize;
use tracestone_record::{FileId, Mark, Marked, ProgramId, Rule, SampleId, Stage};

use crate::payload::{Packer, Unpacker, damaged};
use crate::put::{clear, finish};
use crate::samples::{SAMPLE_IS_CURRENT, SampleIndex};
use crate::{Filter, Key, MarkPolicy, Result, Store};

/// The owner of the work of a stage that has one result for the whole store.
const WHOLE_STORE: [u8; 16] = [0; 16];

/// A current program that has samples.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampledProgram {
    /// Identifier of the program.
    pub id: ProgramId,
    /// The file that its samples name.
    pub file: FileId,
    /// Path of the file.
    pub path: String,
    /// Place of the source in the corpus.
    pub position: u32,
    /// True if every licence of the file is permissive.
    pub permissive: bool,
    /// Number of its samples.
    pub samples: u64,
}

/// The text of a sample's call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampledCall {
    /// Program of the sample.
    pub program: ProgramId,
    /// Identifier of the sample.
    pub sample: SampleId,
    /// Name of its kind.
    pub kind: String,
    /// Statements before the call.
    pub setup: String,
    /// The expression that is traced.
    pub call: String,
}

/// Number of programs and samples that a rule marks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MarkCount {
    /// Rule of the marks.
    pub rule: Rule,
    /// Programs that it marks.
    pub programs: u64,
    /// Samples that it marks, those of marked programs included. A sample counts for each rule that marks it.
    pub samples: u64,
}

/// The marked programs and samples, each with the first rule that marks it.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    programs: HashMap<ProgramId, Rule>,
    samples: HashMap<SampleId, Rule>,
}

impl Marks {
    pub(crate) fn rule(&self, program: ProgramId, sample: SampleId) -> Option<Rule> {
        let (one, other) = (self.programs.get(&program), self.samples.get(&sample));
        one.into_iter().chain(other).min().copied()
    }
}

/// The rules of a filter, applied to samples in the order of their identifiers. All passes over samples use it,
/// so that they see the same ones.
pub(crate) struct Sieve<'f> {
    filter: &'f Filter,
    marks: Marks,
    /// The last sample that passed.
    last: Option<SampleId>,
}

impl Sieve<'_> {
    /// Reason that a sample is left out; `None` if it passes.
    pub(crate) fn refusal(&mut self, index: &SampleIndex) -> Option<&'static str> {
        if self.last == Some(index.id) {
            return Some("duplicate");
        }
        let rule = || self.marks.rule(index.program, index.id).map(Rule::name);
        let why = self.filter.refusal(index).or_else(rule);
        // Another program that asks the same question may have no mark.
        if why.is_none() {
            self.last = Some(index.id);
        }
        why
    }
}

impl Store {
    /// The rules of a filter, with the marks that they need.
    pub(crate) fn sieve<'f>(&self, filter: &'f Filter) -> Result<Sieve<'f>> {
        let marks = match filter.marks {
            MarkPolicy::LeaveOut => self.marked()?,
            MarkPolicy::Include => Marks::default(),
        };
        Ok(Sieve {
            filter,
            marks,
            last: None,
        })
    }

    /// The current programs that have samples, in order of their identifiers.
    ///
    /// # Errors
    /// The database fails.
    pub fn sampled_programs(&self) -> Result<Vec<SampledProgram>> {
        let mut statement = self.connection.prepare(
            "SELECT m.program, m.file, f.path, s.position, f.permissive, count(*) \
             FROM samples m INDEXED BY samples_by_id JOIN files f ON f.id = m.file \
             JOIN sources s ON s.id = f.source WHERE s.position IS NOT NULL \
             AND EXISTS (SELECT 1 FROM programs p WHERE p.id = m.program AND p.file = m.file) \
             GROUP BY m.program, m.file ORDER BY m.program, s.position, f.path",
        )?;
        let rows = statement.query_map([], |row| {
            Ok(SampledProgram {
                id: ProgramId::from_bytes(row.get(0)?),
                file: FileId::from_bytes(row.get(1)?),
                path: row.get(2)?,
                position: row.get(3)?,
                permissive: row.get(4)?,
                samples: row.get::<_, i64>(5)?.unsigned_abs(),
            })
        })?;
        let mut programs: Vec<SampledProgram> = rows.collect::<rusqlite::Result<_>>()?;
        programs.dedup_by(|next, kept| next.id == kept.id);
        Ok(programs)
    }

    /// Calls of the current samples, program by program, until `visit` breaks.
    ///
    /// # Errors
    /// The database fails or is damaged.
    pub fn sampled_calls(
        &self,
        mut visit: impl FnMut(SampledCall) -> ControlFlow<()>,
    ) -> Result<()> {
        let sql = format!(
            "SELECT m.program, m.id, m.kind, coalesce(m.setup, ''), coalesce(m.call, '') \
             FROM samples m INDEXED BY samples_by_program WHERE {SAMPLE_IS_CURRENT} \
             ORDER BY m.program, m.id"
        );
        let mut statement = self.connection.prepare(&sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let call = SampledCall {
                program: ProgramId::from_bytes(row.get(0)?),
                sample: SampleId::from_bytes(row.get(1)?),
                kind: row.get(2)?,
                setup: row.get(3)?,
                call: row.get(4)?,
            };
            if visit(call).is_break() {
                break;
            }
        }
        Ok(())
    }

    /// Replaces all marks, and records that the work under this key is done.
    ///
    /// # Errors
    /// The store is open for reading only, or the database fails.
    pub fn put_marks(&mut self, key: &Key, marks: &[Mark]) -> Result<()> {
        let transaction = self.begin()?;
        clear(&transaction, Stage::Curate, &WHOLE_STORE)?;
        transaction.execute("DELETE FROM marks", [])?;
        let mut insert = transaction.prepare_cached(
            "INSERT INTO marks (kind, subject, rule, evidence) VALUES (?1, ?2, ?3, ?4)",
        )?;
        for mark in marks {
            let (kind, subject) = match &mark.subject {
                Marked::Program(id) => ("program", id.as_bytes()),
                Marked::Sample(id) => ("sample", id.as_bytes()),
            };
            insert.execute((kind, subject, mark.rule.name(), &mark.evidence))?;
        }
        drop(insert);
        finish(&transaction, Stage::Curate, key, &WHOLE_STORE, &[])?;
        Ok(transaction.commit()?)
    }

    /// All marks, by rule and then by what they mark.
    ///
    /// # Errors
    /// The database fails or is damaged.
    pub fn marks(&self) -> Result<Vec<Mark>> {
        let mut statement = self.connection.prepare(
            "SELECT kind, subject, rule, evidence FROM marks ORDER BY kind, subject, rule, evidence",
        )?;
        let mut rows = statement.query([])?;
        let mut marks = Vec::new();
        while let Some(row) = rows.next()? {
            let (subject, rule) = subject_and_rule(row)?;
            marks.push(Mark {
                subject,
                rule,
                evidence: row.get(3)?,
            });
        }
        marks.sort_by(|one, other| (one.rule, one.subject).cmp(&(other.rule, other.subject)));
        Ok(marks)
    }

    pub(crate) fn marked(&self) -> Result<Marks> {
        let mut statement = self
            .connection
            .prepare("SELECT DISTINCT kind, subject, rule FROM marks")?;
        let mut rows = statement.query([])?;
        let mut marks = Marks::default();
        while let Some(row) = rows.next()? {
            let (subject, rule) = subject_and_rule(row)?;
            let known = match subject {
                Marked::Program(id) => marks.programs.entry(id).or_insert(rule),
                Marked::Sample(id) => marks.samples.entry(id).or_insert(rule),
            };
            *known = rule.min(*known);
        }
        Ok(marks)
    }

    /// Counts of the current programs and samples that each rule marks, in the order of the rules.
    ///
    /// # Errors
    /// The database fails or is damaged.
    pub fn mark_counts(&self) -> Result<Vec<MarkCount>> {
        let mut counts: BTreeMap<Rule, MarkCount> = BTreeMap::new();
        for (kind, column, index) in [
            ("program", "program", "samples_by_program"),
            ("sample", "id", "samples_by_id"),
        ] {
            let sql = format!(
                "SELECT k.rule, count(DISTINCT m.program), count(DISTINCT m.id) FROM marks k \
                 JOIN samples m INDEXED BY {index} ON m.{column} = k.subject \
                 WHERE k.kind = '{kind}' AND {SAMPLE_IS_CURRENT} GROUP BY k.rule"
            );
            let mut statement = self.connection.prepare(&sql)?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let rule = rule(&row.get::<_, String>(0)?)?;
                let count = counts.entry(rule).or_insert(MarkCount {
                    rule,
                    programs: 0,
                    samples: 0,
                });
                if kind == "program" {
                    count.programs += row.get::<_, i64>(1)?.unsigned_abs();
                }
                count.samples += row.get::<_, i64>(2)?.unsigned_abs();
            }
        }
        Ok(counts.into_values().collect())
    }

    /// Replaces the clusters: for each program the smallest identifier among those that are nearly the same.
    ///
    /// # Errors
    /// The store is open for reading only, or the database fails.
    pub fn put_clusters(&mut self, clusters: &[(ProgramId, ProgramId)]) -> Result<()> {
        let transaction = self.begin()?;
        transaction.execute("DELETE FROM clusters", [])?;
        let mut insert = transaction
            .prepare_cached("INSERT OR REPLACE INTO clusters (program, cluster) VALUES (?1, ?2)")?;
        for (program, cluster) in clusters {
            insert.execute((program.as_bytes(), cluster.as_bytes()))?;
        }
        drop(insert);
        Ok(transaction.commit()?)
    }

    /// Keeps the things that programs have in common with benchmarks, as text, under a key of the benchmarks.
    ///
    /// # Errors
    /// The store is open for reading only, or the database fails.
    pub fn put_behaviours(&mut self, key: &Key, rows: &[(ProgramId, String)]) -> Result<()> {
        let transaction = self.begin()?;
        let mut insert = transaction.prepare_cached(
            "INSERT OR REPLACE INTO behaviours (program, key, hits) VALUES (?1, ?2, ?3)",
        )?;
        for (program, hits) in rows {
            insert.execute((program.as_bytes(), key.as_bytes(), hits))?;
        }
        drop(insert);
        Ok(transaction.commit()?)
    }

    /// The texts that [`Self::put_behaviours`] kept under this key.
    ///
    /// # Errors
    /// The database fails.
    pub fn behaviours(&self, key: &Key) -> Result<HashMap<ProgramId, String>> {
        let mut statement = self
            .connection
            .prepare("SELECT program, hits FROM behaviours WHERE key = ?1")?;
        let rows = statement.query_map([key.as_bytes()], |row| {
            Ok((ProgramId::from_bytes(row.get(0)?), row.get(1)?))
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// Keeps a benchmark, as text, in place of an earlier one of the same name.
    ///
    /// # Errors
    /// The store is open for reading only, or the database fails.
    pub fn put_benchmark(&mut self, name: &str, text: &str) -> Result<()> {
        let transaction = self.begin()?;
        let packed = Packer::new()?.pack_bytes("benchmarks", text.as_bytes())?;
        transaction.execute(
            "INSERT OR REPLACE INTO benchmarks (name, payload) VALUES (?1, ?2)",
            (name, packed),
        )?;
        Ok(transaction.commit()?)
    }

    /// Forgets all benchmarks.
    ///
    /// # Errors
    /// The store is open for reading only, or the database fails.
    pub fn remove_benchmarks(&mut self) -> Result<()> {
        let transaction = self.begin()?;
        transaction.execute("DELETE FROM benchmarks", [])?;
        Ok(transaction.commit()?)
    }

    /// The kept benchmarks with their names, in the order of the names.
    ///
    /// # Errors
    /// The database fails or is damaged.
    pub fn benchmarks(&self) -> Result<Vec<(String, String)>> {
        let mut statement = self
            .connection
            .prepare("SELECT name, payload FROM benchmarks ORDER BY name")?;
        let mut rows = statement.query([])?;
        let mut unpacker = Unpacker::new()?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let name: String = row.get(0)?;
            let packed: Vec<u8> = row.get(1)?;
            let text = unpacker.bytes("benchmarks", &name, &packed)?;
            found.push((name, String::from_utf8_lossy(&text).into_owned()));
        }
        Ok(found)
    }
}

fn subject_and_rule(row: &Row<'_>) -> Result<(Marked, Rule)> {
    let kind: String = row.get(0)?;
    let subject = match kind.as_str() {
        "program" => Marked::Program(ProgramId::from_bytes(row.get(1)?)),
        "sample" => Marked::Sample(SampleId::from_bytes(row.get(1)?)),
        _ => return Err(damaged("marks", "", format!("unknown word {kind}"))),
    };
    Ok((subject, rule(&row.get::<_, String>(2)?)?))
}

fn rule(name: &str) -> Result<Rule> {
    Rule::from_name(name).ok_or_else(|| damaged("marks", "", format!("unknown word {name}")))
}

//! Reading samples: in order of their identifiers, one at a time.

use std::collections::HashMap;
use std::ops::ControlFlow;

use rusqlite::Row;
use tracestone_mix::{Rule, Selected};
use tracestone_record::{FileId, ProgramId, RunId, Sample, SampleId, SampleKind, SampleRow, Split};

use crate::access::blob;
use crate::payload::{Unpacker, damaged};
use crate::{Filter, Result, Store, StoreError, record};

/// SQL condition: the program of sample `m` is still in the same file of a current source.
pub(crate) const SAMPLE_IS_CURRENT: &str = "EXISTS (SELECT 1 FROM programs p JOIN sources s \
     ON s.id = p.source WHERE p.id = m.program AND p.file = m.file AND s.position IS NOT NULL)";

/// Number of identifiers that the error about an ambiguous prefix lists.
const CANDIDATES: usize = 4;

/// Indexed columns of a sample.
#[derive(Debug, Clone)]
pub(crate) struct SampleIndex {
    pub(crate) row: i64,
    pub(crate) id: SampleId,
    pub(crate) program: ProgramId,
    pub(crate) file: FileId,
    pub(crate) kind: SampleKind,
    pub(crate) split: Split,
    pub(crate) permissive: bool,
}

/// A sample as stored.
#[derive(Debug)]
pub(crate) struct StoredSample {
    pub(crate) run: Option<RunId>,
    pub(crate) linked_runs: Vec<RunId>,
    /// The exported record.
    pub(crate) sample: Sample,
}

/// A step of [`Store::scan_samples`].
pub(crate) enum Scanned {
    /// The filter includes this sample.
    Wanted(SampleIndex),
    /// The filter does not, or the same question came before.
    LeftOut(&'static str),
    /// A rule of the filter's choice does not.
    NotChosen(Rule),
}

impl Store {
    /// The samples that the filter includes, in order of their identifiers, until `visit` breaks.
    ///
    /// # Errors
    /// The database fails or is damaged.
    pub fn samples(
        &self,
        filter: &Filter,
        mut visit: impl FnMut(SampleRow) -> ControlFlow<()>,
    ) -> Result<()> {
        // Both passes of a selection see the same samples.
        let snapshot = self.snapshot()?;
        let selected = self.selection(filter)?;
        let mut unpacker = Unpacker::new()?;
        let mut left = filter.limit.unwrap_or(u64::MAX);
        let read: Result<()> = self.scan_samples(filter, selected.as_ref(), |scanned| {
            if left == 0 {
                return Ok(ControlFlow::Break(()));
            }
            let Scanned::Wanted(index) = scanned else {
                return Ok(ControlFlow::Continue(()));
            };
            left -= 1;
            Ok(visit(self.sample_row(&index, &mut unpacker)?))
        });
        drop(snapshot);
        read
    }

    /// The one sample whose identifier starts with these hexadecimal digits.
    ///
    /// # Errors
    /// No sample or several samples fit, or the database fails.
    pub fn sample(&self, prefix: &str) -> Result<SampleRow> {
        let (first, last) = range(prefix)?;
        let mut statement = self.connection.prepare_cached(
            "SELECT rowid, id, program, file, kind, split, permissive FROM samples \
             WHERE id BETWEEN ?1 AND ?2 ORDER BY id, program, file",
        )?;
        let mut rows = statement.query((first, last))?;
        let mut found: Vec<SampleIndex> = Vec::new();
        while found.len() <= CANDIDATES
            && let Some(row) = rows.next()?
        {
            let index = index_row(row)?;
            if found.last().is_none_or(|last| last.id != index.id) {
                found.push(index);
            }
        }
        match found.as_slice() {
            [] => Err(StoreError::NotFound {
                what: "sample",
                id: prefix.to_owned(),
            }),
            [index] => self.sample_row(index, &mut Unpacker::new()?),
            several => Err(StoreError::Ambiguous {
                prefix: prefix.to_owned(),
                candidates: several.iter().map(|index| index.id.to_string()).collect(),
            }),
        }
    }

    /// Reports for every current sample whether the filter includes it, in order of their identifiers. Only
    /// an index is read. `selected` is what [`Self::selection`] gives for the same filter. The filter's limit is
    /// left to `visit`, which knows what it could use.
    pub(crate) fn scan_samples<E: From<StoreError>>(
        &self,
        filter: &Filter,
        selected: Option<&Selected>,
        mut visit: impl FnMut(Scanned) -> std::result::Result<ControlFlow<()>, E>,
    ) -> std::result::Result<(), E> {
        let failed = |error: rusqlite::Error| E::from(StoreError::from(error));
        let sql = format!(
            "SELECT m.rowid, m.id, m.program, m.file, m.kind, m.split, m.permissive \
             FROM samples m INDEXED BY samples_by_id WHERE {SAMPLE_IS_CURRENT} \
             ORDER BY m.id, m.program, m.file"
        );
        let mut sieve = self.sieve(filter)?;
        let mut statement = self.connection.prepare_cached(&sql).map_err(failed)?;
        let mut rows = statement.query([]).map_err(failed)?;
        let mut place = 0;
        while let Some(row) = rows.next().map_err(failed)? {
            let index = index_row(row)?;
            let scanned = if let Some(why) = sieve.refusal(&index) {
                Scanned::LeftOut(why)
            } else {
                let rule = selected.and_then(|selected| selected.rule(place));
                place += 1;
                rule.map_or(Scanned::Wanted(index), Scanned::NotChosen)
            };
            if visit(scanned)?.is_break() {
                break;
            }
        }
        Ok(())
    }

    /// Number of samples that [`Self::scan_samples`] reports.
    pub(crate) fn samples_to_scan(&self) -> Result<u64> {
        let sql = format!(
            "SELECT count(*) FROM samples m INDEXED BY samples_by_id WHERE {SAMPLE_IS_CURRENT}"
        );
        let count: i64 = self.connection.query_row(&sql, [], |row| row.get(0))?;
        Ok(count.unsigned_abs())
    }

    /// Indexed columns of the sample in this row.
    pub(crate) fn sample_index(&self, row: i64) -> Result<SampleIndex> {
        let mut statement = self.connection.prepare_cached(
            "SELECT rowid, id, program, file, kind, split, permissive FROM samples WHERE rowid = ?1",
        )?;
        let mut rows = statement.query([row])?;
        let found = rows.next()?.ok_or_else(|| StoreError::NotFound {
            what: "sample",
            id: row.to_string(),
        })?;
        index_row(found)
    }

    /// The run that a row asks about.
    pub(crate) fn sample_run(&self, row: i64) -> Result<Option<RunId>> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT run FROM samples WHERE rowid = ?1")?;
        let run: Option<[u8; 16]> = statement.query_row([row], |row| row.get(0))?;
        Ok(run.map(RunId::from_bytes))
    }

    /// The place of each current program among those of its file, and of the file among those of the
    /// corpus.
    pub(crate) fn program_places(&self) -> Result<HashMap<ProgramId, u32>> {
        let mut statement = self.connection.prepare(
            "SELECT p.id FROM programs p JOIN sources s ON s.id = p.source \
             JOIN files f ON f.id = p.file WHERE s.position IS NOT NULL \
             ORDER BY s.position, f.path, p.entry, p.id",
        )?;
        let mut rows = statement.query([])?;
        let mut places = HashMap::new();
        while let Some(row) = rows.next()? {
            let next = u32::try_from(places.len()).unwrap_or(u32::MAX);
            places
                .entry(ProgramId::from_bytes(row.get(0)?))
                .or_insert(next);
        }
        Ok(places)
    }

    /// The stored form of a sample that a scan found.
    pub(crate) fn stored_sample(
        &self,
        index: &SampleIndex,
        unpacker: &mut Unpacker,
    ) -> Result<StoredSample> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT run, linked_runs, {} FROM samples WHERE rowid = ?1",
            record::COLUMNS
        ))?;
        let mut rows = statement.query([index.row])?;
        let id = || index.id.to_string();
        let row = rows.next()?.ok_or_else(|| StoreError::NotFound {
            what: "sample",
            id: id(),
        })?;
        let run: Option<[u8; 16]> = row.get(0)?;
        let (linked_runs, rest) = blob(row, 1)?.as_chunks::<16>();
        if !rest.is_empty() {
            return Err(damaged("samples", &id(), "linked runs".to_owned()));
        }
        Ok(StoredSample {
            run: run.map(RunId::from_bytes),
            linked_runs: linked_runs
                .iter()
                .map(|run| RunId::from_bytes(*run))
                .collect(),
            sample: record::whole(self, index, row, 2, unpacker)?,
        })
    }

    pub(crate) fn sample_row(
        &self,
        index: &SampleIndex,
        unpacker: &mut Unpacker,
    ) -> Result<SampleRow> {
        let stored = self.stored_sample(index, unpacker)?;
        Ok(SampleRow {
            sample: stored.sample,
            program: index.program,
            run: stored.run,
            linked_runs: stored.linked_runs,
            file: index.file,
        })
    }
}

pub(crate) fn index_row(row: &Row<'_>) -> Result<SampleIndex> {
    let id = SampleId::from_bytes(get(row, 1)?);
    let kind: String = get(row, 4)?;
    let split: String = get(row, 5)?;
    let unknown = |what: &str| damaged("samples", &id.to_string(), format!("unknown word {what}"));
    Ok(SampleIndex {
        row: get(row, 0)?,
        id,
        program: ProgramId::from_bytes(get(row, 2)?),
        file: FileId::from_bytes(get(row, 3)?),
        kind: SampleKind::from_name(&kind).ok_or_else(|| unknown(&kind))?,
        split: Split::from_name(&split).ok_or_else(|| unknown(&split))?,
        permissive: get(row, 6)?,
    })
}

fn get<T: rusqlite::types::FromSql>(row: &Row<'_>, column: usize) -> Result<T> {
    Ok(row.get(column)?)
}

/// The first and last identifier that start with these digits.
fn range(prefix: &str) -> Result<([u8; 16], [u8; 16])> {
    let digits = prefix.to_ascii_lowercase();
    let bad = || StoreError::BadPrefix(prefix.to_owned());
    let plausible =
        (1..=32).contains(&digits.len()) && digits.bytes().all(|d| d.is_ascii_hexdigit());
    if !plausible {
        return Err(bad());
    }
    let padded = |with: char| {
        let text = format!("{digits}{}", String::from(with).repeat(32 - digits.len()));
        text.parse::<SampleId>()
            .map(|id| *id.as_bytes())
            .map_err(|_| bad())
    };
    Ok((padded('0')?, padded('f')?))
}

//! Writing rows. Each `put_*` is one transaction: it takes out what an earlier version of the same
//! input left, and writes the rows, what was dropped, and the mark that the work is done.

use rusqlite::{OptionalExtension as _, Transaction, TransactionBehavior};
use tracestone_record::{
    Call, Dropped, File, Program, ProgramId, Reason, Run, SampleRow, Source, SourceId, Stage,
    TestReport, Unit, Verdict,
};

use crate::payload::{self, Packer};
use crate::{Key, Result, Store, StoreError, record};

/// Results of tracing a program.
#[derive(Debug, Clone)]
pub struct Traced {
    /// Hash of everything that the result depends on.
    pub key: Key,
    /// The traced program.
    pub program: ProgramId,
    /// Calls that were made for it and kept.
    pub made: Vec<Call>,
    /// The runs of all its calls.
    pub runs: Vec<Run>,
    /// Calls and runs that were left out, with reasons.
    pub dropped: Vec<Dropped>,
}

/// A file of a source, to be written.
#[derive(Debug, Clone, Copy)]
pub enum Put<'a> {
    /// One that is extracted, with its bytes.
    File(&'a File, &'a [u8]),
    /// One that is there when the source's packages run.
    Tree {
        /// Path inside the source.
        path: &'a str,
        /// Blob id of its bytes.
        blob: &'a str,
        /// Bytes of the file.
        content: &'a [u8],
        /// True for a file that is made in the place of what a build would write.
        made: bool,
    },
}

/// Takes one file of a source.
pub type Insert<'a> = dyn FnMut(Put<'_>) -> Result<()> + 'a;

impl Store {
    /// Remembers a setting.
    ///
    /// # Errors
    /// The store is open for reading only, or the database fails.
    pub fn set_meta(&mut self, key: &str, value: &str) -> Result<()> {
        let transaction = self.begin()?;
        transaction
            .prepare_cached("INSERT OR REPLACE INTO meta (key, value) VALUES (?1, ?2)")?
            .execute((key, value))?;
        Ok(transaction.commit()?)
    }

    /// Writes a source with its files. Units, programs and calls that an earlier version of the same
    /// source had are gone, so that it will be extracted again.
    ///
    /// # Errors
    /// The store is open for reading only, or the database fails.
    pub fn put_source(
        &mut self,
        key: &Key,
        source: &Source,
        files: &[(File, Vec<u8>)],
        dropped: &[Dropped],
    ) -> Result<()> {
        let written = self.put_source_with(key, source, &mut |insert| {
            for (file, content) in files {
                insert(Put::File(file, content))?;
            }
            Ok(Some(dropped.to_vec()))
        })?;
        debug_assert!(written, "only what gives no `dropped` is not written");
        Ok(())
    }

    /// Writes a source as [`Self::put_source`] does, with one file after the other: `give` hands each to the
    /// function that it gets, and then says what was left out. Where it says nothing, because it was
    /// stopped, the store stays as it was. Says whether the source was written.
    ///
    /// # Errors
    /// The store is open for reading only, or the database fails.
    pub fn put_source_with(
        &mut self,
        key: &Key,
        source: &Source,
        give: &mut dyn FnMut(&mut Insert<'_>) -> Result<Option<Vec<Dropped>>>,
    ) -> Result<bool> {
        let transaction = self.begin()?;
        let owner = source.id.as_bytes();
        let earlier: Option<Option<i64>> = transaction
            .prepare_cached("SELECT position FROM sources WHERE id = ?1")?
            .query_row([owner], |row| row.get(0))
            .optional()?;
        clear(&transaction, Stage::Crawl, owner)?;
        clear(&transaction, Stage::Extract, owner)?;
        transaction
            .prepare_cached("DELETE FROM sources WHERE id = ?1")?
            .execute([owner])?;
        transaction
            .prepare_cached(
                "INSERT INTO sources (id, position, name, payload) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute((
                owner,
                earlier.flatten(),
                &source.name,
                payload::text("sources", source)?,
            ))?;
        let Some(dropped) = insert_files(&transaction, source.id, give)? else {
            return Ok(false);
        };
        if earlier.is_some() {
            transaction.execute_batch(
                "DELETE FROM blobs WHERE id NOT IN (SELECT blob FROM files) \
                     AND id NOT IN (SELECT blob FROM tree_files)",
            )?;
            remove_orphans(&transaction)?;
        }
        finish(&transaction, Stage::Crawl, key, owner, &dropped)?;
        transaction.commit()?;
        Ok(true)
    }

    /// Brings the name, revision and group of a source up to date whose files are stored already: a
    /// corpus may come to call the same content by another name.
    ///
    /// # Errors
    /// The source is not in the store, the store is open for reading only, or the database fails.
    pub fn refresh_source(&mut self, source: &Source) -> Result<()> {
        let transaction = self.begin()?;
        let changed = transaction
            .prepare_cached("UPDATE sources SET name = ?2, payload = ?3 WHERE id = ?1")?
            .execute((
                source.id.as_bytes(),
                &source.name,
                payload::text("sources", source)?,
            ))?;
        if changed == 0 {
            return Err(StoreError::NotFound {
                what: "source",
                id: source.id.to_string(),
            });
        }
        Ok(transaction.commit()?)
    }

    /// Records that a source could not be read; [`Self::set_current_sources`] ends the crawl that the
    /// failure belongs to.
    ///
    /// # Errors
    /// The store is open for reading only, or the database fails.
    pub fn put_failed_source(&mut self, name: &str, dropped: &Dropped) -> Result<()> {
        let owner = failure_owner(name);
        let transaction = self.begin()?;
        clear(&transaction, Stage::Crawl, &owner)?;
        insert_drops(
            &transaction,
            Stage::Crawl,
            &owner,
            std::slice::from_ref(dropped),
        )?;
        transaction.commit()?;
        self.failures.push(owner);
        Ok(())
    }

    /// Says which sources the corpus resolves to, in its order. Later stages, summaries and exports see
    /// these alone; the rows of other sources stay, so that going back to them costs nothing. Failures
    /// of earlier crawls are forgotten.
    ///
    /// # Errors
    /// A source is not in the store, the store is open for reading only, or the database fails.
    pub fn set_current_sources(&mut self, ids: &[SourceId]) -> Result<()> {
        let failures = std::mem::take(&mut self.failures);
        let transaction = self.begin()?;
        transaction
            .execute_batch("UPDATE sources SET position = NULL WHERE position IS NOT NULL")?;
        for (position, id) in ids.iter().enumerate() {
            set_position(&transaction, position as i64, *id)?;
        }
        forget_failures(&transaction, &failures)?;
        Ok(transaction.commit()?)
    }

    /// Writes what was seen of tests of sources, each under a key of everything that it depends on.
    ///
    /// # Errors
    /// A source is not in the store, the store is open for reading only, or the database fails.
    pub fn put_test_reports(
        &mut self,
        source: SourceId,
        reports: &[(Key, TestReport)],
    ) -> Result<()> {
        let transaction = self.begin()?;
        let mut packer = Packer::new()?;
        for (key, report) in reports {
            transaction
                .prepare_cached(
                    "INSERT OR REPLACE INTO test_reports (key, source, payload) VALUES (?1, ?2, ?3)",
                )?
                .execute((
                    key.as_bytes(),
                    source.as_bytes(),
                    packer.pack("test_reports", report)?,
                ))?;
        }
        Ok(transaction.commit()?)
    }

    /// Writes what was extracted from a source. Runs and samples of programs and calls that no source
    /// has any more go with what this replaces.
    ///
    /// # Errors
    /// The source is not in the store, the store is open for reading only, or the database fails.
    pub fn put_extraction(
        &mut self,
        key: &Key,
        source: SourceId,
        units: &[Unit],
        programs: &[Program],
        calls: &[Call],
        dropped: &[Dropped],
    ) -> Result<()> {
        let transaction = self.begin()?;
        let owner = source.as_bytes();
        clear(&transaction, Stage::Extract, owner)?;
        let mut replaced = 0;
        for table in ["calls", "programs", "units"] {
            replaced += transaction
                .prepare_cached(&format!("DELETE FROM {table} WHERE source = ?1"))?
                .execute([owner])?;
        }
        insert_units(&transaction, source, units)?;
        insert_programs(&transaction, source, programs)?;
        insert_calls(&transaction, source, calls)?;
        if replaced > 0 {
            remove_orphans(&transaction)?;
        }
        finish(&transaction, Stage::Extract, key, owner, dropped)?;
        Ok(transaction.commit()?)
    }

    /// Writes the runs of many programs in one transaction, with the calls that were made for them,
    /// replacing their earlier runs and made calls.
    ///
    /// # Errors
    /// The store is open for reading only, or the database fails.
    pub fn put_runs(&mut self, batch: &[Traced]) -> Result<()> {
        let transaction = self.begin()?;
        let mut packer = Packer::new()?;
        for traced in batch {
            let Traced {
                key,
                program,
                made,
                runs,
                dropped,
            } = traced;
            let owner = program.as_bytes();
            clear(&transaction, Stage::Trace, owner)?;
            transaction
                .prepare_cached("DELETE FROM runs WHERE program = ?1")?
                .execute([owner])?;
            transaction
                .prepare_cached(
                    "DELETE FROM calls WHERE program = ?1 AND kind IN ('generated', 'mutated')",
                )?
                .execute([owner])?;
            insert_made_calls(&transaction, made)?;
            for run in runs {
                insert_run(&transaction, &mut packer, run)?;
            }
            finish(&transaction, Stage::Trace, key, owner, dropped)?;
        }
        Ok(transaction.commit()?)
    }

    /// Gives made calls to the sources that came to have their programs since.
    ///
    /// # Errors
    /// The store is open for reading only, or the database fails.
    pub fn share_made_calls(&mut self) -> Result<()> {
        self.connection.execute(
            "INSERT OR IGNORE INTO calls (id, source, program, kind, payload) \
             SELECT DISTINCT c.id, p.source, c.program, c.kind, c.payload \
             FROM calls c JOIN programs p ON p.id = c.program \
             WHERE c.kind IN ('generated', 'mutated')",
            [],
        )?;
        Ok(())
    }

    /// Writes the samples of many programs in one transaction, replacing their earlier samples.
    ///
    /// # Errors
    /// The store is open for reading only, or the database fails.
    pub fn put_samples(
        &mut self,
        batch: &[(Key, ProgramId, Vec<SampleRow>, Vec<Dropped>)],
    ) -> Result<()> {
        let transaction = self.begin()?;
        let mut writer = record::Writer::new(&transaction)?;
        for (key, program, rows, dropped) in batch {
            let owner = program.as_bytes();
            clear(&transaction, Stage::Sample, owner)?;
            transaction
                .prepare_cached("DELETE FROM samples WHERE program = ?1")?
                .execute([owner])?;
            let mut repeated = Vec::new();
            for row in rows {
                if !writer.insert(row)? {
                    let id = row.sample.id.to_string();
                    repeated.push(Dropped::new(
                        Reason::DuplicateSample,
                        id,
                        "twice in one program",
                    ));
                }
            }
            insert_drops(&transaction, Stage::Sample, owner, &repeated)?;
            finish(&transaction, Stage::Sample, key, owner, dropped)?;
        }
        drop(writer);
        Ok(transaction.commit()?)
    }

    pub(crate) fn begin(&mut self) -> Result<Transaction<'_>> {
        if !self.is_writable() {
            return Err(StoreError::ReadOnly {
                path: self.path.clone(),
            });
        }
        Ok(self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?)
    }
}

/// Takes out the drops and marks of a stage's earlier work for one owner.
pub(crate) fn clear(transaction: &Transaction<'_>, stage: Stage, owner: &[u8; 16]) -> Result<()> {
    for table in ["drops", "done"] {
        transaction
            .prepare_cached(&format!(
                "DELETE FROM {table} WHERE owner = ?1 AND stage = ?2"
            ))?
            .execute((owner, stage.name()))?;
    }
    Ok(())
}

pub(crate) fn finish(
    transaction: &Transaction<'_>,
    stage: Stage,
    key: &Key,
    owner: &[u8; 16],
    dropped: &[Dropped],
) -> Result<()> {
    insert_drops(transaction, stage, owner, dropped)?;
    transaction
        .prepare_cached("INSERT INTO done (stage, key, owner) VALUES (?1, ?2, ?3)")?
        .execute((stage.name(), key.as_bytes(), owner))?;
    Ok(())
}

fn insert_drops(
    transaction: &Transaction<'_>,
    stage: Stage,
    owner: &[u8; 16],
    dropped: &[Dropped],
) -> Result<()> {
    let mut statement = transaction.prepare_cached(
        "INSERT INTO drops (stage, owner, reason, subject, detail) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    for drop in dropped {
        statement.execute((
            stage.name(),
            owner,
            drop.reason.code(),
            &drop.subject,
            &drop.detail,
        ))?;
    }
    Ok(())
}

/// Placeholder identifier of a source that was never read.
pub(crate) fn failure_owner(name: &str) -> [u8; 16] {
    let mut owner = [0; 16];
    owner.copy_from_slice(&blake3::hash(name.as_bytes()).as_bytes()[..16]);
    owner
}

fn set_position(transaction: &Transaction<'_>, position: i64, id: SourceId) -> Result<()> {
    let mut known = transaction.prepare_cached("SELECT 1 FROM sources WHERE id = ?1")?;
    if !known.exists([id.as_bytes()])? {
        return Err(StoreError::NotFound {
            what: "source",
            id: id.to_string(),
        });
    }
    // A source that the corpus names twice keeps its first place.
    transaction
        .prepare_cached("UPDATE sources SET position = ?1 WHERE id = ?2 AND position IS NULL")?
        .execute((position, id.as_bytes()))?;
    Ok(())
}

fn forget_failures(transaction: &Transaction<'_>, keep: &[[u8; 16]]) -> Result<()> {
    let mut statement = transaction.prepare_cached(
        "SELECT DISTINCT owner FROM drops WHERE stage = 'crawl' AND reason = 'source_failed'",
    )?;
    let owners: Vec<[u8; 16]> = statement
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    for owner in owners.iter().filter(|owner| !keep.contains(owner)) {
        clear(transaction, Stage::Crawl, owner)?;
    }
    Ok(())
}

/// Takes out what depends on calls and programs that are no longer there.
pub(crate) fn remove_orphans(transaction: &Transaction<'_>) -> Result<()> {
    transaction.execute_batch(
        "DELETE FROM done WHERE stage = 'trace' AND owner IN (
             SELECT program FROM runs WHERE NOT EXISTS (SELECT 1 FROM calls WHERE id = runs.call));
         DELETE FROM runs WHERE NOT EXISTS (SELECT 1 FROM calls WHERE id = runs.call);
         DELETE FROM samples WHERE NOT EXISTS (SELECT 1 FROM programs WHERE id = samples.program);
         DELETE FROM clusters WHERE program NOT IN (SELECT id FROM programs);
         DELETE FROM behaviours WHERE program NOT IN (SELECT id FROM programs);
         DELETE FROM program_texts
             WHERE NOT EXISTS (SELECT 1 FROM programs WHERE id = program_texts.program);
         DELETE FROM drops WHERE stage IN ('trace', 'sample')
             AND NOT EXISTS (SELECT 1 FROM programs WHERE id = drops.owner);
         DELETE FROM done WHERE stage IN ('trace', 'sample')
             AND NOT EXISTS (SELECT 1 FROM programs WHERE id = done.owner);",
    )?;
    Ok(())
}

/// Writes the files that `give` hands over, and passes on what it says.
fn insert_files(
    transaction: &Transaction<'_>,
    source: SourceId,
    give: &mut dyn FnMut(&mut Insert<'_>) -> Result<Option<Vec<Dropped>>>,
) -> Result<Option<Vec<Dropped>>> {
    let mut packer = Packer::new()?;
    let mut stored = transaction.prepare_cached("SELECT 1 FROM blobs WHERE id = ?1")?;
    let mut insert_blob =
        transaction.prepare_cached("INSERT INTO blobs (id, bytes, content) VALUES (?1, ?2, ?3)")?;
    let mut insert_file = transaction.prepare_cached(
        "INSERT INTO files (id, source, path, blob, bytes, license, permissive, payload) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?;
    let mut insert_tree = transaction.prepare_cached(
        "INSERT OR IGNORE INTO tree_files (source, path, blob, made) VALUES (?1, ?2, ?3, ?4)",
    )?;
    give(&mut |put: Put<'_>| {
        let (blob, content) = match put {
            Put::File(file, content) => (file.blob.as_str(), content),
            Put::Tree { blob, content, .. } => (blob, content),
        };
        if !stored.exists([blob])? {
            let packed = packer.pack_bytes("blobs", content)?;
            insert_blob.execute((blob, content.len() as i64, packed))?;
        }
        let file = match put {
            Put::File(file, _) => file,
            Put::Tree {
                path, blob, made, ..
            } => {
                insert_tree.execute((source.as_bytes(), path, blob, made))?;
                return Ok(());
            }
        };
        insert_file.execute((
            file.id.as_bytes(),
            file.source.as_bytes(),
            &file.path,
            &file.blob,
            file.bytes as i64,
            &file.license.expression,
            file.license.permissive,
            payload::text("files", file)?,
        ))?;
        Ok(())
    })
}

fn insert_units(transaction: &Transaction<'_>, source: SourceId, units: &[Unit]) -> Result<()> {
    let mut insert = transaction.prepare_cached(
        "INSERT INTO units (id, source, file, kind, name, payload) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    for unit in units {
        insert.execute((
            unit.id.as_bytes(),
            source.as_bytes(),
            unit.file.as_bytes(),
            payload::word("units", &unit.kind)?,
            &unit.name,
            payload::text("units", unit)?,
        ))?;
    }
    Ok(())
}

fn insert_programs(
    transaction: &Transaction<'_>,
    source: SourceId,
    programs: &[Program],
) -> Result<()> {
    let mut packer = Packer::new()?;
    let mut insert = transaction.prepare_cached(
        "INSERT INTO programs (id, unit, source, file, entry, payload, module) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    for program in programs {
        insert.execute((
            program.id.as_bytes(),
            program.unit.as_bytes(),
            source.as_bytes(),
            program.file.as_bytes(),
            &program.entry,
            packer.pack("programs", program)?,
            program.package.as_ref().map(|package| &package.module),
        ))?;
    }
    Ok(())
}

fn insert_calls(transaction: &Transaction<'_>, source: SourceId, calls: &[Call]) -> Result<()> {
    // The same call may be found at several places of a source; the first found is kept.
    let mut insert = transaction.prepare_cached(
        "INSERT OR IGNORE INTO calls (id, source, program, kind, payload) \
         VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    for call in calls {
        insert.execute((
            call.id.as_bytes(),
            source.as_bytes(),
            call.program.as_bytes(),
            call.origin.kind.name(),
            payload::text("calls", call)?,
        ))?;
    }
    Ok(())
}

/// Inserts generated calls, which belong to every source that has their program.
fn insert_made_calls(transaction: &Transaction<'_>, calls: &[Call]) -> Result<()> {
    let mut insert = transaction.prepare_cached(
        "INSERT OR IGNORE INTO calls (id, source, program, kind, payload) \
         SELECT DISTINCT ?1, source, id, ?3, ?4 FROM programs WHERE id = ?2",
    )?;
    for call in calls {
        insert.execute((
            call.id.as_bytes(),
            call.program.as_bytes(),
            call.origin.kind.name(),
            payload::text("calls", call)?,
        ))?;
    }
    Ok(())
}

fn insert_run(transaction: &Transaction<'_>, packer: &mut Packer, run: &Run) -> Result<()> {
    let mut insert = transaction.prepare_cached(
        "INSERT INTO runs (id, program, call, outcome, verdict, python, sandbox, payload) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?;
    insert.execute((
        run.id.as_bytes(),
        run.program.as_bytes(),
        run.call.as_bytes(),
        run.outcome.name(),
        verdict_word(&run.verdict),
        &run.evidence.python,
        &run.evidence.sandbox,
        packer.pack("runs", run)?,
    ))?;
    Ok(())
}

fn verdict_word(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Verified => "verified",
        Verdict::Nondeterministic { .. } => "nondeterministic",
        Verdict::Observed { .. } => "observed",
        Verdict::Environment => "environment",
        Verdict::NotQualified => "not_qualified",
    }
}

//! Removal of what was taken back, and the tombstones that keep it out.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use rusqlite::Transaction;
use serde::{Deserialize, Serialize};
use tracestone_record::{File, FileId, OptOut, Program, Source};

use crate::access::{blob, text};
use crate::payload::{Unpacker, damaged};
use crate::{Result, Store, payload, put};

/// Code that was taken back, and counts of the rows removed for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tombstone {
    /// Kind of what was taken back: `owner`, `repository`, `path` or `swhid`.
    pub kind: String,
    /// Its name, as it was given.
    pub value: String,
    /// Programs that were removed, all times together.
    pub programs: u64,
    /// Samples that were removed.
    pub samples: u64,
}

impl Store {
    /// Removes the files that these opt-outs cover, with the programs that hold text of them and all that was
    /// made of these, of all sources, current or not. Tombstones stay, which later crawls respect.
    ///
    /// # Errors
    /// The store is open for reading only, or the database fails or is damaged.
    pub fn forget(&mut self, taken: &[OptOut]) -> Result<Vec<Tombstone>> {
        let mut done = Vec::new();
        let mut removed = false;
        let known = self.known_files()?;
        let covered = |one: &OptOut| -> HashSet<FileId> {
            let covered = known
                .iter()
                .filter(|(source, file)| one.covers(source, file));
            covered.map(|(_, file)| file.id).collect()
        };
        let (found, nothing): (Vec<_>, Vec<_>) =
            (taken.iter().map(|one| (one, covered(one)))).partition(|(_, files)| !files.is_empty());
        let transaction = self.begin()?;
        for (one, _) in nothing {
            bury(&transaction, one, 0, 0)?;
            done.push(Tombstone {
                kind: one.kind().to_owned(),
                value: one.to_string(),
                programs: 0,
                samples: 0,
            });
        }
        transaction.commit()?;
        for (one, files) in found {
            removed = true;
            let programs = self.programs_with(&files)?;
            let samples = self.remove(&files, &programs, one)?;
            done.push(Tombstone {
                kind: one.kind().to_owned(),
                value: one.to_string(),
                programs: programs.len() as u64,
                samples,
            });
        }
        if removed {
            // What was deleted must not stay in free pages.
            self.connection
                .execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE);")?;
        }
        Ok(done)
    }

    /// The tombstones, by kind and name.
    ///
    /// # Errors
    /// The database fails.
    pub fn tombstones(&self) -> Result<Vec<Tombstone>> {
        let mut statement = self.connection.prepare(
            "SELECT kind, value, programs, samples FROM tombstones ORDER BY kind, value",
        )?;
        let rows = statement.query_map([], |row| {
            Ok(Tombstone {
                kind: row.get(0)?,
                value: row.get(1)?,
                programs: row.get::<_, i64>(2)?.unsigned_abs(),
                samples: row.get::<_, i64>(3)?.unsigned_abs(),
            })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// The opt-outs of authors and owners.
    ///
    /// # Errors
    /// The database fails or is damaged.
    pub fn taken_back(&self) -> Result<Vec<OptOut>> {
        let read = |one: Tombstone| {
            OptOut::parse(&one.value).map_err(|why| damaged("tombstones", &one.value, why))
        };
        self.tombstones()?.into_iter().map(read).collect()
    }

    /// All files with their sources.
    fn known_files(&self) -> Result<Vec<(Rc<Source>, File)>> {
        let mut statement = self.connection.prepare(
            "SELECT s.payload, f.payload FROM files f JOIN sources s ON s.id = f.source",
        )?;
        let mut rows = statement.query([])?;
        let mut sources: HashMap<String, Rc<Source>> = HashMap::new();
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let written = text(row, 0)?;
            let source = match sources.get(written) {
                Some(source) => Rc::clone(source),
                None => {
                    let source: Rc<Source> = Rc::new(payload::from_text("sources", "", written)?);
                    sources.insert(written.to_owned(), Rc::clone(&source));
                    source
                }
            };
            found.push((source, payload::from_text("files", "", text(row, 1)?)?));
        }
        Ok(found)
    }

    /// Rows of the programs that hold text of these files.
    fn programs_with(&self, files: &HashSet<FileId>) -> Result<Vec<i64>> {
        let mut found = Vec::new();
        if files.is_empty() {
            return Ok(found);
        }
        let mut statement = self
            .connection
            .prepare("SELECT rowid, payload FROM programs")?;
        let mut rows = statement.query([])?;
        let mut unpacker = Unpacker::new()?;
        while let Some(row) = rows.next()? {
            let program: Program = unpacker.row("programs", "", blob(row, 1)?)?;
            let held = program.inlined.iter().chain([&program.file]);
            if held.into_iter().any(|file| files.contains(file)) {
                found.push(row.get(0)?);
            }
        }
        Ok(found)
    }

    /// Removes files and programs; gives the number of samples that went with them.
    fn remove(&mut self, files: &HashSet<FileId>, programs: &[i64], taken: &OptOut) -> Result<u64> {
        let transaction = self.begin()?;
        let count = |transaction: &rusqlite::Transaction<'_>| -> Result<i64> {
            Ok(transaction.query_row("SELECT count(*) FROM samples", [], |row| row.get(0))?)
        };
        let before = count(&transaction)?;
        for row in programs {
            transaction
                .prepare_cached("DELETE FROM programs WHERE rowid = ?1")?
                .execute([row])?;
        }
        for file in files {
            // The same file is there when packages of its source run.
            transaction
                .prepare_cached(
                    "DELETE FROM tree_files WHERE (source, path) IN \
                     (SELECT source, path FROM files WHERE id = ?1)",
                )?
                .execute([file.as_bytes()])?;
            transaction
                .prepare_cached("DELETE FROM files WHERE id = ?1")?
                .execute([file.as_bytes()])?;
        }
        if !files.is_empty() {
            transaction.execute_batch(
                "DELETE FROM calls WHERE NOT EXISTS (
                     SELECT 1 FROM programs p WHERE p.id = calls.program AND p.source = calls.source);
                 DELETE FROM blobs WHERE id NOT IN (SELECT blob FROM files)
                     AND id NOT IN (SELECT blob FROM tree_files);
                 DELETE FROM samples WHERE NOT EXISTS (
                     SELECT 1 FROM programs p WHERE p.id = samples.program AND p.file = samples.file);
                 DELETE FROM done WHERE stage = 'curate';",
            )?;
            put::remove_orphans(&transaction)?;
        }
        let samples = (before - count(&transaction)?).unsigned_abs();
        bury(&transaction, taken, programs.len() as u64, samples)?;
        transaction.commit()?;
        Ok(samples)
    }
}

/// Writes a tombstone, or adds to the one that is there.
fn bury(transaction: &Transaction<'_>, taken: &OptOut, programs: u64, samples: u64) -> Result<()> {
    transaction
        .prepare_cached(
            "INSERT INTO tombstones (kind, value, programs, samples) VALUES (?1, ?2, ?3, ?4) \
             ON CONFLICT (kind, value) DO UPDATE SET programs = programs + excluded.programs, \
             samples = samples + excluded.samples",
        )?
        .execute((
            taken.kind(),
            taken.to_string(),
            programs as i64,
            samples as i64,
        ))?;
    Ok(())
}

//! Hidden sources: those of earlier builds that the current corpus does not resolve to, with their rows.

use serde::Serialize;
use tracestone_record::Source;

use crate::access::text;
use crate::{Result, Store, payload, put};

/// A source of an earlier build, and what the store keeps of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HiddenSource {
    /// The name that its corpus gave it.
    pub name: String,
    /// The commit, where it is of git.
    pub commit: Option<String>,
    /// Number of its files.
    pub files: u64,
    /// Number of its programs; some may also be in a current source.
    pub programs: u64,
}

/// Counts of permanently removed rows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Pruned {
    /// Number of sources.
    pub sources: u64,
    /// Number of files of these sources.
    pub files: u64,
    /// Number of programs that only they contained.
    pub programs: u64,
    /// Number of runs of calls that only they contained.
    pub runs: u64,
    /// Samples about these programs.
    pub samples: u64,
    /// By how many bytes the store became smaller.
    pub bytes: u64,
}

impl Store {
    /// The sources that the current corpus does not resolve to, by name.
    ///
    /// # Errors
    /// The database fails or is damaged.
    pub fn hidden_sources(&self) -> Result<Vec<HiddenSource>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT s.payload, \
             (SELECT count(*) FROM files f WHERE f.source = s.id), \
             (SELECT count(DISTINCT p.id) FROM programs p WHERE p.source = s.id) \
             FROM sources s WHERE s.position IS NULL ORDER BY s.name, s.id",
        )?;
        let mut rows = statement.query([])?;
        let mut hidden = Vec::new();
        while let Some(row) = rows.next()? {
            let source: Source = payload::from_text("sources", "", text(row, 0)?)?;
            hidden.push(HiddenSource {
                name: source.name,
                commit: source.commit,
                files: row.get::<_, i64>(1)?.unsigned_abs(),
                programs: row.get::<_, i64>(2)?.unsigned_abs(),
            });
        }
        Ok(hidden)
    }

    /// Removes the sources that the current corpus does not resolve to, with everything that only they
    /// contain, and shrinks the file.
    ///
    /// # Errors
    /// The store is open for reading only, or the database fails.
    pub fn prune(&mut self) -> Result<Pruned> {
        let before = self.totals()?;
        let size = self.size()?;
        let transaction = self.begin()?;
        transaction.execute_batch(
            "DELETE FROM drops WHERE owner IN (SELECT id FROM sources WHERE position IS NULL);
             DELETE FROM done WHERE owner IN (SELECT id FROM sources WHERE position IS NULL);
             DELETE FROM sources WHERE position IS NULL;
             DELETE FROM blobs WHERE id NOT IN (SELECT blob FROM files)
                 AND id NOT IN (SELECT blob FROM tree_files);",
        )?;
        put::remove_orphans(&transaction)?;
        // Made from a file that is gone, of a program that stands in another one too.
        transaction.execute_batch(
            "DELETE FROM done WHERE stage = 'sample' AND owner IN (
                 SELECT m.program FROM samples m WHERE NOT EXISTS (
                     SELECT 1 FROM programs p WHERE p.id = m.program AND p.file = m.file));
             DELETE FROM samples WHERE NOT EXISTS (
                 SELECT 1 FROM programs p WHERE p.id = samples.program AND p.file = samples.file);",
        )?;
        transaction.commit()?;
        self.connection
            .execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE);")?;
        let after = self.totals()?;
        let [sources, files, programs, runs, samples] =
            std::array::from_fn(|index| before[index].saturating_sub(after[index]));
        Ok(Pruned {
            sources,
            files,
            programs,
            runs,
            samples,
            bytes: size.saturating_sub(self.size()?),
        })
    }

    fn totals(&self) -> Result<[u64; 5]> {
        let mut totals = [0; 5];
        for (total, what) in totals.iter_mut().zip([
            "count(*) FROM sources",
            "count(*) FROM files",
            "count(DISTINCT id) FROM programs",
            "count(*) FROM runs",
            "count(*) FROM samples",
        ]) {
            let count: i64 = self
                .connection
                .query_row(&format!("SELECT {what}"), [], |row| row.get(0))?;
            *total = count.unsigned_abs();
        }
        Ok(totals)
    }

    fn size(&self) -> Result<u64> {
        let number = |pragma| {
            self.connection
                .pragma_query_value(None, pragma, |row| row.get::<_, i64>(0))
        };
        Ok((number("page_count")? * number("page_size")?).unsigned_abs())
    }
}

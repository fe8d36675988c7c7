//! Sources whose last fetch failed, so that an earlier version of them is in use.

use serde::Serialize;

use crate::put::failure_owner;
use crate::{Result, Store};

/// A current source that could not be read when the corpus was crawled last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StaleSource {
    /// Its name in the corpus.
    pub name: String,
    /// The commit that is in use, where the source has commits.
    pub commit: Option<String>,
    /// Its day, as `YYYY-MM-DD`.
    pub commit_date: Option<String>,
    /// Reason that it could not be read.
    pub why: String,
}

impl Store {
    pub(crate) fn stale_sources(&self) -> Result<Vec<StaleSource>> {
        let mut failure = self.connection.prepare_cached(
            "SELECT detail FROM drops \
             WHERE stage = 'crawl' AND reason = 'source_failed' AND owner = ?1",
        )?;
        let mut stale = Vec::new();
        for source in self.sources()? {
            let mut rows = failure.query([failure_owner(&source.name)])?;
            if let Some(row) = rows.next()? {
                stale.push(StaleSource {
                    name: source.name,
                    commit: source.commit,
                    commit_date: source.commit_date,
                    why: row.get(0)?,
                });
            }
        }
        Ok(stale)
    }
}

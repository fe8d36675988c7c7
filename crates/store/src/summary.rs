//! Counts of the store's content and of its drops.

use std::collections::BTreeMap;

use rusqlite::Params;
use serde::Serialize;
use tracestone_record::{Counts, Dropped, Reason, SampleKind, Split, Stage};

use crate::access::CALL_IS_CURRENT;
use crate::payload::damaged;
use crate::samples::SAMPLE_IS_CURRENT;
use crate::stale::StaleSource;
use crate::{Result, Store};

/// Number of examples listed for each reason.
const EXAMPLES: usize = 5;

/// Holds for a dropped thing `d` of the current corpus.
const DROP_IS_CURRENT: &str = "(d.reason = 'source_failed' \
     OR EXISTS (SELECT 1 FROM sources s WHERE s.id = d.owner AND s.position IS NOT NULL) \
     OR EXISTS (SELECT 1 FROM programs p JOIN sources s ON s.id = p.source \
         WHERE p.id = d.owner AND s.position IS NOT NULL))";

/// Counts over the current corpus.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Sources that were read.
    pub sources: u64,
    /// Sources that could not be read.
    pub failed_sources: u64,
    /// Those of them of which an earlier version is in use.
    pub stale_sources: Vec<StaleSource>,
    /// Number of kept files.
    pub files: u64,
    /// Size of these files in bytes.
    pub bytes: u64,
    /// Files by SPDX expression; `NOASSERTION` where no licence was found.
    pub licenses: Counts,
    /// Files all of whose licences are permissive.
    pub permissive_files: u64,
    /// Units by kind.
    pub units: Counts,
    /// Number of distinct programs.
    pub programs: u64,
    /// Programs that have a call.
    pub programs_with_calls: u64,
    /// Programs that have a verified run.
    pub programs_verified: u64,
    /// Calls by how they were found.
    pub calls: Counts,
    /// Runs by outcome, and then by verdict.
    pub runs: BTreeMap<String, Counts>,
    /// Number of verified runs.
    pub runs_verified: u64,
    /// Samples by kind, and then by part of the split.
    pub samples: BTreeMap<SampleKind, BTreeMap<Split, u64>>,
    /// Drops in the order of stages and reasons.
    pub drops: Vec<DropCount>,
}

/// Number of drops for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DropCount {
    /// The stage that left it out.
    pub stage: Stage,
    /// Reason of the drops.
    pub reason: Reason,
    /// Number of drops.
    pub count: u64,
    /// For runs that differed between interpreters: how often by what differed and its cause.
    #[serde(skip_serializing_if = "Counts::is_empty")]
    pub details: Counts,
    /// The first few, by subject.
    pub examples: Vec<Dropped>,
}

impl Summary {
    /// The number of samples of all kinds.
    #[must_use]
    pub fn samples_total(&self) -> u64 {
        self.samples.values().flat_map(BTreeMap::values).sum()
    }

    /// The number of runs of all outcomes.
    #[must_use]
    pub fn runs_total(&self) -> u64 {
        self.runs.values().flat_map(BTreeMap::values).sum()
    }
}

impl Store {
    /// Counts what the current corpus has in the store.
    ///
    /// # Errors
    /// The database fails or is damaged.
    pub fn summary(&self) -> Result<Summary> {
        let _snapshot = self.snapshot()?;
        Ok(Summary {
            samples: self.sample_counts()?,
            drops: self.drop_counts()?,
            ..self.counts_before_samples()?
        })
    }

    /// As [`Self::summary`], without samples and drops.
    ///
    /// # Errors
    /// The database fails or is damaged.
    pub fn summary_before_samples(&self) -> Result<Summary> {
        let _snapshot = self.snapshot()?;
        self.counts_before_samples()
    }

    fn counts_before_samples(&self) -> Result<Summary> {
        let files = "FROM files f JOIN sources s ON s.id = f.source WHERE s.position IS NOT NULL";
        let runs = self.run_counts()?;
        let verified = |counts: &Counts| counts.get("verified").copied().unwrap_or(0);
        Ok(Summary {
            sources: self.number("SELECT count(*) FROM sources WHERE position IS NOT NULL")?,
            failed_sources: self.number(
                "SELECT count(DISTINCT owner) FROM drops WHERE stage = 'crawl' AND reason = 'source_failed'",
            )?,
            stale_sources: self.stale_sources()?,
            files: self.number(&format!("SELECT count(*) {files}"))?,
            bytes: self.number(&format!("SELECT coalesce(sum(f.bytes), 0) {files}"))?,
            licenses: self.counts(&format!(
                "SELECT coalesce(f.license, 'NOASSERTION') AS word, count(*) {files} GROUP BY word"
            ))?,
            permissive_files: self.number(&format!("SELECT count(*) {files} AND f.permissive"))?,
            units: self.counts(
                "SELECT u.kind, count(*) FROM units u JOIN sources s ON s.id = u.source \
                 WHERE s.position IS NOT NULL GROUP BY u.kind",
            )?,
            programs: self.number(
                "SELECT count(DISTINCT p.id) FROM programs p JOIN sources s ON s.id = p.source \
                 WHERE s.position IS NOT NULL",
            )?,
            programs_with_calls: self.number(
                "SELECT count(DISTINCT c.program) FROM calls c JOIN sources s ON s.id = c.source \
                 WHERE s.position IS NOT NULL",
            )?,
            programs_verified: self.number(&format!(
                "SELECT count(DISTINCT r.program) FROM runs r \
                 WHERE r.verdict = 'verified' AND {CALL_IS_CURRENT}"
            ))?,
            // With min() in the selection, SQLite takes the other columns from the row of the minimum:
            // a call is counted under the kind that `call` gives it.
            calls: self.counts(
                "SELECT kind, count(*) FROM (SELECT c.kind AS kind, min(s.position) FROM calls c \
                 JOIN sources s ON s.id = c.source WHERE s.position IS NOT NULL GROUP BY c.id) \
                 GROUP BY kind",
            )?,
            runs_verified: runs.values().map(verified).sum(),
            runs,
            ..Summary::default()
        })
    }

    fn number(&self, sql: &str) -> Result<u64> {
        let number: i64 = self.connection.query_row(sql, [], |row| row.get(0))?;
        Ok(number.unsigned_abs())
    }

    fn counts(&self, sql: &str) -> Result<Counts> {
        let rows = self.rows(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.into_iter().map(counted).collect())
    }

    fn run_counts(&self) -> Result<BTreeMap<String, Counts>> {
        let sql = format!(
            "SELECT r.outcome, r.verdict, count(*) FROM runs r INDEXED BY runs_by_program \
             WHERE {CALL_IS_CURRENT} GROUP BY r.outcome, r.verdict"
        );
        let rows = self.rows(&sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        let mut runs: BTreeMap<String, Counts> = BTreeMap::new();
        for (outcome, verdict, count) in rows {
            runs.entry(outcome)
                .or_default()
                .extend([counted((verdict, count))]);
        }
        Ok(runs)
    }

    fn sample_counts(&self) -> Result<BTreeMap<SampleKind, BTreeMap<Split, u64>>> {
        let sql = format!(
            "SELECT m.kind, m.split, count(DISTINCT m.id) FROM samples m INDEXED BY samples_by_id \
             WHERE {SAMPLE_IS_CURRENT} GROUP BY m.kind, m.split"
        );
        let rows: Vec<(String, String, i64)> =
            self.rows(&sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        let mut samples: BTreeMap<_, BTreeMap<_, _>> = BTreeMap::new();
        for (kind, split, count) in rows {
            let unknown = || damaged("samples", "", format!("unknown word {kind} or {split}"));
            let kind = SampleKind::from_name(&kind).ok_or_else(unknown)?;
            let split = Split::from_name(&split).ok_or_else(unknown)?;
            samples
                .entry(kind)
                .or_default()
                .insert(split, count.unsigned_abs());
        }
        Ok(samples)
    }

    pub(crate) fn drop_counts(&self) -> Result<Vec<DropCount>> {
        let sql = format!(
            "SELECT d.stage, d.reason, count(*) FROM drops d WHERE {DROP_IS_CURRENT} \
             GROUP BY d.stage, d.reason"
        );
        let rows: Vec<(String, String, i64)> =
            self.rows(&sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        let mut drops = Vec::new();
        for (stage, code, count) in rows {
            let unknown = || damaged("drops", "", format!("unknown word {stage} or {code}"));
            let reason = Reason::from_code(&code).ok_or_else(unknown)?;
            drops.push(DropCount {
                stage: Stage::ALL
                    .into_iter()
                    .find(|known| known.name() == stage)
                    .ok_or_else(unknown)?,
                reason,
                count: count.unsigned_abs(),
                details: self.drop_details(&stage, reason)?,
                examples: self.drop_examples(&stage, reason)?,
            });
        }
        drops.sort_by_key(|drop| (drop.stage, drop.reason));
        Ok(drops)
    }

    fn drop_details(&self, stage: &str, reason: Reason) -> Result<Counts> {
        if !matches!(reason, Reason::Nondeterministic | Reason::Observed) {
            return Ok(Counts::new());
        }
        let sql = format!(
            "SELECT d.detail, count(*) FROM drops d INDEXED BY drops_by_reason \
             WHERE d.stage = ?1 AND d.reason = ?2 AND {DROP_IS_CURRENT} GROUP BY d.detail"
        );
        let rows: Vec<(String, i64)> = self.rows(&sql, (stage, reason.code()), |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
        Ok(rows.into_iter().map(counted).collect())
    }

    fn drop_examples(&self, stage: &str, reason: Reason) -> Result<Vec<Dropped>> {
        let sql = format!(
            "SELECT d.subject, d.detail FROM drops d INDEXED BY drops_by_reason \
             WHERE d.stage = ?1 AND d.reason = ?2 AND {DROP_IS_CURRENT} \
             ORDER BY d.subject, d.detail LIMIT {EXAMPLES}"
        );
        let rows: Vec<(String, String)> = self.rows(&sql, (stage, reason.code()), |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
        let example = |(subject, detail)| Dropped {
            reason,
            subject,
            detail,
        };
        Ok(rows.into_iter().map(example).collect())
    }

    fn rows<T>(
        &self,
        sql: &str,
        parameters: impl Params,
        read: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map(parameters, read)?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}

fn counted((word, count): (String, i64)) -> (String, u64) {
    (word, count.unsigned_abs())
}

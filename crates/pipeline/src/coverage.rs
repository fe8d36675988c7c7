//! Line coverage of programs by their runs.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use serde::Serialize;
use tracestone_record::watch::Watch;
use tracestone_record::{CallId, Line, Verdict};
use tracestone_store::{Store, StoreError};

/// Statements reached in programs with a verified run.
#[derive(Debug, Default, Serialize)]
pub struct Coverage {
    /// Programs with a verified run and statements to reach.
    pub programs: u64,
    /// The mean share of their statements that runs reach.
    pub mean: f64,
    /// Programs whose statements are all reached.
    pub whole: u64,
    /// Programs with a verified run of a mined call.
    pub mined_programs: u64,
    /// The mean share of the statements of these that mined calls alone reach.
    pub mined_mean: f64,
}

impl Coverage {
    /// Reads every program and its runs. Counted are the statements of the unit a program was made
    /// for, not those of what was taken along.
    ///
    /// # Errors
    /// The store fails, or the watch asked to stop.
    pub fn of(store: &Store, watch: &dyn Watch) -> Result<Self, StoreError> {
        Self::of_first(store, watch, usize::MAX)
    }

    /// As [`Self::of`], for no more than this many programs in order of their identifiers. These are hashes, so that
    /// the first programs are an even selection.
    ///
    /// # Errors
    /// The store fails, or the watch asked to stop.
    pub fn of_first(store: &Store, watch: &dyn Watch, limit: usize) -> Result<Self, StoreError> {
        let mut coverage = Self::default();
        let mut seen = 0;
        let (mut sum, mut mined_sum) = (0.0, 0.0);
        let mut error = None;
        store.each_program(|program, calls| {
            if watch.stop() {
                error = Some(StoreError::Stopped);
                return ControlFlow::Break(());
            }
            if seen == limit {
                return ControlFlow::Break(());
            }
            seen += 1;
            let statements = program.own_statements();
            let runs = match store.runs_of(program.id) {
                Ok(runs) if !statements.is_empty() => runs,
                Ok(_) => return ControlFlow::Continue(()),
                Err(failed) => {
                    error = Some(failed);
                    return ControlFlow::Break(());
                }
            };
            let made: BTreeMap<CallId, bool> = calls
                .iter()
                .map(|call| (call.id, call.origin.kind.is_made()))
                .collect();
            let mut reached = BTreeSet::new();
            let mut reached_by_mined = BTreeSet::new();
            let (mut any, mut any_mined) = (false, false);
            for run in runs.iter().filter(|run| run.verdict == Verdict::Verified) {
                let lines: Vec<Line> = run.trace.iter().flat_map(|trace| trace.path()).collect();
                if made.get(&run.call) == Some(&false) {
                    any_mined = true;
                    reached_by_mined.extend(lines.iter().copied());
                }
                any = true;
                reached.extend(lines);
            }
            let share = |reached: &BTreeSet<Line>| {
                statements.intersection(reached).count() as f64 / statements.len() as f64
            };
            if any {
                coverage.programs += 1;
                coverage.whole += u64::from(statements.is_subset(&reached));
                sum += share(&reached);
            }
            if any_mined {
                coverage.mined_programs += 1;
                mined_sum += share(&reached_by_mined);
            }
            ControlFlow::Continue(())
        })?;
        if let Some(error) = error {
            return Err(error);
        }
        coverage.mean = sum / coverage.programs.max(1) as f64;
        coverage.mined_mean = mined_sum / coverage.mined_programs.max(1) as f64;
        Ok(coverage)
    }
}

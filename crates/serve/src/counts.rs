//! Numbers about what a server has done.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

use crate::lanes::Judged;

/// Number of the slowest verdicts that are kept.
const SLOWEST: usize = 16;

/// Counts of verdicts, and the slowest of them.
#[derive(Default)]
pub(crate) struct Counts(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    verdicts: u64,
    statuses: BTreeMap<&'static str, u64>,
    refused: BTreeMap<u16, u64>,
    slowest: Vec<Slow>,
}

/// A verdict that took long.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Slow {
    /// Identifier of the sample.
    id: String,
    /// Time without queues.
    judged_ms: f64,
    status: &'static str,
}

/// The counts at one moment.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// Number of verdicts.
    pub verdicts: u64,
    /// Verdicts by status.
    pub statuses: BTreeMap<&'static str, u64>,
    /// Requests without a verdict, by HTTP status.
    pub refused: BTreeMap<u16, u64>,
    /// The slowest verdicts, slowest first.
    pub(crate) slowest: Vec<Slow>,
}

impl Counts {
    /// Counts a verdict.
    pub(crate) fn judged(&self, id: &str, judged: &Judged) {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inner.verdicts += 1;
        let status = judged.verdict.status.name();
        *inner.statuses.entry(status).or_default() += 1;
        let judged_ms = milliseconds(judged.judged);
        let least = inner.slowest.last().map_or(0.0, |slow| slow.judged_ms);
        if inner.slowest.len() < SLOWEST || judged_ms > least {
            let at = inner
                .slowest
                .partition_point(|slow| slow.judged_ms >= judged_ms);
            let id = id.to_owned();
            inner.slowest.insert(
                at,
                Slow {
                    id,
                    judged_ms,
                    status,
                },
            );
            inner.slowest.truncate(SLOWEST);
        }
    }

    /// Counts a request that was answered with an error.
    pub(crate) fn refused(&self, status: u16) {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *inner.refused.entry(status).or_default() += 1;
    }

    /// The counts now.
    pub(crate) fn summary(&self) -> Summary {
        let inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Summary {
            verdicts: inner.verdicts,
            statuses: inner.statuses.clone(),
            refused: inner.refused.clone(),
            slowest: inner.slowest.clone(),
        }
    }
}

/// A time in milliseconds, to the microsecond.
pub(crate) fn milliseconds(time: std::time::Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e3
}

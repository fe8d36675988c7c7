//! Tests of a source, run once for the calls that they make. What comes out is candidates: texts that the source
//! decides about, and that count for nothing until they have run as calls of their own.

use std::sync::Arc;

use serde::Deserialize;
use tracestone_record::{Outcome, TestEnd, TestReport};

use crate::children::{CallEnd, CallText, Slot};
use crate::error::TraceError;
use crate::shared::RETURNED;
use crate::texts::SUITE;
use crate::tree::{InTree, Subject, Tree};

/// Items of a file of tests.
#[derive(Debug, Clone)]
pub struct RehearsalJob {
    /// The caller's name for the job.
    pub key: u64,
    /// The files of the source.
    pub tree: Arc<Tree>,
    /// The folders of the tree that modules are imported from, in order.
    pub roots: Vec<String>,
    /// The file of tests.
    pub path: String,
    /// Names of test functions and classes of tests in it.
    pub items: Vec<String>,
    /// Decides which rows of parameters and which tests of a class are chosen where there are too many.
    pub seed: String,
    /// CPU time of an item.
    pub cpu_seconds: u32,
}

/// Observations of the items of a job.
#[derive(Debug)]
pub struct RehearsalResult {
    /// Key of the job.
    pub key: u64,
    /// Observations of all items.
    pub report: TestReport,
}

/// Report of one item, as the child writes it.
enum Raw {
    Failed(String),
    Seen(TestReport),
}

/// The file itself cannot be imported.
#[derive(Deserialize)]
struct Failed {
    failure: String,
}

/// Runs a job; `None` where the work was stopped.
pub(crate) fn run_rehearsal(
    job: &RehearsalJob,
    worker: &mut Slot,
) -> Result<Option<RehearsalResult>, TraceError> {
    let package = InTree {
        tree: Arc::clone(&job.tree),
        module: String::new(),
        path: job.path.clone(),
        roots: job.roots.clone(),
        lines: Vec::new(),
    };
    let subject = Subject {
        text: SUITE,
        package: Some(&package),
        fresh: false,
        seed: &job.seed,
        half: None,
    };
    let items: Vec<(usize, CallText<'_>)> = job
        .items
        .iter()
        .enumerate()
        .map(|(number, item)| {
            let text = CallText {
                setup: "",
                expression: item,
                asked: None,
            };
            (number, text)
        })
        .collect();
    let mut ends = worker.rehearse(subject, &items, job.cpu_seconds)?;
    if ends.cancelled {
        return Ok(None);
    }
    let mut report = TestReport::default();
    for (number, item) in job.items.iter().enumerate() {
        match ends.calls.remove(&number) {
            Some(CallEnd::Reported(raw)) => match decode(&raw.outcome) {
                Some(Raw::Seen(seen)) => report.add(seen),
                Some(Raw::Failed(failure)) => report.tests.push(ended(item, failure)),
                None => report
                    .tests
                    .push(ended(item, "malformed report".to_owned())),
            },
            Some(CallEnd::Ended(outcome)) => {
                let how = match outcome {
                    Outcome::Invalid { why } => why,
                    outcome => outcome.name().to_owned(),
                };
                report.tests.push(ended(item, how));
            }
            None => report.tests.push(ended(item, "not reported".to_owned())),
        }
    }
    Ok(Some(RehearsalResult {
        key: job.key,
        report,
    }))
}

fn ended(item: &str, how: String) -> TestEnd {
    TestEnd {
        name: item.to_owned(),
        how,
        events: 0,
    }
}

fn decode(json: &[u8]) -> Option<Raw> {
    let [kind, text]: [String; 2] = serde_json::from_slice(json).ok()?;
    if kind != RETURNED {
        return Some(Raw::Failed(text));
    }
    match serde_json::from_str(&text) {
        Ok(seen) => Some(Raw::Seen(seen)),
        Err(_) => serde_json::from_str(&text)
            .ok()
            .map(|Failed { failure }| Raw::Failed(failure)),
    }
}

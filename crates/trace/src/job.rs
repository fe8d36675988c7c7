//! One program's calls, run and verified.

use std::sync::{Mutex, PoisonError};

use tracestone_record::{Outcome, Run, RunEvidence, RunId, Trace, Verdict};

use crate::children::{CallEnd, CallText, Ends, Slot};
use crate::engine::{Job, JobResult};
use crate::error::TraceError;
use crate::frame::RawReport;
use crate::report::{Checker, Report};
use crate::settings::Limits;

/// What runs of an engine have in common.
pub(crate) struct Identity {
    pub(crate) fingerprint: String,
    pub(crate) python: String,
    pub(crate) sandbox: String,
}

/// A call that may qualify: its checked report, and the bytes to compare with.
struct Candidate {
    report: Report,
    raw: RawReport,
    seeds: Vec<u32>,
    differed: Option<&'static str>,
}

/// The first interpreter's finding on a call.
enum Finding {
    Candidate(Box<Candidate>),
    Over(Outcome, String, bool),
}

/// Runs a job in the first interpreter, and what qualifies in the second. Programs that may see the
/// order of a set run in the further ones too, since two hash seeds agree on a small set by chance.
///
/// `None` where the work was stopped.
pub(crate) fn run_job(
    job: &Job,
    first: &mut Slot,
    second: &mut Slot,
    further: &[Mutex<Slot>],
    limits: &Limits,
    identity: &Identity,
) -> Result<Option<JobResult>, TraceError> {
    let texts: Vec<(usize, CallText<'_>)> = job
        .calls
        .iter()
        .map(|call| CallText {
            setup: &call.setup,
            expression: &call.call,
        })
        .enumerate()
        .collect();
    let mut ends = first.run("trace", &job.program.text, &texts)?;
    if ends.cancelled {
        return Ok(None);
    }
    let hash_hazard = ends.hash_hazard;
    let checker = Checker::new(&job.program, limits);
    let mut findings: Vec<Finding> = (0..job.calls.len())
        .map(|number| find(&checker, &mut ends, number, first.hash_seed))
        .collect();
    if !compare(job, &texts, &mut findings, &checker, second)? {
        return Ok(None);
    }
    if hash_hazard {
        for slot in further {
            let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
            if !compare(job, &texts, &mut findings, &checker, &mut slot)? {
                return Ok(None);
            }
        }
    }
    let runs = job.calls.iter().zip(findings);
    Ok(Some(JobResult {
        program: job.program.id,
        runs: runs
            .map(|(call, finding)| run(job, call.id, finding, first.hash_seed, identity))
            .collect(),
    }))
}

fn find(checker: &Checker<'_>, ends: &mut Ends, number: usize, seed: u32) -> Finding {
    let invalid = |why: String| Finding::Over(Outcome::Invalid { why }, String::new(), false);
    match ends.calls.remove(&number) {
        Some(CallEnd::Reported(raw)) => match checker.check(&raw) {
            Ok(report) if report.trace.is_some() => Finding::Candidate(Box::new(Candidate {
                report,
                raw,
                seeds: vec![seed],
                differed: None,
            })),
            Ok(report) => Finding::Over(report.outcome, report.stdout, report.stdout_truncated),
            Err(why) => invalid(why),
        },
        Some(CallEnd::Ended(outcome)) => Finding::Over(outcome, String::new(), false),
        None => invalid("it was never reported".to_owned()),
    }
}

/// Runs what still qualifies in another interpreter, the calls in reversed order. `false` where the
/// work was stopped.
fn compare(
    job: &Job,
    texts: &[(usize, CallText<'_>)],
    findings: &mut [Finding],
    checker: &Checker<'_>,
    slot: &mut Slot,
) -> Result<bool, TraceError> {
    let again: Vec<(usize, CallText<'_>)> = texts
        .iter()
        .zip(findings.iter())
        .filter(|(_, finding)| {
            matches!(finding, Finding::Candidate(candidate) if candidate.differed.is_none())
        })
        .map(|(text, _)| *text)
        .rev()
        .collect();
    let mut ends = slot.run("trace", &job.program.text, &again)?;
    if ends.cancelled {
        return Ok(false);
    }
    for (number, _) in again {
        if let Finding::Candidate(candidate) = &mut findings[number] {
            candidate.seeds.push(slot.hash_seed);
            candidate.differed = match ends.calls.remove(&number) {
                Some(CallEnd::Reported(raw)) => difference(candidate, &raw, checker),
                _ => Some("outcome"),
            };
        }
    }
    Ok(true)
}

/// What differs first, in the order of what is asked about most.
fn difference(
    candidate: &Candidate,
    second: &RawReport,
    checker: &Checker<'_>,
) -> Option<&'static str> {
    let first = &candidate.raw;
    if first.outcome != second.outcome {
        return Some("outcome");
    }
    if first.stdout != second.stdout {
        return Some("stdout");
    }
    if first.events == second.events {
        return None;
    }
    let path = |trace: &Option<Trace>| trace.as_ref().map(|t| t.path().collect::<Vec<_>>());
    match checker.check(second) {
        Ok(report) if path(&report.trace) == path(&candidate.report.trace) => Some("values"),
        _ => Some("path"),
    }
}

fn run(
    job: &Job,
    call: tracestone_record::CallId,
    finding: Finding,
    seed: u32,
    identity: &Identity,
) -> Run {
    let (outcome, stdout, stdout_truncated, trace, verdict, hash_seeds) = match finding {
        Finding::Over(outcome, stdout, truncated) => (
            outcome,
            stdout,
            truncated,
            None,
            Verdict::NotQualified,
            vec![seed],
        ),
        Finding::Candidate(candidate) => {
            let Candidate {
                report,
                seeds,
                differed,
                ..
            } = *candidate;
            let verdict = match differed {
                None => Verdict::Verified,
                Some(differed) => Verdict::Nondeterministic {
                    differed: differed.to_owned(),
                },
            };
            let truncated = report.stdout_truncated;
            (
                report.outcome,
                report.stdout,
                truncated,
                report.trace,
                verdict,
                seeds,
            )
        }
    };
    Run {
        id: RunId::of(&[call.as_bytes(), identity.fingerprint.as_bytes()]),
        call,
        program: job.program.id,
        outcome,
        stdout,
        stdout_truncated,
        trace,
        verdict,
        evidence: RunEvidence {
            python: identity.python.clone(),
            hash_seeds,
            sandbox: identity.sandbox.clone(),
            tool: env!("CARGO_PKG_VERSION").to_owned(),
        },
    }
}

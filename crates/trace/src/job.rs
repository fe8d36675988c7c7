//! One program's calls, run and verified.

use std::sync::{Mutex, PoisonError};

use tracestone_record::{Call, Outcome, Run, RunEvidence, RunId, Trace, Verdict};

use crate::alike::are_alike;
use crate::children::{CallEnd, CallText, Ends, Slot};
use crate::choosing::Choosing;
use crate::engine::{Job, JobResult};
use crate::error::TraceError;
use crate::frame::{Orders, RawReport};
use crate::report::{Checker, Report, Tried};
use crate::select::Selection;
use crate::settings::Limits;
use crate::shared::{
    BY_CHANCE, BY_CLOCK, BY_ENVIRONMENT, BY_ORDER, JOB_TRACE, OTHER_EFFECTS, OTHER_OUTCOME,
    OTHER_PATH,
};

/// Rounds of candidates that share a child. The first decides for most programs whether more are tried at all; of the
/// others, a few that are not needed cost less than a fork.
const ROUNDS_OF_A_CHILD: [usize; 3] = [1, 3, usize::MAX];

/// Interpreters that every call runs in. Further ones are not named in the evidence.
const EACH_RUNS_IN: usize = 2;

/// Properties shared by all runs of an engine.
pub(crate) struct Identity {
    pub(crate) fingerprint: String,
    pub(crate) python: String,
    pub(crate) sandbox: String,
    pub(crate) native_failure: Option<String>,
}

/// A call that may qualify: its checked report, and the bytes to compare with.
struct Candidate {
    report: Report,
    raw: RawReport,
    seeds: Vec<u32>,
    differed: Option<&'static str>,
    /// Bits of the call's runs in other interpreters, as in [`RawReport::sources`].
    sources: u8,
}

/// The first interpreter's finding on a call.
enum Finding {
    Candidate(Box<Candidate>),
    Over(Outcome, String, bool),
}

/// Runs a job. The second interpreter begins while the first one's child is still ending; where that
/// one does not end well, the job is run anew, now with patience.
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
    first.hasty = true;
    let result = run_and_compare(job, first, second, further, limits, identity);
    first.hasty = false;
    if first.ended_well()? || !matches!(result, Ok(Some(_))) {
        return result;
    }
    run_and_compare(job, first, second, further, limits, identity)
}

/// Runs a job in the first interpreter, and what qualifies in the second. Calls that see an order
/// run in the further ones too, since two hash seeds agree on a small set by chance.
fn run_and_compare(
    job: &Job,
    first: &mut Slot,
    second: &mut Slot,
    further: &[Mutex<Slot>],
    limits: &Limits,
    identity: &Identity,
) -> Result<Option<JobResult>, TraceError> {
    let checker = Checker::new(&job.program, limits);
    let mut calls: Vec<&Call> = job.calls.iter().collect();
    let Some((mut findings, mut orders)) = run_first(job, &calls, &checker, first)? else {
        return Ok(None);
    };
    // What depends on addresses may come out otherwise in another build. It must not decide which
    // inputs are made, so it is found out before.
    let mut compared = 0;
    if orders.may_be_seen && !job.candidates.is_empty() {
        if !compare(job, &texts(&calls), &mut findings, &checker, second)? {
            return Ok(None);
        }
        compared = calls.len();
    }
    let Some(chosen) = choose(job, &findings, &checker, first)? else {
        return Ok(None);
    };
    if !chosen.is_empty() {
        let Some((more, others)) = run_first(job, &chosen, &checker, first)? else {
            return Ok(None);
        };
        calls.extend(chosen);
        findings.extend(more);
        orders = orders.or(others);
    }
    let texts = texts(&calls);
    if !compare(job, &texts[compared..], &mut findings, &checker, second)?
        || !compare_afresh(job, &texts, &mut findings, &checker, first, second)?
    {
        return Ok(None);
    }
    let everywhere: Vec<_> = texts
        .into_iter()
        .filter(|(number, _)| sees_orders(job, &findings[*number], orders))
        .collect();
    if !everywhere.is_empty() {
        for slot in further {
            let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
            if !compare(job, &everywhere, &mut findings, &checker, &mut slot)? {
                return Ok(None);
            }
        }
    }
    Ok(Some(result_of(
        job,
        calls,
        findings,
        first.hash_seed,
        identity,
    )))
}

/// True if two interpreters may agree on a call by chance: it saw an order, drew by chance or read a clock. Code of
/// distributions in C can see an order without anybody noticing.
fn sees_orders(job: &Job, finding: &Finding, orders: Orders) -> bool {
    let Finding::Candidate(candidate) = finding else {
        return false;
    };
    orders.are_unwatched
        || has_native_code(job)
        || (candidate.raw.sources | candidate.sources) & (BY_ORDER | BY_CHANCE | BY_CLOCK) != 0
}

/// The runs of a job's calls and of the made inputs that qualify.
fn result_of(
    job: &Job,
    calls: Vec<&Call>,
    findings: Vec<Finding>,
    hash_seed: u32,
    identity: &Identity,
) -> JobResult {
    let mut result = JobResult {
        program: job.program.id,
        chosen: Vec::new(),
        left: 0,
        runs: Vec::new(),
    };
    for (number, (call, finding)) in calls.into_iter().zip(findings).enumerate() {
        let made = number >= job.calls.len();
        // A made input that is over a budget after all is of no use to anyone.
        if made && !matches!(finding, Finding::Candidate(_)) {
            continue;
        }
        if made {
            result.chosen.push(call.clone());
        }
        let run = run(job, call.id, finding, hash_seed, identity);
        result.runs.push(run);
    }
    result.left = job.candidates.iter().flatten().count() - result.chosen.len();
    result
}

fn texts<'c>(calls: &[&'c Call]) -> Vec<(usize, CallText<'c>)> {
    let texts = calls.iter().map(|call| CallText {
        asked: None,
        setup: &call.setup,
        expression: &call.call,
    });
    texts.enumerate().collect()
}

/// Runs calls in the first interpreter. Tells also which orders the program may see;
/// `None` where the work was stopped.
fn run_first(
    job: &Job,
    calls: &[&Call],
    checker: &Checker<'_>,
    first: &mut Slot,
) -> Result<Option<(Vec<Finding>, Orders)>, TraceError> {
    let mut ends = first.run(JOB_TRACE, job.subject(), &texts(calls))?;
    if ends.cancelled {
        return Ok(None);
    }
    let findings = (0..calls.len())
        .map(|number| find(checker, &mut ends, number, first.hash_seed))
        .collect();
    Ok(Some((findings, ends.orders)))
}

/// The candidates that show what no mined call shows. To find them, they are run once without looking
/// at values. `None` where the work was stopped.
fn choose<'j>(
    job: &'j Job,
    findings: &[Finding],
    checker: &Checker<'_>,
    first: &mut Slot,
) -> Result<Option<Vec<&'j Call>>, TraceError> {
    let mut selection = Selection::of(&job.program);
    for finding in findings {
        match finding {
            Finding::Candidate(candidate) if candidate.differed.is_none() => {
                selection.keep(&Tried::of(&candidate.report));
            }
            // No input helps a program that fails by itself.
            Finding::Over(Outcome::ProgramFailed { .. }, ..) => return Ok(Some(Vec::new())),
            Finding::Candidate(_) | Finding::Over(..) => {}
        }
    }
    let mut chosen: Vec<&Call> = Vec::new();
    let mut rounds = job.candidates.iter().enumerate();
    for size in ROUNDS_OF_A_CHILD {
        let rounds = rounds.by_ref().take(size);
        let tried = rounds.flat_map(|(round, calls)| calls.iter().map(move |call| (round, call)));
        let tried: Vec<(usize, &Call)> = tried.collect();
        let wanted = tried.first();
        if !wanted.is_some_and(|&(round, _)| selection.wants_more(round)) {
            break;
        }
        let calls: Vec<&Call> = tried.iter().map(|(_, call)| *call).collect();
        let rounds: Vec<usize> = tried.iter().map(|(round, _)| *round).collect();
        let mut listener = Choosing::new(checker, &rounds, selection);
        let ends = first.try_run(job.subject(), &texts(&calls), &mut listener)?;
        if ends.cancelled {
            return Ok(None);
        }
        let gave_up = ends.calls.len() < calls.len() && !listener.is_enough;
        chosen.extend(listener.chosen().map(|number| calls[number]));
        selection = listener.counted;
        if gave_up {
            break;
        }
    }
    Ok(Some(if selection.is_worth_it() {
        chosen
    } else {
        Vec::new()
    }))
}

fn find(checker: &Checker<'_>, ends: &mut Ends, number: usize, seed: u32) -> Finding {
    let invalid = |why: String| Finding::Over(Outcome::Invalid { why }, String::new(), false);
    match ends.calls.remove(&number) {
        Some(CallEnd::Reported(raw)) => match checker.check(&raw) {
            Ok(report) if report.trace.is_some() => Finding::Candidate(Box::new(Candidate {
                report,
                seeds: vec![seed],
                differed: None,
                sources: 0,
                raw,
            })),
            Ok(report) => Finding::Over(report.outcome, report.stdout, report.stdout_truncated),
            Err(why) => invalid(why),
        },
        Some(CallEnd::Ended(outcome)) => Finding::Over(outcome, String::new(), false),
        None => invalid("it was never reported".to_owned()),
    }
}

/// Runs what still qualifies of some calls in another interpreter, in reversed order. `false` where the work was stopped.
fn compare(
    job: &Job,
    texts: &[(usize, CallText<'_>)],
    findings: &mut [Finding],
    checker: &Checker<'_>,
    slot: &mut Slot,
) -> Result<bool, TraceError> {
    let qualifies = |number: usize| matches!(&findings[number], Finding::Candidate(candidate) if candidate.differed.is_none());
    let again: Vec<(usize, CallText<'_>)> = texts
        .iter()
        .filter(|(number, _)| qualifies(*number))
        .copied()
        .rev()
        .collect();
    let mut ends = slot.run(JOB_TRACE, job.subject(), &again)?;
    if ends.cancelled {
        return Ok(false);
    }
    // Calls of a package share its import there, and one may have changed what another one sees.
    let mut alone = Vec::new();
    for text in again {
        let (number, _) = text;
        if let Finding::Candidate(candidate) = &mut findings[number] {
            if candidate.seeds.len() < EACH_RUNS_IN {
                candidate.seeds.push(slot.hash_seed);
            }
            take(candidate, ends.calls.remove(&number), checker);
            if candidate.differed.is_some() && job.package.is_some() && slot.shares_imports() {
                alone.push(text);
            }
        }
    }
    if alone.is_empty() {
        return Ok(true);
    }
    let mut ends = slot.run(JOB_TRACE, job.subject().fresh(), &alone)?;
    for (number, _) in alone {
        if let Finding::Candidate(candidate) = &mut findings[number] {
            take(candidate, ends.calls.remove(&number), checker);
        }
    }
    Ok(!ends.cancelled)
}

/// Records calls of a package again whose values differ alone: the first interpreter evaluates a call twice after one
/// import, and the first evaluation may have left something in the package. `false` where the work was stopped.
fn compare_afresh(
    job: &Job,
    texts: &[(usize, CallText<'_>)],
    findings: &mut [Finding],
    checker: &Checker<'_>,
    first: &mut Slot,
    second: &mut Slot,
) -> Result<bool, TraceError> {
    let differs = |number: usize| matches!(&findings[number], Finding::Candidate(candidate) if candidate.differed == Some("values"));
    let again: Vec<(usize, CallText<'_>)> = texts
        .iter()
        .filter(|(number, _)| job.package.is_some() && differs(*number))
        .copied()
        .collect();
    if again.is_empty() {
        return Ok(true);
    }
    let mut ends = first.record_afresh(job.subject(), &again)?;
    if ends.cancelled {
        return Ok(false);
    }
    for (number, _) in &again {
        let found = find(checker, &mut ends, *number, first.hash_seed);
        if let (Finding::Candidate(before), Finding::Candidate(mut now)) =
            (&findings[*number], found)
        {
            now.raw.sources |= before.raw.sources & !(OTHER_OUTCOME | OTHER_PATH | OTHER_EFFECTS);
            findings[*number] = Finding::Candidate(now);
        }
    }
    compare(job, &again, findings, checker, second)
}

/// Takes in how a call ended in another interpreter.
fn take(candidate: &mut Candidate, end: Option<CallEnd>, checker: &Checker<'_>) {
    candidate.differed = match end {
        Some(CallEnd::Reported(raw)) => {
            candidate.sources |= raw.sources;
            difference(candidate, &raw, checker)
        }
        _ => Some("outcome"),
    };
}

/// The first difference, in the order of importance for questions.
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
        Ok(report)
            if let (Some(one), Some(other)) = (&candidate.report.trace, &report.trace)
                && are_alike(one, other) =>
        {
            None
        }
        Ok(report) if path(&report.trace) == path(&candidate.report.trace) => Some("values"),
        _ => Some("path"),
    }
}

/// Verdict from all runs of a call.
///
/// The first interpreter traces a call twice, once without reading values. The second one traces it and then
/// runs it without a tracer. If only the second one shows a difference, tracing caused it. If the first one
/// does as well, two runs in one interpreter differ, as those do that depend on addresses; then a difference
/// between interpreters, if there is one, is more informative.
fn verdict(differed: Option<&'static str>, first: u8, others: u8) -> Verdict {
    let observed = [
        (OTHER_OUTCOME, "outcome"),
        (OTHER_PATH, "path"),
        (OTHER_EFFECTS, "effects"),
    ];
    let seen_by = |sources: u8| observed.iter().find(|(bit, _)| sources & bit != 0);
    let observed = match (seen_by(first), differed) {
        (Some(_), Some(_)) => None,
        (Some(seen), None) => Some(seen),
        (None, _) => seen_by(others),
    };
    if let Some((_, what)) = observed {
        return Verdict::Observed {
            differed: (*what).to_owned(),
        };
    }
    let environment = (first | others) & BY_ENVIRONMENT != 0;
    match differed {
        None if environment => Verdict::Environment,
        Some(_) if environment && others & (BY_CLOCK | BY_CHANCE) == 0 => Verdict::Environment,
        None => Verdict::Verified,
        Some(differed) => Verdict::Nondeterministic {
            differed: differed.to_owned(),
            cause: cause(others).to_owned(),
        },
    }
}

/// Cause of a difference, as far as the sources show it.
fn cause(sources: u8) -> &'static str {
    match (sources & BY_CLOCK != 0, sources & BY_CHANCE != 0) {
        (true, true) => "clock_or_chance",
        (true, false) => "clock",
        (false, true) => "chance",
        (false, false) => "hash_or_address",
    }
}

/// True if the programs of a job may import native code of distributions.
fn has_native_code(job: &Job) -> bool {
    let package = job.package.as_ref();
    let site = package.and_then(|package| package.tree.site.as_ref());
    site.is_some_and(|site| site.native)
}

/// The sandbox of a job, and what its programs get there beside the level's.
fn sandbox_of(job: &Job, identity: &Identity) -> String {
    match has_native_code(job) {
        true => format!(
            "{}; with native code of distributions, in one thread",
            identity.sandbox
        ),
        false => identity.sandbox.clone(),
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
                raw,
                seeds,
                differed,
                sources,
            } = *candidate;
            let verdict = verdict(differed, raw.sources, sources);
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
            sandbox: sandbox_of(job, identity),
            tool: env!("CARGO_PKG_VERSION").to_owned(),
        },
    }
}

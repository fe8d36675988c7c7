//! Calls as they were found, and the choice among those of one program.

use std::collections::{BTreeMap, BTreeSet};

use tracestone_record::{Call, Dropped, ProgramId, Reason};

/// A program with as many calls as this needs none that only prepare what is asserted.
const ENOUGH: usize = 12;

/// Adds calls to those of their programs.
pub(super) fn add(by_program: &mut BTreeMap<ProgramId, Vec<Sighted>>, calls: Vec<Sighted>) {
    for sighted in calls {
        let calls = by_program.entry(sighted.call.program).or_default();
        calls.push(sighted);
    }
}

/// A call as it was found.
pub(super) struct Sighted {
    pub(super) call: Call,
    /// True for a call that only prepares an assertion.
    pub(super) aside: bool,
}

/// Keeps each call once, the examples of docstrings before tests and call sites, up to the limit.
pub(super) fn tidy(mut calls: Vec<Sighted>, limit: usize, dropped: &mut Vec<Dropped>) -> Vec<Call> {
    calls.sort_by(|a, b| (a.aside, by_kind(&a.call)).cmp(&(b.aside, by_kind(&b.call))));
    let mut seen = BTreeSet::new();
    calls.retain(|sighted| seen.insert(sighted.call.id));
    let mut kept: Vec<Call> = Vec::with_capacity(calls.len().min(limit));
    for Sighted { call, aside } in calls {
        let limit = if aside { limit.min(ENOUGH) } else { limit };
        if kept.len() < limit {
            kept.push(call);
            continue;
        }
        let line = call.origin.line.map_or(0, |line| line.0);
        let path = call.origin.path.unwrap_or_default();
        let subject = format!("{path}:{line}");
        dropped.push(Dropped::new(Reason::CallLimit, subject, call.call));
    }
    kept.sort_by(|a, b| by_origin(a).cmp(&by_origin(b)));
    kept
}

fn by_kind(call: &Call) -> impl Ord + '_ {
    let origin = &call.origin;
    (
        origin.kind,
        &origin.path,
        origin.line,
        &call.setup,
        &call.call,
    )
}

fn by_origin(call: &Call) -> impl Ord + '_ {
    let origin = &call.origin;
    (&origin.path, origin.line, &call.setup, &call.call)
}

//! The independent recorder agrees with the first one, event by event.

mod support;

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use support::{engine, run};
use tracestone_record::{EventKind, Line, Outcome, Run};
use tracestone_trace::{
    Engine, Replay, ReplayEventKind as Kind, ReplayJob, ReplayOutcome, ReplayResult,
};

const PROGRAM: &str = "\
class Stack:
    def __init__(self):
        self.items = []

    def push(self, item):
        self.items.append(item)
        return self


def words(text):
    for word in text.split():
        yield word.lower()


def count(text):
    seen = {}
    for word in words(text):
        seen.setdefault(word[0], set()).add(word)
    print(len(seen))
    return seen


def fail(depth):
    log = []
    try:
        if depth == 0:
            raise KeyError('bottom')
        return fail(depth - 1)
    finally:
        log.append(depth)


def alias():
    a = [[1], 2]
    b = a[0]
    b.append(3)
    del b
    return Stack().push(a).items
";

fn replay(engine: &Engine, expressions: &[&str]) -> Vec<Result<Replay, String>> {
    let job = ReplayJob {
        record: true,
        key: 9,
        program: PROGRAM.to_owned(),
        setup: "n = 2\n".to_owned(),
        expressions: expressions.iter().map(|text| (*text).to_owned()).collect(),
    };
    let mut results: Vec<ReplayResult> = Vec::new();
    engine
        .replay(std::iter::once(job), &mut |result| {
            results.push(result);
            ControlFlow::Continue(())
        })
        .expect("the engine works");
    assert_eq!(results[0].key, 9);
    results.remove(0).replays
}

fn kind(kind: &EventKind) -> Kind {
    match kind {
        EventKind::Call { .. } => Kind::Call,
        EventKind::Resume => Kind::Resume,
        EventKind::Line => Kind::Line,
        EventKind::Return { .. } => Kind::Return,
        EventKind::Yield { .. } => Kind::Yield,
        EventKind::Raise { .. } => Kind::Raise,
    }
}

/// Every event is the same, and so is every exact value at every event.
fn agree(run: &Run, replay: &Replay) {
    let trace = run.trace.as_ref().expect("the run qualifies");
    let mut states: BTreeMap<u32, BTreeMap<&str, Option<&str>>> = BTreeMap::new();
    assert_eq!(trace.events.len(), replay.events.len());
    for (position, (one, other)) in trace.events.iter().zip(&replay.events).enumerate() {
        assert_eq!(
            (one.frame, kind(&one.kind), one.line),
            (other.frame, other.kind, other.line)
        );
        let state = states.entry(one.frame).or_default();
        for change in &one.changes {
            match &change.value {
                Some(value) => {
                    state.insert(&change.name, value.exact.then_some(value.text.as_str()));
                }
                None => {
                    state.remove(change.name.as_str());
                }
            }
        }
        let locals = replay.locals_at(position);
        assert!(state.keys().eq(locals.keys()), "{state:?} {locals:?}");
        for (name, text) in state {
            assert!(
                text.is_none_or(|text| locals[*name] == text),
                "{name} at {one:?}"
            );
        }
    }
}

#[test]
fn both_recorders_agree() {
    let engine = engine();
    let calls = ["count('Apple ant Bee')", "fail(2)", "alias()"];
    for (call, replay) in calls.iter().zip(replay(&engine, &calls)) {
        let replay = replay.expect("replayed");
        let run = run(&engine, PROGRAM, call);
        agree(&run, &replay);
        assert_eq!(run.stdout, replay.stdout);
        match (&run.outcome, &replay.outcome) {
            (Outcome::Returned { value }, ReplayOutcome::Returned { text }) => {
                assert_eq!(&value.text, text);
            }
            (Outcome::Raised { exception }, ReplayOutcome::Raised { type_name, message }) => {
                assert_eq!(
                    (&exception.type_name, &exception.message),
                    (type_name, message)
                );
            }
            other => panic!("{call}: {other:?}"),
        }
    }
}

#[test]
fn moments_are_found_by_line_and_occurrence() {
    let engine = engine();
    let replay = replay(&engine, &["count('b a') if n == 2 else None"])
        .remove(0)
        .expect("replayed");
    let after = replay.after(Line(18), 2).expect("line 18 runs twice");
    assert_eq!(replay.locals_at(after)["seen"], "{'b': {'b'}, 'a': {'a'}}");
    assert_eq!(replay.after(Line(18), 3), None);
    assert_eq!(replay.path().filter(|line| *line == Line(11)).count(), 3);
}

#[test]
fn failures_are_told() {
    let engine = engine();
    let replays = replay(&engine, &["nothing_here(", "10 ** 10 ** 8", "n"]);
    assert!(
        replays[0]
            .as_ref()
            .is_err_and(|why| why.contains("SyntaxError"))
    );
    assert_eq!(replays[1], Err("timed_out".to_owned()));
    let last = replays[2].as_ref().expect("replayed");
    assert_eq!(
        last.outcome,
        ReplayOutcome::Returned {
            text: "2".to_owned()
        }
    );
}

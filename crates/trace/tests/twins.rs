//! The native recorder gives the bytes of the one in Python: on every program of the readable
//! specifications, and on programs whose variables hold every kind of value there is.

mod support;

use std::path::Path;

use support::{engine, engine_in_python, job, runs};
use tracestone_record::{Outcome, Verdict};
use tracestone_trace::{Engine, Job, Limits, Settings};

/// Binds each value, looks at it again and again while it and its parts change, and lets it go.
const PROGRAM: &str = "\
import collections
import datetime
import decimal
import fractions
import sys
from dataclasses import dataclass
from typing import NamedTuple


class Pair(NamedTuple):
    one: int
    other: object


class Items(list):
    pass


class Names(dict):
    pass


class Number(int):
    pass


class Slots:
    __slots__ = ('a', 'b')

    def __init__(self):
        self.a = [1, 2]


class More(Slots):
    def __init__(self):
        self.a = 1
        self.me = self


@dataclass
class Node:
    value: object
    next: object = None


class Ünï:
    def __repr__(self):
        return 'never called'


class Odd(Exception):
    pass


def numbers():
    got = yield 1
    while got:
        got = yield [got]


def cyclic():
    items = [1]
    items.append(items)
    return items


def deep(times):
    value = []
    for _ in range(times):
        value = [value]
    return value


def look(value):
    again = value
    other = [value]
    pair = {'value': value, 'list': other}
    other.append(None)
    pair['value'] = other
    del again
    return value


def change(value):
    for step in range(3):
        if isinstance(value, (list, collections.deque)):
            value.append(step)
        elif isinstance(value, dict):
            value[step] = [step]
        elif isinstance(value, set):
            value.add(step)
        elif isinstance(value, bytearray):
            value.append(step)
        else:
            value.value = [step]
            value.extra = value
    return value


def nested():
    grid = [[0] * 3 for _ in range(3)]
    alias = grid[1]
    for i in range(3):
        grid[i][i] = {'at': i}
        alias[0] = (i, alias[0])
    return grid


def raising(kind):
    try:
        try:
            if kind:
                raise Odd('x', [kind])
            {}['missing']
        finally:
            kind = 2
    except KeyError as error:
        kept = error
    return kept


def woken():
    source = numbers()
    first = next(source)
    second = source.send('x')
    try:
        source.throw(Odd('y'))
    except Odd as error:
        kept = str(error)
    return first, second, kept


def through_locals():
    x = 1
    locals()['x'] = 2
    eval('x')
    return x


class Body:
    a = 1
    b = [a]
    for _ in b:
        b = b + [2]
    del a
";

const VALUES: [&str; 63] = [
    "1",
    "-(10**18)",
    "2**63",
    "-2**64",
    "2**70",
    "10**1000",
    "True",
    "None",
    "1.5",
    "-0.0",
    "1e300",
    "float('nan')",
    "float('inf')",
    "complex(1, -0.0)",
    "complex(2, 3)",
    "complex(0, -1)",
    "'it\\'s'",
    "'\\u00e9\\ud800x'",
    "'a' * 2000",
    "'\\u00e9' * 1023",
    "b'ab\\x00'",
    "b'z' * 3000",
    "bytearray(b'xyz')",
    "(1,)",
    "()",
    "{}",
    "[]",
    "set()",
    "frozenset()",
    "frozenset({(1, 2)})",
    "{1, 2, 3}",
    "{'b', 'a', 1}",
    "set(range(500))",
    "{frozenset({'k' * 900, 'j' * 900}), 3}",
    "[1] * 3000",
    "['\\u00e9' * 600]",
    "[float('inf')]",
    "{float('nan'): 1}",
    "{'k' * 1100: 1}",
    "{'a': {'b': {'c': [1, (2, 3)]}}}",
    "[[1, 2], [3, [4]]]",
    "cyclic()",
    "deep(60)",
    "collections.deque([1, [2]])",
    "collections.Counter('abca')",
    "collections.OrderedDict(a=1, b=[2])",
    "collections.defaultdict(list, x=[3])",
    "decimal.Decimal('1.50')",
    "datetime.date(2020, 1, 2)",
    "datetime.timedelta(3)",
    "range(3)",
    "fractions.Fraction(1, 3)",
    "fractions.Fraction(10**400, 3)",
    "len",
    "look",
    "numbers()",
    "sys",
    "int",
    "Pair(1, [2])",
    "ValueError('x', [3])",
    "Odd('x', {1: 2})",
    "...",
    "slice(1)",
];

const CALLS: [&str; 24] = [
    "change([1, 2])",
    "change(Items([1, 2]))",
    "change({'a': 1})",
    "change(Names(a=1))",
    "change({'x'})",
    "change(bytearray(b'x'))",
    "change(Node([1]))",
    "change(collections.OrderedDict(a=1))",
    "change(collections.defaultdict(list))",
    "change(collections.deque())",
    "change(More())",
    "change(Ünï())",
    "look(Slots())",
    "look(More())",
    "look(Number(4))",
    "look(Items([1, [2]]))",
    "look(Node(1, Node(2)))",
    "look([Node(1), {'n': Node(2)}])",
    "nested()",
    "raising(0)",
    "raising(1)",
    "woken()",
    "through_locals()",
    "type('Made', (), {'a': [1]})().a",
];

/// Reason that there is no native recorder. Where there is a compiler and the interpreter's headers, there must be one.
fn why_none(native: &Engine) -> Option<&str> {
    let why = native.native_failure()?;
    assert!(why.contains("compiler") || why.contains("headers"), "{why}");
    Some(why)
}

#[test]
fn both_recorders_see_the_same() {
    let native = engine();
    if let Some(why) = why_none(&native) {
        println!("NOT TESTED: there is no native recorder here: {why}");
        return;
    }
    let python = engine_in_python();
    let looks: Vec<String> = VALUES
        .iter()
        .map(|value| format!("look({value})"))
        .collect();
    let calls: Vec<(&str, &str)> = looks
        .iter()
        .map(String::as_str)
        .chain(CALLS)
        .map(|call| ("", call))
        .collect();
    let verified = compare(&native, &python, &job(PROGRAM, &calls));
    assert!(
        verified > 70,
        "only {verified} of {} calls were verified",
        calls.len()
    );
    let mut cases = 0;
    for (program, call) in specified() {
        cases += 1;
        compare(&native, &python, &job(&program, &[("", &call)]));
    }
    assert!(cases >= 10, "only {cases} cases were found");
}

#[test]
fn both_recorders_limit_the_calls_of_other_code() {
    let limits = Limits {
        max_steps: 100,
        ..Limits::default()
    };
    let python = Engine::start(&Settings {
        python: support::python(),
        limits: limits.clone(),
        ..Settings::default()
    });
    let program = "\
import string

def f(n):
    return len(list(map(string.capwords, ['a'] * n)))
";
    let calls = [
        ("", "f(5_000)"),
        ("", "f(26_000)"),
        ("a = f(26_000)", "a"),
        ("", "f(1)"),
    ];
    for engine in [
        support::engine_with(limits),
        python.expect("the engine starts"),
    ] {
        let outcomes: Vec<String> = support::runs(&engine, job(program, &calls))
            .iter()
            .map(|run| match &run.outcome {
                Outcome::Returned { value } => value.text.clone(),
                Outcome::OverBudget { budget } => budget.clone(),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(
            outcomes,
            ["5000", "calls_elsewhere", "calls_elsewhere", "1"]
        );
    }
}

/// Properties of a trace function that reads no values: its counts of steps and frames, the depth left to a
/// program, its effect on `locals()`, and its treatment of existing generators.
const STEPS: &str = "\
import contextlib


def numbers(n):
    for i in range(n):
        try:
            yield i
        except ValueError:
            yield -1


WAITING = numbers(3)
next(WAITING)


def woken(n):
    return [WAITING.throw(ValueError), next(WAITING, 7), list(numbers(n))]


def shared(a):
    x = 1
    locals()['x'] = 5
    eval('a')
    return x


def deep(n):
    return 0 if n == 0 else 1 + deep(n - 1)


def endless():
    while True:
        n = 1


def caught():
    try:
        return endless()
    except Exception:
        return 1


def descend(n):
    try:
        return descend(n + 1)
    except RecursionError:
        return n


DEPTH = descend(0)
CALLS = 0


def fall():
    global CALLS
    CALLS += 1
    fall()


try:
    fall()
except RecursionError:
    pass


def depths():
    return DEPTH, CALLS


class Grid:
    sides = [side for side in range(3)]

    def squares(self):
        return {side: side * side for side in self.sides}


async def later(value):
    return value


def at_once(value):
    waiting = later(value)
    try:
        waiting.send(None)
    except StopIteration as stop:
        return stop.value


@contextlib.contextmanager
def opened(value):
    yield value


def inside(value):
    with opened(value) as got:
        if got:
            return [got]
    return sorted([3, value], key=lambda n: -n)
";

#[test]
fn both_count_the_same_steps() {
    let native = engine();
    if let Some(why) = why_none(&native) {
        println!("NOT TESTED: there is no native recorder here: {why}");
        return;
    }
    let python = engine_in_python();
    let calls = |texts: &[&'static str]| -> Vec<(&str, &str)> {
        texts.iter().map(|text| ("", *text)).collect()
    };
    let mut both = job(
        STEPS,
        &calls(&[
            "depths()",
            "woken(2)",
            "shared(2)",
            "deep(5)",
            "deep(198)",
            "deep(250)",
            "endless()",
            "caught()",
            "inside(2)",
        ]),
    );
    let verified = compare(&native, &python, &both);
    assert!(verified >= 5, "only {verified} calls were verified");
    // As candidates they are run for their steps alone, and those are kept that take a new one
    // or end in a new way.
    both.calls = job(STEPS, &calls(&["deep(1)"])).calls;
    let made = calls(&[
        "deep(0)",
        "deep('a')",
        "endless()",
        "shared(1)",
        "Grid().squares()",
        "at_once(3)",
        "inside(0)",
        "inside(1)",
        "woken(1)",
        "depths()",
    ]);
    both.candidates = vec![job(STEPS, &made).calls];
    let verified = compare(&native, &python, &both);
    assert!(verified >= 3, "only {verified} calls were verified");
}

/// Asserts that both engines give the same runs; tells how many of them are verified.
fn compare(native: &Engine, python: &Engine, job: &Job) -> usize {
    let one = runs(native, job.clone());
    let other = runs(python, job.clone());
    assert_eq!(one.len(), other.len());
    for (one, other) in one.iter().zip(&other) {
        let call = job.calls.iter().find(|call| call.id == one.call);
        let (one, other) = (
            serde_json::to_string(one).expect("serialises"),
            serde_json::to_string(other).expect("serialises"),
        );
        assert_eq!(one, other, "of {:?}", call.map(|call| &call.call));
    }
    one.iter()
        .filter(|run| run.verdict == Verdict::Verified)
        .count()
}

/// Program and call of every case in `tests/spec/trace-*.md`.
fn specified() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/spec");
    let mut cases = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the folder of specifications") {
        let path = entry.expect("readable").path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if !name.starts_with("trace-") {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("readable");
        for part in text.split("```python\n").skip(1) {
            let Some((program, rest)) = part.split_once("```\n") else {
                continue;
            };
            let call = rest
                .split_once("Call: `")
                .and_then(|(_, rest)| rest.split_once("`\n"));
            cases.extend(call.map(|(call, _)| (program.to_owned(), call.to_owned())));
        }
    }
    cases
}

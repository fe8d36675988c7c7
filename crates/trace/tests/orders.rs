//! Orders, hashes and addresses, which each interpreter has otherwise: whichever way a program sees them.

mod support;

use support::{engine, engine_in_python, job, run, runs};
use tracestone_record::Verdict;

/// Ways to see the order of a set of two texts.
const WAYS: &str = "\
import copy, pickle
class Named:
    log = []
    def __init__(self, name):
        self.name = name
    def __hash__(self):
        return hash(self.name)
    def __eq__(self, other):
        Named.log.append(self.name)
        return self.name == other.name
class Mine(set):
    def __iter__(self):
        return super().__iter__()
def listed(a, b):
    return list({a, b})
def joined(a, b):
    return ''.join({a, b})
def shown(a, b):
    return f'{ {a, b} }'
def printed(a, b):
    print({a, b})
def popped(a, b):
    return {a, b}.pop()
def unpacked(a, b):
    first, second = frozenset((a, b))
    return first
def starred(a, b):
    return [*{a, b}]
def given(a, b):
    return max(*{a, b}, key=len)
def keyed(a, b):
    return list(dict.fromkeys({a, b}))
def looped(a, b):
    for item in {a, b}:
        return item
def left(a, b):
    return list({a: 1, b: 2, 'x': 3}.keys() - {'x'})
def comprehended(a, b):
    return [item for item in {a, b}]
def by_method(a, b):
    return next({a, b}.__iter__())
def of_own_class(a, b):
    return list(Mine([a, b]))
def hashed(a, b):
    return hash(a) < hash(b)
def addressed(a, b):
    return id([a]) < id([b])
def copied(a, b):
    return copy.deepcopy({(a, 1), (b, 2)}).pop()
def pickled(a, b):
    return pickle.dumps({a, b})
def compared(a, b):
    Named.log.clear()
    {Named(a), Named(b)} == {Named(b), Named(a)}
    return Named.log
def nested(a, b):
    return [item for item, in {(a,), (b,)}]
";
/// Those that give no order of a set.
const OTHERS: [&str; 2] = ["hashed", "addressed"];
const PAIRS: [&str; 8] = ["ab", "cd", "ef", "gh", "ij", "kl", "mn", "op"];

fn calls_of(ways: &[&str]) -> Vec<String> {
    let call = |way: &&str, pair: &str| format!("{way}({:?}, {:?})", &pair[..1], &pair[1..]);
    ways.iter()
        .flat_map(|way| PAIRS.map(|pair| call(way, pair)))
        .collect()
}

#[test]
fn an_order_is_noticed_whichever_way_a_program_sees_it() {
    let ways: Vec<&str> = WAYS
        .lines()
        .filter_map(|line| line.strip_prefix("def ")?.split('(').next())
        .filter(|way| !OTHERS.contains(way))
        .collect();
    assert!(ways.len() > 15);
    let calls = calls_of(&ways);
    for engine in [engine(), engine_in_python()] {
        // One way at a time, since what one of them has would be noticed for all.
        for (way, calls) in ways.iter().zip(calls.chunks(PAIRS.len())) {
            let calls: Vec<(&str, &str)> = calls.iter().map(|call| ("", call.as_str())).collect();
            for run in runs(&engine, job(&text_of(way), &calls)) {
                assert!(
                    matches!(run.verdict, Verdict::Nondeterministic { .. }),
                    "{way}: {:?} {:?}",
                    run.outcome,
                    run.verdict
                );
            }
        }
    }
}

/// The program with one of the ways only, and the classes that it names.
fn text_of(way: &str) -> String {
    let mut kept = Vec::new();
    let mut keeps = false;
    for line in WAYS.lines() {
        if !line.starts_with(' ') {
            let name = line.split([' ', '(', ':']).nth(1).unwrap_or_default();
            let needed = match name {
                "Named" => way == "compared",
                "Mine" => way == "of_own_class",
                "copy," => way == "copied" || way == "pickled",
                _ => name == way,
            };
            keeps = needed;
        }
        if keeps {
            kept.push(line);
        }
    }
    kept.join("\n") + "\n"
}

#[test]
fn a_set_of_constants_is_a_set() {
    let engine = engine();
    for pair in PAIRS {
        let (one, other) = pair.split_at(1);
        let program =
            format!("def first():\n    for item in {{'{one}', '{other}'}}:\n        return item\n");
        for run in runs(&engine, job(&program, &[("", "first()")])) {
            assert!(
                matches!(run.verdict, Verdict::Nondeterministic { .. }),
                "{pair}: {:?}",
                run.outcome
            );
        }
    }
}

#[test]
fn orders_of_tasks_in_a_set_are_not_verified() {
    // Until then a loop of events has made many objects. Of two tasks seven interpreters agree by chance now and then.
    let program = "\
import asyncio
async def work(n):
    return n
def f(n, more):
    async def main():
        tasks = [asyncio.ensure_future(work(i)) for i in range(n)]
        done, _ = await asyncio.wait(tasks)
        return [task.result() for task in done] + [more]
    return asyncio.run(main())
";
    let engine = engine();
    let verdicts = (0..8).map(|more| run(&engine, program, &format!("f(2, {more})")).verdict);
    let verified = verdicts.filter(|verdict| *verdict == Verdict::Verified);
    let verified = verified.count();
    assert!(verified < 2, "{verified} of 8");
}

/// Objects that lie in the interpreter's own file are at the same place of their page in each process.
const FIXED: &str = "\
def listed(x):
    return [str(item) for item in {ValueError, KeyError, TypeError}][:x]
def shown(x):
    return str({int, str}) * x
def hashed(x):
    return hash(...) % 8 + x
def addressed(x):
    return id(int) % 4096 + x
def called(x):
    return [item.__name__ for item in {len, print, abs}] * x
def paired(x):
    return [first.__name__ for first, second in {(int, 1), (str, 2)}] * x
def beside(x):
    return len(list({None, 'a', 'b', x}))
def held(x):
    return type(x) in {int, float} and id(x) == id(x) and sorted({x, 1, 5})[0] == 1
";

#[test]
fn orders_of_what_lies_in_the_binary_are_facts_of_the_binary() {
    let engine = engine();
    let minor = engine.python().split('.').nth(1);
    let minor: Option<u32> = minor.and_then(|minor| minor.parse().ok());
    if minor.is_none_or(|minor| minor > 12) {
        println!(
            "NOT TESTED: {} takes what is in a set without anybody noticing",
            engine.python()
        );
        return;
    }
    let calls = [
        "listed(3)",
        "shown(1)",
        "hashed(1)",
        "addressed(1)",
        "called(1)",
        "paired(1)",
    ];
    for call in calls {
        let verdict = run(&engine, FIXED, call).verdict;
        assert_eq!(verdict, Verdict::Environment, "{call}");
    }
    for call in ["held(3)", "beside('c')"] {
        let verdict = run(&engine, FIXED, call).verdict;
        assert_eq!(verdict, Verdict::Verified, "{call}");
    }
}

#[test]
fn facts_of_the_installation_are_none_of_a_program() {
    let program = "\
import json, math, warnings
from datetime import datetime
def shown(x):
    return repr(json) * x
def long(x):
    return len(json.__file__) * x
def begun(x):
    return json.__file__[:x]
def failed(text):
    try:
        json.loads(text)
    except ValueError as error:
        return error.__traceback__.tb_next.tb_frame.f_code.co_filename
def warned(level):
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter('always')
        warnings.warn('x', stacklevel=level)
    return [one.filename for one in seen]
def minute(x):
    return datetime.fromtimestamp(x).strftime('%M:%S')
";
    let engine = engine();
    for call in [
        "shown(1)",
        "long(1)",
        "begun(5)",
        "failed('[')",
        "warned(6)",
        "minute(9)",
    ] {
        let verdict = run(&engine, program, call).verdict;
        assert_ne!(verdict, Verdict::Verified, "{call}");
    }
}

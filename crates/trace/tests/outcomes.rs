//! Ends of runs, each with the expected outcome.

mod support;

use std::ops::ControlFlow;

use support::{engine, engine_in_python, engine_with, job, run, runs};
use tracestone_record::{Outcome, Run, Verdict};
use tracestone_trace::Limits;

fn returned(run: &Run) -> &str {
    match &run.outcome {
        Outcome::Returned { value } => &value.text,
        other => panic!("{other:?}"),
    }
}

fn raised(run: &Run) -> (&str, &str) {
    match &run.outcome {
        Outcome::Raised { exception } => (&exception.type_name, &exception.message),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_call_returns_and_is_verified() {
    let engine = engine();
    let program = "def greet(name):\n    print('hello', name)\n    return {name: [1, 2.5, None]}\n";
    let run = run(&engine, program, "greet('you')");
    assert_eq!(returned(&run), "{'you': [1, 2.5, None]}");
    assert_eq!(run.stdout, "hello you\n");
    assert_eq!(run.verdict, Verdict::Verified);
    assert!(run.evidence.hash_seeds.len() >= 2);
    assert_eq!(run.evidence.sandbox, engine.sandbox());
    assert!(engine.python().starts_with("CPython 3."));
}

#[test]
fn what_an_earlier_run_left_behind_ends_before_the_next() {
    let engine = engine();
    // The generator waits in a module that nobody needs after a run. What makes so many objects has
    // the interpreter look for garbage, and its end is a step of the program.
    let program = "\
def waiting():
    try:
        yield 1
    finally:
        print('never seen')

WAITING = waiting()
next(WAITING)

def many(count):
    return len([[n] for n in range(count)])
";
    let calls: Vec<(&str, &str)> = vec![("", "many(2000)"), ("", "many(2001)"), ("", "many(2002)")];
    for run in runs(&engine, job(program, &calls)) {
        assert_eq!(run.verdict, Verdict::Verified, "{:?}", run.outcome);
        assert_eq!(run.stdout, "");
        let trace = serde_json::to_string(&run.trace).expect("serialises");
        assert!(!trace.contains("waiting"), "{trace}");
    }
}

/// `repr` of `0 - 1j` is `-1j`, which as a literal is `(-0-1j)`: an equal number, that is printed in another way.
#[test]
fn a_complex_number_whose_literal_is_printed_in_another_way_is_no_broken_report() {
    let numbers = [
        ("1 - 1j", "(1-1j)", true),
        ("1j", "1j", true),
        ("0 - 1j", "-1j", true),
        ("-1j", "(-0-1j)", false),
    ];
    let calls = numbers.map(|(number, ..)| format!("f({number})"));
    let calls = calls.each_ref().map(|call| ("", call.as_str()));
    for engine in [engine(), engine_in_python()] {
        let all = runs(&engine, job("def f(x):\n    return {1: [x]}\n", &calls));
        for (run, (_, text, exact)) in all.iter().zip(numbers) {
            assert_eq!(run.verdict, Verdict::Verified, "{text}: {:?}", run.outcome);
            let Outcome::Returned { value } = &run.outcome else {
                panic!("{text}: {:?}", run.outcome);
            };
            assert_eq!(value.text, format!("{{1: [{text}]}}"));
            assert_eq!(value.exact, exact, "{text}: {value:?}");
        }
    }
}

#[test]
fn exceptions_have_type_and_message() {
    let engine = engine();
    let program = "\
class Odd(ValueError):
    pass

class Told(Exception):
    def __str__(self):
        return 1 / 0

def fail(kind):
    raise kind('no', 3) if kind is Told else kind('no')

def look():
    return {}['key']
";
    let all = runs(
        &engine,
        job(
            program,
            &[
                ("", "fail(Odd)"),
                ("", "look()"),
                ("", "fail(Told)"),
                ("", "[][2]"),
                ("", "exit(3)"),
            ],
        ),
    );
    assert_eq!(raised(&all[0]), ("Odd", "no"));
    assert_eq!(raised(&all[1]), ("KeyError", "'key'"));
    assert_eq!(raised(&all[2]), ("Told", "('no', 3)"));
    assert_eq!(raised(&all[3]), ("IndexError", "list index out of range"));
    assert_eq!(raised(&all[4]), ("SystemExit", "3"));
    assert!(all.iter().all(|run| run.verdict == Verdict::Verified));
}

#[test]
fn every_call_has_a_namespace_of_its_own_with_program_and_setup() {
    let engine = engine();
    let program = "seen = []\ndef note(x):\n    seen.append(x)\n    return list(seen)\n";
    let all = runs(
        &engine,
        job(
            program,
            &[
                ("note(0)", "note(1)"),
                ("", "note(2)"),
                ("k = 7\nseen.append(k)", "note(k)"),
            ],
        ),
    );
    assert_eq!(returned(&all[0]), "[0, 1]");
    assert_eq!(returned(&all[1]), "[2]");
    assert_eq!(returned(&all[2]), "[7, 7]");
}

#[test]
fn failures_before_the_call_are_told_apart() {
    let engine = engine();
    let broken = run(&engine, "def f(:\n", "f()");
    assert!(
        matches!(&broken.outcome, Outcome::ProgramFailed { exception } if exception.type_name == "SyntaxError")
    );
    let failing = run(&engine, "x = 1 / 0\n", "x");
    assert!(
        matches!(&failing.outcome, Outcome::ProgramFailed { exception } if exception.type_name == "ZeroDivisionError")
    );
    let all = runs(
        &engine,
        job(
            "def f():\n    return 1\n",
            &[("g()", "f()"), ("", "f("), ("", "f()")],
        ),
    );
    assert!(
        matches!(&all[0].outcome, Outcome::SetupFailed { exception } if exception.type_name == "NameError")
    );
    assert!(
        matches!(&all[1].outcome, Outcome::SetupFailed { exception } if exception.type_name == "SyntaxError")
    );
    assert_eq!(returned(&all[2]), "1");
    assert!(all[0].trace.is_none() && all[0].verdict == Verdict::NotQualified);
}

#[test]
fn budgets_end_a_call_and_only_that_call() {
    let engine = engine();
    let program = "\
def loop():
    while True:
        try:
            x = 1
        except BaseException:
            pass

def deep(n):
    return deep(n + 1)

def wide(n):
    text = ''
    for i in range(n):
        text = str(i) * 500
    return 1

def fine():
    return 'fine'
";
    let all = runs(
        &engine,
        job(
            program,
            &[
                ("", "loop()"),
                ("", "fine()"),
                ("", "deep(0)"),
                ("", "wide(1500)"),
                ("loop()", "1"),
                ("", "fine()"),
            ],
        ),
    );
    let budget = |run: &Run| match &run.outcome {
        Outcome::OverBudget { budget } => budget.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(budget(&all[0]), "steps");
    assert_eq!(returned(&all[1]), "'fine'");
    assert_eq!(budget(&all[2]), "depth");
    assert_eq!(budget(&all[3]), "trace_bytes");
    assert_eq!(budget(&all[4]), "steps");
    assert_eq!(returned(&all[5]), "'fine'");
}

#[test]
fn recursion_through_the_library_is_over_budget_too() {
    let engine = engine();
    let program = "import copy\ndef f():\n    x = []\n    for _ in range(1500):\n        x = [x]\n    return copy.deepcopy(x)\n";
    let run = run(&engine, program, "f()");
    assert_eq!(
        run.outcome,
        Outcome::OverBudget {
            budget: "depth".to_owned()
        }
    );
}

#[test]
fn memory_and_time_run_out() {
    let engine = engine();
    let program = "import re\ndef f():\n    return 5\n";
    let calls = [
        ("", "[0] * 10**9"),
        ("", "f()"),
        ("", "10 ** 10 ** 8"),
        ("", "re.match('(a+)+$', 'a' * 40 + 'b')"),
        ("", "f()"),
    ];
    let all = runs(&engine, job(program, &calls));
    assert_eq!(all[0].outcome, Outcome::OutOfMemory);
    assert_eq!(returned(&all[1]), "5");
    assert_eq!(all[2].outcome, Outcome::TimedOut);
    assert_eq!(all[3].outcome, Outcome::TimedOut);
    assert_eq!(returned(&all[4]), "5");
}

#[test]
fn output_is_kept_up_to_the_cap() {
    let engine = engine_with(Limits {
        stdout_bytes: 20,
        ..Limits::default()
    });
    let program = "import sys\nprint('not of the call')\ndef f(n):\n    for i in range(n):\n        sys.stdout.write('é\\n')\n";
    let all = runs(
        &engine,
        job(program, &[("print('nor this')", "f(2)"), ("", "f(100)")]),
    );
    assert_eq!(all[0].stdout, "é\né\n");
    assert!(!all[0].stdout_truncated);
    assert_eq!(all[1].stdout, "é\n".repeat(7).trim_end());
    assert!(all[1].stdout_truncated);
}

#[test]
fn a_program_that_watching_changes_is_not_verified() {
    // Up to CPython 3.12, a tracer that reads the variables puts `seen` itself into `seen`.
    let program = "import sys\ndef count():\n    seen = locals()\n    rest = 1\n    return sorted(seen)\ndef watched():\n    return sys.gettrace() is not None\n";
    let all = runs(
        &engine(),
        job(program, &[("", "count()"), ("", "watched()")]),
    );
    for run in all {
        assert!(
            matches!(
                &run.verdict,
                Verdict::Observed { .. } | Verdict::Nondeterministic { .. }
            ) || returned(&run) == "[]",
            "{run:?}"
        );
    }
}

#[test]
fn chance_differs_between_interpreters_and_not_between_builds() {
    let program =
        "import os, random, secrets, uuid\nown = random.Random()\ndef f(x):\n    return x\n";
    let calls = [
        ("", "f(random.random())"),
        ("", "f(own.randrange(10**9))"),
        ("", "f(os.urandom(4))"),
        ("", "f(secrets.token_hex(4))"),
        ("", "f(uuid.uuid4().int)"),
        ("random.seed()", "f(random.random())"),
        ("random.seed(5)", "f(random.randrange(10**9))"),
    ];
    let one = runs(&engine(), job(program, &calls));
    let other = runs(&engine(), job(program, &calls));
    assert_eq!(one, other);
    let (pinned, by_chance) = one.split_last().expect("there are runs");
    assert_eq!(pinned.verdict, Verdict::Verified);
    for run in by_chance {
        assert!(
            matches!(run.verdict, Verdict::Nondeterministic { .. }),
            "{run:?}"
        );
    }
}

#[test]
fn every_interpreter_has_its_own_clock_and_the_next_build_the_same() {
    let program = "\
import datetime, time
from time import perf_counter as clock
def today():
    return datetime.date.today().isoformat()
def now():
    return datetime.datetime.now().year > 1990
def utc():
    return str(datetime.datetime.now(datetime.timezone.utc))
def took():
    before = time.monotonic()
    return 'slow' if time.monotonic() - before > 60 else 'fast'
def took_nothing():
    return clock() - clock() == 0
def stamp():
    return time.strftime('%Y')
def given():
    return time.strftime('%Y', time.gmtime(0))
def local():
    return str(datetime.datetime.fromtimestamp(60))
def both():
    import random
    return (time.time_ns(), random.random())
class Watch:
    clock = time.time
    def read(self):
        return self.clock() > 0
";
    let names = [
        "today()",
        "now()",
        "utc()",
        "took()",
        "took_nothing()",
        "stamp()",
        "given()",
        "local()",
        "both()",
        "Watch().read()",
    ];
    let calls = names.map(|call| ("", call));
    let one = runs(&engine(), job(program, &calls));
    assert_eq!(one, runs(&engine(), job(program, &calls)));
    let verdicts: Vec<String> = one
        .iter()
        .map(|run| match &run.verdict {
            Verdict::Nondeterministic { differed, cause } => format!("{differed} {cause}"),
            Verdict::Verified => returned(run).to_owned(),
            other => format!("{other:?} {:?}", run.outcome),
        })
        .collect();
    assert_eq!(
        verdicts,
        [
            "outcome clock",
            "True",
            "outcome clock",
            "values clock",
            "outcome clock",
            "outcome clock",
            "'1970'",
            "outcome hash_or_address",
            "outcome clock_or_chance",
            "True",
        ]
    );
}

#[test]
fn what_two_interpreters_disagree_on_is_caught() {
    let engine = engine();
    let program = "\
import random
class Thing:
    pass
def order():
    return ''.join({'alpha', 'beta', 'gamma', 'delta', 'epsilon'})
def pair():
    return list({'alpha', 'beta'})
def address():
    return id(order)
def shown():
    return repr(Thing())
def chance():
    return random.random()
def seeded():
    random.seed(4)
    return random.randint(1, 100)
def module():
    return __name__
def hidden():
    x = hash('text')
    return 1
def printed():
    print(object())
def branch():
    if hash('text') % 1000 < 500:
        return 1
    return 1
";
    let names = [
        "order", "pair", "address", "shown", "chance", "module", "hidden", "printed", "branch",
        "seeded",
    ];
    let calls: Vec<String> = names.iter().map(|name| format!("{name}()")).collect();
    let calls: Vec<(&str, &str)> = calls.iter().map(|call| ("", call.as_str())).collect();
    let all = runs(&engine, job(program, &calls));
    let verdicts: Vec<&str> = all
        .iter()
        .map(|run| match &run.verdict {
            Verdict::Nondeterministic { differed, cause } => {
                let chance = run.call == all[4].call;
                assert_eq!(cause, if chance { "chance" } else { "hash_or_address" });
                differed
            }
            Verdict::Verified => "verified",
            Verdict::NotQualified => "not qualified",
            Verdict::Observed { .. } => "observed",
            Verdict::Environment => "environment",
        })
        .collect();
    assert_eq!(
        verdicts,
        [
            "outcome", "outcome", "outcome", "outcome", "outcome", "outcome", "values", "stdout",
            "path", "verified"
        ]
    );
}

#[test]
fn values_are_described_without_running_their_code() {
    let engine = engine();
    let program = "\
import collections, decimal, enum, fractions
class Evil:
    def __init__(self):
        self.x = [1]
    def __repr__(self):
        raise SystemExit
    __str__ = __hash__ = __eq__ = __len__ = __iter__ = __getattribute__ = __bool__ = __repr__
class Slots:
    __slots__ = ('a', 'b')
    def __init__(self):
        self.a = 1
class Colour(enum.Enum):
    RED = 1
class Text(str):
    def __repr__(self):
        raise SystemExit
class Items(list):
    def __iter__(self):
        raise SystemExit
Point = collections.namedtuple('Point', 'x y')
def loop():
    a = [1]
    a.append(a)
    return a
def deep():
    x = []
    for _ in range(1500):
        x = [x]
    return x
";
    let cases = [
        ("Evil()", "<Evil x=[1]>", false),
        ("Slots()", "<Slots a=1>", false),
        ("Text('t')", "<Text 't'>", false),
        ("Items([1, 2])", "<Items [1, 2]>", false),
        ("Point(1, 2)", "<Point (1, 2)>", false),
        ("loop()", "[1, [...]]", false),
        ("{3, 1, 2, 10}", "{1, 10, 2, 3}", true),
        ("{'b': {2, 1}, 'a': (1,)}", "{'b': {1, 2}, 'a': (1,)}", true),
        ("set(), ()", "(set(), ())", true),
        ("frozenset([1])", "frozenset({1})", false),
        ("[float('nan')]", "[nan]", false),
        ("-0.0", "-0.0", true),
        (
            "[1.5, -2, True, None, b'x', 'é', 1+2j]",
            "[1.5, -2, True, None, b'x', 'é', (1+2j)]",
            true,
        ),
        ("2 ** 100000", "<int of 100001 bits>", false),
        ("decimal.Decimal('1.50')", "Decimal('1.50')", false),
        ("fractions.Fraction(6, 4)", "Fraction(3, 2)", false),
        (
            "collections.Counter('aab')",
            "Counter({'a': 2, 'b': 1})",
            false,
        ),
        ("collections.deque([1, 2])", "deque([1, 2])", false),
        ("range(3)", "range(0, 3)", false),
        ("loop", "<function loop>", false),
        ("Evil", "<class Evil>", false),
        ("'\\ud800'", "'\\ud800'", true),
    ];
    let calls: Vec<(&str, &str)> = cases.iter().map(|(call, _, _)| ("", *call)).collect();
    let all = runs(&engine, job(program, &calls));
    for ((call, text, exact), run) in cases.iter().zip(&all) {
        match &run.outcome {
            Outcome::Returned { value } => {
                assert_eq!(
                    (value.text.as_str(), value.exact),
                    (*text, *exact),
                    "{call}"
                );
            }
            other => panic!("{call}: {other:?}"),
        }
        assert_eq!(run.verdict, Verdict::Verified, "{call}");
    }
    let deep = run(&engine, program, "deep()");
    assert!(
        matches!(&deep.outcome, Outcome::Returned { value } if value.truncated && !value.exact)
    );
}

#[test]
fn order_and_number_of_workers_do_not_change_runs() {
    let jobs: Vec<_> = (0..30)
        .map(|n| {
            job(
                &format!("def f(x):\n    return x * {n}\n"),
                &[("", "f(2)"), ("", "f('a')")],
            )
        })
        .collect();
    let collect = |workers| {
        let settings = tracestone_trace::Settings {
            python: support::python(),
            workers,
            limits: Limits::default(),
            ..Default::default()
        };
        let engine = tracestone_trace::Engine::start(&settings).expect("starts");
        let mut all = Vec::new();
        engine
            .trace(jobs.iter().cloned(), &mut |result| {
                all.push(serde_json::to_string(&result.runs).expect("serialises"));
                ControlFlow::Continue(())
            })
            .expect("works");
        all.sort();
        all
    };
    assert_eq!(collect(1), collect(3));
}

#[test]
fn breaking_off_stops_and_leaves_the_engine_usable() {
    let engine = engine();
    let endless = (0..).map(|n| job(&format!("def f():\n    return {n}\n"), &[("", "f()")]));
    let mut taken = 0;
    let outcome = engine.trace(endless, &mut |_| {
        taken += 1;
        if taken == 5 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    assert!(outcome.is_ok());
    assert_eq!(taken, 5);
    assert_eq!(
        returned(&run(&engine, "def f():\n    return 3\n", "f()")),
        "3"
    );
}

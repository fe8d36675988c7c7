//! Nobody's watching changes what a program does: objects end when they would end, what is formatted is
//! formatted, and what depends on the process is not a fact about the program.

mod support;

use support::{engine, engine_in_python, job, runs};
use tracestone_record::{EventKind, Outcome, Run, Verdict};
use tracestone_trace::Engine;

fn both() -> [Engine; 2] {
    [engine(), engine_in_python()]
}

/// The run of one call, the same in both recorders.
fn run(program: &str, setup: &str, call: &str) -> Run {
    let [native, python] = both().map(|engine| {
        let mut all = runs(&engine, job(program, &[(setup, call)]));
        all.remove(0)
    });
    assert_eq!(native, python, "{call}");
    native
}

fn path(run: &Run) -> Vec<u32> {
    let trace = run.trace.as_ref().expect("a trace");
    trace.path().map(|line| line.0).collect()
}

fn returned(run: &Run) -> &str {
    match &run.outcome {
        Outcome::Returned { value } => &value.text,
        other => panic!("{other:?}"),
    }
}

/// The values that a variable takes, in their order.
fn values(run: &Run, name: &str) -> Vec<String> {
    let trace = run.trace.as_ref().expect("a trace");
    let changes = trace.events.iter().flat_map(|event| &event.changes);
    changes
        .filter(|change| change.name == name)
        .map(|change| match &change.value {
            Some(value) => value.text.clone(),
            None => "gone".to_owned(),
        })
        .collect()
}

#[test]
fn an_object_ends_when_its_last_name_is_bound_to_something_else() {
    let program = "\
class D:
    log = []

    def __del__(self):
        D.log.append(1)


def f(n):
    D.log = []
    d = D()
    d = None; seen = len(D.log)
    total = n + 1
    return seen
";
    let run = run(program, "", "f(2)");
    assert_eq!(run.verdict, Verdict::Verified);
    assert_eq!(returned(&run), "1");
    assert_eq!(values(&run, "seen"), ["1"]);
    assert_eq!(path(&run), [9, 10, 11, 5, 12, 13]);
}

#[test]
fn an_object_ends_in_a_loop_and_by_del() {
    let program = "\
class D:
    log = []
    def __init__(self, n):
        self.n = n
    def __del__(self):
        D.log.append(self.n)
def f(n):
    D.log = []
    for i in range(n):
        d = D(i)
    del d
    return D.log
";
    let run = run(program, "", "f(2)");
    assert_eq!(run.verdict, Verdict::Verified);
    assert_eq!(path(&run), [8, 9, 10, 4, 9, 10, 4, 6, 9, 11, 6, 12]);
}

#[test]
fn objects_in_containers_in_exceptions_and_behind_weak_references_end_in_time() {
    let program = "\
import weakref
class Node:
    pass
def listed():
    nodes = [Node()]
    look = weakref.ref(nodes[0])
    nodes.append(2); nodes = None; gone = look() is None
    return gone
def cached():
    cache = weakref.WeakValueDictionary()
    node = cache['a'] = Node()
    before = len(cache)
    node = Node(); after = len(cache)
    return before, after
def raised():
    def fail():
        node = Node()
        seen.append(weakref.ref(node))
        raise ValueError('x')
    seen = []
    try:
        fail()
    except ValueError:
        pass
    alive = seen[0]() is not None
    return alive
def called():
    ends = []
    node = Node()
    weakref.finalize(node, ends.append, 'end')
    node = 1; count = len(ends)
    return count
";
    for (call, expected) in [
        ("listed()", "True"),
        ("cached()", "(1, 0)"),
        ("raised()", "False"),
        ("called()", "1"),
    ] {
        let run = run(program, "", call);
        assert_eq!(run.verdict, Verdict::Verified, "{call}");
        assert_eq!(returned(&run), expected, "{call}");
    }
}

#[test]
fn a_generator_that_nobody_waits_for_cleans_up_in_time() {
    let program = "\
import contextlib
LOG = []
def numbers():
    try:
        yield 1
        yield 2
    finally:
        LOG.append('end')
def first():
    source = numbers()
    one = next(source)
    source = None; count = len(LOG)
    return one, count
@contextlib.contextmanager
def opened():
    LOG.append('open')
    try:
        yield LOG
    finally:
        LOG.append('close')
def used():
    with opened() as log:
        inside = list(log)
    return inside, list(log)
";
    let first = run(program, "", "first()");
    assert_eq!(returned(&first), "(1, 1)");
    assert_eq!(path(&first), [10, 11, 4, 5, 12, 8, 13]);
    let used = run(program, "", "used()");
    assert_eq!(returned(&used), "(['open'], ['open', 'close'])");
    assert_eq!(used.verdict, Verdict::Verified);
}

#[test]
fn a_warning_is_formatted() {
    let program = "\
import warnings
class W(RuntimeWarning):
    def __str__(self):
        return 'w'
def warn(n):
    warnings.warn(W())
    return n + 1
";
    let run = run(program, "", "warn(1)");
    assert_eq!(run.verdict, Verdict::Verified);
    assert!(path(&run).contains(&4), "{:?}", path(&run));
}

#[test]
fn a_generator_that_set_up_has_started_goes_on() {
    let program = "\
def count_up(n):
    i = 0
    while i < n:
        yield i
        i += 1
";
    let run = run(program, "g = count_up(3)\nnext(g)", "next(g)");
    assert_eq!(run.verdict, Verdict::Verified);
    let trace = run.trace.as_ref().expect("a trace");
    let first = &trace.events[0];
    assert!(matches!(first.kind, EventKind::Resume), "{first:?}");
    assert_eq!(first.line.0, 4);
    let names: Vec<&str> = first
        .changes
        .iter()
        .map(|change| &change.name[..])
        .collect();
    assert_eq!(names, ["n", "i"]);
    assert_eq!(path(&run), [5, 3, 4]);
}

#[test]
fn a_generator_that_set_up_has_started_is_woken_by_an_exception() {
    let program = "\
def careful():
    try:
        yield 1
    except ValueError as error:
        found = str(error)
        yield found
";
    let run = run(
        program,
        "g = careful()\nnext(g)",
        "g.throw(ValueError('x'))",
    );
    assert_eq!(run.verdict, Verdict::Verified);
    assert_eq!(returned(&run), "'x'");
    assert_eq!(path(&run), [4, 5, 6]);
    let trace = run.trace.as_ref().expect("a trace");
    assert!(matches!(trace.events[0].kind, EventKind::Resume));
}

#[test]
fn a_comprehension_in_a_class_body_hides_nothing_and_shows_nothing() {
    let program = "\
def f(n):
    class A:
        k = n
        xs = [i for i in range(k + 1)]

        @property
        def p(self):
            return self.xs
    return A().p
";
    let run = run(program, "", "f(2)");
    assert_eq!(run.verdict, Verdict::Verified);
    assert_eq!(values(&run, "k"), ["2"]);
    assert_eq!(values(&run, "n"), ["2"]);
    assert_eq!(values(&run, "xs"), ["[0, 1, 2]"]);
}

#[test]
fn a_class_body_shows_what_it_names_itself() {
    let program = "\
import enum
def pick(n):
    class Color(enum.Enum):
        RED = 1
        BLUE = 2
    return Color(n).name
";
    let run = run(program, "", "pick(1)");
    assert_eq!(run.verdict, Verdict::Verified, "{:?}", run.outcome);
    assert_eq!(values(&run, "RED"), ["1"]);
    let trace = run.trace.as_ref().expect("a trace");
    let names = trace.events.iter().flat_map(|event| &event.changes);
    assert!(
        names
            .map(|change| &change.name)
            .all(|name| !name.starts_with('_'))
    );
}

#[test]
fn what_reads_the_environment_is_not_verified() {
    let program = "\
import argparse, os, platform, sys
def encoding():
    return sys.stdout.encoding
def arguments():
    return len(sys.argv) > 5
def all_arguments():
    return [a for a in sys.argv if a.startswith('-x')]
def variable():
    return os.environ.get('NO_SUCH_NAME', 'none')
def folder():
    return os.path.basename('a/b') + str(len(os.getcwd()) >= 0)
def terminal():
    return sys.stdout.isatty()
def typed():
    return sys.stdin.read()
def machine():
    return bool(platform.machine())
def parsed():
    parser = argparse.ArgumentParser()
    parser.add_argument('--bare', action='store_true')
    return parser.parse_known_args()[0].bare
def given():
    parser = argparse.ArgumentParser(prog='p')
    parser.add_argument('--bare', action='store_true')
    return parser.parse_args(['--bare']).bare
def printed():
    print('x', file=sys.stdout)
    return 1
def joined():
    return os.path.join('a', 'b')
def logged():
    import logging
    logging.getLogger('x').error('y')
    return 2
";
    for call in [
        "encoding()",
        "arguments()",
        "all_arguments()",
        "variable()",
        "folder()",
        "terminal()",
        "typed()",
        "machine()",
        "parsed()",
    ] {
        let run = run(program, "", call);
        assert_eq!(run.verdict, Verdict::Environment, "{call}: {run:?}");
    }
    for call in ["given()", "printed()", "joined()", "logged()"] {
        let run = run(program, "", call);
        assert_eq!(run.verdict, Verdict::Verified, "{call}");
    }
}

#[test]
fn what_depends_on_the_time_zone_is_not_verified() {
    let program = "\
import datetime, time
def span(month):
    start, end = datetime.datetime(2020, 1, 1), datetime.datetime(2020, month, 1)
    return (end.timestamp() - start.timestamp()) / 86400
def day(seconds):
    return str(datetime.date.fromtimestamp(seconds))
def is_once(month, day):
    at = datetime.datetime(2020, month, day, 1, 30)
    return at.timestamp() == at.replace(fold=1).timestamp()
def zones():
    return time.daylight + 1
def after(day):
    return str(datetime.date(2020, 2, day) + datetime.timedelta(days=1))
";
    // The changes of Europe and of North America are in these nights.
    for call in ["span(7)", "day(0)", "is_once(10, 25)", "zones()"] {
        let run = run(program, "", call);
        assert_ne!(run.verdict, Verdict::Verified, "{call}");
    }
    assert_eq!(run(program, "", "after(28)").verdict, Verdict::Verified);
}

#[test]
fn the_arguments_of_the_process_are_seen_in_the_program_text() {
    let program = "\
import argparse
def detail(x):
    if not args.bare:
        return x
    return 0
parser = argparse.ArgumentParser()
parser.add_argument('--bare', action='store_true')
args, rest = parser.parse_known_args()
";
    let run = run(program, "", "detail(3)");
    assert_eq!(run.verdict, Verdict::Environment);
}

#[test]
fn the_name_that_we_give_to_a_program_is_no_answer() {
    let program = "\
import traceback
def shown():
    try:
        return 1 // 0
    except ZeroDivisionError:
        return traceback.format_exc()
def short():
    try:
        return 1 // 0
    except ZeroDivisionError as error:
        return traceback.format_exception_only(type(error), error)
";
    let shown = run(program, "", "shown()");
    assert!(matches!(shown.verdict, Verdict::Nondeterministic { .. }));
    assert_eq!(run(program, "", "short()").verdict, Verdict::Verified);
}

/// A text in the set-up makes the recorder own nothing; it must see the same.
#[test]
fn both_ways_of_watching_see_the_same() {
    let program = "\
class Stack:
    kind = 'stack'
    def __init__(self, items):
        self.items = list(items)
    def pop(self):
        if not self.items:
            raise IndexError('empty')
        return self.items.pop()
def numbers(count):
    for number in range(count):
        yield number, str(number)
def work(count):
    stack, names, half = Stack([1, 2]), {}, 0.5
    also = names
    for number, name in numbers(count):
        names[name] = [number, (name, half * number)]
        print(name)
    try:
        while True:
            stack.pop()
    except IndexError as error:
        del half
        return [str(error), names, sorted({3, 1})]
def fail(n):
    try:
        return [1 // k for k in range(n, -1, -1)]
    finally:
        n = None
";
    for call in [
        "work(3)",
        "fail(2)",
        "list(numbers(2))",
        "Stack('ab').pop()",
    ] {
        let mut owning = run(program, "", call);
        let bare = run(program, "_ = '__del__'", call);
        owning.id = bare.id;
        owning.call = bare.call;
        assert_eq!(owning, bare, "{call}");
    }
}

#[test]
fn what_two_interpreters_agree_on_by_chance_is_caught_where_only_the_call_has_a_set() {
    let program = "def first(items):\n    for item in items:\n        return item\n";
    let pairs = ["ab", "cd", "ef", "gh", "ij", "kl", "mn", "op"];
    let calls: Vec<String> = pairs
        .iter()
        .map(|pair| format!("first({{'{}', '{}'}})", &pair[..1], &pair[1..]))
        .collect();
    let mut calls: Vec<(&str, &str)> = calls.iter().map(|call| ("", call.as_str())).collect();
    calls.push(("items = set('xy')", "first(items)"));
    for run in runs(&engine(), job(program, &calls)) {
        assert!(
            matches!(run.verdict, Verdict::Nondeterministic { .. }),
            "{:?}",
            run.outcome
        );
    }
}

#[test]
fn the_name_of_who_calls_counts_and_a_name_inside_a_description_does_not() {
    let program = "\
import sys, warnings
class Old(DeprecationWarning):
    def __str__(self):
        return 'old'
def caught(text):
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter('always')
        warnings.warn('b' + text)
        return len(found)
def file():
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter('always')
        warnings.warn('b')
        return found[0].filename
";
    let calls = [
        "warnings.warn(Old(), stacklevel=2)",
        "sys._getframe(1).f_globals['__name__']",
        "file()",
        "caught('x')",
    ];
    let all = runs(&engine(), job(program, &calls.map(|call| ("", call))));
    let verified = all.iter().map(|run| run.verdict == Verdict::Verified);
    assert_eq!(verified.collect::<Vec<_>>(), [false, false, false, true]);
}

#[test]
fn a_stream_that_ends_is_closed_in_time() {
    let program = "\
import io
class Stream(io.StringIO):
    def close(self):
        LOG.append('closed')
        super().close()
LOG = []
def f(n):
    LOG.clear()
    stream = Stream()
    stream = None; seen = len(LOG)
    total = n + seen
    return total
";
    let run = run(program, "", "f(2)");
    assert_eq!(run.verdict, Verdict::Verified);
    assert_eq!(returned(&run), "3");
    assert_eq!(path(&run), [8, 9, 10, 4, 5, 11, 12]);
}

#[test]
fn a_dictionary_of_variables_is_not_filled_anew_by_who_watches() {
    let program = "\
def paused(n):
    def g():
        for i in range(n):
            yield i
    it = g()
    next(it)
    d = it.gi_frame.f_locals
    next(it); seen = d['i']
    return n
def evaluated(n):
    d = eval('locals()')
    x = 1
    k = len(d)
    return n + x
";
    // From 3.13 on the dictionary is a view of the variables, or a copy of its own.
    let reads = |run: &Run, name: &str, value: &str| match &run.verdict {
        Verdict::Verified => assert_eq!(values(run, name), [value]),
        other => assert!(matches!(other, Verdict::Observed { .. }), "{other:?}"),
    };
    reads(&run(program, "", "paused(3)"), "seen", "1");
    reads(&run(program, "", "evaluated(3)"), "k", "1");
    let calculator = "def f(text):\n    return eval(text, {'x': 2})\n";
    let run = run(calculator, "", "f('x + 1')");
    assert_eq!(run.verdict, Verdict::Verified);
}

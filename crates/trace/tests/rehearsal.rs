//! Tests of a source, run for the calls that they make: the calls can be made again, and a test that attacks
//! decides nothing about others.

mod support;

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

use support::{engine, start};
use tracestone_record::{Line, RecordedCall, TestReport};
use tracestone_trace::{Engine, Level, Limits, RehearsalJob, SandboxChoice, Tree};

const SHAPES: &str = "\
class Square:
    def __init__(self, side=1, name=None):
        self.side = side
        self.name = name
        self.tags = []

    def tag(self, word):
        self.tags.append(word)
        return self

    @property
    def area(self):
        return self.side ** 2


def make(side):
    return Square(side)


def area_of(square, factor=1, *, unit='m'):
    return inner(square, factor), unit


def inner(square, factor):
    return square.area * factor


def numbers(count):
    yield from range(count)
";

/// Lays out a source.
fn tree(name: &str, files: &[(&str, &str)]) -> Arc<Tree> {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("suites");
    drop(std::fs::remove_dir_all(folder.join(name)));
    let files = files
        .iter()
        .map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()))
        .collect();
    Arc::new(Tree::lay_out(&folder, name, files).expect("the folder can be written"))
}

/// Runs items of `tests/test_it.py` beside the package `pkg` and a `conftest.py`.
fn report_with(
    engine: &Engine,
    name: &str,
    conftest: &str,
    tests: &str,
    items: &[&str],
) -> TestReport {
    let files = [
        ("pkg/__init__.py", ""),
        ("pkg/shapes.py", SHAPES),
        ("tests/conftest.py", conftest),
        ("tests/test_it.py", tests),
    ];
    let job = RehearsalJob {
        key: 0,
        tree: tree(name, &files),
        roots: vec![String::new()],
        path: "tests/test_it.py".to_owned(),
        items: items.iter().map(|item| (*item).to_owned()).collect(),
        seed: "seed".to_owned(),
        cpu_seconds: 4,
    };
    let mut report = TestReport::default();
    engine
        .rehearse([job].into_iter(), &mut |result| {
            report.add(result.report);
            ControlFlow::Continue(())
        })
        .expect("the engine works");
    report
}

fn report(name: &str, tests: &str, items: &[&str]) -> TestReport {
    let engine = engine();
    report_with(&engine, name, "", tests, items)
}

fn ends(report: &TestReport) -> Vec<(&str, &str)> {
    let tests = report.tests.iter();
    tests
        .map(|test| (test.name.as_str(), test.how.as_str()))
        .collect()
}

fn texts(report: &TestReport, line: u32) -> Vec<(&str, &str)> {
    let of_line = |call: &&RecordedCall| call.path == "pkg/shapes.py" && call.line == Line(line);
    let calls = report.calls.iter().filter(of_line);
    calls
        .map(|call| (call.setup.as_str(), call.call.as_str()))
        .collect()
}

#[test]
fn arguments_are_literals_and_constructor_calls() {
    let tests = "\
import pytest
from pkg.shapes import Square, area_of, make, numbers

@pytest.mark.parametrize('side, area', [(1, 1), pytest.param(2, 4)])
def test_area(side, area):
    assert area_of(Square(side)) == (area, 'm')

def test_more():
    assert area_of(make(3), 2, unit='k') == (18, 'k')
    assert list(numbers(3)) == [0, 1, 2]
";
    let report = report("literals", tests, &["test_area", "test_more"]);
    let passed = [
        ("test_area[0]", "passed"),
        ("test_area[1]", "passed"),
        ("test_more", "passed"),
    ];
    assert_eq!(ends(&report), passed);
    let areas = [
        ("", "area_of(Square())"),
        ("", "area_of(Square(2))"),
        ("", "area_of(make(3), 2, unit='k')"),
    ];
    assert_eq!(texts(&report, 20), areas);
    assert_eq!(texts(&report, 24)[2], ("", "inner(make(3), 2)"));
    assert_eq!(texts(&report, 28), [("", "list(numbers(3))")]);
    let reached = &report.reached["tests/test_it.py"][&Line(9)];
    let lines: Vec<u32> = reached.iter().map(|(_, line)| line.0).collect();
    assert_eq!(lines, [2, 11, 16, 20, 24]);
}

#[test]
fn what_a_test_does_to_an_object_comes_before_the_call() {
    let tests = "\
from pkg.shapes import Square, area_of

class TestIt:
    def setup_method(self):
        self.square = Square(2, name='x')
        self.square.tag('a')

    def test_it(self):
        self.square.tag('b')
        assert area_of(self.square)[0] == 4
";
    let report = report("changes", tests, &["TestIt"]);
    assert_eq!(ends(&report), [("TestIt::test_it", "passed")]);
    let setup = "square = Square(2, 'x')\nsquare.tag('a')\nsquare.tag('b')";
    assert_eq!(texts(&report, 20), [(setup, "area_of(square)")]);
}

#[test]
fn fixtures_and_test_cases_are_run() {
    let conftest = "\
import pytest
from pkg.shapes import make

@pytest.fixture(scope='module')
def big():
    yield make(9)
";
    let tests = "\
import unittest
import pytest
from pkg.shapes import area_of, make

@pytest.fixture
def bigger(big):
    return make(big.side + 1)

def test_fixtures(bigger):
    assert area_of(bigger)[0] == 100

class Case(unittest.TestCase):
    def setUp(self):
        self.square = make(5)

    def test_it(self):
        self.assertEqual(area_of(self.square)[0], 25)

    @unittest.skip('no')
    def test_skipped(self):
        pass

@pytest.mark.skipif(True, reason='no')
def test_not():
    pass

def test_unknown(nobody_knows_this):
    pass
";
    let items = ["test_fixtures", "Case", "test_not", "test_unknown"];
    let engine = engine();
    let report = report_with(&engine, "fixtures", conftest, tests, &items);
    let expected = [
        ("test_fixtures", "passed"),
        ("Case::test_it", "passed"),
        ("Case::test_skipped", "skipped"),
        ("test_not", "skipped"),
        ("test_unknown", "needs fixture nobody_knows_this"),
    ];
    assert_eq!(ends(&report), expected);
    assert_eq!(
        texts(&report, 20),
        [("", "area_of(make(10))"), ("", "area_of(make(5))")]
    );
}

#[test]
fn a_test_that_is_over_its_budget_ends_and_the_next_one_runs() {
    let tests = "\
from pkg.shapes import area_of, make

class TestMany:
    def test_long(self):
        for side in range(200_000):
            make(side)

    def test_other(self):
        assert area_of(make(5))[0] == 25

def test_after():
    assert area_of(make(6))[0] == 35
";
    let report = report("long", tests, &["TestMany", "test_after"]);
    let expected = [
        ("TestMany::test_long", "over_budget"),
        ("TestMany::test_other", "passed"),
        ("test_after", "failed: AssertionError"),
    ];
    assert_eq!(ends(&report), expected);
}

/// Each attacks, and the one after it is as if nothing had been.
const HOSTILE: &[(&str, &str)] = &[
    ("exit", "import os; os._exit(0)"),
    (
        "forged",
        "import os\n    for fd in range(20):\n        try:\n            os.write(fd, b'\\0\\0\\0\\x08R\\0\\0\\0\\0\\0\\0\\0')\n        except OSError:\n            pass",
    ),
    ("fork", "import os; os.fork()"),
    ("kill", "import os; os.kill(os.getppid(), 9)"),
    (
        "shell",
        "import subprocess; subprocess.run(['touch', '/tmp/tracestone-was-here'])",
    ),
    ("write", "open('/tmp/tracestone-was-here', 'w').write('x')"),
    ("read", "assert not open('/etc/passwd').read()"),
    (
        "socket",
        "import socket; socket.create_connection(('127.0.0.1', 1))",
    ),
    ("untrace", "import sys; sys.settrace(None)"),
    ("loop", "while True:\n        pass"),
    ("deep", "def f(): f()\n    f()"),
    ("memory", "x = [0] * 10**9; x = x * 10"),
    (
        "builtins",
        "import builtins, json\n    builtins.len = builtins.repr = builtins.id = lambda *a: 1 / 0\n    json.dumps = None",
    ),
    (
        "catch",
        "def g(): pass\n    while True:\n        try:\n            g()\n        except BaseException:\n            pass",
    ),
];

#[test]
fn what_is_not_there_costs_only_the_tests_that_use_it() {
    let conftest = "\
import subprocess
import pytest

try:
    HAS_DOT = bool(subprocess.check_output(['dot', '-V']))
except FileNotFoundError:
    HAS_DOT = False

@pytest.fixture(autouse=True)
def arranged(unheard_of):
    raise ValueError
";
    let tests = "\
import nowhere
import pytest
from nowhere.strategies import lists
from pkg.shapes import area_of, make

somewhere = pytest.importorskip('somewhere')

@nowhere.given(lists(nowhere.integers() | nowhere.none()))
def test_given(sides):
    assert area_of(make(sides))

class TestMachine(nowhere.Machine):
    def test_inside(self):
        assert area_of(make(4))[0] == 16

def test_uses():
    assert area_of(make(nowhere.side(3)))

def test_skips():
    pytest.importorskip('elsewhere')

def test_plain(caplog, doctest_namespace, benchmark, subtests):
    with subtests.test('part'):
        assert benchmark(area_of, make(5))[0] == 25

async def test_awaits():
    assert area_of(make(6))[0] == 36

def test_asks(unheard_of):
    assert area_of(make(7))[0] == 49
";
    let items = [
        "test_given",
        "TestMachine",
        "test_uses",
        "test_skips",
        "test_plain",
        "test_awaits",
        "test_asks",
    ];
    let report = report_with(&engine(), "absent", conftest, tests, &items);
    let expected = [
        ("test_given", "needs nowhere.strategies"),
        ("TestMachine::test_inside", "passed"),
        ("test_uses", "needs nowhere"),
        ("test_skips", "needs elsewhere"),
        ("test_plain", "passed"),
        ("test_awaits", "passed"),
        ("test_asks", "needs fixture unheard_of"),
    ];
    let ends: Vec<(&str, &str)> = ends(&report);
    assert_eq!(ends[1..], expected[1..]);
    assert!(ends[0].1.starts_with("needs nowhere"), "{ends:?}");
    let calls = ["area_of(make(4))", "area_of(make(5))", "area_of(make(6))"];
    assert_eq!(texts(&report, 20), calls.map(|call| ("", call)));
}

#[test]
fn a_hostile_test_decides_nothing_about_others() {
    let tests = "from pkg.shapes import area_of, make\n\ndef test_good():\n    assert area_of(make(5))[0] == 25\n";
    for level in Level::ALL {
        let limits = Limits {
            cpu_seconds: 1,
            ..Limits::default()
        };
        let Ok(engine) = start(limits, SandboxChoice::Exactly(level)) else {
            println!("NOT TESTED: level {} is not available", level.name());
            continue;
        };
        for (name, body) in HOSTILE {
            let text = format!("{tests}\ndef test_hostile():\n    {body}\n");
            let report = report_with(&engine, name, "", &text, &["test_hostile"]);
            assert!(report.calls.is_empty(), "{name}: {:?}", report.calls);
            let report = report_with(&engine, name, "", &text, &["test_good"]);
            assert_eq!(ends(&report), [("test_good", "passed")], "after {name}");
            assert_eq!(
                texts(&report, 20),
                [("", "area_of(make(5))")],
                "after {name}"
            );
            assert!(
                !std::path::Path::new("/tmp/tracestone-was-here").exists(),
                "{name}"
            );
        }
        // The same in a fixture, which runs before the test that asks for it.
        for (name, body) in HOSTILE {
            let fixture = format!(
                "import pytest\n\n@pytest.fixture\ndef attack():\n    {body}\n    yield\n    {body}\n"
            );
            let asking = format!("{tests}\ndef test_asking(attack):\n    pass\n");
            let report = report_with(&engine, name, &fixture, &asking, &["test_asking"]);
            assert!(report.calls.is_empty(), "{name}: {:?}", report.calls);
            let report = report_with(&engine, "plain", "", tests, &["test_good"]);
            assert_eq!(
                ends(&report),
                [("test_good", "passed")],
                "after fixture {name}"
            );
        }
        // The same in `conftest.py`, which runs before any test.
        for (name, body) in HOSTILE.iter().filter(|(name, _)| *name != "builtins") {
            let conftest = format!("def attack():\n    {body}\nattack()\n");
            report_with(&engine, name, &conftest, tests, &["test_good"]);
            let report = report_with(&engine, "plain", "", tests, &["test_good"]);
            assert_eq!(
                ends(&report),
                [("test_good", "passed")],
                "after conftest {name}"
            );
        }
    }
}

#[test]
fn classes_that_a_file_makes_are_run() {
    let tests = "\
import sys
import unittest
from unittest import TestCase
from pkg.shapes import Square, area_of

def make_tests(side):
    class Made(unittest.TestCase):
        def test_area(self):
            self.assertEqual(area_of(Square(side)), (side ** 2, 'm'))
    Made.__name__ = 'Made%d' % side
    globals()[Made.__name__] = Made

for side in (2, 3):
    make_tests(side)

def make_plain(side):
    class T:
        def test_area(self):
            assert area_of(Square(side)) == (side ** 2, 'm')
    return T

TestNamed = make_plain(2)
Other = make_plain(8)

def make_by_type(name, side):
    def test(self):
        self.assertEqual(area_of(Square(side)), (side ** 2, 'm'))
    return type(name, (unittest.TestCase,), {'test_it': test})

TestTyped = make_by_type('TestTyped', 3)

if sys.version_info > (3, 5):
    def test_new():
        assert area_of(Square(5)) == (25, 'm')

class TestPlain(unittest.TestCase):
    def test_plain(self):
        pass
";
    let report = report("made", tests, &["TestPlain", "*"]);
    let passed = [
        ("TestPlain::test_plain", "passed"),
        ("Made2::test_area", "passed"),
        ("Made3::test_area", "passed"),
        ("TestNamed::test_area", "passed"),
        ("TestTyped::test_it", "passed"),
        ("test_new", "passed"),
    ];
    assert_eq!(ends(&report), passed);
    let areas = [
        "area_of(Square(2))",
        "area_of(Square(3))",
        "area_of(Square(5))",
    ];
    assert_eq!(texts(&report, 20), areas.map(|call| ("", call)));
}

//! Programs that run in their own package: what is recorded is what the module does, in the lines that are
//! shown, and no package decides what another one's programs do.

mod attacks;
mod ends;
mod imports;
mod native;
mod orders;
mod site;
#[path = "../support/mod.rs"]
mod support;

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

use support::{engine, job, runs};
use tracestone_record::{Outcome, Run, Verdict};
use tracestone_trace::{
    Asked, Engine, InTree, Job, Level, Limits, Replay, ReplayJob, ReplayOutcome, ReplayResult,
    SandboxChoice, Tree,
};

/// Lays out a source.
fn tree(name: &str, files: &[(&str, &str)]) -> Arc<Tree> {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("trees");
    drop(std::fs::remove_dir_all(folder.join(name)));
    let files = files
        .iter()
        .map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()))
        .collect();
    Arc::new(Tree::lay_out(&folder, name, files).expect("the folder can be written"))
}

/// The lines of a module's file as they are shown.
fn place(tree: &Arc<Tree>, module: &str, lines: &[u32]) -> (String, InTree) {
    let path = format!("{}.py", module.replace('.', "/"));
    let path = match tree.python.contains_key(&path) {
        true => path,
        false => path.replace(".py", "/__init__.py"),
    };
    let text = String::from_utf8(tree.python[&path].clone()).expect("the file is UTF-8");
    let text: Vec<&str> = text.lines().collect();
    let shown: String = lines
        .iter()
        .map(|line| format!("{}\n", text[*line as usize - 1]))
        .collect();
    let package = InTree {
        tree: Arc::clone(tree),
        module: module.to_owned(),
        path,
        roots: vec![String::new()],
        lines: lines.to_vec(),
    };
    (shown, package)
}

fn packaged(tree: &Arc<Tree>, module: &str, lines: &[u32], calls: &[(&str, &str)]) -> Job {
    let (shown, package) = place(tree, module, lines);
    Job {
        package: Some(package),
        ..job(&shown, calls)
    }
}

fn value(run: &Run) -> &str {
    match &run.outcome {
        Outcome::Returned { value } if run.verdict == Verdict::Verified => &value.text,
        _ => panic!("{:?} {:?}", run.outcome, run.verdict),
    }
}

fn path(run: &Run) -> Vec<u32> {
    let trace = run.trace.as_ref().expect("there is a trace");
    trace.path().map(|line| line.0).collect()
}

/// Testimony of the witness about an expression.
fn witness(engine: &Engine, tree: &Arc<Tree>, module: &str, lines: &[u32], call: &str) -> Replay {
    let (program, package) = place(tree, module, lines);
    let asked = Asked {
        lines: true,
        values: true,
        states: Vec::new(),
    };
    let job = ReplayJob {
        key: 0,
        order: None,
        program,
        package: Some(package),
        setup: String::new(),
        expressions: vec![call.to_owned()],
        asked: Some(vec![asked]),
    };
    let mut results: Vec<ReplayResult> = Vec::new();
    engine
        .replay(std::iter::once(job), &mut |result| {
            results.push(result);
            ControlFlow::Continue(())
        })
        .expect("the engine works");
    results.remove(0).replays.remove(0).expect("it is executed")
}

const CORE: &str = "\
import functools
from . import other

TABLE = {1: 'one'}


def hidden(x):
    y = x + 1
    return y


@functools.lru_cache
def shown(x):
    total = 0
    for i in range(x):
        total += hidden(i)
    return other.double(total)


class Box:
    def __init__(self, x):
        self.x = x

    def get(self):
        return [self.x for _ in range(2)]
";

const FILES: [(&str, &str); 4] = [
    ("pkg/__init__.py", "from .core import *\n"),
    ("pkg/core.py", CORE),
    ("pkg/other.py", "def double(x):\n    return 2 * x\n"),
    ("pkg/table.txt", "one\n"),
];

/// `shown`, with its decorator, as the lines 1 to 6.
const SHOWN: [u32; 6] = [12, 13, 14, 15, 16, 17];

#[test]
fn lines_are_those_that_are_shown() {
    let (engine, tree) = (engine(), tree("lines", &FILES));
    let all = runs(
        &engine,
        packaged(
            &tree,
            "pkg.core",
            &SHOWN,
            &[("", "shown(2)"), ("n = 1", "shown(n)")],
        ),
    );
    assert_eq!(value(&all[0]), "6");
    // What is not shown is not followed.
    assert_eq!(path(&all[0]), [3, 4, 5, 4, 5, 4, 6]);
    assert_eq!(value(&all[1]), "2");
    let told = witness(&engine, &tree, "pkg.core", &SHOWN, "shown(2)");
    let testimony = told
        .testimony
        .expect("it was asked for")
        .expect("it can be seen");
    assert_eq!(
        testimony.path().map(|line| line.0).collect::<Vec<_>>(),
        path(&all[0])
    );
    assert_eq!(
        told.outcome,
        ReplayOutcome::Returned {
            text: "6".to_owned()
        }
    );
}

#[test]
fn packages_run_on_every_level_of_the_sandbox() {
    let tree = tree("levels", &FILES);
    let mut tested = 0;
    for level in Level::ALL {
        let engines = [support::python(), PathBuf::from("/usr/bin/python3")].map(|python| {
            support::start_with(&python, Limits::default(), SandboxChoice::Exactly(level))
        });
        let Some(engine) = engines.into_iter().find_map(Result::ok) else {
            continue;
        };
        let all = runs(
            &engine,
            packaged(&tree, "pkg.core", &SHOWN, &[("", "shown(2)")]),
        );
        assert_eq!(value(&all[0]), "6", "{}", level.name());
        let told = witness(&engine, &tree, "pkg.core", &SHOWN, "shown(2)");
        assert!(
            matches!(told.testimony, Some(Ok(_))),
            "{}: {told:?}",
            level.name()
        );
        tested += 1;
    }
    assert!(tested > 0, "no level of the sandbox is available");
}

/// Numbers of the lines that begin with these texts.
fn numbers(text: &str, starts: &[&str]) -> Vec<u32> {
    let mut lines = text.lines().zip(1..);
    let number = |start: &&str| {
        let found = lines.find(|(line, _)| line.starts_with(start));
        found.unwrap_or_else(|| panic!("no line {start}")).1
    };
    starts.iter().map(number).collect()
}

#[test]
fn of_a_class_that_is_shown_in_part_only_what_is_shown_is_followed() {
    let (engine, tree) = (engine(), tree("parts", &FILES));
    let starts = ["class Box:", "    def get(self):", "        return [self.x"];
    let lines = numbers(CORE, &starts);
    let all = runs(
        &engine,
        packaged(&tree, "pkg.core", &lines, &[("", "Box(1).get()")]),
    );
    assert_eq!(value(&all[0]), "[1, 1]");
    assert!(
        path(&all[0]).iter().all(|&line| line == 3),
        "{:?}",
        path(&all[0])
    );
    let told = witness(&engine, &tree, "pkg.core", &lines, "Box(1).get()");
    let testimony = told
        .testimony
        .expect("it was asked for")
        .expect("it can be seen");
    assert_eq!(
        testimony.path().map(|line| line.0).collect::<Vec<_>>(),
        path(&all[0])
    );
}

#[test]
fn definitions_in_conditions_are_followed() {
    let text = "\
import sys

if sys.version_info >= (3, 8):
    h = lambda x: x + 8
    def g(x):
        return h(x)
else:
    def g(x):
        return x
";
    let (engine, tree) = (engine(), tree("conditions", &[("m.py", text)]));
    let lines: Vec<u32> = (1..=9).collect();
    let all = runs(&engine, packaged(&tree, "m", &lines, &[("", "g(1)")]));
    assert_eq!(value(&all[0]), "9");
    assert_eq!(path(&all[0]), [6, 4]);
    let told = witness(&engine, &tree, "m", &lines, "g(1)");
    let testimony = told
        .testimony
        .expect("it was asked for")
        .expect("it can be seen");
    assert_eq!(
        testimony.path().map(|line| line.0).collect::<Vec<_>>(),
        [6, 4]
    );
}

#[test]
fn a_line_that_the_file_does_not_have_is_refused() {
    let (engine, tree) = (engine(), tree("other-lines", &FILES));
    let mut other = packaged(&tree, "pkg.core", &SHOWN, &[("", "shown(2)")]);
    other.program.text = other.program.text.replace("total = 0", "total = 1");
    let all = runs(&engine, other);
    assert!(all[0].verdict != Verdict::Verified, "{:?}", all[0].outcome);
}

#[test]
fn a_value_that_shows_where_the_files_are_does_not_count() {
    let text = "def f():\n    return __file__\n\n\ndef g():\n    return f.__code__.co_filename\n";
    let (engine, tree) = (engine(), tree("places", &[("m.py", text)]));
    for call in ["f()", "g()"] {
        let all = runs(&engine, packaged(&tree, "m", &[1, 2, 5, 6], &[("", call)]));
        assert!(
            all[0].verdict != Verdict::Verified,
            "{call}: {:?}",
            all[0].outcome
        );
    }
}

#[test]
fn a_package_reads_its_own_files_and_no_others() {
    let text = "\
import os, pkgutil

def data():
    return pkgutil.get_data(__name__.split('.')[0], 'table.txt')

def table():
    with open(os.path.join(os.path.dirname(__file__), 'table.txt')) as file:
        return file.read()

def other():
    return open('/etc/passwd').read()

def up():
    return open(os.path.join(os.path.dirname(__file__), '..', '..', '..', 'x')).read()
";
    let mut files = FILES.to_vec();
    files.push(("pkg/reads.py", text));
    let (engine, tree) = (engine(), tree("data", &files));
    let lines: Vec<u32> = (3..=14).collect();
    let calls = [
        ("", "data()"),
        ("", "table()"),
        ("", "other()"),
        ("", "up()"),
    ];
    let all = runs(&engine, packaged(&tree, "pkg.reads", &lines, &calls));
    assert_eq!(value(&all[0]), "b'one\\n'");
    if engine.sandbox().starts_with('A') {
        assert_eq!(value(&all[1]), "'one\\n'");
    }
    for run in &all[2..] {
        assert!(
            matches!(run.outcome, Outcome::Refused { .. }),
            "{:?}",
            run.outcome
        );
    }
}

#[test]
fn the_encoding_that_the_environment_chooses_does_not_count() {
    let text = "\
import io

def name(x):
    return io.TextIOWrapper(io.BytesIO(x)).encoding

def text(x):
    return io.TextIOWrapper(io.BytesIO(x)).read()
";
    let (engine, tree) = (engine(), tree("encoding", &[("m.py", text)]));
    let calls = [("", "name(b'')"), ("", "text(b'\\xc3\\xa9')")];
    let all = runs(&engine, packaged(&tree, "m", &[3, 4, 5, 6, 7], &calls));
    assert!(all[0].verdict != Verdict::Verified, "{:?}", all[0]);
    assert_eq!(value(&all[1]), "'é'");
}

#[test]
fn what_one_call_leaves_in_a_package_no_other_call_sees() {
    let text = "\
SEEN = []

def count(x):
    SEEN.append(x)
    return len(SEEN)
";
    let (engine, tree) = (engine(), tree("state", &[("m.py", text)]));
    let calls = [("", "count(1)"), ("", "count(2)"), ("count(0)", "count(3)")];
    let all = runs(&engine, packaged(&tree, "m", &[3, 4, 5], &calls));
    let values: Vec<&str> = all.iter().map(value).collect();
    assert_eq!(values, ["1", "1", "2"]);
}

#[test]
fn what_an_import_leaves_to_chance_and_the_clock_goes_on_in_the_calls() {
    let text = "\
import random, time

random.seed(0)
START = time.time()

def draw():
    return random.random()

def passed():
    return time.time() - START
";
    let (engine, tree) = (engine(), tree("chance", &[("m.py", text)]));
    let lines = [6, 7, 9, 10];
    let calls = [("", "draw()"), ("", "draw() + draw()"), ("", "passed()")];
    let all = runs(&engine, packaged(&tree, "m", &lines, &calls));
    assert_eq!(value(&all[0]), "0.8444218515250481");
    assert_eq!(value(&all[1]), "1.6023762544653506");
    assert!(
        matches!(all[2].verdict, Verdict::Nondeterministic { .. }),
        "{:?}",
        all[2]
    );
}

#[test]
fn what_runs_since_the_import_is_followed() {
    let text = "\
import functools

def numbers():
    n = 0
    while True:
        n += 1
        yield n

def wrap(function):
    @functools.wraps(function)
    def inner(*args):
        return function(*args) + 1
    return inner

COUNT = numbers()
next(COUNT)

@wrap
def add(x):
    return x + next(COUNT)
";
    let (engine, tree) = (engine(), tree("since", &[("m.py", text)]));
    let lines: Vec<u32> = (3..=20).collect();
    let calls = [("", "add(1)"), ("", "add(2)"), ("next(COUNT)", "add(1)")];
    let all = runs(&engine, packaged(&tree, "m", &lines, &calls));
    assert_eq!(all.iter().map(value).collect::<Vec<_>>(), ["4", "5", "5"]);
    for run in &all {
        assert_eq!(path(run), [10, 18, 3, 4, 5], "{:?}", run.trace);
    }
    let told = witness(&engine, &tree, "m", &lines, "add(1)");
    let testimony = told.testimony.expect("it was asked for").expect("seen");
    let seen: Vec<u32> = testimony.path().map(|line| line.0).collect();
    assert_eq!(seen, path(&all[0]));
}

#[test]
fn what_a_watched_call_leaves_behind_hides_no_difference() {
    let text = "\
import sys

KEPT = {}

def kept():
    if 'it' not in KEPT:
        KEPT['it'] = sys.gettrace() is None
    return KEPT['it']
";
    let (engine, tree) = (engine(), tree("kept", &[("m.py", text)]));
    let all = runs(
        &engine,
        packaged(&tree, "m", &[5, 6, 7, 8], &[("", "kept()")]),
    );
    assert!(
        matches!(all[0].verdict, Verdict::Observed { .. }),
        "{:?} {:?}",
        all[0].outcome,
        all[0].verdict
    );
}

#[test]
fn modules_that_a_source_makes_by_a_finder_of_its_own_are_new_in_each_evaluation() {
    let text = "\
import importlib.machinery, sys, types

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == 'made':
            return importlib.machinery.ModuleSpec(name, self)

    def create_module(self, spec):
        return types.ModuleType(spec.name)

    def exec_module(self, module):
        module.seen = []

sys.meta_path.append(Finder())

def count(x):
    import made
    made.seen.append(x)
    return len(made.seen)
";
    let (engine, tree) = (engine(), tree("finder", &[("m.py", text)]));
    let lines = [16, 17, 18, 19];
    let told = witness(&engine, &tree, "m", &lines, "count(1)");
    assert!(matches!(told.testimony, Some(Ok(_))), "{told:?}");
    let calls = [("", "count(1)"), ("count(1)", "count(2)")];
    let all = runs(&engine, packaged(&tree, "m", &lines, &calls));
    assert_eq!(all.iter().map(value).collect::<Vec<_>>(), ["1", "2"]);
}

#[test]
fn no_module_of_a_source_takes_the_place_of_the_library() {
    let files = [
        ("json.py", "def dumps(x):\n    return 'mine'\n"),
        (
            "m.py",
            "import json\n\n\ndef f(x):\n    return json.dumps(x)\n",
        ),
    ];
    let (engine, tree) = (engine(), tree("library", &files));
    let all = runs(&engine, packaged(&tree, "m", &[4, 5], &[("", "f(1)")]));
    assert_eq!(value(&all[0]), "'1'");
    let all = runs(
        &engine,
        packaged(&tree, "json", &[1, 2], &[("", "dumps(1)")]),
    );
    assert!(all[0].verdict != Verdict::Verified);
}

#[test]
fn a_path_that_leads_out_of_the_folder_is_not_laid_out() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("trees");
    for path in ["../x.py", "/x.py", "a//b.py", "a/../../x.py", ""] {
        let files = vec![(path.to_owned(), Vec::new())];
        assert!(Tree::lay_out(&folder, "escape", files).is_err(), "{path}");
    }
}

//! The tests of a source, run in the sandbox for the calls that they make.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use tracestone_record::watch::{Progress, Watch};
use tracestone_record::words::{counted, number};
use tracestone_record::{Dropped, Reason, Source, Stage, TestReport};
use tracestone_store::{Key, Store};
use tracestone_trace::{Engine, RehearsalJob, Tree};

use crate::Error;
use crate::trees::Trees;

/// Changes whenever the same tests may be seen to do something else.
pub(crate) const VERSION: u32 = 7;
/// Item that stands for the tests that a file makes when it is imported: classes in a function or below a condition.
const MADE: &str = "*";
/// Tests, as far as their names tell, in one child.
const TESTS_IN_A_CHILD: usize = 24;
/// Children between two looks at the budget. It does not depend on the number of workers, so that these do not
/// decide which tests run.
const WAVE: usize = 16;
/// Calls of Python functions that pass in a second of CPU time while they are watched.
const EVENTS_A_SECOND: u64 = 400_000;
/// Calls that a child stands for beside those that are counted: the import of the package.
const EVENTS_OF_A_CHILD: u64 = 100_000;
/// CPU time of an item with what it imports, which its budget of calls ends sooner.
const SECONDS_OF_AN_ITEM: u32 = 20;

/// Observations of the tests of a source, and the tests that were left out.
#[derive(Debug, Default)]
pub(crate) struct Rehearsed {
    pub(crate) report: TestReport,
    pub(crate) dropped: Vec<Dropped>,
}

/// Test functions and classes of one file that run in one child.
struct Part {
    path: String,
    items: Vec<String>,
    key: Key,
}

/// Runs the tests of a source as far as the budget goes; what ran before is in the store. `None` where the
/// watch asked to stop.
pub(crate) fn rehearse(
    store: &mut Store,
    engine: &Engine,
    source: &Source,
    roots: &[String],
    seconds: u32,
    watch: &dyn Watch,
) -> Result<Option<Rehearsed>, Error> {
    let tree = Trees::of_engine(engine, watch).of(store, source.id)?;
    let item_seconds = SECONDS_OF_AN_ITEM.min(seconds.max(1));
    let fingerprint = format!("{VERSION} {item_seconds} {}", engine.fingerprint());
    let parts = parts(&tree, source, &fingerprint);
    let mut rehearsed = Rehearsed::default();
    if parts.is_empty() {
        return Ok(Some(rehearsed));
    }
    let progress = Progress::start(watch, "tests", "parts", parts.len() as u64);
    let budget = u64::from(seconds) * EVENTS_A_SECOND;
    let mut spent = 0;
    let mut waves = parts.chunks(WAVE);
    for wave in waves.by_ref() {
        let wave_of = (&tree, roots, item_seconds);
        let Some(reports) = run(store, engine, source, wave_of, wave, &progress)? else {
            return Ok(None);
        };
        for (part, report) in wave.iter().zip(reports) {
            let events: u64 = report.tests.iter().map(|test| test.events).sum();
            // What ran out of time reports no calls.
            let hung = report
                .tests
                .iter()
                .filter(|test| matches!(test.how.as_str(), "timed_out" | "blocked"));
            let hung = hung.count() as u64 * u64::from(item_seconds) * EVENTS_A_SECOND;
            spent += events + hung + EVENTS_OF_A_CHILD;
            note(part, &report, &mut rehearsed.dropped);
            rehearsed.report.add(report);
        }
        if spent >= budget {
            break;
        }
    }
    for part in waves.flatten() {
        let why =
            format!("the budget of {seconds} s of CPU time for the source's tests was used up");
        for item in &part.items {
            let subject = format!("{} {item}", part.path);
            rehearsed
                .dropped
                .push(Dropped::new(Reason::TestNotRun, subject, why.as_str()));
        }
    }
    let tests = &rehearsed.report.tests;
    let passed = tests.iter().filter(|test| test.how == "passed").count();
    progress.finish(&format!(
        "{}: {} of {} passed, {} recorded",
        source.name,
        number(passed as u64),
        counted(tests.len() as u64, "test"),
        counted(rehearsed.report.calls.len() as u64, "call")
    ));
    Ok(Some(rehearsed))
}

/// The reports of some parts, in order, from the store or from running them; `None` where the watch asked to
/// stop.
fn run(
    store: &mut Store,
    engine: &Engine,
    source: &Source,
    (tree, roots, item_seconds): (&std::sync::Arc<Tree>, &[String], u32),
    wave: &[Part],
    progress: &Progress<'_>,
) -> Result<Option<Vec<TestReport>>, Error> {
    let mut reports = Vec::with_capacity(wave.len());
    for part in wave {
        reports.push(store.test_report(&part.key)?);
    }
    let missing: Vec<usize> = (0..wave.len())
        .filter(|&at| reports[at].is_none())
        .collect();
    progress.advance((wave.len() - missing.len()) as u64);
    let jobs: Vec<RehearsalJob> = missing
        .iter()
        .map(|&at| RehearsalJob {
            key: at as u64,
            tree: std::sync::Arc::clone(tree),
            roots: roots.to_vec(),
            path: wave[at].path.clone(),
            items: wave[at].items.clone(),
            seed: source.id.to_string(),
            cpu_seconds: item_seconds,
        })
        .collect();
    let mut done = Vec::new();
    engine.rehearse(jobs.into_iter(), &mut |result| {
        progress.advance(1);
        let at = usize::try_from(result.key).ok();
        if let Some((at, part)) = at.and_then(|at| Some((at, wave.get(at)?))) {
            done.push((part.key, result.report.clone()));
            reports[at] = Some(result.report);
        }
        match progress.stop() {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    })?;
    store.put_test_reports(source.id, &done)?;
    Ok(reports.into_iter().collect())
}

/// Records the tests that did not run or did not pass.
fn note(part: &Part, report: &TestReport, dropped: &mut Vec<Dropped>) {
    for test in &report.tests {
        let reason = match test.how.as_str() {
            "passed" => continue,
            "over_budget" | "timed_out" | "crashed" | "out_of_memory" => Reason::TestFailed,
            how if how.starts_with("failed") => Reason::TestFailed,
            _ => Reason::TestNotRun,
        };
        let subject = format!("{} {}", part.path, test.name);
        dropped.push(Dropped::new(reason, subject, test.how.as_str()));
    }
}

/// The tests of a source in parts for one child each, in an order that a hash of their names decides.
fn parts(tree: &Tree, source: &Source, fingerprint: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    for (path, content) in &tree.python {
        if !is_test_file(path) {
            continue;
        }
        let text = String::from_utf8_lossy(content);
        let mut items = Vec::new();
        let mut tests = 0;
        for (item, weight) in items_of(&text) {
            if tests + weight > TESTS_IN_A_CHILD && !items.is_empty() {
                parts.push(part(path, std::mem::take(&mut items), source, fingerprint));
                tests = 0;
            }
            tests += weight;
            items.push(item);
        }
        if !items.is_empty() {
            parts.push(part(path, items, source, fingerprint));
        }
    }
    parts.sort_by_key(|part| *part.key.as_bytes());
    parts
}

fn part(path: &str, items: Vec<String>, source: &Source, fingerprint: &str) -> Part {
    let names = items.join(" ");
    let parts = [
        source.id.as_bytes().as_slice(),
        fingerprint.as_bytes(),
        path.as_bytes(),
        names.as_bytes(),
    ];
    Part {
        path: path.to_owned(),
        key: Key::of(Stage::Extract, &parts),
        items,
    }
}

/// True for files that pytest looks into, and for those that hold tests in folders of that name.
fn is_test_file(path: &str) -> bool {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let in_tests = folder
        .split('/')
        .any(|part| matches!(part, "test" | "tests" | "testing"));
    name.starts_with("test_")
        || name.ends_with("_test.py")
        || (in_tests && (name.starts_with("test") || name.contains("test")))
        || (in_tests && !name.starts_with('_') && name != "conftest.py")
}

/// Block of a file's top level that a line stands in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Block {
    /// A class that is an item.
    Class,
    /// A function, which may make classes.
    Function,
    /// Another statement that holds others, such as a condition.
    Other,
}

/// Top-level test functions and classes of a file, with the number of tests that they seem to hold, and an item for
/// those that are made when it is imported, also by `type(name, bases, names)`. Which classes are tests shows when they run.
fn items_of(text: &str) -> Vec<(String, usize)> {
    let mut items: Vec<(String, usize)> = Vec::new();
    let mut names = BTreeSet::new();
    let mut block = Block::Other;
    let (mut makes, mut types, mut made) = (false, false, 0);
    for line in text.lines() {
        let bare = line.trim_start();
        let top = bare.len() == line.len();
        let bare = bare.strip_prefix("async ").unwrap_or(bare);
        let class = name_after(bare, "class ");
        let function = name_after(bare, "def ");
        let test = function.filter(|name| name.starts_with("test"));
        let item = class.or(test);
        types |= makes_type(line);
        if top && let Some(item) = item {
            let is_new = names.insert(item.to_owned());
            if is_new {
                items.push((item.to_owned(), 1));
            }
            block = match class {
                Some(_) if is_new => Block::Class,
                Some(_) => Block::Other,
                None => Block::Function,
            };
        } else if top && function.is_some() {
            block = Block::Function;
        } else if top && begins_branch(bare) {
            block = Block::Other;
        } else if block == Block::Class {
            if let (Some(_), Some(last)) = (test, items.last_mut()) {
                last.1 += 1;
            }
        } else {
            makes |= class.is_some() || (test.is_some() && block == Block::Other);
            made += usize::from(test.is_some());
        }
    }
    if (makes || types) && made > 0 {
        items.push((MADE.to_owned(), made));
    }
    items
}

/// True for a line that calls `type` with more than one argument, or `types.new_class`: it may make a class.
fn makes_type(line: &str) -> bool {
    let is_of_name = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
    let called = line.match_indices("type(").any(|(at, word)| {
        let rest = line[at + word.len()..].trim_end();
        let argument = rest.split(')').next().unwrap_or(rest);
        !line[..at].ends_with(is_of_name) && (rest.is_empty() || argument.contains(','))
    });
    called || line.contains("new_class(")
}

/// True for the first line of a statement that holds others. Text in a long string can begin its line too.
fn begins_branch(line: &str) -> bool {
    let word = line.split(|c: char| !c.is_alphabetic()).next();
    let word = word.unwrap_or_default();
    line.ends_with(':')
        && matches!(
            word,
            "if" | "elif" | "else" | "try" | "except" | "finally" | "with" | "for" | "while"
        )
}

/// Name that a keyword defines.
fn name_after<'t>(line: &'t str, keyword: &str) -> Option<&'t str> {
    let rest = line.strip_prefix(keyword)?;
    let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_'))?;
    (end > 0).then(|| &rest[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_functions_and_classes_at_the_top() {
        let text = "class TestA(B):\n    def test_x(self):\n        pass\n    def test_y(self):\n\ndef helper():\n    pass\nasync def test_z():\n    def test_inner():\n        pass\n";
        let items = items_of(text);
        let expected = [("TestA", 3), ("test_z", 1)].map(|(name, tests)| (name.to_owned(), tests));
        assert_eq!(items, expected);
    }

    #[test]
    fn classes_that_are_made_are_one_item() {
        let made = |text: &str| {
            items_of(text)
                .into_iter()
                .filter(|(name, _)| name == MADE)
                .count()
        };
        let class = "    class Inner(TestCase):\n        def test_x(self):\n            pass\n";
        assert_eq!(
            made(&format!(
                "def make(parser):\n{class}    globals()['TestA'] = Inner\n"
            )),
            1
        );
        assert_eq!(made(&format!("if sys.version_info > (3, 10):\n{class}")), 1);
        assert_eq!(
            made(
                "try:\n    import a\nexcept ImportError:\n    a = None\nelse:\n    def test_a():\n        a.b()\n"
            ),
            1
        );
        assert_eq!(
            made("def helper():\n    def test_inner():\n        pass\n"),
            0
        );
        assert_eq!(made("def helper():\n    class Plain:\n        pass\n"), 0);
        let by_type = "def make(name):\n    def test(self):\n        pass\n    return type(name, (TestCase,), {'test_it': test})\n";
        assert_eq!(made(by_type), 1);
        assert_eq!(
            made(&by_type.replace("type(name, ", "type(\n        name, ")),
            1
        );
        assert_eq!(made(&by_type.replace("type(name, ", "mytype(name, ")), 0);
        assert_eq!(
            made("def helper():\n    def test():\n        pass\n    return type(test)\n"),
            0
        );
    }
}

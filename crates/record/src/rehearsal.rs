//! Observations of a source's tests when they ran. Candidates alone: nothing here is an answer.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Line;

/// Observations of some tests of a source.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestReport {
    /// Ends of the tests, in order.
    pub tests: Vec<TestEnd>,
    /// Calls of functions of the source whose arguments can be written as expressions.
    pub calls: Vec<RecordedCall>,
    /// By file and line of a test, the places of the functions that ran meanwhile.
    pub reached: BTreeMap<String, BTreeMap<Line, Vec<(String, Line)>>>,
}

impl TestReport {
    /// Adds what other tests did.
    pub fn add(&mut self, other: Self) {
        self.tests.extend(other.tests);
        self.calls.extend(other.calls);
        for (path, lines) in other.reached {
            let own = self.reached.entry(path).or_default();
            for (line, places) in lines {
                let own = own.entry(line).or_default();
                own.extend(places);
                own.sort();
                own.dedup();
            }
        }
    }
}

/// End of one test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestEnd {
    /// Name inside its file: `TestCase::test_it[2]`.
    pub name: String,
    /// Word for the end: `passed`, `failed`, `skipped`, `over_budget`, or why it has no end of its own.
    pub how: String,
    /// Calls of Python functions that it made.
    pub events: u64,
}

/// A call of a function of the source, written as one that can be made again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedCall {
    /// File of the function.
    pub path: String,
    /// First line of the function, decorators included.
    pub line: Line,
    /// Name of its module.
    pub module: String,
    /// Statements before the call, in the names of that module.
    pub setup: String,
    /// Expression that makes the call again.
    pub call: String,
    /// Names of the module that setup and call read.
    pub reads: Vec<String>,
    /// True if all arguments are literals.
    pub literal: bool,
    /// File of the test.
    pub test: String,
    /// Line of the test that led to the call.
    pub at: Line,
}

//! Code that a model wrote, with an item's tests, in the sandbox.
//!
//! Code and tests never share a process: the tests run in one, the code in another, and only values as data go
//! from one to the other ([`session`]). What the code's process reports is taken for values and for nothing else, so
//! that code which forges its report, its equality, its exit or the machinery around it still has to state the right
//! values. What is expected never goes to the code's process.

mod code;
mod session;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Judge, Judgement, Verdict};
use crate::answer::{Extraction, Found};
use crate::item::Item;

pub use code::find as find_code;
pub use code::is_body;
pub use session::examine;

/// Tests of a program, as an item has them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Tests {
    /// The function or class that is asked for; empty where the tests alone say what they use.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub entry: String,
    /// The code that the question shows: imports, helpers, and the function with its docstring.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub stub: String,
    /// Statements before the tests.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub setup: String,
    /// The tests: statements, functions `check(candidate)` or `test_..()`, or classes of `unittest`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tests: Vec<String>,
    /// Lists of arguments for which the reference gives the right result, for datasets without tests.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<Value>,
    /// The dataset's own solution, for inputs.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reference: String,
    /// The largest difference of numbers, for inputs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tolerance: Option<f64>,
}

/// A program to be tested.
#[derive(Debug, Clone, PartialEq)]
pub struct Exam {
    /// Text of the program.
    pub program: String,
    /// Tests of the program.
    pub tests: Tests,
    /// CPU time in seconds, for the tests and for the program each.
    pub cpu_seconds: u32,
}

/// CPU time where a task does not say.
const CPU_SECONDS: u32 = 5;

/// Runs the code of an answer with the item's tests.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct PythonTests {
    /// CPU time in seconds that all calls of an item may take.
    timeout: Option<u32>,
}

impl Judge for PythonTests {
    fn name(&self) -> &'static str {
        "python-tests"
    }

    fn version(&self) -> u32 {
        5
    }

    fn find<'a>(
        &self,
        item: &Item,
        response: &'a str,
        extraction: Extraction,
    ) -> Option<Found<'a>> {
        let entry = item.tests.as_ref().map_or("", |tests| &tests.entry);
        code::find(response, extraction, entry)
    }

    fn judge(&self, item: &Item, answer: &str) -> Judgement {
        let Some(tests) = &item.tests else {
            let verdict = Verdict::unparsable("nothing_to_test", "the item has no tests");
            return Judgement::Decided(verdict);
        };
        Judgement::Examine(Box::new(Exam {
            program: code::program(answer, tests),
            tests: tests.clone(),
            cpu_seconds: self.timeout.unwrap_or(CPU_SECONDS).clamp(1, 600),
        }))
    }
}

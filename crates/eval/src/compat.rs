//! The numbers that a benchmark's own scorer would publish, to compare with published ones.
//!
//! CRUXEval's executes `assert GOLD == ANSWER` after the program, so that `1.0` is `1`, expressions
//! count by their value, and an answer such as `1, "x"` is an assertion with a message. Answers
//! without `f(` (input) or with the call itself (output) are not executed. There are two versions of what
//! becomes of them (`evaluation/utils_general.py` of <https://github.com/facebookresearch/cruxeval>):
//! until April 2024 they were failures, and so they are in the leaderboard's files
//! ([`Published::Leaderboard`]); since then they are left out of the list, and where no answer of an item
//! holds, the list is one of failures ([`Published::Repository`]). LiveCodeBench's leaves them out for
//! outputs, with imports before the program, and puts failures only where no answer is left
//! (`compute_code_execution_metrics.py` of <https://github.com/LiveCodeBench/LiveCodeBench>); it has one
//! version. Only what cannot be decided from literals is executed, in the sandbox.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tracestone_record::{Literal, LiteralLimits};

use crate::call::{Arguments, split_top_level};
use crate::item::{Execution, Item};
use crate::judge::{Outcome, Runner};
use crate::judging;
use crate::task::Source;

/// Benchmark whose scorer is reproduced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Original {
    /// CRUXEval's for inputs.
    CruxevalInput,
    /// CRUXEval's for outputs.
    CruxevalOutput,
    /// LiveCodeBench's for its execution track.
    Livecodebench,
}

/// The published versions of a scorer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Published {
    /// The one behind the leaderboard's files: answers that are not executed are failures.
    Leaderboard,
    /// The one in the benchmark's repository: answers that are not executed are left out.
    Repository,
}

impl Published {
    /// The version's name in options and files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Leaderboard => "leaderboard",
            Self::Repository => "repository",
        }
    }
}

/// The original scorer's verdict on one answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// The assertion holds.
    Yes,
    /// It does not.
    No,
    /// It holds for one order of a set's elements and not for another: the original says either.
    SetOrder,
}

impl Serialize for Held {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Yes => serializer.serialize_bool(true),
            Self::No => serializer.serialize_bool(false),
            Self::SetOrder => serializer.serialize_str("set_order"),
        }
    }
}

impl From<bool> for Held {
    fn from(held: bool) -> Self {
        if held { Self::Yes } else { Self::No }
    }
}

/// The numbers that a published scorer gives.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Compat {
    /// The version of the scorer.
    pub scorer: Published,
    /// pass@k, by k.
    pub pass_at: BTreeMap<usize, f64>,
    /// Answers whose verdict depends on the order of a set; they count as failures.
    pub set_order: usize,
}

impl Compat {
    /// The numbers of a list of verdicts.
    #[must_use]
    pub fn of(scorer: Published, rows: &[Vec<Held>]) -> Self {
        let most = rows.iter().map(Vec::len).max().unwrap_or(0);
        let wanted = [1, 5].into_iter().filter(|k| *k <= most.max(1));
        let all = rows.iter().flatten();
        Self {
            scorer,
            pass_at: wanted.map(|k| (k, pass_at_k(rows, k))).collect(),
            set_order: all.filter(|held| **held == Held::SetOrder).count(),
        }
    }
}

impl Original {
    /// The scorer of the benchmark that items come from.
    #[must_use]
    pub(crate) fn of(source: Source) -> Option<Self> {
        match source {
            Source::CruxevalInput => Some(Self::CruxevalInput),
            Source::CruxevalOutput => Some(Self::CruxevalOutput),
            Source::Livecodebench => Some(Self::Livecodebench),
            _ => None,
        }
    }
}

/// For each item, the list of verdicts that the original scorer writes.
///
/// # Errors
/// Answers have to be executed and the runner could do none.
pub(crate) fn verdicts(
    original: Original,
    published: Published,
    items: &[Item],
    answers: &[Vec<String>],
    runner: &mut dyn Runner,
) -> Result<Vec<Vec<Held>>, String> {
    let failures = published == Published::Leaderboard && original != Original::Livecodebench;
    let mut rows: Vec<Vec<Look>> = items
        .iter()
        .zip(answers)
        .map(|(item, answers)| match &item.execution {
            Some(execution) => answers
                .iter()
                .filter_map(|answer| {
                    if !left_out(original, item, answer) {
                        return Some(first_look(original, execution, answer));
                    }
                    failures.then_some(Look::Known(Held::No))
                })
                .collect(),
            None => Vec::new(),
        })
        .collect();
    // Two rounds: values of calls first, then whole assertions for what these leave open.
    for _ in 0..2 {
        resolve(items, &mut rows, runner)?;
    }
    Ok(rows
        .into_iter()
        .zip(answers)
        .map(|(row, answers)| {
            let row: Vec<_> = row.iter().map(Look::known).collect();
            let kept = original == Original::Livecodebench && !row.is_empty();
            if kept || row.iter().any(|held| *held != Held::No) {
                row
            } else {
                vec![Held::No; answers.len()]
            }
        })
        .collect())
}

#[derive(Debug, Clone, PartialEq)]
enum Look {
    Known(Held),
    /// Evaluate the call; the value decides if it is a literal, the assertion otherwise.
    Call {
        call: String,
        assertion: String,
    },
    /// Evaluate the assertion.
    Assertion(String),
}

impl Look {
    fn known(&self) -> Held {
        match self {
            Self::Known(held) => *held,
            Self::Call { .. } | Self::Assertion(_) => Held::No,
        }
    }
}

fn left_out(original: Original, item: &Item, answer: &str) -> bool {
    match original {
        Original::CruxevalInput => !answer.contains("f("),
        Original::CruxevalOutput | Original::Livecodebench => {
            let call = item.fields.get("call").and_then(|call| call.as_str());
            call.is_some_and(|call| answer.contains(call))
        }
    }
}

fn first_look(original: Original, execution: &Execution, answer: &str) -> Look {
    let gold = &execution.output;
    let statement = Literal::Str(format!("assert {gold} == {answer}")).python_repr();
    let assertion = format!("exec({statement}, globals())");
    // Anything but one plain expression on one line means something else after `assert .. ==`.
    let plain = !answer.contains(['\n', '\r', '#', '\\']) && split_top_level(answer).len() == 1;
    if !plain {
        return Look::Assertion(assertion);
    }
    let trimmed = answer.trim();
    match original {
        Original::CruxevalOutput | Original::Livecodebench => {
            known(gold, trimmed).map_or(Look::Assertion(assertion), |held| Look::Known(held.into()))
        }
        Original::CruxevalInput if trimmed.starts_with("f(") && trimmed.ends_with(')') => {
            match Arguments::parse_call(trimmed, "f") {
                Ok(arguments) => Look::Call {
                    call: format!("f({})", arguments.python()),
                    assertion,
                },
                Err(_) => Look::Assertion(assertion),
            }
        }
        Original::CruxevalInput => Look::Assertion(assertion),
    }
}

/// Value of `gold == answer` in Python, if both are literals.
fn known(gold: &str, answer: &str) -> Option<bool> {
    let read = |text: &str| Literal::parse(text, LiteralLimits::default()).ok();
    python_equal(&read(gold)?, &read(answer)?)
}

fn resolve(items: &[Item], rows: &mut [Vec<Look>], runner: &mut dyn Runner) -> Result<(), String> {
    let mut wanted = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        for held in row {
            match held {
                Look::Known(_) => {}
                Look::Call { call, .. } => wanted.push((index, call.as_str())),
                Look::Assertion(text) => wanted.push((index, text.as_str())),
            }
        }
    }
    let outcomes = judging::execute(items, &wanted, runner)?;
    for (index, row) in rows.iter_mut().enumerate() {
        let gold = items[index]
            .execution
            .as_ref()
            .map(|one| one.output.as_str());
        for held in row {
            let next = match held {
                Look::Known(_) => continue,
                Look::Call { call, assertion } => match outcomes.get(&(index, call.clone())) {
                    Some(Outcome::Returned(text)) => {
                        gold.and_then(|gold| known(gold, text)).map_or_else(
                            || Look::Assertion(assertion.clone()),
                            |held| Look::Known(held.into()),
                        )
                    }
                    Some(Outcome::Varies(_)) => Look::Assertion(assertion.clone()),
                    _ => Look::Known(Held::No),
                },
                Look::Assertion(text) => {
                    Look::Known(asserted(outcomes.get(&(index, text.clone()))))
                }
            };
            *held = next;
        }
    }
    Ok(())
}

/// The verdict of an executed assertion.
fn asserted(outcome: Option<&Outcome>) -> Held {
    match outcome {
        Some(Outcome::Returned(_)) => Held::Yes,
        Some(Outcome::Varies(ways)) => {
            let held = |way: &&Outcome| matches!(way, Outcome::Returned(_));
            match ways.iter().filter(held).count() {
                0 => Held::No,
                count if count == ways.len() => Held::Yes,
                _ => Held::SetOrder,
            }
        }
        _ => Held::No,
    }
}

/// Python's `==` on literals; `None` where it is not decided here.
fn python_equal(one: &Literal, other: &Literal) -> Option<bool> {
    use Literal as L;
    match (one, other) {
        (L::List(a), L::List(b)) | (L::Tuple(a), L::Tuple(b)) => all_equal(a, b),
        (L::Set(a), L::Set(b)) => {
            if a.len() != b.len() {
                return Some(false);
            }
            each_has_equal(a, b)
        }
        (L::Dict(a), L::Dict(b)) => {
            if a.len() != b.len() {
                return Some(false);
            }
            for (key, value) in a {
                let mut found = false;
                for (other_key, other_value) in b {
                    if python_equal(key, other_key)? {
                        found = python_equal(value, other_value)?;
                        break;
                    }
                }
                if !found {
                    return Some(false);
                }
            }
            Some(true)
        }
        (L::Bool(_) | L::Int(_) | L::Float(_), L::Bool(_) | L::Int(_) | L::Float(_)) => {
            numbers_equal(one, other)
        }
        (L::Complex { .. }, _) | (_, L::Complex { .. }) => None,
        _ => Some(one == other),
    }
}

fn all_equal(a: &[Literal], b: &[Literal]) -> Option<bool> {
    if a.len() != b.len() {
        return Some(false);
    }
    for (one, other) in a.iter().zip(b) {
        if !python_equal(one, other)? {
            return Some(false);
        }
    }
    Some(true)
}

fn each_has_equal(a: &[Literal], b: &[Literal]) -> Option<bool> {
    for one in a {
        let mut found = false;
        for other in b {
            found |= python_equal(one, other)?;
        }
        if !found {
            return Some(false);
        }
    }
    Some(true)
}

// Python compares exactly too.
fn numbers_equal(one: &Literal, other: &Literal) -> Option<bool> {
    // Integers up to this are exact as floats.
    const EXACT: i64 = 1 << 53;
    let integer = |value: &Literal| match value {
        Literal::Bool(truth) => Some(i64::from(*truth)),
        Literal::Int(number) => number.to_i64(),
        _ => None,
    };
    match (one, other) {
        (Literal::Float(a), Literal::Float(b)) => Some(a == b),
        (Literal::Int(a), Literal::Int(b)) => Some(a == b),
        (Literal::Float(float), number) | (number, Literal::Float(float)) => {
            let number = integer(number).filter(|number| number.abs() <= EXACT)?;
            Some(*float == number as f64)
        }
        _ => Some(integer(one)? == integer(other)?),
    }
}

/// The original's estimate of pass@k: 1 where fewer than `k` answers are wrong, so that lists that are
/// shorter than `k` count as passed.
fn pass_at_k(verdicts: &[Vec<Held>], k: usize) -> f64 {
    let total: f64 = verdicts
        .iter()
        .map(|row| {
            let correct = row.iter().filter(|held| **held == Held::Yes).count();
            crate::stats::pass_at_k(row.len(), correct, k)
        })
        .sum();
    total / count(verdicts.len().max(1))
}

fn count(number: usize) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equality_is_pythons() {
        for (a, b, equal) in [
            ("1", "1.0", true),
            ("True", "1", true),
            ("[1, (2,)]", "[True, (2.0,)]", true),
            ("{1: 'a', 2: 'b'}", "{2.0: 'b', True: 'a'}", true),
            ("{1, 2}", "{2, 1.0}", true),
            ("[1]", "(1,)", false),
            ("'1'", "1", false),
            ("None", "0", false),
            ("0.0", "-0.0", true),
        ] {
            assert_eq!(known(a, b), Some(equal), "{a} == {b}");
        }
        assert_eq!(known("9007199254740993", "9007199254740992.0"), None);
    }
}

//! Deciding whether an answer is right.
//!
//! A judge reads text and never evaluates it. Only where a question can have many right answers does
//! it ask for an execution, of the corpus's own program on literal arguments.

mod arguments;
mod exception;
mod lines;
mod literal;
mod trace;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::answer::{AnyText, Form};
use crate::item::Item;

/// Category of a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The answer is right.
    Correct,
    /// The answer was read, and is not right.
    Wrong,
    /// There is no answer, or not in the form that was asked for.
    Unparsable,
    /// The response ended at the limit of tokens before it gave an answer.
    Truncated,
    /// The model declined.
    Refused,
    /// The model could not be asked.
    ApiError,
    /// The model was not asked yet.
    Missing,
}

impl Status {
    /// All, in the order in which they are shown.
    pub const ALL: [Self; 7] = [
        Self::Correct,
        Self::Wrong,
        Self::Unparsable,
        Self::Truncated,
        Self::Refused,
        Self::ApiError,
        Self::Missing,
    ];

    /// Name in files and reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Correct => "correct",
            Self::Wrong => "wrong",
            Self::Unparsable => "unparsable",
            Self::Truncated => "truncated",
            Self::Refused => "refused",
            Self::ApiError => "api_error",
            Self::Missing => "missing",
        }
    }

    /// True if there was a response.
    #[must_use]
    pub fn is_answered(self) -> bool {
        !matches!(self, Self::ApiError | Self::Missing)
    }
}

/// Decision of a judge about one answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// Category of the response.
    pub status: Status,
    /// Reason, as a countable identifier.
    pub reason: String,
    /// Fraction of the answer that is right, in [0, 1]; 1 only for a correct one.
    pub credit: f64,
    /// The answer that was found in the response.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
    /// The answer as it was understood; equal texts are equal answers. Votes count these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parsed: Option<String>,
    /// Further observations, such as the first step that differs.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub detail: Value,
}

impl Verdict {
    /// A verdict without credit.
    #[must_use]
    pub fn none(status: Status, reason: &str) -> Self {
        Self {
            status,
            reason: reason.to_owned(),
            credit: 0.0,
            answer: None,
            parsed: None,
            detail: Value::Null,
        }
    }

    /// Right or wrong, by equality of what was understood.
    fn equal(equal: bool, parsed: String) -> Self {
        Self {
            status: if equal {
                Status::Correct
            } else {
                Status::Wrong
            },
            reason: if equal { "equal" } else { "differs" }.to_owned(),
            credit: f64::from(u8::from(equal)),
            answer: None,
            parsed: Some(parsed),
            detail: Value::Null,
        }
    }

    fn unparsable(reason: &str, why: impl std::fmt::Display) -> Self {
        Self {
            detail: serde_json::json!({ "why": why.to_string() }),
            ..Self::none(Status::Unparsable, reason)
        }
    }

    fn partial(mut self, credit: f64, detail: Value) -> Self {
        if self.status != Status::Correct {
            self.credit = credit.clamp(0.0, 1.0);
        }
        self.detail = detail;
        self
    }
}

/// Result of judging a text: a verdict, or a request for an execution.
#[derive(Debug, Clone, PartialEq)]
pub enum Judgement {
    /// It has decided.
    Decided(Verdict),
    /// It needs the value of this expression, after the item's program.
    Execute {
        /// The expression: a call with literal arguments.
        expression: String,
        /// The answer as it was understood.
        parsed: String,
    },
}

/// Result of an execution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// With a value, as Python's `repr` writes it, or `<type>` where it is no plain literal.
    Returned(String),
    /// With an exception.
    Raised(String),
    /// It was stopped, or could not be done at all.
    Failed(String),
}

/// Programs and expressions for a sandbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// The program's language.
    pub language: tracestone_record::Language,
    /// The program's text.
    pub program: String,
    /// Statements after it.
    pub setup: String,
    /// Expressions, each evaluated after program and setup in a fresh namespace.
    pub expressions: Vec<String>,
}

/// Executes programs in a sandbox.
pub trait Runner {
    /// The outcomes of every job's expressions, in order.
    ///
    /// # Errors
    /// No program could be executed; the message says what to do.
    fn run(&mut self, jobs: Vec<Job>) -> Result<Vec<Vec<Outcome>>, String>;
}

/// Decides about answers.
pub trait Judge: Sync {
    /// Name in task files.
    fn name(&self) -> &'static str;

    /// Goes up whenever a verdict could change; stored with every score.
    fn version(&self) -> u32;

    /// Form of answers, which helps to find them in a response.
    fn form(&self) -> &dyn Form {
        &AnyText
    }

    /// Decides about the text of an answer, or says what has to be executed for it.
    fn judge(&self, item: &Item, answer: &str) -> Judgement;

    /// Decides after the execution that [`Judge::judge`] asked for.
    fn settle(&self, item: &Item, parsed: String, outcome: &Outcome) -> Verdict {
        let _ = (item, outcome);
        Verdict::equal(false, parsed)
    }
}

/// Every judge that task files can name.
pub const JUDGES: [&dyn Judge; 9] = [
    &literal::Literals,
    &arguments::ArgumentLists,
    &lines::NextLine,
    &lines::Count,
    &lines::Path,
    &lines::Coverage,
    &exception::Exception,
    &trace::Trace,
    &literal::Choice,
];

/// The judge with this name.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static dyn Judge> {
    JUDGES.into_iter().find(|judge| judge.name() == name)
}

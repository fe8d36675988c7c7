//! Deciding whether an answer is right.
//!
//! A judge reads text and never evaluates it. Only where a question can have many right answers does
//! it ask for an execution, of the corpus's own program on literal arguments.

mod arguments;
mod change;
mod choice;
mod code;
mod exception;
mod json;
mod lines;
mod literal;
mod numeric;
mod pattern;
mod python_tests;
mod spelled;
mod sum;
mod text;
mod trace;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::answer::{AnyText, Extraction, Form, Found, extract};
use crate::figure::Figure;
use crate::item::Item;
use crate::message::Message;
use crate::seen::Seen;

pub use python_tests::{Exam, Tests, examine, find_code, is_body};

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
    /// The answer is right for one order of a set's elements and wrong for another, which Python leaves open
    /// for texts: it counts as not right.
    SetOrder,
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
    pub const ALL: [Self; 8] = [
        Self::Correct,
        Self::Wrong,
        Self::Unparsable,
        Self::SetOrder,
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
            Self::SetOrder => "set_order",
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
    #[must_use]
    pub fn equal(equal: bool, parsed: String) -> Self {
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

    /// An answer that cannot be read, with what stands in the way.
    #[must_use]
    pub fn unparsable(reason: &str, why: impl std::fmt::Display) -> Self {
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
    /// It needs tests to be run on a program.
    Examine(Box<Exam>),
    /// It needs these scripts to be run in the sandbox, each in a process of its own.
    Perform(Vec<Script>),
    /// It needs another model's opinion.
    Ask(Vec<Message>),
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
    /// It ends in several ways, by the order of a set's elements: the different ones, at least two.
    Varies(Vec<Outcome>),
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

    /// Outcomes of scripts of this crate, in order, each run in a process of its own inside the sandbox.
    ///
    /// # Errors
    /// No script could be executed; the message says what to do.
    fn perform(&mut self, scripts: Vec<Script>) -> Result<Vec<Outcome>, String> {
        let _ = scripts;
        Err("there is no sandbox to run tests in".to_owned())
    }

    /// Opinions of a judge's model, in order; an error for a question that it did not answer.
    ///
    /// # Errors
    /// There is no such model; the message says what to do.
    fn ask(
        &mut self,
        model: &str,
        questions: Vec<Vec<Message>>,
    ) -> Result<Vec<Result<String, String>>, String> {
        let _ = (model, questions);
        Err("there is no model to judge with".to_owned())
    }
}

/// An answer that tries to score without being right, for `validate`.
#[derive(Debug, Clone, PartialEq)]
pub struct Cheat {
    /// Its name, the same for every item.
    pub name: &'static str,
    /// Text of the response.
    pub response: String,
    /// The verdict that it must get: correct or not; `None` if its score is only shown.
    pub correct: Option<bool>,
}

/// A number about a whole run beside the headline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measure {
    /// Its name in files.
    pub name: String,
    /// Its name for people, with the unit.
    pub title: String,
    /// The number; `None` where there is nothing that it could be of.
    pub value: Option<f64>,
    /// The ends of its 95 % interval, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<(f64, f64)>,
    /// Facts that reading it takes; empty mostly.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// A Python script of this crate and a call of it that gives a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// The script's text.
    pub text: String,
    /// Call of a function of the script.
    pub call: String,
    /// CPU time in seconds.
    pub cpu_seconds: u32,
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

    /// The answer in a response.
    fn find<'a>(
        &self,
        item: &Item,
        response: &'a str,
        extraction: Extraction,
    ) -> Option<Found<'a>> {
        let _ = item;
        extract(response, extraction, self.form())
    }

    /// Decides about the text of an answer, or says what has to be executed for it.
    fn judge(&self, item: &Item, answer: &str) -> Judgement;

    /// Decides after the execution that [`Judge::judge`] asked for.
    fn settle(&self, item: &Item, parsed: String, outcome: &Outcome) -> Verdict {
        let _ = (item, outcome);
        Verdict::equal(false, parsed)
    }

    /// Decides after the scripts that [`Judge::judge`] asked for, of which these are the outcomes, in order.
    fn conclude(&self, item: &Item, answer: &str, outcomes: &[Outcome]) -> Verdict {
        let _ = (item, outcomes);
        Verdict::equal(false, answer.to_owned())
    }

    /// Decides after the other model's answer that [`Judge::judge`] asked for.
    fn heed(&self, item: &Item, opinion: Result<String, String>) -> Verdict {
        let _ = (item, opinion);
        Verdict::none(Status::ApiError, "judge_failed")
    }

    /// The model whose opinion it asks for, where it is one that does.
    fn adviser(&self) -> Option<&str> {
        None
    }

    /// True if the right text in another form is wrong.
    fn is_strict(&self) -> bool {
        true
    }

    /// The file of labelled responses to compare its opinions with.
    fn labels(&self) -> Option<&str> {
        None
    }

    /// Further answers that must not score, or whose score is to be known.
    fn cheats(&self, item: &Item) -> Vec<Cheat> {
        let _ = item;
        Vec::new()
    }

    /// Answers of programs without a model, by name, whose scores stand beside the model's.
    fn baselines(&self, item: &Item) -> Vec<(&'static str, String)> {
        let _ = item;
        Vec::new()
    }

    /// Numbers about all verdicts of a run, failures to answer included.
    fn measures(&self, verdicts: &[(&Item, &Verdict)]) -> Vec<Measure> {
        let _ = verdicts;
        Vec::new()
    }

    /// Names of the measures that `validate` shows for every way to answer without knowing: those that such an answer
    /// could score by, and those that show it up.
    fn openly(&self) -> &'static [&'static str] {
        &[]
    }

    /// Observations about an answer for people; `None` where the verdict's detail is that already.
    fn seen(&self, item: &Item, verdict: &Verdict) -> Option<Seen> {
        let _ = (item, verdict);
        None
    }

    /// A drawing of the answer that a verdict is about.
    fn figure(&self, item: &Item, verdict: &Verdict) -> Option<Figure> {
        let _ = (item, verdict);
        None
    }

    /// Checks that the settings fit each other.
    ///
    /// # Errors
    /// They do not; the message says how.
    fn check(&self) -> Result<(), String> {
        Ok(())
    }
}

/// The judges without settings.
const JUDGES: [&dyn Judge; 8] = [
    &literal::Literals,
    &arguments::ArgumentLists,
    &lines::NextLine,
    &lines::Count,
    &lines::Path,
    &lines::Coverage,
    &exception::Exception,
    &trace::Trace,
];

/// The judges with settings.
const WITH_SETTINGS: [&str; 7] = [
    "choice",
    "contains",
    "exact",
    "json",
    "numeric",
    "python-tests",
    "regex",
];

/// The names of all judges of this crate.
#[must_use]
pub fn names() -> Vec<&'static str> {
    let mut names: Vec<_> = JUDGES.map(Judge::name).into();
    names.extend(WITH_SETTINGS);
    names.sort_unstable();
    names
}

/// The judge with this name, of those without settings.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static dyn Judge> {
    JUDGES.into_iter().find(|judge| judge.name() == name)
}

/// A judge that can be shared.
pub type SharedJudge = Arc<dyn Judge + Send>;

/// The judge with this name and settings, where the name is one of this crate's; the error says what is wrong
/// with the settings.
#[must_use]
pub fn with_settings(
    name: &str,
    settings: &BTreeMap<String, Value>,
) -> Option<Result<SharedJudge, String>> {
    Some(match name {
        "choice" => with::<choice::Choice>(settings),
        "contains" => with::<text::Contains>(settings),
        "exact" => with::<text::Exact>(settings),
        "json" => with::<json::Json>(settings),
        "numeric" => with::<numeric::Numeric>(settings),
        "python-tests" => with::<python_tests::PythonTests>(settings),
        "regex" => with::<pattern::Regex>(settings),
        name => {
            let judge = by_name(name)?;
            if settings.is_empty() {
                Ok(Arc::new(Plain(judge)))
            } else {
                Err("it has no settings".to_owned())
            }
        }
    })
}

/// The judge of a type with these settings.
///
/// # Errors
/// It has no such settings, or they do not fit each other; the text says which.
pub fn with<J: Judge + Send + serde::de::DeserializeOwned + 'static>(
    settings: &BTreeMap<String, Value>,
) -> Result<SharedJudge, String> {
    let settings = settings.clone().into_iter().collect();
    let judge: J =
        serde_json::from_value(Value::Object(settings)).map_err(|error| error.to_string())?;
    judge.check()?;
    Ok(Arc::new(judge))
}

/// A judge without settings.
struct Plain(&'static dyn Judge);

impl Judge for Plain {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn version(&self) -> u32 {
        self.0.version()
    }

    fn form(&self) -> &dyn Form {
        self.0.form()
    }

    fn find<'a>(
        &self,
        item: &Item,
        response: &'a str,
        extraction: Extraction,
    ) -> Option<Found<'a>> {
        self.0.find(item, response, extraction)
    }

    fn judge(&self, item: &Item, answer: &str) -> Judgement {
        self.0.judge(item, answer)
    }

    fn settle(&self, item: &Item, parsed: String, outcome: &Outcome) -> Verdict {
        self.0.settle(item, parsed, outcome)
    }
}

/// The answers that are right for an item.
fn accepted(item: &Item) -> impl Iterator<Item = &str> {
    std::iter::once(item.answer.as_str()).chain(item.also.iter().map(String::as_str))
}

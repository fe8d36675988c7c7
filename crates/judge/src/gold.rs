//! The part of a sample that its judge needs, and the way from a response to its verdict.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tracestone_record::{Language, Sample, SampleKind};

use crate::answer::Extraction;
use crate::item::{Execution, Item};
use crate::judge::{Job, Judge, Outcome, Verdict, by_name};
use crate::look::{Look, job_of, look};
use crate::message::Stop;
use crate::{probes, reach};

/// The judge of the answers to samples of a kind; `None` for prose, which no judge compares.
#[must_use]
pub(crate) fn judge_of(kind: SampleKind) -> Option<&'static dyn Judge> {
    by_name(match kind {
        SampleKind::Output | SampleKind::State | SampleKind::Calls => "literal",
        SampleKind::Exception => "exception",
        SampleKind::Input | SampleKind::Reach => "arguments",
        SampleKind::NextLine => "line",
        SampleKind::Path => "path",
        SampleKind::Coverage => "coverage",
        SampleKind::Count => "count",
        SampleKind::Trace => "trace",
        SampleKind::Annotated => return None,
    })
}

/// The part of an exported record that decides about responses. Fields that it does not know are ignored, so that a
/// whole record is one too; a field that is null is one that is absent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gold {
    /// Identifier of the sample.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Kind of the question; absent for several questions about one run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<SampleKind>,
    /// The right answer; empty for several questions about one run.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub answer: String,
    /// Questions about one run that a response answers together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probes: Option<Vec<Gold>>,
    /// The expression that was evaluated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<String>,
    /// The program's language; absent for Python.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    /// The program's text, for kinds whose answers are executed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub program: Option<String>,
    /// Statements after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub setup: Option<String>,
    /// The name that the program was made for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<String>,
    /// Details of the question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub question: Option<Asked>,
}

/// The part of a question that decides about responses.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// The called function (`input`, `reach`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub callee: Option<String>,
    /// The result to be reproduced (`input`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
    /// The line that has to run (`reach`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
}

impl Gold {
    /// The part of a sample; `None` for kinds without a judge.
    #[must_use]
    pub fn of(sample: &Sample) -> Option<Self> {
        judge_of(sample.kind)?;
        let executed = sample.kind.asks_for_arguments();
        let of_executed = |text: &str| executed.then(|| text.to_owned());
        Some(Self {
            id: Some(sample.id.to_string()),
            kind: Some(sample.kind),
            probes: None,
            answer: sample.answer.clone(),
            // The call of a question for arguments holds the answer.
            call: (!executed).then(|| sample.call.clone()),
            language: (!sample.language.is_python()).then_some(sample.language),
            program: of_executed(&sample.program),
            setup: of_executed(&sample.setup),
            entry: of_executed(&sample.entry),
            question: executed.then(|| Asked {
                callee: sample.question.callee.clone(),
                output: sample.question.output.clone(),
                line: sample.question.line.map(|line| line.0),
            }),
        })
    }

    /// True if a response is judged by executing it.
    #[must_use]
    pub fn is_executed(&self) -> bool {
        self.kind.is_some_and(SampleKind::asks_for_arguments)
    }

    /// Looks at a response that ended for this reason: the verdict, or what has to be executed for it.
    ///
    /// # Errors
    /// The sample cannot be judged; the text says why.
    pub fn look(&self, response: &str, stop: Stop) -> Result<Step, String> {
        let Some(kind) = self.kind else {
            let probes = self.probes.as_deref().unwrap_or_default();
            return Ok(Step::Decided(probes::verdict(probes, response, stop)?));
        };
        let judge = judge_of(kind)
            .ok_or_else(|| format!("samples of the kind `{}` have no judge", kind.name()))?;
        let item = self.item()?;
        match look(judge, &item, response, stop, Extraction::Marked) {
            Look::Decided(verdict) => Ok(Step::Decided(verdict)),
            Look::Execute {
                answer,
                expression,
                parsed,
            } => Ok(Step::Execute(Box::new(Pending {
                judge,
                item,
                answer,
                expression,
                parsed,
            }))),
            Look::Examine(..) | Look::Perform(..) | Look::Ask(..) => {
                Err("no kind of sample has such a judge".to_owned())
            }
        }
    }

    /// The item that a judge is given.
    ///
    /// # Errors
    /// A field that the kind needs is absent; the text names it.
    pub fn item(&self) -> Result<Item, String> {
        let mut item = Item::plain(self.id.as_deref().unwrap_or_default(), "");
        item.kind = self.kind.map_or("run", SampleKind::name).to_owned();
        item.fields = match &self.call {
            Some(call) if !self.is_executed() => {
                BTreeMap::from([("call".to_owned(), Value::from(call.as_str()))])
            }
            _ => BTreeMap::new(),
        };
        item.answer.clone_from(&self.answer);
        if let (Some(SampleKind::Reach), Some(asked)) = (self.kind, &self.question) {
            item.fields
                .insert("line".to_owned(), Value::from(asked.line));
        }
        if self.is_executed() {
            item.execution = Some(self.execution()?);
        }
        Ok(item)
    }

    fn execution(&self) -> Result<Execution, String> {
        let kind = self.kind.map_or("input", SampleKind::name);
        let absent = |name: &str| format!("a sample of the kind `{kind}` needs the field `{name}`");
        let question = self.question.clone().unwrap_or_default();
        let callee = question.callee.or_else(|| self.entry.clone());
        let program = self.program.clone().ok_or_else(|| absent("program"))?;
        let reaches = self.kind == Some(SampleKind::Reach);
        if reaches && question.line.is_none() {
            return Err(absent("question.line"));
        }
        Ok(Execution {
            language: self.language.unwrap_or_default(),
            program: match reaches {
                true => reach::watched(&program),
                false => program,
            },
            setup: self.setup.clone().unwrap_or_default(),
            callee: callee.ok_or_else(|| absent("question.callee"))?,
            output: match reaches {
                true => reach::REACHED.to_owned(),
                false => question.output.ok_or_else(|| absent("question.output"))?,
            },
        })
    }
}

/// Result of the first look at a response to a sample.
#[derive(Debug)]
pub enum Step {
    /// The verdict, where text decides.
    Decided(Verdict),
    /// The answer has to be executed.
    Execute(Box<Pending>),
}

/// An answer whose execution decides.
pub struct Pending {
    judge: &'static dyn Judge,
    item: Item,
    answer: String,
    expression: String,
    parsed: String,
}

impl std::fmt::Debug for Pending {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("Pending");
        shown.field("expression", &self.expression);
        shown.finish_non_exhaustive()
    }
}

impl Pending {
    /// The job to be run; `None` if there is no program.
    #[must_use]
    pub fn job(&self) -> Option<Job> {
        job_of(&self.item, vec![self.expression.clone()])
    }

    /// The identifier of the sample, empty where it has none.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.item.id
    }

    /// The verdict after the execution.
    #[must_use]
    pub fn settle(self, outcome: &Outcome) -> Verdict {
        let mut verdict = self.judge.settle(&self.item, self.parsed, outcome);
        verdict.answer = Some(self.answer);
        verdict
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::Status;

    #[test]
    fn a_part_of_a_record_and_a_row_with_nulls_are_enough() {
        for row in [
            r#"{"kind": "output", "answer": "[1]", "call": "f(1)"}"#,
            r#"{"kind": "output", "answer": "[1]", "call": "f(1)", "language": null, "program": null, "facts": {"steps": 3}, "question": {"stream": "returned", "callee": null}}"#,
        ] {
            let gold: Gold = serde_json::from_str(row).unwrap();
            let step = gold.look("f(1) == [ 1 ]", Stop::Stop).unwrap();
            let Step::Decided(verdict) = step else {
                panic!("a literal needs no execution")
            };
            assert_eq!(verdict.status, Status::Correct);
        }
    }

    #[test]
    fn an_input_needs_its_program_and_result() {
        let row =
            r#"{"kind": "input", "answer": "1", "program": "def f(x): return x", "entry": "f"}"#;
        let gold: Gold = serde_json::from_str(row).unwrap();
        assert!(gold.item().unwrap_err().contains("question.output"));
    }
}

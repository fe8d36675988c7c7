//! Rounds of feedback: a wrong answer is asked for again with the list of its failed checks.

use serde::Deserialize;
use tracestone_eval::answer::said;
use tracestone_eval::episode::{Episode, Next, Request, Turn};
use tracestone_eval::item::Item;
use tracestone_eval::model::{Message, Role};
use tracestone_structure::check::Report;

use super::judge::problem;

pub(super) const NAME: &str = "structure-rounds";

/// The line between the answers of two rounds in an item's response.
const NEXT_ROUND: &str = "\n=== next round ===\n";

/// Settings of the episode.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rounds {
    /// Answers that a model gives at most.
    rounds: usize,
}

impl Rounds {
    /// Refuses a number of rounds that leaves none.
    pub(super) fn check(self) -> Result<Self, String> {
        match self.rounds {
            1..=20 => Ok(self),
            other => Err(format!("`rounds` is 1 to 20, not {other}")),
        }
    }
}

impl Episode for Rounds {
    fn name(&self) -> &'static str {
        NAME
    }

    fn next(&self, item: &Item, so_far: &[Turn]) -> Next {
        let Some(last) = so_far.last() else {
            return Next::Ask(vec![Request::default()]);
        };
        // A request without a response ends the item: there is nothing to give feedback on.
        let text = last.reply.as_ref().map(|reply| said(&reply.text));
        let failed = match (problem(item), text) {
            (Some(problem), Some(text)) => feedback(&problem.judge(text).report),
            _ => None,
        };
        match (failed, text) {
            (Some(failed), Some(text)) if so_far.len() < self.rounds => {
                let mut then = last.request.then.clone();
                then.push(message(Role::Assistant, text));
                then.push(message(Role::User, &failed));
                Next::Ask(vec![Request {
                    then,
                    ..Request::default()
                }])
            }
            _ => {
                let answers: Vec<&str> = so_far
                    .iter()
                    .map(|turn| turn.reply.as_ref().map_or("", |reply| said(&reply.text)))
                    .collect();
                Next::Done(joined(&answers))
            }
        }
    }
}

/// The answers of all rounds as one text. The line between them is taken out of the answers themselves.
pub(super) fn joined(answers: &[&str]) -> String {
    let clean: Vec<_> = answers
        .iter()
        .map(|text| text.replace(NEXT_ROUND.trim(), ""))
        .collect();
    clean.join(NEXT_ROUND)
}

/// The answers in such a text: at least one.
pub(super) fn apart(text: &str) -> Vec<&str> {
    text.split(NEXT_ROUND.trim()).map(str::trim).collect()
}

fn message(role: Role, content: &str) -> Message {
    Message {
        role,
        content: content.to_owned(),
    }
}

/// Feedback on a wrong answer: each failed check with its number, its place and what is accepted.
fn feedback(report: &Report) -> Option<String> {
    let failed = report.checks.iter().filter(|check| !check.pass);
    let lines: Vec<_> = failed
        .map(|check| {
            let value = check
                .value
                .map_or_else(String::new, |value| format!(" {value:.3}"));
            let at = match check.at.as_str() {
                "" => String::new(),
                at => format!(" ({at})"),
            };
            let name = check.name.replace('_', " ");
            format!("- {name}:{value}{at}; accepted: {}", check.accepted)
        })
        .collect();
    (!lines.is_empty()).then(|| {
        format!(
            "A program checked these coordinates. These checks fail, each with its worst place:\n{}\n\nGive the whole \
             answer again, corrected, in the same form.",
            lines.join("\n")
        )
    })
}

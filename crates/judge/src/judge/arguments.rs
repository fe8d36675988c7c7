//! Inputs: any literal arguments that give the result.

use tracestone_sample::reading;

use super::{Judge, Judgement, Outcome, Status, Verdict};
use crate::answer::Form;
use crate::call::{Arguments, without_comment};
use crate::item::Item;
use crate::reach;

/// Argument lists of literals, or calls with one, for which the corpus's program must return the given
/// literal.
pub(super) struct ArgumentLists;

impl Form for ArgumentLists {
    fn reads(&self, text: &str) -> bool {
        // The callee is not known here: what stands in the parentheses at the end is looked at.
        let text = without_comment(text).trim();
        // Of an assertion the left side is looked at.
        let text = match text.strip_prefix("assert ") {
            Some(claim) => claim
                .split_once("==")
                .map_or(claim, |(left, _)| left)
                .trim(),
            None => text,
        };
        let inside = text
            .strip_suffix(')')
            .and_then(|rest| rest.split_once('('))
            .filter(|(callee, _)| {
                callee
                    .chars()
                    .all(|c| c.is_alphanumeric() || "_.".contains(c))
            })
            .map_or(text, |(_, inside)| inside);
        Arguments::parse(inside).is_ok()
    }
}

impl Judge for ArgumentLists {
    fn name(&self) -> &'static str {
        "arguments"
    }

    fn version(&self) -> u32 {
        4
    }

    fn form(&self) -> &dyn Form {
        self
    }

    fn judge(&self, item: &Item, answer: &str) -> Judgement {
        let Some(execution) = &item.execution else {
            let verdict = Verdict::unparsable("nothing_to_execute", "the item has no program");
            return Judgement::Decided(verdict);
        };
        let answer = without_comment(answer);
        let read = Arguments::parse_call(answer, &execution.callee);
        match read.or_else(|error| asserted(answer, &execution.callee).ok_or(error)) {
            Ok(arguments) => {
                let parsed = arguments.python();
                let call = format!("{}({parsed})", execution.callee);
                Judgement::Execute {
                    expression: expression(item, call),
                    parsed,
                }
            }
            // Some benchmarks call their programs with expressions. The corpus's own text is no more
            // foreign than its program; any other expression is.
            Err(_) if answer.trim() == item.answer.trim() => Judgement::Execute {
                expression: expression(item, call_of(&item.answer, &execution.callee)),
                parsed: item.answer.clone(),
            },
            Err(error) => Judgement::Decided(Verdict::unparsable("not_literal_arguments", error)),
        }
    }

    fn settle(&self, item: &Item, parsed: String, outcome: &Outcome) -> Verdict {
        let wanted = item.execution.as_ref().map(|execution| &execution.output);
        match outcome {
            Outcome::Returned(text) => {
                let equal = wanted.is_some_and(|wanted| reading::same_value(wanted, text));
                Verdict {
                    detail: serde_json::json!({ "returned": text }),
                    ..Verdict::equal(equal, parsed)
                }
            }
            Outcome::Raised(what) => Verdict {
                reason: "raised".to_owned(),
                detail: serde_json::json!({ "raised": what }),
                ..Verdict::equal(false, parsed)
            },
            Outcome::Failed(why) => Verdict {
                parsed: Some(parsed),
                detail: serde_json::json!({ "why": why }),
                ..Verdict::none(Status::Wrong, "not_executed")
            },
            Outcome::Varies(ways) => {
                let each = ways.iter();
                let mut each = each.map(|way| self.settle(item, parsed.clone(), way));
                // Wrong in every order is wrong.
                match each.find(|verdict| verdict.status == Status::Correct) {
                    None => self.settle(item, parsed, &ways[0]),
                    Some(verdict) => Verdict {
                        detail: verdict.detail,
                        parsed: Some(parsed),
                        ..Verdict::none(Status::SetOrder, "right_for_one_order")
                    },
                }
            }
        }
    }
}

/// The arguments of the call on the left side of `f(..) == ..`, with or without `assert` before it. What it is
/// said to be equal to is not looked at: the call is executed.
fn asserted(text: &str, callee: &str) -> Option<Arguments> {
    let claim = text.trim();
    let claim = claim.strip_prefix("assert ").unwrap_or(claim).trim();
    claim
        .match_indices("==")
        .map(|(at, _)| claim[..at].trim())
        .filter(|left| {
            left.strip_prefix(callee)
                .is_some_and(|rest| rest.starts_with('('))
        })
        .find_map(|left| Arguments::parse_call(left, callee).ok())
}

/// Expression to evaluate for a call: the call, or whether it runs the line that the item asks for.
fn expression(item: &Item, call: String) -> String {
    match item.fields.get("line").and_then(serde_json::Value::as_u64) {
        Some(line) => reach::expression(&call, line),
        None => call,
    }
}

/// A call as it is, an argument list as a call.
fn call_of(text: &str, callee: &str) -> String {
    let call = text.trim();
    let is_call = call
        .strip_prefix(callee)
        .is_some_and(|rest| rest.starts_with('(') && rest.ends_with(')'));
    if is_call {
        call.to_owned()
    } else {
        format!("{callee}({call})")
    }
}

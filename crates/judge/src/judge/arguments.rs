//! Inputs: any literal arguments that give the result.

use serde_json::Value;
use tracestone_sample::reading;

use super::{Judge, Judgement, Outcome, Status, Verdict, code};
use crate::answer::{Extraction, Form, Found, extract};
use crate::call::{Arguments, without_comment, without_comments};
use crate::item::Item;
use crate::reach;

/// Argument lists of literals, or calls with one, for which the corpus's program must return the given
/// literal.
pub(super) struct ArgumentLists;

/// Argument lists for one function.
struct Lists<'i> {
    callee: &'i str,
}

impl Form for Lists<'_> {
    fn block(&self, said: &str) -> Option<std::ops::Range<usize>> {
        // A session: the call, and what it shows.
        let Some(start) = said.rfind(&format!(">>> {}(", self.callee)) else {
            return assignments(said);
        };
        let block = said[start..].split("\n\n").next().unwrap_or_default();
        let block = block.split("\n```").next().unwrap_or_default();
        Some(start..start + block.len())
    }

    fn reads(&self, text: &str) -> bool {
        let text = without_comment(text).trim();
        let bare = self.callee.is_empty().then(|| in_parentheses(text));
        Arguments::parse_call(bare.unwrap_or(text), self.callee).is_ok()
            || asserted(text, self.callee).is_some()
    }

    fn respelled(&self, text: &str) -> Option<String> {
        let found = code::call(text, self.callee)
            .or_else(|| code::only_call(text, self.callee))
            .or_else(|| variables(text))
            .or_else(|| text.contains('\n').then(|| without_comments(text)));
        found.filter(|call| self.reads(call))
    }

    fn member(&self, value: &Value) -> Option<String> {
        value.as_str().map(str::to_owned)
    }

    fn is_bracketed(&self) -> bool {
        true
    }

    fn is_input(&self) -> bool {
        true
    }
}

/// Byte range of several lines of `name = value` at the end of a text, which are one answer.
fn assignments(said: &str) -> Option<std::ops::Range<usize>> {
    let end = said.trim_end().len();
    let mut start = end;
    let mut count = 0;
    for line in said[..end].rsplit('\n') {
        if !is_variable(&line.trim()) {
            break;
        }
        count += 1;
        start = line.as_ptr() as usize - said.as_ptr() as usize;
    }
    (count > 1).then_some(start..end)
}

/// True for a line of `name = value`.
fn is_variable(line: &&str) -> bool {
    let names = line.split_once('=').map(|(name, _)| name.trim());
    names.is_some_and(|name| {
        !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_')
    })
}

/// The arguments in lines of `name = value`, with commas between them.
fn variables(text: &str) -> Option<String> {
    let lines: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    (lines.len() > 1 && lines.iter().all(is_variable)).then(|| lines.join(", "))
}

/// Arguments of a call of any function, or the text.
fn in_parentheses(text: &str) -> &str {
    text.strip_suffix(')')
        .and_then(|rest| rest.split_once('('))
        .filter(|(callee, _)| {
            callee
                .chars()
                .all(|c| c.is_alphanumeric() || "_.".contains(c))
        })
        .map_or(text, |(_, inside)| inside)
}

impl Judge for ArgumentLists {
    fn name(&self) -> &'static str {
        "arguments"
    }

    fn version(&self) -> u32 {
        10
    }

    fn form(&self) -> &dyn Form {
        const ANY: &Lists<'static> = &Lists { callee: "" };
        ANY
    }

    fn find<'a>(
        &self,
        item: &Item,
        response: &'a str,
        extraction: Extraction,
    ) -> Option<Found<'a>> {
        let execution = item.execution.as_ref();
        let callee = execution.map_or("", |execution| execution.callee.as_str());
        extract(response, extraction, &Lists { callee })
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

/// Number of `==` that are looked at: each is read up to there.
const MAX_SIGNS: usize = 64;

/// The arguments of the call on the left side of `f(..) == ..`, with or without `assert` before it. What it is
/// said to be equal to is not looked at: the call is executed.
fn asserted(text: &str, callee: &str) -> Option<Arguments> {
    let claim = text.trim();
    let claim = claim.strip_prefix("assert ").unwrap_or(claim).trim();
    claim
        .match_indices("==")
        .take(MAX_SIGNS)
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

//! Answers that are a member of a JSON object, as structured output and calls of tools have them.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Map, Value};

use super::Form;
use super::places::fenced;
use super::thought::pattern;
use crate::large;

/// Names of the member that is the answer.
const ANSWERS: [&str; 6] = [
    "answer",
    "final_answer",
    "finalanswer",
    "output",
    "result",
    "return_value",
];

/// Names of members that only accompany an answer.
const COMPANY: [&str; 13] = [
    "reasoning",
    "explanation",
    "thought",
    "thoughts",
    "rationale",
    "analysis",
    "steps",
    "step_by_step",
    "confidence",
    "chain_of_thought",
    "justification",
    "summary",
    "type",
];

/// A call of a tool in a response.
static CALL: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?s)<tool_call>\s*(\{.*?\})\s*</tool_call>"));

/// The answer in the object that a response is, or that its last fenced block or call of a tool is, with its
/// position.
pub(super) fn member(said: &str, form: &dyn Form) -> Option<(usize, Value)> {
    let whole = said.trim();
    if !whole.contains('{') {
        return None;
    }
    let last_call = CALL.captures_iter(said).last();
    let call = last_call.and_then(|found| found.get(1));
    let places = [
        whole.starts_with('{').then_some((0, whole)),
        fenced(said),
        call.map(|call| (call.start(), call.as_str())),
    ];
    places.into_iter().flatten().find_map(|(at, text)| {
        let Value::Object(object) = large::json(text.trim()).ok()? else {
            return None;
        };
        Some((at, answer(object, form.names())?))
    })
}

/// The only member that is an answer, where all others only accompany it; of a call of a tool, among its
/// arguments.
fn answer(object: Map<String, Value>, names: &[&str]) -> Option<Value> {
    if object.contains_key("name") {
        let arguments = ["arguments", "parameters", "input"]
            .into_iter()
            .find_map(|name| object.get(name))?;
        return match arguments {
            Value::Object(arguments) => answer(arguments.clone(), names),
            Value::String(text) => match large::json(text).ok()? {
                Value::Object(arguments) => answer(arguments, names),
                _ => None,
            },
            _ => None,
        };
    }
    let mut found = None;
    for (name, value) in object {
        let name = name.to_lowercase().replace([' ', '-'], "_");
        if ANSWERS.contains(&name.as_str()) || names.contains(&name.as_str()) {
            if found.replace(value).is_some() {
                return None;
            }
        } else if !COMPANY.contains(&name.as_str()) {
            return None;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::AnyText;

    #[test]
    fn one_member_is_the_answer() {
        for (said, is) in [
            ("{\"answer\": 5}", Some("5")),
            (
                "{\"reasoning\": \"2 + 3\", \"Final Answer\": [1]}",
                Some("[1]"),
            ),
            ("```json\n{\"answer\": \"a\"}\n```", Some("\"a\"")),
            (
                "<tool_call>{\"name\": \"submit\", \"arguments\": {\"answer\": 5}}</tool_call>",
                Some("5"),
            ),
            ("{\"answer\": 5, \"alternative\": 6}", None),
            ("{\"answer\": 5, \"output\": 6}", None),
            ("{\"a\": 5}", None),
            ("{'answer': 5}", None),
        ] {
            let found = member(said, &AnyText).map(|(_, value)| value.to_string());
            assert_eq!(found.as_deref(), is, "{said}");
        }
    }
}

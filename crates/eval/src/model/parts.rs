//! Parts of a message of the chat protocol: texts, thoughts, calls of tools.

use serde_json::{Value, json};

/// A text; of a list of parts, the texts of those that are not thought.
pub(super) fn text_of(content: &Value) -> String {
    match content {
        Value::Array(parts) => parts
            .iter()
            .filter(|part| !is_thought(part))
            .filter_map(|part| part["text"].as_str().or_else(|| part.as_str()))
            .collect(),
        other => other.as_str().unwrap_or_default().to_owned(),
    }
}

fn is_thought(part: &Value) -> bool {
    matches!(part["type"].as_str(), Some("thinking" | "reasoning"))
}

/// The thought that a message of the chat protocol has beside its content.
pub(super) fn chat_reasoning(message: &Value) -> Option<String> {
    // Some servers send several names with the same text.
    let text = ["reasoning_content", "reasoning", "thinking"]
        .into_iter()
        .find_map(|name| message[name].as_str());
    let details = || -> Option<String> {
        let details = message["reasoning_details"].as_array()?.iter();
        let texts = details.filter_map(|one| one["text"].as_str().or(one["summary"].as_str()));
        Some(texts.collect())
    };
    let parts = || -> Option<String> {
        let parts = message["content"].as_array()?;
        let thought = parts.iter().filter(|part| is_thought(part));
        let texts = thought.map(|part| match &part["thinking"] {
            Value::Array(inner) => inner
                .iter()
                .filter_map(|one| one["text"].as_str())
                .collect(),
            other => other
                .as_str()
                .or_else(|| part["text"].as_str())
                .unwrap_or_default()
                .to_owned(),
        });
        Some(texts.collect())
    };
    text.map(str::to_owned)
        .or_else(parts)
        .filter(|text| !text.is_empty())
        .or_else(details)
        .filter(|text| !text.is_empty())
}

/// Calls of tools in the place of a text, as models without a protocol for them write them. No tool is offered
/// here; a model that calls one all the same has said what it calls.
pub(super) fn called(message: &Value) -> String {
    let calls = message["tool_calls"].as_array().into_iter().flatten();
    joined(calls.map(|call| (&call["function"]["name"], &call["function"]["arguments"])))
}

/// Calls of tools among the blocks of a message, or the items of an output, likewise; `arguments` is the field for them.
pub(super) fn called_in(blocks: &[Value], kind: &str, arguments: &str) -> String {
    let calls = blocks.iter().filter(|block| block["type"] == kind);
    joined(calls.map(|block| (&block["name"], &block[arguments])))
}

/// Calls as text, by name and arguments.
fn joined<'v>(calls: impl Iterator<Item = (&'v Value, &'v Value)>) -> String {
    let calls = calls.filter(|(name, _)| name.is_string());
    let calls: Vec<String> = calls
        .map(|(name, arguments)| json!({ "name": name, "arguments": arguments }))
        .map(|call| format!("<tool_call>\n{call}\n</tool_call>"))
        .collect();
    calls.join("\n")
}

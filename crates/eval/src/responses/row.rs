//! One row of a file of responses: its item, its texts, and the way in which the response ended.

use serde_json::Value;

use crate::model::Response;
use crate::stops;

/// Names of the field with the item.
const ITEMS: [&str; 5] = ["item", "id", "task_id", "item_id", "sample_id"];

/// Names of the field with what a model said, the first of which counts. `output` is not among them, since items
/// have a field of that name.
const TEXTS: [&str; 9] = [
    "response",
    "prediction",
    "predictions",
    "generation",
    "generations",
    "generated_text",
    "text",
    "completion",
    "content",
];

/// Number of those names, from the first, that mean nothing else: a `null` there is a request that failed.
const CERTAIN: usize = 6;

/// Names of fields that items have and responses do not, beside which `output` is what the program gives.
const OF_ITEMS: [&str; 3] = ["code", "input", "answer"];

/// The item and the responses of a row.
pub(super) fn read(row: &Value) -> Result<(String, Vec<Response>), String> {
    let item = ITEMS
        .iter()
        .find_map(|name| match row.get(*name)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        })
        .ok_or("it names no item")?;
    let reasoning = ["reasoning", "reasoning_content", "thinking"];
    let reasoning = reasoning.iter().find_map(|name| row.get(*name)?.as_str());
    let stop = stops::of_row(row);
    let response = |text: String| Response {
        stop,
        reasoning: reasoning.map(str::to_owned),
        ..Response::plain(text)
    };
    Ok((item, texts(row)?.into_iter().map(response).collect()))
}

/// The texts of a row; an empty one for a response of `null`, which has no answer.
fn texts(row: &Value) -> Result<Vec<String>, String> {
    for (at, name) in TEXTS.iter().enumerate() {
        match row.get(*name) {
            Some(Value::Null) if at < CERTAIN => return Ok(vec![String::new()]),
            Some(value) => {
                if let Some(texts) = said(value) {
                    return Ok(texts);
                }
            }
            None => {}
        }
    }
    let output = row.get("output").filter(|output| !output.is_null());
    let others = TEXTS.iter().chain(&OF_ITEMS);
    let beside = others.copied().find(|name| row.get(*name).is_some());
    match (output.and_then(said), beside) {
        (Some(texts), None) => Ok(texts),
        (Some(_), Some(name)) if OF_ITEMS.contains(&name) => Err(format!(
            "its `output` stands beside `{name}`, as the right answer of an item does, and no field is a response: \
             name what the model said `response`"
        )),
        // A field of a response that is `null` has no answer, whatever stands in `output`.
        _ if TEXTS
            .iter()
            .chain(&["output"])
            .any(|name| row.get(*name).is_some_and(Value::is_null)) =>
        {
            Ok(vec![String::new()])
        }
        _ => Err("it has no text".to_owned()),
    }
}

/// The text, or each of a list of them; `None` for anything else.
fn said(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::String(text) => Some(vec![text.clone()]),
        Value::Array(members) if !members.is_empty() => members
            .iter()
            .map(|member| match member {
                Value::String(text) => Some(text.clone()),
                Value::Null => Some(String::new()),
                _ => None,
            })
            .collect(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn texts_of(row: Value) -> Option<Vec<String>> {
        texts(&row).ok()
    }

    #[test]
    fn the_right_answer_of_an_item_is_no_response() {
        let given = |texts: &[&str]| Some(texts.iter().map(|text| (*text).to_owned()).collect());
        for (row, is) in [
            (json!({ "output": "5" }), given(&["5"])),
            (json!({ "output": "5", "prediction": "9" }), given(&["9"])),
            (
                json!({ "code": "..", "input": "3", "output": "5", "generated_text": "9" }),
                given(&["9"]),
            ),
            (json!({ "output": "5", "generation": ["9"] }), given(&["9"])),
            (
                json!({ "output": "5", "generations": ["9", null, "8"] }),
                given(&["9", "", "8"]),
            ),
            (json!({ "output": "5", "content": "9" }), given(&["9"])),
            (json!({ "output": "5", "response": null }), given(&[""])),
            (
                json!({ "output": "5", "response": null, "text": "6" }),
                given(&[""]),
            ),
            (json!({ "text": null, "completion": "6" }), given(&["6"])),
            (json!({ "text": null, "output": "5" }), given(&[""])),
            (json!({ "code": "..", "output": "5" }), None),
            (json!({ "input": "3", "output": "5" }), None),
            (json!({ "answer": "5", "output": "5" }), None),
            (json!({ "prediction": 9, "output": "5" }), None),
            (json!({ "generation": [], "output": "5" }), None),
            (json!({ "output": null }), given(&[""])),
        ] {
            assert_eq!(texts_of(row.clone()), is, "{row}");
        }
    }
}

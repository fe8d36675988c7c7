//! Responses made elsewhere, and those of the built-in references.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::answer::Extraction;
use crate::item::Item;
use crate::model::{Response, Stop, lenient};
use crate::text::without_surrogates;

/// Responses to items: for each item's name, one for each repeat.
pub(crate) type Responses = BTreeMap<String, Vec<Response>>;

/// Error of reading a file of responses.
#[derive(Debug, thiserror::Error)]
pub enum ResponsesError {
    /// The text is no JSON of a known form.
    #[error(
        "neither a JSON object of lists of texts by item, nor one JSON object a line (or one array of them) with an item \
         (`item`, `id` or `task_id`) and a text (`response`, `text`, `completion` or `output`): {0}"
    )]
    Form(String),
}

/// The content of a file of responses.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Read {
    /// The responses by item.
    pub responses: Responses,
    /// The way in which answers stand in them.
    pub extraction: Extraction,
    /// Lines that are no responses. Each costs the one response that it should have been.
    pub odd: Vec<OddLine>,
}

/// A line of a file of responses that is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OddLine {
    /// Its number, from 1; 0 in a file that is one object.
    pub line: usize,
    /// The fault in words.
    pub what: String,
}

/// Reads responses: CRUXEval's `{"sample_0": ["..", ..], ..}`, whose texts are answers already, or
/// lines of JSON objects, whose texts are what a model said. A line that is neither is passed over and
/// told of.
///
/// # Errors
/// The text has another form, or no line is a response.
pub(crate) fn read(text: &str) -> Result<Read, ResponsesError> {
    // A byte order mark says nothing, and half a surrogate pair, as Python's `json.dumps` writes one, is no
    // character: neither may cost a file.
    let mended = without_surrogates(text.trim_start_matches('\u{feff}'));
    let text = mended.as_ref();
    if let Ok(lists) = serde_json::from_str::<BTreeMap<String, Vec<Value>>>(text) {
        return Ok(listed(lists));
    }
    let (responses, odd) = match serde_json::from_str::<Vec<Value>>(text) {
        Ok(rows) if rows.iter().any(Value::is_object) => array(&rows),
        _ => lines(text),
    };
    match odd.first() {
        _ if !responses.is_empty() => Ok(Read {
            responses,
            extraction: Extraction::Marked,
            odd,
        }),
        Some(first) => Err(ResponsesError::Form(format!(
            "line {}: {}",
            first.line, first.what
        ))),
        None => Err(ResponsesError::Form("it contains no responses".to_owned())),
    }
}

fn listed(lists: BTreeMap<String, Vec<Value>>) -> Read {
    let mut odd = Vec::new();
    let mut responses = Responses::new();
    for (item, texts) in lists {
        let mut given = Vec::new();
        for text in texts {
            match text {
                Value::String(text) => given.push(plain(text)),
                // No response is one without an answer; the others keep their places.
                other => {
                    if !other.is_null() {
                        odd.push(OddLine {
                            line: 0,
                            what: format!("a response to {item} is no text"),
                        });
                    }
                    given.push(plain(String::new()));
                }
            }
        }
        responses.insert(item, given);
    }
    Read {
        responses,
        extraction: Extraction::Whole,
        odd,
    }
}

fn lines(text: &str) -> (Responses, Vec<OddLine>) {
    let mut responses = Responses::new();
    let mut odd = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim_matches(['\u{feff}', '\0']);
        if line.trim().is_empty() {
            continue;
        }
        match one(line) {
            Ok((item, response)) => responses.entry(item).or_default().push(response),
            Err(what) => odd.push(OddLine {
                line: index + 1,
                what,
            }),
        }
    }
    (responses, odd)
}

/// The responses of one JSON array, whose members count as lines do.
fn array(rows: &[Value]) -> (Responses, Vec<OddLine>) {
    let mut responses = Responses::new();
    let mut odd = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        match of_value(row) {
            Ok((item, response)) => responses.entry(item).or_default().push(response),
            Err(what) => odd.push(OddLine {
                line: index + 1,
                what,
            }),
        }
    }
    (responses, odd)
}

/// The item and the response of a line.
fn one(line: &str) -> Result<(String, Response), String> {
    // `NaN`, as Python's `json.dumps` writes it, costs nothing of the response beside it.
    of_value(&lenient::json(line).map_err(|error| error.to_string())?)
}

/// The item and the response of an object.
fn of_value(value: &Value) -> Result<(String, Response), String> {
    let names = ["item", "id", "task_id", "item_id", "sample_id"];
    let item = names
        .iter()
        .find_map(|name| match value.get(*name)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        })
        .ok_or("it names no item")?;
    let names = ["response", "text", "completion", "output"];
    let text = names.iter().find_map(|name| value.get(*name)?.as_str());
    let silent = || {
        let mut given = names.iter().filter_map(|name| value.get(*name));
        given.any(Value::is_null)
    };
    // A response of `null` is one without an answer.
    let text = match text {
        Some(text) => text,
        None if silent() => "",
        None => return Err("it has no text".to_owned()),
    };
    let stop = match value["stop"].as_str().or(value["finish_reason"].as_str()) {
        Some("length" | "max_tokens") => Stop::Length,
        Some("refusal" | "content_filter") => Stop::Refusal,
        _ => Stop::Stop,
    };
    let reasoning = ["reasoning", "reasoning_content", "thinking"];
    let reasoning = reasoning.iter().find_map(|name| value.get(*name)?.as_str());
    let response = Response {
        stop,
        reasoning: reasoning.map(str::to_owned),
        ..plain(text.to_owned())
    };
    Ok((item, response))
}

fn plain(text: String) -> Response {
    Response::plain(text)
}

/// References that need no model; a score means little without them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reference {
    /// Answers correctly: the judge must give it everything.
    Oracle,
    /// Always answers the same.
    Constant,
    /// Copies the input that the question shows.
    CopyInput,
    /// Always gives the most frequent correct answer.
    Majority,
}

/// Answer of the reference `constant`.
const CONSTANT: &str = "0";

impl Reference {
    /// Every reference model.
    pub const ALL: [Self; 4] = [
        Self::Oracle,
        Self::Constant,
        Self::CopyInput,
        Self::Majority,
    ];

    /// Name after `mock/`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Oracle => "oracle",
            Self::Constant => "constant",
            Self::CopyInput => "copy-input",
            Self::Majority => "majority",
        }
    }

    /// Reference with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }

    /// Its answers to items, without marks around them.
    #[must_use]
    pub fn answers(self, items: &[Item]) -> Responses {
        let most = most_frequent(items);
        items
            .iter()
            .map(|item| {
                let answer = match self {
                    Self::Oracle => item.answer.as_str(),
                    Self::Constant => CONSTANT,
                    Self::CopyInput => item.input.as_str(),
                    Self::Majority => most,
                };
                (item.id.clone(), vec![plain(answer.to_owned())])
            })
            .collect()
    }
}

/// The most frequent answer; of several, the first in the order of texts.
fn most_frequent(items: &[Item]) -> &str {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for item in items {
        *counts.entry(&item.answer).or_default() += 1;
    }
    let most = counts.values().max().copied().unwrap_or(0);
    counts
        .into_iter()
        .find(|(_, count)| *count == most)
        .map_or("", |(answer, _)| answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(file: &str) -> Vec<String> {
        let all = read(file).unwrap().responses.into_values().flatten();
        all.map(|response| response.text).collect()
    }

    #[test]
    fn odd_characters_cost_no_file() {
        let line = "{\"item\":\"one\",\"response\":\"3\"}";
        assert_eq!(texts(&format!("\u{feff}{line}\n")), ["3"]);
        let half = r#"{"item":"one","response":"\ud83d [ANSWER]3[/ANSWER]"}"#;
        assert_eq!(texts(half), ["\u{fffd} [ANSWER]3[/ANSWER]"]);
        let whole = r#"{"item":"one","response":"\ud83d\ude00 \\ud83d"}"#;
        assert_eq!(texts(whole), ["\u{1f600} \\ud83d"]);
        assert_eq!(texts(r#"{"item":"one","response":null}"#), [""]);
        let number = r#"{"item":"one","response":"NaN","logprob":NaN}"#;
        assert_eq!(texts(number), ["NaN"]);
    }

    #[test]
    fn one_array_is_read_as_lines_are() {
        let text = "[{\"item\": \"one\",\n \"response\": \"3\"}, {\"item\": \"two\"}]";
        let read_ = read(text).unwrap();
        assert_eq!(read_.responses["one"][0].text, "3");
        assert_eq!((read_.odd.len(), read_.odd[0].line), (1, 2));
        assert!(read("[1, 2]").is_err());
    }

    #[test]
    fn one_odd_line_costs_one_response() {
        let text = "{\"item\":\"one\",\"response\":\"3\"}\nnull\n{\"item\":7,\"text\":\"4\"}\n{\"item\":\"two\"}\n\
                    {\"item\":\"three\",\"respon";
        let read_ = read(text).unwrap();
        assert_eq!(read_.responses.len(), 2);
        let odd: Vec<usize> = read_.odd.iter().map(|odd| odd.line).collect();
        assert_eq!(odd, [2, 4, 5]);
        let listed = read(r#"{"a": ["1", null, "2"], "b": [3]}"#).unwrap();
        assert_eq!(listed.responses["a"].len(), 3);
        assert_eq!(listed.responses["b"][0].text, "");
        assert_eq!(listed.odd.len(), 1);
        assert!(read("null\n[]").is_err());
        assert!(read("").is_err());
    }
}

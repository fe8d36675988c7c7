//! Responses made elsewhere, and those of the built-in references.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::Value;

use crate::answer::Extraction;
use crate::item::Item;
use crate::model::{Response, Stop};

/// Responses to items: for each item's name, one for each repeat.
pub type Responses = BTreeMap<String, Vec<Response>>;

/// Error of reading a file of responses.
#[derive(Debug, thiserror::Error)]
pub enum ResponsesError {
    /// The text is no JSON of a known form.
    #[error(
        "neither a JSON object of lists of texts by item, nor one JSON object a line with an item \
         (`item`, `id` or `task_id`) and a text (`response`, `text`, `completion` or `output`): {0}"
    )]
    Form(String),
}

/// Reads responses: CRUXEval's `{"sample_0": ["..", ..], ..}`, whose texts are answers already, or
/// lines of JSON objects, whose texts are what a model said.
///
/// # Errors
/// The text has another form.
pub fn read(text: &str) -> Result<(Responses, Extraction), ResponsesError> {
    // A byte order mark says nothing, and half a surrogate pair, as Python's `json.dumps` writes one, is no
    // character: neither may cost a file.
    let mended = without_surrogates(text.trim_start_matches('\u{feff}'));
    let text = mended.as_ref();
    match serde_json::from_str::<BTreeMap<String, Vec<String>>>(text) {
        Ok(lists) => {
            let lists = lists.into_iter();
            let responses =
                lists.map(|(item, texts)| (item, texts.into_iter().map(plain).collect()));
            Ok((responses.collect(), Extraction::Whole))
        }
        Err(error) => lines(text)
            .map(|responses| (responses, Extraction::Marked))
            .map_err(|line| {
                ResponsesError::Form(if text.trim_start().starts_with('{') && line.is_empty() {
                    error.to_string()
                } else {
                    line
                })
            }),
    }
}

/// The JSON with the replacement character for escapes of surrogates that are not one of a pair.
#[must_use]
pub fn without_surrogates(json: &str) -> Cow<'_, str> {
    if !json.contains("\\ud") && !json.contains("\\uD") {
        return Cow::Borrowed(json);
    }
    let mut mended = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(at) = rest.find('\\') {
        mended.push_str(&rest[..at]);
        rest = &rest[at..];
        let length = match (surrogate(rest), surrogate(rest.get(6..).unwrap_or(""))) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 12,
            (Some(_), _) => {
                mended.push('\u{fffd}');
                rest = &rest[6..];
                continue;
            }
            // A backslash and the character behind it, which may be another backslash.
            (None, _) => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
        };
        mended.push_str(&rest[..length]);
        rest = &rest[length..];
    }
    mended.push_str(rest);
    Cow::Owned(mended)
}

/// The surrogate whose escape a text begins with.
fn surrogate(text: &str) -> Option<u32> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    let code = u32::from_str_radix(digits, 16).ok()?;
    (0xd800..=0xdfff).contains(&code).then_some(code)
}

fn lines(text: &str) -> Result<Responses, String> {
    let mut responses = Responses::new();
    for (index, line) in text.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let bad = |what: &str| format!("line {}: {what}", index + 1);
        let value: Value = serde_json::from_str(line).map_err(|error| bad(&error.to_string()))?;
        let field = |names: &[&str]| {
            names
                .iter()
                .find_map(|name| value.get(*name)?.as_str())
                .map(str::to_owned)
        };
        let item = field(&["item", "id", "task_id"]).ok_or_else(|| bad("it names no item"))?;
        let names = ["response", "text", "completion", "output"];
        let silent = || {
            names
                .iter()
                .any(|name| value.get(*name) == Some(&Value::Null))
        };
        // A response of `null` is one without an answer.
        let text = field(&names)
            .or_else(|| silent().then(String::new))
            .ok_or_else(|| bad("it has no text"))?;
        let stop = match value["stop"].as_str().or(value["finish_reason"].as_str()) {
            Some("length") => Stop::Length,
            Some("refusal" | "content_filter") => Stop::Refusal,
            _ => Stop::Stop,
        };
        let response = Response {
            stop,
            ..plain(text)
        };
        responses.entry(item).or_default().push(response);
    }
    if responses.is_empty() {
        return Err("there are no responses in it".to_owned());
    }
    Ok(responses)
}

fn plain(text: String) -> Response {
    Response {
        text,
        stop: Stop::Stop,
        usage: None,
    }
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
        let (responses, _) = read(file).unwrap();
        let all = responses.into_values().flatten();
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
    }
}

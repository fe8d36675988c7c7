//! Responses made elsewhere, and those of the built-in references.

mod row;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::answer::Extraction;
use crate::item::Item;
use crate::model::{Response, lenient};
use crate::text::without_surrogates;

/// Responses to items: for each item's name, one for each repeat.
pub(crate) type Responses = BTreeMap<String, Vec<Response>>;

/// Error of reading a file of responses.
#[derive(Debug, thiserror::Error)]
pub enum ResponsesError {
    /// The text is no JSON of a known form.
    #[error(
        "neither a JSON object of lists of texts by item, nor one JSON object a line (or one array of them) with an item \
         (`item`, `id` or `task_id`) and a text (`response`, `prediction`, `generation`, `text`, `completion` or `output`): {0}"
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
    /// Number of rows that are there once more, and not counted.
    pub repeated: usize,
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
    let mut rows = match serde_json::from_str::<Vec<Value>>(text) {
        Ok(rows) if rows.iter().any(Value::is_object) => array(&rows),
        _ => lines(text),
    };
    let odd = std::mem::take(&mut rows.odd);
    let (responses, repeated) = rows.responses();
    match odd.first() {
        _ if !responses.is_empty() => Ok(Read {
            responses,
            extraction: Extraction::Marked,
            odd,
            repeated,
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
        repeated: 0,
    }
}

/// The responses of lines, each of which is a JSON object.
fn lines(text: &str) -> Rows {
    let mut rows = Rows::default();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim_matches(['\u{feff}', '\0']);
        if line.trim().is_empty() {
            continue;
        }
        // `NaN`, as Python's `json.dumps` writes it, costs nothing of the response beside it.
        let row = lenient::json(line).map_err(|error| error.to_string());
        rows.add(index + 1, row.as_ref().map_err(Clone::clone));
    }
    rows
}

/// The responses of one JSON array, whose members count as lines do.
fn array(members: &[Value]) -> Rows {
    let mut rows = Rows::default();
    for (index, member) in members.iter().enumerate() {
        rows.add(index + 1, Ok(member));
    }
    rows
}

/// Rows that have been read.
#[derive(Default)]
struct Rows {
    /// For each item its responses, each with the hash of its row.
    given: BTreeMap<String, Vec<(blake3::Hash, Response)>>,
    odd: Vec<OddLine>,
}

impl Rows {
    fn add(&mut self, line: usize, row: Result<&Value, String>) {
        let read = row.and_then(|row| {
            // The order of the members is that of their names.
            let hash = blake3::hash(row.to_string().as_bytes());
            Ok((hash, row::read(row)?))
        });
        match read {
            Ok((hash, (item, responses))) => {
                let responses = responses.into_iter().map(|response| (hash, response));
                self.given.entry(item).or_default().extend(responses);
            }
            Err(what) => self.odd.push(OddLine { line, what }),
        }
    }

    /// The number of responses that most items have; of several, the smallest one.
    fn usual(&self) -> usize {
        let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
        for given in self.given.values() {
            *counts.entry(given.len()).or_default() += 1;
        }
        let most = counts
            .iter()
            .max_by_key(|(count, items)| (**items, std::cmp::Reverse(**count)));
        most.map_or(0, |(count, _)| *count)
    }

    /// The responses, without rows that stand there twice where their item has more responses than most items: one more
    /// would be missing of all others. The second number is that of the rows left out.
    fn responses(self) -> (Responses, usize) {
        let usual = self.usual();
        let mut repeated = 0;
        let mut responses = Responses::new();
        for (item, given) in self.given {
            let mut more = given.len().saturating_sub(usual);
            let mut seen = BTreeSet::new();
            let mut kept = Vec::new();
            for (hash, response) in given {
                if !seen.insert(*hash.as_bytes()) && more > 0 {
                    (more, repeated) = (more - 1, repeated + 1);
                } else {
                    kept.push(response);
                }
            }
            responses.insert(item, kept);
        }
        (responses, repeated)
    }
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
    fn a_row_that_is_repeated_makes_no_more_responses_of_all_items() {
        let row =
            |item: &str, text: &str| format!("{{\"item\":\"{item}\",\"response\":\"{text}\"}}\n");
        let one = row("a", "1") + &row("b", "2") + &row("a", "1") + &row("c", "3");
        let read_ = read(&one).unwrap();
        assert_eq!((read_.responses["a"].len(), read_.repeated), (1, 1));
        // Equal samples of all items, and other samples of one.
        let samples = row("a", "1") + &row("a", "1") + &row("b", "2") + &row("b", "3");
        let read_ = read(&samples).unwrap();
        assert_eq!((read_.responses["a"].len(), read_.repeated), (2, 0));
        let other = row("a", "1") + &row("a", "2") + &row("b", "3") + &row("c", "3");
        let read_ = read(&other).unwrap();
        assert_eq!((read_.responses["a"].len(), read_.repeated), (2, 0));
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

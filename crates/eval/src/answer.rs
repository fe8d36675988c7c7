//! Finding the answer in a response.

use serde::{Deserialize, Serialize};

/// How an answer stands in a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Extraction {
    /// Between `[ANSWER]` and `[/ANSWER]`; where there are no such marks, the rules of [`extract`].
    #[default]
    Marked,
    /// The whole response is the answer: somebody else has extracted it.
    Whole,
}

const OPEN: &str = "[ANSWER]";
const CLOSE: &str = "[/ANSWER]";

/// An answer and the rule that found it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found<'a> {
    /// The answer's text, trimmed.
    pub text: &'a str,
    /// The rule.
    pub rule: &'static str,
    /// Whether the mark that ends an answer was there, so that nothing is missing behind it.
    pub closed: bool,
}

/// The answer in a response.
///
/// What stands before `</think>` is thought, not answer. Then, in this order: the last text between
/// `[ANSWER]` and `[/ANSWER]`; what follows the last `[ANSWER]`; the last fenced block; the text
/// after the last `answer is` or `answer:`; the last line that is not empty.
#[must_use]
pub fn extract(response: &str, extraction: Extraction) -> Option<Found<'_>> {
    let whole = |text: &'static str| Found {
        text: response.trim(),
        rule: text,
        closed: false,
    };
    if extraction == Extraction::Whole {
        return (!response.trim().is_empty()).then(|| whole("whole"));
    }
    let said = match response.rfind("</think>") {
        Some(at) => &response[at + "</think>".len()..],
        None => response,
    };
    if said.trim().is_empty() {
        return None;
    }
    let (text, rule, closed) = marked(said)
        .or_else(|| fenced(said).map(|text| (text, "fence", false)))
        .or_else(|| after_words(said).map(|text| (text, "words", false)))
        .unwrap_or_else(|| {
            let last = said.trim().lines().last().unwrap_or_default();
            (last, "last line", false)
        });
    let text = unquoted(text);
    (!text.is_empty()).then_some(Found { text, rule, closed })
}

fn marked(said: &str) -> Option<(&str, &'static str, bool)> {
    if let Some(end) = said.rfind(CLOSE)
        && let Some(start) = said[..end].rfind(OPEN)
    {
        return Some((&said[start + OPEN.len()..end], "marks", true));
    }
    let start = said.rfind(OPEN)?;
    Some((&said[start + OPEN.len()..], "opening mark", false))
}

fn fenced(said: &str) -> Option<&str> {
    let end = said.rfind("```")?;
    let start = said[..end].rfind("```")?;
    let block = &said[start + 3..end];
    // The word after the opening fence names a language.
    let (first, rest) = block.split_once('\n')?;
    let names_language = first.trim().chars().all(char::is_alphanumeric);
    Some(if names_language { rest } else { block })
}

fn after_words(said: &str) -> Option<&str> {
    let lower = said.to_ascii_lowercase();
    let found = ["answer is:", "answer is", "answer:"]
        .into_iter()
        .filter_map(|words| lower.rfind(words).map(|at| at + words.len()))
        .max()?;
    let rest = said[found..].trim_start();
    Some(rest.lines().next().unwrap_or(rest))
}

/// The text without white space, without a fence and without the backticks or asterisks around it.
fn unquoted(text: &str) -> &str {
    let text = text.trim();
    if text.starts_with("```") && text.len() > 6 && text.ends_with("```") {
        return fenced(text).unwrap_or(text).trim();
    }
    for mark in ["**", "`"] {
        if let Some(inner) = text
            .strip_prefix(mark)
            .and_then(|rest| rest.strip_suffix(mark))
        {
            return unquoted(inner);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(response: &str) -> Option<&str> {
        extract(response, Extraction::Marked).map(|found| found.text)
    }

    #[test]
    fn the_last_marked_answer_counts() {
        assert_eq!(
            text("[ANSWER]1[/ANSWER] no: [ANSWER]\n2\n[/ANSWER]"),
            Some("2")
        );
        assert_eq!(text("so [ANSWER] [1, 2]"), Some("[1, 2]"));
        assert_eq!(text("<think>[ANSWER]1[/ANSWER]</think>3"), Some("3"));
        assert_eq!(text("<think>[ANSWER]1[/ANSWER]</think>"), None);
        assert_eq!(text("[ANSWER]`'a'`[/ANSWER]"), Some("'a'"));
    }

    #[test]
    fn without_marks_the_usual_places_are_looked_at() {
        assert_eq!(text("It is\n```python\n[1]\n```\nDone."), Some("[1]"));
        assert_eq!(text("The answer is 'x'\nbye"), Some("'x'"));
        assert_eq!(text("first\n\n 7 \n"), Some("7"));
        assert_eq!(text("  \n"), None);
    }
}

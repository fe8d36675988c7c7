//! Finding the answer in a response.

mod places;
mod thought;

use serde::{Deserialize, Serialize};

/// Way of finding the answer in a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Extraction {
    /// Between `[ANSWER]` and `[/ANSWER]`; where there are no such marks, the rules of [`extract`].
    #[default]
    Marked,
    /// The whole response is the answer: somebody else has extracted it.
    Whole,
}

/// The form of the answers that a judge reads, as far as it helps to find them.
pub trait Form {
    /// Byte range of the last answer of this form that takes several lines.
    fn block(&self, said: &str) -> Option<std::ops::Range<usize>> {
        let _ = said;
        None
    }

    /// True if the text has the form of an answer.
    fn reads(&self, text: &str) -> bool {
        let _ = text;
        true
    }
}

/// A form that accepts any text.
pub struct AnyText;

impl Form for AnyText {}

/// An answer and the rule that found it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found<'a> {
    /// The answer's text, trimmed.
    pub text: &'a str,
    /// Name of the rule that found the answer.
    pub rule: &'static str,
    /// True if the answer's closing mark is present, so that nothing was cut off.
    pub closed: bool,
}

/// The answer in a response.
///
/// Thought is no answer: what stands between `<think>` and `</think>` and the like, what a channel other
/// than `final` holds, and all of a response whose thought does not end. Of the rest, the last text
/// between `[ANSWER]` and `[/ANSWER]` counts, in any case, then what follows the last `[ANSWER]`; where there
/// are none, `<answer>` does. Without such marks there are several places: the last fenced block,
/// `\boxed{..}`, what follows the last `answer is` or `answer:`, a block of lines of the form that is asked
/// for, the last line, and in it what follows `output is`, `returns` and the like. The one that stands last
/// and can be an answer of the form counts.
///
/// Marks and tags inside of a quoted literal are text. A full stop after an answer is removed if it cannot be
/// a part of it: after anything but a digit, and after a digit at the end of a sentence.
#[must_use]
pub fn extract<'a>(
    response: &'a str,
    extraction: Extraction,
    form: &dyn Form,
) -> Option<Found<'a>> {
    if extraction == Extraction::Whole {
        let text = response.trim();
        return (!text.is_empty()).then_some(Found {
            text,
            rule: "whole",
            closed: false,
        });
    }
    let said = thought::without(response);
    if said.trim().is_empty() {
        return None;
    }
    let found = places::marked(said).or_else(|| {
        let mut places = places::unmarked(said, form);
        places.sort_by_key(|place| std::cmp::Reverse(place.start));
        let good = places.iter().position(|place| form.reads(place.text));
        (!places.is_empty()).then(|| places.swap_remove(good.unwrap_or(0)).found)
    })?;
    (!found.text.is_empty()).then_some(found)
}

/// The part of a response that is no thought.
#[must_use]
pub fn said(response: &str) -> &str {
    thought::without(response)
}

/// Answer between marks in a text without thought.
#[must_use]
pub(crate) fn marked(said: &str) -> Option<Found<'_>> {
    places::marked(said)
}

/// Answer between marks, or else all that a response says, for judges that look at the whole of it.
#[must_use]
pub fn whole(response: &str, extraction: Extraction) -> Option<Found<'_>> {
    let text = match extraction {
        Extraction::Whole => response,
        Extraction::Marked => {
            let said = said(response);
            match places::marked(said) {
                Some(found) => return (!found.text.is_empty()).then_some(found),
                None => said,
            }
        }
    };
    let text = text.trim();
    (!text.is_empty()).then_some(Found {
        text,
        rule: "whole",
        closed: false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(response: &str) -> Option<&str> {
        extract(response, Extraction::Marked, &AnyText).map(|found| found.text)
    }

    #[test]
    fn the_last_marked_answer_counts() {
        for (response, answer) in [
            ("[ANSWER]1[/ANSWER] no: [ANSWER]\n2\n[/ANSWER]", "2"),
            ("so [ANSWER] [1, 2]", "[1, 2]"),
            ("[ANSWER]`'a'`[/ANSWER]", "'a'"),
            ("[answer]5[/answer]", "5"),
            (
                "[ANSWER]5[/ANSWER]\nIt stands between [ANSWER] and [/ANSWER].",
                "5",
            ),
            (
                "[ANSWER]5[/ANSWER]\nThe marks `[ANSWER]` and `[/ANSWER]` are there.",
                "5",
            ),
            ("[ANSWER]'a[/ANSWER]b'[/ANSWER]", "'a[/ANSWER]b'"),
            ("[ANSWER]'[ANSWER]b'[/ANSWER]", "'[ANSWER]b'"),
            ("5[/ANSWER]", "5"),
            ("[ANSWER]5[/ANSWER]\nIt ends with [/ANSWER].", "5"),
            ("[ANSWER]'x'.[/ANSWER]", "'x'"),
            ("[ANSWER]5.[/ANSWER]", "5."),
            ("[ANSWER]```python\n5\n```[/ANSWER]", "5"),
        ] {
            assert_eq!(text(response), Some(answer), "{response}");
        }
    }

    #[test]
    fn thought_is_no_answer() {
        for (response, answer) in [
            ("<think>[ANSWER]1[/ANSWER]</think>3", Some("3")),
            ("<think>[ANSWER]1[/ANSWER]</think>", None),
            (
                "<thinking>first [ANSWER]4[/ANSWER]</thinking>\n3",
                Some("3"),
            ),
            ("<THINK>4</Think>\n[ANSWER]3[/ANSWER]", Some("3")),
            ("<seed:think>4</seed:think>3", Some("3")),
            ("<reasoning>4</reasoning>3", Some("3")),
            ("4, or so</think>3", Some("3")),
            ("<think>maybe [ANSWER]3[/ANSWER]? hmm", None),
            ("[ANSWER]3[/ANSWER]\n<think>or 4", Some("3")),
            (
                "[ANSWER]f(\"<think>a</think> b\")[/ANSWER]",
                Some("f(\"<think>a</think> b\")"),
            ),
            ("'a</think>b'", Some("'a</think>b'")),
            ("[ANSWER]'a</think>b'[/ANSWER]", Some("'a</think>b'")),
            (
                "analysis.. [ANSWER]4[/ANSWER] no.assistantfinal3",
                Some("3"),
            ),
            (
                "<|channel|>analysis<|message|>[ANSWER]4[/ANSWER]<|end|><|start|>assistant<|channel|>final<|message|>3<|return|>",
                Some("3"),
            ),
            ("<|channel|>analysis<|message|>[ANSWER]4[/ANSWER]", None),
        ] {
            assert_eq!(text(response), answer, "{response}");
        }
    }

    #[test]
    fn without_marks_the_usual_places_are_looked_at() {
        for (response, answer) in [
            ("It is\n```python\n[1]\n```", "[1]"),
            ("The answer is 'x'\nbye", "'x'"),
            ("The answer is `'x'`.", "'x'"),
            ("**Answer:** 5", "5"),
            ("The final answer is **5**.", "5"),
            ("The answer is 5.", "5"),
            ("So it is \\boxed{5}.", "5"),
            ("The answer is:\n```\n5\n```", "5"),
            ("```5```", "5"),
            ("first\n\n 7 \n", "7"),
        ] {
            assert_eq!(text(response), Some(answer), "{response}");
        }
        assert_eq!(text("  \n"), None);
    }

    #[test]
    fn the_last_place_that_can_be_an_answer_counts() {
        let literal = crate::judge::by_name("literal").unwrap().form();
        let found = |response| extract(response, Extraction::Marked, literal).unwrap().text;
        assert_eq!(found("It is\n```python\n[1]\n```\nDone."), "[1]");
        assert_eq!(found("```python\ndef f(): ...\n```\nSo:\n\n5"), "5");
        let trace = crate::judge::by_name("trace").unwrap().form();
        let text = "call 0 1 f\n  n = 3\nline 0 2\nreturn 0 2 = 3";
        for response in [
            text.to_owned(),
            format!("Here it is:\n\n{text}\n\nThat is all."),
            format!("```\n{text}\n```"),
        ] {
            let found = extract(&response, Extraction::Marked, trace).unwrap();
            assert_eq!(found.text, text);
        }
        let path = crate::judge::by_name("path").unwrap().form();
        let found = extract("They are\n[2,\n 3]", Extraction::Marked, path).unwrap();
        assert_eq!(found.text, "[2,\n 3]");
    }
}

//! Texts: equal, or one in the other.

use serde::Deserialize;

use super::{Judge, Judgement, Verdict, accepted};
use crate::answer::{Extraction, Found, whole};
use crate::item::Item;

/// A text without what does not count in a comparison.
fn leveled(text: &str, case: bool, space: bool, punctuation: bool) -> String {
    let mut text = text.trim().to_owned();
    if case {
        text = text.to_lowercase();
    }
    if punctuation {
        text.retain(|c| c.is_alphanumeric() || c.is_whitespace());
    }
    if space || punctuation {
        text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    }
    text
}

/// A text that is the right one, character by character but for space around it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Exact {
    ignore_case: bool,
    /// White space counts as one blank, however much there is.
    ignore_space: bool,
    ignore_punctuation: bool,
}

impl Judge for Exact {
    fn name(&self) -> &'static str {
        "exact"
    }

    fn version(&self) -> u32 {
        7
    }

    fn judge(&self, item: &Item, answer: &str) -> Judgement {
        let level = |text| {
            leveled(
                text,
                self.ignore_case,
                self.ignore_space,
                self.ignore_punctuation,
            )
        };
        let given = level(answer);
        let equal = accepted(item).any(|right| level(right) == given);
        Judgement::Decided(Verdict::equal(equal, given))
    }
}

/// A response that contains the right text as whole words.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Contains {
    ignore_case: bool,
    /// Not only whole words count: `cat` is in `concatenate`.
    inside_words: bool,
}

impl Judge for Contains {
    fn name(&self) -> &'static str {
        "contains"
    }

    fn version(&self) -> u32 {
        7
    }

    fn is_strict(&self) -> bool {
        false
    }

    fn find<'a>(&self, _: &Item, response: &'a str, extraction: Extraction) -> Option<Found<'a>> {
        whole(response, extraction)
    }

    fn judge(&self, item: &Item, answer: &str) -> Judgement {
        let level = |text| leveled(text, self.ignore_case, true, false);
        let said = level(answer);
        let found = accepted(item).any(|right| self.stands_in(&level(right), &said));
        Judgement::Decided(Verdict {
            reason: if found { "contained" } else { "not_contained" }.to_owned(),
            ..Verdict::equal(found, said)
        })
    }
}

impl Contains {
    fn stands_in(&self, right: &str, said: &str) -> bool {
        // Scripts without spaces between words have no bounds to look at.
        let word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() && !is_unspaced(c));
        let bound = |at: usize| {
            let (before, after) = (&said[..at], &said[at + right.len()..]);
            let left = word(before.chars().next_back()) && word(right.chars().next());
            let end = word(after.chars().next()) && word(right.chars().next_back());
            !left && !end && !is_part_of_number(before, right, after)
        };
        !right.is_empty()
            && said
                .match_indices(right)
                .any(|(at, _)| self.inside_words || bound(at))
    }
}

/// True if digits at an end of a text go on beside it, or have a sign before them: `5` in `5.5` and in `-5`.
fn is_part_of_number(before: &str, right: &str, after: &str) -> bool {
    let digit = |c: char| c.is_ascii_digit();
    let mut back = before.chars().rev();
    let sign = match (back.next(), back.next()) {
        (Some('.'), Some(c)) => digit(c),
        (Some('-' | '\u{2212}'), c) => {
            c.is_none_or(|c| c.is_whitespace() || "([{=:,*`".contains(c))
        }
        _ => false,
    };
    let mut next = after.chars();
    let part = matches!((next.next(), next.next()), (Some('.'), Some(c)) if digit(c));
    right.starts_with(digit) && sign || right.ends_with(digit) && part
}

/// True for ideographs, kana and hangul, and for Thai, Lao, Burmese and Khmer.
pub(super) fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_compared_as_asked() {
        assert_eq!(leveled(" A  b! ", false, false, false), "A  b!");
        assert_eq!(leveled(" A  b! ", true, true, true), "a b");
        let words = Contains::default();
        assert!(words.stands_in("cat", "a cat."));
        assert!(!words.stands_in("cat", "concatenate"));
        assert!(!words.stands_in("5", "15 or 51"));
        assert!(!words.stands_in("5", "It is 5.5, or -5, or 2.5"));
        assert!(words.stands_in("5", "It is 5."));
        assert!(words.stands_in("5", "3-5, or x-5"));
        assert!(words.stands_in("5.5", "It is 5.5."));
        assert!(words.stands_in("-5", "It is -5."));
        assert!(!words.stands_in("", "anything"));
    }
}

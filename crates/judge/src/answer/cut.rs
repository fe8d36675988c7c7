//! Responses that end at the limit of tokens while they still weigh an answer that they have written.

use std::sync::LazyLock;

use regex::Regex;

use super::thought::pattern;
use super::{marks, thought};

/// Words behind an answer by which it is not settled.
static DOUBTS: LazyLock<Regex> = LazyLock::new(|| {
    let open = r"\A[\s*_`)\x22']*[?\x{ff1f}]";
    let sounds = r"\b(?:hmm+|wait|hold on|not sure|unsure|double-?check|re-?check|on second thought|let me (?:re-?\w+|check|verify|think|see|trace|look|make sure)|let's (?:re-?\w+|check|verify|think|see|trace)|but (?:is|what|if|maybe|let|the loop|first)|maybe|perhaps)\b";
    let others = r"\x{7b49}\x{7b49}|\x{518d}\x{68c0}\x{67e5}|\x{4e0d}\x{786e}\x{5b9a}";
    pattern(&format!("(?i){open}|{sounds}|{others}"))
});

/// Words that confirm it after all.
static CONFIRMS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:is|was|looks|seems) (?:indeed |still )?(?:right|correct)\b|\bstands\b|\bconfirm|\bverified\b",
    )
});

/// The beginning of a thought that is told aloud.
static THINKS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\A\s*(?:ok(?:ay)?|alright|hmm+|well|so|first|now|let me|let's|we (?:need|have)|i (?:need|have)|the user)\b",
    )
});

/// Bytes at the end of a response that are looked at.
const MOST: usize = 2_000;

/// True if a response that was cut goes on behind the last marked answer and doubts it, or is a thought in the middle
/// of a sentence, which only names the answer. A cut explanation of an answer is neither.
pub(crate) fn is_unsettled(response: &str) -> bool {
    let parts = thought::parts(response);
    let Some(said) = parts.iter().find(|part| !part.trim().is_empty()) else {
        return false;
    };
    let Some(marked) = marks::marked(said).filter(|marked| marked.closed) else {
        return false;
    };
    let tail = &said[marked.end.min(said.len())..];
    let near = &tail[..tail.floor_char_boundary(MOST)];
    if tail.trim().is_empty() || CONFIRMS.is_match(near) {
        return false;
    }
    let line = tail.lines().next().unwrap_or_default();
    let start = said.len() - tail.len();
    let before = said[..start]
        .lines()
        .next_back()
        .unwrap_or_default()
        .trim_start();
    let in_line = !line.trim().is_empty() && !before.starts_with(['[', '<', '\u{3010}', '*', '`']);
    let over = tail
        .trim_end()
        .ends_with(['.', '!', '\u{3002}', '`', '*', ')', '$']);
    DOUBTS.is_match(near) || in_line && !over && THINKS.is_match(said)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_thought_is_told_from_a_cut_explanation() {
        for response in [
            "Okay, so x is 3. It should look like [ANSWER]5[/ANSWER]? Hmm, let me check the loop again: first",
            "[ANSWER]5[/ANSWER]\n\nWait, the loop runs",
            "Alright, so I write [ANSWER]5[/ANSWER] once the loop has",
            "[ANSWER]5[/ANSWER]? The loop",
        ] {
            assert!(is_unsettled(response), "{response}");
        }
        for response in [
            "[ANSWER]5[/ANSWER]",
            "[ANSWER]5[/ANSWER] and more words that were cut",
            "[ANSWER]5[/ANSWER]\n\nThe loop runs twice, so that",
            "Okay, the loop runs twice.\n\n[ANSWER]5[/ANSWER]\n\nThe loop",
            "[ANSWER]5[/ANSWER]\n\nWait, let me check: 2 + 3 is 5. That is correct. The",
            "The answer is 5",
        ] {
            assert!(!is_unsettled(response), "{response}");
        }
    }
}

//! Sentences behind an answer that name it and deny it: `So 4 is wrong.`, `It is 5 and not 4.`

use std::sync::LazyLock;

use regex::Regex;

use super::doubt;
use super::thought::pattern;

/// Words before a value that begin a sentence about it.
static BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)(?:\A|[.!?;\n\x{3002}])[\s*>(]*(?:(?:so|thus|therefore|hence|then|and|but|clearly|which means|that means|this means|i see that|i realize that|it turns out that|as a result)\b[,:]?\s*)*(?:(?:the|my|an?) (?:(?:answer|value|result|output|first|previous|above) )*(?:of )?)?[\s*_`$\x22'(]*\z",
    )
});

/// Words behind it that deny it.
static AFTER: LazyLock<Regex> = LazyLock::new(|| {
    let how = r"(?:(?:clearly|actually|definitely|simply|obviously|also|indeed|therefore|thus|just|in fact)\s+)?";
    pattern(&format!(
        r"(?i)\A[*_`$\x22')]*\s+(?:(?:is|was|must be|has to be|seems|looks)\s+{how}(?:wrong|incorrect|false|mistaken|a mistake|an error|impossible|off(?: by \w+)?|not (?:right|correct|true|possible|the (?:(?:right|correct|final|actual) )?(?:answer|result|value|output)))|(?:isn|wasn)['\x{{2019}}]t (?:right|correct|true|possible|the (?:(?:right|correct|final|actual) )?(?:answer|result|value|output))|(?:can['\x{{2019}}]t|cannot|can not|couldn['\x{{2019}}]t) be (?:right|correct|true|the (?:(?:right|correct|final) )?(?:answer|result)))\b"
    ))
});

/// The beginning of a sentence that gives an answer, up to words that set it against another one.
static AGAINST: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)(?:\A|[.!?;\n\x{3002}])(?P<sentence>[\s*>(]*(?:(?:so|thus|therefore|hence|then|actually|but|instead|rather)\b,?\s*)*(?:it(?:'s|\x{2019}s| is| should be| must be| returns)|(?:the |my )?(?:(?:correct|right|final|real|true) )*(?:answer|result|output|value) (?:is|should be|must be)|f\([^()\n]*\) (?:is|returns|gives))\s[^.;!?\n]{1,80}?,?\s(?:and |but )?(?:not|rather than|instead of))[\s*_`$\x22'(]*\z",
    )
});

/// A sentence of a value and `not` before another one.
static BARELY: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?:\A|[.!?;\n\x{3002}])(?P<sentence>[\s*>(]*(?i:(?:(?:so|hence|thus|therefore),? )?[^\s.,;:!?\n]{1,40},? (?:and |but )?not|not))[\s*_`$\x22'(]*\z",
    )
});

/// The beginning of a sentence that says what the answer is not.
static IS_NOT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)(?:\A|[.!?;\n\x{3002}])[\s*>(]*(?:(?:so|thus|therefore|hence|no|but|actually|clearly)\b,?\s*)*(?:it|that|this|the (?:(?:right|correct|final) )?(?:answer|result|output|value))(?:(?:'s|\x{2019}s| is)(?: (?:definitely|clearly|certainly|actually))? not|\s+isn['\x{2019}]t|\s+(?:can['\x{2019}]t|cannot) be)[\s*_`$\x22'(]*\z",
    )
});

/// The end of such a sentence, or its reasons.
static IS_OVER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?i)\A[*_`$\x22')]*\s*(?:[.!;\n]|\z|,?\s*(?:because|since|but|as)\b)")
});

/// Another value behind `not 4`.
static BUT: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)\A[*_`$\x22')]*,? but (?:rather )?\S"));

/// The end of a value in a text.
fn is_whole(said: &str, start: usize, end: usize) -> bool {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let (before, after) = (&said[..start], &said[end..]);
    let mut next = after.chars();
    let goes_on = match next.next() {
        Some('.') => next.next().is_some_and(|c| c.is_ascii_digit()),
        Some(c) => word(c) || c == '%',
        None => false,
    };
    let signed = before.ends_with(['-', '.', '+']);
    !goes_on && !signed && !before.chars().next_back().is_some_and(word)
}

/// Bytes of an answer that a sentence names.
const MOST: usize = 80;

/// Places of it that are looked at, the last ones.
const MOST_PLACES: usize = 64;

/// Position of a sentence that denies the answer, and of the text in which another one may be given.
pub(super) fn last(said: &str, answer: &str) -> Option<(usize, usize)> {
    let answer = super::bare(answer);
    if answer.is_empty() || answer.len() > MOST || answer.contains('\n') {
        return None;
    }
    let denied = |at: usize| {
        let end = at + answer.len();
        let before = &said[said.floor_char_boundary(at.saturating_sub(200))..at];
        if let Some(found) = AGAINST
            .captures(before)
            .and_then(|found| found.name("sentence"))
        {
            let start = at - before.len() + found.start();
            return Some((start, start));
        }
        if let Some(found) = BARELY
            .captures(before)
            .and_then(|found| found.name("sentence"))
        {
            let start = at - before.len() + found.start();
            let alone = found.as_str().trim().eq_ignore_ascii_case("not");
            let other = if alone { &BUT } else { &IS_OVER };
            return other.is_match(&said[end..]).then_some((start, start));
        }
        if IS_NOT.is_match(before) && IS_OVER.is_match(&said[end..]) {
            return Some((at, end));
        }
        let after = AFTER
            .find(&said[end..])
            .filter(|_| BEFORE.is_match(before))?;
        let rest = &said[end + after.end()..];
        doubt::judges(rest, true).then_some((at, end + after.end()))
    };
    let places = said.rmatch_indices(answer).take(MOST_PLACES);
    let mut whole = places
        .map(|(at, _)| at)
        .filter(|at| is_whole(said, *at, at + answer.len()));
    whole.find_map(denied)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_is_named_and_denied_is_found() {
        for said in [
            "So 4 is wrong.",
            "4 is incorrect; 5 is correct.",
            "Therefore `4` cannot be right.",
            "The answer 4 was not correct.",
            "So it is 5 and not 4.",
            "The answer is 5, not 4.",
            "It returns 5 instead of 4.",
            "5, not 4.",
            "Not 4 but 5.",
            "The answer is not 4.",
            "No, it isn't 4.",
        ] {
            assert!(last(said, "4").is_some(), "{said}");
        }
        for said in [
            "So 5 is wrong.",
            "So 4.5 is wrong.",
            "-4 is wrong.",
            "4 is wrong for other inputs if x is 0.",
            "Many think that 4 is wrong.",
            "It is 4 and not 5.",
            "4 is right.",
            "Not 4 times.",
            "It is not 4.5.",
            "It is not 4 lines long.",
            "The loop runs 5 and not 4 times.",
        ] {
            assert_eq!(last(said, "4"), None, "{said}");
        }
    }
}

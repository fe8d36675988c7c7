//! Words by which a response takes back what it said before them.

use std::sync::LazyLock;

use regex::Regex;

use super::quoted::Quoted;
use super::thought::pattern;
use super::{Form, corrected, doubt};

/// The beginning of a sentence, and sounds that say nothing.
const BEGINS: &str = r"(?:\A[\s,;:()\[`_~-]*|[.!?\n>*\x{2014}\x{2026}\x{3002}\x{ff01}\x{ff1f}])\s*\(?(?:(?:hmm*|oh|ah|uh|um|ok(?:ay)?|but|and|so|or)\b[,.!\s\x{2026}]*)*";

/// Words that take back for certain, since they say that something was wrong.
static FIRM: LazyLock<Regex> = LazyLock::new(|| {
    let opens = r"wait|no[,.!:\s]|actually|oops|sorry|hold on|on (?:second thought|reflection|closer (?:look|inspection))|apologies|edit\b|update\b|correction|let me (?:re-?check|correct|redo)";
    let faults = r"wrong|incorrect|mistake[ns]?|miscounted|miscalculated|misread|missed|forgot|overlooked|(?:not|isn't|wasn't|can't be|cannot be) (?:right|correct)|should (?:be|have been)|gives the wrong|(?:my|an|the|in) error|correction";
    let mild = r"never ?mind\b|(?:please )?(?:ignore|disregard) (?:that|this|it|my|the (?:above|answer|previous|last))\b|that was an? (?:mistake|error|wrong)\b|forget (?:that|this|it)\b";
    let alone = r"scratch that|my (?:previous|above|last|earlier|prior) (?:answer|result|guess|response|reply) (?:is|was) (?:wrong|incorrect|mistaken|not (?:right|correct))\b|strike that|i take (?:that|it|this) back|i retract\b|my (?:mistake|bad)\b|i(?: have|'ve|\x{2019}ve)? made an? (?:\w+ )?(?:mistake|error)|i(?: am|'m|\x{2019}m| was) (?:wrong|mistaken)\b|i (?:think i )?(?:got|had|did) (?:this|that|it) wrong\b|let me correct (?:that|myself|it|my)|correction\s*[:\x{ff1a}]";
    let judged = r"(?:(?:hmm*|oh|ah|no|but|and|which|well)\b[,.!\s\x{2026}]*)*(?:that|this|(?:my|this|that|the)(?: above| previous| prior| last| earlier)? (?:answer|result|guess|response|reply)|the above)(?:(?:'s|\x{2019}s| is| was)(?: \w+)? (?:wrong|incorrect|not right|not correct|mistaken|a mistake)| isn['\x{2019}]t (?:right|correct)| wasn['\x{2019}]t (?:right|correct))\b";
    let others = r"(?:moment|warte|halt|nein)\b[^\n]*?\b(?:falsch|fehler|richtig ist)\b|(?:espera|perd\x{f3}n|attends|pardon)\b[^\n]*?\b(?:incorrecto|incorrecte|error|erreur|faux)\b|(?:\x{7b49}\x{7b49}|\x{7b49}\x{4e00}\x{4e0b}|\x{62b1}\x{6b49})?[,\x{ff0c}]?(?:\x{4e0d}\x{5bf9}|\x{66f4}\x{6b63}|(?:\x{6211}|(?:\x{4e0a}\x{9762}|\x{4ee5}\x{4e0a}|\x{524d}\x{9762}|\x{521a}\x{624d}|\x{521a}\x{521a})\x{7684}?(?:\x{7b54}\x{6848}|\x{7ed3}\x{679c}|\x{56de}\x{7b54})?)(?:\x{641e}|\x{7b97}|\x{770b}|\x{8bfb}|\x{5199})?\x{9519}\x{4e86})[,\x{ff0c}:\x{ff1a}]?";
    pattern(&format!(
        r"(?i){BEGINS}(?:(?P<opens>{opens})[^\n]*?\b(?:{faults})\b|(?P<mild>{mild})|(?:{alone}|{others}))|(?:\A[^\w\n]*|\n)[\s*>(]*(?P<judged>{judged})"
    ))
});

/// Words that may take back: what comes behind them decides.
static LOOSE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r"(?i){BEGINS}(?:(?:wait|no|actually|sorry|oops|hold on|rather|edit|update|(?:my )?apologies|on (?:second thought|reflection)|\x{{7b49}}\x{{7b49}})(?:(?:[,.!:\x{{ff0c}}\x{{2014}}\x{{2026}}]|-+\s)+\s*|\s+(?:no|wait|actually)\b[,.]?\s*))+"
    ))
});

/// Words that take back where another answer follows them at once.
static LAX: LazyLock<Regex> = LazyLock::new(|| {
    let sounds = r"wait|nope|actually|sorry|oops|whoops|hold on|hang on|rather|(?:my |with )?apologies|on (?:second thoughts?|reflection|closer (?:look|inspection))";
    let check = r"let me (?:re-?\w+|double-?check|correct|fix|revise)(?: (?:that|this|it|myself|my answer))?|i (?:have |'ve |just )?(?:changed|change) my mind|i (?:need|have|want|must|should)(?: to)? correct (?:myself|that|this|it|my answer)|(?:please )?(?:disregard|ignore|forget)(?: (?:that|this|it|(?:the|my) (?:above|(?:previous |last )?answer)))?";
    let faults = r"not quite|not exactly|that(?:'s|\x{2019}s| is| was) off(?: by \w+)?|i(?: have| just)? (?:misread|miscounted|miscalculated|miscomputed|misunderstood|misjudged|mistyped|mistook|overlooked|forgot|missed)\b[^.:;,\n]{0,60}";
    let others = r"\x{7b49}\x{7b49}|\x{7b49}\x{4e00}\x{4e0b}|\x{4e0d}\x{5bf9}|\x{62b1}\x{6b49}|\x{5bf9}\x{4e0d}\x{8d77}|\x{4e0d}\x{597d}\x{610f}\x{601d}|\x{66f4}\x{6b63}|\x{4fee}\x{6b63}|\x{8a02}\x{6b63}|korrektur|correcci\x{f3}n|corre\x{e7}\x{e3}o|correzione|rectificaci\x{f3}n|\x{43e}\x{448}\x{438}\x{431}\x{43a}\x{430}|\x{438}\x{441}\x{43f}\x{440}\x{430}\x{432}\x{43b}\x{435}\x{43d}\x{438}\x{435}|\x{43f}\x{43e}\x{43f}\x{440}\x{430}\x{432}\x{43a}\x{430}|\x{438}\x{437}\x{432}\x{438}\x{43d}\x{438}\x{442}\x{435}|\x{43d}\x{435}\x{442}";
    let words = r"no|edit|update|(?:einen )?moment|warte|halt|nein|entschuldigung|espera|perd\x{f3}n|perdona|lo siento|attends|attendez|pardon|d\x{e9}sol\x{e9}e?|non";
    let signs = r"[,.!:;\x{ff0c}\x{3001}\x{3002}\x{ff1a}\x{ff01}\x{2014}\x{2013}\x{2026}]";
    pattern(&format!(
        r"(?i){BEGINS}(?:(?:{words}|{sounds}|{check}|{faults}|{others})(?:\s*{signs}+\s*|\s+-+\s+|\*+\s*)|(?:{sounds}|{check}|{others})\s+)+"
    ))
});

/// The last of such words, which are not many.
const MOST_WORDS: usize = 16;

/// A sentence behind an answer that gives the right one.
static CORRECTS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r"(?i){BEGINS}(?:(?:so|thus|therefore|hence|then)\b[,:]?\s*)?(?:the |my )?(?:(?:correct|right|actual|real|true)(?: final)? (?:answer|result|output|value)|(?:corrected|revised|updated|new)(?: final)? answer)\s*(?:(?:is|was|should be|would be)\b|:)"
    ))
});

/// Words with which a sentence gives another answer.
static GIVES: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\A(?:it(?:'s|\x{2019}s| is| should be| must be| returns)|(?:the )?(?:correct |right |actual |final |real )?(?:answer|result|output|value) (?:is|should be)|i meant?)\b",
    )
});

/// Words that stand by it after all.
static STANDS_BY: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:is|was|seems|looks) (?:indeed )?(?:right|correct)\b|\bstands\b|\bconfirm|\bno (?:mistake|error)|not (?:wrong|incorrect)|\bshould be (?:noted|mentioned|clear)\b",
    )
});

/// Bytes at the end of a text that are looked at, so that long ones take no time.
const MOST: usize = 1 << 16;

/// The part of a text behind the words that take back what is before them.
pub(super) struct Retraction<'s> {
    /// The text that follows them.
    pub(super) tail: &'s str,
    /// True if what was said before is no answer, whatever comes behind.
    pub(super) firm: bool,
}

/// True if firm words at a place of a text are about the answer before them.
fn is_about_answer(said: &str, found: std::ops::Range<usize>) -> bool {
    let rest = &said[found.end..];
    let parts = FIRM.captures_at(said, found.start);
    let part = |name| parts.as_ref().and_then(|parts| parts.name(name));
    let judged = part("judged").map(|judged| judged.as_str().to_lowercase());
    let named = |words: &str| {
        ["answer", "guess", "my ", "above"]
            .iter()
            .any(|n| words.contains(n))
    };
    match judged {
        Some(words) => doubt::judges(rest, named(&words)),
        None => part("mild").is_none() || doubt::settles(rest),
    }
}

/// The last words with another answer behind them at once.
fn corrected_behind(said: &str, quoted: &Quoted, form: &dyn Form) -> Option<(usize, usize)> {
    let all: Vec<_> = LAX.find_iter(said).collect();
    let last = all.iter().rev().take(MOST_WORDS);
    let found = last.map(|found| (found.start(), found.end()));
    found
        .filter(|(start, _)| !quoted.holds(*start) && !STANDS_BY.is_match(&said[*start..]))
        .find(|(_, end)| corrected::value(&said[*end..], form).is_some())
}

/// The last words of a text that take back what was said before them; `marked` where that was an answer
/// between marks, which loose words alone do not touch.
pub(super) fn last<'s>(said: &'s str, marked: bool, form: &dyn Form) -> Option<Retraction<'s>> {
    let said = &said[said.floor_char_boundary(said.len().saturating_sub(MOST))..];
    let quoted = Quoted::of(said);
    let firm = FIRM
        .find_iter(said)
        .filter(|found| !quoted.holds(found.start()))
        // `Is that wrong?` takes nothing back.
        .filter(|found| !said[found.end()..].trim_start().starts_with('?'))
        // `Never mind the warning.` takes nothing back, either.
        .filter(|found| is_about_answer(said, found.range()))
        .last()
        .and_then(|found| {
            let opens = FIRM.captures_at(said, found.start())?.name("opens");
            Some((
                found.start(),
                opens.map_or(found.end(), |opens| opens.end()),
            ))
        })
        .filter(|(at, _)| !STANDS_BY.is_match(&said[*at..]));
    let loose = LOOSE
        .find_iter(said)
        .filter(|found| !quoted.holds(found.start()))
        .map(|found| (found.start(), found.end()))
        .filter(|(_, end)| !marked || GIVES.is_match(&said[*end..]))
        .last();
    let corrects = || {
        let found = CORRECTS.find_iter(said).filter(|_| marked).last();
        found.map(|found| (found.start(), found.start()))
    };
    let loose = loose.or_else(corrects);
    let loose = loose.max(corrected_behind(said, &quoted, form));
    let (start, firm) = match (firm, loose) {
        // `[ANSWER]4[/ANSWER] is wrong.`
        (None, None) if marked && doubt::rejected(said) => (0, true),
        // `Wait, that is wrong. No, it is 7.`
        (Some((at, _)), Some((other, end))) if other > at => (end, true),
        (Some((_, start)), _) => (start, true),
        (None, Some((_, end))) => (end, false),
        (None, None) => return None,
    };
    let signs =
        |c: char| c.is_whitespace() || ",.:;!*>\u{ff0c}\u{ff1a}\u{2014}\u{2026}".contains(c);
    let tail = said[start..].trim_start_matches(signs);
    let tail = LOOSE
        .find(tail)
        .filter(|found| found.start() == 0)
        .map_or(tail, |found| &tail[found.end()..]);
    Some(Retraction { tail, firm })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::AnyText;

    #[test]
    fn what_is_said_last_is_told_from_what_was_taken_back() {
        for (said, marked, is) in [
            (
                "6.\n\nWait, that's not right. It's 7.",
                false,
                Some(("that's not right. It's 7.", true)),
            ),
            ("6\nCorrection: 7", false, Some(("7", true))),
            ("Line 8. Wait, no, line 7.", false, Some(("line 7.", false))),
            (
                "A\n\nWait, actually, it's B.",
                true,
                Some(("it's B.", false)),
            ),
            (
                "\nHmm, wait. I was wrong; it should be 7.",
                true,
                Some(("I was wrong; it should be 7.", true)),
            ),
            ("Actually, Python rounds half to even.", true, None),
            ("\nWait, is that wrong? No.", true, None),
            ("\nWait, is it an error? No, 6 is correct.", true, None),
            ("\nNever mind the warning.", true, None),
            ("\nNever mind that.", true, Some(("that.", true))),
            ("The answer is 5.", false, None),
        ] {
            let found = last(said, marked, &AnyText).map(|found| (found.tail, found.firm));
            assert_eq!(found, is, "{said}");
        }
    }
}

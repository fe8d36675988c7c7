//! The answer that words give in place of one that they take back.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

use super::dress::{self, Within, unquoted};
use super::thought::pattern;
use super::words::{self, Words};
use super::{Form, Found, among, is_naming, places, readable};

/// Words between those that take an answer back and the one in its place.
static LEADS: LazyLock<Regex> = LazyLock::new(|| {
    let sounds =
        r"(?:hmm*|oh|ah|so|but|then|thus|therefore|hence|rather|actually|no|wait|nope)\b[,.:!\s]+";
    let it = r"(?:it|that|this)(?:(?:'s|\x{2019}s|'ll be| is| was| will be| would be| should be| must be| should have been| returns?| gives| outputs| prints| raises| evaluates to)\b)(?: actually| really| just)?";
    let named = r"(?:the |my )?(?:(?:correct|right|actual|final|real|true|corrected|revised|updated|new) )*(?:answer|result|output|value)(?:(?:'s| is| was| should be| must be| would be)\b|\s*:)";
    let others = r"(?:es ist|c(?:'|\x{2019})est|es|deber\x{ed}a ser|\x{43f}\x{440}\x{430}\x{432}\x{438}\x{43b}\x{44c}\x{43d}\x{44b}\x{439} \x{43e}\x{442}\x{432}\x{435}\x{442}|\x{44d}\x{442}\x{43e})\s|(?:\x{7b54}\x{6848})?(?:\x{5e94}\x{8be5}|\x{5e94})?(?:\x{662f}|\x{4e3a})";
    let faults = r"i (?:have |just )?(?:misread|miscounted|miscalculated|miscomputed|misunderstood|misjudged|mistyped|mistook|double[- ]counted|overlooked|forgot|missed|skipped)\b[^.,:;\n]{0,60}[.,:]+";
    pattern(&format!(
        r"(?i)\A(?:{sounds}|(?:{it}|{named}|should be\b|i'd say\b)\s*:?|{others}|{faults}|{MEANT})\s*"
    ))
});

/// Words that can only have an answer behind them.
const MEANT: &str =
    r"(?:i mean(?:t)?(?: to (?:write|say|put|type|give|answer|enter))?|make (?:that|it))\b\s*:?";

/// Those words at the beginning of a sentence.
static MEANS: LazyLock<Regex> = LazyLock::new(|| pattern(&format!(r"(?i)\A{MEANT}")));

/// An answer that the words behind it call the right one.
static CORRECT_ONE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\A([^\s,;][^,;\n]{0,80}?) is (?:the )?(?:correct|right|actual|answer)(?: (?:one|answer|result|value|output))?[.!]?\z",
    )
});

/// Words of a sentence about a loop that say what comes out of it.
static ENDS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:ends|ended|stops|stopped|finishes|halts|terminates)(?: up)? (?:at|with|on)\s+",
    )
});

/// A call in a sentence, which may be another one than that in question.
static CALL: LazyLock<Regex> = LazyLock::new(|| pattern(r"\w\("));

/// Bytes behind the words that are looked at.
const MOST: usize = 2_000;

/// The text, where it is an answer and nothing else.
pub(super) fn alone<'s>(text: &'s str, form: &dyn Form) -> Option<Cow<'s, str>> {
    let text = unquoted(words::untyped(text.trim()), Within::Sentence, form);
    if text.is_empty() || form.is_any() {
        return None;
    }
    if form.is_alone(text) {
        return Some(Cow::Borrowed(text));
    }
    if let Some(plain) = dress::plain(text) {
        let bare = unquoted(&plain, Within::Marks, form);
        if form.is_alone(bare) {
            return Some(Cow::Owned(bare.to_owned()));
        }
    }
    // `three times`
    let few = text.split_whitespace().count() <= 2 && !text.contains('\n');
    few.then(|| readable(Cow::Borrowed(text), form)).flatten()
}

/// The answer that the first sentence of a text is, behind words that only lead to it.
fn stated<'s>(line: &'s str, form: &dyn Form) -> Option<Cow<'s, str>> {
    let mut rest = line;
    for _ in 0..6 {
        if let Some(found) = first(rest, form) {
            return Some(found);
        }
        // Of any text, only what is called the answer is one.
        if form.is_any() && MEANS.is_match(rest) {
            let said = LEADS.replace(rest, "");
            let text = unquoted(&said, Within::Sentence, form);
            let short =
                !text.is_empty() && text.len() <= 60 && !text.contains(['.', ',', ';', ':']);
            return short.then(|| Cow::Owned(text.to_owned()));
        }
        let lead = LEADS.find(rest)?;
        rest = &rest[lead.end()..];
    }
    None
}

/// The answer that a text is, or that its first sentence is.
fn first<'s>(text: &'s str, form: &dyn Form) -> Option<Cow<'s, str>> {
    let sentences = [". ", "! ", "\u{3002}"]
        .into_iter()
        .filter_map(|end| text.find(end).map(|at| &text[..at]));
    let named = CORRECT_ONE.captures(text).and_then(|found| found.get(1));
    let named = named.map(|answer| answer.as_str());
    [
        Some(text),
        words::lead(text),
        words::contrasted(text),
        named,
    ]
    .into_iter()
    .flatten()
    .chain(sentences)
    .find_map(|text| alone(text, form))
}

/// The answer at the end of a sentence that is all there is: `the loop has two rounds, which gives 4.`
fn concluded<'s>(line: &'s str, form: &dyn Form) -> Option<Cow<'s, str>> {
    let result = match form.is_input() {
        true => Words::Input,
        false => Words::Result,
    };
    let ends = ENDS.find_iter(line).last();
    let ends = ends.map(|found| (found.start(), found.end()));
    let (start, end) = [
        words::last(line, Words::Named, form),
        words::last(line, result, form),
        ends,
    ]
    .into_iter()
    .flatten()
    .max_by_key(|(_, end)| *end)?;
    let (before, text) = (&line[..start], line[end..].trim());
    // `gives 0, 1, 2`: what comes of each round.
    let listed = text.contains(',') && text.starts_with(|c: char| c.is_ascii_digit() || c == '-');
    let other = before.contains(['?', '\u{ff1f}']) || CALL.is_match(before) || listed;
    if other || !form.is_subject(before) {
        return None;
    }
    alone(text, form)
}

/// The answer in the text behind words that take another one back, where it is said at once.
pub(super) fn value<'s>(tail: &'s str, form: &dyn Form) -> Option<Cow<'s, str>> {
    let tail = tail.trim();
    let near = &tail[..tail.floor_char_boundary(MOST)];
    let line = near.lines().next().unwrap_or_default().trim_end();
    // `(Edit: it is 4.)`
    let inner = line.strip_suffix(')').filter(|inner| {
        let count = |sign| line.matches(sign).count();
        !inner.is_empty() && count('(') < count(')')
    });
    let (ends, line) = (line.len() == tail.len(), inner.unwrap_or(line));
    stated(line, form).or_else(|| ends.then(|| concluded(line, form)).flatten())
}

/// The answer that the text behind such words gives.
pub(super) fn found<'s>(tail: &'s str, form: &dyn Form) -> Option<Found<'s>> {
    let all = among(places::unmarked(tail, form), form, true);
    if all.as_ref().is_some_and(|found| is_naming(found.rule)) {
        return all;
    }
    // `Wait, 7. .. **5**`
    let later = tail.trim().split_once('\n').and_then(|(_, rest)| {
        let last = among(places::unmarked(rest, form), form, true)?;
        (!form.is_any() && form.is_alone(&last.text)).then_some(last)
    });
    if later.is_some() {
        return later;
    }
    let found = value(tail, form).map(|text| Found {
        text,
        rule: "correction",
        closed: false,
    });
    found.or(all)
}

//! Finding the answer in a response.

mod ahead;
mod blame;
mod corrected;
mod cut;
mod disowned;
pub(crate) mod doubt;
mod dress;
mod headings;
mod marks;
mod places;
mod quoted;
mod retract;
mod span;
mod thought;
mod words;
mod wrapped;

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use dress::{Within, unquoted};
use places::Place;

use crate::large;

pub(crate) use cut::is_unsettled;
pub(crate) use marks::marked;

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

    /// The text in the form of an answer, where it says one in another way.
    fn respelled(&self, text: &str) -> Option<String> {
        let _ = text;
        None
    }

    /// True if the text is an answer and nothing else, so that it can be one without words that call it so.
    fn is_alone(&self, text: &str) -> bool {
        self.reads(text)
    }

    /// Text of an answer that is a member of a JSON object, such as `{"answer": 5}`.
    fn member(&self, value: &Value) -> Option<String> {
        match value {
            Value::String(text) => Some(large::digits(value).unwrap_or(text).to_owned()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// Names that a member of a JSON object with an answer of this form has, beside those of any answer.
    fn names(&self) -> &'static [&'static str] {
        &[]
    }

    /// True if answers are numbers, of which `> 5` is none.
    fn is_number(&self) -> bool {
        false
    }

    /// True if a clause before a result speaks of what is asked about, as far as it can be told.
    fn is_subject(&self, clause: &str) -> bool {
        let _ = clause;
        true
    }

    /// True if a clause before a result says that it speaks of something else, such as another call.
    fn is_elsewhere(&self, clause: &str) -> bool {
        let _ = clause;
        false
    }

    /// True if an answer may go over several lines in brackets.
    fn is_bracketed(&self) -> bool {
        false
    }

    /// True if the text ends as the answer does, so that a full stop or other dress at its end is a part of it.
    fn is_complete(&self, text: &str) -> bool {
        let _ = text;
        false
    }

    /// True if every text has this form.
    fn is_any(&self) -> bool {
        false
    }

    /// True if answers are inputs of the program in question, so that what it returns is none.
    fn is_input(&self) -> bool {
        false
    }
}

/// A form that accepts any text.
pub(crate) struct AnyText;

impl Form for AnyText {
    fn is_any(&self) -> bool {
        true
    }
}

/// An answer and the rule that found it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found<'a> {
    /// The answer's text, trimmed.
    pub text: Cow<'a, str>,
    /// Name of the rule that found the answer.
    pub rule: &'static str,
    /// True if the answer's closing mark is present, so that nothing was cut off.
    pub closed: bool,
}

impl<'a> Found<'a> {
    fn whole(text: &'a str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty()).then_some(Self {
            text: Cow::Borrowed(text),
            rule: "whole",
            closed: false,
        })
    }
}

/// The answer in a response.
///
/// Thought is no answer: what stands between `<think>` and `</think>` and the like, what a channel other
/// than `final` holds, and all of a response whose thought does not end. Of the rest, what follows the last thought
/// comes before what precedes it, which counts where no answer follows and nothing takes it back. There, the last text
/// between `[ANSWER]` and `[/ANSWER]` counts, in any case, then what follows the last `[ANSWER]`; where there
/// are none, `<answer>` does. An answer that is taken back behind its marks does not count. Without such marks
/// there are several places: a member `answer` of a JSON object, the last fenced block, `\boxed{..}`, what
/// follows the last `answer is` or `answer:` and such words of other languages, a block of lines of the form
/// that is asked for, the last line, and in it what follows `output is`, `returns` and the like. The one that
/// stands last and can be an answer of the form counts.
///
/// Marks and tags inside of a quoted literal are text. A full stop after an answer is removed if it cannot be
/// a part of it: after anything but a digit, and after a digit at the end of a sentence. What has the form of an
/// answer only without commands of LaTeX, full-width signs or typographic quotes is read without them.
#[must_use]
pub fn extract<'a>(
    response: &'a str,
    extraction: Extraction,
    form: &dyn Form,
) -> Option<Found<'a>> {
    if extraction == Extraction::Whole {
        return Found::whole(response);
    }
    let parts = thought::parts(response);
    let mut parts = parts.iter().filter(|part| !part.trim().is_empty());
    let said = parts.next()?;
    let found = of_part(said, form);
    let settled = found.as_ref().is_some_and(|found| is_answer(found, form));
    if settled || retract::last(said, Some(""), form).is_some() {
        return found;
    }
    // `[ANSWER]3[/ANSWER]`, a thought, `Done.`: what stands before a thought is said, too, where what follows it gives
    // nothing else.
    let mut later = *said;
    for part in parts {
        if !CLOSING.is_match(later) {
            break;
        }
        let before = of_part(part, form);
        if before.as_ref().is_some_and(|found| is_answer(found, form)) {
            return before;
        }
        later = part;
    }
    found
}

/// Words behind an answer that only close a response.
static CLOSING: LazyLock<Regex> = LazyLock::new(|| {
    let done = r"(?:i(?:'m|\x{2019}m| am) |we(?:'re|\x{2019}re| are) |all )?(?:done|finished|set|good)(?: (?:here|now))?";
    let that = r"(?:and |so )?(?:that|this|it)(?:'s|\x{2019}s| is) (?:it|all|everything|(?:my|the) (?:final |full |whole |complete )?answer)";
    let hope = r"(?:i )?hope (?:this|that|it) (?:helps|is (?:clear|useful|helpful))[\w ]{0,20}";
    let above = r"(?:the |my )?(?:final )?answer (?:is|stands|is given|can be found|was given) above|(?:see|as) (?:above|before|(?:given|stated|shown) above)|(?:my|the) answer (?:stands|is final)";
    let verified = r"(?:i(?:'ve|\x{2019}ve| have)? )?(?:(?:double-?|re-?)?checked|verified|confirmed)(?: (?:it|this|that|the answer|my answer))?(?: again)?|(?:yes|ok(?:ay)?|great|right|thanks|thank you|cheers|fertig|listo|termin\x{e9}|\x{5b8c}\x{6210})";
    let ask =
        r"(?:please )?let me know[a-z ,'\x{2019}]{0,60}|feel free to ask[a-z ,'\x{2019}]{0,60}";
    thought::pattern(&format!(
        r"(?i)\A(?:[\W_&&[^\d'\x22`(\[{{<]]*(?:{done}|{that}|{hope}|{above}|{verified}|{ask}))*[\s.!*_\x{{3002}}\x{{ff01}}\x{{1f300}}-\x{{1faff}}\x{{2705}}\x{{2714}}\x{{fe0f}}]*\z"
    ))
});

/// True if what was found can be read, and any text only where it is called the answer.
fn is_answer(found: &Found<'_>, form: &dyn Form) -> bool {
    let marked = ["marks", "opening mark", "closing mark"].contains(&found.rule);
    marked || form.reads(&found.text) && (!form.is_any() || is_naming(found.rule))
}

/// The answer in a part of a response in which there is no thought.
fn of_part<'a>(said: &'a str, form: &dyn Form) -> Option<Found<'a>> {
    let found = match marks::marked(said) {
        Some(marked) => {
            let kept = |marked: marks::Marked<'a>| Found {
                text: inside(marked.text, form),
                rule: marked.rule,
                closed: marked.closed,
            };
            let tail = said.get(marked.end..).filter(|_| marked.closed);
            // Behind an answer `No`, this word is the answer once more.
            let tail = tail.filter(|tail| !doubt::repeats(tail, marked.text));
            match tail.and_then(|tail| retract::last(tail, Some(marked.text), form)) {
                Some(back) => {
                    let other = corrected::found(back.tail, form);
                    let other = other.filter(|other| back.firm || is_naming(other.rule));
                    other.or_else(|| (!back.firm).then(|| kept(marked)))
                }
                None => Some(kept(marked)),
            }
        }
        None => match retract::last(said, None, form) {
            Some(back) => {
                let other = corrected::found(back.tail, form);
                let other =
                    other.filter(|other| back.firm || !form.is_any() || is_naming(other.rule));
                let all = || among(places::unmarked(said, form), form, false);
                other.or_else(|| (!back.firm).then(all).flatten())
            }
            None => {
                let all = among(places::unmarked(said, form), form, false);
                match all {
                    Some(found) if is_answer(&found, form) => Some(found),
                    all => before_reasons(said, form)
                        .or_else(|| ahead::before_closing(said, form))
                        .or_else(|| ahead::found(said, form))
                        .or(all),
                }
            }
        },
    };
    found.filter(|found| !found.text.is_empty())
}

/// True for rules that find what is called the answer.
fn is_naming(rule: &str) -> bool {
    [
        "words",
        "last sentence",
        "box",
        "member",
        "heading",
        "correction",
    ]
    .contains(&rule)
}

/// A line that begins the reasons for the answer before it.
static REASONS: LazyLock<Regex> = LazyLock::new(|| {
    thought::pattern(
        r"(?im)^[ \t#>*_]*(?:explanation|reason(?:ing)?|rationale|justification|why|because|here's why|step[- ]by[- ]step|erkl\x{e4}rung|begr\x{fc}ndung|explicaci\x{f3}n|explication|explica\x{e7}\x{e3}o|\x{89e3}\x{91ca}|\x{89e3}\x{6790}|\x{7406}\x{7531}|\x{8bf4}\x{660e}|\x{8aac}\x{660e})\b[^\n]*",
    )
});

/// Words in reasons by which they are more than that.
static UNSETTLED: LazyLock<Regex> = LazyLock::new(|| {
    thought::pattern(
        r"(?i)\b(?:wait|actually|oops|hmm+|correction|mistake|wrong|however|instead|rather|alternatively|or)\b|\?",
    )
});

/// The answer before a heading such as `Explanation:`, where the reasons behind it say no other one.
fn before_reasons<'a>(said: &'a str, form: &dyn Form) -> Option<Found<'a>> {
    let reasons = REASONS.find(said)?;
    let (answer, why) = said.split_at(reasons.start());
    // Any text can be an answer: only what is called an explanation tells it from what comes before it.
    let called = !form.is_any()
        || ["xplanation", "\u{89e3}", "\u{8bf4}"]
            .iter()
            .any(|word| reasons.as_str().contains(word));
    let settled = called && !answer.trim().is_empty() && !UNSETTLED.is_match(why);
    settled
        .then(|| among(places::unmarked(answer, form), form, true))
        .flatten()
}

/// A text between marks without white space and dress around it.
pub(crate) fn bare(marked: &str) -> &str {
    unquoted(marked, Within::Marks, &AnyText)
}

/// Text between marks, in the form that is asked for.
fn inside<'a>(marked: &'a str, form: &dyn Form) -> Cow<'a, str> {
    let text = marked.trim_start();
    // `[ANSWER]: 5`
    let text = match text.strip_prefix([':', '=']) {
        Some(rest) if rest.starts_with(' ') => rest,
        _ => text,
    };
    let text = unquoted(text, Within::Marks, form);
    if let Some(read) = dressed(text, form) {
        return read;
    }
    // `return 5`
    let returned = ["return ", "returns "]
        .iter()
        .find_map(|word| text.strip_prefix(word))
        .and_then(|value| readable(Cow::Borrowed(value.trim()), form));
    if let Some(read) = returned {
        return read;
    }
    if let Some(found) = before_reasons(text, form).or_else(|| ahead::found(text, form)) {
        return found.text;
    }
    // `Trace: call 0 1 f`, and the lines below.
    let block = form.block(text).filter(|block| {
        let before = text[..block.start].trim();
        let label = before.ends_with(':') && before.len() < 40 && !before.contains('\n');
        label && block.end == text.len() && !doubt::denied(before, form.is_input())
    });
    if let Some(read) = block.and_then(|block| readable(Cow::Borrowed(&text[block]), form)) {
        return read;
    }
    // A sentence that says the answer, on a line of its own.
    let sentence = places::unmarked(text, form)
        .into_iter()
        .filter(|place| ["words", "last sentence", "box"].contains(&place.rule))
        .filter(|_| !text.contains('\n'))
        .find_map(|place| readable(place.text, form));
    sentence.unwrap_or(Cow::Borrowed(text))
}

/// Text between marks, where it is an answer, or one behind an arrow or before a semicolon.
fn dressed<'a>(text: &'a str, form: &dyn Form) -> Option<Cow<'a, str>> {
    if form.is_any() {
        return form.reads(text).then_some(Cow::Borrowed(text));
    }
    if let Some(read) = readable(Cow::Borrowed(text), form) {
        return Some(read);
    }
    if text.contains('\n') {
        return None;
    }
    // `5;`, `-> 5`
    [
        text.strip_suffix(';').map(str::trim_end),
        words::shown(text),
    ]
    .into_iter()
    .flatten()
    .find_map(|text| readable(Cow::Borrowed(unquoted(text, Within::Marks, form)), form))
}

/// The last of the places that has the form, or else the last one, where what cannot be read is an answer.
fn among<'a>(mut places: Vec<Place<'a>>, form: &dyn Form, must_read: bool) -> Option<Found<'a>> {
    places.sort_by_key(|place| std::cmp::Reverse(place.start));
    let found = |text, rule| Found {
        text,
        rule,
        closed: false,
    };
    let mut first = None;
    for place in places {
        if let Some(text) = readable(place.text.clone(), form) {
            return Some(found(text, place.rule));
        }
        first = first.or(Some(place));
    }
    first
        .filter(|_| !must_read)
        .map(|place| found(place.text, place.rule))
}

/// The text, or what it spells in another way, where that has the form of an answer.
fn readable<'a>(text: Cow<'a, str>, form: &dyn Form) -> Option<Cow<'a, str>> {
    if form.reads(&text) {
        return Some(text);
    }
    if let Some(spelled) = form.respelled(&text) {
        return Some(Cow::Owned(spelled));
    }
    let plain = dress::plain(&text)?;
    let bare = unquoted(&plain, Within::Marks, form);
    if form.reads(bare) {
        return Some(Cow::Owned(bare.to_owned()));
    }
    form.respelled(bare).map(Cow::Owned)
}

/// The part of a response that is no thought.
#[must_use]
pub fn said(response: &str) -> &str {
    thought::without(response)
}

/// Answer between marks, or else all that a response says, for judges that look at the whole of it.
#[must_use]
pub fn whole(response: &str, extraction: Extraction) -> Option<Found<'_>> {
    if extraction == Extraction::Whole {
        return Found::whole(response);
    }
    let said = said(response);
    match marks::marked(said) {
        Some(marked) => {
            let text = Cow::Borrowed(bare(marked.text));
            (!text.is_empty()).then_some(Found {
                text,
                rule: marked.rule,
                closed: marked.closed,
            })
        }
        None => Found::whole(said),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(response: &str) -> Option<String> {
        extract(response, Extraction::Marked, &AnyText).map(|found| found.text.into_owned())
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
            assert_eq!(text(response).as_deref(), Some(answer), "{response}");
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
            assert_eq!(text(response).as_deref(), answer, "{response}");
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
            assert_eq!(text(response).as_deref(), Some(answer), "{response}");
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

    #[test]
    fn long_responses_take_no_longer_than_their_length() {
        let trace = crate::judge::by_name("trace").unwrap().form();
        let literal = crate::judge::by_name("literal").unwrap().form();
        for (part, form) in [
            ("[ANSWER]", literal),
            ("[/ANSWER]", literal),
            ("[ANSWER][/ANSWER]", literal),
            ("<think>", literal),
            ("</think> ", literal),
            ("\n<think>", literal),
            ("'a' ", literal),
            ("==", literal),
            ("f(1) == ", literal),
            ("**Answer:** ", literal),
            ("```", literal),
            ("\\boxed{", literal),
            ("[\n", literal),
            ("(1,\n2),\n", literal),
            ("1,\n", literal),
            ("Answer: [1,\n2]\n", literal),
            ("'''\n", literal),
            ("line 0 1\n", trace),
            ("call 0 1 f\n  n = 1\n", trace),
            ("\n", trace),
        ] {
            let response = part.repeat(2_000_000 / part.len());
            // Some hundredths of a second each; what grows with the square of the length takes minutes.
            let found = extract(&response, Extraction::Marked, form);
            assert!(found.is_none_or(|found| found.text.len() <= response.len()));
        }
    }
}

//! An answer that a response begins with, before reasons or wishes that no heading sets apart.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

use super::thought::pattern;
use super::{CLOSING, Form, Found, REASONS, among, corrected, doubt, places};

/// Words of a response by which its first line may not be all that it says.
static UNSETTLED: LazyLock<Regex> = LazyLock::new(|| {
    let english = r"\b(?:wait|actually|oops|hmm+|correction|mistake|wrong|incorrect|alternatively|hold on|not sure|unsure|maybe|perhaps|either|torn|possibly|probably|guess|assum(?:e|ing)|instead|rather|on second thought|sorry|apolog\w+|let's|let me (?:re-?\w+|check|verify|think|see|trace|look|compute|calculate|start|double|walk|first|try|work)|now (?:let|we|i)|(?:this|that) is (?:only|just))\b|[?\x{ff1f}]|^\W*(?:or|but|however|not|no|unless|if)\b|\bhowever\b";
    let others =
        r"\x{7b49}\x{7b49}|\x{4e0d}\x{5bf9}|\x{9519}|\x{4f46}|\bfalsch\b|\bwarte\b|\bespera\b";
    pattern(&format!(r"(?im){english}|{others}"))
});

/// Words that have one of those in them and settle nothing less.
static HARMLESS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?i)\b(?:instead of|rather than|let me know|not only|whether or not)\b")
});

fn is_unsettled(text: &str) -> bool {
    UNSETTLED.is_match(&HARMLESS.replace_all(text, "so"))
}

/// The beginning of a line that says what the question asks for.
static SUBJECT: LazyLock<Regex> = LazyLock::new(|| {
    let lead = r"(?:so|thus|therefore|hence|sure|okay|certainly|of course|here(?:'s| is)|for example|e\.g\.|for instance|one (?:possible|such))\b[,.!:]*\s*";
    let what = r"(?:(?:the|this|that|your|my|an?|given|whole|python|final|correct|expected|above|following|possible) )*(?:(?:function|program|code|snippet|expression|call|result|output|answer|value|return value|returned value|method|input|argument|exception|error|statement|assertion|script)(?: call)?\b|it (?:is|returns|will|would|raises|prints|outputs|evaluates|gives)|[`*]*[\w.]+\([^\n]*\)[`*]*\s*(?:=|->|=>|\x{2192}|\x{21d2}|returns|evaluates|is|gives|will|raises|yields))";
    let others = r"\x{7b54}\x{6848}|\x{7ed3}\x{679c}|\x{8f93}\x{51fa}|\x{8fd4}\x{56de}|(?:die|das) (?:antwort|ergebnis|ausgabe|funktion)|(?:la|el|le|il) (?:respuesta|resultado|funci\x{f3}n|salida|r\x{e9}ponse|r\x{e9}sultat|fonction|risultato|funzione)";
    pattern(&format!(
        r"(?i)\A[\s*_`>#-]*(?:{lead})*[*_`]*(?:{what}|{others})"
    ))
});

/// A call that a program makes on its way.
static CALLS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?i)\b(?:call(?:s|ing)?(?: (?:to|of))?|inner|nested|recursive) [`*]*\w+\(")
});

/// A line that is a fence and nothing else.
fn is_fence(line: &str) -> bool {
    let line = line.trim();
    line.starts_with("```") || line.starts_with("~~~")
}

/// The most bytes of a first line that is an answer, and of the reasons that are looked through.
const MOST: usize = 2_000;

/// The answer that a line gives: alone, or in a sentence about what is asked for.
fn given<'s>(line: &'s str, form: &dyn Form) -> Option<Found<'s>> {
    let text = line.trim();
    if text.is_empty() || text.len() > MOST || is_fence(text) {
        return None;
    }
    if let Some(text) = corrected::alone(text, form) {
        return Some(first_line(text));
    }
    if !SUBJECT.is_match(text) || CALLS.is_match(text) && !form.is_input() {
        return None;
    }
    if form.is_input()
        && let Some(text) = only_code(text, form)
    {
        return Some(first_line(Cow::Borrowed(text)));
    }
    let found = among(places::unmarked(line, form), form, true)?;
    Some(first_line(found.text))
}

/// An answer that a first line gives.
fn first_line(text: Cow<'_, str>) -> Found<'_> {
    Found {
        text,
        rule: "first line",
        closed: false,
    }
}

/// The only piece of code in a sentence that is an answer: ``For example, `f(1)` returns 2.``
fn only_code<'s>(sentence: &'s str, form: &dyn Form) -> Option<&'s str> {
    let pieces = sentence.split('`').skip(1).step_by(2);
    let mut read = pieces.filter(|piece| form.reads(piece));
    let piece = read.next().filter(|_| read.next().is_none())?;
    let at = piece.as_ptr() as usize - sentence.as_ptr() as usize;
    let after = sentence[at + piece.len()..].trim_start_matches('`');
    (!doubt::denied(&sentence[..at], true) && !doubt::withdrawn(after)).then_some(piece)
}

/// The first line of a text, with the one that a colon at its end announces, and the rest.
fn head(said: &str) -> (&str, &str) {
    let body = said.trim_start();
    let start = said.len() - body.len();
    let line = body.lines().next().unwrap_or_default();
    let mut end = start + line.len();
    if line
        .trim_end()
        .trim_end_matches(['*', '_'])
        .ends_with([':', '\u{ff1a}'])
    {
        let rest = &said[end..];
        let next = rest.trim_start();
        let at = end + (rest.len() - next.len());
        end = at + next.lines().next().unwrap_or_default().len();
    }
    (&said[start..end], &said[end..])
}

/// The answer at the beginning of a text whose rest gives no other one and is not unsettled.
pub(super) fn found<'s>(said: &'s str, form: &dyn Form) -> Option<Found<'s>> {
    // Reasons below a heading of their own have been looked at.
    if form.is_any() || REASONS.is_match(said) {
        return None;
    }
    let said = said.trim_end();
    let (head, rest) = head(said);
    let found = match head.trim().split_once('\n') {
        // `The result is:`, and below it the answer.
        Some((label, line)) => {
            first_line(corrected::alone(line, form).filter(|_| SUBJECT.is_match(label))?)
        }
        None => given(head, form)?,
    };
    // A fence at the end only.
    let rest = rest.trim().trim_matches(['`', '~']).trim();
    let rest = &rest[..rest.floor_char_boundary(MOST * 8)];
    let other = |line: &str| given(line, form).is_some_and(|other| other.text != found.text);
    let settled = !is_unsettled(rest) && !is_unsettled(head) && !rest.lines().map(point).any(other);
    settled.then_some(found)
}

/// A line without the sign of a list before it.
fn point(line: &str) -> &str {
    let line = line.trim();
    let bare = ["- ", "* ", "\u{2022} "]
        .iter()
        .find_map(|sign| line.strip_prefix(sign));
    bare.unwrap_or(line)
}

/// The answer of a text behind which the last paragraph only closes it: `Let me know if you need more.`
pub(super) fn before_closing<'s>(said: &'s str, form: &dyn Form) -> Option<Found<'s>> {
    if form.is_any() {
        return None;
    }
    let (body, last) = said.trim_end().rsplit_once("\n\n")?;
    let closes = last.len() < 200 && CLOSING.is_match(last);
    closes
        .then(|| among(places::unmarked(body, form), form, true))
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(said: &str) -> Option<String> {
        let literal = crate::judge::by_name("literal").unwrap().form();
        found(said, literal).map(|found| found.text.into_owned())
    }

    #[test]
    fn a_first_line_is_an_answer_where_the_rest_gives_reasons() {
        for said in [
            "5\n\nThis is because the loop runs twice.",
            "The result is:\n\n`5`\n\nThe loop runs twice.",
            "The expression evaluates to `5`.\n\nx starts at 3.",
            "**Result:** 5\n\nNote: the loop runs twice.",
            "5\n\nLet me know if you need more.",
            "5\n```",
            "Sure! The output is `5`.\n\nIt adds 2 to x, and does so instead of looping.",
            "5\nThe loop runs twice, and 5 is what is left:\n- 5",
        ] {
            assert_eq!(text(said).as_deref(), Some("5"), "{said}");
        }
        for said in [
            "5\n\nWait, the loop runs twice.",
            "5\n\nThe function returns 6, since it loops.",
            "5\n\n6\n\nOne of these.",
            "5\n\nIs it?",
            "x = 5\n\nThen the loop runs.",
            "The call to g(2) returns 5.\n\nThen 2 is added.",
            "Step 1 gives 5.\n\nThen the loop runs.",
            "The result is not 5.\n\nThe loop runs twice.",
            "5\n\nor 6, I am not sure.",
            "5\n\nLet me trace the loop to be certain.",
        ] {
            assert_eq!(text(said), None, "{said}");
        }
    }
}

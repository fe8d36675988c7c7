//! Answers between marks.

use std::sync::LazyLock;

use regex::Regex;

use super::quoted::Quoted;
use super::thought::pattern;

/// The marks that prompts ask for, and those that some models write instead: each opening one with its closing
/// one.
static MARKS: LazyLock<[(Regex, Regex); 3]> = LazyLock::new(|| {
    [
        (
            r"(?i)(?:\\?\[|[\x{3010}\x{ff3b}]){1,2} ?(?:final[ _])?answer ?(?:\\?\]|[\x{3011}\x{ff3d}]){1,2}",
            r"(?i)(?:\\?\[|[\x{3010}\x{ff3b}]){1,2} ?[/\\] ?(?:final[ _])?answer ?(?:\\?\]|[\x{3011}\x{ff3d}]){1,2}",
        ),
        (
            r"(?i)(?:<|&lt;)(?:final_)?answer(?:>|&gt;)",
            r"(?i)(?:<|&lt;)/(?:final_)?answer(?:>|&gt;)",
        ),
        (
            r#"(?i)<parameter(?:=| name=)"?(?:final_)?answer"?>"#,
            r"(?i)</parameter>",
        ),
    ]
    .map(|(open, close)| (pattern(open), pattern(close)))
});

/// The beginning of a closing mark, as where a text stops or is cut off within it.
static CUT: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)\[/(?:a(?:n(?:s(?:w(?:er?)?)?)?)?)?\s*\z"));

/// A closing tag behind an opening mark in brackets.
static OTHER_CLOSE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)\A[^<\n]{1,400}(</(?:final_)?answer>)"));

/// Range of such a tag on the line that a mark begins.
fn other_close(rest: &str) -> Option<(usize, usize)> {
    let tag = OTHER_CLOSE.captures(rest)?.get(1)?;
    Some((tag.start(), tag.end()))
}

/// A text between marks.
pub(crate) struct Marked<'a> {
    /// The text, with white space and dress.
    pub(crate) text: &'a str,
    /// Name of the rule that found it.
    pub(crate) rule: &'static str,
    /// True if its closing mark is present.
    pub(crate) closed: bool,
    /// Position behind the closing mark.
    pub(super) end: usize,
}

/// The last text between marks, or behind the last opening one, or before one that closes alone.
pub(crate) fn marked(said: &str) -> Option<Marked<'_>> {
    if !said.contains(['[', '<', '\u{3010}', '\u{ff3b}', '&']) {
        return None;
    }
    let quoted = Quoted::of(said);
    MARKS
        .iter()
        .find_map(|(open, close)| between(said, &quoted, open, close))
}

/// Ranges of a mark outside of literals.
fn places(said: &str, quoted: &Quoted, mark: &Regex) -> Vec<(usize, usize)> {
    let found = mark.find_iter(said).map(|mark| (mark.start(), mark.end()));
    // What is struck through is no answer.
    let struck = |(at, end): &(usize, usize)| {
        let (before, after) = (&said[..*at], &said[*end..]);
        let line = |text: &str| text.lines().next().is_some_and(|line| line.contains("~~"));
        before.ends_with("~~") && line(near(after))
            || after.starts_with("~~") && near_end(before).contains("~~")
    };
    found
        .filter(|mark| !quoted.holds(mark.0) && !struck(mark) && !is_comment(said, quoted, mark.0))
        .collect()
}

/// True if the position is in a comment of HTML, which nobody sees: one that ends, or one that begins a line.
fn is_comment(said: &str, quoted: &Quoted, at: usize) -> bool {
    let before = &said[said.floor_char_boundary(at.saturating_sub(MOST_COMMENT))..at];
    let Some(open) = before.rfind("<!--") else {
        return false;
    };
    let start = at - before.len() + open;
    let begins = before[..open].trim_end_matches([' ', '\t']);
    !before[open..].contains("-->")
        && !quoted.holds(start)
        && (said[at..].contains("-->") || begins.is_empty() || begins.ends_with('\n'))
}

/// Bytes of a comment that are looked at.
const MOST_COMMENT: usize = 4_000;

fn between<'s>(said: &'s str, quoted: &Quoted, open: &Regex, close: &Regex) -> Option<Marked<'s>> {
    let (opens, closes) = (places(said, quoted, open), places(said, quoted, close));
    let text = |start: usize, close: &(usize, usize), rule, closed| {
        Some(Marked {
            text: &said[start..close.0],
            rule,
            closed,
            end: close.1,
        })
    };
    let spans = opens.iter().rev().filter_map(|open| {
        let close = closes.get(closes.partition_point(|(at, _)| *at < open.1))?;
        Some((*open, *close))
    });
    let spans: Vec<((usize, usize), (usize, usize))> = spans.collect();
    let span = spans
        .iter()
        .enumerate()
        .find(|(at, span)| {
            let other = at + 1 < spans.len();
            !(is_mention(said, **span, other) || other && is_denied(said, span.0.0))
        })
        .map(|(_, span)| span);
    // Where the marks are only named, such as in a repeated prompt, nothing else is taken for an answer.
    if let Some(((_, start), end)) = span.or(spans.first()) {
        // Of two answers with `or` between them, none is given.
        let other = spans.iter().find(|(_, close)| close.0 < *start);
        let start = other
            .filter(|((_, from), close)| {
                let inside = |range: std::ops::Range<usize>| said[range].trim();
                inside(*from..close.0) != inside(*start..end.0) && is_choice(&said[close.0..*start])
            })
            .map_or(*start, |((_, from), _)| *from);
        return text(start, end, "marks", true);
    }
    match (opens.as_slice(), closes.first()) {
        // The closing mark without its stroke.
        ([.., (_, start), end], None) if said[end.1..].trim().is_empty() => {
            text(*start, end, "marks", true)
        }
        // The closing mark of another pair.
        ([.., (_, start)], None) if other_close(&said[*start..]).is_some() => {
            let (from, to) = other_close(&said[*start..]).unwrap_or_default();
            text(*start, &(start + from, start + to), "marks", true)
        }
        // A closing mark that is cut off: nothing of the answer is.
        ([.., (_, start)], None) if CUT.is_match(&said[*start..]) => {
            let end = CUT
                .find(&said[*start..])
                .map_or(said.len(), |cut| start + cut.start());
            text(*start, &(end, said.len()), "marks", true)
        }
        ([.., (_, start)], _) => text(*start, &(said.len(), said.len()), "opening mark", false),
        // The prompt, or the server, has opened the answer.
        ([], Some(end)) => text(0, end, "closing mark", true),
        ([], None) => None,
    }
}

/// Words between two answers that leave open which of them is given, with the marks around them.
static CHOICE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\A\S{6,12}[\s*_`,;.(]*(?:or|alternatively|oder|ou|\x{6216}\S{0,2})\b?[\w\s,]{0,20}[\s*_`:(]*\S{6,12}\z",
    )
});

/// Words there by which the second one takes the place of the first.
static RATHER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?i)\bor,? (?:rather|better|actually|(?:more )?(?:precisely|correctly|exactly))\b")
});

fn is_choice(between: &str) -> bool {
    between.len() < 80 && CHOICE.is_match(between) && !RATHER.is_match(between)
}

/// Words before an answer that name it to be none.
static DENIES: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)(?:\b(?:not|rather than|instead of|nicht|statt)|\x{4e0d}\x{662f}|\x{800c}\x{975e})[\s*_`:(]*\z",
    )
});

/// True if the words before an opening mark deny the answer behind it.
fn is_denied(said: &str, open: usize) -> bool {
    DENIES.is_match(near_end(&said[..open]))
}

/// Words between marks that stand for any answer.
static STANDS_FOR: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?i)\A(?:(?:your|the|my|an?|actual|final|correct) )*answer(?: here| goes here)?\z")
});

/// Words of a sentence about the form of an answer, before the marks that it names.
static FORM: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:form|format|formatted|marks?|markers?|tags?|between|wrapped|enclosed|inside|within|requested|required|template|syntax)\b[^\n]*\z",
    )
});

/// Words between marks that stand for any answer in a sentence about the form.
static ANY_ANSWER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\A(?:(?:the|your|an?|my|python|literal|return) )*(?:value|result|output|input|literal|text|x|call|solution|response)(?: here)?\z",
    )
});

/// Signs around words that stand for any answer: `<value>`, `{value}`, `value…`.
static PLACEHOLDER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"\A(?:<[^<>]*>|\{[^{}]*\}|(?:\x{2026}|\.\.\.).*|.*(?:\x{2026}|\.\.\.))\z")
});

/// Words before marks that announce an answer between them.
static ANNOUNCES: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?i)\b(?:answer|result|output|solution|final\w*|guess|it is)\b|:\s*\z")
});

/// The end of words that give an answer between the marks behind them.
static GIVES: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?i)(?:[:=]|\b(?:is|are|was|be|it's|that's|final\w*|answer|result))[\s*_`]*\z")
});

/// True if the text between an opening mark and a closing one, given by their ranges, only joins their names in a
/// sentence, or stands for any answer where the words around them speak of the form; `other` where another answer
/// precedes them.
fn is_mention(said: &str, (open, close): ((usize, usize), (usize, usize)), other: bool) -> bool {
    let (inside, after) = (&said[open.1..close.0], near(&said[close.1..]));
    let before = near_end(&said[..open.0]);
    let words = inside.trim_matches(|c: char| c.is_whitespace() || "`*,".contains(c));
    let named = FORM.is_match(before);
    let in_sentence = !before.trim().is_empty() && (named || !GIVES.is_match(before));
    match words.to_ascii_lowercase().as_str() {
        "" => return true,
        // Of `[ANSWER]or[/ANSWER]` the word may be the answer.
        "and" | "or" | "/" => {
            return in_sentence && inside.len() > words.len() + 1 && !inside.contains('\n');
        }
        ".." | "..." | "\u{2026}" => return in_sentence || before.ends_with(['`', '(']),
        _ => {}
    }
    let placeholder = PLACEHOLDER.is_match(words);
    let words = words.trim_matches(|c: char| "<>{}()[]_.\u{2026}".contains(c) || c.is_whitespace());
    if STANDS_FOR.is_match(words) {
        // `your answer`, and a word in parentheses or backticks.
        return words.contains(' ') || before.ends_with(['(', '`']) || named;
    }
    // `(As requested, in the form [ANSWER]value[/ANSWER].)`
    let aside = before.rfind('(') > before.rfind(')')
        && after
            .trim_start_matches(['`', '*', '.', ' '])
            .starts_with(')');
    let form = aside || placeholder && !ANNOUNCES.is_match(before);
    other && named && form && ANY_ANSWER.is_match(words)
}

/// Bytes around a mark that are looked at.
const MOST_AROUND: usize = 200;

/// The text that follows a mark closely.
fn near(after: &str) -> &str {
    &after[..after.floor_char_boundary(MOST_AROUND)]
}

/// The text that precedes a mark closely, on its line.
fn near_end(before: &str) -> &str {
    let before = &before[before.floor_char_boundary(before.len().saturating_sub(MOST_AROUND))..];
    before.rsplit('\n').next().unwrap_or_default()
}

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
            r"(?i)(?:\\?\[|[\x{3010}\x{ff3b}]){1,2} ?answer ?(?:\\?\]|[\x{3011}\x{ff3d}]){1,2}",
            r"(?i)(?:\\?\[|[\x{3010}\x{ff3b}]){1,2} ?[/\\] ?answer ?(?:\\?\]|[\x{3011}\x{ff3d}]){1,2}",
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
    found.filter(|(at, _)| !quoted.holds(*at)).collect()
}

fn between<'s>(said: &'s str, quoted: &Quoted, open: &Regex, close: &Regex) -> Option<Marked<'s>> {
    let (opens, closes) = (places(said, quoted, open), places(said, quoted, close));
    let text = |start: usize, end: usize, rule, closed| {
        Some(Marked {
            text: &said[start..end],
            rule,
            closed,
            end,
        })
    };
    let spans = opens.iter().rev().filter_map(|(_, open)| {
        let close = closes.get(closes.partition_point(|(at, _)| at < open))?;
        Some((*open, close.0))
    });
    let spans: Vec<(usize, usize)> = spans.collect();
    let span = spans
        .iter()
        .find(|(start, end)| !is_mention(&said[*start..*end]));
    // Where the marks are only named, such as in a repeated prompt, nothing else is taken for an answer.
    if let Some((start, end)) = span.or(spans.first()) {
        // Of two answers with `or` between them, none is given.
        let other = spans.iter().find(|(_, close)| close < start);
        let start = other
            .filter(|(from, close)| {
                let inside = |range: std::ops::Range<usize>| said[range].trim();
                inside(*from..*close) != inside(*start..*end) && is_choice(&said[*close..*start])
            })
            .map_or(*start, |(from, _)| *from);
        return text(start, *end, "marks", true);
    }
    match (opens.as_slice(), closes.first()) {
        // The closing mark without its stroke.
        ([.., (_, start), (end, after)], None) if said[*after..].trim().is_empty() => {
            text(*start, *end, "marks", true)
        }
        ([.., (_, start)], _) => text(*start, said.len(), "opening mark", false),
        // The prompt, or the server, has opened the answer.
        ([], Some((end, _))) => text(0, *end, "closing mark", true),
        ([], None) => None,
    }
}

/// Words between two answers that leave open which of them is given, with the marks around them.
static CHOICE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\A\S{6,12}[\s*_`,;.(]*(?:or|alternatively|oder|ou|\x{6216}\S{0,2})\b?[\w\s,]{0,20}[\s*_`:(]*\S{6,12}\z",
    )
});

fn is_choice(between: &str) -> bool {
    between.len() < 80 && CHOICE.is_match(between)
}

/// True if the text between two marks only joins their names in a sentence.
fn is_mention(inside: &str) -> bool {
    let words = inside.trim_matches(|c: char| c.is_whitespace() || "`*,".contains(c));
    ["", "and", "or", "..", "...", "/", "\u{2026}"].contains(&words.to_ascii_lowercase().as_str())
}

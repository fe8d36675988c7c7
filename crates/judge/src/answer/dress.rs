//! The dress of an answer: emphasis, code, formulas, tags and full stops around it.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

use super::Form;
use super::places::fenced;
use super::thought::pattern;

/// Surroundings of a text, which decide whether a full stop behind it can be its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Within {
    /// Between marks, or alone in a block.
    Marks,
    /// On a line of its own.
    Line,
    /// At the end of a sentence.
    Sentence,
}

/// Marks of emphasis, code and formulas around a text.
const AROUND: [(&str, &str); 14] = [
    ("***", "***"),
    ("**", "**"),
    ("__", "__"),
    ("*", "*"),
    ("``", "``"),
    ("`", "`"),
    ("$$", "$$"),
    ("$", "$"),
    ("\\(", "\\)"),
    ("\\[", "\\]"),
    ("<code>", "</code>"),
    ("<b>", "</b>"),
    ("<strong>", "</strong>"),
    ("<pre>", "</pre>"),
];

/// A command of a formula around all of a text.
static COMMAND: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?s)\A\\(?:boxed|fbox|framebox|text|texttt|textrm|textsf|textnormal|mbox|mathtt|mathrm|mathbf|mathsf|mathit|bold|textbf|textit|operatorname)\s*\{(.*)\}\z",
    )
});

/// Words of other languages at the end of a sentence that say an answer.
const ENDINGS: [&str; 9] = [
    " zur\u{fc}ck",
    "\u{3067}\u{3059}",
    "\u{3068}\u{306a}\u{308a}\u{307e}\u{3059}",
    "\u{306b}\u{306a}\u{308a}\u{307e}\u{3059}",
    "\u{3067}\u{3042}\u{308b}",
    "\u{c785}\u{b2c8}\u{b2e4}",
    "\u{c774}\u{b2e4}",
    "\u{c608}\u{c694}",
    "\u{b410}\u{b2c8}\u{b2e4}",
];

/// True for characters that take no room.
pub(super) fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{fe0f}'
    )
}

/// A sign that people put at the end of an answer, and no literal has outside of quotes.
fn is_ornament(c: char) -> bool {
    matches!(c, '\u{2600}'..='\u{27bf}' | '\u{1f300}'..='\u{1faff}' | '\u{2b50}')
}

fn trimmed(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || is_invisible(c))
}

/// Layers of dress that are taken off; nobody has more.
const MOST_LAYERS: usize = 24;

/// The text without white space, without a fence, backticks or asterisks around it, and without a full
/// stop behind it that is no part of a number, or of none where it ends a sentence, nor of what the form says to be
/// complete with it.
pub(super) fn unquoted<'a>(text: &'a str, within: Within, form: &dyn Form) -> &'a str {
    let (mut text, mut within) = (trimmed(text), within);
    for _ in 0..MOST_LAYERS {
        if text.starts_with("```") && text.len() > 6 && text.ends_with("```") {
            return fenced(text).map_or(text, |(_, text)| text).trim();
        }
        let Some((inner, next)) = undressed(text, within, form) else {
            break;
        };
        (text, within) = (trimmed(inner), next);
    }
    text
}

/// The text without its outermost layer, and where what is left stands.
fn undressed<'a>(text: &'a str, within: Within, form: &dyn Form) -> Option<(&'a str, Within)> {
    if form.is_complete(text) {
        return None;
    }
    for (open, close) in AROUND {
        let inner = text
            .strip_prefix(open)
            .and_then(|rest| rest.strip_suffix(close));
        if let Some(inner) = inner.filter(|inner| !inner.contains(open) && !inner.contains(close)) {
            return Some((inner, Within::Marks));
        }
    }
    if text.starts_with('\\')
        && let Some(inside) = COMMAND.captures(text).and_then(|found| found.get(1))
    {
        return Some((inside.as_str(), Within::Marks));
    }
    if within == Within::Sentence {
        let bare = text.trim_end_matches(|c: char| is_ornament(c) || is_invisible(c));
        if bare.len() < text.len() && !bare.trim().is_empty() {
            return Some((bare, within));
        }
        let ended = ENDINGS.iter().find_map(|end| text.strip_suffix(end));
        if let Some(rest) = ended.filter(|rest| !rest.trim().is_empty()) {
            return Some((rest, within));
        }
    }
    let rest = text.strip_suffix(['.', '\u{3002}', '!', '\u{ff01}'])?;
    let own = within != Within::Marks && form.is_complete(rest);
    (own || is_over(rest, &text[rest.len()..], within)).then(|| {
        // What is left of a sentence is still one where the language has its verb at the end.
        let ended = ENDINGS.iter().any(|end| rest.ends_with(end));
        (rest, if ended { within } else { Within::Marks })
    })
}

/// True if a full stop after the text ends a sentence.
fn is_over(rest: &str, stop: &str, within: Within) -> bool {
    let sentence = within == Within::Sentence;
    let word = rest.rsplit(char::is_whitespace).next().unwrap_or(rest);
    match rest.chars().next_back() {
        None | Some('.') => false,
        // `U.S.A.`
        Some(c) if c.is_alphabetic() && word.contains('.') && stop == "." => false,
        Some(c) if c.is_alphabetic() => within != Within::Marks,
        Some(c) if c.is_ascii_digit() || c == '_' => sentence || stop != ".",
        Some(c) => sentence || "'\"`)]}*\u{201d}\u{2019}$".contains(c),
    }
}

/// The text in ASCII signs, where it has others outside of quotes: full-width signs and digits, typographic
/// quotes around a word, escapes and commands of formulas. `None` if it has none.
pub(super) fn plain(text: &str) -> Option<String> {
    let wide = narrowed(text);
    let latex = unformulated(&wide);
    (latex != text).then(|| latex.into_owned())
}

/// True for a sign that has another one in ASCII.
fn is_wide(c: char) -> bool {
    matches!(
        c,
        '\u{ff01}'
            ..='\u{ff5e}'
                | '\u{2212}'
                | '\u{2013}'
                | '\u{3001}'
                | '\u{3010}'
                | '\u{3011}'
                | '\u{201c}'
                | '\u{2018}'
    )
}

/// The sign in ASCII; a dash where it is the sign of a number, and not one between two.
fn narrow(c: char, signed: bool) -> char {
    match c {
        '\u{2212}' => '-',
        '\u{2013}' if signed => '-',
        '\u{3001}' => ',',
        '\u{3010}' => '[',
        '\u{3011}' => ']',
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        c => c,
    }
}

/// Full-width signs as ASCII, and typographic quotes as quotes, outside of quotes.
fn narrowed(text: &str) -> Cow<'_, str> {
    if !text.contains(is_wide) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    let mut quote: Option<char> = None;
    while let Some(c) = rest.next() {
        let narrow = match (quote, c) {
            (Some(end), c) if c == end => {
                quote = None;
                match end {
                    '\u{201d}' | '\u{2019}' => '"',
                    end => end,
                }
            }
            (Some('"' | '\''), '\\') => {
                out.push(c);
                rest.next().unwrap_or(' ')
            }
            // A typographic string has no escapes; what would change its meaning as one stays as it was.
            (Some(_), '"' | '\\' | '\n') if quote > Some('\u{ff}') => return Cow::Borrowed(text),
            (Some(_), c) => c,
            (None, '"' | '\'') => {
                quote = Some(c);
                c
            }
            (None, '\u{201c}') => {
                quote = Some('\u{201d}');
                '"'
            }
            (None, '\u{2018}') => {
                quote = Some('\u{2019}');
                '"'
            }
            (None, c) => {
                let signed = rest.peek().is_some_and(char::is_ascii_digit)
                    && out
                        .chars()
                        .next_back()
                        .is_none_or(|c| " \n([{,:".contains(c));
                narrow(c, signed)
            }
        };
        out.push(narrow);
    }
    if quote.is_some() {
        return Cow::Borrowed(text);
    }
    Cow::Owned(out)
}

/// A command for text or a font, wherever it stands.
static FONT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\\(?:text|texttt|textrm|textsf|textnormal|mbox|mathtt|mathrm|mathbf|mathsf|mathit|bold|textbf|textit|operatorname)\s*\{([^{}]*)\}",
    )
});

/// Verbatim text between two equal signs.
static VERBATIM: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\\verb\*?(?:\|([^|\n]*)\||\+([^+\n]*)\+|!([^!\n]*)!)"));

/// A comma in braces between thousands.
static THOUSANDS: LazyLock<Regex> = LazyLock::new(|| pattern(r"(\d)\{,\}(\d{3})"));

/// The text without commands of formulas: `\left[1,\ 2\right]`, `\{1\}`, `\text{'a\_b'}`.
fn unformulated(text: &str) -> Cow<'_, str> {
    if THOUSANDS.is_match(text) {
        let joined = THOUSANDS.replace_all(text, "$1$2").into_owned();
        return Cow::Owned(unformulated(&joined).into_owned());
    }
    if !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    let out = VERBATIM.replace_all(text, "$1$2$3");
    let mut out = FONT.replace_all(&out, "$1").into_owned();
    for (command, sign) in [
        ("\\leftarrow", "<-"),
        ("\\left", ""),
        ("\\rightarrow", "->"),
        ("\\Rightarrow", "->"),
        ("\\to ", "-> "),
        ("\\right", ""),
        ("\\displaystyle", ""),
        ("\\quad", " "),
        ("\\{", "{"),
        ("\\}", "}"),
        ("\\_", "_"),
        ("\\,", " "),
        ("\\;", " "),
        ("\\ ", " "),
        ("\\!", ""),
        ("\\%", "%"),
        ("\\$", "$"),
        ("\\#", "#"),
        ("\\&", "&"),
        ("{,}", ","),
    ] {
        if out.contains(command) {
            out = out.replace(command, sign);
        }
    }
    Cow::Owned(out.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::AnyText;

    #[test]
    fn signs_become_plain_outside_of_quotes() {
        for (text, is) in [
            ("[1\u{ff0c}2]", Some("[1,2]")),
            ("'\u{ff0c}'", None),
            ("\u{201c}abc\u{201d}", Some("\"abc\"")),
            ("\u{201c}abc", None),
            ("\"\u{201c}abc\u{201d}\"", None),
            ("\\left[1,\\ 2\\right]", Some("[1, 2]")),
            ("\\{\\text{'a'}: 1\\}", Some("{'a': 1}")),
            ("5", None),
        ] {
            assert_eq!(plain(text).as_deref(), is, "{text}");
        }
    }

    #[test]
    fn dress_is_taken_off() {
        for (text, within, is) in [
            ("**`5`**", Within::Marks, "5"),
            ("***5***", Within::Line, "5"),
            ("\\(5\\)", Within::Sentence, "5"),
            ("5.", Within::Line, "5."),
            ("5.", Within::Sentence, "5"),
            ("True.", Within::Line, "True"),
            ("Paris.", Within::Marks, "Paris."),
            ("U.S.A.", Within::Sentence, "U.S.A."),
            ("\\text{'a'}", Within::Marks, "'a'"),
            ("5 \u{2705}", Within::Sentence, "5"),
        ] {
            assert_eq!(unquoted(text, within, &AnyText), is, "{text}");
        }
    }
}

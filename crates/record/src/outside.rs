//! Text from outside (programs, names, paths, answers of models, messages of servers) made safe to display.
//!
//! A terminal obeys what it is shown, a page is read as markup, and some characters change the order of
//! others or cannot be seen. All text from outside is passed through one of these functions before it is
//! displayed. They make text for a person: data that a program reads stays as it is.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::words::counted;

/// The script that pages share: elements of which all text is text, Python in colours, texts to copy.
pub const PAGE_SCRIPT: &str = include_str!("outside/page.js");

/// True for characters that are displayed as an escape: those that move the cursor or command a terminal,
/// change the direction of text, or are invisible and could hide part of a name.
#[must_use]
pub fn is_unsafe(c: char) -> bool {
    match c {
        // C0, DEL and C1.
        '\0'..='\x1f' | '\x7f'..='\u{9f}' => true,
        // Bidirectional marks, embeddings, overrides and isolates.
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{206f}' => {
            true
        }
        // Ends of lines and paragraphs that are not line feeds.
        '\u{2028}' | '\u{2029}' => true,
        // Without width or picture: soft hyphen, invisible operators, byte order mark, annotations, tags. The
        // joiners U+200C and U+200D stay: scripts and emoji need them.
        '\u{ad}' | '\u{180e}' | '\u{200b}' | '\u{2060}'..='\u{2065}' | '\u{feff}' => true,
        '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}' => true,
        _ => false,
    }
}

/// An unsafe character as Python would write it.
fn push_escape(out: &mut String, c: char) {
    // Writing to a string cannot fail.
    let _ = match c {
        '\n' => write!(out, "\\n"),
        '\r' => write!(out, "\\r"),
        '\t' => write!(out, "\\t"),
        _ => match u32::from(c) {
            code @ ..=0xff => write!(out, "\\x{code:02x}"),
            code @ ..=0xffff => write!(out, "\\u{code:04x}"),
            code => write!(out, "\\U{code:08x}"),
        },
    };
}

fn cleaned(text: &str, keep: impl Fn(char) -> bool) -> Cow<'_, str> {
    let shown_raw = |c: char| keep(c) || !is_unsafe(c);
    let Some(first) = text.find(|c| !shown_raw(c)) else {
        return Cow::Borrowed(text);
    };
    let mut out = String::with_capacity(text.len() + 16);
    out.push_str(&text[..first]);
    for c in text[first..].chars() {
        if shown_raw(c) {
            out.push(c);
        } else {
            push_escape(&mut out, c);
        }
    }
    Cow::Owned(out)
}

/// Text of several lines: line feeds and tabs stay, other unsafe characters are shown as escapes.
#[must_use]
pub fn text(text: &str) -> Cow<'_, str> {
    cleaned(text, |c| matches!(c, '\n' | '\t'))
}

/// A name, a path or a message inside a line: line feeds and tabs are shown as escapes too, so that it
/// cannot pretend to be a line of its own.
#[must_use]
pub fn line(text: &str) -> Cow<'_, str> {
    cleaned(text, |_| false)
}

/// As [`line()`], cut to about `limit` characters, with what was left out counted.
#[must_use]
pub fn short(text: &str, limit: usize) -> Cow<'_, str> {
    cut(text, limit, line)
}

/// As [`text()`], cut to about `limit` characters, with what was left out counted.
#[must_use]
pub fn short_text(text: &str, limit: usize) -> Cow<'_, str> {
    cut(text, limit, self::text)
}

fn cut(text: &str, limit: usize, clean: fn(&str) -> Cow<'_, str>) -> Cow<'_, str> {
    match text.char_indices().nth(limit) {
        None => clean(text),
        Some((end, _)) => {
            let left = text.len() - end;
            Cow::Owned(format!(
                "{}… ({} more)",
                clean(&text[..end]),
                counted(left as u64, "byte")
            ))
        }
    }
}

/// A JSON text whose unsafe characters are written as JSON escapes: another spelling of the same value.
#[must_use]
pub fn json(text: &str) -> Cow<'_, str> {
    // In valid JSON these stand within strings only; the line feeds of pretty-printed JSON stay.
    let stays = |c: char| matches!(c, '\n' | '\t') || !is_unsafe(c);
    if text.chars().all(stays) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    let mut units = [0; 2];
    for c in text.chars() {
        if stays(c) {
            out.push(c);
        } else {
            for unit in c.encode_utf16(&mut units) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
    }
    Cow::Owned(out)
}

/// JSON that can stand inside a `script` element: nothing in it ends the element or starts a comment. The
/// replaced characters occur in JSON within strings only. Strings are as they are displayed: what would change the
/// order of text or cannot be seen is an escape.
#[must_use]
pub fn script(mut value: serde_json::Value) -> String {
    clean(&mut value);
    let json = value.to_string();
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            _ => out.push(c),
        }
    }
    out
}

/// Cleans every string of a value, names of fields too.
fn clean(value: &mut serde_json::Value) {
    use serde_json::Value;
    match value {
        Value::String(inner) => {
            if let Cow::Owned(clean) = text(inner) {
                *inner = clean;
            }
        }
        Value::Array(values) => values.iter_mut().for_each(clean),
        Value::Object(fields) => {
            if fields.keys().any(|name| name.chars().any(is_unsafe)) {
                let named = std::mem::take(fields).into_iter();
                fields.extend(named.map(|(name, value)| (line(&name).into_owned(), value)));
            }
            fields.values_mut().for_each(clean);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Text inside a line or a table's cell of Markdown: no character of it is markup, a link or HTML.
#[must_use]
pub fn markdown(text: &str) -> String {
    let line = line(text);
    let mut out = String::with_capacity(line.len() + 16);
    for (at, c) in line.char_indices() {
        match c {
            // No emphasis begins or ends inside a word, and in an address a backslash would be shown.
            '_' if within_word(&line, at) => out.push(c),
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '$' => {
                out.push('\\');
                out.push(c);
            }
            // Markup at the start of a line alone.
            '#' | '+' | '-' | '=' if at == 0 => {
                out.push('\\');
                out.push(c);
            }
            '!' if line[at + 1..].starts_with('[') => out.push_str("\\!"),
            _ => out.push(c),
        }
    }
    out
}

/// True if the byte at this place has letters or digits on both sides.
fn within_word(line: &str, at: usize) -> bool {
    line[..at].ends_with(char::is_alphanumeric) && line[at + 1..].starts_with(char::is_alphanumeric)
}

/// Text as code within a line or a table's cell of Markdown.
#[must_use]
pub fn markdown_code(text: &str) -> String {
    let line = line(text);
    if line.trim().is_empty() {
        return String::new();
    }
    // In a cell a vertical line ends the cell, within code too, and `\|` is how it is written there; outside of
    // cells that would show the backslash, so such text is no code.
    if line.contains('|') {
        return markdown(text);
    }
    let longest = line
        .split(|c| c != '`')
        .map(str::len)
        .max()
        .unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    if longest > 0 {
        format!("{fence} {line} {fence}")
    } else {
        format!("{fence}{line}{fence}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_commands_a_terminal_is_shown_as_an_escape() {
        for (hostile, shown) in [
            ("\x1b[2J\x1b]0;title\x07", r"\x1b[2J\x1b]0;title\x07"),
            ("safe\rerror", r"safe\rerror"),
            ("\u{9b}31m", r"\x9b31m"),
            ("a\u{202e}gpj.exe", r"a\u202egpj.exe"),
            (
                "\u{2066}x\u{2069}\u{200f}\u{61c}",
                r"\u2066x\u2069\u200f\u061c",
            ),
            ("\u{e0041}\u{feff}\u{200b}", r"\U000e0041\ufeff\u200b"),
            ("\x08\x7f\0\u{85}\u{2028}", r"\x08\x7f\x00\x85\u2028"),
        ] {
            assert_eq!(line(hostile), shown);
            assert_eq!(text(hostile), shown);
        }
        assert_eq!(text("a\n\tb\r\n"), "a\n\tb\\r\n");
        assert_eq!(line("a\n\tb"), r"a\n\tb");
    }

    #[test]
    fn text_of_people_stays() {
        for plain in ["größer → 名前", "שלום", "👩‍💻 e\u{301}", "C:\\new", ""] {
            assert!(matches!(line(plain), Cow::Borrowed(same) if same == plain));
            assert!(matches!(json(plain), Cow::Borrowed(same) if same == plain));
        }
    }

    #[test]
    fn long_text_is_cut_at_a_character() {
        assert_eq!(short("ééé", 3), "ééé");
        assert_eq!(short("ééé", 2), "éé… (2 bytes more)");
        assert_eq!(short("\x1b\x1b", 1), "\\x1b… (1 byte more)");
    }

    #[test]
    fn json_keeps_its_value() {
        let value = serde_json::json!({ "a\u{202e}": "\x1b[1m\u{9b}\u{e0041}\n\"\\" });
        let written = serde_json::to_string_pretty(&value).unwrap_or_default();
        let safe = json(&written);
        assert!(!safe.chars().any(|c| c != '\n' && is_unsafe(c)), "{safe}");
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&safe).ok(),
            Some(value)
        );
    }

    #[test]
    fn a_script_ends_where_its_page_says() {
        let value = serde_json::json!({ "</script>\u{202e}": "<!--\u{2028}\x1b[2J&\n" });
        let written = script(value);
        let expected = r#"{"\u003c/script\u003e\\u202e":"\u003c!--\\u2028\\x1b[2J\u0026\n"}"#;
        assert_eq!(written, expected);
    }

    #[test]
    fn nothing_is_markup_in_markdown() {
        assert_eq!(
            markdown("[x](javascript:alert(1)) <img src=x> ![y](z)"),
            r"\[x\](javascript:alert(1)) &lt;img src=x&gt; \!\[y\](z)"
        );
        assert_eq!(markdown("a|b\n# c"), r"a\|b\\n# c");
        assert_eq!(markdown("# title"), r"\# title");
        assert_eq!(markdown("&lt;b&gt;"), "&amp;lt;b&amp;gt;");
        assert_eq!(
            markdown("https://example.org/a_b"),
            "https://example.org/a_b"
        );
        assert_eq!(markdown("_a_ b_c __d__"), r"\_a\_ b_c \_\_d\_\_");
    }

    #[test]
    fn code_cannot_be_left() {
        assert_eq!(markdown_code("a b"), "`a b`");
        assert_eq!(markdown_code("a`b``c"), "``` a`b``c ```");
        assert_eq!(markdown_code("a|`<b>"), r"a\|\`&lt;b&gt;");
        assert_eq!(markdown_code(" \n"), r"` \n`");
    }
}

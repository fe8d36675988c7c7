//! Bytes to text: byte-order mark, coding cookie, line ends, as CPython's tokenizer reads them.
//!
//! All spans and lines of an extraction are places in the text that [`decode`] gives.

use std::borrow::Cow;

use tracestone_record::Reason;

use crate::encodings::{Encoding, encoding};

/// Reason that a file cannot be decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undecodable {
    /// [`Reason::NotUtf8`] where bytes do not follow the encoding, [`Reason::UnknownEncoding`] where the
    /// encoding itself is the trouble.
    pub reason: Reason,
    /// Description of the error, with its line.
    pub detail: String,
}

impl Undecodable {
    fn encoding(detail: String) -> Self {
        Self {
            reason: Reason::UnknownEncoding,
            detail,
        }
    }
}

/// Turns a file's bytes into the text that spans and lines refer to: UTF-8 without a byte-order
/// mark, every line end a `\n`. A coding cookie counts exactly where it counts for CPython: in a
/// comment that fills the first line, or the second if the first is blank or a comment.
///
/// # Errors
///
/// If CPython would refuse the encoding or the bytes, or if the encoding is one with several bytes a
/// character, which are not supported.
pub fn decode(content: &[u8]) -> Result<Cow<'_, str>, Undecodable> {
    let (marked, rest) = match content.strip_prefix(b"\xef\xbb\xbf") {
        Some(rest) => (true, rest),
        None => (false, content),
    };
    let text = match cookie(rest) {
        None => utf8(rest, None)?,
        Some(cookie) if marked && cookie.name != "utf-8" => {
            return Err(Undecodable::encoding(format!(
                "line {} declares {} after a byte-order mark of UTF-8, which CPython refuses",
                cookie.line, cookie.written
            )));
        }
        Some(cookie) => decode_by(rest, &cookie)?,
    };
    if text.contains('\r') {
        return Ok(Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n")));
    }
    Ok(text)
}

/// An encoding that a comment declares.
#[derive(Debug, PartialEq, Eq)]
struct Cookie {
    /// As CPython's tokenizer compares it: `utf-8` and `iso-8859-1` have a usual form.
    name: String,
    /// Spelling in the file.
    written: String,
    line: usize,
}

/// Python believes a declared encoding even where the bytes are valid UTF-8 too.
fn decode_by<'c>(content: &'c [u8], cookie: &Cookie) -> Result<Cow<'c, str>, Undecodable> {
    let Cookie { written, line, .. } = cookie;
    match encoding(&cookie.name) {
        Encoding::Utf8 => utf8(content, Some(cookie)),
        Encoding::Ascii if content.is_ascii() => utf8(content, Some(cookie)),
        Encoding::Ascii => {
            let wrong = content.iter().position(|byte| !byte.is_ascii());
            Err(wrong_byte(content, wrong.unwrap_or(0), Some(cookie)))
        }
        Encoding::Bytes(_) if content.is_ascii() => utf8(content, Some(cookie)),
        Encoding::Bytes(characters) => {
            let upper: Vec<char> = characters.chars().collect();
            let character = |(at, &byte): (usize, &u8)| match byte.checked_sub(128) {
                None => Ok(char::from(byte)),
                Some(place) => match upper.get(usize::from(place)) {
                    None | Some('\u{fffd}') => Err(wrong_byte(content, at, Some(cookie))),
                    Some(&character) => Ok(character),
                },
            };
            let text: Result<String, _> = content.iter().enumerate().map(character).collect();
            text.map(Cow::Owned)
        }
        Encoding::NotSupported => Err(Undecodable::encoding(format!(
            "line {line} declares {written}, which is not supported"
        ))),
        Encoding::Unknown => Err(Undecodable::encoding(format!(
            "line {line} declares {written}, which CPython does not know"
        ))),
    }
}

fn utf8<'c>(content: &'c [u8], cookie: Option<&Cookie>) -> Result<Cow<'c, str>, Undecodable> {
    std::str::from_utf8(content)
        .map(Cow::Borrowed)
        .map_err(|error| wrong_byte(content, error.valid_up_to(), cookie))
}

fn wrong_byte(content: &[u8], at: usize, cookie: Option<&Cookie>) -> Undecodable {
    let line = lines(&content[..at]).count().max(1);
    let detail = match cookie {
        Some(cookie) => format!(
            "line {line} is not {}, which line {} declares",
            cookie.written, cookie.line
        ),
        None => format!("line {line} is not UTF-8, and no other encoding is declared"),
    };
    Undecodable {
        reason: Reason::NotUtf8,
        detail,
    }
}

/// The lines, ended by `\n`, `\r\n` or `\r`; what follows the last end is a line, too.
fn lines(content: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(content);
    std::iter::from_fn(move || {
        let now = rest?;
        let Some(end) = now.iter().position(|byte| matches!(byte, b'\n' | b'\r')) else {
            return rest.take();
        };
        let skip = if now[end..].starts_with(b"\r\n") {
            2
        } else {
            1
        };
        rest = Some(&now[end + skip..]);
        Some(&now[..end])
    })
}

/// The encoding that a line like `# -*- coding: latin-1 -*-` declares.
fn cookie(content: &[u8]) -> Option<Cookie> {
    for (number, line) in lines(content).take(2).enumerate() {
        let blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\x0c');
        let start = line.iter().position(|byte| !blank(byte));
        let Some(start) = start else {
            continue;
        };
        let comment = &line[start..];
        if comment[0] != b'#' {
            // After a line with code, also one that goes on in the next, there is no cookie.
            return None;
        }
        if let Some(written) = declared(comment) {
            return Some(Cookie {
                name: usual_name(written),
                written: written.to_owned(),
                line: number + 1,
            });
        }
    }
    None
}

/// The first name after `coding:` or `coding=` in a comment.
fn declared(comment: &[u8]) -> Option<&str> {
    const WORD: &[u8] = b"coding";
    let places = comment.windows(WORD.len()).enumerate();
    let places = places.filter(|(_, window)| *window == WORD);
    for (at, _) in places {
        let rest = &comment[at + WORD.len()..];
        let Some((b':' | b'=', rest)) = rest.split_first() else {
            continue;
        };
        let start = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t'));
        let rest = &rest[start.count()..];
        let name = rest
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte))
            .count();
        if name > 0 {
            return std::str::from_utf8(&rest[..name]).ok();
        }
    }
    None
}

/// CPython's tokenizer knows two encodings by the start of their names, whatever follows a hyphen.
fn usual_name(written: &str) -> String {
    let start: String = written.chars().take(12).collect();
    let start = start.to_ascii_lowercase().replace('_', "-");
    let is = |name: &str| {
        start
            .strip_prefix(name)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    };
    if is("utf-8") {
        "utf-8".to_owned()
    } else if is("latin-1") || is("iso-8859-1") || is("iso-latin-1") {
        "iso-8859-1".to_owned()
    } else {
        written.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detail(content: &[u8]) -> String {
        decode(content).map_or_else(|error| error.detail, |text| format!("text: {text}"))
    }

    #[test]
    fn plain_text_is_borrowed() {
        assert!(matches!(decode(b"x = 1\n"), Ok(Cow::Borrowed("x = 1\n"))));
    }

    #[test]
    fn marks_and_line_ends_are_normalised() {
        assert_eq!(
            decode(b"\xef\xbb\xbfx\r\ny\rz\n").as_deref(),
            Ok("x\ny\nz\n")
        );
    }

    #[test]
    fn cookies_are_honoured() {
        let latin = b"# -*- coding: latin-1 -*-\ns = '\xe9'\n";
        assert!(decode(latin).is_ok_and(|text| text.contains('\u{e9}')));
        let windows = b"#!/usr/bin/python\n# vim: set fileencoding=cp1252 :\ns = '\x80'\n";
        assert!(decode(windows).is_ok_and(|text| text.contains('\u{20ac}')));
        let both = b"# coding: latin-1\ns = '\xc3\xa9'\n";
        assert!(decode(both).is_ok_and(|text| text.contains("\u{c3}\u{a9}")));
        let russian = b"# coding: koi8-r\n'\xe9'";
        assert!(decode(russian).is_ok_and(|text| text.contains('И')));
    }

    #[test]
    fn no_cookie_follows_code() {
        for code in ["\"\"\"doc\"\"\"\n", "x = 1 \\\n", "\\\n", "x\r"] {
            let text = format!("{code}# coding: latin-1\ns = 'é'\n");
            assert_eq!(
                decode(text.as_bytes()).map(|text| text.contains('é')),
                Ok(true),
                "{code:?}"
            );
        }
    }

    #[test]
    fn reasons_are_true() {
        assert_eq!(
            detail(b"# coding: euc-jp\n'\xa4\xa2'"),
            "line 1 declares euc-jp, which is not supported"
        );
        assert_eq!(
            detail(b"\n# coding: klingon\n"),
            "line 2 declares klingon, which CPython does not know"
        );
        assert_eq!(
            detail(b"\n'\xe9'"),
            "line 2 is not UTF-8, and no other encoding is declared"
        );
        assert_eq!(
            detail(b"# coding: ascii\r\n'a'\r\n'\xc3\xa9'"),
            "line 3 is not ascii, which line 1 declares"
        );
        assert_eq!(
            detail(b"\xef\xbb\xbf# coding: cp1252\n"),
            "line 1 declares cp1252 after a byte-order mark of UTF-8, which CPython refuses"
        );
    }
}

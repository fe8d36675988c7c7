//! Bytes to text: byte-order mark, coding cookie, line ends.
//!
//! All spans and lines of an extraction are places in the text that [`decode`] gives.

use std::borrow::Cow;

/// Turns a file's bytes into the text that spans and lines refer to: UTF-8 without a byte-order
/// mark, every line end a `\n`. A coding cookie in one of the first two lines is honoured for
/// UTF-8, ASCII, Latin-1 and Windows-1252.
///
/// # Errors
///
/// The name of the encoding that the bytes do not follow or that is not supported.
pub fn decode(content: &[u8]) -> Result<Cow<'_, str>, String> {
    let text = match content.strip_prefix(b"\xef\xbb\xbf") {
        Some(marked) => Cow::Borrowed(utf8(marked)?),
        None => decode_by_cookie(content)?,
    };
    if text.contains('\r') {
        return Ok(Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n")));
    }
    Ok(text)
}

/// Python believes a declared encoding even where the bytes are valid UTF-8 too.
fn decode_by_cookie(content: &[u8]) -> Result<Cow<'_, str>, String> {
    let cookie = cookie(content).unwrap_or_else(|| "utf-8".to_owned());
    match cookie.as_str() {
        _ if content.is_ascii() => Ok(Cow::Borrowed(utf8(content)?)),
        "latin-1" | "latin1" | "iso-8859-1" | "iso8859-1" | "l1" => Ok(Cow::Owned(
            content.iter().map(|&byte| char::from(byte)).collect(),
        )),
        "cp1252" | "windows-1252" => content
            .iter()
            .map(|&byte| windows_1252(byte).ok_or_else(|| cookie.clone()))
            .collect::<Result<String, String>>()
            .map(Cow::Owned),
        "utf-8" | "utf8" | "u8" | "utf-8-sig" => Ok(Cow::Borrowed(utf8(content)?)),
        _ => Err(cookie),
    }
}

fn utf8(content: &[u8]) -> Result<&str, String> {
    std::str::from_utf8(content).map_err(|_| "utf-8".to_owned())
}

/// The encoding that a line like `# -*- coding: latin-1 -*-` declares, in lower case.
fn cookie(content: &[u8]) -> Option<String> {
    for line in content.split(|&byte| byte == b'\n').take(2) {
        let line = String::from_utf8_lossy(line);
        let Some(comment) = line.trim_start().strip_prefix('#') else {
            continue;
        };
        let Some((_, rest)) = comment.split_once("coding") else {
            continue;
        };
        let Some(rest) = rest.strip_prefix(':').or_else(|| rest.strip_prefix('=')) else {
            continue;
        };
        let name: String = rest
            .trim_start()
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || "-_.".contains(*c))
            .collect();
        return Some(name.to_ascii_lowercase().replace('_', "-"));
    }
    None
}

/// The character of a byte in Windows-1252; `None` for the five bytes it leaves undefined.
fn windows_1252(byte: u8) -> Option<char> {
    const HIGH: [u16; 32] = [
        0x20ac, 0, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039,
        0x0152, 0, 0x017d, 0, 0, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc,
        0x2122, 0x0161, 0x203a, 0x0153, 0, 0x017e, 0x0178,
    ];
    match byte {
        0x80..=0x9f => match HIGH[usize::from(byte - 0x80)] {
            0 => None,
            code => char::from_u32(u32::from(code)),
        },
        _ => Some(char::from(byte)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn cookies_are_honoured_where_simple() {
        let latin = b"# -*- coding: latin-1 -*-\ns = '\xe9'\n";
        assert!(decode(latin).is_ok_and(|text| text.contains('\u{e9}')));
        let windows = b"#!/usr/bin/python\n# vim: set fileencoding=cp1252 :\ns = '\x80'\n";
        assert!(decode(windows).is_ok_and(|text| text.contains('\u{20ac}')));
        assert_eq!(
            decode(b"# coding: koi8-r\n'\xe9'"),
            Err("koi8-r".to_owned())
        );
        assert_eq!(decode(b"'\xe9'"), Err("utf-8".to_owned()));
        let both = b"# coding: latin-1\ns = '\xc3\xa9'\n";
        assert!(decode(both).is_ok_and(|text| text.contains("\u{c3}\u{a9}")));
    }
}

//! The values of string literals.

/// The parts of a string literal's source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StringParts<'t> {
    /// Letters before the quotes.
    pub(crate) prefix: &'t str,
    /// The quotes: one or three.
    pub(crate) quotes: &'t str,
    /// Text between the quotes, as written.
    pub(crate) body: &'t str,
}

/// Splits a string literal; `None` for what is not one complete literal.
pub(crate) fn split_string(source: &str) -> Option<StringParts<'_>> {
    let open = source.find(['"', '\''])?;
    let (prefix, rest) = source.split_at(open);
    if !prefix.chars().all(|c| c.is_ascii_alphabetic()) {
        return None;
    }
    let length = if rest.starts_with("\"\"\"") || rest.starts_with("'''") {
        3
    } else {
        1
    };
    let quotes = rest.get(..length)?;
    let body = rest.get(length..)?.strip_suffix(quotes)?;
    Some(StringParts {
        prefix,
        quotes,
        body,
    })
}

/// The value of a plain text literal; `None` for bytes, f-strings and `\N{..}` escapes.
pub(crate) fn string_value(source: &str) -> Option<String> {
    let parts = split_string(source)?;
    let prefix = parts.prefix.to_ascii_lowercase();
    if prefix.contains(['b', 'f', 't']) {
        return None;
    }
    if prefix.contains('r') || !parts.body.contains('\\') {
        return Some(parts.body.to_owned());
    }
    unescape(parts.body)
}

fn unescape(body: &str) -> Option<String> {
    let mut value = String::with_capacity(body.len());
    let mut chars = body.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '\\' {
            value.push(c);
            continue;
        }
        match chars.next()? {
            '\n' => {}
            'n' => value.push('\n'),
            't' => value.push('\t'),
            'r' => value.push('\r'),
            'a' => value.push('\x07'),
            'b' => value.push('\x08'),
            'f' => value.push('\x0c'),
            'v' => value.push('\x0b'),
            quoted @ ('\\' | '\'' | '"') => value.push(quoted),
            'x' => value.push(digits(&mut chars, 2)?),
            'u' => value.push(digits(&mut chars, 4)?),
            'U' => value.push(digits(&mut chars, 8)?),
            'N' => return None,
            octal @ '0'..='7' => {
                let mut code = octal.to_digit(8)?;
                for _ in 0..2 {
                    if let Some(digit) = chars.peek().and_then(|c| c.to_digit(8)) {
                        code = code * 8 + digit;
                        chars.next();
                    }
                }
                value.push(char::from_u32(code)?);
            }
            unknown => {
                value.push('\\');
                value.push(unknown);
            }
        }
    }
    Some(value)
}

fn digits(chars: &mut impl Iterator<Item = char>, count: usize) -> Option<char> {
    let mut code = 0_u32;
    for _ in 0..count {
        code = code * 16 + chars.next()?.to_digit(16)?;
    }
    char::from_u32(code)
}

/// Result of Python's `inspect.cleandoc` for a docstring: tabs expanded, the common indentation of all lines
/// but the first removed, blank lines at both ends removed.
pub(crate) fn cleandoc(value: &str) -> String {
    let expanded = expand_tabs(value);
    let lines: Vec<&str> = expanded.split('\n').collect();
    let margin = lines
        .iter()
        .skip(1)
        .filter(|line| !line.trim_start().is_empty())
        .map(|line| indent(line))
        .min()
        .unwrap_or(0);
    let mut cleaned: Vec<&str> = Vec::with_capacity(lines.len());
    for (index, line) in lines.iter().enumerate() {
        cleaned.push(match index {
            0 => line.trim_start(),
            _ => line.get(margin.min(indent(line))..).unwrap_or(""),
        });
    }
    while cleaned.last().is_some_and(|line| line.is_empty()) {
        cleaned.pop();
    }
    let first = cleaned
        .iter()
        .position(|line| !line.is_empty())
        .unwrap_or(cleaned.len());
    cleaned[first..].join("\n")
}

/// The number of blanks a line starts with.
pub(crate) fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches([' ', '\t']).len()
}

fn expand_tabs(text: &str) -> String {
    if !text.contains('\t') {
        return text.to_owned();
    }
    let mut expanded = String::with_capacity(text.len());
    let mut column = 0;
    for c in text.chars() {
        match c {
            '\t' => {
                let blanks = 8 - column % 8;
                expanded.extend(std::iter::repeat_n(' ', blanks));
                column += blanks;
            }
            '\n' => {
                expanded.push(c);
                column = 0;
            }
            _ => {
                expanded.push(c);
                column += 1;
            }
        }
    }
    expanded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values() {
        assert_eq!(string_value(r#""a\n\x41\'""#).as_deref(), Some("a\nA'"));
        assert_eq!(string_value(r#"r'''a\n'''"#).as_deref(), Some("a\\n"));
        assert_eq!(string_value("'\\\na\\d\\101'").as_deref(), Some("a\\dA"));
        assert_eq!(string_value("b'x'"), None);
        assert_eq!(string_value("f'{x}'"), None);
        assert_eq!(string_value("'''x"), None);
    }

    #[test]
    fn cleandoc_is_pythons() {
        assert_eq!(cleandoc("  Sum.\n\n      a\n    b\n    "), "Sum.\n\n  a\nb");
        assert_eq!(cleandoc("\n\n  x\n"), "x");
        assert_eq!(cleandoc("\tx\n\ty"), "x\ny");
    }
}

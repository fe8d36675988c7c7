//! Taking texts apart where no string literal is cut.

/// A change as a text tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Change<'a> {
    pub(super) name: &'a str,
    /// The new value; `None` for a variable that is gone.
    pub(super) value: Option<&'a str>,
}

impl<'a> Change<'a> {
    /// Reads `a = 1` or `del a`.
    pub(super) fn read(text: &'a str) -> Result<Self, String> {
        let text = text.trim();
        let (name, value) = match (text.strip_prefix("del "), text.split_once(" = ")) {
            (Some(name), _) => (name, None),
            (None, Some((name, value))) => (name, Some(value)),
            (None, None) => return Err(format!("`{text}` is no change")),
        };
        let is_name = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
        match is_name {
            true => Ok(Self { name, value }),
            false => Err(format!("`{text}` is no change")),
        }
    }
}

/// The parts of a text between separators that are in no string literal.
pub(super) fn split<'a>(text: &'a str, separator: &str) -> Vec<&'a str> {
    let mut parts = Vec::new();
    let mut start = 0;
    let mut quote = None;
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match (quote, character) {
            (Some(_), '\\') => drop(characters.next()),
            (Some(open), close) if open == close => quote = None,
            (None, '\'' | '"') => quote = Some(character),
            (None, _) if at >= start && text[at..].starts_with(separator) => {
                parts.push(&text[start..at]);
                start = at + separator.len();
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_not_cut() {
        let text = r#"a = 'x; y\'; '; b = "; '"; del c"#;
        let parts = split(text, "; ");
        assert_eq!(parts, [r"a = 'x; y\'; '", r#"b = "; '""#, "del c"]);
        assert_eq!(Change::read("del c").unwrap().value, None);
        assert!(Change::read("c").is_err() && Change::read("a b = 1").is_err());
    }
}

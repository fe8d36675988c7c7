//! The comments and texts of a Python file. The file is read, never run.

/// Consecutive comment lines, or one string used as a statement, such as a docstring.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Block {
    /// Its first line, counted from 0.
    pub(super) line: usize,
    /// Its text, without `#`.
    pub(super) text: String,
    /// True if no code comes before it.
    pub(super) leading: bool,
    /// True for a string, false for comments.
    pub(super) docstring: bool,
}

/// A text in quotes that is a part of an expression.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Literal {
    /// The line in which it begins, counted from 0.
    pub(super) line: usize,
    /// Text between the quotes.
    pub(super) text: String,
}

/// A Python file taken apart.
#[derive(Debug, Default)]
pub(super) struct Source {
    /// Comments and docstrings.
    pub(super) blocks: Vec<Block>,
    /// The code without comments, docstrings and spaces; [`LITERAL`] replaces each string.
    pub(super) code: String,
    /// Those texts, in order.
    pub(super) literals: Vec<Literal>,
}

/// Placeholder of a string literal in [`Source::code`].
pub(super) const LITERAL: char = '\u{1}';

impl Source {
    pub(super) fn of(text: &str) -> Self {
        let reader = Reader {
            rest: text,
            line: 0,
            depth: 0,
            at_start: true,
            continued: false,
            any_code: false,
            after_comment: None,
            source: Self::default(),
        };
        reader.read()
    }

    /// The string at a position of the code.
    pub(super) fn literal_at(&self, place: usize) -> Option<&Literal> {
        if !self.code.get(place..)?.starts_with(LITERAL) {
            return None;
        }
        let before = self.code[..place].matches(LITERAL).count();
        self.literals.get(before)
    }

    /// The strings at a position of the code, with parentheses or without; `None` where none is there.
    pub(super) fn value_at(&self, place: usize) -> Option<Value> {
        let mut next = self.code.get(..place)?.matches(LITERAL).count();
        let first = self.literals.get(next)?;
        let mut parts = vec![String::new()];
        let (mut depth, mut is_empty) = (0_usize, true);
        let mut rest = self.code[place..].chars().peekable();
        while let Some(c) = rest.next() {
            match c {
                LITERAL => {
                    is_empty = false;
                    let text = &self.literals.get(next)?.text;
                    parts.last_mut()?.push_str(text);
                    next += 1;
                }
                '(' if is_empty => depth += 1,
                ')' if depth > 0 => depth -= 1,
                '+' if !is_empty => {}
                ',' if !is_empty => parts.push(String::new()),
                '\n' if depth > 0 || rest.peek() == Some(&LITERAL) => {}
                '\n' | ';' => break,
                _ if is_empty => return None,
                _ => {
                    let (line, text) = (first.line, None);
                    return Some(Value { line, text });
                }
            }
        }
        parts.retain(|part| !part.is_empty());
        (!is_empty).then(|| Value {
            line: first.line,
            text: Some(parts.join(" AND ")),
        })
    }
}

/// Texts that are assigned together.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Value {
    /// The line in which they begin, counted from 0.
    pub(super) line: usize,
    /// The texts joined, those of a tuple by `AND`; `None` where there is something else as well.
    pub(super) text: Option<String>,
}

struct Reader<'a> {
    rest: &'a str,
    line: usize,
    /// Number of open brackets.
    depth: usize,
    /// True if only spaces precede on this line.
    at_start: bool,
    /// True if the previous line ended with a backslash.
    continued: bool,
    any_code: bool,
    /// The line after the last comment that stands alone on its line.
    after_comment: Option<usize>,
    source: Source,
}

impl Reader<'_> {
    fn read(mut self) -> Source {
        while let Some(next) = self.rest.chars().next() {
            match next {
                '#' => self.comment(),
                '\n' => self.newline(),
                '\\' if self.rest[1..].starts_with(['\n', '\r']) => {
                    self.continued = true;
                    self.skip(1);
                }
                '"' | '\'' => self.text(),
                c if c.is_whitespace() => self.skip(c.len_utf8()),
                c if c.is_alphabetic() || c == '_' => self.word(),
                c => {
                    match c {
                        '(' | '[' | '{' => self.depth += 1,
                        ')' | ']' | '}' => self.depth = self.depth.saturating_sub(1),
                        _ => {}
                    }
                    self.code(c.len_utf8());
                }
            }
        }
        self.source
    }

    fn skip(&mut self, bytes: usize) {
        self.rest = &self.rest[bytes..];
    }

    fn code(&mut self, bytes: usize) {
        self.source.code.push_str(&self.rest[..bytes]);
        self.skip(bytes);
        self.at_start = false;
        self.any_code = true;
    }

    fn newline(&mut self) {
        self.source.code.push('\n');
        self.skip(1);
        self.line += 1;
        self.at_start = !self.continued;
        self.continued = false;
    }

    fn comment(&mut self) {
        let end = self.rest.find('\n').unwrap_or(self.rest.len());
        let text = self.rest[1..end].trim_end();
        let own_line = self.at_start;
        let follows = self.source.blocks.last().is_some_and(|last| {
            own_line && self.after_comment == Some(self.line) && last.text.ends_with('\n')
        });
        if !follows {
            self.source.blocks.push(Block {
                line: self.line,
                text: String::new(),
                leading: !self.any_code,
                docstring: false,
            });
        }
        if let Some(last) = self.source.blocks.last_mut() {
            last.text.push_str(text);
            // A block that another comment line can continue ends with a line break.
            if own_line {
                last.text.push('\n');
            }
        }
        self.after_comment = own_line.then_some(self.line + 1);
        self.skip(end);
    }

    /// A name, or the letters before a quote.
    fn word(&mut self) {
        let end = self
            .rest
            .find(|c: char| !(c.is_alphanumeric() || c == '_'))
            .unwrap_or(self.rest.len());
        let is_prefix = end <= 2
            && self.rest[end..].starts_with(['"', '\''])
            && self.rest[..end].chars().all(|c| "rRbBuUfFtT".contains(c));
        if is_prefix {
            self.skip(end);
            self.text();
        } else {
            // Two names would become one without the space.
            let joins = self
                .source
                .code
                .ends_with(|c: char| c.is_alphanumeric() || c == '_');
            if joins {
                self.source.code.push(' ');
            }
            self.code(end);
        }
    }

    fn text(&mut self) {
        let quote = &self.rest[..1];
        let triple = quote.repeat(3);
        let (quote, is_long) = match self.rest.starts_with(&triple) {
            true => (triple, true),
            false => (quote.to_owned(), false),
        };
        let body = &self.rest[quote.len()..];
        let (length, closed) = text_length(body, &quote, is_long);
        let text = body[..length].to_owned();
        let lines = text.matches('\n').count();
        if self.at_start && self.depth == 0 {
            self.source.blocks.push(Block {
                line: self.line,
                text,
                leading: !self.any_code,
                docstring: true,
            });
            self.at_start = false;
        } else {
            let line = self.line;
            self.source.literals.push(Literal { line, text });
            self.source.code.push(LITERAL);
            self.at_start = false;
            self.any_code = true;
        }
        self.line += lines;
        self.skip(quote.len() + length + if closed { quote.len() } else { 0 });
    }
}

/// The bytes before the closing quote, and whether there is one. A short text ends with its line.
fn text_length(body: &str, quote: &str, is_long: bool) -> (usize, bool) {
    let mut escaped = false;
    for (place, c) in body.char_indices() {
        if escaped {
            escaped = false;
        } else if c == '\\' {
            escaped = true;
        } else if body[place..].starts_with(quote) {
            return (place, true);
        } else if c == '\n' && !is_long {
            return (place, false);
        }
    }
    (body.len(), false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_docstrings_and_texts_are_told_apart() {
        let text = "#!/x\n# one\n# two\n\n\"\"\"Doc\nstring\"\"\"\nx = 'a # b'  # after\ndef f():\n    r'''inner'''\n    y = [\n 'data']\n# last";
        let source = Source::of(text);
        let blocks: Vec<_> = source
            .blocks
            .iter()
            .map(|b| (b.line, b.text.trim_end(), b.leading))
            .collect();
        assert_eq!(
            blocks,
            [
                (0, "!/x\n one\n two", true),
                (4, "Doc\nstring", true),
                (6, " after", false),
                (8, "inner", false),
                (11, " last", false),
            ]
        );
        let literals: Vec<_> = source
            .literals
            .iter()
            .map(|l| (l.line, l.text.as_str()))
            .collect();
        assert_eq!(literals, [(6, "a # b"), (10, "data")]);
        assert!(
            source.code.contains("x=\u{1}\ndef f():"),
            "{:?}",
            source.code
        );
    }

    #[test]
    fn broken_files_are_read_to_their_end() {
        for text in [
            "'''open",
            "x = 'open\n# after",
            "\\",
            "\"",
            "f'''{\"}",
            "é = '\\",
        ] {
            Source::of(text);
        }
        assert_eq!(Source::of("x = 'open\n# after").blocks.len(), 1);
    }
}

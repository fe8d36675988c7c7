//! Valid Python that tree-sitter's grammar calls an error, spelled in a way that it reads.
//!
//! The other spelling has the same length, and differs in white space, comments and a few signs that no
//! analysis looks at, so that every place in it is a place in the text. What is shown and run is always
//! the text itself. Respelled are:
//! - line ends and comments inside brackets, since a line that starts further to the left than its block
//!   ends the block for tree-sitter;
//! - comments between decorators and what they decorate, for the same reason;
//! - a `=` at the start of a format in an f-string, which is taken for `:=`;
//! - defaults of type parameters, which are evaluated when somebody asks for them.

/// A text to be parsed in another one's place.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Respelled {
    pub(super) text: String,
    /// The comments that it leaves out: first byte and offset after the last one.
    pub(super) comments: Vec<(u32, u32)>,
}

/// The other spelling; `None` where there is nothing to respell, or where brackets or strings do not end.
pub(super) fn respelled(text: &str) -> Option<Respelled> {
    let mut scanner = Scanner {
        source: text.as_bytes(),
        at: 0,
        out: text.as_bytes().to_vec(),
        comments: Vec::new(),
        open: Vec::new(),
        word: Word::None,
        line: LogicalLine::Start,
    };
    scanner.run()?;
    let Scanner { out, comments, .. } = scanner;
    if out == text.as_bytes() {
        return None;
    }
    // Only whole characters are replaced, and by ASCII.
    let text = String::from_utf8(out).ok()?;
    Some(Respelled { text, comments })
}

/// An open bracket or string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    /// A bracket, with what closes it.
    Bracket(u8),
    /// `[` after the name of a definition; whether the place is in a default.
    TypeParameters { default: bool },
    /// The text of an f-string: the quote, and how many of them end it.
    Text { quote: u8, count: usize },
    /// `{..}` in an f-string, before its format.
    Field,
    /// The format of a field.
    Format { quote: u8, count: usize },
}

/// The words before a position, as far as they may lead to type parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word {
    None,
    /// `def`, `class` or `type`.
    Definition,
    /// The name after that.
    Name,
}

/// Position within a logical line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LogicalLine {
    Start,
    /// At the start of the line after a decorator.
    Decorated,
    InDecorator,
    Inside,
}

struct Scanner<'s> {
    source: &'s [u8],
    at: usize,
    out: Vec<u8>,
    comments: Vec<(u32, u32)>,
    open: Vec<Open>,
    word: Word,
    line: LogicalLine,
}

impl Scanner<'_> {
    fn run(&mut self) -> Option<()> {
        while let Some(&byte) = self.source.get(self.at) {
            match self.open.last().copied() {
                Some(Open::Text { quote, count }) => self.text(byte, quote, count)?,
                Some(Open::Format { quote, count }) => self.format(byte, quote, count)?,
                _ => self.code(byte)?,
            }
        }
        self.open.is_empty().then_some(())
    }

    fn rest(&self) -> &[u8] {
        self.source.get(self.at..).unwrap_or_default()
    }

    fn blank(&mut self, from: usize, to: usize) {
        self.out[from..to].fill(b' ');
    }

    /// True inside brackets, where line ends have no significance.
    fn inside(&self) -> bool {
        !self.open.is_empty()
    }

    /// True if line ends and comments here are respelled. Fields of f-strings are left unchanged.
    fn joins_lines(&self) -> bool {
        self.inside() && !self.open.contains(&Open::Field)
    }

    /// True if the text here is omitted.
    fn in_default(&self) -> bool {
        self.open.contains(&Open::TypeParameters { default: true })
    }

    fn code(&mut self, byte: u8) -> Option<()> {
        let from = self.at;
        match byte {
            b'#' => return self.comment(),
            b'\n' => {
                if self.joins_lines() {
                    self.blank(from, from + 1);
                } else if !self.inside() {
                    self.end_line();
                }
                self.at += 1;
                return Some(());
            }
            b'\\' if self.rest().starts_with(b"\\\n") => {
                if self.joins_lines() {
                    self.blank(from, from + 2);
                }
                self.at += 2;
                return Some(());
            }
            b' ' | b'\t' | b'\x0c' => {
                self.at += 1;
                return Some(());
            }
            _ => {}
        }
        self.start_line(byte);
        match byte {
            b'"' | b'\'' => self.string(from)?,
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | 128.. => self.name(from)?,
            b'0'..=b'9' => {
                // Letters of a number are not the prefix of a string.
                self.at += self
                    .rest()
                    .iter()
                    .take_while(|&&byte| is_word(byte))
                    .count();
                self.word = Word::None;
            }
            b'(' | b'[' | b'{' => self.opening(byte),
            b')' | b']' | b'}' => self.closing(byte)?,
            _ => self.sign(byte),
        }
        if self.in_default() {
            let to = self.at;
            self.blank(from, to);
        }
        Some(())
    }

    fn start_line(&mut self, byte: u8) {
        self.line = match self.line {
            LogicalLine::Start | LogicalLine::Decorated if byte == b'@' => LogicalLine::InDecorator,
            LogicalLine::Start | LogicalLine::Decorated => LogicalLine::Inside,
            other => other,
        };
    }

    fn end_line(&mut self) {
        self.word = Word::None;
        self.line = match self.line {
            LogicalLine::Inside => LogicalLine::Start,
            LogicalLine::InDecorator => LogicalLine::Decorated,
            other => other,
        };
    }

    fn comment(&mut self) -> Option<()> {
        let from = self.at;
        let rest = self.rest();
        let length = rest
            .iter()
            .position(|&byte| byte == b'\n')
            .unwrap_or(rest.len());
        self.at += length;
        if self.joins_lines() || self.line == LogicalLine::Decorated {
            let place = |offset: usize| u32::try_from(offset).ok();
            self.comments.push((place(from)?, place(self.at)?));
            let to = self.at;
            self.blank(from, to);
        }
        Some(())
    }

    /// A name or keyword, or the prefix of a string with the string.
    fn name(&mut self, from: usize) -> Option<()> {
        self.at += self
            .rest()
            .iter()
            .take_while(|&&byte| is_word(byte))
            .count();
        if matches!(self.source.get(self.at), Some(b'"' | b'\'')) {
            return self.string(from);
        }
        self.word = match (&self.source[from..self.at], self.word) {
            (_, Word::Definition) => Word::Name,
            (b"def" | b"class" | b"type", _) => Word::Definition,
            _ => Word::None,
        };
        Some(())
    }

    /// A string whose prefix starts at `from` and whose quotes start here.
    fn string(&mut self, from: usize) -> Option<()> {
        self.word = Word::None;
        let formatted = self.source[from..self.at]
            .iter()
            .any(|byte| matches!(byte, b'f' | b'F' | b't' | b'T'));
        let quote = self.source[self.at];
        let count = if self.rest().starts_with(&[quote; 3]) {
            3
        } else {
            1
        };
        self.at += count;
        if formatted {
            self.open.push(Open::Text { quote, count });
            return Some(());
        }
        loop {
            match *self.source.get(self.at)? {
                b'\\' => self.at += 2,
                b'\n' if count == 1 => return None,
                byte if byte == quote && self.ends(quote, count) => {
                    self.at += count;
                    return Some(());
                }
                _ => self.at += 1,
            }
        }
    }

    fn ends(&self, quote: u8, count: usize) -> bool {
        self.rest().starts_with(&[quote; 3][..count])
    }

    /// The text of an f-string.
    fn text(&mut self, byte: u8, quote: u8, count: usize) -> Option<()> {
        match byte {
            b'\\' => self.at += 2,
            b'\n' if count == 1 => return None,
            b'{' if self.rest().starts_with(b"{{") => self.at += 2,
            b'{' => {
                self.open.push(Open::Field);
                self.at += 1;
            }
            _ if byte == quote && self.ends(quote, count) => {
                self.open.pop();
                self.at += count;
            }
            _ => self.at += 1,
        }
        Some(())
    }

    /// The format of a field, which ends with the field.
    fn format(&mut self, byte: u8, quote: u8, count: usize) -> Option<()> {
        match byte {
            b'{' => {
                self.open.push(Open::Field);
                self.at += 1;
            }
            b'}' => {
                self.open.pop();
                self.at += 1;
            }
            b'\n' if count == 1 => return None,
            _ if byte == quote && self.ends(quote, count) => return None,
            _ => self.at += 1,
        }
        Some(())
    }

    fn opening(&mut self, byte: u8) {
        let open = match byte {
            b'[' if self.word == Word::Name => Open::TypeParameters { default: false },
            b'(' => Open::Bracket(b')'),
            b'[' => Open::Bracket(b']'),
            _ => Open::Bracket(b'}'),
        };
        self.word = Word::None;
        self.open.push(open);
        self.at += 1;
    }

    fn closing(&mut self, byte: u8) -> Option<()> {
        self.word = Word::None;
        self.at += 1;
        match (self.open.pop()?, byte) {
            (Open::Bracket(closing), _) => (closing == byte).then_some(()),
            (Open::TypeParameters { .. }, b']') | (Open::Field, b'}') => Some(()),
            _ => None,
        }
    }

    fn sign(&mut self, byte: u8) {
        let from = self.at;
        self.word = Word::None;
        self.at += 1;
        let equals = self.rest().first() == Some(&b'=');
        let around = self
            .open
            .len()
            .checked_sub(2)
            .and_then(|at| self.open.get(at))
            .copied();
        match (byte, self.open.last_mut()) {
            (b':', Some(Open::Field)) => {
                let (quote, count) = match around {
                    Some(Open::Text { quote, count } | Open::Format { quote, count }) => {
                        (quote, count)
                    }
                    _ => return,
                };
                self.open.pop();
                self.open.push(Open::Format { quote, count });
                if equals {
                    self.out[from + 1] = b'<';
                    self.at += 1;
                }
            }
            (b'=', Some(Open::TypeParameters { default })) if !equals => *default = true,
            (b',', Some(Open::TypeParameters { default })) if *default => {
                *default = false;
            }
            // `==`, `!=`, `<=` and the like are one sign.
            (b'=' | b'!' | b'<' | b'>' | b':', _) if equals => self.at += 1,
            _ => {}
        }
    }
}

/// True if a byte can occur in a name; all bytes of non-ASCII characters can.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 128
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelled(text: &str) -> String {
        let found = respelled(text).map_or_else(|| text.to_owned(), |found| found.text);
        assert_eq!(found.len(), text.len());
        found
    }

    #[test]
    fn lines_in_brackets_are_joined() {
        assert_eq!(spelled("r = l[i+\n1]\nx\n"), "r = l[i+ 1]\nx\n");
        assert_eq!(spelled("f(a, # é\n\\\nb)"), "f(a,        b)");
        assert_eq!(spelled("f('''(\n''', \"[\",\n1)"), "f('''(\n''', \"[\", 1)");
        assert_eq!(
            respelled("f(a, # c\nb) # d\n").map(|found| found.comments),
            Some(vec![(5, 8)])
        );
    }

    #[test]
    fn the_rest_stays() {
        for text in [
            "x = 1 \\\n  + 2\n# c\n",
            "f'{a:>10}{b!r}{c:{d}}' '{' \"}\"\n",
            "f'{x:%H:%M}{{' + rb'\\'' + f'{f'{y}'}'\n",
            "x = f'''{\na # c\n}'''\n",
            "x[a:=1], {1: 2}, lambda: 0\n",
            "def f(a: int = 1): pass\n",
            "x = 1if y else 0xf\"\"\n",
        ] {
            assert_eq!(spelled(text), text);
        }
    }

    #[test]
    fn formats_decorators_and_type_parameters() {
        assert_eq!(
            spelled("f'{a:=^10}{b:{c:=3}}{d:=}'"),
            "f'{a:<^10}{b:{c:<3}}{d:<}'"
        );
        assert_eq!(
            spelled("  @a\n# c\n  # d\n  def f(): pass\n"),
            "  @a\n   \n     \n  def f(): pass\n"
        );
        assert_eq!(
            spelled("class A[T: int = str, *Ts = *tuple[int, (int)]](B): pass"),
            "class A[T: int      , *Ts                     ](B): pass"
        );
        assert_eq!(
            spelled("type X[T = 'a'] = list[T]"),
            "type X[T      ] = list[T]"
        );
    }

    #[test]
    fn what_does_not_end_is_left_alone() {
        for text in [
            "f(\n", "f(\n]\n", "f(\n'\n)", "f'{x\n", "f(\n'''", "f(\n\"\\", ")\n(\n",
        ] {
            assert_eq!(respelled(text), None, "{text}");
        }
    }
}

//! Possible contents of reports on a program: lines of its steps, names of its variables, functions and
//! types.

use std::cell::RefCell;
use std::collections::HashSet;

use tracestone_record::{Line, Literal, LiteralLimits};

/// Bytes of a name.
const MAX_NAME: usize = 1000;
/// Texts of which it is remembered that they are literals.
const MAX_KNOWN: usize = 4096;

/// Names of types that are no identifiers, in CPython itself.
const ODD_TYPES: [&str; 2] = ["method-wrapper", "symtable entry"];

/// Parts of qualified names that the compiler makes.
const MADE_PARTS: [&str; 6] = [
    "<listcomp>",
    "<setcomp>",
    "<dictcomp>",
    "<genexpr>",
    "<lambda>",
    "<locals>",
];

/// Possible contents of reports on one program.
pub(crate) struct Possible<'a> {
    /// By line, from line 1: whether a token of code starts on it.
    code_lines: Vec<bool>,
    words: HashSet<&'a str>,
    /// True if a name may differ from its spelling in the text, because Python normalises names that are not
    /// ASCII.
    normalises: bool,
    /// Texts of which it was found before that they are literals.
    known: RefCell<HashSet<String>>,
}

impl<'a> Possible<'a> {
    pub(crate) fn of(program: &'a str) -> Self {
        Self {
            code_lines: code_lines(program),
            words: program.split(|c| !is_of_word(c)).collect(),
            normalises: !program.is_ascii(),
            known: RefCell::default(),
        }
    }

    /// True if a step of the program can be on the line. This holds for lines on which an expression, a
    /// statement or a part of one starts, and not for comments, blank lines, and lines inside strings.
    pub(crate) fn is_line(&self, line: Line) -> bool {
        let at = (line.0 as usize).checked_sub(1);
        at.and_then(|at| self.code_lines.get(at)).copied() == Some(true)
    }

    /// True if the name occurs in the program, unchanged or with a class's name put before it, as Python does
    /// with names that start with two underscores.
    pub(crate) fn is_variable(&self, name: &str) -> bool {
        // A name with ten thousands of underscores would take as many look-ups of long texts.
        if !is_identifier(name) {
            return false;
        }
        let mangled = || {
            name.starts_with('_')
                && name
                    .match_indices("__")
                    .any(|(at, _)| self.words.contains(&name[at..]))
        };
        self.normalises || self.words.contains(name) || mangled()
    }

    /// True for the qualified name of something that the program defines.
    pub(crate) fn is_function(&self, name: &str) -> bool {
        let is_part = |part: &str| {
            let generic = part
                .strip_prefix("<generic parameters of ")
                .and_then(|part| part.strip_suffix('>'));
            MADE_PARTS.contains(&part) || self.is_variable(generic.unwrap_or(part))
        };
        !name.is_empty() && name.len() <= MAX_NAME && name.split('.').all(is_part)
    }

    /// True if the text is the `repr` of a value of this type that has a literal.
    pub(crate) fn is_literal(&self, text: &str, type_name: &str) -> bool {
        if let Some(kind) = plain_type(text) {
            return kind == type_name;
        }
        let mut known = self.known.borrow_mut();
        let key = format!("{type_name} {text}");
        if known.contains(&key) {
            return true;
        }
        let limits = LiteralLimits {
            max_bytes: text.len(),
            max_digits: text.len(),
            ..LiteralLimits::default()
        };
        // Half of a surrogate pair is a character for Python, and none for a text of this program.
        let halves = text.contains("\\ud");
        let read = if halves {
            Literal::parse(&text.replace("\\ud", "\\u0"), limits)
        } else {
            Literal::parse(text, limits)
        };
        let is_literal = read.is_ok_and(|literal| {
            // Which characters that are not ASCII `repr` escapes depends on the version of Unicode.
            let has_type = literal.type_name() == type_name;
            let is_text = halves || !text.is_ascii() || literal.python_repr() == text;
            // `repr` of `0 - 1j` is `-1j`, which is read as a number whose real part is -0.0.
            has_type && (is_text || literal.without_zero_signs().python_repr() == text)
        });
        if is_literal && known.len() < MAX_KNOWN {
            known.insert(key);
        }
        is_literal
    }
}

/// True if a class can have the name. Classes made at run time can have others, but questions about them
/// could not be read.
pub(crate) fn is_type(name: &str) -> bool {
    is_identifier(name) || ODD_TYPES.contains(&name)
}

fn is_identifier(name: &str) -> bool {
    let starts = |c: char| c.is_alphabetic() || c == '_' || !c.is_ascii();
    name.len() <= MAX_NAME
        && name.starts_with(starts)
        && name.chars().all(|c| is_of_word(c) || !c.is_ascii())
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The type of the commonest values, which takes no parser to see.
fn plain_type(text: &str) -> Option<&'static str> {
    match text {
        "None" => return Some("NoneType"),
        "True" | "False" => return Some("bool"),
        "0" => return Some("int"),
        _ => {}
    }
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.starts_with(|c: char| ('1'..='9').contains(&c))
        && digits.bytes().all(|byte| byte.is_ascii_digit())
    {
        return Some("int");
    }
    let inner = text.strip_prefix('\'')?.strip_suffix('\'')?;
    let plain = |byte: u8| matches!(byte, b' '..=b'~') && byte != b'\'' && byte != b'\\';
    inner.bytes().all(plain).then_some("str")
}

/// State of the scanner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// In code, or in an expression inside of a text; so many brackets are open there.
    Code { brackets: u32 },
    /// In a text.
    Text(Quotes),
    /// In the format of an expression inside of a text.
    Format(Quotes),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Quotes {
    quote: u8,
    triple: bool,
    /// True if expressions are allowed inside.
    formatted: bool,
}

impl Quotes {
    /// True if the string ends here.
    fn end(self, rest: &[u8]) -> bool {
        let quotes = [self.quote; 3];
        rest.starts_with(&quotes[..if self.triple { 3 } else { 1 }])
    }

    fn length(self) -> usize {
        if self.triple { 3 } else { 1 }
    }
}

/// By line, from line 1: whether a token of code starts on it. Lines of a formatted text all count, since
/// expressions inside have lines of their own.
fn code_lines(text: &str) -> Vec<bool> {
    let bytes = text.as_bytes();
    let mut lines = vec![text.contains('\r'); text.lines().count() + 1];
    let mut scanner = Scanner {
        line: 0,
        places: vec![Place::Code { brackets: 0 }],
        word: 0,
    };
    let mut at = 0;
    while at < bytes.len() {
        let (length, is_code) = scanner.step(bytes, at);
        if is_code && let Some(line) = lines.get_mut(scanner.line) {
            *line = true;
        }
        let passed = bytes.get(at..at + length).unwrap_or_default();
        scanner.line += passed.iter().filter(|&&byte| byte == b'\n').count();
        at += length;
    }
    lines
}

struct Scanner {
    /// Current line, counted from 0.
    line: usize,
    /// Innermost last; never empty.
    places: Vec<Place>,
    /// Start of the last word, if it extends to here.
    word: usize,
}

impl Scanner {
    /// Length of the next piece in bytes, and whether it is code.
    fn step(&mut self, bytes: &[u8], at: usize) -> (usize, bool) {
        match self.places.last().copied() {
            Some(Place::Text(quotes)) => self.in_text(quotes, bytes, at),
            Some(Place::Format(quotes)) => self.in_format(quotes, bytes, at),
            Some(Place::Code { brackets }) => self.in_code(brackets, bytes, at),
            None => {
                self.places.push(Place::Code { brackets: 0 });
                (0, false)
            }
        }
    }

    fn in_text(&mut self, quotes: Quotes, bytes: &[u8], at: usize) -> (usize, bool) {
        let rest = &bytes[at..];
        if quotes.end(rest) {
            self.places.pop();
            return (quotes.length(), quotes.formatted);
        }
        match rest[0] {
            b'\\' => return (rest.len().min(2), quotes.formatted),
            // This is no valid Python; what follows is taken for code.
            b'\n' if !quotes.triple => self.places.truncate(1),
            b'{' if quotes.formatted && rest.starts_with(b"{{") => return (2, true),
            b'{' if quotes.formatted => self.places.push(Place::Code { brackets: 0 }),
            _ => {}
        }
        (1, quotes.formatted)
    }

    fn in_format(&mut self, quotes: Quotes, bytes: &[u8], at: usize) -> (usize, bool) {
        match bytes[at] {
            b'{' => self.places.push(Place::Code { brackets: 0 }),
            b'}' => {
                self.places.pop();
            }
            b'\n' if !quotes.triple => self.places.truncate(1),
            _ if quotes.end(&bytes[at..]) => {
                self.places.pop();
                return (0, false);
            }
            _ => {}
        }
        (1, true)
    }

    fn in_code(&mut self, brackets: u32, bytes: &[u8], at: usize) -> (usize, bool) {
        let byte = bytes[at];
        let start = std::mem::replace(&mut self.word, at + 1);
        let inside = self.places.len() > 1;
        match byte {
            b' ' | b'\t' | b'\x0c' | b'\r' | b'\n' => return (1, false),
            b'\\' if bytes.get(at + 1) == Some(&b'\n') => return (2, false),
            b'#' => {
                let comment = bytes[at..].iter().position(|&byte| byte == b'\n');
                return (comment.unwrap_or(bytes.len() - at), false);
            }
            b'"' | b'\'' => {
                let quotes = Quotes {
                    quote: byte,
                    triple: bytes[at..].starts_with(&[byte; 3]),
                    formatted: is_format_prefix(&bytes[start..at]),
                };
                self.places.push(Place::Text(quotes));
                return (quotes.length(), true);
            }
            b'(' | b'[' | b'{' => self.set_brackets(brackets + 1),
            b'}' if inside && brackets == 0 => {
                self.places.pop();
            }
            b')' | b']' | b'}' => self.set_brackets(brackets.saturating_sub(1)),
            b':' if inside && brackets == 0 => self.begin_format(),
            _ if byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii() => {
                self.word = start;
            }
            _ => {}
        }
        (1, true)
    }

    fn set_brackets(&mut self, now: u32) {
        if let Some(Place::Code { brackets }) = self.places.last_mut() {
            *brackets = now;
        }
    }

    /// The expression is over and its format follows.
    fn begin_format(&mut self) {
        let outer = self.places.len().checked_sub(2);
        if let Some(Place::Text(quotes) | Place::Format(quotes)) =
            outer.and_then(|at| self.places.get(at)).copied()
        {
            self.places.pop();
            self.places.push(Place::Format(quotes));
        }
    }
}

/// True if the word before a quote allows expressions inside.
fn is_format_prefix(word: &[u8]) -> bool {
    word.len() <= 2
        && word
            .iter()
            .any(|byte| matches!(byte, b'f' | b'F' | b't' | b'T'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines_of(text: &str) -> Vec<u32> {
        let possible = Possible::of(text);
        let all = 1..=u32::try_from(text.lines().count()).unwrap();
        all.filter(|&line| possible.is_line(Line(line))).collect()
    }

    #[test]
    fn lines_of_comments_blanks_and_texts_are_no_steps() {
        let text = "\
# a comment

def f(x):
    '''Text # no comment
    over lines.

    '''
    y = 'it\\'s' # trailing
    z = (x +

         # inside
         1)
    return r\"\\\" '''\" \\
        + y
";
        assert_eq!(lines_of(text), [3, 4, 8, 9, 12, 13, 14]);
    }

    #[test]
    fn formatted_texts_hold_code() {
        let text = "\
a = f'''one
{x}
two'''
'''
no
'''
b = f\"{d[\"a\"]:'>{width}}\" + f\"{{'\"
'''
no
'''
c = rf'{(lambda: 1)()!r:{\"x\"}}'
'''
no
'''
d = 1
";
        assert_eq!(lines_of(text), [1, 2, 3, 4, 7, 8, 11, 12, 15]);
    }

    #[test]
    fn what_is_no_valid_python_does_not_hide_the_rest() {
        assert_eq!(lines_of("a = 'open\nb = f\"{x\nc = 1\n"), [1, 2, 3]);
        assert_eq!(lines_of("'''"), [1]);
        assert_eq!(lines_of("\\"), [1]);
        assert!(!Possible::of("").is_line(Line(0)));
    }

    #[test]
    fn names_occur_in_the_program() {
        let possible =
            Possible::of("class A:\n    def f(self, __x):\n        return [y for y in __x]\n");
        for name in ["self", "y", "_A__x"] {
            assert!(possible.is_variable(name), "{name}");
        }
        for name in ["z", "1", "", "a b", "ü", "_A__y"] {
            assert!(!possible.is_variable(name), "{name}");
        }
        for name in ["A.f", "A.f.<locals>.<listcomp>", "f"] {
            assert!(possible.is_function(name), "{name}");
        }
        for name in ["", "g", "A.<evil>", "A..f"] {
            assert!(!possible.is_function(name), "{name}");
        }
        // Python reads `ﬁ` as `fi`.
        assert!(Possible::of("def ﬁ(): pass").is_variable("fi"));
    }

    #[test]
    fn exact_texts_are_what_repr_gives() {
        let possible = Possible::of("");
        let good = [
            ("1", "int"),
            ("-17", "int"),
            ("'a b'", "str"),
            ("\"it's\"", "str"),
            ("'\\n'", "str"),
            ("[1, 'a', (2.5,)]", "list"),
            ("{1, 2}", "set"),
            ("set()", "set"),
            ("{'a': None}", "dict"),
            ("b'\\x00'", "bytes"),
            ("1e+16", "float"),
            ("(1+2j)", "complex"),
            ("'ü'", "str"),
            ("['\\ud800']", "list"),
        ];
        for (text, kind) in good {
            assert!(possible.is_literal(text, kind), "{text}");
            assert!(possible.is_literal(text, kind), "{text}, known");
            assert!(!possible.is_literal(text, "module"), "{text}");
        }
        for text in [
            "01",
            "-0",
            "0x1",
            "1_0",
            "[1,2]",
            "open('x')",
            "",
            "'a",
            "1 ",
            "\"a\"",
        ] {
            for kind in ["int", "list", "str"] {
                assert!(!possible.is_literal(text, kind), "{text}");
            }
        }
    }

    #[test]
    fn types_have_names() {
        assert!(is_type("int") && is_type("method-wrapper") && is_type("Ünï"));
        assert!(!is_type("") && !is_type("a b") && !is_type("<script>") && !is_type("a.b"));
    }
}

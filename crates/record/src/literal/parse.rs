//! The parser.
//!
//! It follows CPython's grammar for the expressions that `ast.literal_eval` evaluates. `Form` distinguishes
//! bare numbers, since only those take a sign or occur in `1+2j`.

use super::{Integer, Literal, LiteralError, LiteralLimits, distinct, merged};

pub(super) fn parse(text: &str, limits: LiteralLimits) -> Result<Literal, LiteralError> {
    let mut parser = Parser {
        text,
        at: 0,
        depth: 0,
        limits,
    };
    if text.len() > limits.max_bytes {
        return Err(parser.error(format!("longer than {} bytes", limits.max_bytes)));
    }
    if let Some(at) = text.find('\0') {
        parser.at = at;
        return Err(parser.error("a null byte"));
    }
    parser.skip_lines();
    let value = parser.top_level()?;
    parser.skip_lines();
    match parser.peek() {
        None => Ok(value),
        Some(c) => Err(parser.error(format!("unexpected `{c}` after the value"))),
    }
}

/// The syntactic role that an expression can still take.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// A number without a sign: may follow a sign, or be the right side of `1+2j`.
    Number,
    /// A number with a sign: may be the left side of `1+2j`.
    Signed,
    /// Any other expression.
    Other,
}

type Parsed<T> = Result<T, LiteralError>;

struct Parser<'a> {
    text: &'a str,
    at: usize,
    /// Open brackets; inside them, line breaks and comments are white space.
    depth: u32,
    limits: LiteralLimits,
}

impl Parser<'_> {
    fn error(&self, what: impl Into<String>) -> LiteralError {
        LiteralError {
            at: self.at,
            what: what.into(),
        }
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn eat(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.at += token.len();
        }
        found
    }

    fn expect(&mut self, token: &str, what: &str) -> Parsed<()> {
        if self.eat(token) {
            return Ok(());
        }
        Err(match self.peek() {
            Some(c) => self.error(format!("expected {what}, found `{c}`")),
            None => self.error(format!("expected {what}, found the end")),
        })
    }

    /// Skips white space that separates tokens here.
    fn skip(&mut self) {
        loop {
            let spaces = self
                .rest()
                .bytes()
                .take_while(|b| matches!(b, b' ' | b'\t' | 0x0c));
            self.at += spaces.count();
            if self.eat("\\\n") || self.eat("\\\r\n") {
                continue;
            }
            if self.depth > 0 && (self.eat("\n") || self.eat("\r") || self.skip_comment()) {
                continue;
            }
            return;
        }
    }

    /// Skips white space, line breaks and comments around the whole expression.
    fn skip_lines(&mut self) {
        self.depth += 1;
        self.skip();
        self.depth -= 1;
    }

    fn skip_comment(&mut self) -> bool {
        let found = self.rest().starts_with('#');
        if found {
            self.at += self.rest().find(['\n', '\r']).unwrap_or(self.rest().len());
        }
        found
    }

    fn open(&mut self) -> Parsed<()> {
        if self.depth >= self.limits.max_depth {
            return Err(self.error(format!("nested deeper than {}", self.limits.max_depth)));
        }
        self.depth += 1;
        self.skip();
        Ok(())
    }

    /// Takes the closing bracket and the white space after it, which belongs to the outer level.
    fn close(&mut self, bracket: &str) -> Parsed<()> {
        self.expect(bracket, &format!("`,` or `{bracket}`"))?;
        self.depth -= 1;
        self.skip();
        Ok(())
    }

    /// A value, or a tuple without parentheses.
    fn top_level(&mut self) -> Parsed<Literal> {
        let (first, _) = self.expression()?;
        if !self.eat(",") {
            return Ok(first);
        }
        self.skip();
        let mut items = vec![first];
        while self.peek().is_some_and(|c| !matches!(c, '\n' | '\r' | '#')) {
            items.push(self.expression()?.0);
            if !self.eat(",") {
                break;
            }
            self.skip();
        }
        Ok(Literal::Tuple(items))
    }

    /// A signed or complex number, or any other value; white space after it is skipped.
    fn expression(&mut self) -> Parsed<(Literal, Form)> {
        let start = self.at;
        let (left, form) = self.signed()?;
        let sign = match self.peek() {
            Some('+') => 1.0,
            Some('-') => -1.0,
            _ => return Ok((left, form)),
        };
        let real = match &left {
            Literal::Int(integer) if form != Form::Other => integer.as_str().parse().ok(),
            Literal::Float(value) if form != Form::Other => Some(*value),
            _ => None,
        };
        let Some(real) = real.filter(|real: &f64| real.is_finite()) else {
            self.at = start;
            return Err(self.error("only a real number takes an imaginary part"));
        };
        self.at += 1;
        self.skip();
        match self.atom()? {
            (
                Literal::Complex {
                    real: zero,
                    imaginary,
                },
                Form::Number,
            ) => Ok((
                // As CPython adds: component by component, the missing part being 0.0.
                Literal::Complex {
                    real: real + sign * zero,
                    imaginary: 0.0 + sign * imaginary,
                },
                Form::Other,
            )),
            _ => {
                self.at = start;
                Err(self.error("an operator other than in a complex number"))
            }
        }
    }

    fn signed(&mut self) -> Parsed<(Literal, Form)> {
        let start = self.at;
        let negative = self.rest().starts_with('-');
        if !(self.eat("-") || self.eat("+")) {
            return self.atom();
        }
        self.skip();
        let (value, form) = self.atom()?;
        if form != Form::Number {
            self.at = start;
            return Err(self.error("a sign before something that is not a number"));
        }
        let value = if negative { negate(value) } else { value };
        Ok((value, Form::Signed))
    }

    fn atom(&mut self) -> Parsed<(Literal, Form)> {
        let Some(c) = self.peek() else {
            return Err(self.error("expected a value, found the end"));
        };
        match c {
            '(' => self.parenthesised(),
            '[' => Ok((self.list()?, Form::Other)),
            '{' => Ok((self.braces()?, Form::Other)),
            '0'..='9' => self.number(),
            '.' if self.rest().starts_with("...") => {
                self.at += 3;
                self.skip();
                Ok((Literal::Ellipsis, Form::Other))
            }
            '.' => self.number(),
            '\'' | '"' => Ok((self.strings()?, Form::Other)),
            _ if c == '_' || c.is_alphabetic() => Ok((self.word()?, Form::Other)),
            _ => Err(self.error(format!("expected a value, found `{c}`"))),
        }
    }

    fn parenthesised(&mut self) -> Parsed<(Literal, Form)> {
        self.at += 1;
        self.open()?;
        if self.peek() == Some(')') {
            self.close(")")?;
            return Ok((Literal::Tuple(Vec::new()), Form::Other));
        }
        let (first, form) = self.expression()?;
        if self.peek() == Some(')') {
            self.close(")")?;
            return Ok((first, form));
        }
        let mut items = vec![first];
        while self.eat(",") {
            self.skip();
            if self.peek() == Some(')') {
                break;
            }
            items.push(self.expression()?.0);
        }
        self.close(")")?;
        Ok((Literal::Tuple(items), Form::Other))
    }

    fn list(&mut self) -> Parsed<Literal> {
        self.at += 1;
        self.open()?;
        let mut items = Vec::new();
        while self.peek() != Some(']') {
            items.push(self.expression()?.0);
            if !self.eat(",") {
                break;
            }
            self.skip();
        }
        self.close("]")?;
        Ok(Literal::List(items))
    }

    fn braces(&mut self) -> Parsed<Literal> {
        self.at += 1;
        self.open()?;
        if self.peek() == Some('}') {
            self.close("}")?;
            return Ok(Literal::Dict(Vec::new()));
        }
        let first = self.hashable()?;
        if self.peek() == Some(':') {
            return self.dict(first);
        }
        let mut items = vec![first];
        while self.eat(",") {
            self.skip();
            if self.peek() == Some('}') {
                break;
            }
            items.push(self.hashable()?);
        }
        self.close("}")?;
        Ok(Literal::Set(distinct(items)))
    }

    fn dict(&mut self, first: Literal) -> Parsed<Literal> {
        let mut entries = Vec::new();
        let mut key = first;
        loop {
            self.expect(":", "`:`")?;
            self.skip();
            entries.push((key, self.expression()?.0));
            if !self.eat(",") {
                break;
            }
            self.skip();
            if self.peek() == Some('}') {
                break;
            }
            key = self.hashable()?;
        }
        self.close("}")?;
        Ok(Literal::Dict(merged(entries)))
    }

    /// An element of a set or a key of a dictionary.
    fn hashable(&mut self) -> Parsed<Literal> {
        let start = self.at;
        let (value, _) = self.expression()?;
        if value.is_hashable() {
            return Ok(value);
        }
        self.at = start;
        Err(self.error(format!("unhashable type: `{}`", value.type_name())))
    }

    /// A name or the prefix of a string.
    fn word(&mut self) -> Parsed<Literal> {
        let start = self.at;
        let length = self
            .rest()
            .find(|c: char| c != '_' && !c.is_alphanumeric())
            .unwrap_or(self.rest().len());
        let word = &self.text[start..start + length];
        if matches!(self.text.as_bytes().get(start + length), Some(b'\'' | b'"')) {
            return self.strings();
        }
        let value = match word {
            "None" => Literal::None,
            "True" => Literal::Bool(true),
            "False" => Literal::Bool(false),
            // `ast.literal_eval` knows only `...`, but this is what `repr` prints for it.
            "Ellipsis" => Literal::Ellipsis,
            "set" => return self.empty_set(),
            _ => return Err(self.error(format!("`{word}` is a name, not a literal"))),
        };
        self.at += length;
        self.skip();
        Ok(value)
    }

    fn empty_set(&mut self) -> Parsed<Literal> {
        self.at += "set".len();
        self.skip();
        self.expect("(", "`()` after `set`")?;
        self.open()?;
        self.expect(")", "`)`, since only the empty set is written `set()`")?;
        self.depth -= 1;
        self.skip();
        Ok(Literal::Set(Vec::new()))
    }

    /// One or more adjacent string or bytes literals.
    fn strings(&mut self) -> Parsed<Literal> {
        let mut joined = self.string()?;
        self.skip();
        while self.at_string() {
            let start = self.at;
            match (&mut joined, self.string()?) {
                (Literal::Str(left), Literal::Str(right)) => left.push_str(&right),
                (Literal::Bytes(left), Literal::Bytes(right)) => left.extend(right),
                _ => {
                    self.at = start;
                    return Err(self.error("strings and bytes cannot be joined"));
                }
            }
            self.skip();
        }
        Ok(joined)
    }

    fn at_string(&self) -> bool {
        let rest = self
            .rest()
            .trim_start_matches(|c: char| c.is_ascii_alphabetic());
        self.rest().len() - rest.len() <= 2 && rest.starts_with(['\'', '"'])
    }

    fn string(&mut self) -> Parsed<Literal> {
        let quote_at = self.rest().find(['\'', '"']).unwrap_or(0);
        let (raw, bytes) = match self.rest()[..quote_at].to_ascii_lowercase().as_str() {
            "" | "u" => (false, false),
            "r" => (true, false),
            "b" => (false, true),
            "rb" | "br" => (true, true),
            prefix => {
                return Err(self.error(format!("string prefix `{prefix}` is not of a literal")));
            }
        };
        let start = self.at;
        self.at += quote_at;
        let quote = if self.rest().starts_with('"') {
            "\""
        } else {
            "'"
        };
        let triple = quote.repeat(3);
        let close = if self.rest().starts_with(&triple) {
            triple
        } else {
            quote.to_owned()
        };
        self.at += close.len();
        let mut body = Body {
            bytes,
            text: String::new(),
            data: Vec::new(),
        };
        loop {
            if self.eat(&close) {
                break;
            }
            let Some(c) = self.peek() else {
                self.at = start;
                return Err(self.error("the string does not end"));
            };
            match c {
                '\\' if raw => self.raw_escape(&mut body)?,
                '\\' => self.escape(&mut body)?,
                '\n' | '\r' if close.len() == 1 => {
                    return Err(self.error("a line break inside a string"));
                }
                _ => self.plain(&mut body)?,
            }
        }
        Ok(if bytes {
            Literal::Bytes(body.data)
        } else {
            Literal::Str(body.text)
        })
    }

    /// A character without a special function; every kind of line break is read as `\n`, as in Python.
    fn plain(&mut self, body: &mut Body) -> Parsed<()> {
        if self.eat("\r\n") || self.eat("\r") {
            body.push('\n');
            return Ok(());
        }
        let Some(c) = self.peek() else {
            return Err(self.error("the string does not end"));
        };
        if body.bytes && !c.is_ascii() {
            return Err(self.error("bytes can only hold ASCII characters"));
        }
        self.at += c.len_utf8();
        body.push(c);
        Ok(())
    }

    fn raw_escape(&mut self, body: &mut Body) -> Parsed<()> {
        self.at += 1;
        body.push('\\');
        self.plain(body)
    }

    fn escape(&mut self, body: &mut Body) -> Parsed<()> {
        if self.eat("\\\r\n") || self.eat("\\\n") || self.eat("\\\r") {
            return Ok(());
        }
        let start = self.at;
        self.at += 1;
        let Some(c) = self.peek() else {
            return Err(self.error("the string does not end"));
        };
        let simple = match c {
            '\\' | '\'' | '"' => Some(c),
            'a' => Some('\x07'),
            'b' => Some('\x08'),
            'f' => Some('\x0c'),
            'n' => Some('\n'),
            'r' => Some('\r'),
            't' => Some('\t'),
            'v' => Some('\x0b'),
            _ => None,
        };
        if let Some(simple) = simple {
            self.at += 1;
            body.push(simple);
            return Ok(());
        }
        let code = match c {
            '0'..='7' => self.octal(),
            'x' => self.hexadecimal(2)?,
            'u' if !body.bytes => self.hexadecimal(4)?,
            'U' if !body.bytes => self.hexadecimal(8)?,
            'N' if !body.bytes => {
                self.at = start;
                return Err(self.error("`\\N{..}` is not supported"));
            }
            // An unknown escape stands for itself, backslash included.
            _ => {
                body.push('\\');
                return self.plain(body);
            }
        };
        if body.bytes {
            // CPython keeps the low eight bits of an octal escape above `\377`.
            body.data.push((code & 0xff) as u8);
            return Ok(());
        }
        match char::from_u32(code) {
            Some(c) => body.push(c),
            None => {
                self.at = start;
                return Err(
                    self.error("an escape that is not a character (surrogate or too large)")
                );
            }
        }
        Ok(())
    }

    fn octal(&mut self) -> u32 {
        let mut code = 0;
        for _ in 0..3 {
            let Some(digit) = self.peek().and_then(|c| c.to_digit(8)) else {
                break;
            };
            code = code * 8 + digit;
            self.at += 1;
        }
        code
    }

    fn hexadecimal(&mut self, digits: usize) -> Parsed<u32> {
        self.at += 1;
        let mut code: u32 = 0;
        for _ in 0..digits {
            let Some(digit) = self.peek().and_then(|c| c.to_digit(16)) else {
                return Err(self.error(format!("an escape that needs {digits} hexadecimal digits")));
            };
            code = (code << 4) | digit;
            self.at += 1;
        }
        Ok(code)
    }

    fn number(&mut self) -> Parsed<(Literal, Form)> {
        let start = self.at;
        let length = number_length(self.rest());
        let text = &self.text[start..start + length];
        let value = read_number(text, self.limits.max_digits).map_err(|what| self.error(what))?;
        self.at += length;
        self.skip();
        Ok((value, Form::Number))
    }
}

/// A string or bytes object being read.
struct Body {
    bytes: bool,
    text: String,
    data: Vec<u8>,
}

impl Body {
    fn push(&mut self, c: char) {
        if self.bytes {
            // Only characters below 128 get here for bytes.
            self.data.push(c as u8);
        } else {
            self.text.push(c);
        }
    }
}

fn negate(value: Literal) -> Literal {
    match value {
        Literal::Int(value) => Literal::Int(value.negated()),
        Literal::Float(value) => Literal::Float(-value),
        Literal::Complex { real, imaginary } => Literal::Complex {
            real: -real,
            imaginary: -imaginary,
        },
        other => other,
    }
}

/// The length of the longest text that could be a number: letters, digits, `_`, `.`, and a sign
/// after the `e` of a decimal exponent.
fn number_length(text: &str) -> usize {
    let hexadecimal = text.get(..2).is_some_and(|p| p.eq_ignore_ascii_case("0x"));
    let mut previous = ' ';
    for (at, c) in text.char_indices() {
        let exponent_sign = matches!(c, '+' | '-') && matches!(previous, 'e' | 'E') && !hexadecimal;
        if !(c.is_alphanumeric() || c == '_' || c == '.' || exponent_sign) {
            return at;
        }
        previous = c;
    }
    text.len()
}

fn read_number(text: &str, max_digits: usize) -> Result<Literal, String> {
    let lower = text.to_ascii_lowercase();
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if let Some(digits) = lower.strip_prefix(prefix) {
            // One underscore may stand between prefix and digits.
            let digits = plain_digits(digits.strip_prefix('_').unwrap_or(digits), radix)
                .ok_or_else(|| format!("`{text}` is not a number"))?;
            return from_radix(&digits, radix, max_digits).map(Literal::Int);
        }
    }
    if let Some(digits) = plain_digits(&lower, 10) {
        if digits.len() > max_digits {
            return Err(format!("an integer of more than {max_digits} digits"));
        }
        if digits.starts_with('0') && digits.bytes().any(|b| b != b'0') {
            return Err(format!("`{text}` has a leading zero"));
        }
        return Ok(Literal::Int(Integer::from_digits(false, &digits)));
    }
    match lower.strip_suffix('j') {
        Some(rest) => Ok(Literal::Complex {
            real: 0.0,
            imaginary: read_float(rest, text)?,
        }),
        None => read_float(&lower, text).map(Literal::Float),
    }
}

/// The digits without underscores, which are allowed only between digits; `None` for anything else.
fn plain_digits(text: &str, radix: u32) -> Option<String> {
    let groups_are_digits = text
        .split('_')
        .all(|group| !group.is_empty() && group.chars().all(|c| c.is_ascii() && c.is_digit(radix)));
    groups_are_digits.then(|| text.replace('_', ""))
}

/// `digits [. digits] [e [sign] digits]` with digits on at least one side of the point.
fn read_float(text: &str, shown: &str) -> Result<f64, String> {
    let wrong = || format!("`{shown}` is not a number");
    let (mantissa, exponent) = match text.split_once('e') {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |part: &str| match part {
        "" => Some(String::new()),
        _ => plain_digits(part, 10),
    };
    let (whole, fraction) = (
        digits(whole).ok_or_else(wrong)?,
        digits(fraction).ok_or_else(wrong)?,
    );
    if whole.is_empty() && fraction.is_empty() {
        return Err(wrong());
    }
    let exponent = match exponent {
        None => String::new(),
        Some(text) => {
            let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
            let digits = plain_digits(unsigned, 10).ok_or_else(wrong)?;
            format!("e{}{digits}", if text.starts_with('-') { "-" } else { "" })
        }
    };
    let value: f64 = format!("{whole}.{fraction}0{exponent}")
        .parse()
        .map_err(|_| wrong())?;
    if value.is_finite() {
        Ok(value)
    } else {
        Err(format!(
            "`{shown}` is too large for a floating-point number"
        ))
    }
}

/// Converts digits of another base to decimal, nine decimal digits at a time.
fn from_radix(digits: &str, radix: u32, max_digits: usize) -> Result<Integer, String> {
    const BASE: u64 = 1_000_000_000;
    let mut limbs: Vec<u64> = Vec::new();
    for c in digits.trim_start_matches('0').chars() {
        let mut carry = u64::from(c.to_digit(radix).unwrap_or(0));
        for limb in &mut limbs {
            let value = *limb * u64::from(radix) + carry;
            *limb = value % BASE;
            carry = value / BASE;
        }
        if carry > 0 {
            limbs.push(carry);
        }
        if limbs.len() > max_digits / 9 + 1 {
            return Err(format!("an integer of more than {max_digits} digits"));
        }
    }
    let decimal: String = limbs
        .iter()
        .rev()
        .map(|limb| format!("{limb:09}"))
        .collect();
    if decimal.trim_start_matches('0').len() > max_digits {
        return Err(format!("an integer of more than {max_digits} digits"));
    }
    Ok(Integer::from_digits(false, &decimal))
}

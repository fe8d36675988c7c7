//! The parser.
//!
//! It follows CPython's grammar for the expressions that `ast.literal_eval` evaluates. `Form` distinguishes
//! bare numbers, since only those take a sign or occur in `1+2j`.

mod number;
mod string;

use number::negate;

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
}

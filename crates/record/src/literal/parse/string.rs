//! Strings and bytes of Python literals.

use super::*;

impl Parser<'_> {
    /// One or more adjacent string or bytes literals.
    pub(super) fn strings(&mut self) -> Parsed<Literal> {
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

    pub(super) fn string(&mut self) -> Parsed<Literal> {
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
}

/// A string or bytes object being read.
struct Body {
    bytes: bool,
    text: String,
    data: Vec<u8>,
}

impl Body {
    pub(super) fn push(&mut self, c: char) {
        if self.bytes {
            // Only characters below 128 get here for bytes.
            self.data.push(c as u8);
        } else {
            self.text.push(c);
        }
    }
}

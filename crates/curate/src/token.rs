//! The stream of Python tokens in a text, and its shingles.
//!
//! Tokens are those of CPython's `tokenize` (3.11, where an f-string is one token) without comments, line
//! ends and indentation, and without strings that are statements of their own, such as docstrings. No text is
//! refused: what is no Python gives tokens of some kind.

/// Tokens in a shingle.
pub(crate) const SHINGLE: usize = 5;

/// The tokens of a text, in order, as places in it.
#[derive(Debug, Clone)]
pub struct Tokens<'t> {
    text: &'t [u8],
    at: usize,
    /// Brackets that are open.
    depth: usize,
    /// True where a statement starts.
    start: bool,
}

impl<'t> Tokens<'t> {
    /// The tokens of this text.
    #[must_use]
    pub fn of(text: &'t str) -> Self {
        Self {
            text: text.as_bytes(),
            at: 0,
            depth: 0,
            start: true,
        }
    }

    fn byte(&self, at: usize) -> u8 {
        self.text.get(at).copied().unwrap_or(0)
    }

    fn skip_to_line_end(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest
            .iter()
            .position(|byte| *byte == b'\n')
            .unwrap_or(rest.len());
    }

    /// The end of a string whose quotes start at `at`.
    fn string_end(&self, at: usize) -> usize {
        let quote = self.byte(at);
        let triple = self.byte(at + 1) == quote && self.byte(at + 2) == quote;
        let mut at = at + if triple { 3 } else { 1 };
        while at < self.text.len() {
            match self.text[at] {
                b'\\' => at += 1,
                b'\n' if !triple => return at,
                byte if byte == quote => {
                    if !triple {
                        return at + 1;
                    }
                    if self.byte(at + 1) == quote && self.byte(at + 2) == quote {
                        return at + 3;
                    }
                }
                _ => {}
            }
            at += 1;
        }
        self.text.len()
    }

    /// True if nothing but a comment follows on the line.
    fn ends_statement(&self, at: usize) -> bool {
        let rest = self.text[at..].iter();
        let next = rest
            .copied()
            .find(|byte| !matches!(byte, b' ' | b'\t' | b'\r' | 0x0c));
        matches!(next, None | Some(b'\n' | b'#'))
    }

    fn number_end(&self) -> usize {
        let mut at = self.at;
        let digits = |mut at: usize, is: fn(&u8) -> bool| {
            while is(&self.byte(at)) || self.byte(at) == b'_' {
                at += 1;
            }
            at
        };
        if self.byte(at) == b'0' {
            let is: Option<fn(&u8) -> bool> = match self.byte(at + 1) {
                b'x' | b'X' => Some(u8::is_ascii_hexdigit),
                b'o' | b'O' => Some(|byte| matches!(byte, b'0'..=b'7')),
                b'b' | b'B' => Some(|byte| matches!(byte, b'0' | b'1')),
                _ => None,
            };
            if let Some(is) = is {
                return digits(at + 2, is);
            }
        }
        at = digits(at, u8::is_ascii_digit);
        if self.byte(at) == b'.' {
            at = digits(at + 1, u8::is_ascii_digit);
        }
        if matches!(self.byte(at), b'e' | b'E') {
            let sign = usize::from(matches!(self.byte(at + 1), b'+' | b'-'));
            if self.byte(at + 1 + sign).is_ascii_digit() {
                at = digits(at + 1 + sign, u8::is_ascii_digit);
            }
        }
        if matches!(self.byte(at), b'j' | b'J') {
            at += 1;
        }
        at
    }

    fn operator_end(&mut self) -> usize {
        let [one, two, three] = [0, 1, 2].map(|ahead| self.byte(self.at + ahead));
        match one {
            b'(' | b'[' | b'{' => self.depth += 1,
            b')' | b']' | b'}' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        let length = match (one, two, three) {
            (b'*', b'*', b'=') | (b'/', b'/', b'=') => 3,
            (b'>', b'>', b'=') | (b'<', b'<', b'=') => 3,
            (b'.', b'.', b'.') => 3,
            (b'*', b'*', _) | (b'/', b'/', _) | (b'>', b'>', _) | (b'<', b'<', _) => 2,
            (b'-', b'>', _) | (b':', b'=', _) => 2,
            (b'+' | b'-' | b'*' | b'/' | b'%' | b'&' | b'|' | b'^' | b'@', b'=', _) => 2,
            (b'=' | b'!' | b'<' | b'>', b'=', _) => 2,
            _ => 1,
        };
        self.at + length
    }
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// True for the letters that may stand before a string's quotes.
fn is_prefix(letters: &[u8]) -> bool {
    let lower: Vec<u8> = letters.iter().map(u8::to_ascii_lowercase).collect();
    matches!(
        lower.as_slice(),
        b"r" | b"b" | b"u" | b"f" | b"t" | b"br" | b"rb" | b"fr" | b"rf" | b"tr" | b"rt"
    )
}

impl Iterator for Tokens<'_> {
    type Item = (usize, usize);

    fn next(&mut self) -> Option<(usize, usize)> {
        loop {
            let byte = *self.text.get(self.at)?;
            match byte {
                b'\n' => {
                    self.at += 1;
                    self.start |= self.depth == 0;
                }
                b' ' | b'\t' | b'\r' | 0x0c | b'\\' => self.at += 1,
                b'#' => self.skip_to_line_end(),
                _ => {
                    let start = self.at;
                    let first = std::mem::take(&mut self.start);
                    let quotes = match byte {
                        b'"' | b'\'' => Some(start),
                        _ if is_name(byte) && !byte.is_ascii_digit() => {
                            let rest = &self.text[start..];
                            let length = rest.iter().position(|byte| !is_name(*byte));
                            self.at += length.unwrap_or(rest.len());
                            let quoted = matches!(self.byte(self.at), b'"' | b'\'')
                                && is_prefix(&self.text[start..self.at]);
                            if !quoted {
                                return Some((start, self.at));
                            }
                            Some(self.at)
                        }
                        _ => None,
                    };
                    if let Some(quotes) = quotes {
                        self.at = self.string_end(quotes);
                        if first && self.depth == 0 && self.ends_statement(self.at) {
                            continue;
                        }
                        return Some((start, self.at));
                    }
                    let number = byte.is_ascii_digit()
                        || byte == b'.' && self.byte(start + 1).is_ascii_digit();
                    self.at = if number {
                        self.number_end()
                    } else {
                        self.operator_end()
                    }
                    .min(self.text.len());
                    return Some((start, self.at));
                }
            }
        }
    }
}

/// FNV-1a of a token's bytes.
pub(crate) fn hash(token: &[u8]) -> u64 {
    token.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// Spreads every bit over all others: the last steps of MurmurHash3.
pub(crate) fn mix(mut hash: u64) -> u64 {
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ (hash >> 33)
}

const BASE: u64 = 0x9e37_79b9_7f4a_7c15;

/// The hashes of all runs of `length` tokens, in order; one of them all where there are fewer.
pub(crate) fn grams(hashes: &[u64], length: usize) -> Vec<u64> {
    let fold = |tokens: &[u64]| {
        let fold = |sum: u64, token: &u64| sum.wrapping_mul(BASE).wrapping_add(*token);
        tokens.iter().fold(0, fold)
    };
    if hashes.len() <= length {
        return match hashes.is_empty() {
            true => Vec::new(),
            false => vec![mix(fold(hashes))],
        };
    }
    let top = (0..length).fold(1_u64, |power, _| power.wrapping_mul(BASE));
    let mut sum = fold(&hashes[..length]);
    let mut found = Vec::with_capacity(hashes.len() - length + 1);
    found.push(mix(sum));
    for at in length..hashes.len() {
        let gone = hashes[at - length].wrapping_mul(top);
        sum = sum
            .wrapping_mul(BASE)
            .wrapping_add(hashes[at])
            .wrapping_sub(gone);
        found.push(mix(sum));
    }
    found
}

/// The hashes of a text's tokens, in order.
pub(crate) fn hashes(text: &str) -> Vec<u64> {
    let bytes = text.as_bytes();
    let mut found = Vec::with_capacity(text.len() / 4);
    found.extend(Tokens::of(text).map(|(start, end)| hash(&bytes[start..end])));
    found
}

/// The set of a text's shingles, as sorted hashes.
#[must_use]
pub fn shingles(text: &str) -> Vec<u64> {
    let mut found = grams(&hashes(text), SHINGLE);
    found.sort_unstable();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> Vec<&str> {
        Tokens::of(text)
            .map(|(start, end)| &text[start..end])
            .collect()
    }

    #[test]
    fn tokens_are_cpythons() {
        for (text, expected) in [
            ("x **= 0x1F+1.5e-3j", "x **= 0x1F + 1.5e-3j"),
            ("a[1:-2]=b//=c->d", "a [ 1 : - 2 ] = b //= c -> d"),
            ("1if x else.5", "1 if x else .5"),
            ("rb'a\\'b' f\"{x}\" ''", "rb'a\\'b' f\"{x}\" ''"),
            ("f(a,\n  b) # c\n", "f ( a , b )"),
            ("naïve=1_000", "naïve = 1_000"),
            ("x = '''a\n'b''' + \"\"\n", "x = '''a\n'b''' + \"\""),
            ("a!=b:=c...d", "a != b := c ... d"),
            ("x = 'open\ny", "x = 'open y"),
        ] {
            assert_eq!(tokens(text).join(" "), expected, "{text}");
        }
    }

    #[test]
    fn docstrings_are_left_out_and_strings_in_expressions_are_not() {
        let text =
            "'''doc'''\ndef f():\n    \"doc\"  # c\n    g(\n        'a'\n    )\n    'b' + c\n";
        assert_eq!(tokens(text).join(" "), "def f ( ) : g ( 'a' ) 'b' + c");
    }

    #[test]
    fn rolling_hashes_are_those_of_the_runs() {
        let hashes: Vec<u64> = (0..20).map(|n| hash(&[n])).collect();
        let rolled = grams(&hashes, 5);
        assert_eq!(rolled.len(), 16);
        for (at, rolled) in rolled.iter().enumerate() {
            assert_eq!(grams(&hashes[at..at + 5], 5), [*rolled]);
        }
        assert_eq!(grams(&hashes[..3], 5).len(), 1);
        assert!(grams(&[], 5).is_empty());
    }

    proptest::proptest! {
        #[test]
        fn any_text_has_tokens_in_order(text in ".{0,200}") {
            let mut last = 0;
            for (start, end) in Tokens::of(&text) {
                assert!(last <= start && start < end && end <= text.len());
                last = end;
            }
        }
    }
}

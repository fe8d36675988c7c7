//! Parser of programs.

use std::fmt;

use crate::program::{Condition, Kind, Predicate, Program, Statement};
use crate::world::Action;

/// Statements may be nested this deep, so that reading and running need little stack.
const DEPTH_MAX: usize = 64;

/// The largest number that `repeat` takes.
pub(crate) const TIMES_MAX: u32 = 10_000;

/// Syntax error in the text of a program.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {what}")]
pub struct ParseError {
    /// The line, counted from 1.
    pub line: u32,
    /// The column, counted from 1 in characters.
    pub column: u32,
    /// The expected and the found token.
    pub what: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Token<'a> {
    text: &'a str,
    line: u32,
    column: u32,
}

impl fmt::Display for Token<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.text {
            "" => f.write_str("the end of the text"),
            text => write!(f, "`{text}`"),
        }
    }
}

/// Reads `def run() { .. }`. Layout does not matter; an action may have `()` behind it.
///
/// # Errors
/// The text is no program; the error says where and what was expected.
pub fn parse(text: &str) -> Result<Program, ParseError> {
    let mut parser = Parser::new(text);
    for word in ["def", "run", "(", ")"] {
        parser.expect(word)?;
    }
    parser.program()
}

/// Reads the tokens of [`Program::words`]: a body between braces.
///
/// # Errors
/// As [`parse`].
pub fn parse_body(text: &str) -> Result<Program, ParseError> {
    Parser::new(text).program()
}

struct Parser<'a> {
    tokens: Vec<Token<'a>>,
    at: usize,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            tokens: tokens(text),
            at: 0,
        }
    }

    fn peek(&self) -> Token<'a> {
        self.tokens[self.at]
    }

    fn next(&mut self) -> Token<'a> {
        let token = self.peek();
        self.at = (self.at + 1).min(self.tokens.len() - 1);
        token
    }

    fn expect(&mut self, word: &str) -> Result<Token<'a>, ParseError> {
        let token = self.peek();
        if token.text == word {
            Ok(self.next())
        } else {
            Err(error(
                token,
                format!("`{word}` is expected, {token} was found"),
            ))
        }
    }

    fn program(&mut self) -> Result<Program, ParseError> {
        let body = self.block(0)?;
        let rest = self.peek();
        if rest.text.is_empty() {
            Ok(Program::from_text(body))
        } else {
            Err(error(
                rest,
                format!("the program has ended, {rest} follows it"),
            ))
        }
    }

    fn block(&mut self, depth: usize) -> Result<Vec<Statement>, ParseError> {
        let open = self.expect("{")?;
        if depth > DEPTH_MAX {
            let what = format!("statements are nested more than {DEPTH_MAX} deep");
            return Err(error(open, what));
        }
        let mut body = Vec::new();
        while self.peek().text != "}" {
            let token = self.peek();
            if token.text.is_empty() {
                let what = format!("the `{{` of line {} has no `}}`", open.line);
                return Err(error(token, what));
            }
            body.push(self.statement(depth)?);
        }
        self.next();
        Ok(body)
    }

    fn statement(&mut self, depth: usize) -> Result<Statement, ParseError> {
        let token = self.next();
        let kind = match token.text {
            "if" => Kind::If(self.condition()?, self.block(depth + 1)?),
            "while" => Kind::While(self.condition()?, self.block(depth + 1)?),
            "ifelse" => {
                let condition = self.condition()?;
                let first = self.block(depth + 1)?;
                self.expect("else")?;
                Kind::IfElse(condition, first, self.block(depth + 1)?)
            }
            "repeat" => Kind::Repeat(self.times()?, self.block(depth + 1)?),
            word => {
                let action = Action::from_name(word).ok_or_else(|| unknown(token))?;
                if self.peek().text == "(" {
                    self.next();
                    self.expect(")")?;
                }
                Kind::Action(action)
            }
        };
        Ok(Statement {
            line: token.line,
            kind,
        })
    }

    fn condition(&mut self) -> Result<Condition, ParseError> {
        self.expect("(")?;
        let negated = self.peek().text == "not";
        if negated {
            self.next();
        }
        let token = self.next();
        let predicate = Predicate::from_name(token.text).ok_or_else(|| {
            let known = Predicate::ALL.map(Predicate::name).join(", ");
            error(
                token,
                format!("{token} is not a predicate; the predicates are {known}"),
            )
        })?;
        self.expect(")")?;
        Ok(Condition { negated, predicate })
    }

    fn times(&mut self) -> Result<u32, ParseError> {
        self.expect("(")?;
        let token = self.next();
        let times = token.text.parse().ok().filter(|times| *times <= TIMES_MAX);
        let times = times.ok_or_else(|| {
            let what = format!("a number from 0 to {TIMES_MAX} is expected, {token} was found");
            error(token, what)
        })?;
        self.expect(")")?;
        Ok(times)
    }
}

fn error(at: Token<'_>, what: String) -> ParseError {
    ParseError {
        line: at.line,
        column: at.column,
        what,
    }
}

fn unknown(token: Token<'_>) -> ParseError {
    let known = Action::ALL.map(Action::name).join(", ");
    error(
        token,
        format!(
            "{token} is not a statement; the statements are {known}, if, ifelse, while and repeat"
        ),
    )
}

/// Words, numbers and single signs; the last one is the empty end.
fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let (mut line, mut column) = (1, 1);
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let word = |c: char| c.is_alphanumeric() || c == '_';
        let length = if word(first) {
            rest.find(|c| !word(c)).unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        let (token, behind) = rest.split_at(length);
        if !first.is_whitespace() {
            tokens.push(Token {
                text: token,
                line,
                column,
            });
        }
        if first == '\n' {
            (line, column) = (line + 1, 1);
        } else {
            column += token.chars().count() as u32;
        }
        rest = behind;
    }
    tokens.push(Token {
        text: "",
        line,
        column,
    });
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaint(text: &str) -> String {
        parse(text).unwrap_err().to_string()
    }

    #[test]
    fn layout_and_empty_parentheses_do_not_matter() {
        let short =
            parse("def run(){move() turn_left if(not markers_present){put_marker()}}").unwrap();
        let printed = short.to_string();
        assert_eq!(
            printed,
            "def run() {\n    move\n    turn_left\n    if (not markers_present) {\n        put_marker\n    }\n}\n"
        );
        assert_eq!(parse(&printed).unwrap().to_string(), printed);
        assert_eq!(short.body()[0].line, 1);
    }

    #[test]
    fn errors_say_where_and_what_is_expected() {
        assert_eq!(
            complaint("def run() {\n  jump\n}"),
            "line 2, column 3: `jump` is not a statement; the statements are move, turn_left, turn_right, \
             pick_marker, put_marker, if, ifelse, while and repeat"
        );
        assert_eq!(
            complaint("def run() { move"),
            "line 1, column 17: the `{` of line 1 has no `}`"
        );
        assert!(complaint("def walk() {}").contains("`run` is expected, `walk` was found"));
        assert!(complaint("def run() { if (wet) {} }").contains("`wet` is not a predicate"));
        assert!(complaint("def run() { repeat (x) {} }").contains("a number from 0 to 10000"));
        assert!(complaint("def run() {} move").contains("the program has ended"));
        assert!(
            complaint("def run() { ifelse (markers_present) {} }").contains("`else` is expected")
        );
        let deep = format!("def run() {{{}", "repeat (1) {".repeat(100));
        assert!(complaint(&deep).contains("nested more than 64 deep"));
    }
}

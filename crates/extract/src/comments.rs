//! Comments: blocks, the statements they explain, signals of their worth.

use std::collections::HashSet;

use tracestone_record::{Comment, CommentSignals, Line, LineRange, Span};

use crate::leaks::{starts_literal, states_result};
use crate::names::is_keyword;
use crate::strings::indent;
use crate::syntax::LineTable;

/// One `#` comment as the tree has it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CommentPlace {
    pub(crate) start: u32,
    pub(crate) end: u32,
}

/// Joins comments on lines of their own that are directly below each other in the same column, and links each
/// block to the code it explains. Returns the blocks and, for each comment, its block.
pub(crate) fn comment_blocks(
    text: &str,
    lines: &LineTable,
    places: &[CommentPlace],
) -> (Vec<Comment>, Vec<usize>) {
    let mut blocks: Vec<(Vec<CommentPlace>, LineRange, bool)> = Vec::new();
    let mut block_of = Vec::with_capacity(places.len());
    let mut last_column = 0;
    for &place in places {
        let line = lines.line(place.start);
        let line_start = lines.start(line);
        let before = text
            .get(line_start as usize..place.start as usize)
            .unwrap_or("");
        let trailing = !before.trim().is_empty();
        let column = place.start - line_start;
        match blocks.last_mut() {
            Some((parts, range, false))
                if !trailing && range.last.0 + 1 == line.0 && column == last_column =>
            {
                parts.push(place);
                range.last = line;
            }
            _ => blocks.push((
                vec![place],
                LineRange {
                    first: line,
                    last: line,
                },
                trailing,
            )),
        }
        last_column = column;
        block_of.push(blocks.len() - 1);
    }
    let comments = blocks
        .into_iter()
        .map(|(parts, range, trailing)| comment(text, lines, &parts, range, trailing))
        .collect();
    (comments, block_of)
}

fn comment(
    text: &str,
    lines: &LineTable,
    parts: &[CommentPlace],
    range: LineRange,
    trailing: bool,
) -> Comment {
    let span = Span {
        start: parts.first().map_or(0, |part| part.start),
        end: parts.last().map_or(0, |part| part.end),
    };
    let own: Vec<&str> = parts
        .iter()
        .map(|part| {
            let source = text
                .get(part.start as usize..part.end as usize)
                .unwrap_or("");
            source
                .trim_start_matches('#')
                .trim_start_matches([':', '!'])
                .trim()
        })
        .collect();
    let said = own.join("\n").trim_matches('\n').to_owned();
    let explains = if trailing {
        Some(range)
    } else {
        explained(text, lines, range.last)
    };
    let code = explains.map_or("", |range| {
        let start = lines.start(range.first) as usize;
        let end = lines.start(Line(range.last.0 + 1)) as usize;
        text.get(start..end).unwrap_or("")
    });
    let source = span.of(text);
    let signals = signals(source, &said, &own, trailing, code);
    Comment {
        text: said,
        span,
        lines: range,
        trailing,
        explains,
        signals,
    }
}

/// The lines below a comment that belong to the same block, up to a blank line or a comment.
fn explained(text: &str, lines: &LineTable, last: Line) -> Option<LineRange> {
    let margin = indent(lines.text(text, last));
    let first = Line(last.0 + 1);
    let mut end = None;
    let mut line = first;
    while line.0 <= lines.count() {
        let source = lines.text(text, line);
        let code = source.trim_start();
        if code.is_empty() || code.starts_with('#') || indent(source) < margin {
            break;
        }
        end = Some(line);
        line = Line(line.0 + 1);
    }
    end.map(|last| LineRange { first, last })
}

fn signals(source: &str, said: &str, own: &[&str], trailing: bool, code: &str) -> CommentSignals {
    let lower = said.to_lowercase();
    let words: Vec<&str> = said
        .split(|c: char| !c.is_alphanumeric() && c != '_' && c != '\'')
        .filter(|word| word.contains(char::is_alphabetic))
        .collect();
    let letters = said.chars().filter(|c| c.is_alphabetic()).count();
    let ascii = said.chars().filter(char::is_ascii_alphabetic).count();
    CommentSignals {
        code: own.iter().any(|line| reads_as_code(line)),
        todo: ["TODO", "FIXME", "XXX", "HACK"]
            .iter()
            .any(|word| said.starts_with(word)),
        license: [
            "copyright",
            "license",
            "licence",
            "spdx-license",
            "all rights reserved",
        ]
        .iter()
        .any(|word| lower.contains(word)),
        directive: is_directive(source, &lower),
        result: own.iter().any(|line| is_result(line, trailing, code)),
        words: u32::try_from(words.len()).unwrap_or(u32::MAX),
        specific_percent: specific_percent(&words, code),
        ascii_percent: percent(ascii, letters),
    }
}

fn percent(part: usize, whole: usize) -> u8 {
    u8::try_from(part * 100 / whole.max(1)).unwrap_or(100)
}

/// Percentage of the words that name identifiers of the code, whole or as a part of `snake_case`.
fn specific_percent(words: &[&str], code: &str) -> u8 {
    if words.is_empty() || code.is_empty() {
        return 0;
    }
    let mut identifiers: HashSet<String> = HashSet::new();
    for line in code.lines() {
        let line = line.split('#').next().unwrap_or(line);
        for word in line.split(|c: char| !c.is_alphanumeric() && c != '_') {
            if word.len() > 1 && !is_keyword(word) {
                let word = word.to_ascii_lowercase();
                let parts = word.split('_').filter(|part| part.len() > 1);
                identifiers.extend(parts.map(str::to_owned));
                identifiers.insert(word);
            }
        }
    }
    let named = words
        .iter()
        .filter(|word| identifiers.contains(&word.to_ascii_lowercase()))
        .count();
    percent(named, words.len())
}

fn is_directive(source: &str, lower: &str) -> bool {
    source.starts_with("#!")
        || [
            "noqa",
            "type:",
            "pragma",
            "pylint:",
            "mypy:",
            "fmt:",
            "isort:",
            "ruff:",
            "flake8:",
            "-*-",
            "vim:",
            "pyright:",
            "yapf:",
            "nosec",
            "doctest:",
            "codespell",
        ]
        .iter()
        .any(|word| lower.starts_with(word))
}

/// True if a comment's line reads as a Python statement.
fn reads_as_code(line: &str) -> bool {
    let line = line.trim();
    let first = line.split_whitespace().next().unwrap_or("");
    let call = line.ends_with(')')
        && line.split_once('(').is_some_and(|(head, _)| {
            !head.is_empty()
                && head
                    .chars()
                    .all(|c| c.is_alphanumeric() || c == '_' || c == '.')
        });
    let assignment = line.split_once(" = ").is_some_and(|(left, right)| {
        !right.is_empty()
            && left
                .chars()
                .all(|c| c.is_alphanumeric() || "_.[], '\"".contains(c))
            && left.split_whitespace().count() <= 2
    });
    let header = line.ends_with(':')
        && [
            "if", "for", "while", "def", "class", "elif", "with", "try:", "else:", "except",
        ]
        .contains(&first);
    let import = first == "import" && line.split_whitespace().count() == 2
        || first == "from" && line.contains(" import ");
    call || assignment
        || header
        || import
        || line.starts_with("return ") && line.len() < 60 && line.contains(['(', '[', '=', '+'])
}

/// True if a comment's line states the result of an expression.
fn is_result(line: &str, trailing: bool, code: &str) -> bool {
    let lower = line.to_lowercase();
    let line = line.trim();
    if line.contains(">>>") || states_result(line) {
        return true;
    }
    if [
        "output",
        "outputs",
        "prints",
        "result",
        "expected",
        "expected output",
    ]
    .iter()
    .any(|word| {
        lower
            .strip_prefix(word)
            .is_some_and(|rest| rest.trim_start().starts_with([':', '=', '-']))
    }) {
        return true;
    }
    let verb = [
        "=>", "->", "-->", "==>", "==", "=", "returns ", "prints ", "outputs ", "output ",
        "gives ", "yields ",
    ]
    .iter()
    .find_map(|verb| lower.strip_prefix(verb));
    if verb.is_some_and(|rest| starts_literal(&capitalised(rest))) {
        return true;
    }
    // A bare literal behind a call: `f(3)  # 7`.
    trailing && code.contains('(') && starts_literal(line) && is_only_literal(line)
}

/// `true` and `none` count as the literals they stand for.
fn capitalised(text: &str) -> String {
    let mut chars = text.trim_start().chars();
    chars
        .next()
        .map(|first| first.to_uppercase().chain(chars).collect())
        .unwrap_or_default()
}

/// True if the line consists of a literal: no words outside quotes but `True`, `False`, `None`.
fn is_only_literal(line: &str) -> bool {
    let mut quote = None;
    let mut outside = String::new();
    for c in line.chars() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if c == '"' || c == '\'' => quote = Some(c),
            None => outside.push(c),
        }
    }
    outside
        .split(|c: char| !c.is_alphabetic())
        .filter(|word| word.len() > 1)
        .all(|word| ["True", "False", "None", "inf", "nan"].contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(text: &str) -> Vec<Comment> {
        let places: Vec<CommentPlace> = text
            .match_indices('#')
            .map(|(start, _)| CommentPlace {
                start: u32::try_from(start).unwrap(),
                end: u32::try_from(start + text[start..].find('\n').unwrap()).unwrap(),
            })
            .collect();
        comment_blocks(text, &LineTable::new(text), &places).0
    }

    #[test]
    fn blocks_are_joined_and_tied() {
        let found = blocks("# Add the\n# total.\nx = 1\ny = 2\n\nz = 3  # last\n");
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].text, "Add the\ntotal.");
        assert_eq!(
            found[0].explains,
            Some(LineRange {
                first: Line(3),
                last: Line(4)
            })
        );
        assert!(found[1].trailing);
        assert_eq!(found[1].explains.unwrap().first, Line(6));
    }

    #[test]
    fn signals_are_seen() {
        let one = |text: &str| blocks(text).remove(0).signals;
        assert!(one("# x = f(1)\n").code);
        assert!(!one("# The sum of all parts.\n").code);
        assert!(one("# TODO: more\n").todo);
        assert!(one("#!/usr/bin/python\n").directive);
        assert!(one("print(f(3))  # 7\n").result);
        assert!(one("# => 5\n").result);
        assert!(one("# returns 3\n").result);
        assert!(!one("x = 3  # 3 is the limit\n").result);
        assert!(one("# f(3) == 7\n").result);
        assert_eq!(
            one("# the total price\ntotal_price = 1\n").specific_percent,
            66
        );
    }
}

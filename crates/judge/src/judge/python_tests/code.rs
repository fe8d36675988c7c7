//! The code in a response, and the program that it is together with what the question shows.

use super::Tests;
use crate::answer::{Extraction, Found, bare, marked, said};

/// The code in a response: between marks, else the last fenced block that defines the requested name, else
/// the longest block, else the whole response.
#[must_use]
pub fn find<'a>(response: &'a str, extraction: Extraction, entry: &str) -> Option<Found<'a>> {
    let text = match extraction {
        Extraction::Whole => response,
        Extraction::Marked => said(response),
    };
    let whole = |text: &'a str, rule, closed| {
        (!text.trim().is_empty()).then_some(Found {
            // The first line's indentation belongs to a body without its `def`.
            text: without_blank_lines(text).into(),
            rule,
            closed,
        })
    };
    if extraction == Extraction::Marked
        && let Some(found) = marked(text)
    {
        return whole(
            without_fence(with_indentation(text, bare(found.text))),
            found.rule,
            found.closed,
        );
    }
    let blocks = fenced(text);
    let defining = blocks
        .iter()
        .rev()
        .find(|block| !entry.is_empty() && defines(block.text, entry));
    let longest = || blocks.iter().max_by_key(|block| block.text.trim().len());
    match defining.or_else(longest) {
        Some(block) => whole(block.text, "fence", block.closed),
        None => whole(text, "whole", false),
    }
}

/// Code from its first line that is not blank on.
fn without_blank_lines(code: &str) -> &str {
    let code = code.trim_end();
    let blank = code.len() - code.trim_start().len();
    let start = code[..blank].rfind('\n').map_or(0, |end| end + 1);
    &code[start..]
}

/// A trimmed part of a text with the spaces and tabs before it, which belong to its first line.
fn with_indentation<'a>(text: &'a str, part: &'a str) -> &'a str {
    // The part is a slice of the text, so that the difference of their addresses is its position.
    let at = (part.as_ptr() as usize).wrapping_sub(text.as_ptr() as usize);
    let Some(before) = text.get(..at) else {
        return part;
    };
    let start = before.trim_end_matches([' ', '\t']).len();
    text.get(start..at + part.len()).unwrap_or(part)
}

/// True if code is the body of a function: its first line is indented.
#[must_use]
pub fn is_body(code: &str) -> bool {
    without_blank_lines(code).starts_with([' ', '\t'])
}

struct Block<'a> {
    text: &'a str,
    closed: bool,
}

/// The fenced blocks of a text, without their first lines; the last one need not be closed.
fn fenced(text: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut open: Option<(usize, &str)> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim();
        let fence = ["```", "~~~"]
            .into_iter()
            .find(|fence| trimmed.starts_with(fence));
        match (open, fence) {
            (None, Some(fence)) => open = Some((at + line.len(), fence)),
            (Some((start, own)), Some(fence)) if fence == own && trimmed.len() == fence.len() => {
                blocks.push(Block {
                    text: &text[start..at],
                    closed: true,
                });
                open = None;
            }
            _ => {}
        }
        at += line.len();
    }
    if let Some((start, _)) = open {
        blocks.push(Block {
            text: &text[start.min(text.len())..],
            closed: false,
        });
    }
    blocks
}

fn without_fence(text: &str) -> &str {
    match fenced(text).into_iter().next() {
        Some(block) => block.text,
        None => text,
    }
}

/// True if a line at the left edge defines the name.
fn defines(code: &str, name: &str) -> bool {
    code.lines().any(|line| {
        let defined = ["async def ", "def ", "class "]
            .into_iter()
            .find_map(|word| line.strip_prefix(word));
        let rest = |text: &str| {
            text.strip_prefix(name)
                .map(|rest| rest.trim_start().to_owned())
        };
        match defined {
            Some(head) => rest(head).is_some_and(|rest| rest.starts_with(['(', ':', '['])),
            None => rest(line).is_some_and(|rest| rest.starts_with('=') && !rest.starts_with("==")),
        }
    })
}

/// The program: the answer's own definition after the question's text, or, if the answer continues with the
/// body, the question's text with it.
pub(super) fn program(answer: &str, tests: &Tests) -> String {
    if tests.stub.is_empty() {
        return answer.to_owned();
    }
    let stub = tests.stub.as_str();
    if tests.entry.is_empty() || defines(answer, &tests.entry) {
        // A function whose body is a docstring is whole; the answer's own takes its place.
        return format!("{}\n\n{answer}\n", stub.trim_end());
    }
    let joined = if stub.ends_with('\n') || answer.starts_with('\n') {
        ""
    } else {
        "\n"
    };
    let body = if is_body(answer) {
        answer.to_owned()
    } else {
        indented(answer)
    };
    format!("{stub}{joined}{body}\n")
}

/// A body at the left edge, as some models give it.
fn indented(body: &str) -> String {
    let lines = body.lines().map(|line| match line.trim().is_empty() {
        true => line.to_owned(),
        false => format!("    {line}"),
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(response: &str) -> &str {
        match find(response, Extraction::Marked, "add").unwrap().text {
            std::borrow::Cow::Borrowed(text) => text,
            std::borrow::Cow::Owned(text) => panic!("code is a part of the response: {text}"),
        }
    }

    #[test]
    fn the_block_that_defines_what_is_asked_for_is_the_answer() {
        let answer = "def add(a, b):\n    return a + b";
        for response in [
            answer.to_owned(),
            format!("```python\n{answer}\n```"),
            format!(
                "Sure!\n\n```python\n{answer}\n```\n\nUse it so:\n```python\nprint(add(1, 2))\n```\n"
            ),
            format!(
                "```\nimport this_is_a_long_line_that_defines_nothing_at_all_of_interest\n```\n```py\n{answer}\n```"
            ),
            format!("<think>```python\ndef add(a, b): ...\n```</think>```python\n{answer}\n```"),
            format!("```python\n{answer}"),
            format!("[ANSWER]\n```python\n{answer}\n```\n[/ANSWER]"),
            format!("[ANSWER]\n{answer}\n[/ANSWER]"),
            format!("```python\ndef add(a): pass\n```\nNo, wait:\n```python\n{answer}\n```"),
        ] {
            assert_eq!(code(&response), answer, "{response}");
        }
        assert!(find("<think>only thought", Extraction::Marked, "add").is_none());
    }

    #[test]
    fn a_body_keeps_the_indentation_of_its_first_line() {
        let body = "    total = a + b\n    return total";
        for response in [
            format!("[ANSWER]\n{body}\n[/ANSWER]"),
            format!("[ANSWER]{body}[/ANSWER]"),
            format!("[ANSWER]\n   \n{body}\n[/ANSWER]"),
            format!("[ANSWER]\n```python\n{body}\n```\n[/ANSWER]"),
            format!("```python\n\n{body}\n```"),
            format!("  \n{body}\n"),
        ] {
            assert_eq!(code(&response), body, "{response}");
        }
        assert!(is_body(" \n    return 1") && !is_body("\nreturn 1\n    "));
    }

    #[test]
    fn names_are_defined_at_the_left_edge() {
        for (line, is) in [
            ("def add(a):", true),
            ("async def add(a):", true),
            ("class add:", true),
            ("add = lambda a: a", true),
            ("    def add(a):", false),
            ("def adder(a):", false),
            ("add(1)", false),
            ("add == 1", false),
            ("add", false),
        ] {
            assert_eq!(defines(line, "add"), is, "{line}");
        }
    }

    #[test]
    fn a_body_goes_on_with_what_the_question_shows() {
        let tests = Tests {
            entry: "add".to_owned(),
            stub: "def add(a, b):\n    \"\"\"Adds.\"\"\"\n".to_owned(),
            ..Tests::default()
        };
        let whole = "def add(a, b):\n    \"\"\"Adds.\"\"\"\n    return a + b\n";
        assert_eq!(program("    return a + b", &tests), whole);
        assert_eq!(program("return a + b", &tests), whole);
        let own = "def add(a, b):\n    return b + a";
        assert!(program(own, &tests).ends_with(&format!("\n\n{own}\n")));
    }
}

//! Finds coordinates in the text of an answer.

mod json;
mod pdb;

use serde::{Deserialize, Serialize};

use crate::model::Model;

pub use json::list;
pub(crate) use pdb::record;

/// The way in which an answer was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// PDB records with every field in its columns.
    PdbStrict,
    /// Records whose fields are told apart by spaces.
    PdbLenient,
    /// The JSON object that was asked for.
    JsonStrict,
    /// JSON with other names, or other nesting.
    JsonLenient,
}

impl Rule {
    /// The name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::PdbStrict => "pdb-strict",
            Self::PdbLenient => "pdb-lenient",
            Self::JsonStrict => "json-strict",
            Self::JsonLenient => "json-lenient",
        }
    }

    /// True if the answer has exactly the form that was asked for.
    #[must_use]
    pub fn is_strict(self) -> bool {
        matches!(self, Self::PdbStrict | Self::JsonStrict)
    }
}

/// Coordinates that were found.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// The atoms that were read.
    pub model: Model,
    /// The way in which they were read.
    pub rule: Rule,
    /// The number of lines or objects that should be atoms and could not be read.
    pub unread: usize,
}

/// The coordinates in a text: of the last block that has any, strictly read or else leniently. Blocks are what stands
/// between `[ANSWER]` and `[/ANSWER]` and between fences; the whole text is tried after them.
#[must_use]
pub fn read(text: &str) -> Option<Reading> {
    blocks(text).into_iter().find_map(read_block)
}

fn read_block(block: &str) -> Option<Reading> {
    let strict = [
        (Rule::JsonStrict, json::strict as fn(&str) -> Option<Model>),
        (Rule::PdbStrict, pdb::strict),
    ];
    for (rule, read) in strict {
        if let Some(model) = read(block) {
            return Some(Reading {
                model,
                rule,
                unread: 0,
            });
        }
    }
    let lenient = [
        (
            Rule::JsonLenient,
            json::lenient as fn(&str) -> Option<(Model, usize)>,
        ),
        (Rule::PdbLenient, pdb::lenient),
    ];
    lenient.into_iter().find_map(|(rule, read)| {
        let (model, unread) = read(block)?;
        Some(Reading {
            model,
            rule,
            unread,
        })
    })
}

/// The places of a text where an answer may be, the likeliest first.
#[must_use]
pub fn blocks(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    if let Some(marked) = marked(text) {
        let mut inside = fenced(marked);
        inside.reverse();
        found.extend(inside);
        found.push(marked.trim());
    }
    let mut fences = fenced(text);
    fences.reverse();
    found.extend(fences);
    found.push(text.trim());
    found.retain(|block| !block.is_empty());
    found
}

/// The text after the last `[ANSWER]`, up to `[/ANSWER]` where that follows.
fn marked(text: &str) -> Option<&str> {
    const OPEN: &str = "[ANSWER]";
    // Capitals of ASCII have the length of small letters, so places in one are places in the other.
    let capitals = text.to_ascii_uppercase();
    let start = capitals.rfind(OPEN)? + OPEN.len();
    let end = capitals[start..].find("[/ANSWER]");
    Some(end.map_or(&text[start..], |end| &text[start..start + end]))
}

/// The insides of fenced blocks, in order; the last one need not be closed.
fn fenced(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut start = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let is_fence = line.trim_start().starts_with("```");
        at += line.len();
        match (is_fence, start) {
            (true, None) => start = Some(at),
            (true, Some(from)) => {
                found.push(text[from..at - line.len()].trim_matches('\n'));
                start = None;
            }
            (false, _) => {}
        }
    }
    if let Some(from) = start {
        found.push(text[from..].trim_matches('\n'));
    }
    found
}

/// True if nothing of an answer can be missing at the end of the text: a fence or a mark is closed, or the text ends with
/// a closing bracket or the word `END`.
#[must_use]
pub fn is_closed(text: &str) -> bool {
    let end = text.trim_end();
    let fences = text
        .lines()
        .filter(|line| line.trim_start().starts_with("```"));
    let fences = fences.count();
    if fences > 0 {
        return fences % 2 == 0;
    }
    let capitals = end.to_ascii_uppercase();
    capitals.contains("[/ANSWER]") || capitals.ends_with("END") || end.ends_with(['}', ']'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_block_comes_first_and_marks_before_fences() {
        let text = "so\n```\none\n```\nthen\n```pdb\ntwo\n```\nend";
        assert_eq!(blocks(text), ["two", "one", text]);
        let text = "```\nx\n```\n[answer]\n```\ny\n```\n[/answer]";
        assert_eq!(blocks(text)[0], "y");
        assert_eq!(blocks("```json\n{"), ["{", "```json\n{"]);
        assert!(blocks("  ").is_empty());
    }

    #[test]
    fn a_cut_answer_is_not_closed() {
        assert!(is_closed("```\nATOM\n```\n"));
        assert!(!is_closed("```\nATOM"));
        assert!(is_closed("{\"atoms\": []}\n"));
        assert!(is_closed("[ANSWER]x[/ANSWER] bye"));
        assert!(!is_closed("ATOM      1  N   ALA A   1"));
    }
}

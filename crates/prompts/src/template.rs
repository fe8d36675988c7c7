//! Texts with places for parts of a question: `What is the value of {variable} after {place}?`

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _};

use crate::style::Definition;

/// What a place in a template stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Slot {
    /// The program in a fence.
    Program,
    /// The program in a fence, each line with its number.
    ProgramNumbered,
    /// The program's text.
    ProgramText,
    /// The setup in a fence.
    Setup,
    /// The setup's text with a line end; nothing where there is no setup.
    SetupText,
    /// The setup, indented by four blanks.
    SetupIndented,
    /// The call in a fence.
    Call,
    /// The call's text.
    CallText,
    /// The call, indented by four blanks.
    CallIndented,
    /// The interpreter, such as `CPython 3.11.7`.
    Python,
    /// The module that the program is a part of.
    Module,
    /// The source that the module is from.
    Origin,
    /// The commit of the source.
    Commit,
    /// The function that an input is asked for.
    Callee,
    /// The wanted value in a fence.
    Output,
    /// The text of the wanted value.
    OutputText,
    /// The asked variable.
    Variable,
    /// The asked line's number.
    Line,
    /// The asked line's text.
    LineText,
    /// The number of an execution of the line.
    Occurrence,
    /// The same as an English word: `second`.
    Ordinal,
    /// The name of the annotated definition.
    Name,
    /// The line of its `def` or `class`.
    Header,
    /// The line of the mark that stands for a comment.
    Mark,
    /// The first line that a comment explains.
    First,
    /// The last line that a comment explains.
    Last,
    /// A fence's backticks: more than the question has in a row.
    Ticks,
    /// The largest size of a value in a trace, in bytes.
    ValueBytes,
    /// A definition of the style.
    Definition(Definition),
}

/// Slots by their names in templates; definitions have their own names.
const NAMES: [(&str, Slot); 28] = [
    ("program", Slot::Program),
    ("program_numbered", Slot::ProgramNumbered),
    ("program_text", Slot::ProgramText),
    ("setup", Slot::Setup),
    ("setup_text", Slot::SetupText),
    ("setup_indented", Slot::SetupIndented),
    ("call", Slot::Call),
    ("call_text", Slot::CallText),
    ("call_indented", Slot::CallIndented),
    ("python", Slot::Python),
    ("module", Slot::Module),
    ("origin", Slot::Origin),
    ("commit", Slot::Commit),
    ("callee", Slot::Callee),
    ("output", Slot::Output),
    ("output_text", Slot::OutputText),
    ("variable", Slot::Variable),
    ("line", Slot::Line),
    ("line_text", Slot::LineText),
    ("occurrence", Slot::Occurrence),
    ("ordinal", Slot::Ordinal),
    ("name", Slot::Name),
    ("header", Slot::Header),
    ("mark", Slot::Mark),
    ("first", Slot::First),
    ("last", Slot::Last),
    ("ticks", Slot::Ticks),
    ("value_bytes", Slot::ValueBytes),
];

impl Slot {
    fn named(name: &str) -> Option<Self> {
        let known = NAMES.iter().find(|(known, _)| *known == name);
        known
            .map(|(_, slot)| *slot)
            .or_else(|| Definition::named(name).map(Self::Definition))
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = NAMES.iter().find(|(_, slot)| slot == self);
        let name = match (self, known) {
            (Self::Definition(definition), _) => definition.name(),
            (_, Some((name, _))) => name,
            (_, None) => "",
        };
        write!(f, "{{{name}}}")
    }
}

/// A piece of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    Words(String),
    Slot(Slot),
}

/// A text with slots in braces. `{{` and `}}` are braces.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Template {
    pub(crate) parts: Vec<Part>,
}

impl Template {
    /// Reads a template.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut words = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            words.push_str(&rest[..at]);
            let brace = &rest[at..=at];
            rest = &rest[at + 1..];
            if let Some(after) = rest.strip_prefix(brace) {
                words.push_str(brace);
                rest = after;
                continue;
            }
            let (name, after) = rest
                .split_once('}')
                .filter(|_| brace == "{")
                .ok_or_else(|| format!("a `{brace}` stands alone; write `{brace}{brace}`"))?;
            let slot = Slot::named(name)
                .ok_or_else(|| format!("`{{{name}}}` is no part of a question or definition"))?;
            if !words.is_empty() {
                parts.push(Part::Words(std::mem::take(&mut words)));
            }
            parts.push(Part::Slot(slot));
            rest = after;
        }
        words.push_str(rest);
        if !words.is_empty() {
            parts.push(Part::Words(words));
        }
        Ok(Self { parts })
    }

    /// True if the template has a slot.
    pub(crate) fn has(&self, slot: Slot) -> bool {
        self.parts.contains(&Part::Slot(slot))
    }

    /// The text between slots.
    pub(crate) fn words(&self) -> String {
        let words = self.parts.iter().filter_map(|part| match part {
            Part::Words(words) => Some(words.as_str()),
            Part::Slot(_) => None,
        });
        words.collect()
    }
}

impl<'de> Deserialize<'de> for Template {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_words_and_braces_are_told_apart() {
        let template = Template::parse("{{a}} {line}{literal}").unwrap();
        assert_eq!(template.words(), "{a} ");
        assert!(template.has(Slot::Line));
        assert!(template.has(Slot::Definition(Definition::Literal)));
        assert!(
            Template::parse("{nothing}")
                .unwrap_err()
                .contains("{nothing}")
        );
        assert!(Template::parse("a } b").is_err() && Template::parse("{line").is_err());
    }

    #[test]
    fn names_of_slots_and_definitions_differ() {
        for (name, slot) in NAMES {
            assert!(Definition::named(name).is_none(), "{name}");
            assert_eq!(slot.to_string(), format!("{{{name}}}"));
        }
    }
}

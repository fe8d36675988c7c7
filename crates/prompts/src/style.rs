//! Styles: wordings read from TOML files, and the check that each states what judges rely on.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;
use tracestone_record::{AnnotationKind, Sample, SampleKind, Stream};

use crate::template::{Part, Slot, Template};

/// A question of a kind. Kinds whose wording depends on what is asked have several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ask {
    /// The value of a call.
    Output,
    /// The text that a call prints.
    Printed,
    /// The exception of a call.
    Exception,
    /// Arguments that give a value.
    Input,
    /// Arguments for which a line runs.
    Reach,
    /// The value of a variable.
    State,
    /// The line that runs next.
    NextLine,
    /// The lines that run, in order.
    Path,
    /// The lines that run.
    Coverage,
    /// The number of executions of a line.
    Count,
    /// The functions that are called, in order.
    Calls,
    /// All events of a call, in order.
    Trace,
    /// The docstring that a definition had.
    Docstring,
    /// The comment that explains lines.
    Comment,
}

impl Ask {
    /// All questions, in the order of the kinds.
    pub const ALL: [Self; 14] = [
        Self::Output,
        Self::Printed,
        Self::Exception,
        Self::Input,
        Self::Reach,
        Self::State,
        Self::NextLine,
        Self::Path,
        Self::Coverage,
        Self::Count,
        Self::Calls,
        Self::Trace,
        Self::Docstring,
        Self::Comment,
    ];

    /// The question of a sample.
    #[must_use]
    pub fn of(sample: &Sample) -> Self {
        match sample.kind {
            SampleKind::Output if sample.question.stream == Some(Stream::Stdout) => Self::Printed,
            SampleKind::Output => Self::Output,
            SampleKind::Exception => Self::Exception,
            SampleKind::Input => Self::Input,
            SampleKind::Reach => Self::Reach,
            SampleKind::State => Self::State,
            SampleKind::NextLine => Self::NextLine,
            SampleKind::Path => Self::Path,
            SampleKind::Coverage => Self::Coverage,
            SampleKind::Count => Self::Count,
            SampleKind::Calls => Self::Calls,
            SampleKind::Trace => Self::Trace,
            SampleKind::Annotated => match sample.question.annotation {
                Some(AnnotationKind::Comment) => Self::Comment,
                _ => Self::Docstring,
            },
        }
    }

    /// The definitions that the judge of the question relies on.
    #[must_use]
    pub fn needs(self) -> &'static [Definition] {
        use Definition as D;
        match self {
            Self::Output => &[D::Literal, D::Sets],
            Self::Printed => &[D::PrintedForm],
            Self::Exception => &[D::ExceptionForm],
            Self::Input => &[D::InputForm],
            Self::Reach => &[D::Lines, D::ReachForm],
            Self::State => &[D::Lines, D::After, D::Literal],
            Self::NextLine => &[D::Lines, D::NextLineForm],
            Self::Path => &[D::Lines, D::PathForm],
            Self::Coverage => &[D::Lines, D::CoverageForm],
            Self::Count => &[D::Lines, D::CountForm],
            Self::Calls => &[D::CallsForm],
            Self::Trace => &[D::Lines, D::Grammar],
            Self::Docstring => &[D::DocstringForm],
            Self::Comment => &[D::CommentForm],
        }
    }

    /// The parts of the question that its wording must show: at least one of each group.
    fn shows(self) -> &'static [&'static [Slot]] {
        const PLACE: &[Slot] = &[Slot::Line, Slot::Definition(Definition::Place)];
        const TIME: &[Slot] = &[Slot::Ordinal, Slot::Occurrence];
        match self {
            Self::Input => &[&[Slot::Callee], &[Slot::Output, Slot::OutputText]],
            Self::Reach => &[&[Slot::Callee], PLACE],
            Self::State => &[PLACE, TIME, &[Slot::Variable]],
            Self::NextLine => &[PLACE, TIME],
            Self::Count => &[PLACE],
            Self::Docstring => &[&[Slot::Name], &[Slot::Header]],
            Self::Comment => &[&[Slot::Mark], &[Slot::Definition(Definition::Explained)]],
            _ => &[],
        }
    }
}

macro_rules! definitions {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $marks:expr;)*) => {
        /// A text of a style that says what words mean, or which form an answer has.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Definition { $($(#[$doc])* $variant,)* }

        impl Definition {
            /// All definitions, in the order in which a prompt gives them.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// Name in the files of styles.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// Texts that the definition has in every language: what a judge compares letter by letter.
            fn marks(self) -> &'static [&'static str] {
                match self { $(Self::$variant => $marks,)* }
            }
        }
    };
}

definitions! {
    /// The runs of a line.
    Lines = "lines", &["1", "`def`"];
    /// The runs of a line of a comprehension that is a function of its own; added to `lines`.
    Frames = "frames", &[];
    /// The runs of a line of a comprehension that is a part of its function; added to `lines`.
    Inlined = "inlined", &[];
    /// The moment after a line has run.
    After = "after", &[];
    /// The same where functions pause; takes the place of `after`.
    AfterPauses = "after_pauses", &["`yield`", "`await`"];
    /// The form of a value.
    Literal = "literal", &["`1`", "`1.0`", "`True`"];
    /// The order of a set's elements; nothing where the answer has none.
    Sets = "sets", &[];
    /// The form of what is printed.
    PrintedForm = "printed_form", &["Python"];
    /// The form of an exception.
    ExceptionForm = "exception_form", &["`Type: message`", "`Type`", "`str()`"];
    /// The form of arguments.
    InputForm = "input_form", &["Python"];
    /// The form of arguments for which a line runs.
    ReachForm = "reach_form", &["Python"];
    /// The form of a list of called functions.
    CallsForm = "calls_form", &["`['main', 'step', 'step']`", "`__init__`", "`class`"];
    /// The form of the answer to `next_line`.
    NextLineForm = "next_line_form", &["`return`", "`raise`"];
    /// The form of a path.
    PathForm = "path_form", &["[2, 3, 3]"];
    /// The form of a set of lines.
    CoverageForm = "coverage_form", &["[2, 3]"];
    /// The form of a count.
    CountForm = "count_form", &[];
    /// The form of a trace.
    Grammar = "grammar", &[
        "`call FRAME LINE NAME`", "`__qualname__`", "`Counter.step`", "`outer.<locals>.inner`", "`<lambda>`",
        "`class`", "`line FRAME LINE`", "`return FRAME LINE = VALUE`", "`yield FRAME LINE = VALUE`",
        "`resume FRAME LINE`", "`raise FRAME LINE TYPE: MESSAGE`", "`TYPE`", "`str()`", "`\\n`", "0", "`repr`",
        "`NAME = VALUE`", "`del NAME`", "`None`", "`return FRAME LINE`",
    ];
    /// The form of a docstring.
    DocstringForm = "docstring_form", &[];
    /// The form of a comment.
    CommentForm = "comment_form", &["`#`"];
    /// A line with its text.
    Place = "place", &[];
    /// A line alone; takes the place of `place` where the text cannot be quoted.
    PlaceBare = "place_bare", &[];
    /// The lines that a comment explains.
    Explained = "explained", &[];
    /// The one line that a comment explains; takes the place of `explained`.
    ExplainedLine = "explained_line", &[];
    /// The commit of a source; nothing where there is none.
    Revision = "revision", &[];
}

impl Definition {
    /// The definition with a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|known| known.name() == name)
    }
}

/// A part of a prompt before the question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Section {
    /// The program's text, as it is shown.
    Program,
    /// A program that is a part of a module.
    ProgramPackage,
    /// The setup; left out where there is none.
    Setup,
    /// The setup of a call in a module.
    SetupPackage,
    /// The call that is asked about.
    Call,
    /// A call in a module.
    CallPackage,
}

impl Section {
    const ALL: [Self; 6] = [
        Self::Program,
        Self::ProgramPackage,
        Self::Setup,
        Self::SetupPackage,
        Self::Call,
        Self::CallPackage,
    ];
}

/// The end of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Closing {
    /// Asks for the answer alone.
    Direct,
    /// Asks for steps before it.
    Steps,
}

/// Arrangement of a prompt.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Frame {
    /// Sections one after the other.
    #[default]
    Sections,
    /// One block of code: the program, and all else as comments below it.
    Comments,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct StyleFile {
    name: String,
    description: String,
    #[serde(default)]
    extends: Option<String>,
    #[serde(default)]
    frame: Frame,
    #[serde(default)]
    layout: BTreeMap<Section, Template>,
    #[serde(default)]
    definitions: BTreeMap<Definition, Template>,
    #[serde(default)]
    ask: BTreeMap<Ask, Template>,
    #[serde(default)]
    system: BTreeMap<Ask, Template>,
    #[serde(default)]
    closing: BTreeMap<Closing, Template>,
}

/// A wording of all questions.
#[derive(Debug, Clone)]
pub struct Style {
    name: String,
    description: String,
    pub(crate) frame: Frame,
    pub(crate) layout: BTreeMap<Section, Template>,
    pub(crate) definitions: BTreeMap<Definition, Template>,
    pub(crate) ask: BTreeMap<Ask, Template>,
    pub(crate) system: BTreeMap<Ask, Template>,
    pub(crate) closing: BTreeMap<Closing, Template>,
}

/// Error in a style's file.
#[derive(Debug, thiserror::Error)]
pub enum StyleError {
    /// It is no style.
    #[error("{0}")]
    Toml(#[from] Box<toml::de::Error>),
    /// The style that it extends is not known.
    #[error("it extends `{0}`, which is no style")]
    Base(String),
    /// A text is missing.
    #[error("`[{table}]` has no `{key}`")]
    Missing {
        /// Table of the file.
        table: &'static str,
        /// Name of the text.
        key: String,
    },
    /// A question does not say what its judge relies on.
    #[error("neither `[ask]` nor `[system]` of {ask:?} has {slot}, which its judge relies on")]
    Undefined {
        /// The question whose template it is.
        ask: Ask,
        /// The definition, as templates name it.
        slot: String,
    },
    /// A question leaves out a part of what is asked.
    #[error("`[ask]` of {ask:?} does not show {slot}")]
    Hidden {
        /// The question whose template it is.
        ask: Ask,
        /// The missing part.
        slot: String,
    },
    /// A definition leaves out a form that a judge compares letter by letter.
    #[error("`[definitions] {name}` does not mention {mark}")]
    Mark {
        /// Name of the definition.
        name: &'static str,
        /// The missing text.
        mark: &'static str,
    },
}

impl Style {
    /// Reads a style.
    ///
    /// # Errors
    /// The text is no style, or does not state what judges rely on.
    pub fn parse(text: &str) -> Result<Self, StyleError> {
        let file: StyleFile = toml::from_str(text).map_err(Box::new)?;
        let style = match &file.extends {
            None => Self::over(None, file),
            Some(base) => {
                let base = builtin(base).ok_or_else(|| StyleError::Base(base.clone()))?;
                Self::over(Some(base), file)
            }
        };
        style.check()?;
        Ok(style)
    }

    fn over(base: Option<&Self>, file: StyleFile) -> Self {
        fn all<K: Ord + Copy>(
            base: Option<&BTreeMap<K, Template>>,
            own: BTreeMap<K, Template>,
        ) -> BTreeMap<K, Template> {
            let mut merged = base.cloned().unwrap_or_default();
            merged.extend(own);
            merged
        }
        Self {
            layout: all(base.map(|base| &base.layout), file.layout),
            definitions: all(base.map(|base| &base.definitions), file.definitions),
            ask: all(base.map(|base| &base.ask), file.ask),
            system: file.system,
            closing: all(base.map(|base| &base.closing), file.closing),
            name: file.name,
            description: file.description,
            frame: file.frame,
        }
    }

    /// Name of the style.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Description of the style, one sentence.
    #[must_use]
    pub fn description(&self) -> &str {
        &self.description
    }

    /// The words of a definition, between parts of a question.
    pub fn words_of(&self, definition: Definition) -> impl Iterator<Item = &str> {
        let parts = self
            .definitions
            .get(&definition)
            .map(|template| &template.parts);
        parts.into_iter().flatten().filter_map(|part| match part {
            Part::Words(words) => Some(words.trim()),
            Part::Slot(_) => None,
        })
    }

    /// The end of a request that asks for the answer alone.
    #[must_use]
    pub fn direct(&self) -> String {
        self.closing_words(Closing::Direct)
    }

    /// The end of a request that asks for steps before the answer.
    #[must_use]
    pub fn steps(&self) -> String {
        self.closing_words(Closing::Steps)
    }

    fn closing_words(&self, closing: Closing) -> String {
        self.closing
            .get(&closing)
            .map_or(String::new(), Template::words)
    }

    /// True if some definitions are in a system text and not in the prompt.
    #[must_use]
    pub fn has_system(&self) -> bool {
        !self.system.is_empty()
    }

    /// Refuses a style that does not state all that judges rely on.
    fn check(&self) -> Result<(), StyleError> {
        let missing = |table, key: String| Err(StyleError::Missing { table, key });
        for section in Section::ALL {
            if !self.layout.contains_key(&section) {
                return missing("layout", format!("{section:?}"));
            }
        }
        for closing in [Closing::Direct, Closing::Steps] {
            if !self.closing.contains_key(&closing) {
                return missing("closing", format!("{closing:?}"));
            }
        }
        for definition in Definition::ALL {
            let Some(template) = self.definitions.get(definition) else {
                return missing("definitions", definition.name().to_owned());
            };
            let words = template.words();
            if let Some(mark) = definition
                .marks()
                .iter()
                .find(|mark| !words.contains(**mark))
            {
                return Err(StyleError::Mark {
                    name: definition.name(),
                    mark,
                });
            }
        }
        Ask::ALL.into_iter().try_for_each(|ask| self.check_ask(ask))
    }

    fn check_ask(&self, ask: Ask) -> Result<(), StyleError> {
        let Some(template) = self.ask.get(&ask) else {
            return Err(StyleError::Missing {
                table: "ask",
                key: format!("{ask:?}"),
            });
        };
        for definition in ask.needs() {
            let slot = Slot::Definition(*definition);
            let in_system = self.system.get(&ask).is_some_and(|text| text.has(slot));
            if !template.has(slot) && !in_system {
                return Err(StyleError::Undefined {
                    ask,
                    slot: slot.to_string(),
                });
            }
        }
        for group in ask.shows() {
            if !group.iter().any(|slot| template.has(*slot)) {
                return Err(StyleError::Hidden {
                    ask,
                    slot: group[0].to_string(),
                });
            }
        }
        Ok(())
    }
}

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../styles/", $name, ".toml")))),*]
    };
}

/// Files of the styles; a style follows the one that it extends.
const FILES: &[(&str, &str)] = files![
    "standard",
    "minimal",
    "terse",
    "formal",
    "conversational",
    "test",
    "comment",
    "numbered",
    "chinese",
    "chinese-terse",
    "chinese-conversational",
];

/// The styles inside the binary.
pub fn builtins() -> impl Iterator<Item = &'static Style> {
    FILES.iter().filter_map(|(name, _)| builtin(name))
}

/// The style of the binary with a name.
#[must_use]
pub fn builtin(name: &str) -> Option<&'static Style> {
    static READ: [OnceLock<Style>; FILES.len()] = [const { OnceLock::new() }; FILES.len()];
    let at = FILES.iter().position(|(known, _)| *known == name)?;
    let (name, text) = FILES[at];
    // A test reads all of them.
    let read = || Style::parse(text).unwrap_or_else(|error| panic!("the style {name}: {error}"));
    Some(READ[at].get_or_init(read))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_style_of_the_binary_can_be_read() {
        for (name, text) in FILES {
            let style = Style::parse(text).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(style.name(), *name);
            assert!(style.description().ends_with('.'), "{name}");
        }
    }

    #[test]
    fn a_style_that_leaves_out_what_a_judge_relies_on_is_refused_by_name() {
        let head = "name = \"mine\"\ndescription = \"Mine.\"\nextends = \"standard\"\n";
        assert!(Style::parse(head).is_ok());
        for (own, message) in [
            (
                "[ask]\nstate = \"{variable} {line} {ordinal} {lines} {after}\"",
                "{literal}",
            ),
            (
                "[ask]\nstate = \"{variable} {line} {lines} {after} {literal}\"",
                "{ordinal}",
            ),
            ("[definitions]\nliteral = \"as Python writes it\"", "`1`"),
            ("[ask]\nstate = \"{what}\"", "{what}"),
            ("[words]\na = \"b\"", "unknown field"),
        ] {
            let error = Style::parse(&format!("{head}{own}"))
                .unwrap_err()
                .to_string();
            assert!(error.contains(message), "{error}");
        }
    }
}

//! Parsers of values that say which values there are, for help, errors and completions.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use tracestone_record::{InputKind, Reason, SampleKind, Split};
use tracestone_store::export::{Form, PromptChoice};

/// The help text of a value from the lines of its comment, as clap makes it of those of fields.
fn help(lines: &[&str]) -> String {
    let text = lines.concat();
    let text = text.trim();
    text.strip_suffix('.').unwrap_or(text).to_owned()
}

/// One of several values with a name and a help text each.
pub(super) fn one_of<T: Clone + Send + Sync + 'static>(
    all: Vec<(&'static str, &[&str], T)>,
) -> impl TypedValueParser<Value = T> + use<T> {
    let possible =
        |(name, lines, _): &(&'static str, &[&str], T)| PossibleValue::new(*name).help(help(lines));
    let parser = PossibleValuesParser::new(all.iter().map(possible));
    let values: Vec<(&str, T)> = all
        .into_iter()
        .map(|(name, _, value)| (name, value))
        .collect();
    parser.try_map(move |typed| {
        let found = values.iter().find(|(name, _)| *name == typed);
        found
            .map(|(_, value)| value.clone())
            .ok_or("no value is called so")
    })
}

/// Defines a parser of named values of a library's type. The comments are the help texts.
macro_rules! named {
    ($(#[$about:meta])* $parser:ident: $type:ty {
        $($(#[doc = $help:literal])+ $name:literal => $value:expr,)+
    }) => {
        $(#[$about])*
        pub(super) fn $parser() -> impl clap::builder::TypedValueParser<Value = $type> {
            crate::args::words::one_of(vec![$(($name, &[$($help),+][..], $value)),+])
        }
    };
}
pub(super) use named;

/// A kind of sample.
pub(super) fn kind() -> impl TypedValueParser<Value = SampleKind> {
    PossibleValuesParser::new(SampleKind::ALL.iter().map(|kind| kind.name()))
        .try_map(|name| SampleKind::from_name(&name).ok_or("no kind is called so"))
}

/// Origin of a call.
pub(super) fn origin() -> impl TypedValueParser<Value = InputKind> {
    PossibleValuesParser::new(InputKind::ALL.iter().map(|kind| kind.name()))
        .try_map(|name| InputKind::from_name(&name).ok_or("no origin is called so"))
}

/// A reason for leaving something out.
pub(super) fn reason() -> impl TypedValueParser<Value = Reason> {
    PossibleValuesParser::new(Reason::ALL.iter().map(|reason| reason.code()))
        .try_map(|code| Reason::from_code(&code).ok_or("no reason is called so"))
}

/// A form of rationales.
pub(super) fn form() -> impl TypedValueParser<Value = Form> {
    PossibleValuesParser::new(Form::ALL.iter().map(|form| form.name()))
        .try_map(|name| Form::named(&name).ok_or("no form is called so"))
}

/// Styles of prompts.
pub(super) fn prompt() -> impl TypedValueParser<Value = PromptChoice> {
    clap::builder::StringValueParser::new().try_map(|word| PromptChoice::named(&word))
}

/// A part of the split.
pub(super) fn split() -> impl TypedValueParser<Value = Split> {
    PossibleValuesParser::new(Split::ALL.iter().map(|split| split.name()))
        .try_map(|name| Split::from_name(&name).ok_or("no part of the split is called so"))
}

/// Any text. Completions offer some.
#[derive(Debug, Clone)]
pub(super) struct Offered(&'static [&'static str]);

impl TypedValueParser for Offered {
    type Value = String;

    fn parse_ref(
        &self,
        command: &clap::Command,
        argument: Option<&clap::Arg>,
        value: &std::ffi::OsStr,
    ) -> Result<String, clap::Error> {
        clap::builder::StringValueParser::new().parse_ref(command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(self.0.iter().map(PossibleValue::new)))
    }
}

const TASKS: &[&str] = &[
    "annotated",
    "calls",
    "count",
    "coverage",
    "cruxeval-input",
    "cruxeval-output",
    "exception",
    "input",
    "livecodebench-execution",
    "next_line",
    "output",
    "path",
    "reach",
    "series-detector",
    "series-indices",
    "series-program",
    "series-prompter",
    "state",
    "structure-contacts",
    "structure-helix",
    "structure-mutation",
    "structure-repair",
    "structure-residue",
    "structure-torsion",
    "trace",
];

const MODELS: &[&str] = &[
    "openai/",
    "anthropic/",
    "openai-api/",
    "local/",
    "replay/",
    "mock/oracle",
    "mock/constant",
    "mock/copy-input",
    "mock/majority",
];

const FACTS: &[&str] = &[
    "kind",
    "steps",
    "lines",
    "depth",
    "branches",
    "loops",
    "loop_depth",
    "value_bytes",
    "program_lines",
    "answer_bytes",
    "input_origin",
    "license",
    "origin",
    "date",
];

/// A task: a name, or a file.
pub(super) fn task() -> Offered {
    Offered(TASKS)
}

/// Values of `--model`.
pub(super) fn model() -> Offered {
    Offered(MODELS)
}

/// A fact that scores are sliced by.
pub(super) fn fact() -> Offered {
    Offered(FACTS)
}

#[cfg(test)]
mod tests {
    use tracestone_eval::model::Reference;
    use tracestone_eval::task::Task;

    use super::*;

    #[test]
    fn completions_offer_every_task_and_reference() {
        let mut tasks: Vec<_> = Task::known(crate::evaluation::TRACKS)
            .into_iter()
            .map(|(name, _)| name)
            .collect();
        tasks.sort();
        assert_eq!(TASKS, tasks);
        for reference in Reference::ALL {
            let name = format!("mock/{}", reference.name());
            assert!(MODELS.contains(&name.as_str()), "{name}");
        }
    }
}

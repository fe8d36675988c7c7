//! The words of a moment, as all writers put them.

use tracestone_record::{EventType, Literal};

use crate::Moment;

/// Moments told at the beginning and the end of a run that is too long.
const HEAD: usize = 60;
const TAIL: usize = 40;

/// The places of the moments that are told: all, or the first and last of a long run.
pub(crate) fn told(count: usize) -> Vec<usize> {
    match count <= HEAD + TAIL {
        true => (0..count).collect(),
        false => (0..HEAD).chain(count - TAIL..count).collect(),
    }
}

/// `call f`, `line`, `return 3`, `raise 'ValueError: no'`.
pub(crate) fn what(moment: &Moment) -> String {
    match (&moment.payload, moment.word) {
        // In quotes, so that its end shows.
        (Some(text), EventType::Raise) => {
            format!("raise {}", Literal::Str(text.clone()).python_repr())
        }
        (Some(text), word) => format!("{word} {text}"),
        (None, word) => word.to_string(),
    }
}

/// `a = 1; del b`.
pub(crate) fn changes<'a>(changes: impl IntoIterator<Item = (&'a str, Option<&'a str>)>) -> String {
    let texts: Vec<_> = changes
        .into_iter()
        .map(|(name, value)| match value {
            Some(value) => format!("{name} = {value}"),
            None => format!("del {name}"),
        })
        .collect();
    texts.join("; ")
}

/// The changes of a moment.
pub(crate) fn changes_of(moment: &Moment) -> String {
    let own = moment.changes.iter();
    changes(own.map(|(name, value)| (name.as_str(), value.as_deref())))
}

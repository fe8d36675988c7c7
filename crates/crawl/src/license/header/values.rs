//! Variables of a module that state its licence: `__license__ = "MIT"`.

use tracestone_record::LicenseRule;

use super::super::permissive::is_permissive;
use super::super::python::{Block, LITERAL, Source, Value};
use super::super::statement::{self, Family, Stated};
use super::reserved::{reserves, tokens};
use super::{Said, notices};

/// Names of the variable that states a licence.
const VARIABLES: [&str; 2] = ["__license__", "__licence__"];

/// Names of constants that may state one.
const CONSTANTS: [&str; 6] = [
    "LICENSE",
    "LICENCE",
    "License",
    "__LICENSE__",
    "licence",
    "license",
];

/// Variables whose text is a notice.
const NOTICES: [&str; 1] = ["__copyright__"];

/// True if a file may state its licence in a variable.
pub(crate) fn has_variable(content: &[u8]) -> bool {
    let holds = |name: &str| {
        content
            .windows(name.len())
            .any(|part| part == name.as_bytes())
    };
    VARIABLES.iter().any(|name| holds(name))
}

/// Licences that the variables of a package's `__init__.py` state, with their lines.
pub(in super::super) fn variables(text: &str) -> Vec<(Stated, usize)> {
    let mut said = Vec::new();
    assigned(&Source::of(text), text, &mut said);
    said.into_iter()
        .map(|said| (said.stated, said.line))
        .collect()
}

/// `__license__ = "MIT"`, with or without a type, in a row of assignments or of names.
pub(super) fn assigned(source: &Source, text: &str, said: &mut Vec<Said>) {
    for name in VARIABLES {
        let value = assignment(&source.code, name).filter(|(place, _)| starts_line(source, *place));
        let value = match value {
            Some((_, value)) => source.value_at(value),
            None => among_others(source, name),
        };
        if let Some(value) = value {
            let text = value.text.as_deref();
            let stated = text.map_or(Stated::Unclear, stated_by);
            if stated != Stated::Nothing {
                said.push(Said {
                    stated,
                    rule: LicenseRule::LicenseVariable,
                    line: value.line,
                    whole: true,
                });
            }
        }
    }
    constants(source, text, said);
}

/// Licence that the value of a variable states; one that is said to be unknown is unclear.
fn stated_by(text: &str) -> Stated {
    match statement::key(text).as_str() {
        "unknown" | "none" | "pending" | "tbd" => Stated::Unclear,
        _ => statement::stated(text),
    }
}

fn starts_line(source: &Source, place: usize) -> bool {
    let line = source.code[..place]
        .rfind(['\n', ';'])
        .map_or(0, |end| end + 1);
    // `GPL = __license__ = ".."`
    let mut before = &source.code[line..place];
    while let Some(next) = chained(before) {
        before = &before[next..];
    }
    before.is_empty()
}

/// The value of a name in `name, other = "GPL", "1"`.
fn among_others(source: &Source, name: &str) -> Option<Value> {
    let mut start = 0;
    source.code.split_inclusive('\n').find_map(|line| {
        let place = start;
        start += line.len();
        let (names, _) = line.split_once('=')?;
        let at = names
            .trim_matches(['(', ')'])
            .split(',')
            .position(|one| one == name)?;
        let mut places = line.match_indices(LITERAL).map(|(inner, _)| place + inner);
        let after = line[names.len()..]
            .trim_start_matches('=')
            .trim_start_matches('(');
        let plain = after
            .trim_end()
            .chars()
            .all(|c| matches!(c, LITERAL | ',' | ')'));
        let count = names.matches(',').count();
        if count == 0 {
            return None;
        }
        let literal = source.literal_at(places.nth(at)?)?;
        let text = plain.then(|| literal.text.clone());
        Some(Value {
            line: literal.line,
            text,
        })
    })
}

/// Constants of a module whose value names a licence that is not permissive. They are often only texts, and grant
/// nothing.
fn constants(source: &Source, text: &str, said: &mut Vec<Said>) {
    for name in CONSTANTS {
        let places = source.code.match_indices(name).map(|(place, _)| place);
        for place in places.filter(|place| starts_line(source, *place)) {
            let after = &source.code[place + name.len()..];
            let rest = after.strip_prefix(":str").unwrap_or(after);
            let value = place + name.len() + (after.len() - rest.len()) + 1;
            let Some(value) = rest
                .starts_with('=')
                .then(|| source.literal_at(value))
                .flatten()
            else {
                continue;
            };
            // One of a class is about something else.
            let of_module = text
                .lines()
                .nth(value.line)
                .is_some_and(|line| line.starts_with(name));
            let stated = statement::stated(&value.text);
            let is_named = match &stated {
                Stated::License(id) => !is_permissive(id),
                Stated::Family(family) => matches!(family, Family::Gnu | Family::Mozilla),
                Stated::Unclear => is_reserving(&value.text),
                _ => false,
            };
            if of_module && is_named {
                said.push(Said {
                    stated,
                    rule: LicenseRule::LicenseVariable,
                    line: value.line,
                    whole: true,
                });
            }
        }
    }
}

/// True for a short text that reserves the file: `Proprietary`.
fn is_reserving(text: &str) -> bool {
    let words = tokens(text);
    words.len() <= MAX_VALUE && reserves(&words, &text.to_lowercase(), false).is_some()
}

/// Maximal number of words of a value that names a licence.
const MAX_VALUE: usize = 8;

/// Words that `__copyright__ = ".."` says beside the name in it.
pub(super) fn copyrights(source: &Source, said: &mut Vec<Said>) {
    for name in NOTICES {
        let value = assignment(&source.code, name).and_then(|(_, value)| source.value_at(value));
        let Some((line, text)) = value.and_then(|value| Some((value.line, value.text?))) else {
            continue;
        };
        let lower = text.to_lowercase();
        let block = Block {
            line,
            text,
            leading: true,
            docstring: false,
        };
        notices(&block, &lower, true, said);
    }
}

/// The first assignment to a name: its place, and that of the value.
fn assignment(code: &str, name: &str) -> Option<(usize, usize)> {
    code.match_indices(name).find_map(|(place, _)| {
        let after = &code[place + name.len()..];
        if !after.starts_with(['=', ':']) {
            return None;
        }
        let line = &after[..after.find('\n').unwrap_or(after.len())];
        let mut value = place + name.len() + line.find('=')? + 1;
        // `__license__ = GPL = ".."`, `__license__ = [".."]`
        while let Some(next) = chained(&code[value..]) {
            value += next;
        }
        value += usize::from(code[value..].starts_with(&format!("[{LITERAL}]")));
        Some((place, value))
    })
}

/// The length of a name and its sign of assignment, if another assignment of the same value begins so.
fn chained(code: &str) -> Option<usize> {
    let name = code.find(|c: char| !(c.is_alphanumeric() || c == '_'))?;
    let is_sign = code[name..].starts_with('=') && !code[name..].starts_with("==");
    (name > 0 && is_sign).then_some(name + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<Stated> {
        let mut said = Vec::new();
        assigned(&Source::of(text), text, &mut said);
        said.into_iter().map(|said| said.stated).collect()
    }

    #[test]
    fn values_of_variables() {
        let license = |id: &str| Stated::License(id.to_owned());
        for (text, expected) in [
            ("__license__ = 'MIT'\n", license("MIT")),
            ("__license__ = GPL = 'GPL v3'\n", license("GPL-3.0-only")),
            ("GPL = __license__ = 'GPL v3'\n", license("GPL-3.0-only")),
            (
                "__license__, __version__ = 'GPL', '1'\n",
                Stated::Family(Family::Gnu),
            ),
            (
                "__version__, __license__ = ('1', 'LGPL-2.1')\n",
                license("LGPL-2.1-only"),
            ),
            ("LICENSE = 'GPL-3.0'\n", license("GPL-3.0-only")),
            ("LICENSE: str = 'GPL-3.0'\n", license("GPL-3.0-only")),
            ("license = 'GPL-3.0'\n", license("GPL-3.0-only")),
            ("__author__ = 'X'; __license__ = 'ISC'\n", license("ISC")),
            ("LICENCE = \"Proprietary\"\n", Stated::Unclear),
            ("__license__ = 'unknown'\n", Stated::Unclear),
        ] {
            assert_eq!(found(text), [expected], "{text}");
        }
        for text in [
            "LICENSE = 'MIT'\n",
            "LICENSE = 'LICENSE.txt'\n",
            "class Gpl:\n    LICENSE = 'GPL-3.0'\n",
            "MY_LICENSE = 'GPL-3.0'\n",
            "LICENSE == 'GPL-3.0'\n",
            "a, b = 'GPL', '1'\n",
        ] {
            assert_eq!(found(text), [], "{text}");
        }
    }
}

//! What a program's text says about its classes: which attributes lead on to another instance, and
//! which class it must be whose attributes a parameter is asked for.

use tracestone_record::{Definition, Program, UnitKind};

use crate::types::{self, Type};

/// Attributes that by custom lead to an instance of the same class.
const LINKS: &[&str] = &["child", "left", "next", "prev", "previous", "right"];

/// An attribute that is `None` in a new instance and may hold an instance later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) attribute: String,
    /// The class of what it may hold.
    pub(crate) class: String,
}

/// The links that `__init__` sets to `None` whatever it is given.
pub(crate) fn links(program: &Program, class: &str) -> Vec<Link> {
    let Some(init) = find(program, &format!("{class}.__init__")) else {
        return Vec::new();
    };
    let links = lines(program, init).filter_map(|line| {
        let (target, value) = line.trim().strip_prefix("self.")?.split_once('=')?;
        let value = value.split('#').next().unwrap_or(value);
        if value.trim() != "None" {
            return None;
        }
        let (attribute, annotation) = match target.split_once(':') {
            Some((attribute, annotation)) => (attribute.trim(), types::parse(annotation)),
            None => (target.trim(), None),
        };
        let held = match annotation {
            Some(annotation) => class_in(&annotation)?,
            None => LINKS
                .iter()
                .any(|link| attribute.split('_').any(|word| word == *link))
                .then(|| class.to_owned())?,
        };
        let known = find(program, &held).is_some_and(|held| held.kind == UnitKind::Class);
        known.then(|| Link {
            attribute: attribute.to_owned(),
            class: held,
        })
    });
    links.collect()
}

/// The class named by a type that has instances of one class or nothing.
fn class_in(wanted: &Type) -> Option<String> {
    match wanted {
        Type::Named(class) => Some(class.clone()),
        Type::OneOf(kinds) => kinds.iter().find_map(class_in),
        _ => None,
    }
}

/// The class whose instances have all the attributes that a function asks a parameter for.
pub(crate) fn class_of_parameter(
    program: &Program,
    function: &Definition,
    parameter: &str,
) -> Option<String> {
    let mut asked: Vec<&str> = lines(program, function)
        .flat_map(|line| attributes(line, parameter))
        .collect();
    asked.sort_unstable();
    asked.dedup();
    if asked.is_empty() {
        return None;
    }
    let classes = program.definitions.iter().filter(|definition| {
        // A constructor that needed an instance of its own class could make none.
        let constructor = format!("{}.__init__", definition.name);
        definition.kind == UnitKind::Class && function.name != constructor
    });
    let mut fitting = classes.filter(|class| {
        asked.iter().all(|attribute| {
            let method = format!("{}.{attribute}", class.name);
            find(program, &method).is_some()
                || class.locals.iter().any(|local| local == attribute)
                || lines(program, class).any(|line| {
                    attributes(line, "self").any(|own| own == *attribute) && line.contains('=')
                })
        })
    });
    fitting.next().map(|class| class.name.clone())
}

/// What follows `name.` in a line.
fn attributes<'l>(line: &'l str, name: &'l str) -> impl Iterator<Item = &'l str> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(name).filter_map(move |(at, _)| {
        let before = line[..at].chars().next_back();
        if before.is_some_and(|c| is_word(c) || c == '.') {
            return None;
        }
        let rest = line[at + name.len()..].strip_prefix('.')?;
        let length = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        (length > 0).then(|| &rest[..length])
    })
}

fn lines<'p>(program: &'p Program, definition: &Definition) -> impl Iterator<Item = &'p str> {
    let first = definition.lines.first.index();
    let count = definition.lines.last.index() + 1 - first;
    program.text.lines().skip(first).take(count)
}

fn find<'p>(program: &'p Program, name: &str) -> Option<&'p Definition> {
    let mut definitions = program.definitions.iter();
    definitions.rfind(|definition| definition.name == name)
}

//! A program's definitions by name.

use tracestone_record::{Definition, Program, UnitKind};

/// Methods with two underscores that something else calls.
const SPECIAL_METHODS: &[&str] = &[
    "__abs__",
    "__add__",
    "__bool__",
    "__call__",
    "__contains__",
    "__eq__",
    "__getitem__",
    "__gt__",
    "__hash__",
    "__iter__",
    "__len__",
    "__lt__",
    "__mul__",
    "__neg__",
    "__pow__",
    "__repr__",
    "__str__",
    "__sub__",
    "__truediv__",
];

/// The name by which calls name a function, a method or, for `__init__`, its class.
pub(crate) fn called_by(name: &str) -> &str {
    let mut parts = name.rsplit('.');
    match (parts.next(), parts.next()) {
        (Some("__init__"), Some(class)) => class,
        (Some(name), _) => name,
        (None, _) => "",
    }
}

/// True if a function contains `yield`.
pub(crate) fn is_generator(program: &Program, function: &Definition) -> bool {
    let lines = program.text.lines();
    let first = function.lines.first.index();
    let count = function.lines.last.index() + 1 - first;
    lines.skip(first).take(count).any(|line| {
        let text = line.trim_start();
        text.starts_with("yield") || text.contains("= yield") || text.contains("(yield")
    })
}

/// The last definition of a name, which is the one that calls find.
pub(crate) fn definition<'p>(program: &'p Program, name: &str) -> Option<&'p Definition> {
    let definitions = &program.definitions;
    definitions
        .iter()
        .rfind(|definition| definition.name == name)
}

/// The methods of a class that can be called from outside.
pub(crate) fn methods<'p>(
    program: &'p Program,
    class: &str,
) -> impl Iterator<Item = &'p Definition> {
    program.definitions.iter().filter(move |definition| {
        definition.kind == UnitKind::Method
            && definition
                .name
                .strip_prefix(class)
                .and_then(|rest| rest.strip_prefix('.'))
                .is_some_and(|method| {
                    let special = SPECIAL_METHODS.contains(&method);
                    !method.contains('.') && (special || !method.starts_with('_'))
                })
    })
}

//! A program's definitions by name.

use tracestone_record::{Definition, Line, LineRange, Program, UnitKind};

use crate::annotations::split;

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

/// True if a function contains `yield`, outside its docstring and the functions in it.
pub(crate) fn is_generator(program: &Program, function: &Definition) -> bool {
    let inner: Vec<LineRange> = program
        .definitions
        .iter()
        .map(|other| other.lines)
        .filter(|&other| other != function.lines)
        .filter(|other| function.lines.contains(other.first) && function.lines.contains(other.last))
        .chain(function.docstring)
        .collect();
    let numbered = program.text.lines().enumerate();
    let own = numbered
        .map(|(index, text)| (Line::from_index(index), text))
        .filter(|&(line, _)| function.lines.contains(line))
        .filter(|&(line, _)| !inner.iter().any(|lines| lines.contains(line)));
    own.into_iter().any(|(_, text)| yields(text))
}

/// True if a line has the keyword `yield` where an expression may begin, outside its strings and comments.
fn yields(line: &str) -> bool {
    let is_of_name = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices("yield").any(|(at, word)| {
        let (before, after) = (&line[..at], &line[at + word.len()..]);
        let head = before.trim_end();
        let begins = head.is_empty()
            || head.ends_with(['=', '(', '[', '{', ',', ':', ';'])
            || before.ends_with("return ");
        let quoted = ['"', '\'']
            .iter()
            .any(|&quote| before.matches(quote).count() % 2 == 1);
        begins && !quoted && !before.contains('#') && !after.starts_with(is_of_name)
    })
}

/// True for `async def`.
pub(crate) fn is_async(program: &Program, function: &Definition) -> bool {
    let header = program.text.lines().nth(function.header.index());
    header.is_some_and(|line| line.trim_start().starts_with("async "))
}

/// Way in which a method is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// With an instance as its first argument.
    Instance,
    /// A method with `@staticmethod`.
    Static,
    /// A method with `@classmethod`.
    Class,
    /// `@property` and its like: read as an attribute.
    Property,
    /// `@x.setter` and `@x.deleter`: not by a call.
    Hidden,
}

/// Way in which a function of a class is reached, by its decorators.
pub(crate) fn access(program: &Program, function: &Definition) -> Access {
    if function.kind != UnitKind::Method {
        return Access::Static;
    }
    let (first, header) = (function.lines.first.index(), function.header.index());
    let lines = program.text.lines().skip(first).take(header - first);
    let decorators = lines.filter_map(|line| line.trim().strip_prefix('@'));
    let mut access = match function.name.rsplit('.').next() {
        Some("__new__" | "__init_subclass__" | "__class_getitem__") => Access::Class,
        _ => Access::Instance,
    };
    for decorator in decorators {
        let name = decorator.split('(').next().unwrap_or(decorator).trim();
        access = match name.rsplit('.').next().unwrap_or(name) {
            "staticmethod" => Access::Static,
            "classmethod" => Access::Class,
            "property" | "cached_property" | "cachedproperty" | "abstractproperty" => {
                Access::Property
            }
            "setter" | "deleter" | "overload" => Access::Hidden,
            _ => access,
        };
    }
    access
}

/// The base classes of a class as its header names them.
pub(crate) fn bases(program: &Program, class: &Definition) -> Vec<String> {
    let mut header = String::new();
    for line in program.text.lines().skip(class.header.index()).take(10) {
        header.push_str(line.trim());
        if line.trim_end().ends_with(':') {
            break;
        }
    }
    let Some((_, rest)) = header.split_once('(') else {
        return Vec::new();
    };
    let inner = rest.rsplit_once(')').map_or(rest, |(inner, _)| inner);
    let bases = split(inner, ',').into_iter();
    bases
        .filter(|base| !base.is_empty() && !base.contains('='))
        .map(|base| base.split('[').next().unwrap_or(base).trim().to_owned())
        .collect()
}

/// A class and those that it inherits from, as far as the program defines them, each once.
pub(crate) fn lineage<'p>(program: &'p Program, class: &str) -> Vec<&'p Definition> {
    let mut found: Vec<&Definition> = Vec::new();
    let mut wanted = vec![class.to_owned()];
    while let Some(name) = wanted.pop() {
        let Some(class) = definition(program, &name).filter(|one| one.kind == UnitKind::Class)
        else {
            continue;
        };
        if found.iter().all(|known| known.name != class.name) {
            found.push(class);
            wanted.extend(bases(program, class).into_iter().rev());
        }
    }
    found
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
            && access(program, definition) != Access::Hidden
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_begins_with_yield_is_none() {
        for line in [
            "    yield_per = area * 2",
            "    total = yield_per + 1",
            "    return (yields)",
            "    print('a, yield b')",
            "    x = 1  # (yield)",
            "    x = yield1",
        ] {
            assert!(!yields(line), "{line}");
        }
        for line in [
            "    yield",
            "    yield x",
            "    got = yield x",
            "    got = [(yield)]",
            "    if x: yield(x)",
            "    yield from x",
            "    return (yield x)",
        ] {
            assert!(yields(line), "{line}");
        }
    }
}

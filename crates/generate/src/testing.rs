//! Programs for tests, read from texts without a parser.

use tracestone_record::{
    Arguments, Call, CallId, Definition, FileId, InputKind, InputOrigin, Line, LineRange,
    Parameter, ParameterKind, Program, ProgramId, UnitId, UnitKind,
};

use crate::annotations::split;

/// A program with the functions and classes of a text. Headers take one line each.
pub(crate) fn program(entry: &str, text: &str) -> Program {
    let lines: Vec<&str> = text.lines().collect();
    let mut around: Vec<(usize, String)> = Vec::new();
    let mut definitions = Vec::new();
    let mut decorated = None;
    for (index, line) in lines.iter().enumerate() {
        let indent = line.len() - line.trim_start().len();
        let head = line.trim_start();
        let head = head.strip_prefix("async ").unwrap_or(head);
        if head.starts_with('@') {
            decorated = decorated.or(Some(index));
            continue;
        }
        let first = decorated.take().unwrap_or(index);
        let is_definition = |(word, _): &(&str, &str)| matches!(*word, "def" | "class");
        let Some((word, rest)) = head.split_once(' ').filter(is_definition) else {
            continue;
        };
        around.retain(|(outer, _)| *outer < indent);
        let own = rest.split(['(', ':', '[']).next().unwrap_or(rest);
        let name = match around.last() {
            Some((_, outer)) => format!("{outer}.{own}"),
            None => own.to_owned(),
        };
        let body = lines[index + 1..]
            .iter()
            .take_while(|line| line.len() - line.trim_start().len() > indent);
        let last = index + body.clone().count();
        let kind = match (word, around.is_empty()) {
            ("class", _) => UnitKind::Class,
            (_, true) => UnitKind::Function,
            _ => UnitKind::Method,
        };
        let assigned = body.filter_map(|line| line.trim().split_once(" = "));
        let locals = assigned.map(|(name, _)| name.to_owned());
        let is_class = kind == UnitKind::Class;
        definitions.push(Definition {
            name: name.clone(),
            kind,
            lines: LineRange {
                first: Line::from_index(first),
                last: Line::from_index(last),
            },
            header: Line::from_index(index),
            docstring: None,
            prose: None,
            parameters: match kind {
                UnitKind::Class => Vec::new(),
                _ => parameters(rest, &lines[index..=last]),
            },
            locals: locals.filter(|_| is_class).collect(),
            loops: Vec::new(),
            branches: Vec::new(),
            statements: Vec::new(),
        });
        around.push((indent, name));
    }
    with_definitions(entry, text, definitions)
}

fn with_definitions(entry: &str, text: &str, definitions: Vec<Definition>) -> Program {
    Program {
        id: ProgramId::of(&[text.as_bytes(), entry.as_bytes()]),
        unit: UnitId::of(&[]),
        file: FileId::of(&[]),
        entry: entry.to_owned(),
        text: text.to_owned(),
        lines: Vec::new(),
        inlined: Vec::new(),
        imports: Vec::new(),
        definitions,
        package: None,
        comments: Vec::new(),
    }
}

fn parameters(head: &str, body: &[&str]) -> Vec<Parameter> {
    let list = head.split_once('(').map_or("", |(_, rest)| rest);
    let list = list.rsplit_once(')').map_or(list, |(list, _)| list);
    let parts = split(list, ',').into_iter().filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let (part, default) = match part.split_once('=') {
                Some((part, default)) => (part, Some(default.trim().to_owned())),
                None => (part, None),
            };
            let (name, annotation) = match part.split_once(':') {
                Some((name, annotation)) => (name.trim(), Some(annotation.trim().to_owned())),
                None => (part.trim(), None),
            };
            let field = format!(":type {name}:");
            let documented = body
                .iter()
                .find_map(|line| line.trim().strip_prefix(&field));
            Parameter {
                name: name.to_owned(),
                kind: ParameterKind::PositionalOrKeyword,
                annotation,
                default,
                documented: documented.map(|text| text.trim().to_owned()),
                guess: None,
                wishes: Vec::new(),
            }
        })
        .collect()
}

/// A mined call of a program.
pub(crate) fn call(program: &Program, text: &str) -> Call {
    let (callee, rest) = text.split_once('(').expect("a call");
    Call {
        id: CallId::of(&[text.as_bytes()]),
        program: program.id,
        setup: String::new(),
        call: text.to_owned(),
        arguments: Some(Arguments {
            callee: callee.to_owned(),
            text: rest.trim_end_matches(')').to_owned(),
            literal: true,
        }),
        origin: InputOrigin {
            kind: InputKind::Doctest,
            path: None,
            line: None,
        },
    }
}

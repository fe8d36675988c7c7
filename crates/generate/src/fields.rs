//! The fields of data classes and named tuples: what their constructors take.

use tracestone_record::{Definition, Parameter, ParameterKind, Program};

/// The fields of a class that gets its `__init__` from them, else nothing.
pub(crate) fn of(program: &Program, class: &Definition) -> Vec<Parameter> {
    let lines: Vec<&str> = program.text.lines().collect();
    let (first, header) = (class.lines.first.index(), class.header.index());
    let Some(head) = lines.get(first..=header) else {
        return Vec::new();
    };
    let says = |word: &str| head.iter().any(|line| line.contains(word));
    // A typed dictionary is made like any other one, by keywords.
    let by_keyword = says("TypedDict");
    let made = by_keyword || says("dataclass") || says("NamedTuple");
    if !made {
        return Vec::new();
    }
    let indent = |line: &str| line.len() - line.trim_start().len();
    let margin = indent(lines[header]);
    let body = lines
        .iter()
        .take(class.lines.last.index() + 1)
        .skip(header + 1);
    let mut own = None;
    let mut fields = Vec::new();
    for line in body.filter(|line| !line.trim().is_empty()) {
        let depth = indent(line);
        let own = *own.get_or_insert(depth);
        if depth != own || depth <= margin {
            continue;
        }
        let text = line.trim();
        if ["def ", "async ", "class ", "@"]
            .iter()
            .any(|word| text.starts_with(word))
        {
            break;
        }
        fields.extend(field(text));
    }
    if by_keyword {
        for field in &mut fields {
            field.kind = ParameterKind::KeywordOnly;
        }
    }
    fields
}

/// `name: type = default`.
fn field(text: &str) -> Option<Parameter> {
    let (name, rest) = text.split_once(':')?;
    let is_name = name.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'_');
    let (annotation, default) = match rest.split_once(" = ") {
        Some((annotation, default)) => (annotation, Some(default.trim().to_owned())),
        None => (rest, None),
    };
    let annotation = annotation.split('#').next().unwrap_or("").trim();
    let counts = is_name && !annotation.is_empty() && !annotation.contains("ClassVar");
    counts.then(|| Parameter {
        name: name.to_owned(),
        kind: ParameterKind::PositionalOrKeyword,
        annotation: Some(annotation.to_owned()),
        default,
        documented: None,
        guess: None,
        wishes: Vec::new(),
    })
}

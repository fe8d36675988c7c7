//! Docstrings: summary, prose, and the sections of the Google, NumPy and reST styles.

use tracestone_record::{Docstring, DocstringStyle, DocumentedItem, LineRange, Span};

use crate::doctest::examples;
use crate::leaks::{Removal, is_underline, leaking_lines};
use crate::strings::{cleandoc, indent};

/// Reads a docstring's value.
pub(crate) fn read_docstring(value: &str, span: Span, lines: LineRange) -> Docstring {
    let text = cleandoc(value);
    let prose = prose(&text);
    let style = style(&text);
    let mut docstring = Docstring {
        span,
        lines,
        summary: summary(&prose),
        examples: u32::try_from(examples(&text).len()).unwrap_or(u32::MAX),
        text,
        prose,
        style,
        parameters: Vec::new(),
        returns: Vec::new(),
        raises: Vec::new(),
    };
    match style {
        DocstringStyle::Plain => {}
        DocstringStyle::Google => read_sections(&mut docstring, google_heading, google_items),
        DocstringStyle::Numpy => read_sections(&mut docstring, numpy_heading, numpy_items),
        DocstringStyle::Rest => read_fields(&mut docstring),
    }
    docstring
}

/// The text without examples and the headings they leave empty.
fn prose(text: &str) -> String {
    if !text.contains(">>>") {
        return text.to_owned();
    }
    let lines: Vec<&str> = text.split('\n').collect();
    let leaking = leaking_lines(&lines, Removal::Examples, &|_| false);
    let mut prose = String::with_capacity(text.len());
    let mut blank = true;
    for (line, _) in lines.iter().zip(leaking).filter(|(_, leaks)| !leaks) {
        let empty = line.trim().is_empty();
        if !(empty && blank) {
            prose.push_str(line);
            prose.push('\n');
        }
        blank = empty;
    }
    prose.truncate(prose.trim_end().len());
    prose
}

/// The first paragraph, white space folded.
fn summary(prose: &str) -> String {
    let paragraph: Vec<&str> = prose
        .lines()
        .take_while(|line| !line.trim().is_empty())
        .collect();
    fold(&paragraph.join(" "))
}

fn fold(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Subject of a section.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Section {
    Parameters,
    Returns,
    Raises,
    Other,
}

fn section(heading: &str) -> Option<Section> {
    Some(match heading.trim().to_ascii_lowercase().as_str() {
        "args" | "arguments" | "parameters" | "params" | "attributes" | "keyword args"
        | "keyword arguments" | "other parameters" => Section::Parameters,
        "returns" | "return" | "yields" | "yield" => Section::Returns,
        "raises" | "raise" | "exceptions" => Section::Raises,
        "example" | "examples" | "note" | "notes" | "todo" | "warning" | "warnings"
        | "see also" | "references" | "usage" => Section::Other,
        _ => return None,
    })
}

fn style(text: &str) -> DocstringStyle {
    if text.lines().any(|line| {
        let line = line.trim_start();
        [
            ":param", ":return", ":raise", ":type", ":rtype", ":yield", "@param", "@return",
            "@type", "@rtype",
        ]
        .iter()
        .any(|field| line.starts_with(field))
    }) {
        return DocstringStyle::Rest;
    }
    let lines: Vec<&str> = text.lines().collect();
    let described = |found: Option<Section>| found.is_some_and(|found| found != Section::Other);
    if (0..lines.len()).any(|index| described(numpy_heading(&lines, index).map(|found| found.0))) {
        return DocstringStyle::Numpy;
    }
    if (0..lines.len()).any(|index| described(google_heading(&lines, index).map(|found| found.0))) {
        return DocstringStyle::Google;
    }
    DocstringStyle::Plain
}

/// `Args:` on a line of its own; answers the section and how many lines the heading takes.
fn google_heading(lines: &[&str], index: usize) -> Option<(Section, usize)> {
    let heading = lines[index].trim_end().strip_suffix(':')?;
    let margin = indent(heading);
    let next = lines[index + 1..]
        .iter()
        .find(|line| !line.trim().is_empty())?;
    (indent(next) > margin).then_some(())?;
    Some((section(heading)?, 1))
}

/// `Parameters` above a line of dashes.
fn numpy_heading(lines: &[&str], index: usize) -> Option<(Section, usize)> {
    let below = lines.get(index + 1)?;
    (is_underline(below) && below.trim().starts_with('-')).then_some(())?;
    Some((section(lines[index]).unwrap_or(Section::Other), 2))
}

type Heading = fn(&[&str], usize) -> Option<(Section, usize)>;
type Items = fn(&[&str], Section) -> Vec<DocumentedItem>;

fn read_sections(docstring: &mut Docstring, heading: Heading, items: Items) {
    let text = docstring.text.clone();
    let lines: Vec<&str> = text.lines().collect();
    let mut index = 0;
    while index < lines.len() {
        let Some((section, height)) = heading(&lines, index) else {
            index += 1;
            continue;
        };
        let start = (index + height).min(lines.len());
        let margin = indent(lines[index]);
        let is_numpy = height == 2;
        let end = (start..lines.len())
            .find(|&at| {
                heading(&lines, at).is_some()
                    || !is_numpy && !lines[at].trim().is_empty() && indent(lines[at]) <= margin
            })
            .unwrap_or(lines.len());
        let found = items(&lines[start..end], section);
        match section {
            Section::Parameters => docstring.parameters.extend(found),
            Section::Returns => docstring.returns.extend(found),
            Section::Raises => docstring.raises.extend(found),
            Section::Other => {}
        }
        index = end.max(index + 1);
    }
}

/// Groups lines by the least indented ones: each group is a head and what is indented below it.
fn groups<'t>(lines: &[&'t str]) -> Vec<(&'t str, String)> {
    let margin = lines
        .iter()
        .filter(|line| !line.trim().is_empty())
        .map(|line| indent(line))
        .min()
        .unwrap_or(0);
    let mut found: Vec<(&str, String)> = Vec::new();
    for line in lines.iter().filter(|line| !line.trim().is_empty()) {
        match found.last_mut() {
            Some((_, below)) if indent(line) > margin => {
                below.push(' ');
                below.push_str(line.trim());
            }
            _ => found.push((line.trim(), String::new())),
        }
    }
    found
}

/// `name (type): description`.
fn google_items(lines: &[&str], section: Section) -> Vec<DocumentedItem> {
    let found = groups(lines);
    if section == Section::Returns {
        let all: Vec<String> = found
            .iter()
            .map(|(head, below)| format!("{head}{below}"))
            .collect();
        let all = fold(&all.join(" "));
        if all.is_empty() {
            return Vec::new();
        }
        let (annotation, text) = match all.split_once(": ") {
            Some((annotation, text)) if looks_like_type(annotation) => (annotation, text),
            _ => ("", all.as_str()),
        };
        return vec![item("", annotation, text)];
    }
    found
        .iter()
        .filter_map(|(head, below)| {
            let (name, annotation, text) = google_head(head)?;
            let name = name.trim();
            (!name.is_empty() && !name.contains(' '))
                .then(|| item(name, annotation, &format!("{text}{below}")))
        })
        .collect()
}

/// Name, type and text of `name (type): text`; a type may have colons and brackets of its own.
fn google_head(head: &str) -> Option<(&str, &str, &str)> {
    let (name, text) = head.split_once(':')?;
    let Some((name, rest)) = name.contains('(').then(|| head.split_once('(')).flatten() else {
        return Some((name, "", text));
    };
    let mut depth = 1_u32;
    let close = rest.find(|c| {
        depth += u32::from(c == '(');
        depth -= u32::from(c == ')');
        depth == 0
    })?;
    let text = rest[close + 1..].trim_start().strip_prefix(':')?;
    Some((name, &rest[..close], text))
}

fn looks_like_type(text: &str) -> bool {
    text.len() <= 40 && (!text.contains(' ') || text.contains(['[', '|', ',']))
}

/// `name : type` above an indented description.
fn numpy_items(lines: &[&str], section: Section) -> Vec<DocumentedItem> {
    groups(lines)
        .iter()
        .flat_map(|(head, below)| {
            let (names, annotation) = match head.split_once(" : ").or_else(|| head.split_once(':'))
            {
                Some((names, annotation)) => (names.trim(), annotation.trim()),
                None if section == Section::Returns => ("", *head),
                None => (*head, ""),
            };
            names
                .split(',')
                .map(|name| item(name.trim(), annotation, below))
                .collect::<Vec<_>>()
        })
        .collect()
}

fn item(name: &str, annotation: &str, text: &str) -> DocumentedItem {
    DocumentedItem {
        name: name.trim_start_matches('*').trim_matches('`').to_owned(),
        annotation: fold(annotation),
        text: fold(text),
    }
}

/// `:param type name: description` and its relatives.
fn read_fields(docstring: &mut Docstring) {
    for (head, body) in fields_of(&docstring.prose) {
        read_field(docstring, &head, &body);
    }
}

/// The fields of a text: the words before the colon, and the body.
fn fields_of(prose: &str) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = Vec::new();
    let mut open = false;
    for line in prose.lines() {
        let text = line.trim();
        let field = text
            .strip_prefix([':', '@'])
            .and_then(|rest| rest.split_once(':'));
        match field {
            Some((head, body)) if head.starts_with(|c: char| c.is_ascii_lowercase()) => {
                fields.push((head.to_owned(), body.trim().to_owned()));
                open = true;
            }
            _ if text.is_empty() => open = false,
            _ => {
                if let Some((_, body)) = fields.last_mut()
                    && open
                {
                    body.push(' ');
                    body.push_str(text);
                }
            }
        }
    }
    fields
}

fn read_field(docstring: &mut Docstring, head: &str, body: &str) {
    let mut words = head.split_whitespace();
    let kind = words.next().unwrap_or("");
    let words: Vec<&str> = words.collect();
    let (name, annotation) = match words.split_last() {
        Some((name, annotation)) => (*name, annotation.join(" ")),
        None => ("", String::new()),
    };
    match kind {
        "param" | "parameter" | "arg" | "argument" | "key" | "keyword" | "var" | "ivar" => {
            let found = item(name, &annotation, body);
            match documented(docstring, &found.name) {
                // Its type stood before it, in a field of its own.
                Some(known) if known.text.is_empty() => known.text = found.text,
                _ => docstring.parameters.push(found),
            }
        }
        "return" | "returns" | "yield" | "yields" => {
            docstring.returns.push(item("", "", body));
        }
        "raise" | "raises" | "except" | "exception" => {
            docstring.raises.push(item(name, "", body));
        }
        "type" => {
            let found = item(name, body, "");
            match documented(docstring, &found.name) {
                Some(known) => known.annotation = found.annotation,
                None => docstring.parameters.push(found),
            }
        }
        "rtype" => match docstring.returns.first_mut() {
            Some(documented) => documented.annotation = fold(body),
            None => docstring.returns.push(item("", body, "")),
        },
        _ => {}
    }
}

/// The parameter of this name, as far as it is documented so far.
fn documented<'d>(docstring: &'d mut Docstring, name: &str) -> Option<&'d mut DocumentedItem> {
    let mut items = docstring.parameters.iter_mut();
    items.find(|item| item.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracestone_record::Line;

    fn read(text: &str) -> Docstring {
        let lines = LineRange {
            first: Line(1),
            last: Line(1),
        };
        read_docstring(text, Span { start: 0, end: 0 }, lines)
    }

    #[test]
    fn plain() {
        let found = read("Add two\n    numbers.\n\n    Doctests:\n    >>> add(1, 2)\n    3\n    ");
        assert_eq!(found.style, DocstringStyle::Plain);
        assert_eq!(found.summary, "Add two numbers.");
        assert_eq!(found.prose, "Add two\nnumbers.");
        assert_eq!(found.examples, 1);
    }

    #[test]
    fn google() {
        let found = read(
            "Add.\n\n    Args:\n        a (int): The first\n            number.\n        *rest: More.\n\n    Returns:\n        int: The sum.\n\n    Raises:\n        ValueError: Never.\n",
        );
        assert_eq!(found.style, DocstringStyle::Google);
        assert_eq!(found.parameters[0], item("a", "int", "The first number."));
        assert_eq!(found.parameters[1].name, "rest");
        assert_eq!(found.returns, [item("", "int", "The sum.")]);
        assert_eq!(found.raises[0].name, "ValueError");
        let found = read("Add.\n\n    Args:\n        a (:obj:`list` of (int)): All: of them.\n");
        assert_eq!(
            found.parameters,
            [item("a", ":obj:`list` of (int)", "All: of them.")]
        );
    }

    #[test]
    fn numpy() {
        let found = read(
            "Add.\n\n    Parameters\n    ----------\n    a, b : int\n        The numbers.\n\n    Returns\n    -------\n    int\n        The sum.\n",
        );
        assert_eq!(found.style, DocstringStyle::Numpy);
        assert_eq!(found.parameters[1], item("b", "int", "The numbers."));
        assert_eq!(found.returns, [item("", "int", "The sum.")]);
    }

    #[test]
    fn rest() {
        let found = read(
            "Add.\n\n    :param int a: The first\n        number.\n    :type a: float\n    :returns: The sum.\n    :rtype: int\n    :raises ValueError: Never.\n",
        );
        assert_eq!(found.style, DocstringStyle::Rest);
        assert_eq!(found.parameters, [item("a", "float", "The first number.")]);
        assert_eq!(found.returns, [item("", "int", "The sum.")]);
        assert_eq!(found.raises, [item("ValueError", "", "Never.")]);
    }

    #[test]
    fn a_type_needs_no_description() {
        let found = read(
            ":type s: str\n    :type p: List[str]\n    :param p: The parts.\n    :rtype: bool\n",
        );
        assert_eq!(
            found.parameters,
            [item("s", "str", ""), item("p", "List[str]", "The parts.")]
        );
        let found = read("Repeat.\n\n    @type s: C{str}\n    @rtype: C{str}\n");
        assert_eq!(found.parameters, [item("s", "C{str}", "")]);
    }
}

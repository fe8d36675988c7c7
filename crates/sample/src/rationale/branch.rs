//! Reasons for taken branches, as far as the trace proves them.
//!
//! The trace holds no value of a condition, only the next line: the first line of the block below an `if`
//! runs only if the condition holds. The opposite is claimed only if nothing else could have led elsewhere,
//! such as an exception caught by a `try` or `with` around the line.

use tracestone_record::{EventKind, Line};

use crate::view::{Step, View};

/// Maximal number of a condition's names to mention.
const NAMES: usize = 4;

/// Decision of a step, such as `the condition holds, so line 5 is next`.
pub(super) fn decision(view: &View<'_>, step: &Step) -> Option<String> {
    let branch = Branch::at(view, step.line)?;
    let after = &view.events[step.after?];
    let next = match after.kind {
        EventKind::Line => Some(after.line),
        EventKind::Return { .. } => None,
        _ => return None,
    };
    let body = branch.body?;
    if next == Some(body) {
        return (!branch.is_for).then(|| format!("the condition holds, so line {body} is next"));
    }
    let inside = next.is_some_and(|next| next >= step.line && next <= branch.last);
    if branch.may_be_skipped || inside || branch.is_guarded {
        return None;
    }
    let why = if branch.is_for {
        "no item is left"
    } else {
        "the condition does not hold"
    };
    Some(match next {
        Some(next) => format!("{why}, so line {next} is next"),
        None => format!("{why}, so the call returns"),
    })
}

/// The names in the condition of a line, in order; none where the line has no condition.
pub(super) fn names<'v>(view: &'v View<'_>, line: Line) -> &'v [&'v str] {
    Branch::at(view, line).map_or(&[], |branch| &branch.names)
}

/// The first line of a compound statement that is on one line, and its block.
#[derive(Debug)]
pub(crate) struct Branch<'a> {
    is_for: bool,
    /// Names in the condition.
    names: Vec<&'a str>,
    /// The first line of the block that can show in a trace.
    body: Option<Line>,
    last: Line,
    /// True if a jump may be left out of the bytecode, so that the block's first line never shows.
    may_be_skipped: bool,
    is_guarded: bool,
}

impl<'a> Branch<'a> {
    /// Decision of a line, read once and asked for by every step.
    fn at<'v>(view: &'v View<'a>, line: Line) -> Option<&'v Self> {
        let known = view.branches.get(&line)?;
        known.get_or_init(|| Self::read(view, line)).as_ref()
    }

    fn read(view: &View<'a>, line: Line) -> Option<Self> {
        let text = code(view.text(line)).strip_suffix(':')?;
        if !is_balanced(text) {
            return None;
        }
        let rest = |word: &str| {
            text.strip_prefix(word)
                .filter(|rest| rest.starts_with([' ', '(', '\t']))
        };
        let condition = ["if", "elif", "while"].into_iter().find_map(rest);
        if condition.is_none() {
            rest("for")?;
        }
        let body = first_of_body(view, line);
        let first = body.map_or("", |body| code(view.text(body)));
        Some(Self {
            is_for: condition.is_none(),
            names: condition.map(identifiers).unwrap_or_default(),
            body,
            last: last_of_body(view, line),
            may_be_skipped: ["pass", "continue", "break"].contains(&first),
            is_guarded: is_guarded(view, line),
        })
    }
}

/// Goes over code and calls `visit` with the place of every character outside of strings, until it
/// answers `false`.
fn scan(text: &str, mut visit: impl FnMut(usize, char) -> bool) {
    let mut quote: Option<char> = None;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match quote {
            Some(_) if escaped => escaped = false,
            Some(_) if c == '\\' => escaped = true,
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if c == '"' || c == '\'' => quote = Some(c),
            None => {
                if !visit(at, c) {
                    return;
                }
            }
        }
    }
}

/// A line without its comment.
pub(crate) fn code(text: &str) -> &str {
    let mut end = text.len();
    scan(text, |at, c| {
        if c == '#' {
            end = at;
        }
        c != '#'
    });
    text[..end].trim()
}

fn is_balanced(text: &str) -> bool {
    let mut depth = 0_i32;
    scan(text, |_, c| {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            _ => {}
        }
        true
    });
    depth == 0
}

fn identifiers(text: &str) -> Vec<&str> {
    let mut found = all_identifiers(text);
    found.truncate(NAMES);
    found
}

/// The place after what a line assigns to: `x, y = ` or `for x in `; 0 where it assigns to nothing, or to a part of
/// an object.
pub(crate) fn target(code: &str) -> usize {
    let plain = |text: &str| {
        let brackets = text.starts_with('(');
        text.chars()
            .all(|c| c.is_alphanumeric() || "_, *:".contains(c) || brackets && "()".contains(c))
    };
    if let Some(rest) = code.strip_prefix("for ") {
        let end = rest.find(" in ").filter(|end| plain(&rest[..*end]));
        return end.map_or(0, |end| "for ".len() + end + " in ".len());
    }
    let mut end = 0;
    scan(code, |at, c| {
        if c != '=' {
            return true;
        }
        let is_assignment = !code[at + 1..].starts_with('=') && plain(&code[..at]);
        end = if is_assignment { at + 1 } else { 0 };
        false
    });
    end
}

/// The names in a text, without attributes and names of arguments, each once.
pub(crate) fn all_identifiers(text: &str) -> Vec<&str> {
    let mut found: Vec<&str> = Vec::new();
    let mut start: Option<usize> = None;
    let mut ends = Vec::new();
    scan(text, |at, c| {
        let part = c == '_' || c.is_alphanumeric();
        match start {
            None if part => start = Some(at),
            Some(from) if !part => {
                ends.push((from, at));
                start = None;
            }
            _ => {}
        }
        true
    });
    if let Some(from) = start {
        ends.push((from, text.len()));
    }
    for (from, to) in ends {
        let name = &text[from..to];
        let after = text[to..].trim_start();
        let keyword = after.starts_with('=') && !after.starts_with("==");
        let attribute = text[..from].trim_end().ends_with('.');
        let is_name = name.starts_with(|c: char| c == '_' || c.is_alphabetic());
        if is_name && !keyword && !attribute && !found.contains(&name) {
            found.push(name);
        }
    }
    found
}

fn indent(view: &View<'_>, line: Line) -> usize {
    let text = view.source.get(line.index()).copied().unwrap_or_default();
    text.len() - text.trim_start().len()
}

/// Lines after one, without empty lines and comments.
fn code_lines<'v>(view: &'v View<'_>, after: Line) -> impl Iterator<Item = Line> + 'v {
    (after.index() + 1..view.source.len())
        .map(Line::from_index)
        .filter(|line| !view.text(*line).is_empty() && !view.text(*line).starts_with('#'))
}

/// The first line of the block below a header that can show in a trace.
fn first_of_body(view: &View<'_>, header: Line) -> Option<Line> {
    code_lines(view, header)
        .take_while(|line| indent(view, *line) > indent(view, header))
        .find(|line| {
            let text = view.text(*line);
            !text.starts_with("global ") && !text.starts_with("nonlocal ")
        })
}

fn last_of_body(view: &View<'_>, header: Line) -> Line {
    code_lines(view, header)
        .take_while(|line| indent(view, *line) > indent(view, header))
        .last()
        .unwrap_or(header)
}

/// True if something around a line may catch an exception, or runs when one passes.
fn is_guarded(view: &View<'_>, line: Line) -> bool {
    let mut margin = indent(view, line);
    let mut awaits_if = false;
    for above in (0..line.index()).rev().map(Line::from_index) {
        let text = code(view.text(above));
        let depth = indent(view, above);
        if text.is_empty() || depth > margin || (depth == margin && !awaits_if) {
            continue;
        }
        let first = text
            .split(|c: char| !c.is_alphanumeric() && c != '_')
            .next()
            .unwrap_or_default();
        match first {
            "try" | "except" | "finally" | "with" => return true,
            "async" if text.starts_with("async with") => return true,
            "async" if text.starts_with("async def") => return false,
            "if" | "elif" | "for" | "while" | "async" => awaits_if = false,
            "def" | "class" => return false,
            // What an `else` belongs to stands above it, at its margin.
            "else" => {
                margin = depth;
                awaits_if = true;
                continue;
            }
            _ if awaits_if => continue,
            _ => {}
        }
        margin = depth;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_condition() {
        assert_eq!(
            identifiers(" a.b > 'c d' and f(x, key=y) == z != a"),
            ["a", "and", "f", "x"]
        );
        assert_eq!(code("if x == '#':  # why"), "if x == '#':");
        assert!(!is_balanced("if f("));
        let rest = |text| &text[target(text)..];
        assert_eq!(rest("x, y = y, x"), " y, x");
        assert_eq!(rest("for a, b in zip(c, d):"), "zip(c, d):");
        assert_eq!(rest("x += y"), "x += y");
        assert_eq!(rest("a[i] = b"), "a[i] = b");
        assert_eq!(rest("if x == y:"), "if x == y:");
        assert_eq!(rest("f(x=1)"), "f(x=1)");
    }
}

//! Takes out of a statement's lines what would give answers away.
//!
//! The result is a list of line edits, made once per statement and shared by all programs that
//! include it. Only two things change a line instead of removing it: the opening or closing line of a
//! docstring whose text went, and a line whose trailing comment went.

use tracestone_record::{Comment, Line, LineRange};

use crate::leaks::{Removal, leaking_lines};
use crate::syntax::LineTable;

/// A string used as a statement.
#[derive(Debug, Clone, Copy)]
pub(super) struct BareString {
    pub(super) start: u32,
    pub(super) end: u32,
    /// True if it is one literal, not in parentheses.
    pub(super) plain: bool,
    /// True if its block contains no other statement.
    pub(super) only: bool,
}

pub(super) struct Redactor<'a> {
    pub(super) text: &'a str,
    pub(super) lines: &'a LineTable,
    /// Returns true if a name is a function, method or class of the file.
    pub(super) defined: &'a dyn Fn(&str) -> bool,
}

type Edits = Vec<(Line, Option<String>)>;

impl Redactor<'_> {
    /// The edits for one statement, and whether something that gives answers away is left.
    pub(super) fn edits(&self, strings: &[BareString], comments: &[Comment]) -> (Edits, bool) {
        let mut edits = Edits::new();
        let mut left = false;
        for string in strings {
            left |= !self.edit_string(*string, &mut edits);
        }
        for comment in comments.iter().filter(|comment| comment.signals.result) {
            self.edit_comment(comment, &mut edits);
        }
        edits.sort_by_key(|(line, _)| *line);
        edits.dedup_by_key(|(line, _)| *line);
        (edits, left)
    }

    fn line(&self, line: Line) -> &str {
        self.lines.text(self.text, line)
    }

    /// The white space a line starts with, tabs as they are.
    fn margin(&self, line: Line) -> &str {
        let text = self.line(line);
        &text[..text.len() - text.trim_start().len()]
    }

    fn is_blank(&self, line: Line) -> bool {
        line.0 <= self.lines.count() && self.line(line).trim().is_empty()
    }

    /// Takes the results out of a string; `false` if it holds some and cannot be edited.
    fn edit_string(&self, string: BareString, edits: &mut Edits) -> bool {
        let source = self
            .text
            .get(string.start as usize..string.end as usize)
            .unwrap_or("");
        let parts = crate::strings::split_string(source).filter(|_| string.plain);
        let Some(parts) = parts else {
            let content: Vec<&str> = source.split('\n').collect();
            let leaking = leaking_lines(&content, Removal::Results, self.defined);
            return !leaking.contains(&true);
        };
        let content: Vec<&str> = parts.body.split('\n').collect();
        let leaking = leaking_lines(&content, Removal::Results, self.defined);
        let range = self.lines.range(string.start, string.end);
        if !leaking.contains(&true) {
            return true;
        }
        if !self.stands_alone(range, string) {
            return false;
        }
        let mut keep = tidy(&content, &leaking);
        if keep
            .iter()
            .zip(&content)
            .all(|(keep, line)| !keep || line.trim().is_empty())
        {
            self.remove_string(range, string.only, edits);
            return true;
        }
        // The first and last lines hold the quotes and stay in any case.
        let margin = self.margin(range.first);
        let last = content.len() - 1;
        if leaking[0] {
            let opening = format!("{margin}{}{}", parts.prefix, parts.quotes);
            edits.push((range.first, Some(opening)));
        }
        if leaking[last] {
            let closing = format!("{margin}{}", parts.quotes);
            edits.push((range.last, Some(closing)));
        }
        keep[0] = true;
        keep[last] = true;
        for (offset, _) in keep.iter().enumerate().filter(|(_, keep)| !**keep) {
            edits.push((Line(range.first.0 + line_offset(offset)), None));
        }
        true
    }

    /// True if its lines contain nothing but the string and perhaps a comment.
    fn stands_alone(&self, range: LineRange, string: BareString) -> bool {
        let start = self.lines.start(range.first) as usize;
        let before = self.text.get(start..string.start as usize).unwrap_or("");
        let end = self.lines.start(Line(range.last.0 + 1)) as usize;
        let after = self.text.get(string.end as usize..end).unwrap_or("");
        let after = after.trim();
        before.trim().is_empty() && (after.is_empty() || after.starts_with('#'))
    }

    fn remove_string(&self, range: LineRange, only: bool, edits: &mut Edits) {
        let margin = self.margin(range.first);
        let pass = only.then(|| format!("{margin}pass"));
        edits.push((range.first, pass));
        for line in range.first.0 + 1..=range.last.0 {
            edits.push((Line(line), None));
        }
        let next = Line(range.last.0 + 1);
        if !only && self.is_blank(next) {
            edits.push((next, None));
        }
    }

    fn edit_comment(&self, comment: &Comment, edits: &mut Edits) {
        if comment.trailing {
            let start = self.lines.start(comment.lines.first) as usize;
            let code = self
                .text
                .get(start..comment.span.start as usize)
                .unwrap_or("");
            edits.push((comment.lines.first, Some(code.trim_end().to_owned())));
            return;
        }
        for line in comment.lines.first.0..=comment.lines.last.0 {
            edits.push((Line(line), None));
        }
        let (above, below) = (
            Line(comment.lines.first.0.saturating_sub(1)),
            Line(comment.lines.last.0 + 1),
        );
        if above.0 > 0 && self.is_blank(above) && self.is_blank(below) {
            edits.push((below, None));
        }
    }
}

fn line_offset(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}

/// Lines of a docstring to keep after the removal of leaking ones. Blank lines at the start, at the end or
/// next to another blank line are removed too.
fn tidy(content: &[&str], leaking: &[bool]) -> Vec<bool> {
    let mut keep: Vec<bool> = leaking.iter().map(|leaks| !leaks).collect();
    let mut blank = content.first().is_none_or(|first| first.trim().is_empty()) || leaking[0];
    let mut removed = leaking[0];
    for index in 1..content.len() {
        if leaking[index] {
            removed = true;
        } else if content[index].trim().is_empty() {
            keep[index] = !(blank && removed);
            blank = true;
        } else {
            blank = false;
            removed = false;
        }
    }
    for index in (1..content.len().saturating_sub(1)).rev() {
        if !keep[index] {
            continue;
        }
        if !content[index].trim().is_empty() {
            break;
        }
        keep[index] = false;
    }
    keep
}

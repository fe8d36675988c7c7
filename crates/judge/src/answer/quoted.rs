//! Quoted literals in a text, in which marks and tags are text.

use super::Form;

/// The literals of a text, each within one line. Quotes count only where code has them, so that apostrophes do
/// not.
pub(super) struct Quoted(Vec<(usize, usize)>);

impl Quoted {
    pub(super) fn of(text: &str) -> Self {
        let mut found = Vec::new();
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            literals(line, at, &mut found);
            at += line.len();
        }
        Self(found)
    }

    /// Those in which words say nothing to a form. One around all of the text is an answer only where answers can be
    /// literals.
    pub(super) fn texts(text: &str, form: &dyn Form) -> Self {
        let Self(mut found) = Self::of(text);
        let body = text.trim();
        let start = text.len() - text.trim_start().len();
        if !form.is_bracketed() {
            found.retain(|(from, to)| *from > start || *to + 1 < start + body.len());
        }
        Self(found)
    }

    /// True if the position is inside of one.
    pub(super) fn holds(&self, at: usize) -> bool {
        let next = self.0.partition_point(|(from, _)| *from < at);
        next > 0 && at < self.0[next - 1].1
    }
}

/// Positions of the quotes around each literal of a line that begins at `start`.
fn literals(line: &str, start: usize, found: &mut Vec<(usize, usize)>) {
    let line = line.trim_end_matches(['\n', '\r']);
    let mut before: Option<char> = None;
    let mut open: Option<(usize, char)> = None;
    let mut escaped = false;
    let mut signs = line.char_indices().peekable();
    while let Some((at, c)) = signs.next() {
        let after = signs.peek().map(|(_, next)| *next);
        let opens = before.is_none_or(|c| c.is_whitespace() || "([{,:=`]>rRbBuU*".contains(c));
        let closes = after.is_none_or(|c| c.is_whitespace() || ")]},:.`[;<*".contains(c));
        match open {
            None if (c == '"' || c == '\'') && opens => open = Some((at, c)),
            Some(_) if escaped => escaped = false,
            Some(_) if c == '\\' => escaped = true,
            Some((from, quote)) if c == quote && closes => {
                found.push((start + from, start + at));
                open = None;
            }
            _ => {}
        }
        before = Some(c);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_of_code_hold_and_apostrophes_do_not() {
        let text = "it's 'a <b> c' and \"x\\\" <d>\"\nnext 'e";
        let quoted = Quoted::of(text);
        for (what, is) in [
            ("<b>", true),
            ("<d>", true),
            ("it", false),
            ("next", false),
            ("e", false),
        ] {
            assert_eq!(quoted.holds(text.rfind(what).unwrap()), is, "{what}");
        }
    }
}

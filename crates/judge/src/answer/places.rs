//! Places of an answer in a response without marks.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::dress::{self, Within, unquoted};
use super::quoted::Quoted;
use super::span::Spans;
use super::thought::pattern;
use super::words::{self, Words};
use super::{Form, doubt, readable, wrapped};

/// A place that may hold the answer.
pub(super) struct Place<'a> {
    /// Position in the response, by which the last place is the last.
    pub(super) start: usize,
    /// Text of the place.
    pub(super) text: Cow<'a, str>,
    /// Name of the rule that found it.
    pub(super) rule: &'static str,
}

/// The places found so far, with what they are found in.
struct Places<'a, 'f> {
    said: &'a str,
    form: &'f dyn Form,
    /// The lines that brackets join, where the form has any.
    spans: Spans,
    /// The block of lines of the form that is asked for.
    block: Option<Range<usize>>,
    found: Vec<Place<'a>>,
}

impl<'a> Places<'a, '_> {
    fn add(&mut self, start: usize, text: &'a str, rule: &'static str, within: Within) {
        // What the next words take back is no answer.
        let at = (text.as_ptr() as usize).wrapping_sub(self.said.as_ptr() as usize);
        let after = self
            .said
            .get(at.saturating_add(text.len())..)
            .unwrap_or_default();
        let after = after.trim_start_matches(['`', '*', '$', '}', '~']);
        let text = unquoted(text, within, self.form);
        if !text.is_empty() && !doubt::withdrawn(after) {
            let text = Cow::Borrowed(text);
            self.found.push(Place { start, text, rule });
        }
    }

    /// Adds the rest of the line behind some words, as a whole and without reasons behind it, or the next block.
    fn sentence(&mut self, end: usize, order: usize, rule: &'static str) {
        let line = rest_of_line(self.line(end), self.form);
        if line.is_empty() {
            self.block_after(end, rule);
            return;
        }
        let text = words::untyped(line);
        // The whole sentence comes first: the order of places that start together is kept.
        self.add(order, text, rule, Within::Sentence);
        if let Some(lead) = words::lead(text) {
            self.add(order, lead, rule, Within::Sentence);
        }
        for part in [words::took(text), words::first_sentence(text, self.form)]
            .into_iter()
            .flatten()
        {
            self.add(order, part, rule, Within::Sentence);
        }
        if let Some(answer) = words::contrasted(text) {
            self.add_contrasted(order, answer);
        }
    }

    /// Adds what a sentence sets against another answer, whose denial behind it takes nothing back.
    fn add_contrasted(&mut self, start: usize, text: &'a str) {
        let text = Cow::Borrowed(unquoted(text, Within::Sentence, self.form));
        let rule = "contrast";
        self.found.push(Place { start, text, rule });
    }

    /// The first line, fenced block or formula behind a position.
    fn block_after(&mut self, at: usize, rule: &'static str) {
        let rest = &self.said[at..];
        // A line of emphasis may end the heading.
        let rest = match rest.split_once('\n') {
            Some((line, after)) if line.trim_matches(|c: char| "*_: \t".contains(c)).is_empty() => {
                after
            }
            _ => rest,
        };
        let block = rest.trim_start();
        let start = self.said.len() - block.len();
        if self
            .block
            .as_ref()
            .is_some_and(|block| block.contains(&start))
        {
            return;
        }
        for (open, close) in [("```", "```"), ("~~~", "~~~"), ("$$", "$$"), ("\\[", "\\]")] {
            if let Some(inside) = block.strip_prefix(open)
                && let Some(end) = inside.find(close)
            {
                let text = &block[..open.len() + end + close.len()];
                self.add(start, text, rule, Within::Marks);
                return;
            }
        }
        let line = self.line(start).trim_end();
        let rest = self.said[start + line.len()..].trim_start();
        // The only point of a list.
        let point = ["- ", "* ", "\u{2022} "]
            .into_iter()
            .find_map(|sign| Some((sign, line.strip_prefix(sign)?)));
        let line = point
            .filter(|(sign, _)| !rest.starts_with(sign))
            .map_or(line, |(_, point)| point);
        self.add(start, line, rule, Within::Line);
    }

    /// The line that begins at a position, with those that brackets join to it, or commas where that is an answer.
    fn line(&self, start: usize) -> &'a str {
        let end = self.spans.line_end(self.said, start);
        let joined = joined_lines(&self.said[end..], &self.said[start..end]);
        let longer = &self.said[start..end + joined];
        match joined > 0 && self.form.is_bracketed() && self.is_read(longer) {
            true => longer,
            false => &self.said[start..end],
        }
    }

    fn is_read(&self, lines: &str) -> bool {
        readable(Cow::Borrowed(lines.trim()), self.form).is_some()
    }

    /// The beginning of the last line, with those before it that brackets or commas join to it, likewise.
    fn last_line(&self) -> usize {
        let body = self.said.trim_end();
        let line = self.spans.last_line(body);
        let mut start = line;
        while self.form.is_bracketed() && body[..start].trim_end().ends_with(',') {
            start = self.spans.last_line(body[..start].trim_end());
        }
        match start < line && self.is_read(&body[start..]) {
            true => start,
            false => line,
        }
    }
}

/// Length of the lines behind a text that ends with a comma which go on with it.
fn joined_lines(rest: &str, text: &str) -> usize {
    let mut length = 0;
    let mut last = text;
    for line in rest.split_inclusive('\n').skip(1) {
        if !last.trim_end().ends_with(',') || line.trim().is_empty() {
            break;
        }
        length += line.len();
        last = line;
    }
    // The line break before them.
    if length > 0 { length + 1 } else { 0 }
}

/// All places of a text without marks.
pub(super) fn unmarked<'a>(said: &'a str, form: &dyn Form) -> Vec<Place<'a>> {
    let mut places = Places {
        said,
        form,
        spans: if form.is_bracketed() {
            Spans::of(said)
        } else {
            Spans::NONE
        },
        block: form.block(said),
        found: Vec::new(),
    };
    if let Some((at, value)) = wrapped::member(said, form)
        && let Some(text) = form.member(&value)
    {
        let (start, text, rule) = (at, Cow::Owned(text), "member");
        places.found.push(Place { start, text, rule });
    }
    let quoted = Quoted::texts(said, form);
    if let Some((start, text)) = fenced(said).filter(|(start, _)| !quoted.holds(*start)) {
        places.add(start, text, "fence", Within::Marks);
    }
    let boxed = boxed(said).filter(|(start, _)| !quoted.holds(*start) && !is_either_box(said));
    if let Some((start, text)) = boxed {
        // Escapes of a formula are no escapes of a string.
        let (text, rule) = (unquoted(text, Within::Marks, form), "box");
        if let Some(plain) = dress::plain(text).filter(|plain| form.reads(plain)) {
            let text = Cow::Owned(plain);
            places.found.push(Place { start, text, rule });
        }
        places.add(start, text, rule, Within::Marks);
    }
    let named = words::last(said, Words::Named, form);
    if let Some((start, end)) = named {
        places.sentence(end, start, "words");
    }
    let heading = words::heading(said);
    if let Some(end) = heading {
        places.block_after(end, "heading");
    }
    let block = places.block.clone();
    if let Some(range) = block
        .clone()
        .filter(|range| !doubt::denied(&said[..range.start], form.is_input()))
    {
        places.add(range.start, &said[range], "block", Within::Marks);
    }
    let line = places.last_line();
    let told = block.is_some_and(|block| block.contains(&line));
    if !told {
        // What is called the answer comes before what is only said last.
        let named = named.is_some() || boxed.is_some() || heading.is_some();
        last_line(&mut places, line, named);
    }
    places.found
}

/// A line without the sign of a quotation, or the mark before a last line of school books.
fn without_quotation<'a>(line: &'a str, form: &dyn Form) -> &'a str {
    // Before a number it is a bound.
    if form.is_number() && line.starts_with("> ") {
        return line;
    }
    let text = line.trim_start_matches(['>', '#']);
    if text.starts_with(' ') { text } else { line }
}

/// The last line, and what a sentence or the row of a table in it says.
fn last_line<'a>(places: &mut Places<'a, '_>, line: usize, named: bool) {
    let (said, form): (&'a str, &dyn Form) = (places.said, places.form);
    let last = said[line..].trim_end();
    let bare = last.trim_start();
    if bare.starts_with("```") || bare.starts_with("~~~") {
        return;
    }
    let order = if named { 0 } else { line };
    if let Some((left, right)) = words::cells(last) {
        let text = if words::is_label(left) {
            Cow::Borrowed(unquoted(right, Within::Sentence, form))
        } else if form.is_input() && right.contains('(') {
            return;
        } else {
            let side = |text| unquoted(text, Within::Sentence, form);
            Cow::Owned(format!("{} == {}", side(left), side(right)))
        };
        let (start, rule) = (order, "row");
        places.found.push(Place { start, text, rule });
        return;
    }
    if last == "$$" || last == "\\]" {
        let open = if last == "$$" { "$$" } else { "\\[" };
        if let Some(start) = said[..line].rfind(open) {
            places.add(
                order,
                &said[start..line + last.len()],
                "formula",
                Within::Marks,
            );
        }
    }
    let text = without_quotation(bare, form);
    places.add(order, text, "last line", Within::Line);
    if let Some(shown) = words::shown(text).filter(|_| !form.is_any()) {
        places.add(order, shown, "last line", Within::Line);
    }
    if let Some(lead) = words::reasoned(text) {
        places.add(order, lead, "last line", Within::Line);
    }
    if let Some(answer) = words::contrasted(text) {
        places.add_contrasted(order, answer);
    }
    if let Some(answer) = words::comes_out(text).filter(|_| !form.is_input()) {
        places.add_contrasted(order, answer);
    }
    let kind = if form.is_input() {
        Words::Input
    } else {
        Words::Result
    };
    if let Some((start, end)) = words::last(&said[line..], kind, form)
        && form.is_subject(&said[line..line + start])
    {
        let order = if named { 0 } else { line + start };
        places.sentence(line + end, order, "last sentence");
    }
}

/// The rest of a line behind words, without what belongs to them: colons, and marks of emphasis that are not
/// in pairs.
fn rest_of_line<'a>(line: &'a str, form: &dyn Form) -> &'a str {
    let mut text =
        line.trim_start_matches(|c: char| ":\u{ff1a}\u{3011}".contains(c) || c.is_whitespace());
    if let Some(tag) = text.strip_prefix("</")
        && let Some(end) = tag.find('>')
    {
        text = &tag[end + 1..];
    }
    for mark in ["**", "__", "`", "*"] {
        if text.matches(mark).count() % 2 == 1 && !form.is_complete(text.trim_end()) {
            let rest = text.strip_prefix(mark);
            text = rest.or(text.trim_end().strip_suffix(mark)).unwrap_or(text);
        }
    }
    text.trim()
}

/// The last fenced block, without the name of a language.
pub(super) fn fenced(said: &str) -> Option<(usize, &str)> {
    let fence = if said.contains("```") { "```" } else { "~~~" };
    let end = said.rfind(fence)?;
    let start = said[..end].rfind(fence)? + 3;
    // A fence may be longer than three signs.
    let block = said[start..end].trim_end_matches(&fence[..1]);
    let is_language = |word: &str| {
        word.chars()
            .all(|c| c.is_alphanumeric() || "+-_.#{}=".contains(c))
    };
    let text = match block.split_once('\n') {
        Some((first, rest)) if is_language(first.trim()) => rest,
        Some(_) => block,
        // On one line, only the names of the language can be told from an answer.
        None => ["python ", "py ", "text "]
            .iter()
            .find_map(|word| block.strip_prefix(word))
            .unwrap_or(block),
    };
    Some((start, text))
}

/// Two boxes with `or` between them, of which none is the answer.
static EITHER_BOX: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\\boxed\s*\{([^{}]*)\}[\s$.,;)\]\\]*\b(?:or|alternatively)\b[^\n]{0,60}\\boxed\s*\{([^{}]*)\}[^{}]*\z",
    )
});

fn is_either_box(said: &str) -> bool {
    let end = &said[said.floor_char_boundary(said.len().saturating_sub(1000))..];
    let found = EITHER_BOX.captures(end);
    found.is_some_and(|found| {
        found.get(1).map(|one| one.as_str()) != found.get(2).map(|one| one.as_str())
    })
}

/// Content of the last `\boxed{..}`, the sign behind `\boxed`, or what stands between the tokens of a box.
fn boxed(said: &str) -> Option<(usize, &str)> {
    const OPEN: &str = "<|begin_of_box|>";
    if let Some(at) = said.rfind(OPEN) {
        let inside = &said[at + OPEN.len()..];
        let end = inside.find("<|end_of_box|>").unwrap_or(inside.len());
        return Some((at + OPEN.len(), &inside[..end]));
    }
    const BOXES: [&str; 3] = ["\\boxed", "\\fbox", "\\framebox"];
    let boxes = BOXES
        .iter()
        .filter_map(|name| Some((said.rfind(name)?, name.len())));
    let (at, length) = boxes.max()?;
    let rest = said[at + length..].trim_start_matches(' ');
    let Some(rest) = rest.strip_prefix('{') else {
        let word = rest.split_whitespace().next()?;
        return Some((at, word.trim_end_matches(['$', '.', '*'])));
    };
    let start = said.len() - rest.len();
    let mut depth = 1;
    let mut escaped = false;
    for (at, c) in rest.char_indices() {
        match c {
            _ if escaped => {
                escaped = false;
                continue;
            }
            '\\' => escaped = true,
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some((start, &said[start..start + at]));
        }
    }
    None
}

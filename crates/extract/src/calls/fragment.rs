//! Pieces of source with the places of the names they mention.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::module::{Use, normal};
use crate::syntax::{Kind, NodeId, Tree};

/// A name mentioned in a fragment, with the attributes asked of it; offsets into the fragment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mention {
    pub(crate) start: u32,
    /// Offset after the name.
    pub(crate) name_end: u32,
    /// Offset after the last attribute.
    pub(crate) end: u32,
}

/// A statement or expression cut out of a text.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fragment {
    pub(crate) text: String,
    pub(crate) mentions: Vec<Mention>,
    /// Normal forms of names that are written in another one, by where they start.
    respelled: BTreeMap<u32, String>,
    /// Replacements that bring it into one line and take comments out; sorted, not overlapping.
    edits: Vec<(u32, u32, String)>,
    /// True if it can be written on one line.
    pub(crate) one_line: bool,
    /// Ranges of its f-strings.
    strings: Vec<(u32, u32)>,
    /// Added at the end.
    suffix: String,
}

impl Fragment {
    /// Cuts out a node. `uses` are the node's uses in the text of the tree, each occurrence listed.
    pub(crate) fn of(tree: &Tree<'_>, node: NodeId, uses: &[Use]) -> Self {
        let place = tree.node(node);
        Self::of_range(tree, node, place.start, place.end, uses)
    }

    /// Cuts a part out of a node.
    pub(crate) fn of_range(
        tree: &Tree<'_>,
        node: NodeId,
        start: u32,
        end: u32,
        uses: &[Use],
    ) -> Self {
        let mut mentions: Vec<Mention> = uses
            .iter()
            .filter(|found| found.start >= start && found.end <= end)
            .map(|&found| Mention {
                start: found.start - start,
                name_end: found.name_end - start,
                end: found.end - start,
            })
            .collect();
        mentions.sort_by_key(|mention| mention.start);
        mentions.dedup();
        let text = tree.slice(start, end).to_owned();
        let mut respelled = BTreeMap::new();
        for mention in &mentions {
            let written = tree.slice(start + mention.start, start + mention.name_end);
            if let Cow::Owned(name) = normal(written) {
                respelled.insert(mention.start, name);
            }
        }
        let (edits, one_line) = folding(tree, node, start, end);
        let strings = if text.contains('{') {
            let strings = tree
                .subtree(node)
                .filter(|&id| tree.kind(id) == Kind::String);
            strings
                .map(|id| tree.node(id))
                .filter(|place| place.start >= start && place.end <= end)
                .map(|place| (place.start - start, place.end - start))
                .collect()
        } else {
            Vec::new()
        };
        Self {
            strings,
            text,
            respelled,
            mentions,
            edits,
            one_line,
            suffix: String::new(),
        }
    }

    /// A text that stands in no file, with the places of the names that it mentions.
    pub(crate) fn made(text: &str, mentions: &[(u32, u32)]) -> Self {
        Self {
            text: text.to_owned(),
            mentions: mentions
                .iter()
                .map(|&(start, end)| Mention {
                    start,
                    name_end: end,
                    end,
                })
                .collect(),
            one_line: true,
            ..Self::default()
        }
    }

    /// Puts a text before it, which may begin with the mention of a name of so many bytes.
    pub(crate) fn prefixed(mut self, prefix: &str, mentioned: Option<u32>) -> Self {
        let by = u32::try_from(prefix.len()).unwrap_or(0);
        self.text.insert_str(0, prefix);
        for mention in &mut self.mentions {
            mention.start += by;
            mention.name_end += by;
            mention.end += by;
        }
        if let Some(end) = mentioned {
            let mention = Mention {
                start: 0,
                name_end: end,
                end,
            };
            self.mentions.insert(0, mention);
        }
        let respelled = std::mem::take(&mut self.respelled);
        self.respelled = respelled
            .into_iter()
            .map(|(start, name)| (start + by, name))
            .collect();
        for (start, end, _) in &mut self.edits {
            *start += by;
            *end += by;
        }
        for (start, end) in &mut self.strings {
            *start += by;
            *end += by;
        }
        self
    }

    /// A statement whose exception is caught, so that others can follow it. A block in which a string spans lines
    /// stays as it is.
    pub(crate) fn caught(self, block: bool) -> Self {
        let mut caught = if block {
            if self.text.contains("\"\"\"") || self.text.contains("'''") {
                return self;
            }
            let mut indented = self.prefixed("try:\n    ", None);
            let place = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
            let breaks = indented.text.match_indices('\n').skip(1);
            let indents: Vec<_> = breaks
                .map(|(at, _)| (place(at + 1), place(at + 1), "    ".to_owned()))
                .collect();
            indented.edits.extend(indents);
            indented.edits.sort_by_key(|edit| (edit.0, edit.1));
            indented
        } else {
            self.prefixed("try: ", None)
        };
        caught.one_line = false;
        caught.suffix = "\nexcept Exception: pass".to_owned();
        caught
    }

    /// Replaces a part and adds an ending, both outside the mentions.
    pub(crate) fn with(mut self, edit: Option<(u32, u32, &str)>, suffix: &str) -> Self {
        if let Some((start, end, text)) = edit {
            self.edits
                .retain(|&(from, to, _)| to <= start || from >= end);
            self.edits.push((start, end, text.to_owned()));
            self.edits.sort_by_key(|&(from, _, _)| from);
        }
        self.suffix = suffix.to_owned();
        self
    }

    /// True if a mention is a whole argument or element, so that any expression can replace it.
    pub(crate) fn is_argument(&self, mention: Mention) -> bool {
        let before = self.slice(0, mention.start).trim_end();
        let after = self
            .text
            .get(mention.end as usize..)
            .unwrap_or("")
            .trim_start();
        mention.end == mention.name_end
            && before.ends_with(['(', ',', '['])
            && after.starts_with([')', ',', ']'])
    }

    /// True if a mention is inside an f-string.
    pub(crate) fn is_in_string(&self, mention: Mention) -> bool {
        self.strings
            .iter()
            .any(|&(start, end)| start < mention.start && mention.end < end)
    }

    /// The name of a mention, in its normal form.
    pub(crate) fn name(&self, mention: Mention) -> &str {
        match self.respelled.get(&mention.start) {
            Some(name) => name,
            None => self.slice(mention.start, mention.name_end),
        }
    }

    /// A mention with its attributes in their normal form, white space taken out.
    pub(crate) fn chain(&self, mention: Mention) -> String {
        let text = self.slice(mention.start, mention.end);
        let dense: String = text.split_whitespace().collect();
        normal(&dense).into_owned()
    }

    fn slice(&self, start: u32, end: u32) -> &str {
        self.text.get(start as usize..end as usize).unwrap_or("")
    }

    /// The text with some parts replaced; `rewrites` are offsets into the fragment.
    pub(crate) fn rewritten(&self, rewrites: &[(u32, u32, String)]) -> String {
        let mut edits: Vec<&(u32, u32, String)> = self.edits.iter().chain(rewrites).collect();
        edits.sort_by_key(|edit| (edit.0, edit.1));
        let mut text = String::with_capacity(self.text.len());
        let mut at = 0;
        for (start, end, replacement) in edits {
            if *start < at {
                continue;
            }
            text.push_str(self.slice(at, *start));
            text.push_str(replacement);
            at = *end;
        }
        text.push_str(self.slice(at, u32::try_from(self.text.len()).unwrap_or(at)));
        text.push_str(&self.suffix);
        text.trim_end().to_owned()
    }
}

/// The replacements that take comments out of `start..end` and, where no string spans lines and the
/// node is no block, fold it into one line.
fn folding(tree: &Tree<'_>, node: NodeId, start: u32, end: u32) -> (Vec<(u32, u32, String)>, bool) {
    let text = tree.slice(start, end);
    let has_comment = text.contains('#');
    let has_break = text.contains('\n');
    if !has_comment && !has_break {
        return (Vec::new(), true);
    }
    let mut strings: Vec<(u32, u32)> = Vec::new();
    let mut comments: Vec<(u32, u32)> = Vec::new();
    let mut foldable = true;
    for id in tree.subtree(node) {
        let place = tree.node(id);
        if place.end <= start || place.start >= end {
            continue;
        }
        match place.kind {
            Kind::String => {
                foldable &= !tree.text_of(id).contains('\n');
                strings.push((place.start, place.end));
            }
            Kind::Comment => comments.push((place.start, place.end)),
            Kind::Block => foldable = false,
            _ => {}
        }
    }
    let mut edits: Vec<(u32, u32, String)> = Vec::new();
    if !foldable {
        add_dedents(tree, start, end, &strings, &mut edits);
    }
    for (from, to) in comments {
        let blanks = tree.slice(start, from);
        let blanks = blanks.len() - blanks.trim_end_matches([' ', '\t']).len();
        let from = from - start - u32::try_from(blanks).unwrap_or(0);
        edits.push((from, to - start, String::new()));
    }
    if foldable {
        for (offset, _) in text.match_indices('\n') {
            add_fold(text, offset, &mut edits);
        }
    }
    edits.sort_by_key(|edit| (edit.0, edit.1));
    (merge(edits), foldable)
}

/// Brings the further lines of a block as far to the left as its first line comes.
fn add_dedents(
    tree: &Tree<'_>,
    start: u32,
    end: u32,
    strings: &[(u32, u32)],
    edits: &mut Vec<(u32, u32, String)>,
) {
    let line_start = tree.text[..start as usize]
        .rfind('\n')
        .map_or(0, |at| at + 1);
    let margin = &tree.text[line_start..start as usize];
    if margin.is_empty() || !margin.trim().is_empty() {
        return;
    }
    let text = tree.slice(start, end);
    let place = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
    for (offset, _) in text.match_indices('\n') {
        let at = start + place(offset);
        let in_string = strings.iter().any(|&(from, to)| from <= at && at < to);
        if !in_string && text[offset + 1..].starts_with(margin) {
            let to = offset + 1 + margin.len();
            edits.push((place(offset + 1), place(to), String::new()));
        }
    }
}

/// Folds one line end: white space around it becomes one blank, or none beside a bracket.
fn add_fold(text: &str, offset: usize, edits: &mut Vec<(u32, u32, String)>) {
    let head = text[..offset].trim_end_matches([' ', '\t', '\\']);
    let tail = text[offset..].trim_start();
    let from = head.len();
    let to = text.len() - tail.len();
    let tight = head.ends_with(['(', '[', '{']) || tail.starts_with([')', ']', '}']);
    let blank = if tight { "" } else { " " };
    let place = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
    edits.push((place(from), place(to), blank.to_owned()));
}

/// Joins edits that overlap or touch; the last non-empty text stands for all.
fn merge(edits: Vec<(u32, u32, String)>) -> Vec<(u32, u32, String)> {
    let mut merged: Vec<(u32, u32, String)> = Vec::new();
    for (start, end, text) in edits {
        match merged.last_mut() {
            Some(last) if start <= last.1 => {
                last.1 = last.1.max(end);
                if !text.is_empty() {
                    last.2 = text;
                }
            }
            _ => merged.push((start, end, text)),
        }
    }
    merged
}

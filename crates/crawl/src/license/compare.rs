//! Comparison of a text with a known licence, word by word: additions and omissions.

use std::collections::HashMap;
use std::ops::Range;

use super::known::{INDEX, Known};
use super::words::{self, Weight, Word};

/// Number of equal words in a row that align both texts at any distance.
const ANCHOR: usize = 5;
/// Number of equal words in a row that align both texts nearby.
const NEAR_ANCHOR: usize = 2;
/// Distance that counts as nearby, in words.
const NEAR: usize = 24;
/// Number of added words in a row beyond which they are examined as a text of their own.
const MAX_RUN: usize = 25;
/// Number of unknown words, such as a project's name, allowed in one place.
const MAX_UNKNOWN: usize = 4;
/// Number of words of the licence that a name can replace: `the name of the copyright holder`.
const MAX_NAME: usize = 8;
/// Maximal number of words of such a name.
const MAX_REPLACED: usize = 12;
/// Number of words that can be added to a sentence of a licence.
const MAX_INSERTED: usize = 2;
/// Number of unknown words allowed in the whole text.
const MAX_UNKNOWN_TOTAL: usize = 6;

/// A place where the texts differ.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Edit {
    /// Range of the text's words that the licence does not have there.
    added: Range<usize>,
    /// Range of the licence's words that the text does not have there.
    left_out: Range<usize>,
}

/// A text compared with one licence.
pub(super) struct Comparison<'a> {
    pub(super) known: &'a Known,
    /// Number of the licence's words found in the text.
    pub(super) shared: usize,
    /// Number of words of its terms not found.
    missing_terms: usize,
    /// Ranges of the text that are long enough to be another text.
    pub(super) rest: Vec<Range<usize>>,
    /// All ranges of the text that the licence does not have, except those in [`Comparison::rest`].
    pub(super) added: Vec<Range<usize>>,
    /// First meaningful difference from the licence, if any.
    pub(super) deviation: Option<Deviation>,
}

/// A place at which a text differs in substance from its licence: an addition, or an omitted grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Deviation {
    /// The line, counted from 0.
    pub(super) line: usize,
    /// The differing words, as in the text.
    pub(super) words: String,
}

impl Comparison<'_> {
    /// Similarity: words of the licence that were found, minus those that are missing.
    pub(super) fn score(&self) -> i64 {
        self.shared as i64 - self.missing_terms as i64
    }
}

/// Compares a text with a licence.
pub(super) fn compare<'a>(words: &[Word], numbers: &[u32], known: &'a Known) -> Comparison<'a> {
    let edits = align(numbers, &known.words);
    let missing: usize = edits.iter().map(|edit| edit.left_out.len()).sum();
    let missing_terms = |edit: &Edit| {
        edit.left_out
            .end
            .min(known.end)
            .saturating_sub(edit.left_out.start)
    };
    let missing_terms = edits.iter().map(missing_terms).sum();
    let (mut rest, mut all_added) = (Vec::new(), Vec::new());
    let mut deviation = None;
    let mut unknown = 0;
    let end = known.end;
    for edit in edits {
        let added = &words[edit.added.clone()];
        if added.iter().filter(|word| !word.holder).count() > MAX_RUN {
            rest.push(edit.added.clone());
        } else {
            all_added.push(edit.added.clone());
            let left_out: Vec<_> = spelled(known, &edit.left_out);
            let inside = edit.left_out.start > 0 && edit.left_out.end < known.words.len();
            let name = inside && (1..=MAX_NAME).contains(&left_out.len());
            unknown += if name { 0 } else { count_unknown(added) };
            let says = match name {
                true => says_something(added, &left_out, MAX_REPLACED),
                false => says_something(added, &left_out, MAX_UNKNOWN) || has_prose(added),
            };
            if says || goes_on(added, known, &edit) || unknown > MAX_UNKNOWN_TOTAL {
                deviation.get_or_insert_with(|| Deviation::of(added));
            }
        }
        if edit.left_out.start < end
            && let Some(lost) = lost_grant(known, &edit.left_out, added)
        {
            deviation.get_or_insert_with(|| Deviation {
                line: words
                    .get(edit.added.start)
                    .or(words.last())
                    .map_or(0, |word| word.line),
                words: format!("without: {lost}"),
            });
        }
    }
    Comparison {
        known,
        shared: known.words.len() - missing,
        missing_terms,
        rest,
        added: all_added,
        deviation,
    }
}

impl Deviation {
    pub(super) fn of(words: &[Word]) -> Self {
        let said = words.iter().filter(|word| !word.holder || is_charged(word));
        let said: Vec<_> = said.collect();
        Self {
            line: said.first().map_or(0, |word| word.line),
            words: said
                .iter()
                .take(12)
                .map(|word| word.text.as_str())
                .collect::<Vec<_>>()
                .join(" "),
        }
    }
}

fn is_charged(word: &Word) -> bool {
    words::weight(word) == Weight::Charged
}

fn count_unknown(words: &[Word]) -> usize {
    let unknown = |word: &&Word| !word.holder && words::weight(word) == Weight::Unknown;
    words.iter().filter(unknown).count()
}

/// True if words added to a licence can change its terms: one of them is significant and not merely moved
/// from elsewhere in the licence, or more than `limit` are unknown.
fn says_something(added: &[Word], left_out: &[&str], limit: usize) -> bool {
    let mut left_out = left_out.to_vec();
    let charged = added.iter().any(|word| {
        if !is_charged(word) {
            return false;
        }
        match left_out.iter().position(|other| *other == word.text) {
            Some(place) => {
                left_out.swap_remove(place);
                false
            }
            None => true,
        }
    });
    charged || count_unknown(added) > limit
}

/// True if one of the words is neither known to be harmless nor a name.
fn has_prose(words: &[Word]) -> bool {
    (0..words.len()).any(|at| {
        let word = &words[at];
        let unknown = !word.holder && words::weight(word) == Weight::Unknown;
        unknown && (is_kept(words, at) || !(word.named || is_subject(words, at)))
    })
}

/// True for the name of the only one who may use something: `licensed to Example`, `this licence is for Germany`.
fn is_kept(words: &[Word], at: usize) -> bool {
    let before: Vec<_> = words[at.saturating_sub(2)..at]
        .iter()
        .map(|word| word.text.as_str())
        .collect();
    matches!(
        before[..],
        ["is" | "licensed" | "reserved", "for"] | ["licensed", "to"]
    )
}

/// True for the second word of a sentence before its verb: `The parser is ..`, `Mypy extensions are ..`.
fn is_subject(words: &[Word], at: usize) -> bool {
    let verb = words.get(at + 1).map_or("", |word| word.text.as_str());
    at > 0 && words[at - 1].starts && matches!(verb, "are" | "is" | "was" | "were")
}

/// True if words are added to a sentence of the licence's terms: `the following conditions, and to the same ..`.
fn goes_on(added: &[Word], known: &Known, edit: &Edit) -> bool {
    let is_terms = |word: &u32| {
        let text = INDEX.spelled(*word);
        words::is_charged(text)
    };
    edit.left_out.is_empty()
        && added.len() > MAX_INSERTED
        && !added.iter().any(|word| word.holder || word.starts)
        && known.words[..edit.left_out.start].iter().any(is_terms)
}

/// True if the words can change what is permitted.
pub(super) fn can_change(words: &[Word]) -> bool {
    words.iter().any(is_charged)
}

/// True if a text that is no licence contains nothing of legal effect.
pub(super) fn is_harmless(words: &[Word]) -> bool {
    !says_something(words, &[], MAX_UNKNOWN) && !has_prose(words)
}

fn spelled(known: &Known, range: &Range<usize>) -> Vec<&'static str> {
    let words = known.words[range.clone()].iter();
    words.map(|word| INDEX.spelled(*word)).collect()
}

/// The first granting word that a text omits.
fn lost_grant(known: &Known, left_out: &Range<usize>, added: &[Word]) -> Option<&'static str> {
    let mut added: Vec<_> = added.iter().map(|word| word.text.as_str()).collect();
    spelled(known, left_out).into_iter().find(|word| {
        if !words::is_grant(word) {
            return false;
        }
        match added.iter().position(|other| other == word) {
            Some(place) => {
                added.swap_remove(place);
                false
            }
            None => true,
        }
    })
}

/// The places where two texts differ, in order.
fn align(text: &[u32], known: &[u32]) -> Vec<Edit> {
    let far = places(known, ANCHOR);
    let near = places(known, NEAR_ANCHOR);
    let mut edits = Vec::new();
    let (mut at, mut in_known) = (0, 0);
    while at < text.len() || in_known < known.len() {
        if at < text.len() && in_known < known.len() && text[at] == known[in_known] {
            at += 1;
            in_known += 1;
            continue;
        }
        let next = next_place(text, at, in_known, &far, ANCHOR, usize::MAX);
        let close = next_place(text, at, in_known, &near, NEAR_ANCHOR, NEAR);
        let cost = |(a, k): (usize, usize)| a - at + k - in_known;
        // A place nearby counts if it costs clearly less than the sure one further on.
        let next = match (next, close) {
            (Some(far), Some(near)) if cost(near) + ANCHOR < cost(far) => near,
            (Some(far), _) => far,
            (None, Some(near)) => near,
            (None, None) => (text.len(), known.len()),
        };
        edits.push(Edit {
            added: at..next.0,
            left_out: in_known..next.1,
        });
        (at, in_known) = next;
    }
    edits
}

type Places<'a> = HashMap<&'a [u32], Vec<usize>>;

fn places(known: &[u32], length: usize) -> Places<'_> {
    let mut places: Places<'_> = HashMap::new();
    for (place, words) in known.windows(length).enumerate() {
        places.entry(words).or_default().push(place);
    }
    places
}

/// The nearest position from which both texts agree for `length` words.
fn next_place(
    text: &[u32],
    at: usize,
    in_known: usize,
    places: &Places<'_>,
    length: usize,
    limit: usize,
) -> Option<(usize, usize)> {
    let mut best: Option<(usize, (usize, usize))> = None;
    for (skipped, words) in text[at..].windows(length).enumerate() {
        if skipped > limit || best.is_some_and(|(cost, _)| skipped >= cost) {
            break;
        }
        let Some(known) = places.get(words) else {
            continue;
        };
        let Some(place) = known.get(known.partition_point(|place| *place < in_known)) else {
            continue;
        };
        let cost = skipped + place - in_known;
        if cost <= limit && best.is_none_or(|(least, _)| cost < least) {
            best = Some((cost, (at + skipped, *place)));
        }
    }
    best.map(|(_, place)| place)
}

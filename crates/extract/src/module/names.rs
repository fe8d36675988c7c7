//! Identifiers as small numbers, one table per text.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use unicode_normalization::{UnicodeNormalization, is_nfkc};

/// The number of an identifier in its text's [`Names`].
pub(crate) type NameId = u32;

/// An identifier as Python compares it: in the normal form NFKC.
pub(crate) fn normal(name: &str) -> Cow<'_, str> {
    if name.is_ascii() || is_nfkc(name) {
        Cow::Borrowed(name)
    } else {
        Cow::Owned(name.nfkc().collect())
    }
}

/// The identifiers of a text; those that are one for Python have one number.
#[derive(Debug, Default)]
pub(crate) struct Names<'t> {
    ids: HashMap<Cow<'t, str>, NameId, BuildHasherDefault<NameHasher>>,
    texts: Vec<Cow<'t, str>>,
    /// The numbers in the order of their texts, when no more names come.
    sorted: Vec<NameId>,
}

impl<'t> Names<'t> {
    pub(crate) fn intern(&mut self, name: &'t str) -> NameId {
        let name = normal(name);
        if let Some(&known) = self.ids.get(&name) {
            return known;
        }
        let next = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        self.texts.push(name.clone());
        self.ids.insert(name, next);
        next
    }

    pub(crate) fn get(&self, name: &str) -> Option<NameId> {
        let name = normal(name);
        if self.sorted.is_empty() {
            return self.ids.get(&name).copied();
        }
        let text = |&id: &NameId| self.text(id).cmp(&name);
        let at = self.sorted.binary_search_by(text);
        at.ok().map(|at| self.sorted[at])
    }

    /// The identifier in its normal form.
    pub(crate) fn text(&self, id: NameId) -> &str {
        &self.texts[id as usize]
    }

    /// Changes the table to one that takes less memory and to which no names are added.
    pub(crate) fn close(&mut self) {
        self.texts.shrink_to_fit();
        let ids = 0..u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        let mut sorted: Vec<NameId> = ids.collect();
        sorted.sort_unstable_by(|&a, &b| self.text(a).cmp(self.text(b)));
        self.sorted = sorted;
        self.ids = HashMap::default();
    }

    pub(crate) fn len(&self) -> usize {
        self.texts.len()
    }
}

/// A fast hash for short texts (FNV-1a over words). Identifiers are looked up once per occurrence,
/// and a hostile file that makes them collide only slows down its own extraction: with at most one
/// comparison per distinct name, a small constant as files are limited in size.
#[derive(Debug)]
struct NameHasher(u64);

impl Default for NameHasher {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for NameHasher {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.0 = (self.0.rotate_left(23) ^ u64::from_le_bytes(word))
                .wrapping_mul(0x9e37_79b9_7f4a_7c15);
        }
    }

    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 29)
    }
}

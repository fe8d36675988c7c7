//! Identifiers as small numbers, one table per text.

use std::collections::HashMap;

/// The number of an identifier in its text's [`Names`].
pub(crate) type NameId = u32;

/// The identifiers of a text.
#[derive(Debug, Default)]
pub(crate) struct Names<'t> {
    ids: HashMap<&'t str, NameId>,
    texts: Vec<&'t str>,
}

impl<'t> Names<'t> {
    pub(crate) fn intern(&mut self, name: &'t str) -> NameId {
        let next = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        *self.ids.entry(name).or_insert_with(|| {
            self.texts.push(name);
            next
        })
    }

    pub(crate) fn get(&self, name: &str) -> Option<NameId> {
        self.ids.get(name).copied()
    }

    pub(crate) fn text(&self, id: NameId) -> &'t str {
        self.texts[id as usize]
    }

    pub(crate) fn len(&self) -> usize {
        self.texts.len()
    }
}

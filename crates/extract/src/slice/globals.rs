//! Tables of a program's names, as small as they can be: those of all programs of a source are in memory at once.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::Meaning;

/// Definitions of a program's global names. Programs of one module that have the same share one table.
#[derive(Debug, Clone)]
pub(crate) struct Globals(Arc<[(Box<str>, Meaning)]>);

impl Globals {
    pub(crate) fn get(&self, name: &str) -> Option<&Meaning> {
        let at = self.0.binary_search_by(|(known, _)| (**known).cmp(name));
        at.ok().map(|at| &self.0[at].1)
    }

    pub(crate) fn contains_key(&self, name: &str) -> bool {
        self.get(name).is_some()
    }
}

impl From<HashMap<String, Meaning>> for Globals {
    fn from(meanings: HashMap<String, Meaning>) -> Self {
        let named = |(name, meaning): (String, Meaning)| (name.into_boxed_str(), meaning);
        let mut sorted: Vec<(Box<str>, Meaning)> = meanings.into_iter().map(named).collect();
        sorted.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        Self(sorted.into())
    }
}

/// A set that no longer changes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fixed<T>(Box<[T]>);

impl<T: Ord> Fixed<T> {
    pub(crate) fn contains<Q>(&self, element: &Q) -> bool
    where
        T: std::borrow::Borrow<Q>,
        Q: Ord + ?Sized,
    {
        let at = self.0.binary_search_by(|known| known.borrow().cmp(element));
        at.is_ok()
    }
}

impl<T: Ord> From<HashSet<T>> for Fixed<T> {
    fn from(elements: HashSet<T>) -> Self {
        let mut sorted: Vec<T> = elements.into_iter().collect();
        sorted.sort_unstable();
        Self(sorted.into())
    }
}

impl<T: Ord> From<BTreeSet<T>> for Fixed<T> {
    fn from(elements: BTreeSet<T>) -> Self {
        Self(elements.into_iter().collect())
    }
}

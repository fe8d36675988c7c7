//! The interpreters of a build, and the choice among them.

use std::cell::RefCell;
use std::collections::BTreeMap;

use tracestone_crawl::RequiresPython;
use tracestone_record::watch::{Event, Watch};
use tracestone_record::{SourceId, outside};
use tracestone_store::Store;
use tracestone_trace::{Engine, Settings};

use crate::{Error, LazyEngine};

/// Characters of a text of a source in a message.
const LONGEST: usize = 200;

/// Interpreters in the order in which sources choose among them: a source gets the first whose version its
/// metadata permit, and the first of all where they permit none.
pub struct Engines<'w> {
    first: LazyEngine<'w>,
    others: Vec<LazyEngine<'w>>,
    watch: &'w dyn Watch,
    /// The choices of sources, by position.
    chosen: RefCell<BTreeMap<SourceId, usize>>,
}

impl<'w> Engines<'w> {
    /// Engines that are not started yet.
    pub fn new(first: Settings, others: Vec<Settings>, watch: &'w dyn Watch) -> Self {
        let lazy = |settings| LazyEngine::new(settings, watch);
        Self {
            first: lazy(first),
            others: others.into_iter().map(lazy).collect(),
            watch,
            chosen: RefCell::default(),
        }
    }

    /// Starts all of them.
    ///
    /// # Errors
    /// One does not start.
    pub fn start(&self) -> Result<Vec<&Engine>, Error> {
        self.all().map(LazyEngine::get).collect()
    }

    /// The first of them, which does what belongs to no source.
    pub fn first(&self) -> &LazyEngine<'w> {
        &self.first
    }

    /// All of them, in order.
    pub fn all(&self) -> impl Iterator<Item = &LazyEngine<'w>> {
        std::iter::once(&self.first).chain(&self.others)
    }

    /// The engine for the programs of a source.
    ///
    /// # Errors
    /// The store fails, or an interpreter does not start.
    pub fn of(&self, store: &Store, source: SourceId) -> Result<&LazyEngine<'w>, Error> {
        let position = self.position(store, source)?;
        Ok(self.all().nth(position).unwrap_or(&self.first))
    }

    /// The position of the engine for the programs of a source.
    ///
    /// # Errors
    /// As for [`Self::of`].
    pub(crate) fn position(&self, store: &Store, source: SourceId) -> Result<usize, Error> {
        if let Some(&position) = self.chosen.borrow().get(&source) {
            return Ok(position);
        }
        // Where there is no choice, no interpreter is started for it.
        if self.others.is_empty() && self.first.started().is_none() {
            return Ok(0);
        }
        let position = match requires(store, source)? {
            Some(requires) => self.fitting(store, source, &requires)?,
            None => 0,
        };
        self.chosen.borrow_mut().insert(source, position);
        Ok(position)
    }

    fn fitting(
        &self,
        store: &Store,
        source: SourceId,
        requires: &RequiresPython,
    ) -> Result<usize, Error> {
        for (position, engine) in self.all().enumerate() {
            if version(engine.get()?.python()).is_none_or(|version| requires.permits(version)) {
                return Ok(position);
            }
        }
        let text = format!(
            "{} asks for Python {}, which no interpreter of this build is; {} runs it",
            outside::short(&store.source(source)?.name, LONGEST),
            outside::short(&requires.to_string(), LONGEST),
            self.first.get()?.python()
        );
        self.watch.event(Event::Warning {
            text: &text,
            cause: None,
        });
        Ok(0)
    }
}

/// The versions of Python that a source says it runs on.
fn requires(store: &Store, source: SourceId) -> Result<Option<RequiresPython>, Error> {
    let mut files = BTreeMap::new();
    for path in ["pyproject.toml", "setup.cfg", "setup.py"] {
        if let Some(content) = store.tree_file(source, path)? {
            files.insert(path, String::from_utf8_lossy(&content).into_owned());
        }
    }
    Ok(RequiresPython::stated(&|path| files.get(path).cloned()))
}

/// The numbers in `CPython 3.11.2`.
fn version(python: &str) -> Option<[u64; 3]> {
    let (_, numbers) = python.rsplit_once(' ')?;
    let mut parts = numbers.split('.').map(|part| {
        let end = part.find(|c: char| !c.is_ascii_digit());
        part[..end.unwrap_or(part.len())].parse().ok()
    });
    let mut next = || parts.next().flatten();
    Some([next()?, next()?, next()?])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_numbers() {
        assert_eq!(version("CPython 3.11.2"), Some([3, 11, 2]));
        assert_eq!(version("CPython 3.15.0a1"), Some([3, 15, 0]));
        assert_eq!(version("CPython"), None);
    }
}

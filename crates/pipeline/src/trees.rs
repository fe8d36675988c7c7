//! The files of sources on disk, for programs that run in their own package.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tracestone_record::{InPackage, LineOrigin, SourceId};
use tracestone_store::Store;
use tracestone_trace::{InTree, Tree};

use crate::Error;

/// Lays out the files of sources, and remembers the last ones.
pub(crate) struct Trees {
    folder: PathBuf,
    last: RefCell<Vec<(SourceId, Arc<Tree>)>>,
}

/// Trees that are kept in memory: two, where workers go from one source to the next.
const KEPT: usize = 2;

impl Trees {
    pub(crate) fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            last: RefCell::default(),
        }
    }

    /// The files of a source, as the store has them.
    pub(crate) fn of(&self, store: &Store, source: SourceId) -> Result<Arc<Tree>, Error> {
        let mut last = self.last.borrow_mut();
        if let Some((_, tree)) = last.iter().find(|(id, _)| *id == source) {
            return Ok(Arc::clone(tree));
        }
        let files = store.tree_files(source)?;
        let tree = Tree::lay_out(&self.folder, &source.to_string(), files).map_err(|source| {
            Error::Tree {
                folder: self.folder.clone(),
                source,
            }
        })?;
        let tree = Arc::new(tree);
        last.insert(0, (source, Arc::clone(&tree)));
        last.truncate(KEPT);
        Ok(tree)
    }

    /// The files of a source, as a store has them or as they were laid out before; none where they are in
    /// neither.
    pub(crate) fn find(
        &self,
        store: Option<&Store>,
        source: SourceId,
    ) -> Result<Option<Arc<Tree>>, Error> {
        if let Some(store) = store
            && !store.tree_paths(source)?.is_empty()
        {
            return self.of(store, source).map(Some);
        }
        let known = |last: &[(SourceId, Arc<Tree>)]| {
            let mut last = last.iter();
            last.find(|(id, _)| *id == source)
                .map(|(_, tree)| Arc::clone(tree))
        };
        if let Some(tree) = known(&self.last.borrow()) {
            return Ok(Some(tree));
        }
        let Some(tree) = Tree::open(&self.folder, &source.to_string())
            .map_err(|source| Error::Tree {
                folder: self.folder.clone(),
                source,
            })?
            .map(Arc::new)
        else {
            return Ok(None);
        };
        let mut last = self.last.borrow_mut();
        last.insert(0, (source, Arc::clone(&tree)));
        last.truncate(KEPT);
        Ok(Some(tree))
    }

    /// Files and line map of a program that runs in its own package.
    pub(crate) fn place(
        &self,
        store: &Store,
        package: &InPackage,
        lines: &[Option<LineOrigin>],
    ) -> Result<InTree, Error> {
        Ok(InTree {
            tree: self.of(store, package.source)?,
            module: package.module.clone(),
            path: package.path.clone(),
            roots: package.roots.clone(),
            lines: lines
                .iter()
                .map(|origin| origin.map_or(0, |origin| origin.line.0))
                .collect(),
        })
    }
}

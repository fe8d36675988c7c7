//! The files of sources on disk, for programs that run in their own package.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tracestone_crawl::Environments;
use tracestone_record::watch::Watch;
use tracestone_record::{InPackage, LineOrigin, Lock, SourceId};
use tracestone_store::Store;
use tracestone_trace::{Engine, InTree, Settings, Site, Tree};

use crate::Error;

/// Lays out the files of sources, with the distributions that they import, and remembers the last ones.
pub(crate) struct Trees<'w> {
    folder: PathBuf,
    environments: Environments,
    watch: &'w dyn Watch,
    last: RefCell<Vec<(SourceId, Arc<Tree>)>>,
}

/// Trees that are kept in memory: two, where workers go from one source to the next.
const KEPT: usize = 2;

impl<'w> Trees<'w> {
    fn new(folder: PathBuf, environments: PathBuf, python: PathBuf, watch: &'w dyn Watch) -> Self {
        Self {
            folder,
            environments: Environments {
                folder: environments,
                python,
                offline: false,
            },
            watch,
            last: RefCell::default(),
        }
    }

    /// Those of an engine.
    pub(crate) fn of_engine(engine: &Engine, watch: &'w dyn Watch) -> Self {
        let folder = |folder: &Path| folder.to_owned();
        Self::new(
            folder(engine.tree_folder()),
            folder(engine.environment_folder()),
            folder(engine.executable()),
            watch,
        )
    }

    /// Those of an engine that has not started.
    pub(crate) fn of_settings(settings: &Settings, watch: &'w dyn Watch) -> Self {
        Self::new(
            settings.tree_folder(),
            settings.environment_folder(),
            settings.python.clone(),
            watch,
        )
    }

    /// The distributions of a lock on this machine; made where they are not there.
    fn site(&self, lock: &Lock) -> Result<Option<Site>, Error> {
        if lock.is_empty() {
            return Ok(None);
        }
        let site = self.environments.site(lock, &|| self.watch.stop());
        let site = site.map_err(Error::Environment)?;
        Ok(Some(Site {
            folder: site.folder,
            other: site.other,
            native: site.environment.native,
        }))
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
        let environment = store.source(source)?.environment;
        let lock = environment.map(|environment| environment.lock);
        let site = self.site(&lock.unwrap_or_default())?;
        let tree = Arc::new(tree.with(site));
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
        needs: &Lock,
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
        let Some(tree) =
            Tree::open(&self.folder, &source.to_string()).map_err(|source| Error::Tree {
                folder: self.folder.clone(),
                source,
            })?
        else {
            return Ok(None);
        };
        let tree = Arc::new(tree.with(self.site(needs)?));
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

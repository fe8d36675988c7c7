//! The modules of a source as Python imports them: by which name, from which folders, and whether what
//! they import in turn is there.

use std::collections::{BTreeSet, VecDeque};
use std::sync::OnceLock;

use tracestone_record::{InPackage, MadeFile, Reason, SourceId, TestReport};

use crate::index::{Index, Place, folder_of};
use crate::module::{Module, Shape};
use crate::slice::{Failure, Globals};

/// All Python files of a source at its revision, those that are not extracted among them, and what else can
/// be imported where they run.
#[derive(Debug, Clone)]
pub struct SourceTree {
    /// Identifier of the source.
    pub source: SourceId,
    /// The paths of its Python files.
    pub paths: BTreeSet<String>,
    /// Files in addition to those of the revision.
    pub made: Vec<MadeFile>,
    /// Top-level modules of other distributions that are there when it runs.
    pub available: BTreeSet<String>,
    /// These distributions, as lines of a requirements file.
    pub needs: Vec<String>,
    /// Observations of the source's tests when they ran.
    pub tests: TestReport,
}

impl SourceTree {
    /// The folders that modules are imported from.
    #[must_use]
    pub fn roots(&self) -> Vec<String> {
        roots(self)
    }

    /// True if an import leads to a file that is there but was not extracted, such as a very large one. What it imports
    /// itself is not known.
    fn has_unread(&self, from: &str, level: u32, module: &str) -> bool {
        let mut folders = vec![folder_of(from).to_owned()];
        for _ in 1..level {
            folders = vec![folder_of(&folders[0]).to_owned()];
        }
        if level == 0 {
            folders.push(String::new());
            folders.extend(self.roots());
        }
        let inside = module.replace('.', "/");
        folders.into_iter().any(|folder| {
            let path = match folder.as_str() {
                "" => inside.clone(),
                folder => format!("{folder}/{inside}"),
            };
            self.paths.contains(&format!("{path}.py"))
                || self.paths.contains(&format!("{path}/__init__.py"))
        })
    }

    /// True if an import leads to a file that is made.
    fn is_made(&self, from: &str, level: u32, module: &str) -> bool {
        if level == 0 {
            let inside = format!("{}.py", module.replace('.', "/"));
            let below = format!("/{inside}");
            let mut made = self.made.iter();
            return made.any(|made| made.path == inside || made.path.ends_with(&below));
        }
        let mut folder = folder_of(from);
        for _ in 1..level {
            folder = folder_of(folder);
        }
        let path = format!("{folder}/{}.py", module.replace('.', "/"));
        self.made.iter().any(|made| made.path == path)
    }
}

/// Names and root folders of the modules of a source.
pub(crate) struct Packages<'a> {
    tree: &'a SourceTree,
    /// By module of the index: where it is imported from and by which name, or why it cannot be.
    modules: Vec<Result<Importable, Failure>>,
    /// The folders that every program may import from.
    roots: Vec<String>,
    /// By module, the meanings of its names, made when they are first asked for.
    globals: Vec<OnceLock<Globals>>,
}

#[derive(Debug, Clone)]
struct Importable {
    root: String,
    name: String,
}

impl<'a> Packages<'a> {
    pub(crate) fn new(index: &Index<'_, '_>, tree: &'a SourceTree) -> Self {
        let imported = absolute_imports(index);
        let mut modules: Vec<Result<Importable, Failure>> = index
            .modules
            .iter()
            .map(|module| importable(tree, module, &imported, index))
            .collect();
        let needs: Vec<Needs> = (0..modules.len())
            .map(|module| Needs::of(index, tree, module))
            .collect();
        let lacking: Vec<Option<Failure>> = (0..modules.len())
            .map(|module| lacking(&needs, module))
            .collect();
        for (module, lacking) in modules.iter_mut().zip(lacking) {
            if let (Ok(_), Some(failure)) = (&module, lacking) {
                *module = Err(failure);
            }
        }
        Self {
            tree,
            roots: roots(tree),
            globals: modules.iter().map(|_| OnceLock::new()).collect(),
            modules,
        }
    }

    /// Observations of the source's tests when they ran.
    pub(crate) fn tests(&self) -> &TestReport {
        &self.tree.tests
    }

    /// The name by which a module is imported, or why it cannot be.
    pub(crate) fn name(&self, module: usize) -> Result<&str, Failure> {
        match self.modules.get(module) {
            Some(Ok(found)) => Ok(&found.name),
            Some(Err(failure)) => Err(failure.clone()),
            None => Err(Failure::new(Reason::NameUnresolved, "")),
        }
    }

    /// Meanings of the names of a module, which are made once.
    pub(crate) fn globals(&self, module: usize, make: impl FnOnce() -> Globals) -> Globals {
        self.globals[module].get_or_init(make).clone()
    }

    /// True if a module of another distribution is installed.
    pub(crate) fn is_available(&self, top: &str) -> bool {
        self.tree.available.contains(top)
    }

    /// The package entry of a program that is a part of a module.
    pub(crate) fn place(&self, index: &Index<'_, '_>, module: usize) -> Result<InPackage, Failure> {
        let found = match &self.modules[module] {
            Ok(found) => found,
            Err(failure) => return Err(failure.clone()),
        };
        let mut roots = vec![found.root.clone()];
        roots.extend(
            self.roots
                .iter()
                .filter(|root| **root != found.root)
                .cloned(),
        );
        Ok(InPackage {
            source: self.tree.source,
            module: found.name.clone(),
            path: index.modules[module].path.to_owned(),
            roots,
            made: self.tree.made.clone(),
            needs: self.tree.needs.clone(),
        })
    }
}

/// The modules that absolute imports of the source name.
fn absolute_imports<'t>(index: &Index<'_, 't>) -> BTreeSet<&'t str> {
    let items = index.modules.iter().flat_map(|module| &module.items);
    let effects = items.map(|item| &item.effects);
    effects
        .flat_map(|effects| effects.imports.iter().chain(&effects.inner_imports))
        .filter(|import| import.level == 0)
        .map(|import| import.module)
        .collect()
}

/// The folders that modules may be imported from: the top, the usual ones, those that hold packages, and those of tests
/// with modules beside them, which pytest adds.
fn roots(tree: &SourceTree) -> Vec<String> {
    let mut found = vec![String::new()];
    for usual in ["src", "lib"] {
        let below = format!("{usual}/");
        if tree.paths.iter().any(|path| path.starts_with(&below)) {
            found.push(usual.to_owned());
        }
    }
    for path in tree
        .paths
        .iter()
        .filter(|path| path.ends_with("/__init__.py"))
    {
        let package = folder_of(path);
        let root = folder_of(package);
        if !has_init(tree, root) && !found.iter().any(|one| one == root) && found.len() < 20 {
            found.push(root.to_owned());
        }
    }
    for folder in beside_tests(tree) {
        if !found.iter().any(|one| one == folder) && found.len() < 20 {
            found.push(folder.to_owned());
        }
    }
    found
}

/// The folders, without `__init__.py`, that hold both tests and modules that are none.
fn beside_tests(tree: &SourceTree) -> BTreeSet<&str> {
    let mut tests = BTreeSet::new();
    let mut others = BTreeSet::new();
    for path in tree.paths.iter().filter(|path| path.ends_with(".py")) {
        let folder = folder_of(path);
        let name = &path[folder.len()..].trim_start_matches('/');
        match name.starts_with("test_") || name.ends_with("_test.py") {
            true => tests.insert(folder),
            false if !matches!(*name, "conftest.py" | "setup.py") => others.insert(folder),
            false => false,
        };
    }
    tests.retain(|folder| others.contains(folder) && !has_init(tree, folder));
    tests
}

fn has_init(tree: &SourceTree, folder: &str) -> bool {
    match folder {
        "" => tree.paths.contains("__init__.py"),
        folder => tree.paths.contains(&format!("{folder}/__init__.py")),
    }
}

/// The folder above `root` from which somebody imports it: a folder without `__init__.py` is a package where
/// somebody imports from it as from one.
fn outer_root(root: &str, imported: &BTreeSet<&str>) -> Option<&'static str> {
    ["", "src", "lib"].into_iter().find(|outer| {
        let below = match *outer {
            "" => Some(root),
            outer => root
                .strip_prefix(outer)
                .and_then(|rest| rest.strip_prefix('/')),
        };
        below
            .filter(|below| !below.is_empty())
            .is_some_and(|below| {
                let prefix = format!("{}.", below.replace('/', "."));
                imported.iter().any(|module| module.starts_with(&prefix))
            })
    })
}

/// The folders above a module that its relative imports go through at the top level of the file.
fn levels(module: &Module<'_>, index: &Index<'_, '_>) -> usize {
    let effects = module.items.iter().map(|item| &item.effects);
    let highest = effects.flat_map(|effects| {
        let stars = effects.stars.iter().map(|star| index.star(star).0);
        effects
            .imports
            .iter()
            .map(|import| import.level)
            .chain(stars)
    });
    highest.max().unwrap_or(0) as usize
}

fn importable(
    tree: &SourceTree,
    module: &Module<'_>,
    imported: &BTreeSet<&str>,
    index: &Index<'_, '_>,
) -> Result<Importable, Failure> {
    let path = module.path;
    let no_name = |why: &str| {
        Err(Failure::new(
            Reason::NotImportable,
            format!("{path}: {why}"),
        ))
    };
    let mut root = folder_of(path);
    while has_init(tree, root) {
        if root.is_empty() {
            return no_name("its package is the source itself, whose name is not known");
        }
        root = folder_of(root);
    }
    root = outer_root(root, imported).unwrap_or(root);
    if path[root.len()..]
        .trim_start_matches('/')
        .matches('/')
        .count()
        < levels(module, index)
    {
        // Its relative imports say that it is in a package, which has no `__init__.py` then.
        root = ["src", "lib"]
            .into_iter()
            .find(|usual| path.starts_with(&format!("{usual}/")))
            .unwrap_or("");
    }
    let inside = match root {
        "" => path,
        root => path.get(root.len() + 1..).unwrap_or(path),
    };
    let stem = inside.strip_suffix(".py").unwrap_or(inside);
    let stem = stem.strip_suffix("/__init__").unwrap_or(stem);
    let name = stem.replace('/', ".");
    let is_word = |part: &str| {
        let starts = |c: char| c.is_alphabetic() || c == '_';
        part.starts_with(starts) && part.chars().all(|c| c.is_alphanumeric() || c == '_')
    };
    if !name.split('.').all(is_word) || !inside.ends_with(".py") {
        return no_name("its path is no name of a module");
    }
    if name.split('.').next_back() == Some("__main__") || name == "setup" || name == "conftest" {
        return no_name("a script");
    }
    let top = name.split('.').next().unwrap_or(&name);
    if index.is_standard(top) {
        return no_name("a module of the standard library has its name");
    }
    Ok(Importable {
        root: root.to_owned(),
        name,
    })
}

/// Direct needs of the import of a module.
#[derive(Debug, Default)]
struct Needs {
    /// Modules of the source.
    own: BTreeSet<usize>,
    /// First need that is missing.
    lacking: Option<Failure>,
}

impl Needs {
    fn of(index: &Index<'_, '_>, tree: &SourceTree, module: usize) -> Self {
        let mut needs = Self::default();
        needs.add_parents(index, index.modules[module].path);
        for item in &index.modules[module].items {
            if item.shape != Shape::Import {
                continue;
            }
            for import in &item.effects.imports {
                needs.add(
                    index,
                    tree,
                    module,
                    import.level,
                    import.module,
                    import.member,
                );
            }
            for star in &item.effects.stars {
                let (level, path) = index.star(star);
                needs.add(index, tree, module, level, path, None);
            }
        }
        needs.own.remove(&module);
        needs
    }

    fn add(
        &mut self,
        index: &Index<'_, '_>,
        tree: &SourceTree,
        from: usize,
        level: u32,
        module: &str,
        member: Option<&str>,
    ) {
        let place = index.place(from, level, module);
        match &place {
            Place::Module(found) => {
                self.own.insert(*found);
                self.add_parents(index, index.modules[*found].path);
            }
            Place::Standard | Place::Folder(_) => {}
            Place::Above => self.lack(Reason::RelativeImportOutside, module),
            Place::Missing | Place::Package
                if tree.is_made(index.modules[from].path, level, module)
                    || tree.has_unread(index.modules[from].path, level, module) => {}
            Place::Missing => {
                let dots = ".".repeat(level as usize);
                self.lack(
                    Reason::NameUnresolved,
                    &format!("{dots}{module} is not in the source"),
                );
            }
            Place::Package => {
                let top = module.split('.').next().unwrap_or(module);
                if !tree.available.contains(top) {
                    self.lack(Reason::NeedsPackage, top);
                }
            }
        }
        if let Some(Place::Module(inner)) = member.and_then(|name| index.submodule(&place, name)) {
            self.own.insert(inner);
        }
    }

    fn lack(&mut self, reason: Reason, what: &str) {
        self.lacking
            .get_or_insert_with(|| Failure::new(reason, what));
    }

    /// Importing a module imports the packages around it.
    fn add_parents(&mut self, index: &Index<'_, '_>, path: &str) {
        let mut folder = folder_of(path);
        while !folder.is_empty() {
            if let Some(module) = index.module_at(&format!("{folder}/__init__.py")) {
                self.own.insert(module);
            }
            folder = folder_of(folder);
        }
    }
}

/// First missing need of a module or of a module that it imports.
fn lacking(needs: &[Needs], module: usize) -> Option<Failure> {
    let mut seen = BTreeSet::from([module]);
    let mut queue = VecDeque::from([module]);
    while let Some(next) = queue.pop_front() {
        let needed = needs.get(next)?;
        if let Some(failure) = &needed.lacking {
            return Some(failure.clone());
        }
        queue.extend(needed.own.iter().copied().filter(|&own| seen.insert(own)));
    }
    None
}

//! Resolution of imports to files.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::module::{Module, NameId};

/// The modules of a source by path.
pub(crate) struct Index<'m, 't> {
    pub(crate) modules: &'m [Module<'t>],
    standard: &'m BTreeSet<String>,
    by_path: HashMap<&'t str, usize>,
    /// Every folder that holds a file at any depth.
    folders: HashSet<&'t str>,
    /// The folders that absolute imports may start from.
    roots: Vec<String>,
    /// By module, the modules of the source that it has star imports of, in order.
    star_targets: Vec<Vec<usize>>,
}

/// Target of an import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// A module of the standard library.
    Standard,
    /// A module of the source.
    Module(usize),
    /// A folder of the source without `__init__.py`.
    Folder(String),
    /// A relative import above the source's top.
    Above,
    /// A relative import of something that is not there.
    Missing,
    /// A package from elsewhere.
    Package,
}

impl<'m, 't> Index<'m, 't> {
    pub(crate) fn new(modules: &'m [Module<'t>], standard: &'m BTreeSet<String>) -> Self {
        let mut by_path = HashMap::with_capacity(modules.len());
        let mut folders = HashSet::new();
        let mut packages = BTreeSet::new();
        for (index, module) in modules.iter().enumerate() {
            by_path.entry(module.path).or_insert(index);
            let mut folder = folder_of(module.path);
            if module.path.ends_with("__init__.py") {
                packages.insert(folder);
            }
            while !folder.is_empty() && folders.insert(folder) {
                folder = folder_of(folder);
            }
        }
        let mut roots: BTreeSet<String> = packages
            .iter()
            .map(|package| folder_of(package))
            .filter(|folder| !packages.contains(folder))
            .map(str::to_owned)
            .collect();
        for usual in ["", "src", "lib"] {
            roots.insert(usual.to_owned());
        }
        let mut index = Self {
            modules,
            standard,
            by_path,
            folders,
            roots: roots.into_iter().collect(),
            star_targets: Vec::new(),
        };
        index.star_targets = (0..modules.len())
            .map(|module| index.targets_of_stars(module))
            .collect();
        index
    }

    fn targets_of_stars(&self, module: usize) -> Vec<usize> {
        let stars = self.modules[module].stars.iter();
        let target = |star: &&str| {
            let (level, path) = self.star(star);
            match self.place(module, level, path) {
                Place::Module(target) => Some(target),
                _ => None,
            }
        };
        stars.filter_map(target).collect()
    }

    /// Target of `import module` or `from module import ..` in a file.
    pub(crate) fn place(&self, from: usize, level: u32, module: &str) -> Place {
        let path = self.modules[from].path;
        if level > 0 {
            let mut folder = folder_of(path);
            for _ in 1..level {
                if folder.is_empty() {
                    return Place::Above;
                }
                folder = folder_of(folder);
            }
            return self.find(folder, module).unwrap_or(Place::Missing);
        }
        let top = module.split('.').next().unwrap_or(module);
        if self.standard.contains(top) {
            return Place::Standard;
        }
        let own = folder_of(path);
        std::iter::once("")
            .chain([own])
            .chain(self.roots.iter().map(String::as_str))
            .find_map(|root| self.find(root, module))
            .unwrap_or(Place::Package)
    }

    /// True for the name of a top-level module of the standard library.
    pub(crate) fn is_standard(&self, top: &str) -> bool {
        self.standard.contains(top)
    }

    /// The module whose file has this path.
    pub(crate) fn module_at(&self, path: &str) -> Option<usize> {
        self.by_path.get(path).copied()
    }

    /// Level and path of the module of a star import.
    pub(crate) fn star<'s>(&self, star: &'s str) -> (u32, &'s str) {
        let path = star.trim_start_matches(['.', ' ', '\t']);
        let level = star[..star.len() - path.len()].matches('.').count();
        (u32::try_from(level).unwrap_or(u32::MAX), path)
    }

    /// The module, and its number of the name, that most likely gives a name to a module that has it by star
    /// imports, of modules that may have it by star imports in turn. What it says is where to look, not
    /// what is so.
    pub(crate) fn through_stars(&self, module: usize, text: &str) -> Option<(usize, NameId)> {
        let mut seen = BTreeSet::from([module]);
        let mut stack = vec![module];
        while let Some(next) = stack.pop() {
            let source = &self.modules[next];
            if next != module
                && let Some(name) = source.exported(text)
            {
                return Some((next, name));
            }
            let targets = &self.star_targets[next];
            stack.extend(targets.iter().filter(|&&target| seen.insert(target)));
        }
        None
    }

    /// The module of the source, and its number of the name, that a star import takes a name from; `None`
    /// where it is not sure that it does: where a star import after it leads elsewhere, or the module has
    /// star imports itself.
    pub(crate) fn behind_star(&self, module: usize, name: NameId) -> Option<(usize, NameId)> {
        let source = &self.modules[module];
        let text = source.names.text(name);
        if source.bound_by(name).next().is_some() {
            return None;
        }
        for star in source.stars.iter().rev() {
            let path = star.trim_start_matches(['.', ' ', '\t']);
            let level = star[..star.len() - path.len()].matches('.').count();
            let Place::Module(target) = self.place(module, u32::try_from(level).ok()?, path) else {
                return None;
            };
            let target_module = &self.modules[target];
            if !target_module.stars.is_empty() {
                return None;
            }
            if let Some(bound) = target_module.exported(text) {
                return Some((target, bound));
            }
        }
        None
    }

    /// A module below a folder.
    pub(crate) fn find(&self, folder: &str, dotted: &str) -> Option<Place> {
        let mut path = folder.to_owned();
        for part in dotted.split('.').filter(|part| !part.is_empty()) {
            if !path.is_empty() {
                path.push('/');
            }
            path.push_str(part.trim());
        }
        // Where both are there, Python takes the package.
        let package = if path.is_empty() {
            "__init__.py".to_owned()
        } else {
            format!("{path}/__init__.py")
        };
        if let Some(&index) = self.by_path.get(package.as_str()) {
            return Some(Place::Module(index));
        }
        if !dotted.is_empty()
            && let Some(&index) = self.by_path.get(format!("{path}.py").as_str())
        {
            return Some(Place::Module(index));
        }
        (path.is_empty() || self.folders.contains(path.as_str())).then_some(Place::Folder(path))
    }

    /// True if a package binds a name by `from . import name`, and so to a module of its own.
    pub(crate) fn is_own_submodule(&self, package: usize, member: &str) -> bool {
        let source = &self.modules[package];
        let bound = source.names.get(member).and_then(|name| {
            let item = source.bound_by(name).next_back()?;
            let mut imports = source.items[item].effects.imports.iter();
            imports.find(|import| import.name == name)
        });
        bound.is_some_and(|import| {
            import.member == Some(member)
                && self.place(package, import.level, import.module) == Place::Module(package)
        })
    }

    /// A module next to or below a place, for `from place import member`.
    pub(crate) fn submodule(&self, place: &Place, member: &str) -> Option<Place> {
        match place {
            Place::Folder(folder) => self.find(folder, member),
            Place::Module(index) => {
                let path = self.modules[*index].path;
                path.ends_with("__init__.py")
                    .then(|| self.find(folder_of(path), member))
                    .flatten()
            }
            _ => None,
        }
    }
}

/// The folder a path lies in; empty at the top.
pub(crate) fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

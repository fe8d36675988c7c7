//! Cache folders, whose content can be made again.

use std::path::PathBuf;

/// The tool's folder for what can be made again, if there is a place for it.
pub(crate) fn folder() -> Option<PathBuf> {
    let from = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    from("TRACESTONE_CACHE").map(PathBuf::from).or_else(|| {
        from("XDG_CACHE_HOME")
            .map(PathBuf::from)
            .or_else(|| from("HOME").map(|home| PathBuf::from(home).join(".cache")))
            .map(|folder| folder.join("tracestone"))
    })
}

/// The folder for the distributions that programs import, if there is a place for it.
pub(crate) fn environments() -> Option<PathBuf> {
    folder().map(|folder| folder.join("environments"))
}

/// The folder for the native recorder, if there is a place for it.
pub(crate) fn native_recorder() -> Option<PathBuf> {
    folder().map(|folder| folder.join("native"))
}

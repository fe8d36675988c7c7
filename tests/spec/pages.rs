//! The pages of readable specs, for the runners in the crates' tests.

use std::path::{Path, PathBuf};

/// The pages whose names begin with a word, in order.
pub(crate) fn pages(prefix: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/spec");
    let entries = std::fs::read_dir(&folder).expect("the folder of specs");
    let mut pages: Vec<_> = entries
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with(prefix) && name.ends_with(".md")
        })
        .collect();
    pages.sort();
    assert!(!pages.is_empty(), "no page begins with {prefix}");
    pages
}

/// True if `TRACESTONE_UPDATE_SPECS` asks for the pages to be rewritten.
pub(crate) fn updating() -> bool {
    std::env::var_os("TRACESTONE_UPDATE_SPECS").is_some()
}

//! The standard library of the user's interpreter.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::CrawlError;

/// Where a standard library is and which version it is.
pub(crate) struct Stdlib {
    /// Its folder.
    pub(crate) folder: PathBuf,
    /// `3.11.2`.
    pub(crate) version: String,
}

/// Folders that are not the library itself, or not made to be read.
pub(crate) const NOT_LIBRARY: &[&str] = &[
    "site-packages/**",
    "dist-packages/**",
    "test/**",
    "**/test/**",
    "**/tests/**",
    "idlelib/**",
    "lib2to3/**",
    "turtledemo/**",
    "lib-dynload/**",
    "config-*/**",
];

/// Asks the interpreter. It is the user's own, and isolated mode keeps out what lies around.
pub(crate) fn locate(python: &Path) -> Result<Stdlib, CrawlError> {
    let failed = |message: String| CrawlError::Python {
        python: python.display().to_string(),
        what: "its standard library",
        message,
    };
    let question = "import platform, sysconfig; \
         print(platform.python_version()); print(sysconfig.get_paths()['stdlib'])";
    let output = Command::new(python)
        .args(["-I", "-S", "-c", question])
        .output()
        .map_err(|error| failed(error.to_string()))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let mut lines = text.lines();
    match (output.status.success(), lines.next(), lines.next()) {
        (true, Some(version), Some(folder)) => Ok(Stdlib {
            folder: PathBuf::from(folder),
            version: version.to_owned(),
        }),
        _ => Err(failed(
            String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        )),
    }
}

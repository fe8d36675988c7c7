//! The standard library of the user's interpreter.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::AtomicBool;

use crate::error::CrawlError;
use crate::process;

/// Location and version of a standard library.
pub(crate) struct Stdlib {
    /// Path of its folder.
    pub(crate) folder: PathBuf,
    /// Python version, such as `3.11.2`.
    pub(crate) version: String,
}

/// Folders inside the library's that hold something else.
pub(crate) const INSTALLED: &[&str] = &["site-packages", "dist-packages"];

/// Globs that a corpus excludes by default: parts that are not meant for use by programs.
pub(crate) const NOT_LIBRARY: &[&str] = &[
    "test/**",
    "**/test/**",
    "**/tests/**",
    "idlelib/**",
    "lib2to3/**",
    "turtledemo/**",
    "lib-dynload/**",
    "config-*/**",
];

/// Asks the interpreter for the location. It is the user's own; isolated mode excludes the current folder.
pub(crate) fn locate(python: &Path, stop: &AtomicBool) -> Result<Stdlib, CrawlError> {
    let failed = |message: String| CrawlError::Python {
        python: python.display().to_string(),
        what: "its standard library",
        message,
    };
    let question = "import platform, sysconfig; \
         print(platform.python_version()); print(sysconfig.get_paths()['stdlib'])";
    let mut command = Command::new(python);
    command.args(["-I", "-S", "-c", question]);
    let done = process::run(command.stdin(Stdio::null()), stop)
        .map_err(|error| CrawlError::python(python, "its standard library", error))?;
    let mut lines = done.stdout.lines();
    match (done.success, lines.next(), lines.next()) {
        (true, Some(version), Some(folder)) => Ok(Stdlib {
            folder: PathBuf::from(folder),
            version: version.to_owned(),
        }),
        _ => Err(failed(done.stderr.trim().to_owned())),
    }
}

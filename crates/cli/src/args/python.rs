//! The interpreters that run programs.

use std::path::{Path, PathBuf};

use clap::{Args as ClapArgs, ValueHint};

/// The option `--python`.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct PythonArg {
    /// The CPython (3.9 or newer) that runs the programs.
    #[arg(
        long,
        value_name = "PATH",
        default_value = "python3",
        env = "TRACESTONE_PYTHON",
        value_hint = ValueHint::CommandName
    )]
    pub(crate) python: PathBuf,
}

/// The option `--python` of commands that choose among several interpreters.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct PythonsArg {
    /// The CPython (3.9 or newer) that runs the programs. It may be given several times: a source gets the first
    /// whose version its metadata (`requires-python`) permit.
    #[arg(
        long = "python",
        value_name = "PATH",
        default_value = "python3",
        env = "TRACESTONE_PYTHON",
        value_hint = ValueHint::CommandName
    )]
    pythons: Vec<PathBuf>,
}

impl PythonsArg {
    /// The first one.
    pub(crate) fn first(&self) -> &Path {
        let first = self.pythons.first();
        first.map_or(Path::new("python3"), PathBuf::as_path)
    }

    /// Those after the first.
    pub(crate) fn others(&self) -> &[PathBuf] {
        self.pythons.get(1..).unwrap_or_default()
    }
}

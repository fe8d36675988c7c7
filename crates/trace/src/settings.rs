//! Settings of an engine, chosen by the caller.

use std::path::PathBuf;

use serde::Serialize;

use crate::sandbox::Level;

/// Interpreter, number of workers, budgets.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The interpreter, as a path or as a name that is looked up in `PATH`.
    pub python: PathBuf,
    /// Programs that run at the same time; at least 1.
    pub workers: usize,
    /// The budgets of each call.
    pub limits: Limits,
    /// Choice of the sandbox.
    pub sandbox: SandboxChoice,
    /// Folder for the compiled native recorder; without one, the Python recorder is used. Both give the same
    /// bytes.
    pub native: Option<PathBuf>,
    /// Folder for the files of sources whose programs run in their own package; without one, a temporary
    /// folder.
    pub trees: Option<PathBuf>,
    /// Folder for the distributions that programs import; without one, a temporary folder.
    pub environments: Option<PathBuf>,
    /// Returns true if the user wants to stop. It is called often, from all threads, and ends every wait.
    pub interrupted: fn() -> bool,
}

impl Settings {
    /// Folder for the files of sources whose programs run in their own package.
    #[must_use]
    pub fn tree_folder(&self) -> PathBuf {
        let folder = self.trees.clone();
        folder.unwrap_or_else(|| std::env::temp_dir().join("tracestone-trees"))
    }

    /// Folder for the distributions that programs import.
    #[must_use]
    pub fn environment_folder(&self) -> PathBuf {
        let folder = self.environments.clone();
        folder.unwrap_or_else(|| std::env::temp_dir().join("tracestone-environments"))
    }
}

/// Choice of a sandbox for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SandboxChoice {
    /// The strongest one that can be built here and holds.
    #[default]
    Strongest,
    /// This level or nothing; for tests of the weaker ones.
    Exactly(Level),
    /// None. Programs can then do whatever the user can; every run is marked.
    Unsafe,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            python: PathBuf::from("python3"),
            workers: 1,
            limits: Limits::default(),
            sandbox: SandboxChoice::default(),
            native: None,
            trees: None,
            environments: None,
            interrupted: || false,
        }
    }
}

/// The budgets of a call. All but `cpu_seconds` and `memory_bytes` do not depend on the machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Limits {
    /// Line events of a call. Program and setup together may take 20 times as many; call and setup may call
    /// 250 times as many functions of other code.
    pub max_steps: u32,
    /// Frames of the program that are active at once.
    pub max_depth: u32,
    /// CPU time of a call, program and setup included.
    pub cpu_seconds: u32,
    /// Address space of an interpreter.
    pub memory_bytes: u64,
    /// UTF-8 bytes of one value's text; longer ones are cut.
    pub value_bytes: u32,
    /// Size of a trace, counted as texts plus a constant per event and change.
    pub trace_bytes: u32,
    /// Bytes kept of what a call prints.
    pub stdout_bytes: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_steps: 4_000,
            max_depth: 200,
            cpu_seconds: 5,
            memory_bytes: 512 << 20,
            value_bytes: tracestone_record::VALUE_BYTES,
            trace_bytes: 1 << 20,
            stdout_bytes: 10 << 10,
        }
    }
}

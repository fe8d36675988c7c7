//! Errors before and during the execution of programs.

use std::io;
use std::path::PathBuf;

/// The engine refuses to start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The interpreter could not be run at all.
    #[error("cannot run the Python interpreter `{}`: {error}", python.display())]
    NoPython {
        /// Path of the interpreter.
        python: PathBuf,
        /// The operating system's error.
        error: io::Error,
    },
    /// It ran, but is not what is needed.
    #[error("the Python interpreter `{}` cannot be used: {why}", python.display())]
    UnsuitablePython {
        /// Path of the interpreter.
        python: PathBuf,
        /// Description of the problem and of what to do.
        why: String,
    },
    /// No sandbox could be built or it did not hold.
    #[error(
        "programs cannot be run safely here, so nothing is run: {why}. Needed are a Linux kernel \
         with Landlock (5.13 or newer, enabled at boot) and seccomp; as root also either the \
         right to create namespaces or an interpreter that other users can read"
    )]
    NoSandbox {
        /// Reasons for the failure of each level.
        why: String,
    },
    /// It was asked to stop before it had started.
    #[error("interrupted")]
    Interrupted,
    /// Something that usually works did not.
    #[error("cannot start the trace engine: {0}")]
    Io(#[from] io::Error),
}

/// The engine broke down while it ran.
#[derive(Debug, thiserror::Error)]
pub enum TraceError {
    /// Interpreters keep dying.
    #[error(
        "twenty sandboxed interpreters in a row could not be started or died while idle; the last one \
         said: {0}. Check that memory and processes are left, then run the same command again: \
         finished work is kept"
    )]
    WorkersDie(String),
    /// A worker thread is gone.
    #[error(
        "a worker thread of the trace engine ended unexpectedly; run the same command again: finished work is kept"
    )]
    WorkerLost,
}

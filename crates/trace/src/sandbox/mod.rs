//! The sandbox: what an interpreter may do, decided before its first instruction.
//!
//! Layers: resource limits; no new privileges, no capabilities, an unprivileged user; Landlock
//! (only the interpreter's own files, read-only, no network, no signals out); seccomp (a list of
//! permitted system calls). Level A adds namespaces with a file system of its own that holds
//! nothing but the interpreter's files. Everything is prepared in the supervisor and applied
//! between fork and exec (`launch`), where only system calls are allowed.

mod filter;
mod launch;
mod mounts;
mod rules;

pub(crate) use filter::Filters;
pub(crate) use launch::{Launch, Launched};

/// How strong the sandbox is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    /// Namespaces, Landlock and seccomp.
    Namespaces,
    /// Landlock and seccomp.
    Landlock,
}

impl Level {
    /// The levels, strongest first.
    pub(crate) const ALL: [Self; 2] = [Self::Namespaces, Self::Landlock];

    /// What `doctor`, the store and exports show.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Namespaces => "A: namespaces + landlock + seccomp",
            Self::Landlock => "B: landlock + seccomp",
        }
    }
}

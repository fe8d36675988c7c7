//! The sandbox: what an interpreter may do, decided before its first instruction.
//!
//! Layers: resource limits; no new privileges, no capabilities, an unprivileged user; Landlock
//! (only the interpreter's own files, read-only, no network, no signals out); seccomp (a list of
//! permitted system calls). Level A adds namespaces with a file system of its own that holds
//! nothing but the interpreter's files; level C does without Landlock and opens no file once Python's
//! standard library is loaded. Everything is prepared in the supervisor and applied
//! between fork and exec (`launch`), where only system calls are allowed.

mod descriptors;
mod filter;
mod launch;
mod mounts;
mod rules;

pub(crate) use filter::Filters;
pub(crate) use launch::{Launch, Launched};

/// Strength of the sandbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// A: namespaces with a file system of their own, Landlock and seccomp.
    Namespaces,
    /// B: Landlock and seccomp.
    Landlock,
    /// C: seccomp alone. The standard library is loaded first; after that no file can be opened at
    /// all, for reading neither.
    Seccomp,
    /// Resource limits only, on explicit request.
    None,
}

impl Level {
    /// The levels that keep programs in, strongest first.
    pub const ALL: [Self; 3] = [Self::Namespaces, Self::Landlock, Self::Seccomp];

    /// Name shown by `doctor`, the store and exports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Namespaces => "A: namespaces + landlock + seccomp",
            Self::Landlock => "B: landlock + seccomp",
            Self::Seccomp => "C: seccomp, standard library preloaded",
            Self::None => "none: NOT SANDBOXED",
        }
    }

    /// Information about the machine that a determined program can still read, because no rule of the kernel
    /// forbids it. Programs that ask in the usual ways are refused, or their runs do not count.
    #[must_use]
    pub fn visible(self) -> &'static str {
        match self {
            Self::Namespaces => "processors, memory and uptime; no file but the interpreter's own",
            Self::Landlock => {
                "processors, memory and uptime; of any path whether it exists, its size, owner and times, \
                 but no content (the kernel cannot refuse that)"
            }
            Self::Seccomp => "processors, memory and uptime; no file at all",
            Self::None => "everything that you can see",
        }
    }
}

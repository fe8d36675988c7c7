//! Ends of a command: exit codes, and errors with advice.

use std::fmt;

use crate::hints;

/// Exit code of the process. The numbers are part of the interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Everything asked for was done.
    Success = 0,
    /// The command failed.
    Failure = 1,
    /// The command went through, but something in it failed: a source could not be read, an
    /// answer did not hold, or a model did not answer.
    Partial = 3,
    /// The score is below the gate that was set.
    BelowGate = 4,
    /// Stopped by Ctrl-C; what was finished is in the store.
    Interrupted = 130,
}

impl Exit {
    /// The exit that says more: an interruption, then what failed, then what is missing, then a gate.
    pub(crate) fn worse(self, other: Self) -> Self {
        let rank = |exit: Self| match exit {
            Self::Success => 0,
            Self::BelowGate => 1,
            Self::Partial => 2,
            Self::Failure => 3,
            Self::Interrupted => 4,
        };
        if rank(other) > rank(self) {
            other
        } else {
            self
        }
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// An error with hints and the exit code it ends with.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) error: anyhow::Error,
    pub(crate) hints: Vec<String>,
    pub(crate) exit: Exit,
}

impl Failure {
    /// A failure that says only this.
    pub(crate) fn new(message: impl fmt::Display) -> Self {
        Self::from(anyhow::anyhow!("{message}"))
    }

    /// Adds what to do next.
    pub(crate) fn hinted(mut self, hint: impl Into<String>) -> Self {
        let hint = hint.into();
        if !self.hints.contains(&hint) {
            self.hints.push(hint);
        }
        self
    }
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        let error = error.into();
        Self {
            hints: hints::of(&error),
            exit: hints::exit(&error),
            error,
        }
    }
}

/// Adds a hint to whatever error comes.
pub(crate) trait Hint<T> {
    /// `hint` says what to do next.
    fn hint(self, hint: impl Into<String>) -> Result<T, Failure>;
}

impl<T, E: Into<Failure>> Hint<T> for Result<T, E> {
    fn hint(self, hint: impl Into<String>) -> Result<T, Failure> {
        self.map_err(|error| error.into().hinted(hint))
    }
}

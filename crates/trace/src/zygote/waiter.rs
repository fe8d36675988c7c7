//! Patience with an interpreter.

use std::io;
use std::time::Duration;

use crate::stop::{Patience, Stop, interpreter_stopped};
use crate::watch::StopWatch;

/// Waits for an interpreter to do its part.
pub(super) struct Waiter {
    stopped: StopWatch,
    patience: Patience,
}

impl Waiter {
    pub(super) fn new(interpreter: libc::pid_t, patience: Duration) -> Self {
        Self {
            stopped: StopWatch::new(interpreter),
            patience: Patience::of(patience),
        }
    }

    /// An error where it is not worth waiting longer.
    pub(super) fn check(&mut self, stop: &Stop) -> io::Result<()> {
        let why = if stop.requested() {
            "the work is to stop"
        } else if self.stopped.is_stopped() {
            return Err(interpreter_stopped());
        } else if self.patience.is_over() {
            "the interpreter does not answer"
        } else {
            return Ok(());
        };
        Err(io::Error::new(io::ErrorKind::TimedOut, why))
    }
}

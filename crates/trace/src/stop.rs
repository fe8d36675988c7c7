//! Requests to stop, and limits on waiting.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Interval between checks of something awaited.
pub(crate) const TICK: Duration = Duration::from_millis(50);

/// Request to stop all work: from this crate, or from an interrupt of its user.
#[derive(Debug)]
pub(crate) struct Stop {
    said: AtomicBool,
    asked: fn() -> bool,
}

impl Stop {
    /// Nobody has said so yet; `asked` tells of interrupts.
    pub(crate) fn new(asked: fn() -> bool) -> Self {
        Self {
            said: AtomicBool::new(false),
            asked,
        }
    }

    /// Says that work is to stop, or that it may go on.
    pub(crate) fn set(&self, stop: bool) {
        self.said.store(stop, Ordering::Relaxed);
    }

    /// True if work should stop.
    pub(crate) fn requested(&self) -> bool {
        self.said.load(Ordering::Relaxed) || (self.asked)()
    }
}

/// Maximal number of tries of something disturbed from outside while an engine starts.
const MAX_TRIES: u32 = 12;

/// Does something until nobody disturbs it, or time and again somebody did.
pub(crate) fn undisturbed<T>(
    stop: &Stop,
    mut act: impl FnMut() -> std::io::Result<T>,
) -> std::io::Result<T> {
    let mut tried = 1;
    loop {
        match act() {
            Err(error) if is_disturbance(&error) && tried < MAX_TRIES && !stop.requested() => {
                std::thread::sleep(TICK * tried);
                tried += 1;
            }
            result => return result,
        }
    }
}

/// The error for an interpreter that was stopped by a signal, which is a disturbance.
pub(crate) fn interpreter_stopped() -> std::io::Error {
    let why = "somebody stopped the interpreter";
    std::io::Error::new(std::io::ErrorKind::TimedOut, why)
}

/// True if a process ended or did not answer, possibly for a reason outside of it.
fn is_disturbance(error: &std::io::Error) -> bool {
    use std::io::ErrorKind;
    matches!(
        error.kind(),
        ErrorKind::UnexpectedEof | ErrorKind::TimedOut | ErrorKind::BrokenPipe
    )
}

/// Time as this process sees it pass. While it is stopped itself, or gets no processor, little of that
/// counts: others may have done what is waited for, and were not looked at.
#[derive(Debug)]
pub(crate) struct Passing {
    last: Instant,
}

impl Passing {
    pub(crate) fn start() -> Self {
        Self {
            last: Instant::now(),
        }
    }

    /// The time since this was asked last.
    pub(crate) fn since_last(&mut self) -> Duration {
        let now = Instant::now();
        let passed = now.duration_since(self.last).min(TICK * 4);
        self.last = now;
        passed
    }

    /// The time since this was asked last, if that is at least a tick ago.
    pub(crate) fn tick(&mut self) -> Option<Duration> {
        (self.last.elapsed() >= TICK).then(|| self.since_last())
    }
}

/// Remaining time to wait.
#[derive(Debug)]
pub(crate) struct Patience {
    passing: Passing,
    left: Duration,
}

impl Patience {
    pub(crate) fn of(left: Duration) -> Self {
        Self {
            passing: Passing::start(),
            left,
        }
    }

    /// True if no time remains.
    pub(crate) fn is_over(&mut self) -> bool {
        self.left = self.left.saturating_sub(self.passing.since_last());
        self.left.is_zero()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_of_this_process_itself_counts_for_little() {
        let mut passing = Passing {
            last: Instant::now() - Duration::from_secs(60),
        };
        assert_eq!(passing.tick(), Some(TICK * 4));
        assert_eq!(passing.tick(), None);
    }

    #[test]
    fn what_is_disturbed_is_tried_again_and_what_fails_is_not() {
        use std::io::{Error, ErrorKind};
        let stop = Stop::new(|| false);
        for (kind, expected) in [(ErrorKind::UnexpectedEof, MAX_TRIES), (ErrorKind::Other, 1)] {
            let mut tries = 0;
            let result: std::io::Result<()> = undisturbed(&stop, || {
                tries += 1;
                Err(Error::from(kind))
            });
            assert!(result.is_err());
            assert_eq!(tries, expected);
        }
    }

    #[test]
    fn an_interrupt_is_seen_without_being_said() {
        assert!(Stop::new(|| true).requested());
        let stop = Stop::new(|| false);
        assert!(!stop.requested());
        stop.set(true);
        assert!(stop.requested());
    }
}

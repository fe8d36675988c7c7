//! Watches a child: what it used, whether it moves, and why it ended.

#![expect(
    clippy::disallowed_methods,
    reason = "these are files of /proc, whose errors mean that the process is gone"
)]
#![expect(unsafe_code, reason = "CPU clocks of processes, signals")]

use std::time::Duration;

use crate::stop::Passing;

/// Maximal sleep of a child in one call, if only itself can wake it.
const MAX_SLEEP: Duration = Duration::from_secs(2);
/// Maximal time that a process may remain stopped by a signal.
const MAX_STOP: Duration = Duration::from_millis(500);
/// Maximal lifetime of a child, whatever it reports.
const MAX_LIFE: Duration = Duration::from_secs(600);
/// Maximal difference between a CPU clock and the kernel's limit.
const TOLERANCE: Duration = Duration::from_millis(200);

/// Reason to end a child.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// A call used up its time, or the child its life.
    TimedOut,
    /// It sleeps, and nobody can wake it.
    Asleep,
    /// Somebody has stopped it.
    Stopped,
}

/// Decides when a call has had its time.
#[derive(Debug)]
pub(crate) struct Watch {
    pub(crate) child: libc::pid_t,
    /// True if nothing outside can wake it, because it has no connection.
    confined: bool,
    /// CPU time of a call.
    call_limit: Duration,
    /// CPU time at which the kernel ends the child.
    child_limit: Duration,
    cpu_before: Duration,
    passing: Passing,
    /// True if a report came since the last look.
    moved: bool,
    /// Since the last report.
    waited: Duration,
    /// Since its start.
    lived: Duration,
    stopped: Duration,
    /// Since the last report, in which it was stopped or waited for a disk.
    held_up: Duration,
    /// Use at the last report and at the last check.
    at_report: Used,
    at_look: Used,
}

impl Watch {
    /// Watches a child that has its work now.
    pub(crate) fn new(
        child: libc::pid_t,
        confined: bool,
        call_limit: Duration,
        child_limit: Duration,
    ) -> Self {
        Self {
            child,
            confined,
            call_limit,
            child_limit,
            cpu_before: Duration::ZERO,
            passing: Passing::start(),
            moved: false,
            waited: Duration::ZERO,
            lived: Duration::ZERO,
            stopped: Duration::ZERO,
            held_up: Duration::ZERO,
            at_report: Used::default(),
            at_look: Used::default(),
        }
    }

    /// A whole report came that was expected: the next call's time starts. Nothing less is progress, or
    /// a child could have itself waited for by writing a byte now and then.
    ///
    /// There can be thousands in a second, so that the time starts at the next look, a tick later at most.
    pub(crate) fn progress(&mut self) {
        self.moved = true;
    }

    fn start_anew(&mut self) {
        self.waited = Duration::ZERO;
        self.held_up = Duration::ZERO;
        self.stopped = Duration::ZERO;
        self.at_report = Used::by(self.child).unwrap_or(self.at_report);
        self.at_look = self.at_report;
        self.cpu_before = cpu_time(self.child).unwrap_or(self.cpu_before);
    }

    /// Looks at the child, if the last look was a while ago. CPU time decides; the clock on the wall is
    /// generous, so that a busy machine changes no verdict.
    pub(crate) fn look(&mut self) -> Option<Verdict> {
        let passed = self.passing.tick()?;
        self.lived += passed;
        if std::mem::take(&mut self.moved) {
            self.start_anew();
            return (self.lived > MAX_LIFE).then_some(Verdict::TimedOut);
        }
        self.waited += passed;
        let used = cpu_time(self.child).unwrap_or_default();
        let state = state(self.child);
        self.stopped = match state {
            Some(State::Stopped) => self.stopped + passed,
            _ => Duration::ZERO,
        };
        if matches!(state, Some(State::Stopped | State::HeldUp)) {
            self.held_up += passed;
        }
        let asleep = self.confined && self.slept(passed, state) > MAX_SLEEP;
        let wall_limit = self.call_limit * 8 + Duration::from_secs(10);
        if self.stopped > MAX_STOP {
            Some(Verdict::Stopped)
        } else if used.saturating_sub(self.cpu_before) > self.call_limit
            || self.waited > wall_limit
            || self.lived > MAX_LIFE
        {
            Some(Verdict::TimedOut)
        } else {
            asleep.then_some(Verdict::Asleep)
        }
    }

    /// Time slept since the last report: time in which it neither ran nor waited for a processor, a disk, or
    /// a continue signal. Short sleeps add up.
    fn slept(&mut self, passed: Duration, state: Option<State>) -> Duration {
        let Some(used) = Used::by(self.child) else {
            return Duration::ZERO;
        };
        let before = std::mem::replace(&mut self.at_look, used);
        let unsure = match state {
            Some(State::Asleep) => Duration::ZERO,
            // The kernel adds up a wait for a processor when it is over.
            Some(State::Runs) if used.cpu > before.cpu => passed,
            _ => return Duration::ZERO,
        };
        let busy = used.cpu.saturating_sub(self.at_report.cpu)
            + used.queued.saturating_sub(self.at_report.queued);
        self.waited.saturating_sub(busy + self.held_up + unsure)
    }

    /// True if the child, which has ended and was not reaped, had used up the kernel's limit.
    pub(crate) fn is_spent(&self) -> bool {
        cpu_time(self.child).is_some_and(|used| used + TOLERANCE >= self.child_limit)
    }

    /// Ends the child.
    pub(crate) fn kill(&self) {
        // SAFETY: no pointers. The process is a child of the zygote that was not reaped yet, so the
        // number cannot belong to another one.
        unsafe { libc::kill(self.child, libc::SIGKILL) };
    }
}

/// The state of a process, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// It waits for an event.
    Asleep,
    /// Somebody has stopped it.
    Stopped,
    /// It waits for a disk.
    HeldUp,
    /// It runs, or would if it had a processor.
    Runs,
    /// It has ended.
    Other,
}

fn state(process: libc::pid_t) -> Option<State> {
    let stat = std::fs::read(format!("/proc/{process}/stat")).ok()?;
    let name_end = stat.iter().rposition(|&byte| byte == b')')?;
    Some(match stat.get(name_end + 2)? {
        b'S' => State::Asleep,
        b'T' | b't' => State::Stopped,
        b'D' => State::HeldUp,
        b'R' => State::Runs,
        _ => State::Other,
    })
}

/// Resource use of a process with one thread.
#[derive(Debug, Clone, Copy, Default)]
struct Used {
    cpu: Duration,
    /// The time in which it could have run and had no processor.
    queued: Duration,
}

impl Used {
    /// `None` where the kernel does not tell.
    fn by(process: libc::pid_t) -> Option<Self> {
        let told = std::fs::read_to_string(format!("/proc/{process}/schedstat")).ok()?;
        let mut numbers = told.split_whitespace().map_while(|one| one.parse().ok());
        Some(Self {
            cpu: Duration::from_nanos(numbers.next()?),
            queued: Duration::from_nanos(numbers.next()?),
        })
    }
}

/// Notices that somebody has stopped an interpreter or one of its children.
#[derive(Debug)]
pub(crate) struct StopWatch {
    process: libc::pid_t,
    passing: Passing,
    stopped: Duration,
}

impl StopWatch {
    pub(crate) fn new(process: libc::pid_t) -> Self {
        Self {
            process,
            passing: Passing::start(),
            stopped: Duration::ZERO,
        }
    }

    /// Looks, if the last look was a while ago.
    pub(crate) fn is_stopped(&mut self) -> bool {
        let Some(passed) = self.passing.tick() else {
            return false;
        };
        let is_stopped = |process| state(process) == Some(State::Stopped);
        self.stopped = if is_stopped(self.process) || children(self.process).any(is_stopped) {
            self.stopped + passed
        } else {
            Duration::ZERO
        };
        self.stopped > MAX_STOP
    }
}

/// The children of a process with one thread, where the kernel tells.
pub(crate) fn children(process: libc::pid_t) -> impl Iterator<Item = libc::pid_t> {
    let listed = std::fs::read_to_string(format!("/proc/{process}/task/{process}/children"));
    let listed = listed.unwrap_or_default();
    let children: Vec<_> = listed
        .split_whitespace()
        .filter_map(|id| id.parse().ok())
        .collect();
    children.into_iter()
}

/// The CPU time of a process so far.
fn cpu_time(process: libc::pid_t) -> Option<Duration> {
    let mut clock = 0;
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: the pointers are to local variables.
    let failed = unsafe {
        libc::clock_getcpuclockid(process, &raw mut clock) != 0
            || libc::clock_gettime(clock, &raw mut time) != 0
    };
    let seconds = u64::try_from(time.tv_sec).ok()?;
    let nanoseconds = u32::try_from(time.tv_nsec).ok()?;
    (!failed).then(|| Duration::new(seconds, nanoseconds))
}

/// The name of a signal that the processor's or the C library's own checks send.
pub(crate) fn crash_name(signal: i32) -> Option<&'static str> {
    Some(match signal {
        libc::SIGSEGV => "SIGSEGV",
        libc::SIGABRT => "SIGABRT",
        libc::SIGBUS => "SIGBUS",
        libc::SIGILL => "SIGILL",
        libc::SIGFPE => "SIGFPE",
        libc::SIGTRAP => "SIGTRAP",
        _ => return None,
    })
}

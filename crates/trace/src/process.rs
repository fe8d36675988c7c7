//! Processes by handles that go on meaning the same one, and the gate of those that fork by permission.

#![expect(
    clippy::disallowed_methods,
    reason = "these are files of /proc, whose errors mean that the process is gone"
)]
#![expect(unsafe_code, reason = "system calls")]

use std::io;
use std::os::fd::{AsRawFd as _, FromRawFd as _, OwnedFd, RawFd};
use std::time::Duration;

use crate::pipes::{Wanted, poll};
use crate::stop::{Patience, Stop, TICK};
use crate::watch::children;

/// A process, which another one with its number is never taken for.
pub(crate) struct Process {
    pub(crate) id: libc::pid_t,
    handle: OwnedFd,
}

impl Process {
    /// The process that has a number now.
    pub(crate) fn open(id: libc::pid_t) -> io::Result<Self> {
        // SAFETY: no pointers.
        let handle = descriptor(unsafe { libc::syscall(libc::SYS_pidfd_open, id, 0) })?;
        Ok(Self { id, handle })
    }

    /// The process that has a number now, if it is a child of another one.
    pub(crate) fn child_of(parent: &Self, id: libc::pid_t) -> io::Result<Self> {
        let child = Self::open(id)?;
        // Where it is there before this answer and after it, if only as one that has ended and was not reaped,
        // no other process had the number.
        if parent_of(id) == Some(parent.id) && child.signal(0) {
            return Ok(child);
        }
        Err(io::Error::other(
            "a process names one as its child that is not",
        ))
    }

    /// A descriptor of the process, if the system permits that.
    pub(crate) fn take(&self, fd: RawFd) -> io::Result<OwnedFd> {
        // SAFETY: no pointers.
        descriptor(unsafe { libc::syscall(libc::SYS_pidfd_getfd, self.handle.as_raw_fd(), fd, 0) })
    }

    /// Ends the process.
    pub(crate) fn kill(&self) {
        self.signal(libc::SIGKILL);
    }

    /// Sends a signal; `false` where the process was reaped.
    fn signal(&self, signal: libc::c_int) -> bool {
        let handle = self.handle.as_raw_fd();
        let info = std::ptr::null::<libc::siginfo_t>();
        // SAFETY: the pointer is null, which stands for no details.
        unsafe { libc::syscall(libc::SYS_pidfd_send_signal, handle, signal, info, 0) == 0 }
    }

    /// Ends the children of the process, which is not able to make more.
    pub(crate) fn kill_children(&self) {
        for id in children(self.id) {
            if let Ok(child) = Self::child_of(self, id) {
                child.kill();
            }
        }
    }

    /// True if the process has ended, or does so within a time.
    pub(crate) fn has_ended(&self, time: Duration) -> io::Result<bool> {
        let [ended] = poll([(self.handle.as_raw_fd(), Wanted::Reading)], time)?;
        Ok(ended)
    }

    /// True if the process has ended, or does so before somebody loses patience.
    pub(crate) fn ends(&self, patience: Duration, stop: &Stop) -> io::Result<bool> {
        let mut patience = Patience::of(patience);
        while !self.has_ended(TICK)? {
            if patience.is_over() || stop.requested() {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

fn descriptor(result: libc::c_long) -> io::Result<OwnedFd> {
    match RawFd::try_from(result) {
        // SAFETY: the system has just made it for this process.
        Ok(fd @ 0..) => Ok(unsafe { OwnedFd::from_raw_fd(fd) }),
        _ => Err(io::Error::last_os_error()),
    }
}

/// The parent of a process.
fn parent_of(id: libc::pid_t) -> Option<libc::pid_t> {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let (_, rest) = stat.rsplit_once(')')?;
    rest.split_whitespace().nth(1)?.parse().ok()
}

/// The supervisor's end of a filter that has it decide on forks.
pub(crate) struct Gate {
    listener: OwnedFd,
}

impl Gate {
    pub(crate) fn new(listener: OwnedFd) -> Self {
        Self { listener }
    }

    /// Waits until a process asks for permission or has ended. `wait` says when nobody waits any longer.
    pub(crate) fn is_asked(&self, mut wait: impl FnMut() -> io::Result<()>) -> io::Result<()> {
        while !poll([(self.listener.as_raw_fd(), Wanted::Reading)], TICK)?[0] {
            wait()?;
        }
        Ok(())
    }

    /// Permits a process, which asks for it, one fork.
    pub(crate) fn permit(&self, process: &Process) -> io::Result<()> {
        // SAFETY: all bits zero are a value of the structure, as the system wants it to be.
        let mut asked: libc::seccomp_notif = unsafe { std::mem::zeroed() };
        self.ask(libc::SECCOMP_IOCTL_NOTIF_RECV, &raw mut asked)?;
        let who = libc::pid_t::try_from(asked.pid).ok();
        if who != Some(process.id) || i64::from(asked.data.nr) != libc::SYS_clone {
            return Err(io::Error::other("another process asks for a fork"));
        }
        let mut answer = libc::seccomp_notif_resp {
            id: asked.id,
            val: 0,
            error: 0,
            flags: libc::SECCOMP_USER_NOTIF_FLAG_CONTINUE as u32,
        };
        self.ask(libc::SECCOMP_IOCTL_NOTIF_SEND, &raw mut answer)
    }

    fn ask<T>(&self, what: libc::Ioctl, about: *mut T) -> io::Result<()> {
        // SAFETY: the pointer is to a structure of the size that the request names.
        match unsafe { libc::ioctl(self.listener.as_raw_fd(), what, about) } {
            0.. => Ok(()),
            _ => Err(io::Error::last_os_error()),
        }
    }
}

/// Number of bytes that wait in a pipe.
pub(crate) fn waiting_in(pipe: RawFd) -> io::Result<usize> {
    let mut count: libc::c_int = 0;
    // SAFETY: the pointer is to a local variable of the kind that the request wants.
    match unsafe { libc::ioctl(pipe, libc::FIONREAD, &raw mut count) } {
        0.. => Ok(usize::try_from(count).unwrap_or(0)),
        _ => Err(io::Error::last_os_error()),
    }
}

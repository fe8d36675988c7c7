//! Waiting for pipes.

#![expect(unsafe_code, reason = "poll, non-blocking pipes")]

use std::io;
use std::os::fd::RawFd;
use std::time::Duration;

/// Condition to wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Something to read.
    Reading,
    /// Room to write to.
    Writing,
}

/// Has reading and writing come back at once where they would have to wait.
pub(crate) fn set_nonblocking(fd: RawFd) -> io::Result<()> {
    // SAFETY: no pointers.
    unsafe {
        let flags = libc::fcntl(fd, libc::F_GETFL);
        if flags < 0 || libc::fcntl(fd, libc::F_SETFL, flags | libc::O_NONBLOCK) < 0 {
            return Err(io::Error::last_os_error());
        }
    }
    Ok(())
}

/// Waits until what is wanted is there, a pipe was closed, or the time is over.
pub(crate) fn poll<const N: usize>(
    pipes: [(RawFd, Wanted); N],
    timeout: Duration,
) -> io::Result<[bool; N]> {
    let mut polled = pipes.map(|(fd, wanted)| libc::pollfd {
        fd,
        events: match wanted {
            Wanted::Reading => libc::POLLIN,
            Wanted::Writing => libc::POLLOUT,
        },
        revents: 0,
    });
    let count = N as libc::nfds_t;
    let milliseconds = i32::try_from(timeout.as_millis()).unwrap_or(i32::MAX);
    // SAFETY: the pointer is to an array of `count` structures.
    let result = unsafe { libc::poll(polled.as_mut_ptr(), count, milliseconds) };
    if result < 0 {
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
    Ok(polled.map(|one| one.revents != 0))
}

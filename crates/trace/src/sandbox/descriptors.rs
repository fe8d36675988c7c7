//! Descriptors that this process was started with, or opens elsewhere, are not for programs.
//!
//! All of this runs between fork and exec: system calls only, nothing is allocated.

#![expect(unsafe_code, reason = "system calls between fork and exec")]

use std::io;

use super::mounts::check;

/// The first descriptor that is none of the standard ones.
const FIRST: libc::c_int = 3;
/// Highest descriptor to try if no list is available, unless the limit is lower.
const MOST: libc::rlim_t = 1 << 20;

/// Has everything but the standard descriptors closed when another program is executed.
pub(super) fn close_on_execution() -> io::Result<()> {
    let (first, last) = (FIRST.unsigned_abs(), libc::c_uint::MAX);
    // SAFETY: no pointers.
    let done = unsafe {
        libc::syscall(
            libc::SYS_close_range,
            first,
            last,
            libc::CLOSE_RANGE_CLOEXEC,
        )
    };
    if done == 0 {
        return Ok(());
    }
    // Before Linux 5.11, or where a container forbids what it does not know.
    mark_listed().or_else(|_| mark_all())
}

/// The same, for each descriptor that the kernel lists.
fn mark_listed() -> io::Result<()> {
    let flags = libc::O_RDONLY | libc::O_DIRECTORY | libc::O_CLOEXEC;
    // SAFETY: the string ends with a zero byte.
    let folder = check(unsafe { libc::open(c"/proc/self/fd".as_ptr(), flags) })?;
    let marked = mark_entries(folder);
    // SAFETY: it was opened here and is used nowhere else.
    check(unsafe { libc::close(folder) })?;
    marked
}

fn mark_entries(folder: libc::c_int) -> io::Result<()> {
    let mut entries = [0_u8; 4096];
    loop {
        // SAFETY: the length is that of the array.
        let read = unsafe {
            libc::syscall(
                libc::SYS_getdents64,
                folder,
                entries.as_mut_ptr(),
                entries.len(),
            )
        };
        let read = usize::try_from(read).map_err(|_| io::Error::last_os_error())?;
        let Some(mut rest) = entries.get(..read).filter(|read| !read.is_empty()) else {
            return Ok(());
        };
        // An entry has its length at byte 16 and its name, which ends with a zero byte, at 19.
        while let Some(&[low, high]) = rest.get(16..18) {
            let length = usize::from(u16::from_ne_bytes([low, high]));
            if let Some(fd) = number(rest.get(19..length).unwrap_or_default()) {
                mark(fd)?;
            }
            rest = rest.get(length.max(19)..).unwrap_or_default();
        }
    }
}

/// The number that a name is, up to the zero byte.
fn number(name: &[u8]) -> Option<libc::c_int> {
    let digits = name.iter().take_while(|&&byte| byte != 0);
    let mut number: Option<libc::c_int> = None;
    for digit in digits {
        let digit = libc::c_int::from(digit.checked_sub(b'0').filter(|digit| *digit < 10)?);
        number = Some(number.unwrap_or(0).checked_mul(10)?.checked_add(digit)?);
    }
    number
}

/// The same, for every number that a descriptor may have.
fn mark_all() -> io::Result<()> {
    let mut limit = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: the pointer is to a local structure.
    check(unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) })?;
    let end = libc::c_int::try_from(limit.rlim_max.min(MOST)).unwrap_or(libc::c_int::MAX);
    (FIRST..end).try_for_each(mark)
}

fn mark(fd: libc::c_int) -> io::Result<()> {
    if fd < FIRST {
        return Ok(());
    }
    // SAFETY: no pointers.
    let marked = unsafe { libc::fcntl(fd, libc::F_SETFD, libc::FD_CLOEXEC) };
    let error = io::Error::last_os_error();
    match error.raw_os_error() {
        _ if marked == 0 => Ok(()),
        Some(libc::EBADF) => Ok(()),
        _ => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A descriptor that stays open when another program is executed.
    fn open_for_all() -> libc::c_int {
        // SAFETY: no pointers.
        check(unsafe { libc::fcntl(2, libc::F_DUPFD, 300) }).expect("descriptors are left")
    }

    fn is_marked(fd: libc::c_int) -> bool {
        // SAFETY: no pointers.
        let flags = check(unsafe { libc::fcntl(fd, libc::F_GETFD) }).expect("it is open");
        flags & libc::FD_CLOEXEC != 0
    }

    #[test]
    fn every_way_finds_descriptors_of_any_number() {
        for way in [close_on_execution, mark_listed, mark_all] {
            let fd = open_for_all();
            assert!(fd >= 300 && !is_marked(fd));
            way().expect("it works here");
            assert!(is_marked(fd));
            assert!(!is_marked(2), "the standard ones stay");
            // SAFETY: it was opened here.
            check(unsafe { libc::close(fd) }).expect("it was open");
        }
    }

    #[test]
    fn names_that_are_no_numbers_are_none() {
        assert_eq!(number(b"1000\0\0\0"), Some(1000));
        assert_eq!(number(b".\0"), None);
        assert_eq!(number(b"\0"), None);
        assert_eq!(number(b"99999999999999999999"), None);
    }
}

//! A file system of its own for an interpreter: an empty root into which the interpreter's files
//! are bound, read-only.
//!
//! Planning allocates and happens in the supervisor; [`Mounts::apply`] runs between fork and exec
//! and makes system calls only.

#![expect(unsafe_code, reason = "system calls between fork and exec")]

use std::collections::BTreeSet;
use std::ffi::{CStr, CString};
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

/// Places over which the new root can be built; one below which the interpreter has no files.
const STAGES: [&str; 6] = ["/tmp", "/mnt", "/srv", "/media", "/opt", "/home"];

/// The steps that build a root.
pub(super) struct Mounts {
    stage: CString,
    /// Folders to make, parents first.
    folders: Vec<CString>,
    /// Empty files to make, for files to be bound over.
    files: Vec<CString>,
    /// Bind mounts, as source and target.
    binds: Vec<(CString, CString)>,
}

impl Mounts {
    /// Plans a root in which `paths` are readable at their usual places.
    pub(super) fn plan(paths: &[PathBuf]) -> io::Result<Self> {
        let stage = STAGES
            .iter()
            .map(Path::new)
            .find(|stage| stage.is_dir() && !paths.iter().any(|path| path.starts_with(stage)))
            .ok_or_else(|| io::Error::other("no folder over which a root could be mounted"))?;
        let mut folders = BTreeSet::new();
        let mut files = Vec::new();
        let mut binds = Vec::new();
        for path in paths {
            let relative = path.strip_prefix("/").map_err(io::Error::other)?;
            let target = stage.join(relative);
            let inside = target
                .ancestors()
                .skip(1)
                .take_while(|outer| *outer != stage);
            folders.extend(inside.map(Path::to_owned));
            if path.is_dir() {
                folders.insert(target.clone());
            } else {
                files.push(c_path(&target)?);
            }
            binds.push((c_path(path)?, c_path(&target)?));
        }
        Ok(Self {
            stage: c_path(stage)?,
            // Sorted paths have parents first.
            folders: folders
                .iter()
                .map(|path| c_path(path))
                .collect::<io::Result<_>>()?,
            files,
            binds,
        })
    }

    /// Builds the root and enters it. The calling process must be alone in its mount namespace.
    pub(super) fn apply(&self) -> io::Result<()> {
        mount(None, c"/", None, libc::MS_REC | libc::MS_PRIVATE, None)?;
        let tmpfs = Some(c"tmpfs");
        let options = libc::MS_NOSUID | libc::MS_NODEV | libc::MS_NOEXEC;
        mount(
            tmpfs,
            &self.stage,
            tmpfs,
            options,
            Some(c"mode=0755,size=1m,nr_inodes=4096"),
        )?;
        for folder in &self.folders {
            // SAFETY: the pointer is to a string with a final zero byte.
            check(unsafe { libc::mkdir(folder.as_ptr(), 0o755) })?;
        }
        for file in &self.files {
            let flags = libc::O_WRONLY | libc::O_CREAT | libc::O_CLOEXEC;
            // SAFETY: as above; the descriptor is closed at once.
            let fd = check(unsafe { libc::open(file.as_ptr(), flags, 0o644) })?;
            // SAFETY: `fd` was opened here and is used nowhere else.
            check(unsafe { libc::close(fd) })?;
        }
        for (source, target) in &self.binds {
            mount(
                Some(source),
                target,
                None,
                libc::MS_BIND | libc::MS_REC,
                None,
            )?;
            freeze(target, libc::AT_RECURSIVE)?;
        }
        self.enter()
    }

    fn enter(&self) -> io::Result<()> {
        // SAFETY: all pointers are to strings with a final zero byte.
        unsafe {
            check(libc::chdir(self.stage.as_ptr()))?;
            // With the same folder for both, the old root lies over the new one and is taken off.
            let dot = c".".as_ptr();
            check_long(libc::syscall(libc::SYS_pivot_root, dot, dot))?;
            check(libc::umount2(dot, libc::MNT_DETACH))?;
            check(libc::chdir(c"/".as_ptr()))?;
        }
        freeze(c"/", 0)
    }
}

fn c_path(path: &Path) -> io::Result<CString> {
    CString::new(path.as_os_str().as_bytes()).map_err(io::Error::other)
}

fn mount(
    source: Option<&CStr>,
    target: &CStr,
    kind: Option<&CStr>,
    flags: libc::c_ulong,
    options: Option<&CStr>,
) -> io::Result<()> {
    let pointer = |text: Option<&CStr>| text.map_or(std::ptr::null(), CStr::as_ptr);
    // SAFETY: all pointers are null, where the kernel allows it, or to strings with a final zero.
    check(unsafe {
        libc::mount(
            pointer(source),
            target.as_ptr(),
            pointer(kind),
            flags,
            pointer(options).cast(),
        )
    })
    .map(drop)
}

/// Makes a mount read-only and adds what else can be taken away. Unlike a remount this keeps flags
/// that an unprivileged user namespace must not drop.
fn freeze(target: &CStr, flags: libc::c_int) -> io::Result<()> {
    let attributes = libc::mount_attr {
        attr_set: libc::MOUNT_ATTR_RDONLY | libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NODEV,
        attr_clr: 0,
        propagation: 0,
        userns_fd: 0,
    };
    // SAFETY: the pointers are valid for the call and the size is that of the structure.
    check_long(unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            libc::AT_FDCWD,
            target.as_ptr(),
            flags,
            &raw const attributes,
            size_of::<libc::mount_attr>(),
        )
    })
}

/// The result of a system call.
pub(super) fn check(result: libc::c_int) -> io::Result<libc::c_int> {
    if result < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(result)
    }
}

/// The result of a system call made by number.
pub(super) fn check_long(result: libc::c_long) -> io::Result<()> {
    if result < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stage_holds_none_of_the_interpreter() {
        let mounts = Mounts::plan(&[PathBuf::from("/tmp/python"), PathBuf::from("/usr/lib")]);
        let mounts = mounts.expect("another folder is free");
        assert_ne!(mounts.stage.as_c_str(), c"/tmp");
        let stage = mounts.stage.to_str().unwrap();
        let folders: Vec<_> = mounts.folders.iter().map(|f| f.to_str().unwrap()).collect();
        assert_eq!(
            folders,
            [
                format!("{stage}/tmp"),
                format!("{stage}/usr"),
                format!("{stage}/usr/lib")
            ]
        );
    }
}

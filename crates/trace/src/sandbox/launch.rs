//! Starts an interpreter inside the sandbox.

#![expect(unsafe_code, reason = "system calls between fork and exec")]

use std::ffi::CString;
use std::fs::{File, OpenOptions};
use std::io::{self, PipeReader, PipeWriter, Read as _};
use std::os::fd::{AsRawFd as _, OwnedFd, RawFd};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::filter::Filters;
use super::mounts::{Mounts, check, check_long};
use super::{Level, descriptors, rules};
use crate::interpreter::Interpreter;

/// The user and group that belong to nobody.
const NOBODY: libc::uid_t = 65534;

/// Variables by which numerical libraries do without threads. They start some when they are loaded, or end the
/// process where they cannot.
const ONE_THREAD: [(&str, &str); 4] = [
    ("OPENBLAS_NUM_THREADS", "1"),
    ("OMP_NUM_THREADS", "1"),
    ("MKL_NUM_THREADS", "1"),
    ("BLIS_NUM_THREADS", "1"),
];

/// A process to start, with its confinement.
pub(crate) struct Launch<'a> {
    pub(crate) interpreter: &'a Interpreter,
    pub(crate) level: Level,
    pub(crate) filters: &'a Filters,
    pub(crate) hash_seed: u32,
    pub(crate) memory_bytes: u64,
    /// True to give its memory the same addresses each time, as far as the system permits.
    pub(crate) fixed_addresses: bool,
    /// A shared library that it may read besides its own files.
    pub(crate) native: Option<&'a Path>,
    /// A folder with the files of a source that it may read.
    pub(crate) tree: Option<&'a Path>,
    /// True for Python's UTF-8 mode, false for a locale with that encoding. Only what depends on the user's
    /// environment tells them apart.
    pub(crate) utf8_mode: bool,
    /// A folder with the files of distributions that it may read.
    pub(crate) site: Option<&'a Path>,
    /// True if native code of distributions may be there.
    pub(crate) foreign_code: bool,
    /// Python code to execute; it receives the numbers of the results pipe and of `/dev/null`.
    pub(crate) boot: &'a str,
}

/// A started interpreter.
pub(crate) struct Launched {
    /// The process; its standard input and output are pipes for control, its error output is one
    /// for what it complains about.
    pub(crate) process: Child,
    /// Output of the children.
    pub(crate) results: PipeReader,
}

impl Launch<'_> {
    /// Starts the interpreter; fails where the sandbox cannot be built.
    pub(crate) fn start(&self) -> io::Result<Launched> {
        let (results, results_writer) = io::pipe()?;
        let (mut stage_reader, stage_writer) = io::pipe()?;
        let null = OpenOptions::new()
            .read(true)
            .write(true)
            .open("/dev/null")?;
        let plan = Plan::new(self, &results_writer, &null, stage_writer)?;
        let mut command = Command::new(&self.interpreter.executable);
        command
            .args(["-S", "-s", "-B", "-c", self.boot])
            .arg(results_writer.as_raw_fd().to_string())
            .arg(null.as_raw_fd().to_string())
            .env_clear()
            .envs([
                ("LC_ALL", "C.UTF-8"),
                // Else each child looks up the symbols that it is the first to use.
                ("LD_BIND_NOW", "1"),
                ("MALLOC_ARENA_MAX", "1"),
                ("PYTHONNOUSERSITE", "1"),
                ("PYTHONUTF8", if self.utf8_mode { "1" } else { "0" }),
                ("TZ", "UTC"),
            ])
            .env("PYTHONHASHSEED", self.hash_seed.to_string())
            .envs(ONE_THREAD.iter().filter(|_| self.foreign_code).copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        // SAFETY: `confine` makes system calls only, on data that was prepared here.
        unsafe { command.pre_exec(move || plan.confine()) };
        let started = command.spawn();
        drop(command);
        let mut stage = [0];
        match started {
            Ok(process) => Ok(Launched { process, results }),
            Err(error) => {
                let stage = match stage_reader.read(&mut stage) {
                    Ok(1) => STAGES.get(usize::from(stage[0])).copied(),
                    _ => None,
                };
                let stage = stage.unwrap_or("executing the interpreter");
                Err(io::Error::new(error.kind(), format!("{stage}: {error}")))
            }
        }
    }
}

/// The stages of [`Plan::confine`], for messages.
const STAGES: [&str; 7] = [
    "starting a session",
    "entering namespaces",
    "building a file system",
    "giving up privileges",
    "landlock",
    "setting limits",
    "seccomp",
];

/// Everything that is applied between fork and exec.
struct Plan {
    stage: PipeWriter,
    keep: [RawFd; 2],
    fixed_addresses: bool,
    supervisor: libc::pid_t,
    limits: Vec<(u32, libc::rlimit)>,
    namespaces: Option<Namespaces>,
    drop_root: bool,
    /// Paths that Landlock permits to read.
    ruleset: Option<OwnedFd>,
    /// The first filter.
    filter: Option<Vec<libc::sock_filter>>,
}

struct Namespaces {
    flags: libc::c_int,
    /// Files to write for a user namespace, with their content.
    maps: Vec<(CString, CString)>,
    mounts: Mounts,
}

impl Plan {
    fn new(
        launch: &Launch<'_>,
        results: &PipeWriter,
        null: &File,
        stage: PipeWriter,
    ) -> io::Result<Self> {
        let root = effective_user() == 0;
        let paths = &launch.interpreter.paths_with(
            [launch.native, launch.tree, launch.site]
                .into_iter()
                .flatten(),
        );
        let namespaces = match launch.level {
            Level::Namespaces => Some(Namespaces::plan(root, Mounts::plan(paths)?)?),
            Level::Landlock | Level::Seccomp | Level::None => None,
        };
        let ruleset = match launch.level {
            Level::Namespaces | Level::Landlock => Some(rules::ruleset(paths)?),
            Level::Seccomp | Level::None => None,
        };
        let confined = launch.level != Level::None;
        Ok(Self {
            stage,
            keep: [results.as_raw_fd(), null.as_raw_fd()],
            fixed_addresses: launch.fixed_addresses,
            supervisor: i32::try_from(std::process::id()).map_err(io::Error::other)?,
            limits: limits(launch.memory_bytes)?,
            namespaces,
            drop_root: root && confined,
            ruleset,
            filter: confined.then(|| launch.filters.launch.clone()),
        })
    }

    /// Confines the calling process. Runs after `fork` in a process with many threads' memory, so
    /// nothing here may allocate or lock.
    fn confine(&self) -> io::Result<()> {
        for (stage, step) in (0_u8..).zip([
            Self::detach,
            Self::unshare,
            Self::mount,
            Self::drop_privileges,
            Self::restrict_files,
            // Late, since the copy of the supervisor may be larger than the limit.
            Self::limit,
            Self::restrict_calls,
        ]) {
            if let Err(error) = step(self) {
                // SAFETY: one byte from a local variable; a failure leaves the message poorer.
                unsafe { libc::write(self.stage.as_raw_fd(), (&raw const stage).cast(), 1) };
                return Err(error);
            }
        }
        Ok(())
    }

    fn detach(&self) -> io::Result<()> {
        // SAFETY: plain system calls without pointers.
        unsafe {
            // Out of the terminal's process group: the supervisor handles Ctrl-C.
            check(libc::setsid())?;
            self.place()?;
            libc::umask(0o022);
            descriptors::close_on_execution()?;
            for fd in self.keep {
                check(libc::fcntl(fd, libc::F_SETFD, 0))?;
            }
        }
        Ok(())
    }

    /// Has the system randomise addresses or not, whatever the caller was started with.
    fn place(&self) -> io::Result<()> {
        // SAFETY: plain system calls without pointers.
        unsafe {
            let persona = check(libc::personality(0xffff_ffff))? & !libc::ADDR_NO_RANDOMIZE;
            let set = |persona: libc::c_int| {
                check(libc::personality(libc::c_ulong::from(
                    persona.unsigned_abs(),
                )))
            };
            // A container may forbid this one, and then addresses are random.
            if self.fixed_addresses && set(persona | libc::ADDR_NO_RANDOMIZE).is_ok() {
                return Ok(());
            }
            set(persona).map(drop)
        }
    }

    fn limit(&self) -> io::Result<()> {
        for (resource, limit) in &self.limits {
            // SAFETY: the pointer is to a structure that outlives the call.
            check(unsafe { libc::setrlimit(*resource, limit) })?;
        }
        Ok(())
    }

    fn unshare(&self) -> io::Result<()> {
        let Some(namespaces) = &self.namespaces else {
            return Ok(());
        };
        // SAFETY: no pointers.
        check(unsafe { libc::unshare(namespaces.flags) })?;
        for (path, content) in &namespaces.maps {
            let bytes = content.as_bytes();
            // SAFETY: the strings end with a zero byte; the length is that of the content.
            unsafe {
                let fd = check(libc::open(path.as_ptr(), libc::O_WRONLY | libc::O_CLOEXEC))?;
                let written = libc::write(fd, bytes.as_ptr().cast(), bytes.len());
                let error = io::Error::last_os_error();
                check(libc::close(fd))?;
                if written < 0 {
                    return Err(error);
                }
            }
        }
        // The namespace has a copy of the host's name.
        let name = c"localhost";
        // SAFETY: the length is that of the string.
        check(unsafe { libc::sethostname(name.as_ptr(), name.count_bytes()) })?;
        Ok(())
    }

    fn mount(&self) -> io::Result<()> {
        match &self.namespaces {
            Some(namespaces) => namespaces.mounts.apply(),
            // SAFETY: the string ends with a zero byte.
            None => check(unsafe { libc::chdir(c"/".as_ptr()) }).map(drop),
        }
    }

    fn drop_privileges(&self) -> io::Result<()> {
        // SAFETY: the pointers are to local structures of the kernel's layout, or null with a
        // length of zero.
        unsafe {
            if self.drop_root {
                check(libc::setgroups(0, std::ptr::null()))?;
                check(libc::setresgid(NOBODY, NOBODY, NOBODY))?;
                check(libc::setresuid(NOBODY, NOBODY, NOBODY))?;
            }
            // In a user namespace all capabilities are still there, although the user is not root.
            let header = CapabilityHeader {
                version: 0x2008_0522,
                pid: 0,
            };
            let none = [CapabilitySet::default(); 2];
            check_long(libc::syscall(
                libc::SYS_capset,
                &raw const header,
                none.as_ptr(),
            ))?;
            check(libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))?;
            // A change of user clears this, so it comes after.
            check(libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL))?;
            if self.filter.is_some() && (libc::getuid() == 0 || libc::geteuid() == 0) {
                return Err(io::Error::from_raw_os_error(libc::EPERM));
            }
        }
        Ok(())
    }

    fn restrict_files(&self) -> io::Result<()> {
        if let Some(ruleset) = &self.ruleset {
            // SAFETY: no pointers.
            check_long(unsafe {
                libc::syscall(libc::SYS_landlock_restrict_self, ruleset.as_raw_fd(), 0)
            })?;
        }
        // The supervisor may have ended before the death signal was asked for; in a new user
        // namespace its number is still visible, since the process namespace is the same.
        // SAFETY: no pointers.
        if unsafe { libc::getppid() } != self.supervisor {
            return Err(io::Error::from_raw_os_error(libc::ESRCH));
        }
        Ok(())
    }

    fn restrict_calls(&self) -> io::Result<()> {
        let Some(filter) = &self.filter else {
            return Ok(());
        };
        let program = libc::sock_fprog {
            len: u16::try_from(filter.len())
                .map_err(|_| io::Error::from_raw_os_error(libc::E2BIG))?,
            filter: filter.as_ptr().cast_mut(),
        };
        // SAFETY: the kernel copies the program during the call.
        check(unsafe {
            libc::prctl(
                libc::PR_SET_SECCOMP,
                libc::SECCOMP_MODE_FILTER,
                &raw const program,
            )
        })
        .map(drop)
    }
}

impl Namespaces {
    fn plan(root: bool, mounts: Mounts) -> io::Result<Self> {
        let mut flags =
            libc::CLONE_NEWNS | libc::CLONE_NEWNET | libc::CLONE_NEWIPC | libc::CLONE_NEWUTS;
        let mut maps = Vec::new();
        if !root {
            flags |= libc::CLONE_NEWUSER;
            let (user, group) = (effective_user(), effective_group());
            for (file, content) in [
                ("/proc/self/setgroups", "deny".to_owned()),
                ("/proc/self/uid_map", format!("{NOBODY} {user} 1")),
                ("/proc/self/gid_map", format!("{NOBODY} {group} 1")),
            ] {
                let file = CString::new(file).map_err(io::Error::other)?;
                maps.push((file, CString::new(content).map_err(io::Error::other)?));
            }
        }
        Ok(Self {
            flags,
            maps,
            mounts,
        })
    }
}

#[repr(C)]
struct CapabilityHeader {
    version: u32,
    pid: libc::c_int,
}

#[repr(C)]
#[derive(Clone, Copy, Default)]
struct CapabilitySet {
    effective: u32,
    permitted: u32,
    inheritable: u32,
}

fn effective_user() -> libc::uid_t {
    // SAFETY: always succeeds and takes no pointers.
    unsafe { libc::geteuid() }
}

fn effective_group() -> libc::gid_t {
    // SAFETY: as above.
    unsafe { libc::getegid() }
}

/// The resource limits: what is wanted, or the hard limit of the caller where that is lower.
fn limits(memory_bytes: u64) -> io::Result<Vec<(u32, libc::rlimit)>> {
    [
        (libc::RLIMIT_AS, memory_bytes),
        (libc::RLIMIT_CORE, 0),
        (libc::RLIMIT_FSIZE, 0),
        (libc::RLIMIT_MEMLOCK, 0),
        (libc::RLIMIT_MSGQUEUE, 0),
        (libc::RLIMIT_STACK, 8 << 20),
    ]
    .into_iter()
    .map(|(resource, wanted)| {
        let mut now = libc::rlimit {
            rlim_cur: 0,
            rlim_max: 0,
        };
        // SAFETY: the pointer is to a local structure.
        check(unsafe { libc::getrlimit(resource, &raw mut now) })?;
        let value = wanted.min(now.rlim_max);
        let limit = libc::rlimit {
            rlim_cur: value,
            rlim_max: value,
        };
        Ok((resource, limit))
    })
    .collect()
}

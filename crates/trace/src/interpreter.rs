//! Finds out about the Python interpreter: version, real path, and which files it needs.
//!
//! The interpreter itself is trusted; only this crate's own text runs here, no program.

use std::collections::BTreeSet;
use std::io::{self, Read as _};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde::Deserialize;

use crate::error::StartError;
use crate::stop::{Stop, undisturbed};
use crate::watch::StopWatch;

const PROBE: &str = include_str!("worker/probe.py");

/// Time limit for an interpreter to describe itself; a tenth of a second is usual.
const PATIENCE: Duration = Duration::from_secs(20);
/// Interval between checks meanwhile.
const TICK: Duration = Duration::from_millis(5);
/// Bytes of what it says that are looked at.
const MAX_ANSWER: u64 = 1 << 20;

/// Properties of an interpreter that the sandbox needs.
#[derive(Debug, Clone)]
pub(crate) struct Interpreter {
    /// The executable, links resolved.
    pub(crate) executable: PathBuf,
    /// Name and version, such as `CPython 3.11.2`.
    pub(crate) name: String,
    /// Files and folders that it reads: executable, standard library, shared libraries. No entry is inside
    /// another.
    pub(crate) paths: Vec<PathBuf>,
    /// Folder of its C headers, if it has them.
    pub(crate) headers: Option<PathBuf>,
    /// Its own description of version and build.
    pub(crate) build: String,
}

#[derive(Deserialize)]
struct Answer {
    executable: PathBuf,
    implementation: String,
    version: (u32, u32, u32),
    ctypes: Option<String>,
    paths: Vec<PathBuf>,
    libraries: Vec<PathBuf>,
    headers: Option<PathBuf>,
    #[serde(default)]
    build: String,
}

/// Data of the locale `C.UTF-8`, as the C library installs it.
const UTF8_LOCALES: [&str; 2] = ["/usr/lib/locale/C.utf8", "/usr/lib/locale/C.UTF-8"];

impl Interpreter {
    /// True if a process can have the locale `C.UTF-8` with the files that the interpreter may read.
    pub(crate) fn has_utf8_locale(&self) -> bool {
        UTF8_LOCALES
            .iter()
            .map(Path::new)
            .any(|locale| locale.exists() && self.paths.iter().any(|path| locale.starts_with(path)))
    }

    /// Asks the interpreter about itself.
    pub(crate) fn find(python: &Path, stop: &Stop) -> Result<Self, StartError> {
        let answer = ask(python, stop)?;
        let unsuitable = |why: String| StartError::UnsuitablePython {
            python: python.to_owned(),
            why,
        };
        let (major, minor, micro) = answer.version;
        if answer.implementation != "cpython" {
            return Err(unsuitable(format!(
                "it is {}, but traces are defined for CPython",
                answer.implementation
            )));
        }
        if (major, minor) < (3, 9) {
            return Err(unsuitable(format!(
                "it is version {major}.{minor}.{micro}, but 3.9 or newer is needed"
            )));
        }
        if let Some(why) = answer.ctypes {
            return Err(unsuitable(format!(
                "a module of the standard library that the sandbox needs is missing ({why}); \
                 install the full standard library, on Debian the package `python3`"
            )));
        }
        let executable = answer.executable;
        let mut paths: BTreeSet<PathBuf> = answer.paths.into_iter().collect();
        paths.insert(executable.clone());
        paths.extend(shared_library_folders(&answer.libraries));
        Ok(Self {
            name: format!("CPython {major}.{minor}.{micro}"),
            paths: without_nested(paths),
            executable,
            headers: answer.headers,
            build: answer.build,
        })
    }
}

impl Interpreter {
    /// The files that it reads, and some more.
    pub(crate) fn paths_with<'a>(&self, more: impl Iterator<Item = &'a Path>) -> Vec<PathBuf> {
        let mut paths = self.paths.clone();
        for more in more {
            if !paths.iter().any(|path| more.starts_with(path)) {
                paths.push(more.to_owned());
            }
        }
        paths
    }
}

fn ask(python: &Path, stop: &Stop) -> Result<Answer, StartError> {
    let unsuitable = |why: String| StartError::UnsuitablePython {
        python: python.to_owned(),
        why,
    };
    let output = undisturbed(stop, || {
        let mut process = match start_probe(python) {
            Ok(process) => process,
            Err(error) => return Ok(Err(error)),
        };
        let output = output_of(&mut process, PATIENCE, stop)?;
        match output.status.signal() {
            Some(libc::SIGKILL | libc::SIGTERM) => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(Ok(output)),
        }
    });
    if stop.requested() {
        return Err(StartError::Interrupted);
    }
    let output = output
        .map_err(|error| unsuitable(format!("it did not answer a simple question ({error})")))?;
    let output = output.map_err(|error| StartError::NoPython {
        python: python.to_owned(),
        error,
    })?;
    serde_json::from_slice(&output.stdout).map_err(|_| {
        let said =
            [&output.stderr, &output.stdout].map(|said| String::from_utf8_lossy(said).into_owned());
        let last = said.iter().find_map(|said| said.trim().lines().last());
        let last: String = last.unwrap_or("nothing").chars().take(200).collect();
        unsuitable(format!(
            "it did not answer a simple question ({}); it said: {last}",
            output.status
        ))
    })
}

fn start_probe(python: &Path) -> io::Result<Child> {
    Command::new(python)
        .args(["-S", "-s", "-B", "-E", "-c", PROBE])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // A group of its own, so that what a wrapper script started can be ended with it.
        .process_group(0)
        .spawn()
}

/// Output of a process that leads a group. It is killed with everything it started if it takes too long, if
/// it was stopped by a signal, or if all work is to stop.
pub(crate) fn output_of(
    process: &mut Child,
    patience: Duration,
    stop: &Stop,
) -> io::Result<Output> {
    let (stdout, stderr) = (process.stdout.take(), process.stderr.take());
    // Threads, since a process that fills one pipe while the other is read would wait for ever. They end
    // with the last process that holds the pipes, so nobody waits for them where that may not come.
    let stdout = std::thread::spawn(move || read_all(stdout));
    let stderr = std::thread::spawn(move || read_all(stderr));
    let deadline = Instant::now() + patience;
    let id = libc::pid_t::try_from(process.id()).map_err(io::Error::other)?;
    let mut stopped = StopWatch::new(id);
    let status = loop {
        let ended = process.try_wait()?;
        match ended {
            Some(status) if stdout.is_finished() && stderr.is_finished() => break status,
            _ if stopped.is_stopped() => {
                end_group(process);
                let why = "somebody stopped it";
                return Err(io::Error::new(io::ErrorKind::TimedOut, why));
            }
            _ if Instant::now() < deadline && !stop.requested() => std::thread::sleep(TICK),
            _ => {
                end_group(process);
                return Err(io::Error::other(format!(
                    "it was still running after {} seconds",
                    patience.as_secs()
                )));
            }
        }
    };
    let gone = |_| io::Error::other("a thread that reads its answer ended");
    Ok(Output {
        status,
        stdout: stdout.join().map_err(gone)?,
        stderr: stderr.join().map_err(gone)?,
    })
}

/// Ends a process that was made the leader of a group, and the others in the group.
#[expect(unsafe_code, reason = "the standard library ends no groups")]
fn end_group(leader: &mut Child) {
    if let Ok(group) = libc::pid_t::try_from(leader.id()) {
        // SAFETY: no pointers. A group keeps its number while a process is in it, and numbers of processes
        // that were not waited for are not given out again; where the leader is gone and nobody else is
        // left, the call does nothing unless the number was given out this very moment.
        unsafe { libc::kill(-group, libc::SIGKILL) };
    }
    // An error means that it is gone already.
    drop(leader.wait());
}

fn read_all(pipe: Option<impl io::Read>) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Some(pipe) = pipe {
        // What can be read until something goes wrong is what it said.
        drop(pipe.take(MAX_ANSWER).read_to_end(&mut bytes));
    }
    bytes
}

/// The system's library folders, and the files of libraries that lie elsewhere.
fn shared_library_folders(loaded: &[PathBuf]) -> impl Iterator<Item = PathBuf> {
    let standard = [
        "/lib",
        "/lib32",
        "/lib64",
        "/usr/lib",
        "/usr/lib64",
        "/etc/ld.so.cache",
    ];
    standard
        .into_iter()
        .map(PathBuf::from)
        .chain(loaded.iter().cloned())
        .filter(|path| path.exists())
}

/// Removes paths that are inside another entry.
fn without_nested(paths: BTreeSet<PathBuf>) -> Vec<PathBuf> {
    let mut kept: Vec<PathBuf> = Vec::new();
    for path in paths {
        if !kept.iter().any(|outer| path.starts_with(outer)) {
            kept.push(path);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_paths_are_covered_by_their_folder() {
        let paths = ["/usr/lib", "/usr/lib/python3", "/usr/libexec", "/lib"];
        let kept = without_nested(paths.iter().map(PathBuf::from).collect());
        let expected: Vec<PathBuf> = ["/lib", "/usr/lib", "/usr/libexec"]
            .iter()
            .map(PathBuf::from)
            .collect();
        assert_eq!(kept, expected);
    }

    #[test]
    fn a_missing_interpreter_is_named() {
        let error =
            Interpreter::find(Path::new("/nonexistent/python"), &Stop::new(|| false)).unwrap_err();
        assert!(error.to_string().contains("/nonexistent/python"), "{error}");
    }

    #[test]
    fn what_is_not_python_is_refused() {
        let error = Interpreter::find(Path::new("true"), &Stop::new(|| false)).unwrap_err();
        assert!(
            matches!(error, StartError::UnsuitablePython { .. }),
            "{error}"
        );
    }
}

//! The things that a build needs of its machine, found by trying.

use std::path::{Path, PathBuf};
use std::process::Command;

use tracestone_trace::{LevelReport, examine};

/// Less free space than this is worth a warning: a build of a large corpus with its cache takes some.
const ENOUGH_SPACE: u64 = 2 << 30;
/// With less than this a build of the starter corpus stops.
const LEAST_SPACE: u64 = 100 << 20;

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Name of the thing that was looked at.
    pub name: &'static str,
    /// Description of the finding, one line.
    pub found: String,
    /// Its use for a build.
    pub state: State,
}

/// The use of a thing for a build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// A build can work with it.
    Good,
    /// It is not there and not needed, since another thing does its work.
    Spare,
    /// A small build can do with it, and a large one perhaps not.
    Low(Lack),
    /// No build can work without it.
    Problem(Lack),
}

/// A thing that a build needs and that is not there, or not enough of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lack {
    /// No suitable interpreter.
    Python,
    /// No level of the sandbox.
    Sandbox,
    /// No git on the PATH.
    Git,
    /// No folder that can be written.
    Folder,
    /// No space on the disk.
    Space,
}

impl Finding {
    /// A thing that a build can work with.
    pub fn good(name: &'static str, found: impl Into<String>) -> Self {
        let found = found.into();
        let state = State::Good;
        Self { name, found, state }
    }

    fn spare(name: &'static str, found: impl Into<String>) -> Self {
        Self {
            state: State::Spare,
            ..Self::good(name, found)
        }
    }

    fn low(name: &'static str, found: impl Into<String>, lack: Lack) -> Self {
        Self {
            state: State::Low(lack),
            ..Self::good(name, found)
        }
    }

    fn problem(name: &'static str, found: impl Into<String>, lack: Lack) -> Self {
        Self {
            state: State::Problem(lack),
            ..Self::good(name, found)
        }
    }
}

/// Looks at everything that a build needs: the interpreter and its sandbox, git, and the place of the store.
/// `native` is the folder of the native recorder.
#[must_use]
pub fn examine_machine(
    python: &Path,
    native: Option<&Path>,
    store: &Path,
    interrupted: fn() -> bool,
) -> Vec<Finding> {
    let mut findings = interpreter(python, native, interrupted);
    findings.push(git());
    findings.extend(space(store));
    findings
}

/// The interpreter, and the levels of the sandbox, each tried with hostile acts.
fn interpreter(python: &Path, native: Option<&Path>, interrupted: fn() -> bool) -> Vec<Finding> {
    let found = match examine(python, native, interrupted) {
        Ok(found) => found,
        Err(error) => {
            let found = error.to_string();
            return vec![Finding::problem("python", found, Lack::Python)];
        }
    };
    let mut findings = vec![Finding::good(
        "python",
        format!(
            "{} at {}, with ctypes",
            found.python,
            found.executable.display()
        ),
    )];
    let levels = found.levels;
    let taken = levels.iter().position(|report| report.failure.is_none());
    for (position, LevelReport { level, failure }) in levels.iter().enumerate() {
        let name = level.name();
        findings.push(match failure {
            None if taken == Some(position) => {
                Finding::good("sandbox", format!("{name} holds; programs run in it"))
            }
            None => Finding::spare("sandbox", format!("{name} holds too and is not needed")),
            Some(_) if taken.is_some_and(|taken| taken < position) => {
                Finding::spare("sandbox", format!("{name} is not needed"))
            }
            Some(why) if taken.is_some() => Finding::spare(
                "sandbox",
                format!("{name} is not available here, another one takes its place: {why}"),
            ),
            Some(why) => Finding::spare("sandbox", format!("{name} is not available here: {why}")),
        });
    }
    // What programs run in comes first; what is not needed after it.
    findings[1..].sort_by_key(|finding| finding.state != State::Good);
    findings.extend(taken.and_then(|at| levels.get(at)).map(|report| {
        let visible = report.level.visible();
        Finding::good("visible", format!("to hostile programs in it: {visible}"))
    }));
    if taken.is_none() {
        findings.push(Finding::problem(
            "sandbox",
            "no level holds, so `build` refuses to run programs",
            Lack::Sandbox,
        ));
    }
    findings.push(match found.native_failure {
        None => Finding::good("recorder", "native"),
        Some(why) => Finding::spare(
            "recorder",
            format!("the one in Python: the same results, slower than the native one, which needs a C compiler and Python's headers: {why}"),
        ),
    });
    findings
}

fn git() -> Finding {
    match Command::new("git").arg("--version").output() {
        Ok(output) if output.status.success() => {
            Finding::good("git", String::from_utf8_lossy(&output.stdout).trim())
        }
        Ok(output) => Finding::problem("git", format!("ended with {}", output.status), Lack::Git),
        Err(error) => Finding::problem("git", format!("cannot be run: {error}"), Lack::Git),
    }
}

/// Checks that the store's folder is writable, and the space in it.
fn space(store: &Path) -> Vec<Finding> {
    let folder = match store.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    };
    let shown = std::path::absolute(&folder).unwrap_or_else(|_| folder.clone());
    let mut findings = Vec::new();
    findings.push(match tempfile::tempfile_in(&folder) {
        Ok(_) => Finding::good("store", format!("{} can be written", shown.display())),
        Err(error) => Finding::problem(
            "store",
            format!("{} cannot be written: {error}", shown.display()),
            Lack::Folder,
        ),
    });
    if let Ok(system) = rustix::fs::statvfs(&folder) {
        let free = system.f_bavail.saturating_mul(system.f_frsize);
        let text = if free < 10 << 30 {
            format!("{} MiB free", free >> 20)
        } else {
            format!("{} GiB free", free >> 30)
        };
        findings.push(match free {
            ..LEAST_SPACE => Finding::problem("disk", text, Lack::Space),
            LEAST_SPACE..ENOUGH_SPACE => Finding::low("disk", text, Lack::Space),
            _ => Finding::good("disk", text),
        });
    }
    findings
}

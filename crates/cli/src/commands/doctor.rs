//! `tracestone doctor`: whether this machine has what a build needs, found by trying.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;
use tracestone_record::outside;
use tracestone_record::words::counted;
use tracestone_trace::{LevelReport, examine};

use crate::args::DoctorArgs;
use crate::cache;
use crate::failure::{Exit, Failure};
use crate::printer::Printer;

/// Less free space than this is worth a warning: a build of a large corpus with its cache takes some.
const ENOUGH_SPACE: u64 = 2 << 30;
/// With less than this a build of the starter corpus stops.
const LEAST_SPACE: u64 = 100 << 20;
/// Characters of a finding.
const LONGEST: usize = 600;

/// One thing that was looked at.
struct Finding {
    name: &'static str,
    /// Description of the finding, one line.
    found: String,
    /// Mark in front of the line.
    mark: &'static str,
    /// True if a build can work with it.
    good: bool,
    /// Advice if it is not good.
    hint: Option<&'static str>,
}

impl Finding {
    fn good(name: &'static str, found: impl Into<String>) -> Self {
        Self {
            name,
            found: found.into(),
            mark: "ok",
            good: true,
            hint: None,
        }
    }

    /// Something that is not there and not needed, since another thing does its work.
    fn spare(name: &'static str, found: impl Into<String>) -> Self {
        Self {
            mark: "-",
            ..Self::good(name, found)
        }
    }

    /// Something that a small build can do with, and a large one perhaps not.
    fn scarce(name: &'static str, found: impl Into<String>, hint: &'static str) -> Self {
        Self {
            mark: "low",
            hint: Some(hint),
            ..Self::good(name, found)
        }
    }

    fn bad(name: &'static str, found: impl Into<String>, hint: &'static str) -> Self {
        Self {
            name,
            found: found.into(),
            mark: "PROBLEM",
            good: false,
            hint: Some(hint),
        }
    }
}

/// Prints what was found; fails if something is missing that `build` cannot do without.
pub(crate) fn run(args: &DoctorArgs, printer: &Printer) -> Result<Exit, Failure> {
    let mut findings = vec![Finding::good(
        "tracestone",
        format!(
            "{} for {} on {}, {}",
            env!("CARGO_PKG_VERSION"),
            std::env::consts::ARCH,
            std::env::consts::OS,
            counted(
                std::thread::available_parallelism().map_or(1, usize::from) as u64,
                "processor"
            )
        ),
    )];
    findings.extend(interpreter(&args.python.python));
    findings.push(git());
    findings.extend(space(&args.store.store));
    for finding in &findings {
        let mark = finding.mark;
        let found = outside::short(&finding.found, LONGEST);
        printer.result(&format!("{mark:<7}  {:<10}  {found}", finding.name));
        if let Some(hint) = finding.hint {
            printer.result(&format!("         {:<10}  {hint}", ""));
        }
    }
    let problems = findings.iter().filter(|finding| !finding.good).count();
    let good = problems == 0;
    printer.result(&if good {
        "\nThis machine can build.".to_owned()
    } else {
        format!(
            "\nThis machine cannot build yet: {}.",
            counted(problems as u64, "problem")
        )
    });
    let listed = findings.iter().map(|finding| {
        json!({"name": finding.name, "found": finding.found, "good": finding.good, "hint": finding.hint})
    });
    printer.json(&json!({"good": good, "findings": listed.collect::<Vec<_>>()}));
    Ok(if good { Exit::Success } else { Exit::Failure })
}

/// The interpreter, and the levels of the sandbox, each tried with hostile acts.
fn interpreter(python: &Path) -> Vec<Finding> {
    let found = match examine(
        python,
        cache::native_recorder().as_deref(),
        crate::interrupt::requested,
    ) {
        Ok(found) => found,
        Err(error) => {
            return vec![Finding::bad(
                "python",
                error.to_string(),
                "install CPython 3.9 or newer, or name one with --python; then run `tracestone doctor` again",
            )];
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
    findings[1..].sort_by_key(|finding| finding.mark != "ok");
    findings.extend(taken.and_then(|at| levels.get(at)).map(|report| {
        let visible = report.level.visible();
        Finding::good("visible", format!("to hostile programs in it: {visible}"))
    }));
    if taken.is_none() {
        findings.push(Finding::bad(
            "sandbox",
            "no level holds, so `build` refuses to run programs",
            "use a Linux kernel with seccomp, better with Landlock (5.13 or newer); as root, a Python that other users can read",
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
    let hint = "install git; sources of kind `git` need it";
    match Command::new("git").arg("--version").output() {
        Ok(output) if output.status.success() => {
            Finding::good("git", String::from_utf8_lossy(&output.stdout).trim())
        }
        Ok(output) => Finding::bad("git", format!("ended with {}", output.status), hint),
        Err(error) => Finding::bad("git", format!("cannot be run: {error}"), hint),
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
        Err(error) => Finding::bad(
            "store",
            format!("{} cannot be written: {error}", shown.display()),
            "name another place with --store",
        ),
    });
    if let Ok(system) = rustix::fs::statvfs(&folder) {
        let free = system.f_bavail.saturating_mul(system.f_frsize);
        let text = if free < 10 << 30 {
            format!("{} MiB free", free >> 20)
        } else {
            format!("{} GiB free", free >> 30)
        };
        let hint = "free some space, or name another place with --store";
        findings.push(match free {
            ..LEAST_SPACE => Finding::bad("disk", text, hint),
            LEAST_SPACE..ENOUGH_SPACE => Finding::scarce("disk", text, hint),
            _ => Finding::good("disk", text),
        });
    }
    findings
}

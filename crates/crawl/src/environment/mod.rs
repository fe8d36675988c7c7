//! Environments: distributions that the programs of a source may import, as files that nothing of them has
//! written.
//!
//! The user's own `pip` chooses and downloads wheels, so that the index and its credentials are the user's. The
//! wheels are unpacked here, by a script of ours; nothing in them is run. The result is a folder in the cache, named by
//! the exact files ([`Lock`]), and can be made again from these.

#![expect(
    clippy::disallowed_methods,
    reason = "the errors of this module name the path"
)]

mod imports;
mod project;
mod requirement;
mod requires;
mod source;

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::{Deserialize, Serialize};
use tracestone_record::{Environment, EnvironmentId, Lock, Locked};

use crate::error::CrawlError;
use crate::process;
use crate::sdist::pip_message;

pub use project::ReadFile;
pub use requirement::Requirement;
pub use requires::RequiresPython;
pub(crate) use source::environment;

/// Downloads and unpacks; see there.
const WHEELS: &str = include_str!("wheels.py");
/// Name of the folder with the files in that of an environment.
const FILES: &str = "site";
/// Another name of the same folder.
const OTHER: &str = "elsewhere";
/// Description of an environment, beside its files.
const DESCRIPTION: &str = "environment.json";

/// Start of the line of an answer that names a requirement without a wheel.
const GIVEN_UP: &str = "# given up: ";
/// Asks for version, platform and C library of the interpreter, which decide which wheels fit.
const INTERPRETER: &str = "import platform, sys, sysconfig; \
     print(sys.implementation.cache_tag, sysconfig.get_platform(), *platform.libc_ver())";
/// Asks whether the interpreter has pip.
const HAS_PIP: &str = "import importlib.util; print(importlib.util.find_spec('pip') is not None)";
/// Asks for the numbers of the interpreter's version.
const VERSION: &str = "import sys; print(*sys.version_info[:3])";
/// Asks for the modules of the standard library; up to CPython 3.9 there is no list of them.
const STANDARD_LIBRARY: &str = "import os, sys; \
     folder = os.path.dirname(os.__file__); \
     files = os.listdir(folder) + os.listdir(folder + '/lib-dynload'); \
     print(*getattr(sys, 'stdlib_module_names', [name.split('.')[0] for name in files]), *sys.builtin_module_names)";

/// A folder for environments, and the means to make them.
#[derive(Debug, Clone)]
pub struct Environments {
    /// The folder, in the cache.
    pub folder: PathBuf,
    /// The interpreter that programs run in, whose `pip` is used.
    pub python: PathBuf,
    /// Download nothing and use what the folder holds.
    pub offline: bool,
}

/// Folders of the files of an environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// The folder with the files, absolute.
    pub folder: PathBuf,
    /// Another path to it.
    pub other: PathBuf,
    /// Contents of the folder.
    pub environment: Environment,
}

/// The report of the script on a folder that it has written.
#[derive(Deserialize)]
struct Unpacked {
    found: Vec<Locked>,
    modules: Vec<String>,
    native: bool,
}

/// Description of an environment as it is kept.
#[derive(Serialize, Deserialize)]
struct Kept {
    modules: Vec<String>,
    native: bool,
}

impl Environments {
    /// The environment that meets the lines of a requirements file, with the newest versions that fit.
    fn choose(
        &self,
        lines: &[String],
        stopped: &dyn Fn() -> bool,
    ) -> Result<Environment, CrawlError> {
        let what = lines.join(", ");
        if self.offline {
            return Err(CrawlError::NotCached(format!("an environment with {what}")));
        }
        let staging = self.staging()?;
        self.fetch(staging.path(), lines, &[], &what, stopped)
    }

    /// The file that keeps the answer to requirements.
    fn answer(
        &self,
        requirements: &[&Requirement],
        stopped: &dyn Fn() -> bool,
    ) -> Result<PathBuf, CrawlError> {
        let interpreter = self.ask(INTERPRETER, stopped)?;
        let lines: Vec<String> = requirements.iter().map(ToString::to_string).collect();
        let mut parts = vec![interpreter.as_bytes()];
        parts.extend(lines.iter().map(String::as_bytes));
        let name = format!("{}.txt", EnvironmentId::of(&parts));
        Ok(self.folder.join("resolved").join(name))
    }

    /// An answer that was kept, with the requirements that were given up.
    fn read_answer(&self, answer: &Path) -> Option<(Lock, Vec<String>)> {
        let text = fs::read_to_string(answer).ok()?;
        let (given_up, lines): (Vec<&str>, Vec<&str>) =
            text.lines().partition(|line| line.starts_with(GIVEN_UP));
        let given_up = given_up
            .iter()
            .map(|line| line[GIVEN_UP.len()..].to_owned());
        Some((Lock::parse(lines).ok()?, given_up.collect()))
    }

    fn write_answer(
        &self,
        answer: &Path,
        lock: &Lock,
        given_up: &[String],
    ) -> Result<(), CrawlError> {
        let given_up = given_up.iter().map(|line| format!("{GIVEN_UP}{line}"));
        let text: String = given_up
            .chain(lock.lines())
            .map(|line| line + "\n")
            .collect();
        let staging = self.staging()?;
        let written = staging.path().join("answer.txt");
        fs::create_dir_all(self.folder.join("resolved"))
            .and_then(|()| fs::write(&written, text))
            .and_then(|()| fs::rename(&written, answer))
            .map_err(|error| CrawlError::read(answer.display(), error))
    }

    /// The files of an environment, made if they are not there.
    ///
    /// # Errors
    /// As for [`Self::resolve`]; also where a downloaded file is not the one that the lock names.
    pub fn site(&self, lock: &Lock, stopped: &dyn Fn() -> bool) -> Result<Site, CrawlError> {
        if let Some(site) = self.find(lock)? {
            return Ok(site);
        }
        let lines = lock.lines();
        if self.offline {
            return Err(CrawlError::NotCached(format!(
                "the environment {}",
                lines.join(", ")
            )));
        }
        let staging = self.staging()?;
        let exact = ["--no-deps", "--require-hashes"];
        let what = format!("the lock {}", lock.id());
        let environment = self.fetch(staging.path(), &lines, &exact, &what, stopped)?;
        if environment.lock != *lock {
            return Err(failed(&what, "pip has downloaded other files"));
        }
        self.find(lock)?
            .ok_or_else(|| failed(&what, "its folder vanished"))
    }

    /// The files of an environment, if they are there.
    fn find(&self, lock: &Lock) -> Result<Option<Site>, CrawlError> {
        let folder = self.folder.join(lock.id().to_string());
        let description = folder.join(DESCRIPTION);
        let wrong = |error| CrawlError::read(description.display(), error);
        let text = match fs::read(&description) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(wrong(error)),
        };
        let kept: Kept = serde_json::from_slice(&text).map_err(|error| wrong(error.into()))?;
        let folder = folder.canonicalize().map_err(wrong)?;
        Ok(Some(Site {
            other: folder.join(OTHER),
            folder: folder.join(FILES),
            environment: Environment {
                lock: lock.clone(),
                modules: kept.modules,
                native: kept.native,
            },
        }))
    }

    /// Downloads wheels, unpacks them, and moves the result to its place.
    fn fetch(
        &self,
        staging: &Path,
        lines: &[String],
        options: &[&str],
        what: &str,
        stopped: &dyn Fn() -> bool,
    ) -> Result<Environment, CrawlError> {
        let (wheels, scratch) = (staging.join("wheels"), staging.join("scratch"));
        let (wanted, made) = (staging.join("requirements.txt"), staging.join("made"));
        let io = |error| CrawlError::read(staging.display(), error);
        for folder in [&wheels, &scratch, &made, &made.join(FILES)] {
            fs::create_dir(folder).map_err(io)?;
        }
        fs::write(&wanted, lines.join("\n") + "\n").map_err(io)?;
        let mut command = Command::new(self.with_pip(staging, stopped)?);
        command
            .args(["-c", WHEELS, "download", "download", "--quiet"])
            .args(["--disable-pip-version-check", "--no-input"])
            .args(["--only-binary", ":all:", "--dest"])
            .arg(&wheels)
            .args(options)
            .arg("--requirement")
            .arg(&wanted)
            .env("TMPDIR", &scratch)
            // Where no file has a name that a requirement could have.
            .current_dir(&scratch);
        let done = self.run(&mut command, stopped)?;
        if !done.success {
            return Err(failed(what, pip_message(&done.stderr)));
        }
        let mut command = Command::new(&self.python);
        command
            .args(["-I", "-S", "-c", WHEELS, "unpack"])
            .args([&made.join(FILES), &wheels]);
        let done = self.run(&mut command, stopped)?;
        let unpacked: Option<Unpacked> = serde_json::from_str(&done.stdout).ok();
        let Some(unpacked) = unpacked.filter(|_| done.success) else {
            let said = done.stderr.trim().lines().last();
            return Err(failed(what, said.unwrap_or("it could not be unpacked")));
        };
        let found = unpacked.found.iter();
        let found = found.map(|one| Locked::new(&one.name, &one.version, &one.sha256));
        let found = found.collect::<Option<Vec<_>>>();
        let found = found.ok_or_else(|| failed(what, "a wheel has a name that is none"))?;
        let environment = Environment {
            lock: Lock::new(found),
            modules: unpacked.modules,
            native: unpacked.native,
        };
        self.keep(&made, &environment).map_err(io)?;
        Ok(environment)
    }

    /// Moves what was made to its place, unless another process was quicker.
    fn keep(&self, made: &Path, environment: &Environment) -> io::Result<()> {
        let kept = Kept {
            modules: environment.modules.clone(),
            native: environment.native,
        };
        std::os::unix::fs::symlink(FILES, made.join(OTHER))?;
        fs::write(made.join(DESCRIPTION), serde_json::to_vec(&kept)?)?;
        let folder = self.folder.join(environment.lock.id().to_string());
        match fs::rename(made, &folder) {
            Err(error) if !folder.is_dir() => Err(error),
            _ => Ok(()),
        }
    }

    /// An interpreter of the same version that has pip: the interpreter itself, or that of a virtual environment in
    /// `staging`, made by `uv` where it is installed and by `venv` otherwise.
    fn with_pip(&self, staging: &Path, stopped: &dyn Fn() -> bool) -> Result<PathBuf, CrawlError> {
        let program = self.program();
        // Without `-S`, which would hide the folder that pip is in.
        let mut question = Command::new(&program);
        let answer = self.run(question.args(["-c", HAS_PIP]).current_dir(staging), stopped)?;
        if answer.success && answer.stdout.trim() == "True" {
            return Ok(program);
        }
        let folder = staging.join("tool");
        let mut by_uv = Command::new("uv");
        by_uv
            .args([
                "venv",
                "--quiet",
                "--no-project",
                "--no-config",
                "--seed",
                "--python",
            ])
            .arg(&program)
            .arg(&folder);
        let mut by_venv = Command::new(&program);
        by_venv.args(["-m", "venv"]).arg(&folder);
        for command in [&mut by_uv, &mut by_venv] {
            // One that is not installed is not started.
            if let Ok(done) = self.run(command.current_dir(staging), stopped)
                && done.success
            {
                return Ok(folder.join("bin/python"));
            }
            drop(fs::remove_dir_all(&folder));
        }
        let python = self.python.display();
        let why = format!("{python} has no pip, and neither uv nor venv makes one for it");
        Err(failed("the interpreter", why))
    }

    /// The interpreter, independent of the folder it is started in.
    fn program(&self) -> PathBuf {
        match self.python.components().count() {
            0 | 1 => self.python.clone(),
            _ => std::path::absolute(&self.python).unwrap_or_else(|_| self.python.clone()),
        }
    }

    /// A folder in the cache, so that what is made in it can be renamed to its place in one step.
    fn staging(&self) -> Result<tempfile::TempDir, CrawlError> {
        let io = |error| CrawlError::read(self.folder.display(), error);
        fs::create_dir_all(&self.folder).map_err(io)?;
        let folder = std::path::absolute(&self.folder).map_err(io)?;
        tempfile::tempdir_in(folder).map_err(io)
    }

    /// The top-level modules of the interpreter's standard library.
    fn standard_library(&self, stopped: &dyn Fn() -> bool) -> Result<BTreeSet<String>, CrawlError> {
        let names = self.ask(STANDARD_LIBRARY, stopped)?;
        Ok(names.split_whitespace().map(str::to_owned).collect())
    }

    /// The numbers of the interpreter's version.
    pub(crate) fn version(&self, stopped: &dyn Fn() -> bool) -> Result<[u64; 3], CrawlError> {
        let said = self.ask(VERSION, stopped)?;
        let mut numbers = said.split_whitespace().map(|number| number.parse().ok());
        let mut next = || numbers.next().flatten();
        match (next(), next(), next()) {
            (Some(major), Some(minor), Some(micro)) => Ok([major, minor, micro]),
            _ => Err(failed("the interpreter", "it does not tell its version")),
        }
    }

    fn ask(&self, question: &str, stopped: &dyn Fn() -> bool) -> Result<String, CrawlError> {
        let mut command = Command::new(&self.python);
        let done = self.run(command.args(["-I", "-S", "-c", question]), stopped)?;
        match done.success {
            true => Ok(done.stdout.trim().to_owned()),
            false => Err(failed("the interpreter", done.stderr.trim())),
        }
    }

    fn run(
        &self,
        command: &mut Command,
        stopped: &dyn Fn() -> bool,
    ) -> Result<process::Finished, CrawlError> {
        process::run_unless(command.stdin(Stdio::null()), stopped)
            .map_err(|error| CrawlError::python(&self.python, "distributions", error))
    }
}

fn failed(what: &str, message: impl Into<String>) -> CrawlError {
    CrawlError::Environment {
        what: what.to_owned(),
        message: message.into(),
    }
}

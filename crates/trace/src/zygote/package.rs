//! The package zygote: a child that has imported a module of a package, and makes the children that evaluate
//! calls in it.
//!
//! It has run code of strangers, so nothing that it says is trusted. It serves one package of one source: the
//! modules that are there once the package at the top is imported, or else one module. It
//! forks when the supervisor permits it, once each time; what it calls its child must be one by the system's
//! account, and must have ended before the next one is permitted. When it is no longer needed it is ended, and
//! a zygote whose pipes hold anything then is given up.

use std::collections::BTreeSet;
use std::io;
use std::os::fd::AsRawFd as _;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{ANSWERING, Ended, Running, Started, Waiter, Zygote};
use crate::frame::length_of;
use crate::process::{Gate, Process, waiting_in};
use crate::sandbox::{Filters, Level};
use crate::shared::JOB_IMPORT;
use crate::stop::Stop;
use crate::tree::{InTree, PackageWork};
use crate::watch::Watch;

/// Confinement of a package zygote.
#[derive(Debug, Serialize)]
pub(super) struct Confinement<'a> {
    gate: &'a str,
    filter: &'a str,
    /// Number of the system call that installs the gate.
    seccomp: i64,
}

impl<'a> Confinement<'a> {
    /// None where nobody is confined.
    pub(super) fn at(level: Level, filters: &'a Filters) -> Option<Self> {
        let [open, closed] = &filters.package;
        let filter = match level {
            Level::Namespaces | Level::Landlock => open,
            Level::Seccomp => closed,
            Level::None => return None,
        };
        Some(Self {
            gate: &filters.gate,
            filter,
            seccomp: libc::SYS_seccomp,
        })
    }
}

/// The module that a package zygote has imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Module {
    name: String,
    path: String,
    roots: Vec<String>,
}

impl From<&InTree> for Module {
    fn from(package: &InTree) -> Self {
        Self {
            name: package.module.clone(),
            path: package.path.clone(),
            roots: package.roots.clone(),
        }
    }
}

/// A package zygote that waits for permission to fork, or for its child.
pub(super) struct PackageZygote {
    module: Module,
    /// The names of the modules that it says are there. A child that finds another one missing imports it.
    loaded: BTreeSet<String>,
    process: Process,
    gate: Gate,
}

impl PackageZygote {
    /// True if calls in a module can be evaluated in its children.
    fn serves(&self, module: &Module) -> bool {
        self.module == *module
            || self.module.roots == module.roots && self.loaded.contains(&module.name)
    }

    /// Waits until it asks for a fork.
    fn is_asked(&self, stop: &Stop) -> io::Result<()> {
        let mut waiting = Waiter::new(self.process.id, ANSWERING);
        self.gate.is_asked(|| waiting.check(stop))
    }

    /// The process that the zygote calls its child, if it is one.
    pub(super) fn child(&self, id: libc::pid_t) -> io::Result<Process> {
        Process::child_of(&self.process, id)
    }
}

impl Drop for PackageZygote {
    fn drop(&mut self) {
        self.process.kill_children();
        self.process.kill();
    }
}

#[derive(Serialize)]
struct ImportWork<'a> {
    kind: &'static str,
    /// CPU time that the process may use up in all.
    cpu_seconds: u32,
    package: PackageWork<'a>,
    program: &'static str,
    calls: [(); 0],
}

#[derive(Deserialize)]
struct Listening {
    listener: i32,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum AfterImport {
    Done {
        imported: BTreeSet<String>,
    },
    Over {
        #[serde(rename = "ended")]
        _ended: i32,
    },
}

/// Longest list of names of modules, in bytes.
const NAMES_BYTES: u32 = 1 << 20;
/// CPU time of a package zygote in times of that of an import, for its forks.
const FORKS: u32 = 40;

impl Zygote {
    /// Sees to it that the next children are forked from a process that has imported a module, or, without
    /// one, from the interpreter itself. `false` where that module cannot be had so: then each child imports
    /// it, and reports what comes of it. An error means that the interpreter must be replaced.
    pub(crate) fn import_once(
        &mut self,
        package: Option<&InTree>,
        cpu_seconds: u32,
        stop: &Stop,
    ) -> io::Result<bool> {
        let wanted = package.map(Module::from);
        if let Some(running) = &self.package {
            if wanted.as_ref().is_some_and(|wanted| running.serves(wanted)) {
                return Ok(true);
            }
            self.end_package(stop)?;
        }
        match (package, wanted) {
            (Some(package), Some(module)) if self.confined => {
                self.start_package(package, module, cpu_seconds, stop)
            }
            _ => Ok(false),
        }
    }

    fn start_package(
        &mut self,
        package: &InTree,
        module: Module,
        cpu_seconds: u32,
        stop: &Stop,
    ) -> io::Result<bool> {
        let work = serde_json::to_vec(&ImportWork {
            kind: JOB_IMPORT,
            cpu_seconds: cpu_seconds.saturating_mul(FORKS),
            package: PackageWork::from(package),
            program: "",
            calls: [],
        })?;
        // Instead of a limit of CPU time it gets a zero, which says that it confines itself.
        let head = [length_of(&work)?, [0; 4]].concat();
        self.write(&[head, work].concat(), ANSWERING, stop)?;
        let Started { started } = serde_json::from_slice(&self.reply(ANSWERING, stop)?)?;
        let process = Process::open(started)?;
        let Listening { listener } = serde_json::from_slice(&self.reply(ANSWERING, stop)?)?;
        let gate = match listener {
            0.. => process.take(listener).ok(),
            _ => None,
        };
        // Until here none of the package's code has run.
        self.write(if gate.is_some() { b"y" } else { b"n" }, ANSWERING, stop)?;
        let limit = Duration::from_secs(cpu_seconds.into());
        let mut running = Running {
            watch: Watch::new(started, self.confined, limit, limit),
            verdict: None,
            process: Some(process),
        };
        self.attend(&mut running, stop, &mut |_| Err("an import reports"))?;
        let reply = serde_json::from_slice(&self.reply_of(NAMES_BYTES, ANSWERING, stop)?)?;
        match (reply, gate, running.process.take(), running.verdict) {
            (AfterImport::Done { imported: loaded }, Some(gate), Some(process), None) => {
                self.package = Some(PackageZygote {
                    module,
                    loaded,
                    process,
                    gate: Gate::new(gate),
                });
                Ok(true)
            }
            (AfterImport::Over { .. }, _, Some(process), _) => {
                self.conclude(&process, stop)?;
                Ok(false)
            }
            _ => Err(io::Error::other("an import ended in no way that there is")),
        }
    }

    /// Permits the package zygote, if there is one, to fork.
    pub(super) fn permit(&self, stop: &Stop) -> io::Result<()> {
        let Some(package) = &self.package else {
            return Ok(());
        };
        package.is_asked(stop)?;
        package.gate.permit(&package.process)
    }

    fn end_package(&mut self, stop: &Stop) -> io::Result<()> {
        let Some(package) = self.package.take() else {
            return Ok(());
        };
        // Then it has read all that it was sent, or else the interpreter would find the rest.
        package.is_asked(stop)?;
        if waiting_in(self.commands.as_raw_fd())? > 0 {
            return Err(io::Error::other("a package zygote does not listen"));
        }
        package.process.kill();
        if !package.process.ends(ANSWERING, stop)? {
            return Err(io::Error::other("a package zygote does not end"));
        }
        let Ended { .. } = serde_json::from_slice(&self.reply(ANSWERING, stop)?)?;
        self.conclude(&package.process, stop)
    }

    /// After the end of a process that has run a package's code: all that it wrote is in the pipes now. The
    /// interpreter goes on only if nothing in them could be taken for its own words.
    fn conclude(&mut self, process: &Process, stop: &Stop) -> io::Result<()> {
        if !process.ends(ANSWERING, stop)? {
            process.kill();
            return Err(io::Error::other("a package zygote was said to have ended"));
        }
        let mut nothing = None;
        self.drain(usize::MAX, &mut nothing, &mut |_| {
            Ok(crate::incoming::Taken::Part)
        })?;
        if waiting_in(self.replies.as_raw_fd())? > 0 {
            return Err(io::Error::other("a package zygote has left something"));
        }
        self.write(b".", ANSWERING, stop)
    }
}

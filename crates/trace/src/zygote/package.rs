//! The package zygote: a child that has imported a package, and makes the children that evaluate calls in the modules
//! that came with it. For a module that did not, it makes one more zygote, which has imported that module, too, and
//! makes the children for it.
//!
//! Both have run code of strangers, so nothing that they say is trusted. They serve one package of one source. Each
//! forks when the supervisor permits it, once each time; what it calls its child must be one by the system's
//! account, and must have ended before the next one is permitted. When a process is no longer needed it is ended, and
//! a zygote whose pipes hold anything then is given up.

use std::collections::BTreeSet;
use std::io;
use std::os::fd::AsRawFd as _;
use std::sync::Arc;
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
    /// The module that it was made for.
    module: Module,
    /// The names of the modules that it says are there. A child that finds another one missing imports it.
    loaded: BTreeSet<String>,
    process: Process,
    /// That of the first zygote of a package is also that of the second.
    gate: Arc<Gate>,
}

impl PackageZygote {
    /// True if calls in a module can be evaluated in its children.
    fn serves(&self, module: &Module) -> bool {
        self.module.roots == module.roots && self.loaded.contains(&module.name)
    }

    /// True if a module's import begins with the import of the package that is there.
    fn begins(&self, module: &Module) -> bool {
        let top = |module: &Module| module.name.split('.').next().map(str::to_owned);
        self.module.roots == module.roots && top(&self.module) == top(module)
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

/// A process among those that have imported something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// It has imported the package.
    Package,
    /// Its child has imported a further module.
    Module,
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
        for place in [Place::Module, Place::Package] {
            let Some(running) = self.at(place) else {
                continue;
            };
            match &wanted {
                Some(wanted) if running.serves(wanted) => return Ok(true),
                Some(wanted) if place == Place::Package && running.begins(wanted) => {}
                _ => self.end_package(place, stop)?,
            }
        }
        let (Some(package), Some(wanted), true) = (package, wanted, self.confined) else {
            return Ok(false);
        };
        if self.package.is_none() {
            self.package = self.start_package(package, cpu_seconds, stop)?;
        }
        match &self.package {
            None => Ok(false),
            Some(running) if running.serves(&wanted) => Ok(true),
            Some(_) => {
                self.module = self.start_package(package, cpu_seconds, stop)?;
                if self.module.is_none() {
                    // Who imports a module by itself begins without the package.
                    self.end_package(Place::Package, stop)?;
                }
                Ok(self.module.is_some())
            }
        }
    }

    fn at(&mut self, place: Place) -> &mut Option<PackageZygote> {
        match place {
            Place::Package => &mut self.package,
            Place::Module => &mut self.module,
        }
    }

    /// The process that forks children, where it is not the interpreter itself.
    pub(super) fn importer(&self) -> Option<&PackageZygote> {
        self.module.as_ref().or(self.package.as_ref())
    }

    /// True if children are forked from a process that has imported their package.
    pub(crate) fn has_imported(&self) -> bool {
        self.importer().is_some()
    }

    /// Starts a package zygote, or, where there is one, that of a further module. `None` where the import failed.
    fn start_package(
        &mut self,
        package: &InTree,
        cpu_seconds: u32,
        stop: &Stop,
    ) -> io::Result<Option<PackageZygote>> {
        let work = serde_json::to_vec(&ImportWork {
            kind: JOB_IMPORT,
            cpu_seconds: cpu_seconds.saturating_mul(FORKS),
            package: PackageWork::from(package),
            program: "",
            calls: [],
        })?;
        // Instead of a limit of CPU time it gets a zero, which says that it confines itself.
        let head = [length_of(&work)?, [0; 4]].concat();
        self.permit(stop)?;
        self.write(&[head, work].concat(), ANSWERING, stop)?;
        let Started { started } = serde_json::from_slice(&self.reply(ANSWERING, stop)?)?;
        let (process, gate) = match &self.package {
            Some(parent) => (parent.child(started)?, Some(Arc::clone(&parent.gate))),
            None => self.gate_of(started, stop)?,
        };
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
                Ok(Some(PackageZygote {
                    module: Module::from(package),
                    loaded,
                    process,
                    gate,
                }))
            }
            (AfterImport::Over { .. }, _, Some(process), _) => {
                self.conclude(&process, stop)?;
                Ok(None)
            }
            _ => Err(io::Error::other("an import ended in no way that there is")),
        }
    }

    /// A child of the interpreter, and the gate that it has put before its forks, where there is one.
    fn gate_of(
        &mut self,
        started: libc::pid_t,
        stop: &Stop,
    ) -> io::Result<(Process, Option<Arc<Gate>>)> {
        let process = Process::open(started)?;
        let Listening { listener } = serde_json::from_slice(&self.reply(ANSWERING, stop)?)?;
        let gate = match listener {
            0.. => process.take(listener).ok(),
            _ => None,
        };
        // Until here none of the package's code has run.
        self.write(if gate.is_some() { b"y" } else { b"n" }, ANSWERING, stop)?;
        Ok((process, gate.map(|gate| Arc::new(Gate::new(gate)))))
    }

    /// Permits the package zygote, if there is one, to fork.
    pub(super) fn permit(&self, stop: &Stop) -> io::Result<()> {
        let Some(package) = self.importer() else {
            return Ok(());
        };
        package.is_asked(stop)?;
        package.gate.permit(&package.process)
    }

    fn end_package(&mut self, place: Place, stop: &Stop) -> io::Result<()> {
        let Some(package) = self.at(place).take() else {
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

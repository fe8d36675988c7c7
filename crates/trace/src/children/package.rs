//! Children of a process that has imported their package.

use std::io;
use std::sync::Arc;

use super::{CallEnd, CallText, Ends, IMPORTS, Slot};
use crate::error::TraceError;
use crate::frame::RawReport;
use crate::sandbox::Level;
use crate::shared::{
    HALF_UNWATCHED, HALF_WATCHED, JOB_TRACE, JOB_TRY, OTHER_EFFECTS, OTHER_OUTCOME, RAISED,
    RETURNED,
};
use crate::tree::Subject;
use crate::zygote::{Module, Role};

/// Imports that went wrong in a row before each child imports by itself.
const MAX_FAILURES: u32 = 2;

/// Success of importing the last module once for all children.
#[derive(Debug, Default)]
pub(super) struct Imports {
    module: Option<Module>,
    /// Interpreters that were lost over it.
    failures: u32,
    impossible: bool,
}

impl Slot {
    /// True if the children of a program may be forked from a process that has imported its package.
    pub(super) fn may_import_once(&self, subject: Subject<'_>) -> bool {
        let Some(package) = subject.package else {
            return false;
        };
        let known = self.imports.module.as_ref() == Some(&Module::from(package));
        self.shared.level != Level::None && !(known && self.imports.impossible)
    }

    /// Maximal number of calls for one child. Calls that have to find a package as it was imported get a
    /// child each, where that need not import it.
    pub(super) fn calls_of_a_child(&self, kind: &'static str, subject: Subject<'_>) -> usize {
        let shared = match self.role {
            Role::Further => !subject.fresh,
            _ => !subject.fresh && subject.half == Some(HALF_UNWATCHED),
        };
        match kind == JOB_TRACE && !shared && self.may_import_once(subject) {
            true => 1,
            false => usize::MAX,
        }
    }

    /// Has the interpreter import the package of a program once, if it may, or else do what comes without.
    pub(super) fn import_once(
        &mut self,
        kind: &'static str,
        subject: Subject<'_>,
    ) -> io::Result<()> {
        let wanted = matches!(kind, JOB_TRACE | JOB_TRY) && self.may_import_once(subject);
        let package = subject.package.filter(|_| wanted);
        if let Some(package) = package {
            let module = Some(Module::from(package));
            if self.imports.module != module {
                self.imports = Imports {
                    module,
                    ..Imports::default()
                };
            }
        }
        let shared = Arc::clone(&self.shared);
        let limit = shared.limits.cpu_seconds * (1 + IMPORTS);
        match self.warm()?.import_once(package, limit, &shared.stop) {
            Ok(done) => {
                self.imports.impossible |= wanted && !done;
                Ok(())
            }
            Err(error) => {
                self.imports.failures += u32::from(wanted);
                self.imports.impossible |= self.imports.failures >= MAX_FAILURES;
                Err(error)
            }
        }
    }

    /// Runs calls in the second interpreter, where each evaluation has to find the package as it was imported:
    /// each call is recorded in a child of its own, and evaluated in another one that nobody watches. What
    /// nobody watched is what the call gives; the other half tells whether watching changes it.
    pub(super) fn run_halves(
        &mut self,
        subject: Subject<'_>,
        calls: &[(usize, CallText<'_>)],
    ) -> Result<Ends, TraceError> {
        let mut ends = self.run_all(JOB_TRACE, subject.half(HALF_WATCHED), calls)?;
        let mut todo: Vec<_> = calls
            .iter()
            .filter(|(number, _)| match ends.calls.get(number) {
                Some(CallEnd::Reported(report)) => has_ended(report),
                _ => false,
            })
            .copied()
            .collect();
        // One child for all; those that it finds otherwise are asked again, each in one of its own.
        for subject in [
            subject.half(HALF_UNWATCHED),
            subject.half(HALF_UNWATCHED).fresh(),
        ] {
            if ends.cancelled || todo.is_empty() {
                return Ok(ends);
            }
            let mut others = self.run_all(JOB_TRACE, subject, &todo)?;
            ends.cancelled |= others.cancelled;
            ends.orders = ends.orders.or(others.orders);
            todo.retain(|(number, _)| {
                let watched = ends.calls.get_mut(number);
                let (Some(CallEnd::Reported(watched)), Some(other)) =
                    (watched, others.calls.remove(number))
                else {
                    return false;
                };
                match other {
                    CallEnd::Reported(other)
                        if other.effects == watched.effects
                            && other.outcome == watched.outcome
                            && other.stdout == watched.stdout =>
                    {
                        watched.sources |= other.sources;
                        false
                    }
                    _ if !subject.fresh => true,
                    CallEnd::Reported(other) => {
                        take_over(watched, other);
                        false
                    }
                    ended @ CallEnd::Ended(_) => {
                        ends.calls.insert(*number, ended);
                        false
                    }
                }
            });
        }
        Ok(ends)
    }
}

/// True if a call has given a value or raised an exception.
fn has_ended(report: &RawReport) -> bool {
    [RETURNED, RAISED].iter().any(|outcome| {
        let start = format!("[\"{outcome}\"");
        report.outcome.starts_with(start.as_bytes())
    })
}

/// Takes over what came out when nobody watched, where it is something else.
fn take_over(watched: &mut RawReport, other: RawReport) {
    let same = watched.outcome == other.outcome && watched.stdout == other.stdout;
    watched.sources |= other.sources | if same { OTHER_EFFECTS } else { OTHER_OUTCOME };
    watched.outcome = other.outcome;
    watched.stdout = other.stdout;
}

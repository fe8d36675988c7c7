//! Runs the calls of a program in children of one zygote, until every call has an end.
//!
//! A child runs the calls one after the other. Where one of them ends the child (a broken budget, a
//! timeout, a crash), that call gets the blame and the calls after it go to a new child.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tracestone_record::Outcome;

use crate::error::TraceError;
use crate::interpreter::Interpreter;
use crate::sandbox::{Filters, Launch, Level};
use crate::settings::Limits;
use crate::shared::{HALF_WATCHED, JOB_EVALUATE, JOB_PERFORM, JOB_REHEARSE, JOB_TRACE, JOB_TRY};
use crate::stop::{Stop, TICK};
use crate::tree::{PackageWork, Subject, Tree};
use crate::zygote::{ChildEnd, Role, Waiting, Work, Zygote};

mod ends;
mod listener;
mod package;

use ends::{Batch, Tried};
pub(crate) use ends::{CallEnd, CallText, Ends};
pub(crate) use listener::Listener;
use listener::ToTheEnd;
use package::Imports;

/// Interpreters that may fail in a row before the engine gives up.
const MAX_FAILURES: u32 = 20;
/// Maximal number of runs of calls that were disturbed from outside, before the first of them runs alone, and
/// then of that one.
const MAX_DISTURBANCES: u32 = 3;
/// Tests of a file that may run out of time before the others are given up.
const MAX_HUNG_TESTS: usize = 2;
/// Wait before the first repetition; it doubles each time.
const PAUSE: Duration = Duration::from_millis(20);

/// Children that candidates of one program may use up by ending them.
const MAX_TRIED_CHILDREN: usize = 6;

/// CPU time for an input of which nobody knows that it makes sense.
const TRY_SECONDS: u32 = 1;

/// Maximal number of evaluations of an expression by the witness.
const TESTIMONIES: u32 = 4;

/// CPU time for an evaluation, which is within its budget of steps in a small part of that.
const EVALUATE_SECONDS: u32 = 1;

/// CPU time that the imports of a package may take, in times of that of a call.
const IMPORTS: u32 = 2;

/// Kind of a job, its subject, and the CPU time of each call.
type Task<'a> = (&'static str, Subject<'a>, u32);

/// State shared by all interpreters of an engine.
pub(crate) struct Shared {
    pub(crate) interpreter: Interpreter,
    pub(crate) level: Level,
    pub(crate) filters: Filters,
    pub(crate) limits: Limits,
    /// The native recorder, where there is one.
    pub(crate) native: Option<PathBuf>,
    /// Set when all work is to stop.
    pub(crate) stop: Stop,
    /// Interpreters that failed since the last one that did its work.
    pub(crate) failures: AtomicU32,
}

impl Shared {
    /// Shared state of interpreters in the strongest sandbox; another level can be set.
    pub(crate) fn new(interpreter: Interpreter, limits: Limits, stop: Stop) -> io::Result<Self> {
        Ok(Self {
            interpreter,
            level: Level::Namespaces,
            filters: Filters::compile()?,
            limits,
            native: None,
            stop,
            failures: AtomicU32::new(0),
        })
    }

    /// Starts an interpreter in the sandbox.
    pub(crate) fn start(
        &self,
        hash_seed: u32,
        role: Role,
        tree: Option<&Tree>,
    ) -> io::Result<Zygote> {
        let launch = Launch {
            interpreter: &self.interpreter,
            level: self.level,
            filters: &self.filters,
            hash_seed,
            memory_bytes: self.limits.memory_bytes,
            // What depends on addresses comes out otherwise in the others, and is the same in the next
            // build.
            fixed_addresses: role == Role::First,
            native: self.native.as_deref(),
            tree: tree.map(|tree| tree.place(role == Role::First)),
            site: tree
                .and_then(|tree| tree.site.as_ref())
                .map(|site| site.place(role == Role::First)),
            foreign_code: tree
                .and_then(|tree| tree.site.as_ref())
                .is_some_and(|site| site.native),
            utf8_mode: true,
            boot: "",
        };
        Zygote::start(launch, &self.limits, role, tree, &self.stop)
    }
}

/// An interpreter that is started when it is needed, and again when it has died.
pub(crate) struct Slot {
    shared: Arc<Shared>,
    pub(crate) hash_seed: u32,
    role: Role,
    zygote: Option<Zygote>,
    /// The files that its interpreter has, where it has those of a source.
    tree: Option<Arc<Tree>>,
    /// True to continue once a child has written its end mark, before its exit status is known. It nearly
    /// always ends well, and its end takes as long as a fork. [`Slot::ended_well`] reports it later.
    pub(crate) hasty: bool,
    /// True if a child that was expected to end well did not.
    disappointed: bool,
    imports: Imports,
}

impl Slot {
    pub(crate) fn new(shared: Arc<Shared>, hash_seed: u32, role: Role) -> Self {
        Self {
            shared,
            hash_seed,
            role,
            zygote: None,
            tree: None,
            hasty: false,
            disappointed: false,
            imports: Imports::default(),
        }
    }

    /// True if the calls of a program share an import of its package.
    pub(crate) fn shares_imports(&self) -> bool {
        self.role == Role::Further
    }

    /// The budgets of a call.
    pub(crate) fn limits(&self) -> &Limits {
        &self.shared.limits
    }

    /// Starts the interpreter unless it runs.
    pub(crate) fn warm(&mut self) -> io::Result<&mut Zygote> {
        match &mut self.zygote {
            Some(zygote) => Ok(zygote),
            empty => Ok(empty.insert(self.shared.start(
                self.hash_seed,
                self.role,
                self.tree.as_deref(),
            )?)),
        }
    }

    /// Waits for the last child's end. Tells whether all children since this was asked last ended as was
    /// expected of them; where not, what they reported does not count.
    pub(crate) fn ended_well(&mut self) -> Result<bool, TraceError> {
        if let Err(error) = self.settle() {
            self.lost(&error)?;
        }
        Ok(!std::mem::take(&mut self.disappointed))
    }

    fn settle(&mut self) -> io::Result<()> {
        let Some(zygote) = &mut self.zygote else {
            return Ok(());
        };
        let ended = zygote.settle(&self.shared.stop);
        self.disappointed |= !matches!(ended, Ok(None));
        ended.map(drop)
    }

    /// Makes sure that the interpreter, once it runs, has the files that a program needs and no others.
    fn turn_to(&mut self, subject: Subject<'_>) -> Result<(), TraceError> {
        let wanted = subject.package.map(|package| &package.tree);
        let same = match (&self.tree, wanted) {
            (Some(tree), Some(wanted)) => tree.folder == wanted.folder,
            (tree, wanted) => tree.is_none() && wanted.is_none(),
        };
        if !same {
            if let Err(error) = self.settle() {
                self.lost(&error)?;
            }
            self.zygote = None;
            self.tree = wanted.cloned();
        }
        Ok(())
    }

    /// Runs calls in the given order.
    pub(crate) fn run(
        &mut self,
        kind: &'static str,
        subject: Subject<'_>,
        calls: &[(usize, CallText<'_>)],
    ) -> Result<Ends, TraceError> {
        if self.role == Role::Second && kind == JOB_TRACE && self.may_import_once(subject) {
            return self.run_halves(subject, calls);
        }
        self.run_all(kind, subject, calls)
    }

    /// Records calls once, each in a package that nothing has run in since its import.
    pub(crate) fn record_afresh(
        &mut self,
        subject: Subject<'_>,
        calls: &[(usize, CallText<'_>)],
    ) -> Result<Ends, TraceError> {
        self.run_all(JOB_TRACE, subject.half(HALF_WATCHED), calls)
    }

    fn run_all(
        &mut self,
        kind: &'static str,
        subject: Subject<'_>,
        calls: &[(usize, CallText<'_>)],
    ) -> Result<Ends, TraceError> {
        let limit = self.shared.limits.cpu_seconds;
        let (mut ends, again) = self.run_once(kind, subject, calls, limit, usize::MAX)?;
        if !ends.cancelled {
            self.retry(kind, subject, &again, &mut ends)?;
        }
        Ok(ends)
    }

    /// Runs calls of which nobody knows that they make sense: after a few that ended their child, or once
    /// the listener has heard enough, the rest is not tried, and no timeout is tried again.
    pub(crate) fn try_run(
        &mut self,
        subject: Subject<'_>,
        calls: &[(usize, CallText<'_>)],
        listener: &mut dyn Listener,
    ) -> Result<Ends, TraceError> {
        let mut ends = Ends::default();
        let work = (JOB_TRY, subject, TRY_SECONDS);
        self.run_children(work, calls, MAX_TRIED_CHILDREN, &mut ends, listener)?;
        Ok(ends)
    }

    /// Has the witness evaluate expressions, each as often as its questions need.
    pub(crate) fn testify(
        &mut self,
        subject: Subject<'_>,
        calls: &[(usize, CallText<'_>)],
    ) -> Result<Ends, TraceError> {
        let limit = self.shared.limits.cpu_seconds * TESTIMONIES;
        let (mut ends, again) = self.run_once("testify", subject, calls, limit, usize::MAX)?;
        if !ends.cancelled {
            self.retry("testify", subject, &again, &mut ends)?;
        }
        Ok(ends)
    }

    /// Evaluates expressions without recording. Steps are the budget; a timeout is not tried again here,
    /// since one in a batch would keep the others waiting.
    pub(crate) fn evaluate(
        &mut self,
        subject: Subject<'_>,
        calls: &[(usize, CallText<'_>)],
    ) -> Result<Ends, TraceError> {
        let (ends, _) =
            self.run_once(JOB_EVALUATE, subject, calls, EVALUATE_SECONDS, usize::MAX)?;
        Ok(ends)
    }

    /// Has a script do its work, once more where it ran out of time.
    pub(crate) fn perform(
        &mut self,
        script: &str,
        call: &str,
        cpu_seconds: u32,
    ) -> Result<Ends, TraceError> {
        let text = CallText {
            setup: "",
            expression: call,
            asked: None,
        };
        let calls = [(0, text)];
        let (ends, again) = self.run_once(
            JOB_PERFORM,
            Subject::text(script),
            &calls,
            cpu_seconds,
            usize::MAX,
        )?;
        if again.is_empty() || ends.cancelled {
            return Ok(ends);
        }
        let (ends, _) = self.run_once(
            JOB_PERFORM,
            Subject::text(script),
            &calls,
            cpu_seconds,
            usize::MAX,
        )?;
        Ok(ends)
    }

    /// Has the items of a file of tests run.
    pub(crate) fn rehearse(
        &mut self,
        subject: Subject<'_>,
        items: &[(usize, CallText<'_>)],
        cpu_seconds: u32,
    ) -> Result<Ends, TraceError> {
        let (ends, _) = self.run_once(JOB_REHEARSE, subject, items, cpu_seconds, usize::MAX)?;
        Ok(ends)
    }

    fn run_once<'c>(
        &mut self,
        kind: &'static str,
        subject: Subject<'_>,
        calls: &[(usize, CallText<'c>)],
        cpu_seconds: u32,
        max_children: usize,
    ) -> Result<(Ends, Vec<(usize, CallText<'c>)>), TraceError> {
        let mut ends = Ends::default();
        let work = (kind, subject, cpu_seconds);
        let again = self.run_children(work, calls, max_children, &mut ends, &mut ToTheEnd)?;
        Ok((ends, again))
    }

    /// Runs calls in one child after the other; gives those whose end counts only if it is repeated.
    fn run_children<'c>(
        &mut self,
        (kind, subject, cpu_seconds): Task<'_>,
        calls: &[(usize, CallText<'c>)],
        max_children: usize,
        ends: &mut Ends,
        listener: &mut dyn Listener,
    ) -> Result<Vec<(usize, CallText<'c>)>, TraceError> {
        self.turn_to(subject)?;
        let mut todo = calls;
        let mut again = Vec::new();
        let (mut children, mut hung_children) = (0, 0);
        while !todo.is_empty() && children < max_children {
            let mut now = &todo[..todo.len().min(self.calls_of_a_child(kind, subject))];
            let work = (kind, subject, cpu_seconds);
            let mut tried = self.undisturbed(work, now, listener)?;
            if matches!(tried, Tried::Disturbed(_)) && now.len() > 1 {
                now = &todo[..1];
                tried = self.undisturbed(work, now, listener)?;
            }
            let later = &todo[now.len()..];
            let batch = match tried {
                Tried::Done(batch) => batch,
                Tried::Stopped => {
                    ends.cancelled = true;
                    return Ok(again);
                }
                Tried::Disturbed(why) => {
                    self.prove_sound()?;
                    ends.give_up(now[0].0, &why);
                    todo = later;
                    continue;
                }
            };
            children += 1;
            if batch.end.is_suspect() && now.len() > 1 && max_children == usize::MAX {
                todo = later;
                if !self.each_alone(work, now, ends)? {
                    return Ok(again);
                }
                continue;
            }
            let hung = matches!(
                batch.end,
                ChildEnd::TimedOut | ChildEnd::Blocked(Waiting::Time)
            );
            let rest = ends.take(batch, now, &mut again);
            todo = &todo[now.len() - rest.len()..];
            if listener.keep() {
                break;
            }
            hung_children += usize::from(hung);
            if kind == JOB_REHEARSE && hung_children == MAX_HUNG_TESTS {
                // Whatever is wrong with the file, each of its other tests would cost as much.
                for (number, _) in todo {
                    let why = "tests of its file before it ran out of time".to_owned();
                    let ended = CallEnd::Ended(Outcome::Invalid { why });
                    ends.calls.insert(*number, ended);
                }
                break;
            }
            if hung && max_children != usize::MAX {
                break;
            }
        }
        Ok(again)
    }

    /// Runs calls in one child. What comes from outside, such as a signal that no program can send or the
    /// end of the interpreter, is no result: all is then run again, as if it had not been.
    fn undisturbed(
        &mut self,
        work: Task<'_>,
        calls: &[(usize, CallText<'_>)],
        listener: &mut dyn Listener,
    ) -> Result<Tried, TraceError> {
        let mut why = String::new();
        for attempt in 0..=MAX_DISTURBANCES {
            if attempt > 0 {
                self.pause(PAUSE * (1 << attempt));
            }
            match self.one_child(work, calls, listener) {
                Ok(batch) => match batch.end {
                    ChildEnd::Cancelled => return Ok(Tried::Stopped),
                    ChildEnd::Disturbed(what) => what.clone_into(&mut why),
                    _ => {
                        self.shared.failures.store(0, Ordering::Relaxed);
                        return Ok(Tried::Done(batch));
                    }
                },
                Err(error) => {
                    self.lost(&error)?;
                    why = error.to_string();
                }
            }
            if self.shared.stop.requested() {
                return Ok(Tried::Stopped);
            }
        }
        Ok(Tried::Disturbed(why))
    }

    /// Runs calls each in a child of its own, since a child that they shared did not end as it should:
    /// which of them wrote what is not known, and a report counts only with a clean end. `false` where the
    /// engine is to stop.
    fn each_alone(
        &mut self,
        work: Task<'_>,
        calls: &[(usize, CallText<'_>)],
        ends: &mut Ends,
    ) -> Result<bool, TraceError> {
        for alone in calls.chunks(1) {
            match self.undisturbed(work, alone, &mut ToTheEnd)? {
                Tried::Done(batch) => {
                    ends.take(batch, alone, &mut Vec::new());
                }
                Tried::Stopped => {
                    ends.cancelled = true;
                    return Ok(false);
                }
                Tried::Disturbed(why) => {
                    self.prove_sound()?;
                    ends.give_up(alone[0].0, &why);
                }
            }
        }
        Ok(true)
    }

    /// Lets a disturbance pass.
    fn pause(&self, length: Duration) {
        let mut left = length;
        while !left.is_zero() && !self.shared.stop.requested() {
            std::thread::sleep(left.min(TICK));
            left = left.saturating_sub(TICK);
        }
    }

    /// Repeats a call alone in a child of an otherwise idle interpreter. An end that may be due to the
    /// machine or to the calls before, such as a timeout, counts only if it is repeated.
    fn retry(
        &mut self,
        kind: &'static str,
        subject: Subject<'_>,
        again: &[(usize, CallText<'_>)],
        ends: &mut Ends,
    ) -> Result<(), TraceError> {
        let limit = self.shared.limits.cpu_seconds;
        for call in again {
            let alone = std::slice::from_ref(call);
            match self.undisturbed((kind, subject, limit), alone, &mut ToTheEnd)? {
                Tried::Done(batch) => {
                    ends.take(batch, alone, &mut Vec::new());
                }
                Tried::Stopped => {
                    ends.cancelled = true;
                    return Ok(());
                }
                // Then what it had before is all that is known.
                Tried::Disturbed(_) => {}
            }
        }
        Ok(())
    }

    /// Has an interpreter do something that cannot fail, so that a call is blamed for taking down
    /// interpreters only where they last without it.
    fn prove_sound(&mut self) -> Result<(), TraceError> {
        let nothing = CallText {
            setup: "",
            expression: "0",
            asked: None,
        };
        let work = (JOB_EVALUATE, Subject::text(""), EVALUATE_SECONDS);
        while let Err(error) = self.one_child(work, &[(0, nothing)], &mut ToTheEnd) {
            self.lost(&error)?;
            if self.shared.stop.requested() {
                return Ok(());
            }
        }
        self.shared.failures.store(0, Ordering::Relaxed);
        Ok(())
    }

    /// Gives up an interpreter that is gone or confused; an error if too many went before it.
    fn lost(&mut self, error: &io::Error) -> Result<(), TraceError> {
        self.zygote = None;
        if self.shared.stop.requested() {
            return Ok(());
        }
        let failures = self.shared.failures.fetch_add(1, Ordering::Relaxed) + 1;
        if failures >= MAX_FAILURES {
            return Err(TraceError::WorkersDie(error.to_string()));
        }
        Ok(())
    }

    fn one_child(
        &mut self,
        (kind, subject, cpu_seconds): Task<'_>,
        calls: &[(usize, CallText<'_>)],
        listener: &mut dyn Listener,
    ) -> io::Result<Batch> {
        self.settle()?;
        self.import_once(kind, subject)?;
        let (shared, hasty) = (Arc::clone(&self.shared), self.hasty);
        let zygote = self.warm()?;
        let work = Work {
            kind,
            cpu_seconds: match subject.package {
                // Tests are given a time that is meant for all that they do, and what is only tried needs no import
                // where that was done before.
                Some(_) if kind != JOB_REHEARSE && !(kind == JOB_TRY && zygote.has_imported()) => {
                    cpu_seconds + IMPORTS * shared.limits.cpu_seconds
                }
                _ => cpu_seconds,
            },
            program: subject.text,
            package: subject.package.map(PackageWork::from),
            fresh: subject.fresh,
            seed: subject.seed,
            half: subject.half,
            calls: calls
                .iter()
                .map(|(number, call)| (*number, (call.setup, call.expression)))
                .collect(),
            asked: calls.iter().filter_map(|(_, call)| call.asked).collect(),
        };
        let mut reports = Vec::new();
        listener.begin();
        let mut end = zygote.run(&work, &shared.stop, &mut |report| {
            let is_enough = listener.hear(&report);
            reports.push(report);
            is_enough
        })?;
        if !hasty && let Some(other) = zygote.settle(&shared.stop)? {
            end = other;
        }
        Ok(Batch { reports, end })
    }
}

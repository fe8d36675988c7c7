//! Programs and calls to verified runs.

use std::ops::ControlFlow;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use tracestone_generate::Bounds;
use tracestone_record::watch::{Progress, Watch};
use tracestone_record::words::{self, counted, number};
use tracestone_record::{Dropped, ProgramId, Reason, Run, Stage, Verdict};
use tracestone_store::{Key, Store, Traced};
use tracestone_trace::{Engine, Job, JobResult};

use crate::trees::Trees;
use crate::{Engines, Error, StageReport};

/// Programs written to the store in one transaction.
const BATCH: usize = 64;

/// The settings of `trace` beside those of its engine.
#[derive(Debug, Clone, Default)]
pub struct TraceSettings {
    /// Limits on the inputs generated for each program.
    pub inputs: Bounds,
    /// Trace at most this many programs, in the order of their identifiers.
    pub limit: Option<u64>,
}

/// Runs every program with calls that is not done yet.
///
/// # Errors
/// The store fails, or an engine does not start or breaks down; what was finished is in the store.
pub fn trace(
    store: &mut Store,
    engines: &Engines<'_>,
    settings: &TraceSettings,
    watch: &dyn Watch,
) -> Result<StageReport, Error> {
    let started = Instant::now();
    let engines_used = engines.start()?;
    let pythons: Vec<&str> = engines_used.iter().map(|engine| engine.python()).collect();
    store.set_meta("python", &pythons.join(", "))?;
    store.set_meta("sandbox", engines_used[0].sandbox())?;
    store.share_made_calls()?;
    let todo = plan(store, engines, settings)?;
    let pending = || todo.pending.iter().flatten();
    let progress = Progress::start(watch, "trace", "programs", pending().count() as u64);
    let mut landing = Landing {
        store,
        watch,
        keys: pending().copied().collect(),
        batch: Vec::new(),
        runs: 0,
        made: 0,
        verified: 0,
        error: None,
    };
    for (engine, pending) in engines_used.into_iter().zip(&todo.pending) {
        if !pending.is_empty() && !watch.stop() {
            run_all(engine, pending, settings, &mut landing, &progress)?;
        }
    }
    progress.finish(&format!(
        "{} of {} ({} with made inputs), {} verified; {} done before",
        counted(landing.runs, "run"),
        counted(progress.count(), "program"),
        number(landing.made),
        number(landing.verified),
        counted(todo.reused, "program")
    ));
    Ok(StageReport {
        stage: Stage::Trace,
        done: progress.count(),
        reused: todo.reused,
        failed: 0,
        seconds: started.elapsed().as_secs_f64(),
        interrupted: watch.stop(),
    })
}

/// Runs what is left to do for one engine, with jobs from a connection of its own.
fn run_all(
    engine: &Engine,
    pending: &[(ProgramId, Key)],
    settings: &TraceSettings,
    landing: &mut Landing<'_>,
    progress: &Progress<'_>,
) -> Result<(), Error> {
    let read_error = Mutex::new(None);
    // The engine pulls jobs from other threads, so they come from a connection of their own.
    let reader = Store::open_read_only(landing.store.path())?;
    let trees = Trees::of_engine(engine, landing.watch);
    let jobs = pending.iter().map_while({
        let read_error = &read_error;
        move |(id, _)| {
            let job = load_job(&reader, &trees, *id, settings.inputs);
            job.map_err(|error| {
                *read_error.lock().unwrap_or_else(PoisonError::into_inner) = Some(error)
            })
            .ok()
        }
    });
    let traced = engine.trace(jobs, &mut |result| {
        progress.advance(1);
        progress.detail(|| traced_line(&result));
        landing.take(result)
    });
    // What was finished before the engine broke down is kept.
    landing.flush();
    traced?;
    let read_error = read_error
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    match landing.error.take().or(read_error) {
        Some(error) => Err(error),
        None => Ok(()),
    }
}

/// One program as `--verbose` shows it.
fn traced_line(result: &JobResult) -> String {
    let verified = |run: &&Run| run.verdict == Verdict::Verified;
    format!(
        "program {}: {}, {} verified, {} with made inputs",
        result.program,
        counted(result.runs.len() as u64, "run"),
        result.runs.iter().filter(verified).count(),
        result.chosen.len()
    )
}

/// The remaining work.
struct Plan {
    /// For each engine.
    pending: Vec<Vec<(ProgramId, Key)>>,
    reused: u64,
}

fn plan(store: &Store, engines: &Engines<'_>, settings: &TraceSettings) -> Result<Plan, Error> {
    let mut fingerprints = Vec::new();
    for engine in engines.all() {
        let parts = (
            engine.get()?.fingerprint(),
            tracestone_generate::VERSION,
            settings.inputs,
        );
        fingerprints.push(serde_json::to_string(&parts)?);
    }
    let mut plan = Plan {
        pending: vec![Vec::new(); fingerprints.len()],
        reused: 0,
    };
    let sources = store.sources_of_programs()?;
    let limit = settings.limit.map_or(usize::MAX, |limit| {
        usize::try_from(limit).unwrap_or(usize::MAX)
    });
    for (program, calls) in store.programs_with_mined_calls()?.into_iter().take(limit) {
        let source = sources.get(&program);
        let position = source.map(|source| engines.position(store, *source));
        let position = position.transpose()?.unwrap_or(0);
        let mut parts: Vec<&[u8]> = vec![fingerprints[position].as_bytes(), program.as_bytes()];
        parts.extend(calls.iter().map(|call| call.as_bytes().as_slice()));
        let key = Key::of(Stage::Trace, &parts);
        if store.is_done(Stage::Trace, &key)? {
            plan.reused += 1;
        } else {
            plan.pending[position].push((program, key));
        }
    }
    // Those that run in packages come by source and module, since interpreters have the files of one source
    // at a time, and one of its packages imported. Modules of tests, which nobody else imports, come last.
    let places = store.packaged_programs()?;
    for pending in &mut plan.pending {
        pending.sort_by_cached_key(|(program, _)| {
            let place = places.get(program).cloned();
            let place = place.map(|(source, module)| (source, is_of_tests(&module), module));
            (place, *program)
        });
    }
    Ok(plan)
}

/// True for a module of tests, by its name.
fn is_of_tests(module: &str) -> bool {
    let mut parts = module.split('.');
    parts.any(|part| matches!(part, "test" | "tests") || part.starts_with("test_"))
}

fn load_job(store: &Store, trees: &Trees<'_>, id: ProgramId, bounds: Bounds) -> Result<Job, Error> {
    let program = store.program(id)?;
    let mut calls = store.calls_of(id)?;
    calls.retain(|call| !call.origin.kind.is_made());
    let candidates = tracestone_generate::candidates(&program, &calls, bounds);
    let package = program.package.as_ref();
    let package = package.map(|package| trees.place(store, package, &program.lines));
    Ok(Job {
        package: package.transpose()?,
        program,
        calls,
        candidates,
    })
}

/// Collects results and writes them in batches.
struct Landing<'a> {
    store: &'a mut Store,
    watch: &'a dyn Watch,
    keys: std::collections::HashMap<ProgramId, Key>,
    batch: Vec<Traced>,
    runs: u64,
    /// Runs with made inputs.
    made: u64,
    verified: u64,
    error: Option<Error>,
}

impl Landing<'_> {
    fn take(&mut self, result: JobResult) -> ControlFlow<()> {
        let mut dropped: Vec<Dropped> = result.runs.iter().filter_map(dropped).collect();
        if result.left > 0 {
            dropped.push(Dropped::new(
                Reason::AddsNothing,
                result.program.to_string(),
                format!("{} inputs", result.left),
            ));
        }
        self.made += result.chosen.len() as u64;
        self.runs += result.runs.len() as u64;
        self.verified += result
            .runs
            .iter()
            .filter(|run| run.verdict == Verdict::Verified)
            .count() as u64;
        if let Some(key) = self.keys.get(&result.program) {
            self.batch.push(Traced {
                key: *key,
                program: result.program,
                made: result.chosen,
                runs: result.runs,
                dropped,
            });
        }
        if self.batch.len() >= BATCH {
            self.flush();
        }
        if self.error.is_some() || self.watch.stop() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }

    fn flush(&mut self) {
        if self.error.is_none()
            && let Err(error) = self.store.put_runs(&self.batch)
        {
            self.error = Some(error.into());
        }
        self.batch.clear();
    }
}

/// Drop of a run about which no question can be asked.
fn dropped(run: &Run) -> Option<Dropped> {
    let (reason, detail) = match &run.verdict {
        Verdict::Nondeterministic { differed, cause } => (
            Reason::Nondeterministic,
            format!("{differed} differed: {cause}"),
        ),
        Verdict::Observed { differed } => (Reason::Observed, format!("{differed} differed")),
        Verdict::Environment => (Reason::DependsOnEnvironment, String::new()),
        Verdict::Verified | Verdict::NotQualified => (run.outcome.drop_reason()?, detail(run)),
    };
    Some(Dropped::new(reason, run.id.to_string(), detail))
}

fn detail(run: &Run) -> String {
    use tracestone_record::Outcome;
    match &run.outcome {
        Outcome::OverBudget { budget } => budget.clone(),
        Outcome::Refused { what } => what.clone(),
        Outcome::Invalid { why } => why.clone(),
        Outcome::Blocked { on } => on.clone(),
        Outcome::Crashed { signal } => signal.clone(),
        Outcome::ProgramFailed { exception } | Outcome::SetupFailed { exception } => {
            words::exception(&exception.type_name, &exception.message)
        }
        _ => String::new(),
    }
}

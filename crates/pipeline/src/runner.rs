//! The executions of judges: the sandbox, started only if one asks for it, and Karel's interpreter.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::Path;

use tracestone_eval::judge::{Job, Outcome, Runner, Script};
use tracestone_eval::model::Message;
use tracestone_karel::ask;
use tracestone_record::Language;
use tracestone_record::watch::Watch;
use tracestone_trace::{ReplayJob, ReplayOutcome, Settings};

use crate::adviser::Adviser;
use crate::{Error, LazyEngine, scripts};

/// Steps of a Karel program that a judge runs on whatever world it was given.
const KAREL_STEPS: u32 = 100_000;

/// Executes for judges: Python with an engine that starts for the first program, Karel in this process. What was
/// executed lately is not executed again.
pub struct SandboxRunner<'w> {
    engine: LazyEngine<'w>,
    watch: &'w dyn Watch,
    explain: fn(Error) -> String,
    adviser: Adviser,
    known: HashMap<blake3::Hash, Outcome>,
    /// Bytes of the texts in `known`.
    known_bytes: usize,
}

/// Outcomes by their keys, and the expressions that ran out of time as jobs.
type Executed = (Vec<(blake3::Hash, Outcome)>, Vec<Job>);

/// The engine's word for an evaluation that used up its CPU time.
const TIMED_OUT: &str = "timed_out";

/// Bytes of outcomes that are kept.
const KNOWN_BYTES: usize = 128 << 20;
/// Bytes that an outcome takes without its text.
const OUTCOME_BYTES: usize = 128;

fn text_bytes(outcome: &Outcome) -> usize {
    match outcome {
        Outcome::Returned(text) | Outcome::Raised(text) | Outcome::Failed(text) => text.len(),
        Outcome::Varies(ways) => ways.iter().map(text_bytes).sum(),
    }
}

/// A hash of everything that an outcome depends on.
fn key(job: &Job, expression: &str) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    for text in [&job.program, &job.setup, expression] {
        hasher.update(&(text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    }
    hasher.finalize()
}

impl<'w> SandboxRunner<'w> {
    /// A runner that has not started anything yet. `judge_model` takes the place of the model that a judge's task names. A
    /// judge's interface has room for a text alone where programs cannot be executed: `explain` makes it.
    pub fn new(
        settings: Settings,
        judge_model: Option<String>,
        watch: &'w dyn Watch,
        explain: fn(Error) -> String,
    ) -> Self {
        Self {
            engine: LazyEngine::new(settings, watch),
            watch,
            explain,
            adviser: Adviser::new(judge_model),
            known: HashMap::new(),
            known_bytes: 0,
        }
    }

    /// Keeps the opinions of a judge's model in a file.
    pub fn keep_opinions_in(&mut self, file: &Path) {
        self.adviser.keep_in(file);
    }
}

impl Runner for SandboxRunner<'_> {
    fn run(&mut self, jobs: Vec<Job>) -> Result<Vec<Vec<Outcome>>, String> {
        self.forget();
        let mut fresh = Vec::new();
        for job in &jobs {
            let unknown = |text: &&String| !self.known.contains_key(&key(job, text));
            let expressions: Vec<_> = job.expressions.iter().filter(unknown).cloned().collect();
            if !expressions.is_empty() {
                fresh.push(Job {
                    expressions,
                    ..job.clone()
                });
            }
        }
        let (karel_jobs, fresh): (Vec<Job>, Vec<Job>) = fresh
            .into_iter()
            .partition(|job| job.language == Language::Karel);
        for job in &karel_jobs {
            let keys = job.expressions.iter().map(|text| key(job, text));
            self.learn(keys.zip(karel(job)));
        }
        if !fresh.is_empty() {
            let (found, timed_out) = self.execute(&fresh, None)?;
            self.learn(found);
            // A timeout counts if the expression has it again, alone in a job.
            if !timed_out.is_empty() {
                let (found, _) = self.execute(&timed_out, None)?;
                self.learn(found);
            }
            self.reorder(&fresh)?;
        }
        let outcome = |job: &Job, text: &String| {
            let stopped = || Outcome::Failed("it was stopped".to_owned());
            self.known
                .get(&key(job, text))
                .cloned()
                .unwrap_or_else(stopped)
        };
        let row = |job: &Job| {
            let texts = job.expressions.iter();
            texts.map(|text| outcome(job, text)).collect()
        };
        Ok(jobs.iter().map(row).collect())
    }

    fn perform(&mut self, jobs: Vec<Script>) -> Result<Vec<Outcome>, String> {
        if jobs.is_empty() {
            return Ok(Vec::new());
        }
        let engine = self.engine.get().map_err(self.explain)?;
        scripts::perform(engine, jobs, self.watch)
    }

    fn ask(
        &mut self,
        model: &str,
        questions: Vec<Vec<Message>>,
    ) -> Result<Vec<Result<String, String>>, String> {
        self.adviser.ask(model, &questions, self.watch)
    }
}

impl SandboxRunner<'_> {
    fn learn(&mut self, found: impl IntoIterator<Item = (blake3::Hash, Outcome)>) {
        for (key, outcome) in found {
            self.known_bytes += OUTCOME_BYTES + text_bytes(&outcome);
            self.known.insert(key, outcome);
        }
    }

    /// Forgets all outcomes once they take much memory, as those of a server do in time.
    fn forget(&mut self) {
        if self.known_bytes > KNOWN_BYTES {
            self.known = HashMap::new();
            self.known_bytes = 0;
        }
    }

    /// Executes what may show the order of a set again, with other orders.
    fn reorder(&mut self, jobs: &[Job]) -> Result<(), String> {
        let jobs: Vec<Job> = jobs
            .iter()
            .filter_map(|job| {
                let texts = [job.program.as_str(), job.setup.as_str()];
                let program = texts.into_iter().any(may_order_sets);
                let ended = |text: &&String| {
                    let outcome = self.known.get(&key(job, text));
                    outcome.is_some_and(|outcome| !matches!(outcome, Outcome::Failed(_)))
                };
                let shows = |text: &&String| program || may_order_sets(text);
                let texts = job.expressions.iter().filter(shows).filter(ended);
                let expressions: Vec<_> = texts.cloned().collect();
                (!expressions.is_empty()).then(|| Job {
                    expressions,
                    ..job.clone()
                })
            })
            .collect();
        for order in 0..ORDERS {
            if jobs.is_empty() {
                break;
            }
            let (found, _) = self.execute(&jobs, Some(order))?;
            for (key, outcome) in found {
                if !matches!(outcome, Outcome::Failed(_)) {
                    self.known
                        .entry(key)
                        .and_modify(|known| vary(known, outcome));
                }
            }
        }
        Ok(())
    }

    /// Executes jobs; gives the outcomes, and the expressions that ran out of time as jobs.
    fn execute(&mut self, jobs: &[Job], order: Option<usize>) -> Result<Executed, String> {
        let replays = jobs.iter().enumerate().map(|(key, job)| ReplayJob {
            package: None,
            key: key as u64,
            program: job.program.clone(),
            setup: job.setup.clone(),
            expressions: job.expressions.clone(),
            order,
            asked: None,
        });
        let mut found = Vec::new();
        let mut timed_out = Vec::new();
        let watch = self.watch;
        let engine = self.engine.get().map_err(self.explain)?;
        engine
            .replay(replays, &mut |result| {
                let job = usize::try_from(result.key).ok().and_then(|at| jobs.get(at));
                if let Some(job) = job {
                    for (text, replay) in job.expressions.iter().zip(result.replays) {
                        let outcome = match replay {
                            Ok(replay) => outcome(&replay.outcome),
                            Err(why) => {
                                if why == TIMED_OUT {
                                    timed_out.push(Job {
                                        expressions: vec![text.clone()],
                                        ..job.clone()
                                    });
                                }
                                Outcome::Failed(why)
                            }
                        };
                        found.push((key(job, text), outcome));
                    }
                }
                if watch.stop() {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            })
            .map_err(|error| error.to_string())?;
        Ok((found, timed_out))
    }
}

/// Interpreters with other hash seeds that programs with sets are tried in: all, whose seeds are chosen so that
/// two short texts have both orders.
const ORDERS: usize = 6;

/// Adds an outcome where it is another one.
fn vary(known: &mut Outcome, outcome: Outcome) {
    match known {
        Outcome::Varies(ways) => {
            if !ways.contains(&outcome) {
                ways.push(outcome);
            }
        }
        one if *one == outcome => {}
        one => *one = Outcome::Varies(vec![one.clone(), outcome]),
    }
}

/// Tells texts that could make a set, or see a hash: calls of `set`, `frozenset` and `hash`, and braces that
/// hold no colon.
fn may_order_sets(text: &str) -> bool {
    // Statements within a text, as published scorers execute them, are not looked into.
    if text.starts_with("exec(") {
        return true;
    }
    if ["set(", "hash(", "id("]
        .iter()
        .any(|call| text.contains(call))
    {
        return true;
    }
    // For each open bracket: whether it is a brace, holds a colon, holds anything.
    let mut open: Vec<(bool, bool, bool)> = Vec::new();
    let mut quote: Option<char> = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c == '\\' {
            chars.next();
            continue;
        }
        match (quote, c) {
            (Some(mark), c) if c == mark || c == '\n' => quote = None,
            (Some(_), _) => continue,
            (None, '\'' | '"') => quote = Some(c),
            _ => {}
        }
        match c {
            '{' | '[' | '(' => open.push((c == '{', false, false)),
            '}' | ']' | ')' => {
                if let Some((true, colon, filled)) = open.pop()
                    && !colon
                    && filled
                {
                    return true;
                }
            }
            ':' => {
                if let Some((_, colon, _)) = open.last_mut() {
                    *colon = true;
                }
            }
            c if !c.is_whitespace() => {
                if let Some((_, _, filled)) = open.last_mut() {
                    *filled = true;
                }
            }
            _ => {}
        }
    }
    false
}

fn karel(job: &Job) -> Vec<Outcome> {
    let expressions = job.expressions.iter();
    expressions
        .map(
            |call| match ask::execute(&job.program, &job.setup, call, KAREL_STEPS) {
                Ok(executed) => Outcome::Returned(executed.value),
                Err(error) => Outcome::Raised(error.to_string()),
            },
        )
        .collect()
}

fn outcome(ended: &ReplayOutcome) -> Outcome {
    match ended {
        ReplayOutcome::Returned { .. } => Outcome::Returned(ended.text()),
        ReplayOutcome::Raised { .. } => Outcome::Raised(ended.text()),
    }
}

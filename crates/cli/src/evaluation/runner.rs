//! The executions of judges: the sandbox, started only if one asks for it, and Karel's interpreter.

use std::collections::HashMap;
use std::ops::ControlFlow;

use tracestone_eval::judge::{Agreement, Job, Outcome, Runner, Script};
use tracestone_eval::model::Message;
use tracestone_eval::task::Task;
use tracestone_karel::ask;
use tracestone_record::Language;
use tracestone_trace::{Engine, ReplayJob, ReplayOutcome};

use super::{adviser::Adviser, items, scripts};
use crate::args::JudgingArgs;
use crate::failure::Failure;
use crate::interrupt;
use crate::printer::Printer;
use crate::settings;

/// Steps of a Karel program that a judge runs on whatever world it was given.
const KAREL_STEPS: u32 = 100_000;

/// Executes programs with the engine of the `trace` stage, and Karel programs right here; nothing is
/// executed twice.
pub(crate) struct SandboxRunner<'a> {
    args: &'a JudgingArgs,
    printer: &'a Printer,
    engine: Option<Engine>,
    adviser: Adviser,
    known: HashMap<blake3::Hash, Outcome>,
}

/// Agreement of a task's judge with the labels that its file names, if it names any.
pub(crate) fn agreement(
    task: &Task,
    runner: &mut SandboxRunner<'_>,
) -> Result<Option<Agreement>, Failure> {
    let labelled = items::labelled(task)?;
    if labelled.is_empty() {
        return Ok(None);
    }
    let agreement = Agreement::of(task.judge(), &labelled, runner).map_err(Failure::new)?;
    Ok(Some(agreement))
}

/// The engine's word for an evaluation that used up its CPU time.
const TIMED_OUT: &str = "timed_out";

/// A hash of everything that an outcome depends on.
fn key(job: &Job, expression: &str) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    for text in [&job.program, &job.setup, expression] {
        hasher.update(&(text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    }
    hasher.finalize()
}

impl<'a> SandboxRunner<'a> {
    /// A runner that has not started anything yet.
    pub(crate) fn new(args: &'a JudgingArgs, printer: &'a Printer) -> Self {
        Self {
            args,
            printer,
            engine: None,
            adviser: Adviser::default(),
            known: HashMap::new(),
        }
    }

    /// Keeps the opinions of a judge's model in this file.
    pub(crate) fn keep_opinions_in(&mut self, file: &std::path::Path) {
        self.adviser.keep_in(file);
    }

    fn engine(&mut self) -> Result<&Engine, String> {
        if self.engine.is_none() {
            let JudgingArgs {
                jobs,
                python,
                sandbox,
                ..
            } = self.args;
            let engine = settings::engine(python, jobs, sandbox, None);
            let engine =
                tracestone_pipeline::start_engine(&engine, self.printer).map_err(|error| {
                    let failure = Failure::from(error);
                    format!("{:#} ({})", failure.error, failure.hints.join("; "))
                })?;
            self.engine = Some(engine);
        }
        self.engine
            .as_ref()
            .ok_or_else(|| "the sandbox did not start".to_owned())
    }
}

impl Runner for SandboxRunner<'_> {
    fn run(&mut self, jobs: Vec<Job>) -> Result<Vec<Vec<Outcome>>, String> {
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
            let outcomes = job.expressions.iter().map(|text| key(job, text));
            self.known.extend(outcomes.zip(karel(job)));
        }
        if !fresh.is_empty() {
            let (found, timed_out) = self.execute(&fresh, None)?;
            self.known.extend(found);
            // A timeout counts if the expression has it again, alone in a job.
            if !timed_out.is_empty() {
                let (found, _) = self.execute(&timed_out, None)?;
                self.known.extend(found);
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
        scripts::perform(self.engine()?, jobs)
    }

    fn ask(
        &mut self,
        model: &str,
        questions: Vec<Vec<Message>>,
    ) -> Result<Vec<Result<String, String>>, String> {
        let typed = self.args.judge_model.as_deref();
        self.adviser.ask(typed.unwrap_or(model), &questions)
    }
}

impl SandboxRunner<'_> {
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
    fn execute(
        &mut self,
        jobs: &[Job],
        order: Option<usize>,
    ) -> Result<(Vec<(blake3::Hash, Outcome)>, Vec<Job>), String> {
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
        self.engine()?
            .replay(replays, &mut |result| {
                let job = usize::try_from(result.key).ok().and_then(|at| jobs.get(at));
                if let Some(job) = job {
                    for (text, replay) in job.expressions.iter().zip(result.replays) {
                        let outcome = match replay {
                            Ok(replay) => outcome(replay.outcome),
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
                if interrupt::requested() {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            })
            .map_err(|error| error.to_string())?;
        Ok((found, timed_out))
    }
}

/// Interpreters with other hash seeds that programs with sets are tried in: five orders are the same by
/// chance, of two texts, in 1 of 32 cases.
const ORDERS: usize = 5;

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

fn outcome(ended: ReplayOutcome) -> Outcome {
    match ended {
        ReplayOutcome::Returned { text } => Outcome::Returned(text),
        ReplayOutcome::Raised { type_name, message } if message.is_empty() => {
            Outcome::Raised(type_name)
        }
        ReplayOutcome::Raised { type_name, message } => {
            Outcome::Raised(format!("{type_name}: {message}"))
        }
    }
}

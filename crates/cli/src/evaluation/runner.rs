//! What executes for judges: the sandbox, started only if one asks for it, and Karel's interpreter.

use std::collections::HashMap;
use std::ops::ControlFlow;

use tracestone_eval::judge::{Job, Outcome, Runner};
use tracestone_karel::ask;
use tracestone_record::Language;
use tracestone_trace::{Engine, ReplayJob, ReplayOutcome};

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
    known: HashMap<blake3::Hash, Outcome>,
}

/// The engine's word for an evaluation that used up its CPU time.
const TIMED_OUT: &str = "timed_out";

/// What an outcome depends on.
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
            known: HashMap::new(),
        }
    }

    fn engine(&mut self) -> Result<&Engine, String> {
        if self.engine.is_none() {
            let JudgingArgs {
                jobs,
                python,
                sandbox,
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
            let timed_out = self.execute(&fresh)?;
            // A timeout counts if the expression has it again, alone in a job.
            if !timed_out.is_empty() {
                self.execute(&timed_out)?;
            }
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
}

impl SandboxRunner<'_> {
    /// Executes jobs and remembers the outcomes; gives the expressions that ran out of time as jobs.
    fn execute(&mut self, jobs: &[Job]) -> Result<Vec<Job>, String> {
        let replays = jobs.iter().enumerate().map(|(key, job)| ReplayJob {
            key: key as u64,
            program: job.program.clone(),
            setup: job.setup.clone(),
            expressions: job.expressions.clone(),
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
        self.known.extend(found);
        Ok(timed_out)
    }
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

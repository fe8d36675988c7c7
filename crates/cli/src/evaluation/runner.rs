//! What executes for judges: the sandbox, started only if one asks for it, and Karel's interpreter.

use std::ops::ControlFlow;

use tracestone_eval::judge::{Job, Outcome, Runner};
use tracestone_karel::ask;
use tracestone_record::Language;
use tracestone_trace::{Engine, ReplayJob, ReplayOutcome};

use crate::args::JudgingArgs;
use crate::interrupt;
use crate::printer::Printer;
use crate::stages;

/// Steps of a Karel program that a judge runs on whatever world it was given.
const KAREL_STEPS: u32 = 100_000;

/// Executes programs with the engine of the `trace` stage, and Karel programs right here.
pub(crate) struct SandboxRunner<'a> {
    args: &'a JudgingArgs,
    printer: &'a Printer,
    engine: Option<Engine>,
}

impl<'a> SandboxRunner<'a> {
    /// A runner that has not started anything yet.
    pub(crate) fn new(args: &'a JudgingArgs, printer: &'a Printer) -> Self {
        Self {
            args,
            printer,
            engine: None,
        }
    }

    fn engine(&mut self) -> Result<&Engine, String> {
        if self.engine.is_none() {
            let JudgingArgs {
                jobs,
                python,
                sandbox,
            } = self.args;
            let engine = stages::trace::start_engine(python, jobs, sandbox, None, self.printer)
                .map_err(|failure| {
                    let hints = failure.hints.join("; ");
                    format!("{:#} ({hints})", failure.error)
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
        let mut outcomes: Vec<Vec<Outcome>> = jobs
            .iter()
            .map(|job| {
                let stopped = Outcome::Failed("it was stopped".to_owned());
                vec![stopped; job.expressions.len()]
            })
            .collect();
        let mut python = Vec::new();
        for (key, job) in jobs.into_iter().enumerate() {
            match job.language {
                Language::Karel => outcomes[key] = karel(&job),
                Language::Python => python.push(ReplayJob {
                    key: key as u64,
                    program: job.program,
                    setup: job.setup,
                    expressions: job.expressions,
                }),
            }
        }
        if python.is_empty() {
            return Ok(outcomes);
        }
        self.engine()?
            .replay(python.into_iter(), &mut |result| {
                if let Some(slot) = usize::try_from(result.key)
                    .ok()
                    .and_then(|key| outcomes.get_mut(key))
                {
                    *slot = result
                        .replays
                        .into_iter()
                        .map(|replay| match replay {
                            Ok(replay) => outcome(replay.outcome),
                            Err(why) => Outcome::Failed(why),
                        })
                        .collect();
                }
                if interrupt::requested() {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            })
            .map_err(|error| error.to_string())?;
        Ok(outcomes)
    }
}

fn karel(job: &Job) -> Vec<Outcome> {
    let expressions = job.expressions.iter();
    expressions
        .map(|call| match ask::execute(&job.program, &job.setup, call, KAREL_STEPS) {
            Ok(executed) => Outcome::Returned(executed.value),
            Err(error) => Outcome::Raised(error.to_string()),
        })
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

//! The sandbox behind judges, started only if one asks for it.

use std::ops::ControlFlow;

use tracestone_eval::judge::{Job, Outcome, Runner};
use tracestone_trace::{Engine, ReplayJob, ReplayOutcome};

use crate::args::JudgingArgs;
use crate::interrupt;
use crate::printer::Printer;
use crate::stages;

/// Executes programs with the engine of the `trace` stage.
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
        let jobs = jobs.into_iter().enumerate().map(|(key, job)| ReplayJob {
            key: key as u64,
            program: job.program,
            setup: job.setup,
            expressions: job.expressions,
        });
        self.engine()?
            .replay(jobs, &mut |result| {
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

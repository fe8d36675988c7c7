//! The scripts of judges, in the sandbox.

use std::ops::ControlFlow;

use tracestone_eval::judge::{Outcome, Script};
use tracestone_record::watch::Watch;
use tracestone_record::words;
use tracestone_trace::{Engine, ScriptJob, ScriptOutcome};

/// Runs scripts; their outcomes in order.
pub(crate) fn perform(
    engine: &Engine,
    scripts: Vec<Script>,
    watch: &dyn Watch,
) -> Result<Vec<Outcome>, String> {
    let stopped = || Outcome::Failed("it was stopped".to_owned());
    let mut outcomes: Vec<Outcome> = scripts.iter().map(|_| stopped()).collect();
    let jobs = scripts
        .into_iter()
        .enumerate()
        .map(|(key, script)| ScriptJob {
            key: key as u64,
            script: script.text,
            call: script.call,
            cpu_seconds: script.cpu_seconds,
        });
    engine
        .perform(jobs, &mut |result| {
            let place = usize::try_from(result.key).ok();
            if let Some(place) = place.and_then(|at| outcomes.get_mut(at)) {
                *place = match result.outcome {
                    ScriptOutcome::Text(text) => Outcome::Returned(text),
                    ScriptOutcome::Raised { type_name, message } => {
                        Outcome::Raised(words::exception(&type_name, &message))
                    }
                    ScriptOutcome::Stopped(why) => Outcome::Failed(why),
                };
            }
            if watch.stop() {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        })
        .map_err(|error| error.to_string())?;
    if watch.stop() {
        return Err("stopped before everything was judged".to_owned());
    }
    Ok(outcomes)
}

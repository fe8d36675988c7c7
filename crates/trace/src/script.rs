//! Scripts of the caller's own that handle texts of strangers inside the sandbox: what they give is a text.

use crate::children::{CallEnd, Slot};
use crate::error::TraceError;
use crate::shared::{FAILED_TO_RUN, RAISED, RETURNED};

/// A script and a call of it.
#[derive(Debug, Clone)]
pub struct ScriptJob {
    /// The caller's name for the job.
    pub key: u64,
    /// The script's text, executed first.
    pub script: String,
    /// An expression that gives a text.
    pub call: String,
    /// CPU time. A script that uses it up is run once more, alone.
    pub cpu_seconds: u32,
}

/// Result of a job.
#[derive(Debug)]
pub struct ScriptResult {
    /// Key of the job.
    pub key: u64,
    /// Outcome of the script.
    pub outcome: ScriptOutcome,
}

/// Outcome of a script. If it executed a stranger's code, the text is what that code wants it to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScriptOutcome {
    /// With this text.
    Text(String),
    /// With an exception.
    Raised {
        /// The class's name without its module.
        type_name: String,
        /// Message of the exception.
        message: String,
    },
    /// It was stopped, as a word: `timed_out`, `out_of_memory`, `crashed` ..
    Stopped(String),
}

/// Runs a job; `None` where the work was stopped.
pub(crate) fn run_script(
    job: &ScriptJob,
    worker: &mut Slot,
) -> Result<Option<ScriptResult>, TraceError> {
    let mut ends = worker.perform(&job.script, &job.call, job.cpu_seconds)?;
    if ends.cancelled {
        return Ok(None);
    }
    let outcome = match ends.calls.remove(&0) {
        Some(CallEnd::Reported(raw)) => decode(&raw.outcome),
        Some(CallEnd::Ended(outcome)) => ScriptOutcome::Stopped(outcome.name().to_owned()),
        None => ScriptOutcome::Stopped("invalid".to_owned()),
    };
    Ok(Some(ScriptResult {
        key: job.key,
        outcome,
    }))
}

fn decode(json: &[u8]) -> ScriptOutcome {
    let outcome: Vec<String> = serde_json::from_slice(json).unwrap_or_default();
    match <[String; 2]>::try_from(outcome) {
        Ok([kind, text]) if kind == RETURNED => ScriptOutcome::Text(text),
        Ok([kind, why]) if kind == FAILED_TO_RUN => ScriptOutcome::Stopped(why),
        Err(outcome) if outcome.len() == 3 && outcome[0] == RAISED => ScriptOutcome::Raised {
            type_name: outcome[1].clone(),
            message: outcome[2].clone(),
        },
        // No honest child writes that.
        _ => ScriptOutcome::Stopped("invalid".to_owned()),
    }
}

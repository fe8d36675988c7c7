//! Advice after errors of tasks, models and runs.

use std::error::Error;
use std::path::Path;

use tracestone_eval::comparing::ComparingError;
use tracestone_eval::evaluating::{EvaluationError, PricesError};
use tracestone_eval::gather::GatherError;
use tracestone_eval::model::{ConnectError, Reference};
use tracestone_eval::run::JudgedError;
use tracestone_eval::scoring::ScoringError;
use tracestone_eval::task::CreateError;

/// The next step, as far as an error of an evaluation tells.
pub(super) fn of(error: &(dyn Error + 'static)) -> Option<String> {
    if let Some(error) = error.downcast_ref() {
        return after_gather(error);
    }
    if let Some(error) = error.downcast_ref() {
        return after_connect(error);
    }
    if let Some(error) = error.downcast_ref() {
        return after_evaluation(error);
    }
    if let Some(error) = error.downcast_ref() {
        return after_scoring(error);
    }
    if let Some(error) = error.downcast_ref() {
        return after_comparing(error);
    }
    if let Some(error) = error.downcast_ref() {
        return after_create(error);
    }
    if let Some(error) = error.downcast_ref() {
        return Some(after_judged(error));
    }
    match error.downcast_ref() {
        Some(PricesError::Form { .. }) => Some(
            "a price table is TOML: [\"openai/NAME\"] with input = .. and output = .., for a million tokens"
                .to_owned(),
        ),
        _ => None,
    }
}

fn after_gather(error: &GatherError) -> Option<String> {
    match error {
        GatherError::UnknownTask { name, .. } if Path::new(&format!("{name}.toml")).exists() => {
            Some(format!("{name}.toml is here: name the whole file"))
        }
        GatherError::UnknownTask { known, .. } => {
            let known = known.join(", ");
            Some(format!(
                "tasks are {known}; a task of your own is a .toml file"
            ))
        }
        _ => None,
    }
}

fn after_connect(error: &ConnectError) -> Option<String> {
    Some(match error {
        ConnectError::Model(_) => {
            "models are openai/NAME, anthropic/NAME, openai-api/PROVIDER/NAME, local/DIR, replay/FILE, mock/oracle"
                .to_owned()
        }
        ConnectError::Reference(_) => {
            let known = Reference::ALL.map(Reference::name).join(", mock/");
            format!("there are mock/{known}")
        }
        ConnectError::Provider(_) => "it is openai-api/PROVIDER/NAME".to_owned(),
        ConnectError::Address { variable, .. } => {
            format!("give it with --model-base-url or {variable}")
        }
        ConnectError::Key(_) => {
            "set it, or name a server that needs no key with --model-base-url".to_owned()
        }
        ConnectError::BadAddress { .. }
        | ConnectError::Certificates(_)
        | ConnectError::Read { .. }
        | ConnectError::Responses { .. } => return None,
    })
}

const NO_RESPONSE: &str = "responses name items by their id; check --data and --task";

fn after_evaluation(error: &EvaluationError) -> Option<String> {
    let hint = match error {
        EvaluationError::NoResponse(_) => NO_RESPONSE,
        EvaluationError::LogStopped(_) => {
            "answers before that are kept; free some space and run the same command again"
        }
        EvaluationError::NoBatches => "OpenAI's chat and responses have them, and Anthropic's",
        EvaluationError::Batch(_) => {
            "batches that were submitted are in the run's batches.json; the same command collects them"
        }
        _ => return None,
    };
    Some(hint.to_owned())
}

fn after_scoring(error: &ScoringError) -> Option<String> {
    let hint = match error {
        ScoringError::Choice(_) => "the run was made by another version of tracestone",
        ScoringError::NoResponse(_) => NO_RESPONSE,
        ScoringError::NoOriginal(_) => "--compat is for items of CRUXEval and LiveCodeBench",
        ScoringError::Incomplete { .. } => {
            "without --compat these count as wrong; --limit or --sample-id choose the items that were asked"
        }
        _ => return None,
    };
    Some(hint.to_owned())
}

/// Advice where a run has no verdicts.
pub(crate) fn not_judged(run: &Path) -> String {
    format!(
        "the run was not judged yet; `tracestone score {}` does it",
        run.display()
    )
}

pub(super) fn after_judged(error: &JudgedError) -> String {
    match error {
        JudgedError::Run(_) => "a run is a folder that `tracestone eval` made".to_owned(),
        JudgedError::NotJudged { folder, .. } => not_judged(folder),
    }
}

fn after_create(error: &CreateError) -> Option<String> {
    let hint = match error {
        CreateError::NoName(_) => "a name is a word such as `mytask`",
        CreateError::Exists(_) => "take another name, or replace it with --force",
        _ => return None,
    };
    Some(hint.to_owned())
}

fn after_comparing(error: &ComparingError) -> Option<String> {
    let hint = match error {
        ComparingError::Judged(error) => return Some(after_judged(error)),
        ComparingError::NotScored(_) => "`tracestone score RUN` makes it",
        ComparingError::Differ { .. } => {
            "runs are compared on the same items only: give both the same --data or --store, --limit and filters; or \
             compare with --common on what they share"
        }
        ComparingError::NothingCommon => {
            "runs are compared on the same items: give both the same --data or --store"
        }
        _ => return None,
    };
    Some(hint.to_owned())
}

//! Difficulty of samples, fitted on the answers of models.

use std::collections::HashMap;
use std::path::PathBuf;

use tracestone_eval::judge::Status;
use tracestone_eval::run::Run;
use tracestone_mix::fit::Fitted;
use tracestone_record::SampleId;
use tracestone_store::Store;

use crate::Error;

/// The model of difficulty that the answers of these runs to samples of a store give; `None` without runs.
///
/// # Errors
/// A folder holds no run, a run was not judged, none of them has an answer to a sample of the store, or the store fails.
pub fn fit_difficulty(runs: &[PathBuf], store: &Store) -> Result<Option<Fitted>, Error> {
    if runs.is_empty() {
        return Ok(None);
    }
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let mut answers: HashMap<SampleId, (u32, u32)> = HashMap::new();
    for path in runs {
        let (run, verdicts) = Run::judged(path)?;
        for (asked, verdicts) in run.asked.iter().zip(verdicts) {
            if let Ok(id) = asked.item.id.parse() {
                let wrong = |status: Status| status != Status::Correct;
                let wrong = verdicts.iter().filter(|one| wrong(one.status)).count();
                let known = answers.entry(id).or_default();
                known.0 = known.0.saturating_add(count(verdicts.len()));
                known.1 = known.1.saturating_add(count(wrong));
            }
        }
    }
    let fitted = store.fit_difficulty(&answers)?;
    fitted.ok_or(Error::NoAnswers).map(Some)
}

//! The runs of a folder.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

use super::{Header, Run, RunError, Scored, folders};
use crate::stats::Interval;

/// A run as a list shows it.
#[derive(Debug, Clone, Serialize)]
pub struct Listed {
    /// Path of the run's folder.
    pub run: String,
    /// Settings that decided what was asked.
    #[serde(skip)]
    pub header: Header,
    /// Time at which the run was begun.
    pub created: String,
    /// Name of the task.
    pub task: String,
    /// Name of the model.
    pub model: String,
    /// The name under which its answers are found again.
    pub model_id: Option<String>,
    /// Parameters of the task.
    pub parameters: BTreeMap<String, String>,
    /// Number of items.
    pub items: usize,
    /// Responses for each item.
    pub epochs: u32,
    /// Number of responses that are there.
    pub answered: usize,
    /// The score, once the run was judged.
    #[serde(skip)]
    pub scored: Option<Scored>,
    /// Accuracy of the score.
    pub accuracy: Option<f64>,
    /// Interval of the accuracy.
    pub interval: Option<Interval>,
    /// Cost of the responses.
    pub cost: Option<f64>,
}

/// The runs of a folder that are wanted, the latest last, and why others cannot be read.
///
/// # Errors
/// The folder or the answers of a run cannot be read.
pub fn list(
    log_dir: &Path,
    wanted: &dyn Fn(&Header) -> bool,
) -> Result<(Vec<Listed>, Vec<RunError>), RunError> {
    let (mut runs, mut errors) = (Vec::new(), Vec::new());
    for folder in folders(log_dir)? {
        match Run::open(&folder) {
            Ok(run) if wanted(&run.header) => runs.push(run),
            Ok(_) => {}
            Err(error) => errors.push(error),
        }
    }
    runs.sort_by_cached_key(|run| (run.header.created.clone(), run.folder().to_owned()));
    let listed: Result<Vec<_>, _> = runs.into_iter().map(Listed::of).collect();
    Ok((listed?, errors))
}

impl Listed {
    fn of(run: Run) -> Result<Self, RunError> {
        let (answered, scored) = (run.answered()?, run.scored().ok());
        let header = run.header;
        Ok(Self {
            run: run.folder.display().to_string(),
            created: header.created.clone(),
            task: header.task.clone(),
            model: header.model.clone(),
            model_id: header.model_id.clone(),
            parameters: header.parameters.clone(),
            items: header.items,
            epochs: header.epochs,
            answered,
            accuracy: scored.as_ref().map(|scored| scored.score.accuracy),
            interval: scored.as_ref().map(|scored| scored.score.interval),
            cost: scored.as_ref().and_then(|scored| scored.cost),
            header,
            scored,
        })
    }
}

//! Results of a study, as one serialisable object and as text.

use serde::{Deserialize, Serialize};

use crate::probe::Summary;

/// Results of one model's probes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Subject {
    /// Description of the model.
    pub name: String,
    /// Role of the model in the study.
    pub role: Role,
    /// The training step of the model, where it is known.
    pub step: Option<usize>,
    /// The share of test texts that the model completes exactly, where it was measured.
    pub exact: Option<f64>,
    /// One summary per site, variable, offset and size.
    pub summaries: Vec<Summary>,
}

/// Role of a model in a study.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The trained model.
    Trained,
    /// Models with first values: what can be read without any training.
    Untrained,
    /// The trained model, with labels shuffled: what a probe reaches by chance.
    Shuffled,
    /// The model on the way.
    Checkpoint,
}

/// All that was probed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProbeReport {
    /// All settings, given or default.
    pub settings: serde_json::Value,
    /// Results per model.
    pub subjects: Vec<Subject>,
}

impl ProbeReport {
    /// The first subject with a role.
    #[must_use]
    pub fn subject(&self, role: Role) -> Option<&Subject> {
        self.subjects.iter().find(|subject| subject.role == role)
    }
}

/// The gaps of a subject as a table, the largest gap of each variable and probe size first.
#[must_use]
pub fn table(subject: &Subject, offset: i32) -> String {
    let mut text = format!(
        "{}\n  {:<14} {:<26} {:>6}  {:>24}  {:>8} {:>11} {:>7}\n",
        subject.name,
        "variable",
        "site",
        "hidden",
        "gap [95 % interval]",
        "original",
        "alternative",
        "chance"
    );
    let mut rows: Vec<&Summary> = subject
        .summaries
        .iter()
        .filter(|summary| summary.offset == offset)
        .collect();
    rows.sort_by(|a, b| {
        let key = |s: &Summary| (s.variable.clone(), s.layers, s.site.clone());
        key(a).cmp(&key(b))
    });
    for row in rows {
        text.push_str(&format!(
            "  {:<14} {:<26} {:>6}  {:>+7.3} [{:>+6.3}, {:>+6.3}]  {:>8.3} {:>11.3} {:>7.3}\n",
            row.variable,
            row.site,
            row.layers,
            row.gap.value,
            row.gap.low,
            row.gap.high,
            row.original,
            mean_alternative(row),
            row.chance
        ));
    }
    text
}

/// Mean accuracy under the other semantics.
#[must_use]
pub fn mean_alternative(summary: &Summary) -> f64 {
    let count = crate::numbers::real(summary.alternatives.len().max(1));
    summary.alternatives.values().sum::<f64>() / count
}

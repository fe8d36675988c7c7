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
    /// The share of test texts that the model completes exactly, where it was measured; the mean of several models.
    pub exact: Option<f64>,
    /// The same of each model, where there are several.
    #[serde(default)]
    pub each: Vec<f64>,
    /// One summary per site, variable, offset and size.
    pub summaries: Vec<Summary>,
}

/// Role of a model in a study.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The trained model.
    Trained,
    /// A model trained under other semantics.
    Twin,
    /// Models with first values: what can be read without any training.
    Untrained,
    /// The trained model, with a random label for each prefix of a program in the place of other semantics: what a
    /// probe learns by itself. Its gap is the selectivity.
    Control,
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

/// The gaps of a subject as a table, by variable, size and site.
#[must_use]
pub fn table(subject: &Subject, offset: i32) -> String {
    let mut text = format!(
        "{}\n  {:<14} {:<26} {:>6}  {:>24}  {:>8}  {:>8} {:>11} {:>7}\n",
        subject.name,
        "variable",
        "site",
        "hidden",
        "gap [95 % interval]",
        "p (Holm)",
        "accuracy",
        "alternative",
        "chance"
    );
    let mut rows: Vec<&Summary> = subject
        .summaries
        .iter()
        .filter(|summary| summary.offset == offset)
        .collect();
    rows.sort_by_key(|row| (row.variable.clone(), row.layers, row.site.clone()));
    let mut left_out = 0;
    for row in rows {
        let gap = row.gap.map_or("-".to_owned(), |gap| {
            format!(
                "{:>+7.3} [{:>+6.3}, {:>+6.3}]",
                gap.value, gap.low, gap.high
            )
        });
        let number = |value: Option<f64>| value.map_or("-".to_owned(), |one| format!("{one:.3}"));
        left_out = left_out.max(row.left_out);
        text.push_str(&format!(
            "  {:<14} {:<26} {:>6}  {:>24}  {:>8}  {:>8.3} {:>11} {:>7.3}\n",
            row.variable,
            row.site,
            row.layers,
            gap,
            number(row.holm),
            row.accuracy.value,
            number(row.alternative()),
            row.chance
        ));
    }
    if left_out > 0 {
        text.push_str(&format!(
            "  up to {left_out} tokens are left out, since a semantics has no value there\n"
        ));
    }
    text
}

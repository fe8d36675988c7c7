//! A verdict's detail of one series, which measures and what people see are read from.

use serde::Deserialize;
use tracestone_eval::judge::Verdict;
use tracestone_series::baseline::Detection;
use tracestone_series::judge::{Marks, marks};

use super::answer::Errors;
use super::items::Material;

/// The part of a verdict's `detail` about one series.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Detail {
    pub(super) marks: Marks,
    pub(super) spans: Vec<(usize, usize)>,
    #[serde(default)]
    pub(super) requests: usize,
    #[serde(default)]
    pub(super) failed: usize,
    #[serde(default)]
    pub(super) unread: usize,
    #[serde(default)]
    pub(super) salvaged: usize,
    #[serde(default)]
    pub(super) first_unread: Option<String>,
    #[serde(default)]
    pub(super) too_short: bool,
    #[serde(default)]
    pub(super) errors: Option<Errors>,
}

impl Detail {
    /// Of an answer in which nothing could be read, or that is not there.
    pub(super) fn nothing(material: &Material, verdict: &Verdict) -> Self {
        let nothing = Detection::of_spans(Vec::new(), material.series.len());
        Self {
            marks: marks(&material.series, &nothing, material.season),
            spans: Vec::new(),
            requests: 1,
            failed: usize::from(!verdict.status.is_answered()),
            unread: usize::from(verdict.status.is_answered()),
            salvaged: 0,
            first_unread: None,
            too_short: false,
            errors: None,
        }
    }
}

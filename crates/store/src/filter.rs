//! Selection of samples.

use serde::{Deserialize, Serialize};
use tracestone_mix::Choice;
use tracestone_record::{SampleKind, Split};

use crate::samples::SampleIndex;

/// Selection of samples; the default takes all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filter {
    /// Only these kinds; all if empty.
    pub kinds: Vec<SampleKind>,
    /// Only these parts of the split; all if empty.
    pub splits: Vec<Split>,
    /// The accepted licences.
    pub license: LicensePolicy,
    /// Treatment of marked samples.
    #[serde(default)]
    pub marks: MarkPolicy,
    /// No more than this many samples, in order of their identifiers. These are hashes, so that the
    /// first samples are an even selection.
    pub limit: Option<u64>,
    /// Rules on facts and on how many samples have something in common; applied before the limit.
    #[serde(default)]
    pub choice: Choice,
}

/// Policy on samples that `curate` marked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MarkPolicy {
    /// Only samples without a mark.
    LeaveOut,
    /// Marked samples too.
    #[default]
    Include,
}

/// Policy on licences.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LicensePolicy {
    /// Only samples of files all of whose licences are permissive.
    Permissive,
    /// All samples, those without a known licence included.
    #[default]
    Any,
}

impl Filter {
    /// Reason that the filter excludes a sample; `None` if it is included. The limit is not applied.
    pub(crate) fn refusal(&self, sample: &SampleIndex) -> Option<&'static str> {
        if !self.kinds.is_empty() && !self.kinds.contains(&sample.kind) {
            Some("kind")
        } else if !self.splits.is_empty() && !self.splits.contains(&sample.split) {
            Some("split")
        } else if self.license == LicensePolicy::Permissive && !sample.permissive {
            Some("license")
        } else {
            None
        }
    }
}

//! Probes: small classifiers that read a variable from hidden states, and the controls that say what
//! their accuracy means.
//!
//! A probe is trained for the states under the original meaning of the data and, on the same hidden
//! states, for those under a permuted one. What the probe could learn from the words alone it can learn
//! for both; what is left is the *gap*, and only that is evidence about the model.

mod classifier;
mod study;
mod summary;

pub use classifier::{Classifier, ClassifierSettings, Target};
pub use study::{Observed, Outcome, Plan, Replicate, merge, study};
pub use summary::{Draws, Estimate, Summary, summarize};

/// The meaning that the data was generated with.
pub const ORIGINAL: &str = "original";

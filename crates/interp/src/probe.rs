//! Probes: small classifiers that read a variable from hidden states, with controls for their accuracy.
//!
//! A probe is trained for the states under the original semantics of the data and, on the same hidden states,
//! for those under permuted semantics. Both can be learned equally well from the tokens alone. Their
//! difference is the *gap*, and only the gap is evidence about the model.

mod classifier;
mod linear;
mod study;
mod summary;

pub use classifier::{Classifier, ClassifierSettings, Target};
pub use linear::Linear;
pub use study::{Observed, Outcome, Plan, Replicate, merge, study};
pub use summary::{Summary, summarize};
pub use tracestone_stats::{Draws, Estimate};

/// Name of the semantics that the data was generated with.
pub const ORIGINAL: &str = "original";

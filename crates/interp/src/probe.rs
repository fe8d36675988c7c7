//! Probes: small classifiers that read a variable from hidden states, with controls for their accuracy.
//!
//! A probe is trained for the states under the semantics that the texts were written under and, on the same hidden
//! states, for those under others. Both can be learned equally well from the tokens alone. Their
//! difference is the *gap*, and only the gap is evidence about the model.

mod classifier;
mod linear;
mod study;
mod summary;

pub use classifier::{Classifier, ClassifierSettings, Target};
pub use linear::{Linear, PENALTIES};
pub use study::{Observed, Outcome, Plan, Replicate, Token, merge, study};
pub use summary::{Beyond, Summary, correct, summarize};
pub use tracestone_stats::{Draws, Estimate};

/// Name of the semantics in which every instruction does what it says.
pub const ORIGINAL: &str = "original";

//! Loss of plasticity: small networks that learn from a stream whose task changes, many seeds side by side, and
//! what becomes of their ability to learn.
//!
//! A [`Job`] is one [`Learner`] on the streams of up to eight seeds. It computes in plain loops over arrays with a
//! number for each seed, shares nothing with other jobs, and can be saved and resumed to the same bits; so the
//! result is the same on any number of threads. No IO happens here.
//!
//! ```
//! use tracestone_plasticity::{Activation, Job, RegressionSettings, Settings, StreamSettings, report};
//!
//! let settings = Settings {
//!     stream: StreamSettings::Regression(RegressionSettings::default()),
//!     hidden: vec![5],
//!     activation: Activation::Relu,
//!     steps: 20_000,
//!     bin: 1_000,
//!     measure_every: 10,
//!     seeds: 2,
//!     first_seed: 0,
//! };
//! settings.check()?;
//! let learner = "cbp:rate=0.01".parse()?;
//! let mut job = Job::new(&settings, &learner, 0, None);
//! while !job.is_done() {
//!     job.advance();
//! }
//! let report = report(&settings, None, &[(learner, job.parameters(), job.records())]);
//! assert_eq!(report.learners[0].curve.len(), 20);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod bytes;
mod draw;
mod job;
mod lanes;
mod learner;
mod measure;
mod network;
mod report;
mod reset;
mod stream;
mod trial;

pub use bytes::Damaged;
pub use job::{Job, Moment, SeedRecord, Settings, SettingsError, transcript};
pub use lanes::LANES;
pub use learner::{LEARNERS, Learner, LearnerError, Noise};
pub use measure::Measure;
pub use network::{Activation, Pull, Rule};
pub use report::{Comparison, Finding, LearnerReport, MeasureSummary, Report, Verdict, report};
pub use reset::{Cbp, Outgoing, Redo, Reset, Snr, Utility};
pub use stream::{
    Change, ClassSettings, DigitSettings, KarelSettings, PictureError, Pictures,
    RegressionSettings, StreamSettings, pictures_from_idx,
};

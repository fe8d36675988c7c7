//! Time series with known anomalies, and everything by which a language model's search for them is judged.
//!
//! A [`Series`] is generated with exact intervals ([`generate()`]) or read from a benchmark's files ([`read`]). It
//! becomes text as in *Large language models can be zero-shot anomaly detectors for time series?* (SigLLM,
//! arXiv 2405.14755) and comes back ([`convert`]). Answers are parsed ([`answer`]) and become intervals by votes
//! over windows ([`votes`]) or by the errors of a forecast ([`detector`]). [`judge`] compares intervals and
//! scores with the truth; [`baseline`] has what every score must be seen beside.
//!
//! Invariant: pure. No file, clock or network; what is drawn depends on a seed alone.
//!
//! ```
//! use tracestone_series::{generate, judge, span::Span, Recipe};
//!
//! let series = &generate(&Recipe::default(), 7, 5)[0];
//! let all = [Span::new(0, series.len()).expect("a series has points")];
//! let overlap = judge::overlap(&series.truth, &all);
//! // Flagging everything touches every anomaly and is never wrong by the overlap metric.
//! assert_eq!(overlap.f1(), Some(1.0));
//! ```

pub mod answer;
pub mod baseline;
pub mod convert;
pub mod detector;
mod generate;
pub mod judge;
pub mod matrix_profile;
pub mod read;
mod series;
pub mod span;
pub mod time;
pub mod votes;

pub use generate::{Anomaly, Recipe, generate};
pub use series::{Repairs, Series, SeriesError};

/// A count as a real number. Series have far fewer points than 2^53.
pub(crate) fn real(count: usize) -> f64 {
    count as f64
}

/// Mean of values; 0 for none.
pub(crate) fn mean(values: &[f64]) -> f64 {
    tracestone_stats::mean(values)
}

/// Standard deviation of values, as of a whole population; 0 for none.
pub(crate) fn deviation(values: &[f64]) -> f64 {
    let centre = mean(values);
    let squares: f64 = values.iter().map(|value| (value - centre).powi(2)).sum();
    (squares / real(values.len().max(1))).sqrt()
}

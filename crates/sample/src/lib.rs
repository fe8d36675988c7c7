//! Runs to questions with checked answers: the `sample` stage.
//!
//! Pure and seeded: a question depends on its run, its kind and the seed (`input` also on the other runs of
//! its program, `annotated` on the other programs), never on the order of work. `kinds` has one file per
//! kind of question; `verify` derives every answer again from an independent recording and shares with
//! them only how an answer's text is read and written (`reading`, `trace_text`).
//!
//! ```
//! use tracestone_sample::reading;
//!
//! // An answer's text, as a model may write it.
//! let read = reading::exception("builtins.ValueError: no number").expect("an exception");
//! assert_eq!((read.type_name, read.message), ("ValueError", "no number"));
//! ```

mod closing;
mod facts;
mod kinds;
mod maker;
mod prompt;
mod rationale;
pub mod reading;
mod slice;
mod split;
pub mod trace_text;
pub mod verify;
mod view;

pub use kinds::annotated::Annotations;
pub use maker::{Context, Sampled, samples};
pub use split::{Assignment, Components, DefinitionHash, definitions_of};
pub use trace_text::{TraceText, TraceTextError};

use serde::Serialize;

/// Goes up whenever the same runs could give other samples than before.
pub const VERSION: u32 = 11;

/// Settings of the sampler.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Settings {
    /// Seed of all random choices.
    pub seed: u64,
    /// Questions of each kind about one run.
    pub per_run: PerRun,
    /// Runs of a program that are asked about in every way; later ones only for their result.
    pub full_runs: usize,
    /// Treatment of several calls with the same result.
    pub same_results: SameResults,
    /// Docstrings, and as many comments, asked for in one program.
    pub annotations: usize,
    /// Longer prompts are not made.
    pub max_prompt_bytes: usize,
    /// Longer answers are not asked for.
    pub max_answer_bytes: usize,
    /// Longer paths are not asked for.
    pub max_path: usize,
    /// Longer traces are not asked for, in events.
    pub max_trace_events: usize,
}

/// The number of questions of some kinds about one run; of the other kinds there is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct PerRun {
    /// Values of variables.
    pub state: usize,
    /// Maximal number of `next_line` samples per run.
    pub next_line: usize,
    /// Counts of lines.
    pub count: usize,
}

/// Treatment of several calls with the same result. `input` asks for arguments that give the result, so such
/// calls are one question with several right answers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SameResults {
    /// One sample with all of them: one as its answer, the others as its other answers.
    #[default]
    All,
    /// One sample with one answer.
    One,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            seed: 0,
            per_run: PerRun {
                state: 3,
                next_line: 2,
                count: 1,
            },
            full_runs: 12,
            same_results: SameResults::default(),
            annotations: 3,
            max_prompt_bytes: 16 << 10,
            max_answer_bytes: 2 << 10,
            max_path: 80,
            max_trace_events: 60,
        }
    }
}

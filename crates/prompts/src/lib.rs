//! Wordings of questions: one question, many prompts.
//!
//! A *style* is a TOML file in `styles/`: how the program and the call are shown, the wording of each question,
//! and the definitions that its judge relies on. [`Style::render`] writes a sample's prompt in a style; the
//! answer, and how it is judged, stay the same. Every style has to state every definition of a kind, in the
//! prompt or in a system text, or it cannot be loaded.
//!
//! Invariant: no IO. A prompt is a function of a sample and a style.

mod choice;
mod render;
mod style;
mod template;
mod tokens;

pub use choice::{Choice, UnknownStyle};
pub use render::{Prompt, Unrendered};
pub use style::{Ask, Definition, Style, StyleError, builtin, builtins};
pub use tokens::tokens;

/// The style of the prompts in a store.
pub const STANDARD: &str = "standard";

/// The style of a sample's prompt.
#[must_use]
pub fn style_of(sample: &tracestone_record::Sample) -> Option<&'static Style> {
    builtin(sample.prompt_style.as_deref().unwrap_or(STANDARD))
}

//! Wordings of questions: one question, many prompts.
//!
//! A *style* is a TOML file in `styles/`: how the program and the call are shown, the wording of each question,
//! and the definitions that its judge relies on. [`Style::render`] writes a sample's prompt in a style; the
//! answer, and how it is judged, stay the same. Every style has to state every definition of a kind, in the
//! prompt or in a system text, or it cannot be loaded.
//!
//! Invariant: no IO. A prompt is a function of a sample and a style.
//!
//! ```
//! use tracestone_prompts::{builtin, tokens};
//! use tracestone_record::Sample;
//!
//! /// The question in the fewest words, and the share of them that is not the program's.
//! fn briefly(sample: &Sample) -> Option<(String, f64)> {
//!     let prompt = builtin("minimal")?.render(sample).ok()?;
//!     let share = prompt.boilerplate as f64 / prompt.tokens as f64;
//!     Some((prompt.text, share))
//! }
//! assert_eq!(tokens("return x"), 2);
//! ```

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

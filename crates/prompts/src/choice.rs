//! Choice of a style for each sample.

use tracestone_record::{Sample, SampleId};

use crate::STANDARD;
use crate::render::{Prompt, Unrendered};
use crate::style::{Style, builtin, builtins};

/// The word for all styles that state everything in the prompt.
const MIXED: &str = "mixed";

/// One style for all samples, or one of several for each.
#[derive(Debug, Clone)]
pub struct Choice {
    word: String,
    styles: Vec<&'static Style>,
    seed: u64,
}

/// Names that are no styles.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no prompt style `{name}`; there are: {known}, and mixed")]
pub struct UnknownStyle {
    /// The unknown name.
    pub name: String,
    /// The known names.
    pub known: String,
}

impl Choice {
    /// Reads a style's name, several with commas between them, or `mixed`: all that need no system text. A colon
    /// and a number at the end are the seed by which each sample's style is chosen: `mixed:7`.
    ///
    /// # Errors
    /// There is no such style.
    pub fn named(word: &str) -> Result<Self, UnknownStyle> {
        let seeded = word
            .rsplit_once(':')
            .and_then(|(names, seed)| Some((names, seed.parse().ok()?)));
        let (names, seed) = seeded.unwrap_or((word, 0));
        let find = |name: &str| {
            builtin(name).ok_or_else(|| UnknownStyle {
                name: name.to_owned(),
                known: builtins().map(Style::name).collect::<Vec<_>>().join(", "),
            })
        };
        let styles = match names {
            MIXED => builtins().filter(|style| !style.has_system()).collect(),
            names => names
                .split(',')
                .map(|name| find(name.trim()))
                .collect::<Result<_, _>>()?,
        };
        Ok(Self {
            word: word.to_owned(),
            styles,
            seed,
        })
    }

    /// The choice as it was written.
    #[must_use]
    pub fn word(&self) -> &str {
        &self.word
    }

    /// The styles to choose from.
    #[must_use]
    pub fn styles(&self) -> &[&'static Style] {
        &self.styles
    }

    /// True if every sample keeps the prompt that it has in a store.
    #[must_use]
    pub fn is_standard(&self) -> bool {
        self.word == STANDARD
    }

    /// Gives a sample the prompt of its style.
    ///
    /// # Errors
    /// Its own prompt is not standard; it then stays as it is.
    pub fn apply(&self, sample: &mut Sample) -> Result<Prompt, Unrendered> {
        let style = self.of(sample.id);
        let prompt = style.render(sample)?;
        sample.prompt.clone_from(&prompt.text);
        sample.prompt_style = Some(style.name().to_owned());
        sample.system.clone_from(&prompt.system);
        Ok(prompt)
    }

    /// The style of a sample: always the same for the same seed.
    #[must_use]
    pub fn of(&self, id: SampleId) -> &'static Style {
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"prompt style");
        hasher.update(&self.seed.to_le_bytes());
        hasher.update(id.as_bytes());
        let mut number = [0; 8];
        number.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
        let place = u64::from_le_bytes(number) % self.styles.len().max(1) as u64;
        // `named` leaves at least one style.
        self.styles[usize::try_from(place).unwrap_or(0)]
    }
}

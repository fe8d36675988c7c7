//! Semantics as data: the action that each instruction performs.

use serde::{Deserialize, Serialize};

use crate::world::Action;

/// Name of the semantics in which every instruction does what it says.
pub const ORIGINAL: &str = "original";

/// Assignment of an action to each instruction. Other semantics give the same text another execution.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Semantics {
    /// Name, unique within a dataset.
    pub id: String,
    /// The performed action for each instruction, in the order of [`Action::ALL`].
    meaning: [Action; 5],
}

/// Error of a text that names no semantics.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not known semantics: {why}")]
pub struct SemanticsError {
    /// The rejected text.
    pub text: String,
    /// Reason for the rejection.
    pub why: String,
}

/// The alternatives of the published code, by number: the actions performed for move, turn_left, turn_right,
/// pick_marker, put_marker. Number 3 performs some actions for two instructions.
const PAPER: [[usize; 5]; 12] = [
    [0, 2, 1, 4, 3],
    [2, 4, 3, 1, 0],
    [3, 0, 1, 4, 2],
    [1, 2, 0, 2, 1],
    [1, 3, 4, 2, 0],
    [1, 2, 0, 4, 3],
    [1, 2, 0, 4, 3],
    [0, 2, 1, 4, 3],
    [1, 0, 2, 4, 3],
    [2, 1, 0, 4, 3],
    [1, 2, 0, 4, 3],
    [2, 0, 1, 4, 3],
];

impl Semantics {
    /// Semantics in which every instruction does what it says.
    #[must_use]
    pub fn original() -> Self {
        Self {
            id: ORIGINAL.to_owned(),
            meaning: Action::ALL,
        }
    }

    /// Semantics with a given name and actions, in the order of [`Action::ALL`].
    #[must_use]
    pub fn new(id: &str, meaning: [Action; 5]) -> Self {
        Self {
            id: id.to_owned(),
            meaning,
        }
    }

    /// The semantics that a text names: `original`, `paper-0` to `paper-11`, or `NAME:WORD=WORD+WORD=WORD`
    /// where instructions that are not named do what they say.
    ///
    /// # Errors
    /// The text names none.
    pub fn from_name(text: &str) -> Result<Self, SemanticsError> {
        let error = |why: String| SemanticsError {
            text: text.to_owned(),
            why,
        };
        if text == ORIGINAL {
            return Ok(Self::original());
        }
        if let Some(number) = text.strip_prefix("paper-") {
            let row = number
                .parse()
                .ok()
                .and_then(|number: usize| PAPER.get(number));
            let row = row.ok_or_else(|| error("the papers' are paper-0 to paper-11".to_owned()))?;
            return Ok(Self::new(text, row.map(|index| Action::ALL[index])));
        }
        let Some((name, pairs)) = text.split_once(':') else {
            return Err(error(
                "there are original, paper-0 to paper-11, and NAME:WORD=WORD+WORD=WORD".to_owned(),
            ));
        };
        if name.is_empty() || name == ORIGINAL || name.starts_with("paper-") {
            return Err(error(
                "it needs a name of its own before the colon".to_owned(),
            ));
        }
        let pairs = pairs.split('+').map(|pair| pair.split_once('='));
        Self::from_pairs(name, pairs).map_err(error)
    }

    fn from_pairs<'a>(
        name: &str,
        pairs: impl Iterator<Item = Option<(&'a str, &'a str)>>,
    ) -> Result<Self, String> {
        let mut meaning = Action::ALL;
        for pair in pairs {
            let (word, done) = pair.ok_or("an instruction and its action are expected")?;
            let action = |word: &str| {
                let known = Action::ALL.map(Action::name).join(", ");
                Action::from_name(word.trim())
                    .ok_or_else(|| format!("`{word}` is not an action; the actions are {known}"))
            };
            meaning[action(word)? as usize] = action(done)?;
        }
        Ok(Self::new(name, meaning))
    }

    /// The action that an instruction performs.
    #[must_use]
    pub fn of(&self, action: Action) -> Action {
        self.meaning[action as usize]
    }

    /// True if every instruction does what it says.
    #[must_use]
    pub(crate) fn is_original(&self) -> bool {
        self.meaning == Action::ALL
    }

    /// The instructions that perform another action, each with that action.
    pub fn changed(&self) -> impl Iterator<Item = (Action, Action)> + '_ {
        Action::ALL
            .into_iter()
            .map(|action| (action, self.of(action)))
            .filter(|(action, done)| action != done)
    }

    /// One line for each instruction that performs another action: `turn_left means move`. This is the
    /// `setup` of samples; it is empty for the original semantics.
    #[must_use]
    pub fn setup(&self) -> String {
        self.changed()
            .map(|(word, done)| format!("{} means {}\n", word.name(), done.name()))
            .collect()
    }

    /// Reads the lines of [`Self::setup`].
    ///
    /// # Errors
    /// A line says nothing about an action.
    pub fn from_setup(text: &str) -> Result<Self, SemanticsError> {
        let lines = text.lines().filter(|line| !line.trim().is_empty());
        Self::from_pairs("setup", lines.map(|line| line.split_once(" means "))).map_err(|why| {
            SemanticsError {
                text: text.to_owned(),
                why,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_papers_meanings_are_there_by_name() {
        let swapped = Semantics::from_name("paper-8").unwrap();
        assert_eq!(swapped.of(Action::TurnLeft), Action::Move);
        assert_eq!(swapped.of(Action::Move), Action::TurnLeft);
        assert_eq!(swapped.of(Action::TurnRight), Action::TurnRight);
        let turned = Semantics::from_name("paper-11").unwrap();
        assert_eq!(turned.of(Action::TurnRight), Action::TurnLeft);
        assert_eq!(turned.of(Action::TurnLeft), Action::Move);
        assert_eq!(turned.of(Action::Move), Action::TurnRight);
        for number in 0..12 {
            let semantics = Semantics::from_name(&format!("paper-{number}")).unwrap();
            let is_permutation = Action::ALL
                .iter()
                .all(|one| semantics.meaning.contains(one));
            assert_eq!(is_permutation, number != 3, "{number}");
        }
        assert!(Semantics::from_name("paper-12").is_err());
    }

    #[test]
    fn meanings_of_ones_own_are_read_and_wrong_ones_refused() {
        let own = Semantics::from_name("mine:move=turn_left+turn_left=move").unwrap();
        assert_eq!(own.setup(), "move means turn_left\nturn_left means move\n");
        let again = Semantics::from_setup(&own.setup()).unwrap();
        assert_eq!(again.meaning, own.meaning);
        for text in [
            "mine",
            "mine:fly=move",
            "original:move=move",
            ":move=move",
            "mine:move",
        ] {
            assert!(Semantics::from_name(text).is_err(), "{text}");
        }
        assert!(Semantics::from_setup("").unwrap().is_original());
    }
}

//! Groups of tokens of a Karel text in interp mode at which the stream is changed, and probes of them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tracestone_interp::activations::{Spot, collect};
use tracestone_interp::causal::Subspace;
use tracestone_interp::data::Texts;
use tracestone_interp::model::{Decoder, Site};
use tracestone_interp::probe::Target;

use crate::error::Error;

/// A group of tokens, in reading order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Words {
    /// The cells that differ between a text and the one with another start.
    Hero,
    /// The cells after the first of them.
    Cells,
    /// The token before the first action.
    Open,
    /// The tokens of the actions.
    Actions,
    /// The last of them.
    LastAction,
    /// The token after the last action.
    Close,
    /// The tokens of the answer, which the model has written itself.
    Answer,
    /// From the first action on.
    Onward,
    /// All tokens of the text.
    All,
}

impl Words {
    /// In the order of the report.
    pub const ALL: [Self; 9] = [
        Self::Hero,
        Self::Cells,
        Self::Open,
        Self::Actions,
        Self::LastAction,
        Self::Close,
        Self::Answer,
        Self::Onward,
        Self::All,
    ];

    /// Name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Hero => "hero's cell",
            Self::Cells => "later cells",
            Self::Open => "{",
            Self::Actions => "actions",
            Self::LastAction => "last action",
            Self::Close => "}",
            Self::Answer => "answer",
            Self::Onward => "actions on",
            Self::All => "all",
        }
    }

    /// True if a probe gives a direction here. It does not at the tokens of the grid, which contain the
    /// hero's first direction or copies of it, nor at all tokens, which include these.
    #[must_use]
    pub fn probed(self) -> bool {
        !matches!(self, Self::Hero | Self::Cells | Self::All)
    }

    /// Positions of the group's tokens in a text whose tokens `heroes` show the hero's start, with the given numbers of cells
    /// and prompt tokens, up to `end`.
    pub(crate) fn places(
        self,
        heroes: &[usize],
        cells: usize,
        prompt: usize,
        end: usize,
    ) -> Vec<usize> {
        // A word that begins every text, the cells, the opening brace, actions, the closing brace.
        let (open, close) = (1 + cells, prompt - 1);
        let range = match self {
            Self::Hero => return heroes.to_vec(),
            Self::Cells => {
                let first = heroes.first().map_or(1, |first| first + 1);
                return (first..open).filter(|at| !heroes.contains(at)).collect();
            }
            Self::Open => open..open + 1,
            Self::Actions => open + 1..close,
            Self::LastAction => close - 1..close,
            Self::Close => close..prompt,
            Self::Answer => prompt..end,
            Self::Onward => open + 1..end,
            Self::All => 0..end,
        };
        range.collect()
    }
}

/// A place with a probe of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    Open,
    Action,
    Close,
    /// The n-th token of the answer.
    Answer(usize),
}

impl Place {
    /// The place of a token, if it comes after the grid.
    pub(crate) fn of(position: usize, cells: usize, prompt: usize) -> Option<Self> {
        let (open, close) = (1 + cells, prompt - 1);
        match position {
            at if at < open => None,
            at if at == open => Some(Self::Open),
            at if at < close => Some(Self::Action),
            at if at == close => Some(Self::Close),
            at => Some(Self::Answer(at - prompt)),
        }
    }
}

/// Linear probes, by place and index of the semantics.
pub(crate) type Probes = BTreeMap<(Place, usize), Subspace>;

/// The values of a variable in each text, where it is a grid world, by semantics and number of actions; and the number
/// of each text's family of programs.
pub(crate) type Values = (Vec<Option<Vec<Vec<usize>>>>, Vec<usize>);

/// Training texts of the probes, with the variable at each token.
pub(crate) struct Readings<'t> {
    texts: &'t Texts,
    classes: usize,
    spots: Vec<Spot>,
    /// For each spot its place, the value under each semantics, and the family of the program.
    labels: Vec<(Place, Vec<usize>, usize)>,
}

impl<'t> Readings<'t> {
    /// The value of the variable at each token from the program on, under each semantics.
    pub(crate) fn new(
        texts: &'t Texts,
        (values, groups): Values,
        cells: usize,
        classes: usize,
    ) -> Self {
        let (mut spots, mut labels) = (Vec::new(), Vec::new());
        for (text, (values, group)) in values.into_iter().zip(groups).enumerate() {
            let (Some(values), prompt) = (values, texts.prompt(text)) else {
                continue;
            };
            for position in 1 + cells..texts.words(text).len() - 1 {
                let Some(place) = Place::of(position, cells, prompt) else {
                    continue;
                };
                let step = position - (1 + cells);
                // From the last action on it is the value in the end.
                let at = |states: &Vec<usize>| states[step.min(states.len() - 1)];
                spots.push(Spot { text, position });
                labels.push((place, values.iter().map(at).collect(), group));
            }
        }
        Self {
            texts,
            classes,
            spots,
            labels,
        }
    }

    /// Trains a linear probe for each place and semantics.
    pub(crate) fn probes(&self, decoder: &Decoder, pad: u32, site: Site) -> Result<Probes, Error> {
        let width = decoder.config.hidden;
        let mut rows = Vec::new();
        collect(
            decoder,
            self.texts,
            pad,
            &self.spots,
            &[site],
            64,
            &mut |_, found| {
                rows.extend_from_slice(&found[0]);
                Ok(())
            },
        )?;
        let mut places: BTreeMap<Place, Vec<usize>> = BTreeMap::new();
        for (at, (place, ..)) in self.labels.iter().enumerate() {
            places.entry(*place).or_default().push(at);
        }
        let mut probes = Probes::new();
        for (place, chosen) in places {
            let own: Vec<f32> = chosen
                .iter()
                .flat_map(|at| &rows[at * width..(at + 1) * width])
                .copied()
                .collect();
            let groups: Vec<usize> = chosen.iter().map(|at| self.labels[*at].2).collect();
            // One other meaning is enough for a control.
            let meanings = self.labels[chosen[0]].1.len().min(2);
            for meaning in 0..meanings {
                let labels = chosen.iter().map(|at| Some(self.labels[*at].1[meaning]));
                let target = Target {
                    labels: labels.collect(),
                    classes: self.classes,
                };
                let space = Subspace::fit(&own, width, &target, &groups);
                probes.insert((place, meaning), space);
            }
        }
        Ok(probes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_in_a_text() {
        // <bos> > . . . { move turn_left } row0 column1 north <eos>
        let places = |words: Words| words.places(&[1], 4, 9, 12);
        assert_eq!(places(Words::Hero), [1]);
        assert_eq!(places(Words::Cells), [2, 3, 4]);
        assert_eq!(Words::Cells.places(&[2, 4], 4, 9, 12), [3]);
        assert_eq!(places(Words::Open), [5]);
        assert_eq!(places(Words::Actions), [6, 7]);
        assert_eq!(places(Words::LastAction), [7]);
        assert_eq!(places(Words::Close), [8]);
        assert_eq!(places(Words::Answer), [9, 10, 11]);
        assert_eq!(places(Words::Onward), [6, 7, 8, 9, 10, 11]);
        assert_eq!(places(Words::All).len(), 12);
        assert_eq!(Place::of(4, 4, 9), None);
        assert_eq!(Place::of(5, 4, 9), Some(Place::Open));
        assert_eq!(Place::of(7, 4, 9), Some(Place::Action));
        assert_eq!(Place::of(8, 4, 9), Some(Place::Close));
        assert_eq!(Place::of(11, 4, 9), Some(Place::Answer(2)));
    }
}

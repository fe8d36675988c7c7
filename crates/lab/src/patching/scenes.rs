//! Test texts as grid worlds, each beside the same text with another start.

use std::collections::BTreeMap;

use tracestone_interp::Vocabulary;
use tracestone_interp::causal::Case;
use tracestone_interp::data::Texts;
use tracestone_karel::parts::{Lengths, family};
use tracestone_karel::text::{Mode, Output, write};
use tracestone_karel::{
    Cell, Drawn, Facing, Hero, Semantics, Settings, World, latents, parse_body,
};
use tracestone_record::Split;

use crate::dataset::Dataset;
use crate::error::Error;

/// The part of the hero's start that is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    /// The hero looks elsewhere, one to three quarters further.
    Facing,
    /// The hero starts in another free cell.
    Position,
}

impl Start {
    /// Name of the variable.
    pub(crate) fn variable(self) -> &'static str {
        match self {
            Self::Facing => "facing",
            Self::Position => "position",
        }
    }
}

/// A text as the grid world that it is.
pub(crate) struct Scene {
    pub(crate) drawn: Drawn,
    pub(crate) prompt: Vec<u32>,
    pub(crate) actual: Vec<u32>,
    /// The number of its program's family.
    pub(crate) group: usize,
}

/// Vocabulary and form of the texts.
pub(crate) struct Language {
    settings: Settings,
    output: Output,
    trained: Option<Lengths>,
    pub(super) meanings: Vec<Semantics>,
    steps: u32,
}

impl Language {
    pub(crate) fn of(data: &Dataset) -> Result<Self, Error> {
        let corpus = data.karel().map_err(|_| Error::CannotPatch)?;
        let settings = corpus.settings.clone();
        if corpus.mode != Mode::Interp || settings.worlds != 1 || settings.control > 0.0 {
            return Err(Error::CannotPatch);
        }
        Ok(Self {
            output: corpus.end,
            trained: corpus.unseen.trained,
            meanings: corpus.semantics.iter().map(Semantics::from).collect(),
            steps: corpus.max_steps,
            settings,
        })
    }

    /// Tokens of the completion that a program has in a world.
    pub(super) fn completion(&self, drawn: &Drawn, meaning: &Semantics) -> Option<Vec<String>> {
        self.text(drawn, meaning).map(|(_, completion)| completion)
    }

    fn text(&self, drawn: &Drawn, meaning: &Semantics) -> Option<(Vec<String>, Vec<String>)> {
        let (settings, output) = (&self.settings, self.output);
        let text = write(drawn, meaning, settings, Mode::Interp, output, self.steps).ok()?;
        Some((text.prompt, text.completion))
    }

    /// Reads a prompt back.
    fn read(&self, words: &[&str]) -> Option<Drawn> {
        let columns = usize::from(self.settings.columns);
        let rows: Vec<String> = words
            .get(..self.cells())?
            .chunks(columns)
            .map(|row| row.join(" "))
            .collect();
        let world = World::parse(&rows).ok()?;
        let program = parse_body(&words[self.cells()..].join(" ")).ok()?;
        Some(Drawn {
            program,
            worlds: vec![world],
        })
    }

    /// The variable at the start and after each action, under each semantics.
    pub(super) fn values(&self, drawn: &Drawn, start: Start) -> Option<Vec<Vec<usize>>> {
        let value = |world: &World| match start {
            Start::Facing => index(world.hero().facing),
            Start::Position => self.cell(world.hero()),
        };
        let each = self.meanings.iter().map(|meaning| {
            let states = latents::states(drawn, meaning, self.steps).ok()?;
            Some(states.iter().map(value).collect())
        });
        each.collect()
    }

    /// The number of values of the variable.
    pub(super) fn classes(&self, start: Start) -> usize {
        match start {
            Start::Facing => Facing::ALL.len(),
            Start::Position => self.cells(),
        }
    }

    fn cell(&self, hero: Hero) -> usize {
        usize::from(hero.row) * usize::from(self.settings.columns) + usize::from(hero.column)
    }

    pub(crate) fn cells(&self) -> usize {
        usize::from(self.settings.columns) * usize::from(self.settings.rows)
    }

    /// The hero's start, changed; `number` chooses how. None where there is no other free cell.
    fn changed(&self, world: &World, start: Start, number: usize) -> Option<Hero> {
        let hero = world.hero();
        match start {
            Start::Facing => Some(Hero {
                facing: Facing::ALL[(index(hero.facing) + 1 + number % 3) % Facing::ALL.len()],
                ..hero
            }),
            Start::Position => {
                let rows = 0..world.rows();
                let all = rows.flat_map(|row| (0..world.columns()).map(move |at| (row, at)));
                let free: Vec<(u8, u8)> = all
                    .filter(|(row, column)| world.cell(*row, *column) == Cell::Free(0))
                    .filter(|at| *at != (hero.row, hero.column))
                    .collect();
                let (row, column) = *free.get(number % free.len().max(1))?;
                Some(Hero {
                    row,
                    column,
                    ..hero
                })
            }
        }
    }
}

/// A world with the hero elsewhere or looking elsewhere.
fn with_hero(world: &World, hero: Hero) -> World {
    let mut changed = World::open(world.rows(), world.columns(), hero);
    for row in 0..world.rows() {
        for column in 0..world.columns() {
            changed.set(row, column, world.cell(row, column));
        }
    }
    changed
}

fn index(facing: Facing) -> usize {
    let mut all = Facing::ALL.iter();
    all.position(|other| *other == facing).unwrap_or(0)
}

/// A case with what its patches need.
pub(crate) struct Prepared {
    pub(crate) case: Case,
    /// Indices of the tokens that show the hero's start, in either text.
    pub(super) heroes: Vec<usize>,
    /// The prompt with the other start.
    pub(super) changed: Vec<u32>,
    /// The variable after each number of actions, under each semantics.
    pub(crate) before: Vec<Vec<usize>>,
    /// The same with the other start.
    pub(crate) after: Vec<Vec<usize>>,
    /// The number of the program's family.
    pub(super) group: usize,
}

/// All texts as grid worlds.
pub(super) fn scenes(
    world: &Language,
    vocabulary: &Vocabulary,
    texts: &Texts,
) -> Result<Vec<Scene>, Error> {
    let mut families: BTreeMap<String, usize> = BTreeMap::new();
    let scene = |text| {
        let (prompt, actual) = texts.words(text).split_at(texts.prompt(text));
        let words: Vec<&str> = prompt[1..]
            .iter()
            .filter_map(|id| vocabulary.word(*id))
            .collect();
        let drawn = world.read(&words).ok_or(Error::NoScene)?;
        let next = families.len();
        let group = *families
            .entry(family(&drawn.program, world.trained))
            .or_insert(next);
        Ok(Scene {
            drawn,
            prompt: prompt.to_vec(),
            actual: actual.to_vec(),
            group,
        })
    };
    (0..texts.len()).map(scene).collect()
}

/// The number of families of programs.
pub(super) fn groups(scenes: &[Scene]) -> usize {
    scenes
        .iter()
        .map(|scene| scene.group + 1)
        .max()
        .unwrap_or(0)
}

/// The cases of a dataset's tested texts: each text beside the same one with the hero looking elsewhere at the start.
pub(crate) fn cases(
    world: &Language,
    vocabulary: &Vocabulary,
    data: &Dataset,
    programs: usize,
) -> Result<Vec<Prepared>, Error> {
    let texts = data.texts(Split::Test, Some(vocabulary), Some(programs))?;
    let scenes = scenes(world, vocabulary, &texts)?;
    prepare(world, vocabulary, &scenes, Start::Facing)
}

/// Token ids, with `<eos>`.
pub(super) fn ended(vocabulary: &Vocabulary, words: &[String]) -> Result<Vec<u32>, Error> {
    let mut ids = vocabulary
        .encode(&words.join(" "))
        .map_err(Error::UnknownWord)?;
    ids.push(vocabulary.end);
    Ok(ids)
}

/// The cases: each text beside the same one with another start.
pub(super) fn prepare(
    world: &Language,
    vocabulary: &Vocabulary,
    scenes: &[Scene],
    start: Start,
) -> Result<Vec<Prepared>, Error> {
    let mut prepared = Vec::new();
    for (number, scene) in scenes.iter().enumerate() {
        let first = &scene.drawn.worlds[0];
        let Some(hero) = world.changed(first, start, number) else {
            continue;
        };
        let changed = Drawn {
            program: scene.drawn.program.clone(),
            worlds: vec![with_hero(first, hero)],
        };
        let parts = (
            world.text(&changed, &world.meanings[0]),
            world.values(&scene.drawn, start),
            world.values(&changed, start),
        );
        let (Some((prompt, completion)), Some(before), Some(after)) = parts else {
            continue;
        };
        let mut ids = vec![vocabulary.begin];
        ids.extend(
            vocabulary
                .encode(&prompt.join(" "))
                .map_err(Error::UnknownWord)?,
        );
        let mut heroes = vec![1 + world.cell(first.hero()), 1 + world.cell(hero)];
        heroes.sort_unstable();
        heroes.dedup();
        prepared.push(Prepared {
            case: Case {
                prompt: scene.prompt.clone(),
                actual: scene.actual.clone(),
                counterfactual: ended(vocabulary, &completion)?,
            },
            heroes,
            changed: ids,
            before,
            after,
            group: scene.group,
        });
    }
    Ok(prepared)
}

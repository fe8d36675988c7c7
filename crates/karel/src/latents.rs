//! Latent states at the marked tokens of a text.

use tracestone_record::{LatentKind, LedgerRow};

use crate::draw::{Drawn, Settings};
use crate::run::{Deed, OutOfSteps, run};
use crate::semantics::Semantics;
use crate::text::Text;
use crate::world::{Facing, World};

/// Variable for the token at a mark. It is observed, the same under all semantics, and executed under the
/// first.
pub const ACTION: &str = "action";

/// The variables of a state, in the order of their names.
#[must_use]
pub fn variables(settings: &Settings) -> Vec<&'static str> {
    let mut names = vec!["column", "facing", "from_start"];
    if settings.has_markers() {
        names.push("markers_here");
    }
    names.extend(["position", "row", "to_end", "wall_ahead", "walls_around"]);
    names
}

/// The states of a run: the start, and the one after each action.
///
/// # Errors
/// The program is not over after `steps` steps.
pub fn states(drawn: &Drawn, semantics: &Semantics, steps: u32) -> Result<Vec<World>, OutOfSteps> {
    let start = &drawn.worlds[0];
    let mut states = vec![start.clone()];
    run(&drawn.program, start, semantics, steps, |step, world| {
        if matches!(step.deed, Deed::Action { .. }) {
            states.push(world.clone());
        }
    })?;
    Ok(states)
}

/// The value of a variable in a state of a run.
#[must_use]
pub fn value(variable: &str, states: &[World], step: usize) -> Option<String> {
    let world = states.get(step)?;
    let hero = world.hero();
    let away = |from: &World, to: &World| {
        let (from, to) = (from.hero(), to.hero());
        let rows = i16::from(to.row) - i16::from(from.row);
        let columns = i16::from(to.column) - i16::from(from.column);
        format!("{rows:+},{columns:+}")
    };
    Some(match variable {
        "column" => hero.column.to_string(),
        "facing" => hero.facing.name().to_owned(),
        "from_start" => away(states.first()?, world),
        "markers_here" => world.markers_here().to_string(),
        "position" => format!("{},{}", hero.row, hero.column),
        "row" => hero.row.to_string(),
        "to_end" => away(world, states.last()?),
        "wall_ahead" => world.beside(hero.facing).is_none().to_string(),
        "walls_around" => Facing::ALL
            .map(|facing| {
                if world.beside(facing).is_none() {
                    '1'
                } else {
                    '0'
                }
            })
            .iter()
            .collect(),
        _ => return None,
    })
}

/// Description of a variable, for readers.
#[must_use]
pub fn meaning(variable: &str) -> &'static str {
    match variable {
        "column" => "the hero's column, counted from 0",
        "facing" => "where the hero looks: north, east, south, west",
        "from_start" => "rows and columns from the hero's start to where it is, with signs",
        "markers_here" => "markers in the hero's cell",
        "position" => "row and column",
        "row" => "the hero's row, counted from 0",
        "to_end" => "rows and columns from where the hero is to where it ends, with signs",
        "wall_ahead" => "whether a wall or the border is ahead: true, false",
        "walls_around" => "walls or the border to the north, east, south and west, each 1 or 0",
        "action" => "the token itself",
        _ => "",
    }
}

/// The rows of a text, sorted. They are about its first world. Programs that are not plain sequences of
/// actions have rows in traces only, and only for the first semantics, which the text shows.
///
/// # Errors
/// The program is not over after `steps` steps under one of the semantics.
pub fn rows(
    id: &str,
    drawn: &Drawn,
    text: &Text,
    meanings: &[Semantics],
    settings: &Settings,
    steps: u32,
) -> Result<Vec<LedgerRow>, OutOfSteps> {
    let ends = word_ends(text);
    let plain = drawn.program.straight_line().is_some();
    let mut rows = Vec::new();
    for (index, semantics) in meanings.iter().enumerate() {
        if index > 0 && !plain {
            break;
        }
        let states = states(drawn, semantics, steps)?;
        for mark in &text.marks {
            let row = |variable: &str, value: String, kind| LedgerRow {
                sample: id.to_owned(),
                token: Some(mark.token),
                byte: ends[mark.token as usize],
                step: i32::try_from(mark.step).unwrap_or(i32::MAX),
                variable: variable.to_owned(),
                value,
                kind,
                semantics: semantics.id.clone(),
            };
            for variable in variables(settings) {
                if let Some(value) = value(variable, &states, mark.step as usize) {
                    rows.push(row(variable, value, kind(variable, mark.step, plain)));
                }
            }
            if let Some(action) = mark.action
                && index == 0
            {
                rows.push(row(ACTION, action.name().to_owned(), LatentKind::Observed));
            }
        }
    }
    rows.sort_by(|a, b| a.place().cmp(&b.place()));
    Ok(rows)
}

fn kind(variable: &str, step: u32, plain: bool) -> LatentKind {
    if step == 0 && variable != "to_end" {
        LatentKind::Exogenous
    } else if !plain
        && !matches!(
            variable,
            "to_end" | "from_start" | "wall_ahead" | "walls_around"
        )
    {
        // A trace shows these in its words.
        LatentKind::Observed
    } else {
        LatentKind::Latent
    }
}

/// End offset of each token, in bytes.
fn word_ends(text: &Text) -> Vec<u32> {
    let mut at = 0;
    text.words()
        .enumerate()
        .map(|(index, word)| {
            at += word.len() as u32 + u32::from(index > 0);
            at
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::parse;
    use crate::text::{Mode, Output, write};

    fn plain() -> Settings {
        Settings {
            seed: 1,
            rows: 2,
            columns: 2,
            walls: 0.0,
            markers: 0.0,
            length_min: 1,
            length_max: 3,
            weights: [1, 1, 1, 0, 0],
            control: 0.0,
            nesting: 0,
            worlds: 1,
        }
    }

    fn example() -> Drawn {
        Drawn {
            program: parse("def run() { move turn_left }").unwrap(),
            worlds: vec![World::parse(&["> .", ". ."]).unwrap()],
        }
    }

    #[test]
    fn the_state_at_an_action_is_the_one_after_it_and_the_byte_is_the_words_end() {
        let (settings, drawn) = (plain(), example());
        let original = Semantics::original();
        let text = write(&drawn, &original, &settings, Mode::Interp, Output::Hero, 99).unwrap();
        assert_eq!(
            text.words().collect::<Vec<_>>().join(" "),
            "> . . . { move turn_left } row0 column1 north"
        );
        let meanings = [original, Semantics::from_name("paper-8").unwrap()];
        let rows = rows("x", &drawn, &text, &meanings, &settings, 99).unwrap();
        let joined = text.words().collect::<Vec<_>>().join(" ");
        let value = |token, variable: &str, semantics: &str| {
            let row = rows
                .iter()
                .find(|row| {
                    row.token == Some(token)
                        && row.variable == variable
                        && row.semantics == semantics
                })
                .unwrap();
            let words: Vec<&str> = joined.split(' ').collect();
            assert!(joined[..row.byte as usize].ends_with(words[token as usize]));
            (row.value.as_str(), row.kind)
        };
        assert_eq!(
            value(4, "facing", "original"),
            ("east", LatentKind::Exogenous)
        );
        assert_eq!(value(5, "column", "original"), ("1", LatentKind::Latent));
        assert_eq!(value(5, "facing", "paper-8"), ("north", LatentKind::Latent));
        assert_eq!(
            value(6, "facing", "original"),
            ("north", LatentKind::Latent)
        );
        assert_eq!(value(6, "walls_around", "original").0, "1100");
        assert_eq!(
            value(4, "to_end", "original"),
            ("+0,+1", LatentKind::Latent)
        );
        assert_eq!(value(5, ACTION, "original"), ("move", LatentKind::Observed));
        assert!(rows.is_sorted_by(|a, b| a.place() < b.place()));
    }

    #[test]
    fn every_variable_has_a_meaning_and_a_value() {
        let settings = Settings {
            markers: 0.5,
            ..plain()
        };
        let states = [example().worlds[0].clone()];
        let names = variables(&settings);
        assert!(names.is_sorted());
        for name in names {
            assert!(!meaning(name).is_empty(), "{name}");
            assert!(value(name, &states, 0).is_some(), "{name}");
        }
    }
}

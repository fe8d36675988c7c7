//! Random generation of programs and worlds.

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::program::{Condition, Kind, Predicate, Program};
use crate::world::{Action, Cell, Facing, Hero, SIDE_MAX, World};

/// Parameters of the program and world generator.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Settings {
    /// Seed of the generator; program *n* of a seed is always the same.
    pub seed: u64,
    /// Rows of a world.
    pub rows: u8,
    /// Columns of a world.
    pub columns: u8,
    /// Probability that a cell is a wall, in [0, 1].
    pub walls: f64,
    /// Probability that a free cell, other than the hero's, has markers, in [0, 1]. Counts of 1 to 9 are
    /// equally likely.
    pub markers: f64,
    /// The fewest statements of a program.
    pub length_min: u32,
    /// The most statements of a program. All lengths are equally likely.
    pub length_max: u32,
    /// Weights of move, turn_left, turn_right, pick_marker and put_marker.
    pub weights: [u32; 5],
    /// Probability that a statement is `if`, `ifelse`, `while` or `repeat` rather than an action, in [0, 1].
    pub control: f64,
    /// Maximal depth of nested control flow.
    pub nesting: u32,
    /// Worlds for each program.
    pub worlds: u32,
}

/// Settings with which nothing can be generated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SettingsError(String);

impl Settings {
    /// Checks that a program and worlds can be generated.
    ///
    /// # Errors
    /// The message names the setting that is wrong.
    pub fn check(&self) -> Result<(), SettingsError> {
        let share = |value: f64| (0.0..=1.0).contains(&value);
        let side = |value: u8| (1..=SIDE_MAX).contains(&value);
        let rules = [
            (
                side(self.rows) && side(self.columns),
                format!("a grid has 1 to {SIDE_MAX} rows and columns"),
            ),
            (
                share(self.walls) && share(self.markers) && share(self.control),
                "the shares of walls, markers and control flow are between 0 and 1".to_owned(),
            ),
            (
                1 <= self.length_min
                    && self.length_min <= self.length_max
                    && self.length_max <= 1_000,
                "lengths are from 1 to 1000, the smaller first".to_owned(),
            ),
            (
                self.weights.iter().any(|weight| *weight > 0)
                    && self.weights.iter().all(|weight| *weight <= 1_000_000),
                "at least one action needs a weight above 0, and none one above a million"
                    .to_owned(),
            ),
            (
                (1..=100).contains(&self.worlds),
                "a program has 1 to 100 worlds".to_owned(),
            ),
            (
                self.nesting <= 16 && (self.control == 0.0 || self.nesting > 0),
                "statements are nested 1 to 16 deep where there is control flow".to_owned(),
            ),
        ];
        match rules.into_iter().find(|(holds, _)| !holds) {
            Some((_, why)) => Err(SettingsError(why)),
            None => Ok(()),
        }
    }

    /// True if any world or program can contain markers.
    #[must_use]
    pub(crate) fn has_markers(&self) -> bool {
        self.markers > 0.0 || self.weights[3] + self.weights[4] > 0
    }
}

/// A program and worlds to run it in.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Drawn {
    /// The generated program.
    pub program: Program,
    /// Start worlds for the program.
    pub worlds: Vec<World>,
}

impl Drawn {
    /// A hash of program and worlds: equal for equal ones.
    #[must_use]
    pub fn key(&self) -> [u8; 16] {
        let mut hasher = blake3::Hasher::new();
        hasher.update(self.program.to_string().as_bytes());
        for world in &self.worlds {
            hasher.update(b"\0");
            hasher.update(world.to_string().as_bytes());
        }
        let mut key = [0; 16];
        key.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        key
    }
}

/// The program and worlds with this number.
#[must_use]
pub fn draw(settings: &Settings, number: u64) -> Drawn {
    let mut random = ChaCha8Rng::seed_from_u64(settings.seed);
    random.set_stream(number);
    let length = random.random_range(settings.length_min..=settings.length_max);
    let mut left = length;
    let program = Program::new(block(settings, &mut random, &mut left, length, 0));
    let worlds = (0..settings.worlds)
        .map(|_| world(settings, &mut random))
        .collect();
    Drawn { program, worlds }
}

/// Those with these numbers, in order. Works on all threads of the current pool.
#[must_use]
pub fn draw_all(settings: &Settings, numbers: std::ops::Range<u64>) -> Vec<Drawn> {
    numbers
        .into_par_iter()
        .map(|number| draw(settings, number))
        .collect()
}

/// At most `most` statements, as long as any are left of the program's length.
fn block(
    settings: &Settings,
    random: &mut ChaCha8Rng,
    left: &mut u32,
    most: u32,
    depth: u32,
) -> Vec<Kind> {
    let mut kinds = Vec::new();
    while *left > 0 && (kinds.len() as u32) < most {
        *left -= 1;
        let control = settings.control > 0.0
            && depth < settings.nesting
            && *left > 0
            && random.random_bool(settings.control);
        kinds.push(if control {
            control_flow(settings, random, left, depth)
        } else {
            Kind::Action(action(settings, random))
        });
    }
    kinds
}

fn control_flow(settings: &Settings, random: &mut ChaCha8Rng, left: &mut u32, depth: u32) -> Kind {
    let choice = random.random_range(0..4);
    let most = random.random_range(1..=3);
    let body = |random: &mut ChaCha8Rng, left: &mut u32, most| {
        let kinds = block(settings, random, left, most, depth + 1);
        Program::new(kinds).body().to_vec()
    };
    // `ifelse` needs a statement for each of its bodies.
    match choice {
        1 if *left > 1 => {
            let condition = condition(settings, random);
            let mut share = (*left).min(most + 1) / 2;
            let taken = share;
            let first = body(random, &mut share, taken);
            *left -= taken - share;
            Kind::IfElse(condition, first, body(random, left, most))
        }
        2 => Kind::While(condition(settings, random), body(random, left, most)),
        3 => Kind::Repeat(random.random_range(2..=4), body(random, left, most)),
        _ => Kind::If(condition(settings, random), body(random, left, most)),
    }
}

fn condition(settings: &Settings, random: &mut ChaCha8Rng) -> Condition {
    let known = if settings.has_markers() { 5 } else { 3 };
    Condition {
        predicate: Predicate::ALL[random.random_range(0..known)],
        negated: random.random_bool(0.25),
    }
}

fn action(settings: &Settings, random: &mut ChaCha8Rng) -> Action {
    let mut place = random.random_range(0..settings.weights.iter().sum());
    for (action, weight) in Action::ALL.into_iter().zip(settings.weights) {
        if place < weight {
            return action;
        }
        place -= weight;
    }
    // The place is below the sum of the weights, so the loop has returned.
    Action::Move
}

fn world(settings: &Settings, random: &mut ChaCha8Rng) -> World {
    let hero = Hero {
        row: random.random_range(0..settings.rows),
        column: random.random_range(0..settings.columns),
        facing: Facing::ALL[random.random_range(0..4)],
    };
    let mut world = World::open(settings.rows, settings.columns, hero);
    for row in 0..settings.rows {
        for column in 0..settings.columns {
            let here = (row, column) == (hero.row, hero.column);
            if settings.walls > 0.0 && random.random_bool(settings.walls) {
                world.set(row, column, Cell::Wall);
            } else if settings.markers > 0.0 && random.random_bool(settings.markers) && !here {
                let markers = random.random_range(1..=9);
                world.set(row, column, Cell::Free(markers));
            }
        }
    }
    world
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Small worlds, with everything in them.
    pub(crate) fn rich() -> Settings {
        Settings {
            seed: 7,
            rows: 4,
            columns: 5,
            walls: 0.1,
            markers: 0.2,
            length_min: 1,
            length_max: 9,
            weights: [3, 2, 2, 1, 1],
            control: 0.4,
            nesting: 3,
            worlds: 2,
        }
    }

    #[test]
    fn a_number_gives_the_same_whatever_comes_before_it_and_on_any_number_of_threads() {
        let settings = rich();
        let all = draw_all(&settings, 0..200);
        assert_eq!(all[150], draw(&settings, 150));
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(3)
            .build()
            .unwrap();
        assert_eq!(pool.install(|| draw_all(&settings, 0..200)), all);
        let other = Settings { seed: 8, ..rich() };
        assert_ne!(draw(&other, 150), all[150]);
    }

    #[test]
    fn every_statement_turns_up_and_lengths_are_kept() {
        fn count(body: &[crate::Statement], seen: &mut [u32; 5]) -> u32 {
            body.iter()
                .map(|statement| {
                    let index = match statement.kind {
                        Kind::Action(_) => 0,
                        Kind::If(..) => 1,
                        Kind::IfElse(..) => 2,
                        Kind::While(..) => 3,
                        Kind::Repeat(..) => 4,
                    };
                    seen[index] += 1;
                    let bodies = statement.kind.bodies();
                    assert!(bodies.iter().all(|body| !body.is_empty()), "an empty body");
                    1 + bodies.iter().map(|body| count(body, seen)).sum::<u32>()
                })
                .sum()
        }
        let mut seen = [0; 5];
        let settings = Settings {
            length_min: 3,
            ..rich()
        };
        for drawn in draw_all(&settings, 0..500) {
            let length = count(drawn.program.body(), &mut seen);
            assert!((3..=9).contains(&length), "{}", drawn.program);
            assert_eq!(drawn.worlds.len(), 2);
        }
        assert!(seen.iter().all(|count| *count > 20), "{seen:?}");
    }

    #[test]
    fn weights_decide_which_actions_turn_up() {
        let settings = Settings {
            weights: [1, 0, 3, 0, 0],
            control: 0.0,
            length_min: 8,
            length_max: 8,
            ..rich()
        };
        let actions: Vec<Action> = draw_all(&settings, 0..500)
            .iter()
            .flat_map(|drawn| drawn.program.straight_line().unwrap())
            .collect();
        let moves = actions
            .iter()
            .filter(|action| **action == Action::Move)
            .count();
        let turns = actions
            .iter()
            .filter(|action| **action == Action::TurnRight)
            .count();
        assert_eq!(moves + turns, actions.len());
        assert!((900..1100).contains(&moves), "{moves}");
    }

    #[test]
    fn settings_that_cannot_be_drawn_with_are_refused() {
        let wrong = |change: fn(&mut Settings)| {
            let mut settings = rich();
            change(&mut settings);
            settings.check().unwrap_err().to_string()
        };
        assert!(rich().check().is_ok());
        assert!(wrong(|s| s.rows = 0).contains("rows"));
        assert!(wrong(|s| s.walls = 1.5).contains("walls"));
        assert!(wrong(|s| s.length_min = 10).contains("lengths"));
        assert!(wrong(|s| s.weights = [0; 5]).contains("weight"));
        assert!(wrong(|s| s.worlds = 0).contains("worlds"));
        assert!(wrong(|s| s.nesting = 0).contains("nested"));
    }
}

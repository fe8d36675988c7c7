//! Execution of programs, reported step by step.

use std::fmt;

use tracestone_record::words::counted;

use crate::program::{Condition, Kind, Program, Statement};
use crate::semantics::Semantics;
use crate::world::{Action, World};

/// Event of one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// An executed instruction.
    Action {
        /// The instruction in the program.
        word: Action,
        /// The action it performs under the semantics.
        done: Action,
        /// True if it changed the world.
        changed: bool,
    },
    /// A condition was evaluated.
    Test {
        /// Condition of an `if`, `ifelse` or `while`.
        condition: Condition,
        /// Value of the condition.
        held: bool,
    },
    /// `repeat` decided whether to go round once more.
    Round {
        /// Rounds that were left.
        left: u32,
    },
}

impl fmt::Display for Deed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Action {
                word,
                done,
                changed,
            } => {
                write!(f, "{}", word.name())?;
                if word != done {
                    write!(f, " (means {})", done.name())?;
                }
                f.write_str(if *changed { "" } else { ": nothing happens" })
            }
            Self::Test { condition, held } => {
                write!(f, "{condition}: {}", if *held { "yes" } else { "no" })
            }
            Self::Round { left } => write!(f, "{} left", counted(u64::from(*left), "round")),
        }
    }
}

/// One step: a line that ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// Line in the program, counted from 1.
    pub line: u32,
    /// Event at that line.
    pub deed: Deed,
}

/// A program took more steps than it was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the program was not over after {0} steps")]
pub struct OutOfSteps(pub u32);

/// Runs a program from a start world and reports each step with the world after it. Returns the final world.
///
/// # Errors
/// It is not over after `steps` steps.
pub fn run(
    program: &Program,
    start: &World,
    semantics: &Semantics,
    steps: u32,
    mut told: impl FnMut(Step, &World),
) -> Result<World, OutOfSteps> {
    let mut machine = Machine {
        world: start.clone(),
        semantics,
        left: steps,
        steps,
        told: &mut told,
    };
    machine.block(program.body())?;
    Ok(machine.world)
}

/// A step and the world after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Line and event.
    pub step: Step,
    /// The world after it.
    pub world: World,
}

/// Everything that happened in a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// The world before the first step.
    pub start: World,
    /// Every step with the world after it, in order.
    pub steps: Vec<Told>,
}

impl Trace {
    /// Runs a program and keeps everything.
    ///
    /// # Errors
    /// It is not over after `steps` steps.
    pub fn of(
        program: &Program,
        start: &World,
        semantics: &Semantics,
        steps: u32,
    ) -> Result<Self, OutOfSteps> {
        let mut told = Vec::new();
        run(program, start, semantics, steps, |step, world| {
            told.push(Told {
                step,
                world: world.clone(),
            });
        })?;
        Ok(Self {
            start: start.clone(),
            steps: told,
        })
    }

    /// The world at the end.
    #[must_use]
    pub fn end(&self) -> &World {
        self.steps.last().map_or(&self.start, |told| &told.world)
    }
}

struct Machine<'a, F> {
    world: World,
    semantics: &'a Semantics,
    left: u32,
    steps: u32,
    told: &'a mut F,
}

impl<F: FnMut(Step, &World)> Machine<'_, F> {
    fn tell(&mut self, line: u32, deed: Deed) -> Result<(), OutOfSteps> {
        self.left = self.left.checked_sub(1).ok_or(OutOfSteps(self.steps))?;
        (self.told)(Step { line, deed }, &self.world);
        Ok(())
    }

    fn test(&mut self, line: u32, condition: Condition) -> Result<bool, OutOfSteps> {
        let held = condition.holds(&self.world);
        self.tell(line, Deed::Test { condition, held })?;
        Ok(held)
    }

    fn block(&mut self, body: &[Statement]) -> Result<(), OutOfSteps> {
        for statement in body {
            let line = statement.line;
            match &statement.kind {
                Kind::Action(word) => {
                    let done = self.semantics.of(*word);
                    let changed = self.world.act(done);
                    let word = *word;
                    self.tell(
                        line,
                        Deed::Action {
                            word,
                            done,
                            changed,
                        },
                    )?;
                }
                Kind::If(condition, body) => {
                    if self.test(line, *condition)? {
                        self.block(body)?;
                    }
                }
                Kind::IfElse(condition, first, second) => {
                    let held = self.test(line, *condition)?;
                    self.block(if held { first } else { second })?;
                }
                Kind::While(condition, body) => {
                    while self.test(line, *condition)? {
                        self.block(body)?;
                    }
                }
                Kind::Repeat(times, body) => {
                    for left in (0..=*times).rev() {
                        self.tell(line, Deed::Round { left })?;
                        if left > 0 {
                            self.block(body)?;
                        }
                    }
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::parse;

    fn end(program: &str, world: &[&str], semantics: &str) -> Result<Vec<String>, OutOfSteps> {
        let semantics = Semantics::from_name(semantics).unwrap();
        let world = World::parse(world).unwrap();
        let program = parse(program).unwrap();
        Trace::of(&program, &world, &semantics, 100).map(|trace| trace.end().lines())
    }

    #[test]
    fn the_same_text_takes_another_course_under_another_meaning() {
        let program = "def run() { turn_left move }";
        let world = [". .", ". ^"];
        assert_eq!(end(program, &world, "original").unwrap(), [". .", "< ."]);
        assert_eq!(end(program, &world, "paper-8").unwrap(), [". <", ". ."]);
    }

    #[test]
    fn loops_and_branches_run() {
        let program = "def run() { while (front_is_clear) { move ifelse (markers_present) \
                       { pick_marker } else { put_marker } } repeat (2) { turn_left } }";
        assert_eq!(
            end(program, &["> 1 . #"], "original").unwrap(),
            [". . <1 #"]
        );
    }

    #[test]
    fn what_never_ends_is_stopped() {
        let program = "def run() { while (no_markers_present) { turn_left } }";
        assert_eq!(end(program, &[">"], "original"), Err(OutOfSteps(100)));
        assert_eq!(
            end(
                "def run() { while (front_is_clear) {} }",
                &["> ."],
                "original"
            ),
            Err(OutOfSteps(100))
        );
    }
}

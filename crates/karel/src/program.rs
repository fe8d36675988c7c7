//! Programs as trees, their printed form and their tokens.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::world::{Action, Facing, World};

/// A predicate of conditions, about the hero's surroundings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Predicate {
    /// No wall ahead.
    FrontIsClear,
    /// No wall to the left.
    LeftIsClear,
    /// No wall to the right.
    RightIsClear,
    /// A marker in the hero's cell.
    MarkersPresent,
    /// No marker in the hero's cell.
    NoMarkersPresent,
}

impl Predicate {
    /// Every predicate, in the order of the grammar.
    pub const ALL: [Self; 5] = [
        Self::FrontIsClear,
        Self::LeftIsClear,
        Self::RightIsClear,
        Self::MarkersPresent,
        Self::NoMarkersPresent,
    ];

    /// Name in the source language.
    #[must_use]
    pub fn name(self) -> &'static str {
        [
            "front_is_clear",
            "left_is_clear",
            "right_is_clear",
            "markers_present",
            "no_markers_present",
        ][self as usize]
    }

    /// The predicate with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }

    /// Evaluates the predicate in a world.
    #[must_use]
    pub fn holds(self, world: &World) -> bool {
        let facing = world.hero().facing;
        let clear = |facing: Facing| world.beside(facing).is_some();
        match self {
            Self::FrontIsClear => clear(facing),
            Self::LeftIsClear => clear(facing.left()),
            Self::RightIsClear => clear(facing.right()),
            Self::MarkersPresent => world.markers_here() > 0,
            Self::NoMarkersPresent => world.markers_here() == 0,
        }
    }
}

/// A predicate, or that it does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Condition {
    /// True if the predicate follows `not`.
    pub negated: bool,
    /// The predicate, without the negation.
    pub predicate: Predicate,
}

impl Condition {
    /// Evaluates the condition in a world.
    #[must_use]
    pub fn holds(self, world: &World) -> bool {
        self.predicate.holds(world) != self.negated
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.negated { "not " } else { "" })?;
        f.write_str(self.predicate.name())
    }
}

/// A statement and the line it starts in.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Statement {
    /// The line, counted from 1.
    pub line: u32,
    /// The statement's action or control flow.
    pub kind: Kind,
}

/// Action or control flow of a statement.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Does an action.
    Action(Action),
    /// Does the body if the condition holds.
    If(Condition, Vec<Statement>),
    /// Does the first body if the condition holds, else the second.
    IfElse(Condition, Vec<Statement>, Vec<Statement>),
    /// Does the body as long as the condition holds.
    While(Condition, Vec<Statement>),
    /// Performs the body the given number of times.
    Repeat(u32, Vec<Statement>),
}

impl Kind {
    /// Nested statement lists, in source order; empty for an action.
    #[must_use]
    pub fn bodies(&self) -> Vec<&[Statement]> {
        match self {
            Self::Action(_) => vec![],
            Self::If(_, body) | Self::While(_, body) | Self::Repeat(_, body) => {
                vec![body.as_slice()]
            }
            Self::IfElse(_, first, second) => vec![first.as_slice(), second],
        }
    }

    fn head(&self) -> String {
        match self {
            Self::Action(action) => action.name().to_owned(),
            Self::If(condition, _) => format!("if ({condition}) {{"),
            Self::IfElse(condition, ..) => format!("ifelse ({condition}) {{"),
            Self::While(condition, _) => format!("while ({condition}) {{"),
            Self::Repeat(times, _) => format!("repeat ({times}) {{"),
        }
    }

    /// True for `while` and `repeat`.
    #[must_use]
    pub fn is_loop(&self) -> bool {
        matches!(self, Self::While(..) | Self::Repeat(..))
    }
}

/// `def run() { .. }`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Program {
    body: Vec<Statement>,
}

impl Program {
    /// A program whose statements have the lines in which they are printed.
    #[must_use]
    pub fn new(kinds: Vec<Kind>) -> Self {
        let mut body: Vec<Statement> = kinds
            .into_iter()
            .map(|kind| Statement { line: 0, kind })
            .collect();
        lay_out(&mut body, &mut 2);
        Self { body }
    }

    /// A program whose statements have the lines of a text.
    pub(crate) fn from_text(body: Vec<Statement>) -> Self {
        Self { body }
    }

    /// The top-level statements, in order.
    #[must_use]
    pub fn body(&self) -> &[Statement] {
        &self.body
    }

    /// The actions, where the program is nothing else.
    #[must_use]
    pub fn straight_line(&self) -> Option<Vec<Action>> {
        self.body
            .iter()
            .map(|statement| match statement.kind {
                Kind::Action(action) => Some(action),
                _ => None,
            })
            .collect()
    }

    /// The number of statements, those inside others included.
    #[must_use]
    pub fn statements(&self) -> usize {
        fn count(body: &[Statement]) -> usize {
            let bodies = body.iter().flat_map(|one| one.kind.bodies());
            body.len() + bodies.map(count).sum::<usize>()
        }
        count(&self.body)
    }

    /// The body as tokens, from the opening to the closing brace.
    #[must_use]
    pub fn words(&self) -> Vec<String> {
        let mut words = vec!["{".to_owned()];
        words_of(&self.body, &mut words);
        words.push("}".to_owned());
        words
    }
}

fn lay_out(body: &mut [Statement], line: &mut u32) {
    for statement in body {
        statement.line = *line;
        *line += 1;
        match &mut statement.kind {
            Kind::Action(_) => {}
            Kind::If(_, body) | Kind::While(_, body) | Kind::Repeat(_, body) => {
                lay_out(body, line);
                *line += 1;
            }
            Kind::IfElse(_, first, second) => {
                lay_out(first, line);
                *line += 1;
                lay_out(second, line);
                *line += 1;
            }
        }
    }
}

fn words_of(body: &[Statement], words: &mut Vec<String>) {
    for statement in body {
        let head = statement
            .kind
            .head()
            .replace('(', " ( ")
            .replace(')', " ) ");
        words.extend(head.split_whitespace().map(str::to_owned));
        for (index, body) in statement.kind.bodies().into_iter().enumerate() {
            if index > 0 {
                words.extend(["else", "{"].map(str::to_owned));
            }
            words_of(body, words);
            words.push("}".to_owned());
        }
    }
}

fn print(body: &[Statement], depth: usize, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let margin = "    ".repeat(depth);
    for statement in body {
        writeln!(f, "{margin}{}", statement.kind.head())?;
        let bodies = statement.kind.bodies();
        for (index, body) in bodies.iter().enumerate() {
            print(body, depth + 1, f)?;
            let more = index + 1 < bodies.len();
            writeln!(f, "{margin}}}{}", if more { " else {" } else { "" })?;
        }
    }
    Ok(())
}

/// One statement a line, with a final newline.
impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("def run() {\n")?;
        print(&self.body, 1, f)?;
        f.write_str("}\n")
    }
}

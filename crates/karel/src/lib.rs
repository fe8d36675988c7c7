//! Karel: a grid-world language whose meaning is data.
//!
//! A [`World`] holds a hero, walls and markers; a [`Program`] tells the hero what to do; [`Semantics`] says
//! what the words of a program mean, so that the same text can be executed to another course. Programs
//! and worlds are drawn by [`draw()`], written as texts for a small model by [`text`], with the latent
//! states at every word of them ([`latents`]), and asked about in full sentences ([`ask`]).
//!
//! Invariant: pure. What is drawn depends on the settings and a number alone, never on the order of work.

pub mod ask;
mod draw;
pub mod fairness;
pub mod latents;
mod parse;
mod program;
mod run;
pub mod scm;
mod semantics;
pub mod text;
mod world;

pub use draw::{Drawn, Settings, SettingsError, draw, draw_all};
pub use parse::{ParseError, TIMES_MAX, parse, parse_body};
pub use program::{Condition, Kind, Predicate, Program, Statement};
pub use run::{Deed, OutOfSteps, Step, Told, Trace, run};
pub use semantics::{ORIGINAL, Semantics, SemanticsError};
pub use world::{Action, Cell, Facing, Hero, MARKERS_MAX, SIDE_MAX, World, WorldError};

/// Goes up whenever the same settings could give other data than before.
pub const VERSION: u32 = 1;

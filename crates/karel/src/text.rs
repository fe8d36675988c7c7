//! Texts for a small model: tokens separated by one blank.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::draw::{Drawn, Settings};
use crate::program::Predicate;
use crate::run::{Deed, OutOfSteps, Trace};
use crate::semantics::Semantics;
use crate::world::{Action, Facing, World};

/// Task of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Start worlds and program, then final worlds.
    Interp,
    /// Start and final worlds, then the program.
    Synthesis,
    /// Start world and program, then every action that is done, with the state after it.
    Trace,
}

/// Form of a final world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Output {
    /// Cell by cell, as the start world.
    World,
    /// The hero alone: row, column, facing.
    Hero,
}

/// A token at which the state is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// Index of the token, counted from 0 over prompt and completion.
    pub token: u32,
    /// Actions done then.
    pub step: u32,
    /// The action of the token; `None` at the start.
    pub action: Option<Action>,
}

/// A text with its places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// Tokens of the prompt.
    pub prompt: Vec<String>,
    /// Tokens of the completion.
    pub completion: Vec<String>,
    /// Places at which the state of the first world is known. In a plain sequence of actions: the token
    /// before the first action, and each action. For other programs, in traces: the last token of each state.
    pub marks: Vec<Mark>,
    /// The final worlds.
    pub ends: Vec<World>,
}

/// Separator between worlds.
const NEXT: &str = "|";
/// Separator between a start and a final world.
const BECOMES: &str = "->";
/// Special tokens, first in the vocabulary.
pub(crate) const SPECIALS: [&str; 3] = ["<pad>", "<bos>", "<eos>"];

/// Every token of texts with these settings, special ones first.
#[must_use]
pub fn vocabulary(settings: &Settings, mode: Mode, output: Output) -> Vec<String> {
    let mut words: Vec<String> = SPECIALS.map(str::to_owned).to_vec();
    words.extend([".", "#"].map(str::to_owned));
    let signs = Facing::ALL.map(|facing| facing.sign().to_string());
    words.extend(signs.clone());
    if settings.has_markers() {
        words.extend((1..=9).map(|count: u8| count.to_string()));
        for sign in signs {
            words.extend((1..=9).map(|count| format!("{sign}{count}")));
        }
    }
    words.extend(["{", "}"].map(str::to_owned));
    let used = Action::ALL.into_iter().zip(settings.weights);
    words.extend(
        used.filter(|(_, weight)| *weight > 0)
            .map(|(action, _)| action.name().to_owned()),
    );
    if settings.control > 0.0 {
        words.extend(
            ["if", "ifelse", "else", "while", "repeat", "not", "(", ")"].map(str::to_owned),
        );
        words.extend(Predicate::ALL.map(|predicate| predicate.name().to_owned()));
        // Numbers of rounds are words of their own where markers do not bring them in already.
        words.extend((2..=4).map(|times: u8| times.to_string()));
    }
    if settings.worlds > 1 {
        words.push(NEXT.to_owned());
    }
    if mode == Mode::Synthesis {
        words.push(BECOMES.to_owned());
    }
    if mode == Mode::Trace || output == Output::Hero {
        words.extend((0..settings.rows).map(|row| format!("row{row}")));
        words.extend((0..settings.columns).map(|column| format!("column{column}")));
        words.extend(Facing::ALL.map(|facing| facing.name().to_owned()));
    }
    if (mode == Mode::Trace || output == Output::Hero) && settings.has_markers() {
        words.extend((0..=9).map(|count| format!("markers{count}")));
    }
    let mut seen = std::collections::BTreeSet::new();
    words.retain(|word| seen.insert(word.clone()));
    words
}

/// Writes a text.
///
/// # Errors
/// The program is not over after `steps` steps.
pub fn write(
    drawn: &Drawn,
    semantics: &Semantics,
    settings: &Settings,
    mode: Mode,
    output: Output,
    steps: u32,
) -> Result<Text, OutOfSteps> {
    let traces: Vec<Trace> = drawn
        .worlds
        .iter()
        .map(|world| Trace::of(&drawn.program, world, semantics, steps))
        .collect::<Result<_, _>>()?;
    let ends: Vec<World> = traces.iter().map(|trace| trace.end().clone()).collect();
    let program = drawn.program.words();
    let drawn_end = |world: &World| final_words(world, settings, output);
    let mut text = Text {
        prompt: Vec::new(),
        completion: Vec::new(),
        marks: Vec::new(),
        ends,
    };
    match mode {
        Mode::Interp | Mode::Trace => {
            separated(&mut text.prompt, &drawn.worlds, |world| {
                world.words().collect()
            });
            text.mark_program(drawn, text.prompt.len());
            text.prompt.extend(program);
        }
        Mode::Synthesis => {
            let pairs: Vec<_> = drawn.worlds.iter().zip(&text.ends).collect();
            separated(&mut text.prompt, &pairs, |(start, end)| {
                let start = start.words().chain([BECOMES.to_owned()]);
                start.chain(drawn_end(end)).collect()
            });
            text.mark_program(drawn, text.prompt.len());
            text.completion = program;
        }
    }
    match mode {
        Mode::Interp => separated(&mut text.completion, &text.ends, drawn_end),
        Mode::Trace => text.write_traces(&traces, settings),
        Mode::Synthesis => {}
    }
    Ok(text)
}

fn separated<T>(words: &mut Vec<String>, parts: &[T], write: impl Fn(&T) -> Vec<String>) {
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            words.push(NEXT.to_owned());
        }
        words.extend(write(part));
    }
}

/// Row, column, facing, and the markers there if there can be any.
fn state_words(world: &World, settings: &Settings) -> Vec<String> {
    let hero = world.hero();
    let mut words = vec![
        format!("row{}", hero.row),
        format!("column{}", hero.column),
        hero.facing.name().to_owned(),
    ];
    if settings.has_markers() {
        words.push(format!("markers{}", world.markers_here()));
    }
    words
}

fn final_words(world: &World, settings: &Settings, output: Output) -> Vec<String> {
    match output {
        Output::World => world.words().collect(),
        Output::Hero => state_words(world, settings),
    }
}

impl Text {
    /// Marks the tokens of a plain sequence of actions whose opening brace is at `open`.
    fn mark_program(&mut self, drawn: &Drawn, open: usize) {
        let Some(actions) = drawn.program.straight_line() else {
            return;
        };
        // Texts are far shorter than four thousand million words.
        let open = open as u32;
        self.marks.push(Mark {
            token: open,
            step: 0,
            action: None,
        });
        for (index, action) in (1..).zip(actions) {
            self.marks.push(Mark {
                token: open + index,
                step: index,
                action: Some(action),
            });
        }
    }

    fn write_traces(&mut self, traces: &[Trace], settings: &Settings) {
        let marked = !self.marks.is_empty();
        for (index, trace) in traces.iter().enumerate() {
            if index > 0 {
                self.completion.push(NEXT.to_owned());
            }
            let mut step = 0;
            for told in &trace.steps {
                let Deed::Action { word, .. } = told.step.deed else {
                    continue;
                };
                step += 1;
                self.completion.push(word.name().to_owned());
                self.completion.extend(state_words(&told.world, settings));
                // Where the program's own words are marked, the state is looked for there, unseen.
                if index == 0 && !marked {
                    self.marks.push(Mark {
                        token: (self.prompt.len() + self.completion.len() - 1) as u32,
                        step,
                        action: None,
                    });
                }
            }
        }
    }

    /// Tokens of prompt and completion.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.prompt
            .iter()
            .chain(&self.completion)
            .map(String::as_str)
    }
}

//! Texts of prompts. A prompt explains the language and its semantics in full, so no knowledge of Karel is
//! needed.

use std::fmt::Write as _;

use crate::semantics::Semantics;
use crate::world::Action;

/// The program, the language, and the semantics of each instruction.
pub(super) fn language(program: &str, semantics: &Semantics) -> String {
    let mut text = format!(
        "Here is a program in Karel, a small language that tells a hero on a grid what to do.\n\n\
         ```\n{program}```\n\n{WORLDS}\n\n"
    );
    text.push_str(if semantics.is_original() {
        "The words for actions mean this:\n"
    } else {
        "In this program the words for actions do not mean what they say. They mean this, and nothing else:\n"
    });
    for word in Action::ALL {
        let _ = writeln!(text, "- `{}` {}", word.name(), effect(semantics.of(word)));
    }
    text.push('\n');
    text.push_str(STATEMENTS);
    text
}

const WORLDS: &str = "A world is written as a list of strings, one for each row from north to south; in a row the cells \
stand from west to east with blanks between them. `.` is a free cell, `#` a wall, a digit from 1 to 9 a free cell with \
so many markers in it. The hero is `^`, `>`, `v` or `<`, which says that it faces north, east, south or west; a digit \
right behind it, as in `>2`, counts the markers in its cell. Everything outside the grid is wall.";

const STATEMENTS: &str = "Statements run one after the other. `if (c) { .. }` runs its body if the condition holds, \
`ifelse (c) { .. } else { .. }` one of its two bodies, `while (c) { .. }` its body again and again as long as the \
condition holds, `repeat (n) { .. }` its body n times. A condition is `front_is_clear`, `left_is_clear` or \
`right_is_clear` (there is no wall in the cell ahead, to the left, to the right of the hero), `markers_present` or \
`no_markers_present` (in the hero's cell), or one of these after `not`.";

fn effect(action: Action) -> &'static str {
    match action {
        Action::Move => "moves the hero one cell ahead; if there is a wall, nothing happens",
        Action::TurnLeft => "turns the hero a quarter to the left",
        Action::TurnRight => "turns the hero a quarter to the right",
        Action::PickMarker => {
            "takes one marker from the hero's cell; if there is none, nothing happens"
        }
        Action::PutMarker => {
            "puts one marker into the hero's cell; if there are nine, nothing happens"
        }
    }
}

/// Section of a prompt with the evaluated call.
pub(super) fn call(call: &str) -> String {
    format!(
        "\n\n`run` takes a start world and returns the world after the program has run. This is evaluated:\n\n```\n{call}\n```\n\n"
    )
}

/// Definition of the lines that run.
pub(super) const LINES: &str = "Lines are counted from 1 at the first line of the program. The line of an action runs \
when the action is done. The line of an `if`, `ifelse` or `while` runs each time its condition is looked at. The line of \
a `repeat` runs each time it is decided whether its body runs once more, so one time more than its body. Lines with \
nothing but a closing brace or `else` never run, and neither does the first line.";

/// Definition of the variables and their ranges.
pub(super) const VARIABLES: &str = "The variables are `row` and `column`, the hero's place, both counted from 0 in the \
north-west corner; `facing`, one of 'north', 'east', 'south' and 'west'; and `markers_here`, the number of markers in the \
hero's cell.";

/// Grammar of a trace.
pub(super) const TRACE: &str = "Write the whole trace, one event per line:
- `call 0 1 run` when the program starts;
- `line 0 LINE` when a line is about to run;
- `return 0 LINE = WORLD` at the end, with the last line that ran (1 if none did) and the final world as a list of strings.
Under an event, indented by two spaces, write `NAME = VALUE` for each variable whose value is not what it was at the \
event before, in alphabetical order; under `call` write all four.";

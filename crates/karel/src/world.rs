//! The grid, the hero in it, and what the five actions do.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The largest number of markers in a cell; putting down one more does nothing.
pub(crate) const MARKERS_MAX: u8 = 9;

/// The largest number of rows or columns.
pub const SIDE_MAX: u8 = 32;

const WALL: u8 = u8::MAX;

/// Direction of the hero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Facing {
    /// To the first row.
    North,
    /// To the last column.
    East,
    /// To the last row.
    South,
    /// To the first column.
    West,
}

impl Facing {
    /// Clockwise from north.
    pub const ALL: [Self; 4] = [Self::North, Self::East, Self::South, Self::West];

    /// Name in texts and ledgers.
    #[must_use]
    pub fn name(self) -> &'static str {
        ["north", "east", "south", "west"][self as usize]
    }

    /// The hero's sign in a drawn world.
    #[must_use]
    pub fn sign(self) -> char {
        ['^', '>', 'v', '<'][self as usize]
    }

    fn turned(self, quarters: usize) -> Self {
        Self::ALL[(self as usize + quarters) % 4]
    }

    /// A quarter to the left.
    #[must_use]
    pub fn left(self) -> Self {
        self.turned(3)
    }

    /// A quarter to the right.
    #[must_use]
    pub fn right(self) -> Self {
        self.turned(1)
    }
}

/// An action of the hero.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// One cell ahead; nothing where a wall or the border is.
    Move,
    /// A quarter to the left.
    TurnLeft,
    /// A quarter to the right.
    TurnRight,
    /// Takes a marker from the hero's cell; nothing where there is none.
    PickMarker,
    /// Puts a marker down in the hero's cell; nothing where there are nine.
    PutMarker,
}

impl Action {
    /// All, in the order in which weights are given.
    pub const ALL: [Self; 5] = [
        Self::Move,
        Self::TurnLeft,
        Self::TurnRight,
        Self::PickMarker,
        Self::PutMarker,
    ];

    /// Name in the source language.
    #[must_use]
    pub fn name(self) -> &'static str {
        [
            "move",
            "turn_left",
            "turn_right",
            "pick_marker",
            "put_marker",
        ][self as usize]
    }

    /// The action with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.name() == name)
    }
}

/// Position and direction of the hero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Hero {
    /// The row, counted from 0 at the top.
    pub row: u8,
    /// The column, counted from 0 at the left.
    pub column: u8,
    /// Direction of the hero.
    pub facing: Facing,
}

/// Content of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell {
    /// Wall, which the hero cannot enter.
    Wall,
    /// Free, with this number of markers.
    Free(u8),
}

/// A rectangle of cells with a hero in one of the free ones. Everything outside is wall.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct World {
    rows: u8,
    columns: u8,
    cells: Box<[u8]>,
    hero: Hero,
}

/// Error of a text that is no world.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WorldError {
    /// No rows, or too many.
    #[error(
        "a world has 1 to {SIDE_MAX} rows and columns, this one has {rows} rows and {columns} columns"
    )]
    Size {
        /// The number of rows.
        rows: usize,
        /// The number of columns of the first row.
        columns: usize,
    },
    /// Rows of different lengths.
    #[error("row {row} has {found} cells, the first row has {expected}")]
    Ragged {
        /// The row, counted from 0.
        row: usize,
        /// Number of cells in that row.
        found: usize,
        /// The cells of the first row.
        expected: usize,
    },
    /// A cell with an unknown text.
    #[error(
        "the cell `{cell}` in row {row}, column {column} is none of `.`, `#`, `1` to `9`, or `^`, `>`, `v`, `<` with a number of markers behind it or not"
    )]
    Cell {
        /// The cell's text.
        cell: String,
        /// The row, counted from 0.
        row: usize,
        /// The column, counted from 0.
        column: usize,
    },
    /// No hero, or several.
    #[error("a world has one hero (`^`, `>`, `v` or `<`), this one has {0}")]
    Heroes(usize),
}

impl World {
    /// A world without walls and markers.
    ///
    /// # Panics
    /// The hero is outside, or a side is 0 or too long.
    #[must_use]
    pub fn open(rows: u8, columns: u8, hero: Hero) -> Self {
        assert!((1..=SIDE_MAX).contains(&rows) && (1..=SIDE_MAX).contains(&columns));
        assert!(hero.row < rows && hero.column < columns);
        let cells = vec![0; usize::from(rows) * usize::from(columns)];
        Self {
            rows,
            columns,
            cells: cells.into(),
            hero,
        }
    }

    /// Reads rows of cells with blanks between them.
    ///
    /// # Errors
    /// The rows draw no world.
    pub fn parse<S: AsRef<str>>(rows: &[S]) -> Result<Self, WorldError> {
        let drawn: Vec<Vec<&str>> = rows
            .iter()
            .map(|row| row.as_ref().split_whitespace().collect())
            .collect();
        let (height, width) = (drawn.len(), drawn.first().map_or(0, Vec::len));
        let side = |length: usize| {
            u8::try_from(length)
                .ok()
                .filter(|n| (1..=SIDE_MAX).contains(n))
        };
        let (Some(rows), Some(columns)) = (side(height), side(width)) else {
            return Err(WorldError::Size {
                rows: height,
                columns: width,
            });
        };
        let mut cells = Vec::with_capacity(height * width);
        let mut heroes = Vec::new();
        for (row, line) in drawn.iter().enumerate() {
            if line.len() != width {
                return Err(WorldError::Ragged {
                    row,
                    found: line.len(),
                    expected: width,
                });
            }
            for (column, text) in line.iter().enumerate() {
                let (cell, facing) = read_cell(text).ok_or_else(|| WorldError::Cell {
                    cell: (*text).to_owned(),
                    row,
                    column,
                })?;
                cells.push(cell);
                // Both numbers are below `SIDE_MAX`, which was checked above.
                heroes.extend(facing.map(|facing| Hero {
                    row: row as u8,
                    column: column as u8,
                    facing,
                }));
            }
        }
        match heroes[..] {
            [hero] => Ok(Self {
                rows,
                columns,
                cells: cells.into(),
                hero,
            }),
            _ => Err(WorldError::Heroes(heroes.len())),
        }
    }

    /// The number of rows.
    #[must_use]
    pub fn rows(&self) -> u8 {
        self.rows
    }

    /// The number of columns.
    #[must_use]
    pub fn columns(&self) -> u8 {
        self.columns
    }

    /// Position and direction of the hero.
    #[must_use]
    pub fn hero(&self) -> Hero {
        self.hero
    }

    fn index(&self, row: u8, column: u8) -> usize {
        usize::from(row) * usize::from(self.columns) + usize::from(column)
    }

    /// Content of a cell; wall outside the grid.
    #[must_use]
    pub fn cell(&self, row: u8, column: u8) -> Cell {
        if row >= self.rows || column >= self.columns {
            return Cell::Wall;
        }
        match self.cells[self.index(row, column)] {
            WALL => Cell::Wall,
            markers => Cell::Free(markers),
        }
    }

    /// Changes a cell. The hero's own cell stays free.
    pub fn set(&mut self, row: u8, column: u8, cell: Cell) {
        let here = (row, column) == (self.hero.row, self.hero.column);
        if row < self.rows && column < self.columns && !(here && cell == Cell::Wall) {
            let index = self.index(row, column);
            self.cells[index] = match cell {
                Cell::Wall => WALL,
                Cell::Free(markers) => markers.min(MARKERS_MAX),
            };
        }
    }

    /// The markers in the hero's cell.
    #[must_use]
    pub(crate) fn markers_here(&self) -> u8 {
        self.cells[self.index(self.hero.row, self.hero.column)]
    }

    /// The neighbouring cell in this direction, if it is free.
    #[must_use]
    pub fn beside(&self, facing: Facing) -> Option<(u8, u8)> {
        let Hero { row, column, .. } = self.hero;
        // Going north from row 0 wraps to a row far outside, which is wall like everything outside.
        let (row, column) = match facing {
            Facing::North => (row.wrapping_sub(1), column),
            Facing::East => (row, column + 1),
            Facing::South => (row + 1, column),
            Facing::West => (row, column.wrapping_sub(1)),
        };
        (self.cell(row, column) != Cell::Wall).then_some((row, column))
    }

    /// Does an action; says whether it changed anything.
    pub fn act(&mut self, action: Action) -> bool {
        let here = self.index(self.hero.row, self.hero.column);
        match action {
            Action::Move => match self.beside(self.hero.facing) {
                Some((row, column)) => {
                    (self.hero.row, self.hero.column) = (row, column);
                    true
                }
                None => false,
            },
            Action::TurnLeft => {
                self.hero.facing = self.hero.facing.left();
                true
            }
            Action::TurnRight => {
                self.hero.facing = self.hero.facing.right();
                true
            }
            Action::PickMarker if self.cells[here] > 0 => {
                self.cells[here] -= 1;
                true
            }
            Action::PutMarker if self.cells[here] < MARKERS_MAX => {
                self.cells[here] += 1;
                true
            }
            Action::PickMarker | Action::PutMarker => false,
        }
    }

    /// The cells as tokens, row by row.
    pub fn words(&self) -> impl Iterator<Item = String> + '_ {
        (0..self.cells.len()).map(|index| self.word(index))
    }

    fn word(&self, index: usize) -> String {
        let hero = index == self.index(self.hero.row, self.hero.column);
        let sign = hero.then(|| self.hero.facing.sign());
        match (sign, self.cells[index]) {
            (Some(sign), 0) => sign.to_string(),
            (Some(sign), markers) => format!("{sign}{markers}"),
            (None, WALL) => "#".to_owned(),
            (None, 0) => ".".to_owned(),
            (None, markers) => markers.to_string(),
        }
    }

    /// The rows, with blanks between the cells.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let words: Vec<String> = self.words().collect();
        words
            .chunks(usize::from(self.columns))
            .map(|row| row.join(" "))
            .collect()
    }

    /// The world as a Python literal: a list with one string for each row.
    #[must_use]
    pub fn literal(&self) -> String {
        let rows: Vec<String> = self.lines().iter().map(|row| format!("'{row}'")).collect();
        format!("[{}]", rows.join(", "))
    }
}

/// Parses a cell: its markers, and the hero's direction if the hero is in it.
fn read_cell(text: &str) -> Option<(u8, Option<Facing>)> {
    let mut signs = text.chars();
    let first = signs.next()?;
    let markers = |rest: &str| match rest.as_bytes() {
        [] => Some(0),
        [digit @ b'1'..=b'9'] => Some(digit - b'0'),
        _ => None,
    };
    if let Some(facing) = Facing::ALL
        .into_iter()
        .find(|facing| facing.sign() == first)
    {
        return Some((markers(signs.as_str())?, Some(facing)));
    }
    match text {
        "#" => Some((WALL, None)),
        "." => Some((0, None)),
        _ => Some((markers(text).filter(|count| *count > 0)?, None)),
    }
}

/// One row a line.
impl fmt::Display for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.lines().join("\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn worlds_are_drawn_and_read() {
        let rows = ["# . 3", ". v2 .", "9 # ."];
        let world = World::parse(&rows).unwrap();
        assert_eq!(world.lines(), rows);
        assert_eq!(world.markers_here(), 2);
        assert_eq!(world.literal(), "['# . 3', '. v2 .', '9 # .']");
    }

    #[test]
    fn what_draws_no_world_is_refused_with_the_place() {
        let error = |rows: &[&str]| World::parse(rows).unwrap_err().to_string();
        assert!(error(&[". >", ". x"]).contains("row 1, column 1"));
        assert!(error(&[". ."]).contains("this one has 0"));
        assert!(error(&["> <"]).contains("this one has 2"));
        assert!(error(&["> .", "."]).contains("row 1 has 1 cells"));
        assert!(error(&[]).contains("0 rows"));
        assert!(error(&["> 0"]).contains("`0`"));
        assert!(error(&[">10"]).contains("`>10`"));
    }

    #[test]
    fn blocked_moves_and_failed_picks_do_nothing() {
        let mut world = World::parse(&["^ #", ". ."]).unwrap();
        let before = world.clone();
        for action in [Action::Move, Action::PickMarker] {
            assert!(!world.act(action));
        }
        assert_eq!(world, before);
        world.act(Action::TurnRight);
        assert!(!world.act(Action::Move));
        world.act(Action::TurnRight);
        assert!(world.act(Action::Move));
        assert_eq!(world.lines(), [". #", "v ."]);
        for _ in 0..12 {
            world.act(Action::PutMarker);
        }
        assert_eq!(world.lines(), [". #", "v9 ."]);
    }
}

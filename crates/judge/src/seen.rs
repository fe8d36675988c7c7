//! Observations of a judge in the words and the order in which people read them.

use serde::{Deserialize, Serialize};

/// Lines and tables about one answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Tables, which stand first.
    pub tables: Vec<Table>,
    /// Names with what is said of them.
    pub lines: Vec<(String, String)>,
}

/// A table of texts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// Heads of the columns; the cells of the first one name the rows.
    pub columns: Vec<String>,
    /// Cells, as many in each row as there are columns.
    pub rows: Vec<Vec<String>>,
    /// Places of the rows that something is wrong with.
    pub wrong: Vec<usize>,
}

impl Seen {
    /// Adds a line.
    pub fn line(&mut self, name: &str, text: impl Into<String>) {
        self.lines.push((name.to_owned(), text.into()));
    }
}

impl Table {
    /// A table without rows.
    #[must_use]
    pub fn of(columns: &[&str]) -> Self {
        Self {
            columns: columns.iter().map(|&name| name.to_owned()).collect(),
            ..Self::default()
        }
    }

    /// Adds a row, and notes it if something is wrong with it.
    pub fn row(&mut self, cells: Vec<String>, is_wrong: bool) {
        if is_wrong {
            self.wrong.push(self.rows.len());
        }
        self.rows.push(cells);
    }
}

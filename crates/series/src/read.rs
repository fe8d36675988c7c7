//! Series from the texts of benchmarks' files.

use std::collections::BTreeMap;

use crate::series::{Series, SeriesError};
use crate::time;

pub mod nab;

/// Labelled intervals by the name of a series: first and last time in seconds, both included.
pub type Labels = BTreeMap<String, Vec<(i64, i64)>>;

/// Error of reading a file's text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// There is nothing in it.
    #[error("the file is empty")]
    Empty,
    /// It has no such column.
    #[error("there is no column `{wanted}`; there are {known}")]
    Column {
        /// Name of the column.
        wanted: &'static str,
        /// Names that there are.
        known: String,
    },
    /// A line is not as it should be.
    #[error("line {line}: {what}")]
    Line {
        /// The line's number, from 1.
        line: usize,
        /// Description of the error.
        what: String,
    },
    /// Labels are not as they should be.
    #[error("the labels: {0}")]
    Labels(String),
    /// The values make no series.
    #[error(transparent)]
    Series(#[from] SeriesError),
}

/// Rows of a text of comma-separated values. Carriage returns and a byte order mark count for nothing; a quoted cell
/// may hold commas.
struct Table {
    names: Vec<String>,
    /// The number of each row's line, and its cells.
    rows: Vec<(usize, Vec<String>)>,
}

impl Table {
    fn parse(text: &str) -> Result<Self, ReadError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut lines = text
            .lines()
            .enumerate()
            .map(|(at, line)| (at + 1, line.trim()))
            .filter(|(_, line)| !line.is_empty());
        let (_, head) = lines.next().ok_or(ReadError::Empty)?;
        let names: Vec<String> = cells(head);
        let mut rows = Vec::new();
        for (line, text) in lines {
            let cells = cells(text);
            if cells.len() != names.len() {
                let what = format!(
                    "{} cells, where the first line has {}",
                    cells.len(),
                    names.len()
                );
                return Err(ReadError::Line { line, what });
            }
            rows.push((line, cells));
        }
        if rows.is_empty() {
            return Err(ReadError::Empty);
        }
        Ok(Self { names, rows })
    }

    fn column(&self, wanted: &'static str) -> Result<usize, ReadError> {
        let found = self
            .names
            .iter()
            .position(|name| name.eq_ignore_ascii_case(wanted));
        found.ok_or_else(|| ReadError::Column {
            wanted,
            known: self.names.join(", "),
        })
    }
}

fn cells(line: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut quoted = false;
    for character in line.chars() {
        match character {
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(String::new()),
            _ => {
                // There is always a last cell.
                if let Some(cell) = cells.last_mut() {
                    cell.push(character);
                }
            }
        }
    }
    cells
        .into_iter()
        .map(|cell| cell.trim().to_owned())
        .collect()
}

/// A value: a number, or nothing for the usual words for a missing one.
fn value(text: &str, line: usize) -> Result<Option<f64>, ReadError> {
    if matches!(
        text.to_ascii_lowercase().as_str(),
        "" | "na" | "n/a" | "nan" | "null" | "none"
    ) {
        return Ok(None);
    }
    let parsed = text.parse::<f64>();
    parsed.map(Some).map_err(|_| ReadError::Line {
        line,
        what: format!("`{}` is no number", shortened(text)),
    })
}

/// A text of a file for a message, not longer than a line.
fn shortened(text: &str) -> String {
    text.chars().take(40).collect()
}

fn time_of(text: &str, line: usize) -> Result<i64, ReadError> {
    time::parse(text).ok_or_else(|| ReadError::Line {
        line,
        what: format!(
            "`{}` is no timestamp (seconds, or YYYY-MM-DD HH:MM:SS)",
            shortened(text)
        ),
    })
}

/// A series of a file with the columns `timestamp` and `value`: NAB's and Orion's.
///
/// # Errors
/// There is no such column, a cell is no number, or there is no value.
pub fn timestamped(id: &str, family: &str, text: &str) -> Result<Series, ReadError> {
    let table = Table::parse(text)?;
    let (times, values) = (table.column("timestamp")?, table.column("value")?);
    let mut points = Vec::with_capacity(table.rows.len());
    for (line, cells) in &table.rows {
        points.push((
            time_of(&cells[times], *line)?,
            value(&cells[values], *line)?,
        ));
    }
    Ok(Series::repaired(id, family, points)?)
}

/// A series of TSB-AD: the columns `Data` and `Label`, a point a line. Points are a second apart, as the file has no
/// times. Rows without a value or a label are left out, as its own loader does, and counted.
///
/// # Errors
/// There are several columns of data, a cell is no number, or there is no value.
pub fn tsb_ad(id: &str, family: &str, text: &str) -> Result<Series, ReadError> {
    let table = Table::parse(text)?;
    let labels = table.column("Label")?;
    if table.names.len() != 2 {
        let what = format!(
            "{} columns of data; series of several variables are not supported",
            table.names.len() - 1
        );
        return Err(ReadError::Line { line: 1, what });
    }
    let data = 1 - labels;
    let mut points = Vec::with_capacity(table.rows.len());
    let mut flags = Vec::with_capacity(table.rows.len());
    for (line, cells) in &table.rows {
        let label = value(&cells[labels], *line)?;
        let (Some(number), Some(label)) = (value(&cells[data], *line)?, label) else {
            continue;
        };
        flags.push(match label {
            0.0 => false,
            1.0 => true,
            _ => {
                let what = format!(
                    "the label `{}` is neither 0 nor 1",
                    shortened(&cells[labels])
                );
                return Err(ReadError::Line { line: *line, what });
            }
        });
        let time = i64::try_from(points.len()).unwrap_or(i64::MAX);
        points.push((time, Some(number)));
    }
    let left_out = table.rows.len() - points.len();
    let mut series = Series::repaired(id, family, points)?;
    series.repairs.rows_left_out = left_out;
    series.truth = crate::span::runs(flags.len(), |at| flags[at]);
    Ok(series)
}

/// Labels as JSON, a list of pairs of times for each name, or as Orion's CSV with the columns `signal` and `events`.
///
/// # Errors
/// The text is neither, or a time cannot be read.
pub fn labels(text: &str) -> Result<Labels, ReadError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).trim();
    if text.starts_with('{') {
        let read: Result<BTreeMap<String, serde_json::Value>, _> = serde_json::from_str(text);
        let all = read.map_err(|error| ReadError::Labels(error.to_string()))?;
        return all
            .into_iter()
            .map(|(name, pairs)| intervals(&name, &pairs).map(|read| (name, read)))
            .collect();
    }
    let table = Table::parse(text)?;
    let (names, events) = (table.column("signal")?, table.column("events")?);
    let mut labels = Labels::new();
    for (line, cells) in &table.rows {
        let what = |error: &dyn std::fmt::Display| ReadError::Line {
            line: *line,
            what: error.to_string(),
        };
        // Python writes tuples with parentheses.
        let events = cells[events].replace('(', "[").replace(')', "]");
        let pairs = serde_json::from_str(&events).map_err(|error| what(&error))?;
        let read = intervals(&cells[names], &pairs).map_err(|error| what(&error))?;
        labels.entry(cells[names].clone()).or_default().extend(read);
    }
    Ok(labels)
}

fn intervals(name: &str, pairs: &serde_json::Value) -> Result<Vec<(i64, i64)>, ReadError> {
    let wrong = || {
        ReadError::Labels(format!(
            "`{}` is no list of pairs of times",
            shortened(name)
        ))
    };
    let time_of = |value: &serde_json::Value| match value {
        serde_json::Value::String(text) => time::parse(text),
        other => time::parse(&other.to_string()),
    };
    let pairs = pairs.as_array().ok_or_else(wrong)?;
    pairs
        .iter()
        .map(|pair| match pair.as_array().map(Vec::as_slice) {
            Some([first, last]) => Ok((
                time_of(first).ok_or_else(wrong)?,
                time_of(last).ok_or_else(wrong)?,
            )),
            _ => Err(wrong()),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::span::Span;

    #[test]
    fn wild_files_are_repaired_or_refused_with_a_line() {
        let text = "\u{feff}timestamp,value\r\n2014-01-01 00:10:00,2\r\n2014-01-01 00:00:00,NaN\r\n\r\n2014-01-01 00:05:00,\r\n";
        let series = timestamped("a", "f", text).unwrap();
        assert_eq!(series.values, [None, None, Some(2.0)]);
        assert_eq!(
            series.repairs.counted(),
            [("missing values", 2), ("points out of order", 2)]
        );
        for (text, said) in [
            ("", "the file is empty"),
            ("timestamp,value\n", "the file is empty"),
            (
                "time,value\n1,2\n",
                "there is no column `timestamp`; there are time, value",
            ),
            (
                "timestamp,value\n1,2\n2,many\n",
                "line 3: `many` is no number",
            ),
            (
                "timestamp,value\n1,2\n2\n",
                "line 3: 1 cells, where the first line has 2",
            ),
            (
                "timestamp,value\nnow,2\n",
                "line 2: `now` is no timestamp (seconds, or YYYY-MM-DD HH:MM:SS)",
            ),
            (
                "timestamp,value\n1,\n",
                "a has 1 points, and every value is missing",
            ),
        ] {
            let error = timestamped("a", "f", text).unwrap_err();
            assert_eq!(error.to_string(), said, "{text:?}");
        }
    }

    #[test]
    fn labels_are_read_in_both_forms() {
        let json = r#"{"a": [["2014-01-01 00:00:00.000000", "2014-01-01 00:05:00"]], "b": []}"#;
        let read = labels(json).unwrap();
        assert_eq!(read["a"], [(1_388_534_400, 1_388_534_700)]);
        assert_eq!(read["b"], []);
        let csv = "signal,events\nS-1,\"[[10, 20], [30, 40]]\"\nS-2,\"[(1, 2)]\"\nS-3,[]\n";
        let read = labels(csv).unwrap();
        assert_eq!(read["S-1"], [(10, 20), (30, 40)]);
        assert_eq!(read["S-2"], [(1, 2)]);
        assert!(labels("signal,events\nS-1,soon\n").is_err());
        assert!(labels(r#"{"a": [[1]]}"#).is_err());
    }

    #[test]
    fn tsb_ad_is_read() {
        let series = tsb_ad("a", "f", "Data,Label\n1.5,0\n2,1\n3,1.0\n4,0\n").unwrap();
        assert_eq!(series.truth, [Span::new(1, 3).unwrap()]);
        let error = tsb_ad("a", "f", "x,y,Label\n1,2,0\n").unwrap_err();
        assert!(error.to_string().contains("several variables"), "{error}");
        assert!(tsb_ad("a", "f", "Data,Label\n1,2\n").is_err());
        let series = tsb_ad("a", "f", "Data,Label\n1.5,0\n,1\n3,1\n4,\n5,0\n").unwrap();
        assert_eq!(series.values, [Some(1.5), Some(3.0), Some(5.0)]);
        assert_eq!(series.truth, [Span::new(1, 2).unwrap()]);
        assert_eq!(series.repairs.counted(), [("rows left out", 2)]);
    }
}

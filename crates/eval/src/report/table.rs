//! Table of runs: one line each, with the score and the number of missing responses.

use std::path::Path;

use tracestone_record::outside;
use tracestone_record::words::number;

use super::terminal::percent;
use crate::judge::Status;
use crate::run::{Header, Scored};

/// Characters of a cell of text.
const WIDTH: usize = 48;

/// A line of the table.
pub struct Row {
    task: String,
    model: String,
    score: String,
    interval: String,
    items: String,
    unanswered: String,
    cost: String,
    folder: String,
}

impl Row {
    /// A run with its score.
    #[must_use]
    pub fn of(header: &Header, scored: &Scored, folder: &Path) -> Self {
        let score = &scored.score;
        let statuses = Status::ALL
            .into_iter()
            .filter(|status| !status.is_answered());
        let unanswered: u64 = statuses
            .filter_map(|status| score.statuses.get(&status))
            .sum();
        // Where nothing was answered there is nothing that a score could be of.
        let answered = unanswered < score.statuses.values().sum();
        let interval = || {
            let (low, high) = (score.interval.low, score.interval.high);
            format!("{} to {}", percent(low), percent(high))
        };
        Self {
            score: if answered {
                percent(score.accuracy)
            } else {
                "not answered".to_owned()
            },
            interval: if answered { interval() } else { String::new() },
            items: number(score.items as u64),
            unanswered: number(unanswered),
            cost: scored
                .cost
                .map_or(String::new(), |cost| format!("{cost:.4}")),
            folder: folder.display().to_string(),
            ..Self::named(&header.task, &header.model)
        }
    }

    /// A run that could not be made.
    #[must_use]
    pub fn failed(task: &str, model: &str, why: &str) -> Self {
        Self {
            score: "failed".to_owned(),
            folder: outside::short(why, 2 * WIDTH).into_owned(),
            ..Self::named(task, model)
        }
    }

    /// A run that was not judged yet, with how many answers it has.
    #[must_use]
    pub fn unscored(header: &Header, answered: usize, folder: &Path) -> Self {
        let all = header.items * header.epochs as usize;
        Self {
            score: "not judged".to_owned(),
            items: number(header.items as u64),
            unanswered: number(all.saturating_sub(answered) as u64),
            folder: folder.display().to_string(),
            ..Self::named(&header.task, &header.model)
        }
    }

    fn named(task: &str, model: &str) -> Self {
        Self {
            task: outside::short(task, WIDTH).into_owned(),
            model: outside::short(model, WIDTH).into_owned(),
            score: String::new(),
            interval: String::new(),
            items: String::new(),
            unanswered: String::new(),
            cost: String::new(),
            folder: String::new(),
        }
    }

    /// The cells, each with whether it is a number.
    fn cells(&self) -> [(&str, bool); 8] {
        [
            (&self.task, false),
            (&self.model, false),
            (&self.score, true),
            (&self.interval, true),
            (&self.items, true),
            (&self.unanswered, true),
            (&self.cost, true),
            (&self.folder, false),
        ]
    }
}

/// The table; columns that are empty in every line are left out.
#[must_use]
pub fn of(rows: &[Row]) -> String {
    let names = [
        "task",
        "model",
        "accuracy",
        "95 % interval",
        "items",
        "unanswered",
        "cost",
        "run",
    ];
    let mut lines = vec![String::new(); rows.len() + 1];
    for (column, name) in names.into_iter().enumerate() {
        let cells: Vec<(&str, bool)> = rows.iter().map(|row| row.cells()[column]).collect();
        if cells.iter().all(|(text, _)| text.is_empty()) {
            continue;
        }
        let right = cells.iter().any(|(_, number)| *number);
        let texts: Vec<&str> = [name]
            .into_iter()
            .chain(cells.iter().map(|cell| cell.0))
            .collect();
        let width = texts
            .iter()
            .map(|text| text.chars().count())
            .max()
            .unwrap_or(0);
        for (line, text) in lines.iter_mut().zip(texts) {
            if !line.is_empty() {
                line.push_str("  ");
            }
            let gap = " ".repeat(width - text.chars().count());
            if right {
                line.push_str(&gap);
                line.push_str(text);
            } else {
                line.push_str(text);
                line.push_str(&gap);
            }
        }
    }
    let lines: Vec<&str> = lines.iter().map(|line| line.trim_end()).collect();
    lines.join("\n")
}

//! Anomalies window by window: each is shown some times, and what enough answers and enough windows name is found
//! (SigLLM's prompter). The model names values, as in the paper, or intervals of places.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::json;
use tracestone_eval::answer::said;
use tracestone_eval::episode::{Episode, Next, Request, Turn};
use tracestone_eval::item::Item;
use tracestone_series::answer::{Reading, intervals, listed_values};
use tracestone_series::baseline::Detection;
use tracestone_series::convert::{Grid, Scale, text, windows};
use tracestone_series::votes::{Rules, places_of, scores, spans, within};

use super::answer::{Answer, shortened};
use super::items::Material;

pub(super) const NAME: &str = "series-windows";

/// The answer that a window is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Names {
    /// Values that are anomalous.
    Values,
    /// Intervals of places in the window, as JSON.
    Indices,
}

/// Settings of the episode; the defaults of the task files are the paper's.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Windows {
    names: Names,
    window: usize,
    step: usize,
    /// True for one more window that ends at the last point.
    tail: bool,
    decimal: u32,
    spaced: bool,
    samples: u16,
    alpha: f64,
    beta: f64,
    padding: usize,
}

/// A series as it is shown.
struct Shown {
    material: Material,
    grid: Grid,
    integers: Vec<i64>,
    starts: Vec<usize>,
}

impl Windows {
    fn show(&self, item: &Item) -> Option<Shown> {
        let material = Material::of(item)?;
        let grid = Grid::of(&material.series, material.interval);
        let integers = Scale::of(&grid.values, self.decimal).integers(&grid.values);
        let starts = windows(integers.len(), self.window, self.step, self.tail);
        Some(Shown {
            material,
            grid,
            integers,
            starts,
        })
    }

    fn rules(&self) -> Rules {
        Rules {
            window: self.window,
            step: self.step,
            alpha: self.alpha,
            beta: self.beta,
            padding: self.padding,
        }
    }

    /// Places in a window that an answer names.
    fn read(&self, window: &[i64], answer: &str) -> Option<(Vec<usize>, Reading)> {
        match self.names {
            Names::Values => {
                let (values, reading) = listed_values(answer)?;
                Some((places_of(window, &values), reading))
            }
            Names::Indices => {
                let (spans, reading, left_out) = intervals(answer, window.len())?;
                let reading = if left_out > 0 {
                    Reading::Salvaged
                } else {
                    reading
                };
                Some((
                    spans.iter().flat_map(|span| span.start..span.end).collect(),
                    reading,
                ))
            }
        }
    }

    fn compose(&self, shown: &Shown, turns: &[Turn]) -> Answer {
        let samples = usize::from(self.samples.max(1));
        let (mut failed, mut unread, mut salvaged) = (0, 0, 0);
        let mut example = None;
        let mut voted = Vec::new();
        let mut each = Vec::new();
        for (start, turns) in shown.starts.iter().zip(turns.chunks(samples)) {
            let end = (start + self.window).min(shown.integers.len());
            let window = &shown.integers[*start..end];
            let mut answers = Vec::with_capacity(samples);
            for turn in turns {
                let Some(reply) = &turn.reply else {
                    failed += 1;
                    answers.push(Vec::new());
                    continue;
                };
                match self.read(window, said(&reply.text)) {
                    Some((places, reading)) => {
                        salvaged += usize::from(reading == Reading::Salvaged);
                        answers.push(places);
                    }
                    None => {
                        unread += 1;
                        example.get_or_insert_with(|| shortened(said(&reply.text)));
                        answers.push(Vec::new());
                    }
                }
            }
            voted.push((*start, within(&answers, self.alpha)));
            each.extend(answers.into_iter().map(|places| (*start, places)));
        }
        let points = shown.integers.len();
        let found = Detection {
            spans: spans(&voted, &self.rules(), points),
            scores: scores(&each, self.window, points),
        };
        Answer {
            requests: turns.len(),
            failed,
            unread,
            salvaged,
            example,
            too_short: shown.starts.is_empty(),
            ..Answer::on_grid(&found, &shown.grid, &shown.material.series)
        }
    }
}

impl Episode for Windows {
    fn name(&self) -> &'static str {
        NAME
    }

    fn next(&self, item: &Item, so_far: &[Turn]) -> Next {
        let Some(shown) = self.show(item) else {
            return Next::Done(String::new());
        };
        if !so_far.is_empty() || shown.starts.is_empty() {
            return Next::Done(self.compose(&shown, so_far).text());
        }
        let mut requests = Vec::new();
        for start in &shown.starts {
            let end = (start + self.window).min(shown.integers.len());
            let window = &shown.integers[*start..end];
            let fields = BTreeMap::from([
                ("sequence".to_owned(), json!(text(window, self.spaced))),
                ("numbered".to_owned(), json!(numbered(window))),
                ("length".to_owned(), json!(window.len())),
            ]);
            requests.extend((0..self.samples.max(1)).map(|draw| Request {
                fields: fields.clone(),
                then: Vec::new(),
                draw,
            }));
        }
        Next::Ask(requests)
    }
}

/// Ten values a line, each line with the place of its first value, so that places need not be counted.
fn numbered(window: &[i64]) -> String {
    let lines = window.chunks(10).enumerate();
    let lines: Vec<String> = lines
        .map(|(line, values)| format!("{}: {}", line * 10, text(values, false)))
        .collect();
    lines.join("\n")
}

//! Anomalies by forecasts: the model continues the values before each point, and what it misses by far is found
//! (SigLLM's detector).

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::json;
use tracestone_eval::answer::said;
use tracestone_eval::episode::{Episode, Next, Request, Turn};
use tracestone_eval::item::Item;
use tracestone_series::answer::forecast;
use tracestone_series::baseline::Detection;
use tracestone_series::convert::{Grid, Scale, text};
use tracestone_series::detector::{Search, Threshold, errors, find, median, without_outliers};
use tracestone_series::span::Span;

use super::answer::{Answer, Errors, shortened};
use super::items::Material;

pub(super) const NAME: &str = "series-forecast";

/// The threshold of errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Rule {
    /// Four standard deviations above the mean.
    Fixed,
    /// The one whose removal of errors changes mean and deviation the most.
    Search,
}

/// Settings of the episode; the defaults of the task file are the paper's.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Forecast {
    /// Values that the model sees.
    window: usize,
    decimal: u32,
    spaced: bool,
    samples: u16,
    /// True if forecasts far from the quartiles of all forecasts count as missing.
    without_outliers: bool,
    threshold: Rule,
    padding: usize,
    prune: f64,
}

impl Forecast {
    fn search(&self) -> Search {
        Search {
            threshold: match self.threshold {
                Rule::Fixed => Threshold::Fixed { deviations: 4.0 },
                Rule::Search => Threshold::Search { from: 0, to: 10 },
            },
            padding: self.padding,
            prune: self.prune,
            ..Search::default()
        }
    }

    fn compose(&self, material: &Material, grid: &Grid, scale: Scale, turns: &[Turn]) -> Answer {
        let (mut failed, mut unread) = (0, 0);
        let mut example = None;
        let mut read: Vec<f64> = Vec::with_capacity(turns.len());
        for turn in turns {
            let number = turn
                .reply
                .as_ref()
                .map(|reply| forecast(said(&reply.text), 1)[0]);
            failed += usize::from(number.is_none());
            if let (Some(reply), true) = (&turn.reply, number.is_some_and(f64::is_nan)) {
                unread += 1;
                example.get_or_insert_with(|| shortened(said(&reply.text)));
            }
            read.push(number.unwrap_or(f64::NAN));
        }
        if self.without_outliers {
            read = without_outliers(&read);
        }
        let samples = usize::from(self.samples.max(1));
        let medians: Vec<f64> = read.chunks(samples).map(median).collect();
        let forecast = scale.values(&medians);
        let actual = grid.values.get(self.window..).unwrap_or_default();
        let search = self.search();
        let misses = errors(actual, &forecast, search.smoothing);
        let shift = |span: Span| Span {
            start: span.start + self.window,
            end: span.end + self.window,
        };
        let found = find(&misses, &search).into_iter();
        let mut scores = vec![0.0; grid.values.len() - actual.len()];
        scores.extend(misses);
        let found = Detection {
            spans: found.map(|one| shift(one.span)).collect(),
            scores,
        };
        Answer {
            requests: turns.len(),
            failed,
            unread,
            example,
            too_short: grid.values.len() <= self.window,
            errors: self.errors(&grid.values, &forecast, material.season),
            ..Answer::on_grid(&found, grid, &material.series)
        }
    }

    /// Mean errors over the points that were forecast; `None` where no forecast could be read.
    fn errors(&self, values: &[f64], forecast: &[f64], season: usize) -> Option<Errors> {
        let mut sums = (0.0, 0.0, 0.0);
        let mut count = 0_usize;
        for (at, forecast) in (self.window..).zip(forecast) {
            let Some(value) = values.get(at).filter(|_| forecast.is_finite()) else {
                continue;
            };
            let before = |back: usize| {
                at.checked_sub(back)
                    .map_or(values[0], |place| values[place])
            };
            sums.0 += (value - forecast).abs();
            sums.1 += (value - before(1)).abs();
            sums.2 += (value - before(season)).abs();
            count += 1;
        }
        let mean = |sum: f64| sum / count as f64;
        (count > 0).then(|| Errors {
            model: mean(sums.0),
            naive: mean(sums.1),
            seasonal: mean(sums.2),
            values: count,
        })
    }
}

impl Episode for Forecast {
    fn name(&self) -> &'static str {
        NAME
    }

    fn next(&self, item: &Item, so_far: &[Turn]) -> Next {
        let Some(material) = Material::of(item) else {
            return Next::Done(String::new());
        };
        let grid = Grid::of(&material.series, material.interval);
        let scale = Scale::of(&grid.values, self.decimal);
        let window = self.window.max(1);
        if !so_far.is_empty() || grid.values.len() <= window {
            return Next::Done(self.compose(&material, &grid, scale, so_far).text());
        }
        let integers = scale.integers(&grid.values);
        let mut requests = Vec::new();
        for seen in integers[..integers.len() - 1].windows(window) {
            let fields = BTreeMap::from([
                ("sequence".to_owned(), json!(text(seen, self.spaced))),
                ("length".to_owned(), json!(seen.len())),
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

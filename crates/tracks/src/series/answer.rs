//! The text that stands for an item's answer: the intervals that were found, as JSON, with what they were made of.

use serde::{Deserialize, Serialize};
use tracestone_series::Series;
use tracestone_series::baseline::Detection;
use tracestone_series::convert::Grid;
use tracestone_series::span::{Span, merged};

/// Findings of an episode or a baseline in a series.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Answer {
    /// First and last point of each anomaly, both included.
    pub(super) spans: Vec<(usize, usize)>,
    /// For each point how anomalous it is; where there are none, 1 within the intervals and 0 elsewhere.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) scores: Vec<f64>,
    /// Requests that were made.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(super) requests: usize,
    /// Requests without a response.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(super) failed: usize,
    /// Responses in which nothing could be read.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(super) unread: usize,
    /// Responses that were read, but did not have the form that was asked for.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(super) salvaged: usize,
    /// The first response in which nothing could be read, shortened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) example: Option<String>,
    /// True if the series is shorter than a window, so that nothing could be asked.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) too_short: bool,
    /// Errors of a forecast: the mean of it, of the value before, and of that one season before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) errors: Option<Errors>,
}

/// Mean absolute errors over the values that were forecast.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Errors {
    /// Of the model.
    pub(super) model: f64,
    /// Of the value before.
    pub(super) naive: f64,
    /// Of the value one season before.
    pub(super) seasonal: f64,
    /// Number of values.
    pub(super) values: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

impl Answer {
    /// Findings in the series itself.
    pub(super) fn of(found: &Detection) -> Self {
        let flat = Detection::of_spans(found.spans.clone(), found.scores.len());
        // Scores that say no more than the intervals would only be long.
        let is_flat = found.scores.windows(2).all(|pair| pair[0] == pair[1]);
        Self {
            spans: pairs(&found.spans),
            scores: if is_flat || flat.scores == found.scores {
                Vec::new()
            } else {
                found.scores.iter().copied().map(short).collect()
            },
            ..Self::default()
        }
    }

    /// Findings in a grid, as points of the series that it was made of.
    pub(super) fn on_grid(found: &Detection, grid: &Grid, series: &Series) -> Self {
        Self::of(&Detection {
            spans: grid.back(&found.spans, series),
            scores: grid.spread(&found.scores, series),
        })
    }

    /// The answer's text.
    pub(super) fn text(&self) -> String {
        // Plain data with string keys: writing it cannot fail.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads a text. An interval that is not within the series is an error.
    pub(super) fn read(text: &str, points: usize) -> Result<(Self, Detection), String> {
        let answer: Self = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let mut spans = Vec::with_capacity(answer.spans.len());
        for (first, last) in &answer.spans {
            let span = last
                .checked_add(1)
                .filter(|end| *end <= points)
                .and_then(|end| Span::new(*first, end));
            spans.push(
                span.ok_or_else(|| format!("{first} to {last} is no interval of {points} points"))?,
            );
        }
        let spans = merged(spans, points);
        let found = if answer.scores.is_empty() {
            Detection::of_spans(spans, points)
        } else if answer.scores.len() == points {
            Detection {
                spans,
                scores: answer.scores.clone(),
            }
        } else {
            return Err(format!(
                "{} scores for {points} points",
                answer.scores.len()
            ));
        };
        Ok((answer, found))
    }
}

/// The beginning of a response, for a report.
pub(super) fn shortened(response: &str) -> String {
    const MOST: usize = 200;
    let mut text: String = response.chars().take(MOST).collect();
    if text.len() < response.len() {
        text.push_str(" ..");
    }
    text
}

/// First and last point of each span.
pub(super) fn pairs(spans: &[Span]) -> Vec<(usize, usize)> {
    spans
        .iter()
        .map(|span| (span.start, span.end - 1))
        .collect()
}

/// A score with four digits: only the order counts, and a run has many.
fn short(score: f64) -> f64 {
    format!("{score:.3e}").parse().unwrap_or(score)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_as_it_was_written() {
        let found = Detection::of_spans(vec![Span { start: 2, end: 5 }], 9);
        let text = Answer::of(&found).text();
        assert_eq!(Answer::read(&text, 9).unwrap().1, found);
        let none = Answer::of(&Detection::of_spans(Vec::new(), 9)).text();
        assert_eq!(none, r#"{"spans":[]}"#);
        for wrong in [
            r#"{"spans":[[3,9]]}"#,
            r#"{"spans":[[3,2]]}"#,
            r#"{"spans":[],"scores":[1]}"#,
            "[]",
            "anomalies",
        ] {
            assert!(Answer::read(wrong, 9).is_err(), "{wrong}");
        }
    }
}

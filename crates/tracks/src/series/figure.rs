//! A series with the truth, what was found and the baselines.

use serde::Deserialize;
use serde_json::Value;
use tracestone_eval::figure::{Figure, Ink, Shape};
use tracestone_eval::judge::Verdict;
use tracestone_series::baseline::Baseline;
use tracestone_series::span::Span;

use super::items::Material;

const WIDTH: f64 = 860.0;
/// Width of the names at the left.
const LEFT: f64 = 110.0;
/// Room between the edge and the names.
const EDGE: f64 = 6.0;
/// Height of the curve.
const CURVE: f64 = 150.0;
/// Height of the row of one detector below the curve.
const ROW: f64 = 18.0;
/// Places that are named below the rows.
const TICKS: usize = 5;

/// Baselines with a row of their own; the others flag all or nothing.
const BASELINES: [Baseline; 4] = [
    Baseline::MovingAverage,
    Baseline::FourSigma,
    Baseline::SeasonalNaive,
    Baseline::MatrixProfile,
];

/// Height of the curve where several series are drawn below each other.
const LOW_CURVE: f64 = 80.0;
/// Room between two series.
const GAP: f64 = 22.0;

pub(super) fn of(material: &Material, verdict: &Verdict) -> Option<Figure> {
    let found = found(&verdict.detail)?;
    let series = &material.series;
    let mut shapes = Vec::new();
    let bottom = panel(material, found, 0.0, CURVE, &mut shapes);
    let title = format!(
        "{}: {} points, {} anomalies",
        series.id,
        series.len(),
        series.truth.len()
    );
    Some(figure(title, bottom, shapes))
}

/// Series with the details of their verdicts, one below the other; `None` if there are none.
pub(super) fn of_several<'a>(
    all: impl Iterator<Item = (&'a Material, &'a Value)>,
) -> Option<Figure> {
    let mut shapes = Vec::new();
    let (mut top, mut count) = (0.0, 0);
    for (material, detail) in all {
        shapes.push(words(LEFT, top + 14.0, &material.series.id, Ink::Frame));
        top = panel(material, found(detail)?, top + GAP, LOW_CURVE, &mut shapes) + GAP / 2.0;
        count += 1;
    }
    let title = format!("{count} series that were held back, with what the program found");
    (count > 0).then(|| figure(title, top, shapes))
}

fn figure(title: String, height: f64, shapes: Vec<Shape>) -> Figure {
    Figure {
        title,
        width: WIDTH,
        height,
        shapes,
        key: vec![
            (Ink::Given, "values".to_owned()),
            (Ink::Truth, "anomalous".to_owned()),
            (Ink::Answer, "found by the model".to_owned()),
            (Ink::Baseline, "found without a model".to_owned()),
        ],
    }
}

/// The spans of a verdict's detail.
fn found(detail: &Value) -> Option<Vec<Span>> {
    #[derive(Deserialize)]
    struct Spans {
        spans: Vec<(usize, usize)>,
    }
    let found = Spans::deserialize(detail).ok()?.spans.into_iter();
    let found = found.filter_map(|(first, last)| Span::new(first, last + 1));
    Some(found.collect())
}

/// Draws one series from a height on, and gives the height where it ends.
fn panel(
    material: &Material,
    found: Vec<Span>,
    top: f64,
    height: f64,
    shapes: &mut Vec<Shape>,
) -> f64 {
    let series = &material.series;
    let values = series.filled();
    let scale = Scale {
        points: series.len().max(1),
    };
    shapes.extend(scale.bands(&series.truth, top, height, Ink::Truth));
    // What was found lies over the values too, on a part of their height, so that it can be told from the truth.
    let half = height / 2.0;
    shapes.extend(scale.bands(&found, top + half, half, Ink::Answer));
    shapes.extend(curve(&values, &scale, top, height));
    let rows = rows(material, &values, found);
    for (number, (name, spans, ink)) in rows.iter().enumerate() {
        let top = top + height + 6.0 + number as f64 * ROW;
        shapes.push(words(EDGE, top + 12.0, name, *ink));
        shapes.push(Shape::Line {
            points: vec![[LEFT, top + ROW - 2.0], [WIDTH, top + ROW - 2.0]],
            ink: Ink::Frame,
            width: 0.5,
        });
        shapes.extend(scale.bars(spans, top + 7.0, ROW - 8.0, *ink));
    }
    let bottom = top + height + 10.0 + rows.len() as f64 * ROW;
    shapes.extend(scale.ticks(bottom));
    bottom + 18.0
}

/// The truth, what the model found, and what the baselines find, each under its name.
fn rows(material: &Material, values: &[f64], found: Vec<Span>) -> Vec<(String, Vec<Span>, Ink)> {
    let mut rows = vec![
        (
            "truth".to_owned(),
            material.series.truth.clone(),
            Ink::Truth,
        ),
        ("the model".to_owned(), found, Ink::Answer),
    ];
    rows.extend(BASELINES.map(|one| {
        let found = one.detect(values, material.season);
        (one.name().replace('-', " "), found.spans, Ink::Baseline)
    }));
    rows
}

fn words(x: f64, y: f64, text: &str, ink: Ink) -> Shape {
    Shape::Words {
        at: [x, y],
        text: text.to_owned(),
        ink,
    }
}

/// Places of points from left to right.
struct Scale {
    points: usize,
}

impl Scale {
    fn place(&self, at: usize) -> f64 {
        LEFT + (WIDTH - LEFT) * at as f64 / self.points as f64
    }

    /// The left edge and the width of a span. A single point of a long series would be too narrow to see.
    fn extent(&self, span: &Span) -> (f64, f64) {
        let left = self.place(span.start);
        (left, (self.place(span.end) - left).max(2.0))
    }

    /// Pale rectangles, with the places in words.
    fn bands(&self, spans: &[Span], top: f64, height: f64, ink: Ink) -> Vec<Shape> {
        let band = |span: &Span| {
            let (left, width) = self.extent(span);
            Shape::Band {
                at: [left, top],
                size: [width, height],
                ink,
                title: format!("{} to {}", span.start, span.end - 1),
            }
        };
        spans.iter().map(band).collect()
    }

    /// Full bars around a height, with the places in words.
    fn bars(&self, spans: &[Span], middle: f64, height: f64, ink: Ink) -> Vec<Shape> {
        let bar = |span: &Span| {
            let (left, width) = self.extent(span);
            Shape::Line {
                points: vec![[left, middle], [left + width, middle]],
                ink,
                width: height,
            }
        };
        let mut shapes: Vec<Shape> = spans.iter().map(bar).collect();
        shapes.extend(self.bands(spans, middle - height / 2.0, height, ink));
        shapes
    }

    /// Numbers of some points in a row.
    fn ticks(&self, top: f64) -> Vec<Shape> {
        let last = self.points - 1;
        let places = (0..TICKS).map(|tick| tick * last / (TICKS - 1));
        let tick = |at: usize| {
            let text = at.to_string();
            // Letters are some seven pixels wide; the first and the last word stay within the picture.
            let width = 7.5 * text.len() as f64;
            let x = (self.place(at) - width / 2.0).clamp(LEFT, WIDTH - width);
            words(x, top + 10.0, &text, Ink::Frame)
        };
        let mut shapes: Vec<Shape> = places.map(tick).collect();
        shapes.push(words(EDGE, top + 10.0, "place", Ink::Frame));
        shapes
    }
}

/// A value for the axis, with four digits.
fn said(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let size = value.abs().max(1e-9).log10().floor();
    if !(-4.0..7.0).contains(&size) {
        return format!("{value:.3e}");
    }
    let digits = (3.0 - size).clamp(0.0, 7.0) as usize;
    let text = format!("{value:.digits$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

/// The line through the values, with the lowest and the highest one at its left. Of many points in one pixel the lowest
/// and the highest are drawn.
fn curve(values: &[f64], scale: &Scale, top: f64, height: f64) -> Vec<Shape> {
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let range = if high > low { high - low } else { 1.0 };
    let y = |value: f64| top + height - 4.0 - (height - 8.0) * (value - low) / range;
    // Two points a pixel, at most.
    let size = values.len().div_ceil(WIDTH as usize).max(1);
    let mut points = Vec::new();
    for (number, chunk) in values.chunks(size).enumerate() {
        let x = scale.place(number * size);
        let least = chunk.iter().copied().fold(f64::INFINITY, f64::min);
        let most = chunk.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        points.push([x, y(least)]);
        if most > least {
            points.push([x, y(most)]);
        }
    }
    let line = Shape::Line {
        points,
        ink: Ink::Given,
        width: 1.0,
    };
    vec![
        words(EDGE, top + 12.0, &said(high), Ink::Frame),
        words(EDGE, top + height - 2.0, &said(low), Ink::Frame),
        line,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_the_axis_are_short() {
        for (value, text) in [
            (0.0, "0"),
            (1.25, "1.25"),
            (123.456, "123.5"),
            (-1_234_567.0, "-1234567"),
            (0.000_012_3, "1.230e-5"),
            (3.4e12, "3.400e12"),
        ] {
            assert_eq!(said(value), text);
        }
    }
}

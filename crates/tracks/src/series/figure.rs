//! A series with the truth, what was found and the baselines.

use serde::Deserialize;
use tracestone_eval::figure::{Figure, Ink, Shape};
use tracestone_eval::judge::Verdict;
use tracestone_series::baseline::Baseline;
use tracestone_series::span::Span;

use super::items::Material;

const WIDTH: f64 = 860.0;
/// Width of the names at the left.
const LEFT: f64 = 110.0;
/// Height of the curve.
const CURVE: f64 = 150.0;
/// Height of the row of one detector below the curve.
const ROW: f64 = 16.0;

/// Baselines with a row of their own; the others flag all or nothing.
const BASELINES: [Baseline; 4] = [
    Baseline::MovingAverage,
    Baseline::FourSigma,
    Baseline::SeasonalNaive,
    Baseline::MatrixProfile,
];

/// Points above which a series is too long for the profile in a picture of it.
const LONG: usize = 5_000;

pub(super) fn of(material: &Material, verdict: &Verdict) -> Option<Figure> {
    #[derive(Deserialize)]
    struct Spans {
        spans: Vec<(usize, usize)>,
    }
    let found = Spans::deserialize(&verdict.detail).ok()?.spans;
    let found: Vec<Span> = found
        .into_iter()
        .filter_map(|(first, last)| Span::new(first, last + 1))
        .collect();
    let series = &material.series;
    let points = series.len();
    let place = |at: usize| LEFT + (WIDTH - LEFT) * at as f64 / points.max(1) as f64;
    let mut shapes = Vec::new();
    let band = |span: &Span, top: f64, height: f64, ink: Ink| Shape::Band {
        at: [place(span.start), top],
        // A single point of a long series would be too narrow to see.
        size: [(place(span.end) - place(span.start)).max(2.0), height],
        ink,
        title: format!("{} to {}", span.start, span.end - 1),
    };
    shapes.extend(
        series
            .truth
            .iter()
            .map(|span| band(span, 0.0, CURVE, Ink::Truth)),
    );
    shapes.push(curve(&series.filled(), &place));
    let mut rows: Vec<(String, Vec<Span>, Ink)> = vec![
        ("truth".to_owned(), series.truth.clone(), Ink::Truth),
        ("found".to_owned(), found, Ink::Answer),
    ];
    let values = series.filled();
    let short = BASELINES
        .into_iter()
        .filter(|one| points <= LONG || *one != Baseline::MatrixProfile);
    rows.extend(short.map(|one| {
        let found = one.detect(&values, material.season);
        (one.name().to_owned(), found.spans, Ink::Baseline)
    }));
    for (number, (name, spans, ink)) in rows.iter().enumerate() {
        let top = CURVE + 6.0 + number as f64 * ROW;
        shapes.push(Shape::Words {
            at: [0.0, top + 11.0],
            text: name.clone(),
            ink: *ink,
        });
        shapes.push(Shape::Line {
            points: vec![[LEFT, top + ROW - 2.0], [WIDTH, top + ROW - 2.0]],
            ink: Ink::Frame,
            width: 0.5,
        });
        shapes.extend(spans.iter().map(|span| band(span, top, ROW - 3.0, *ink)));
    }
    Some(Figure {
        title: format!(
            "{}: {} points, {} anomalies",
            series.id,
            points,
            series.truth.len()
        ),
        width: WIDTH,
        height: CURVE + 8.0 + rows.len() as f64 * ROW,
        shapes,
        key: vec![
            (Ink::Given, "values".to_owned()),
            (Ink::Truth, "anomalous".to_owned()),
            (Ink::Answer, "found".to_owned()),
            (Ink::Baseline, "found without a model".to_owned()),
        ],
    })
}

/// The line through the values. Of many points in one pixel the lowest and the highest are drawn.
fn curve(values: &[f64], place: &dyn Fn(usize) -> f64) -> Shape {
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let range = if high > low { high - low } else { 1.0 };
    let y = |value: f64| CURVE - 4.0 - (CURVE - 8.0) * (value - low) / range;
    // Two points a pixel, at most.
    let size = values.len().div_ceil(WIDTH as usize).max(1);
    let mut points = Vec::new();
    for (number, chunk) in values.chunks(size).enumerate() {
        let x = place(number * size);
        let least = chunk.iter().copied().fold(f64::INFINITY, f64::min);
        let most = chunk.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        points.push([x, y(least)]);
        if most > least {
            points.push([x, y(most)]);
        }
    }
    Shape::Line {
        points,
        ink: Ink::Given,
        width: 1.0,
    }
}

//! Conversion and judging of a benchmark as large as NAB, and the matrix profile of 4,000 points.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use tracestone_series::baseline::{Baseline, season};
use tracestone_series::convert::{Grid, Scale, text, windows};
use tracestone_series::{Recipe, Series, generate, judge, matrix_profile};

/// As many series and points as NAB has: 58 files, 365,558 points.
fn like_nab() -> Vec<Series> {
    let recipe = Recipe {
        points: 6_303,
        ..Recipe::default()
    };
    generate(&recipe, 0, 58)
}

/// Number of characters of all windows of a series.
fn converted(series: &Series) -> usize {
    let grid = Grid::of(series, Some(2 * series.step()));
    let integers = Scale::of(&grid.values, 2).integers(&grid.values);
    let starts = windows(integers.len(), 200, 40, false).into_iter();
    starts
        .map(|start| text(&integers[start..start + 200], true).len())
        .sum()
}

fn benches(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("series");
    group.sample_size(10);
    let all = like_nab();
    let found: Vec<_> = all
        .iter()
        .map(|series| {
            let values = series.filled();
            let season = season(&values);
            (Baseline::MovingAverage.detect(&values, season), season)
        })
        .collect();
    group.bench_function("convert all of NAB's size", |bencher| {
        bencher.iter(|| all.iter().map(converted).sum::<usize>());
    });
    group.bench_function("judge all of NAB's size", |bencher| {
        bencher.iter(|| {
            let pairs = all.iter().zip(&found);
            let marks: Vec<_> = pairs
                .map(|(series, (found, season))| judge::marks(series, found, *season))
                .collect();
            judge::summary(&marks)
        });
    });
    let values: Vec<f64> = all[0].filled()[..4_000].to_vec();
    group.bench_function("matrix profile of 4,000 points", |bencher| {
        bencher.iter(|| matrix_profile::profile(black_box(&values), 50));
    });
    group.finish();
}

criterion_group!(all, benches);
criterion_main!(all);

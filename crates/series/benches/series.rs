//! Conversion and judging of NAB, and the matrix profile of 4,000 points. `TRACESTONE_BENCH_NAB` names the benchmark's
//! folder; without it, as many generated points stand in for it.

use std::fs;
use std::hint::black_box;
use std::path::Path;

use criterion::{Criterion, criterion_group, criterion_main};
use tracestone_series::baseline::{Baseline, season};
use tracestone_series::convert::{Grid, Scale, text, windows};
use tracestone_series::{Recipe, Series, generate, judge, matrix_profile, read};

/// As many series and points as NAB has: 58 files, 365,558 points.
fn like_nab() -> Vec<Series> {
    let recipe = Recipe {
        points: 6_303,
        ..Recipe::default()
    };
    generate(&recipe, 0, 58)
}

/// NAB's files: the name of each, its folder's name, and its text.
fn files(root: &Path) -> Vec<(String, String, String)> {
    let mut found = Vec::new();
    for folder in fs::read_dir(root.join("data")).expect("NAB has the folder data") {
        let folder = folder.expect("it can be read").path();
        let name = |path: &Path| {
            path.file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned()
        };
        if !folder.is_dir() {
            continue;
        }
        for file in fs::read_dir(&folder).expect("a folder of it can be read") {
            let file = file.expect("it can be read").path();
            let text = fs::read_to_string(&file).expect("its files are text");
            found.push((name(&folder), name(&file), text));
        }
    }
    found
}

/// The series of NAB's files.
fn read_nab(labels: &str, files: &[(String, String, String)]) -> Vec<Series> {
    let labels = read::labels(labels).expect("NAB's labels can be read");
    let series = files
        .iter()
        .map(|(folder, file, text)| read::nab::series(folder, file, text, &labels));
    series
        .map(|one| one.expect("NAB's files can be read"))
        .collect()
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
    let all = match std::env::var_os("TRACESTONE_BENCH_NAB") {
        None => like_nab(),
        Some(root) => {
            let root = Path::new(&root);
            let labels = fs::read_to_string(root.join("labels/combined_windows.json"));
            let labels = labels.expect("NAB has labels");
            let files = files(root);
            group.bench_function("read all of NAB", |bencher| {
                bencher.iter(|| read_nab(&labels, &files));
            });
            read_nab(&labels, &files)
        }
    };
    let found: Vec<_> = all
        .iter()
        .map(|series| {
            let values = series.filled();
            let season = season(&values);
            (Baseline::MovingAverage.detect(&values, season), season)
        })
        .collect();
    group.bench_function("convert all of NAB", |bencher| {
        bencher.iter(|| all.iter().map(converted).sum::<usize>());
    });
    group.bench_function("judge all of NAB", |bencher| {
        bencher.iter(|| {
            let pairs = all.iter().zip(&found);
            let marks: Vec<_> = pairs
                .map(|(series, (found, season))| judge::marks(series, found, *season))
                .collect();
            judge::summary(&marks)
        });
    });
    let values: Vec<f64> = like_nab()[0].filled()[..4_000].to_vec();
    group.bench_function("matrix profile of 4,000 points", |bencher| {
        bencher.iter(|| matrix_profile::profile(black_box(&values), 50));
    });
    group.finish();
}

criterion_group!(all, benches);
criterion_main!(all);

//! Training speed in tokens per second, and probes per second.

use std::ops::ControlFlow;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use tracestone_interp::data::Texts;
use tracestone_interp::probe::{Classifier, ClassifierSettings, Target};
use tracestone_interp::training::{TrainSettings, train};
use tracestone_interp::{BEGIN, Device, END, ModelConfig, PAD, Vocabulary};

const STEPS: usize = 8;
const BATCH: usize = 128;
const WORDS: usize = 28;

/// The model and the length of texts that `demo karel` has.
fn training(criterion: &mut Criterion) {
    let words = [PAD, BEGIN, END].into_iter().map(str::to_owned);
    let words = words
        .chain((0..26).map(|word| format!("w{word}")))
        .collect();
    let vocabulary = Vocabulary::new(words).expect("the words are different");
    let mut texts = Texts::default();
    for text in 0..2_000_u32 {
        let ids: Vec<u32> = (0..28).map(|at| (text * 7 + at * at) % 29).collect();
        texts.push(text.to_string(), &ids, 24);
    }
    let mut model = ModelConfig::small(29, 64, 3, 4);
    model.intermediate = 176;
    let mut group = criterion.benchmark_group("train");
    group
        .sample_size(10)
        .measurement_time(Duration::from_secs(20));
    group.throughput(Throughput::Elements((STEPS * BATCH * WORDS) as u64));
    for parts in [1, 2] {
        let settings = TrainSettings {
            model: model.clone(),
            steps: STEPS,
            batch: BATCH,
            parts,
            learning_rate: 1e-3,
            warmup: 1,
            final_share: 0.1,
            weight_decay: 0.01,
            clip: 1.0,
            seed: 0,
            checkpoints: 0,
            data: String::new(),
        };
        group.bench_function(format!("words, {parts} threads"), |bencher| {
            bencher.iter(|| {
                let out = tempfile::tempdir().expect("a folder can be made");
                let report = &mut |_| ControlFlow::Continue(());
                train(
                    &settings,
                    &texts,
                    &vocabulary,
                    &Device::Cpu,
                    out.path(),
                    1_000,
                    report,
                )
                .expect("it trains")
            });
        });
    }
    group.finish();
}

/// Probes of the size that `demo karel` has: 9,000 states of 64 numbers, 16 classes.
fn probes(criterion: &mut Criterion) {
    const ROWS: usize = 9_000;
    let rows: Vec<f32> = (0..ROWS * 64)
        .map(|at| ((at * 7919) as f32).sin())
        .collect();
    let target = Target {
        labels: (0..ROWS).map(|row| Some(row * row % 16)).collect(),
        classes: 16,
    };
    let mut group = criterion.benchmark_group("probe");
    group
        .sample_size(10)
        .measurement_time(Duration::from_secs(10));
    group.throughput(Throughput::Elements(1));
    for layers in [0, 1, 2] {
        let settings = ClassifierSettings {
            layers,
            width: 128,
            epochs: 15,
            batch: 256,
            learning_rate: 5e-3,
            weight_decay: 0.05,
            seed: 0,
        };
        group.bench_function(format!("fits, {layers} hidden layers"), |bencher| {
            bencher.iter(|| Classifier::fit(&rows, 64, std::slice::from_ref(&target), settings));
        });
    }
    group.finish();
}

criterion_group!(benches, training, probes);
criterion_main!(benches);

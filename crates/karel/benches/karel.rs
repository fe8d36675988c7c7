//! Programs drawn, and drawn and executed, per second.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use tracestone_karel::{Semantics, Settings, draw, draw_all, run};

fn settings(control: f64) -> Settings {
    Settings {
        seed: 0,
        rows: 6,
        columns: 6,
        walls: 0.1,
        markers: 0.1,
        length_min: 1,
        length_max: 10,
        weights: [5, 3, 3, 2, 2],
        control,
        nesting: 2,
        worlds: 1,
    }
}

fn programs(criterion: &mut Criterion) {
    const COUNT: u64 = 2_000;
    let mut group = criterion.benchmark_group("karel");
    group.throughput(Throughput::Elements(COUNT));
    for (name, control) in [("plain", 0.0), ("control flow", 0.3)] {
        let settings = settings(control);
        group.bench_function(format!("draw {name}"), |bencher| {
            bencher.iter(|| (0..COUNT).for_each(|number| drop(black_box(draw(&settings, number)))));
        });
        let drawn = draw_all(&settings, 0..COUNT);
        let original = Semantics::original();
        group.bench_function(format!("execute {name}"), |bencher| {
            bencher.iter(|| {
                for one in &drawn {
                    let end = run(&one.program, &one.worlds[0], &original, 200, |step, _| {
                        black_box(step);
                    });
                    let _ = black_box(end);
                }
            });
        });
    }
    group.finish();
}

criterion_group!(benches, programs);
criterion_main!(benches);

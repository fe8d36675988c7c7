//! Speed of the judge: `cargo bench -p tracestone-structure`.

use criterion::{Criterion, criterion_group, criterion_main};
use std::hint::black_box;
use tracestone_structure::build::{Hand, helix};
use tracestone_structure::check::{Expected, check};
use tracestone_structure::helix::Family;
use tracestone_structure::read::read;
use tracestone_structure::residue::AminoAcid;
use tracestone_structure::write::Format;

/// Reads and checks answers of 10,000 residues: helices of 20 different residues each.
fn judge(c: &mut Criterion) {
    let all: Vec<_> = AminoAcid::all()
        .filter(|one| one.ideal().rings.is_empty())
        .collect();
    let sequence: Vec<_> = all.iter().copied().cycle().take(20).collect();
    let expected = Expected::helix(Family::Alpha, &sequence, Hand::L);
    let answer = Format::Pdb.answer(&helix(Family::Alpha, &sequence, Hand::L));
    let mut group = c.benchmark_group("judge");
    group.sample_size(10);
    group.bench_function("10,000 residues", |b| {
        b.iter(|| {
            for _ in 0..500 {
                let reading = read(black_box(&answer));
                black_box(reading.map(|reading| check(&reading.model, &expected)));
            }
        });
    });
    group.finish();
}

criterion_group!(benches, judge);
criterion_main!(benches);

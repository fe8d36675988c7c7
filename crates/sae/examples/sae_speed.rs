//! Times steps of a training on random rows: `sae_speed INPUTS WIDTH L0 BATCH STEPS [THREADS]`.

use std::io::Write as _;
use std::time::Instant;

use tracestone_sae::{Kind, Settings, Trainer};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let given: Vec<usize> = std::env::args()
        .skip(1)
        .map(|arg| arg.parse())
        .collect::<Result<_, _>>()?;
    let [inputs, width, l0, batch, steps, rest @ ..] = &given[..] else {
        return Err("usage: sae_speed INPUTS WIDTH L0 BATCH STEPS [THREADS]".into());
    };
    let threads = rest.first().copied().unwrap_or(1);
    let mut state = 1_u64;
    let mut number = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 40) as f32 / 8_388_608.0 - 1.0
    };
    let rows: Vec<f32> = (0..batch * inputs).map(|_| number()).collect();
    let settings = Settings {
        batch: *batch,
        ..Settings::new(Kind::BatchTopk, *inputs, *width, *l0 as f64, 1_000_000)
    };
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()?;
    let mut trainer = Trainer::new(&settings, &rows)?;
    pool.install(|| {
        for _ in 0..5 {
            trainer.step(&rows);
        }
        let started = Instant::now();
        let mut last = None;
        for _ in 0..*steps {
            last = Some(trainer.step(&rows));
        }
        let seconds = started.elapsed().as_secs_f64() / *steps as f64;
        let _ = writeln!(
            std::io::stdout(),
            "{{\"ms_per_step\": {:.3}, \"rows_per_second\": {:.0}, \"l0\": {:.2}}}",
            1e3 * seconds,
            *batch as f64 / seconds,
            last.map_or(0.0, |step| step.l0)
        );
    });
    Ok(())
}

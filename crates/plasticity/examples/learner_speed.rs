//! Prints the steps a second of a learner on slowly-changing regression or permuted digits, on one thread.
//!
//! Usage: `learner_speed LEARNER [digits]`

use std::io::Write as _;
use std::time::Instant;

use tracestone_plasticity::{
    Activation, DigitSettings, Job, Learner, RegressionSettings, Settings, StreamSettings, report,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let learner: Learner = args.next().ok_or("a learner is missing")?.parse()?;
    let digits = args.next().is_some();
    let regression = Settings {
        stream: StreamSettings::Regression(RegressionSettings::default()),
        hidden: vec![5],
        activation: Activation::Relu,
        steps: 2_000_000,
        bin: 20_000,
        measure_every: 5,
        seeds: 10,
        first_seed: 0,
    };
    let settings = if digits {
        Settings {
            stream: StreamSettings::Digits(DigitSettings::default()),
            hidden: vec![100, 100, 100],
            steps: 200_000,
            bin: 2_000,
            ..regression
        }
    } else {
        regression
    };
    let started = Instant::now();
    let mut records = Vec::new();
    for block in 0..settings.blocks() {
        let mut job = Job::new(&settings, &learner, block, None);
        while !job.is_done() {
            job.advance();
        }
        records.extend(job.records());
    }
    let seconds = started.elapsed().as_secs_f64();
    let report = report(&settings, None, &[(learner, 0, records)]);
    let own = &report.learners[0];
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", serde_json::to_string(&own.verdict)?)?;
    writeln!(out, "{}", serde_json::to_string(&own.measures.last())?)?;
    #[expect(clippy::cast_precision_loss, reason = "a number of steps")]
    let steps = (settings.steps * settings.seeds) as f64;
    writeln!(
        out,
        "{:.2} s, {:.2} million steps a second, {} renewed",
        seconds,
        steps / seconds / 1e6,
        own.renewed
    )?;
    Ok(())
}

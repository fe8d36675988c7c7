//! Writes the weights of one network after each step of a short regression, as JSON lines: the input of
//! `tests/oracle/plasticity.py`.
//!
//! Usage: `cbp_steps LEARNER STEPS`

use std::io::Write as _;

use tracestone_plasticity::{
    Activation, Learner, RegressionSettings, Settings, StreamSettings, transcript,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let learner: Learner = args.next().ok_or("a learner is missing")?.parse()?;
    let steps: usize = args
        .next()
        .ok_or("the number of steps is missing")?
        .parse()?;
    let settings = Settings {
        stream: StreamSettings::Regression(RegressionSettings {
            period: 500,
            ..RegressionSettings::default()
        }),
        hidden: vec![6, 5],
        activation: Activation::Relu,
        steps: 20,
        bin: 1,
        measure_every: 1,
        seeds: 2,
        first_seed: 7,
    };
    let mut out = std::io::stdout().lock();
    for moment in transcript(&settings, &learner, steps) {
        serde_json::to_writer(&mut out, &moment)?;
        writeln!(out)?;
    }
    Ok(())
}

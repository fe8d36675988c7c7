//! The sparse autoencoder's own numbers for `tests/oracle/sae.py`, as raw 32-bit numbers on the standard output.
//!
//! Usage: `sae_steps features PATH ROWS` writes the features of rows, row after row;
//! `sae_steps steps KIND INPUTS WIDTH L0 COUNT ROWS` writes the weights before and after COUNT steps on the same rows,
//! each time encoder, decoder, their biases and thresholds, and the losses to the standard error.

use std::io::Write as _;
use std::path::Path;

use tracestone_sae::formats::{CONFIG, Format, read};
use tracestone_sae::{Dictionary, Gate, Kind, Settings, Trainer};

type Anything = Box<dyn std::error::Error>;

fn main() -> Result<(), Anything> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match &args[..] {
        ["features", path, rows] => features(Path::new(path), &numbers(rows)?),
        ["steps", kind, inputs, width, l0, count, rows] => {
            let kind = Kind::ALL.iter().find(|(name, _)| name == kind);
            let (_, kind) = kind.ok_or("no such kind")?;
            let settings = Settings {
                warmup: 0,
                decay: 0,
                silent_after: 2,
                penalty_warmup: 0,
                penalty: 0.01,
                bandwidth: 0.3,
                ..Settings::new(
                    *kind,
                    inputs.parse()?,
                    width.parse()?,
                    l0.parse()?,
                    count.parse()?,
                )
            };
            steps(&settings, &numbers(rows)?)
        }
        _ => Err("see the head of this file".into()),
    }
}

fn numbers(path: &str) -> Result<Vec<f32>, Anything> {
    let bytes = std::fs::read(path)?;
    let four = bytes.chunks_exact(4);
    Ok(four
        .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
        .collect())
}

fn write(numbers: &[f32]) -> Result<(), Anything> {
    let bytes: Vec<u8> = numbers.iter().flat_map(|one| one.to_le_bytes()).collect();
    Ok(std::io::stdout().write_all(&bytes)?)
}

fn features(path: &Path, rows: &[f32]) -> Result<(), Anything> {
    let known = |(_, format): &&(&str, Format)| path.join(format.weights()).exists();
    let (_, format) = Format::ALL
        .iter()
        .find(known)
        .ok_or("no dictionary there")?;
    let config = std::fs::read(path.join(CONFIG)).ok();
    let weights = std::fs::read(path.join(format.weights()))?;
    let (dictionary, _) = read(*format, config.as_deref(), &weights)?;
    let found = dictionary.encode(rows);
    for row in 0..found.rows() {
        let mut all = vec![0.0; dictionary.width];
        for (feature, value) in found.row(row) {
            all[feature] = value;
        }
        write(&all)?;
    }
    Ok(())
}

fn steps(settings: &Settings, rows: &[f32]) -> Result<(), Anything> {
    let mut trainer = Trainer::new(settings, rows)?;
    weights(&trainer.dictionary())?;
    for _ in 0..settings.steps {
        let step = trainer.step(rows);
        let numbers = format!("{} {} {} {}", step.loss, step.error, step.l0, step.silent);
        writeln!(std::io::stderr(), "{numbers}")?;
    }
    weights(&trainer.dictionary())
}

fn weights(dictionary: &Dictionary) -> Result<(), Anything> {
    write(&dictionary.encoder)?;
    write(&dictionary.decoder)?;
    write(&dictionary.encoder_bias)?;
    write(&dictionary.decoder_bias)?;
    match &dictionary.gate {
        Gate::Jump(thresholds) => write(thresholds),
        Gate::Largest(_) => write(&vec![0.0; dictionary.width]),
    }
}

//! Compares a device with the processor: logits and gradients of small decoders, and tokens trained a second. With the feature
//! `cuda` the device is the first NVIDIA card, else the processor itself. Used by `tests/oracle/cuda.sh`.

#![expect(clippy::print_stdout, reason = "its report is its output")]

use std::time::Instant;

use tracestone_interp::data::{Batch, Texts};
use tracestone_interp::model::{Decoder, Input};
use tracestone_interp::training::Learner;
use tracestone_interp::{Device, InterpError, ModelConfig};

/// Largest difference of two numbers, over the size of the largest.
const TOLERANCE: f32 = 1e-3;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let device = device()?;
    let mut failed = false;
    for (name, config) in shapes() {
        let [own, other] = [&Device::Cpu, &device].map(|device| numbers(&config, device));
        let ((logits, gradient), (other_logits, other_gradient)) = (own?, other?);
        let [of_logits, of_gradients] = [
            apart(&logits, &other_logits),
            apart(&gradient, &other_gradient),
        ];
        println!("{name}: logits differ by {of_logits:.2e}, gradients by {of_gradients:.2e}");
        failed |= of_logits > TOLERANCE || of_gradients > TOLERANCE;
    }
    for (name, device) in [("processor", &Device::Cpu), ("device", &device)] {
        println!("{name}: {:.0} tokens trained a second", speed(device)?);
    }
    if failed {
        return Err("the device differs from the processor".into());
    }
    println!("the device agrees with the processor");
    Ok(())
}

#[cfg(feature = "cuda")]
fn device() -> Result<Device, InterpError> {
    Ok(Device::new_cuda(0)?)
}

#[cfg(not(feature = "cuda"))]
fn device() -> Result<Device, InterpError> {
    println!("built without cuda: the processor is compared with itself");
    Ok(Device::Cpu)
}

/// Shapes that between them have all that a decoder can have.
fn shapes() -> Vec<(&'static str, ModelConfig)> {
    let plain = ModelConfig::small(300, 64, 3, 4);
    let mut grouped = ModelConfig::small(300, 128, 2, 8);
    grouped.key_value_heads = 2;
    grouped.query_bias = true;
    grouped.tied = true;
    let mut normed = ModelConfig::small(300, 128, 2, 4);
    normed.head_norms = true;
    vec![
        ("llama", plain),
        ("qwen2, grouped heads, tied", grouped),
        ("qwen3, normed heads", normed),
    ]
}

/// Some texts of different lengths.
fn batch(words: usize, texts: usize, longest: usize) -> Batch {
    let mut all = Texts::default();
    for text in 0..texts {
        let length = longest - text % 7;
        let word = |at: usize| u32::try_from((at * 31 + text * 17) % words).unwrap_or(0);
        let ids: Vec<u32> = (0..length).map(word).collect();
        all.push(text.to_string(), &ids, 1);
    }
    all.batch(&(0..texts).collect::<Vec<_>>(), 0)
}

/// Logits and gradients of a decoder with first values.
fn numbers(config: &ModelConfig, device: &Device) -> Result<(Vec<f32>, Vec<f32>), InterpError> {
    let decoder = Decoder::untrained(config.clone(), 1, device)?;
    let batch = batch(config.vocabulary, 4, 40);
    let input = Input {
        ids: &batch.ids,
        time: batch.time,
    };
    let logits = decoder.run(input, &batch.rows, None)?;
    let logits = logits.flatten_all()?.to_vec1::<f32>()?;
    let mut gradient = vec![0.0; config.parameters()];
    Learner::new(decoder)?.learn(&batch, 1.0, &mut gradient)?;
    Ok((logits, gradient))
}

/// Largest difference, over the size of the largest number.
fn apart(own: &[f32], other: &[f32]) -> f32 {
    let most = |values: &mut dyn Iterator<Item = f32>| {
        values.fold(0.0_f32, |most, one| most.max(one.abs()))
    };
    let size = most(&mut own.iter().copied());
    let pairs = own.iter().zip(other);
    most(&mut pairs.map(|(own, other)| own - other)) / size.max(f32::MIN_POSITIVE)
}

/// Tokens a second through forward and backward passes of a model of a few million parameters.
fn speed(device: &Device) -> Result<f64, InterpError> {
    let mut config = ModelConfig::small(2_000, 256, 6, 8);
    config.positions = 256;
    let learner = Learner::new(Decoder::untrained(config.clone(), 0, device)?)?;
    let texts = if device.is_cpu() { 2 } else { 64 };
    let batch = batch(config.vocabulary, texts, 256);
    let mut gradient = vec![0.0; config.parameters()];
    learner.learn(&batch, 1.0, &mut gradient)?;
    let (mut tokens, started) = (0, Instant::now());
    while started.elapsed().as_secs_f64() < 5.0 {
        learner.learn(&batch, 1.0, &mut gradient)?;
        tokens += batch.ids.len();
    }
    let tokens = u32::try_from(tokens).unwrap_or(u32::MAX);
    Ok(f64::from(tokens) / started.elapsed().as_secs_f64())
}

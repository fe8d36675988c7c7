//! `tracestone lm generate`: texts of a model.

use std::time::Instant;

use serde_json::{Value, json};
use tracestone_interp::generate::{Generated, Generator, Message, Prompt, Sampling, Speaker};
use tracestone_record::outside;
use tracestone_record::words::counted;

use crate::args::LmGenerateArgs;
use crate::device;
use crate::failure::{Exit, Failure};
use crate::printer::Printer;

/// Goes on with every prompt and prints what the model says.
pub(super) fn run(args: &LmGenerateArgs, printer: &Printer) -> Result<Exit, Failure> {
    let device = device::open(&args.device)?;
    let generator = Generator::read(&args.model, &device)?;
    let prompts = prompts(args, &generator)?;
    if prompts.is_empty() {
        return Err(
            Failure::new("there is no prompt").hinted("give --prompt TEXT, or --prompts FILE")
        );
    }
    let started = Instant::now();
    let mut results: Vec<Generated> = Vec::with_capacity(prompts.len());
    for batch in prompts.chunks(args.batch.max(1)) {
        results.extend(generator.generate(batch)?);
    }
    let seconds = started.elapsed().as_secs_f64();
    let tokens: usize = results.iter().map(|one| one.ids.len()).sum();
    for generated in &results {
        printer.result(&outside::text(&generated.text));
    }
    printer.note(&format!(
        "{} in {seconds:.2} s, {:.0} a second",
        counted(tokens as u64, "token"),
        tokens as f64 / seconds.max(1e-9)
    ));
    let rows: Vec<Value> = prompts
        .iter()
        .zip(&results)
        .map(|(prompt, generated)| {
            json!({
                "prompt_tokens": prompt.ids.len(), "prompt_ids": prompt.ids, "ids": generated.ids, "text": generated.text,
                "logprobs": generated.log_probabilities, "ended": generated.ended,
            })
        })
        .collect();
    printer.json(&json!({
        "texts": rows, "tokens": tokens, "seconds": seconds,
    }));
    Ok(Exit::Success)
}

fn prompts(args: &LmGenerateArgs, generator: &Generator) -> Result<Vec<Prompt>, Failure> {
    let mut ids = Vec::new();
    for text in &args.prompt {
        ids.push(if args.chat {
            generator.chat(&[Message {
                role: Speaker::User,
                content: text.clone(),
            }])?
        } else {
            generator.encode(text, true)?
        });
    }
    if let Some(path) = &args.prompts {
        ids.extend(generator.read_prompts(path)?);
    }
    let sampling = |number: usize| Sampling {
        temperature: args.temperature,
        top_p: args.top_p,
        seed: args.seed.wrapping_add(number as u64),
    };
    let prompt = |(number, ids)| Prompt {
        ids,
        max_tokens: args.max_tokens as usize,
        sampling: sampling(number),
        stops: args.stop_seqs.clone(),
    };
    Ok(ids.into_iter().enumerate().map(prompt).collect())
}

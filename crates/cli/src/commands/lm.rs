//! `tracestone lm`: train and score small language models.

use serde_json::json;
use tracestone_eval::stats::wilson;
use tracestone_interp::training::Ended;
use tracestone_record::words::counted;

use crate::args::{LmCommand, LmEvalArgs, LmTrainArgs};
use crate::failure::{Exit, Failure};
use crate::looking::dataset::Dataset;
use crate::looking::{device, training};
use crate::printer::Printer;

/// Runs one of the commands.
pub(crate) fn run(command: &LmCommand, printer: &Printer) -> Result<Exit, Failure> {
    match command {
        LmCommand::Train(args) => train(args, printer),
        LmCommand::Eval(args) => eval(args, printer),
    }
}

fn train(args: &LmTrainArgs, printer: &Printer) -> Result<Exit, Failure> {
    let device = device::open(&args.device)?;
    let data = Dataset::open(&args.data)?;
    let settings = training::settings(&args.training, args.seed, &data)?;
    printer.note(&format!(
        "   train  {}",
        counted(settings.model.parameters() as u64, "parameter")
    ));
    let trained = training::run(
        &settings,
        &data,
        &device,
        &args.out,
        args.save_every,
        printer,
    )?;
    if trained.ended == Ended::Stopped {
        printer.note("stopped; the same command continues from here");
        return Ok(Exit::Interrupted);
    }
    printer.result(&format!("model in {}", args.out.display()));
    printer.json(&json!({
        "out": args.out,
        "settings": settings,
        "parameters": settings.model.parameters(),
        "last": trained.last,
        "words": trained.words,
        "seconds": trained.seconds,
    }));
    Ok(Exit::Success)
}

fn eval(args: &LmEvalArgs, printer: &Printer) -> Result<Exit, Failure> {
    let device = device::open(&args.device)?;
    let data = Dataset::open(&args.data)?;
    let scored = training::score(&args.model, &device, &data, args.split, args.limit, printer)?;
    let interval = wilson(scored.exact(), scored.results.len());
    printer.result(&format!(
        "{:.1} % of {} {} texts are completed exactly  [95 % interval {:.1} to {:.1}]",
        100.0 * scored.share(),
        scored.results.len(),
        args.split.name(),
        100.0 * interval.low,
        100.0 * interval.high
    ));
    printer.result(&format!("loss {:.4} nats a word", scored.loss()));
    printer.result("\nby the number of words of the prompt");
    for (words, (exact, all)) in scored.by_length() {
        let share = 100.0 * exact as f64 / all.max(1) as f64;
        printer.result(&format!("{words:>6}  {share:>5.1} % of {all}"));
    }
    printer.json(&scored.json());
    Ok(Exit::Success)
}

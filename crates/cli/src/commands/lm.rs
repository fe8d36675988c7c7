//! `tracestone lm`: train and score small language models.

mod generate;

use serde_json::json;
use tracestone_interp::training::Ended;
use tracestone_lab::{Dataset, LengthScore};
use tracestone_record::watch::{Event, Watch as _};
use tracestone_record::words::counted;

use crate::args::{LmCommand, LmEvalArgs, LmTrainArgs};
use crate::failure::{Exit, Failure};
use crate::printer::Printer;
use crate::{device, settings};

/// Runs one of the commands.
pub(crate) fn run(command: &LmCommand, printer: &Printer) -> Result<Exit, Failure> {
    match command {
        LmCommand::Train(args) => train(args, printer),
        LmCommand::Eval(args) => eval(args, printer),
        LmCommand::Generate(args) => generate::run(args, printer),
    }
}

fn train(args: &LmTrainArgs, printer: &Printer) -> Result<Exit, Failure> {
    let device = device::open(&args.device)?;
    let data = Dataset::open(&args.data)?;
    let settings = settings::shape(&args.training).settings(args.seed, &data)?;
    printer.event(Event::Note {
        stage: Some("train"),
        text: &counted(settings.model.parameters() as u64, "parameter"),
    });
    let trained = tracestone_lab::train(
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
    let (split, limit) = (args.split, args.limit);
    let score = tracestone_lab::score(&args.model, &device, &data, split, limit, printer)?.report();
    let [low, high] = score.interval;
    printer.result(&format!(
        "{:.1} % of {} {} texts are completed exactly  [95 % interval {:.1} to {:.1}]",
        100.0 * score.share,
        score.texts,
        args.split.name(),
        100.0 * low,
        100.0 * high
    ));
    printer.result(&format!("loss {:.4} nats a word", score.loss));
    printer.result("\nby the number of words of the prompt");
    for row in &score.by_length {
        let LengthScore {
            prompt_words,
            exact,
            texts,
        } = row;
        let share = 100.0 * *exact as f64 / (*texts).max(1) as f64;
        printer.result(&format!("{prompt_words:>6}  {share:>5.1} % of {texts}"));
    }
    printer.json(&serde_json::to_value(&score)?);
    Ok(Exit::Success)
}

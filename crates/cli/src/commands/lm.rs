//! `tracestone lm`: train and score small language models.

mod generate;

use serde_json::json;
use tracestone_interp::training::Ended;
use tracestone_lab::{Dataset, tables};
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
        return Ok(printer.stopped());
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
    printer.result(&tables::score(&score, split));
    printer.json(&serde_json::to_value(&score)?);
    Ok(Exit::Success)
}

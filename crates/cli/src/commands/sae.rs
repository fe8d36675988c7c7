//! `tracestone sae`: sparse autoencoders of activations.

use serde_json::json;
use tracestone_lab::{
    Dataset, PatchSettings, SaeEvaluation, SaeTraining, StateSettings, evaluate_sae, open_sae,
    tables, train_sae, write_sae,
};
use tracestone_sae::Settings;

use crate::args::{SaeCommand, SaeConvertArgs, SaeEvalArgs, SaeTrainArgs};
use crate::failure::{Exit, Failure};
use crate::printer::Printer;
use crate::settings::TOOL;
use crate::studies::write_report;

/// Runs one of the commands.
pub(crate) fn run(command: &SaeCommand, printer: &Printer) -> Result<Exit, Failure> {
    match command {
        SaeCommand::Train(args) => train(args, printer),
        SaeCommand::Eval(args) => eval(args, printer),
        SaeCommand::Convert(args) => convert(args, printer),
    }
}

fn train(args: &SaeTrainArgs, printer: &Printer) -> Result<Exit, Failure> {
    // The activations say how many inputs there are.
    let usual = Settings::new(args.kind, 1, args.width, args.l0, args.steps);
    let mut prefixes = usual.prefixes.clone();
    if !args.prefixes.is_empty() {
        prefixes = args.prefixes.clone();
        if prefixes.last() != Some(&args.width) {
            prefixes.push(args.width);
        }
    }
    let settings = Settings {
        batch: args.batch,
        rate: args.learning_rate,
        auxiliary: args.auxiliary,
        silent_after: args.silent_after.unwrap_or(usual.silent_after),
        bandwidth: args.bandwidth.unwrap_or(usual.bandwidth),
        penalty: args.penalty.unwrap_or(usual.penalty),
        prefixes,
        frozen: args.frozen,
        seed: args.seed,
        ..usual
    };
    let training = SaeTraining {
        settings,
        site: args.site.clone(),
        buffer: args.buffer,
        save_every: args.save_every,
        checkpoints: args.checkpoints,
        threads: args.jobs.count(),
        tool: TOOL.to_owned(),
    };
    let trained = train_sae(&args.acts, &training, &args.out, printer)?;
    printer.json(&serde_json::to_value(&trained)?);
    if !trained.done {
        return Ok(printer.stopped());
    }
    if let Some(last) = trained.curve.last() {
        printer.result(&format!(
            "{}: {:.1} features fire, {:.4} of the square unexplained, {} silent; in {}",
            trained.site,
            last.l0,
            last.error,
            last.silent,
            args.out.display()
        ));
    }
    Ok(Exit::Success)
}

fn eval(args: &SaeEvalArgs, printer: &Printer) -> Result<Exit, Failure> {
    let evaluation = evaluation(args)?;
    let report = evaluate_sae(&args.sae, &args.acts, &evaluation, printer)?;
    printer.result(&tables::sae(&report));
    if let Some(out) = &args.out {
        let json = serde_json::to_string_pretty(&serde_json::to_value(&report)?)?;
        write_report(out, &[("sae.json", json + "\n")], printer)?;
    }
    printer.json(&serde_json::to_value(&report)?);
    Ok(Exit::Success)
}

/// The settings of an evaluation.
fn evaluation(args: &SaeEvalArgs) -> Result<SaeEvaluation, Failure> {
    let named = |text: &String| -> Result<(String, String), Failure> {
        let pair = text.split_once('=');
        let pair = pair.map(|(name, path)| (name.to_owned(), path.to_owned()));
        pair.ok_or_else(|| Failure::new(format!("{text:?} has no name: write NAME={text}")))
    };
    let mut beside = Vec::new();
    for text in &args.beside {
        let (name, path) = named(text)?;
        beside.push((name, path.into()));
    }
    let mut untrained = Vec::new();
    for text in &args.untrained {
        let (name, paths) = named(text)?;
        let (sae, acts) = paths.split_once(',').ok_or_else(|| {
            Failure::new(format!(
                "{text:?} names no activations: write NAME=DIR,ACTS"
            ))
        })?;
        untrained.push((name, sae.into(), acts.into()));
    }
    let variables = match &args.data {
        Some(data) => Dataset::open(data)?.suited(args.variable.clone()),
        None => args.variable.clone(),
    };
    Ok(SaeEvaluation {
        site: args.site.clone(),
        data: args.data.clone(),
        model: args.model.clone(),
        beside,
        untrained,
        truth: args.truth.clone(),
        states: StateSettings {
            variables,
            draws: args.draws,
            seed: args.seed,
            ..StateSettings::default()
        },
        steering: (args.programs > 0).then_some(PatchSettings {
            programs: args.programs,
            strength: 1.0,
            draws: 1_000,
            seed: args.seed,
        }),
        texts: args.texts,
        threads: args.jobs.count(),
    })
}

fn convert(args: &SaeConvertArgs, printer: &Printer) -> Result<Exit, Failure> {
    let opened = open_sae(&args.sae)?;
    let (from, to) = (opened.format, args.to);
    write_sae(&opened.dictionary, to, &opened.about, &args.out)?;
    let (inputs, width) = (opened.dictionary.inputs, opened.dictionary.width);
    printer.result(&format!(
        "{width} features of {inputs} numbers, read from {} and written as {} to {}",
        from.name(),
        to.name(),
        args.out.display()
    ));
    printer.json(&json!({
        "from": from.name(), "to": to.name(), "width": width, "inputs": inputs, "out": args.out,
    }));
    Ok(Exit::Success)
}

//! `tracestone plasticity`: learners on streams whose task changes.

use serde_json::to_value;
use tracestone_lab::{
    Language, LanguageSettings, PlasticityStudy, Stream, language, preset, tables,
};
use tracestone_plasticity::{Change, StreamSettings};

use crate::args::{PlasticityCommand, PlasticityLanguageArgs, StudyArgs};
use crate::failure::{Exit, Failure};
use crate::printer::Printer;
use crate::studies::run_studies;

/// Runs a study of one learner or of several.
pub(crate) fn run(command: &PlasticityCommand, printer: &Printer) -> Result<Exit, Failure> {
    let (learners, args, title) = match command {
        PlasticityCommand::Language(args) => return shards(args, printer),
        PlasticityCommand::Run(args) => {
            let title = format!("Plasticity of {}", args.learner);
            (vec![args.learner.clone()], &args.study, title)
        }
        PlasticityCommand::Compare(args) => (
            args.learner.clone(),
            &args.study,
            "Plasticity of learners".to_owned(),
        ),
    };
    let study = study(args, &learners)?;
    run_studies(&[study], &args.out, args.jobs.count(), title, printer)
}

/// Trains a language model on shards and probes it.
fn shards(args: &PlasticityLanguageArgs, printer: &Printer) -> Result<Exit, Failure> {
    let settings = LanguageSettings {
        shards: args.shards.clone(),
        probe: args.probe.clone(),
        every: args.every,
        probe_steps: args.probe_steps,
        evaluate_every: args.evaluate_every,
        target: args.target,
        shard_steps: args.shard_steps,
        context: args.context,
        batch: args.batch,
        hidden: args.hidden,
        layers: args.layers,
        heads: args.heads,
        rate: args.rate,
        weight_decay: args.weight_decay,
        seeds: args.seeds,
        first_seed: args.seed,
    };
    match language(&settings, &args.out, args.jobs.count(), printer)? {
        Language::Stopped => Ok(printer.stopped()),
        Language::Done(report) => {
            printer.result(&tables::language(&report));
            printer.note(&format!(
                "report in {}",
                args.out.join("language.html").display()
            ));
            printer.json(&to_value(&report)?);
            Ok(Exit::Success)
        }
    }
}

/// The study that the arguments describe.
fn study(args: &StudyArgs, learners: &[String]) -> Result<PlasticityStudy, Failure> {
    let mut study = preset(args.stream, learners)?;
    let own = &mut study.settings;
    own.steps = args.steps.unwrap_or(own.steps);
    own.bin = args.bin.unwrap_or(own.bin);
    own.measure_every = args.measure_every.unwrap_or(own.measure_every);
    if !args.hidden.is_empty() {
        own.hidden.clone_from(&args.hidden);
    }
    own.activation = args.activation;
    own.seeds = args.seeds;
    own.first_seed = args.seed;
    match &mut own.stream {
        StreamSettings::Regression(stream) => {
            stream.period = args.period.unwrap_or(stream.period);
            stream.change = args.change;
        }
        StreamSettings::Karel(stream) => stream.period = args.period.unwrap_or(stream.period),
        StreamSettings::Digits(stream) => stream.period = args.period.unwrap_or(stream.period),
        StreamSettings::Classes(stream) => {
            stream.period = args.period.unwrap_or(stream.period);
            stream.classes = args.classes.unwrap_or(stream.classes);
        }
    }
    foreign(args)?;
    study.pictures = args.images.clone().zip(args.labels.clone());
    Ok(study)
}

/// Refuses options that the stream does not have.
fn foreign(args: &StudyArgs) -> Result<(), Failure> {
    let given = [
        ("--change", args.change != Change::One, Stream::Regression),
        ("--images", args.images.is_some(), Stream::Digits),
        ("--classes", args.classes.is_some(), Stream::Classes),
    ];
    for (option, given, stream) in given {
        if given && args.stream != stream {
            let name = format!("{stream:?}").to_lowercase();
            return Err(
                Failure::new(format!("{option} is an option of the stream `{name}`"))
                    .hinted(format!("leave it out, or run the stream `{name}`")),
            );
        }
    }
    Ok(())
}

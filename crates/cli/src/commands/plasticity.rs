//! `tracestone plasticity`: learners on streams whose task changes.

use tracestone_lab::{PlasticityStudy, Stream, preset};
use tracestone_plasticity::{Activation, Change, StreamSettings};

use crate::args::{ActivationArg, ChangeArg, PlasticityCommand, StreamArg, StudyArgs};
use crate::failure::{Exit, Failure};
use crate::printer::Printer;
use crate::studies::run_studies;

/// Runs a study of one learner or of several.
pub(crate) fn run(command: &PlasticityCommand, printer: &Printer) -> Result<Exit, Failure> {
    let (learners, args, title) = match command {
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

/// The study that the arguments describe.
fn study(args: &StudyArgs, learners: &[String]) -> Result<PlasticityStudy, Failure> {
    let stream = match args.stream {
        StreamArg::Regression => Stream::Regression,
        StreamArg::Digits => Stream::Digits,
        StreamArg::Classes => Stream::Classes,
    };
    let mut study = preset(stream, learners)?;
    let own = &mut study.settings;
    own.steps = args.steps.unwrap_or(own.steps);
    own.bin = args.bin.unwrap_or(own.bin);
    own.measure_every = args.measure_every.unwrap_or(own.measure_every);
    if !args.hidden.is_empty() {
        own.hidden.clone_from(&args.hidden);
    }
    own.activation = match args.activation {
        ActivationArg::Relu => Activation::Relu,
        ActivationArg::LeakyRelu => Activation::LeakyRelu,
        ActivationArg::Tanh => Activation::Tanh,
    };
    own.seeds = args.seeds;
    own.first_seed = args.seed;
    match &mut own.stream {
        StreamSettings::Regression(stream) => {
            stream.period = args.period.unwrap_or(stream.period);
            stream.change = match args.change {
                ChangeArg::One => Change::One,
                ChangeArg::All => Change::All,
            };
        }
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
        (
            "--change",
            args.change != ChangeArg::One,
            StreamArg::Regression,
        ),
        ("--images", args.images.is_some(), StreamArg::Digits),
        ("--classes", args.classes.is_some(), StreamArg::Classes),
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

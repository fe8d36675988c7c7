//! `tracestone plasticity` and `tracestone demo plasticity`: learners on streams whose task changes.

use std::path::{Path, PathBuf};

use tracestone_lab::{
    NamedReport, Plasticity, PlasticitySettings, PlasticityStudy, Stream, demo_studies, plasticity,
    preset,
};
use tracestone_plasticity::{Activation, Change, Finding, StreamSettings};

use crate::args::{
    ActivationArg, ChangeArg, DemoPlasticityArgs, PlasticityCommand, StreamArg, StudyArgs,
};
use crate::failure::{Exit, Failure};
use crate::printer::Printer;

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
    work(&[study], &args.out, args.jobs.count(), title, printer)
}

/// Runs the studies of the demonstration.
pub(crate) fn demo(args: &DemoPlasticityArgs, printer: &Printer) -> Result<Exit, Failure> {
    let studies = demo_studies(args.seeds, args.seed)?;
    let title = "Loss of plasticity in small networks".to_owned();
    work(&studies, &args.out, args.jobs.count(), title, printer)
}

fn work(
    studies: &[PlasticityStudy],
    out: &Path,
    threads: usize,
    title: String,
    printer: &Printer,
) -> Result<Exit, Failure> {
    let settings = PlasticitySettings {
        out: out.to_owned(),
        threads,
        title,
    };
    match plasticity(studies, &settings, printer)? {
        Plasticity::Stopped => {
            printer.note("stopped; the same command continues from here");
            Ok(Exit::Interrupted)
        }
        Plasticity::Done(report) => {
            for study in &report.studies {
                print(study, printer);
            }
            let path = |name: &str| -> PathBuf { out.join(name) };
            printer.result(&format!(
                "\nreport in {} and {}; {:.0} s, {:.2} million steps a second",
                path("plasticity.html").display(),
                path("plasticity.json").display(),
                report.seconds,
                report.steps_in_this_call as f64 / report.seconds / 1e6
            ));
            printer.json(&serde_json::to_value(&report)?);
            Ok(Exit::Success)
        }
    }
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

/// Prints a study's table of verdicts.
fn print(study: &NamedReport, printer: &Printer) {
    let report = &study.report;
    let classification = report.settings.stream.is_classification();
    let measure = if classification {
        "accuracy"
    } else {
        "squared error"
    };
    printer.result(&format!(
        "\n{}: online {measure}, {} steps, {} seeds",
        study.name, report.settings.steps, report.settings.seeds
    ));
    printer.result(&format!(
        "  {:<36} {:>7} {:>7} {:>7}   {:<28} {:>6} {:>6}",
        "learner", "early", "late", "fresh", "old less fresh [95 %]", "dead", "rank"
    ));
    for learner in &report.learners {
        let verdict = &learner.verdict;
        let against = verdict.against_fresh;
        let last = learner.measures.last();
        let (dead, rank) = last.map_or((0.0, 0.0), |m| (m.dead.value, m.effective_rank.value));
        let state = if learner.learner.linear {
            format!("{:>6} {:>6}", "-", "-")
        } else {
            format!("{:>4.0} % {rank:>6.1}", 100.0 * dead)
        };
        let finding = match verdict.finding {
            Finding::Lost => "lost plasticity",
            Finding::Undecided => "like a fresh network",
            Finding::Kept => "better than a fresh network",
            Finding::Diverged => "diverged",
        };
        printer.result(&format!(
            "  {:<36} {:>7.3} {:>7.3} {:>7.3}   {:<28} {state}   {finding}",
            learner.learner.name,
            verdict.early.value,
            verdict.late.value,
            verdict.fresh.value,
            format!(
                "{:+.3} [{:+.3}, {:+.3}]",
                against.value, against.low, against.high
            ),
        ));
    }
}

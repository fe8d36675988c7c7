//! `tracestone demo`: a whole experiment, resumable.

use tracestone_lab::{
    Demo, DemoReport, DemoSettings, FeatureSettings, Features, ProbeSettings, demo, demo_features,
    demo_studies, tables,
};

use crate::args::{DemoCommand, DemoFeaturesArgs, DemoKarelArgs, DemoPlasticityArgs};
use crate::failure::{Exit, Failure};
use crate::printer::Printer;
use crate::settings::{self, TOOL};
use crate::studies::run_studies;

/// Runs one of the experiments.
pub(crate) fn run(command: &DemoCommand, printer: &Printer) -> Result<Exit, Failure> {
    let args = match command {
        DemoCommand::Karel(args) => args,
        DemoCommand::Features(args) => return features(args, printer),
        DemoCommand::Plasticity(args) => return plasticity(args, printer),
    };
    let settings = DemoSettings {
        out: args.out.clone(),
        train: args.train,
        held_out: args.held_out,
        models: args.models,
        twin: !args.no_twin,
        untrained: args.untrained,
        shape: settings::shape(&args.training),
        probes: settings::probes(&args.probing, args.seed, &args.jobs),
        patches: settings::patches(&args.patching, args.seed),
        seed: args.seed,
        threads: args.jobs.count(),
        tool: TOOL.to_owned(),
    };
    match demo(&settings, printer)? {
        Demo::Stopped => Ok(printer.stopped()),
        Demo::Done(report) => {
            print(args, &report, printer);
            printer.json(&serde_json::to_value(&report)?);
            Ok(Exit::Success)
        }
    }
}

fn print(args: &DemoKarelArgs, report: &DemoReport, printer: &Printer) {
    printer.result(&tables::gaps(&report.probes));
    printer.result(&tables::effects(&report.causal));
    for verdict in &report.verdicts {
        let holds = if verdict.holds {
            "holds"
        } else {
            "DOES NOT HOLD"
        };
        printer.result(&format!(
            "{holds:>14}  {}\n{:16}{}",
            verdict.claim, "", verdict.found
        ));
    }
    printer.result(&format!(
        "\nreport in {}, {} and {}; {:.0} s in all",
        args.out.join("report.html").display(),
        args.out.join("report.json").display(),
        args.out.join("report.md").display(),
        report.seconds.total
    ));
}

/// Trains dictionaries of a model and compares their features with executed states.
fn features(args: &DemoFeaturesArgs, printer: &Printer) -> Result<Exit, Failure> {
    let settings = FeatureSettings {
        demo: DemoSettings {
            out: args.out.clone(),
            train: args.train,
            held_out: args.held_out,
            models: args.models,
            twin: false,
            untrained: 1,
            shape: settings::shape(&args.training),
            probes: ProbeSettings::default(),
            patches: settings::patches(&args.patching, args.seed),
            seed: args.seed,
            threads: args.jobs.count(),
            tool: TOOL.to_owned(),
        },
        given: args.model.clone().zip(args.data.clone()),
        block: args.block,
        width: args.width,
        l0: args.l0,
        steps: args.sae_steps,
        texts: args.texts,
    };
    match demo_features(&settings, printer)? {
        Features::Stopped => Ok(printer.stopped()),
        Features::Done(report, seconds) => {
            printer.result(&tables::sae(&report.report));
            for finding in &report.findings {
                printer.result(&format!("- {finding}"));
            }
            printer.result(&format!(
                "\nreport in {} and {}; {seconds:.0} s in all",
                args.out.join("features.html").display(),
                args.out.join("features.json").display()
            ));
            printer.json(&serde_json::to_value(&report)?);
            Ok(Exit::Success)
        }
    }
}

/// Runs the studies of the demonstration.
fn plasticity(args: &DemoPlasticityArgs, printer: &Printer) -> Result<Exit, Failure> {
    let studies = demo_studies(args.seeds, args.seed)?;
    let title = "Loss of plasticity in small networks".to_owned();
    run_studies(&studies, &args.out, args.jobs.count(), title, printer)
}

//! `tracestone demo`: a whole experiment, resumable.

use std::path::{Path, PathBuf};
use std::time::Instant;

use serde_json::{Value, json};
use tracestone_interp::activations::{DumpSettings, INDEX, Precision};
use tracestone_interp::model::{Decoder, Site};
use tracestone_interp::probe::{Plan, Summary};
use tracestone_interp::report::{ProbeReport, Role, Subject};
use tracestone_interp::training::{Ended, checkpoint_folder, checkpoint_steps};
use tracestone_interp::{Device, activations, directory};
use tracestone_record::Split;
use tracestone_record::words::counted;

use super::causal;
use crate::args::{
    DemoCommand, DemoKarelArgs, JobsArg, KarelCommand, KarelEnd, KarelGenerateArgs, KarelMode,
    KarelWorldArgs,
};
use crate::failure::{Exit, Failure};
use crate::looking::dataset::{Dataset, hash};
use crate::looking::patching::{self, CausalReport, PatchPlan};
use crate::looking::{acts, page, probing, training};
use crate::printer::Printer;

/// Runs one of the experiments.
pub(crate) fn run(command: &DemoCommand, printer: &Printer) -> Result<Exit, Failure> {
    match command {
        DemoCommand::Karel(args) => Demo::new(args, printer).run(),
    }
}

/// A run of the Karel experiment: folders, and what was typed.
struct Demo<'d> {
    args: &'d DemoKarelArgs,
    printer: &'d Printer,
    started: Instant,
    seconds: Vec<(&'static str, f64)>,
}

impl<'d> Demo<'d> {
    fn new(args: &'d DemoKarelArgs, printer: &'d Printer) -> Self {
        Self {
            args,
            printer,
            started: Instant::now(),
            seconds: Vec::new(),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.args.out.join(name)
    }

    /// Notes how long a part took.
    fn lap(&mut self, part: &'static str) {
        let before: f64 = self.seconds.iter().map(|(_, seconds)| seconds).sum();
        let now = self.started.elapsed().as_secs_f64();
        self.seconds.push((part, now - before));
    }

    fn run(mut self) -> Result<Exit, Failure> {
        let data = self.generate()?;
        self.lap("generate");
        let settings = training::settings(&self.args.training, self.args.seed, &data)?;
        let model = self.path("model");
        let parameters = settings.model.parameters();
        self.printer.note(&format!(
            "   train  a model of {}",
            counted(parameters as u64, "parameter")
        ));
        let trained = training::run(&settings, &data, &Device::Cpu, &model, 200, self.printer)?;
        if trained.ended == Ended::Stopped {
            self.printer
                .note("stopped; the same command continues from here");
            return Ok(Exit::Interrupted);
        }
        self.lap("train");
        let scored = training::score(&model, &Device::Cpu, &data, Split::Test, None, self.printer)?;
        self.lap("evaluate");
        let probes = self.probe(&data, &settings)?;
        self.lap("probe");
        let causal = self.patch(&data, &model)?;
        self.lap("patch");
        let total = self.started.elapsed().as_secs_f64();
        let summary = json!({
            "settings": {
                "seed": self.args.seed, "training": settings, "parameters": parameters,
                "data": data.corpus["settings"], "texts": data.corpus["texts"],
            },
            "seconds": { "total": total, "parts": self.seconds },
            "words_trained_in_this_call": trained.words,
            "test": scored.json(),
            "verdicts": verdicts(&probes, scored.share()),
            "probes": probes,
            "causal": causal,
        });
        self.report(&summary, &probes, &causal, &scored)?;
        Ok(Exit::Success)
    }

    /// Makes the dataset, or takes the one that is there.
    fn generate(&self) -> Result<Dataset, Failure> {
        let out = self.path("data");
        if out.join("corpus.json").exists() {
            let data = Dataset::open(&out)?;
            let same = data.corpus["settings"]["seed"] == json!(self.args.seed)
                && data.corpus["texts"]["train"] == json!(self.args.train)
                && data.corpus["texts"]["test"] == json!(self.args.held_out);
            if same {
                return Ok(data);
            }
            return Err(Failure::new(format!(
                "{} holds a dataset with other settings",
                out.display()
            ))
            .hinted("name a new folder with --out, or give the settings that it was made with"));
        }
        let command = KarelCommand::Generate(Box::new(generate_args(self.args, &out)));
        // Its tables are about the data alone; the demo's results come at the end.
        super::karel::run(&command, &self.printer.silent())?;
        Dataset::open(&out)
    }

    /// Activations and probes of the trained model, the untrained ones, and those on the way.
    fn probe(
        &self,
        data: &Dataset,
        settings: &tracestone_interp::training::TrainSettings,
    ) -> Result<ProbeReport, Failure> {
        let model = self.path("model");
        let threads = self.args.jobs.count();
        let sites: Vec<String> = Site::main(settings.model.layers)
            .into_iter()
            .map(Site::name)
            .collect();
        let args = &self.args.probing;
        let plan = probing::plan(args, data.semantics(), sites, self.args.seed, threads);
        let own = self.acts("trained", &model, data)?;
        let mut subjects = vec![probing::subject(
            "the trained model",
            Role::Trained,
            self.study("probe", std::slice::from_ref(&own), data, &plan)?,
        )];
        let mut untrained = Vec::new();
        // The models differ in their seeds, and so do their probes.
        let control = Plan {
            seeds: 1,
            ..plan.clone()
        };
        for number in 0..self.args.untrained {
            let folder = self.path(&format!("untrained-{number}"));
            if !folder.join(directory::WEIGHTS).exists() {
                // The first one is the model before its first step.
                let seed = self.args.seed + number as u64;
                let decoder = Decoder::untrained(settings.model.clone(), seed, &Device::Cpu)?;
                directory::write(&folder, &decoder, &data.vocabulary()?)?;
            }
            untrained.push(self.acts(&format!("untrained-{number}"), &folder, data)?);
        }
        if !untrained.is_empty() {
            subjects.push(probing::subject(
                &counted(untrained.len() as u64, "untrained model"),
                Role::Untrained,
                self.study("control", &untrained, data, &control)?,
            ));
        }
        let chance = probing::shuffled(&plan, self.args.probing.shuffles);
        let found = self.study("shuffled", std::slice::from_ref(&own), data, &chance)?;
        subjects.push(probing::subject("shuffled labels", Role::Shuffled, found));
        subjects.extend(self.checkpoints(data, settings, &plan)?);
        let report = ProbeReport {
            settings: probing::settings(&plan, args.draws),
            subjects,
        };
        Ok(report)
    }

    fn study(
        &self,
        name: &'static str,
        acts: &[PathBuf],
        data: &Dataset,
        plan: &Plan,
    ) -> Result<Vec<Summary>, Failure> {
        let draws = self.args.probing.draws;
        probing::probe(name, acts, data, plan, draws, self.printer)
    }

    /// The models on the way, probed at the words' own states with the smallest probes and one seed: the
    /// curve is about the order of events.
    fn checkpoints(
        &self,
        data: &Dataset,
        settings: &tracestone_interp::training::TrainSettings,
        plan: &Plan,
    ) -> Result<Vec<Subject>, Failure> {
        let plan = Plan {
            offsets: vec![0],
            layers: plan.layers.iter().copied().min().into_iter().collect(),
            sites: plan.sites.iter().skip(1).cloned().collect(),
            seeds: 1,
            ..plan.clone()
        };
        let mut subjects = Vec::new();
        for step in checkpoint_steps(settings) {
            let folder = checkpoint_folder(&self.path("model"), step);
            let acts = self.acts(&format!("step-{step:07}"), &folder, data)?;
            let found = self.study("on the way", &[acts], data, &plan)?;
            let scored = training::score(
                &folder,
                &Device::Cpu,
                data,
                Split::Test,
                None,
                &self.printer.silent(),
            )?;
            subjects.push(Subject {
                step: Some(step),
                exact: Some(scored.share()),
                ..probing::subject(&format!("step {step}"), Role::Checkpoint, found)
            });
        }
        Ok(subjects)
    }

    /// The activations of a model on the held-out texts, made where they are not there yet.
    fn acts(&self, name: &str, model: &Path, data: &Dataset) -> Result<PathBuf, Failure> {
        let out = self.path("acts").join(name);
        let weights = hash(&model.join(directory::WEIGHTS))?;
        let opened = acts::open_model(model, &Device::Cpu)?;
        let settings = DumpSettings {
            sites: Site::main(opened.decoder.config.layers),
            precision: Precision::F32,
            shard_rows: 16_384,
            batch: 64,
            pad: opened.vocabulary.as_ref().map_or(0, |words| words.pad),
        };
        for split in [Split::Validation, Split::Test] {
            let folder = out.join(split.name());
            let known = folder
                .join(INDEX)
                .exists()
                .then(|| activations::read_index(&folder));
            let fresh = matches!(known, Some(Ok(index)) if index.origin.model == weights
                && index.origin.data == data.hash(split)?);
            if !fresh {
                let quiet = self.printer.silent();
                acts::write(
                    (&opened, model),
                    data,
                    split,
                    None,
                    &settings,
                    &folder,
                    &quiet,
                )?;
            }
        }
        Ok(out)
    }

    fn patch(&self, data: &Dataset, model: &Path) -> Result<CausalReport, Failure> {
        let plan = PatchPlan {
            programs: self.args.patching.programs,
            strength: self.args.patching.strength,
            draws: self.args.patching.patch_draws,
            classifier: probing::patch_classifier(self.args.seed),
            seed: self.args.seed,
        };
        patching::run(
            &acts::open_model(model, &Device::Cpu)?,
            data,
            &plan,
            self.printer,
        )
    }

    fn report(
        &self,
        summary: &Value,
        probes: &ProbeReport,
        causal: &CausalReport,
        scored: &training::Scored,
    ) -> Result<(), Failure> {
        let printer = self.printer;
        probing::print(probes, printer);
        causal::print(causal, printer);
        printer.result(&format!(
            "\n{:.1} % of {} unseen programs end in the right state",
            100.0 * scored.share(),
            scored.results.len()
        ));
        for verdict in summary["verdicts"].as_array().into_iter().flatten() {
            let holds = if verdict["holds"] == json!(true) {
                "holds"
            } else {
                "DOES NOT HOLD"
            };
            printer.result(&format!(
                "{holds:>14}  {}",
                verdict["claim"].as_str().unwrap_or("")
            ));
        }
        let json = self.path("report.json");
        std::fs::write(&json, serde_json::to_string_pretty(summary)?)?;
        let html = self.path("report.html");
        std::fs::write(&html, page::page(summary, probes, Some(causal)))?;
        printer.result(&format!(
            "\nreport in {} and {}; {:.0} s in all",
            html.display(),
            json.display(),
            self.started.elapsed().as_secs_f64()
        ));
        printer.json(summary);
        Ok(())
    }
}

/// What the experiment is to show, and whether it did.
fn verdicts(report: &ProbeReport, share: f64) -> Value {
    let mut found = vec![json!({
        "claim": format!("at least 90 % of unseen programs end in the right state ({:.1} %)", 100.0 * share),
        "holds": share >= 0.9,
    })];
    let best = |role: Role, variable: &str, like: Option<&Summary>| -> Option<Summary> {
        let own = report.subject(role)?.summaries.iter();
        let own = own.filter(|s| s.variable == variable && s.offset == 0);
        match like {
            Some(like) => own
                .clone()
                .find(|s| s.site == like.site && s.layers == like.layers)
                .cloned(),
            None => own
                .max_by(|a, b| a.gap.value.total_cmp(&b.gap.value))
                .cloned(),
        }
    };
    let variables: std::collections::BTreeSet<&String> = report
        .subjects
        .iter()
        .flat_map(|subject| subject.summaries.iter().map(|s| &s.variable))
        .collect();
    for variable in variables {
        let Some(trained) = best(Role::Trained, variable, None) else {
            continue;
        };
        let describe = |who: &str, s: &Summary| {
            format!(
                "{variable}, {who}: gap {:+.3} [{:+.3}, {:+.3}] at {} with {} hidden layers",
                s.gap.value, s.gap.low, s.gap.high, s.site, s.layers
            )
        };
        found.push(json!({
            "claim": format!("{}; the interval is above 0", describe("trained", &trained)),
            "holds": trained.gap.low > 0.0,
        }));
        if let Some(untrained) = best(Role::Untrained, variable, Some(&trained)) {
            found.push(json!({
                "claim": format!("{}; the interval includes 0", describe("untrained", &untrained)),
                "holds": untrained.gap.includes_zero(),
            }));
        }
    }
    json!(found)
}

/// The dataset of the experiment: a uniform one, as the control needs it.
fn generate_args(args: &DemoKarelArgs, out: &Path) -> KarelGenerateArgs {
    let meaning = |name: &str| tracestone_karel::Semantics::from_name(name).ok();
    KarelGenerateArgs {
        out: out.to_owned(),
        overwrite: false,
        store: None,
        store_programs: 0,
        mode: KarelMode::Interp,
        end: KarelEnd::Hero,
        semantics: ["original", "paper-8", "paper-11"]
            .into_iter()
            .filter_map(meaning)
            .collect(),
        train: args.train,
        validation: args.held_out,
        test: args.held_out,
        ledger_train: false,
        force: false,
        world: KarelWorldArgs {
            grid: (4, 4),
            walls: 0.1,
            markers: 0.0,
            length: (1, 6),
            weights: [1, 1, 1, 0, 0],
            control: 0.0,
            nesting: 2,
            worlds: 1,
            max_steps: 200,
            seed: args.seed,
        },
        jobs: JobsArg {
            jobs: args.jobs.jobs,
        },
    }
}

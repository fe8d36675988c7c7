//! Every answer again, from exported text alone, by a witness that shares no line of
//! Python with what made the answers.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;

use serde::Serialize;
use tracestone_karel::ask;
use tracestone_record::watch::{Progress, Watch};
use tracestone_record::words::counted;
use tracestone_record::{Language, Lock, Sample, SampleId, SampleKind};
use tracestone_sample::verify::{self, Ended, Observation, Seen};
use tracestone_store::{Filter, Store, read_samples};
use tracestone_trace::{
    Asked, InTree, Limits, Replay, ReplayEvent, ReplayJob, ReplayOutcome, ReplayResult, Settings,
};

use crate::trees::Trees;
use crate::{Error, LazyEngine};

/// Bytes of samples held in memory at once, about. Exports are ordered by identifiers, and the samples
/// of one program, which share a child, are far apart: the more are held, the fewer children it takes.
const BATCH_BYTES: usize = 128 << 20;
/// Estimated memory of a sample, in addition to its texts, in bytes.
const SAMPLE_BYTES: usize = 1 << 10;
/// Steps of a Karel program, far more than the generator allows.
const KAREL_STEPS: u32 = 1_000_000;
/// Wrong answers that are kept as examples; all are counted.
const SHOWN: usize = 20;

/// Budgets that decide about no answer: what was recorded within smaller ones is executed again.
fn limits() -> Limits {
    Limits {
        max_steps: 200_000,
        cpu_seconds: 10,
        memory_bytes: 1024 << 20,
        ..Limits::default()
    }
}

/// The samples to verify.
#[derive(Debug, Clone, Copy)]
pub enum Samples<'p> {
    /// Those of a store.
    Store(&'p Path),
    /// Those of an exported file, or of the folder of an export.
    File(&'p Path),
}

/// Executes every sample again, at most `limit` of them, and reports the answers that do not hold. A sample is
/// executed by the first of the engines whose interpreter has the minor version that it was made with. The engines'
/// budgets are larger than those of the settings; they start when a Python sample asks for them.
///
/// # Errors
/// The samples cannot be read, the engine does not start or breaks down, or a sample was made with a Python of
/// another minor version.
pub fn verify(
    samples: Samples<'_>,
    engines: &[Settings],
    limit: Option<u64>,
    watch: &dyn Watch,
) -> Result<Verified, Error> {
    let progress = Progress::start_open(watch, "verify", "answers");
    let witnesses = engines.iter().map(|settings| {
        let settings = Settings {
            limits: limits(),
            ..settings.clone()
        };
        Witness {
            trees: Trees::of_settings(&settings, watch),
            engine: LazyEngine::new(settings, watch),
        }
    });
    let mut verifier = Verifier {
        witnesses: witnesses.collect(),
        by_minor: BTreeMap::new(),
        store: match samples {
            Samples::Store(path) => Some(Store::open_read_only(path)?),
            Samples::File(_) => None,
        },
        progress: &progress,
        batch: Vec::new(),
        batch_bytes: 0,
        report: Verified::default(),
        left: limit.unwrap_or(u64::MAX),
        error: None,
    };
    match samples {
        Samples::Store(path) => {
            let store = Store::open_read_only(path)?;
            store.samples(&Filter::default(), |row| verifier.take(row.sample))?;
        }
        Samples::File(path) => read_samples(path, |sample| verifier.take(sample))?,
    }
    verifier.flush();
    let Verifier { report, error, .. } = verifier;
    if let Some(error) = error {
        return Err(error);
    }
    progress.finish(&counted(progress.count(), "answer"));
    Ok(report)
}

/// Result of a verification.
#[derive(Debug, Default, Serialize)]
pub struct Verified {
    /// Answers that hold, by kind.
    pub held: BTreeMap<SampleKind, u64>,
    /// Answers that do not hold.
    pub wrong: u64,
    /// Samples whose answers no execution decides about.
    pub not_executed: u64,
    /// Samples whose programs run in packages whose files are not on this machine.
    pub not_checked: u64,
    /// The first answers that do not hold.
    pub examples: Vec<WrongAnswer>,
}

/// An answer that does not hold.
#[derive(Debug, Serialize)]
pub struct WrongAnswer {
    /// Identifier of the sample.
    pub id: SampleId,
    /// Kind of the sample.
    pub kind: SampleKind,
    /// Difference from the second execution.
    pub why: String,
}

impl Verified {
    fn wrong(&mut self, sample: &Sample, why: String) {
        self.wrong += 1;
        if self.examples.len() < SHOWN {
            let (id, kind) = (sample.id, sample.kind);
            self.examples.push(WrongAnswer { id, kind, why });
        }
    }
}

/// An interpreter that executes samples.
struct Witness<'a> {
    /// Files of the samples' sources.
    trees: Trees<'a>,
    engine: LazyEngine<'a>,
}

struct Verifier<'a> {
    witnesses: Vec<Witness<'a>>,
    /// By minor version, the witness that has it.
    by_minor: BTreeMap<String, usize>,
    /// The verified store, if it is one.
    store: Option<Store>,
    progress: &'a Progress<'a>,
    batch: Vec<(Sample, String)>,
    batch_bytes: usize,
    report: Verified,
    left: u64,
    error: Option<Error>,
}

impl Verifier<'_> {
    fn take(&mut self, sample: Sample) -> ControlFlow<()> {
        if self.left == 0 || self.error.is_some() || self.progress.stop() {
            return ControlFlow::Break(());
        }
        self.left -= 1;
        match verify::expression(&sample) {
            None => {
                self.report.not_executed += 1;
                self.progress.advance(1);
            }
            Some(expression) if sample.language == Language::Karel => {
                let observed = observe_karel(&sample, &expression);
                match observed.and_then(|seen| verify::holds(&sample, &seen)) {
                    Ok(()) => *self.report.held.entry(sample.kind).or_default() += 1,
                    Err(why) => self.report.wrong(&sample, why),
                }
                self.progress.advance(1);
            }
            Some(expression) => match self.find_witness(&sample) {
                Ok(()) => self.keep(sample, expression),
                Err(error) => {
                    self.error = Some(error);
                    return ControlFlow::Break(());
                }
            },
        }
        if self.batch_bytes >= BATCH_BYTES {
            self.flush();
        }
        ControlFlow::Continue(())
    }

    /// Puts a sample into the batch, without what decides about no answer. Each further answer is one more
    /// answer to be checked.
    fn keep(&mut self, mut sample: Sample, expression: String) {
        for answer in std::mem::take(&mut sample.other_answers) {
            let other = Sample {
                answer,
                // It tells of the first answer's run.
                rationale_form: None,
                ..sample.clone()
            };
            if let Some(expression) = verify::expression(&other) {
                self.keep(other, expression);
            }
        }
        sample.prompt = String::new();
        if verify::form_to_read(&sample).is_none() {
            sample.rationale = String::new();
        }
        let texts = [
            &sample.program,
            &sample.setup,
            &sample.answer,
            &sample.rationale,
            &expression,
        ];
        self.batch_bytes += SAMPLE_BYTES + texts.map(String::len).iter().sum::<usize>();
        self.batch.push((sample, expression));
    }

    /// Lines belong to a minor version, so answers made with another one cannot be checked here.
    fn find_witness(&mut self, sample: &Sample) -> Result<(), Error> {
        let made_with = &sample.evidence.python;
        if self.by_minor.contains_key(minor(made_with)) {
            return Ok(());
        }
        let mut pythons = Vec::new();
        for (position, witness) in self.witnesses.iter().enumerate() {
            let python = witness.engine.get()?.python();
            if minor(made_with) == minor(python) {
                self.by_minor.insert(minor(python).to_owned(), position);
                return Ok(());
            }
            pythons.push(python);
        }
        Err(Error::OtherPython {
            sample: sample.id,
            made_with: made_with.clone(),
            python: pythons.join(", "),
        })
    }

    /// Executes what is waiting.
    fn flush(&mut self) {
        let batch = std::mem::take(&mut self.batch);
        self.batch_bytes = 0;
        for position in 0..self.witnesses.len() {
            if self.error.is_none() && !self.progress.stop() {
                self.execute(&batch, position);
            }
        }
    }

    /// Executes the samples that belong to one witness; those of one program and setup share a child.
    fn execute(&mut self, batch: &[(Sample, String)], position: usize) {
        let Witness { trees, engine } = &self.witnesses[position];
        // Samples wait only after the engine was asked about its version.
        let Some(engine) = engine.started() else {
            return;
        };
        let mut groups: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        for (index, (sample, _)) in batch.iter().enumerate() {
            if self.by_minor.get(minor(&sample.evidence.python)) != Some(&position) {
                continue;
            }
            // Those of one source come one after the other, since interpreters have the files of one.
            let package = sample.package.as_ref();
            let place = package.map(|package| (package.source, package.module.as_str()));
            let group = groups
                .entry((place, sample.program.as_str(), sample.setup.as_str()))
                .or_default();
            group.push(index);
        }
        let mut plans: Vec<Plan> = Vec::new();
        for members in groups.into_values() {
            match package_of(trees, self.store.as_ref(), &batch[members[0]].0) {
                Ok(package) => plans.push(Plan::new(batch, &members, package)),
                Err(Missing::Files) => {
                    self.report.not_checked += members.len() as u64;
                    self.progress.advance(members.len() as u64);
                }
                Err(Missing::Failed(error)) => {
                    self.error = Some(error);
                    return;
                }
            }
        }
        let jobs = plans.iter().enumerate().map(|(key, plan)| ReplayJob {
            package: plan.package.clone(),
            order: None,
            asked: Some(plan.asked.clone()),
            key: key as u64,
            program: batch[plan.members[0].0].0.program.clone(),
            setup: batch[plan.members[0].0].0.setup.clone(),
            expressions: plan.expressions.clone(),
        });
        let report = &mut self.report;
        let progress = self.progress;
        let outcome = engine.replay(jobs, &mut |result| {
            if let Some(plan) = usize::try_from(result.key)
                .ok()
                .and_then(|key| plans.get(key))
            {
                judge(batch, plan, &result, report);
                progress.advance(plan.members.len() as u64);
            }
            if progress.stop() {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        if let Err(error) = outcome {
            self.error = Some(error.into());
        }
    }
}

/// The samples that one job decides about, each with the number of its expression.
struct Plan {
    members: Vec<(usize, usize)>,
    /// The package that the program runs in, if it does.
    package: Option<InTree>,
    expressions: Vec<String>,
    /// Questions about each expression.
    asked: Vec<Asked>,
}

impl Plan {
    fn new(batch: &[(Sample, String)], members: &[usize], package: Option<InTree>) -> Self {
        let mut plan = Self {
            package,
            members: Vec::new(),
            expressions: Vec::new(),
            asked: Vec::new(),
        };
        for &index in members {
            let (sample, expression) = &batch[index];
            let known = plan
                .expressions
                .iter()
                .position(|other| other == expression);
            let number = known.unwrap_or_else(|| {
                plan.expressions.push(expression.clone());
                plan.asked.push(Asked::default());
                plan.expressions.len() - 1
            });
            ask(sample, &mut plan.asked[number]);
            plan.members.push((index, number));
        }
        plan
    }
}

/// Reason why a program cannot be executed that runs in its own package.
enum Missing {
    /// The files of its source are not on this machine.
    Files,
    /// They cannot be read.
    Failed(Error),
}

/// The package of a sample's program, with files from the store or as they were laid out on this machine.
fn package_of(
    trees: &Trees<'_>,
    store: Option<&Store>,
    sample: &Sample,
) -> Result<Option<InTree>, Missing> {
    let Some(package) = &sample.package else {
        return Ok(None);
    };
    let lines = package.needs.iter().map(String::as_str);
    let needs = Lock::parse(lines).map_err(|_| Missing::Files)?;
    let tree = trees
        .find(store, package.source, &needs)
        .map_err(Missing::Failed)?
        .ok_or(Missing::Files)?;
    Ok(Some(InTree {
        tree,
        module: package.module.clone(),
        path: sample.provenance.path.clone(),
        roots: package.roots.clone(),
        lines: package.lines.clone(),
    }))
}

/// Adds what a sample asks.
fn ask(sample: &Sample, asked: &mut Asked) {
    let tells = verify::form_to_read(sample).is_some();
    asked.lines |= tells || verify::asks_about_the_way(sample);
    asked.values |= tells || sample.kind == SampleKind::Trace;
    let question = &sample.question;
    if let (SampleKind::State, Some(line), Some(occurrence), Some(name)) = (
        sample.kind,
        question.line,
        question.occurrence,
        question.variable.clone(),
    ) {
        asked.states.push((line, occurrence, name));
    }
}

fn judge(batch: &[(Sample, String)], plan: &Plan, result: &ReplayResult, report: &mut Verified) {
    let seen: Vec<Result<Observation, String>> = result
        .replays
        .iter()
        .map(|replay| replay.as_ref().map(observation).map_err(Clone::clone))
        .collect();
    for &(index, number) in &plan.members {
        let sample = &batch[index].0;
        let verdict = match seen.get(number) {
            Some(Ok(seen)) => verify::holds(sample, seen),
            Some(Err(why)) => Err(format!("could not be executed: {why}")),
            None => Err(String::from("was not executed")),
        };
        match verdict {
            Ok(()) => *report.held.entry(sample.kind).or_default() += 1,
            Err(why) => report.wrong(sample, why),
        }
    }
}

fn observation(replay: &Replay) -> Observation {
    let (events, states, unseen) = match &replay.testimony {
        Some(Ok(told)) => (told.events.as_slice(), told.states.clone(), None),
        Some(Err(why)) => (Default::default(), BTreeMap::new(), Some(why.clone())),
        None => (
            Default::default(),
            BTreeMap::new(),
            Some(String::from("no events were recorded")),
        ),
    };
    Observation {
        outcome: match &replay.outcome {
            ended @ ReplayOutcome::Returned { .. } => Ended::Returned(ended.text()),
            ended @ ReplayOutcome::Raised { .. } => Ended::Raised(ended.text()),
        },
        stdout: replay.stdout.clone(),
        events: events.iter().map(seen).collect(),
        states: Some(states),
        unseen,
    }
}

fn seen(event: &ReplayEvent) -> Seen {
    let changes = event.changes.iter();
    Seen {
        frame: event.frame,
        word: event.kind,
        line: event.line,
        changes: changes
            .map(|change| (change.name.clone(), change.text.clone()))
            .collect(),
        payload: event.payload.clone(),
    }
}

/// Execution of a Karel sample's own text, as an observation.
fn observe_karel(sample: &Sample, expression: &str) -> Result<Observation, String> {
    let executed = ask::execute(&sample.program, &sample.setup, expression, KAREL_STEPS)
        .map_err(|error| format!("could not be executed: {error}"))?;
    let events = executed.events.events.iter().map(|event| Seen {
        frame: event.frame,
        word: event.kind.event_type(),
        line: event.line,
        changes: event
            .changes
            .iter()
            .map(|change| {
                let value = change.value.as_ref().map(|value| value.text.clone());
                (change.name.clone(), value)
            })
            .collect(),
        payload: None,
    });
    Ok(Observation {
        outcome: Ended::Returned(executed.value),
        stdout: String::new(),
        events: events.collect(),
        states: None,
        unseen: None,
    })
}

/// `CPython 3.11` of `CPython 3.11.2`.
fn minor(python: &str) -> &str {
    python.rsplit_once('.').map_or(python, |(minor, _)| minor)
}

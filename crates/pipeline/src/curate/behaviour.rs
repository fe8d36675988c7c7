//! Programs that give a benchmark's outputs on its inputs, found by running them in the sandbox.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::ControlFlow;

use tracestone_curate::{
    Benchmark, Case, End, Evidence, Hit, Task, Vocabulary, arguments, evidence, expression,
    fitting, setup,
};
use tracestone_extract::Normalizer;
use tracestone_record::watch::{Progress, Watch};
use tracestone_record::words::counted;
use tracestone_record::{Literal, LiteralLimits, ProgramId, Rule, Stage};
use tracestone_store::{Key, Store};
use tracestone_trace::{Engine, Replay, ReplayJob, ReplayOutcome};

use super::inputs::inputs;
use crate::{Error, LazyEngine};

/// Programs whose results are written at once.
const BATCH: usize = 64;

/// Inputs of a task that are evaluated because they are no literals.
const OPEN_INPUTS: usize = 5;

/// Number of times that the tasks of a job that was killed are halved.
const HALVINGS: usize = 8;

/// A task with what its function does.
struct Probe {
    benchmark: String,
    task: String,
    arity: usize,
    cases: Vec<Case>,
    /// The words of its text, where values alone do not tell it from other functions.
    words: Option<Vocabulary>,
}

/// A function to try.
struct Candidate {
    program: ProgramId,
    text: String,
    function: String,
    arguments: (u32, u32),
    words: Vocabulary,
}

impl Candidate {
    /// True if it can be what the task's function is another version of.
    fn suits(&self, probe: &Probe) -> bool {
        let (least, most) = self.arguments;
        let words = probe.words.as_ref();
        (least as usize..=most as usize).contains(&probe.arity)
            && words.is_none_or(|words| words.alike(&self.words).is_some())
    }
}

/// The key of a search with these benchmarks.
fn key(benchmarks: &[Benchmark]) -> Result<Key, Error> {
    let text = serde_json::to_vec(&("behaviour", tracestone_curate::VERSION, benchmarks))?;
    Ok(Key::of(Stage::Curate, &[&text]))
}

/// Tries the programs that were not tried yet, and gives the hits of all.
pub(super) fn search(
    store: &mut Store,
    programs: &[ProgramId],
    benchmarks: &[Benchmark],
    engine: &LazyEngine<'_>,
    watch: &dyn Watch,
) -> Result<Vec<(ProgramId, Hit)>, Error> {
    let key = key(benchmarks)?;
    let known = store.behaviours(&key)?;
    let new = programs
        .iter()
        .filter(|program| !known.contains_key(program));
    let rest: Vec<ProgramId> = new.copied().collect();
    if !rest.is_empty() {
        run(store, &rest, benchmarks, &key, engine.get()?, watch)?;
    }
    let mut hits = Vec::new();
    let known = store.behaviours(&key)?;
    for program in programs {
        let Some(text) = known.get(program) else {
            continue;
        };
        let found: Vec<Hit> = serde_json::from_str(text)?;
        hits.extend(found.into_iter().map(|hit| (*program, hit)));
    }
    Ok(hits)
}

fn run(
    store: &mut Store,
    programs: &[ProgramId],
    benchmarks: &[Benchmark],
    key: &Key,
    engine: &Engine,
    watch: &dyn Watch,
) -> Result<(), Error> {
    let probes = probes(benchmarks, engine, watch)?;
    let progress = Progress::start(watch, "curate", "programs tried", programs.len() as u64);
    let mut found = 0;
    for batch in programs.chunks(BATCH) {
        if watch.stop() {
            break;
        }
        let mut candidates = Vec::new();
        for id in batch {
            candidates.extend(candidate(store, *id)?);
        }
        let Some(hits) = tried(&candidates, &probes, engine, watch)? else {
            break;
        };
        found += hits.values().map(Vec::len).sum::<usize>();
        let rows: Vec<(ProgramId, String)> = batch
            .iter()
            .map(|id| {
                let hits = hits.get(id).map_or(&[][..], Vec::as_slice);
                Ok((*id, serde_json::to_string(hits)?))
            })
            .collect::<Result<_, Error>>()?;
        store.put_behaviours(key, &rows)?;
        progress.advance(batch.len() as u64);
    }
    progress.finish(&format!(
        "{} from {} that tell functions apart",
        counted(found as u64, "program with a task's outputs"),
        counted(probes.len() as u64, "task")
    ));
    Ok(())
}

/// Runs the functions of the benchmarks on their inputs and on variations of them.
fn probes(
    benchmarks: &[Benchmark],
    engine: &Engine,
    watch: &dyn Watch,
) -> Result<Vec<Probe>, Error> {
    let tasks = benchmarks
        .iter()
        .flat_map(|benchmark| benchmark.tasks.iter().map(move |task| (benchmark, task)))
        .filter(|(_, task)| !task.entry.is_empty());
    let mut asked: Vec<(&Benchmark, Cow<'_, Task>)> = tasks
        .map(|(benchmark, task)| (benchmark, Cow::Borrowed(task)))
        .collect();
    write_out(&mut asked, engine, watch)?;
    let inputs: Vec<Vec<String>> = asked.iter().map(|(_, task)| inputs(task)).collect();
    let calls = asked.iter().zip(&inputs).map(|((_, task), inputs)| {
        let calls = inputs
            .iter()
            .map(|input| format!("{}({input})", task.entry));
        (&**task, calls.collect())
    });
    let mut probes = BTreeMap::new();
    evaluate(calls, engine, watch, &mut |at, ends| {
        let (benchmark, task) = &asked[at];
        let ended = inputs[at].iter().zip(ends);
        let cases = ended.filter_map(|(input, end)| {
            Some(Case {
                input: input.clone(),
                end: end?,
            })
        });
        let Some((evidence, cases)) = evidence(cases.collect()) else {
            return;
        };
        let arity = cases
            .first()
            .and_then(|case| arguments(&case.input))
            .map_or(0, |all| all.len());
        let probe = Probe {
            benchmark: benchmark.name.clone(),
            task: task.id.clone(),
            arity,
            cases,
            words: (evidence == Evidence::ValuesAndWords).then(|| Vocabulary::of(&task.code)),
        };
        probes.insert(at, probe);
    })?;
    Ok(probes.into_values().collect())
}

/// Replaces inputs that are expressions, such as `dict(a=1)`, by their values.
fn write_out(
    asked: &mut [(&Benchmark, Cow<'_, Task>)],
    engine: &Engine,
    watch: &dyn Watch,
) -> Result<(), Error> {
    let open = |input: &&String| arguments(input).is_none();
    let tuples = asked.iter().map(|(_, task)| {
        let tuples = task.inputs.iter().filter(open).take(OPEN_INPUTS);
        (&**task, tuples.map(|input| format!("({input},)")).collect())
    });
    let mut values: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    evaluate(tuples, engine, watch, &mut |at, ends| {
        let written = ends.into_iter().flatten().filter_map(|end| {
            let tuple = end.value()?.strip_prefix('(')?.strip_suffix(')')?;
            Some(tuple.trim_end_matches(',').to_owned())
        });
        values.insert(at, written.collect());
    })?;
    for (at, values) in values {
        if !values.is_empty() {
            asked[at].1.to_mut().inputs.extend(values);
        }
    }
    Ok(())
}

/// Evaluates expressions after the code of tasks; `sink` gets a task's place and an end of each of its expressions, or
/// nothing where it had none that can be compared.
fn evaluate<'t>(
    asked: impl Iterator<Item = (&'t Task, Vec<String>)>,
    engine: &Engine,
    watch: &dyn Watch,
    sink: &mut dyn FnMut(usize, Vec<Option<End>>),
) -> Result<(), Error> {
    let jobs = (0..)
        .zip(asked)
        .filter(|(_, (_, expressions))| !expressions.is_empty());
    let jobs = jobs.map(|(key, (task, expressions))| ReplayJob {
        key,
        program: task.code.clone(),
        package: None,
        setup: String::new(),
        expressions,
        order: None,
        asked: None,
    });
    engine.replay(jobs, &mut |result| {
        let end = |replay: Result<Replay, String>| match replay.ok()?.outcome {
            ReplayOutcome::Returned { text } => {
                let literal = Literal::parse(&text, LiteralLimits::default()).is_ok();
                literal.then_some(End::Returned(text))
            }
            ReplayOutcome::Raised { type_name, .. } => Some(End::Raised(type_name)),
        };
        if let Ok(at) = usize::try_from(result.key) {
            sink(at, result.replays.into_iter().map(end).collect());
        }
        going_on(watch)
    })?;
    Ok(())
}

fn going_on(watch: &dyn Watch) -> ControlFlow<()> {
    match watch.stop() {
        true => ControlFlow::Break(()),
        false => ControlFlow::Continue(()),
    }
}

/// The function that a program is for; `None` for a class, and for what runs in a package of its own.
fn candidate(store: &Store, id: ProgramId) -> Result<Option<Candidate>, Error> {
    let program = store.program(id)?;
    if program.package.is_some() {
        return Ok(None);
    }
    let forms = Normalizer::default().forms(&program.text);
    let form = forms.into_iter().find(|form| form.name == program.entry);
    let arguments = form.and_then(|form| form.arguments);
    Ok(arguments.map(|arguments| Candidate {
        program: id,
        words: Vocabulary::of(&program.text),
        text: program.text,
        function: program.entry,
        arguments,
    }))
}

/// Tasks that a candidate is tried on, by their places.
struct Round {
    candidate: usize,
    probes: Vec<usize>,
}

/// The hits of each candidate; `None` where the work was stopped.
fn tried(
    candidates: &[Candidate],
    probes: &[Probe],
    engine: &Engine,
    watch: &dyn Watch,
) -> Result<Option<BTreeMap<ProgramId, Vec<Hit>>>, Error> {
    // First the first case of every task, then all cases of those that it fits.
    let (first, all) = (
        |probe: usize| &probes[probe].cases[..1],
        |probe: usize| &probes[probe].cases[..],
    );
    let mut rounds = Vec::new();
    for (number, candidate) in candidates.iter().enumerate() {
        let fitting = (0..probes.len())
            .filter(|probe| candidate.suits(&probes[*probe]))
            .collect();
        rounds.push(Round {
            candidate: number,
            probes: fitting,
        });
    }
    let likely = fits(candidates, rounds, &first, engine, watch)?;
    let rounds = likely
        .into_iter()
        .map(|(candidate, probes)| Round { candidate, probes });
    let certain = fits(candidates, rounds.collect(), &all, engine, watch)?;
    if watch.stop() {
        return Ok(None);
    }
    let mut hits: BTreeMap<ProgramId, Vec<Hit>> = BTreeMap::new();
    for (candidate, found) in certain {
        let candidate = &candidates[candidate];
        let of_program = hits.entry(candidate.program).or_default();
        of_program.extend(
            found
                .into_iter()
                .map(|probe| hit(candidate, &probes[probe])),
        );
    }
    Ok(Some(hits))
}

fn hit(candidate: &Candidate, probe: &Probe) -> Hit {
    let case = &probe.cases[0];
    let mut evidence = format!(
        "`{}` gives the same output on all {} inputs, such as {} for ({})",
        candidate.function,
        probe.cases.len(),
        short(case.end.value().unwrap_or_default()),
        short(&case.input)
    );
    let words = probe.words.as_ref();
    if let Some((shared, all)) = words.and_then(|words| words.alike(&candidate.words)) {
        evidence.push_str(&format!(
            ", and has {shared} of {all} methods, literals and operators in common with it"
        ));
    }
    Hit {
        rule: Rule::BenchmarkBehaviour,
        benchmark: probe.benchmark.clone(),
        task: probe.task.clone(),
        evidence,
    }
}

fn short(text: &str) -> String {
    match text.chars().count() > 60 {
        true => text.chars().take(60).chain("..".chars()).collect(),
        false => text.to_owned(),
    }
}

/// The tasks of each round that its candidate fits. A job that is killed is repeated with half of its tasks.
fn fits<'p>(
    candidates: &[Candidate],
    mut rounds: Vec<Round>,
    cases: &dyn Fn(usize) -> &'p [Case],
    engine: &Engine,
    watch: &dyn Watch,
) -> Result<BTreeMap<usize, Vec<usize>>, Error> {
    let mut found: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for _ in 0..HALVINGS {
        rounds.retain(|round| !round.probes.is_empty());
        if rounds.is_empty() || watch.stop() {
            break;
        }
        let mut again = Vec::new();
        let jobs = (0..).zip(&rounds).map(|(key, round)| ReplayJob {
            key,
            program: candidates[round.candidate].text.clone(),
            package: None,
            setup: setup(round.probes.iter().map(|probe| (*probe, cases(*probe)))),
            expressions: vec![expression(&candidates[round.candidate].function)],
            order: None,
            asked: None,
        });
        engine.replay(jobs, &mut |result| {
            let round = usize::try_from(result.key)
                .ok()
                .and_then(|key| rounds.get(key));
            let replay = result.replays.into_iter().next();
            if let (Some(round), Some(replay)) = (round, replay) {
                let value = match replay.map(|replay| replay.outcome) {
                    Ok(ReplayOutcome::Returned { text }) => fitting(&text),
                    _ => None,
                };
                match value {
                    Some(numbers) => {
                        let asked = numbers
                            .into_iter()
                            .filter(|number| round.probes.contains(number));
                        found.entry(round.candidate).or_default().extend(asked);
                    }
                    None if round.probes.len() > 1 => {
                        let (one, other) = round.probes.split_at(round.probes.len() / 2);
                        again.extend([one, other].map(|probes| Round {
                            candidate: round.candidate,
                            probes: probes.to_vec(),
                        }));
                    }
                    None => {}
                }
            }
            going_on(watch)
        })?;
        rounds = again;
    }
    for numbers in found.values_mut() {
        numbers.sort_unstable();
        numbers.dedup();
    }
    found.retain(|_, numbers| !numbers.is_empty());
    Ok(found)
}

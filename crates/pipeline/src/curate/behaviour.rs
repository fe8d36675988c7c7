//! Programs that give a benchmark's outputs on its inputs, found by running them in the sandbox.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use tracestone_curate::{Benchmark, Case, Hit, arguments, expression, fitting, is_telling, setup};
use tracestone_extract::Normalizer;
use tracestone_record::watch::{Progress, Watch};
use tracestone_record::words::counted;
use tracestone_record::{Literal, LiteralLimits, ProgramId, Rule, Stage};
use tracestone_store::{Key, Store};
use tracestone_trace::{Engine, ReplayJob, ReplayOutcome};

use super::inputs::inputs;
use crate::{Error, LazyEngine};

/// Programs whose results are written at once.
const BATCH: usize = 64;

/// Number of times that the tasks of a job that was killed are halved.
const HALVINGS: usize = 8;

/// A task with the outputs of its function.
struct Probe {
    benchmark: String,
    task: String,
    arity: usize,
    cases: Vec<Case>,
}

/// A function to try.
struct Candidate {
    program: ProgramId,
    text: String,
    function: String,
    arguments: (u32, u32),
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
    let mut asked = Vec::new();
    for benchmark in benchmarks {
        for task in &benchmark.tasks {
            let inputs = inputs(task);
            if !task.entry.is_empty() && !inputs.is_empty() {
                asked.push((benchmark, task, inputs));
            }
        }
    }
    let jobs = (0..).zip(&asked).map(|(key, (_, task, inputs))| ReplayJob {
        key,
        program: task.code.clone(),
        package: None,
        setup: String::new(),
        expressions: inputs
            .iter()
            .map(|input| format!("{}({input})", task.entry))
            .collect(),
        order: None,
        asked: None,
    });
    let mut probes = BTreeMap::new();
    engine.replay(jobs, &mut |result| {
        let at = usize::try_from(result.key).ok();
        if let Some((at, (benchmark, task, inputs))) = at.and_then(|at| Some((at, asked.get(at)?)))
        {
            let outputs = inputs.iter().zip(result.replays);
            let cases: Vec<Case> = outputs
                .filter_map(|(input, replay)| match replay.ok()?.outcome {
                    ReplayOutcome::Returned { text } => Some(Case {
                        input: input.clone(),
                        output: Literal::parse(&text, LiteralLimits::default())
                            .ok()
                            .map(|_| text)?,
                    }),
                    ReplayOutcome::Raised { .. } => None,
                })
                .collect();
            let arity = cases
                .first()
                .and_then(|case| arguments(&case.input))
                .map_or(0, |all| all.len());
            if is_telling(&cases) {
                probes.insert(
                    at,
                    Probe {
                        benchmark: benchmark.name.clone(),
                        task: task.id.clone(),
                        arity,
                        cases,
                    },
                );
            }
        }
        going_on(watch)
    })?;
    Ok(probes.into_values().collect())
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
        let (least, most) = candidate.arguments;
        let takes = |probe: &Probe| (least as usize..=most as usize).contains(&probe.arity);
        let fitting = (0..probes.len())
            .filter(|probe| takes(&probes[*probe]))
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
                .map(|probe| evidence(candidate, &probes[probe])),
        );
    }
    Ok(Some(hits))
}

fn evidence(candidate: &Candidate, probe: &Probe) -> Hit {
    let case = &probe.cases[0];
    Hit {
        rule: Rule::BenchmarkBehaviour,
        benchmark: probe.benchmark.clone(),
        task: probe.task.clone(),
        evidence: format!(
            "`{}` gives the same output on all {} inputs, such as {} for ({})",
            candidate.function,
            probe.cases.len(),
            short(&case.output),
            short(&case.input)
        ),
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

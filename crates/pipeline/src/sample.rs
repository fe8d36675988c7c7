//! Verified runs to questions with checked answers.

use std::collections::{HashMap, VecDeque};
use std::sync::mpsc::{Receiver, channel};
use std::time::Instant;

use rayon::prelude::*;
use tracestone_record::watch::{Event, Progress, Watch};
use tracestone_record::words::counted;
use tracestone_record::{
    Call, Dropped, File, FileId, Program, ProgramId, Provenance, Run, SampleRow, Source, SourceId,
    Stage, Unit,
};
use tracestone_sample::{Context, SameResults, Settings};
use tracestone_store::{Key, Store};

use crate::split::{self, Parts, Place};
use crate::{Error, StageReport};

/// The settings of `sample`.
#[derive(Debug, Clone, Default)]
pub struct SampleSettings {
    /// Programs that are sampled at the same time.
    pub jobs: usize,
    /// The seed of every choice; without one, that of the store, or 0.
    pub seed: Option<u64>,
    /// Treatment of several calls with the same result; `None` keeps the setting of the store.
    pub same_results: Option<SameResults>,
}

/// Programs sampled at once and written to the store in one transaction.
const BATCH: usize = 128;
/// Batches that are read before the first of them is written.
const AHEAD: usize = 3;

/// Samples every program that is not done yet.
///
/// # Errors
/// The store fails or holds settings that cannot be read, or no threads can be started.
pub fn sample(
    store: &mut Store,
    settings: &SampleSettings,
    watch: &dyn Watch,
) -> Result<StageReport, Error> {
    let started = Instant::now();
    let sampler = Sampler::new(store, settings, watch)?;
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(settings.jobs)
        .build()?;
    let programs = store.programs()?;
    let progress = Progress::start(watch, "sample", "programs", programs.len() as u64);
    let counts = sample_all(store, &sampler, &programs, &pool, &progress, watch)?;
    let (done, reused, samples) = (counts.done, counts.reused, counts.samples);
    progress.finish(&format!(
        "{} from {}; {} done before",
        counted(samples as u64, "sample"),
        counted(done, "program"),
        counted(reused, "program")
    ));
    let groups = counted(sampler.parts.groups as u64, "group");
    watch.event(Event::Note {
        stage: None,
        text: &format!("split by {}, {groups}", sampler.parts.by.name()),
    });
    Ok(StageReport {
        stage: Stage::Sample,
        done,
        reused,
        failed: 0,
        seconds: started.elapsed().as_secs_f64(),
        interrupted: watch.stop(),
    })
}

/// Numbers of programs that were sampled and that were not, and of the samples.
#[derive(Default)]
struct Counts {
    done: u64,
    reused: u64,
    samples: usize,
}

/// The samples of each program of a batch.
type Rows = Vec<(Key, ProgramId, Vec<SampleRow>, Vec<Dropped>)>;

/// Samples programs by batches. This thread reads the batch after next and writes the one before while the pool's
/// threads make samples of those between, since reading and writing take as long as these.
fn sample_all(
    store: &mut Store,
    sampler: &Sampler,
    programs: &[ProgramId],
    pool: &rayon::ThreadPool,
    progress: &Progress<'_>,
    watch: &dyn Watch,
) -> Result<Counts, Error> {
    let mut counts = Counts::default();
    pool.in_place_scope(|scope| {
        let mut waiting: VecDeque<(usize, Receiver<Rows>)> = VecDeque::new();
        let mut batches = programs.chunks(BATCH);
        loop {
            let batch = match watch.stop() {
                true => None,
                false => batches.next(),
            };
            if let Some(batch) = batch {
                let inputs = sampler.pending(store, batch)?;
                let (sender, receiver) = channel();
                scope.spawn(move |_| {
                    let rows = inputs.par_iter().map(|input| sampler.sample(input));
                    // Nobody waits where writing has failed.
                    drop(sender.send(rows.collect()));
                });
                waiting.push_back((batch.len(), receiver));
            }
            if batch.is_some() && waiting.len() < AHEAD {
                continue;
            }
            let Some((programs, receiver)) = waiting.pop_front() else {
                return Ok(counts);
            };
            let Ok(rows) = receiver.recv() else {
                // Only where sampling panics, which the end of the scope passes on.
                return Ok(counts);
            };
            counts.done += rows.len() as u64;
            counts.reused += (programs - rows.len()) as u64;
            counts.samples += rows.iter().map(|(_, _, rows, _)| rows.len()).sum::<usize>();
            store.put_samples(&rows)?;
            for (_, program, rows, dropped) in &rows {
                progress.detail(|| {
                    format!(
                        "program {program}: {}, {} left out",
                        counted(rows.len() as u64, "sample"),
                        dropped.len()
                    )
                });
            }
            progress.advance(programs as u64);
        }
    })
}

/// One program with everything that its samples are made from.
struct Input {
    key: Key,
    program: Program,
    unit: Unit,
    file: File,
    inlined: Vec<String>,
    runs: Vec<(Call, Run)>,
    place: Place,
}

struct Sampler {
    settings: Settings,
    fingerprint: String,
    parts: Parts,
    sources: HashMap<SourceId, Source>,
}

impl Sampler {
    fn new(store: &mut Store, chosen: &SampleSettings, watch: &dyn Watch) -> Result<Self, Error> {
        let split = split::settings(store)?;
        let seed = match (chosen.seed, store.meta("seed")?) {
            (Some(seed), _) => seed,
            (None, Some(text)) => text.parse()?,
            (None, None) => 0,
        };
        store.set_meta("seed", &seed.to_string())?;
        let same_results = same_results(store, chosen.same_results)?;
        let settings = Settings {
            seed,
            same_results,
            ..Settings::default()
        };
        Ok(Self {
            fingerprint: serde_json::to_string(&(tracestone_sample::VERSION, &settings))?,
            settings,
            parts: Parts::decide(store, &split, seed, chosen.jobs, watch)?,
            sources: store
                .sources()?
                .into_iter()
                .map(|source| (source.id, source))
                .collect(),
        })
    }

    /// Loads the programs of a batch that are not done yet.
    fn pending(&self, store: &Store, batch: &[ProgramId]) -> Result<Vec<Input>, Error> {
        let mut inputs = Vec::new();
        for id in batch {
            let runs = store.run_ids_of(*id)?;
            let program = store.program(*id)?;
            // Missing only where Ctrl-C ended the reading of programs early.
            let Some(place) = self.parts.of(*id) else {
                continue;
            };
            let annotations = self.parts.annotations.fingerprint(&program);
            let mut parts: Vec<&[u8]> = vec![
                self.fingerprint.as_bytes(),
                id.as_bytes(),
                program.file.as_bytes(),
                place.group.as_bytes(),
                place.part.name().as_bytes(),
                annotations.as_bytes(),
            ];
            parts.extend(runs.iter().map(|run| run.as_bytes().as_slice()));
            let key = Key::of(Stage::Sample, &parts);
            if !store.is_done(Stage::Sample, &key)? {
                inputs.push(load(store, key, program, place.clone())?);
            }
        }
        Ok(inputs)
    }

    fn sample(&self, input: &Input) -> (Key, ProgramId, Vec<SampleRow>, Vec<Dropped>) {
        let context = Context {
            program: &input.program,
            unit: &input.unit,
            provenance: self.provenance(input),
            group: &input.place.group,
            split: input.place.part,
            file: input.file.id,
            annotations: &self.parts.annotations,
        };
        let sampled = tracestone_sample::samples(&context, &input.runs, &self.settings);
        (input.key, input.program.id, sampled.rows, sampled.dropped)
    }

    fn provenance(&self, input: &Input) -> Provenance {
        let Input { file, unit, .. } = input;
        let source = self.sources.get(&file.source);
        let origin = source.map_or(String::new(), |source| source.origin.clone());
        let commit = source.and_then(|source| source.commit.clone());
        let lines = [unit.lines.first, unit.lines.last];
        Provenance {
            swhid: tracestone_crawl::content_swhid(
                &file.blob,
                &origin,
                commit.as_deref(),
                &file.path,
                unit.lines,
            ),
            origin,
            commit,
            commit_date: source.and_then(|source| source.commit_date.clone()),
            path: file.path.clone(),
            lines,
            license: file
                .license
                .expression
                .clone()
                .unwrap_or_else(|| "NOASSERTION".to_owned()),
            permissive: file.license.permissive,
            license_evidence: file.license.evidence.clone(),
            inlined: input.inlined.clone(),
        }
    }
}

/// Treatment of several calls with the same result: the given one, or the store's.
fn same_results(store: &mut Store, asked: Option<SameResults>) -> Result<SameResults, Error> {
    let known = store.meta("answers")?;
    let chosen = match (asked, known.as_deref()) {
        (Some(asked), _) => asked,
        (None, Some("one")) => SameResults::One,
        (None, _) => SameResults::default(),
    };
    let word = match chosen {
        SameResults::All => "all",
        SameResults::One => "one",
    };
    store.set_meta("answers", word)?;
    Ok(chosen)
}

fn load(store: &Store, key: Key, program: Program, place: Place) -> Result<Input, Error> {
    let path_of = |id: &FileId| store.file(*id).map(|file| file.path);
    let calls = store.calls_of(program.id)?;
    let mut runs: HashMap<_, _> = store
        .runs_of(program.id)?
        .into_iter()
        .map(|run| (run.call, run))
        .collect();
    Ok(Input {
        key,
        unit: store.unit(program.unit)?,
        file: store.file(program.file)?,
        inlined: program
            .inlined
            .iter()
            .map(path_of)
            .collect::<Result<_, _>>()?,
        runs: calls
            .into_iter()
            .filter_map(|call| runs.remove(&call.id).map(|run| (call, run)))
            .collect(),
        program,
        place,
    })
}

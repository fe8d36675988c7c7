//! Marks on programs and samples that should not be in everybody's training data.

mod behaviour;
mod inputs;
mod limits;
mod private;
mod variations;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use tracestone_curate::{Against, Benchmark, Hit, Likeness, duplicates};
use tracestone_extract::Normalizer;
use tracestone_record::watch::{Progress, Watch};
use tracestone_record::words::{counted, number};
use tracestone_record::{CallId, Mark, Marked, ProgramId, Rule, Run, Stage};
use tracestone_store::{Key, SampledProgram, Store};

use crate::clusters::Clustered;
use crate::{Error, LazyEngine, StageReport};

/// Programs looked at between two reports of progress.
const BATCH: usize = 256;

/// The name under which a store remembers [`Kept`].
const KEPT: &str = "curate";

/// The settings of `curate`.
#[derive(Debug, Clone, Default)]
pub struct CurateSettings {
    /// Programs that are looked at at the same time.
    pub jobs: usize,
    /// Files of benchmarks; the store keeps them, and later work compares with them too.
    pub against: Vec<PathBuf>,
    /// Field of these files that holds the code.
    pub field: Option<String>,
    /// True to forget the benchmarks that the store keeps.
    pub forget_benchmarks: bool,
    /// True to also look for programs that do what a benchmark's function does, by running them; `None` for what
    /// the store remembers.
    pub same_behaviour: Option<bool>,
    /// Samples of one program at most; `None` for what the store remembers, 0 for any number.
    pub per_program: Option<u32>,
    /// Samples of one cluster at most; likewise.
    pub per_cluster: Option<u32>,
}

/// Settings that a store remembers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Kept {
    #[serde(default)]
    same_behaviour: bool,
    per_program: Option<u32>,
    per_cluster: Option<u32>,
}

/// Report of `curate`.
#[derive(Debug, Clone)]
pub struct Curated {
    /// Report of the stage.
    pub stage: StageReport,
    /// Parts of benchmarks in programs, by program.
    pub hits: Vec<(ProgramId, Hit)>,
}

/// A part of a benchmark in a program, with the program's place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlacedHit {
    /// The program that holds it.
    pub program: ProgramId,
    /// Address or path of its source.
    pub origin: String,
    /// Path of its file in the source.
    pub path: String,
    /// Name of what it calls.
    pub entry: String,
    /// The part of the benchmark.
    #[serde(flatten)]
    pub hit: Hit,
}

impl Curated {
    /// The hits with the places of their programs.
    ///
    /// # Errors
    /// The store fails, or has none of the programs any more.
    pub fn placed(&self, store: &Store) -> Result<Vec<PlacedHit>, Error> {
        let place = |(id, hit): &(ProgramId, Hit)| {
            let program = store.program(*id)?;
            let file = store.file(program.file)?;
            Ok(PlacedHit {
                program: *id,
                origin: store.source(file.source)?.origin,
                path: file.path,
                entry: program.entry,
                hit: hit.clone(),
            })
        };
        self.hits.iter().map(place).collect()
    }
}

/// Marks the current programs and samples anew, unless nothing changed since the last time.
///
/// # Errors
/// A benchmark cannot be read, the store fails, no threads can be started, or programs are to be run and the engine
/// does not start.
pub fn curate(
    store: &mut Store,
    settings: &CurateSettings,
    engine: &LazyEngine<'_>,
    watch: &dyn Watch,
) -> Result<Curated, Error> {
    let started = Instant::now();
    let benchmarks = benchmarks(store, settings)?;
    let kept = kept(store, settings)?;
    let programs = store.sampled_programs()?;
    let key = key(&programs, &benchmarks, &kept)?;
    let mut report = StageReport {
        stage: Stage::Curate,
        done: 0,
        reused: programs.len() as u64,
        failed: 0,
        seconds: 0.0,
        interrupted: false,
    };
    if store.is_done(Stage::Curate, &key)? {
        report.seconds = started.elapsed().as_secs_f64();
        return Ok(Curated {
            stage: report,
            hits: Vec::new(),
        });
    }
    let searched = behaviours(store, &programs, &benchmarks, kept, engine, watch)?;
    let progress = Progress::start(watch, "curate", "programs", programs.len() as u64);
    let clustered = Clustered::read(store, settings.jobs, watch)?;
    let mut work = Work {
        store,
        programs: &programs,
        clustered: &clustered,
        marks: Vec::new(),
        hits: Vec::new(),
        made: private::Made::new(),
    };
    work.texts(&benchmarks, settings.jobs, &progress, watch)?;
    if !watch.stop() {
        work.hits(searched);
        work.calls()?;
        work.duplicates();
        work.limits(kept)?;
    }
    let (mut marks, hits) = (work.marks, work.hits);
    marks.sort();
    marks.dedup();
    report.interrupted = watch.stop();
    if !report.interrupted {
        store.put_clusters(&clustered.pairs().collect::<Vec<_>>())?;
        store.put_marks(&key, &marks)?;
        (report.done, report.reused) = (report.reused, 0);
    }
    let marked: HashSet<Marked> = marks.iter().map(|mark| mark.subject).collect();
    progress.finish(&format!(
        "{} on programs and samples, {} of them marked",
        counted(marks.len() as u64, "mark"),
        number(marked.len() as u64)
    ));
    report.seconds = started.elapsed().as_secs_f64();
    Ok(Curated {
        stage: report,
        hits,
    })
}

/// The benchmarks that the settings name, which the store keeps from now on, and those that it has.
fn benchmarks(store: &mut Store, settings: &CurateSettings) -> Result<Vec<Benchmark>, Error> {
    let mut read = Vec::new();
    for path in &settings.against {
        let text = tracestone_files::read_text(path)?;
        let name = path.file_name().unwrap_or(path.as_os_str());
        let benchmark = Benchmark::parse(&name.to_string_lossy(), &text, settings.field.as_deref())
            .map_err(|error| Error::Benchmark {
                path: path.clone(),
                error,
            })?;
        read.push(benchmark);
    }
    if settings.forget_benchmarks {
        store.remove_benchmarks()?;
    }
    for benchmark in &read {
        store.put_benchmark(&benchmark.name, &serde_json::to_string(benchmark)?)?;
    }
    let kept = store.benchmarks()?.into_iter();
    kept.map(|(_, text)| Ok(serde_json::from_str(&text)?))
        .collect()
}

fn kept(store: &mut Store, settings: &CurateSettings) -> Result<Kept, Error> {
    let known: Kept = match store.meta(KEPT)? {
        Some(text) => serde_json::from_str(&text)?,
        None => Kept::default(),
    };
    let chosen = |asked: Option<u32>, known: Option<u32>| match asked {
        Some(0) => None,
        Some(most) => Some(most),
        None => known,
    };
    let kept = Kept {
        same_behaviour: settings.same_behaviour.unwrap_or(known.same_behaviour),
        per_program: chosen(settings.per_program, known.per_program),
        per_cluster: chosen(settings.per_cluster, known.per_cluster),
    };
    if kept != known {
        store.set_meta(KEPT, &serde_json::to_string(&kept)?)?;
    }
    Ok(kept)
}

/// Hits of programs that do what functions of benchmarks do: of those that are run now, and of those that were.
fn behaviours(
    store: &mut Store,
    programs: &[SampledProgram],
    benchmarks: &[Benchmark],
    kept: Kept,
    engine: &LazyEngine<'_>,
    watch: &dyn Watch,
) -> Result<Vec<(ProgramId, Hit)>, Error> {
    if !kept.same_behaviour || benchmarks.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<ProgramId> = programs.iter().map(|program| program.id).collect();
    behaviour::search(store, &ids, benchmarks, engine, watch)
}

/// The key of the work: everything that marks depend on.
fn key(programs: &[SampledProgram], benchmarks: &[Benchmark], kept: &Kept) -> Result<Key, Error> {
    let mut hasher = blake3::Hasher::new();
    for program in programs {
        hasher.update(program.id.as_bytes());
        hasher.update(program.file.as_bytes());
        hasher.update(&program.position.to_le_bytes());
        hasher.update(&program.samples.to_le_bytes());
        hasher.update(&[u8::from(program.permissive)]);
    }
    let settings = serde_json::to_vec(&(tracestone_curate::VERSION, kept, benchmarks))?;
    Ok(Key::of(
        Stage::Curate,
        &[hasher.finalize().as_bytes(), &settings],
    ))
}

/// Further handles of a store, one for each thread: reading runs takes most of the time of looking at them.
struct Readers(Vec<Mutex<Store>>);

impl Readers {
    fn open(store: &Store, count: usize) -> Result<Self, Error> {
        let open = |_| Ok(Mutex::new(Store::open_read_only(store.path())?));
        (0..count.max(1))
            .map(open)
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// The text of a program, and its runs if they may make something.
    fn read(&self, program: ProgramId) -> Result<(String, Vec<Run>), Error> {
        let at = rayon::current_thread_index().unwrap_or(0) % self.0.len();
        let store = self.0[at].lock().unwrap_or_else(PoisonError::into_inner);
        let read = store.program(program)?;
        // What a package's other modules are made of is not in the text.
        let mut makes = read.package.is_some() || private::may_make(&read.text);
        if !makes {
            let calls = store.calls_of(program)?;
            makes = calls
                .iter()
                .any(|call| call.call.contains('@') || call.setup.contains('@'));
        }
        let runs = match makes {
            true => store.runs_of(program)?,
            false => Vec::new(),
        };
        Ok((read.text, runs))
    }
}

/// A curation under way.
struct Work<'a> {
    store: &'a Store,
    programs: &'a [SampledProgram],
    clustered: &'a Clustered,
    marks: Vec<Mark>,
    hits: Vec<(ProgramId, Hit)>,
    /// Secrets and personal data that runs made.
    made: private::Made,
}

impl Work<'_> {
    /// Looks at the text of each program, for secrets, personal data and benchmarks, and at its runs, for the former.
    fn texts(
        &mut self,
        benchmarks: &[Benchmark],
        jobs: usize,
        progress: &Progress<'_>,
        watch: &dyn Watch,
    ) -> Result<(), Error> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(jobs).build()?;
        let against = Against::new(benchmarks, |text| Normalizer::default().forms(text));
        let readers = Readers::open(self.store, pool.current_num_threads())?;
        let look = |normalizer: &mut Normalizer, program: &SampledProgram| {
            let (text, runs) = readers.read(program.id)?;
            let hits = match against.is_empty() {
                true => Vec::new(),
                false => against.check(&text, &normalizer.forms(&text)),
            };
            let made = private::made(&runs);
            Ok((program.id, private::findings(&text), made, hits))
        };
        for batch in self.programs.chunks(BATCH) {
            if watch.stop() {
                break;
            }
            let found = pool.install(|| {
                let looked = batch.par_iter().map_init(Normalizer::default, look);
                looked.collect::<Result<Vec<_>, Error>>()
            })?;
            for (id, findings, made, hits) in found {
                self.made(id, made)?;
                let subject = Marked::Program(id);
                self.marks
                    .extend(findings.into_iter().map(|(rule, evidence)| Mark {
                        subject,
                        rule,
                        evidence,
                    }));
                self.hits(hits.into_iter().map(|hit| (id, hit)).collect());
            }
            progress.advance(batch.len() as u64);
        }
        Ok(())
    }

    /// Keeps what runs of a program made.
    fn made(
        &mut self,
        program: ProgramId,
        made: Vec<(CallId, Vec<(Rule, String)>)>,
    ) -> Result<(), Error> {
        for (call, found) in made {
            let call = self.store.call(call)?;
            let of_program = self.made.entry(program).or_default();
            of_program.push(((call.setup, call.call), found));
        }
        Ok(())
    }

    /// Marks programs for what they have of benchmarks.
    fn hits(&mut self, hits: Vec<(ProgramId, Hit)>) {
        let marks = hits.iter().map(|(program, hit)| Mark {
            subject: Marked::Program(*program),
            rule: hit.rule,
            evidence: format!("{} {}: {}", hit.benchmark, hit.task, hit.evidence),
        });
        self.marks.extend(marks);
        self.hits.extend(hits);
    }

    /// Looks at the calls of samples for secrets and personal data, and marks samples of runs that made such.
    fn calls(&mut self) -> Result<(), Error> {
        let marked = private::of_calls(self.store, &self.marks, &self.made)?;
        self.marks.extend(marked);
        Ok(())
    }

    /// The programs that are marked so far.
    fn marked(&self) -> HashSet<ProgramId> {
        let programs = self.marks.iter().filter_map(|mark| match mark.subject {
            Marked::Program(id) => Some(id),
            Marked::Sample(_) => None,
        });
        programs.collect()
    }

    /// Marks all but one of the programs that are nearly the same. Kept first is what has no other mark, then
    /// what is permissive, then what has most samples, then what comes first in the corpus.
    fn duplicates(&mut self) {
        let marked = self.marked();
        let places: HashMap<ProgramId, u32> = self.clustered.ids.iter().copied().zip(0..).collect();
        let mut members: BTreeMap<u32, Vec<(u32, &SampledProgram)>> = BTreeMap::new();
        for program in self.programs {
            if let Some(place) = places.get(&program.id) {
                let root = self.clustered.roots[*place as usize];
                members.entry(root).or_default().push((*place, program));
            }
        }
        for cluster in members.values_mut().filter(|members| members.len() > 1) {
            cluster.sort_by(|(_, one), (_, other)| {
                let rank = |program: &SampledProgram| {
                    (
                        marked.contains(&program.id),
                        !program.permissive,
                        u64::MAX - program.samples,
                        program.position,
                    )
                };
                let by_rank = rank(one).cmp(&rank(other));
                by_rank.then_with(|| (&one.path, one.id).cmp(&(&other.path, other.id)))
            });
            let order: Vec<u32> = cluster.iter().map(|(place, _)| *place).collect();
            for duplicate in duplicates(&self.clustered.prints, &order) {
                let of = self.clustered.ids[duplicate.of as usize];
                let (rule, evidence) = match duplicate.likeness {
                    Likeness::Tree => (Rule::SameTree, format!("the tree of program {of}")),
                    Likeness::Tokens(share) => (
                        Rule::NearDuplicate,
                        format!(
                            "{:.0} % of the token sequences are those of program {of}",
                            share * 100.0
                        ),
                    ),
                };
                self.marks.push(Mark {
                    subject: Marked::Program(self.clustered.ids[duplicate.program as usize]),
                    rule,
                    evidence,
                });
            }
        }
    }

    fn limits(&mut self, kept: Kept) -> Result<(), Error> {
        if kept.per_program.is_none() && kept.per_cluster.is_none() {
            return Ok(());
        }
        let clusters: HashMap<ProgramId, ProgramId> = self.clustered.pairs().collect();
        let limits = limits::Limits {
            per_program: kept.per_program,
            per_cluster: kept.per_cluster,
        };
        let marked = limits::over(self.store, &limits, &self.marked(), &self.marks, &clusters)?;
        self.marks.extend(marked);
        Ok(())
    }
}

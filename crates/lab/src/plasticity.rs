//! Studies of plasticity: learners on streams, in parallel, saved and resumed, with a page.

mod language;
mod page;
mod plot;
mod presets;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use rayon::prelude::*;
use serde::Serialize;
use tracestone_files as files;
use tracestone_plasticity::{
    Job, Learner, Pictures, Report, SeedRecord, Settings, pictures_from_idx, report,
};
use tracestone_record::watch::{Progress, Watch};
use tracestone_record::words::counted;

use crate::error::Error;

pub use language::{
    Language, LanguageRecord, LanguageReport, LanguageSettings, ProbePoint, Probed, language,
};
pub(crate) use language::{shown, verdict};
pub use presets::{Stream, demo_studies, preset};

/// Version of what a saved state holds; a new one makes old states unknown.
const VERSION: u32 = 1;

/// One stream and the learners to run on it.
#[derive(Debug, Clone)]
pub struct PlasticityStudy {
    /// Name of the stream, for people.
    pub name: String,
    /// The settings that all learners share.
    pub settings: Settings,
    /// The learners; others are compared with the first.
    pub learners: Vec<Learner>,
    /// Pictures and labels of a stream of digits, as idx files; built-in ones if there are none.
    pub pictures: Option<(PathBuf, PathBuf)>,
}

/// The settings of a run of studies.
#[derive(Debug, Clone)]
pub struct PlasticitySettings {
    /// The folder for states and report.
    pub out: PathBuf,
    /// Number of threads; never changes a result.
    pub threads: usize,
    /// Title of the page.
    pub title: String,
}

/// The numbers of some studies.
#[derive(Debug, Clone, Serialize)]
pub struct PlasticityReport {
    /// Each study with its name.
    pub studies: Vec<NamedReport>,
    /// Wall-clock seconds of this call.
    pub seconds: f64,
    /// Steps that this call computed, over all seeds and learners.
    pub steps_in_this_call: u64,
}

/// The numbers of one study.
#[derive(Debug, Clone, Serialize)]
pub struct NamedReport {
    /// Name of the stream, for people.
    pub name: String,
    /// The study's settings, curves and verdicts.
    #[serde(flatten)]
    pub report: Report,
}

/// The outcome of a run of studies.
#[derive(Debug, Clone)]
pub enum Plasticity {
    /// The watch asked to stop; the same call goes on from there.
    Stopped,
    /// The report, which is in the folder as `plasticity.json` and `plasticity.html`.
    Done(Box<PlasticityReport>),
}

/// A study with its pictures read.
struct Ready<'s> {
    study: &'s PlasticityStudy,
    pictures: Option<Arc<Pictures>>,
    /// A hash of everything but the learner that decides the numbers.
    base: blake3::Hasher,
}

/// A job: indices of study, learner and block.
#[derive(Clone, Copy)]
struct Place {
    study: usize,
    learner: usize,
    block: u64,
}

/// Number of parameters and the records of a finished job; none if the watch asked to stop.
type Outcome = Option<(usize, Vec<SeedRecord>)>;

/// Runs studies, or goes on with what the folder has of them.
///
/// # Errors
/// Settings do not fit, pictures cannot be read, or the folder cannot be written.
pub fn plasticity(
    studies: &[PlasticityStudy],
    settings: &PlasticitySettings,
    watch: &dyn Watch,
) -> Result<Plasticity, Error> {
    let started = Instant::now();
    let ready: Vec<Ready<'_>> = studies.iter().map(prepare).collect::<Result<_, _>>()?;
    let states = settings.out.join("states");
    files::create_folder(&states)?;
    let places = places(studies);
    let total: u64 = studies
        .iter()
        .map(|study| study.settings.steps * study.settings.seeds * study.learners.len() as u64)
        .sum();
    let progress = Progress::start(watch, "plasticity", "steps", total);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(settings.threads)
        .build()?;
    let computed = std::sync::atomic::AtomicU64::new(0);
    let outcomes: Vec<Outcome> = pool.install(|| {
        places
            .par_iter()
            .with_max_len(1)
            .map(|place| run(&ready[place.study], *place, &states, &progress, &computed))
            .collect::<Result<_, Error>>()
    })?;
    if outcomes.iter().any(Option::is_none) {
        return Ok(Plasticity::Stopped);
    }
    let steps = computed.into_inner();
    let report = PlasticityReport {
        studies: gather(studies, &places, outcomes),
        seconds: started.elapsed().as_secs_f64(),
        steps_in_this_call: steps,
    };
    let learners: usize = studies.iter().map(|study| study.learners.len()).sum();
    progress.finish(&format!(
        "{} on {}",
        counted(learners as u64, "learner"),
        counted(studies.len() as u64, "stream")
    ));
    drop(progress);
    // Through a value, for keys in alphabetical order; seconds are not part of it, so that the file is the same
    // in each run.
    let json = serde_json::to_string_pretty(&serde_json::to_value(&report.studies)?)?;
    files::replace(settings.out.join("plasticity.json"), json + "\n")?;
    files::replace(
        settings.out.join("plasticity.html"),
        page::page(&settings.title, &report)?,
    )?;
    Ok(Plasticity::Done(Box::new(report)))
}

/// Checks a study and reads its pictures.
fn prepare(study: &PlasticityStudy) -> Result<Ready<'_>, Error> {
    study.settings.check()?;
    let mut base = blake3::Hasher::new();
    base.update(&VERSION.to_le_bytes());
    base.update(serde_json::to_string(&study.settings)?.as_bytes());
    let mut pictures = None;
    if let Some((images, labels)) = &study.pictures {
        let bytes = [files::read(images)?, files::read(labels)?];
        let read = pictures_from_idx(&bytes[0], &bytes[1]).map_err(|error| Error::Pictures {
            images: images.clone(),
            labels: labels.clone(),
            error,
        })?;
        for bytes in &bytes {
            base.update(blake3::hash(bytes).as_bytes());
        }
        pictures = Some(Arc::new(read));
    }
    Ok(Ready {
        study,
        pictures,
        base,
    })
}

/// All jobs, the long ones of the first learners first.
fn places(studies: &[PlasticityStudy]) -> Vec<Place> {
    let mut all = Vec::new();
    for (study, own) in studies.iter().enumerate() {
        for learner in 0..own.learners.len() {
            let blocks = 0..own.settings.blocks();
            all.extend(blocks.map(|block| Place {
                study,
                learner,
                block,
            }));
        }
    }
    all
}

/// Runs one job to its end, or until the watch asks to stop; its state is in a file after every twentieth of its
/// steps.
fn run(
    ready: &Ready<'_>,
    place: Place,
    states: &Path,
    progress: &Progress<'_>,
    computed: &std::sync::atomic::AtomicU64,
) -> Result<Outcome, Error> {
    let settings = &ready.study.settings;
    let learner = &ready.study.learners[place.learner];
    let mut name = ready.base.clone();
    name.update(serde_json::to_string(learner)?.as_bytes());
    name.update(&place.block.to_le_bytes());
    let file = states.join(format!("{}.state", &name.finalize().to_hex()[..24]));
    let new = || Job::new(settings, learner, place.block, ready.pictures.as_ref());
    let mut job = new();
    if let Ok(saved) = files::read(&file)
        && job.load(saved).is_err()
    {
        // A damaged file: the job begins again.
        job = new();
    }
    let seeds = job.records().len() as u64;
    progress.advance(job.step() * seeds);
    let every = (settings.steps / settings.bin / 20).max(1);
    let mut saved = true;
    while !job.is_done() {
        if progress.stop() {
            if !saved {
                files::replace(&file, job.save())?;
            }
            return Ok(None);
        }
        job.advance();
        let steps = settings.bin * seeds;
        computed.fetch_add(steps, std::sync::atomic::Ordering::Relaxed);
        progress.advance(steps);
        saved = job.is_done() || (job.step() / settings.bin).is_multiple_of(every);
        if saved {
            files::replace(&file, job.save())?;
        }
    }
    Ok(Some((job.parameters(), job.records())))
}

fn gather(
    studies: &[PlasticityStudy],
    places: &[Place],
    outcomes: Vec<Outcome>,
) -> Vec<NamedReport> {
    let mut outcomes = places.iter().zip(outcomes.into_iter().flatten()).peekable();
    let mut reports = Vec::new();
    for (at, study) in studies.iter().enumerate() {
        let mut all = Vec::new();
        for (number, learner) in study.learners.iter().enumerate() {
            let (mut size, mut records) = (0, Vec::new());
            while let Some((_, (parameters, own))) =
                outcomes.next_if(|(place, _)| place.study == at && place.learner == number)
            {
                size = parameters;
                records.extend(own);
            }
            all.push((learner.clone(), size, records));
        }
        let pictures = study.pictures.as_ref();
        let pictures = pictures.map(|(images, _)| images.display().to_string());
        reports.push(NamedReport {
            name: study.name.clone(),
            report: report(&study.settings, pictures, &all),
        });
    }
    reports
}

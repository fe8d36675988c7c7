//! A task by its name or file, and its items from an export, a store or a benchmark's file.
//!
//! This crate knows no store: callers with a store implement [`Samples`].

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use tracestone_prompts::{Choice, STANDARD, UnknownStyle, Unrendered};
use tracestone_record::{Sample, SampleKind, Split};

use crate::claims;
use crate::item::{self, Item, ItemError, Side};
use crate::own::{self, OwnError, Row};
use crate::task::{Source, Task, TaskError};
use crate::texts;
use crate::track::{Disk, Files, TrackError, Tracks};

/// Error of an implementation of [`Samples`].
pub type SamplesError = Box<dyn std::error::Error + Send + Sync>;

/// Samples of a store or of an export.
pub trait Samples {
    /// Visits the samples that a filter takes.
    ///
    /// # Errors
    /// They cannot be read.
    fn each(
        &self,
        filter: &SampleFilter,
        visit: &mut dyn FnMut(Sample),
    ) -> Result<(), SamplesError>;

    /// The rows of a Parquet file.
    ///
    /// # Errors
    /// It cannot be read.
    fn rows(&self, path: &Path) -> Result<Vec<Row>, SamplesError> {
        let _ = path;
        Err("Parquet files cannot be read here".into())
    }
}

/// Selection of samples.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SampleFilter {
    /// Only these kinds; all if empty.
    pub kinds: Vec<SampleKind>,
    /// Only these parts of the split; all if empty.
    pub splits: Vec<Split>,
    /// Only those under permissive licences.
    pub permissive: bool,
}

impl SampleFilter {
    /// True if the filter accepts the sample.
    #[must_use]
    pub fn takes(&self, sample: &Sample) -> bool {
        (self.kinds.is_empty() || self.kinds.contains(&sample.kind))
            && (self.splits.is_empty() || self.splits.contains(&sample.split))
            && (!self.permissive || sample.provenance.permissive)
    }
}

/// Selection of items.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// The file of an outside benchmark.
    pub data: Option<PathBuf>,
    /// Of samples, only those of these parts of the split.
    pub splits: Vec<Split>,
    /// Of samples, only those under permissive licences.
    pub permissive: bool,
    /// Items by number.
    pub range: Option<Range>,
    /// Only these items; all if empty.
    pub ids: Vec<String>,
    /// Only items published after this day, written as `YYYY-MM-DD`.
    pub after: Option<String>,
}

/// Items by number, counted from 1, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// Number of the first item.
    pub from: usize,
    /// Number of the last item.
    pub to: usize,
}

/// Error of finding a task or its items.
#[derive(Debug, thiserror::Error)]
pub enum GatherError {
    /// A file cannot be read.
    #[error("{}: {source}", path.display())]
    Read {
        /// Path of the file.
        path: PathBuf,
        /// The operating system's error.
        source: io::Error,
    },
    /// No task has that name.
    #[error("there is no task `{name}`")]
    UnknownTask {
        /// The given name or path.
        name: String,
        /// The tasks of the binary.
        known: Vec<String>,
    },
    /// A task's file is not valid.
    #[error("{}: {source}", path.display())]
    TaskFile {
        /// Path of the file.
        path: PathBuf,
        /// Error in the file.
        source: Box<TaskError>,
    },
    /// The task is not valid, or not with these parameters.
    #[error(transparent)]
    Task(#[from] TaskError),
    /// The samples cannot be read.
    #[error(transparent)]
    Samples(SamplesError),
    /// The user's own rows are no items.
    #[error(transparent)]
    Own(#[from] OwnError),
    /// No track has that name.
    #[error(
        "the task {task} names the track `{track}`, which this program does not have; it has: {known}"
    )]
    UnknownTrack {
        /// Name of the task.
        task: String,
        /// The given name.
        track: String,
        /// The known names.
        known: String,
    },
    /// The track cannot make the items.
    #[error("the task {task}: {source}")]
    Track {
        /// Name of the task.
        task: String,
        /// Error of the track.
        source: TrackError,
    },
    /// The task reads a benchmark's file, and none was named.
    #[error("the task {0} needs its benchmark's file")]
    NoFile(String),
    /// A row of a benchmark's file is not valid.
    #[error("{}, {source}", path.display())]
    Row {
        /// Name of the task.
        task: String,
        /// Path of the file.
        path: PathBuf,
        /// Error in the file's content.
        source: ItemError,
    },
    /// No prompt style has that name.
    #[error("the task {task}: {source}")]
    Style {
        /// Name of the task.
        task: String,
        /// The unknown name.
        source: UnknownStyle,
    },
    /// A sample's prompt cannot be written in another style.
    #[error(
        "the task {task}: the prompt of the sample {sample} stays as it is ({why}); leave `prompt` out"
    )]
    Prompt {
        /// Name of the task.
        task: String,
        /// Identifier of the sample.
        sample: String,
        /// Reason that the style gives no prompt.
        why: Unrendered,
    },
    /// No items are left.
    #[error("the task {task} has no items here")]
    Nothing {
        /// Name of the task.
        task: String,
        /// The available items.
        left: Left,
    },
}

/// Items that exist where a task has none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Left {
    /// Number of items before the selection by numbers, ids and days.
    Filtered(usize),
    /// Nothing in the benchmark's file.
    EmptyFile,
    /// Samples that do not fit.
    Samples {
        /// Samples of the task's kinds, by part of the split.
        parts: BTreeMap<Split, u64>,
        /// Number of samples in the selected parts without a permissive licence.
        refused: u64,
    },
}

/// The task with a name or in a file, with parameters set.
///
/// # Errors
/// There is no such task, or it has no such parameters.
pub fn task(
    name: &str,
    parameters: &[(String, String)],
    system: Option<&str>,
    samples: &dyn Samples,
    tracks: Tracks,
) -> Result<Task, GatherError> {
    let mut task = if Path::new(name).extension().is_some_and(|end| end == "toml") {
        let path = Path::new(name);
        let text = read(path)?;
        let folder = path.parent().unwrap_or(Path::new("."));
        let mut task = Task::parse(&text, tracks, |template| {
            // Beside the task, or in a folder of templates beside it.
            let beside = folder.join(template);
            let file = match beside.exists() {
                true => beside,
                false => folder.join("templates").join(template),
            };
            tracestone_files::read_text(&file).map_err(|error| error.to_string())
        })
        .map_err(|source| GatherError::TaskFile {
            path: path.to_owned(),
            source: Box::new(source),
        })?;
        task.set_folder(folder);
        task
    } else {
        Task::embedded(name, tracks).ok_or_else(|| GatherError::UnknownTask {
            name: name.to_owned(),
            known: Task::known(tracks)
                .into_iter()
                .map(|(name, _)| name)
                .collect(),
        })??
    };
    task.set_parameters(parameters)?;
    if let Some(message) = system {
        task.set_system(message.to_owned());
    }
    let shots = own::shots(&task, samples)?;
    task.set_shots(&shots)?;
    Ok(task)
}

fn read(path: &Path) -> Result<String, GatherError> {
    let text = texts::bytes(path).and_then(texts::strict);
    text.map_err(|source| GatherError::Read {
        path: path.to_owned(),
        source,
    })
}

/// The selected items of a task.
///
/// # Errors
/// They cannot be read, or there are none.
pub fn items(
    task: &Task,
    wanted: &Wanted,
    samples: &dyn Samples,
) -> Result<Vec<Item>, GatherError> {
    let mut items = if task.items().source.is_store() {
        of_samples(task, wanted, samples)?
    } else if task.items().source.is_own() {
        own::items(task, wanted.data.as_deref(), samples)?
    } else if task.items().source == Source::Track {
        of_track(task, wanted)?
    } else {
        of_benchmark(task, wanted)?
    };
    let all = items.len();
    if let Some(day) = &wanted.after {
        items.retain(|item| item.date.as_deref().is_some_and(|date| date > day.as_str()));
    }
    if !wanted.ids.is_empty() {
        items.retain(|item| wanted.ids.contains(&item.id));
    }
    if let Some(range) = wanted.range {
        let skipped = range.from.saturating_sub(1);
        let kept = range.to.saturating_sub(skipped);
        items = items.into_iter().skip(skipped).take(kept).collect();
    }
    if items.is_empty() {
        return Err(GatherError::Nothing {
            task: task.name().to_owned(),
            left: left(task, wanted, samples, all)?,
        });
    }
    Ok(items)
}

fn left(
    task: &Task,
    wanted: &Wanted,
    samples: &dyn Samples,
    all: usize,
) -> Result<Left, GatherError> {
    if all > 0 {
        return Ok(Left::Filtered(all));
    }
    if !task.items().source.is_store() {
        return Ok(Left::EmptyFile);
    }
    let mut parts: BTreeMap<Split, u64> = BTreeMap::new();
    let mut refused: u64 = 0;
    let every = SampleFilter {
        kinds: task.items().kinds.clone(),
        ..SampleFilter::default()
    };
    samples
        .each(&every, &mut |sample| {
            if !wanted.permissive || sample.provenance.permissive {
                *parts.entry(sample.split).or_default() += 1;
            } else if wanted.splits.contains(&sample.split) {
                refused += 1;
            }
        })
        .map_err(GatherError::Samples)?;
    Ok(Left::Samples { parts, refused })
}

fn of_samples(
    task: &Task,
    wanted: &Wanted,
    samples: &dyn Samples,
) -> Result<Vec<Item>, GatherError> {
    let mut found: Vec<Sample> = Vec::new();
    let filter = SampleFilter {
        kinds: task.items().kinds.clone(),
        splits: wanted.splits.clone(),
        permissive: wanted.permissive,
    };
    samples
        .each(&filter, &mut |sample| found.push(sample))
        .map_err(GatherError::Samples)?;
    found.sort_by_key(|sample| sample.id);
    reword(task, &mut found)?;
    let mut items = match task.items().source {
        Source::Claims => claims::from_samples(&found),
        _ => found.iter().map(asked).collect(),
    };
    item::cluster_by_program_within_one_group(&mut items);
    Ok(items)
}

/// The item of a sample, with the end of its request in the style of its prompt.
#[must_use]
pub fn asked(sample: &Sample) -> Item {
    let mut item = item::from_sample(sample);
    let styled = sample.prompt_style.as_ref();
    if let Some(style) = styled.and(tracestone_prompts::style_of(sample)) {
        for (name, text) in [("ask_direct", style.direct()), ("ask_steps", style.steps())] {
            item.fields.insert(name.to_owned(), text.into());
        }
    }
    item
}

/// Gives samples the prompts of the style that the task's parameter `prompt` names.
fn reword(task: &Task, samples: &mut [Sample]) -> Result<(), GatherError> {
    let word = task
        .parameters()
        .get("prompt")
        .map_or(STANDARD, String::as_str);
    let choice = Choice::named(word).map_err(|source| GatherError::Style {
        task: task.name().to_owned(),
        source,
    })?;
    if choice.is_standard() {
        return Ok(());
    }
    for sample in samples {
        match choice.apply(sample) {
            // Questions about other languages have one wording.
            Ok(_) | Err(Unrendered::NotPython) => {}
            Err(why) => {
                return Err(GatherError::Prompt {
                    task: task.name().to_owned(),
                    sample: sample.id.to_string(),
                    why,
                });
            }
        }
    }
    Ok(())
}

/// The items that a task's track makes.
fn of_track(task: &Task, wanted: &Wanted) -> Result<Vec<Item>, GatherError> {
    let name = task.items().track.as_deref().unwrap_or_default();
    let track = task
        .tracks()
        .by_name(name)
        .ok_or_else(|| GatherError::UnknownTrack {
            task: task.name().to_owned(),
            track: name.to_owned(),
            known: task.tracks().names().join(", "),
        })?;
    let path = match (&wanted.data, &task.items().path) {
        (Some(data), _) => Some(data.clone()),
        (None, path) => path.as_deref().map(|path| task.path(path)),
    };
    let failed = |source| GatherError::Track {
        task: task.name().to_owned(),
        source,
    };
    let disk = path.as_deref().map(Disk::open).transpose();
    let disk = disk.map_err(failed)?;
    let files = disk.as_ref().map(|disk| disk as &dyn Files);
    track.items(&task.recipe(), files).map_err(failed)
}

fn of_benchmark(task: &Task, wanted: &Wanted) -> Result<Vec<Item>, GatherError> {
    let Some(path) = &wanted.data else {
        return Err(GatherError::NoFile(task.name().to_owned()));
    };
    let text = read(path)?;
    let items = match task.items().source {
        Source::CruxevalInput => item::from_cruxeval(&text, Side::Input),
        Source::CruxevalOutput => item::from_cruxeval(&text, Side::Output),
        _ => item::from_livecodebench(&text),
    };
    items.map_err(|source| GatherError::Row {
        task: task.name().to_owned(),
        path: path.clone(),
        source,
    })
}

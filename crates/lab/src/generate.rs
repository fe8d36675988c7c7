//! A Karel dataset: texts, their ledgers of latent states, and questions about some of the programs.

mod parts;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use tracestone_files::{self as files, Kind, Listed, Replace, Staging, StagingError};
use tracestone_karel::corpus::{Corpus, FairnessReport, LeftOut, Meaning, SCHEMA};
use tracestone_karel::fairness::Comparison;
use tracestone_karel::parts::Lengths;
use tracestone_karel::scm::scm;
use tracestone_karel::text::{Mode, Output, vocabulary};
use tracestone_karel::{Drawn, Semantics, Settings, VERSION, latents};
use tracestone_record::Split;
use tracestone_record::watch::{Event, Progress, Watch};
use tracestone_record::words::counted;

use self::parts::Written;
use crate::dataset::{CORPUS, ledger_name, texts_name};
use crate::error::{Error, Unfair};
use crate::python::CASES;
use crate::questions;

/// The settings of a dataset.
#[derive(Debug, Clone)]
pub struct GenerateSettings {
    /// The folder to write.
    pub out: PathBuf,
    /// True to replace an earlier dataset in the folder, and an earlier store of questions.
    pub overwrite: bool,
    /// The worlds and programs to draw.
    pub world: Settings,
    /// The task that a text sets.
    pub mode: Mode,
    /// The form of a final world.
    pub end: Output,
    /// Semantics whose states the ledgers contain; texts are executed under the first.
    pub meanings: Vec<Semantics>,
    /// The most steps of a run; a program with a longer one is left out.
    pub steps: u32,
    /// The number of texts of each part.
    pub counts: BTreeMap<Split, u64>,
    /// The lengths of programs that are trained on; without it, all lengths are in all parts.
    pub trained: Option<Lengths>,
    /// Further texts of test, with the other lengths.
    pub beyond: u64,
    /// The parts that get a ledger.
    pub ledgers: Vec<Split>,
    /// True to write data even if labels are not equally hard to guess under all semantics.
    pub force: bool,
    /// The store for questions, if there are to be any.
    pub questions: Option<QuestionSettings>,
    /// The number of threads, which changes no byte.
    pub threads: usize,
    /// The program that the files name as their maker.
    pub tool: String,
}

/// The settings of questions about drawn programs.
#[derive(Debug, Clone)]
pub struct QuestionSettings {
    /// The store to write.
    pub store: PathBuf,
    /// The programs of each part that are asked about.
    pub programs: usize,
}

/// A written dataset.
#[derive(Debug, Clone)]
pub struct Generated {
    /// Content of its `corpus.json`.
    pub corpus: Corpus,
    /// The number of questions in the store, where there is one.
    pub questions: Option<usize>,
}

/// A program that questions are asked about.
pub(crate) struct Kept {
    pub(crate) split: Split,
    pub(crate) id: String,
    pub(crate) drawn: Drawn,
}

/// Draws programs and worlds and writes them as texts, with their latent states. A dataset that is refused or
/// stopped leaves nothing behind.
///
/// # Errors
/// The folder or the store holds something else, labels are not equally hard to guess, there are too few
/// different texts, the watch asked to stop, or a file fails.
pub fn generate(settings: &GenerateSettings, watch: &dyn Watch) -> Result<Generated, Error> {
    check_meanings(&settings.meanings)?;
    check_lengths(settings)?;
    let staging = staging(&settings.out, settings.overwrite)?;
    let folder = staging.path();
    if let Some(questions) = &settings.questions {
        questions::check_store(&questions.store, settings.overwrite)?;
    }
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(settings.threads)
        .build()?;
    let total = settings.counts.values().sum::<u64>() + settings.beyond;
    let progress = Progress::start(watch, "karel", "texts", total);
    let written = pool.install(|| parts::write(settings, &folder, &progress))?;
    progress.finish(&counted(total, "text"));
    let comparisons = written.fairness.comparisons();
    check_fairness(
        &comparisons,
        written.fairness.programs(),
        settings.force,
        watch,
    )?;
    let corpus = describe(settings, &written, comparisons);
    files::write(folder.join(CORPUS), corpus.to_text()?)?;
    staging.publish().map_err(Error::Staging)?;
    let questions = match &settings.questions {
        Some(asked) => Some(questions::write(settings, asked, &written.kept, watch)?),
        None => None,
    };
    Ok(Generated { corpus, questions })
}

fn check_meanings(meanings: &[Semantics]) -> Result<(), Error> {
    for (index, one) in meanings.iter().enumerate() {
        if meanings[..index].iter().any(|other| other.id == one.id) {
            return Err(Error::MeaningTwice(one.id.clone()));
        }
    }
    Ok(())
}

fn check_lengths(settings: &GenerateSettings) -> Result<(), Error> {
    let (least, most) = (settings.world.length_min, settings.world.length_max);
    let Some(trained) = settings.trained else {
        return if settings.beyond > 0 {
            Err(Error::BeyondAll)
        } else {
            Ok(())
        };
    };
    let drawn = least <= trained.min && trained.min <= trained.max && trained.max <= most;
    if drawn {
        Ok(())
    } else {
        Err(Error::TrainedLengths {
            trained,
            drawn: Lengths {
                min: least,
                max: most,
            },
        })
    }
}

/// Files that a dataset of Python texts has besides.
const OTHERS: [&str; 5] = [
    CASES,
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "chat_template.jinja",
];

/// Folders of datasets.
const DATASET: Kind = Kind {
    name: ".tracestone-karel",
    manifest: CORPUS,
    files: listed,
    owns: |name| {
        Split::ALL
            .iter()
            .any(|split| files_of(*split).contains(&name.to_owned()))
            || OTHERS.contains(&name)
    },
};

/// The files that a dataset may have of a part of the split.
fn files_of(split: Split) -> [String; 2] {
    [texts_name(split), ledger_name(split)]
}

/// A description names no files: a dataset has those of its parts.
fn listed(description: &[u8]) -> Option<Vec<Listed>> {
    serde_json::from_slice::<serde_json::Value>(description).ok()?;
    let names = Split::ALL.into_iter().flat_map(files_of);
    let names = names.chain(OTHERS.map(str::to_owned));
    Some(names.map(|name| (name, None)).collect())
}

/// A folder that becomes the dataset, beside one that is neither new nor empty nor a dataset that may be replaced.
pub(crate) fn staging(out: &Path, overwrite: bool) -> Result<Staging, Error> {
    let replace = match overwrite {
        true => Replace::SameKind,
        false => Replace::Nothing,
    };
    Staging::prepare(&DATASET, out, replace).map_err(|error| match error {
        StagingError::NotAFolder { path } => Error::NotAFolder(path),
        StagingError::Occupied { path, manifest } => Error::NotEmpty {
            folder: path,
            dataset: manifest.is_some(),
        },
        error => Error::Staging(error),
    })
}

/// Refuses semantics under which labels are not equally hard to guess, or warns of them.
fn check_fairness(
    comparisons: &[Comparison],
    programs: usize,
    force: bool,
    watch: &dyn Watch,
) -> Result<(), Error> {
    let unequal = comparisons.iter().filter(|one| one.unequal);
    let unfair = Unfair {
        programs,
        comparisons: unequal.cloned().collect(),
    };
    if unfair.comparisons.is_empty() {
        return Ok(());
    }
    if force {
        let text = &unfair.to_string();
        watch.event(Event::Warning { text, cause: None });
        return Ok(());
    }
    Err(unfair.into())
}

fn describe(
    settings: &GenerateSettings,
    written: &Written,
    comparisons: Vec<Comparison>,
) -> Corpus {
    let (world, mode, end) = (&settings.world, settings.mode, settings.end);
    let variables = latents::variables(world).into_iter();
    Corpus {
        schema: SCHEMA,
        tool: settings.tool.clone(),
        generator: VERSION,
        mode,
        end,
        settings: world.clone(),
        max_steps: settings.steps,
        texts: written.texts.clone(),
        ledgers: settings.ledgers.clone(),
        ledger_rows: written.ledger_rows,
        left_out: LeftOut {
            duplicates: written.duplicates,
            out_of_steps: written.out_of_steps,
        },
        longest: written.longest,
        words_total: written.words,
        words: vocabulary(world, mode, end),
        written_under: settings
            .meanings
            .first()
            .map_or_else(String::new, |one| one.id.clone()),
        semantics: settings.meanings.iter().map(Meaning::from).collect(),
        variables: variables
            .chain([latents::ACTION])
            .map(|name| (name.to_owned(), latents::meaning(name).to_owned()))
            .collect(),
        entropies: written.fairness.entropies(),
        unseen: written.programs.unseen(settings.trained, settings.beyond),
        fairness: FairnessReport {
            programs: written.fairness.programs(),
            forced: settings.force && comparisons.iter().any(|one| one.unequal),
            comparisons,
        },
        scm: scm(world, mode, end),
    }
}

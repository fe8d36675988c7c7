//! Errors of studies.

use std::fmt;
use std::path::PathBuf;

use tracestone_files::{FileError, StagingError};
use tracestone_interp::InterpError;
use tracestone_karel::OutOfSteps;
use tracestone_karel::fairness::Comparison;
use tracestone_store::{LedgerError, StoreError};

/// The reason why a study, or a part of one, did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or folder failed.
    #[error(transparent)]
    File(#[from] FileError),
    /// A model or its data failed.
    #[error(transparent)]
    Interp(#[from] InterpError),
    /// The threads cannot be started.
    #[error(transparent)]
    Threads(#[from] rayon::ThreadPoolBuildError),
    /// A run of Karel that was over in time before is not any more.
    #[error(transparent)]
    OutOfSteps(#[from] OutOfSteps),
    /// A row of JSON cannot be written.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// The model of a directory cannot be computed.
    #[error(transparent)]
    LocalModel(InterpError),
    /// No thread can be started for a model.
    #[error(transparent)]
    Thread(std::io::Error),
    /// The page's template failed.
    #[error(transparent)]
    Page(#[from] minijinja::Error),

    /// The watch asked to stop while a dataset was drawn.
    #[error("stopped; nothing was written")]
    Stopped,
    /// Two semantics have the same name.
    #[error("the semantics `{0}` are named twice")]
    MeaningTwice(String),
    /// The place of a dataset is a file.
    #[error("{} is not a folder", .0.display())]
    NotAFolder(PathBuf),
    /// The place of a dataset holds something.
    #[error("{} is not empty", folder.display())]
    NotEmpty {
        /// Path of the folder.
        folder: PathBuf,
        /// True if it contains a dataset.
        dataset: bool,
    },
    /// The folder where a dataset grows cannot be created.
    #[error(transparent)]
    Staging(StagingError),
    /// Labels are not equally hard to guess.
    #[error(transparent)]
    Unfair(#[from] Unfair),
    /// There are fewer different texts than were asked for.
    #[error(
        "{wanted} different texts were asked for, and after {found} hardly any new one turned up"
    )]
    Exhausted {
        /// The texts asked for.
        wanted: u64,
        /// The texts found.
        found: usize,
    },
    /// The lengths for training are not among those that are drawn.
    #[error(
        "programs of {} to {} statements cannot be trained on: those drawn have {} to {}",
        trained.min, trained.max, drawn.min, drawn.max
    )]
    TrainedLengths {
        /// The lengths for training.
        trained: tracestone_karel::parts::Lengths,
        /// The lengths that are drawn.
        drawn: tracestone_karel::parts::Lengths,
    },
    /// Texts with lengths that are not trained on were asked for, and all lengths are trained on.
    #[error("there are no texts with lengths that are not trained on: all lengths are")]
    BeyondAll,
    /// The ledger of a new dataset cannot be written.
    #[error(transparent)]
    WriteLedger(LedgerError),
    /// The store of questions holds something else.
    #[error("{} holds something else than Karel", .0.display())]
    NotKarel(PathBuf),
    /// The store of questions exists.
    #[error("{} is there already", .0.display())]
    StoreExists(PathBuf),
    /// The store of questions cannot be opened for writing.
    #[error(transparent)]
    OpenStore(StoreError),
    /// The store of questions failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A content identifier cannot be computed.
    #[error(transparent)]
    Crawl(#[from] tracestone_crawl::CrawlError),

    /// A folder without a dataset.
    #[error("{error}")]
    NoDataset {
        /// Path of the folder.
        folder: PathBuf,
        /// The failure to read its `corpus.json`.
        error: FileError,
    },
    /// A `corpus.json` that cannot be understood.
    #[error("{} is not usable: {error}", path.display())]
    BadCorpus {
        /// Path of the file.
        path: PathBuf,
        /// The parser's message.
        error: serde_json::Error,
    },
    /// The tokens of a dataset are not a valid vocabulary.
    #[error("corpus.json is not usable: {0}")]
    Vocabulary(String),
    /// A text contains a token that the vocabulary does not have.
    #[error("{0}")]
    UnknownWord(String),
    /// A dataset's ledger cannot be read.
    #[error(transparent)]
    ReadLedger(LedgerError),
    /// A ledger without one of the variables.
    #[error("{} has no variable `{variable}`", ledger.display())]
    NoVariable {
        /// The ledger's file.
        ledger: PathBuf,
        /// Name of the variable.
        variable: String,
        /// The variables that there are.
        known: Vec<String>,
    },
    /// A ledger about other texts.
    #[error("{} has no states at words of these texts", .0.display())]
    NoStates(PathBuf),

    /// A model's folder cannot be read.
    #[error(transparent)]
    OpenModel(InterpError),
    /// A shape that no model can have.
    #[error("no such model can be made: {0}")]
    Shape(String),
    /// A training failed or does not go on from what its folder holds.
    #[error(transparent)]
    Train(InterpError),
    /// The model's tokenizer is not word-level.
    #[error("the model's tokenizer is not word-level")]
    NotWordLevel,
    /// Activations cannot be read.
    #[error("{error}")]
    NoActivations {
        /// The folder of the model's activations.
        folder: PathBuf,
        /// The error of reading them.
        #[source]
        error: InterpError,
    },
    /// The index of activations cannot be read.
    #[error(transparent)]
    NoIndex(InterpError),
    /// A dataset in which the hero's start cannot be exchanged.
    #[error("the dataset cannot be patched")]
    CannotPatch,
    /// A dataset of Python texts where one of Karel is needed.
    #[error("{} is a dataset of Python texts, not of Karel", .0.display())]
    NotOfKarel(PathBuf),
    /// Texts in the tokens of another model.
    #[error("the texts of {} are in tokens of another tokenizer than that of {}", data.display(), model.display())]
    OtherTokenizer {
        /// The model's folder.
        model: PathBuf,
        /// The dataset's folder.
        data: PathBuf,
    },
    /// A dataset without pairs of runs.
    #[error("the dataset has no pair of runs whose prompts have the same number of tokens")]
    NoPairs,
    /// A prompt cannot be written in another style.
    #[error(transparent)]
    Unrendered(#[from] tracestone_prompts::Unrendered),
    /// Settings of a language model on shards do not fit.
    #[error("{0}")]
    LanguageSettings(String),
    /// A line of a shard is no text, or one of a file of pairs no pair of runs.
    #[error("{}, line {line}: {why}", path.display())]
    BadLine {
        /// Path of the file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// The parser's message, or the missing part.
        why: String,
    },
    /// A text of a dataset that no world with a program reads as.
    #[error("a text of the dataset is not a world with a program")]
    NoScene,
    /// Settings of a study of plasticity do not fit together.
    #[error(transparent)]
    Plasticity(#[from] tracestone_plasticity::SettingsError),
    /// Pictures cannot be read.
    #[error("{} and {} cannot be used: {error}", images.display(), labels.display())]
    Pictures {
        /// The file of pictures.
        images: PathBuf,
        /// The file of labels.
        labels: PathBuf,
        /// The error of reading them.
        error: tracestone_plasticity::PictureError,
    },
    /// Settings of a sparse autoencoder do not fit together.
    #[error(transparent)]
    Sae(#[from] tracestone_sae::SettingsError),
    /// A folder without a dictionary.
    #[error("{} holds no sparse autoencoder: neither sae_weights.safetensors nor params.npz nor params.safetensors", .0.display())]
    NoSae(PathBuf),
    /// A dictionary that cannot be read or written.
    #[error("the sparse autoencoder {} is not usable: {error}", path.display())]
    BadSae {
        /// Path of the file or folder.
        path: PathBuf,
        /// Description of the defect.
        error: tracestone_sae::formats::FormatError,
    },
    /// Activations that do not have the wanted place in the stream, or several of which none is named.
    #[error("{}; the activations are of {}", match wanted {
        Some(wanted) => format!("there are no activations of `{wanted}`"),
        None => "a place in the stream must be named".to_owned(),
    }, sites.join(", "))]
    WhichSite {
        /// The place that was named.
        wanted: Option<String>,
        /// The places that there are.
        sites: Vec<String>,
    },
    /// Activations without rows.
    #[error("the activations in {} have no rows", .0.display())]
    NoRows(PathBuf),
    /// Activations that are not all finite numbers.
    #[error("{} holds activations that are not finite", .0.display())]
    NotFinite(PathBuf),
    /// A folder with a training of other settings or data.
    #[error("{} holds the training of another sparse autoencoder", .0.display())]
    OtherSae(PathBuf),
    /// The state of a training that is damaged.
    #[error("{} is damaged", .0.display())]
    DamagedState(PathBuf),
    /// A dictionary for rows of another length.
    #[error(
        "the sparse autoencoder is of rows of {dictionary} numbers, and the activations have {rows}"
    )]
    OtherWidth {
        /// Inputs of the dictionary.
        dictionary: usize,
        /// Numbers of a row.
        rows: usize,
    },
    /// An experiment's folder with a dataset of other settings.
    #[error("{} holds a dataset with other settings", .0.display())]
    OtherDataset(PathBuf),
}

impl From<LedgerError> for Error {
    fn from(error: LedgerError) -> Self {
        Self::WriteLedger(error)
    }
}

/// The finding that labels are not equally hard to guess under all semantics, so that a comparison between
/// them would be unfair.
#[derive(Debug, Clone)]
pub struct Unfair {
    /// The number of programs whose labels were counted.
    pub programs: usize,
    /// The comparisons whose difference chance does not explain.
    pub comparisons: Vec<Comparison>,
}

impl fmt::Display for Unfair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "labels are not equally hard to guess under all semantics, so that a comparison between them would be unfair; \
             entropies over {} programs:",
            self.programs
        )?;
        for one in &self.comparisons {
            write!(
                f,
                "\n  {} under {}: {:.3} bits, under the first semantics {:.3} (chance explains {:.3})",
                one.variable, one.semantics, one.alternative, one.original, one.tolerance
            )?;
        }
        Ok(())
    }
}

impl std::error::Error for Unfair {}

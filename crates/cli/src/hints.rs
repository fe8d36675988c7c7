//! Advice after an error at a command line. Libraries say what happened; this file says which command or
//! option helps.

mod evaluations;
#[cfg(feature = "lab")]
mod studies;

use std::error::Error;

use tracestone_crawl::{CrawlError, TemplateError};
#[cfg(feature = "lab")]
use tracestone_lab as lab;
use tracestone_pipeline as pipeline;
use tracestone_store::export::ExportError;
use tracestone_store::{ImportError, StoreError};
use tracestone_trace::StartError;

pub(crate) use evaluations::not_judged;

use crate::failure::Exit;

/// The next steps, as far as the error tells.
pub(crate) fn of(error: &anyhow::Error) -> Vec<String> {
    of_cause(error.as_ref())
}

/// The next steps, as far as an error of one of the libraries tells.
pub(crate) fn of_cause(error: &(dyn Error + 'static)) -> Vec<String> {
    let mut hints = Vec::new();
    if let Some(error) = error.downcast_ref() {
        hints.extend(after_stage(error));
    }
    #[cfg(feature = "lab")]
    if let Some(error) = error.downcast_ref() {
        hints.extend(studies::of(error));
    }
    if let Some(error) = error.downcast_ref() {
        hints.extend(after_export(error));
    }
    if let Some(error) = import(error) {
        hints.extend(after_import(error));
    }
    if let Some(error) = store_of(error) {
        hints.extend(after_store(error));
    }
    if let Some(error) = error.downcast_ref() {
        hints.extend(after_crawl(error));
    }
    if let Some(TemplateError::NotAFolder(_)) = error.downcast_ref() {
        let hint =
            "--dir names a folder with Python files; --git takes the address of a repository";
        hints.push(hint.to_owned());
    }
    hints.extend(evaluations::of(error));
    hints
}

/// The exit code after an error.
pub(crate) fn exit(error: &anyhow::Error) -> Exit {
    match error.downcast_ref() {
        Some(pipeline::Error::Stopped) => Exit::Interrupted,
        _ => Exit::Failure,
    }
}

/// The store's error, if it is one.
pub(crate) fn store(error: &anyhow::Error) -> Option<&StoreError> {
    store_of(error.as_ref())
}

fn store_of<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e StoreError> {
    if let Some(pipeline::Error::Store(error)) = error.downcast_ref() {
        return Some(error);
    }
    #[cfg(feature = "lab")]
    if let Some(lab::Error::Store(error) | lab::Error::OpenStore(error)) = error.downcast_ref() {
        return Some(error);
    }
    if let Some(ExportError::Store(error)) = error.downcast_ref() {
        return Some(error);
    }
    error.downcast_ref()
}

fn import<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e ImportError> {
    match error.downcast_ref() {
        Some(pipeline::Error::Import(error)) => Some(error),
        _ => error.downcast_ref(),
    }
}

/// Advice about an interpreter that cannot be used.
pub(crate) const INTERPRETER: &str = "install CPython 3.9 or newer, or name one with --python";

fn after_stage(error: &pipeline::Error) -> Vec<String> {
    use pipeline::Error;
    match error {
        Error::Start(error) => {
            let interpreter = match error {
                StartError::NoPython { .. } | StartError::UnsuitablePython { .. } => {
                    Some(INTERPRETER)
                }
                _ => None,
            };
            let tried = "`tracestone doctor` checks everything that a build needs";
            interpreter
                .into_iter()
                .chain([tried])
                .map(str::to_owned)
                .collect()
        }
        Error::NotPython { .. } => vec![
            "`tracestone karel generate` makes such a store whole; name another one with --store"
                .to_owned(),
        ],
        Error::OtherCorpus { held, .. } => vec![format!(
            "name another file with --store; or add --switch-corpus, which keeps the rows of `{held}` hidden in \
             the store until it is built again (`tracestone status` lists them, `tracestone prune` removes them)"
        )],
        Error::SplitSettings(_) => {
            vec!["the store's split settings are damaged; run `tracestone crawl` again".to_owned()]
        }
        Error::Judged(error) => vec![evaluations::after_judged(error)],
        Error::NoAnswers => vec![
            "--difficulty-from takes runs of `eval` on this store, or on an export of it"
                .to_owned(),
        ],
        Error::OtherPython { .. } => {
            vec!["name an interpreter of the same minor version with --python".to_owned()]
        }
        _ => Vec::new(),
    }
}

fn after_store(error: &StoreError) -> Option<String> {
    let hint = match error {
        StoreError::Missing { .. } => "`tracestone build` creates one",
        StoreError::NotAStore { .. } => "name another file with --store",
        StoreError::Newer { .. } => "use a newer tracestone, or build a new store",
        StoreError::Older { .. } => "any stage, such as `tracestone sample`, brings it up to date",
        StoreError::Locked { .. } => "wait for it to end, or name another store",
        StoreError::Io { .. } => {
            "check that the folder can be written, or name another file with --store"
        }
        StoreError::Open { .. } => {
            "check that the file and its folder can be read and, to build, written"
        }
        StoreError::Database(_) => "the same command can be run again",
        StoreError::Damaged { .. } => "build the store anew",
        StoreError::Ambiguous { .. } => "give more digits",
        _ => return None,
    };
    Some(hint.to_owned())
}

fn after_export(error: &ExportError) -> Option<String> {
    let hint = match error {
        ExportError::Io { .. } | ExportError::Encoding { .. } => {
            "the next export removes the rest of this one; free space or allow writing there, and run the same command again, or name another folder with --out"
        }
        ExportError::Occupied { .. } | ExportError::Appeared { .. } => {
            "name another folder with --out, or add --overwrite to write into it"
        }
        ExportError::Earlier { .. } => {
            "add --overwrite to replace it, or name another folder with --out"
        }
        ExportError::NothingInstead { .. } => {
            "`tracestone status` shows the samples of the store, and --license-policy any includes unknown licences"
        }
        ExportError::Busy { .. } => "wait for it to end, or name another folder with --out",
        ExportError::Foreign { .. } | ExportError::Obstacle { .. } => {
            "remove it, or name another folder with --out"
        }
        ExportError::Order { .. } => "leave out --order",
        ExportError::NotAFolder { .. } => "name another one with --out",
        ExportError::Store(_) | ExportError::Stopped => return None,
    };
    Some(hint.to_owned())
}

fn after_import(error: &ImportError) -> Option<String> {
    let hint = match error {
        ImportError::UnknownFile { .. } => {
            "name a file or folder that `tracestone export --format jsonl` or `parquet` wrote"
        }
        ImportError::NoSamples { .. } => {
            "name a folder that `tracestone export --format jsonl` or `parquet` wrote"
        }
        ImportError::Incomplete { .. } => "export with --format jsonl or parquet",
        _ => return None,
    };
    Some(hint.to_owned())
}

fn after_crawl(error: &CrawlError) -> Option<String> {
    let hint = match error {
        CrawlError::NoGit(_) => "install git or put it on the PATH",
        CrawlError::NoCache => "name a folder with --cache DIR",
        CrawlError::NotCached(_) => "run once without --offline",
        _ => return None,
    };
    Some(hint.to_owned())
}

//! A dataset's folder, as [`generate`](crate::generate()) writes it: vocabulary, texts, and the latent
//! ledger.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use tracestone_files::{self as files, FileError};
use tracestone_interp::Vocabulary;
use tracestone_interp::data::Texts;
use tracestone_interp::ledger::Ledger;
use tracestone_karel::corpus::Corpus;
use tracestone_record::Split;
use tracestone_store::read_ledger;

use crate::error::Error;

/// The name of the description in a dataset's folder.
pub(crate) const CORPUS: &str = "corpus.json";

/// The name of the file of a part's texts.
pub(crate) fn texts_name(split: Split) -> String {
    format!("{}.jsonl", split.name())
}

/// The name of the file of a part's ledger.
pub(crate) fn ledger_name(split: Split) -> String {
    format!("ledger-{}.parquet", split.name())
}

/// A dataset's folder.
#[derive(Debug, Clone)]
pub struct Dataset {
    folder: PathBuf,
    /// Content of its `corpus.json`.
    pub corpus: Corpus,
}

impl Dataset {
    /// Opens a folder.
    ///
    /// # Errors
    /// There is no dataset in it.
    pub fn open(folder: &Path) -> Result<Self, Error> {
        let path = folder.join(CORPUS);
        let bytes = files::read(&path).map_err(|error| Error::NoDataset {
            folder: folder.to_owned(),
            error,
        })?;
        let corpus =
            serde_json::from_slice(&bytes).map_err(|error| Error::BadCorpus { path, error })?;
        Ok(Self {
            folder: folder.to_owned(),
            corpus,
        })
    }

    /// Vocabulary, in the order of the ids.
    ///
    /// # Errors
    /// The tokens are not a valid vocabulary.
    pub fn vocabulary(&self) -> Result<Vocabulary, Error> {
        Vocabulary::new(self.corpus.words.clone()).map_err(Error::Vocabulary)
    }

    /// Names of its semantics, the original one first.
    #[must_use]
    pub fn semantics(&self) -> Vec<String> {
        let all = self.corpus.semantics.iter();
        let mut names: Vec<String> = all.map(|one| one.id.clone()).collect();
        names.sort_by_key(|name| name != tracestone_interp::probe::ORIGINAL);
        names
    }

    /// The file of a part's texts.
    #[must_use]
    pub(crate) fn texts_path(&self, split: Split) -> PathBuf {
        self.folder.join(texts_name(split))
    }

    /// The file of a part's ledger.
    #[must_use]
    pub(crate) fn ledger_path(&self, split: Split) -> PathBuf {
        self.folder.join(ledger_name(split))
    }

    /// The texts of a part, at most `limit` of them.
    ///
    /// # Errors
    /// They cannot be read.
    pub fn texts(
        &self,
        split: Split,
        vocabulary: Option<&Vocabulary>,
        limit: Option<usize>,
    ) -> Result<Texts, Error> {
        Ok(Texts::read(&self.texts_path(split), vocabulary, limit)?)
    }

    /// The ledger of a part about these samples; only these variables, where some are named.
    ///
    /// # Errors
    /// It cannot be read, does not have a variable, or is about other texts.
    pub fn ledger(
        &self,
        split: Split,
        samples: Vec<String>,
        variables: &[String],
    ) -> Result<Ledger, Error> {
        let path = self.ledger_path(split);
        let mut ledger = Ledger::new(samples);
        let mut known = BTreeSet::new();
        read_ledger(&path, |row| {
            // Other variables' rows say where states are known, and that must not depend on the choice.
            if variables.is_empty() || variables.contains(&row.variable) {
                ledger.add(&row);
            } else {
                ledger.add_place(&row);
            }
            if !known.contains(&row.variable) {
                known.insert(row.variable);
            }
            ControlFlow::Continue(())
        })
        .map_err(Error::ReadLedger)?;
        let programs = self.programs(split)?;
        let names = ledger.samples().to_vec();
        let keys = names.iter().map(|name| programs.get(name).unwrap_or(name));
        let ledger = ledger.finish().grouped(keys);
        if let Some(missing) = variables.iter().find(|name| !known.contains(*name)) {
            return Err(Error::NoVariable {
                ledger: path,
                variable: missing.clone(),
                known: known.into_iter().collect(),
            });
        }
        if ledger.marks().is_empty() {
            return Err(Error::NoStates(path));
        }
        Ok(ledger)
    }

    /// The program of each text, by the text's name: the words from the first brace to the last one. A text without
    /// braces is left out.
    fn programs(&self, split: Split) -> Result<BTreeMap<String, String>, Error> {
        let mut programs = BTreeMap::new();
        for line in files::read_text(self.texts_path(split))?.lines() {
            let row: serde_json::Value = serde_json::from_str(line)?;
            let part = |name: &str| row[name].as_str().unwrap_or_default();
            let text = format!("{} {}", part("prompt"), part("completion"));
            if let (Some(start), Some(end)) = (text.find('{'), text.rfind('}')) {
                programs.insert(
                    part("id").to_owned(),
                    text[start..=end.max(start)].to_owned(),
                );
            }
        }
        Ok(programs)
    }

    /// A hash of a part's texts.
    ///
    /// # Errors
    /// They cannot be read.
    pub fn hash(&self, split: Split) -> Result<String, Error> {
        hash(&self.texts_path(split))
    }
}

/// The hash of a file.
pub(crate) fn hash(path: &Path) -> Result<String, Error> {
    let mut hasher = blake3::Hasher::new();
    let mut file = files::open(path)?;
    std::io::copy(&mut file, &mut hasher).map_err(FileError::at("read", path))?;
    Ok(hasher.finalize().to_hex().to_string())
}

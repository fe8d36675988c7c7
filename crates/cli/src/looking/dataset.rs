//! A dataset's folder, as `karel generate` writes it: words, texts, and the latent ledger.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tracestone_interp::Vocabulary;
use tracestone_interp::data::Texts;
use tracestone_interp::ledger::Ledger;
use tracestone_record::Split;
use tracestone_store::read_ledger;

use crate::failure::{Failure, Hint as _};

/// A dataset's folder.
pub(crate) struct Dataset {
    folder: PathBuf,
    /// What `corpus.json` says.
    pub(crate) corpus: Value,
}

impl Dataset {
    /// Opens a folder.
    pub(crate) fn open(folder: &Path) -> Result<Self, Failure> {
        let path = folder.join("corpus.json");
        let text = std::fs::read(&path).hint(format!(
            "{} is not a dataset; `tracestone karel generate --out DIR` makes one",
            folder.display()
        ))?;
        Ok(Self {
            folder: folder.to_owned(),
            corpus: serde_json::from_slice(&text)?,
        })
    }

    /// Its words, in the order of their ids.
    pub(crate) fn vocabulary(&self) -> Result<Vocabulary, Failure> {
        let words = self.corpus["words"].as_array().cloned().unwrap_or_default();
        let words = words
            .iter()
            .filter_map(|word| word.as_str().map(str::to_owned))
            .collect();
        Vocabulary::new(words)
            .map_err(|why| Failure::new(format!("corpus.json is not usable: {why}")))
    }

    /// The names of its meanings, the original one first.
    pub(crate) fn semantics(&self) -> Vec<String> {
        let all = self.corpus["semantics"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let mut names: Vec<String> = all
            .iter()
            .filter_map(|one| one["id"].as_str().map(str::to_owned))
            .collect();
        names.sort_by_key(|name| name != tracestone_interp::probe::ORIGINAL);
        names
    }

    /// The file of a part's texts.
    pub(crate) fn texts_path(&self, split: Split) -> PathBuf {
        self.folder.join(format!("{}.jsonl", split.name()))
    }

    /// The file of a part's ledger.
    pub(crate) fn ledger_path(&self, split: Split) -> PathBuf {
        self.folder.join(format!("ledger-{}.parquet", split.name()))
    }

    /// The texts of a part.
    pub(crate) fn texts(
        &self,
        split: Split,
        vocabulary: Option<&Vocabulary>,
        limit: Option<usize>,
    ) -> Result<Texts, Failure> {
        Ok(Texts::read(&self.texts_path(split), vocabulary, limit)?)
    }

    /// The ledger of a part about these samples; only these variables, where some are named.
    pub(crate) fn ledger(
        &self,
        split: Split,
        samples: Vec<String>,
        variables: &[String],
    ) -> Result<Ledger, Failure> {
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
        .hint("`tracestone karel generate` writes ledgers for validation and test, and with --ledger-train for train")?;
        let ledger = ledger.finish();
        if let Some(missing) = variables.iter().find(|name| !known.contains(*name)) {
            let known: Vec<String> = known.into_iter().collect();
            return Err(
                Failure::new(format!("{} has no variable `{missing}`", path.display()))
                    .hinted(format!("it has {}", known.join(", "))),
            );
        }
        if ledger.marks().is_empty() {
            return Err(Failure::new(format!(
                "{} has no states at words of these texts",
                path.display()
            ))
            .hinted("the texts and the ledger must be of one `tracestone karel generate`"));
        }
        Ok(ledger)
    }

    /// A hash of a part's texts.
    pub(crate) fn hash(&self, split: Split) -> Result<String, Failure> {
        hash(&self.texts_path(split))
    }
}

/// The hash of a file.
pub(crate) fn hash(path: &Path) -> Result<String, Failure> {
    let mut hasher = blake3::Hasher::new();
    let mut file = std::fs::File::open(path)
        .map_err(|error| Failure::new(format!("cannot read {}: {error}", path.display())))?;
    std::io::copy(&mut file, &mut hasher)?;
    Ok(hasher.finalize().to_hex().to_string())
}

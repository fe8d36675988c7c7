//! A dataset's folder, as [`generate`](crate::generate()) writes it: vocabulary, texts, and the latent
//! ledger.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use tracestone_files::{self as files, FileError};
use tracestone_interp::Vocabulary;
use tracestone_interp::data::Texts;
use tracestone_interp::directory::Tokens;
use tracestone_interp::ledger::Ledger;
use tracestone_karel::corpus::Corpus;
use tracestone_karel::parts::family;
use tracestone_karel::{Program, parse_body};
use tracestone_record::Split;
use tracestone_store::read_ledger;

use crate::error::Error;
use crate::python::{CASES, Pair, PythonCorpus};

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
    description: Description,
}

/// Content of a `corpus.json`.
#[derive(Debug, Clone)]
enum Description {
    Karel(Box<Corpus>),
    Python(Box<PythonCorpus>),
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
        let bad = |error| Error::BadCorpus {
            path: path.clone(),
            error,
        };
        let value: serde_json::Value = serde_json::from_slice(&bytes).map_err(bad)?;
        let description = match value["language"].as_str() {
            Some("python") => Description::Python(serde_json::from_value(value).map_err(bad)?),
            _ => Description::Karel(serde_json::from_slice(&bytes).map_err(bad)?),
        };
        Ok(Self {
            folder: folder.to_owned(),
            description,
        })
    }

    /// Content of its `corpus.json`, if it is of Karel.
    ///
    /// # Errors
    /// It is of Python.
    pub fn karel(&self) -> Result<&Corpus, Error> {
        match &self.description {
            Description::Karel(corpus) => Ok(corpus),
            Description::Python(_) => Err(Error::NotOfKarel(self.folder.clone())),
        }
    }

    /// Content of its `corpus.json`, if it is of Python.
    #[must_use]
    pub fn python(&self) -> Option<&PythonCorpus> {
        match &self.description {
            Description::Karel(_) => None,
            Description::Python(corpus) => Some(corpus),
        }
    }

    /// The tokenizer of its texts, and the length of the longest.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn tokens(&self) -> Result<(Tokens, usize), Error> {
        match &self.description {
            Description::Karel(corpus) => Ok((Tokens::Words(self.vocabulary()?), corpus.longest)),
            Description::Python(corpus) => Ok((Tokens::read(&self.folder)?, corpus.longest)),
        }
    }

    /// Checks that token ids of the texts are those of a model.
    ///
    /// # Errors
    /// The model has another tokenizer.
    pub fn check_tokenizer(&self, model: &Path) -> Result<(), Error> {
        let Some(corpus) = self.python() else {
            return Ok(());
        };
        if hash(&model.join("tokenizer.json"))? == corpus.tokenizer {
            return Ok(());
        }
        Err(Error::OtherTokenizer {
            model: model.to_owned(),
            data: self.folder.clone(),
        })
    }

    /// The variables of a study of which none was named.
    #[must_use]
    pub fn variables(&self) -> Vec<String> {
        match &self.description {
            Description::Karel(_) => ["facing", "position"].map(str::to_owned).to_vec(),
            Description::Python(corpus) => corpus.variables.keys().cloned().collect(),
        }
    }

    /// The variables of a study: all of the dataset's own in place of Karel's, which are the default, if it is of Python.
    #[must_use]
    pub fn suited(&self, variables: Vec<String>) -> Vec<String> {
        let default = ["facing", "position"];
        match self.python() {
            Some(_) if variables == default => self.variables(),
            _ => variables,
        }
    }

    /// The pairs of runs for patches.
    pub(crate) fn pairs(&self) -> Result<Vec<Pair>, Error> {
        let path = self.folder.join(CASES);
        let text = files::read_text(&path)?;
        let lines = text.lines().enumerate().map(|(at, line)| {
            serde_json::from_str(line).map_err(|error| Error::BadLine {
                path: path.clone(),
                line: at + 1,
                why: error.to_string(),
            })
        });
        lines.collect()
    }

    /// Vocabulary, in the order of the ids.
    ///
    /// # Errors
    /// The tokens are not a valid vocabulary.
    pub fn vocabulary(&self) -> Result<Vocabulary, Error> {
        Vocabulary::new(self.karel()?.words.clone()).map_err(Error::Vocabulary)
    }

    /// Names of its semantics, the one that its texts were written under first.
    #[must_use]
    pub fn semantics(&self) -> Vec<String> {
        let corpus = match &self.description {
            Description::Karel(corpus) => corpus,
            Description::Python(corpus) => return corpus.semantics.clone(),
        };
        let all = corpus.semantics.iter();
        let mut names: Vec<String> = all.map(|one| one.id.clone()).collect();
        names.sort_by_key(|name| *name != corpus.written_under);
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
        let programs = self.programs(split)?;
        let leading = samples.iter();
        let leading = leading.map(|name| programs.get(name).map_or(1, |(_, leading)| *leading));
        let leading = leading.collect();
        let mut ledger = Ledger::new(samples).led(leading);
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
        let families = self.families(split, ledger.samples())?;
        let (keys, beyond): (Vec<String>, Vec<bool>) = families.into_iter().unzip();
        let ledger = ledger.finish().grouped(keys).apart(beyond);
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

    /// The program of each text and the number of tokens before it, by the text's name. A Python text names its program; in
    /// Karel's it is the words from the first brace to the last one, and a text without braces is left out.
    pub(crate) fn programs(
        &self,
        split: Split,
    ) -> Result<BTreeMap<String, (String, usize)>, Error> {
        let mut programs = BTreeMap::new();
        for line in files::read_text(self.texts_path(split))?.lines() {
            let row: serde_json::Value = serde_json::from_str(line)?;
            let part = |name: &str| row[name].as_str().unwrap_or_default();
            if row["ids"].is_array() {
                let leading = row["leading"].as_u64().unwrap_or(0);
                let leading = usize::try_from(leading).unwrap_or(0);
                let program = row["program"].as_str().unwrap_or(part("id"));
                programs.insert(part("id").to_owned(), (program.to_owned(), leading));
                continue;
            }
            let text = format!("{} {}", part("prompt"), part("completion"));
            if let (Some(start), Some(end)) = (text.find('{'), text.rfind('}')) {
                programs.insert(
                    part("id").to_owned(),
                    (text[start..=end.max(start)].to_owned(), 1),
                );
            }
        }
        Ok(programs)
    }

    /// For each of some texts of a part, by name: the family of its program, and whether its length is not trained on.
    ///
    /// # Errors
    /// The part cannot be read.
    pub(crate) fn families(
        &self,
        split: Split,
        names: &[String],
    ) -> Result<Vec<(String, bool)>, Error> {
        let programs = self.programs(split)?;
        let corpus = match &self.description {
            Description::Karel(corpus) => corpus,
            Description::Python(_) => {
                let of = |name| programs.get(name).map_or(name, |(program, _)| program);
                return Ok(names.iter().map(|name| (of(name).clone(), false)).collect());
            }
        };
        let trained = corpus.unseen.trained;
        let of = |name: &String| {
            let program = programs.get(name).and_then(|(words, _)| program_of(words));
            program.map_or((name.clone(), false), |program| {
                let beyond = trained.is_some_and(|one| !one.contain(program.statements()));
                (family(&program, trained), beyond)
            })
        };
        Ok(names.iter().map(of).collect())
    }

    /// A hash of a part's texts.
    ///
    /// # Errors
    /// They cannot be read.
    pub fn hash(&self, split: Split) -> Result<String, Error> {
        hash(&self.texts_path(split))
    }
}

/// A program from its words, where it is one.
fn program_of(words: &str) -> Option<Program> {
    parse_body(words).ok()
}

/// The hash of a file.
pub(crate) fn hash(path: &Path) -> Result<String, Error> {
    let mut hasher = blake3::Hasher::new();
    let mut file = files::open(path)?;
    std::io::copy(&mut file, &mut hasher).map_err(FileError::at("read", path))?;
    Ok(hasher.finalize().to_hex().to_string())
}

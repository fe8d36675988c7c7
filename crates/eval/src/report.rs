//! Runs as files and texts that other programs and people read. Nothing here touches the disk.

pub mod divergence;
pub mod html;
pub mod inspect;
pub mod jsonl;
pub mod lm_eval;
pub mod side;
pub mod table;
pub mod terminal;

mod hash;
mod page;

pub use page::rendered;

use std::collections::HashMap;

use crate::judge::{Judge, Verdict};
use crate::log::{AnswerKey, Entry};
use crate::run::{Asked, Header, Run, Scored};

#[cfg(test)]
mod fixture;

/// A run with all its results.
#[derive(Debug, Clone, Copy)]
pub struct Results<'a> {
    /// Settings that decided what was asked.
    pub header: &'a Header,
    /// Items with their messages.
    pub asked: &'a [Asked],
    /// The answers, by key.
    pub entries: &'a HashMap<AnswerKey, Entry>,
    /// The verdicts: for each item a row.
    pub verdicts: &'a [Vec<Verdict>],
    /// Scores with references and cost.
    pub scored: &'a Scored,
}

/// Format of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// One page that needs no network.
    Html,
    /// A log of `inspect_ai`.
    Inspect,
    /// The results and samples files of lm-evaluation-harness.
    LmEval,
    /// One JSON object a response.
    Jsonl,
}

/// Error of making a report.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The page's template failed.
    #[error(transparent)]
    Page(#[from] minijinja::Error),
    /// A log cannot be made of the run.
    #[error(transparent)]
    Log(#[from] std::io::Error),
}

/// A file of a report: its path below the output's folder, and its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// The path, with `/`.
    pub path: String,
    /// Content of the file.
    pub bytes: Vec<u8>,
}

/// One response, or the place where one is missing.
#[derive(Debug, Clone, Copy)]
pub struct Told<'a> {
    /// The item with its messages.
    pub asked: &'a Asked,
    /// The item's place in the run, from 0.
    pub index: usize,
    /// The number of the repeat, from 0.
    pub repeat: usize,
    /// Entry of the log; `None` if the model was not asked yet.
    pub entry: Option<&'a Entry>,
    /// Verdict of the judge.
    pub verdict: &'a Verdict,
}

impl<'a> Results<'a> {
    /// The files of a report. A judge that is known adds drawings to a page.
    ///
    /// # Errors
    /// A time of the run is none, or the template failed.
    pub fn files(
        &self,
        format: Format,
        judge: Option<&dyn Judge>,
    ) -> Result<Vec<File>, ReportError> {
        let one = |path: String, bytes| vec![File { path, bytes }];
        Ok(match format {
            Format::Html => one(
                "report.html".to_owned(),
                html::page(self, judge)?.into_bytes(),
            ),
            Format::Inspect => one(inspect::file_name(self), inspect::log(self)?),
            Format::Jsonl => {
                let mut lines = Vec::new();
                jsonl::write(self, &mut lines)?;
                one("responses.jsonl".to_owned(), lines)
            }
            Format::LmEval => lm_eval::files(self)?.into(),
        })
    }

    /// All responses, those of one item together.
    pub fn told(&self) -> impl Iterator<Item = Told<'a>> {
        let Self {
            header, entries, ..
        } = *self;
        let rows = self.asked.iter().zip(self.verdicts).enumerate();
        rows.flat_map(move |(index, (asked, row))| {
            row.iter().enumerate().map(move |(repeat, verdict)| {
                let number = u32::try_from(repeat).unwrap_or(u32::MAX);
                Told {
                    asked,
                    index,
                    repeat,
                    entry: entries.get(&Run::key_of(header, asked, number)),
                    verdict,
                }
            })
        })
    }

    /// Time of the last answer, or of the run's start if there is none.
    #[must_use]
    pub fn finished(&self) -> &'a str {
        let last = self.told().filter_map(|told| told.entry);
        last.map(|entry| entry.at.as_str())
            .chain([self.header.created.as_str()])
            .max()
            .unwrap_or_default()
    }
}

//! Counts made while an export is written.

use std::collections::BTreeMap;

use tracestone_forms::Form;
use tracestone_mix::bias::Measuring;
use tracestone_prompts::{Prompt, Unrendered};
use tracestone_record::{Counts, FileId, Sample, SampleKind, SourceId, Split};

use super::manifest::PromptFacts;
use super::plots::Distributions;
use super::{Result, Row};
use crate::{Store, StoreError};

/// Counts of what an export holds and leaves out.
#[derive(Debug, Default)]
pub(super) struct Facts {
    pub(super) rows: u64,
    pub(super) left_out: Counts,
    /// Measures of the rows.
    pub(super) measuring: Measuring,
    /// Counts for drawings.
    pub(super) distributions: Distributions,
    pub(super) kinds: BTreeMap<SampleKind, BTreeMap<Split, u64>>,
    /// Rows by how their call was found; `annotated` rows have none.
    pub(super) inputs: Counts,
    /// Rows and tokens by prompt style, where one was asked for.
    pub(super) prompts: BTreeMap<String, PromptFacts>,
    /// Rows by form of the rationale, where one was asked for.
    pub(super) rationales: Counts,
    /// Rows by source and licence.
    pub(super) sources: BTreeMap<SourceId, Counts>,
    /// The file of the last row: a program's samples share it, and its lookup is then saved.
    last: Option<(FileId, SourceId, String)>,
}

impl Facts {
    pub(super) fn leave_out(&mut self, why: &str) {
        match self.left_out.get_mut(why) {
            Some(count) => *count += 1,
            None => drop(self.left_out.insert(why.to_owned(), 1)),
        }
    }

    /// Counts the rationale of a row that is written. One that stays prose counts under the reason.
    pub(super) fn count_rationale(&mut self, reasoned: std::result::Result<Form, &'static str>) {
        let name = match reasoned {
            Ok(form) => form.name().to_owned(),
            Err(why) => format!("as in the store ({why})"),
        };
        *self.rationales.entry(name).or_default() += 1;
    }

    /// Counts the prompt of a row that is written. One that stays as it is counts under the reason.
    pub(super) fn count_prompt(
        &mut self,
        sample: &Sample,
        worded: &std::result::Result<Prompt, Unrendered>,
    ) {
        let (name, tokens, boilerplate) = match worded {
            Ok(prompt) => (
                sample.prompt_style.clone().unwrap_or_default(),
                prompt.tokens,
                prompt.boilerplate,
            ),
            Err(why) => (
                format!("as in the store ({why})"),
                tracestone_prompts::tokens(&sample.prompt),
                0,
            ),
        };
        let counts = self.prompts.entry(name).or_default();
        counts.rows += 1;
        counts.tokens += tokens;
        counts.boilerplate += boilerplate;
    }

    pub(super) fn count(&mut self, store: &Store, row: &Row) -> Result<()> {
        let sample = &row.index;
        self.rows += 1;
        self.distributions.add(&row.stored.sample);
        let by_split = self.kinds.entry(sample.kind).or_default();
        *by_split.entry(sample.split).or_default() += 1;
        if let Some(origin) = &row.stored.sample.input_origin {
            match self.inputs.get_mut(origin.kind.name()) {
                Some(count) => *count += 1,
                None => drop(self.inputs.insert(origin.kind.name().to_owned(), 1)),
            }
        }
        let (_, source, license) = match self.last.take() {
            Some(last) if last.0 == sample.file => self.last.insert(last),
            _ => self.last.insert(file_facts(store, sample.file)?),
        };
        let licenses = self.sources.entry(*source).or_default();
        *licenses.entry(license.clone()).or_default() += 1;
        Ok(())
    }
}

fn file_facts(store: &Store, file: FileId) -> Result<(FileId, SourceId, String)> {
    let read = || -> rusqlite::Result<_> {
        store
            .connection
            .prepare_cached(
                "SELECT source, coalesce(license, 'NOASSERTION') FROM files WHERE id = ?1",
            )?
            .query_row([file.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))
    };
    let (source, license) = read().map_err(StoreError::from)?;
    Ok((file, SourceId::from_bytes(source), license))
}

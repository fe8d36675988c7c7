//! Selection of samples by their facts: one pass over the narrow table.

use std::collections::HashMap;

use tracestone_mix::bias::{Bias, Measuring};
use tracestone_mix::difficulty::Model;
use tracestone_mix::fit::{Fitted, Observed, fit};
use tracestone_mix::{Candidate, Narrow, Selected, Selector};
use tracestone_record::{FileId, ProgramId, SampleId, SourceId};

use crate::payload::Unpacker;
use crate::samples::{SAMPLE_IS_CURRENT, SampleIndex, index_row};
use crate::{Filter, Result, Store, narrow};

/// Columns of the index before those of the facts.
const INDEX_COLUMNS: usize = 7;

impl Store {
    /// The decisions of a filter's choice about the samples that the filter's other rules include, in order of
    /// their identifiers; `None` if the choice takes all. A reader that makes two passes holds a snapshot.
    pub(crate) fn selection(&self, filter: &Filter) -> Result<Option<Selected>> {
        if filter.choice.takes_all() {
            return Ok(None);
        }
        let mut numbers = Numbers {
            programs: HashMap::new(),
            repositories: HashMap::new(),
            files: self.sources_of_files()?,
        };
        let mut selector = Selector::new(&filter.choice);
        self.each_narrow(filter, |index, narrow| {
            selector.consider(&Candidate {
                id: index.id,
                kind: index.kind,
                split: index.split,
                program: numbers.program(index.program),
                repository: numbers.repository(index.file),
                narrow,
            });
        })?;
        Ok(Some(selector.decide()))
    }

    /// Measures of the current samples that a filter includes, its limit aside.
    ///
    /// # Errors
    /// The database fails or is damaged.
    pub fn bias(&self, filter: &Filter) -> Result<Bias> {
        let snapshot = self.snapshot()?;
        let selected = self.selection(filter)?;
        let bias = self.bias_of(filter, selected.as_ref());
        drop(snapshot);
        bias
    }

    /// The same for what [`Self::selection`] gave for the filter.
    pub(crate) fn bias_of(&self, filter: &Filter, selected: Option<&Selected>) -> Result<Bias> {
        let mut measuring = Measuring::default();
        let mut place = 0;
        self.each_narrow(filter, |index, narrow| {
            let left_out = selected.and_then(|selected| selected.rule(place));
            place += 1;
            if left_out.is_none() {
                measuring.add(index.kind, narrow);
            }
        })?;
        Ok(measuring.finish())
    }

    /// The model of difficulty that these answers give, each sample's answers in all and the wrong ones; `None` if none of
    /// the samples is in the store.
    ///
    /// # Errors
    /// The database fails or is damaged.
    pub fn fit_difficulty(
        &self,
        answers: &HashMap<SampleId, (u32, u32)>,
    ) -> Result<Option<Fitted>> {
        let mut observed = Vec::new();
        self.each_narrow(&Filter::default(), |index, narrow| {
            if let Some((answers, wrong)) = answers.get(&index.id)
                && index.kind.is_executed()
            {
                observed.push(Observed {
                    kind: index.kind,
                    features: narrow.features(),
                    answers: *answers,
                    wrong: *wrong,
                });
            }
        })?;
        Ok(fit(&observed, &Model::default()))
    }

    /// Index and facts of the current samples that a filter includes, its choice and limit aside, each question
    /// once and in order of their identifiers.
    pub(crate) fn each_narrow(
        &self,
        filter: &Filter,
        mut visit: impl FnMut(&SampleIndex, &Narrow),
    ) -> Result<()> {
        let sql = format!(
            "SELECT m.rowid, m.id, m.program, m.file, m.kind, m.split, m.permissive, {} \
             FROM samples m INDEXED BY samples_by_id \
             LEFT JOIN sample_facts n ON n.id = m.id AND n.program = m.program \
             WHERE {SAMPLE_IS_CURRENT} ORDER BY m.id, m.program, m.file",
            narrow::columns("n.")
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query([])?;
        let mut sieve = self.sieve(filter)?;
        let mut unpacker = Unpacker::new()?;
        while let Some(row) = rows.next()? {
            let index = index_row(row)?;
            if sieve.refusal(&index).is_some() {
                continue;
            }
            let mut narrow = match narrow::read(row, INDEX_COLUMNS)? {
                Some(narrow) => narrow,
                // Made by an earlier version.
                None => Narrow::of(&self.stored_sample(&index, &mut unpacker)?.sample),
            };
            if let Some(fitted) = &filter.choice.difficulty {
                narrow.set_difficulty(&fitted.model, index.kind);
            }
            visit(&index, &narrow);
        }
        Ok(())
    }

    fn sources_of_files(&self) -> Result<HashMap<FileId, SourceId>> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT id, source FROM files")?;
        let mut rows = statement.query([])?;
        let mut files = HashMap::new();
        while let Some(row) = rows.next()? {
            files.insert(
                FileId::from_bytes(row.get(0)?),
                SourceId::from_bytes(row.get(1)?),
            );
        }
        Ok(files)
    }
}

/// Numbers for programs and sources, in place of their identifiers.
struct Numbers {
    programs: HashMap<ProgramId, u32>,
    repositories: HashMap<Option<SourceId>, u32>,
    files: HashMap<FileId, SourceId>,
}

impl Numbers {
    fn program(&mut self, id: ProgramId) -> u32 {
        let next = u32::try_from(self.programs.len()).unwrap_or(u32::MAX);
        *self.programs.entry(id).or_insert(next)
    }

    fn repository(&mut self, file: FileId) -> u32 {
        let source = self.files.get(&file).copied();
        let next = u32::try_from(self.repositories.len()).unwrap_or(u32::MAX);
        *self.repositories.entry(source).or_insert(next)
    }
}

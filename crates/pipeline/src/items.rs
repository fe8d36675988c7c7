//! The items of evaluations: samples of a store or of an export, and rows of files.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use tracestone_eval::gather::{SampleFilter, Samples, SamplesError};
use tracestone_eval::own::Row;
use tracestone_mix::{Candidate, Choice, Narrow, Selector};
use tracestone_record::Sample;
use tracestone_store::{Filter, LicensePolicy, MarkPolicy, Store, read_rows, read_samples};

/// Rows of files alone, for what a task's file names.
#[derive(Debug, Clone, Copy)]
pub struct RowFiles;

impl Samples for RowFiles {
    fn each(&self, _: &SampleFilter, _: &mut dyn FnMut(Sample)) -> Result<(), SamplesError> {
        Ok(())
    }

    fn rows(&self, path: &Path) -> Result<Vec<Row>, SamplesError> {
        Ok(read_rows(path)?)
    }
}

/// Place of the samples of a task.
#[derive(Debug, Clone)]
pub enum SampleSource {
    /// A store of samples.
    Store(PathBuf),
    /// An exported file, or the folder of an export.
    Export(PathBuf),
}

impl Samples for SampleSource {
    fn each(
        &self,
        filter: &SampleFilter,
        visit: &mut dyn FnMut(Sample),
    ) -> Result<(), SamplesError> {
        let store = match self {
            Self::Export(path) => {
                return Ok(read_samples(path, |sample| {
                    if filter.takes(&sample) {
                        visit(sample);
                    }
                    ControlFlow::Continue(())
                })?);
            }
            Self::Store(store) => store,
        };
        store_samples(store, filter, Choice::default(), visit)
    }

    fn rows(&self, path: &Path) -> Result<Vec<Row>, SamplesError> {
        RowFiles.rows(path)
    }
}

/// The samples of a source that a choice takes.
#[derive(Debug, Clone)]
pub struct Chosen {
    /// Place of the samples.
    pub source: SampleSource,
    /// Rules on their facts; applied to the samples that the other filters take.
    pub choice: Choice,
}

impl Samples for Chosen {
    fn each(
        &self,
        filter: &SampleFilter,
        visit: &mut dyn FnMut(Sample),
    ) -> Result<(), SamplesError> {
        if self.choice.takes_all() {
            return self.source.each(filter, visit);
        }
        if let SampleSource::Store(store) = &self.source {
            return store_samples(store, filter, self.choice.clone(), visit);
        }
        let mut selector = Selector::new(&self.choice);
        let (mut programs, mut repositories) = (Numbers::default(), Numbers::default());
        self.source.each(filter, &mut |sample| {
            selector.consider(&Candidate {
                id: sample.id,
                kind: sample.kind,
                split: sample.split,
                program: programs.of(&sample.program),
                repository: repositories.of(&sample.provenance.origin),
                narrow: &Narrow::of(&sample),
            });
        })?;
        let selected = selector.decide();
        let mut place = 0;
        self.source.each(filter, &mut |sample| {
            if selected.rule(place).is_none() {
                visit(sample);
            }
            place += 1;
        })
    }

    fn rows(&self, path: &Path) -> Result<Vec<Row>, SamplesError> {
        RowFiles.rows(path)
    }
}

/// Numbers for texts, from 0 in the order in which they come.
#[derive(Debug, Default)]
struct Numbers(HashMap<blake3::Hash, u32>);

impl Numbers {
    fn of(&mut self, text: &str) -> u32 {
        let next = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
        *self.0.entry(blake3::hash(text.as_bytes())).or_insert(next)
    }
}

fn store_samples(
    store: &Path,
    filter: &SampleFilter,
    choice: Choice,
    visit: &mut dyn FnMut(Sample),
) -> Result<(), SamplesError> {
    let rows = Filter {
        kinds: filter.kinds.clone(),
        splits: filter.splits.clone(),
        license: if filter.permissive {
            LicensePolicy::Permissive
        } else {
            LicensePolicy::Any
        },
        marks: MarkPolicy::LeaveOut,
        limit: None,
        choice,
    };
    Ok(Store::open_read_only(store)?.samples(&rows, |row| {
        visit(row.sample);
        ControlFlow::Continue(())
    })?)
}

//! The items of evaluations: samples of a store or of an export, and rows of files.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use tracestone_eval::gather::{SampleFilter, Samples, SamplesError};
use tracestone_eval::own::Row;
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
        };
        Ok(Store::open_read_only(store)?.samples(&rows, |row| {
            visit(row.sample);
            ControlFlow::Continue(())
        })?)
    }

    fn rows(&self, path: &Path) -> Result<Vec<Row>, SamplesError> {
        RowFiles.rows(path)
    }
}

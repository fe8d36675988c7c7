//! Clusters of all current programs, for the split and for curation.

use rayon::prelude::*;
use tracestone_curate::{Print, clusters};
use tracestone_extract::Normalizer;
use tracestone_record::ProgramId;
use tracestone_record::watch::Watch;
use tracestone_store::Store;

use crate::Error;

/// Programs read and parsed at once.
const BATCH: usize = 1024;

/// All current programs with their prints, in order of their identifiers.
pub(crate) struct Clustered {
    pub(crate) ids: Vec<ProgramId>,
    pub(crate) prints: Vec<Print>,
    /// For each program the place of the first of its cluster.
    pub(crate) roots: Vec<u32>,
}

impl Clustered {
    /// Reads and compares all current programs; those read so far, where `watch` asks to stop.
    pub(crate) fn read(store: &Store, jobs: usize, watch: &dyn Watch) -> Result<Self, Error> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(jobs).build()?;
        let mut ids = store.programs()?;
        let mut prints = Vec::with_capacity(ids.len());
        for batch in ids.chunks(BATCH) {
            if watch.stop() {
                break;
            }
            let read = batch.iter().map(|id| Ok(store.program(*id)?.text));
            let texts: Vec<String> = read.collect::<Result<_, Error>>()?;
            let made = pool.install(|| {
                texts
                    .par_iter()
                    .map_init(Normalizer::default, |normalizer, text| {
                        let forms = normalizer.forms(text);
                        Print::of(text, forms.first())
                    })
                    .collect::<Vec<_>>()
            });
            prints.extend(made);
        }
        ids.truncate(prints.len());
        let roots = pool.install(|| clusters(&prints));
        Ok(Self { ids, prints, roots })
    }

    /// Each program with the first of its cluster.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (ProgramId, ProgramId)> + '_ {
        let roots = self.roots.iter().map(|root| self.ids[*root as usize]);
        self.ids.iter().copied().zip(roots)
    }
}

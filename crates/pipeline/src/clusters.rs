//! Clusters of all current programs, for the split and for curation.

use rayon::prelude::*;
use tracestone_curate::{Print, clusters};
use tracestone_extract::Normalizer;
use tracestone_record::watch::Watch;
use tracestone_record::{Program, ProgramId};
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
            let read = batch.iter().map(|id| Ok(store.program(*id)?));
            let programs: Vec<Program> = read.collect::<Result<_, Error>>()?;
            let made = pool.install(|| {
                programs
                    .par_iter()
                    .map_init(Normalizer::default, |normalizer, program| {
                        let forms = normalizer.forms(&program.text);
                        Print::of(&program.text, forms.first()).for_definition(&own(program))
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

/// The text of the definition that a program is for; all of it, where it has none of that name.
fn own(program: &Program) -> String {
    let mut definitions = program.definitions.iter();
    match definitions.find(|definition| definition.name == program.entry) {
        None => program.text.clone(),
        Some(definition) => {
            let (first, last) = (
                definition.lines.first.index(),
                definition.lines.last.index(),
            );
            let lines: Vec<&str> = program
                .text
                .lines()
                .skip(first)
                .take(last + 1 - first)
                .collect();
            lines.join("\n")
        }
    }
}

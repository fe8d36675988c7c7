//! Part of the split of each program of a store.

use std::collections::HashMap;

use tracestone_crawl::{GroupBy, SplitSettings};
use tracestone_record::watch::Watch;
use tracestone_record::{Counts, File, FileId, ProgramId, Source, SourceId, Split};
use tracestone_sample::{Annotations, Assignment, Components, DefinitionHash, definitions_of};
use tracestone_store::{Store, Summary};

use crate::Error;
use crate::clusters::Clustered;

/// Levels that `auto` tries, in order.
const LEVELS: [GroupBy; 3] = [GroupBy::Source, GroupBy::File, GroupBy::Unit];

/// The name under which a store remembers what its split was made by.
const SPLIT_BY: &str = "split_by";

/// Part and group of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// Key of its group.
    pub(crate) group: String,
    pub(crate) part: Split,
}

/// The part of every program.
pub(crate) struct Parts {
    places: HashMap<ProgramId, Place>,
    /// The docstrings and comments of all programs, and who asks for them.
    pub(crate) annotations: Annotations,
    /// Level of the groups, and the number of groups that stay together.
    pub(crate) by: GroupBy,
    pub(crate) groups: usize,
}

impl Parts {
    /// Reads all current programs and gives each a part.
    pub(crate) fn decide(
        store: &mut Store,
        settings: &SplitSettings,
        seed: u64,
        jobs: usize,
        watch: &dyn Watch,
    ) -> Result<Self, Error> {
        let clustered = Clustered::read(store, jobs, watch)?;
        let pairs: Vec<_> = clustered.pairs().collect();
        let pieces = Pieces::read(store, &pairs, watch)?;
        let (by, assignment) = pieces.assign(settings, seed);
        // Where Ctrl-C ended the reading, this is the split of a part of the programs alone.
        if !watch.stop() {
            store.set_meta(SPLIT_BY, by.name())?;
            store.put_clusters(&pairs)?;
        }
        let mut places = HashMap::with_capacity(pieces.programs.len());
        for piece in &pieces.programs {
            // Every piece was added to the assignment under the same name.
            if let Some((group, part)) = assignment.of(&pieces.group(piece, by)) {
                let group = group.to_owned();
                places.insert(piece.id, Place { group, part });
            }
        }
        let mut annotations = pieces.annotations;
        annotations.place(|id| places.get(&id).map(|place: &Place| place.part));
        Ok(Self {
            places,
            annotations,
            by,
            groups: assignment.components(),
        })
    }

    /// Place of a program; `None` if the store did not contain it.
    pub(crate) fn of(&self, program: ProgramId) -> Option<&Place> {
        self.places.get(&program)
    }
}

/// One program as the split sees it.
struct Piece {
    id: ProgramId,
    file: usize,
    entry: Box<str>,
    weight: u64,
    definitions: Box<[DefinitionHash]>,
}

/// All programs of a store.
struct Pieces {
    programs: Vec<Piece>,
    /// The source's group and the path of each file.
    files: Vec<(String, String)>,
    annotations: Annotations,
}

impl Pieces {
    fn read(
        store: &Store,
        clusters: &[(ProgramId, ProgramId)],
        watch: &dyn Watch,
    ) -> Result<Self, Error> {
        let clusters: HashMap<ProgramId, ProgramId> = clusters.iter().copied().collect();
        let sources: HashMap<SourceId, Source> = store
            .sources()?
            .into_iter()
            .map(|source| (source.id, source))
            .collect();
        let verified = store.verified_programs()?;
        let mut numbers: HashMap<FileId, usize> = HashMap::new();
        let mut pieces = Self {
            programs: Vec::new(),
            files: Vec::new(),
            annotations: Annotations::default(),
        };
        for id in store.programs()? {
            if watch.stop() {
                break;
            }
            let program = store.program(id)?;
            let file = match numbers.get(&program.file) {
                Some(number) => *number,
                None => {
                    let file = store.file(program.file)?;
                    pieces.files.push(named(&sources, file));
                    numbers.insert(program.file, pieces.files.len() - 1);
                    pieces.files.len() - 1
                }
            };
            pieces.annotations.add(&program);
            pieces.programs.push(Piece {
                id,
                file,
                weight: u64::from(verified.contains(&id)),
                definitions: definitions_of(&program)
                    .into_iter()
                    .chain(clusters.get(&id).map(tie))
                    .collect(),
                entry: program.entry.into(),
            });
        }
        Ok(pieces)
    }

    /// Key of the group that must not be divided.
    fn group(&self, piece: &Piece, by: GroupBy) -> String {
        let (source, path) = &self.files[piece.file];
        match by {
            GroupBy::Auto | GroupBy::Source => source.clone(),
            GroupBy::File => format!("{source}/{path}"),
            GroupBy::Unit => format!("{source}/{path}::{}", piece.entry),
        }
    }

    fn assigned(&self, by: GroupBy, settings: &SplitSettings, seed: u64) -> Assignment {
        let mut components = Components::default();
        for piece in &self.programs {
            components.add(&self.group(piece, by), piece.weight, &piece.definitions);
        }
        components.assign(seed, settings.ratios)
    }

    /// By what the corpus says, or by the first level that fills every part, or else by the one that
    /// fills them best.
    fn assign(&self, settings: &SplitSettings, seed: u64) -> (GroupBy, Assignment) {
        if settings.group_by != GroupBy::Auto {
            let by = settings.group_by;
            return (by, self.assigned(by, settings, seed));
        }
        let mut best = (LEVELS[0], self.assigned(LEVELS[0], settings, seed));
        for by in &LEVELS[1..] {
            if best.1.is_good() {
                break;
            }
            let other = self.assigned(*by, settings, seed);
            if other.is_good() || other.components() > best.1.components() {
                best = (*by, other);
            }
        }
        best
    }
}

/// Something that the programs of a cluster share, as if it were a definition.
fn tie(cluster: &ProgramId) -> DefinitionHash {
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"cluster");
    hasher.update(cluster.as_bytes());
    let mut hash = [0; 16];
    hash.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    hash
}

/// The group of a file's source, and the file's path.
fn named(sources: &HashMap<SourceId, Source>, file: File) -> (String, String) {
    let group = sources
        .get(&file.source)
        .map_or("", |source| source.group.as_str());
    (group.to_owned(), file.path)
}

/// The settings that the store's corpus was crawled with.
pub(crate) fn settings(store: &Store) -> Result<SplitSettings, Error> {
    match store.meta("split")? {
        Some(text) => serde_json::from_str(&text).map_err(Error::SplitSettings),
        None => Ok(SplitSettings::default()),
    }
}

/// Samples by part of the split.
#[must_use]
pub(crate) fn samples_by_part(totals: &Summary) -> Counts {
    let mut counts = Counts::new();
    for (part, count) in totals.samples.values().flatten() {
        *counts.entry(part.name().to_owned()).or_default() += count;
    }
    counts
}

/// Parts of the split that should have samples and have none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmptyParts {
    /// The empty parts.
    pub empty: Vec<Split>,
    /// The samples of the others.
    pub there: Counts,
    /// Level of the split; empty if the store does not record it.
    pub by: String,
}

/// The parts that should have samples and have none, where there are samples at all.
///
/// # Errors
/// The store fails, or its split settings cannot be read.
pub fn empty_parts(store: &Store, totals: &Summary) -> Result<Option<EmptyParts>, Error> {
    let there = samples_by_part(totals);
    let settings = settings(store)?;
    let empty: Vec<_> = Split::ALL
        .into_iter()
        .filter(|part| settings.ratios[*part as usize] > 0.0 && !there.contains_key(part.name()))
        .collect();
    if empty.is_empty() || totals.samples_total() == 0 {
        return Ok(None);
    }
    let by = store.meta(SPLIT_BY)?.unwrap_or_default();
    Ok(Some(EmptyParts { empty, there, by }))
}

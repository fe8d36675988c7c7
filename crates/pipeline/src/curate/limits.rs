//! At most so many samples of a program and of a cluster.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::ControlFlow;

use tracestone_record::{Mark, Marked, ProgramId, Rule, SampleId};
use tracestone_store::Store;

use crate::Error;

/// The numbers of samples, where they are limited.
pub(super) struct Limits {
    pub(super) per_program: Option<u32>,
    pub(super) per_cluster: Option<u32>,
}

/// Samples in the order in which they are kept: one of each kind in turn, in a kind by identifier, which is a
/// hash.
type Turn = (usize, String, SampleId);

/// Marks for the samples over the limits, among those without a mark.
pub(super) fn over(
    store: &Store,
    limits: &Limits,
    marked_programs: &HashSet<ProgramId>,
    marks: &[Mark],
    clusters: &HashMap<ProgramId, ProgramId>,
) -> Result<Vec<Mark>, Error> {
    let marked: HashSet<Marked> = marks.iter().map(|mark| mark.subject).collect();
    let mut programs: BTreeMap<ProgramId, BTreeMap<String, Vec<SampleId>>> = BTreeMap::new();
    store.sampled_calls(|sampled| {
        let free = !marked_programs.contains(&sampled.program)
            && !marked.contains(&Marked::Sample(sampled.sample));
        if free {
            let kinds = programs.entry(sampled.program).or_default();
            kinds.entry(sampled.kind).or_default().push(sampled.sample);
        }
        ControlFlow::Continue(())
    })?;
    let mut over = Vec::new();
    let mut of_clusters: BTreeMap<ProgramId, Vec<Turn>> = BTreeMap::new();
    for (program, kinds) in programs {
        let mut turns = turns(kinds);
        if let Some(most) = limits.per_program {
            let rest = turns.split_off(turns.len().min(most as usize));
            over.extend(marks_of(rest, Rule::OverProgram, most));
        }
        let cluster = clusters.get(&program).copied().unwrap_or(program);
        of_clusters.entry(cluster).or_default().extend(turns);
    }
    if let Some(most) = limits.per_cluster {
        for mut turns in of_clusters.into_values() {
            turns.sort();
            let rest = turns.split_off(turns.len().min(most as usize));
            over.extend(marks_of(rest, Rule::OverCluster, most));
        }
    }
    Ok(over)
}

fn turns(kinds: BTreeMap<String, Vec<SampleId>>) -> Vec<Turn> {
    let mut turns = Vec::new();
    for (kind, mut samples) in kinds {
        samples.sort_unstable();
        let numbered = samples.into_iter().enumerate();
        turns.extend(numbered.map(|(turn, id)| (turn, kind.clone(), id)));
    }
    turns.sort();
    turns
}

fn marks_of(turns: Vec<Turn>, rule: Rule, most: u32) -> impl Iterator<Item = Mark> {
    turns.into_iter().map(move |(_, _, id)| Mark {
        subject: Marked::Sample(id),
        rule,
        evidence: format!("over {most}"),
    })
}

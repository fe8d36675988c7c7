//! Difficulty facts of a run.

use tracestone_record::{EventKind, Facts, Program};

use crate::view::View;

/// The facts that all questions about a run share.
pub(crate) fn of_run(program: &Program, view: &View<'_>) -> Facts {
    let loops: Vec<_> = program
        .definitions
        .iter()
        .flat_map(|definition| &definition.loops)
        .filter(|range| view.counts.contains_key(&range.first))
        .collect();
    let nesting = |inner: &&tracestone_record::LineRange| {
        let around = |outer: &&&tracestone_record::LineRange| {
            outer.first <= inner.first && inner.last <= outer.last
        };
        loops.iter().filter(around).count()
    };
    let depth = view.events.iter().filter_map(|event| match event.kind {
        EventKind::Call { depth, .. } => Some(depth + 1),
        _ => None,
    });
    let named_call = |kind: &EventKind| matches!(kind, EventKind::Call { function, .. } if !function.contains('<'));
    let values = view.events.iter().flat_map(|event| &event.changes);
    Facts {
        steps: number(view.steps.len()),
        lines: number(view.counts.len()),
        // A generator that was started before shows no call, and is one frame all the same.
        depth: depth.max().unwrap_or(u32::from(!view.events.is_empty())),
        branches: number(
            view.steps
                .iter()
                .filter(|step| view.branches.contains_key(&step.line))
                .count(),
        ),
        loops: number(loops.len()),
        loop_depth: number(loops.iter().map(nesting).max().unwrap_or(0)),
        calls: number(
            view.events
                .iter()
                .filter(|event| named_call(&event.kind))
                .count(),
        ),
        value_bytes: values
            .filter_map(|change| change.value.as_ref())
            .map(|value| number(value.text.len()))
            .max()
            .unwrap_or(0),
        program_lines: number(view.source.len()),
        ..Facts::default()
    }
}

/// A count as the record keeps it.
pub(crate) fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

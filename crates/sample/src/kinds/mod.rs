//! One file per kind of question: what it asks, what makes it hard, and what makes it trivial.

pub(crate) mod annotated;
mod calls;
mod exception;
mod input;
mod lines;
mod next_line;
mod output;
mod reach;
mod state;
mod trace;

use tracestone_record::SampleKind;

use crate::maker::{Asked, Drafts};

/// Makes the questions of one kind about a run.
type Rule = fn(&Asked<'_>) -> Drafts;

/// The kinds whose answers come from a run.
pub(crate) const EXECUTED: [(SampleKind, Rule); 11] = [
    (SampleKind::Output, output::drafts),
    (SampleKind::Exception, exception::drafts),
    (SampleKind::Input, input::drafts),
    (SampleKind::Reach, reach::drafts),
    (SampleKind::State, state::drafts),
    (SampleKind::NextLine, next_line::drafts),
    (SampleKind::Path, lines::path),
    (SampleKind::Coverage, lines::coverage),
    (SampleKind::Count, lines::count),
    (SampleKind::Calls, calls::drafts),
    (SampleKind::Trace, trace::drafts),
];

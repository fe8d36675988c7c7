//! Code shared by the commands of the stages: exit codes and closing messages.

use tracestone_pipeline::{EmptyParts, StageReport};
use tracestone_record::Split;

use crate::failure::Exit;

/// The exit code that a report asks for.
pub(crate) fn exit(report: &StageReport) -> Exit {
    if report.interrupted {
        Exit::Interrupted
    } else if report.failed > 0 {
        Exit::Partial
    } else {
        Exit::Success
    }
}

/// A warning about parts of the split without samples, with what to do.
pub(crate) fn warning(parts: &EmptyParts) -> String {
    let EmptyParts { empty, there, by } = parts;
    let empty: Vec<_> = empty.iter().copied().map(Split::name).collect();
    let finer = match by.as_str() {
        "source" => "write `group_by = \"file\"` under [split] in the corpus, ",
        "file" => "write `group_by = \"unit\"` under [split] in the corpus, ",
        _ => "",
    };
    let listed: Vec<_> = there
        .iter()
        .map(|(part, count)| format!("{part} {count}"))
        .collect();
    format!(
        "no sample is in {} ({}): samples that share a {by} or a definition stay together, and there are \
         too few groups; {finer}add sources, or select a part that has samples, as in `eval --split {}`",
        empty.join(" and "),
        listed.join(", "),
        there
            .iter()
            .max_by_key(|(_, count)| **count)
            .map_or("train", |(part, _)| part.as_str()),
    )
}

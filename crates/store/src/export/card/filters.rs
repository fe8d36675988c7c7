//! Section about what is not in the export: samples that the filter excludes, and drops of the pipeline.

use tracestone_record::Rule;

use super::{line, own};
use crate::export::{Filter, LicensePolicy, Manifest, MarkPolicy};

/// The section, with counts.
pub(super) fn section(about: &Manifest) -> String {
    let mut out = String::from("## Filters\n\n");
    for rule in rules(&about.filter) {
        line(&mut out, &format!("- {rule}"));
    }
    if !about.left_out.is_empty() {
        out.push_str("\nSamples that were made but are not in this export:\n\n| why | samples |\n|---|---:|\n");
        for (why, count) in &about.left_out {
            line(&mut out, &format!("| {} | {count} |", own(explained(why))));
        }
    }
    if !about.tombstones.is_empty() {
        line(
            &mut out,
            &format!(
                "\nTaken back by authors or owners: {} in `manifest.json`. Earlier copies of this dataset should drop \
                 the rows that come from them.",
                match about.tombstones.len() {
                    1 => "one entry".to_owned(),
                    count => format!("{count} entries"),
                }
            ),
        );
    }
    if !about.pipeline.is_empty() {
        out.push_str(
            "\nWhat was left out before, with the stage that did it; a file, program, call, run or \
             question counts once for each reason:\n\n| stage | reason | what it means | count |\n|---|---|---|---:|\n",
        );
        for drop in &about.pipeline {
            line(
                &mut out,
                &format!(
                    "| {} | `{}` | {} | {} |",
                    drop.stage.name(),
                    drop.reason.code(),
                    own(drop.reason.explanation()),
                    drop.count
                ),
            );
        }
    }
    out
}

fn rules(filter: &Filter) -> Vec<String> {
    let mut rules = vec![match filter.license {
        LicensePolicy::Permissive => "Licences: only samples from files all of whose licences are \
             permissive (`provenance.permissive`)."
            .to_owned(),
        LicensePolicy::Any => {
            "Licences: all, also files under no known licence, or under one that is \
             not permissive."
                .to_owned()
        }
    }];
    rules.push(match filter.marks {
        MarkPolicy::LeaveOut => {
            "Curation: without what `curate` marked (near-duplicates, leaks into \
             benchmarks, secrets, personal data)."
                .to_owned()
        }
        MarkPolicy::Include => "Curation: marked samples are included.".to_owned(),
    });
    let listed = |words: Vec<&str>| {
        let quoted: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
        quoted.join(", ")
    };
    if !filter.kinds.is_empty() {
        let kinds = filter.kinds.iter().map(|kind| kind.name()).collect();
        rules.push(format!("Kinds: only {}.", listed(kinds)));
    }
    if !filter.splits.is_empty() {
        let splits = filter.splits.iter().map(|split| split.name()).collect();
        rules.push(format!("Parts of the split: only {}.", listed(splits)));
    }
    rules.extend(filter.choice.sentences());
    if let Some(limit) = filter.limit {
        rules.push(format!(
            "At most {limit} samples, the first in the order of their identifiers, which are hashes."
        ));
    }
    rules
}

/// Description of a reason counted by [`crate::export::Exported::left_out`].
fn explained(why: &str) -> &str {
    match why {
        "kind" => "of another kind",
        "split" => "in another part of the split",
        "license" => "not under a permissive licence",
        "limit" => "over the limit",
        "duplicate" => "the same question as another sample",
        other => match Rule::from_name(other) {
            Some(rule) => rule.explanation(),
            None => other,
        },
    }
}

//! Section about the origins of the calls.

use tracestone_record::SampleKind;

use super::{is_karel, line};
use crate::export::Manifest;

/// For each `input_origin.kind`: its name, whether this tool made the call, and a description.
const KINDS: [(&str, bool, &str); 7] = [
    ("doctest", false, "an example in a docstring"),
    ("assertion", false, "an assertion of a test"),
    ("parametrize", false, "a row of a test's table"),
    (
        "call_site",
        false,
        "a call with literal arguments in the source",
    ),
    (
        "recorded",
        false,
        "a call that a test made when this tool ran it, its arguments written anew",
    ),
    (
        "mutated",
        true,
        "a call of the source whose arguments this tool changed",
    ),
    (
        "generated",
        true,
        "made by this tool from what is known of the parameters",
    ),
];

/// The section, with counts.
pub(super) fn section(about: &Manifest) -> String {
    if is_karel(about) || about.inputs.is_empty() {
        return String::new();
    }
    let count = |made: bool| -> u64 {
        let ours = KINDS.iter().filter(|kind| kind.1 == made);
        ours.filter_map(|(word, _, _)| about.inputs.get(*word))
            .sum()
    };
    let mut out = format!(
        "## Inputs\n\n\
         {} rows ask about calls that people wrote, {} about calls that this tool made to reach what \
         those do not (`input_origin.kind` of each row).",
        count(false),
        count(true)
    );
    let annotated = about.kinds.get(&SampleKind::Annotated);
    let without: u64 = annotated.into_iter().flat_map(|parts| parts.values()).sum();
    if without > 0 {
        out.push_str(&format!(" {without} `annotated` rows are about no call."));
    }
    out.push_str("\n\n| call | made | what it is | rows |\n|---|---|---|---:|\n");
    for (word, made, what) in KINDS {
        if let Some(rows) = about.inputs.get(word) {
            let made = if made { "by this tool" } else { "by people" };
            line(
                &mut out,
                &format!("| `{word}` | {made} | {what} | {rows} |"),
            );
        }
    }
    out
}

//! Section about how telling the rows are, beside all samples of the store.

use tracestone_mix::bias::Part;

use super::{is_karel, line};
use crate::export::Manifest;

/// The section: shares of what is boilerplate, easily guessed or repeated.
pub(super) fn section(about: &Manifest) -> String {
    if is_karel(about) {
        return String::new();
    }
    let mut out = String::from(
        "## Balance\n\nShares of what is boilerplate, easily guessed or repeated. Tokens are words and marks.\n\n\
         | share of | all samples of the store | this export |\n|---|---:|---:|\n",
    );
    let all = about.measures.store.rows();
    let ours = about.measures.export.rows();
    for (what, part) in &all {
        let here = ours.iter().find(|(other, _)| other == what);
        let here = here.map_or(Part::default(), |(_, part)| *part);
        line(
            &mut out,
            &format!("| {what} | {} | {} |", percent(*part), percent(here)),
        );
    }
    out
}

fn percent(part: Part) -> String {
    part.share()
        .map_or("-".to_owned(), |share| format!("{:.1} %", 100.0 * share))
}

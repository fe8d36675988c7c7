//! Short names of licences that stand alone in a line: `CDDL`, `Ms-RL`.

use super::super::statement::{Family, Stated};
use super::reserved::Token;

/// Short names of licences that are not permissive, as tokens spell them.
const NAMES: &[&str] = &[
    "apsl",
    "apsl-2.0",
    "busl",
    "cddl",
    "cecill",
    "cern-ohl",
    "cpal",
    "cpl",
    "epl",
    "eupl",
    "fdl",
    "gfdl",
    "gnu-fdl",
    "hippocratic",
    "ipl",
    "lppl",
    "ms-lpl",
    "ms-lrl",
    "ms-pl",
    "ms-rl",
    "mslpl",
    "mspl",
    "msrl",
    "nosl",
    "npl",
    "nposl",
    "oclc",
    "odbl",
    "odc-by",
    "oeel-1",
    "ofl",
    "opl",
    "opl-1",
    "osl",
    "qpl",
    "rpl",
    "rpsl",
    "rscpl",
    "sissl",
    "sleepycat",
    "sspl",
    "watcom",
];

/// Maximal number of words of a line that is such a name with its version, or says `This is CDDL code`.
const MAX_LINE: usize = 4;

/// Number of words around such a name that are read.
const MAX_NEAR: usize = 16;

/// A licence that is not permissive whose short name stands alone in its line, or beside a copyright.
pub(super) fn named_alone(sentence: &[Token], at: usize) -> Option<Stated> {
    let token = &sentence[at];
    let is_mozilla = token.text == "mpl";
    let is_996 = token.text == "996" || token.text == "anti-996";
    let is_rail = token.text.starts_with("openrail");
    if !(is_996 || is_mozilla || is_rail || NAMES.contains(&token.text.as_str())) {
        return None;
    }
    if is_996 {
        let before = at
            .checked_sub(1)
            .map(|before| sentence[before].text.as_str());
        let named = token.text == "anti-996" || before == Some("anti");
        return named.then_some(Stated::Unclear);
    }
    if !token.cased {
        return None;
    }
    let near = &sentence[at.saturating_sub(MAX_NEAR)..sentence.len().min(at + MAX_NEAR)];
    let line: Vec<_> = near
        .iter()
        .filter(|other| other.line == token.line)
        .collect();
    let is_beside = line.iter().any(|other| {
        let text = other.text.as_str();
        matches!(text, "c" | "copyright" | "under")
            || text.starts_with("licen")
            || text.starts_with('\u{a9}')
    });
    let has = |word: &str| line.iter().any(|other| other.text == word);
    let says = (has("this") && has("is"))
        || ["code", "only", "software", "v", "version"]
            .into_iter()
            .any(has)
        || line
            .iter()
            .any(|other| other.text.starts_with(|c: char| c.is_ascii_digit()));
    let alone = line.len() == 1 || (line.len() <= MAX_LINE && says);
    let stands = alone || is_beside;
    match stands {
        true if is_mozilla => Some(Stated::Family(Family::Mozilla)),
        true => Some(Stated::Unclear),
        false => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::reserved::tokens;
    use super::*;

    fn is_named(text: &str) -> bool {
        let tokens = tokens(text);
        (0..tokens.len()).any(|at| named_alone(&tokens, at).is_some())
    }

    #[test]
    fn short_names_that_stand_alone() {
        for text in [
            "CDDL",
            "Ms-RL",
            "MS-LPL",
            "Sleepycat",
            "QPL",
            "RPL",
            "NPOSL",
            "CPAL",
            "ODbL",
            "GFDL",
            "MPL",
            "Tools\nCDDL\nfor x",
            "Anti 996 License",
            "Anti-996",
            "(c) 2020 A, CDDL",
            "This is CDDL code",
            "License is QPL",
            "License OPL-1 (https://www.odoo.com/documentation/licenses.html)",
        ] {
            assert!(is_named(text), "{text}");
        }
        for text in [
            "the rpl of a network",
            "RPL routing for low power networks",
            "mpl backends",
            "MPL backends of plots, see below",
            "Figure 996",
        ] {
            assert!(!is_named(text), "{text}");
        }
    }
}

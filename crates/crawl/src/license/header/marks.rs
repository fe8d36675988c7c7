//! Short marks of what is withheld: `Foo Inc. confidential`, `not for redistribution`, `trial version`.

use super::conditions::{ACTS, OF_CODE, THINGS};
use super::reserved::Token;

/// `not for redistribution`; a short sentence that says `no redistribution`.
pub(super) fn is_withheld(words: &[&str]) -> bool {
    let acts = ["publication", "release", "sharing", "commercial", "public"];
    let of_code = words.iter().any(|word| OF_CODE.contains(word));
    // `Not for public use` and `not for use outside of the module` are about an interface.
    let inside = |at: usize| match words.get(at) {
        Some(&"public") => words
            .get(at + 1)
            .is_some_and(|next| matches!(*next, "api" | "consumption" | "usage" | "use")),
        Some(&("use" | "usage")) => of_code,
        _ => false,
    };
    let kept = words.windows(3).enumerate().any(|(at, three)| {
        three[..2] == ["not", "for"]
            && (ACTS.contains(&three[2]) || acts.contains(&three[2]))
            && !inside(at + 2)
    });
    let denied = words.len() <= MAX_MARK
        && words.windows(2).any(|two| {
            two[0] == "no"
                && matches!(
                    two[1],
                    "copying" | "disclosure" | "redistribution" | "reproduction" | "resale"
                )
        });
    kept || denied
}

fn is_secret(word: &str) -> bool {
    matches!(word, "confidential" | "proprietary")
}

/// `Proprietary code of Example`, `this file contains proprietary source code of Example`.
pub(super) fn is_of_owner(sentence: &[Token], words: &[&str], prose: bool) -> bool {
    let named = |at: usize| {
        let owner = sentence[at + 1..]
            .iter()
            .find(|token| !matches!(token.text.as_str(), "the" | "our"));
        owner.is_some_and(|token| token.cased)
    };
    let of_license = words.iter().any(|word| word.starts_with("licen"));
    let of_owner = sentence.iter().enumerate().any(|(at, token)| {
        let near = sentence[at + 1..].iter().take(MAX_MARK + 1);
        let place = near
            .clone()
            .position(|next| matches!(next.text.as_str(), "belonging" | "from" | "of" | "to"));
        let place = place.map(|place| at + 1 + place);
        let is_work = place.is_some_and(|place| {
            let between = &sentence[at + 1..place];
            let works = |token: &Token| {
                THINGS.contains(&token.text.as_str())
                    || matches!(
                        token.text.as_str(),
                        "algorithm" | "algorithms" | "content" | "technology" | "work"
                    )
            };
            between.is_empty() || between.iter().any(works)
        });
        let private = token.text == "private" && at == 0 && place != Some(at + 1);
        (is_secret(&token.text) || private) && is_work && place.is_some_and(named)
    });
    let is_one = words.windows(3).any(|three| {
        matches!(three[0], "a" | "an" | "the") && is_secret(three[1]) && THINGS.contains(&three[2])
    }) && words.starts_with(&["this", "is"]);
    let contains = words.windows(2).any(|two| {
        matches!(two[0], "contains" | "includes" | "is" | "are" | "contain") && is_secret(two[1])
    });
    let of_this = words.windows(2).any(|two| {
        matches!(two[0], "this" | "these" | "all")
            && (THINGS.contains(&two[1]) || matches!(two[1], "files" | "package" | "module"))
    });
    !of_license && ((of_owner && !prose) || (contains && of_this) || is_one)
}

/// A short sentence that says `confidential` or `proprietary`.
pub(super) fn is_marked(words: &[&str]) -> bool {
    words.len() <= MAX_MARK && words.iter().any(|word| is_secret(word))
}

/// Such a sentence that says nothing else, or `Foo Confidential` in capitals.
pub(super) fn is_legend(sentence: &[Token], words: &[&str]) -> bool {
    const BESIDE: &[&str] = &[
        "and",
        "company",
        "highly",
        "internal",
        "private",
        "restricted",
        "secret",
        "strictly",
    ];
    let alone = words
        .iter()
        .all(|word| is_secret(word) || BESIDE.contains(word));
    let named = words.last().is_some_and(|word| is_secret(word));
    let of_file = words
        .iter()
        .any(|word| *word == "this" || THINGS.contains(word));
    alone || of_file || (named && sentence.iter().all(|token| token.cased))
}

/// `Trial version`, `this is a trial version of Foo`; but not `trial version of the algorithm`.
pub(super) fn is_trial(words: &[&str]) -> bool {
    const OF_FILE: &[&str] = &["file", "program", "script", "software", "this"];
    words.windows(2).enumerate().any(|(at, two)| {
        if two != ["trial", "version"] {
            return false;
        }
        let before = &words[at.saturating_sub(2 * MAX_MARK)..at];
        let rest = &words[at + 2..words.len().min(at + 2 + MAX_MARK)];
        let says = before.is_empty()
            || before.contains(&"this")
            || (before.len() <= MAX_MARK
                && !before.iter().any(|word| matches!(*word, "the" | "a")));
        let thing = rest
            .iter()
            .skip(1)
            .find(|word| !matches!(**word, "a" | "an" | "our" | "the"));
        let of_code = thing.is_some_and(|word| {
            OF_CODE.contains(word) || matches!(*word, "algorithm" | "algorithms" | "code")
        });
        let about = match rest.first() {
            None | Some(&("only" | "not" | "for" | "expires" | "valid")) => true,
            Some(&"of") => {
                before.contains(&"this") && !of_code
                    || thing.is_some_and(|word| OF_FILE.contains(word))
            }
            Some(_) => false,
        };
        says && about
    })
}

/// Maximal length in words of a mark such as `Foo Inc. confidential`.
const MAX_MARK: usize = 4;

#[cfg(test)]
mod tests {
    use super::super::conditions::conditional;
    use super::super::reserved::tokens;

    #[test]
    fn works_of_an_owner() {
        for text in [
            "This file contains proprietary source code of Acme",
            "Proprietary code of Acme Inc.",
            "These algorithms are confidential to the Acme Corporation.",
            "Company private",
            "Private code of Acme Inc.",
            "This is a proprietary file.",
            "Not for public release.",
            "Not for use outside the firm.",
        ] {
            assert_eq!(conditional(&tokens(text), false), Some(0), "{text}");
        }
        for text in [
            "Returns True if the license is proprietary to the maker of Foo.",
            "Reads the proprietary format of a scanner.",
            "Private helpers. Not for public use.",
            "Internal module, not for use outside of the package.",
        ] {
            assert_eq!(conditional(&tokens(text), false), None, "{text}");
        }
    }

    #[test]
    fn prose_is_about_anything_and_a_legend_about_the_file() {
        for text in ["Confidential computing.", "Proprietary formats."] {
            assert_eq!(conditional(&tokens(text), true), None, "{text}");
            assert_eq!(conditional(&tokens(text), false), Some(0), "{text}");
        }
        for text in [
            "Tools. Confidential.",
            "Foo Confidential",
            "This is proprietary.",
            "Proprietary code.",
            "This file is confidential.",
            "Strictly confidential",
        ] {
            assert_eq!(conditional(&tokens(text), true), Some(0), "{text}");
        }
    }
}

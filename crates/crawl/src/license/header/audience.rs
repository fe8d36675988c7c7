//! Owners, and persons and purposes that a file is for: `property of ACME`, `only for employees`, `academic license`.

use super::super::permissive::is_permissive;
use super::super::statement;
use super::conditions::{LIMITS, OF_CODE, PERSONS, THINGS};
use super::reserved::Token;

/// Maximal length in words of a sentence that is such a mark.
const MAX_MARK: usize = 8;

/// Maximal length in words of a title such as `academic license`.
const MAX_TITLE: usize = 4;

/// Kinds of persons and uses in titles of licences.
const KINDS: &[&str] = &[
    "academic",
    "developer",
    "educational",
    "noncommercial",
    "personal",
    "research",
    "student",
    "university",
];

/// True for a sentence that names an owner, or whom or what the file is for. Prose is about anything.
pub(super) fn is_kept(sentence: &[Token], words: &[&str], prose: bool) -> bool {
    is_owned(sentence, words, prose)
        || is_for_persons(words)
        || is_for_purpose(words)
        || is_titled(words)
        || is_shareware(words)
        || (is_permitted(words) && !names_permissive(sentence))
        || (!prose && is_internal(sentence))
}

/// `Licensed Materials - Property of IBM`, `Property of ACME`, `this file is the property of ACME`.
fn is_owned(sentence: &[Token], words: &[&str], prose: bool) -> bool {
    let materials = words
        .windows(2)
        .any(|two| two[0] == "licensed" && matches!(two[1], "material" | "materials"));
    // `the Licensed Material` is a word of licences.
    if materials && words.len() <= 2 * MAX_MARK {
        return true;
    }
    let Some(at) = sentence
        .windows(2)
        .position(|two| two[0].text == "property" && two[1].text == "of")
    else {
        return false;
    };
    let owner = &sentence[at + 2..];
    let named = owner.first().is_some_and(|token| token.cased);
    let starts = at == 0 || (at == 1 && sentence[0].text == "private");
    let alone = starts && owner.len() <= MAX_TITLE && owner.iter().all(|token| token.cased);
    let thing = sentence[..at]
        .iter()
        .any(|token| THINGS.contains(&token.text.as_str()) || token.text == "copyright");
    named && ((alone && !prose) || thing)
}

/// `only for employees of ACME`, `for use by ACME customers`.
fn is_for_persons(words: &[&str]) -> bool {
    if words.len() > MAX_MARK || words.iter().any(|word| OF_CODE.contains(word)) {
        return false;
    }
    let persons = |words: &[&str]| words.iter().take(6).any(|word| PERSONS.contains(word));
    (0..words.len()).any(|at| match &words[at..] {
        [
            "only" | "solely" | "exclusively",
            "for" | "to" | "by",
            rest @ ..,
        ] => persons(rest),
        ["for", "use" | "usage", "by", rest @ ..] => at <= 1 && persons(rest),
        _ => false,
    })
}

/// `For evaluation purposes.`
fn is_for_purpose(words: &[&str]) -> bool {
    // Of code that is said to be for these, nothing is forbidden.
    const OPEN: &[&str] = &["educational", "home", "internal", "official", "private"];
    let ["for", between @ .., "purpose" | "purposes" | "use"] = words else {
        return false;
    };
    let limits = between
        .iter()
        .all(|word| LIMITS.contains(word) || matches!(*word, "and" | "or" | "testing"));
    limits
        && between
            .iter()
            .any(|word| LIMITS.contains(word) && !OPEN.contains(word))
}

/// `Academic license`, `under an academic license`.
fn is_titled(words: &[&str]) -> bool {
    words.windows(2).enumerate().any(|(at, two)| {
        let near = &words[at.saturating_sub(MAX_TITLE)..at];
        let owned = near.iter().any(|word| matches!(*word, "under" | "this"));
        KINDS.contains(&two[0])
            && matches!(two[1], "license" | "licence")
            && (words.len() <= MAX_TITLE || owned)
    })
}

/// `Shareware`, `this is shareware`.
fn is_shareware(words: &[&str]) -> bool {
    words.len() <= MAX_MARK
        && words
            .iter()
            .any(|word| matches!(*word, "shareware" | "crippleware" | "nagware"))
}

/// `used with permission`, `reproduced with kind permission of ACME`.
fn is_permitted(words: &[&str]) -> bool {
    const DONE: &[&str] = &[
        "included",
        "printed",
        "published",
        "reprinted",
        "reproduced",
        "republished",
        "used",
    ];
    const KIND: &[&str] = &[
        "express", "explicit", "her", "his", "its", "kind", "special", "the", "their", "written",
    ];
    (0..words.len()).any(|at| {
        if !DONE.contains(&words[at]) {
            return false;
        }
        let [_, "with" | "by", rest @ ..] = &words[at..] else {
            return false;
        };
        let kind = rest.iter().take_while(|word| KIND.contains(word)).count();
        let after = rest.get(kind + 1);
        rest.get(kind) == Some(&"permission")
            && after.is_none_or(|word| matches!(*word, "by" | "from" | "of"))
    })
}

/// True for a sentence that names a permissive licence: `used with permission of pytest (MIT)`.
fn names_permissive(sentence: &[Token]) -> bool {
    const NAMES: &[&str] = &["apache", "bsd", "expat", "isc", "mit", "psf", "zlib"];
    sentence.iter().any(|token| {
        let text = token.text.as_str();
        let id = text
            .contains('-')
            .then(|| statement::expression(text))
            .flatten();
        NAMES.contains(&text) || id.is_some_and(|id| is_permissive(&id))
    })
}

/// `For internal ACME use.`
fn is_internal(sentence: &[Token]) -> bool {
    let [first, kind, name @ .., last] = sentence else {
        return false;
    };
    first.text == "for"
        && matches!(kind.text.as_str(), "internal" | "private")
        && (1..=MAX_TITLE).contains(&name.len())
        && name.iter().all(|token| token.cased)
        && matches!(last.text.as_str(), "purposes" | "usage" | "use")
}

#[cfg(test)]
mod tests {
    use super::super::conditions::conditional;
    use super::super::reserved::tokens;

    #[test]
    fn owners_persons_and_purposes() {
        for text in [
            "Licensed Materials - Property of IBM",
            "This is licensed material of IBM.",
            "Property of ACME",
            "Private property of ACME",
            "This file is the property of ACME.",
            "Only for employees of ACME.",
            "For internal ACME use.",
            "For use by ACME customers.",
            "For evaluation purposes.",
            "For testing and evaluation purposes.",
            "Academic license",
            "Released under an academic licence to universities of the country.",
            "Shareware",
            "This is shareware.",
            "Copyright ACME. Used with permission.",
            "Reproduced with kind permission of O'Reilly.",
            "内部使用，请勿外传",
            "请勿复制",
        ] {
            assert!(conditional(&tokens(text), false).is_some(), "{text}");
        }
    }

    #[test]
    fn sentences_about_other_things() {
        for text in [
            "The property of Euler graphs is tested.",
            "A property of the Graph class.",
            "For internal use.",
            "For educational purposes.",
            "Only for members of the class.",
            "Requires a solver, for which one can get an academic license of the maker.",
            "Academic Free License 3.0",
            "Checks that the file can be used with permission bits.",
            "Used with permission of pytest (MIT).",
            "Reproduced with permission from the authors of attrs (BSD-3-Clause).",
            "内部使用的函数",
        ] {
            assert_eq!(conditional(&tokens(text), false), None, "{text}");
        }
    }
}

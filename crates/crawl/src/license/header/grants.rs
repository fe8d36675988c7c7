//! Sentences of a header that grant nothing: `No license.`, `no permission is given to use this code`.

use super::conditions::GRANTED;
use super::phrases::{has_row, is_thing, speaks_of_this};

/// Maximal number of words between what is not granted and the verb.
const MAX_BETWEEN: usize = 10;

/// Verbs of what is not granted.
const VERBS: &[&str] = &[
    "conferred",
    "conveyed",
    "extended",
    "given",
    "grant",
    "granted",
    "implied",
    "offered",
    "provided",
];

/// Words between `no` and what is not granted.
const KINDS: &[&str] = &[
    "copyright",
    "explicit",
    "express",
    "further",
    "implicit",
    "implied",
    "of",
    "open",
    "or",
    "other",
    "other",
    "patent",
    "source",
    "usage",
    "use",
    "whatsoever",
];

/// True for a sentence of this kind. Prose is about anything, also about permissions of files.
pub(super) fn is_denied(words: &[&str], prose: bool) -> bool {
    !prose
        && (grants_nothing(words)
            || has_no_permission(words)
            || is_undecided(words)
            || is_unlicensed(words))
}

fn is_right(word: &str) -> bool {
    GRANTED.contains(&word)
        || matches!(
            word,
            "licenses" | "licences" | "permissions" | "right" | "rights"
        )
}

/// `No license.`, `no rights granted`, `no license, whether implied or otherwise, is granted`.
fn grants_nothing(words: &[&str]) -> bool {
    // Marks and names are withheld by permissive licences, too.
    let of_marks = words.iter().any(|word| {
        word.starts_with("trademark") || matches!(*word, "logo" | "logos" | "mark" | "marks")
    });
    (0..words.len()).any(|at| {
        if !matches!(words[at], "no" | "neither") || of_marks {
            return false;
        }
        let kinds = words[at + 1..]
            .iter()
            .take_while(|word| KINDS.contains(word))
            .count();
        let place = at + 1 + kinds;
        let Some(right) = words.get(place).filter(|word| is_right(word)) else {
            return false;
        };
        let rest = &words[place + 1..];
        let near = rest.iter().take(MAX_BETWEEN);
        let granted = near.clone().any(|word| VERBS.contains(word));
        let to_use = matches!(
            rest,
            [
                "to",
                "copy" | "distribute" | "modify" | "redistribute" | "reproduce" | "use",
                ..
            ]
        );
        let for_this = matches!(rest, ["for", ..]) && speaks_of_this(rest);
        let has =
            rest.is_empty() && words[..at].ends_with(&["has"]) && speaks_of_this(&words[..at]);
        // `No rights reserved` gives all of them.
        granted
            || for_this
            || has
            || (at == 0 && rest.is_empty())
            || (to_use && *right != "subscription")
    })
}

/// `You do not have permission to use this`, `nobody has the right to copy this file`.
fn has_no_permission(words: &[&str]) -> bool {
    const ACTS: &[&str] = &[
        "copy",
        "distribute",
        "modify",
        "publish",
        "redistribute",
        "reproduce",
        "reuse",
        "sell",
        "share",
        "use",
    ];
    let conditional = words
        .iter()
        .any(|word| matches!(*word, "if" | "unless" | "when"));
    let denied = (0..words.len()).any(|at| {
        let rest = match &words[at..] {
            ["not", "have", rest @ ..]
            | ["dont", "have", rest @ ..]
            | ["nobody", "has", rest @ ..]
            | ["have", "no", rest @ ..]
            | ["has", "no", rest @ ..]
            | ["not", "granted", rest @ ..]
            | ["not", "given", rest @ ..] => rest,
            _ => return false,
        };
        let of = rest
            .iter()
            .take_while(|word| matches!(**word, "any" | "my" | "our" | "the" | "a"));
        let of = of.count();
        let rest = &rest[of..];
        rest.first().is_some_and(|word| is_right(word))
            && matches!(rest.get(1), Some(&"to"))
            && rest.get(2).is_some_and(|word| ACTS.contains(word))
    });
    // `Permission to use this code is not given`
    let refused = words.first().is_some_and(|word| is_right(word))
        && words
            .windows(2)
            .take(MAX_BETWEEN)
            .any(|two| two[0] == "not" && matches!(two[1], "given" | "granted"))
        && !has_row(words, &["granted", "to"])
        && !has_row(words, &["given", "to"]);
    if refused && !conditional {
        return true;
    }
    denied && !conditional && (speaks_of_this(words) || words.contains(&"it"))
}

/// `License pending`, `the licence is to be decided`.
fn is_undecided(words: &[&str]) -> bool {
    const OPEN: &[&str] = &[
        "pending",
        "tba",
        "tbd",
        "unclear",
        "undecided",
        "undetermined",
        "unknown",
        "unspecified",
    ];
    const BETWEEN: &[&str] = &[
        "be",
        "currently",
        "is",
        "not",
        "of",
        "still",
        "this",
        "to",
        "yet",
    ];
    let start = words
        .iter()
        .take_while(|word| matches!(**word, "the" | "this" | "a"))
        .count();
    let rest = match &words[start..] {
        ["license" | "licence" | "licensing", rest @ ..] => rest,
        _ => return false,
    };
    let between = rest
        .iter()
        .take_while(|word| BETWEEN.contains(word) || is_thing(word))
        .count();
    let open = rest.get(between).is_some_and(|word| OPEN.contains(word));
    let later = has_row(rest, &["to", "be"]) || has_row(rest, &["not", "yet"]);
    let decided = rest.get(between).is_some_and(|word| {
        matches!(
            *word,
            "decided" | "determined" | "announced" | "chosen" | "defined"
        )
    });
    (open && between + 1 >= rest.len().min(2)) || (later && decided)
}

/// `Unlicensed`, `this file is unlicensed`.
fn is_unlicensed(words: &[&str]) -> bool {
    match words {
        ["unlicensed" | "unlicenced"]
        | [
            "unlicensed" | "unlicenced",
            "all" | "and" | "code" | "file" | "no" | "software" | "source" | "work",
            ..,
        ] => true,
        _ => {
            has_row(words, &["is", "unlicensed"]) && speaks_of_this(words)
                || has_row(words, &["without", "license"]) && words.len() <= 3
                || has_row(words, &["without", "a", "license"]) && speaks_of_this(words)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::conditions::conditional;
    use super::super::reserved::tokens;

    #[test]
    fn sentences_that_grant_nothing() {
        for text in [
            "No license.",
            "No licence granted.",
            "No rights granted.",
            "No license, whether implied or otherwise, is granted in or to such code.",
            "No permission is given to use this code.",
            "No permission to copy.",
            "There is no license for this file.",
            "This file has no license.",
            "Permission to use this code is not given.",
            "You do not have permission to use this.",
            "You have no right to redistribute this file.",
            "License pending.",
            "The license is still to be decided.",
            "Unlicensed - all rights reserved by the author",
        ] {
            assert!(conditional(&tokens(text), false).is_some(), "{text}");
        }
    }

    #[test]
    fn sentences_about_permissions_of_other_things() {
        for text in [
            "No license header is added.",
            "No rights reserved.",
            "No permission is needed.",
            "No trademark license is granted for the logo.",
            "Raises an error if you do not have permission to use the socket.",
            "The license of a file is unknown to the parser of names.",
            "There is no permission bit.",
            "Unlicensed users are ignored.",
            "Permission is not granted to anonymous users.",
        ] {
            assert_eq!(conditional(&tokens(text), false), None, "{text}");
        }
    }
}

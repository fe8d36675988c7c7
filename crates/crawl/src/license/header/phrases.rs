//! Words and rows of words that several rules of headers share.

use super::conditions::THINGS;

/// True for a word that denies what follows. `can't` is written without its apostrophe.
pub(super) fn is_negation(word: &str) -> bool {
    matches!(
        word,
        "not" | "never" | "cannot" | "cant" | "dont" | "mustnt" | "shouldnt"
    )
}

/// True for a word that a header calls its own file, or the project, by.
pub(super) fn is_thing(word: &str) -> bool {
    THINGS.contains(&word)
        || matches!(
            word,
            "class"
                | "content"
                | "files"
                | "function"
                | "implementation"
                | "library"
                | "materials"
                | "module"
                | "package"
                | "project"
                | "repository"
                | "sample"
                | "scripts"
                | "snippet"
                | "work"
        )
}

/// True for words that speak of the file itself: `this file`, `the code`, or only `this` at the end.
pub(super) fn speaks_of_this(words: &[&str]) -> bool {
    words.last() == Some(&"this")
        || words
            .windows(2)
            .any(|two| matches!(two[0], "this" | "these" | "the" | "such") && is_thing(two[1]))
        || words
            .windows(3)
            .any(|three| three[0] == "this" && is_thing(three[2]))
}

/// True where a row of words stands among others.
pub(super) fn has_row(words: &[&str], row: &[&str]) -> bool {
    words.windows(row.len()).any(|some| some == row)
}

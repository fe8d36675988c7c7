//! Sentences of a header that keep a use to those who were allowed it, or the file from others.

use super::conditions::{ACTS, GRANTED, OF_CODE, PERSONS, THINGS};

/// Phrases that stand alone, as words with single spaces.
const PHRASES: &[&str] = &[
    "all proprietary rights",
    "attribution noncommercial",
    "attribution non commercial",
    "attribution noderivatives",
    "attribution noderivs",
    "attribution sharealike",
    "attribution share alike",
    "for nothing else",
    "no other purpose",
    "not for anything else",
    "terms of service apply",
    "terms of use apply",
];

/// Verbs for giving a file to others.
const GIVING: &[&str] = &[
    "disclose",
    "distribute",
    "give",
    "leak",
    "post",
    "publish",
    "release",
    "send",
    "share",
    "show",
    "upload",
];

/// Others to whom it is not to be given.
const OUTSIDERS: &[&str] = &[
    "anybody",
    "anyone",
    "classmates",
    "everyone",
    "internet",
    "online",
    "others",
    "parties",
    "people",
    "publicly",
    "repositories",
    "students",
];

/// True for a sentence of this kind. Prose is about anything, also about what others are to be asked.
pub(super) fn is_kept(words: &[&str], prose: bool) -> bool {
    let text = format!(" {} ", words.join(" "));
    PHRASES
        .iter()
        .any(|phrase| text.contains(&format!(" {phrase} ")))
        || is_for_licensees(words)
        || is_from_others(words)
        || is_restricted(words)
        || is_for_one_use(words)
        || (!prose && asks_first(words))
}

/// `You can only use this program if you have a license agreement with Example`.
fn is_for_licensees(words: &[&str]) -> bool {
    let any = |names: &[&str]| words.iter().any(|word| names.contains(word));
    let of_use = any(&["use", "used", "using", "usage", "permitted", "allowed"]);
    let granted = |from: usize, most: usize| {
        let near = words[from..].iter().take(most);
        near.clone()
            .any(|word| *word == "agreement" || GRANTED.contains(word))
    };
    let has = (0..words.len()).any(|at| match &words[at..] {
        [
            "you" | "they" | "who",
            "have" | "hold" | "own" | "bought" | "closed" | "purchased" | "signed",
            ..,
        ] => granted(at + 2, 6),
        [
            "with" | "under",
            "a",
            "commercial" | "current" | "paid" | "separate" | "signed" | "valid" | "written",
            ..,
        ] => granted(at + 3, 2),
        _ => false,
    });
    any(&["only"]) && of_use && has
}

/// `Do not post this online`, `You may not share, sell or publish this code`.
fn is_from_others(words: &[&str]) -> bool {
    (1..words.len()).any(|at| {
        let negated = matches!(words[at - 1], "not" | "dont" | "never");
        if !negated || !GIVING.contains(&words[at]) {
            return false;
        }
        let rest = &words[at..];
        let verbs = rest
            .iter()
            .take_while(|word| GIVING.contains(word) || matches!(**word, "copy" | "sell" | "or"));
        let verbs = verbs.count();
        let object = match &rest[verbs..] {
            ["this", thing, ..] | [thing, ..] if THINGS.contains(thing) => verbs > 1,
            _ => false,
        };
        let near = &words[at..words.len().min(at + MAX_NEAR)];
        let outside = near.iter().any(|word| OUTSIDERS.contains(word));
        let named = near
            .iter()
            .any(|word| *word == "this" || THINGS.contains(word));
        object || outside && (named || words.len() <= MAX_NEAR)
    })
}

/// `Usage restricted to members of the Example consortium`.
fn is_restricted(words: &[&str]) -> bool {
    let of_code = words.iter().any(|word| OF_CODE.contains(word));
    !of_code
        && words.windows(3).enumerate().any(|(at, three)| {
            let kept = matches!(three[1], "limited" | "reserved" | "restricted");
            let persons = words[at + 3..].iter().take(4);
            ACTS.contains(&three[0])
                && kept
                && matches!(three[2], "for" | "to")
                && persons.clone().any(|word| PERSONS.contains(word))
        })
}

/// `Licensed for use with Example products only`.
fn is_for_one_use(words: &[&str]) -> bool {
    let licensed = words.windows(3).any(|three| {
        matches!(three[0], "licensed" | "licenced")
            && three[1] == "for"
            && matches!(three[2], "use" | "usage")
    });
    let only = ["exclusively", "only", "solely"];
    licensed && words.iter().any(|word| only.contains(word))
}

/// `Ask before using this code`.
fn asks_first(words: &[&str]) -> bool {
    const DOING: &[&str] = &["copying", "redistributing", "reusing", "sharing", "using"];
    (0..words.len()).any(|at| {
        let rest = &words[at + 1..];
        let before = rest.iter().take(4).position(|word| *word == "before");
        let Some(before) = before.filter(|_| words[at] == "ask") else {
            return false;
        };
        match &rest[before + 1..] {
            [doing] => DOING.contains(doing),
            [doing, "this" | "it" | "any" | "the", ..] => DOING.contains(doing),
            _ => false,
        }
    })
}

/// Words behind a verb that are looked at.
const MAX_NEAR: usize = 10;

#[cfg(test)]
mod tests {
    use super::super::conditions::conditional;
    use super::super::reserved::tokens;

    #[test]
    fn uses_that_are_kept_to_some() {
        for text in [
            "Example is holder of all proprietary rights on this computer program.",
            "You can only use this computer program if you have closed\na license agreement with Example.",
            "Use is permitted only with a valid license.",
            "Do not post this online.",
            "Please do not upload this file to public repositories.",
            "Please do not share with other students.",
            "You may not share, sell or publish this code.",
            "Ask before using this code.",
            "Ask the author before copying.",
            "Solely for the use of Example customers.",
            "Usage restricted to members of the Example consortium",
            "(c) Example. Licensed for use with Example products only.",
            "Students may use this for coursework, but not for anything else.",
            "Attribution-NonCommercial-ShareAlike 4.0 International",
            "Gemma Terms of Use apply",
        ] {
            assert!(conditional(&tokens(text), false).is_some(), "{text}");
        }
    }

    #[test]
    fn sentences_about_programs() {
        for text in [
            "Licensed under the Apache License, Version 2.0 (the \"License\");\nyou may not use this file except in \
             compliance with the License.",
            "You may only use this function if you have a list of numbers.",
            "Do not share the lock with other threads.",
            "Do not upload twice: the server keeps the first one.",
            "Do not send it to the others before the first has answered.",
            "Usage limited to positive numbers.",
            "Ask the user before the list is deleted.",
            "Only for members of the class.",
            "The computer program is licensed for use by everyone.",
        ] {
            assert_eq!(conditional(&tokens(text), false), None, "{text}");
        }
    }
}

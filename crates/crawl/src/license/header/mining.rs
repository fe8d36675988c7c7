//! Reservations of the training of models and of the mining of texts.

use super::conditions::THINGS;

/// Words of what is trained or does the mining.
const MODELS: &[&str] = &["ai", "llm", "llms", "tdm"];

/// Such terms of several words.
const TERMS: &[&[&str]] = &[
    &["artificial", "intelligence"],
    &["data", "mining"],
    &["deep", "learning"],
    &["generative", "models"],
    &["language", "model"],
    &["language", "models"],
    &["learning", "models"],
    &["machine", "learning"],
    &["neural", "network"],
    &["neural", "networks"],
];

/// Maximal number of words between a negation and what is forbidden.
const MAX_BETWEEN: usize = 12;

/// Maximal length in words of a mark such as `No AI training`.
const MAX_MARK: usize = 6;

/// True for a sentence that reserves the file from training or mining: `AI training is forbidden`, `this code may not
/// be used to train models`.
pub(super) fn is_reserved(words: &[&str]) -> bool {
    let Some(place) = (0..words.len()).find(|at| is_term(&words[*at..])) else {
        return trains_on_this(words) || trains_not(words) || is_tag(words);
    };
    is_denied(words, place)
        || is_kept_from(words)
        || is_reservation(words, place)
        || is_mark(words)
        || allows_no(words)
        || trains_not(words)
}

fn is_term(words: &[&str]) -> bool {
    MODELS.contains(&words[0]) || TERMS.iter().any(|term| words.starts_with(term))
}

fn is_negation(word: &str) -> bool {
    matches!(word, "not" | "never" | "dont" | "cannot")
}

fn is_act(word: &str) -> bool {
    matches!(
        word,
        "train" | "training" | "trained" | "mining" | "learning" | "scraping" | "crawling" | "use"
    )
}

/// `AI training is not allowed`, `training of AI models on this code is forbidden`.
fn is_denied(words: &[&str], place: usize) -> bool {
    let denied = (place..words.len().min(place + MAX_BETWEEN)).any(|at| {
        matches!(words[at], "prohibited" | "forbidden" | "disallowed")
            || (words[at] == "not"
                && words
                    .get(at + 1)
                    .is_some_and(|next| matches!(*next, "allowed" | "permitted" | "authorized")))
    });
    denied && words.iter().any(|word| is_act(word))
}

/// `this file may not be used for machine learning`, `do not use this code to train neural networks`.
fn is_kept_from(words: &[&str]) -> bool {
    let about = words.iter().any(|word| is_thing(word));
    about
        && uses_not(words).any(|at| {
            let rest = &words[at..words.len().min(at + MAX_BETWEEN)];
            (0..rest.len()).any(|next| is_term(&rest[next..]))
        })
}

/// `this code may not be used to train models`.
fn trains_on_this(words: &[&str]) -> bool {
    let of_this = words
        .windows(2)
        .any(|two| two[0] == "this" && is_thing(two[1]));
    of_this
        && uses_not(words).any(|at| {
            let rest = &words[at..words.len().min(at + MAX_BETWEEN)];
            rest.windows(2)
                .any(|two| matches!(two, ["to" | "for", "train" | "training"]))
        })
}

fn is_thing(word: &str) -> bool {
    THINGS.contains(&word)
        || matches!(
            word,
            "content" | "library" | "project" | "repository" | "work"
        )
}

/// Places behind `not use`, `not be used`.
fn uses_not<'a>(words: &'a [&'a str]) -> impl Iterator<Item = usize> + 'a {
    (0..words.len()).filter_map(|at| {
        if !is_negation(words[at]) {
            return None;
        }
        let used = words[at + 1..].iter().take(3).position(|word| {
            matches!(*word, "use" | "used" | "feed" | "fed" | "ingest" | "scrape")
        })?;
        Some(at + used + 2)
    })
}

/// `text and data mining is reserved`, `TDM opt-out`.
fn is_reservation(words: &[&str], place: usize) -> bool {
    let of_mining = words[place..]
        .iter()
        .take(3)
        .any(|word| matches!(*word, "tdm" | "mining" | "training"));
    let reserved = words.iter().any(|word| {
        matches!(
            *word,
            "reservation"
                | "reserved"
                | "reserve"
                | "reserves"
                | "reserving"
                | "excluded"
                | "optout"
        )
    }) || words.windows(2).any(|two| two == ["opt", "out"]);
    of_mining && reserved
}

/// `No AI training`.
fn is_mark(words: &[&str]) -> bool {
    let no = words.iter().position(|word| *word == "no");
    let not_for = words.windows(2).position(|two| two == ["not", "for"]);
    let start = no.map(|at| at + 1).or(not_for.map(|at| at + 2));
    words.len() <= MAX_MARK && start.is_some_and(|at| at < words.len() && is_term(&words[at..]))
}

/// `No AI training permitted on this file`, `no text and data mining of this code`.
fn allows_no(words: &[&str]) -> bool {
    let refused = (0..words.len()).any(|at| {
        let near = &words[at..words.len().min(at + 9)];
        words[at] == "no" && (1..near.len()).any(|next| is_term(&near[next..]))
    });
    let allowed = words.iter().any(|word| {
        matches!(
            *word,
            "allowed" | "authorised" | "authorized" | "granted" | "permitted"
        )
    });
    let of_this = words
        .windows(2)
        .any(|two| two[0] == "this" && is_thing(two[1]));
    let short = words.len() <= MAX_MARK && words.first() == Some(&"no");
    let unused = words.starts_with(&["not", "to", "be", "used"])
        && (4..words.len().min(MAX_BETWEEN)).any(|at| is_term(&words[at..]));
    (unused || (refused && (allowed || of_this || short)))
        && words.iter().any(|word| is_act(word) || *word == "tdm")
}

/// `Do not train on this code`, `you may not train AI on this file`.
fn trains_not(words: &[&str]) -> bool {
    let of_this = words
        .windows(2)
        .any(|two| matches!(two[0], "this" | "my" | "our") && is_thing(two[1]))
        || words.last() == Some(&"this");
    of_this
        && words.windows(2).any(|two| {
            is_negation(two[0]) && matches!(two[1], "train" | "scrape" | "crawl" | "mine")
        })
}

/// `robots: noai`, `noai, noimageai`.
fn is_tag(words: &[&str]) -> bool {
    let tag = |word: &&str| matches!(*word, "noai" | "noimageai" | "noml" | "notdm" | "notrain");
    words.iter().any(tag) && (words.len() <= MAX_MARK || words.contains(&"robots"))
}

#[cfg(test)]
mod tests {
    use super::super::conditions::conditional;
    use super::super::reserved::tokens;

    #[test]
    fn reservations_of_training_and_mining() {
        for text in [
            "This code may not be used to train AI models.",
            "This file must not be used for training models.",
            "You may not use this file to train neural networks.",
            "Do not use this file for machine learning.",
            "AI training is forbidden.",
            "AI training is not allowed.",
            "Training of large language models on it is prohibited.",
            "TDM reservation: text and data mining is reserved.",
            "TDM opt-out",
            "No AI training.",
            "Not for AI training",
            "No AI training permitted on this file.",
            "No text and data mining of this code.",
            "No use for AI training.",
            "Not to be used to train language models.",
            "No use of this file for machine learning is allowed.",
            "Do not train on this code.",
            "robots: noai",
            "The author reserves the right of text and data mining (Art. 4 DSM).",
        ] {
            assert!(conditional(&tokens(text), false).is_some(), "{text}");
        }
    }

    #[test]
    fn sentences_of_programs_that_train() {
        for text in [
            "Trains a neural network.",
            "Machine learning is not magic.",
            "No machine learning is used in this module.",
            "Do not train before the data set is loaded.",
            "The validation data must not be used to train the neural network.",
            "Do not use dropout when the language model is evaluated.",
            "Not used for training, but for tests of this module.",
            "There is no machine learning in the loop of the program that sorts the numbers.",
        ] {
            assert_eq!(conditional(&tokens(text), false), None, "{text}");
        }
    }
}

//! Sentences of a header that keep the file to one person, a time or a form: `evaluation only`, `no derivatives`.

use super::conditions::{ACTS, GRANTED, THINGS};
use super::phrases::{has_row, is_negation, speaks_of_this};
use super::reserved::Token;

/// Maximal length in words of a mark such as `30-day trial`.
const MAX_MARK: usize = 6;

/// Work of courses that is not to be made public.
const COURSEWORK: &[&str] = &[
    "answers",
    "assignment",
    "assignments",
    "coursework",
    "exam",
    "exams",
    "exercises",
    "homework",
    "homeworks",
    "solution",
    "solutions",
];

/// Verbs in the passive for what must not be done with a file.
const DONE: &[&str] = &[
    "adapted",
    "copied",
    "disclosed",
    "disseminated",
    "distributed",
    "forwarded",
    "leaked",
    "posted",
    "published",
    "redistributed",
    "reproduced",
    "resold",
    "shared",
    "sold",
    "sublicensed",
    "transferred",
    "transmitted",
    "uploaded",
];

/// True for a sentence of this kind. Prose is about anything.
pub(super) fn is_kept(sentence: &[Token], words: &[&str], prose: bool) -> bool {
    !prose
        && (is_by_permission(words)
            || is_unchanged(words)
            || is_for_one(sentence)
            || is_only_for(words)
            || is_timed(words)
            || must_not(words)
            || is_coursework(words))
}

/// `Use only with my permission`, `redistribution only with permission of the author`.
fn is_by_permission(words: &[&str]) -> bool {
    const DOING: &[&str] = &[
        "copied",
        "copy",
        "distribute",
        "distributed",
        "modified",
        "modify",
        "redistribute",
        "redistributed",
        "reproduced",
        "reuse",
        "reused",
        "used",
    ];
    const BETWEEN: &[&str] = &[
        "a", "an", "author", "authors", "explicit", "express", "her", "his", "my", "our", "owner",
        "owners", "prior", "specific", "the", "their", "written", "with", "your",
    ];
    let of_use = words
        .iter()
        .any(|word| ACTS.contains(word) || DOING.contains(word));
    let starts = matches!(words.first(), Some(&("only" | "solely")));
    let ends = matches!(words, [.., "with" | "by", "permission" | "consent", "only"]);
    (of_use && ends)
        || (of_use || starts)
            && (0..words.len()).any(|at| {
                let [
                    "only" | "solely" | "exclusively",
                    "after" | "by" | "under" | "upon" | "with",
                    rest @ ..,
                ] = &words[at..]
                else {
                    return false;
                };
                let between = rest
                    .iter()
                    .take_while(|word| BETWEEN.contains(word))
                    .count();
                let of = rest.get(between + 1);
                rest.get(between).is_some_and(|word| GRANTED.contains(word))
                    && of.is_none_or(|word| matches!(*word, "by" | "from" | "in" | "of"))
            })
}

/// Verbs for what is not to be done with a file.
const CHANGES: &[&str] = &[
    "adapt",
    "alter",
    "change",
    "copy",
    "decompile",
    "distribute",
    "edit",
    "exploit",
    "fork",
    "modify",
    "publish",
    "redistribute",
    "reproduce",
    "reuse",
    "sell",
    "share",
    "sublicense",
    "translate",
    "use",
];

/// `You may not modify this file`, `no derivatives`. Files that are made are not to be changed by hand.
fn is_unchanged(words: &[&str]) -> bool {
    let of_form = words.iter().any(|word| {
        matches!(
            *word,
            "directly"
                | "except"
                | "generated"
                | "hand"
                | "manually"
                | "unless"
                | "until"
                | "when"
                | "while"
                | "without"
        )
    });
    let refused = (0..words.len()).any(|at| match &words[at..] {
        [
            "you" | "users" | "nobody",
            "may" | "must" | "can" | "shall",
            "not",
            verb,
            rest @ ..,
        ]
        | ["you" | "users", "cannot" | "maynot", verb, rest @ ..]
        | ["not", "allowed" | "permitted", "to", verb, rest @ ..]
        | ["but", "not", verb, rest @ ..]
        | ["but", "you", "may" | "must" | "can", "not", verb, rest @ ..] => {
            let this = match rest {
                [] => *verb != "use" && *verb != "change",
                ["it", ..] => words[..at].iter().any(|word| THINGS.contains(word)),
                _ => speaks_of_this(&rest[..rest.len().min(5)]),
            };
            CHANGES.contains(verb) && this
        }
        _ => false,
    });
    (refused && !of_form) || keeps_form(words)
}

/// `Do not modify or redistribute`, `no derivatives`.
fn keeps_form(words: &[&str]) -> bool {
    let neither = matches!(
        words,
        [
            ..,
            "not",
            "modify",
            "or" | "and",
            "copy" | "distribute" | "redistribute" | "sell" | "share"
        ]
    );
    let start = words.iter().take(2).position(|word| *word == "no");
    let derived = start.is_some_and(|at| {
        words
            .get(at + 1)
            .is_some_and(|word| word.starts_with("deriv"))
            || matches!(
                &words[at..],
                ["no", "modifications"]
                    | ["no", "modifications", "allowed" | "permitted"]
                    | ["no", "modifications", "are", "allowed" | "permitted"]
            )
    });
    neither || (derived && words.len() <= 5)
}

/// `Licensed to Example Inc. only`, `licensed to: Jane Doe (single user)`.
fn is_for_one(sentence: &[Token]) -> bool {
    const FREE: &[&str] = &[
        "anyone",
        "apache",
        "asf",
        "everybody",
        "everyone",
        "psf",
        "the",
        "under",
        "you",
    ];
    (0..sentence.len().saturating_sub(2)).any(|at| {
        let word = |at: usize| sentence.get(at).map_or("", |token| token.text.as_str());
        let licensed = matches!(word(at), "licensed" | "licenced");
        let only = usize::from(matches!(word(at + 1), "exclusively" | "only" | "solely"));
        if !licensed || word(at + 1 + only) != "to" || at > 4 {
            return false;
        }
        let at = at + only;
        let name = &sentence[at + 2..];
        let cased = name.iter().take_while(|token| token.cased).count();
        let goes_on = word(at + 2 + cased);
        let free = name
            .iter()
            .take(cased.max(1) + 1)
            .any(|token| FREE.contains(&token.text.as_str()));
        (1..=6).contains(&cased)
            && !free
            && matches!(
                goes_on,
                "" | "only" | "exclusively" | "and" | "single" | "for" | "by"
            )
    })
}

/// `Evaluation only`, `for demonstration only`.
fn is_only_for(words: &[&str]) -> bool {
    const KINDS: &[&str] = &[
        "academic",
        "demo",
        "demonstration",
        "employees",
        "evaluation",
        "informational",
        "license",
        "licensees",
        "members",
        "noncommercial",
        "partners",
        "personal",
        "preview",
        "research",
        "reviewers",
        "student",
        "students",
        "subscribers",
        "teaching",
        "trial",
    ];
    const BESIDE: &[&str] = &[
        "and", "for", "or", "copy", "purposes", "purpose", "use", "version",
    ];
    let Some((last, rest)) = words.split_last() else {
        return false;
    };
    let only = *last == "only" || words.first() == Some(&"only");
    let rest = if *last == "only" {
        rest
    } else {
        words.get(1..).unwrap_or_default()
    };
    only && words.len() <= MAX_MARK
        && rest.iter().any(|word| KINDS.contains(word))
        && rest
            .iter()
            .all(|word| KINDS.contains(word) || BESIDE.contains(word))
}

/// `30-day trial`, `expires after 30 days`.
fn is_timed(words: &[&str]) -> bool {
    let is_number = |word: &str| word.starts_with(|c: char| c.is_ascii_digit());
    let unit = |word: &str| matches!(word, "day" | "days" | "week" | "weeks" | "month" | "months");
    let span = words
        .windows(2)
        .position(|two| is_number(two[0]) && unit(two[1]));
    let Some(at) = span.filter(|_| words.len() <= 2 * MAX_MARK) else {
        return false;
    };
    let behind = words[at + 2..].iter().take(2);
    let kind = behind.clone().any(|word| {
        matches!(
            *word,
            "demo" | "evaluation" | "license" | "licence" | "trial"
        )
    });
    kind || has_row(words, &["trial", "period"])
}

/// `This code must not be published`, `not to be redistributed`.
fn must_not(words: &[&str]) -> bool {
    let of_course = words
        .iter()
        .any(|word| COURSEWORK.contains(word) || *word == "course");
    let done = (0..words.len()).any(|at| {
        let rest = match &words[at..] {
            [
                "must" | "may" | "shall" | "should" | "can",
                "not",
                "be",
                rest @ ..,
            ]
            | ["cannot" | "mustnt" | "shouldnt", "be", rest @ ..]
            | ["not", "to", "be", rest @ ..] => rest,
            _ => return false,
        };
        let this = at == 1 && words[0] == "this";
        let short = (at == 0 || this) && rest.len() <= 2;
        let behind = rest.get(1).copied().unwrap_or_default();
        let of_program = matches!(behind, "between" | "across" | "by" | "twice" | "into");
        rest.first().is_some_and(|word| DONE.contains(word))
            && !of_program
            && (short || of_course || speaks_of_this(words))
    });
    done && !words
        .iter()
        .any(|word| matches!(*word, "unless" | "except"))
}

/// `Please do not publish your solutions`, `exam solutions - keep private`.
fn is_coursework(words: &[&str]) -> bool {
    const GIVING: &[&str] = &[
        "copy",
        "disclose",
        "distribute",
        "post",
        "publish",
        "redistribute",
        "release",
        "share",
        "show",
        "upload",
    ];
    let of_course = words.iter().any(|word| COURSEWORK.contains(word));
    let given = words
        .windows(2)
        .any(|two| is_negation(two[0]) && GIVING.contains(&two[1]));
    let private = has_row(words, &["keep", "private"])
        || has_row(words, &["keep", "this", "private"])
        || has_row(words, &["keep", "secret"]);
    of_course && (given || private) && words.len() <= 3 * MAX_MARK
}

#[cfg(test)]
mod tests {
    use super::super::conditions::conditional;
    use super::super::reserved::tokens;

    #[test]
    fn files_that_are_kept_to_a_person_a_time_or_a_form() {
        for text in [
            "Use only with my permission.",
            "Redistribution only with permission of the author.",
            "May be copied only with the author's written consent.",
            "You may not modify this file.",
            "You are not allowed to change this code.",
            "You may read this code but you may not use it.",
            "No derivatives.",
            "Only with my permission.",
            "Use with permission only.",
            "Do not modify or redistribute.",
            "Licensed exclusively to Example Corp.",
            "This must not be shared.",
            "No derivative works.",
            "Licensed to Example Inc. only.",
            "Licensed to: Jane Doe (single user)",
            "Evaluation only.",
            "For demonstration purposes only",
            "30-day trial.",
            "This code must not be published.",
            "Not to be redistributed.",
            "This code is part of the course 6.006 and must not be published.",
            "Please do not publish your solutions.",
            "Exam solutions - keep private",
        ] {
            assert!(conditional(&tokens(text), false).is_some(), "{text}");
        }
    }

    #[test]
    fn sentences_about_programs() {
        for text in [
            "Licensed to the Apache Software Foundation (ASF) under one or more agreements.",
            "Licensed to PSF under a Contributor Agreement.",
            "Files are opened only with write permission.",
            "Can be used only with permission bits of the group.",
            "You may not use this file except in compliance with the License.",
            "You may not edit this file by hand.",
            "You cannot change this file while it is open.",
            "No modifications are made here.",
            "No derivatives are needed by this optimizer, only values.",
            "Secrets must not be shared between threads.",
            "The list must not be copied by the caller.",
            "Internal only.",
            "Only for tests.",
            "Runs for 30 days.",
            "Do not show the solution before the solver ends the search of the whole tree of all of the possible moves.",
        ] {
            assert_eq!(conditional(&tokens(text), false), None, "{text}");
        }
    }
}

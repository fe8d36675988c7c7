//! Sentences of a header that ask for something before the file may be used, or forbid a use of it.

use super::audience;
use super::commerce;
use super::grants;
use super::kept;
use super::languages;
use super::limits;
use super::marks::{is_legend, is_marked, is_of_owner, is_trial, is_withheld};
use super::mining;
use super::reserved::Token;
use super::terms;

/// Phrases that stand alone, as [`words_of`] writes them.
const PHRASES: &[&str] = &[
    "not open source",
    "not opensource",
    "not free software",
    "closed source",
    "source available",
    "non profit use",
    "nonprofit use",
    "non profit purposes",
    "nonprofit purposes",
    "non profit organizations only",
    "non profit organisations only",
    "outside the company",
    "outside of the company",
    "under nda",
    "non disclosure agreement",
    "nondisclosure agreement",
    "company internal",
    "company private",
    "company restricted",
    "company secret",
    "distribution statement",
    "evaluation licence",
    "evaluation license",
    "export controlled",
    "itar",
    "trial licence",
    "trial license",
    "restricted rights",
    "subject to license terms",
    "subject to licence terms",
    "subject to the license terms",
    "subject to the licence terms",
    "subject to restrictions",
    "subject to license agreement",
    "subject to a license agreement",
    "subject to the license agreement",
    "end user license agreement",
    "end user licence agreement",
    "does not apply to this",
    "sole property",
    "exclusive property",
    "top secret",
];

/// Verbs before something that has to be granted.
const ASKING: &[&str] = &[
    "acquire",
    "ask",
    "buy",
    "get",
    "must",
    "need",
    "needs",
    "obtain",
    "obtained",
    "obtaining",
    "purchase",
    "request",
    "require",
    "required",
    "requires",
    "seek",
    "without",
];

/// Words between such a verb and what has to be granted.
const BETWEEN: &[&str] = &[
    "a",
    "advance",
    "an",
    "any",
    "commercial",
    "explicit",
    "express",
    "for",
    "have",
    "her",
    "his",
    "in",
    "license",
    "licence",
    "my",
    "our",
    "paid",
    "prior",
    "separate",
    "specific",
    "the",
    "their",
    "valid",
    "written",
    "your",
];

/// Things that have to be granted.
pub(super) const GRANTED: &[&str] = &[
    "approval",
    "authorisation",
    "authorization",
    "consent",
    "licence",
    "license",
    "permission",
    "subscription",
];

/// Acts that licences are about.
pub(super) const ACTS: &[&str] = &[
    "copying",
    "disclosure",
    "distribution",
    "duplication",
    "modification",
    "redistribution",
    "reproduction",
    "resale",
    "sale",
    "usage",
    "use",
];

/// Acts that a reader can be asked to leave. `use` is none: a deprecated function says that, too.
const FORBIDDEN: &[&str] = &[
    "copy",
    "disclose",
    "distribute",
    "publish",
    "redistribute",
    "reproduce",
    "resell",
    "reuse",
    "sell",
    "share",
];

/// Objects of such a request.
pub(super) const THINGS: &[&str] = &[
    "code", "document", "file", "material", "program", "script", "software", "source", "sources",
];

/// Line of the first sentence that has a condition, if any. Prose is about anything, also about what is confidential.
pub(super) fn conditional(tokens: &[Token], prose: bool) -> Option<usize> {
    sentences(tokens).find_map(|sentence| {
        let words = words_of(sentence);
        let found = asks(&words)
            || is_required(&words)
            || forbids(&words)
            || is_forbidden(&words)
            || is_commercial(&words)
            || is_owned(&words)
            || is_excepted(&words)
            || is_agreement(&words)
            || is_limited(&words)
            || is_withheld(&words)
            || (is_marked(&words) && (!prose || is_legend(sentence, &words)))
            || is_of_owner(sentence, &words, prose)
            || is_trial(&words)
            || audience::is_kept(sentence, &words, prose)
            || (!prose && has_mark(sentence))
            || kept::is_kept(&words, prose)
            || commerce::is_kept(&words, prose)
            || grants::is_denied(&words, prose)
            || limits::is_kept(sentence, &words, prose)
            || terms::is_elsewhere(sentence, &words, prose)
            || mining::is_reserved(&words)
            || languages::restricts(&words)
            || has_phrase(&words);
        found.then(|| sentence[0].line)
    })
}

/// True for a sentence with a line that is a mark of its own, above or below others without a full stop.
fn has_mark(sentence: &[Token]) -> bool {
    let mut lines = sentence.chunk_by(|word, next| word.line == next.line);
    lines.any(|line| {
        let words = words_of(line);
        audience::is_kept(line, &words, false)
    })
}

/// Sentences: up to a full stop, or to a blank line.
pub(super) fn sentences(tokens: &[Token]) -> impl Iterator<Item = &[Token]> {
    tokens
        .chunk_by(|word, next| !word.ends && next.line <= word.line + 1)
        .filter(|sentence| !sentence.is_empty())
}

/// Words of a sentence; those with hyphens are several.
pub(super) fn words_of(sentence: &[Token]) -> Vec<&str> {
    sentence
        .iter()
        .flat_map(|word| word.text.split(['-', '/', ',', '(', ')', ':']))
        .filter(|word| !word.is_empty())
        .collect()
}

/// `under the Acme Developer Agreement`. Python's own licence and what contributors agree to are none.
fn is_agreement(words: &[&str]) -> bool {
    const OTHERS: &[&str] = &[
        "psf",
        "python",
        "cnri",
        "beopen",
        "zope",
        "contributor",
        "contributors",
        "contribution",
    ];
    words.iter().enumerate().any(|(at, word)| {
        let before = &words[at.saturating_sub(7)..at];
        *word == "agreement"
            && before
                .iter()
                .any(|word| matches!(*word, "under" | "licensed"))
            && !before.iter().any(|word| OTHERS.contains(word))
    })
}

fn has_phrase(words: &[&str]) -> bool {
    let text = format!(" {} ", words.join(" "));
    PHRASES
        .iter()
        .any(|phrase| text.contains(&format!(" {phrase} ")))
}

/// `obtain written permission`, `need a licence`, `without prior consent`.
fn asks(words: &[&str]) -> bool {
    const OF_USE: &[&str] = &[
        "use",
        "using",
        "copy",
        "copying",
        "redistribute",
        "redistribution",
    ];
    let of_use = words.iter().any(|word| OF_USE.contains(word));
    (0..words.len()).any(|at| {
        let either = at > 0 && words[at - 1] == "or" && words[at] == "without";
        if !ASKING.contains(&words[at]) || either {
            return false;
        }
        let rest = &words[at + 1..];
        let between = rest
            .iter()
            .take_while(|word| BETWEEN.contains(word) && !GRANTED.contains(word));
        let between: Vec<_> = between.collect();
        let Some(granted) = rest
            .get(between.len())
            .filter(|word| GRANTED.contains(word))
        else {
            return false;
        };
        // `needs a license header` is about a text.
        let after = rest.get(between.len() + 1);
        if after
            .is_some_and(|word| matches!(*word, "header" | "headers" | "file" | "text" | "notice"))
        {
            return false;
        }
        // `requires permission` is also said of files, and `without license` of nothing that is forbidden.
        let of_files = matches!(*granted, "approval" | "permission")
            && matches!(
                words[at],
                "need" | "needs" | "require" | "required" | "requires" | "get" | "without"
            );
        let strong = between
            .iter()
            .any(|word| matches!(**word, "written" | "prior" | "explicit" | "express"));
        !of_files || strong || of_use
    })
}

/// `a commercial license is required`.
fn is_required(words: &[&str]) -> bool {
    words.windows(3).any(|three| {
        let asked = |word: &str| matches!(word, "required" | "needed" | "necessary");
        matches!(three[0], "licence" | "license" | "subscription" | "consent")
            && (asked(three[1]) || (matches!(three[1], "is" | "are" | "fee") && asked(three[2])))
    }) || matches!(
        words,
        [
            ..,
            "licence" | "license" | "subscription" | "consent",
            "required" | "needed"
        ]
    )
}

/// Persons and purposes that a use is kept to.
pub(super) const LIMITS: &[&str] = &[
    "academic",
    "authorised",
    "authorized",
    "classroom",
    "company",
    "educational",
    "evaluation",
    "government",
    "hobby",
    "home",
    "inhouse",
    "internal",
    "noncommercial",
    "nonprofit",
    "official",
    "personal",
    "private",
    "research",
    "scientific",
    "student",
    "teaching",
    "trial",
];

/// Words of sentences about the inside of a program: `only intended for internal use by the module`.
pub(super) const OF_CODE: &[&str] = &[
    "api",
    "class",
    "classes",
    "function",
    "functions",
    "interface",
    "method",
    "methods",
    "module",
    "package",
];

/// Persons that something is only for.
pub(super) const PERSONS: &[&str] = &[
    "customers",
    "employees",
    "licensees",
    "members",
    "partners",
    "staff",
    "students",
    "subscribers",
];

/// `for private use only`, `only for academic and research purposes`, `for members only`.
fn is_limited(words: &[&str]) -> bool {
    let of_code = words.iter().any(|word| OF_CODE.contains(word));
    let is_kept = |at: usize| {
        let between = words[at + 1..]
            .iter()
            .take(MAX_LIMITS)
            .take_while(|word| LIMITS.contains(word) || matches!(**word, "and" | "or"));
        let end = at + 1 + between.count();
        let is_use = words
            .get(end)
            .is_some_and(|word| matches!(*word, "use" | "usage" | "purpose" | "purposes"));
        let before = &words[at.saturating_sub(4)..at];
        let kept = before.iter().any(|word| KEEPING.contains(word)) && words[at] != "educational";
        let only_after = words.get(end + 1).is_some_and(|word| *word == "only");
        is_use && (kept || only_after)
    };
    let of_persons = matches!(words, ["for", .., "only"])
        && words.len() <= MAX_PERSONS
        && words.iter().any(|word| PERSONS.contains(word));
    let limited = (0..words.len()).any(|at| LIMITS.contains(&words[at]) && is_kept(at));
    of_persons || (limited && !of_code)
}

/// Words before such a purpose.
const KEEPING: &[&str] = &[
    "allowed",
    "exclusively",
    "free",
    "granted",
    "licenced",
    "licensed",
    "limited",
    "only",
    "permitted",
    "provided",
    "restricted",
    "solely",
];

/// Maximal number of words between the first purpose and the word `use`.
const MAX_LIMITS: usize = 16;

/// Maximal length in words of a sentence that names the only users.
const MAX_PERSONS: usize = 8;

/// Words before what is not to be copied.
const WHICH: &[&str] = &["any", "my", "our", "the", "these", "this"];

/// `do not copy`, with nothing after it, or with what licences are about.
fn forbids(words: &[&str]) -> bool {
    (1..words.len()).any(|at| {
        let negated = matches!(words[at - 1], "not" | "dont" | "never");
        if !negated || !FORBIDDEN.contains(&words[at]) {
            return false;
        }
        match &words[at + 1..] {
            [] | ["or" | "without" | "outside" | "externally" | "publicly", ..] => true,
            ["this" | "it" | "further" | "copies" | "freely"] => true,
            [which, thing, ..] if WHICH.contains(which) => THINGS.contains(thing),
            ["copies" | "further" | "beyond" | "it" | "this", ..] if words.len() <= MAX_PERSONS => {
                matches!(words[at], "distribute" | "redistribute")
            }
            [thing, ..] => THINGS.contains(thing),
        }
    })
}

/// `reproduction prohibited`, `redistribution in any form is not allowed`.
fn is_forbidden(words: &[&str]) -> bool {
    (0..words.len()).any(|at| {
        let rest = &words[at + 1..words.len().min(at + 8)];
        let denied = || {
            rest.iter()
                .any(|word| matches!(*word, "prohibited" | "forbidden" | "disallowed"))
                || rest.windows(2).any(|two| {
                    two[0] == "not" && matches!(two[1], "allowed" | "permitted" | "authorized")
                })
        };
        ACTS.contains(&words[at]) && denied()
    })
}

/// A licence or use that is sold, or kept from companies.
fn is_commercial(words: &[&str]) -> bool {
    let any = |names: &[&str]| words.iter().any(|word| names.contains(word));
    let costs = any(&[
        "buy",
        "purchase",
        "pay",
        "fee",
        "fees",
        "subscription",
        "prohibited",
        "forbidden",
        "excluded",
        "disallowed",
    ]);
    (any(&[
        "companies",
        "businesses",
        "enterprise",
        "enterprises",
        "production",
        "corporations",
        "employees",
    ]) && costs)
        || (any(&["commercial", "commercially"])
            && (costs || any(&["contact", "licence", "license", "licences", "licenses"])))
}

/// `property of Example Inc.`
fn is_owned(words: &[&str]) -> bool {
    words.windows(2).enumerate().any(|(at, two)| {
        let owner = || {
            words[at + 2..].iter().take(5).any(|word| {
                matches!(
                    *word,
                    "inc"
                        | "corp"
                        | "corporation"
                        | "ltd"
                        | "limited"
                        | "llc"
                        | "gmbh"
                        | "company"
                        | "ag"
                        | "plc"
                )
            })
        };
        two == ["property", "of"] && owner()
    })
}

/// `not covered by the license`, `excluded from the project's license`.
fn is_excepted(words: &[&str]) -> bool {
    let excepted = words.windows(2).any(|two| {
        matches!(
            (two[0], two[1]),
            ("not", "covered" | "licensed" | "licenced")
                | ("excluded" | "exempt" | "excepted", "from")
        )
    });
    excepted && words.iter().any(|word| word.starts_with("licen"))
}

#[cfg(test)]
mod tests;

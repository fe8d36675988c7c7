//! Sentences of a header that ask for something before the file may be used, or forbid a use of it.

use super::reserved::Token;

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
    "subject to license agreement",
    "subject to a license agreement",
    "subject to the license agreement",
    "end user license agreement",
    "end user licence agreement",
    "does not apply to this",
    "sole property",
    "exclusive property",
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
const GRANTED: &[&str] = &[
    "authorisation",
    "authorization",
    "consent",
    "licence",
    "license",
    "permission",
    "subscription",
];

/// Acts that licences are about.
const ACTS: &[&str] = &[
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
const THINGS: &[&str] = &[
    "code", "document", "file", "material", "program", "script", "software", "source", "sources",
];

/// Line of the first sentence that has a condition, if any.
pub(super) fn conditional(tokens: &[Token]) -> Option<usize> {
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
            || has_phrase(&words);
        found.then(|| sentence[0].line)
    })
}

/// Sentences: up to a full stop, or to a blank line.
pub(super) fn sentences(tokens: &[Token]) -> impl Iterator<Item = &[Token]> {
    tokens
        .chunk_by(|word, next| !word.ends && next.line <= word.line + 1)
        .filter(|sentence| !sentence.is_empty())
}

/// Words of a sentence; those with hyphens are several.
fn words_of(sentence: &[Token]) -> Vec<&str> {
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
    let any = |names: &[&str]| words.iter().any(|word| names.contains(word));
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
        let of_files = *granted == "permission"
            && matches!(
                words[at],
                "need" | "needs" | "require" | "required" | "requires" | "get" | "without"
            );
        let strong = between
            .iter()
            .any(|word| matches!(**word, "written" | "prior" | "explicit" | "express"));
        !of_files
            || strong
            || any(&[
                "use",
                "using",
                "copy",
                "copying",
                "redistribute",
                "redistribution",
            ])
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

/// `do not copy`, with nothing after it, or with what licences are about.
fn forbids(words: &[&str]) -> bool {
    (1..words.len()).any(|at| {
        let negated = matches!(words[at - 1], "not" | "dont" | "never");
        if !negated || !FORBIDDEN.contains(&words[at]) {
            return false;
        }
        match &words[at + 1..] {
            [] | ["or" | "without" | "outside" | "externally" | "publicly", ..] => true,
            [which, thing, ..] if matches!(*which, "this" | "the" | "these") => {
                THINGS.contains(thing)
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
mod tests {
    use super::super::reserved::tokens;
    use super::*;

    #[test]
    fn conditions_and_their_lines() {
        for (text, line) in [
            (
                "You must obtain written permission\nfrom the author before using this code.",
                0,
            ),
            ("You need a licence from Example to use this file.", 0),
            ("Ask permission before use.", 0),
            ("Tools.\n\nCommercial users must buy a license.", 2),
            ("Commercial license required for companies.", 0),
            ("A subscription is required.", 0),
            ("Commercial use: contact sales.", 0),
            ("Companies pay a fee.", 0),
            (
                "Source available; production use requires a subscription.",
                0,
            ),
            ("This file is NOT open source.", 0),
            (
                "This file is not covered by the MIT license of the project.",
                0,
            ),
            ("This file is excluded from the MIT license.", 0),
            ("Use subject to license agreement.", 0),
            ("Property of Example Corp.", 0),
            ("Reproduction prohibited.", 0),
            ("Redistribution in source form is not allowed.", 0),
            ("Do not copy.", 0),
            ("Do not share outside the company", 0),
            ("Do not redistribute this file.", 0),
            ("For non-profit use.", 0),
        ] {
            assert_eq!(conditional(&tokens(text)), Some(line), "{text}");
        }
    }

    #[test]
    fn sentences_that_ask_for_nothing() {
        for text in [
            "Licensed under the Apache License, Version 2.0 (the \"License\");\nyou may not use this file except in \
             compliance with the License.\nYou may obtain a copy of the License at\n\n\
             http://www.apache.org/licenses/LICENSE-2.0\n\nUnless required by applicable law or agreed to in writing, \
             software\ndistributed under the License is distributed on an \"AS IS\" BASIS,\nWITHOUT WARRANTIES OR \
             CONDITIONS OF ANY KIND, either express or implied.\nSee the License for the specific language governing \
             permissions and\nlimitations under the License.",
            "Copyright (c) 2020 Joe. All rights reserved.",
            "Use of this source code is governed by a BSD-style license that can be found in the LICENSE file.",
            "Do not copy the list here: it is shared.",
            "Deprecated. Do not use.",
            "The property of being prime is tested.",
            "Confidence intervals for the commercial sector.",
            "Requires permission bits of the file.",
            "This module needs a license header check.",
            "Distributed under the same license as the project.",
            "Works with or without a subscription to the list.",
            "Production rules of the grammar; the company name is not required.",
        ] {
            assert_eq!(conditional(&tokens(text)), None, "{text}");
        }
    }
}

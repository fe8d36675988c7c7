//! Short sentences after the first code that reserve rights or name a licence: `# This function is GPL.`

use tracestone_record::LicenseRule;

use super::super::permissive::is_permissive;
use super::super::python::Block;
use super::super::statement::{self, Stated};
use super::commerce;
use super::conditions::{sentences, words_of};
use super::marks::is_of_owner;
use super::mentions::{Scope, named_at};
use super::mining;
use super::phrases::{is_thing, speaks_of_this};
use super::reserved::{Token, tokens};

/// Maximal length in words of such a sentence.
const MAX_SENTENCE: usize = 12;

/// Maximal length in words of a mark such as `Acme proprietary and confidential`.
const MAX_MARK: usize = 5;

/// Maximal number of words that are read as the name of a licence.
const MAX_NAME: usize = 10;

/// Words of sentences about what programs do with licences or with confidential values.
const HANDLING: &[&str] = &[
    "all",
    "any",
    "are",
    "bad",
    "check",
    "column",
    "compatible",
    "compatibility",
    "data",
    "detect",
    "e.g",
    "eg",
    "example",
    "examples",
    "expect",
    "expected",
    "field",
    "fields",
    "filter",
    "flag",
    "good",
    "handle",
    "id",
    "identifier",
    "identifiers",
    "ids",
    "if",
    "ignore",
    "invalid",
    "keys",
    "licence",
    "licences",
    "license",
    "licenses",
    "like",
    "list",
    "map",
    "match",
    "matches",
    "mock",
    "name",
    "names",
    "not",
    "old",
    "parse",
    "return",
    "returns",
    "row",
    "rows",
    "should",
    "skip",
    "spdx",
    "such",
    "test",
    "tests",
    "valid",
    "value",
    "values",
    "whether",
];

/// The first sentence of a block after the code that says of the code what a header could.
pub(super) fn claimed(block: &Block) -> Option<(usize, Stated, LicenseRule)> {
    let words = tokens(&block.text);
    let mut found = sentences(&words).filter(|sentence| sentence.len() <= MAX_SENTENCE);
    found.find_map(|sentence| {
        let words = words_of(sentence);
        if is_reserved(sentence, &words, block.docstring) {
            let line = sentence.first()?.line;
            return Some((line, Stated::Unclear, LicenseRule::RightsReserved));
        }
        let (at, stated) = licensed(sentence, &words, block)?;
        Some((sentence[at].line, stated, LicenseRule::Notice))
    })
}

/// True for a sentence that reserves rights in the code around it.
fn is_reserved(sentence: &[Token], words: &[&str], docstring: bool) -> bool {
    let of_this = speaks_of_this(words) || points(words);
    let handles = words
        .iter()
        .any(|word| HANDLING.contains(word) && !matches!(*word, "not" | "all" | "are"));
    if handles {
        return false;
    }
    let noncommercial = (0..words.len()).any(|at| {
        words[at] == "noncommercial"
            || (words[at] == "commercial" && at > 0 && words[at - 1] == "non")
    });
    let kept = noncommercial
        && words.contains(&"only")
        && words
            .iter()
            .any(|word| matches!(*word, "purposes" | "usage" | "use"));
    let begins = matches!(words, ["proprietary" | "confidential", "to" | "of", _, ..])
        && sentence.get(2).is_some_and(|token| token.cased);
    let owned =
        is_of_owner(sentence, words, docstring) || begins || (of_this && is_secret_thing(words));
    let forbidden = !docstring && words.len() <= 6 && is_ban(words);
    kept || owned
        || forbidden
        || is_mark(sentence, words, docstring)
        || (of_this && (commerce::is_kept(words, true) || mining::is_reserved(words)))
}

/// `Commercial use forbidden`, `not for commercial use`, `academic use only`.
fn is_ban(words: &[&str]) -> bool {
    const KINDS: &[&str] = &[
        "academic",
        "educational",
        "evaluation",
        "noncommercial",
        "personal",
        "research",
        "teaching",
    ];
    let of_use = words
        .iter()
        .any(|word| matches!(*word, "commercially" | "purposes" | "use"));
    let starts = matches!(
        words.first(),
        Some(&("commercial" | "do" | "may" | "no" | "not"))
    );
    let only = match words {
        ["for", kind, "use" | "purposes", "only"] | [kind, "use", "only"] => KINDS.contains(kind),
        _ => false,
    };
    only || (starts
        && of_use
        && words.iter().any(|word| word.starts_with("commercial"))
        && commerce::is_kept(words, true))
        || matches!(words, ["not", "for", "commercial", "use" | "purposes"])
        || matches!(words, ["commercial", "use", "forbidden" | "prohibited"])
}

/// `The following class`, `everything below`.
fn points(words: &[&str]) -> bool {
    let pointing = words.iter().any(|word| {
        matches!(
            *word,
            "above" | "below" | "following" | "next" | "rest" | "remaining"
        )
    });
    pointing
        && words.iter().any(|word| {
            is_thing(word) || matches!(*word, "everything" | "method" | "part" | "section")
        })
}

/// `.. is proprietary`, `.. remains confidential`.
fn is_secret_thing(words: &[&str]) -> bool {
    words.windows(2).any(|two| {
        matches!(two[0], "are" | "is" | "remains" | "stays")
            && matches!(two[1], "confidential" | "proprietary")
    })
}

/// `Acme proprietary and confidential`, `Acme Proprietary`.
fn is_mark(sentence: &[Token], words: &[&str], docstring: bool) -> bool {
    let has = |word: &str| words.contains(&word);
    if words.len() > MAX_MARK || docstring {
        return false;
    }
    let both = has("proprietary") && has("confidential");
    let named = sentence.len() > 1
        && sentence.iter().all(|token| token.cased)
        && matches!(words.last(), Some(&("proprietary" | "confidential")));
    let highly = matches!(
        words,
        ["strictly" | "company" | "highly", "confidential"] | ["company", "proprietary"]
    );
    both || named || highly
}

/// A licence that is not permissive and that a sentence says the code is under, with its place.
fn licensed(sentence: &[Token], words: &[&str], block: &Block) -> Option<(usize, Stated)> {
    let (at, stated) = (0..sentence.len()).find_map(|at| {
        let end = sentence.len().min(at + MAX_NAME);
        let stated = named_at(&sentence[at..end], Scope::Header)?;
        let is_free = matches!(&stated, Stated::License(id) if is_permissive(id));
        (!is_free).then_some((at, stated))
    })?;
    let before: Vec<&str> = words_of(&sentence[..at]);
    let of_this = before
        .iter()
        .any(|word| matches!(*word, "this" | "these" | "following"))
        && before.iter().any(|word| {
            is_thing(word) || matches!(*word, "method" | "part" | "section" | "block" | "one")
        })
        || points(&before);
    let verb = before
        .iter()
        .any(|word| matches!(*word, "are" | "is" | "remains" | "under" | "was"));
    let handles = words.iter().any(|word| {
        HANDLING.contains(word) && !matches!(*word, "are" | "all" | "license" | "licence")
    });
    let says = (of_this && verb)
        || (!block.docstring && is_border(words))
        || is_licensed_thing(&sentence[at..])
        || (!block.docstring && is_origin(sentence, at, &stated, block));
    (says && !handles).then_some((at, stated))
}

/// `GPL code starts here`, `begin LGPL code`.
fn is_border(words: &[&str]) -> bool {
    let first = words.first().copied().unwrap_or_default();
    if matches!(first, "begin" | "end") && words.len() <= 3 {
        return true;
    }
    let part = words.iter().any(|word| {
        matches!(
            *word,
            "block" | "code" | "part" | "portion" | "section" | "source" | "stuff"
        )
    });
    let border = words.iter().skip(1).any(|word| {
        matches!(
            *word,
            "begins" | "below" | "end" | "ends" | "follows" | "here" | "start" | "starts"
        )
    });
    let starts = matches!(first, "begin" | "beginning" | "end" | "start");
    part && (border || starts)
}

/// `GPL v3 licensed class`.
fn is_licensed_thing(rest: &[Token]) -> bool {
    let mut near = rest.iter().skip(1).take(4).map(|token| token.text.as_str());
    let licensed = near.find(|word| matches!(*word, "licensed" | "licenced" | "covered"));
    let mut behind = near.take(2).peekable();
    licensed.is_some() && (behind.peek().is_none() || behind.any(is_thing))
}

/// `Linux kernel, GPL-2.0`: a name and, behind a comma, the licence.
fn is_origin(sentence: &[Token], at: usize, stated: &Stated, block: &Block) -> bool {
    const PLAIN: &[&str] = &[
        "code",
        "function",
        "implementation",
        "in",
        "kernel",
        "library",
        "of",
        "project",
        "source",
        "the",
        "version",
    ];
    let is_version = |token: &Token| {
        token
            .text
            .trim_start_matches('v')
            .chars()
            .all(|c| c.is_ascii_digit() || matches!(c, '.' | '+'))
            || matches!(
                token.text.as_str(),
                "only" | "or" | "later" | "version" | "license"
            )
    };
    let known = matches!(stated, Stated::License(_));
    let name = &sentence[..at];
    // One project's name may be in small letters.
    let of_name = name
        .first()
        .is_some_and(|first| first.cased || name.len() == 1)
        && name
            .iter()
            .all(|token| token.cased || name.len() == 1 || PLAIN.contains(&token.text.as_str()))
        && name
            .iter()
            .all(|token| statement::named(&token.text).is_none());
    let ends = sentence[at + 1..].iter().all(is_version);
    known && of_name && ends && name.len() <= MAX_MARK && is_apart(sentence, at, block)
}

/// True where a comma, a bracket or a dash stands before a word.
fn is_apart(sentence: &[Token], at: usize, block: &Block) -> bool {
    let line = block
        .text
        .lines()
        .nth(sentence[at].line)
        .unwrap_or_default();
    let lower = line.to_lowercase();
    let Some(place) = lower.find(sentence[at].text.as_str()) else {
        return false;
    };
    let before = lower[..place].trim_end().chars().next_back();
    before.is_some_and(|c| matches!(c, ',' | '(' | '[' | '-' | '\u{2013}' | '\u{2014}' | ';'))
}

#[cfg(test)]
mod tests {
    use super::super::{Said, statements};

    fn said(text: &str) -> Vec<Said> {
        statements(format!("def f(x):\n    return x\n\n{text}\n").as_bytes())
    }

    #[test]
    fn sentences_after_the_code_that_claim_something_of_it() {
        for text in [
            "# Non-commercial use only.",
            "# Not for commercial use.",
            "# Academic use only.",
            "# BEGIN GPLv3",
            "class G:\n    # GPL-3.0 licensed\n    x = 1",
            "class G:\n    \"\"\"AGPL licensed helper class.\"\"\"",
            "class G:\n    \"\"\"Proprietary to Acme.\"\"\"",
            "def g():\n    # calibre, GPL v3\n    pass",
            "# Code below: non-commercial use only",
            "# Acme proprietary and confidential",
            "# ---- Acme Proprietary ----",
            "# The following class is proprietary to Acme.",
            "# This code must not be used commercially.",
            "# ---- GPL code starts here ----",
            "########## Begin LGPL code ##########",
            "def g():\n    # This function is GPL.\n    pass",
            "# Everything below is GPL v3.",
            "def g():\n    # Linux kernel, GPL-2.0\n    pass",
            "class G:\n    \"\"\"GPL v3 licensed class.\"\"\"",
            "def g():\n    \"\"\"This function is under the AGPL.\"\"\"",
        ] {
            let found = said(text);
            assert_eq!(found.len(), 1, "{text}");
            assert!(!found[0].whole, "{text}");
        }
    }

    #[test]
    fn sentences_after_the_code_about_other_things() {
        for text in [
            "# GPL",
            "# starts with GPL code",
            "# commercial customers only",
            "# MIT, BSD, GPL-2.0",
            "# Names such as GPL-3.0 are kept.",
            "# Check that GPL code is not imported here.",
            "# This package is GPL-compatible.",
            "# This is not a GPL license, test it.",
            "# Filter non-commercial use only rows.",
            "# confidential values",
            "# Is this field confidential?",
            "# The following list is confidential in tests.",
            "# This function may not be used for negative values.",
            "x = 'GPL'  # GPL code",
            "def g():\n    \"\"\"Return whether this code is GPL.\"\"\"",
        ] {
            assert_eq!(said(text), [], "{text}");
        }
    }
}

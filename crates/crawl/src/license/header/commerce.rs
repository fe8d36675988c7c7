//! Sentences of a header that keep commercial uses out, or have them be asked for.

use super::phrases::is_negation;

/// Words behind `commercial` with which it is a use of the file.
const USES: &[&str] = &[
    "application",
    "applications",
    "distribution",
    "entities",
    "environment",
    "environments",
    "exploitation",
    "gain",
    "licensing",
    "organisations",
    "organizations",
    "product",
    "products",
    "profit",
    "project",
    "projects",
    "purpose",
    "purposes",
    "redistribution",
    "rights",
    "service",
    "services",
    "setting",
    "settings",
    "software",
    "terms",
    "usage",
    "use",
    "user",
    "users",
    "uses",
    "using",
    "work",
    "works",
];

/// Verbs for what is done with a file.
const VERBS: &[&str] = &[
    "commercialise",
    "commercialised",
    "commercialize",
    "commercialized",
    "distribute",
    "distributed",
    "employed",
    "exploit",
    "exploited",
    "incorporate",
    "incorporated",
    "included",
    "integrated",
    "licensed",
    "offered",
    "redistributed",
    "sell",
    "sold",
    "use",
    "used",
    "utilized",
];

/// Words by which a commercial use is asked for or paid.
const ASKING: &[&str] = &[
    "agreement",
    "approval",
    "approved",
    "arrange",
    "arranged",
    "ask",
    "authorization",
    "consent",
    "contact",
    "donate",
    "email",
    "emails",
    "enquire",
    "enquiries",
    "enquiry",
    "inquire",
    "inquiries",
    "inquiry",
    "mail",
    "negotiate",
    "negotiated",
    "negotiation",
    "paid",
    "payment",
    "permission",
    "reach",
    "restricted",
    "royalties",
    "royalty",
    "sales",
    "write",
];

/// Maximal number of words between a negation and `commercial`.
const MAX_BETWEEN: usize = 12;

/// Maximal length in words of a mark such as `non-commercial`.
const MAX_MARK: usize = 4;

/// True for a sentence of this kind. Prose is about anything, also about commercial data.
pub(super) fn is_kept(words: &[&str], prose: bool) -> bool {
    (0..words.len()).any(|at| denies(words, at) || asks(words, at))
        || (!prose && (is_mark(words) || is_free_for_some(words) || is_paid(words)))
}

/// True where a commercial use is spoken of: `commercially`, `commercial products`.
fn is_use(words: &[&str], at: usize) -> bool {
    match words[at] {
        "commercially" => true,
        "commercial" => {
            let near = words[at + 1..].iter().take(2);
            near.clone().any(|word| USES.contains(word))
                || words[at + 1..]
                    .iter()
                    .take(4)
                    .any(|word| matches!(*word, "use" | "usage" | "purposes"))
        }
        "profit" => at > 0 && matches!(words[at - 1], "for" | "make"),
        _ => false,
    }
}

/// `Not to be used commercially`, `cannot be used in commercial products`.
fn denies(words: &[&str], at: usize) -> bool {
    let ends = words[at] == "commercial" && at + 1 == words.len();
    if !(is_use(words, at) || ends) {
        return false;
    }
    let start = at.saturating_sub(MAX_BETWEEN);
    let before = &words[start..at];
    let negated = before.iter().rposition(|word| is_negation(word));
    let behind = words[at + 1..].iter().take(6);
    let mut pairs = behind.clone().zip(behind.skip(1));
    let refused = pairs.any(|(word, next)| {
        is_negation(word)
            && matches!(
                *next,
                "allowed" | "authorised" | "authorized" | "be" | "granted" | "permitted"
            )
    });
    // A user for whom something does not hold is no use.
    let used = |negated: usize| before[negated..].iter().any(|word| VERBS.contains(word));
    let none = at > 0 && words[at - 1] == "no" && is_use(words, at);
    refused || none || negated.is_some_and(used)
}

/// `Any commercial use must be negotiated with Example`, `commercial usage: please email ..`.
fn asks(words: &[&str], at: usize) -> bool {
    let is_commercial = is_use(words, at) && words[at] != "profit";
    // `no permission is required`
    let free = words
        .iter()
        .any(|word| matches!(*word, "no" | "without" | "free"))
        && !words.iter().any(|word| matches!(*word, "must" | "not"));
    is_commercial
        && !free
        && words
            .iter()
            .any(|word| ASKING.contains(word) || word.contains('@'))
}

/// `Non-commercial`, `non-commercial projects`. What is also for commercial uses keeps none out.
fn is_mark(words: &[&str]) -> bool {
    let is_kept = |at: usize| {
        words[at] == "noncommercial"
            || (words[at] == "commercial" && at > 0 && words[at - 1] == "non")
    };
    let kept: Vec<usize> = (0..words.len()).filter(|at| is_kept(*at)).collect();
    let Some(first) = kept.first() else {
        return false;
    };
    let both = words
        .iter()
        .enumerate()
        .any(|(at, word)| *word == "commercial" && !kept.contains(&at));
    let goes_on = words[first + 1..]
        .iter()
        .take(2)
        .any(|word| USES.contains(word));
    !both && (words.len() <= MAX_MARK || goes_on)
}

/// `Freeware for private users`, `free for students`.
fn is_free_for_some(words: &[&str]) -> bool {
    const SOME: &[&str] = &[
        "academia",
        "academic",
        "academics",
        "educational",
        "hobby",
        "hobbyists",
        "home",
        "individual",
        "individuals",
        "noncommercial",
        "nonprofit",
        "nonprofits",
        "personal",
        "private",
        "research",
        "researchers",
        "schools",
        "students",
        "universities",
    ];
    const BETWEEN: &[&str] = &[
        "charge", "download", "of", "only", "to", "use", "used", "be",
    ];
    (0..words.len()).any(|at| {
        if !matches!(words[at], "free" | "freeware" | "freely") {
            return false;
        }
        let rest = &words[at + 1..];
        let between = rest
            .iter()
            .take_while(|word| BETWEEN.contains(word))
            .count();
        matches!(&rest[between..], ["for" | "by", kind, ..] if SOME.contains(kind))
    })
}

/// `Pay me if you make money with it`, `if you use this commercially you must donate`.
fn is_paid(words: &[&str]) -> bool {
    let has = |word: &str| words.contains(&word);
    let pays = words.windows(2).any(|two| {
        matches!(two[0], "pay" | "paying")
            && matches!(two[1], "me" | "us" | "the" | "a" | "for" | "royalties")
    });
    pays && (has("must") || has("if") || has("need")) && (has("you") || has("companies"))
}

#[cfg(test)]
mod tests {
    use super::super::conditions::conditional;
    use super::super::reserved::tokens;

    #[test]
    fn commercial_uses_that_are_kept_out() {
        for text in [
            "Not to be used commercially.",
            "Do not use commercially.",
            "Must not be sold or used in any commercial product.",
            "Cannot be used in commercial products.",
            "Commercial exploitation is not permitted.",
            "Any commercial use must be negotiated with the Office of Technology Transfer.",
            "Commercial usage: please email jane@example.org",
            "Commercial users should get in touch: mail to the author.",
            "No commercial usage.",
            "Commercial licensing: sales@example.org",
            "non-commercial",
            "Noncommercial projects only.",
            "Freeware for private users.",
            "Free to use for students.",
            "You must pay me if you use it.",
        ] {
            assert!(conditional(&tokens(text), false).is_some(), "{text}");
        }
    }

    #[test]
    fn sentences_about_commercial_things() {
        for text in [
            "May be used commercially.",
            "You may use this commercially, no permission is required.",
            "Commercial airplanes use this code.",
            "The commercial edition of the server needs another port.",
            "Free for commercial and non-commercial applications.",
            "The free list of private objects.",
            "Prices that do not hold for commercial customers.",
            "The data set covers commercial and residential buildings.",
        ] {
            assert_eq!(conditional(&tokens(text), false), None, "{text}");
        }
    }
}

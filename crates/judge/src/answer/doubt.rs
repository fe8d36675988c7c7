//! Words around an answer by which a sentence denies it, doubts it, or speaks of another case.

use std::sync::LazyLock;

use regex::Regex;

use super::blame;
use super::thought::pattern;

/// Words in the clause before an answer by which it is not said.
static DENIES: LazyLock<Regex> = LazyLock::new(|| {
    let english = r"\b(?:not|never|cannot|neither|nor|without|rarely|hardly|seldom|barely|scarcely|fails?|unlike|doubt|unlikely|instead of|rather than|anything but|(?:less|more|fewer|greater|other|different) (?:than|from)|at least|at most|up to|between|either|wrong that|not sure)\b|n['\x{2019}]t\b|\b(?:wrong|incorrect|false|mistaken)(?: answer)?\W*$|\b(?:or|else|otherwise)\W*$";
    let others = r"\b(?:nicht|kein\w*|nunca|jamais|pas|ne|\x{43d}\x{435})\b|\b(?:no|n\x{e3}o|non)\s+(?:es|\x{e9}|\x{e8}|sea|devuelve)\b|[\x{4e0d}\x{6ca1}\x{975e}\x{672a}]|\x{81f3}\x{5c11}|\x{6700}\x{591a}|\x{6216}\W*$";
    let signs =
        r#"(?:~~|<s>|<del>|\\neg|\\neq?|[\x{ac}\x{2260}\x{2264}\x{2265}]|!=)\W*$|"\s*:\W*$"#;
    pattern(&format!("(?i){english}|{others}|{signs}"))
});

/// Words there by which it is only possible.
static DOUBTS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:perhaps|maybe|possibly|probably)\b|\b(?:might|could|may) (?:also |well )?(?:be|have been)\b|\x{53ef}\x{80fd}|\x{4e5f}\x{8bb8}",
    )
});

/// A case that is not that of the question.
static SUPPOSES: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)\bif\b[^.]*\b(?:were|had)\b|\bsuppose\b|\bhypothetically\b"));

/// Words behind an answer that leave it open.
static AFTER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)^[^\w\n]*(?:text\{\s*)?(?:or|nor|unless|only (?:for|if|when)|if|but (?:not|only|it (?:does|is|was)))\b|^[^\w\n?]*\?",
    )
});

/// Words behind an answer by which it is wrong, or only a guess.
static REJECTS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)^\W*(?:(?:this|that|it|which|the above)\s+)?(?:is|was|seems|would be)\s+(?:\w+\s+)?(?:(?:right|correct|true) (?:only )?if|not (?:the|right|correct|true)|wrong|incorrect|false|mistaken|a mistake|an error|only a guess|just a guess|a guess|a wrong|an incorrect)\b|^\W*(?:isn't|wasn't)\b|^\s*[\x{662f}]?(?:\x{9519}|\x{4e0d}\x{5bf9})",
    )
});

/// A word alone behind an answer that says the same.
static REFUSES: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)^\W*(?:(?:actually|oh|hmm*|wait),?\s+)*(?:no|nope|oops|wrong|incorrect|false|not (?:right|correct|true)|nein|falsch)\b[\s.!*_)\]`]*$|^[\s*_`(]*[\x{274c}\x{2717}\x{2718}]",
    )
});

/// Things that words which take back may be about, and adverbs behind them.
static ABOUT: LazyLock<Regex> = LazyLock::new(|| {
    let what = r"(?:\s+(?:that|this|it|the|an?|my)\b)?(?:\s+(?:right|correct|true|wrong|final|actual|last|above|previous|whole|entire|first|earlier)\b){0,3}(?:\s+(?:answers?|results?|values?|outputs?|guess(?:es)?|one|response|thing|solution|choice|option|line|reply|attempt|calculation|reasoning|(?:what )?i (?:just )?(?:said|wrote|gave))\b)?";
    let how = r"(?:,?\s+(?:at all|though|after all|actually|now|either|here|again|too|indeed|please|sorry|then|completely|entirely|anyway)\b)*";
    pattern(&format!(r"(?i)\A(?:{what})(?:{how})"))
});

/// The end of a sentence that takes back, its reason, or words by which it is about the answer.
static SETTLES: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"(?i)\A(?:[\s*_`)\]"'~]*(?:[.!,;:?\n\x{2026}\x{2014}\x{3002}\x{ff0c}(-]|\z)|\s+(?:as|since|because|given|and|so|but|due)\b|\s+(?:in|on|of|by|from) (?:my|mine|our|me)\b|\s+(?:for|in) (?:this|these|our|the given|every|each|all)\b)"#,
    )
});

/// Another case than that of the question.
static CASE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)\A[\s,(]*(?:if|when|whenever|unless|for|in)\b"));

/// Another answer in the rest of a sentence, or what the program gives.
static OTHER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:it(?:'s|\x{2019}s| is| should| must| returns)|(?:answer|result|output|value) (?:is|should|must)|should (?:be|have)|must be|i meant?|what (?:it|\w+\([^()\n]*\)|the \w+) (?:returns|gives|prints|outputs))\b|\[answer\]",
    )
});

/// True if what follows words that take an answer back ends their sentence, gives a reason or another answer, so that
/// they do not speak of something else: `Never mind the warning`, `It is not correct for n = 0`.
pub(super) fn settles(rest: &str) -> bool {
    let rest = &rest[..rest.floor_char_boundary(MOST_SENTENCE)];
    let about = ABOUT.find(rest).map_or(0, |found| found.end());
    // Words that belong to what follows, such as `that` in `that is`, end no sentence.
    if [&rest[about..], rest]
        .iter()
        .any(|rest| SETTLES.is_match(rest))
    {
        return true;
    }
    let end = ["\n", ". ", "! ", "? "]
        .iter()
        .filter_map(|end| rest.find(end))
        .min();
    let sentence = &rest[..end.unwrap_or(rest.len())];
    !CASE.is_match(&rest[about..]) && OTHER.is_match(sentence)
}

/// True if what follows `My answer is wrong` speaks of the answer; `named` where the words before it name that.
pub(super) fn judges(rest: &str, named: bool) -> bool {
    static ELSEWHERE: LazyLock<Regex> = LazyLock::new(|| {
        pattern(r"(?i)\A[\s,(]*(?:if|unless|for (?:other|an?|empty|\w+ ?[=<>])\b?)")
    });
    let other = if named { &ELSEWHERE } else { &CASE };
    settles(rest) || !other.is_match(rest)
}

/// True if the words behind an answer are that answer once more.
pub(super) fn repeats(after: &str, answer: &str) -> bool {
    let word = |text: &str| {
        let signs = |c: char| c.is_whitespace() || "*_`'\".!()[]".contains(c);
        text.trim_matches(signs).to_lowercase()
    };
    after.len() < MOST_SENTENCE && !word(answer).is_empty() && word(after) == word(answer)
}

/// Bytes of a sentence that are looked at.
const MOST_SENTENCE: usize = 600;

/// The last clause, and the last sentence, of what stands before an answer.
fn parts(before: &str) -> (&str, &str) {
    // Sentences are shorter; without a bound, long texts without full stops take a time that grows with their square.
    let before = &before[before.floor_char_boundary(before.len().saturating_sub(MOST_SENTENCE))..];
    let after = |ends: &[char]| match before.rfind(ends) {
        Some(at) => &before[at..],
        None => before,
    };
    let sentence = after(&['.', '\n', '!', '?', '\u{3002}']);
    let clause = after(&[
        '.', ',', ';', '\n', '!', '?', '\u{3002}', '\u{ff0c}', '\u{ff1b}', '\u{2014}',
    ]);
    // Of a colon both sides count where the first one judges what follows.
    (clause, sentence)
}

/// True if the rest of a sentence, from its answer on, says that it speaks of another case.
pub(crate) fn conditional(rest: &str) -> bool {
    let rest = &rest[..rest.floor_char_boundary(MOST_SENTENCE)];
    let end = ["\n", ". "].iter().filter_map(|end| rest.find(end)).min();
    SUPPOSES.is_match(&rest[..end.unwrap_or(rest.len())])
}

/// True if the sentence that the words before an answer begin speaks of another case.
pub(crate) fn supposes(before: &str) -> bool {
    SUPPOSES.is_match(parts(before).1)
}

/// True if the words before an answer deny it; `possible` where it is enough that it can be one.
pub(crate) fn denied(before: &str, possible: bool) -> bool {
    let (clause, sentence) = parts(before);
    DENIES.is_match(clause) || SUPPOSES.is_match(sentence) || !possible && DOUBTS.is_match(clause)
}

/// True if the words behind an answer take it back.
pub(crate) fn withdrawn(after: &str) -> bool {
    let rejects = REJECTS.find(after).is_some_and(|found| {
        // `5. This is not correct for n = 0.`
        let signs = found.as_str().split(char::is_alphabetic).next();
        let begins = signs.is_some_and(|signs| signs.contains(['.', '!', '\n']));
        let rest = &after[found.end()..];
        let elsewhere = begins && (CASE.is_match(rest) || rest.starts_with(" to "));
        !elsewhere && !blame::is_of_program(found.as_str(), rest)
    });
    rejects || AFTER.is_match(after)
}

/// True if the words behind an answer say that it is wrong.
pub(crate) fn rejected(after: &str) -> bool {
    if after.len() < MOST_SENTENCE && REFUSES.is_match(after) {
        return true;
    }
    let found = REJECTS.find(after);
    // `[ANSWER]5[/ANSWER] is wrong by one`
    let own = |said: &str| {
        ["is", "was", "seems", "would"].iter().any(|verb| {
            said.trim_start_matches(|c: char| !c.is_alphabetic())
                .starts_with(verb)
        })
    };
    // `It is wrong to think that the loop runs twice`, `Is that wrong?`, `That is not wrong`.
    found.is_some_and(|found| {
        let rest = after[found.end()..].trim_start();
        let (said, denied) = (
            found.as_str().to_lowercase(),
            ["not wrong", "not incorrect"],
        );
        !rest.starts_with("to ")
            && !blame::is_of_program(&said, &after[found.end()..])
            && !rest.starts_with('?')
            && (own(&said) && !CASE.is_match(rest)
                || said.ends_with(" if")
                || settles(&after[found.end()..]))
            && !denied.iter().any(|words| said.ends_with(words))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn denials_are_told_from_other_sentences() {
        for before in [
            "The answer is not ",
            "I doubt that it is ",
            "It hardly ever returns ",
            "Wrong answer: ",
            "8 or ",
            "If x were 4, it gives ",
            "\u{7b54}\u{6848}\u{4e0d}\u{662f}",
            "La respuesta no es ",
            "~~",
            "{\"no\": ",
        ] {
            assert!(denied(before, false), "{before}");
        }
        for before in [
            "It does not loop, so it returns ",
            "The answer is ",
            "If we call f(3), it returns ",
            "No. It is ",
            "My first guess was wrong. It is ",
            "The lines are ",
            "She could buy ",
        ] {
            assert!(!denied(before, false), "{before}");
        }
        for after in [
            " is not the answer.",
            "\nThis is wrong.",
            " or 6",
            "?",
            " only for even x",
        ] {
            assert!(withdrawn(after), "{after}");
        }
        for after in [
            ".",
            " because it loops",
            "\n\nIt is not long.",
            "\nI hope this helps!",
            " apples",
        ] {
            assert!(!withdrawn(after), "{after}");
        }
    }
}

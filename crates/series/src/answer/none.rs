//! Words that say that nothing is anomalous.

/// True if a text says, as its last word on it, that there is no anomaly at all.
pub(super) fn says_none(text: &str) -> bool {
    let lower = text.trim().to_lowercase();
    let bare = lower.trim_matches(|c: char| !c.is_alphanumeric());
    if ["none", "null", "n/a", "nothing"].contains(&bare) {
        return true;
    }
    NONE.iter().any(|words| {
        lower.rfind(words).is_some_and(|at| {
            let end = ['.', '\n', '!', '\u{3002}'];
            let from = lower[..at].rfind(end).map_or(0, |stop| stop + 1);
            let to = lower[at..].find(end).map_or(lower.len(), |stop| at + stop);
            let sentence = &lower[from..to];
            !lower[at..to].contains(" but ") && !PARTS.iter().any(|part| sentence.contains(part))
        })
    })
}

/// Sentences that name no anomaly.
const NONE: [&str; 12] = [
    "no anomal",
    "no unusual",
    "not any anomal",
    "n't any anomal",
    "without anomal",
    "nothing anomalous",
    "keine anomal",
    "aucune anomal",
    "ninguna anomal",
    "no hay anomal",
    "\u{6ca1}\u{6709}\u{5f02}\u{5e38}",
    "\u{65e0}\u{5f02}\u{5e38}",
];

/// Words by which such a sentence speaks of a part only, or of more than it says.
const PARTS: [&str; 15] = [
    "other",
    "else",
    "outside",
    "besides",
    "apart from",
    "except",
    "before",
    "after",
    "until",
    "rest",
    "remaining",
    "first half",
    "second half",
    "further",
    "if ",
];

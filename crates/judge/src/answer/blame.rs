//! Faults that a response finds in a program, its text or a reader, and not in its own answer.

use std::sync::LazyLock;

use regex::Regex;

use super::thought::pattern;

/// Things of a program and people that have faults of their own.
const THINGS: &str = r"(?:code|doc ?strings?|docs?|documentation|comments?|conditions?|functions?|authors?|programm?ers?|developers?|programs?|loops?|variables?|variable names?|names?|naming|tests?|assert\w*|type hints?|annotations?|signatures?|implementations?|prompts?|questions?|examples?|spec|specification|readme|readings?|readers?|snippets?|methods?|parameters?|algorithms?|logic of the \w+|error messages?|intuition|bugs?|typos?|grammar|spelling|formatting|line \d+|branch(?:es)?|checks?|regex(?:es)?|exercise|problem statement|statement|beginners?|students?|people|class(?:es)?|model|library)";

static THING: LazyLock<Regex> = LazyLock::new(|| pattern(&format!(r"(?i)\b{THINGS}\b")));

/// Words by which a clause speaks of the answer, or of the one who gives it.
static OWN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:i|i'm|i've|my|me|mine|we|our|it|that|this|above|answers?|results?|responses?|reply|outputs?|values?|calculations?|computations?|trace|tracing|count|counting|arithmetic|reasoning|math|simulation)\b|\d",
    )
});

/// The thing that has the fault, behind the words for it.
static OF_THING: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r"(?i)\A\s+(?:in|of|with|about|by|from)\s+(?:the|its|this|that|his|her|their|your|an?)\s+(?:\w+\s+){{0,2}}?{THINGS}\b|\A-[a-z]|\A\s+from an? (?:[\w-]+ ){{1,3}}(?:view|perspective|angle)\b|\A\s+(?:(?:python|pep ?8|good|proper|idiomatic)\s+)?(?:behaviou?rs?|usage|style|practices?|implementations?|code|python|english|way|logic|design|use|naming|names?|typing|grammar|spelling|format|formatting|indentation|docs?|docstrings?|documentation)\b"
    ))
});

/// The end of a clause.
const SIGNS: [char; 10] = [
    ',', ';', ':', '.', '!', '\n', '(', '\u{2014}', '\u{ff0c}', '\u{3002}',
];

/// True if a clause that ends with the words for a fault, and the rest of its sentence, find it in a program or a
/// reader.
pub(super) fn is_of_program(clause: &str, rest: &str) -> bool {
    if OF_THING.is_match(rest) {
        return true;
    }
    let clause = clause.rsplit(SIGNS).next().unwrap_or(clause);
    THING.is_match(clause) && !OWN.is_match(clause)
}

/// A fault that was there before the answer was given, or only may be.
static PAST: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?i)\A\s*,?\s*(?:at first|initially|in my first|before|the first time|on my first)\b")
});

/// The beginning of words that only ask for pardon.
static PARDON: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)\A\W*(?:sorry|apologies),? (?:if|in case|should)\b"));

/// True if words of a fault name an earlier one, which the answer is without, or a possible one.
pub(super) fn is_past_or_possible(words: &str, rest: &str) -> bool {
    PAST.is_match(rest) || PARDON.is_match(words)
}

/// True if the line of a position is a quotation, and another line of the text is none.
pub(super) fn is_quotation(said: &str, at: usize) -> bool {
    let is_quoted = |line: &str| line.trim_start().starts_with('>');
    // The sign that begins a quotation is a part of what is found there.
    let at = said.floor_char_boundary(at + 1);
    let end = said[at..].find('\n').map_or(said.len(), |end| at + end);
    let start = said[..at].rfind('\n').map_or(0, |start| start + 1);
    let line = match said[start..end].trim().is_empty() {
        true => said[end..].trim_start().lines().next().unwrap_or_default(),
        false => &said[start..end],
    };
    is_quoted(line)
        && said
            .lines()
            .any(|line| !line.trim().is_empty() && !is_quoted(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_of_a_program_are_told_from_those_of_an_answer() {
        for (clause, rest, is) in [
            (
                "Actually the code has a bug: the condition is wrong",
                ".",
                true,
            ),
            ("Wait, the docstring is incorrect", " here.", true),
            ("Sorry; there was a mistake", " in the docstring.", true),
            ("This is incorrect", " behaviour of the function", true),
            ("Oops, the author forgot", " a return", true),
            ("This is not right", "-aligned.", true),
            ("Wait, that is wrong", ".", false),
            ("Wait, I got the condition wrong", ".", false),
            ("Oops, my reading of the loop was wrong", ".", false),
            ("Wait, there is a mistake", " in my trace.", false),
            ("Oops, miscounted", ".", false),
        ] {
            assert_eq!(is_of_program(clause, rest), is, "{clause}");
        }
    }
}

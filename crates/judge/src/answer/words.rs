//! Words that people put before an answer, in several languages.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::quoted::Quoted;
use super::thought::pattern;
use super::{Form, doubt};

/// Adverbs between a verb and the answer, which say nothing about it.
const ADVERBS: &str = r"(?:\s+(?:then|therefore|thus|hence|so|simply|just|exactly|precisely|indeed|clearly|finally|now|again|still|always|equal to))*";

/// Words before an answer that is called one.
static NAMED: LazyLock<Regex> = LazyLock::new(|| {
    let english = format!(
        r"answer(?:</\w+>)?[*_`]{{0,3}}\s*(?:(?:(?:then|therefore|thus|hence|finally) )?(?:is|would be|should be|must be|will be){ADVERBS}\b\s*[:\x{{ff1a}}]?|[:=\x{{ff1a}}\x{{2192}}]|->|=>|[\x{{2013}}\x{{2014}}]\s)"
    );
    let names = "antwort|antwoord|r\u{e9}ponse|reponse|respuesta|resposta|risposta|\u{43e}\u{442}\u{432}\u{435}\u{442}|\u{432}\u{456}\u{434}\u{43f}\u{43e}\u{432}\u{456}\u{434}\u{44c}|odpowied\u{17a}|svaret|svar|vastaus|cevap|jawaban|\u{111}\u{e1}p \u{e1}n|c\u{e2}u tr\u{1ea3} l\u{1edd}i|\u{909}\u{924}\u{94d}\u{924}\u{930}|\u{627}\u{644}\u{62c}\u{648}\u{627}\u{628}|\u{627}\u{644}\u{625}\u{62c}\u{627}\u{628}\u{629}";
    let verbs =
        "ist|lautet|est|es|\u{e9}|\u{e8}|is|jest|to|\u{e4}r|on|adalah|l\u{e0}|\u{2014}|\u{2013}";
    let others = format!(
        r"(?:{names})(?: (?:finale?|final|correcta?|richtige|correcte|corretta))?[*_`]{{0,3}}\s*(?:[:=\x{{ff1a}}]|(?:{verbs})(?:\s*:|\s+(?:la |die |der |das |le )?))"
    );
    let chinese = r"(?:\x{7b54}\x{6848}|\x{6700}\x{7ec8}\x{7ed3}\x{679c})[*_`\x{3011}]{0,3}\s*(?:\x{5e94}\x{8be5}|\x{5e94})?(?:\x{662f}|\x{4e3a}|[:=\x{ff1a}])[:\x{ff1a}]?|\x{3010}\x{7b54}\x{6848}\x{3011}|\x{9009}\x{9879}(?:\x{662f}|\x{4e3a}|[:\x{ff1a}])";
    let japanese = r"(?:\x{7b54}\x{3048}|\x{89e3}\x{7b54}|\x{56de}\x{7b54}|\x{6b63}\x{89e3})[*_`]{0,3}\s*(?:\x{306f}|[:\x{ff1a}])";
    let korean = r"(?:\x{c815})?\x{b2f5}[*_`]{0,3}\s*(?:\x{c740}|[:\x{ff1a}])";
    pattern(&format!(
        "(?i){english}|{others}|{chinese}|{japanese}|{korean}"
    ))
});

/// A line that only says that the answer follows.
static HEADING: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?im)^[ \t]*[#*_>]*[ \t]*(?:the )?(?:final |correct )?(?:answer|\x{7b54}\x{6848})[ \t]*[*_:\x{ff1a}]*[ \t]*$",
    )
});

/// Words before a result in a last line that says it in a sentence.
static RESULT: LazyLock<Regex> = LazyLock::new(|| {
    let english = format!(
        r"\b(?:(?:output|result|value|count|total|path|returned|exception(?: raised| thrown)?|lines? (?:to (?:run|execute)|that (?:runs|executes|is executed) next|executed)?|next line|(?:execution )?order|sequence)(?: of (?:the|this|that) (?:\w+ )?(?:expression|call|function|program|code|snippet|statement|script|method)(?: call)?)? ?(?:(?:then|therefore|thus|hence|finally) )?(?:would be|should be|will be|is|are|:)|it (?:(?:then|therefore|thus|hence|finally) )?(?:is|should be|would be|will be)|it's|returns|(?:will|would|should|must) (?:return|output|print|raise|give)|raises|throws|gives|yields|equals|outputs|prints|produces|evaluates to|results in|line that (?:runs|executes) next is|next line (?:to (?:run|execute)|that runs|executed) is){ADVERBS}\b\s*:?|\b(?:output|result|value|count|total|path|returns?|lines?|order|sequence)(?::|[*`]{{0,3}} ?(?:\x{{2192}}|=>))|\x{{2234}}"
    );
    let chinese = r"\x{8f93}\x{51fa}(?:\x{7ed3}\x{679c}|\x{503c})?(?:\x{662f}|\x{4e3a}|[:\x{ff1a}])|\x{7ed3}\x{679c}(?:\x{662f}|\x{4e3a}|[:\x{ff1a}])|\x{5f02}\x{5e38}(?:\x{662f}|\x{4e3a}|[:\x{ff1a}])|\x{8fd4}\x{56de}\x{503c}?(?:\x{662f}|\x{4e3a}|[:\x{ff1a}])?|\x{7b49}\x{4e8e}|\x{5f97}\x{5230}|\x{884c}\x{662f}|\x{5e94}\x{8be5}\x{662f}|\x{5e94}\x{4e3a}|(?:\x{4f1a})?(?:\x{629b}\x{51fa}|\x{5f15}\x{53d1})";
    let others = r"\b(?:devuelve|imprime|lanza|retorna|devolve|lan\x{e7}a|renvoie|retourne|affiche|l\x{e8}ve|restituisce|stampa|liefert|ergibt|gibt|\x{432}\x{43e}\x{437}\x{432}\x{440}\x{430}\x{449}\x{430}\x{435}\x{442}|\x{432}\x{435}\x{440}\x{43d}\x{451}\x{442}|\x{432}\x{44b}\x{432}\x{435}\x{434}\x{435}\x{442})\b|\b(?:zeile|ligne|l\x{ed}nea|linha|\x{441}\x{442}\x{440}\x{43e}\x{43a}\x{430})\s+(?:ist|est|es(?: la)?|\x{e9}(?: a)?)\b|\x{51fa}\x{529b}\x{306f}|\x{7d50}\x{679c}\x{306f}|\x{623b}\x{308a}\x{5024}\x{306f}|\x{8fd4}\x{308a}\x{5024}\x{306f}|\x{cd9c}\x{b825}\x{c740}|\x{acb0}\x{acfc}\x{b294}";
    pattern(&format!("(?i){english}|{chinese}|{others}"))
});

/// Words before an input, likewise.
static INPUT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r"(?i)\bit (?:should|must) be\b|\b(?:eingabe|entrada|entr\x{{e9}}e) (?:ist|es|\x{{e9}}|est)\b|\x{{8f93}}\x{{5165}}(?:\x{{53ef}}\x{{4ee5}})?\x{{662f}}|\b(?:input|arguments?|call) ?(?:(?:(?:could|can|would|may|might|should|will) be|is|are){ADVERBS}|:)\s*:?"
    ))
});

/// Words before a value in a sentence that say of what type it is.
static TYPE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)^(?:(?:the|an?)\s+)?(?:empty\s+|following\s+)?(?:string|list|tuple|set|dict(?:ionary)?|integer|int|number|float|boolean|bool|value)\b\s*:?\s+",
    )
});

/// Words after an answer in its sentence that give reasons or wishes, and do not take it back.
static HEDGES: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:or|either|maybe|perhaps|not|no|but|if|unless|otherwise|might|could|wrong|instead|rather|actually|wait|probably|else|only|guess)\b|n't\b|[\x{6216}\x{4e0d}]|\?",
    )
});

/// An answer and words in parentheses behind it, without figures, which would be those of another answer.
static BESIDE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^([^\s(]+) \(([a-zA-Z][^()\d]{2,80})\)\.?$"));

/// The type of an answer behind it, in parentheses.
static TYPED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)^\s*\((?:an?|of type|type:?|the)?\s*`?(?:\w+ )?(?:int|integer|float|number|str|string|list|tuple|dict|dictionary|set|frozenset|bool|boolean|bytes|NoneType|range|complex)`?\)",
    )
});

/// An answer and how long it took.
static TOOK: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)^(\S{1,80}) (?:after|in|within) (?:only |just |exactly )?\w+ (?:\w+ )?(?:iterations?|steps?|rounds?|loops?|passes|calls|recursions?)\.?$",
    )
});

/// An answer that the words behind it say to come out.
static COMES_OUT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)^(\S[^\n]{0,400}?) (?:is|gets|will be|would be) (?:returned|printed|output|raised|the (?:(?:final|correct) )?(?:result|output|answer|return value))\.?$",
    )
});

/// An answer beside one that is none: `5, not 6.`, `not 5 but 6`.
static CONTRAST: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)^(\S[^,]{0,80})(?:(?:, (?:and )?| and )not| rather than| instead of) (?:line |the )?[^\s,;]{1,40}$|(?:\bnot|n't|n\x{2019}t|\bnicht|\bno es)\s[^.,;\n]{1,60},?\s+(?:but|but rather|sondern|sino)\s+([^,;\n]{1,80})$|^([^\n,\x{ff0c}]{1,80})[,\x{ff0c}]\x{4e0d}\x{662f}[^\n,\x{ff0c}\x{3002}]{1,40}\x{3002}?$|\x{4e0d}\x{662f}[^\x{3002}\n]{1,60}[,\x{ff0c}]\x{800c}\x{662f}([^\n]{1,80})$",
    )
});

/// The words that begin reasons.
static REASONS: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)^\s*,?\s*(?:because|since|as|so|which|where|for)\b"));

/// A word there.
static BECAUSE: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)\b(?:because|since|as)\b"));

/// Words before `answer` by which it is somebody else's, an example or one that was given up.
static OTHERS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:example|sample|previous|earlier|old|initial|tentative|hypothetical|(?:user|student|candidate)(?:['\x{2019}]s)?)[\s*_`]*$",
    )
});

/// Words behind `the answer is` that say what it is not, or that it is said already.
static SAID: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\A\s*[*_`]*(?:not (?:wrong|incorrect)\b|not\b[^.\n]{1,80}?,? (?:because|since|as)\b|(?:as )?(?:(?:given|shown|stated|written|explained) )?(?:above|there|before)\b)",
    )
});

/// Sentences behind an answer that only do that.
static ONLY_SAID: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\A(?:the|my) (?:(?:right|correct|final) )?answer is (?:not [^.\n]{1,80}?,? (?:because|since|as) [^.\n]*|(?:as )?(?:(?:given|shown|stated|written|explained) )?(?:above|there|before))\.?\z",
    )
});

/// Kind of words that are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Words {
    /// They call it the answer.
    Named,
    /// They say what comes out.
    Result,
    /// They say what goes in.
    Input,
}

/// Position behind the last words of a kind in a text, and that of their beginning; none where the clause
/// denies it.
pub(super) fn last(said: &str, words: Words, form: &dyn Form) -> Option<(usize, usize)> {
    let pattern = match words {
        Words::Named => &NAMED,
        Words::Result => &RESULT,
        Words::Input => &INPUT,
    };
    let quoted = Quoted::texts(said, form);
    let mut all: Vec<_> = pattern
        .find_iter(said)
        .filter(|found| !quoted.holds(found.start()))
        .filter(|found| !is_of_no_exception(found.as_str(), &said[found.end()..]))
        .collect();
    // `The answer is not 4, because ..` behind the sentence that says it.
    while words == Words::Named
        && all.len() > 1
        && all
            .last()
            .is_some_and(|found| SAID.is_match(&said[found.end()..]))
    {
        all.pop();
    }
    let mut all = all[all.len().saturating_sub(MOST_WORDS)..]
        .iter()
        .filter(|found| !of_another_case(said, &found.range(), words, form));
    let mut found = all.next()?;
    for next in all {
        // `It returns 5, since it is odd`: what gives the reasons of an answer says no other one.
        if !only_reasons(&said[found.end()..next.start()]) {
            found = next;
        }
    }
    let before = &said[..found.start()];
    let possible = words == Words::Input;
    (!doubt::denied(before, possible)).then_some((found.start(), found.end()))
}

/// True for `exception is` with another word behind it than the name of one.
fn is_of_no_exception(words: &str, rest: &str) -> bool {
    let name = rest.split_whitespace().next().unwrap_or_default();
    let about = ["exception", "Exception"]
        .iter()
        .any(|word| words.starts_with(word));
    about && !name.contains(char::is_uppercase)
}

/// True if what is said there is said of another case, such as another call, and is no answer to this one.
fn of_another_case(said: &str, found: &Range<usize>, words: Words, form: &dyn Form) -> bool {
    let before = &said[..found.start];
    let from = before.floor_char_boundary(before.len().saturating_sub(MOST_CLAUSE));
    let clause = &before[from..];
    let clause = clause
        .rfind(['.', ';', '\n'])
        .map_or(clause, |at| &clause[at + 1..]);
    form.is_elsewhere(clause)
        || doubt::conditional(&said[found.end..])
        || words == Words::Named && (doubt::supposes(before) || OTHERS.is_match(before))
}

/// The answer in a sentence that says how long it took.
pub(super) fn took(sentence: &str) -> Option<&str> {
    Some(TOOK.captures(sentence.trim())?.get(1)?.as_str())
}

/// The answer in a line that says that it comes out: `5 is returned.`
pub(super) fn comes_out(line: &str) -> Option<&str> {
    Some(COMES_OUT.captures(line.trim())?.get(1)?.as_str())
}

/// The first sentence, where those behind it do not doubt it and say no other answer.
pub(super) fn first_sentence<'s>(line: &'s str, form: &dyn Form) -> Option<&'s str> {
    let (first, rest) = line
        .split_once(". ")
        .filter(|_| line.len() <= MOST_SENTENCE)?;
    if ONLY_SAID.is_match(rest.trim()) {
        return Some(first);
    }
    let settled = rest.starts_with(char::is_uppercase)
        && is_harmless(rest)
        && [Words::Named, Words::Result, Words::Input]
            .iter()
            .all(|words| last(rest, *words, form).is_none());
    settled.then_some(first)
}

/// True if the words between two of a kind are in one sentence, which goes on with reasons.
fn only_reasons(between: &str) -> bool {
    let ends = [
        "\n", "; ", ", so ", ", and ", ", but ", ". ", "! ", "? ", ": ", "\u{3002}",
    ];
    BECAUSE.is_match(between) && !ends.iter().any(|end| between.contains(end))
}

/// Position behind the last line that only announces the answer.
pub(super) fn heading(said: &str) -> Option<usize> {
    HEADING.find_iter(said).last().map(|line| line.end())
}

/// The text without words that say of what type the value is.
pub(super) fn untyped(text: &str) -> &str {
    TYPE.find(text).map_or(text, |found| &text[found.end()..])
}

/// The last words of a kind that are looked at.
const MOST_WORDS: usize = 64;

/// Bytes of a clause before an answer.
const MOST_CLAUSE: usize = 200;

/// Bytes of a sentence with reasons that is looked into.
const MOST_SENTENCE: usize = 2_000;

/// The part of a sentence that is the answer, where what follows it only gives reasons: `5` of
/// ``5` because it loops`, `$5$. I hope it is correct`, `5 since it loops`.
pub(super) fn lead(sentence: &str) -> Option<&str> {
    let sentence = sentence.trim();
    if sentence.len() > MOST_SENTENCE {
        return None;
    }
    let spans = [("**", "**"), ("`", "`"), ("$", "$"), ("\\(", "\\)")];
    for (open, close) in spans {
        if let Some(rest) = sentence.strip_prefix(open) {
            let end = rest.find(close)?;
            let after = &rest[end + close.len()..];
            let after = TYPED
                .find(after)
                .map_or(after, |aside| &after[aside.end()..]);
            // A second one could be another answer.
            let alone = !spans.iter().any(|(open, _)| after.contains(open));
            return (alone && is_harmless(after)).then_some(&rest[..end]);
        }
    }
    if let Some(found) = BESIDE.captures(sentence)
        && let (Some(answer), Some(aside)) = (found.get(1), found.get(2))
        && is_harmless(aside.as_str())
    {
        return Some(answer.as_str());
    }
    if sentence.starts_with(['"', '\'', '[', '{', '(']) {
        return None;
    }
    let ends = [". ", "\u{3002}", ", ", "! ", " "]
        .into_iter()
        .flat_map(|end| {
            let places = sentence.match_indices(end);
            places.map(move |(at, end)| Range {
                start: at,
                end: at + end.len(),
            })
        });
    ends.filter(|end| !sentence[..end.start].trim().is_empty())
        .filter(|end| {
            let after = &sentence[end.start..];
            let over = sentence[end.clone()].starts_with(['.', '!', '\u{3002}'])
                && !after.contains(|c: char| c.is_ascii_digit());
            is_harmless(after) && (over || REASONS.is_match(after))
        })
        .map(|end| &sentence[..end.start])
        .min_by_key(|text| text.len())
}

/// Signs and names before what comes out: `=> 5`, `Result = 5`, `Out[1]: 5`.
static SHOWS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\A\s*(?:(?:=>|->|[\x{2192}\x{21d2}\x{27f6}\x{279c}])|(?:the )?(?:final )?(?:result|output|answer|return value) ?=|Out ?\[\d+\]:|#\s?=>)\s*",
    )
});

/// The rest of a line behind such signs.
pub(super) fn shown(line: &str) -> Option<&str> {
    let found = SHOWS.find(line)?;
    let rest = &line[found.end()..];
    (!rest.is_empty() && !rest.starts_with('=')).then_some(rest)
}

/// The answer in a line that gives its reasons in the same sentence: `True, because 3 is odd.`
pub(super) fn reasoned(line: &str) -> Option<&str> {
    let line = line.trim();
    if line.len() > MOST_SENTENCE {
        return None;
    }
    let (at, why) = [", because ", " because ", ", since ", " since ", ", as "]
        .iter()
        .filter_map(|word| Some((line.find(word)?, *word)))
        .min()?;
    is_harmless(&line[at + why.len()..]).then(|| &line[..at])
}

/// The answer in `'x', not 'y'.`, where the other one is only named to be none.
pub(super) fn contrasted(sentence: &str) -> Option<&str> {
    let sentence = sentence.trim();
    let found = CONTRAST
        .captures(sentence)
        .filter(|_| sentence.len() <= MOST_CLAUSE)?;
    let either = found.iter().skip(1).flatten().next()?;
    Some(either.as_str())
}

fn is_harmless(after: &str) -> bool {
    !HEDGES.is_match(after)
}

/// The side of a claim in the last row of a table that says what comes out: `| Answer | 5 |`.
pub(super) fn cells(line: &str) -> Option<(&str, &str)> {
    let inner = line.trim().strip_prefix('|')?.strip_suffix('|')?;
    let (left, right) = inner.split_once('|')?;
    (!right.contains('|')).then(|| (left.trim(), right.trim()))
}

/// True if the text is only a name for an answer.
pub(super) fn is_label(text: &str) -> bool {
    let text = text.trim_matches(|c: char| !c.is_alphanumeric());
    [
        "answer",
        "final answer",
        "result",
        "output",
        "return value",
        "returns",
        "\u{7b54}\u{6848}",
    ]
    .iter()
    .any(|label| text.eq_ignore_ascii_case(label))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::AnyText;

    #[test]
    fn words_of_several_languages_name_an_answer() {
        for said in [
            "The answer is 5",
            "**Answer:** 5",
            "Answer \u{2014} 5",
            "\u{7b54}\u{6848}\u{ff1a}5",
            "\u{7b54}\u{3048}\u{306f}5\u{3067}\u{3059}",
            "Die Antwort lautet 5",
            "La respuesta es 5",
        ] {
            let (_, end) = last(said, Words::Named, &AnyText).unwrap();
            assert!(said[end..].contains('5'), "{said}");
        }
        for said in [
            "It isn't true that the answer is 5",
            "The wrong answer is 5",
            "It never returns 5",
        ] {
            assert_eq!(
                last(said, Words::Named, &AnyText).or(last(said, Words::Result, &AnyText)),
                None,
                "{said}"
            );
        }
    }

    #[test]
    fn reasons_may_follow() {
        for (sentence, is) in [
            ("`5` because it loops twice", Some("5")),
            ("$5$. I hope it is correct", Some("5")),
            ("5 since it loops", Some("5")),
            ("**5**, as 2 + 3", Some("5")),
            ("`5` or `6`", None),
            ("5 or 6", None),
            ("`5`, not `6`", None),
            ("5 if x is even", None),
            ("5. The other one gives 6", None),
        ] {
            assert_eq!(lead(sentence), is, "{sentence}");
        }
    }
}

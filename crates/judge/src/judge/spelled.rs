//! Lines and numbers as people write them: `line 7`, `three times`, `2 -> 3 -> 3`.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;
use tracestone_sample::reading;

use super::lines::read;
use super::sum;
use crate::answer::Form;

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a pattern of this file, which a test compiles")
}

/// Words by which a sentence says more, or less, than one number.
static UNSURE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:or|not|never|neither|at least|at most|about|around|more|less|fewer|than|approximately|roughly|up to|then|but|skipped|if|when)\b|[<>]|n't\b|[\x{4e0d}\x{6216}\x{672a}]",
    )
});

/// Form of one word or number.
pub(super) struct OneLine;

/// A line in a sentence of its own.
static LINE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)^(?:.*\bis\s+|.*\b(?:goes|jumps|moves|proceeds|continues|loops|passes|transfers|returns)(?: back)? (?:to|at|with)\s+)?(?:the )?(?:next )?(?:line|zeile|ligne|l\x{ed}nea|linha|riga|\x{441}\x{442}\x{440}\x{43e}\x{43a}\x{430}|L)(?: (?:number|no\.))?\s*:?\s*\**`?(\d+)`?\**(?:\s*[:(\x{2014}-].*|\s+(?:runs|executes|is executed|comes|is) next)?\.?$|\x{7b2c}\s*(\d+)\s*\x{884c}|(\d+)\s*(?:\x{884c}\x{76ee}|\x{bc88}\x{c9f8}\s*\x{c904})|^(\d+):\s+\S|^(\d+)\s*\(\s*`[^`]+`\s*\)\.?$",
    )
});

/// Words behind a line that give reasons, or name another one to be none.
static REASONS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?i),? (?:because|since)\b[^?]*$|, as\b[^?]*$|, (?:and )?not (?:line )?\d+\.?$")
});

/// Two numbers with something said of each.
static SEVERAL: LazyLock<Regex> = LazyLock::new(|| pattern(r"\d+: .*\b\d+: "));

/// Words before it that name the line that ran before.
static FROM: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)^(?:after|from) line \d+\b[^,]{0,40}(?:,\s*)?"));

/// Words behind the line that runs after it.
static RUNS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?i)\s+(?:(?:will )?(?:runs?|executes?|follows?)|is (?:executed|run))\.?$")
});

/// A word by which no line comes next, and a sentence about it in parentheses.
static WITH_ASIDE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)^[`*]*(?:(return)[`*]* \([^()]*\breturns?\b[^()]*\)|(raise)[`*]* \([^()]*\braises?\b[^()]*\))\.?$",
    )
});

/// A sentence by which no line comes next.
static LEAVES: LazyLock<Regex> = LazyLock::new(|| {
    let who = r"(?:it|this|(?:the|this) (?:call|frame|line)|execution)";
    let what = r"(?:an?|the) (?:exception|error)|an? `?\w+(?:error|exception)`?|`?\w+(?:error|exception)`?|`?none`?|(?:from|out of) the (?:function|call)|to (?:the|its) caller";
    let event = r"(?:the )?next (?:event|step|action|thing)(?: that happens)? (?:is|will be|would be):? (?:an? |the |to )?";
    pattern(&format!(
        r"(?i)^(?:{event}|{who} )?(?:then |will |would |just )*[`*]*(return|raise)s?[`*]*(?: (?:{what}|event))?\.?$"
    ))
});

impl Form for OneLine {
    fn reads(&self, text: &str) -> bool {
        reading::successor(text).is_some()
    }

    fn respelled(&self, text: &str) -> Option<String> {
        if let Some(leaves) = LEAVES.captures(text.trim()).and_then(|found| found.get(1)) {
            return Some(leaves.as_str().to_lowercase());
        }
        if let Some(aside) = WITH_ASIDE
            .captures(text.trim())
            .filter(|_| !UNSURE.is_match(text))
        {
            return Some(
                aside
                    .iter()
                    .skip(1)
                    .flatten()
                    .next()?
                    .as_str()
                    .to_lowercase(),
            );
        }
        // Reasons behind it, and another line that is named to be none, say nothing more.
        let text = REASONS
            .find(text)
            .map_or(text, |found| &text[..found.start()]);
        let text = match FROM.find(text) {
            Some(found) => RUNS.replace(&text[found.end()..], "").into_owned(),
            None => text.to_owned(),
        };
        let text = text.as_str();
        if UNSURE.is_match(text) || text.contains('\n') || SEVERAL.is_match(text) {
            return None;
        }
        if self.reads(text) {
            return Some(text.to_owned());
        }
        let mut found = LINE.captures_iter(text);
        let (Some(one), None) = (found.next(), found.next()) else {
            return None;
        };
        let number = one.iter().skip(1).flatten().next()?;
        Some(number.as_str().to_owned())
    }

    fn member(&self, value: &Value) -> Option<String> {
        text_of(value)
    }
}

/// Form of one number.
pub(super) struct OneNumber;

/// Small numbers in words.
const WORDS: [&str; 13] = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve",
];

/// Number of times in a sentence.
static TIMES: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)(?:^|[\s*`]|[[\x{4e00}-\x{9fff}\x{ff0c}\x{ff1a}]&&[^\x{7b2c}]])(\d+)[*`]{0,3}\s*(?:times?\b|iterations?\b|executions?\b|x\b|\x{d7}|\x{6b21}|\x{56de}|\x{bc88}|\x{440}\x{430}\x{437}|mal\b|veces\b|vez\b|fois\b|vezes\b|volte\b|keer\b)|(?:^|[\s*`])(zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)[*`]{0,3}\s+times?\b|\b(once|twice|thrice)\.?$|(?:^|[\s*`]|[[\x{4e00}-\x{9fff}\x{ff0c}\x{ff1a}]&&[^\x{7b2c}\x{5341}]])([\x{96f6}\x{4e00}\x{4e8c}\x{4e24}\x{4e09}\x{56db}\x{4e94}\x{516d}\x{4e03}\x{516b}\x{4e5d}\x{5341}])(?:\x{6b21}|\x{56de}|\x{904d})",
    )
});

/// A sentence that says that a line does not run.
static NEVER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)^(?:(?:line \d+|it|this line|the line)\s+)?(?:(?:is|does|will be|was)\s+)?(?:never|not)(?:\s+(?:be )?(?:executed|runs?|reached|executes?))?(?: at all)?\.?$",
    )
});

/// Another number that is named to be none.
static NOT_OTHER: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i), (?:and )?not [^,;.]{1,30}\.?$"));

/// Words before the outcome of a calculation.
static SO: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?i),\s*so\b(?: it runs)?\s*|\x{2192}\s*|=>\s*|\b(?:therefore|hence|thus)\b[,:]?\s*")
});

/// The name of a calculation before it.
static TOTAL: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)^\W*(?:the )?(?:total|count)\s*(?:=|:|is\b)\s*"));

/// Words that begin with the round that a number is for.
static PER: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)^(?:per|each|every|for)\b"));

/// A number that is only that of one round.
static EACH: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)\b(?:per|each|every)\b"));

static THOUSANDS: LazyLock<Regex> = LazyLock::new(|| pattern(r"^\d{1,3}(?:,\d{3})+$"));

/// Small numbers in Chinese.
const CHINESE: &str =
    "\u{96f6}\u{4e00}\u{4e8c}\u{4e09}\u{56db}\u{4e94}\u{516d}\u{4e03}\u{516b}\u{4e5d}\u{5341}";

/// Words in parentheses behind a number, without figures.
static ASIDE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)^([^()]+?)\s*\(([a-z][^()\d]*)\)\.?$"));

fn named_number(word: &str) -> Option<u64> {
    let lower = word.to_lowercase();
    match lower.as_str() {
        "once" => Some(1),
        "twice" => Some(2),
        "thrice" => Some(3),
        "\u{4e24}" => Some(2),
        _ if lower.chars().count() == 1 && CHINESE.contains(&lower) => {
            let at = CHINESE.find(&lower)?;
            u64::try_from(CHINESE[..at].chars().count()).ok()
        }
        _ => match WORDS.iter().position(|name| *name == lower) {
            Some(number) => u64::try_from(number).ok(),
            None => lower.parse().ok(),
        },
    }
}

/// `three`, and `three (3)`.
fn spelled_twice(text: &str) -> Option<u64> {
    let Some((word, figure)) = text.split_once('(') else {
        return named_number(text);
    };
    let number = named_number(word.trim())?;
    let again = named_number(figure.strip_suffix(')')?.trim())?;
    (number == again).then_some(number)
}

impl Form for OneNumber {
    fn reads(&self, text: &str) -> bool {
        reading::count(text).is_some()
    }

    fn respelled(&self, text: &str) -> Option<String> {
        if text.contains('\n') {
            return None;
        }
        // `Twice, not three times.`
        let text = NOT_OTHER
            .find(text)
            .map_or(text, |found| &text[..found.start()]);
        if NEVER.is_match(text) {
            return Some("0".to_owned());
        }
        if UNSURE.is_match(text) {
            return None;
        }
        // `3 times (once per item)`, but not `3 times (per item)`.
        let text = match ASIDE.captures(text) {
            Some(found) if self.reads(&found[1]) && !PER.is_match(&found[2]) => {
                return Some(found[1].to_owned());
            }
            _ => text,
        };
        // `2 + 1 = 3 times`, `.., so 6 times`: the last side of it.
        let named = TOTAL.find(text).map_or(0, |found| found.end());
        let calculation = &text[named..];
        let equated = sum::equated(calculation);
        let begins = calculation.starts_with(|c: char| c.is_ascii_digit());
        if begins && equated.is_none() && calculation.contains('=') {
            // `99 = 3 times` says two numbers.
            return None;
        }
        let last = equated.or_else(|| Some(&text[SO.find_iter(text).last()?.end()..]));
        let said = last.unwrap_or(text).trim().trim_end_matches('.');
        if self.reads(said) {
            return Some(said.to_owned());
        }
        let bare = said.strip_suffix("times").unwrap_or(said).trim();
        if THOUSANDS.is_match(bare) {
            return Some(bare.replace(',', ""));
        }
        if EACH.is_match(said) {
            return None;
        }
        let numbers: Option<Vec<u64>> = TIMES
            .captures_iter(said)
            .map(|one| named_number(one.iter().skip(1).flatten().next()?.as_str()))
            .collect();
        match numbers?[..] {
            [number] => Some(number.to_string()),
            [] => spelled_twice(bare).map(|number| number.to_string()),
            _ => None,
        }
    }

    fn member(&self, value: &Value) -> Option<String> {
        text_of(value)
    }
}

/// A list of lines in brackets, which may go over several lines of text.
pub(super) struct LineList {
    /// The order counts, so that a set is no answer.
    pub(super) ordered: bool,
}

/// Words around lines that only say that they run.
static AROUND_LINES: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)^(?:only )?(lines? [\d\s,and]+?)(?:\s+(?:are|is) executed|\s+(?:runs?|executes?))(?:;[^;]*\b(?:not|never)\b[^;]*)?\.?$",
    )
});

/// The word before a line's number.
static LINE_WORD: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)\b(?:only )?lines?\s+"));

/// Numbers with only blanks between them, or one to a line.
static BLANKS: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(?:[-*] )?\d+(?:(?:[ \t]+|[ \t]*\r?\n[ \t]*(?:[-*] )?)\d+)+$"));

/// Numbers on lines of their own.
static COLUMN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?mi)^[ \t]*(?:[-*] )?(?:line )?\d+[ \t]*(?:\r?\n[ \t]*(?:[-*] )?(?:line )?\d+[ \t]*)+$",
    )
});

impl Form for LineList {
    fn names(&self) -> &'static [&'static str] {
        &["path", "lines", "executed_lines", "line_numbers"]
    }

    fn block(&self, said: &str) -> Option<Range<usize>> {
        let Some(end) = said.rfind(']') else {
            return COLUMN.find_iter(said).last().map(|found| found.range());
        };
        let end = end + 1;
        let start = said[..end].rfind('[')?;
        reading::lines(&said[start..end]).map(|_| start..end)
    }

    fn reads(&self, text: &str) -> bool {
        read(text).is_some()
    }

    fn respelled(&self, text: &str) -> Option<String> {
        let text = text.trim();
        let inner_text = match (text.chars().next()?, text.chars().next_back()?) {
            ('(', ')') => &text[1..text.len() - 1],
            ('{', '}') if !self.ordered => &text[1..text.len() - 1],
            _ => text,
        };
        // Words around them, and words before each.
        let inner = AROUND_LINES
            .captures(inner_text)
            .and_then(|found| found.get(1));
        let inner = inner.map_or(inner_text, |found| found.as_str());
        let named = LINE_WORD.is_match(inner);
        let inner = LINE_WORD.replace_all(inner, "");
        if BLANKS.is_match(&inner) {
            let numbers: Option<Vec<u32>> = inner
                .split(|c: char| c.is_whitespace() || c == '-' || c == '*')
                .filter(|number| !number.is_empty())
                .map(|number| number.parse().ok())
                .collect();
            return numbers.map(|numbers| format!("{numbers:?}"));
        }
        let commas = [
            "->",
            "\u{2192}",
            "=>",
            " and ",
            "\u{3001}",
            "\\to",
            "\\rightarrow",
        ]
        .iter()
        .fold(inner.into_owned(), |text, sign| text.replace(sign, ", "));
        let commas = commas.replace(", ,", ",").replace(",,", ",");
        let numbers: Option<Vec<u32>> = commas
            .trim_end_matches('.')
            .split(',')
            .map(|number| number.trim().parse().ok())
            .collect();
        let numbers =
            numbers.filter(|numbers| numbers.len() > 1 || named || text.starts_with(['(', '{']))?;
        Some(format!("{numbers:?}"))
    }

    fn member(&self, value: &Value) -> Option<String> {
        match value {
            Value::Array(_) => Some(value.to_string()),
            value => text_of(value),
        }
    }
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(text.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_numbers_are_read_from_sentences() {
        for (text, is) in [
            ("line 7: `return x`", Some("7")),
            ("Line 7 runs next.", Some("7")),
            ("\u{7b2c} 7 \u{884c}", Some("7")),
            ("L7", Some("7")),
            ("line number 7", Some("7")),
            ("The next event is `return`.", Some("return")),
            ("return (the function returns 3)", Some("return")),
            ("return (or it raises)", None),
            ("Line 7 or line 8", None),
            ("Not line 7", None),
        ] {
            assert_eq!(OneLine.respelled(text).as_deref(), is, "{text}");
        }
        for (text, is) in [
            ("three times", Some("3")),
            ("Line 4 is executed 3 times.", Some("3")),
            ("3\u{d7}", Some("3")),
            ("3 times or 4 times", None),
            ("at least 3 times", None),
        ] {
            assert_eq!(OneNumber.respelled(text).as_deref(), is, "{text}");
        }
        let list = LineList { ordered: true };
        assert_eq!(list.respelled("2 -> 3 -> 3").as_deref(), Some("[2, 3, 3]"));
        assert_eq!(list.respelled("{2, 3}"), None);
        assert_eq!(list.respelled("2-4"), None);
    }
}

//! One of several choices, by its label, its number, or its own text.

use std::sync::LazyLock;

use regex::Regex;
use serde::{Deserialize, Serialize};
use tracestone_sample::reading;

use super::{Judge, Judgement, Verdict};
use crate::answer::{Extraction, Form, Found, extract, marked, said};
use crate::item::Item;

/// The label of the right choice, such as `B`. Where an item lists its choices (`choices`, each with `label` and
/// `text`), their texts are read too; where it does not, the number of a statement is asked for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Choice {}

/// A choice of an item, as templates see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Option_ {
    label: String,
    text: String,
}

impl Form for Choice {
    fn reads(&self, text: &str) -> bool {
        // Whatever starts with a label could be one; the texts of choices are not known here.
        label_of(text).is_some() || reading::count(text.trim_start_matches('#')).is_some()
    }

    fn is_alone(&self, text: &str) -> bool {
        self.reads(text) && !text.trim().contains(' ')
    }
}

/// The choices of one item.
struct Among(Vec<Option_>);

impl Form for Among {
    fn reads(&self, text: &str) -> bool {
        chosen(&self.0, text).is_some()
    }

    fn respelled(&self, text: &str) -> Option<String> {
        let whole = text.trim();
        let text = words_before_reasons(whole);
        // `B, since B is not wrong` says too much.
        let label = label_of(text).unwrap_or_default();
        let again = whole[text.len()..]
            .split(|c: char| !c.is_alphanumeric())
            .any(|word| word == label);
        let text = if again { whole } else { text };
        if self.reads(text) {
            return chosen(&self.0, text);
        }
        // `A is wrong because of that. So B.`
        let last = text.trim_end_matches('.').rsplit_once(". ");
        let last = last.filter(|(_, last)| {
            let so = ["so ", "therefore", "thus ", "hence "];
            so.iter().any(|word| last.to_lowercase().starts_with(word))
        });
        // `Not A, so B.`
        let so = text.rsplit_once(", so ");
        let so = so.filter(|(before, _)| !before.contains('?') && last.is_none());
        let last = last.map(|(_, last)| last).or(so.map(|(_, last)| last));
        let found = PICKED.captures(last.unwrap_or(text))?;
        let label = found.iter().skip(1).flatten().next()?.as_str();
        self.reads(label).then(|| label.to_owned())
    }
}

/// A sentence that picks a choice.
static PICKED: LazyLock<Regex> = LazyLock::new(|| {
    let english = r"(?:(?:so|therefore|thus|hence|clearly|obviously|definitely|certainly|surely|evidently|of course)[,:]?\s*)?(?:i(?:'d|\x{2019}d| would| will|'ll)? (?:choose|pick|select|go with|say)(?: (?:option|choice|answer))?|(?:la |die |le )?(?:respuesta|r\x{e9}ponse|resposta|antwort)(?: correcta| correcte| correta)? (?:es|est|\x{e9}|ist)(?: la| le| die| a)?|(?:the )?(?:(?:correct|right|best) )?(?:option|choice|answer)(?: is|:)?)?\s*[(*`<\[]{0,3}([a-z0-9]{1,3})[)*`.:>\]]{0,3}(?:\s+is\s+(?:the\s+)?(?:correct|right|best|most likely)(?:\s+(?:answer|choice|option|one))?)?\.?";
    let chinese = r"(?:\x{6545}|\x{56e0}\x{6b64}|\x{6240}\x{4ee5})?[,\x{ff0c}]?\s*(?:\x{5e94}|\x{672c}\x{9898})?\x{9009}(?:\x{62e9}|\x{9879})?\s*[:\x{ff1a}]?\s*([a-z])(?:\s*(?:\x{662f})?\x{6b63}\x{786e}(?:\x{7684})?)?[.\x{3002}]?";
    Regex::new(&format!("(?i)^(?:{english}|{chinese})$"))
        .expect("a pattern of this file, which a test compiles")
});

fn choices_of(item: &Item) -> Vec<Option_> {
    item.fields
        .get("choices")
        .and_then(|choices| serde_json::from_value(choices.clone()).ok())
        .unwrap_or_default()
}

impl Judge for Choice {
    fn name(&self) -> &'static str {
        "choice"
    }

    fn version(&self) -> u32 {
        9
    }

    /// Brackets are a usual dress of labels: `[[B]]` is B.
    fn is_strict(&self) -> bool {
        false
    }

    fn form(&self) -> &dyn Form {
        self
    }

    fn find<'a>(
        &self,
        item: &Item,
        response: &'a str,
        extraction: Extraction,
    ) -> Option<Found<'a>> {
        let said = said(response);
        let unmarked = extraction == Extraction::Marked && marked(said).is_none();
        let points = if unmarked { ticked(said) } else { Vec::new() };
        if points
            .iter()
            .any(|point| chosen(&choices_of(item), point).is_some())
        {
            // Of several, none is picked.
            let text = if let [point] = points[..] {
                point
            } else {
                said.trim()
            };
            return Some(Found {
                text: text.into(),
                rule: "last line",
                closed: false,
            });
        }
        match choices_of(item) {
            none if none.is_empty() => extract(response, extraction, self),
            choices => {
                let among = Among(choices);
                let found = extract(response, extraction, &among)?;
                if found.rule.starts_with("last ")
                    && readable(&found.text, &among).is_none()
                    && let Some(first) = before_others(&among, response)
                {
                    return Some(Found {
                        text: first.into(),
                        ..found
                    });
                }
                // Where all choices are only listed, the last one is not picked.
                let listed = found.rule == "last line" && lists_others(&among, response);
                match listed {
                    true => Some(Found {
                        text: response.trim().into(),
                        ..found
                    }),
                    false => Some(found),
                }
            }
        }
    }

    fn judge(&self, item: &Item, answer: &str) -> Judgement {
        let choices = choices_of(item);
        let read = if choices.is_empty() {
            reading::count(answer.trim_start_matches('#')).map(|number| number.to_string())
        } else {
            chosen(&choices, answer)
        };
        let verdict = match read {
            Some(label) => Verdict::equal(item.answer == label, label),
            None if choices.is_empty() => {
                Verdict::unparsable("not_a_number", "the number of a statement is asked for")
            }
            None => Verdict::unparsable("not_a_choice", "it names none of the choices, or several"),
        };
        Judgement::Decided(verdict)
    }
}

/// Words behind a choice that give its reasons.
static REASONS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i),? (?:because|since)\b[^?\n]*$")
        .expect("a pattern of this file, which a test compiles")
});

/// Words in reasons by which they doubt, or name another choice.
static DOUBTS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:or|guess|maybe|perhaps|but|unless)\b")
        .expect("a pattern of this file, which a test compiles")
});

/// The text without reasons at its end, where these do not doubt it.
fn words_before_reasons(text: &str) -> &str {
    match REASONS.find(text) {
        Some(why) if !DOUBTS.is_match(why.as_str()) => text[..why.start()].trim(),
        _ => text,
    }
}

/// The choice that a text names or says in another way.
fn readable(text: &str, among: &Among) -> Option<String> {
    chosen(&among.0, text).or_else(|| among.respelled(text))
}

/// Words by which what follows a choice says more than why others are none.
static RETHINKS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:wait|actually|oops|sorry|instead|however|but|or|maybe|perhaps|mistake|rather|answer|correct|right|best|choose|pick|i|so|therefore|thus|hence)\b|\?")
        .expect("a pattern of this file, which a test compiles")
});

/// The choice on the first line, where what follows only says that others are wrong: `B`, `A is wrong because ..`
fn before_others<'r>(among: &Among, response: &'r str) -> Option<&'r str> {
    let (first, rest) = response.trim().split_once('\n')?;
    let label = chosen(&among.0, first)?;
    let others = rest.lines().map(str::trim).filter(|line| !line.is_empty());
    let settled = !RETHINKS.is_match(rest)
        && others.into_iter().all(|line| {
            let other = label_of(line).filter(|other| !other.eq_ignore_ascii_case(&label));
            let lower = line.to_lowercase();
            other.is_some()
                && [" wrong", " incorrect", " false"]
                    .iter()
                    .any(|w| lower.contains(w))
        });
    settled.then_some(first.trim())
}

/// True if the line before the last one names another choice in the same way.
fn lists_others(among: &Among, response: &str) -> bool {
    let mut lines = response.trim().lines().rev().map(str::trim);
    let last = lines.next().and_then(|line| chosen(&among.0, line));
    let before = lines
        .find(|line| !line.is_empty())
        .and_then(|line| chosen(&among.0, line.trim_start_matches(['-', '*', ' '])));
    last.is_some() && before.is_some() && last != before
}

/// The label of the choice that a text names.
fn chosen(choices: &[Option_], answer: &str) -> Option<String> {
    let text = plain(checked(answer).unwrap_or(answer));
    let latin = latin(text);
    let text = latin.as_deref().unwrap_or(text);
    let same = |one: &&Option_| plain(&one.text).eq_ignore_ascii_case(text);
    let mut by_text = choices.iter().filter(same);
    if let (Some(one), None) = (by_text.next(), by_text.next()) {
        return Some(one.label.clone());
    }
    let label = label_of(text)?;
    let one = choices
        .iter()
        .find(|one| one.label.eq_ignore_ascii_case(label))?;
    let rest = text[text.find(label)? + label.len()..]
        .trim_start_matches(|c: char| c.is_whitespace() || ").,:-*\u{2013}\u{2014}".contains(c));
    // Behind the label only its own choice may be said.
    let own = rest.is_empty() || plain(rest).eq_ignore_ascii_case(plain(&one.text));
    own.then(|| one.label.clone())
}

/// Points of a list that are ticked.
fn ticked(text: &str) -> Vec<&str> {
    let points = CHECKED.captures_iter(text);
    points
        .filter_map(|point| Some(point.get(1)?.as_str()))
        .collect()
}

/// The point of a list that is ticked, where it is the only one.
fn checked(text: &str) -> Option<&str> {
    match ticked(text)[..] {
        [point] => Some(point),
        _ => None,
    }
}

/// A ticked point of a list.
static CHECKED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?mi)^\s*[-*] \[[x\x{2713}\x{2714}]\] *(\S[^\n]*)$")
        .expect("a pattern of this file, which a test compiles")
});

/// The Latin letter that a letter of Cyrillic alone looks like.
fn latin(text: &str) -> Option<String> {
    const CYRILLIC: &str = "\u{410}\u{412}\u{421}\u{415}\u{430}\u{432}\u{441}\u{435}";
    let bare = text.trim_matches(['(', ')', '.']);
    let mut signs = bare.chars();
    let (letter, None) = (signs.next()?, signs.next()) else {
        return None;
    };
    let at = CYRILLIC.chars().position(|other| other == letter)?;
    "ABCEabce".chars().nth(at).map(String::from)
}

/// The label that a text starts with: `B`, `(B)`, `b)`, `B. It rains`, `Option B`, `2`.
fn label_of(text: &str) -> Option<&str> {
    let text = plain(text);
    let lower = text.to_ascii_lowercase();
    let word = ["option ", "choice ", "answer "]
        .iter()
        .find(|word| lower.starts_with(**word));
    let text = text[word.map_or(0, |word| word.len())..]
        .trim_start_matches(|c: char| c.is_whitespace() || "([<*#".contains(c));
    let end = text
        .find(|c: char| !c.is_ascii_alphanumeric())
        .unwrap_or(text.len());
    let label = &text[..end];
    let short = label.len() == 1 || label.len() <= 3 && label.bytes().all(|c| c.is_ascii_digit());
    (short && !label.is_empty()).then_some(label)
}

/// True for signs of approval behind a choice.
fn is_tick(c: char) -> bool {
    matches!(
        c,
        '\u{2705}' | '\u{2713}' | '\u{2714}' | '\u{2611}' | '\u{1f389}' | '\u{fe0f}' | ' '
    )
}

fn plain(text: &str) -> &str {
    text.trim()
        .trim_matches(is_tick)
        .trim()
        .trim_matches(|c: char| "*`\"".contains(c))
        .trim_end_matches(is_tick)
        .trim()
        .trim_end_matches('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_is_named_in_many_ways_but_once() {
        let choices: Vec<Option_> = [("A", "It rains"), ("B", "A dog barks."), ("C", "4")]
            .map(|(label, text)| Option_ {
                label: label.to_owned(),
                text: text.to_owned(),
            })
            .into();
        for (answer, label) in [
            ("B", Some("B")),
            ("(b)", Some("B")),
            ("B)", Some("B")),
            ("**B.** A dog barks", Some("B")),
            ("B. A dog barks.", Some("B")),
            ("Option B", Some("B")),
            ("a dog barks", Some("B")),
            ("4", Some("C")),
            ("B \u{2705}", Some("B")),
            ("**B** \u{2714}\u{fe0f}", Some("B")),
            ("\u{2705} B", Some("B")),
            ("- [x] B", Some("B")),
            ("- [ ] A\n- [x] B. A dog barks\n- [ ] C", Some("B")),
            ("- [x] A\n- [x] B", None),
            ("- [ ] B", None),
            ("\u{412}", Some("B")),
            ("A or B", None),
            ("A dog", None),
            ("B, since A is wrong", None),
            ("D", None),
            ("", None),
            ("It", None),
        ] {
            assert_eq!(chosen(&choices, answer).as_deref(), label, "{answer}");
        }
    }
}

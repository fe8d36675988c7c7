//! One of several choices, by its label, its number, or its own text.

use serde::{Deserialize, Serialize};
use tracestone_sample::reading;

use super::{Judge, Judgement, Verdict};
use crate::answer::Form;
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
}

impl Judge for Choice {
    fn name(&self) -> &'static str {
        "choice"
    }

    fn version(&self) -> u32 {
        3
    }

    fn form(&self) -> &dyn Form {
        self
    }

    fn judge(&self, item: &Item, answer: &str) -> Judgement {
        let choices: Vec<Option_> = item
            .fields
            .get("choices")
            .and_then(|choices| serde_json::from_value(choices.clone()).ok())
            .unwrap_or_default();
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

/// The label of the choice that a text names.
fn chosen(choices: &[Option_], answer: &str) -> Option<String> {
    let text = plain(answer);
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
        .trim_start_matches(|c: char| c.is_whitespace() || ").:-*\u{2013}\u{2014}".contains(c));
    // Behind the label only its own choice may be said.
    let own = rest.is_empty() || plain(rest).eq_ignore_ascii_case(plain(&one.text));
    own.then(|| one.label.clone())
}

/// The label that a text starts with: `B`, `(B)`, `b)`, `B. It rains`, `Option B`, `2`.
fn label_of(text: &str) -> Option<&str> {
    let text = plain(text);
    let lower = text.to_ascii_lowercase();
    let word = ["option ", "choice ", "answer "]
        .iter()
        .find(|word| lower.starts_with(**word));
    let text = text[word.map_or(0, |word| word.len())..]
        .trim_start_matches(|c: char| c.is_whitespace() || "([*#".contains(c));
    let end = text
        .find(|c: char| !c.is_ascii_alphanumeric())
        .unwrap_or(text.len());
    let label = &text[..end];
    let short = label.len() == 1 || label.len() <= 3 && label.bytes().all(|c| c.is_ascii_digit());
    (short && !label.is_empty()).then_some(label)
}

fn plain(text: &str) -> &str {
    text.trim()
        .trim_matches(|c: char| "*`\"".contains(c))
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

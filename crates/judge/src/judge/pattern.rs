//! Regular expressions: one that finds the answer in a response, or one that the answer has to match.

use serde::Deserialize;

use super::{Judge, Judgement, Verdict, accepted};
use crate::answer::{Extraction, Found, extract, said};
use crate::item::Item;

/// With `pattern`, what its first group matches last in the response, which has to be the right text. Without, the
/// right answer is itself a pattern, which the whole answer has to match.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Regex {
    pattern: Option<Pattern>,
    ignore_case: bool,
}

/// A pattern that was read with the task, so that one that is none is said before anything is asked.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
struct Pattern(regex::Regex);

impl TryFrom<String> for Pattern {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        regex::Regex::new(&text)
            .map(Self)
            .map_err(|error| format!("`pattern` is no regular expression: {error}"))
    }
}

impl Judge for Regex {
    fn name(&self) -> &'static str {
        "regex"
    }

    fn version(&self) -> u32 {
        7
    }

    fn find<'a>(&self, _: &Item, response: &'a str, extraction: Extraction) -> Option<Found<'a>> {
        let Some(Pattern(pattern)) = &self.pattern else {
            return extract(response, extraction, self.form());
        };
        let said = said(response);
        let last = pattern.captures_iter(said).last();
        let found = last.and_then(|found| found.get(1).or(found.get(0)));
        // What was extracted before, or is a bare answer, need not stand as it does in a response.
        match found {
            Some(found) => Some(Found {
                text: found.as_str().trim().into(),
                rule: "pattern",
                closed: found.end() < said.trim_end().len(),
            }),
            None => extract(response, extraction, self.form())
                .filter(|found| extraction == Extraction::Whole || found.rule == "marks"),
        }
    }

    fn judge(&self, item: &Item, answer: &str) -> Judgement {
        let given = answer.trim();
        let level = |text: &str| match self.ignore_case {
            true => text.to_lowercase(),
            false => text.to_owned(),
        };
        let equal = if self.pattern.is_some() {
            accepted(item).any(|right| level(right.trim()) == level(given))
        } else {
            let whole = |right: &str| {
                regex::RegexBuilder::new(&format!(r"\A(?:{right})\z"))
                    .case_insensitive(self.ignore_case)
                    .build()
            };
            match accepted(item).map(whole).collect::<Result<Vec<_>, _>>() {
                // The pattern's own text, which no model can know, is what an oracle answers.
                Ok(patterns) => {
                    patterns.iter().any(|pattern| pattern.is_match(given))
                        || accepted(item).any(|right| right == given)
                }
                Err(error) => {
                    let verdict = Verdict::unparsable("item_is_no_pattern", error);
                    return Judgement::Decided(verdict);
                }
            }
        };
        Judgement::Decided(Verdict::equal(equal, level(given)))
    }
}

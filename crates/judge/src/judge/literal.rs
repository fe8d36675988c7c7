//! Values: equal in type and value, or not.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;
use tracestone_record::Literal;
use tracestone_sample::reading;

use super::{Judge, Judgement, Verdict, code};
use crate::answer::{Extraction, Form, Found, extract};
use crate::item::Item;
use crate::large;

/// A Python literal, equal to the correct one in type and value all the way down.
pub(super) struct Literals;

/// Values as an item asks for them.
struct Values<'i> {
    /// The call that is asked about, where it is known.
    call: Option<&'i str>,
    /// The right answer is a dictionary, which a JSON object can be.
    is_dict: bool,
}

impl Form for Values<'_> {
    fn reads(&self, text: &str) -> bool {
        reading::literal(value_of(text, self.call)).is_ok()
    }

    fn respelled(&self, text: &str) -> Option<String> {
        // Members of a tuple on lines of their own.
        let tuple = || {
            let (before, _) = text.trim().rsplit_once('\n')?;
            let joined = before.lines().all(|line| line.trim_end().ends_with(','));
            joined.then(|| format!("({text})"))
        };
        let said = code::value(text, self.call).filter(|value| reading::literal(value).is_ok());
        said.or_else(|| tuple().filter(|tuple| reading::literal(tuple).is_ok()))
    }

    fn is_bracketed(&self) -> bool {
        true
    }

    fn is_subject(&self, clause: &str) -> bool {
        // `It calls g(2), which returns 3` is about g(2).
        if let Some(found) = WHICH.captures(clause)
            && let (Some(call), Some(other)) = (self.call, found.get(1))
            && bare(call) != bare(other.as_str())
        {
            return false;
        }
        // Of a call that ends the clause, it has to be the one in question.
        let clause = clause.trim().trim_end_matches('`');
        let name = self.call.and_then(|call| call.split_once('('));
        match (self.call, name) {
            (Some(call), Some((name, _)))
                if clause.ends_with(')') && clause.contains(&format!("{name}(")) =>
            {
                bare(clause).ends_with(&bare(call))
            }
            _ => true,
        }
    }

    fn is_elsewhere(&self, clause: &str) -> bool {
        // `For f(4) the answer is`
        let Some((call, (name, _))) = self
            .call
            .and_then(|call| Some((call, call.split_once('(')?)))
        else {
            return false;
        };
        let other = clause.rfind(&format!("{name}(")).and_then(|at| {
            let before = clause[..at].trim_end_matches(['`', ' ']).to_lowercase();
            let of = ["for", "with", "of", "calling", "in", "by"];
            let joined = of.iter().any(|word| {
                before
                    .strip_suffix(word)
                    .is_some_and(|rest| !rest.ends_with(char::is_alphanumeric))
            });
            let (said, _) = clause[at..].split_once(')')?;
            joined.then(|| format!("{said})"))
        });
        other.is_some_and(|other| !bare(call).starts_with(&bare(&other)))
    }

    fn member(&self, value: &Value) -> Option<String> {
        if self.is_dict {
            return None;
        }
        match value {
            value if large::digits(value).is_some() => Some(code::python(value)),
            // A text may be the spelling of an answer, or the answer: of `"5"` nobody knows.
            Value::String(text) => match reading::literal(text) {
                Ok(Literal::None | Literal::Bool(_) | Literal::Int(_) | Literal::Float(_)) => None,
                Ok(_) => Some(text.clone()),
                Err(_) => Some(Literal::Str(text.clone()).python_repr()),
            },
            value => Some(code::python(value)),
        }
    }
}

impl Judge for Literals {
    fn name(&self) -> &'static str {
        "literal"
    }

    fn version(&self) -> u32 {
        8
    }

    fn form(&self) -> &dyn Form {
        const ANY: &Values<'static> = &Values {
            call: None,
            is_dict: false,
        };
        ANY
    }

    fn find<'a>(
        &self,
        item: &Item,
        response: &'a str,
        extraction: Extraction,
    ) -> Option<Found<'a>> {
        let form = Values {
            call: call_of(item),
            is_dict: item.answer.trim_start().starts_with('{'),
        };
        extract(response, extraction, &form)
    }

    fn judge(&self, item: &Item, answer: &str) -> Judgement {
        let given = match reading::literal(value_of(answer, call_of(item))) {
            Ok(given) => given,
            Err(error) => return Judgement::Decided(Verdict::unparsable("not_a_literal", error)),
        };
        let gold = reading::literal(&item.answer);
        let equal = gold.is_ok_and(|gold| gold.same_value(&given));
        Judgement::Decided(Verdict::equal(equal, written(&given)))
    }
}

/// A call that the words behind it tell of.
static WHICH: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"([A-Za-z_][\w.]*\([^()\n]*\))`?,? (?:which|that)(?: then| in turn)?\s*$")
        .expect("a pattern of this file, which a test compiles")
});

fn call_of(item: &Item) -> Option<&str> {
    item.fields.get("call").and_then(Value::as_str)
}

/// One text for all literals of one value: votes count these.
fn written(value: &Literal) -> String {
    match value {
        Literal::Float(0.0) => "0.0".to_owned(),
        value => value.python_repr(),
    }
}

fn bare(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// Signs and words between a call and what it gives.
const SIGNS: [&str; 16] = [
    "->",
    "=>",
    "\u{2192}",
    "\u{21d2}",
    "\u{27f6}",
    "will return",
    "returns",
    "gives",
    "yields",
    "equals",
    "evaluates to",
    "results in",
    "outputs",
    "\u{7684}\u{8fd4}\u{56de}\u{503c}\u{662f}",
    "\u{8fd4}\u{56de}",
    "=",
];

/// The right side of `f(3) == [1]` and `assert f(3) == [1]`, where the left one is the call that is asked
/// about, or, if that is not known, any call; else the text. Nothing is executed.
fn value_of<'t>(text: &'t str, call: Option<&str>) -> &'t str {
    let claim = text.trim();
    if let Some(claim) = code::asserted(claim) {
        return said_of(claim, call).unwrap_or(text);
    }
    said_of(claim, call).unwrap_or(text)
}

/// The right side of a claim about a call.
fn said_of<'t>(claim: &'t str, call: Option<&str>) -> Option<&'t str> {
    // `not f(3) == 5` says what the call does not give, and `-f(3) == 5` the same of something else.
    let other = claim.trim_start().strip_prefix("not");
    if other.is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
        || claim.trim_start().starts_with(['-', '+', '~', '!'])
    {
        return None;
    }
    // People write other signs for what a call gives, too. Where it is the very call that is asked about,
    // they can mean nothing else.
    for sign in SIGNS {
        if let Some((left, right)) = claim.split_once(sign)
            && call.is_some_and(|call| bare(left.trim().trim_matches('`')) == bare(call))
            && !right.starts_with('=')
        {
            return Some(right.trim().trim_matches('`'));
        }
    }
    let call = call.map(bare);
    // What is on the left of a sign, without white space, and whether a parenthesis opens there.
    let (mut left, mut opens) = (String::new(), false);
    let mut from = 0;
    for (at, _) in claim.match_indices("==") {
        left.extend(claim[from..at].chars().filter(|c| !c.is_whitespace()));
        opens |= claim[from..at].contains('(');
        let same = match &call {
            Some(call) if left.len() > call.len() => break,
            Some(call) => left == *call,
            None => left.ends_with(')') && opens,
        };
        if same {
            return Some(&claim[at + 2..]);
        }
        from = at;
    }
    None
}

//! Values: equal in type and value, or not.

use tracestone_record::Literal;
use tracestone_sample::reading;

use super::{Judge, Judgement, Verdict};
use crate::answer::Form;
use crate::item::Item;

/// A Python literal, equal to the correct one in type and value all the way down.
pub(super) struct Literals;

impl Form for Literals {
    fn reads(&self, text: &str) -> bool {
        reading::literal(value_of(text, None)).is_ok()
    }
}

impl Judge for Literals {
    fn name(&self) -> &'static str {
        "literal"
    }

    fn version(&self) -> u32 {
        2
    }

    fn form(&self) -> &dyn Form {
        self
    }

    fn judge(&self, item: &Item, answer: &str) -> Judgement {
        let call = item.fields.get("call").and_then(|call| call.as_str());
        let given = match reading::literal(value_of(answer, call)) {
            Ok(given) => given,
            Err(error) => return Judgement::Decided(Verdict::unparsable("not_a_literal", error)),
        };
        let gold = reading::literal(&item.answer);
        let equal = gold.is_ok_and(|gold| gold.same_value(&given));
        Judgement::Decided(Verdict::equal(equal, written(&given)))
    }
}

/// One text for all literals of one value: votes count these.
fn written(value: &Literal) -> String {
    match value {
        Literal::Float(0.0) => "0.0".to_owned(),
        value => value.python_repr(),
    }
}

/// The right side of `f(3) == [1]` and `assert f(3) == [1]`, where the left one is the call that is asked
/// about, or, if that is not known, any call; else the text. Nothing is executed.
fn value_of<'t>(text: &'t str, call: Option<&str>) -> &'t str {
    let claim = text.trim();
    let claim = claim.strip_prefix("assert ").unwrap_or(claim);
    let bare = |text: &str| -> String { text.chars().filter(|c| !c.is_whitespace()).collect() };
    // People write other signs for what a call gives, too. Where it is the very call that is asked about,
    // they can mean nothing else.
    for sign in ["->", "=>", "\u{2192}", "returns", "="] {
        if let Some((left, right)) = claim.split_once(sign)
            && call.is_some_and(|call| bare(left.trim_matches('`')) == bare(call))
            && !right.starts_with('=')
        {
            return right;
        }
    }
    let mut from = 0;
    while let Some(at) = claim[from..].find("==").map(|at| from + at) {
        let (left, right) = (claim[..at].trim(), &claim[at + 2..]);
        let same = match call {
            Some(call) => bare(left) == bare(call),
            None => left.ends_with(')') && left.contains('('),
        };
        if same {
            return right;
        }
        from = at + 2;
    }
    text
}

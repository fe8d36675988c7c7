//! Values: equal as typed trees, or not.

use tracestone_record::{Literal, LiteralLimits};

use super::{Judge, Judgement, Verdict};
use crate::item::Item;

/// A Python literal, equal to the correct one in type and value all the way down.
pub(super) struct Literals;

impl Judge for Literals {
    fn name(&self) -> &'static str {
        "literal"
    }

    fn version(&self) -> u32 {
        1
    }

    fn judge(&self, item: &Item, answer: &str) -> Judgement {
        Judgement::Decided(compare(&item.answer, answer))
    }
}

fn compare(gold: &str, answer: &str) -> Verdict {
    let given = match Literal::parse(answer, LiteralLimits::default()) {
        Ok(given) => given,
        Err(error) => return Verdict::unparsable("not_a_literal", error),
    };
    let equal = Literal::parse(gold, LiteralLimits::default()).is_ok_and(|gold| gold == given);
    Verdict::equal(equal, given.python_repr())
}

/// The number of one of several statements.
pub(super) struct Choice;

impl Judge for Choice {
    fn name(&self) -> &'static str {
        "choice"
    }

    fn version(&self) -> u32 {
        1
    }

    fn judge(&self, item: &Item, answer: &str) -> Judgement {
        let verdict = match answer.trim().trim_end_matches('.').parse::<u32>() {
            Ok(number) => Verdict::equal(item.answer == number.to_string(), number.to_string()),
            Err(error) => Verdict::unparsable("not_a_number", error),
        };
        Judgement::Decided(verdict)
    }
}

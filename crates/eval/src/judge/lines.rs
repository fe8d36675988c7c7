//! Lines: which one is next, how often one runs, which run, in which order.

use std::collections::BTreeSet;

use tracestone_record::{Literal, LiteralLimits};

use super::{Judge, Judgement, Status, Verdict};
use crate::item::Item;

/// The next line's number, or `return` or `raise`.
pub(super) struct Successor;

impl Judge for Successor {
    fn name(&self) -> &'static str {
        "line"
    }

    fn version(&self) -> u32 {
        1
    }

    fn judge(&self, item: &Item, answer: &str) -> Judgement {
        let text = answer.trim().trim_end_matches('.').to_ascii_lowercase();
        let text = text.strip_prefix("line").unwrap_or(&text).trim();
        let known = matches!(text, "return" | "raise") || text.parse::<u32>().is_ok();
        Judgement::Decided(if known {
            Verdict::equal(item.answer == text, text.to_owned())
        } else {
            Verdict::unparsable("not_a_line", "neither a number nor `return` nor `raise`")
        })
    }
}

/// A number.
pub(super) struct Count;

impl Judge for Count {
    fn name(&self) -> &'static str {
        "count"
    }

    fn version(&self) -> u32 {
        1
    }

    fn judge(&self, item: &Item, answer: &str) -> Judgement {
        Judgement::Decided(match answer.trim().parse::<u64>() {
            Ok(number) => Verdict::equal(item.answer == number.to_string(), number.to_string()),
            Err(error) => Verdict::unparsable("not_a_number", error),
        })
    }
}

/// Lines in the order in which they run. Credit is the share of the longer list that the common
/// beginning makes up.
pub(super) struct Path;

impl Judge for Path {
    fn name(&self) -> &'static str {
        "path"
    }

    fn version(&self) -> u32 {
        1
    }

    fn judge(&self, item: &Item, answer: &str) -> Judgement {
        Judgement::Decided(lists(item, answer, |gold, given| {
            let same = gold.iter().zip(given).take_while(|(a, b)| a == b).count();
            let detail = serde_json::json!({
                "steps": gold.len(),
                "first_divergent_step": same + 1,
                "expected": gold.get(same),
                "given": given.get(same),
            });
            (ratio(same, gold.len().max(given.len())), detail)
        }))
    }
}

/// Lines that run at all, in any order. Credit is the overlap of the two sets over their union.
pub(super) struct Coverage;

impl Judge for Coverage {
    fn name(&self) -> &'static str {
        "coverage"
    }

    fn version(&self) -> u32 {
        1
    }

    fn judge(&self, item: &Item, answer: &str) -> Judgement {
        let mut verdict = lists(item, answer, |gold, given| {
            let gold: BTreeSet<_> = gold.iter().collect();
            let given: BTreeSet<_> = given.iter().collect();
            let detail = serde_json::json!({
                "left_out": gold.difference(&given).collect::<Vec<_>>(),
                "too_many": given.difference(&gold).collect::<Vec<_>>(),
            });
            let (common, all) = (
                gold.intersection(&given).count(),
                gold.union(&given).count(),
            );
            (ratio(common, all), detail)
        });
        // The question asks for a set: another order, or a line named twice, is the same answer.
        if verdict.status == Status::Wrong && verdict.credit >= 1.0 {
            verdict.status = Status::Correct;
            verdict.reason = "equal".to_owned();
        }
        Judgement::Decided(verdict)
    }
}

fn lists(
    item: &Item,
    answer: &str,
    credit: impl Fn(&[u32], &[u32]) -> (f64, serde_json::Value),
) -> Verdict {
    match (numbers(&item.answer), numbers(answer)) {
        (Some(gold), Some(given)) if gold == given => Verdict::equal(true, format!("{given:?}")),
        (Some(gold), Some(given)) => {
            let (credit, detail) = credit(&gold, &given);
            Verdict::equal(false, format!("{given:?}")).partial(credit, detail)
        }
        _ => Verdict::unparsable(
            "not_a_list_of_lines",
            "a list such as [2, 3, 3] is asked for",
        ),
    }
}

fn numbers(text: &str) -> Option<Vec<u32>> {
    let Ok(Literal::List(elements)) = Literal::parse(text, LiteralLimits::default()) else {
        return None;
    };
    elements
        .iter()
        .map(|element| match element {
            Literal::Int(number) => number.to_i64().and_then(|number| number.try_into().ok()),
            _ => None,
        })
        .collect()
}

#[expect(
    clippy::cast_precision_loss,
    reason = "lists are far shorter than 2^52"
)]
fn ratio(part: usize, all: usize) -> f64 {
    if all == 0 {
        0.0
    } else {
        part as f64 / all as f64
    }
}

//! Lines: which one is next, how often one runs, which run, in which order.

use std::collections::BTreeSet;

use tracestone_sample::reading::{self, Successor};

use super::{Judge, Judgement, Status, Verdict, spelled};
use crate::answer::Form;
use crate::item::Item;

/// The next line's number, or `return` or `raise`.
pub(super) struct NextLine;

impl Judge for NextLine {
    fn name(&self) -> &'static str {
        "line"
    }

    fn version(&self) -> u32 {
        8
    }

    fn form(&self) -> &dyn Form {
        &spelled::OneLine
    }

    fn judge(&self, item: &Item, answer: &str) -> Judgement {
        let Some(given) = reading::successor(answer) else {
            let why = "neither a number nor `return` nor `raise`";
            return Judgement::Decided(Verdict::unparsable("not_a_line", why));
        };
        let parsed = match given {
            Successor::Line(line) => line.to_string(),
            Successor::Return => "return".to_owned(),
            Successor::Raise => "raise".to_owned(),
        };
        let equal = reading::successor(&item.answer) == Some(given);
        Judgement::Decided(Verdict::equal(equal, parsed))
    }
}

/// Judge of a number.
pub(super) struct Count;

impl Judge for Count {
    fn name(&self) -> &'static str {
        "count"
    }

    fn version(&self) -> u32 {
        8
    }

    fn form(&self) -> &dyn Form {
        &spelled::OneNumber
    }

    fn judge(&self, item: &Item, answer: &str) -> Judgement {
        Judgement::Decided(match reading::count(answer) {
            Some(number) => Verdict::equal(item.answer == number.to_string(), number.to_string()),
            None => Verdict::unparsable("not_a_number", "how often, as a number, is asked for"),
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
        8
    }

    fn form(&self) -> &dyn Form {
        &spelled::LineList { ordered: true }
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
        8
    }

    fn form(&self) -> &dyn Form {
        &spelled::LineList { ordered: false }
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
    // One number as the whole answer is a list of one line.
    let single = || {
        answer
            .trim()
            .trim_end_matches('.')
            .parse()
            .ok()
            .map(|line| vec![line])
    };
    match (reading::lines(&item.answer), read(answer).or_else(single)) {
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

/// The lines of a list, whose brackets may be missing where commas say that it is one.
pub(super) fn read(text: &str) -> Option<Vec<u32>> {
    reading::lines(text).or_else(|| {
        let bare = text.contains(',')
            && text
                .chars()
                .all(|c| c.is_ascii_digit() || c == ',' || c == ' ');
        let list = format!("[{}]", text.trim());
        bare.then(|| reading::lines(&list)).flatten()
    })
}

fn ratio(part: usize, all: usize) -> f64 {
    if all == 0 {
        0.0
    } else {
        part as f64 / all as f64
    }
}

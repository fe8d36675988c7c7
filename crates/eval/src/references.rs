//! Verdicts on replies, and what references without a model score on the same items.

use std::collections::BTreeMap;

use crate::answer::Extraction;
use crate::item::Item;
use crate::judge::{Judge, Runner, Verdict};
use crate::judging::{Replies, judge_all};
use crate::log::Reply;
use crate::model::Usage;
use crate::responses::{Reference, Responses};
use crate::run::Scored;
use crate::score::{item_values, score};
use crate::stats::mean;

/// Judges replies and scores the verdicts.
///
/// # Errors
/// The judge needs executions and the runner could do none.
pub fn judged(
    judge: &dyn Judge,
    items: &[Item],
    replies: &[Replies],
    extraction: Extraction,
    slices: &[String],
    runner: &mut dyn Runner,
) -> Result<(Vec<Vec<Verdict>>, Scored), String> {
    // The references are judged as further columns, so that a program runs once for all of them.
    let epochs = replies.first().map_or(0, Vec::len);
    let mut columns = vec![extraction; epochs];
    let mut all = replies.to_vec();
    for reference in Reference::ALL {
        columns.push(Extraction::Whole);
        let answers = of_responses(items, &reference.answers(items), 1);
        for (row, answer) in all.iter_mut().zip(answers) {
            row.extend(answer);
        }
    }
    let mut verdicts = judge_all(judge, items, &all, &columns, runner)?;
    let mut references = BTreeMap::new();
    for reference in Reference::ALL.into_iter().rev() {
        let last = verdicts.iter_mut().filter_map(Vec::pop);
        let rows: Vec<_> = last.map(|verdict| vec![verdict]).collect();
        references.insert(reference.name().to_owned(), mean(&item_values(&rows)));
    }
    let mut score = score(items, &verdicts, slices);
    score.usage = usage(replies);
    let scored = Scored {
        judge: (judge.name().to_owned(), judge.version()),
        score,
        references,
        notes: Vec::new(),
        cost: None,
        agreement: None,
        compat: None,
    };
    Ok((verdicts, scored))
}

/// Responses as replies to items, `epochs` for each.
#[must_use]
pub fn of_responses(items: &[Item], responses: &Responses, epochs: usize) -> Vec<Replies> {
    items
        .iter()
        .map(|item| {
            let given = responses.get(&item.id).map_or(&[][..], Vec::as_slice);
            (0..epochs)
                .map(|repeat| given.get(repeat).cloned().map(Reply::Response))
                .collect()
        })
        .collect()
}

fn usage(replies: &[Replies]) -> Option<Usage> {
    let mut sum = None;
    for reply in replies.iter().flatten().flatten() {
        if let Reply::Response(response) = reply
            && let Some(usage) = response.usage
        {
            *sum.get_or_insert_with(Usage::default) += usage;
        }
    }
    sum
}

//! Replies to a score with the references beside it.

use std::collections::BTreeMap;

use tracestone_eval::answer::Extraction;
use tracestone_eval::item::Item;
use tracestone_eval::judge::{Judge, Runner, Verdict};
use tracestone_eval::judging::{Replies, judge_all};
use tracestone_eval::log::Reply;
use tracestone_eval::model::Usage;
use tracestone_eval::responses::{Reference, Responses};
use tracestone_eval::run::Scored;
use tracestone_eval::score::score;

use crate::failure::Failure;

/// Judges replies and scores the verdicts.
pub(crate) fn judged(
    judge: &dyn Judge,
    items: &[Item],
    replies: &[Replies],
    extraction: Extraction,
    slices: &[String],
    runner: &mut dyn Runner,
) -> Result<(Vec<Vec<Verdict>>, Scored), Failure> {
    let verdicts = judge_all(judge, items, replies, extraction, runner).map_err(Failure::new)?;
    let mut references = BTreeMap::new();
    for reference in Reference::ALL {
        let answers = of_responses(items, &reference.answers(items), 1);
        let rows =
            judge_all(judge, items, &answers, Extraction::Whole, runner).map_err(Failure::new)?;
        references.insert(
            reference.name().to_owned(),
            score(items, &rows, &[]).accuracy,
        );
    }
    let mut score = score(items, &verdicts, slices);
    score.usage = usage(replies);
    let scored = Scored {
        judge: (judge.name().to_owned(), judge.version()),
        score,
        references,
        cost: None,
        compat: None,
    };
    Ok((verdicts, scored))
}

/// Responses as replies to items, `epochs` for each.
pub(crate) fn of_responses(items: &[Item], responses: &Responses, epochs: usize) -> Vec<Replies> {
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

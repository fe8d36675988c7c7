//! Verdicts on replies, and what references without a model score on the same items.

use std::collections::{BTreeMap, HashMap};

use crate::answer::Extraction;
use crate::item::Item;
use crate::judge::{Judge, Measure, Runner, Verdict};
use crate::judging::{Replies, judge_all};
use crate::log::Reply;
use crate::model::{Response, Usage};
use crate::responses::{Reference, Responses};
use crate::run::{Measured, Scored};
use crate::score::{item_values, score};
use crate::stats::mean;

/// Judges replies and scores the verdicts.
///
/// # Errors
/// The judge needs executions and the runner could do none.
pub(crate) fn judged(
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
    let baselines = baselines(judge, items);
    for (_, answers) in &baselines {
        columns.push(Extraction::Whole);
        for (row, answer) in all.iter_mut().zip(answers) {
            row.push(answer.clone());
        }
    }
    let mut verdicts = judge_all(judge, items, &all, &columns, runner)?;
    let names = Reference::ALL.into_iter().map(Reference::name);
    let names: Vec<&str> = names
        .chain(baselines.iter().map(|(name, _)| *name))
        .collect();
    let mut references = BTreeMap::new();
    let mut beside: BTreeMap<String, Vec<Measure>> = BTreeMap::new();
    for name in names.into_iter().rev() {
        let last = verdicts.iter_mut().filter_map(Vec::pop);
        let rows: Vec<_> = last.map(|verdict| vec![verdict]).collect();
        references.insert(name.to_owned(), mean(&item_values(&rows)));
        // Items that a baseline has no answer to say nothing about it: its measures are those of the others.
        let own = baselines.iter().find(|(other, _)| *other == name);
        let has = |index: usize| own.is_none_or(|(_, answers)| answers[index].is_some());
        let answered = |(index, one): (usize, _)| has(index).then_some(one);
        let pairs = items.iter().zip(&rows).enumerate().filter_map(answered);
        beside.insert(name.to_owned(), measures(judge, pairs));
    }
    let mut score = score(items, &verdicts, slices);
    score.usage = usage(replies);
    let measured = measures(judge, items.iter().zip(&verdicts)).into_iter();
    let measured = measured.map(|measure| Measured {
        without_model: beside
            .iter()
            .filter_map(|(name, all)| {
                let same = all.iter().find(|other| other.name == measure.name)?;
                Some((name.clone(), same.value?))
            })
            .collect(),
        measure,
    });
    let scored = Scored {
        judge: (judge.name().to_owned(), judge.version()),
        score,
        references,
        notes: Vec::new(),
        cost: None,
        agreement: None,
        compat: None,
        measures: measured.collect(),
    };
    Ok((verdicts, scored))
}

/// The judge's baselines, each with a reply to every item that it has an answer to.
fn baselines(judge: &dyn Judge, items: &[Item]) -> Vec<(&'static str, Vec<Option<Reply>>)> {
    let mut places: HashMap<&'static str, usize> = HashMap::new();
    let mut found: Vec<(&'static str, Vec<Option<Reply>>)> = Vec::new();
    for (index, item) in items.iter().enumerate() {
        for (name, answer) in judge.baselines(item) {
            let place = *places.entry(name).or_insert_with(|| {
                found.push((name, vec![None; items.len()]));
                found.len() - 1
            });
            found[place].1[index] = Some(Reply::Response(Response::plain(answer)));
        }
    }
    found
}

/// Measures of the judge about items with their verdicts.
fn measures<'a>(
    judge: &dyn Judge,
    rows: impl Iterator<Item = (&'a Item, &'a Vec<Verdict>)>,
) -> Vec<Measure> {
    let pairs = rows.flat_map(|(item, row)| row.iter().map(move |verdict| (item, verdict)));
    judge.measures(&pairs.collect::<Vec<_>>())
}

/// Responses as replies to items, `epochs` for each.
#[must_use]
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

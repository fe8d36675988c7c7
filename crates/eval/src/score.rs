//! Verdicts to a score: what is headline, what surrounds it, and by which facts it is sliced.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::item::Item;
use crate::judge::{Status, Verdict};
use crate::model::Usage;
use crate::stats::{self, Interval, Variance};

/// Score of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// Items, all of which the headline counts.
    pub items: usize,
    /// Responses asked for each item.
    pub epochs: usize,
    /// The share of correct responses among all that should be there: whatever is not correct, for
    /// whatever reason, is not.
    pub accuracy: f64,
    /// Its 95 % interval.
    pub interval: Interval,
    /// Clusters that the interval takes as independent.
    pub clusters: usize,
    /// The share if every missing response and API error were correct; `accuracy` is what it is if
    /// none were.
    pub at_best: f64,
    /// Responses by what they came to.
    pub statuses: BTreeMap<Status, u64>,
    /// Responses by reason, as `status/reason`.
    pub reasons: BTreeMap<String, u64>,
    /// The mean credit, partial credit counted.
    pub credit: f64,
    /// Sources of the uncertainty.
    pub variance: Variance,
    /// pass@k by k, for k up to `epochs`; only where no response is missing.
    pub pass_at: BTreeMap<usize, f64>,
    /// The share of items whose most frequent answer is correct; with several responses an item that can be
    /// equal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub majority: Option<f64>,
    /// The score by facts.
    pub slices: Vec<Slice>,
    /// Tokens, where the server counted them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
}

impl Score {
    /// The number of responses with a status.
    #[must_use]
    pub fn count(&self, status: Status) -> u64 {
        self.statuses.get(&status).copied().unwrap_or(0)
    }

    /// True if more requests had no response than allowed: a share of all responses (below 1), or a number (from 1).
    #[must_use]
    pub fn failed_more_than(&self, allowed: f64) -> bool {
        let all: u64 = self.statuses.values().sum();
        let allowed = if allowed < 1.0 {
            allowed * all as f64
        } else {
            allowed
        };
        self.count(Status::ApiError) as f64 > allowed
    }
}

/// The score of the items with one value of a fact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Slice {
    /// Name of the fact.
    pub fact: String,
    /// Its value, or the range of its values.
    pub value: String,
    /// Number of items.
    pub items: usize,
    /// Clusters that the interval takes as independent; 0 in scores that were written without.
    #[serde(default)]
    pub clusters: usize,
    /// The share of correct responses.
    pub accuracy: f64,
    /// Its 95 % interval.
    pub interval: Interval,
}

/// Values of a fact that are shown, as many as there are amino acids; the others are summed up as `other`.
const SLICE_VALUES: usize = 20;

fn ratio(part: usize, all: usize) -> f64 {
    if all == 0 {
        0.0
    } else {
        part as f64 / all as f64
    }
}

impl Score {
    /// True if there is a response at all: without one a share would mislead.
    #[must_use]
    pub fn is_of_something(&self) -> bool {
        self.statuses.keys().any(|status| status.is_answered())
    }

    /// Responses without a verdict because the judge's model failed or gave no grade: each reason with its number, the
    /// most frequent first.
    #[must_use]
    pub fn ungraded(&self) -> Vec<(String, u64)> {
        let prefix = format!("{}/judge_", Status::ApiError.name());
        let mut reasons: Vec<_> = self
            .reasons
            .iter()
            .filter_map(|(reason, count)| Some((reason.strip_prefix(&prefix)?, *count)))
            .map(|(reason, count)| (format!("judge {}", reason.replace('_', " ")), count))
            .collect();
        reasons.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        reasons
    }
}

/// The share of correct responses of each item.
#[must_use]
pub(crate) fn item_values(verdicts: &[Vec<Verdict>]) -> Vec<f64> {
    verdicts
        .iter()
        .map(|row| ratio(count(row, |status| status == Status::Correct), row.len()))
        .collect()
}

fn count(row: &[Verdict], wanted: impl Fn(Status) -> bool) -> usize {
    row.iter().filter(|verdict| wanted(verdict.status)).count()
}

/// Scores verdicts; `verdicts` has one row for each item, all of one length.
#[must_use]
pub(crate) fn score(items: &[Item], verdicts: &[Vec<Verdict>], facts: &[String]) -> Score {
    let epochs = verdicts.first().map_or(0, Vec::len);
    let values = item_values(verdicts);
    let best: Vec<f64> = verdicts
        .iter()
        .map(|row| {
            let good = |status: Status| status == Status::Correct || !status.is_answered();
            ratio(count(row, good), row.len())
        })
        .collect();
    let clusters: Vec<&str> = items.iter().map(|item| item.cluster.as_str()).collect();
    let mut statuses = BTreeMap::new();
    let mut reasons = BTreeMap::new();
    let mut credits = Vec::new();
    for verdict in verdicts.iter().flatten() {
        *statuses.entry(verdict.status).or_default() += 1;
        let reason = format!("{}/{}", verdict.status.name(), verdict.reason);
        *reasons.entry(reason).or_default() += 1;
        credits.push(verdict.credit);
    }
    // A right answer that equals no other, such as coordinates, has no vote.
    let votes = |verdict: &Verdict| verdict.status != Status::Correct || verdict.parsed.is_some();
    let votes = verdicts.iter().flatten().all(votes);
    Score {
        items: items.len(),
        epochs,
        accuracy: stats::mean(&values),
        interval: stats::interval(&values, &clusters),
        clusters: distinct(&clusters),
        at_best: stats::mean(&best),
        statuses,
        reasons,
        credit: stats::mean(&credits),
        variance: stats::variance(&values, epochs),
        pass_at: pass_at(verdicts, epochs),
        majority: (epochs > 1 && votes).then(|| majority(verdicts)),
        slices: slices(items, &values, facts),
        usage: None,
    }
}

fn distinct(names: &[&str]) -> usize {
    names
        .iter()
        .collect::<std::collections::BTreeSet<_>>()
        .len()
}

/// pass@k for 1, 2, 5, 10, .. and the number of responses. A missing response makes `n` smaller than
/// was asked for; no pass@k is given then.
fn pass_at(verdicts: &[Vec<Verdict>], epochs: usize) -> BTreeMap<usize, f64> {
    let all_there = verdicts
        .iter()
        .flatten()
        .all(|verdict| verdict.status.is_answered());
    if epochs < 2 || !all_there {
        return BTreeMap::new();
    }
    let usual = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];
    let wanted = usual.into_iter().filter(|k| *k < epochs).chain([epochs]);
    wanted
        .map(|k| {
            let each: Vec<f64> = verdicts
                .iter()
                .map(|row| {
                    let correct = count(row, |status| status == Status::Correct);
                    stats::pass_at_k(row.len(), correct, k)
                })
                .collect();
            (k, stats::mean(&each))
        })
        .collect()
}

/// The share of items whose most frequent understood answer is correct; of equally frequent ones, the
/// one that came first.
fn majority(verdicts: &[Vec<Verdict>]) -> f64 {
    let won = verdicts.iter().filter(|row| {
        let mut votes: Vec<(&str, usize, bool)> = Vec::new();
        for verdict in row.iter() {
            let Some(parsed) = verdict.parsed.as_deref() else {
                continue;
            };
            match votes.iter_mut().find(|(other, ..)| *other == parsed) {
                Some(vote) => vote.1 += 1,
                None => votes.push((parsed, 1, verdict.status == Status::Correct)),
            }
        }
        let most = votes.iter().map(|vote| vote.1).max();
        votes
            .iter()
            .find(|vote| Some(vote.1) == most)
            .is_some_and(|vote| vote.2)
    });
    ratio(won.count(), verdicts.len())
}

/// The items of one value of a fact, by their places.
pub(crate) struct Group {
    /// The fact's name.
    pub(crate) fact: String,
    /// The value, or the range of values.
    pub(crate) value: String,
    /// The items' places.
    pub(crate) members: Vec<usize>,
}

/// Items by the values of facts, in the order in which slices are shown.
pub(crate) fn groups(items: &[Item], facts: &[String]) -> Vec<Group> {
    let mut all = Vec::new();
    for fact in facts {
        let mut groups: BTreeMap<(u64, String), Vec<usize>> = BTreeMap::new();
        for (index, item) in items.iter().enumerate() {
            groups.entry(bin(item, fact)).or_default().push(index);
        }
        if groups.len() > SLICE_VALUES {
            fold_rare(&mut groups);
        }
        all.extend(groups.into_iter().map(|((_, value), members)| Group {
            fact: fact.clone(),
            value,
            members,
        }));
    }
    all
}

/// The score of a group.
pub(crate) fn slice(items: &[Item], values: &[f64], group: &Group) -> Slice {
    let members = group.members.iter();
    let of: Vec<f64> = members.clone().map(|index| values[*index]).collect();
    let clusters: Vec<&str> = members
        .map(|index| items[*index].cluster.as_str())
        .collect();
    Slice {
        fact: group.fact.clone(),
        value: group.value.clone(),
        items: of.len(),
        clusters: distinct(&clusters),
        accuracy: stats::mean(&of),
        interval: stats::interval(&of, &clusters),
    }
}

fn slices(items: &[Item], values: &[f64], facts: &[String]) -> Vec<Slice> {
    let groups = groups(items, facts);
    groups
        .iter()
        .map(|group| slice(items, values, group))
        .collect()
}

/// Keeps the largest groups and puts the others together.
fn fold_rare(groups: &mut BTreeMap<(u64, String), Vec<usize>>) {
    let mut sizes: Vec<_> = groups
        .iter()
        .map(|(key, of)| (of.len(), key.clone()))
        .collect();
    sizes.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    let mut rest = Vec::new();
    for (_, key) in sizes.into_iter().skip(SLICE_VALUES - 1) {
        rest.extend(groups.remove(&key).unwrap_or_default());
    }
    groups.insert((u64::MAX, "other".to_owned()), rest);
}

/// Bin of an item's fact: powers of two for numbers, months for dates. The first part orders the bins.
fn bin(item: &Item, fact: &str) -> (u64, String) {
    let value = match fact {
        "kind" => return (0, item.kind.clone()),
        "date" => {
            let month = item.date.as_deref().and_then(|date| date.get(..7));
            return (0, month.unwrap_or("unknown").to_owned());
        }
        _ => item.facts.get(fact).unwrap_or(&Value::Null),
    };
    match value {
        Value::Number(number) => match number.as_u64() {
            Some(number @ 0..=2) => (number, number.to_string()),
            Some(number) => {
                let power = (number - 1).ilog2();
                let (low, high) = ((1_u64 << power) + 1, 1_u64 << (power + 1).min(63));
                (low, format!("{low}-{high}"))
            }
            None => (u64::MAX - 1, number.to_string()),
        },
        Value::String(text) => (0, text.clone()),
        Value::Bool(truth) => (0, if *truth { "yes" } else { "no" }.to_owned()),
        _ => (u64::MAX, "unknown".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(id: &str, steps: u32) -> Item {
        Item {
            id: id.to_owned(),
            kind: "output".to_owned(),
            fields: BTreeMap::new(),
            answer: "1".to_owned(),
            input: String::new(),
            execution: None,
            also: Vec::new(),
            tests: None,
            material: serde_json::Value::Null,
            cluster: id.to_owned(),
            facts: BTreeMap::from([("steps".to_owned(), Value::from(steps))]),
            date: None,
        }
    }

    fn verdict(status: Status, parsed: Option<&str>) -> Verdict {
        Verdict {
            parsed: parsed.map(str::to_owned),
            ..Verdict::none(status, "x")
        }
    }

    #[test]
    fn the_headline_counts_everything_and_bounds_say_what_is_missing() {
        let items = [item("a", 1), item("b", 5), item("c", 9), item("d", 9)];
        let rows = [
            vec![verdict(Status::Correct, Some("1"))],
            vec![verdict(Status::Unparsable, None)],
            vec![verdict(Status::ApiError, None)],
            vec![verdict(Status::Missing, None)],
        ];
        let score = score(&items, &rows, &["steps".to_owned()]);
        assert!((score.accuracy - 0.25).abs() < 1e-12);
        assert!((score.at_best - 0.75).abs() < 1e-12);
        let values: Vec<_> = score.slices.iter().map(|one| one.value.as_str()).collect();
        assert_eq!(values, ["1", "5-8", "9-16"]);
        assert!(score.pass_at.is_empty());
    }

    #[test]
    fn failures_are_allowed_as_a_share_or_as_a_number() {
        let items = [item("a", 1), item("b", 1), item("c", 1), item("d", 1)];
        let rows = [
            vec![verdict(Status::ApiError, None)],
            vec![verdict(Status::ApiError, None)],
            vec![verdict(Status::Missing, None)],
            vec![verdict(Status::Correct, Some("1"))],
        ];
        let score = score(&items, &rows, &[]);
        for (allowed, more) in [
            (0.0, true),
            (0.49, true),
            (0.5, false),
            (1.0, true),
            (2.0, false),
        ] {
            assert_eq!(score.failed_more_than(allowed), more, "{allowed}");
        }
    }

    #[test]
    fn votes_count_understood_answers() {
        let rows = [
            vec![
                verdict(Status::Wrong, Some("2")),
                verdict(Status::Correct, Some("1")),
                verdict(Status::Correct, Some("1")),
            ],
            vec![
                verdict(Status::Unparsable, None),
                verdict(Status::Unparsable, None),
                verdict(Status::Correct, Some("1")),
            ],
        ];
        let items = [item("a", 1), item("b", 1)];
        let score = score(&items, &rows, &[]);
        assert_eq!(score.majority, Some(1.0));
        let alone = rows.clone().map(|mut row| {
            row.iter_mut().for_each(|verdict| verdict.parsed = None);
            row
        });
        assert_eq!(super::score(&items, &alone, &[]).majority, None);
        assert!((score.pass_at[&3] - 1.0).abs() < 1e-12);
        assert!((score.accuracy - 0.5).abs() < 1e-12);
    }
}

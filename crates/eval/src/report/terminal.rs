//! The score as a person reads it in a terminal.

use std::collections::BTreeMap;

use crate::compat::Compat;
use crate::judge::Status;
use crate::responses::Reference;
use crate::run::{Measured, Scored};
use crate::score::Score;
use crate::stats::{Comparison, FEW_CLUSTERS, Method, Test};
use tracestone_record::outside;
use tracestone_record::words::{counted, number};

/// A share as per cent with two digits.
#[must_use]
pub fn percent(share: f64) -> String {
    format!("{:.2} %", 100.0 * share)
}

/// A p as people write it: never 0, which none is.
#[must_use]
pub(crate) fn p_value(p: f64) -> String {
    if p < 0.000_1 {
        "p < 0.0001".to_owned()
    } else {
        let text = format!("{p:.4}");
        let short = text.trim_end_matches('0').trim_end_matches('.');
        format!("p = {short}")
    }
}

/// Warning about intervals from few clusters.
#[must_use]
pub fn few_clusters(clusters: usize, items: usize) -> Option<String> {
    (clusters < FEW_CLUSTERS && clusters < items).then(|| {
        format!(
            "the items are of {} only: the interval is wide, and says nothing about clusters of another kind",
            counted(clusters as u64, "cluster")
        )
    })
}

/// The score of a run, in lines.
#[must_use]
pub fn scored(scored: &Scored) -> String {
    let score = &scored.score;
    if !score.is_of_something() {
        let mut lines = vec![
            format!(
                "no score: none of {} was answered and judged",
                counted(score.items as u64, "item")
            ),
            String::new(),
            statuses(score),
        ];
        lines.extend(scored.notes.iter().map(|note| format!("note: {note}")));
        return lines.join("\n");
    }
    let mut lines = vec![headline(score)];
    lines.extend(missing(score));
    let few = few_clusters(score.clusters, score.items);
    lines.extend(few.map(|few| format!("careful: {few}")));
    lines.push(String::new());
    lines.push(statuses(score));
    if score.credit > score.accuracy + 1e-9 {
        lines.push(format!("with partial credit {}", percent(score.credit)));
    }
    lines.extend(repeats(score));
    lines.extend(scored.compat.as_ref().map(published));
    lines.extend(references(&scored.references));
    lines.extend(measures(&scored.measures));
    lines.extend(costs(scored));
    lines.extend(scored.notes.iter().map(|note| format!("note: {note}")));
    lines.extend(slices(score));
    lines.join("\n")
}

fn published(compat: &Compat) -> String {
    let values: Vec<_> = compat
        .pass_at
        .iter()
        .map(|(k, value)| format!("pass@{k} {:.4}", 100.0 * value))
        .collect();
    let mut text = format!(
        "the original scorer ({} version): {}",
        compat.scorer.name(),
        values.join(", ")
    );
    if compat.set_order > 0 {
        text.push_str(&format!(
            "; the verdict on {} depends on the order of a set, which the original leaves to chance: counted as \
             failed",
            counted(compat.set_order as u64, "answer")
        ));
    }
    text
}

fn headline(score: &Score) -> String {
    let clusters = if score.clusters == score.items {
        String::new()
    } else {
        format!(" in {}", counted(score.clusters as u64, "cluster"))
    };
    let repeats = if score.epochs > 1 {
        format!(", {} responses each", score.epochs)
    } else {
        String::new()
    };
    format!(
        "accuracy {}  (95 %: {} to {}, {}; {}{clusters}{repeats})",
        percent(score.accuracy),
        percent(score.interval.low),
        percent(score.interval.high),
        score.interval.method.name(),
        counted(score.items as u64, "item"),
    )
}

/// Range of the score if missing responses were known.
fn missing(score: &Score) -> Option<String> {
    (score.at_best > score.accuracy).then(|| {
        format!(
            "not all items were answered: it is {} if none of these were correct, {} if all were",
            percent(score.accuracy),
            percent(score.at_best)
        )
    })
}

fn statuses(score: &Score) -> String {
    let counts: Vec<_> = Status::ALL
        .into_iter()
        .filter_map(|status| {
            let count = score.statuses.get(&status).copied().unwrap_or(0);
            let always = matches!(status, Status::Correct | Status::Wrong);
            (count > 0 || always)
                .then(|| format!("{} {}", number(count), status.name().replace('_', " ")))
        })
        .collect();
    counts.join(", ")
}

fn repeats(score: &Score) -> Vec<String> {
    let mut lines = Vec::new();
    if !score.pass_at.is_empty() {
        let values = score
            .pass_at
            .iter()
            .map(|(k, value)| format!("pass@{k} {}", percent(*value)));
        lines.push(values.collect::<Vec<_>>().join(", "));
    } else if score.epochs > 1 {
        lines.push("pass@k is not given: responses are missing".to_owned());
    }
    if let Some(majority) = score.majority {
        lines.push(format!("majority vote {}", percent(majority)));
    }
    if let Some(sampling) = score.variance.sampling {
        lines.push(format!(
            "standard error {}: {} from which items were asked, {} from sampling",
            percent((score.variance.items + sampling).sqrt()),
            percent(score.variance.items.sqrt()),
            percent(sampling.sqrt()),
        ));
    }
    lines
}

/// A judge's own numbers, a line each, with those of programs without a model behind them.
fn measures(measures: &[Measured]) -> Vec<String> {
    let width = measures.iter().map(|one| one.measure.title.chars().count());
    let width = width.max().unwrap_or(0);
    let mut lines = Vec::new();
    for Measured {
        measure,
        without_model,
    } in measures
    {
        let mut line = format!("  {:<width$}  {:>9}", measure.title, plain(measure.value));
        if let Some((low, high)) = measure.interval {
            line.push_str(&format!("  (95 %: {low:.4} to {high:.4})"));
        }
        let others: Vec<_> = beside(without_model)
            .map(|(name, value)| format!("{name} {value:.4}"))
            .collect();
        if !others.is_empty() {
            line.push_str(&format!("  without a model: {}", others.join(", ")));
        }
        lines.push(line);
        if !measure.note.is_empty() {
            lines.push(format!("    {}", measure.note));
        }
    }
    if !lines.is_empty() {
        lines.insert(0, "what the judge measured:".to_owned());
    }
    lines
}

/// The references that a measure is shown beside: the judge's own, not those that every task has.
pub(crate) fn beside(references: &BTreeMap<String, f64>) -> impl Iterator<Item = (&String, &f64)> {
    let own = |name: &str| Reference::from_name(name).is_none();
    references.iter().filter(move |(name, _)| own(name))
}

/// A number of a measure with four decimals; a dash where there is none.
#[must_use]
pub(crate) fn plain(value: Option<f64>) -> String {
    value.map_or_else(|| "–".to_owned(), |value| format!("{value:.4}"))
}

fn references(references: &BTreeMap<String, f64>) -> Option<String> {
    let values: Vec<_> = references
        .iter()
        .map(|(name, value)| format!("{name} {}", percent(*value)))
        .collect();
    (!values.is_empty()).then(|| format!("without a model: {}", values.join(", ")))
}

fn costs(scored: &Scored) -> Option<String> {
    let usage = scored.score.usage?;
    let mut text = format!(
        "{} in, {} out",
        counted(usage.input_tokens, "token"),
        number(usage.output_tokens)
    );
    if usage.reasoning_tokens > 0 {
        text.push_str(&format!(" ({} of thought)", number(usage.reasoning_tokens)));
    }
    if let Some(cost) = scored.cost {
        text.push_str(&format!(", cost {cost:.4}"));
    }
    Some(text)
}

fn slices(score: &Score) -> Vec<String> {
    let mut lines = Vec::new();
    let shown = |value: &str| outside::short(value, SLICE_WIDTH).into_owned();
    let width = score
        .slices
        .iter()
        .map(|slice| shown(&slice.value).chars().count())
        .max()
        .unwrap_or(0);
    let mut fact = "";
    for slice in &score.slices {
        if slice.fact != fact {
            // A fact that is the same for all says nothing that the headline does not.
            let values = score.slices.iter().filter(|one| one.fact == slice.fact);
            if values.count() < 2 {
                continue;
            }
            fact = &slice.fact;
            lines.push(format!("\nby {}", shown(&fact.replace('_', " "))));
        }
        let interval = match slice.interval.method {
            Method::OneCluster => format!("{:>20}", "not known"),
            _ => format!(
                "{:>8} to {:>8}",
                percent(slice.interval.low),
                percent(slice.interval.high)
            ),
        };
        let few = slice.clusters > 0 && few_clusters(slice.clusters, slice.items).is_some();
        lines.push(format!(
            "  {:<width$}  {:>8}  {interval}  {:>11}{}",
            shown(&slice.value),
            percent(slice.accuracy),
            counted(slice.items as u64, "item"),
            if few {
                format!(" of {} only", counted(slice.clusters as u64, "cluster"))
            } else {
                String::new()
            },
        ));
    }
    lines
}

/// Characters of a slice's value.
const SLICE_WIDTH: usize = 40;

/// Clusters of which a test of signs can be significant at 5 %: of five, one in 16 has all signs alike.
const LEAST_CLUSTERS: usize = 6;

/// A comparison of two runs, in lines. `pairs` is how many pairs are compared.
#[must_use]
pub fn compared(first: &str, second: &str, comparison: &Comparison, pairs: usize) -> String {
    let Comparison {
        items,
        clusters,
        difference,
        interval,
        only_first,
        only_second,
        smallest_detectable,
        ..
    } = comparison;
    let points = |share: f64| format!("{:+.2}", 100.0 * share);
    let mut lines = vec![format!(
        "{second} against {first}, {}{}",
        counted(*items as u64, "item"),
        if clusters == items {
            String::new()
        } else {
            format!(" in {}", counted(*clusters as u64, "cluster"))
        }
    )];
    lines.push(match interval.method {
        Method::OneCluster => format!(
            "difference {} points; with one cluster nothing says how sure that is",
            points(*difference)
        ),
        method => format!(
            "difference {} points (95 %: {} to {}, paired, {})",
            points(*difference),
            points(interval.low),
            points(interval.high),
            method.name()
        ),
    });
    lines.push(format!(
        "only the first is right on {only_first}, only the second on {only_second}"
    ));
    lines.extend(tested(comparison, pairs));
    lines.push(comparison.finding().name().to_owned());
    lines.push(match *clusters < LEAST_CLUSTERS {
        true => "no difference of so few items or clusters could be significant at 5 %".to_owned(),
        false => format!(
            "so many items show a difference of {:.2} points in four of five tries",
            100.0 * smallest_detectable,
        ),
    });
    lines.join("\n  ")
}

/// The test of a difference, and what it does not say.
fn tested(comparison: &Comparison, pairs: usize) -> Vec<String> {
    let Comparison {
        mcnemar,
        test,
        p,
        least_p,
        holm,
        ..
    } = comparison;
    let corrected = if pairs > 1 {
        format!(
            ", after Holm's correction for {pairs} pairs {}",
            p_value(*holm)
        )
    } else {
        String::new()
    };
    let mut lines = vec![format!("{}: {}{corrected}", test.name(), p_value(*p))];
    if *test != Test::McNemar {
        lines.push(format!(
            "  (items of one cluster depend on each other; McNemar, which takes them as independent: {})",
            p_value(*mcnemar)
        ));
    }
    if *least_p >= 0.05 {
        lines.push(format!(
            "  (so few differ that no result could have been significant: the least is {})",
            p_value(*least_p)
        ));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_p_is_0() {
        for (p, wanted) in [
            (0.0, "p < 0.0001"),
            (0.000_099, "p < 0.0001"),
            (0.000_1, "p = 0.0001"),
            (0.25, "p = 0.25"),
            (1.0, "p = 1"),
        ] {
            assert_eq!(p_value(p), wanted);
        }
    }
}

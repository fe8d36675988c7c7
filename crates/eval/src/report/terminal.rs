//! The score as a person reads it in a terminal.

use std::collections::BTreeMap;

use crate::judge::Status;
use crate::run::Scored;
use crate::score::Score;
use crate::stats::Comparison;

/// A share as per cent with two digits.
#[must_use]
pub fn percent(share: f64) -> String {
    format!("{:.2} %", 100.0 * share)
}

/// The score of a run, in lines.
#[must_use]
pub fn scored(scored: &Scored) -> String {
    let score = &scored.score;
    let mut lines = vec![headline(score)];
    lines.extend(missing(score));
    lines.push(String::new());
    lines.push(statuses(score));
    if score.credit > score.accuracy + 1e-9 {
        lines.push(format!("with partial credit {}", percent(score.credit)));
    }
    lines.extend(repeats(score));
    if let Some(compat) = &scored.compat {
        let values = compat
            .iter()
            .map(|(k, value)| format!("pass@{k} {:.4}", 100.0 * value));
        lines.push(format!(
            "the original scorer's numbers: {}",
            values.collect::<Vec<_>>().join(", ")
        ));
    }
    lines.extend(references(&scored.references));
    lines.extend(costs(scored));
    lines.extend(slices(score));
    lines.join("\n")
}

fn headline(score: &Score) -> String {
    let clusters = if score.clusters == score.items {
        String::new()
    } else {
        format!(" in {} clusters", score.clusters)
    };
    let repeats = if score.epochs > 1 {
        format!(", {} responses each", score.epochs)
    } else {
        String::new()
    };
    format!(
        "accuracy {}  (95 %: {} to {}, {}; {} items{clusters}{repeats})",
        percent(score.accuracy),
        percent(score.interval.low),
        percent(score.interval.high),
        score.interval.method.name(),
        score.items,
    )
}

/// What the score could still be, where responses are missing.
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
            (count > 0 || always).then(|| format!("{count} {}", status.name().replace('_', " ")))
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
        "{} tokens in, {} out",
        usage.input_tokens, usage.output_tokens
    );
    if usage.reasoning_tokens > 0 {
        text.push_str(&format!(" ({} of thought)", usage.reasoning_tokens));
    }
    if let Some(cost) = scored.cost {
        text.push_str(&format!(", cost {cost:.4}"));
    }
    Some(text)
}

fn slices(score: &Score) -> Vec<String> {
    let mut lines = Vec::new();
    let width = score
        .slices
        .iter()
        .map(|slice| slice.value.chars().count())
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
            lines.push(format!("\nby {}", fact.replace('_', " ")));
        }
        lines.push(format!(
            "  {:<width$}  {:>8}  {:>8} to {:>8}  {:>6} items",
            slice.value,
            percent(slice.accuracy),
            percent(slice.interval.low),
            percent(slice.interval.high),
            slice.items,
        ));
    }
    lines
}

/// A comparison of two runs, in lines.
#[must_use]
pub fn compared(first: &str, second: &str, comparison: &Comparison) -> String {
    let Comparison {
        items,
        difference,
        interval,
        only_first,
        only_second,
        mcnemar,
        holm,
        smallest_detectable,
    } = comparison;
    let significant = if *holm < 0.05 {
        "the difference is significant at 5 %"
    } else {
        "the difference is not significant at 5 %"
    };
    format!(
        "{second} against {first}, {items} items\n  \
         difference {:+.2} points (95 %: {:+.2} to {:+.2}, paired {})\n  \
         only the first is right on {only_first}, only the second on {only_second}\n  \
         exact McNemar p = {mcnemar:.4}, after Holm's correction {holm:.4}: {significant}\n  \
         so many items show a difference of {:.2} points in four of five tries",
        100.0 * difference,
        100.0 * interval.low,
        100.0 * interval.high,
        interval.method.name(),
        100.0 * smallest_detectable,
    )
}

//! Table of a language model on shards.

use crate::LanguageReport;
use crate::plasticity::{shown, verdict};

/// The curve of probes.
#[must_use]
pub fn language(report: &LanguageReport) -> String {
    let mut lines = vec![
        format!(
            "{:.2} million parameters, {} seeds, {} steps on shards and {} of each clone",
            report.parameters as f64 / 1e6,
            report.seeds.len(),
            report.shard_steps.iter().sum::<usize>(),
            report.settings.probe_steps
        ),
        format!(
            "\n  {:>6}  {:>26}  {:>7}  {:>24}  {:>24}",
            "shards", "steps to target [95 %]", "reached", "loss before", "loss after"
        ),
    ];
    for point in &report.curve {
        lines.push(format!(
            "  {:>6}  {:>26}  {:>7}  {:>24}  {:>24}",
            point.shards,
            shown(point.steps),
            format!("{}/{}", point.reached, report.seeds.len()),
            shown(point.first),
            shown(point.last)
        ));
    }
    lines.push(format!("\n{}", verdict(report)));
    lines.join("\n")
}

//! The report as Markdown, for documentation, which copies it unchanged.

use std::fmt::Write as _;

use tracestone_interp::probe::{Estimate, Summary};
use tracestone_interp::report::{Role, Subject};

use super::DemoReport;

/// The report's numbers as a page of Markdown.
pub(super) fn markdown(report: &DemoReport) -> String {
    let mut text = String::from(
        "# The Karel demo in numbers\n\nWritten by `tracestone demo karel --out karel-demo` as `karel-demo/report.md`; copied \
         here unchanged.\n\n",
    );
    let data = &report.settings.data;
    let _ = writeln!(
        text,
        "{} models (seeds {}) of {} parameters, {} steps of {} texts each; worlds of {} by {}; {}. {:.0} s in all: {}.\n",
        report.tests.len(),
        joined(&report.settings.seeds),
        report.settings.parameters,
        report.settings.training.steps,
        report.settings.training.batch,
        data.rows,
        data.columns,
        programs(report),
        report.seconds.total,
        report
            .seconds
            .parts
            .iter()
            .map(|(name, seconds)| format!("{name} {seconds:.0} s"))
            .collect::<Vec<_>>()
            .join(", ")
    );
    text.push_str("## What it was to show\n\n| | claim | found |\n|---|---|---|\n");
    for verdict in &report.verdicts {
        let holds = if verdict.holds {
            "holds"
        } else {
            "**does not hold**"
        };
        let _ = writeln!(text, "| {holds} | {} | {} |", verdict.claim, verdict.found);
    }
    for subject in &report.probes.subjects {
        if subject.role != Role::Checkpoint {
            table(&mut text, subject);
        }
    }
    if let Some(content) = &report.content {
        let _ = writeln!(
            text,
            "\n## Semantic content over training\n\nGeometric mean of the accuracies for {} at {}.\n\n| seed | step | content | \
             under other semantics | programs right |\n|---|---|---|---|---|",
            content.variables.join(", "),
            content.place
        );
        for one in &content.points {
            let _ = writeln!(
                text,
                "| {} | {} | {:.3} | {:.3} | {:.3} |",
                one.seed, one.step, one.content, one.alternative, one.exact
            );
        }
    }
    text
}

fn joined(seeds: &[u64]) -> String {
    let seeds: Vec<String> = seeds.iter().map(u64::to_string).collect();
    seeds.join(", ")
}

fn programs(report: &DemoReport) -> String {
    let counts: Vec<String> = report
        .unseen
        .programs
        .iter()
        .map(|(split, count)| format!("{count} programs in {}", split.name()))
        .collect();
    let trained = report.unseen.trained.map_or_else(String::new, |lengths| {
        format!(" of {} to {} statements", lengths.min, lengths.max)
    });
    format!("{}, trained on those{trained}", counts.join(", "))
}

fn estimate(value: Option<Estimate>) -> String {
    value.map_or_else(String::new, |one| {
        format!("{:+.3} [{:+.3}, {:+.3}]", one.value, one.low, one.high)
    })
}

fn table(text: &mut String, subject: &Subject) {
    let _ = writeln!(
        text,
        "\n## Probes of the token's own state: {}\n\n| variable | place | hidden layers | gap | p (Holm) | accuracy | other \
         semantics | gap, other lengths | replicates |\n|---|---|---|---|---|---|---|---|---|",
        subject.name
    );
    let own = subject.summaries.iter().filter(|row| row.offset == 0);
    for row in own {
        row_of(text, row);
    }
}

fn row_of(text: &mut String, row: &Summary) {
    let number = |value: Option<f64>| value.map_or_else(String::new, |one| format!("{one:.3}"));
    let _ = writeln!(
        text,
        "| {} | {} | {} | {} | {} | {:.3} | {} | {} | {} |",
        row.variable,
        row.site,
        row.layers,
        estimate(row.gap),
        number(row.holm),
        row.accuracy.value,
        number(row.alternative()),
        estimate(row.beyond.as_ref().and_then(|one| one.gap)),
        row.replicates
    );
}

//! A study of a language model on shards as one page that needs nothing else.

use std::path::PathBuf;

use serde::Serialize;
use tracestone_eval::report::rendered;
use tracestone_stats::Estimate;

use super::{LanguageReport, ProbePoint};
use crate::error::Error;
use crate::plasticity::plot::{Curve, curves};

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("../page.css");

/// The values that the template shows. Drawings are safe as they are; all other text is escaped.
#[derive(Serialize)]
struct Page {
    style: &'static str,
    verdict: String,
    parameters: String,
    seeds: u64,
    probe_steps: usize,
    every: usize,
    target: String,
    drawings: Vec<(&'static str, String)>,
    rows: Vec<[String; 5]>,
    shards: Vec<[String; 3]>,
    settings: String,
}

/// A number with its interval.
pub(crate) fn shown(value: Estimate) -> String {
    format!("{:.3} [{:.3}, {:.3}]", value.value, value.low, value.high)
}

/// A report as one page.
pub(super) fn page(report: &LanguageReport) -> Result<String, Error> {
    let settings = &report.settings;
    let curve = |of: fn(&ProbePoint) -> Estimate| Curve {
        colour: 0,
        name: "probe".to_owned(),
        points: report
            .curve
            .iter()
            .map(|point| (point.shards as u64, of(point)))
            .collect(),
    };
    let online = Curve {
        colour: 1,
        name: "online".to_owned(),
        points: (1..)
            .zip(&report.online)
            .map(|(at, value)| (at, *value))
            .collect(),
    };
    let drawing =
        |title: &'static str, curve: Curve| (title, curves(title, "shards learned", &[curve]));
    let page = Page {
        style: STYLE,
        verdict: verdict(report),
        parameters: format!("{:.2}", report.parameters as f64 / 1e6),
        seeds: settings.seeds,
        probe_steps: settings.probe_steps,
        every: settings.every,
        target: match settings.target {
            Some(target) => format!("a loss of {target}"),
            None => {
                "the loss that a fresh network of the same seed reaches in all its steps".to_owned()
            }
        },
        drawings: vec![
            drawing(
                "Steps to the target on the held-out stream",
                curve(|point| point.steps),
            ),
            drawing(
                "Loss at the end of a probe, nats a byte",
                curve(|point| point.last),
            ),
            drawing("Online loss of each shard, nats a byte", online),
        ],
        rows: rows(report),
        shards: shards(report),
        settings: serde_json::to_string_pretty(settings)?,
    };
    let mut html = rendered(PAGE, page)?;
    html.push('\n');
    Ok(html)
}

/// The table of probes.
fn rows(report: &LanguageReport) -> Vec<[String; 5]> {
    let row = |point: &ProbePoint| {
        [
            point.shards.to_string(),
            shown(point.steps),
            format!("{} of {}", point.reached, report.seeds.len()),
            shown(point.first),
            shown(point.last),
        ]
    };
    report.curve.iter().map(row).collect()
}

/// The table of shards.
fn shards(report: &LanguageReport) -> Vec<[String; 3]> {
    let steps = report.settings.shards.iter().zip(&report.shard_steps);
    let row = |((path, steps), online): ((&PathBuf, &usize), &Estimate)| {
        [
            path.display().to_string(),
            steps.to_string(),
            shown(*online),
        ]
    };
    steps.zip(&report.online).map(row).collect()
}

/// The finding of the probes, in a sentence.
pub(crate) fn verdict(report: &LanguageReport) -> String {
    let Some(slower) = report.slower else {
        return "There are too few probes to compare the first with the last.".to_owned();
    };
    let finding = if slower.low > 0.0 {
        "The model has become slower to learn"
    } else if slower.high < 0.0 {
        "The model has become faster to learn"
    } else {
        "No change of the speed of learning is shown"
    };
    format!(
        "{finding}: after the last shard a clone needs {:+.1} steps [{:+.1}, {:+.1}] more than after the first probed ones, paired by seed.",
        slower.value, slower.low, slower.high
    )
}

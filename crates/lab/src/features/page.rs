//! The experiment with features as one page that needs nothing else.

use serde::Serialize;
use tracestone_eval::report::rendered;
use tracestone_stats::Estimate;

use super::demo::FeatureReport;
use super::findings::OverModels;
use super::states::{Score, StateReport};
use crate::error::Error;
use crate::tables;

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("../plasticity/page.css");

/// The values that the template shows; all text is escaped.
#[derive(Serialize)]
struct Page<'a> {
    style: &'static str,
    site: &'a str,
    width: usize,
    findings: &'a [String],
    dictionaries: Vec<Dictionary>,
    loss: Option<Loss>,
    states: Vec<States<'a>>,
    models: usize,
    over_models: Vec<[String; 4]>,
    steering: Option<Steering>,
    settings: String,
}

#[derive(Serialize)]
struct Dictionary {
    name: String,
    cells: Vec<String>,
}

#[derive(Serialize)]
struct Loss {
    texts: usize,
    original: String,
    reconstructed: String,
    zeros: String,
    recovered: String,
    kl: [String; 2],
    kl_recovered: String,
    exact: [String; 2],
}

#[derive(Serialize)]
struct States<'a> {
    variable: &'a str,
    rows: usize,
    programs: usize,
    readers: Vec<Row<'a>>,
    features: Vec<[String; 4]>,
}

#[derive(Serialize)]
struct Row<'a> {
    name: &'a str,
    own: bool,
    scores: Vec<Cell>,
}

/// A score: a bar up to the other semantics' and one up to its own, in percent of the cell.
#[derive(Serialize)]
struct Cell {
    original: String,
    others: String,
    gap: String,
    bar: String,
    inner: String,
}

#[derive(Serialize)]
struct Steering {
    right: String,
    input: String,
    rows: Vec<[String; 6]>,
}

/// The page of the findings.
///
/// # Errors
/// The template does not fit, which tests rule out.
pub(super) fn page(report: &FeatureReport) -> Result<String, Error> {
    let own = &report.report;
    let mut dictionaries = vec![("batch-topk", &own.quality)];
    dictionaries.extend(
        own.beside
            .iter()
            .map(|(name, quality)| (name.as_str(), quality)),
    );
    let page = Page {
        style: STYLE,
        site: &own.site,
        width: own.width,
        findings: &report.findings,
        dictionaries: dictionaries
            .into_iter()
            .map(|(name, quality)| Dictionary {
                name: name.to_owned(),
                cells: vec![
                    format!("{:.1}", quality.l0),
                    format!("{:.4}", quality.explained_variance),
                    format!("{:.4}", quality.cosine),
                    format!("{:.3}", quality.l2_ratio),
                    percent(quality.dead),
                    percent(quality.dense),
                ],
            })
            .collect(),
        loss: own.loss.as_ref().map(|loss| Loss {
            texts: loss.texts,
            original: format!("{:.4}", loss.original),
            reconstructed: format!("{:.4}", loss.reconstructed),
            zeros: format!("{:.3}", loss.zeros),
            recovered: percent(loss.recovered),
            kl: loss.kl.map(|kl| format!("{kl:.4}")),
            kl_recovered: percent(loss.kl_recovered),
            exact: loss.exact.map(percent),
        }),
        states: own.states.iter().map(states).collect(),
        models: 1 + report.further.len(),
        over_models: report.over_models.iter().map(over_models).collect(),
        steering: own
            .steering
            .as_ref()
            .and_then(|all| all.karel())
            .map(|steering| Steering {
                right: percent(steering.right),
                input: percent(steering.input.effect.value),
                rows: steering
                    .effects
                    .iter()
                    .map(|effect| {
                        [
                            effect.words.name().to_owned(),
                            tables::change(effect.change).to_owned(),
                            signed(effect.effect),
                            signed(effect.word),
                            effect.recovered.map_or(String::from("–"), signed),
                            percent(effect.unchanged.value),
                        ]
                    })
                    .collect(),
            }),
        settings: serde_json::to_string_pretty(&serde_json::to_value(&report.settings)?)?,
    };
    let mut html = rendered(PAGE, page)?;
    // The engine takes the template's last line end away.
    html.push('\n');
    Ok(html)
}

fn states(states: &StateReport) -> States<'_> {
    let row = |reader: &super::states::Reader| -> Vec<Cell> {
        vec![cell(&reader.f1), cell(&reader.auroc), cell(&reader.mcc)]
    };
    States {
        variable: &states.variable,
        rows: states.rows,
        programs: states.programs,
        readers: states
            .readers
            .iter()
            .map(|reader| Row {
                name: &reader.name,
                own: reader.name == "best feature",
                scores: row(reader),
            })
            .collect(),
        features: states
            .features
            .iter()
            .map(|one| {
                [
                    one.value.clone(),
                    one.feature.to_string(),
                    format!("{:.3}", one.threshold),
                    format!("{:.3}", one.f1),
                ]
            })
            .collect(),
    }
}

/// A reader's scores in each of the trained models.
fn over_models(own: &OverModels) -> [String; 4] {
    let list = |values: &[f64], signed: bool| {
        let each = values.iter().map(|value| match signed {
            true => format!("{value:+.3}"),
            false => format!("{value:.3}"),
        });
        each.collect::<Vec<_>>().join(", ")
    };
    [
        own.variable.clone(),
        own.reader.clone(),
        list(&own.f1, false),
        list(&own.gaps, true),
    ]
}

fn cell(score: &Score) -> Cell {
    let count = score.alternatives.len().max(1) as f64;
    let others = score.alternatives.values().sum::<f64>() / count;
    let width = |value: f64| format!("{:.1}", 100.0 * value.clamp(0.0, 1.0));
    Cell {
        original: format!("{:.3}", score.original),
        others: format!("{others:.3}"),
        gap: score.gap.map_or(String::new(), |gap| {
            let star = if score.p.is_some_and(|p| p < 0.05) {
                " *"
            } else {
                ""
            };
            format!("{}{star}", signed(gap))
        }),
        bar: width(score.original),
        inner: width(others),
    }
}

fn signed(Estimate { value, low, high }: Estimate) -> String {
    format!("{value:+.3} [{low:+.3}, {high:+.3}]")
}

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

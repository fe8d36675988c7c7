//! Patches between two runs of one program: the stream of a text becomes that of the same program on another input, and
//! the interpreter's answer for that input is what the model should then say.

use serde::{Deserialize, Serialize};
use tracestone_eval::report::rendered;
use tracestone_interp::causal::random_like;
use tracestone_interp::directory::Model;
use tracestone_interp::model::Site;
use tracestone_record::watch::{Progress, Watch};
use tracestone_record::words::counted;
use tracestone_stats::Estimate;

use super::study::{Group, PythonEffect, Study};
use crate::dataset::Dataset;
use crate::error::Error;
use crate::patching::PatchSettings;

const PAGE: &str = include_str!("causal.html");
const STYLE: &str = include_str!("../plasticity/page.css");

/// The findings of a study of patches between runs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PythonCausal {
    /// Settings of the study.
    pub settings: serde_json::Value,
    /// Pairs of runs.
    pub cases: usize,
    /// Programs that they are of, as splits keep them together; intervals resample these.
    pub programs: usize,
    /// The share of runs for which the model gives the interpreter's answer, without a patch.
    pub right: Estimate,
    /// The share of runs for which it gives the other run's answer when it reads the other prompt: the total effect.
    pub total: Estimate,
    /// The effects of patches.
    pub effects: Vec<PythonEffect>,
}

/// Patches the runs of a dataset's pairs.
///
/// # Errors
/// The dataset is not of Python texts or has no pairs, or the model cannot read them.
pub fn patch_python(
    model: &Model,
    data: &Dataset,
    plan: &PatchSettings,
    watch: &dyn Watch,
) -> Result<PythonCausal, Error> {
    let sites = Site::main(model.decoder.config.layers);
    let total = (sites.len() * Group::ALL.len() * 2) as u64;
    let progress = Progress::start(watch, "patch", "effects", total);
    let mut study = Study::new(model, data, plan)?;
    let mut effects = Vec::new();
    for site in sites {
        let [own, other] = [false, true].map(|other| study.streams(site, other));
        let (own, other) = (own?, other?);
        for group in Group::ALL {
            let moves = study.exchanged(group, &own, &other);
            let random = random_like(&moves, plan.seed);
            for (change, moves) in [("other run", moves), ("random", random)] {
                effects.push(study.effect(site, group, change, &moves)?);
                progress.advance(1);
            }
            if watch.stop() {
                return Err(Error::Stopped);
            }
        }
    }
    progress.finish(&counted(effects.len() as u64, "effect"));
    Ok(PythonCausal {
        settings: serde_json::json!({
            "pairs": study.cases(), "seed": plan.seed, "bootstrap_draws": plan.draws,
            "truth": "the interpreter's answer for the other input",
            "interval": "95 %, percentiles over resampled programs",
        }),
        cases: study.cases(),
        programs: study.programs(),
        right: study.right(),
        total: study.total(),
        effects,
    })
}

/// The values that the page shows; all text is escaped.
#[derive(Serialize)]
struct Page<'a> {
    style: &'static str,
    report: &'a PythonCausal,
    right: String,
    total: String,
    rows: Vec<[String; 6]>,
    settings: String,
}

/// A report as one page that needs nothing else.
///
/// # Errors
/// The template does not fit, which tests rule out.
pub fn python_page(report: &PythonCausal) -> Result<String, Error> {
    let signed = |value: Estimate| {
        format!(
            "{:+.3} [{:+.3}, {:+.3}]",
            value.value, value.low, value.high
        )
    };
    let share = |value: Estimate| {
        let [value, low, high] = [value.value, value.low, value.high].map(|share| 100.0 * share);
        format!("{value:.1} % [{low:.1}, {high:.1}]")
    };
    let rows = report.effects.iter().map(|one| {
        [
            one.site.clone(),
            one.tokens.clone(),
            one.change.clone(),
            signed(one.effect),
            one.recovered.map_or_else(|| "–".to_owned(), signed),
            share(one.unchanged),
        ]
    });
    let page = Page {
        style: STYLE,
        right: share(report.right),
        total: share(report.total),
        rows: rows.collect(),
        settings: serde_json::to_string_pretty(&report.settings)?,
        report,
    };
    let mut html = rendered(PAGE, page)?;
    html.push('\n');
    Ok(html)
}

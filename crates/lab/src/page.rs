//! The report as one page that needs nothing else.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Value, json};
use tracestone_eval::report::rendered;
use tracestone_interp::probe::{Estimate, Summary};
use tracestone_interp::report::{ProbeReport, Role, Subject, mean_alternative};
use tracestone_karel::scm::Node;
use tracestone_record::words::counted;

use crate::demo::{DemoReport, Verdict};
use crate::error::Error;
use crate::patching::{CausalReport, Change, Effect};
use crate::plot::{Cell, Group, Series, bars, curves, heat_map};
use crate::words::Words;

const PAGE: &str = include_str!("page/page.html");
const STYLE: &str = include_str!("page/page.css");

/// The values that the template shows. Drawings are safe as they are; all other text is escaped.
#[derive(Serialize)]
struct Page<'a> {
    style: &'static str,
    verdicts: Option<&'a [Verdict]>,
    gaps: Vec<String>,
    curves: Vec<String>,
    causal: Option<Causal<'a>>,
    tables: Vec<Table<'a>>,
    settings: String,
}

#[derive(Serialize)]
struct Causal<'a> {
    maps: [String; 2],
    bars: Vec<String>,
    input: Option<Input>,
    twins: Vec<TwinRow<'a>>,
    nodes: &'a [Node],
}

/// The effect of changing the text itself.
#[derive(Serialize)]
struct Input {
    effect: String,
    word: String,
    cases: usize,
}

#[derive(Serialize)]
struct TwinRow<'a> {
    semantics: &'a str,
    texts: usize,
    agrees: String,
    agrees_original: String,
}

/// Numbers of one subject at the tokens' own states.
#[derive(Serialize)]
struct Table<'a> {
    name: &'a str,
    checkpoint: bool,
    rows: Vec<Row<'a>>,
    steps: BTreeSet<i32>,
}

#[derive(Serialize)]
struct Row<'a> {
    variable: &'a str,
    site: &'a str,
    layers: usize,
    gap: String,
    original: String,
    alternative: String,
    chance: String,
    states: usize,
    left_out: usize,
    programs: usize,
    replicates: usize,
    by_step: Vec<String>,
}

/// The page of an experiment, or of the parts of one.
///
/// # Errors
/// The template does not fit, which tests rule out.
pub fn page(
    demo: Option<&DemoReport>,
    probes: Option<&ProbeReport>,
    causal: Option<&CausalReport>,
) -> Result<String, Error> {
    let subjects = probes.map_or(&[][..], |probes| &probes.subjects);
    let settings = json!({
        "experiment": demo.map(|demo| &demo.settings),
        "probes": probes.map_or(&Value::Null, |probes| &probes.settings),
        "causal": causal.map(|causal| &causal.settings),
        "seconds": demo.map(|demo| &demo.seconds),
    });
    let page = Page {
        style: STYLE,
        verdicts: demo.map(|demo| demo.verdicts.as_slice()),
        gaps: probes.map(gaps).unwrap_or_default(),
        curves: over_training(subjects),
        causal: causal.map(causal_part),
        tables: subjects.iter().map(table).collect(),
        settings: serde_json::to_string_pretty(&settings)?,
    };
    let mut html = rendered(PAGE, page)?;
    // The engine takes the template's last line end away.
    html.push('\n');
    Ok(html)
}

/// Maps of the gaps of the trained and the untrained models.
fn gaps(probes: &ProbeReport) -> Vec<String> {
    let mut maps = Vec::new();
    for role in [Role::Trained, Role::Untrained] {
        let Some(subject) = probes.subject(role) else {
            continue;
        };
        let layers: BTreeSet<usize> = subject.summaries.iter().map(|s| s.layers).collect();
        for variable in variables(subject) {
            for layers in &layers {
                maps.push(map(subject, &variable, *layers));
            }
        }
    }
    maps
}

fn variables(subject: &Subject) -> BTreeSet<String> {
    subject
        .summaries
        .iter()
        .map(|s| s.variable.clone())
        .collect()
}

fn size(layers: usize) -> String {
    match layers {
        0 => "linear probe".to_owned(),
        1 => "probe with one hidden layer".to_owned(),
        more => format!("probe with {}", counted(more as u64, "hidden layer")),
    }
}

fn map(subject: &Subject, variable: &str, layers: usize) -> String {
    let own: Vec<&Summary> = subject
        .summaries
        .iter()
        .filter(|s| s.variable == variable && s.layers == layers)
        .collect();
    let offsets: BTreeSet<i32> = own.iter().map(|s| s.offset).collect();
    let offsets: Vec<i32> = offsets.into_iter().collect();
    let mut sites: Vec<String> = Vec::new();
    for summary in &own {
        if !sites.contains(&summary.site) {
            sites.push(summary.site.clone());
        }
    }
    let cells: Vec<Cell> = own
        .iter()
        .filter_map(|summary| {
            Some(Cell {
                column: offsets.iter().position(|o| *o == summary.offset)?,
                row: sites.iter().position(|site| *site == summary.site)?,
                value: summary.gap,
            })
        })
        .collect();
    let columns: Vec<String> = offsets.iter().map(|offset| format!("{offset:+}")).collect();
    let title = format!("{variable}, {}: {}", subject.name, size(layers));
    let across = "steps from the token to the state";
    heat_map(&title, across, &columns, &sites, &cells)
}

/// The largest gap of a subject for a variable and a probe size.
fn best<'s>(subject: &'s Subject, variable: &str, layers: usize) -> Option<&'s Summary> {
    subject
        .summaries
        .iter()
        .filter(|s| s.variable == variable && s.layers == layers && s.offset == 0)
        .max_by(|a, b| a.gap.value.total_cmp(&b.gap.value))
}

/// Curves of the model's accuracy and of gaps at its checkpoints, one for each size of probe.
fn over_training(subjects: &[Subject]) -> Vec<String> {
    let steps: Vec<&Subject> = subjects
        .iter()
        .filter(|subject| subject.role == Role::Checkpoint)
        .collect();
    let Some(last) = steps.last() else {
        return Vec::new();
    };
    let layers: BTreeSet<usize> = last.summaries.iter().map(|s| s.layers).collect();
    layers
        .into_iter()
        .map(|layers| {
            let title = format!("Model accuracy and what a {} finds", size(layers));
            curves(&title, "training step", &series(&steps, last, layers))
        })
        .collect()
}

fn series(steps: &[&Subject], last: &Subject, layers: usize) -> Vec<Series> {
    let at = |subject: &Subject| subject.step.unwrap_or(0) as f64;
    let mut series = vec![Series {
        name: "programs right".to_owned(),
        dashed: true,
        points: steps
            .iter()
            .filter_map(|subject| Some((at(subject), exactly(subject.exact?))))
            .collect(),
    }];
    for variable in variables(last) {
        // One place for the whole curve: where the gap is largest at the end.
        let Some(site) = best(last, &variable, layers).map(|s| s.site.clone()) else {
            continue;
        };
        let here = |subject: &Subject| -> Option<Summary> {
            let mut own = subject.summaries.iter();
            own.find(|s| s.variable == variable && s.layers == layers && s.site == site)
                .cloned()
        };
        let points = |of: &dyn Fn(&Summary) -> Estimate| -> Vec<(f64, Estimate)> {
            let found = steps.iter().filter_map(|s| Some((at(s), of(&here(s)?))));
            found.collect()
        };
        series.push(Series {
            name: format!("{variable}: gap"),
            dashed: false,
            points: points(&|s| s.gap),
        });
        series.push(Series {
            name: format!("{variable}: accuracy"),
            dashed: true,
            points: points(&|s| exactly(s.original)),
        });
    }
    series
}

fn exactly(value: f64) -> Estimate {
    Estimate {
        value,
        low: value,
        high: value,
    }
}

fn causal_part(causal: &CausalReport) -> Causal<'_> {
    let mut sites: Vec<String> = Vec::new();
    for effect in causal.effects.iter().filter(|e| e.change != Change::Input) {
        if !sites.contains(&effect.site) {
            sites.push(effect.site.clone());
        }
    }
    let input = causal.effects.iter().find(|e| e.change == Change::Input);
    Causal {
        maps: [
            effect_map(
                causal,
                &sites,
                "How much more often the answer is the turned hero's",
                |e| e.effect,
            ),
            effect_map(
                causal,
                &sites,
                "Change of the log odds of the two answers, as a share of what turning the hero in the text does",
                |e| e.recovered,
            ),
        ],
        bars: sites
            .iter()
            .filter_map(|site| effect_bars(causal, site))
            .collect(),
        input: input.map(|input| Input {
            effect: estimate(input.effect),
            word: estimate(input.word),
            cases: input.cases,
        }),
        twins: causal
            .meanings
            .iter()
            .map(|twin| TwinRow {
                semantics: &twin.semantics,
                texts: twin.texts,
                agrees: estimate(twin.agrees),
                agrees_original: estimate(twin.agrees_original),
            })
            .collect(),
        nodes: &causal.scm.nodes,
    }
}

/// Map of the effects of whole vectors: sites down, tokens across.
fn effect_map(
    causal: &CausalReport,
    sites: &[String],
    title: &str,
    of: fn(&Effect) -> Estimate,
) -> String {
    let columns: Vec<String> = Words::ALL.map(|words| words.name().to_owned()).to_vec();
    let whole = causal.effects.iter().filter(|e| e.change == Change::Whole);
    let cells = whole.filter_map(|effect| {
        Some(Cell {
            column: Words::ALL.iter().position(|words| *words == effect.words)?,
            row: sites.iter().position(|site| *site == effect.site)?,
            value: of(effect),
        })
    });
    let cells: Vec<Cell> = cells.collect();
    let across = "tokens whose hidden state is replaced";
    heat_map(title, across, &columns, sites, &cells)
}

/// Bars of the ways of moving the facing at a place, if it was moved there.
fn effect_bars(causal: &CausalReport, site: &str) -> Option<String> {
    let kinds = [
        ("whole vector", Change::Whole),
        ("means", Change::Mean),
        ("probe", Change::Probe),
        ("alternative semantics", Change::Alternative),
        ("random", Change::Random),
    ];
    let own: Vec<_> = causal.effects.iter().filter(|e| e.site == site).collect();
    if !own.iter().any(|e| e.change == Change::Probe) {
        return None;
    }
    let names: Vec<String> = kinds.iter().map(|(name, _)| (*name).to_owned()).collect();
    let groups: Vec<Group> = Words::ALL
        .into_iter()
        .filter(|words| words.probed())
        .map(|words| {
            let bar = |change: Change| {
                let found = own.iter().find(|e| e.words == words && e.change == change);
                found.map(|e| e.word)
            };
            Group {
                name: words.name().to_owned(),
                bars: kinds.iter().map(|(_, change)| bar(*change)).collect(),
            }
        })
        .collect();
    Some(bars(&site.replace("hook_", ""), &names, &groups))
}

fn estimate(value: Estimate) -> String {
    format!("{:.3} [{:.3}, {:.3}]", value.value, value.low, value.high)
}

fn table(subject: &Subject) -> Table<'_> {
    let steps: BTreeSet<i32> = subject
        .summaries
        .iter()
        .flat_map(|summary| summary.by_step.keys().copied())
        .collect();
    let row = |row: &'_ Summary| -> Vec<String> {
        let gap = |step| row.by_step.get(step);
        let shown = |step| gap(step).map_or(String::new(), |gap| format!("{:+.2}", gap.value));
        steps.iter().map(shown).collect()
    };
    let own = subject.summaries.iter().filter(|row| row.offset == 0);
    Table {
        name: &subject.name,
        checkpoint: subject.role == Role::Checkpoint,
        rows: own
            .map(|summary| Row {
                variable: &summary.variable,
                site: &summary.site,
                layers: summary.layers,
                gap: estimate(summary.gap),
                original: format!("{:.3}", summary.original),
                alternative: format!("{:.3}", mean_alternative(summary)),
                chance: format!("{:.3}", summary.chance),
                states: summary.states,
                left_out: summary.left_out,
                programs: summary.programs,
                replicates: summary.replicates,
                by_step: row(summary),
            })
            .collect(),
        steps,
    }
}

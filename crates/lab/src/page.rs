//! The report as one page that needs nothing else.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Value, json};
use tracestone_eval::report::rendered;
use tracestone_interp::probe::{Estimate, Summary};
use tracestone_interp::report::{ProbeReport, Role, Subject};
use tracestone_karel::scm::Node;
use tracestone_record::words::counted;

use crate::demo::{Content, DemoReport, Verdict};
use crate::error::Error;
use crate::patching::{CausalReport, Change, Effect};
use crate::plot::{Cell, Group, Series, bars, curves, heat_map, legend, scatter};
use crate::words::Words;

const PAGE: &str = include_str!("page/page.html");
const STYLE: &str = include_str!("plasticity/page.css");

/// The values that the template shows. Drawings are safe as they are; all other text is escaped.
#[derive(Serialize)]
struct Page<'a> {
    style: &'static str,
    verdicts: Option<&'a [Verdict]>,
    headline: Vec<Headline>,
    place: Option<&'a str>,
    legend: String,
    gaps: Vec<Maps>,
    curves: Vec<String>,
    content: Option<String>,
    r2: String,
    causal: Option<Causal<'a>>,
    tables: Vec<Table<'a>>,
    settings: String,
}

/// A number at the top of the page.
#[derive(Serialize)]
struct Headline {
    value: String,
    words: String,
}

/// The maps of one subject.
#[derive(Serialize)]
struct Maps {
    name: String,
    /// Name of the measure.
    measure: &'static str,
    maps: Vec<String>,
}

#[derive(Serialize)]
struct Causal<'a> {
    right: String,
    moved: Vec<Moved<'a>>,
    twins: Vec<TwinRow<'a>>,
    nodes: &'a [Node],
}

/// The effects of one variable.
#[derive(Serialize)]
struct Moved<'a> {
    variable: &'a str,
    maps: Vec<String>,
    bars: Vec<String>,
    input: Option<Input>,
    unmoved: usize,
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
    holm: String,
    accuracy: String,
    alternative: String,
    chance: String,
    beyond: String,
    beyond_accuracy: String,
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
        headline: demo.map(headline).unwrap_or_default(),
        place: demo.map(|demo| demo.place.as_str()),
        legend: legend(),
        gaps: probes.map(gaps).unwrap_or_default(),
        curves: over_training(subjects),
        content: demo.and_then(|demo| demo.content.as_ref()).map(of_content),
        r2: demo
            .and_then(|demo| demo.content.as_ref())
            .map_or_else(String::new, r2),
        causal: causal.map(causal_part),
        tables: subjects.iter().map(table).collect(),
        settings: serde_json::to_string_pretty(&settings)?,
    };
    let mut html = rendered(PAGE, page)?;
    // The engine takes the template's last line end away.
    html.push('\n');
    Ok(html)
}

/// The numbers that the page opens with.
fn headline(demo: &DemoReport) -> Vec<Headline> {
    let shares: Vec<f64> = demo.tests.iter().map(|test| test.share).collect();
    let held = demo.verdicts.iter().filter(|one| one.holds).count();
    let mut all = vec![
        Headline {
            value: format!("{held} of {}", demo.verdicts.len()),
            words: "expectations hold".to_owned(),
        },
        Headline {
            value: format!("{:.1} %", 100.0 * tracestone_stats::mean(&shares)),
            words: format!(
                "of unseen programs end in the right state, over {}",
                counted(shares.len() as u64, "model")
            ),
        },
    ];
    let trained = demo.probes.subject(Role::Trained);
    let rows = trained.map_or(&[][..], |subject| &subject.summaries);
    for row in rows {
        if row.site == demo.place
            && row.offset == 0
            && row.layers == 0
            && let Some(gap) = row.gap
        {
            all.push(Headline {
                value: format!("{:+.3}", gap.value),
                words: format!(
                    "gap of {} [{:+.3}, {:+.3}], linear probe",
                    row.variable, gap.low, gap.high
                ),
            });
        }
    }
    all
}

/// Maps of the gaps of the trained and the untrained models, and of what probes learn by themselves.
fn gaps(probes: &ProbeReport) -> Vec<Maps> {
    let mut all = Vec::new();
    for subject in &probes.subjects {
        let measure = match subject.role {
            Role::Trained | Role::Untrained | Role::Twin => "gap",
            Role::Control => "selectivity: accuracy minus that for the random labels",
            Role::Shuffled | Role::Checkpoint => continue,
        };
        let mut maps = Vec::new();
        let (wide, here): (Vec<&Summary>, Vec<&Summary>) = subject
            .summaries
            .iter()
            .partition(|one| has_offsets(subject, one.layers));
        let sizes: BTreeSet<usize> = wide.iter().map(|one| one.layers).collect();
        for variable in variables(subject) {
            maps.extend(sizes.iter().map(|size| map(subject, &variable, *size)));
        }
        if !here.is_empty() {
            maps.push(map_here(&here));
        }
        all.push(Maps {
            name: subject.name.clone(),
            measure,
            maps,
        });
    }
    all
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
            let column = offsets.iter().position(|o| *o == summary.offset)?;
            let row = sites.iter().position(|site| *site == summary.site)?;
            Some(cell(summary, column, row))
        })
        .collect();
    let columns: Vec<String> = offsets.iter().map(|offset| format!("{offset:+}")).collect();
    let title = format!("{variable}: {}", size(layers));
    let across = "steps from the token to the state";
    heat_map(&title, across, &columns, &sites, &cells)
}

/// True if probes of a size read other states than the token's own.
fn has_offsets(subject: &Subject, layers: usize) -> bool {
    let mut own = subject.summaries.iter();
    own.any(|one| one.layers == layers && one.offset != 0)
}

/// Map of probes of the token's own state: sites down, variables and sizes across.
fn map_here(rows: &[&Summary]) -> String {
    let (mut columns, mut sites): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    let mut cells = Vec::new();
    for row in rows {
        let name = match row.layers {
            0 => format!("{}, linear", row.variable),
            layers => format!("{}, {layers} hidden", row.variable),
        };
        let place = |all: &mut Vec<String>, name: &String| {
            let known = all.iter().position(|other| other == name);
            known.unwrap_or_else(|| {
                all.push(name.clone());
                all.len() - 1
            })
        };
        let (column, row_of) = (place(&mut columns, &name), place(&mut sites, &row.site));
        cells.push(cell(row, column, row_of));
    }
    let across = "variable and size of the probe";
    heat_map("the token's own state", across, &columns, &sites, &cells)
}

fn cell(summary: &Summary, column: usize, row: usize) -> Cell {
    Cell {
        column,
        row,
        value: summary.gap.unwrap_or(summary.accuracy),
        unsure: summary
            .gap
            .is_some_and(|gap| gap.includes_zero() || summary.holm.is_some_and(|p| p >= 0.05)),
    }
}

/// The largest gap of a subject for a variable and a probe size.
fn best<'s>(subject: &'s Subject, variable: &str, layers: usize) -> Option<&'s Summary> {
    subject
        .summaries
        .iter()
        .filter(|s| s.variable == variable && s.layers == layers && s.offset == 0)
        .max_by(|a, b| value_of(a).total_cmp(&value_of(b)))
}

/// The gap, or the accuracy where there is none.
fn value_of(summary: &Summary) -> f64 {
    summary.gap.unwrap_or(summary.accuracy).value
}

/// Semantic content against the accuracy of the models.
fn of_content(content: &Content) -> String {
    let mut kinds: Vec<(String, Vec<(f64, f64)>)> = Vec::new();
    for (seed, _) in &content.r2 {
        let own = content.points.iter().filter(|one| one.seed == *seed);
        let points = own.map(|one| (one.content, one.exact)).collect();
        kinds.push((format!("seed {seed}"), points));
    }
    let alternative = content
        .points
        .iter()
        .map(|one| (one.alternative, one.exact));
    kinds.push(("other semantics".to_owned(), alternative.collect()));
    let axes = ("semantic content", "programs right");
    scatter(
        "Semantic content and accuracy at each checkpoint",
        axes,
        &kinds,
    )
}

fn r2(content: &Content) -> String {
    let each: Vec<String> = content
        .r2
        .iter()
        .map(|(seed, r2)| format!("{r2:.3} for seed {seed}"))
        .collect();
    format!(
        "The geometric mean of the accuracies of linear probes for {} at {}. R2 of a line: {}; all points together {:.3}; with \
         the accuracies under other semantics {:.3}.",
        content.variables.join(", "),
        content.place,
        each.join(", "),
        content.r2_all,
        content.r2_alternative
    )
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
            .filter_map(|subject| Some((at(subject), share_of(subject)?)))
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
            points: points(&|s| s.gap.unwrap_or(s.accuracy)),
        });
        series.push(Series {
            name: format!("{variable}: accuracy"),
            dashed: true,
            points: points(&|s| s.accuracy),
        });
    }
    series
}

/// The share of right programs, with the interval over models where there are several.
fn share_of(subject: &Subject) -> Option<Estimate> {
    let value = subject.exact?;
    Some(match subject.each.len() {
        0 | 1 => Estimate {
            value,
            low: value,
            high: value,
        },
        _ => tracestone_stats::mean_interval(&subject.each),
    })
}

fn causal_part(causal: &CausalReport) -> Causal<'_> {
    let variables = causal.variables().into_iter();
    Causal {
        right: format!("{:.1}", 100.0 * causal.right),
        moved: variables.map(|variable| moved(causal, variable)).collect(),
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

fn moved<'a>(causal: &'a CausalReport, variable: &'a str) -> Moved<'a> {
    let own = causal.effects.iter().filter(|e| e.variable == variable);
    let own: Vec<&Effect> = own.collect();
    let mut sites: Vec<String> = Vec::new();
    for effect in own.iter().filter(|e| e.change != Change::Input) {
        if !sites.contains(&effect.site) {
            sites.push(effect.site.clone());
        }
    }
    let mut maps = vec![effect_map(
        &own,
        &sites,
        "How much more often the answer is that of the other start",
        |e| Some(e.effect),
    )];
    if own.iter().any(|e| e.recovered.is_some()) {
        maps.push(effect_map(
            &own,
            &sites,
            "Change of the log odds of the two answers, as a share of what changing the text does",
            |e| e.recovered,
        ));
    }
    let input = own.iter().find(|e| e.change == Change::Input);
    Moved {
        variable,
        maps,
        bars: sites
            .iter()
            .filter_map(|site| effect_bars(&own, site))
            .collect(),
        input: input.map(|input| Input {
            effect: estimate(input.effect),
            word: estimate(input.word),
            cases: input.cases,
        }),
        unmoved: own.iter().map(|e| e.unmoved).max().unwrap_or(0),
    }
}

/// Map of the effects of whole vectors: sites down, tokens across.
fn effect_map(
    effects: &[&Effect],
    sites: &[String],
    title: &str,
    of: fn(&Effect) -> Option<Estimate>,
) -> String {
    let columns: Vec<String> = Words::ALL.map(|words| words.name().to_owned()).to_vec();
    let whole = effects.iter().filter(|e| e.change == Change::Whole);
    let cells = whole.filter_map(|effect| {
        let value = of(effect)?;
        Some(Cell {
            column: Words::ALL.iter().position(|words| *words == effect.words)?,
            row: sites.iter().position(|site| *site == effect.site)?,
            value,
            unsure: value.includes_zero(),
        })
    });
    let cells: Vec<Cell> = cells.collect();
    let across = "tokens whose hidden state is replaced";
    heat_map(title, across, &columns, sites, &cells)
}

/// Bars of the ways of moving a variable at a place, if it was moved there.
fn effect_bars(effects: &[&Effect], site: &str) -> Option<String> {
    let kinds = [
        ("whole vector", Change::Whole),
        ("means", Change::Mean),
        ("probe", Change::Probe),
        ("alternative semantics", Change::Alternative),
        ("random", Change::Random),
    ];
    let own: Vec<_> = effects.iter().filter(|e| e.site == site).collect();
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
                gap: summary.gap.map_or_else(String::new, estimate),
                holm: summary.holm.map_or_else(String::new, |p| format!("{p:.3}")),
                accuracy: estimate(summary.accuracy),
                alternative: summary
                    .alternative()
                    .map_or_else(String::new, |share| format!("{share:.3}")),
                chance: format!("{:.3}", summary.chance),
                beyond: summary
                    .beyond
                    .as_ref()
                    .and_then(|one| one.gap)
                    .map_or_else(String::new, estimate),
                beyond_accuracy: summary
                    .beyond
                    .as_ref()
                    .map_or_else(String::new, |one| estimate(one.accuracy)),
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

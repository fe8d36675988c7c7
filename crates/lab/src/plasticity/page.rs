//! Studies of plasticity as one page that needs nothing else.

use serde::Serialize;
use tracestone_eval::report::rendered;
use tracestone_plasticity::{Finding, LearnerReport, MeasureSummary, Report, StreamSettings};
use tracestone_stats::Estimate;

use super::plot::{Curve, colour, curves};
use super::{NamedReport, PlasticityReport};
use crate::error::Error;

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");

/// The values that the template shows. Drawings are safe as they are; all other text is escaped.
#[derive(Serialize)]
struct Page<'a> {
    style: &'static str,
    title: &'a str,
    studies: Vec<Study<'a>>,
}

#[derive(Serialize)]
struct Study<'a> {
    name: &'a str,
    about: String,
    measure: &'static str,
    curve: String,
    legend: Vec<Key<'a>>,
    rows: Vec<Row<'a>>,
    state: Vec<Drawing>,
    comparisons: Vec<Against<'a>>,
    settings: String,
}

#[derive(Serialize)]
struct Key<'a> {
    colour: String,
    name: &'a str,
}

/// One learner's line of the table of verdicts.
#[derive(Serialize)]
struct Row<'a> {
    colour: String,
    name: &'a str,
    finding: &'static str,
    class: &'static str,
    early: String,
    late: String,
    change: String,
    fresh: String,
    against: String,
    dead: String,
    rank: String,
    weight: String,
    renewed: String,
}

#[derive(Serialize)]
struct Drawing {
    title: &'static str,
    svg: String,
}

#[derive(Serialize)]
struct Against<'a> {
    name: &'a str,
    difference: String,
    p: String,
    words: &'static str,
}

/// The page of some studies.
///
/// # Errors
/// The template does not fit, which tests rule out.
pub(super) fn page(title: &str, report: &PlasticityReport) -> Result<String, Error> {
    let page = Page {
        style: STYLE,
        title,
        studies: report.studies.iter().map(study).collect::<Result<_, _>>()?,
    };
    let mut html = rendered(PAGE, page)?;
    // The engine takes the template's last line end away.
    html.push('\n');
    Ok(html)
}

fn study(named: &NamedReport) -> Result<Study<'_>, Error> {
    let report = &named.report;
    let classification = report.settings.stream.is_classification();
    let measure = if classification {
        "accuracy"
    } else {
        "squared error"
    };
    let curve: Vec<Curve> = own_curves(report, |learner| learner.curve.clone());
    let names = report.learners.iter().enumerate();
    let base = report
        .learners
        .first()
        .map_or("", |first| &first.learner.name);
    Ok(Study {
        name: &named.name,
        about: about(report),
        measure,
        curve: curves(&format!("{measure} of each learner"), "steps", &curve),
        legend: names
            .map(|(at, learner)| Key {
                colour: colour(at),
                name: &learner.learner.name,
            })
            .collect(),
        rows: report.learners.iter().enumerate().map(row).collect(),
        state: states(report),
        comparisons: report
            .comparisons
            .iter()
            .map(|one| Against {
                name: &one.other,
                difference: signed(one.difference),
                p: p_value(one.p),
                words: match (one.p < 0.05, one.difference.value < 0.0) {
                    (false, _) => "not told apart",
                    (true, true) => "better",
                    (true, false) => "worse",
                },
            })
            .collect(),
        settings: serde_json::to_string_pretty(&serde_json::json!({
            "settings": report.settings,
            "pictures": report.pictures,
            "compared with": base,
            "learners": report.learners.iter().map(|one| &one.learner).collect::<Vec<_>>(),
        }))?,
    })
}

fn own_curves(
    report: &Report,
    points: impl Fn(&LearnerReport) -> Vec<(u64, Estimate)>,
) -> Vec<Curve> {
    let all = report.learners.iter().enumerate();
    all.map(|(at, learner)| Curve {
        colour: at,
        name: learner.learner.name.clone(),
        points: points(learner),
    })
    .collect()
}

/// One number of a measurement.
type Reading = fn(&MeasureSummary) -> Estimate;

/// The curves of measurements.
fn states(report: &Report) -> Vec<Drawing> {
    let drawings: [(&'static str, Reading); 4] = [
        ("Share of dead units", |m| m.dead),
        ("Effective rank of the last hidden layer", |m| {
            m.effective_rank
        }),
        ("Mean absolute weight", |m| m.weight),
        ("Norm of the gradient of a sample", |m| m.gradient),
    ];
    let drawing = |(title, of): (&'static str, Reading)| Drawing {
        title,
        svg: curves(
            title,
            "steps",
            &own_curves(report, |learner| {
                let hidden =
                    !learner.learner.linear || !title.contains("unit") && !title.contains("rank");
                let points = learner.measures.iter().filter(|_| hidden);
                points.map(|m| (m.step, of(m))).collect()
            }),
        ),
    };
    drawings.into_iter().map(drawing).collect()
}

/// A sentence about the stream.
fn about(report: &Report) -> String {
    let settings = &report.settings;
    let task = match &settings.stream {
        StreamSettings::Regression(own) => {
            let change = match own.change {
                tracestone_plasticity::Change::One => "one of them flips",
                tracestone_plasticity::Change::All => "all of them are drawn anew",
            };
            format!(
                "{} input bits, of which {} stay the same for {} steps, then {change}; the target is a fixed network of {} \
                 threshold units, larger than the learner's",
                own.bits, own.slow, own.period, own.units
            )
        }
        StreamSettings::Digits(own) => format!(
            "pictures of ten classes ({}), whose pixels change places every {} steps",
            report
                .pictures
                .as_deref()
                .unwrap_or("built in: noisy prototypes of 8 by 8"),
            own.period
        ),
        StreamSettings::Karel(own) => format!(
            "Karel programs of {} out of {} opcodes in a world of {} by {}; the class is the cell in which the hero ends. \
             After {} steps the opcodes are mapped to other actions, as by a rename of an interface, and the \
             programs are executed under the new names",
            own.length, own.opcodes, own.side, own.side, own.period
        ),
        StreamSettings::Classes(own) => format!(
            "built-in pictures; {} classes join every {} steps, up to {}",
            own.at_a_time, own.period, own.classes
        ),
    };
    let hidden: Vec<String> = settings.hidden.iter().map(ToString::to_string).collect();
    format!(
        "The stream: {task}. Each learner is a network with {} hidden {} units, which sees each sample once, one at a \
         time; {} steps, {} seeds.",
        hidden.join(", "),
        settings.activation.name(),
        settings.steps,
        settings.seeds
    )
}

fn row((at, learner): (usize, &LearnerReport)) -> Row<'_> {
    let verdict = &learner.verdict;
    let (finding, class) = match verdict.finding {
        Finding::Lost => ("lost plasticity", "no"),
        Finding::Kept => ("better than fresh", "yes"),
        Finding::Undecided => ("like a fresh network", "even"),
        Finding::Diverged => ("diverged", "no"),
    };
    let last = learner.measures.last();
    let shown = |of: fn(&MeasureSummary) -> Estimate, digits: usize| {
        last.map_or_else(String::new, |m| format!("{:.digits$}", of(m).value))
    };
    let hidden = |text: String| {
        if learner.learner.linear {
            "–".to_owned()
        } else {
            text
        }
    };
    Row {
        colour: colour(at),
        name: &learner.learner.name,
        finding,
        class,
        early: plain(verdict.early),
        late: plain(verdict.late),
        change: signed(verdict.change),
        fresh: plain(verdict.fresh),
        against: signed(verdict.against_fresh),
        dead: hidden(last.map_or_else(String::new, |m| format!("{:.0} %", 100.0 * m.dead.value))),
        rank: hidden(shown(|m| m.effective_rank, 1)),
        weight: shown(|m| m.weight, 3),
        renewed: match learner.learner.reset {
            None => "–".to_owned(),
            Some(_) => format!("{:.0}", learner.renewed),
        },
    }
}

fn plain(value: Estimate) -> String {
    format!("{:.3} ± {:.3}", value.value, (value.high - value.low) / 2.0)
}

fn signed(value: Estimate) -> String {
    format!(
        "{:+.3} [{:+.3}, {:+.3}]",
        value.value, value.low, value.high
    )
}

fn p_value(p: f64) -> String {
    if p < 0.001 {
        "< 0.001".to_owned()
    } else {
        format!("{p:.3}")
    }
}

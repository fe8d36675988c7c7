//! The report as one page that needs nothing else.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::Value;
use tracestone_interp::probe::{Estimate, Summary};
use tracestone_interp::report::{ProbeReport, Role, Subject, mean_alternative};
use tracestone_record::words::counted;

use super::patching::{CausalReport, Change, Effect};
use super::plot::{Cell, Group, Series, bars, curves, escape, heat_map};
use super::words::Words;

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;max-width:1000px;margin:2rem auto;padding:0 1rem;color:#111;\
background:#fff}svg{font:12px system-ui,sans-serif;max-width:100%;height:auto;display:block;margin:1rem 0}\
table{border-collapse:collapse;font-size:13px;margin:1rem 0}td,th{padding:3px 10px;border-bottom:1px solid #ddd;text-align:left}\
td.n{text-align:right;font-variant-numeric:tabular-nums}h2{margin-top:2.2rem}.yes{color:#0b5fa5}.no{color:#b03a48;font-weight:600}\
pre{background:#f5f5f5;padding:1rem;overflow:auto;font-size:12px}";

/// The page.
pub(crate) fn page(summary: &Value, probes: &ProbeReport, causal: Option<&CausalReport>) -> String {
    let mut html = format!(
        "<!doctype html><html lang='en'><head><meta charset='utf-8'><title>What a small model holds of \
         Karel</title><style>{STYLE}</style></head><body><h1>What a small model holds of Karel</h1>\
         <p>A model was trained to say where a Karel program ends. Probes look for the states in between, which it was never \
         shown, in its hidden states. What counts is the <b>gap</b>: how much better a probe finds the states that the \
         program really went through than those it would have gone through had its words meant something else. What a probe \
         can work out from the words alone, it can work out for both.</p>"
    );
    verdicts(&mut html, summary);
    gaps(&mut html, probes);
    progress(&mut html, probes);
    if let Some(causal) = causal {
        effects(&mut html, causal);
        meanings(&mut html, causal);
        scm(&mut html, causal);
    }
    tables(&mut html, probes);
    let settings = serde_json::json!({
        "experiment": summary["settings"], "probes": probes.settings,
        "causal": causal.map(|causal| &causal.settings), "seconds": summary["seconds"],
    });
    let text = serde_json::to_string_pretty(&settings).unwrap_or_default();
    let _ = writeln!(
        html,
        "<h2>Settings and seeds</h2><pre>{}</pre></body></html>",
        escape(&text)
    );
    html
}

fn verdicts(html: &mut String, summary: &Value) {
    let Some(verdicts) = summary["verdicts"].as_array() else {
        return;
    };
    html.push_str("<h2>What it was to show</h2><ul>");
    for verdict in verdicts {
        let (class, word) = if verdict["holds"] == Value::Bool(true) {
            ("yes", "holds")
        } else {
            ("no", "does not hold")
        };
        let claim = escape(verdict["claim"].as_str().unwrap_or(""));
        let _ = write!(
            html,
            "<li><span class='{class}'>{word}:</span> {claim}</li>"
        );
    }
    html.push_str("</ul>");
}

fn gaps(html: &mut String, probes: &ProbeReport) {
    if probes.subjects.is_empty() {
        return;
    }
    html.push_str(
        "<h2>Gap by place and time</h2><p>Rows are places in the model, columns steps from the word that has just been read to \
         the state that is looked for: negative ones lie in the past. Grey values in brackets may be nothing.</p>",
    );
    for role in [Role::Trained, Role::Untrained] {
        let Some(subject) = probes.subject(role) else {
            continue;
        };
        let layers: BTreeSet<usize> = subject.summaries.iter().map(|s| s.layers).collect();
        for variable in variables(subject) {
            for layers in &layers {
                html.push_str(&map(subject, &variable, *layers));
            }
        }
    }
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
    let across = "steps from the word read to the state";
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

fn progress(html: &mut String, probes: &ProbeReport) {
    let steps: Vec<&Subject> = probes
        .subjects
        .iter()
        .filter(|subject| subject.role == Role::Checkpoint)
        .collect();
    let Some(last) = steps.last() else {
        return;
    };
    html.push_str("<h2>Over training</h2>");
    let at = |subject: &Subject| subject.step.unwrap_or(0) as f64;
    let layers: BTreeSet<usize> = last.summaries.iter().map(|s| s.layers).collect();
    for layers in layers {
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
            let here = |subject: &&Subject| -> Option<Summary> {
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
        let title = format!("Model accuracy and what a {} finds", size(layers));
        html.push_str(&curves(&title, "training step", &series));
    }
}

fn exactly(value: f64) -> Estimate {
    Estimate {
        value,
        low: value,
        high: value,
    }
}

fn effects(html: &mut String, causal: &CausalReport) {
    html.push_str(
        "<h2>Where the facing goes through</h2><p>Each text is read beside the same one whose hero looks elsewhere at the \
         start, and the second one's hidden state is put in the place of the first one's at some words (columns) and one place \
         in the model (rows). The first map says how much more often the model then gives the whole answer that the \
         interpreter computes for the turned hero, the second one how far it goes towards it.</p>",
    );
    let mut sites: Vec<String> = Vec::new();
    for effect in causal.effects.iter().filter(|e| e.change != Change::Input) {
        if !sites.contains(&effect.site) {
            sites.push(effect.site.clone());
        }
    }
    let columns: Vec<String> = Words::ALL.map(|words| words.name().to_owned()).to_vec();
    let mut trace = |title: &str, of: fn(&Effect) -> Estimate| {
        let whole = causal.effects.iter();
        let whole = whole.filter(|e| e.change == Change::Whole);
        let cells = whole.filter_map(|effect| {
            Some(Cell {
                column: Words::ALL.iter().position(|words| *words == effect.words)?,
                row: sites.iter().position(|site| *site == effect.site)?,
                value: of(effect),
            })
        });
        let cells: Vec<Cell> = cells.collect();
        html.push_str(&heat_map(
            title,
            "words whose hidden state is replaced",
            &columns,
            &sites,
            &cells,
        ));
    };
    trace("How much more often the answer is the turned hero's", |e| {
        e.effect
    });
    trace(
        "Change of the log odds of the two answers, as a share of what turning the hero in the text does",
        |e| e.recovered,
    );
    html.push_str(
        "<h2>Moving the facing along what a probe reads</h2><p>At each word the hidden state is moved from the mean for the \
         hero's facing to that for the turned one: in all directions (means), or within those that a linear probe reads \
         (probe). A bar says how much more often the answer's last word, the final facing, is that of the turned hero. Controls: the directions of a probe for the \
         same texts under another meaning, and a random direction, as far as the probe's.</p>",
    );
    let kinds = [
        ("whole vector", Change::Whole),
        ("means", Change::Mean),
        ("probe", Change::Probe),
        ("alternative meaning", Change::Alternative),
        ("random", Change::Random),
    ];
    for site in &sites {
        let own: Vec<_> = causal.effects.iter().filter(|e| e.site == *site).collect();
        if !own.iter().any(|e| e.change == Change::Probe) {
            continue;
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
        html.push_str(&bars(&site.replace("hook_", ""), &names, &groups));
    }
    if let Some(input) = causal.effects.iter().find(|e| e.change == Change::Input) {
        let _ = write!(
            html,
            "<p>Turning the hero in the text itself, the total effect: {} for the whole answer, {} for its last word; {} cases.</p>",
            estimate(input.effect),
            estimate(input.word),
            input.cases
        );
    }
}

fn meanings(html: &mut String, causal: &CausalReport) {
    html.push_str(
        "<h2>The same texts, executed under other meanings</h2><table><tr><th>meaning<th>texts with another result\
         <th>the model gives that result<th>the model gives the original's</tr>",
    );
    for twin in &causal.meanings {
        let _ = write!(
            html,
            "<tr><td>{}<td class=n>{}<td class=n>{}<td class=n>{}</tr>",
            escape(&twin.semantics),
            twin.texts,
            estimate(twin.agrees),
            estimate(twin.agrees_original)
        );
    }
    html.push_str("</table>");
}

fn estimate(value: Estimate) -> String {
    format!("{:.3} [{:.3}, {:.3}]", value.value, value.low, value.high)
}

fn scm(html: &mut String, causal: &CausalReport) {
    html.push_str(
        "<h2>How the data comes about</h2><table><tr><th>node<th>kind<th>made of<th>how</tr>",
    );
    for node in causal.scm["nodes"].as_array().into_iter().flatten() {
        let text = |name: &str| escape(node[name].as_str().unwrap_or(""));
        let parents: Vec<&str> = node["parents"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|parent| parent.as_str())
            .collect();
        let _ = write!(
            html,
            "<tr><td>{}<td>{}<td>{}<td>{}</tr>",
            text("name"),
            text("kind"),
            escape(&parents.join(", ")),
            text("mechanism")
        );
    }
    html.push_str("</table>");
}

fn tables(html: &mut String, probes: &ProbeReport) {
    if probes.subjects.is_empty() {
        return;
    }
    html.push_str("<h2>Numbers at the word's own state</h2>");
    for subject in &probes.subjects {
        if subject.role == Role::Checkpoint {
            continue;
        }
        let _ = write!(
            html,
            "<h3>{}</h3><table><tr><th>variable<th>place<th>hidden layers<th>gap<th>original\
             <th>alternative<th>most frequent value<th>states<th>programs<th>replicates</tr>",
            escape(&subject.name)
        );
        for row in subject.summaries.iter().filter(|row| row.offset == 0) {
            let _ = write!(
                html,
                "<tr><td>{}<td>{}<td class=n>{}<td class=n>{}<td class=n>{:.3}<td class=n>{:.3}\
                 <td class=n>{:.3}<td class=n>{}<td class=n>{}<td class=n>{}</tr>",
                escape(&row.variable),
                escape(&row.site),
                row.layers,
                estimate(row.gap),
                row.original,
                mean_alternative(row),
                row.chance,
                row.states,
                row.programs,
                row.replicates
            );
        }
        html.push_str("</table>");
        by_step(html, subject);
    }
}

/// How gaps hold at other depths.
fn by_step(html: &mut String, subject: &Subject) {
    let steps: BTreeSet<i32> = subject
        .summaries
        .iter()
        .flat_map(|summary| summary.by_step.keys().copied())
        .collect();
    html.push_str("<p>Gap by the number of actions that were read:</p><table><tr><th>variable<th>place<th>hidden layers");
    for step in &steps {
        let _ = write!(html, "<th>{step}");
    }
    html.push_str("</tr>");
    for row in subject.summaries.iter().filter(|row| row.offset == 0) {
        let _ = write!(
            html,
            "<tr><td>{}<td>{}<td class=n>{}",
            escape(&row.variable),
            escape(&row.site),
            row.layers
        );
        for step in &steps {
            let value = row.by_step.get(step);
            let value = value.map_or(String::new(), |gap| format!("{:+.2}", gap.value));
            let _ = write!(html, "<td class=n>{value}");
        }
        html.push_str("</tr>");
    }
    html.push_str("</table>");
}

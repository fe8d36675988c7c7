//! One page that needs no network: the score, and every item with prompt, response and verdict.
//!
//! Prompts and responses are untrusted. The initial page is escaped by the template engine. Items are in a
//! block of JSON that no browser executes, one item a line, and a small script inserts the selected one into
//! the page as text. The page's policy allows that script alone, by its hash.

use std::collections::BTreeMap;

use serde::Serialize;
use tracestone_record::outside::PAGE_SCRIPT;
use tracestone_record::words::{counted, grouped};

use super::divergence::{Divergence, divergence};
use super::hash::sha256_base64;
use super::page::{embedded, rendered, slices_of, title};
use super::terminal::{beside, percent, plain};
use super::{Results, Told};
use crate::figure::Figure;
use crate::item::Item;
use crate::judge::{Judge, Status, Verdict};
use crate::log::Reply;
use crate::model::{Message, Stop, Usage};
use crate::score::{Score, Slice};
use crate::seen::Seen;

const PAGE: &str = include_str!("page/page.html");
const STYLE: &str = include_str!("page/page.css");
/// The sign between groups of three digits.
const THIN_SPACE: char = '\u{2009}';
const SCRIPT: &str = concat!(include_str!("page/common.js"), include_str!("page/page.js"));

/// Data of the page's template.
#[derive(Debug, Serialize)]
struct Page<'a> {
    task: &'a str,
    model: &'a str,
    created: &'a str,
    settings: Vec<(&'static str, String)>,
    accuracy: String,
    interval: String,
    counted: String,
    missing: Option<String>,
    /// The model first, then the references.
    bars: Vec<Bar>,
    statuses: Vec<StatusRow>,
    numbers: Vec<(String, String)>,
    measures: Option<MeasureTable>,
    slices: Vec<FactTable>,
    style: &'static str,
    script: String,
    script_hash: String,
    index: String,
    items: String,
}

/// A share on the scale from 0 to 100 %; places are in per cent.
#[derive(Debug, Serialize)]
struct Bar {
    name: String,
    text: String,
    value: f64,
    low: Option<f64>,
    width: f64,
    /// Maximal score that missing responses could add.
    more: f64,
}

#[derive(Debug, Serialize)]
struct StatusRow {
    status: &'static str,
    label: String,
    count: u64,
    share: String,
    /// For the bar: its part in per cent.
    width: f64,
    reasons: String,
}

#[derive(Debug, Serialize)]
struct FactTable {
    /// As items name it.
    name: String,
    /// As people read it.
    fact: String,
    rows: Vec<SliceRow>,
}

/// A judge's own numbers: a row each, a column for the model and each reference.
#[derive(Debug, Serialize)]
struct MeasureTable {
    others: Vec<String>,
    rows: Vec<MeasureRow>,
}

#[derive(Debug, Serialize)]
struct MeasureRow {
    /// True for a number of a part of the items, which is folded away.
    part: bool,
    title: String,
    value: String,
    interval: String,
    others: Vec<String>,
    note: String,
}

#[derive(Debug, Serialize)]
struct SliceRow {
    value: String,
    of: usize,
    accuracy: String,
    interval: String,
    at: f64,
    low: f64,
    width: f64,
}

/// An item in the list.
#[derive(Debug, Serialize)]
struct IndexRow<'a> {
    id: &'a str,
    title: String,
    kind: &'a str,
    statuses: Vec<&'static str>,
    credit: f64,
    gold: String,
    /// For each fact by which the score is sliced, the value that the item counts under.
    slices: BTreeMap<String, String>,
}

/// An item in the page's JSON.
#[derive(Debug, Serialize)]
struct Shown<'a> {
    id: &'a str,
    kind: &'a str,
    cluster: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    date: Option<&'a str>,
    gold: &'a str,
    messages: &'a [Message],
    facts: &'a BTreeMap<String, serde_json::Value>,
    responses: Vec<ShownResponse<'a>>,
}

#[derive(Debug, Serialize)]
struct ShownResponse<'a> {
    verdict: &'a Verdict,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stop: Option<Stop>,
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<Usage>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seconds: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attempts: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    divergence: Option<Divergence>,
    #[serde(skip_serializing_if = "Option::is_none")]
    figure: Option<Figure>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seen: Option<Seen>,
}

/// The page; `judge`, where it is known, draws the answers.
///
/// # Errors
/// The template does not fit, which tests rule out.
pub fn page(results: &Results<'_>, judge: Option<&dyn Judge>) -> Result<String, minijinja::Error> {
    rendered(PAGE, content(results, judge))
}

fn content<'a>(results: &Results<'a>, judge: Option<&dyn Judge>) -> Page<'a> {
    let score = &results.scored.score;
    let (index, items) = blocks(results, judge);
    let script = [PAGE_SCRIPT, SCRIPT].concat();
    Page {
        task: &results.header.task,
        model: &results.header.model,
        created: &results.header.created,
        settings: settings(results),
        accuracy: accuracy(score),
        interval: match score.is_of_something() {
            false => "none of the items was answered and judged".to_owned(),
            true => format!(
                "95 %: {} to {} ({})",
                percent(score.interval.low),
                percent(score.interval.high),
                score.interval.method.name()
            ),
        },
        counted: item_counts(results),
        missing: (score.is_of_something() && score.at_best > score.accuracy).then(|| {
            format!(
                "Not all items were answered: it is {} if none of these were correct, {} if all were.",
                percent(score.accuracy),
                percent(score.at_best)
            )
        }),
        bars: bars(results),
        statuses: statuses(results),
        numbers: numbers(results),
        measures: measures(results),
        slices: slices(&score.slices),
        style: STYLE,
        script_hash: sha256_base64(&script),
        script,
        index,
        items,
    }
}

fn accuracy(score: &Score) -> String {
    match score.is_of_something() {
        true => percent(score.accuracy),
        false => "no score".to_owned(),
    }
}

fn item_counts(results: &Results<'_>) -> String {
    let score = &results.scored.score;
    let mut text = counted(score.items as u64, "item");
    if score.clusters != score.items {
        text.push_str(&format!(
            " in {}",
            counted(score.clusters as u64, "cluster")
        ));
    }
    if score.epochs > 1 {
        text.push_str(&format!(", {} responses each", score.epochs));
    }
    text
}

fn settings(results: &Results<'_>) -> Vec<(&'static str, String)> {
    let header = results.header;
    let (judge, version) = &results.scored.judge;
    let parameters: Vec<_> = header
        .parameters
        .iter()
        .map(|(name, value)| format!("{name} = {value}"))
        .collect();
    let generation = &header.generation;
    let number = |value: Option<f64>| value.map(|value| value.to_string());
    let rows = [
        ("began", Some(header.created.clone())),
        ("last answer", Some(results.finished().to_owned())),
        ("temperature", number(generation.temperature)),
        ("top p", number(generation.top_p)),
        (
            "tokens at most",
            generation.max_tokens.map(|tokens| tokens.to_string()),
        ),
        ("seed", generation.seed.map(|seed| seed.to_string())),
        (
            "ends at",
            (!generation.stop_seqs.is_empty()).then(|| format!("{:?}", generation.stop_seqs)),
        ),
        ("parameters", Some(parameters.join(", "))),
        ("address", Some(header.endpoint.clone())),
        ("items from", Some(header.data.clone())),
        ("judge", Some(format!("{judge}, version {version}"))),
        ("hash of the task", Some(header.task_hash.clone())),
        ("hash of the items", Some(header.items_hash.clone())),
        ("run", Some(header.folder())),
        ("made by", Some(header.tool.clone())),
    ];
    rows.into_iter()
        .filter_map(|(name, value)| Some((name, value.filter(|value| !value.is_empty())?)))
        .collect()
}

fn bars(results: &Results<'_>) -> Vec<Bar> {
    let score = &results.scored.score;
    let model = Bar {
        name: results.header.model.clone(),
        text: accuracy(score),
        value: 100.0 * score.accuracy,
        low: score
            .is_of_something()
            .then_some(100.0 * score.interval.low),
        width: 100.0 * (score.interval.high - score.interval.low),
        more: 100.0 * (score.at_best - score.accuracy),
    };
    let references = results.scored.references.iter().map(|(name, value)| Bar {
        name: format!("no model: {name}"),
        text: percent(*value),
        value: 100.0 * value,
        low: None,
        width: 0.0,
        more: 0.0,
    });
    [model].into_iter().chain(references).collect()
}

fn measures(results: &Results<'_>) -> Option<MeasureTable> {
    let all = &results.scored.measures;
    let others: std::collections::BTreeSet<_> = all
        .iter()
        .flat_map(|one| beside(&one.without_model).map(|(name, _)| name.clone()))
        .collect();
    let rows = all.iter().map(|one| MeasureRow {
        // Names of parts follow the measure's own after a point.
        part: one.measure.name.contains('.'),
        title: one.measure.title.clone(),
        value: plain(one.measure.value),
        interval: one
            .measure
            .interval
            .map(|(low, high)| format!("{low:.4} to {high:.4}"))
            .unwrap_or_default(),
        others: others
            .iter()
            .map(|name| plain(one.without_model.get(name).copied()))
            .collect(),
        note: one.measure.note.clone(),
    });
    let rows: Vec<_> = rows.collect();
    (!rows.is_empty()).then(|| MeasureTable {
        others: others.into_iter().collect(),
        rows,
    })
}

fn statuses(results: &Results<'_>) -> Vec<StatusRow> {
    let score = &results.scored.score;
    let all: u64 = score.statuses.values().sum();
    let rows = Status::ALL.into_iter().filter_map(|status| {
        let count = *score.statuses.get(&status)?;
        let share = count as f64 / all as f64;
        let prefix = format!("{}/", status.name());
        let mut reasons: Vec<_> = score
            .reasons
            .iter()
            .filter_map(|(name, count)| Some((name.strip_prefix(&prefix)?, count)))
            .collect();
        reasons.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
        let reasons: Vec<_> = reasons
            .iter()
            .map(|(name, count)| format!("{} {count}", name.replace('_', " ")))
            .collect();
        Some(StatusRow {
            status: status.name(),
            label: status.name().replace('_', " "),
            count,
            share: percent(share),
            width: 100.0 * share,
            reasons: reasons.join(", "),
        })
    });
    rows.collect()
}

/// Numbers next to the headline, as far as available.
fn numbers(results: &Results<'_>) -> Vec<(String, String)> {
    let score = &results.scored.score;
    let mut rows: Vec<(String, String)> = Vec::new();
    let mut add = |name: &str, value: String| rows.push((name.to_owned(), value));
    if score.credit > score.accuracy + 1e-9 {
        add("with partial credit", percent(score.credit));
    }
    for (k, value) in &score.pass_at {
        add(&format!("pass@{k}"), percent(*value));
    }
    if let Some(majority) = score.majority {
        add("majority vote", percent(majority));
    }
    if let Some(sampling) = score.variance.sampling {
        let items = score.variance.items;
        add("standard error", percent((items + sampling).sqrt()));
        add("of it from the choice of items", percent(items.sqrt()));
        add("of it from sampling", percent(sampling.sqrt()));
    }
    if let Some(compat) = &results.scored.compat {
        for (k, value) in &compat.pass_at {
            add(
                &format!("the original scorer's pass@{k} ({})", compat.scorer.name()),
                format!("{:.4}", 100.0 * value),
            );
        }
    }
    if let Some(usage) = score.usage {
        add("tokens in", grouped(usage.input_tokens, THIN_SPACE));
        if usage.cached_tokens > 0 {
            add("of them cached", grouped(usage.cached_tokens, THIN_SPACE));
        }
        add("tokens out", grouped(usage.output_tokens, THIN_SPACE));
        if usage.reasoning_tokens > 0 {
            add(
                "of them thought",
                grouped(usage.reasoning_tokens, THIN_SPACE),
            );
        }
    }
    if let Some(cost) = results.scored.cost {
        add("cost", format!("{cost:.4}"));
    }
    rows
}

/// Facts with more than one value, each with its rows.
fn slices(slices: &[Slice]) -> Vec<FactTable> {
    let mut tables: Vec<FactTable> = Vec::new();
    for slice in slices {
        let fact = slice.fact.replace('_', " ");
        let row = SliceRow {
            value: slice.value.clone(),
            of: slice.items,
            accuracy: percent(slice.accuracy),
            interval: format!(
                "{} to {}",
                percent(slice.interval.low),
                percent(slice.interval.high)
            ),
            at: 100.0 * slice.accuracy,
            low: 100.0 * slice.interval.low,
            width: 100.0 * (slice.interval.high - slice.interval.low),
        };
        match tables.last_mut() {
            Some(table) if table.name == slice.fact => table.rows.push(row),
            _ => tables.push(FactTable {
                name: slice.fact.clone(),
                fact,
                rows: vec![row],
            }),
        }
    }
    tables.retain(|table| table.rows.len() > 1);
    tables
}

/// The list of items, and the items, one a line in the same order.
fn blocks(results: &Results<'_>, judge: Option<&dyn Judge>) -> (String, String) {
    let mut index = Vec::new();
    let mut shown: Vec<Shown<'_>> = Vec::new();
    let items: Vec<Item> = results.asked.iter().map(|one| one.item.clone()).collect();
    let mut slices = slices_of(&items, &results.header.slices);
    for told in results.told() {
        if told.repeat == 0 {
            let row = &results.verdicts[told.index];
            let slices = std::mem::take(&mut slices[told.index]);
            index.push(index_row(told, row, slices));
            shown.push(Shown {
                id: &told.asked.item.id,
                kind: &told.asked.item.kind,
                cluster: &told.asked.item.cluster,
                date: told.asked.item.date.as_deref(),
                gold: &told.asked.item.answer,
                messages: &told.asked.messages,
                facts: &told.asked.item.facts,
                responses: Vec::new(),
            });
        }
        if let Some(item) = shown.last_mut() {
            item.responses.push(response(results, told, judge));
        }
    }
    let lines: Vec<_> = shown.iter().map(embedded).collect();
    (embedded(&index), lines.join("\n"))
}

fn index_row<'a>(
    told: Told<'a>,
    row: &[Verdict],
    slices: BTreeMap<String, String>,
) -> IndexRow<'a> {
    let credit: f64 = row.iter().map(|verdict| verdict.credit).sum();
    let item = &told.asked.item;
    IndexRow {
        id: &item.id,
        title: title(item),
        kind: &item.kind,
        statuses: row.iter().map(|verdict| verdict.status.name()).collect(),
        credit: credit / row.len().max(1) as f64,
        gold: item.answer.chars().take(80).collect(),
        slices,
    }
}

fn response<'a>(
    results: &Results<'a>,
    told: Told<'a>,
    judge: Option<&dyn Judge>,
) -> ShownResponse<'a> {
    let (response, error) = match told.entry.map(|entry| &entry.reply) {
        Some(Reply::Response(response)) => (Some(response), None),
        Some(Reply::Error(error)) => (None, Some(error.to_string())),
        None => (None, None),
    };
    let answer = told.verdict.answer.as_deref();
    ShownResponse {
        verdict: told.verdict,
        text: response.map(|response| response.text.as_str()),
        reasoning: response.and_then(|response| response.reasoning.as_deref()),
        error,
        stop: response.map(|response| response.stop),
        usage: response.and_then(|response| response.usage),
        seconds: told.entry.map(|entry| entry.seconds),
        attempts: told.entry.map(|entry| entry.attempts),
        divergence: answer
            .and_then(|answer| divergence(&results.header.judge, &told.asked.item, answer)),
        figure: judge
            .and_then(|judge| judge.figure(&told.asked.item, told.verdict))
            .map(Figure::rounded),
        seen: judge.and_then(|judge| judge.seen(&told.asked.item, told.verdict)),
    }
}

#[cfg(test)]
mod tests {
    use tracestone_record::outside;

    use super::*;
    use crate::report::fixture::{Fixture, HOSTILE};

    fn block<'a>(page: &'a str, id: &str) -> &'a str {
        let start = format!("<script type=\"application/json\" id=\"{id}\">");
        let at = page.find(&start).unwrap() + start.len();
        let length = page[at..].find("</script>").unwrap();
        &page[at..at + length]
    }

    #[test]
    fn hostile_text_stays_text() {
        let fixture = Fixture::new();
        let page = page(&fixture.results(), None).unwrap();
        // Two blocks of data and the script, and nothing that a response brought along.
        assert_eq!(page.matches("<script").count(), 3);
        assert_eq!(page.matches("</script").count(), 3);
        assert!(!page.contains("<img"));
        assert!(!page.contains("<!--"));
        assert!(!page.contains("openai/a<b>"));
        assert!(page.contains("openai&#x2f;a&lt;b&gt;&amp;&quot;c"));
        let item: serde_json::Value =
            serde_json::from_str(block(&page, "items").lines().next().unwrap()).unwrap();
        let text = item["responses"][0]["text"].as_str().unwrap();
        assert!(text.starts_with(&*outside::text(HOSTILE)), "{text}");
    }

    #[test]
    fn the_policy_allows_the_pages_own_script_alone() {
        let fixture = Fixture::new();
        let page = page(&fixture.results(), None).unwrap();
        let start = page.find("<script>").unwrap() + "<script>".len();
        let script = &page[start..start + page[start..].find("</script>").unwrap()];
        let allowed = format!("script-src 'sha256-{}'", sha256_base64(script));
        assert!(page.contains(&allowed), "{allowed}");
        // What items say stands in the blocks of data, where it is text.
        let own = page.replace(block(&page, "items"), "");
        for fetched in ["src=", "href=\"http", "url(", "@import"] {
            assert!(!own.contains(fetched), "{fetched}");
        }
    }

    #[test]
    fn the_page_has_every_item_and_number() {
        let fixture = Fixture::new();
        let page = page(&fixture.results(), None).unwrap();
        let index: serde_json::Value = serde_json::from_str(block(&page, "index")).unwrap();
        assert_eq!(
            index[0]["statuses"],
            serde_json::json!(["correct", "correct", "wrong"])
        );
        assert_eq!(
            index[1]["statuses"],
            serde_json::json!(["correct", "api_error", "missing"])
        );
        let lines: Vec<_> = block(&page, "items").lines().collect();
        assert_eq!(lines.len(), 2);
        let item: serde_json::Value = serde_json::from_str(lines[0]).unwrap();
        assert_eq!(item["responses"][2]["divergence"]["first"], 3);
        assert_eq!(item["responses"][0].get("divergence"), None);
        for shown in [
            "50.00 %",
            "83.33 %",
            "no model: constant",
            "0.0125",
            "differs 1",
        ] {
            assert!(page.contains(shown), "{shown}");
        }
    }
}

//! One page with two to five runs on the same items side by side: scores, differences, slices, and every item
//! with what each run said. It is made as the page of one run is: see [`super::html`].

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;
use serde_json::{Value, json};
use tracestone_record::outside::PAGE_SCRIPT;
use tracestone_record::words::counted;

use super::hash::sha256_base64;
use super::page::{embedded, rendered, slices_of, title};
use super::terminal::{p_value, percent};
use super::{Results, Told};
use crate::item::Item;
use crate::judge::Status;
use crate::log::Reply;
use crate::score::{self, item_values};
use crate::stats::{self, Comparison, Method};

const PAGE: &str = include_str!("page/compare.html");
const STYLE: &str = concat!(
    include_str!("page/page.css"),
    include_str!("page/compare.css")
);
const SCRIPT: &str = concat!(
    include_str!("page/common.js"),
    include_str!("page/compare.js")
);
/// Runs that a page has room for.
pub const MOST: usize = 5;

/// Two of the runs, by their places, and how they differ.
#[derive(Debug, Clone)]
pub struct Pair {
    /// The place of the first run.
    pub first: usize,
    /// The place of the second run.
    pub second: usize,
    /// The comparison of the two.
    pub comparison: Comparison,
}

/// A run, as a page of several shows it.
#[derive(Debug, Clone, Copy)]
pub struct Side<'a> {
    /// The run with its answers.
    pub results: Results<'a>,
    /// The name on the page.
    pub name: &'a str,
    /// The path to the run's folder.
    pub folder: &'a str,
}

#[derive(Debug, Serialize)]
struct Page<'a> {
    task: &'a str,
    counted: String,
    notes: &'a [String],
    runs: Vec<RunRow>,
    pairs: Vec<PairRow>,
    slices: Vec<FactTable>,
    style: &'static str,
    script: String,
    script_hash: String,
    names: String,
    index: String,
    items: String,
}

#[derive(Debug, Serialize)]
struct RunRow {
    letter: String,
    name: String,
    folder: String,
    accuracy: String,
    interval: String,
    value: f64,
    low: f64,
    width: f64,
    /// Status, words for people, count.
    statuses: Vec<(&'static str, String, usize)>,
}

#[derive(Debug, Serialize)]
struct PairRow {
    first: usize,
    second: usize,
    difference: String,
    interval: String,
    test: String,
    only_first: usize,
    only_second: usize,
    finding: &'static str,
}

#[derive(Debug, Serialize)]
struct FactTable {
    name: String,
    fact: String,
    rows: Vec<SliceRow>,
}

#[derive(Debug, Serialize)]
struct SliceRow {
    value: String,
    of: usize,
    cells: Vec<Cell>,
}

#[derive(Debug, Serialize)]
struct Cell {
    accuracy: String,
    interval: String,
    at: f64,
    low: f64,
    width: f64,
}

/// An item of all runs: its place in each.
struct Common {
    item: Item,
    places: Vec<usize>,
}

/// The page of several runs. Of each, `ids` are shown, which all of them have; the order is the first run's.
///
/// # Errors
/// The template does not fit, which tests rule out.
pub fn page(
    sides: &[Side<'_>],
    ids: &[&str],
    pairs: &[Pair],
    notes: &[String],
) -> Result<String, minijinja::Error> {
    rendered(PAGE, content(sides, ids, pairs, notes))
}

fn content<'a>(sides: &[Side<'a>], ids: &[&str], pairs: &[Pair], notes: &'a [String]) -> Page<'a> {
    let common = common(sides, ids);
    let items: Vec<Item> = common.iter().map(|one| one.item.clone()).collect();
    let values: Vec<Vec<f64>> = sides
        .iter()
        .enumerate()
        .map(|(run, side)| {
            let all = item_values(side.results.verdicts);
            common.iter().map(|one| all[one.places[run]]).collect()
        })
        .collect();
    let facts = sides
        .first()
        .map_or(&[][..], |side| &side.results.header.slices);
    let (index, lines) = blocks(sides, &common, &items, &values, facts);
    let names: Vec<Value> = sides
        .iter()
        .enumerate()
        .map(|(run, side)| json!({ "letter": letter(run), "name": side.name }))
        .collect();
    let script = [PAGE_SCRIPT, SCRIPT].concat();
    Page {
        task: sides.first().map_or("", |side| &side.results.header.task),
        counted: counted(items.len() as u64, "item"),
        notes,
        runs: runs(sides, &common, &items, &values),
        pairs: pairs.iter().map(pair_row).collect(),
        slices: slices(&items, &values, facts),
        style: STYLE,
        script_hash: sha256_base64(&script),
        script,
        names: embedded(&names),
        index,
        items: lines,
    }
}

/// The letter of a run.
fn letter(run: usize) -> String {
    char::from(b'A' + u8::try_from(run.min(25)).unwrap_or(0)).to_string()
}

fn common(sides: &[Side<'_>], ids: &[&str]) -> Vec<Common> {
    let places: Vec<HashMap<&str, usize>> = sides
        .iter()
        .map(|side| {
            let asked = side.results.asked.iter().enumerate();
            asked
                .map(|(index, one)| (one.item.id.as_str(), index))
                .collect()
        })
        .collect();
    let wanted: std::collections::HashSet<&str> = ids.iter().copied().collect();
    let first = sides.first().map_or(&[][..], |side| side.results.asked);
    first
        .iter()
        .filter(|one| wanted.contains(one.item.id.as_str()))
        .filter_map(|one| {
            let of_each = places
                .iter()
                .map(|of| of.get(one.item.id.as_str()).copied());
            Some(Common {
                item: one.item.clone(),
                places: of_each.collect::<Option<_>>()?,
            })
        })
        .collect()
}

fn runs(sides: &[Side<'_>], common: &[Common], items: &[Item], values: &[Vec<f64>]) -> Vec<RunRow> {
    let clusters: Vec<&str> = items.iter().map(|item| item.cluster.as_str()).collect();
    let rows = sides.iter().zip(values).enumerate();
    rows.map(|(run, (side, values))| {
        let accuracy = stats::mean(values);
        let interval = stats::interval(values, &clusters);
        let mut counts: BTreeMap<Status, usize> = BTreeMap::new();
        for one in common {
            for verdict in &side.results.verdicts[one.places[run]] {
                *counts.entry(verdict.status).or_default() += 1;
            }
        }
        RunRow {
            letter: letter(run),
            name: side.name.to_owned(),
            folder: side.folder.to_owned(),
            accuracy: percent(accuracy),
            interval: range(interval.low, interval.high, interval.method),
            value: 100.0 * accuracy,
            low: 100.0 * interval.low,
            width: 100.0 * (interval.high - interval.low),
            statuses: counts
                .into_iter()
                .map(|(status, count)| (status.name(), status.name().replace('_', " "), count))
                .collect(),
        }
    })
    .collect()
}

fn range(low: f64, high: f64, method: Method) -> String {
    match method {
        Method::OneCluster => "not known".to_owned(),
        _ => format!("{} to {}", percent(low), percent(high)),
    }
}

fn pair_row(pair: &Pair) -> PairRow {
    let Comparison {
        difference,
        interval,
        test,
        p,
        holm,
        only_first,
        only_second,
        ..
    } = &pair.comparison;
    let points = |share: f64| format!("{:+.2}", 100.0 * share);
    let corrected = if (holm - p).abs() > 1e-12 {
        format!("; after Holm's correction {}", p_value(*holm))
    } else {
        String::new()
    };
    PairRow {
        first: pair.first,
        second: pair.second,
        difference: points(*difference),
        interval: match interval.method {
            Method::OneCluster => "not known".to_owned(),
            _ => format!("{} to {}", points(interval.low), points(interval.high)),
        },
        test: format!("{}: {}{corrected}", test.name(), p_value(*p)),
        only_first: *only_first,
        only_second: *only_second,
        finding: pair.comparison.finding().name(),
    }
}

fn slices(items: &[Item], values: &[Vec<f64>], facts: &[String]) -> Vec<FactTable> {
    let mut tables: Vec<FactTable> = Vec::new();
    for group in score::groups(items, facts) {
        let cells = values.iter().map(|values| {
            let slice = score::slice(items, values, &group);
            Cell {
                accuracy: percent(slice.accuracy),
                interval: range(
                    slice.interval.low,
                    slice.interval.high,
                    slice.interval.method,
                ),
                at: 100.0 * slice.accuracy,
                low: 100.0 * slice.interval.low,
                width: 100.0 * (slice.interval.high - slice.interval.low),
            }
        });
        let row = SliceRow {
            value: group.value.clone(),
            of: group.members.len(),
            cells: cells.collect(),
        };
        match tables.last_mut() {
            Some(table) if table.name == group.fact => table.rows.push(row),
            _ => tables.push(FactTable {
                fact: group.fact.replace('_', " "),
                name: group.fact,
                rows: vec![row],
            }),
        }
    }
    tables.retain(|table| table.rows.len() > 1);
    tables
}

/// The list of items, and the items, one a line in the same order.
fn blocks(
    sides: &[Side<'_>],
    common: &[Common],
    items: &[Item],
    values: &[Vec<f64>],
    facts: &[String],
) -> (String, String) {
    let told: Vec<HashMap<usize, Vec<Told<'_>>>> = sides
        .iter()
        .map(|side| {
            let mut by_item: HashMap<usize, Vec<Told<'_>>> = HashMap::new();
            for told in side.results.told() {
                by_item.entry(told.index).or_default().push(told);
            }
            by_item
        })
        .collect();
    let mut slices = slices_of(items, facts);
    let mut index = Vec::new();
    let mut lines = Vec::new();
    for (number, one) in common.iter().enumerate() {
        let item = &one.item;
        let of_runs: Vec<&[Told<'_>]> = told
            .iter()
            .zip(&one.places)
            .map(|(of, place)| of.get(place).map_or(&[][..], Vec::as_slice))
            .collect();
        let statuses = of_runs.iter().map(|told| {
            let first = told.first().map(|told| told.verdict.status);
            first.unwrap_or(Status::Missing).name()
        });
        index.push(json!({
            "id": item.id,
            "title": title(item),
            "kind": item.kind,
            "values": values.iter().map(|values| values[number]).collect::<Vec<_>>(),
            "statuses": statuses.collect::<Vec<_>>(),
            "gold": item.answer.chars().take(80).collect::<String>(),
            "slices": std::mem::take(&mut slices[number]),
        }));
        let messages = of_runs.first().and_then(|told| told.first());
        let runs: Vec<Vec<Value>> = of_runs
            .iter()
            .map(|told| told.iter().map(response).collect())
            .collect();
        lines.push(embedded(&json!({
            "gold": item.answer,
            "messages": messages.map(|told| &told.asked.messages),
            "facts": item.facts,
            "runs": runs,
        })));
    }
    (embedded(&index), lines.join("\n"))
}

fn response(told: &Told<'_>) -> Value {
    let (text, reasoning, error) = match told.entry.map(|entry| &entry.reply) {
        Some(Reply::Response(response)) => {
            (Some(&response.text), response.reasoning.as_ref(), None)
        }
        Some(Reply::Error(error)) => (None, None, Some(error.to_string())),
        None => (None, None, None),
    };
    json!({ "verdict": told.verdict, "text": text, "reasoning": reasoning, "error": error })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture::Fixture;

    #[test]
    fn runs_stand_side_by_side_and_hostile_text_stays_text() {
        let (one, two) = (Fixture::new(), Fixture::new());
        let sides = [&one, &two].map(|fixture| Side {
            results: fixture.results(),
            name: "m<i>",
            folder: "logs/x",
        });
        let comparison = stats::compare(&[1.0, 0.0], &[0.0, 1.0], &["a", "b"]);
        let pairs = [Pair {
            first: 0,
            second: 1,
            comparison,
        }];
        let page = page(&sides, &["one", "two"], &pairs, &["careful".to_owned()]).unwrap();
        assert_eq!(page.matches("<script").count(), 4);
        assert_eq!(page.matches("</script").count(), 4);
        assert!(!page.contains("<img") && !page.contains("m<i>"));
        assert!(page.contains("careful"));
        let start = page.find("id=\"index\">").unwrap() + "id=\"index\">".len();
        let index = &page[start..start + page[start..].find("</script>").unwrap()];
        let index: Value = serde_json::from_str(index).unwrap();
        assert_eq!(index.as_array().unwrap().len(), 2);
        assert_eq!(index[0]["values"].as_array().unwrap().len(), 2);
        assert_eq!(index[0]["slices"]["steps"], "3-4");
    }
}

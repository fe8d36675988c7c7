//! Items: one for each series.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tracestone_eval::item::Item;
use tracestone_eval::track::{Files, Recipe, TrackError, content_hash};
use tracestone_series::baseline::season;
use tracestone_series::read::nab::{SUBSETS, Subset};
use tracestone_series::read::{self, Labels, ReadError};
use tracestone_series::{Anomaly, Recipe as Generated, Series, generate};

use super::answer::{Answer, pairs};
use super::program;

/// The part of an item that the judge and the episodes read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Material {
    /// The series with its truth.
    pub(super) series: Series,
    /// The length of a season in points.
    pub(super) season: usize,
    /// Seconds to which it is resampled before it is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) interval: Option<i64>,
}

impl Material {
    /// The material of an item; `None` if it is an item of another track.
    pub(super) fn of(item: &Item) -> Option<Self> {
        Material::deserialize(&item.material).ok()
    }
}

/// Settings of a task, and its parameters.
#[derive(Debug, Clone, Deserialize)]
#[serde(default)]
struct Make {
    /// Number of generated series; of files, all are taken.
    count: usize,
    /// Seed of the generated series.
    seed: u64,
    /// Points of a generated series.
    points: usize,
    /// Kinds of generated anomalies, with commas between them; all where it is empty.
    anomalies: String,
    /// The families that are taken of files, with commas between them; `paper` stands for the papers' five.
    subset: String,
    /// Seconds to which series are resampled: a number, 0 for none, or `paper`.
    interval: Value,
}

impl Default for Make {
    fn default() -> Self {
        Self {
            count: 20,
            seed: 0,
            points: 400,
            anomalies: String::new(),
            subset: String::new(),
            interval: Value::from("paper"),
        }
    }
}

/// The interval of the papers where no subset has one of its own: six hours.
const PAPER_INTERVAL: i64 = 21_600;

pub(super) fn make(recipe: &Recipe, files: Option<&dyn Files>) -> Result<Vec<Item>, TrackError> {
    let make: Make = recipe.read()?;
    if recipe.get("programs").is_some() {
        return program::items(recipe, programs_of(&make, files)?);
    }
    let Some(files) = files else {
        let generated = Generated {
            points: make.points,
            kinds: kinds(&make.anomalies)?,
            ..Generated::default()
        };
        let origin = Origin {
            name: "generated",
            hash: None,
        };
        let series = generate(&generated, make.seed, make.count).into_iter();
        return series.map(|one| item(one, &origin, &make)).collect();
    };
    let mut items = Vec::new();
    for (series, origin) in of_files(files)? {
        if is_wanted(&series.family, &make.subset) {
            items.push(item(series, &origin, &make)?);
        }
    }
    if items.is_empty() {
        return Err(TrackError::NoData(format!(
            "no series of the data is of the subset `{}`",
            make.subset
        )));
    }
    Ok(items)
}

/// Series by their families, for items that ask for a program.
fn programs_of(
    make: &Make,
    files: Option<&dyn Files>,
) -> Result<Vec<(String, Vec<Material>)>, TrackError> {
    let mut families: Vec<(String, Vec<Material>)> = Vec::new();
    let mut add = |family: &str, series: Series, interval| {
        let season = season(&series.filled());
        let material = Material {
            series,
            season,
            interval,
        };
        match families.iter_mut().find(|(name, _)| name == family) {
            Some((_, all)) => all.push(material),
            None => families.push((family.to_owned(), vec![material])),
        }
    };
    let Some(files) = files else {
        for (number, kind) in kinds(&make.anomalies)?.into_iter().enumerate() {
            let recipe = Generated {
                points: make.points,
                kinds: vec![kind],
                ..Generated::default()
            };
            // Each kind has a seed of its own, so that its series differ by more than their anomalies.
            let seed = make.seed.wrapping_mul(1_000).wrapping_add(number as u64);
            for series in generate(&recipe, seed, make.count) {
                add(
                    kind.name(),
                    Series {
                        family: kind.name().to_owned(),
                        ..series
                    },
                    None,
                );
            }
        }
        return Ok(families);
    };
    for (series, _) in of_files(files)? {
        if is_wanted(&series.family, &make.subset) {
            let family = series.family.clone();
            add(&family, series, None);
        }
    }
    Ok(families)
}

fn kinds(names: &str) -> Result<Vec<Anomaly>, TrackError> {
    if names.trim().is_empty() {
        return Ok(Anomaly::ALL.to_vec());
    }
    let kind = |name: &str| {
        let found = Anomaly::ALL
            .into_iter()
            .find(|kind| kind.name() == name.trim());
        found.ok_or_else(|| {
            let known: Vec<_> = Anomaly::ALL.into_iter().map(Anomaly::name).collect();
            TrackError::Recipe(format!(
                "there is no anomaly `{name}`; there are: {}",
                known.join(", ")
            ))
        })
    };
    names.split(',').map(kind).collect()
}

fn is_wanted(family: &str, subset: &str) -> bool {
    let names = subset
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty());
    let mut names = names.peekable();
    names.peek().is_none()
        || names.any(|name| match name {
            "paper" => SUBSETS.iter().any(|subset| subset.name == family),
            name => name == family,
        })
}

/// Source of a series.
struct Origin {
    name: &'static str,
    /// Hash of the file's content.
    hash: Option<String>,
}

fn of_files(files: &dyn Files) -> Result<Vec<(Series, Origin)>, TrackError> {
    let names = files.list()?;
    let text = |path: &str| -> Result<(String, String), TrackError> {
        let content = files.read(path)?;
        let hash = content_hash(&content);
        let text = String::from_utf8(content).map_err(|_| TrackError::File {
            path: path.to_owned(),
            what: "it is not UTF-8".to_owned(),
        })?;
        Ok((text, hash))
    };
    const WINDOWS: &str = "labels/combined_windows.json";
    let labels_name = ["labels.json", "labels.csv", "anomalies.csv"]
        .into_iter()
        .find(|name| names.iter().any(|one| one == name));
    let is_nab = names.iter().any(|name| name == WINDOWS);
    let labels = match (is_nab, labels_name) {
        (true, _) => Some(labels(WINDOWS, &text(WINDOWS)?.0)?),
        (false, Some(name)) => Some(labels(name, &text(name)?.0)?),
        (false, None) => None,
    };
    let mut found = Vec::new();
    for name in names
        .iter()
        .filter(|name| name.ends_with(".csv") && Some(name.as_str()) != labels_name)
    {
        if is_nab && !name.starts_with("data/") {
            continue;
        }
        let (content, hash) = text(name)?;
        let wrong = |error: ReadError| TrackError::File {
            path: name.clone(),
            what: error.to_string(),
        };
        let (series, origin) = match &labels {
            Some(labels) if is_nab => (nab(name, &content, labels).map_err(wrong)?, "nab"),
            Some(labels) => (orion(name, &content, labels).map_err(wrong)?, "orion"),
            None => {
                // TSB-AD's names begin with a number and the collection: `001_NAB_id_1_Facility_...csv`.
                let family = stem(name).split('_').nth(1).unwrap_or("TSB-AD");
                (
                    read::tsb_ad(stem(name), family, &content)
                        .map_err(|error| unlabelled(name, error))?,
                    "tsb-ad",
                )
            }
        };
        found.push((
            series,
            Origin {
                name: origin,
                hash: Some(hash),
            },
        ));
    }
    if found.is_empty() {
        let what = "no series: a folder with data/ and labels/combined_windows.json (NAB), with a CSV for each series \
                    (timestamp, value) and labels.csv or labels.json, or CSVs with the columns Data and Label (TSB-AD)";
        return Err(TrackError::NoData(format!(
            "the data has {what}, is expected"
        )));
    }
    Ok(found)
}

fn stem(name: &str) -> &str {
    let file = name.rsplit('/').next().unwrap_or(name);
    file.strip_suffix(".csv").unwrap_or(file)
}

fn labels(name: &str, text: &str) -> Result<Labels, TrackError> {
    read::labels(text).map_err(|error| TrackError::File {
        path: name.to_owned(),
        what: error.to_string(),
    })
}

fn unlabelled(name: &str, error: ReadError) -> TrackError {
    let what = match error {
        ReadError::Column { .. } => format!(
            "{error}; a CSV without the column Label needs labels.csv or labels.json beside it, in a folder"
        ),
        error => error.to_string(),
    };
    TrackError::File {
        path: name.to_owned(),
        what,
    }
}

fn nab(name: &str, text: &str, labels: &Labels) -> Result<Series, ReadError> {
    let inner = name.strip_prefix("data/").unwrap_or(name);
    let (folder, file) = inner.rsplit_once('/').unwrap_or(("", inner));
    read::nab::series(folder, file, text, labels)
}

fn orion(name: &str, text: &str, labels: &Labels) -> Result<Series, ReadError> {
    let id = stem(name);
    let family = name.rsplit_once('/').map_or("series", |(folder, _)| folder);
    let events = labels.get(id).ok_or_else(|| {
        ReadError::Labels(format!(
            "there are none for {id}; a series without anomalies has an empty list"
        ))
    })?;
    let mut series = read::timestamped(id, family, text)?;
    for (first, last) in events {
        series.label(*first, *last);
    }
    Ok(series)
}

/// The interval to which a series is resampled: of generated series and of TSB-AD, the papers resample none.
fn interval(make: &Make, origin: &Origin, family: &str) -> Result<Option<i64>, TrackError> {
    match &make.interval {
        Value::String(word) if word == "paper" => Ok(match origin.name {
            "nab" => Some(
                SUBSETS
                    .iter()
                    .find(|one| one.name == family)
                    .map_or(PAPER_INTERVAL, |one: &Subset| one.interval),
            ),
            "orion" => Some(PAPER_INTERVAL),
            _ => None,
        }),
        Value::Number(number) if number.as_i64().is_some_and(|seconds| seconds >= 0) => {
            Ok(number.as_i64().filter(|seconds| *seconds > 0))
        }
        other => Err(TrackError::Recipe(format!(
            "`interval` is a number of seconds, 0 for none, or `paper`, and not {other}"
        ))),
    }
}

fn item(series: Series, origin: &Origin, make: &Make) -> Result<Item, TrackError> {
    let season = season(&series.filled());
    let interval = interval(make, origin, &series.family)?;
    let repairs = series.repairs.counted();
    let repaired: Vec<String> = repairs
        .iter()
        .map(|(what, count)| format!("{count} {what}"))
        .collect();
    let mut facts = BTreeMap::from([
        ("family".to_owned(), json!(series.family)),
        ("points".to_owned(), json!(series.len())),
        ("anomalies".to_owned(), json!(series.truth.len())),
        ("season".to_owned(), json!(season)),
        ("source".to_owned(), json!(origin.name)),
        (
            "repairs".to_owned(),
            json!(if repaired.is_empty() {
                "none".to_owned()
            } else {
                repaired.join(", ")
            }),
        ),
    ]);
    if let Some(hash) = &origin.hash {
        facts.insert("file_hash".to_owned(), json!(hash));
    }
    let truth = Answer {
        spans: pairs(&series.truth),
        ..Answer::default()
    };
    let mut item = Item::plain(&series.id, "");
    item.kind = "series".to_owned();
    item.fields = BTreeMap::from([("points".to_owned(), json!(series.len()))]);
    item.answer = truth.text();
    item.facts = facts;
    let material = Material {
        series,
        season,
        interval,
    };
    item.material =
        serde_json::to_value(material).map_err(|error| TrackError::Recipe(error.to_string()))?;
    Ok(item)
}

//! Items: one for each series.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tracestone_eval::item::Item;
use tracestone_eval::track::{Files, Recipe, TrackError};
use tracestone_series::baseline::season;
use tracestone_series::convert::Grid;
use tracestone_series::read::nab::{SUBSETS, Subset};
use tracestone_series::{Anomaly, Recipe as Generated, Series, generate};

use super::answer::{Answer, pairs};
use super::files::{Origin, of_files};
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
    /// The families that are taken of files, with commas between them; `paper` stands for the papers' five, the name of
    /// a list of TSB-AD for the files in it.
    subset: String,
    /// Seconds to which series are resampled: a number, 0 for none, or `paper`.
    interval: Value,
    /// True where a series shorter than a window cannot be asked about.
    whole_windows: bool,
    /// Points of a window.
    window: usize,
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
            whole_windows: false,
            window: 0,
        }
    }
}

/// Points of a grid for each point of the series from which on the grid shows hardly anything of it.
const MOST_IMPUTED: usize = 20;

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
        let series = generate(&generated, make.seed, make.count).into_iter();
        let items = series.map(|one| item(one, &Origin::GENERATED, &make));
        let items: Vec<Item> = items.collect::<Result<_, _>>()?;
        is_long_enough(&items, &make)?;
        return Ok(items);
    };
    let mut items = Vec::new();
    for (series, origin) in wanted(files, &make)? {
        items.push(item(series, &origin, &make)?);
    }
    is_long_enough(&items, &make)?;
    Ok(items)
}

/// The series of the files that the subset names.
fn wanted(files: &dyn Files, make: &Make) -> Result<Vec<(Series, Origin)>, TrackError> {
    let mut all = of_files(files, &make.subset)?;
    all.retain(|(series, origin)| origin.is_listed || is_wanted(&series.family, &make.subset));
    if all.is_empty() {
        return Err(TrackError::NoData(format!(
            "no series of the data is of the subset `{}`",
            make.subset
        )));
    }
    Ok(all)
}

/// Refuses settings with which no series could be asked about. Where only some are too short, the report counts them.
fn is_long_enough(items: &[Item], make: &Make) -> Result<(), TrackError> {
    let shown = |item: &Item| item.facts.get("shown").and_then(Value::as_u64).unwrap_or(0);
    let longest = items.iter().max_by_key(|item| shown(item));
    match longest {
        Some(item) if make.whole_windows && shown(item) <= make.window as u64 => {
            let points = item.facts.get("points").cloned().unwrap_or_default();
            Err(TrackError::Recipe(format!(
                "no series is longer than a window of {} points: the longest, {}, has {points} and is shown as {} \
                 (-T interval={}); `-T interval=0` shows the points as they are, -T window sets a smaller window",
                make.window,
                item.id,
                shown(item),
                match &make.interval {
                    Value::String(word) => word.clone(),
                    other => other.to_string(),
                }
            )))
        }
        _ => Ok(()),
    }
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
    for (series, _) in wanted(files, make)? {
        let family = series.family.clone();
        add(&family, series, None);
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
    let shown = Grid::points(&series, interval);
    if shown > MOST_IMPUTED * series.len() + MOST_IMPUTED {
        return Err(TrackError::Recipe(format!(
            "{} has {} points, and a point for every {} seconds would make {shown} of them, nearly all imputed: are its \
             timestamps seconds? `-T interval=0` shows the points as they are",
            series.id,
            series.len(),
            interval.unwrap_or(0)
        )));
    }
    let repairs = series.repairs.counted();
    let repaired: Vec<String> = repairs
        .iter()
        .map(|(what, count)| format!("{count} {what}"))
        .collect();
    let mut facts = BTreeMap::from([
        ("family".to_owned(), json!(series.family)),
        ("points".to_owned(), json!(series.len())),
        ("shown".to_owned(), json!(shown)),
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

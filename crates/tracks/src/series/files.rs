//! Series of a user's files: NAB's folder, Orion's form, TSB-AD's.

use std::collections::BTreeSet;

use tracestone_eval::track::{Files, TrackError, content_hash};
use tracestone_series::Series;
use tracestone_series::read::{self, Labels, ReadError};

/// Source of a series.
pub(super) struct Origin {
    /// Name of the benchmark or of the form.
    pub(super) name: &'static str,
    /// Hash of the file's content.
    pub(super) hash: Option<String>,
    /// True if a list of the data names it, which the subset asked for.
    pub(super) is_listed: bool,
}

impl Origin {
    /// Of series that no file has.
    pub(super) const GENERATED: Self = Self {
        name: "generated",
        hash: None,
        is_listed: false,
    };
}

/// Name of TSB-AD's files in items.
pub(super) const TSB_AD: &str = "tsb-ad";

/// The file with NAB's labels.
const WINDOWS: &str = "labels/combined_windows.json";
/// Names of files with the labels of series in Orion's form.
const LABELS: [&str; 3] = ["labels.json", "labels.csv", "anomalies.csv"];

/// The series of files. Where a subset is the name of a list of TSB-AD, such as `TSB-AD-U-Eva`, those that it names.
pub(super) fn of_files(
    files: &dyn Files,
    subset: &str,
) -> Result<Vec<(Series, Origin)>, TrackError> {
    let names = files.list()?;
    let find = |wanted: &str| names.iter().find(|name| *name == wanted);
    let labels_name = find(WINDOWS).or_else(|| LABELS.into_iter().find_map(find));
    let labels = match labels_name {
        Some(name) => Some(labels(name, &text(files, name)?.0)?),
        None => None,
    };
    let form = match (&labels, labels_name.map(String::as_str)) {
        (Some(labels), Some(WINDOWS)) => Form::Nab(labels),
        (Some(labels), _) => Form::Orion(labels),
        (None, _) => Form::TsbAd,
    };
    let is_series = |name: &&String| {
        name.to_ascii_lowercase().ends_with(".csv")
            && Some(*name) != labels_name
            && (!matches!(form, Form::Nab(_)) || name.starts_with("data/"))
    };
    let mut candidates: Vec<&String> = names.iter().filter(is_series).collect();
    let listed = match form {
        Form::TsbAd => listed(files, &mut candidates, subset)?,
        _ => None,
    };
    let stems: Vec<&str> = candidates.iter().map(|name| stem(name)).collect();
    let mut found = Vec::new();
    for name in candidates {
        if listed
            .as_ref()
            .is_some_and(|listed| !listed.contains(base(name)))
        {
            continue;
        }
        let (content, hash) = text(files, name)?;
        // Of files of one name in several folders the path tells them apart.
        let is_alone = stems.iter().filter(|one| **one == stem(name)).count() == 1;
        let id = if is_alone {
            stem(name)
        } else {
            without_end(name)
        };
        let series = form
            .series(name, id, &content)
            .map_err(|what| TrackError::File {
                path: name.clone(),
                what,
            })?;
        let origin = Origin {
            name: form.name(),
            hash: Some(hash),
            is_listed: listed.is_some(),
        };
        found.push((series, origin));
    }
    if found.is_empty() {
        let what = "no series in the data: what is expected is a folder with data/ and labels/combined_windows.json \
                    (NAB), one with a CSV for each series (timestamp, value) and labels.csv or labels.json, or CSVs \
                    with the columns Data and Label (TSB-AD)";
        return Err(TrackError::NoData(what.to_owned()));
    }
    Ok(found)
}

/// Takes the lists of files out of the candidates, and gives the names in those that the subset names; `None` where it
/// names none.
fn listed(
    files: &dyn Files,
    candidates: &mut Vec<&String>,
    subset: &str,
) -> Result<Option<BTreeSet<String>>, TrackError> {
    let mut lists = Vec::new();
    for name in candidates.iter().copied() {
        // Lists are in a folder of their own; only files there are read for it.
        if name.starts_with("File_List/") || name.contains("/File_List/") {
            lists.push(name);
        }
    }
    candidates.retain(|name| !lists.contains(name));
    let asked: Vec<&str> = subset.split(',').map(str::trim).collect();
    let mut found: Option<BTreeSet<String>> = None;
    for name in lists.iter().filter(|name| asked.contains(&stem(name))) {
        let (content, _) = text(files, name)?;
        let lines = content.lines().map(str::trim);
        let rows = lines.filter(|line| !line.is_empty() && *line != "file_name");
        found
            .get_or_insert_default()
            .extend(rows.map(|row| base(row).to_owned()));
    }
    if let Some(listed) = &found {
        let there: BTreeSet<&str> = candidates.iter().map(|name| base(name)).collect();
        let missing: Vec<&String> = listed
            .iter()
            .filter(|name| !there.contains(name.as_str()))
            .collect();
        if let Some(first) = missing.first() {
            return Err(TrackError::NoData(format!(
                "{} of the {} files of the list `{subset}` are not in the data, the first of them {first}",
                missing.len(),
                listed.len()
            )));
        }
    }
    Ok(found)
}

/// The form of a folder's files.
enum Form<'a> {
    Nab(&'a Labels),
    Orion(&'a Labels),
    TsbAd,
}

impl Form<'_> {
    fn name(&self) -> &'static str {
        match self {
            Self::Nab(_) => "nab",
            Self::Orion(_) => "orion",
            Self::TsbAd => TSB_AD,
        }
    }

    /// The series of a file; NAB's have names of their own.
    fn series(&self, path: &str, id: &str, content: &str) -> Result<Series, String> {
        match self {
            Self::Nab(labels) => {
                let inner = path.strip_prefix("data/").unwrap_or(path);
                let (folder, file) = inner.rsplit_once('/').unwrap_or(("", inner));
                read::nab::series(folder, file, content, labels).map_err(|error| error.to_string())
            }
            Self::Orion(labels) => {
                orion(path, id, content, labels).map_err(|error| error.to_string())
            }
            Self::TsbAd => {
                // Names begin with a number and the collection: `001_NAB_id_1_Facility_...csv`.
                let family = stem(path).split('_').nth(1).unwrap_or("TSB-AD");
                read::tsb_ad(id, family, content).map_err(|error| match error {
                    ReadError::Column { .. } => format!(
                        "{error}; a CSV without the column Label needs labels.csv or labels.json beside it, in a folder"
                    ),
                    error => error.to_string(),
                })
            }
        }
    }
}

fn text(files: &dyn Files, path: &str) -> Result<(String, String), TrackError> {
    let content = files.read(path)?;
    let hash = content_hash(&content);
    let text = String::from_utf8(content).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..good]
            .iter()
            .filter(|byte| **byte == b'\n')
            .count()
            + 1;
        TrackError::File {
            path: path.to_owned(),
            what: format!("line {line}: it is not UTF-8"),
        }
    })?;
    Ok((text, hash))
}

/// The name of a file without its folders.
fn base(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn stem(path: &str) -> &str {
    without_end(base(path))
}

/// A path without the end of its file's name, if that is `.csv`.
fn without_end(path: &str) -> &str {
    match path.rsplit_once('.') {
        Some((stem, end)) if end.eq_ignore_ascii_case("csv") => stem,
        _ => path,
    }
}

fn labels(name: &str, text: &str) -> Result<Labels, TrackError> {
    read::labels(text).map_err(|error| TrackError::File {
        path: name.to_owned(),
        what: error.to_string(),
    })
}

fn orion(path: &str, id: &str, text: &str, labels: &Labels) -> Result<Series, ReadError> {
    let family = path.rsplit_once('/').map_or("series", |(folder, _)| folder);
    let names = [id, path, stem(path), base(path)];
    let events = names.into_iter().find_map(|name| labels.get(name));
    let events = events.ok_or_else(|| {
        let known: Vec<&str> = labels.keys().take(3).map(String::as_str).collect();
        ReadError::Labels(format!(
            "there are none for {id} (they have {}{}); a series without anomalies has an empty list",
            known.join(", "),
            if labels.len() > known.len() { ", .." } else { "" }
        ))
    })?;
    let mut series = read::timestamped(id, family, text)?;
    for (first, last) in events {
        series.label(*first, *last);
    }
    Ok(series)
}

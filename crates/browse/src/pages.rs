//! Static pages: the same pages with their data in scripts, for a browser without a server.

use std::path::Path;

use serde_json::{Value, json};
use tracestone_record::outside;

use crate::assets::ASSETS;
use crate::browser::{Browser, Refused, embedded, line};
use crate::index::Dim;
use crate::query::{Order, Query};
use crate::view::view;
use crate::{Error, Settings};

/// Folder of the data inside the pages' folder.
const DATA: &str = "data";
/// Placeholder in the page for the script with the data.
const SLOT: &str = "<!-- data -->";

/// Numbers of written samples and files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// Samples that can be looked at.
    pub samples: u64,
    /// Samples that the numbers are about.
    pub of: u64,
}

/// Writes pages to a folder, with at most `limit` samples: an even selection in order of their identifiers.
///
/// # Errors
/// The store cannot be read, or the folder cannot be written.
pub fn write_pages(settings: &Settings<'_>, folder: &Path, limit: usize) -> Result<Written, Error> {
    let browser = Browser::new(settings, None);
    let index = browser.index()?;
    tracestone_files::create_folder(folder)?;
    let names = tracestone_files::names(folder)?;
    if !names.is_empty() && !folder.join("viewer.js").is_file() {
        return Err(Error::NotEmpty(folder.to_owned()));
    }
    let data = folder.join(DATA);
    tracestone_files::create_folder(&data)?;
    for name in tracestone_files::names(&data)? {
        tracestone_files::remove(data.join(name))?;
    }
    let query = Query {
        order: Order::Shuffled,
        ..Query::default()
    };
    let mut places = browser.with_store(|store| Ok(query.run(index, store)?.places))?;
    places.truncate(limit);
    places.sort_unstable();
    let mut lines = Vec::with_capacity(places.len());
    for place in &places {
        let mut line = browser.with_store(|store| line(index, store, *place))?;
        let row = &index.rows[*place as usize];
        line["values"] = values(|dim| index.value(row, dim));
        lines.push(line);
        write_sample(&browser, &data, &lines[lines.len() - 1])?;
    }
    let labels = Dim::ALL.iter();
    let labels: Vec<_> = labels
        .map(|dim| (dim.name(), used(index.labels(*dim), *dim, &lines)))
        .collect();
    let all = json!({
        "overview": browser.overview()?,
        "story": browser.story()?,
        "labels": labels,
        "lines": lines,
    });
    let script = format!("\"use strict\";\nconst STATIC = {};\n", embedded(all));
    tracestone_files::replace(data.join("index.js"), script)?;
    write_assets(folder)?;
    Ok(Written {
        samples: places.len() as u64,
        of: index.rows.len() as u64,
    })
}

fn values(of: impl Fn(Dim) -> u32) -> Value {
    Dim::ALL.iter().map(|dim| of(*dim)).collect()
}

/// Labels of a property, without the answers that no written sample has.
fn used(labels: &[String], dim: Dim, lines: &[Value]) -> Value {
    if dim != Dim::Answer {
        return json!(labels);
    }
    let place = Dim::ALL
        .iter()
        .position(|other| *other == dim)
        .unwrap_or_default();
    let mut found = serde_json::Map::new();
    for value in lines
        .iter()
        .filter_map(|line| line["values"][place].as_u64())
    {
        if let Some(label) = labels.get(value as usize) {
            found.insert(value.to_string(), json!(label));
        }
    }
    Value::Object(found)
}

fn write_sample(browser: &Browser, data: &Path, line: &Value) -> Result<(), Error> {
    let id = line["id"].as_str().unwrap_or_default();
    let sample = id
        .parse()
        .map_err(|_| Error::Refused(format!("{id} is no identifier")))?;
    let shown = browser.with_store(|store| Ok(view(store, sample)?))?;
    let script = format!("take(\"{}\", {});\n", outside::line(id), embedded(shown));
    tracestone_files::write(data.join(format!("{id}.js")), script)?;
    Ok(())
}

fn write_assets(folder: &Path) -> Result<(), Error> {
    for asset in ASSETS {
        let script = format!("<script src=\"{DATA}/index.js\"></script>");
        let text = asset.text.replace(SLOT, &script);
        tracestone_files::replace(folder.join(asset.name), text)?;
    }
    Ok(())
}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused.why().to_owned())
    }
}

//! Replies to the requests of a page.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use percent_encoding::percent_decode_str;
use serde::Serialize;
use serde_json::{Value, json};
use tracestone_record::{SampleId, outside};
use tracestone_store::{Store, StoreError};

use crate::Settings;
use crate::assets::ASSETS;
use crate::http::{Reply, Request};
use crate::index::{Dim, Index};
use crate::memory::Place;
use crate::overview::{Measure, Overview, Story};
use crate::query::{Found, Query};
use crate::view::view;

/// Most samples in a reply.
const LINES: usize = 200;
/// Characters of a call or an answer in a list.
const CHARACTERS: u32 = 160;
/// Selections that are kept; each takes up to four bytes a sample.
const KEPT: usize = 4;

/// A store that is looked at.
#[derive(Debug)]
pub(crate) struct Browser {
    path: PathBuf,
    threads: usize,
    measure: Measure,
    memory: Option<Place>,
    /// True if the numbers are those of an earlier start.
    recalled: bool,
    index: OnceLock<Result<Known, String>>,
    overview: OnceLock<Result<Value, String>>,
    story: OnceLock<Result<Value, String>>,
    /// Idle connections to the store.
    stores: Mutex<Vec<Store>>,
    founds: Mutex<Vec<(Query, Arc<Found>)>>,
}

/// The samples, and whether they are those of an earlier start.
#[derive(Debug)]
struct Known {
    index: Index,
    recalled: bool,
}

/// A refusal with its status.
#[derive(Debug)]
pub(crate) struct Refused(u16, String);

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound { .. } => Self(404, error.to_string()),
            _ => Self(500, error.to_string()),
        }
    }
}

impl Browser {
    pub(crate) fn new(settings: &Settings<'_>, memory: Option<&Path>) -> Self {
        let path = settings.store.to_owned();
        let memory = memory.and_then(|folder| Place::new(&path, folder));
        let (overview, story) = (OnceLock::new(), OnceLock::new());
        let known = memory.as_ref().and_then(Place::recall);
        let recalled = known.is_some();
        if let Some(known) = known {
            // The cells are new.
            drop(overview.set(Ok(known.overview)));
            drop(story.set(Ok(known.story)));
        }
        Self {
            path,
            threads: settings.threads,
            measure: settings.measure,
            memory,
            recalled,
            index: OnceLock::new(),
            overview,
            story,
            stores: Mutex::default(),
            founds: Mutex::default(),
        }
    }

    /// Counts what the first page needs and reads what lists do, and keeps both for the next start.
    pub(crate) fn count(&self) {
        let stamp = self.memory.as_ref().and_then(Place::stamp);
        if !self.recalled {
            let counted = (self.overview(), self.story());
            if let (Some(place), Some(stamp), (Ok(overview), Ok(story))) =
                (&self.memory, stamp.clone(), counted)
            {
                place.keep(stamp, overview, story);
            }
        }
        if let (Ok(known), Some(place), Some(stamp)) = (self.known(), &self.memory, stamp)
            && !known.recalled
        {
            place.keep_index(&stamp, &known.index);
        }
    }

    pub(crate) fn answer(&self, request: &Request) -> Reply {
        let name = if request.path.is_empty() {
            "index.html"
        } else {
            &request.path
        };
        if let Some(asset) = ASSETS.iter().find(|asset| asset.name == name) {
            return Reply {
                status: 200,
                media: asset.media,
                body: asset.text.as_bytes().to_vec(),
            };
        }
        let parameters = parameters(&request.query);
        let reply = match request.path.strip_prefix("api/") {
            Some("overview") => self.overview(),
            Some("story") => self.story(),
            Some("list") => self.list(&parameters),
            Some(rest) => match rest.strip_prefix("sample/") {
                Some(id) => self.sample(id, &parameters),
                None => Err(Refused(404, "there is nothing of this name".to_owned())),
            },
            None => Err(Refused(404, "there is nothing of this name".to_owned())),
        };
        let (status, value) = match reply {
            Ok(value) => (200, value),
            Err(Refused(status, why)) => (status, json!({ "error": why })),
        };
        Reply {
            status,
            media: "application/json",
            body: embedded(value).into_bytes(),
        }
    }

    pub(crate) fn index(&self) -> Result<&Index, Refused> {
        self.known().map(|known| &known.index)
    }

    fn known(&self) -> Result<&Known, Refused> {
        let known = self.index.get_or_init(|| {
            let recalled = self.memory.as_ref().and_then(Place::recall_index);
            if let Some(index) = recalled {
                return Ok(Known {
                    index,
                    recalled: true,
                });
            }
            let index = Index::load(&self.path, self.threads).map_err(|error| error.to_string())?;
            Ok(Known {
                index,
                recalled: false,
            })
        });
        known.as_ref().map_err(|why| Refused(500, why.clone()))
    }

    pub(crate) fn overview(&self) -> Result<Value, Refused> {
        kept(&self.overview, || {
            let index = self.index()?;
            self.with_store(|store| value(&Overview::of(index, store)?))
        })
    }

    pub(crate) fn story(&self) -> Result<Value, Refused> {
        kept(&self.story, || {
            self.with_store(|store| value(&Story::of(store, self.measure)?))
        })
    }

    fn list(&self, parameters: &[(String, String)]) -> Result<Value, Refused> {
        let index = self.index()?;
        let found = self.found(parameters)?;
        let number = |name: &str, otherwise: usize| {
            let given = parameters.iter().find(|(key, _)| key == name);
            given
                .and_then(|(_, value)| value.parse().ok())
                .unwrap_or(otherwise)
        };
        let from = number("from", 0).min(found.places.len());
        let end = found
            .places
            .len()
            .min(from + number("count", 60).min(LINES));
        let lines = self.with_store(|store| {
            let lines = found.places[from..end].iter();
            lines
                .map(|place| line(index, store, *place))
                .collect::<Result<Vec<_>, Refused>>()
        })?;
        Ok(
            json!({ "total": found.places.len(), "from": from, "lines": lines, "facets": found.facets }),
        )
    }

    fn sample(&self, id: &str, parameters: &[(String, String)]) -> Result<Value, Refused> {
        let id: SampleId = id
            .parse()
            .map_err(|_| Refused(404, "this is no identifier of a sample".to_owned()))?;
        let mut shown = self.with_store(|store| Ok(view(store, id)?))?;
        let index = self.index()?;
        let found = self.found(parameters)?;
        let place = index.position(id).and_then(|own| {
            let mut places = found.places.iter();
            places.position(|place| *place as usize == own)
        });
        let beside = |place: Option<usize>| -> Result<Option<String>, Refused> {
            let Some(at) = place.and_then(|place| found.places.get(place)) else {
                return Ok(None);
            };
            let row = index.rows[*at as usize].row;
            let line = self.with_store(|store| Ok(store.sample_line(row, 1)?))?;
            Ok(line.map(|line| line.id.to_string()))
        };
        shown["place"] = json!({
            "at": place,
            "total": found.places.len(),
            "previous": beside(place.and_then(|place| place.checked_sub(1)))?,
            "next": beside(place.map(|place| place + 1))?,
        });
        Ok(shown)
    }

    /// The selection of an address; the last few are kept, since the next page asks for them again.
    fn found(&self, parameters: &[(String, String)]) -> Result<Arc<Found>, Refused> {
        let pairs = parameters.iter();
        let query = Query::of(pairs.map(|(name, value)| (name.as_str(), value.as_str())));
        let lock = || self.founds.lock().unwrap_or_else(PoisonError::into_inner);
        let known = lock()
            .iter()
            .find(|(other, _)| *other == query)
            .map(|(_, found)| found.clone());
        if let Some(found) = known {
            return Ok(found);
        }
        let index = self.index()?;
        let found = Arc::new(self.with_store(|store| Ok(query.run(index, store)?))?);
        let mut founds = lock();
        founds.insert(0, (query, found.clone()));
        founds.truncate(KEPT);
        Ok(found)
    }

    pub(crate) fn with_store<T>(
        &self,
        work: impl FnOnce(&Store) -> Result<T, Refused>,
    ) -> Result<T, Refused> {
        let lock = || self.stores.lock().unwrap_or_else(PoisonError::into_inner);
        let idle = lock().pop();
        let store = match idle {
            Some(store) => store,
            None => Store::open_read_only(&self.path)?,
        };
        let done = work(&store);
        lock().push(store);
        done
    }
}

/// A sample's line in a list.
pub(crate) fn line(index: &Index, store: &Store, place: u32) -> Result<Value, Refused> {
    let row = &index.rows[place as usize];
    let head = index.program(row);
    let line = store.sample_line(row.row, CHARACTERS)?;
    let line = line.ok_or_else(|| {
        let why = "the store has changed since it was read: start `tracestone browse` again";
        Refused(500, why.to_owned())
    })?;
    let label = |dim: Dim| &index.labels(dim)[index.value(row, dim) as usize];
    Ok(json!({
        "id": line.id.to_string(),
        "kind": label(Dim::Kind),
        "split": label(Dim::Split),
        "source": &*head.source,
        "path": &*head.path,
        "entry": head.entry,
        "call": line.call,
        "question": serde_json::from_str(&line.question).unwrap_or(Value::Null),
        "answer": line.answer,
        "steps": row.steps,
    }))
}

fn kept(
    cell: &OnceLock<Result<Value, String>>,
    make: impl FnOnce() -> Result<Value, Refused>,
) -> Result<Value, Refused> {
    let kept = cell.get_or_init(|| make().map_err(|Refused(_, why)| why));
    kept.clone().map_err(|why| Refused(500, why))
}

fn value(of: &impl Serialize) -> Result<Value, Refused> {
    serde_json::to_value(of).map_err(|error| Refused(500, error.to_string()))
}

/// JSON for a page, with everything that could act in it as an escape.
pub(crate) fn embedded(value: Value) -> String {
    outside::script(value)
}

/// Names and values of what follows the question mark.
fn parameters(query: &str) -> Vec<(String, String)> {
    let decoded = |text: &str| {
        let spaced = text.replace('+', " ");
        percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
    };
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect()
}

impl Refused {
    pub(crate) fn why(&self) -> &str {
        &self.1
    }
}

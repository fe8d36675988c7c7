//! The residual stream on disk: safetensors shards with an index, aligned to the texts' tokens.
//!
//! What is stored is the stream *after* a block and *before* the final norm (`hook_resid_post`), and the
//! embedding before the first block (`hook_embed`). Hugging Face's last `hidden_states` entry is after the
//! final norm, and is not stored.

mod rows;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use candle_core::{DType, Device, Tensor};
use serde::{Deserialize, Serialize};
use tracestone_files as files;

use crate::data::Texts;
use crate::directory::encode;
use crate::error::{InterpError, Result};
use crate::model::{Decoder, Input, Site};
use crate::threads::Lane;
pub use rows::read_rows;

/// The file that says what is in a folder of shards.
pub const INDEX: &str = "index.json";
/// The convention, as it is written into every file.
pub(crate) const CONVENTION: &str = "hook_embed: the embedding; blocks.{l}.hook_resid_post: the residual stream after block l, \
     before any final norm (TransformerLens names; Hugging Face's last hidden_states entry is after the norm)";

/// Number format of stored activations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Precision {
    /// IEEE half precision, 16 bits.
    F16,
    /// IEEE single precision, 32 bits.
    F32,
}

impl Precision {
    fn dtype(self) -> DType {
        match self {
            Self::F16 => DType::F16,
            Self::F32 => DType::F32,
        }
    }
}

/// A token of a text at which activations are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spot {
    /// Index of the text.
    pub text: usize,
    /// Index of the token in the text. The `<bos>` token has index 0.
    pub position: usize,
}

/// Model and data that activations were computed from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Origin {
    /// The hash of the model's weights.
    pub model: String,
    /// The hash of the file of texts.
    pub data: String,
    /// The path of the ledger that the rows are aligned to; empty if they are all tokens of the texts.
    pub ledger: String,
}

/// Index of a folder of shards.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Index {
    /// Model and data of the activations.
    pub origin: Origin,
    /// Naming convention of the sites.
    pub convention: String,
    /// Number format of the shards.
    pub precision: Precision,
    /// The width of a row.
    pub width: usize,
    /// The places in the stream, by name.
    pub sites: Vec<String>,
    /// The texts' names; the tensor `sample` counts in this list.
    pub samples: Vec<String>,
    /// The shards and how many rows each has.
    pub shards: Vec<Shard>,
}

/// Entry of the index for one shard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shard {
    /// The file's name.
    pub file: String,
    /// Number of rows in the file.
    pub rows: usize,
}

/// Options of [`dump`].
#[derive(Debug, Clone)]
pub struct DumpSettings {
    /// The places in the stream.
    pub sites: Vec<Site>,
    /// Number format to write.
    pub precision: Precision,
    /// Rows of a shard at most; memory is bounded by this and the batch.
    pub shard_rows: usize,
    /// Texts that go through the model at once.
    pub batch: usize,
    /// Token that pads shorter texts.
    pub pad: u32,
}

/// Takes rows as they come: their places, and for each site the numbers of all of them.
pub type Sink<'s> = dyn FnMut(&[Spot], &[Vec<f32>]) -> Result<()> + 's;

/// Runs texts through a model and shows the stream at `spots`, which are sorted, batch by batch: the
/// spots of the batch, and for each site a row for each of them.
///
/// # Errors
///
/// If a text does not fit the model, or `sink` fails.
pub fn collect(
    decoder: &Decoder,
    texts: &Texts,
    pad: u32,
    spots: &[Spot],
    sites: &[Site],
    batch: usize,
    sink: &mut Sink<'_>,
) -> Result<()> {
    let width = decoder.config.hidden;
    let lane = Lane::new(&decoder.config)?;
    let batch = batch.min(decoder.texts_at_once(texts.longest()));
    let mut rest = spots;
    while let Some(first) = rest.first() {
        let last = first.text + batch.max(1);
        let count = rest.partition_point(|spot| spot.text < last);
        let (now, later) = rest.split_at(count);
        rest = later;
        let chosen: Vec<usize> = (first.text..last.min(texts.len())).collect();
        let part = texts.batch(&chosen, pad);
        let mut found: Vec<Vec<f32>> = vec![Vec::new(); sites.len()];
        let input = Input {
            ids: &part.ids,
            time: part.time,
        };
        if let Some(spot) = now.iter().find(|spot| spot.position >= part.time) {
            return Err(InterpError::Refused(format!(
                "text {} has no token {}; the labels belong to other texts",
                texts.name(spot.text),
                spot.position
            )));
        }
        let rows = now
            .iter()
            .map(|spot| (spot.text - first.text) * part.time + spot.position);
        // A word's place in a batch fits, since the batch is there.
        let rows: Vec<u32> = rows.map(|row| row as u32).collect();
        let mut look = |site: Site, stream: Tensor| {
            if let Some(at) = sites.iter().position(|wanted| *wanted == site) {
                let rows = Tensor::new(rows.as_slice(), stream.device())?;
                let all = stream.reshape(((), width))?;
                found[at] = all.index_select(&rows, 0)?.flatten_all()?.to_vec1()?;
            }
            Ok(stream)
        };
        lane.run(|| decoder.run(input, &[], Some(&mut look)))?;
        sink(now, &found)?;
    }
    Ok(())
}

/// Writes the stream at `spots` to `out`: shards, and the index last.
///
/// # Errors
///
/// If a text does not fit the model or a file cannot be written.
pub fn dump(
    decoder: &Decoder,
    texts: &Texts,
    spots: &[Spot],
    origin: Origin,
    settings: &DumpSettings,
    out: &Path,
    progress: &mut dyn FnMut(usize),
) -> Result<Index> {
    files::create_folder(out)?;
    let index = Index {
        origin,
        convention: CONVENTION.to_owned(),
        precision: settings.precision,
        width: decoder.config.hidden,
        sites: settings.sites.iter().map(|site| site.name()).collect(),
        samples: (0..texts.len())
            .map(|text| texts.name(text).to_owned())
            .collect(),
        shards: Vec::new(),
    };
    let mut writer = Writer {
        out: out.to_owned(),
        index,
        spots: Vec::new(),
        words: Vec::new(),
        rows: vec![Vec::new(); settings.sites.len()],
    };
    let (sites, batch, pad) = (&settings.sites, settings.batch, settings.pad);
    collect(
        decoder,
        texts,
        pad,
        spots,
        sites,
        batch,
        &mut |now, found| {
            for (index, spot) in now.iter().enumerate() {
                let word = texts.words(spot.text).get(spot.position).copied();
                writer.spots.push(*spot);
                writer.words.push(word.unwrap_or(pad));
                let width = writer.index.width;
                for (rows, found) in writer.rows.iter_mut().zip(found) {
                    rows.extend_from_slice(&found[index * width..(index + 1) * width]);
                }
                if writer.spots.len() >= settings.shard_rows.max(1) {
                    writer.flush()?;
                }
            }
            progress(now.len());
            Ok(())
        },
    )?;
    writer.flush()?;
    let text = serde_json::to_string_pretty(&writer.index)
        .map_err(|error| InterpError::format(&out.join(INDEX), error))?;
    files::replace(out.join(INDEX), format!("{text}\n"))?;
    Ok(writer.index)
}

struct Writer {
    out: PathBuf,
    index: Index,
    spots: Vec<Spot>,
    words: Vec<u32>,
    rows: Vec<Vec<f32>>,
}

impl Writer {
    fn flush(&mut self) -> Result<()> {
        if self.spots.is_empty() {
            return Ok(());
        }
        let name = format!("acts-{:05}.safetensors", self.index.shards.len());
        let path = self.out.join(&name);
        let count = self.spots.len();
        let whole = |name: &str, numbers: Vec<usize>| -> Result<(String, Tensor)> {
            let small = numbers
                .into_iter()
                .map(|n| i32::try_from(n).unwrap_or(i32::MAX));
            let tensor = Tensor::from_iter(small, &Device::Cpu)?;
            Ok((name.to_owned(), tensor))
        };
        let samples = self.spots.iter().map(|spot| spot.text).collect();
        let positions = self.spots.iter().map(|spot| spot.position).collect();
        let words = self.words.iter().map(|word| *word as usize).collect();
        let mut tensors = vec![
            whole("sample", samples)?,
            whole("pos", positions)?,
            whole("token", words)?,
        ];
        for (site, rows) in self.index.sites.iter().zip(&self.rows) {
            let shape = (count, self.index.width);
            let tensor = Tensor::from_slice(rows, shape, &Device::Cpu)?;
            let tensor = tensor.to_dtype(self.index.precision.dtype())?;
            tensors.push((site.clone(), tensor));
        }
        files::replace(&path, encode(tensors, self.metadata())?)?;
        self.index.shards.push(Shard {
            file: name,
            rows: count,
        });
        self.spots.clear();
        self.words.clear();
        self.rows.iter_mut().for_each(Vec::clear);
        Ok(())
    }

    fn metadata(&self) -> HashMap<String, String> {
        let precision = match self.index.precision {
            Precision::F16 => "f16",
            Precision::F32 => "f32",
        };
        let origin = &self.index.origin;
        HashMap::from([
            ("model".to_owned(), origin.model.clone()),
            ("dataset".to_owned(), origin.data.clone()),
            ("ledger".to_owned(), origin.ledger.clone()),
            ("dtype".to_owned(), precision.to_owned()),
            ("convention".to_owned(), self.index.convention.clone()),
        ])
    }
}

/// Activations in memory: for each site a row for each spot.
#[derive(Debug, Clone, PartialEq)]
pub struct Activations {
    /// The width of a row.
    pub width: usize,
    /// The sites' names.
    pub sites: Vec<String>,
    /// The texts' names.
    pub samples: Vec<String>,
    /// Text and token of each row.
    pub spots: Vec<Spot>,
    /// The rows of each site.
    pub rows: Vec<Vec<f32>>,
}

/// Reads a folder of shards back.
///
/// # Errors
///
/// If a file is missing or damaged.
pub fn read(folder: &Path) -> Result<Activations> {
    let index = read_index(folder)?;
    let mut all = Activations {
        width: index.width,
        rows: vec![Vec::new(); index.sites.len()],
        sites: index.sites,
        samples: index.samples,
        spots: Vec::new(),
    };
    for shard in &index.shards {
        let path = folder.join(own_file(folder, shard)?);
        let bytes = files::read(&path)?;
        let damaged = |error: candle_core::Error| InterpError::format(&path, error);
        let tensors = candle_core::safetensors::load_buffer(&bytes, &Device::Cpu);
        let tensors = tensors.map_err(damaged)?;
        let get = |name: &str| {
            let tensor = tensors.get(name);
            tensor.ok_or_else(|| InterpError::format(&path, format!("it has no tensor `{name}`")))
        };
        let whole = |name: &str| -> Result<Vec<usize>> {
            let numbers = get(name)?.to_vec1::<i32>().map_err(damaged)?;
            // A negative number is no place of a text, and is found to be none below.
            let numbers = numbers.into_iter();
            Ok(numbers
                .map(|n| usize::try_from(n).unwrap_or(usize::MAX))
                .collect())
        };
        let places = whole("sample")?.into_iter().zip(whole("pos")?);
        all.spots
            .extend(places.map(|(text, position)| Spot { text, position }));
        for (site, rows) in all.sites.iter().zip(&mut all.rows) {
            let numbers = get(site)?.to_dtype(DType::F32);
            let numbers = numbers.and_then(|tensor| tensor.flatten_all()?.to_vec1::<f32>());
            rows.extend(numbers.map_err(damaged)?);
        }
    }
    let complete = all
        .rows
        .iter()
        .all(|rows| rows.len() == all.spots.len() * all.width);
    let known = all.spots.iter().all(|spot| spot.text < all.samples.len());
    if complete && known {
        Ok(all)
    } else {
        Err(InterpError::format(folder, "its tensors differ in length"))
    }
}

/// The file of a shard, which must be in the folder itself.
fn own_file<'s>(folder: &Path, shard: &'s Shard) -> Result<&'s str> {
    if shard.file.contains(['/', '\\']) {
        let why = format!(
            "it names {:?}, which is not a file of this folder",
            shard.file
        );
        return Err(InterpError::format(&folder.join(INDEX), why));
    }
    Ok(&shard.file)
}

/// Reads the index of a folder of shards.
///
/// # Errors
///
/// If it is missing or damaged.
pub fn read_index(folder: &Path) -> Result<Index> {
    let path = folder.join(INDEX);
    let text = files::read(&path)?;
    serde_json::from_slice(&text).map_err(|e| InterpError::format(&path, e))
}

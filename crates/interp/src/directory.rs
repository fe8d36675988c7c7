//! Model directories as Hugging Face's `transformers` reads and writes them.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};
use serde_json::{Value, json};

use crate::config::ModelConfig;
use crate::error::{InterpError, Result};
use crate::half;
use crate::model::Decoder;
use crate::parameters::{Entry, Layout};
use crate::vocabulary::Vocabulary;

/// The file with the tensors.
pub const WEIGHTS: &str = "model.safetensors";

/// A model that was read from a directory.
#[derive(Debug, Clone)]
pub struct Model {
    /// The decoder.
    pub decoder: Decoder,
    /// Its words, where its tokenizer is word-level.
    pub vocabulary: Option<Vocabulary>,
}

/// Reads a Llama or Qwen2 directory; weights are turned into 32-bit numbers.
///
/// # Errors
///
/// If a file is missing, damaged, or of a family that is not supported.
pub fn read(folder: &Path) -> Result<Model> {
    let config = read_config(folder)?;
    let layout = Layout::new(&config);
    let mut values = vec![0.0; layout.len()];
    let mut missing: BTreeMap<&str, &Entry> = layout
        .entries()
        .iter()
        .map(|entry| (entry.name.as_str(), entry))
        .collect();
    for file in weight_files(folder)? {
        let bytes = fs::read(&file).map_err(|e| InterpError::io("read", &file, e))?;
        let views = SafeTensors::deserialize(&bytes).map_err(|e| InterpError::format(&file, e))?;
        for (name, view) in views.iter() {
            // Some exports hold buffers, or an output matrix that a tied model does not use.
            let Some(entry) = missing.remove(name) else {
                continue;
            };
            if view.shape() != entry.shape {
                let why = format!(
                    "tensor `{name}` has the shape {:?}; config.json says {:?}",
                    view.shape(),
                    entry.shape
                );
                return Err(InterpError::format(&file, why));
            }
            decode(&view, &mut values[entry.range.clone()])
                .map_err(|why| InterpError::format(&file, why))?;
        }
    }
    if let Some(name) = missing.keys().next() {
        return Err(InterpError::format(
            folder,
            format!("it has no tensor `{name}`"),
        ));
    }
    let tokenizer = folder.join("tokenizer.json");
    let vocabulary = match Vocabulary::read(&tokenizer) {
        Ok(vocabulary) => Some(vocabulary),
        // Another kind of tokenizer is no fault: such a model is given ids.
        Err(InterpError::Format { .. }) => None,
        Err(_) if !tokenizer.exists() => None,
        Err(error) => return Err(error),
    };
    Ok(Model {
        decoder: Decoder::new(config, values)?,
        vocabulary,
    })
}

/// Reads the shape of the model in a directory.
///
/// # Errors
///
/// If `config.json` is missing, damaged, or of a family that is not supported.
pub fn read_config(folder: &Path) -> Result<ModelConfig> {
    let path = folder.join("config.json");
    let text = fs::read(&path).map_err(|e| InterpError::io("read", &path, e))?;
    let value: Value = serde_json::from_slice(&text).map_err(|e| InterpError::format(&path, e))?;
    ModelConfig::from_hugging_face(&value).map_err(|why| InterpError::format(&path, why))
}

/// The files with weights: one, or those that an index names.
fn weight_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let index = folder.join("model.safetensors.index.json");
    if !index.exists() {
        return Ok(vec![folder.join(WEIGHTS)]);
    }
    let text = fs::read(&index).map_err(|e| InterpError::io("read", &index, e))?;
    let value: Value = serde_json::from_slice(&text).map_err(|e| InterpError::format(&index, e))?;
    let map = value["weight_map"]
        .as_object()
        .ok_or_else(|| InterpError::format(&index, "it has no `weight_map`"))?;
    let mut names: Vec<&str> = map.values().filter_map(Value::as_str).collect();
    names.sort_unstable();
    names.dedup();
    if let Some(name) = names.iter().find(|name| name.contains(['/', '\\'])) {
        let why = format!("it names {name:?}, which is not a file of this folder");
        return Err(InterpError::format(&index, why));
    }
    Ok(names.into_iter().map(|name| folder.join(name)).collect())
}

/// A stored tensor as 32-bit numbers.
pub(crate) fn decode(view: &TensorView<'_>, values: &mut [f32]) -> std::result::Result<(), String> {
    let two = |read: fn([u8; 2]) -> f32, values: &mut [f32]| {
        for (value, bytes) in values.iter_mut().zip(view.data().chunks_exact(2)) {
            *value = read([bytes[0], bytes[1]]);
        }
    };
    match view.dtype() {
        Dtype::F32 => {
            for (value, bytes) in values.iter_mut().zip(view.data().chunks_exact(4)) {
                *value = f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
            }
        }
        Dtype::F16 => two(|bytes| half::read(u16::from_le_bytes(bytes)), values),
        // The upper half of a 32-bit number.
        Dtype::BF16 => two(
            |bytes| f32::from_le_bytes([0, 0, bytes[0], bytes[1]]),
            values,
        ),
        other => return Err(format!("tensors of type {other:?} are not supported")),
    }
    Ok(())
}

/// Named rows of numbers with their shapes as a safetensors file, with metadata.
pub(crate) fn encode(
    tensors: &[(String, Vec<usize>, &[f32])],
    metadata: HashMap<String, String>,
) -> Result<Vec<u8>> {
    let bytes: Vec<Vec<u8>> = tensors
        .iter()
        .map(|(_, _, values)| {
            values
                .iter()
                .flat_map(|value| value.to_le_bytes())
                .collect()
        })
        .collect();
    let refuse = |error: &dyn std::fmt::Display| {
        InterpError::Refused(format!("the tensors cannot be written: {error}"))
    };
    let mut views = Vec::new();
    for ((name, shape, _), bytes) in tensors.iter().zip(&bytes) {
        let view =
            TensorView::new(Dtype::F32, shape.clone(), bytes).map_err(|error| refuse(&error))?;
        views.push((name.as_str(), view));
    }
    safetensors::serialize(views, Some(metadata)).map_err(|error| refuse(&error))
}

/// Writes a file so that it is there as a whole or not at all.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned());
    let temporary = path.with_file_name(format!(".{}.part", name.unwrap_or_default()));
    let write = || {
        use std::io::Write as _;
        let mut file = fs::File::create(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&temporary, path)
    };
    write().map_err(|e| InterpError::io("write", path, e))
}

/// Writes a directory that `transformers` loads: configuration, weights and tokenizer. The weights come
/// last, so that a directory with weights is whole.
///
/// # Errors
///
/// If a file cannot be written.
pub fn write(folder: &Path, decoder: &Decoder, vocabulary: &Vocabulary) -> Result<()> {
    let config = &decoder.config;
    fs::create_dir_all(folder).map_err(|e| InterpError::io("create the folder", folder, e))?;
    let (pad, begin, end) = (vocabulary.pad, vocabulary.begin, vocabulary.end);
    let files = [
        ("config.json", config.to_hugging_face(pad, begin, end)),
        (
            "generation_config.json",
            json!({
                "bos_token_id": begin, "eos_token_id": end, "pad_token_id": pad, "do_sample": false,
            }),
        ),
        ("tokenizer.json", vocabulary.tokenizer()),
        (
            "tokenizer_config.json",
            vocabulary.tokenizer_config(config.positions),
        ),
    ];
    for (name, value) in files {
        let text = format!("{value:#}\n");
        write_whole(&folder.join(name), text.as_bytes())?;
    }
    // Versions of transformers refuse files that do not say which framework they are of.
    let metadata = HashMap::from([("format".to_owned(), "pt".to_owned())]);
    let tensors: Vec<_> = decoder
        .layout
        .entries()
        .iter()
        .map(|entry| {
            let values = &decoder.values[entry.range.clone()];
            (entry.name.clone(), entry.shape.clone(), values)
        })
        .collect();
    write_whole(&folder.join(WEIGHTS), &encode(&tensors, metadata)?)
}

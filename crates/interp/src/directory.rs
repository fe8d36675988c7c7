//! Model directories as Hugging Face's `transformers` reads and writes them.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use candle_core::safetensors::MmapedSafetensors;
use candle_core::{DType, Device, Tensor};
use serde_json::{Value, json};
use tracestone_files as files;

use crate::config::ModelConfig;
use crate::error::{InterpError, Result};
use crate::generate::Wide;
use crate::model::Decoder;
use crate::parameters::Entry;
use crate::vocabulary::Vocabulary;
pub use tokens::Tokens;

mod tokens;

/// The file with the tensors.
pub const WEIGHTS: &str = "model.safetensors";

/// A model that was read from a directory.
#[derive(Debug, Clone)]
pub struct Model {
    /// The model's weights and configuration.
    pub decoder: Decoder,
    /// Its vocabulary, if its tokenizer is word-level.
    pub vocabulary: Option<Vocabulary>,
}

/// Reads a Llama, Qwen2, Qwen3 or Gemma directory; weights are turned into 32-bit numbers, one tensor after the other.
///
/// # Errors
///
/// If a file is missing, damaged, or of a family that is not supported.
pub fn read(folder: &Path, device: &Device) -> Result<Model> {
    let value = read_json(&folder.join("config.json"))?;
    if Wide::is(&value) {
        let wide = Wide::read(folder, &value, device)?;
        return Ok(Model {
            decoder: Decoder::of_wide(wide),
            vocabulary: None,
        });
    }
    let config = read_config(folder)?;
    let files = weight_files(folder)?
        .into_iter()
        .map(|path| Ok((map(&path)?, path)))
        .collect::<Result<Vec<_>>>()?;
    // Some exports hold more tensors: buffers, or an output matrix that a tied model does not use.
    let decoder = Decoder::from_tensors(config, &mut |entry| {
        let mut files = files.iter();
        let Some((file, path)) = files.find(|(file, _)| file.get(&entry.name).is_ok()) else {
            let why = format!("it has no tensor `{}`", entry.name);
            return Err(InterpError::format(folder, why));
        };
        let tensor = file.load(&entry.name, &Device::Cpu)?;
        check(&tensor, entry).map_err(|why| InterpError::format(path, why))?;
        Ok(tensor.to_dtype(DType::F32)?.to_device(device)?)
    })?;
    let tokenizer = folder.join("tokenizer.json");
    let vocabulary = match Vocabulary::read(&tokenizer) {
        Ok(vocabulary) => Some(vocabulary),
        // Another kind of tokenizer is no fault: such a model is given ids.
        Err(InterpError::Format { .. }) => None,
        Err(_) if !tokenizer.exists() => None,
        Err(error) => return Err(error),
    };
    Ok(Model {
        decoder,
        vocabulary,
    })
}

/// Compares shape and type of a stored tensor with the expected ones.
fn check(tensor: &Tensor, entry: &Entry) -> std::result::Result<(), String> {
    let name = &entry.name;
    if tensor.dims() != entry.shape {
        return Err(format!(
            "tensor `{name}` has the shape {:?}; config.json says {:?}",
            tensor.dims(),
            entry.shape
        ));
    }
    match tensor.dtype() {
        DType::F32 | DType::F16 | DType::BF16 => Ok(()),
        other => Err(format!(
            "tensor `{name}` is of type {other:?}; f32, f16 and bf16 are supported"
        )),
    }
}

/// Maps a file of weights into memory, so that no more of it is there than what is being read.
#[expect(
    unsafe_code,
    reason = "a mapped file must not be changed while it is read, which no program can promise alone"
)]
pub(crate) fn map(path: &Path) -> Result<MmapedSafetensors> {
    // SAFETY: the file is only read, and each tensor is copied before the mapping goes. Somebody who
    // shortens the file meanwhile ends this process; no other process is hurt.
    unsafe { MmapedSafetensors::new(path) }.map_err(|error| InterpError::format(path, error))
}

fn read_json(path: &Path) -> Result<Value> {
    let text = files::read(path)?;
    serde_json::from_slice(&text).map_err(|e| InterpError::format(path, e))
}

/// Reads the shape of the model in a directory.
///
/// # Errors
///
/// If `config.json` is missing, damaged, or of a family that is not supported.
pub(crate) fn read_config(folder: &Path) -> Result<ModelConfig> {
    let path = folder.join("config.json");
    let value = read_json(&path)?;
    ModelConfig::from_hugging_face(&value).map_err(|why| InterpError::format(&path, why))
}

/// The files with weights: one, or those that an index names.
pub(crate) fn weight_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let index = folder.join("model.safetensors.index.json");
    if !index.exists() {
        return Ok(vec![folder.join(WEIGHTS)]);
    }
    let text = files::read(&index)?;
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

/// Named tensors as a safetensors file, with metadata.
pub(crate) fn encode(
    tensors: Vec<(String, Tensor)>,
    metadata: HashMap<String, String>,
) -> Result<Vec<u8>> {
    // Writing a tensor cannot fail any more once its numbers are here.
    let here = tensors
        .into_iter()
        .map(|(name, tensor)| Ok((name, tensor.to_device(&Device::Cpu)?)))
        .collect::<Result<Vec<_>>>()?;
    safetensors::serialize(here, Some(metadata))
        .map_err(|error| InterpError::Refused(format!("the tensors cannot be written: {error}")))
}

/// Writes a directory that `transformers` loads: configuration, weights and tokenizer. The weights come
/// last, so that a directory with weights is whole.
///
/// # Errors
///
/// If a file cannot be written.
pub fn write(folder: &Path, decoder: &Decoder, vocabulary: &Vocabulary) -> Result<()> {
    write_with(folder, decoder, &Tokens::Words(vocabulary.clone()))
}

/// As [`write()`], with any tokenizer.
///
/// # Errors
///
/// If a file cannot be written.
pub(crate) fn write_with(folder: &Path, decoder: &Decoder, tokens: &Tokens) -> Result<()> {
    let config = &decoder.config;
    files::create_folder(folder)?;
    let (pad, begin, end) = (tokens.pad(), tokens.begin(), tokens.end());
    let mut own = config.to_hugging_face(pad, begin.unwrap_or(pad), end.unwrap_or(pad));
    own["bos_token_id"] = json!(begin);
    own["eos_token_id"] = json!(end);
    let generation = json!({
        "bos_token_id": begin, "eos_token_id": end, "pad_token_id": pad, "do_sample": false,
    });
    let written = [("config.json", own), ("generation_config.json", generation)];
    for (name, value) in written {
        let text = format!("{value:#}\n");
        files::replace(folder.join(name), text.as_bytes())?;
    }
    for (name, bytes) in tokens.files(config.positions) {
        files::replace(folder.join(name), bytes)?;
    }
    // Versions of transformers refuse files that do not say which framework they are of.
    let metadata = HashMap::from([("format".to_owned(), "pt".to_owned())]);
    let tensors = decoder
        .parameters()
        .map(|(entry, tensor)| (entry.name.clone(), tensor.clone()));
    let tensors = tensors.collect();
    Ok(files::replace(
        folder.join(WEIGHTS),
        encode(tensors, metadata)?,
    )?)
}

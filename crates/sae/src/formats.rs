//! Files of other tools: SAELens (`cfg.json` with `sae_weights.safetensors`), Gemma Scope (`params.npz`) and Gemma
//! Scope 2 (`params.safetensors`). Files go in and out as bytes.

mod npz;
mod saelens;
mod tensors;

use serde_json::{Map, Value};

use crate::dictionary::{Dictionary, Gate};

pub use saelens::{CONFIG, VERSION};

/// A format of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `cfg.json` and `sae_weights.safetensors`, as SAELens 6.54 has them.
    SaeLens,
    /// An archive of arrays, `params.npz`.
    GemmaScope,
    /// `params.safetensors` with `config.json`.
    GemmaScope2,
}

impl Format {
    /// All of them with their names.
    pub const ALL: [(&'static str, Self); 3] = [
        ("saelens", Self::SaeLens),
        ("gemma-scope", Self::GemmaScope),
        ("gemma-scope-2", Self::GemmaScope2),
    ];

    /// Name in commands.
    #[must_use]
    pub fn name(self) -> &'static str {
        let own = Self::ALL.iter().find(|(_, format)| *format == self);
        own.map_or("", |(name, _)| name)
    }

    /// The file of its weights.
    #[must_use]
    pub fn weights(self) -> &'static str {
        match self {
            Self::SaeLens => "sae_weights.safetensors",
            Self::GemmaScope => "params.npz",
            Self::GemmaScope2 => "params.safetensors",
        }
    }
}

/// Files do not hold a dictionary that is supported, or a format cannot hold the dictionary.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct FormatError(pub(crate) String);

impl FormatError {
    pub(crate) fn new(why: impl std::fmt::Display) -> Self {
        Self(why.to_string())
    }
}

/// Keys and values that files have about a dictionary: SAELens' metadata, such as `model_name` and `hook_name`.
pub type About = Map<String, Value>;

/// Reads a dictionary. `config` is the content of `cfg.json`, which SAELens' files need.
///
/// # Errors
/// The files are damaged, or hold something that is not supported.
pub fn read(
    format: Format,
    config: Option<&[u8]>,
    weights: &[u8],
) -> Result<(Dictionary, About), FormatError> {
    let (dictionary, about) = match format {
        Format::SaeLens => {
            let config = config.ok_or_else(|| FormatError::new("there is no cfg.json"))?;
            saelens::read(config, weights)?
        }
        Format::GemmaScope => (lower(npz::read(weights)?)?, About::new()),
        Format::GemmaScope2 => (lower(tensors::read(weights)?)?, About::new()),
    };
    if dictionary.is_whole() {
        Ok((dictionary, about))
    } else {
        Err(FormatError::new(
            "its tensors do not fit together, or hold numbers that are not finite",
        ))
    }
}

/// Writes a dictionary as files with their names.
///
/// # Errors
/// The format cannot hold the dictionary.
pub fn write(
    dictionary: &Dictionary,
    format: Format,
    about: &About,
) -> Result<Vec<(&'static str, Vec<u8>)>, FormatError> {
    match format {
        Format::SaeLens => saelens::write(dictionary, about),
        Format::GemmaScope => {
            let parts = own_parts(dictionary, format)?;
            Ok(vec![(format.weights(), npz::write(&parts)?)])
        }
        Format::GemmaScope2 => {
            let parts = own_parts(dictionary, format)?;
            let mut config = Map::from_iter([("architecture".to_owned(), "jump_relu".into())]);
            for (from, to) in [
                ("model_name", "model_name"),
                ("hook_name", "hf_hook_point_in"),
            ] {
                if let Some(value) = about.get(from) {
                    config.insert(to.to_owned(), value.clone());
                }
            }
            let config = format!("{:#}\n", Value::Object(config)).into_bytes();
            let weights = tensors::write(&parts)?;
            Ok(vec![("config.json", config), (format.weights(), weights)])
        }
    }
}

/// The rows of a safetensors file's tensor `directions`.
///
/// # Errors
/// There is none of this width.
pub fn directions(bytes: &[u8], inputs: usize) -> Result<Vec<f32>, FormatError> {
    let parts = tensors::read(bytes)?;
    let found = part(&parts, "directions")?;
    if found.shape.len() == 2 && found.shape[1] == inputs && found.shape[0] > 0 {
        Ok(found.values.clone())
    } else {
        Err(FormatError::new(format!(
            "`directions` has the shape {:?}, and rows have {inputs} numbers",
            found.shape
        )))
    }
}

/// A tensor: its name, shape and numbers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Part {
    pub(crate) name: String,
    pub(crate) shape: Vec<usize>,
    pub(crate) values: Vec<f32>,
}

impl Part {
    fn new(name: &str, shape: &[usize], values: Vec<f32>) -> Self {
        Self {
            name: name.to_owned(),
            shape: shape.to_vec(),
            values,
        }
    }
}

/// The named tensor.
pub(crate) fn part<'p>(parts: &'p [Part], name: &str) -> Result<&'p Part, FormatError> {
    let found = parts.iter().find(|part| part.name == name);
    found.ok_or_else(|| {
        let names: Vec<&str> = parts.iter().map(|part| part.name.as_str()).collect();
        FormatError::new(format!(
            "it has no tensor `{name}`; it has {}",
            names.join(", ")
        ))
    })
}

/// Tensors with the lower-case names of Gemma Scope. `W_enc` of the first one is `w_enc` in the second; the first one's
/// files have upper-case letters in some copies.
fn lower(mut parts: Vec<Part>) -> Result<Dictionary, FormatError> {
    for part in &mut parts {
        part.name = part.name.to_lowercase();
    }
    if parts
        .iter()
        .any(|part| part.name == "affine_skip_connection")
    {
        return Err(FormatError::new(
            "it is a transcoder with a skip connection, which is not supported",
        ));
    }
    if let Ok(scaling) = part(&parts, "scaling_factor")
        && scaling
            .values
            .iter()
            .any(|value| (value - 1.0).abs() > 1e-5)
    {
        return Err(FormatError::new(
            "a scaling factor other than 1 is not supported",
        ));
    }
    let threshold = part(&parts, "threshold")?.values.clone();
    assemble(
        &parts,
        ["w_enc", "w_dec", "b_enc", "b_dec"],
        Gate::Jump(threshold),
    )
}

/// A dictionary from tensors of these names: encoder (inputs by features), decoder, and their biases.
pub(crate) fn assemble(
    parts: &[Part],
    names: [&str; 4],
    gate: Gate,
) -> Result<Dictionary, FormatError> {
    let [encoder, decoder] = [part(parts, names[0])?, part(parts, names[1])?];
    let [inputs, width] = encoder.shape[..] else {
        return Err(FormatError::new(format!("`{}` is no matrix", names[0])));
    };
    if decoder.shape != [width, inputs] {
        return Err(FormatError::new(format!(
            "`{}` is {:?}, and `{}` is {:?}: dictionaries whose outputs differ from their inputs are not supported",
            names[0], encoder.shape, names[1], decoder.shape
        )));
    }
    if inputs * width != encoder.values.len() || inputs * width != decoder.values.len() {
        return Err(FormatError::new(
            "a tensor has fewer numbers than its shape",
        ));
    }
    Ok(Dictionary {
        inputs,
        width,
        encoder: turned(&encoder.values, inputs, width),
        decoder: decoder.values.clone(),
        encoder_bias: part(parts, names[2])?.values.clone(),
        decoder_bias: part(parts, names[3])?.values.clone(),
        gate,
    })
}

/// A matrix, row after row, as its transposed one.
pub(crate) fn turned(values: &[f32], rows: usize, columns: usize) -> Vec<f32> {
    let mut turned = Vec::with_capacity(values.len());
    for column in 0..columns {
        turned.extend((0..rows).map(|row| values[row * columns + column]));
    }
    turned
}

/// The tensors of Gemma Scope's formats.
fn own_parts(dictionary: &Dictionary, format: Format) -> Result<Vec<Part>, FormatError> {
    let (inputs, width) = (dictionary.inputs, dictionary.width);
    let Gate::Jump(threshold) = &dictionary.gate else {
        return Err(FormatError::new(format!(
            "files of {} hold thresholds, and this dictionary takes the largest sums of each row: write it as {}",
            format.name(),
            Format::SaeLens.name()
        )));
    };
    let encoder = turned(&dictionary.encoder, width, inputs);
    Ok(vec![
        Part::new("b_dec", &[inputs], dictionary.decoder_bias.clone()),
        Part::new("b_enc", &[width], dictionary.encoder_bias.clone()),
        Part::new("threshold", &[width], threshold.clone()),
        Part::new(
            gemma_name(format, "w_dec"),
            &[width, inputs],
            dictionary.decoder.clone(),
        ),
        Part::new(gemma_name(format, "w_enc"), &[inputs, width], encoder),
    ])
}

/// Gemma Scope's files have upper-case matrices, those of Gemma Scope 2 lower-case ones.
fn gemma_name(format: Format, name: &'static str) -> &'static str {
    match (format, name) {
        (Format::GemmaScope, "w_dec") => "W_dec",
        (Format::GemmaScope, "w_enc") => "W_enc",
        _ => name,
    }
}

#[cfg(test)]
mod tests;

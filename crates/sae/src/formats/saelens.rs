//! SAELens: a configuration and a file of weights.

use serde_json::{Map, Value, json};

use super::{About, Format, FormatError, Part, assemble, part, tensors, turned};
use crate::dictionary::{Dictionary, Gate};
use crate::matrix::{add_scaled, dot};

/// The version whose files are written. It must be in the configuration: one without it is read as of a version before
/// 6, with other defaults.
pub const VERSION: &str = "6.54.12";
/// The file of the configuration.
pub const CONFIG: &str = "cfg.json";

/// Reads a configuration and weights.
pub(super) fn read(config: &[u8], weights: &[u8]) -> Result<(Dictionary, About), FormatError> {
    let config: Value = serde_json::from_slice(config)
        .map_err(|error| FormatError::new(format!("{CONFIG} is no JSON: {error}")))?;
    let parts = tensors::read(weights)?;
    refuse_unknown(&config)?;
    let architecture = config["architecture"].as_str().unwrap_or("standard");
    let width = part(&parts, "b_enc")?.values.len();
    let gate = match architecture {
        "standard" => Gate::Jump(vec![0.0; width]),
        "jumprelu" => Gate::Jump(part(&parts, "threshold")?.values.clone()),
        "topk" => {
            let k = config["k"]
                .as_u64()
                .or(config["activation_fn_kwargs"]["k"].as_u64());
            let k = k.ok_or_else(|| FormatError::new(format!("{CONFIG} has no `k`")))?;
            Gate::Largest(usize::try_from(k).unwrap_or(usize::MAX))
        }
        other => {
            return Err(FormatError::new(format!(
                "the architecture `{other}` is not supported; standard, jumprelu and topk are (BatchTopK and Matryoshka \
                 dictionaries are saved as jumprelu)"
            )));
        }
    };
    let mut dictionary = assemble(&parts, ["W_enc", "W_dec", "b_enc", "b_dec"], gate)?;
    if dictionary.encoder_bias.len() != width || dictionary.decoder_bias.len() != dictionary.inputs
    {
        return Err(FormatError::new(
            "a bias has another length than its matrix",
        ));
    }
    if config["rescale_acts_by_decoder_norm"] == json!(true) {
        fold_lengths(&mut dictionary);
    }
    // Files of versions before 6 say nothing where the decoder's bias is taken from the input.
    let centred = match config.get("apply_b_dec_to_input") {
        Some(value) => value == &json!(true),
        None => true,
    };
    if centred {
        fold_centre(&mut dictionary);
    }
    let about = config["metadata"].as_object().cloned().unwrap_or_default();
    Ok((dictionary, about))
}

/// Refuses what would give other features than SAELens.
fn refuse_unknown(config: &Value) -> Result<(), FormatError> {
    for (key, usual) in [
        ("normalize_activations", "none"),
        ("reshape_activations", "none"),
    ] {
        let folded =
            key == "normalize_activations" && config[key] == json!("expected_average_only_in");
        if !config[key].is_null() && config[key] != json!(usual) && !folded {
            return Err(FormatError::new(format!(
                "{CONFIG} has `{key}` {}, which is not supported",
                config[key]
            )));
        }
    }
    Ok(())
}

/// Takes the lengths of the decoder's directions into the encoder.
fn fold_lengths(dictionary: &mut Dictionary) {
    let inputs = dictionary.inputs;
    let rows = dictionary
        .decoder
        .chunks_exact_mut(inputs)
        .zip(dictionary.encoder.chunks_exact_mut(inputs))
        .zip(&mut dictionary.encoder_bias);
    for ((direction, weights), bias) in rows {
        let length = dot(direction, direction).sqrt();
        weights.iter_mut().for_each(|value| *value *= length);
        *bias *= length;
        direction
            .iter_mut()
            .for_each(|value| *value /= length.max(f32::MIN_POSITIVE));
    }
}

/// Takes the decoder's bias, which is subtracted from inputs, into the encoder's.
fn fold_centre(dictionary: &mut Dictionary) {
    let rows = dictionary.encoder.chunks_exact(dictionary.inputs);
    for (weights, bias) in rows.zip(&mut dictionary.encoder_bias) {
        let centre: f64 = weights
            .iter()
            .zip(&dictionary.decoder_bias)
            .map(|(weight, centre)| f64::from(*weight) * f64::from(*centre))
            .sum();
        add_scaled(std::slice::from_mut(bias), -1.0, &[centre as f32]);
    }
}

/// Writes a configuration and weights.
pub(super) fn write(
    dictionary: &Dictionary,
    about: &About,
) -> Result<Vec<(&'static str, Vec<u8>)>, FormatError> {
    let (inputs, width) = (dictionary.inputs, dictionary.width);
    let mut parts = vec![
        Part::new("W_dec", &[width, inputs], dictionary.decoder.clone()),
        Part::new(
            "W_enc",
            &[inputs, width],
            turned(&dictionary.encoder, width, inputs),
        ),
        Part::new("b_dec", &[inputs], dictionary.decoder_bias.clone()),
        Part::new("b_enc", &[width], dictionary.encoder_bias.clone()),
    ];
    let mut metadata: Map<String, Value> = about.clone();
    metadata.insert("sae_lens_version".to_owned(), VERSION.into());
    let mut config = json!({
        "d_in": inputs, "d_sae": width, "dtype": "float32", "device": "cpu", "apply_b_dec_to_input": false,
        "normalize_activations": "none", "reshape_activations": "none", "metadata": metadata,
        "sae_lens_version": VERSION,
    });
    match &dictionary.gate {
        Gate::Jump(threshold) => {
            config["architecture"] = "jumprelu".into();
            parts.push(Part::new("threshold", &[width], threshold.clone()));
        }
        Gate::Largest(k) => {
            config["architecture"] = "topk".into();
            config["k"] = (*k).into();
            config["rescale_acts_by_decoder_norm"] = false.into();
        }
    }
    Ok(vec![
        (CONFIG, format!("{config:#}\n").into_bytes()),
        (Format::SaeLens.weights(), tensors::write(&parts)?),
    ])
}

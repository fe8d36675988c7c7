//! Checkpoint of a training: parameters, optimiser state, step, and the reports so far.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use candle_core::{Device, Tensor};
use safetensors::SafeTensors;
use tracestone_files as files;

use super::{StepReport, TrainSettings};
use crate::directory::encode;
use crate::error::{InterpError, Result};
use crate::parameters::{Layout, Moments, first_values};

const FILE: &str = "training.safetensors";

pub(super) struct State {
    pub(super) step: usize,
    pub(super) values: Vec<f32>,
    pub(super) moments: Moments,
    pub(super) history: Vec<StepReport>,
    /// Name of the way that gradients are computed.
    engine: &'static str,
}

fn file(out: &Path) -> PathBuf {
    out.join(FILE)
}

impl State {
    /// The state in a folder, or a new one.
    pub(super) fn open(out: &Path, settings: &TrainSettings, engine: &'static str) -> Result<Self> {
        let path = file(out);
        if !path.exists() {
            files::create_folder(out)?;
            let layout = Layout::new(&settings.model);
            let values = first_values(&settings.model, &layout, settings.seed);
            let moments = Moments::zeros(values.len());
            return Ok(Self {
                step: 0,
                values,
                moments,
                history: Vec::new(),
                engine,
            });
        }
        let bytes = files::read(&path)?;
        let (_, history) = metadata(&path, &bytes)?;
        // Compared as text, since numbers in decimal may not read back to the last bit.
        let asked = serde_json::to_string(settings).map_err(|e| InterpError::format(&path, e))?;
        if text_of(&path, &bytes, "settings")? != asked {
            return Err(InterpError::Refused(format!(
                "{} holds a training with other settings or other data",
                out.display()
            )));
        }
        let unfinished = history.len() < settings.steps;
        if unfinished && !text_of(&path, &bytes, "engine").is_ok_and(|own| own == engine) {
            return Err(InterpError::Refused(format!(
                "{} holds an unfinished training of another version or device, whose last digits differ: train in a new \
                 folder",
                out.display()
            )));
        }
        let tensors = candle_core::safetensors::load_buffer(&bytes, &Device::Cpu)
            .map_err(|e| InterpError::format(&path, e))?;
        let read = |name: &str| -> Result<Vec<f32>> {
            let tensor = tensors
                .get(name)
                .ok_or_else(|| InterpError::format(&path, format!("it has no tensor `{name}`")))?;
            tensor.to_vec1().map_err(|e| InterpError::format(&path, e))
        };
        let values = read("values")?;
        let moments = Moments {
            first: read("first")?,
            second: read("second")?,
        };
        if [&moments.first, &moments.second]
            .iter()
            .any(|moment| moment.len() != values.len())
        {
            return Err(InterpError::format(&path, "its tensors differ in length"));
        }
        Ok(Self {
            step: history.len(),
            values,
            moments,
            history,
            engine,
        })
    }

    /// Writes the state as a whole or not at all.
    pub(super) fn save(&self, out: &Path, settings: &TrainSettings) -> Result<()> {
        let path = file(out);
        let text = |value: serde_json::Result<String>| {
            value.map_err(|error| InterpError::format(&path, error))
        };
        let metadata = HashMap::from([
            (
                "settings".to_owned(),
                text(serde_json::to_string(settings))?,
            ),
            ("engine".to_owned(), self.engine.to_owned()),
            (
                "history".to_owned(),
                text(serde_json::to_string(&self.history))?,
            ),
        ]);
        let row = |name: &str, values: &[f32]| -> Result<(String, Tensor)> {
            Ok((name.to_owned(), Tensor::new(values, &Device::Cpu)?))
        };
        let tensors = vec![
            row("values", &self.values)?,
            row("first", &self.moments.first)?,
            row("second", &self.moments.second)?,
        ];
        Ok(files::replace(&path, encode(tensors, metadata)?)?)
    }
}

/// The settings and reports in a state file.
pub(super) fn read_history(out: &Path) -> Result<(TrainSettings, Vec<StepReport>)> {
    let path = file(out);
    let bytes = files::read(&path)?;
    metadata(&path, &bytes)
}

fn metadata(path: &Path, bytes: &[u8]) -> Result<(TrainSettings, Vec<StepReport>)> {
    let settings = text_of(path, bytes, "settings")?;
    let settings = serde_json::from_str(&settings).map_err(|e| InterpError::format(path, e))?;
    let history = text_of(path, bytes, "history")?;
    let history = serde_json::from_str(&history).map_err(|e| InterpError::format(path, e))?;
    Ok((settings, history))
}

/// A text in the file's metadata.
fn text_of(path: &Path, bytes: &[u8], name: &str) -> Result<String> {
    let (_, header) =
        SafeTensors::read_metadata(bytes).map_err(|e| InterpError::format(path, e))?;
    header
        .metadata()
        .as_ref()
        .and_then(|metadata| metadata.get(name).cloned())
        .ok_or_else(|| InterpError::format(path, format!("it has no `{name}`")))
}

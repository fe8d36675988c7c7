//! Folders of dictionaries, in any of the formats.

use std::path::Path;

use serde_json::Value;
use tracestone_files as files;
use tracestone_sae::Dictionary;
use tracestone_sae::formats::{self, About, CONFIG, Format};

use crate::error::Error;

/// A dictionary from a folder or file.
#[derive(Debug, Clone)]
pub struct Opened {
    /// The dictionary that the files hold.
    pub dictionary: Dictionary,
    /// Keys and values that the files have about it.
    pub about: About,
    /// The format of its files.
    pub format: Format,
}

impl Opened {
    /// The place in the stream that it is of, if the files say so.
    #[must_use]
    pub fn site(&self) -> Option<&str> {
        self.about.get("hook_name").and_then(Value::as_str)
    }
}

/// Reads a dictionary from a folder, or from its file of weights.
///
/// # Errors
/// There is none, or it is not supported.
pub fn open_sae(path: &Path) -> Result<Opened, Error> {
    let known = |format: &Format| {
        let named = path
            .file_name()
            .is_some_and(|name| name == format.weights());
        let file = if named {
            path.to_owned()
        } else {
            path.join(format.weights())
        };
        file.is_file().then_some(file)
    };
    let formats = Format::ALL.iter().map(|(_, format)| *format);
    let found = formats
        .filter_map(|format| Some((format, known(&format)?)))
        .next();
    let Some((format, weights)) = found else {
        return Err(Error::NoSae(path.to_owned()));
    };
    let config = match format {
        Format::SaeLens => Some(files::read(files::folder_of(&weights).join(CONFIG))?),
        _ => None,
    };
    let bytes = files::read(&weights)?;
    let (dictionary, about) =
        formats::read(format, config.as_deref(), &bytes).map_err(|error| Error::BadSae {
            path: weights,
            error,
        })?;
    Ok(Opened {
        dictionary,
        about,
        format,
    })
}

/// Writes a dictionary to a folder; the weights come last, so that a folder with weights is whole.
///
/// # Errors
/// The format cannot hold it, or a file cannot be written.
pub fn write_sae(
    dictionary: &Dictionary,
    format: Format,
    about: &About,
    out: &Path,
) -> Result<(), Error> {
    let written = formats::write(dictionary, format, about).map_err(|error| Error::BadSae {
        path: out.to_owned(),
        error,
    })?;
    files::create_folder(out)?;
    for (name, bytes) in written {
        files::replace(out.join(name), bytes)?;
    }
    Ok(())
}

/// The directions of a safetensors file: its tensor `directions`, of rows of `inputs` numbers.
pub(super) fn directions(path: &Path, inputs: usize) -> Result<Vec<f32>, Error> {
    let bytes = files::read(path)?;
    formats::directions(&bytes, inputs).map_err(|error| Error::BadSae {
        path: path.to_owned(),
        error,
    })
}

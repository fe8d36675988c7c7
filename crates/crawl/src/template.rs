//! The commented text of a new corpus file.

use std::path::{Path, PathBuf};

const TEMPLATE: &str = include_str!("template.toml");

/// The source of a new corpus.
#[derive(Debug, Clone, Copy)]
pub enum NewSource<'a> {
    /// A git repository: an address, or a path.
    Git(&'a str),
    /// A folder with Python files.
    Folder(&'a Path),
    /// The folder of the corpus file.
    Here,
}

/// Error of making a corpus file.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// There is no such folder.
    #[error("{} is not a folder", .0.display())]
    NotAFolder(PathBuf),
    /// A path cannot be written in TOML.
    #[error("the path {} is not valid UTF-8, which a corpus file must be", .0.display())]
    NotUtf8(PathBuf),
    /// The working directory is not known.
    #[error(transparent)]
    Absolute(#[from] std::io::Error),
}

/// The text of a corpus file at `file`.
///
/// # Errors
/// The source is no folder, or its path is not UTF-8.
pub fn template(file: &Path, source: NewSource<'_>) -> Result<String, TemplateError> {
    let folder = match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let (kind, key, value) = match source {
        NewSource::Git(url) => {
            let path = Path::new(url);
            let url = if path.is_dir() {
                text_of(from(folder, path)?)?
            } else {
                url.to_owned()
            };
            ("git", "url", url)
        }
        NewSource::Folder(dir) if !dir.is_dir() => {
            return Err(TemplateError::NotAFolder(dir.to_owned()));
        }
        NewSource::Folder(dir) => ("dir", "path", text_of(from(folder, dir)?)?),
        NewSource::Here => ("dir", "path", ".".to_owned()),
    };
    let revision = match source {
        NewSource::Git(_) => {
            "revision = \"HEAD\"          # better a tag or a full commit, so that a later build is the same\n"
        }
        _ => "",
    };
    let shown = file.display().to_string().replace(char::is_control, "?");
    Ok(TEMPLATE
        .replace("@FILE@", &shown)
        .replace("@NAME@", &quoted(&name(file)))
        .replace("@KIND@", kind)
        .replace("@KEY@", key)
        .replace("@VALUE@", &quoted(&value))
        .replace("@REVISION@", revision))
}

/// A path as seen from `folder`: unchanged if it has the same meaning there.
fn from(folder: &Path, path: &Path) -> std::io::Result<PathBuf> {
    if folder == Path::new(".") {
        return Ok(path.to_owned());
    }
    std::path::absolute(path)
}

fn text_of(path: PathBuf) -> Result<String, TemplateError> {
    let text = path.into_os_string().into_string();
    text.map_err(|path| TemplateError::NotUtf8(path.into()))
}

/// The corpus' name: that of the file, or of its folder where the file has the usual name.
fn name(file: &Path) -> String {
    let stem = file
        .file_stem()
        .map(|stem| stem.to_string_lossy().into_owned());
    let folder = std::path::absolute(file)
        .ok()
        .and_then(|path| Some(path.parent()?.file_name()?.to_string_lossy().into_owned()));
    let name = match stem {
        Some(stem) if stem != "corpus" => stem,
        _ => folder.unwrap_or_default(),
    };
    let name = name.replace(char::is_control, " ");
    if name.trim().is_empty() {
        "corpus".to_owned()
    } else {
        name
    }
}

/// A TOML string.
fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

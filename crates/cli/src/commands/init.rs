//! `tracestone init`: a commented corpus file to begin with.

use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use serde_json::json;
use tracestone_crawl::Corpus;
use tracestone_files::{self as files, FileError};

use crate::args::InitArgs;
use crate::failure::{Exit, Failure, Hint as _};
use crate::printer::Printer;

const TEMPLATE: &str = include_str!("init.toml");

/// Writes the file, unless one is there.
pub(crate) fn run(args: &InitArgs, printer: &Printer) -> Result<Exit, Failure> {
    let file = &args.file;
    let text = corpus(args)?;
    // What cannot be built is not written.
    Corpus::parse(&text, file)
        .hint("--git takes an https, ssh, git or file address or a path; --dir a folder")?;
    let made = files::create_new(file).and_then(|mut out| {
        let written = out.write_all(text.as_bytes());
        written.map_err(FileError::at("write", file))
    });
    match made {
        Ok(()) => {}
        Err(error) if error.source.kind() == ErrorKind::AlreadyExists => {
            return Err(Failure::new(format!("{} is there already", file.display()))
                .hinted("name another file; nothing was changed"));
        }
        Err(error) => {
            return Err(
                Failure::from(error).hinted("name a file in a folder that you may write to")
            );
        }
    }
    printer.result(&format!(
        "wrote {0}; look at it, then `tracestone build {0}` builds it",
        file.display()
    ));
    printer.json(&json!({ "file": file }));
    Ok(Exit::Success)
}

/// The file's text.
fn corpus(args: &InitArgs) -> Result<String, Failure> {
    let folder = match args.file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let (kind, key, value) = match (&args.git, &args.dir) {
        (Some(url), _) => {
            let path = Path::new(url);
            let url = if path.is_dir() {
                text_of(from(folder, path)?)?
            } else {
                url.clone()
            };
            ("git", "url", url)
        }
        (None, Some(dir)) if !dir.is_dir() => {
            return Err(
                Failure::new(format!("{} is not a folder", dir.display())).hinted(
                    "--dir names a folder with Python files; --git takes the address of a repository",
                ),
            );
        }
        (None, Some(dir)) => ("dir", "path", text_of(from(folder, dir)?)?),
        (None, None) => ("dir", "path", ".".to_owned()),
    };
    let revision = match &args.git {
        Some(_) => {
            "revision = \"HEAD\"          # better a tag or a full commit, so that a later build is the same\n"
        }
        None => "",
    };
    Ok(TEMPLATE
        .replace(
            "@FILE@",
            &args
                .file
                .display()
                .to_string()
                .replace(char::is_control, "?"),
        )
        .replace("@NAME@", &quoted(&name(args)))
        .replace("@KIND@", kind)
        .replace("@KEY@", key)
        .replace("@VALUE@", &quoted(&value))
        .replace("@REVISION@", revision))
}

/// A path as seen from `folder`: unchanged if it has the same meaning there.
fn from(folder: &Path, path: &Path) -> Result<PathBuf, Failure> {
    if folder == Path::new(".") {
        return Ok(path.to_owned());
    }
    Ok(std::path::absolute(path)?)
}

fn text_of(path: PathBuf) -> Result<String, Failure> {
    path.into_os_string().into_string().map_err(|path| {
        Failure::new(format!(
            "the path {} is not valid UTF-8, which a corpus file must be",
            path.display()
        ))
    })
}

/// The corpus' name: that of the file, or of its folder where the file has the usual name.
fn name(args: &InitArgs) -> String {
    let stem = args
        .file
        .file_stem()
        .map(|stem| stem.to_string_lossy().into_owned());
    let folder = std::path::absolute(&args.file)
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

//! The files of a new task: its own, and example rows where the user has none yet.

use std::io;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};
use tracestone_files::{self as files, FileError};

use super::starter::{example_file, starter};
use crate::gather::Samples;
use crate::own::{self, OwnError};

/// Files of a task that were written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Created {
    /// Name of the task.
    pub task: String,
    /// Path of its file.
    pub file: PathBuf,
    /// Path of the example rows, where there were none.
    pub example: Option<PathBuf>,
    /// Description of what the rows were taken for.
    pub shape: &'static str,
    /// Number of the rows.
    pub rows: usize,
}

/// The reason why a task was not written.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// The name is that of no file.
    #[error("`{0}` names no task")]
    NoName(String),
    /// A file would be replaced.
    #[error("{} is there already", .0.display())]
    Exists(PathBuf),
    /// The path of the rows cannot be written into the task file.
    #[error("{}: the name is not UTF-8", .0.display())]
    NotUtf8(PathBuf),
    /// The rows cannot be read.
    #[error(transparent)]
    Rows(#[from] OwnError),
    /// A file cannot be written.
    #[error(transparent)]
    File(#[from] FileError),
    /// There is no current folder.
    #[error(transparent)]
    Folder(#[from] io::Error),
}

/// Writes the file of a task for the rows of a file, or for examples that are written too. `name` is that of the task, after
/// the path of its folder and before `.toml`.
///
/// # Errors
/// The name is none, the rows cannot be read, or a file is there already or cannot be written.
pub fn create(
    name: &str,
    data: Option<&Path>,
    replace: bool,
    samples: &dyn Samples,
) -> Result<Created, CreateError> {
    let stem = name.strip_suffix(".toml").unwrap_or(name);
    let file = PathBuf::from(format!("{stem}.toml"));
    let task = stem.rsplit('/').next().unwrap_or(stem).to_owned();
    if task.is_empty() {
        return Err(CreateError::NoName(name.to_owned()));
    }
    let folder = file.parent().unwrap_or(Path::new(""));
    let (rows, path, example) = match data {
        Some(data) => (own::read(data, samples)?, from_folder(folder, data)?, None),
        None => {
            let example = format!("{task}.jsonl");
            (example_rows(), example.clone(), Some(folder.join(example)))
        }
    };
    for path in std::iter::once(&file).chain(&example) {
        if path.exists() && !replace {
            return Err(CreateError::Exists(path.clone()));
        }
    }
    let written = starter(&task, &path, &rows);
    files::replace(&file, &written.toml)?;
    if let Some(example) = &example {
        files::replace(example, example_file())?;
    }
    Ok(Created {
        task,
        file,
        example,
        shape: written.shape,
        rows: rows.len(),
    })
}

fn example_rows() -> Vec<Map<String, Value>> {
    // The text is our own and has one object a line.
    let file = example_file();
    file.lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect()
}

/// The rows' path as the task file names it, from its own folder on.
fn from_folder(folder: &Path, data: &Path) -> Result<String, CreateError> {
    let path = if folder.as_os_str().is_empty() {
        data.to_owned()
    } else {
        match data.strip_prefix(folder) {
            Ok(inside) => inside.to_owned(),
            Err(_) => std::path::absolute(data)?,
        }
    };
    let text = path.to_str().map(str::to_owned);
    text.ok_or(CreateError::NotUtf8(path))
}

#[cfg(test)]
mod tests {
    use tracestone_record::Sample;

    use super::*;
    use crate::gather::{SampleFilter, SamplesError};

    struct NoSamples;

    impl Samples for NoSamples {
        fn each(&self, _: &SampleFilter, _: &mut dyn FnMut(Sample)) -> Result<(), SamplesError> {
            Ok(())
        }
    }

    #[test]
    fn rows_are_named_from_the_folder_of_the_task() {
        let from = |folder: &str, data: &str| from_folder(folder.as_ref(), data.as_ref()).unwrap();
        assert_eq!(from("", "rows.jsonl"), "rows.jsonl");
        assert_eq!(from("tasks", "tasks/data/rows.jsonl"), "data/rows.jsonl");
        let outside = from("tasks", "rows.jsonl");
        assert!(Path::new(&outside).is_absolute(), "{outside}");
    }

    #[test]
    fn a_task_without_rows_comes_with_examples_and_replaces_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let name = folder.path().join("mine");
        let name = name.to_str().unwrap();
        let created = create(name, None, false, &NoSamples).unwrap();
        assert_eq!((created.task.as_str(), created.rows), ("mine", 3));
        let task = files::read_text(&created.file).unwrap();
        assert!(task.contains("path = \"mine.jsonl\""), "{task}");
        let example = created.example.unwrap();
        assert_eq!(files::read_text(&example).unwrap(), example_file());

        let again = create(&format!("{name}.toml"), None, false, &NoSamples);
        assert!(matches!(again, Err(CreateError::Exists(path)) if path == created.file));
        assert!(create(name, None, true, &NoSamples).is_ok());
        for none in ["", ".toml", "folder/"] {
            let refused = create(none, None, false, &NoSamples);
            assert!(matches!(refused, Err(CreateError::NoName(name)) if name == none));
        }
    }
}

//! Lists the syntax errors in the Python files of folders: `cargo run --example syntax -- FOLDER ..`.
#![expect(clippy::print_stdout, reason = "an example for the terminal")]

use std::path::{Path, PathBuf};

use tracestone_extract::{Settings, SourceFile, extract};
use tracestone_record::{FileId, Reason};

fn main() -> std::io::Result<()> {
    let (mut files, mut troubled) = (0, 0);
    for folder in std::env::args().skip(1) {
        let mut found = Vec::new();
        collect(Path::new(&folder), &mut found)?;
        found.sort();
        for path in found {
            let name = path.to_string_lossy();
            let source = SourceFile {
                id: FileId::of(&[name.as_bytes()]),
                path: &name,
                content: &std::fs::read(&path)?,
            };
            files += 1;
            let settings = Settings::default();
            for dropped in extract(&[source], None, &settings, &|| {}).dropped {
                let file = matches!(
                    dropped.reason,
                    Reason::SyntaxErrors
                        | Reason::Python2
                        | Reason::TooDeep
                        | Reason::NotUtf8
                        | Reason::UnknownEncoding
                );
                if file {
                    troubled += 1;
                    println!(
                        "{} {}: {}",
                        dropped.reason.code(),
                        dropped.subject,
                        dropped.detail
                    );
                }
            }
        }
    }
    println!("{files} files, {troubled} with trouble");
    Ok(())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() && !path.is_symlink() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "py") {
            files.push(path);
        }
    }
    Ok(())
}

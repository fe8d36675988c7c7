//! Publishing an export with the user's own `hf` command, which has the user's token.

use std::io::ErrorKind;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::failure::Exit;
use crate::printer::Printer;

/// Uploads a folder to a data set on the Hugging Face hub, or says what to type where there is no `hf`.
pub(crate) fn push(repository: &str, folder: &Path, printer: &Printer) -> Exit {
    let mut command = Command::new("hf");
    command
        .args(["upload", repository])
        .arg(folder)
        .args([".", "--repo-type", "dataset"])
        .stdin(Stdio::null());
    let typed = format!(
        "hf upload {repository} {} . --repo-type dataset",
        folder.display()
    );
    // The summary has the standard output for itself.
    match command.stdout(std::io::stderr()).status() {
        Ok(status) if status.success() => {
            printer.result(&format!(
                "published at https://huggingface.co/datasets/{repository}"
            ));
            Exit::Success
        }
        Ok(status) => {
            printer.warning(&format!(
                "not published: `{typed}` ended with {status}; the export in {} is complete",
                folder.display()
            ));
            Exit::Partial
        }
        Err(error) => {
            let why = match error.kind() {
                ErrorKind::NotFound => "there is no command `hf`".to_owned(),
                _ => format!("`hf` cannot be started: {error}"),
            };
            printer.warning(&format!(
                "not published: {why}. Install it with `pip install huggingface_hub`, log in with `hf auth login`, \
                 and type: {typed}"
            ));
            Exit::Partial
        }
    }
}

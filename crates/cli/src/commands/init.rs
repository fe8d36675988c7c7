//! `tracestone init`: a commented corpus file to begin with.

use std::io::{ErrorKind, Write as _};

use serde_json::json;
use tracestone_crawl::{Corpus, NewSource, template};
use tracestone_files::{self as files, FileError};

use crate::args::InitArgs;
use crate::failure::{Exit, Failure, Hint as _};
use crate::printer::Printer;

/// Writes the file, unless one is there.
pub(crate) fn run(args: &InitArgs, printer: &Printer) -> Result<Exit, Failure> {
    let file = &args.file;
    let source = match (&args.git, &args.dir) {
        (Some(url), _) => NewSource::Git(url),
        (None, Some(dir)) => NewSource::Folder(dir),
        (None, None) => NewSource::Here,
    };
    let text = template(file, source)?;
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

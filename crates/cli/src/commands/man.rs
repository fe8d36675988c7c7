//! `tracestone man`: the manual pages, made from the same texts as `--help`.

use std::path::Path;

use clap::CommandFactory as _;

use crate::args::Args;
use crate::failure::{Exit, Failure, Hint as _};
use crate::printer::Printer;

/// Prints the main page, or writes all pages to a folder.
pub(crate) fn run(out: Option<&Path>, printer: &Printer) -> Result<Exit, Failure> {
    let mut command = Args::command();
    command.build();
    match out {
        None => {
            let mut page = Vec::new();
            clap_mangen::Man::new(command).render(&mut page)?;
            printer.raw(&page);
        }
        Some(folder) => {
            std::fs::create_dir_all(folder)
                .and_then(|()| clap_mangen::generate_to(command, folder))
                .map_err(|error| {
                    anyhow::anyhow!("cannot write manual pages to {}: {error}", folder.display())
                })
                .hint("name a folder that you may write to")?;
            printer.note(&format!("manual pages written to {}", folder.display()));
        }
    }
    Ok(Exit::Success)
}

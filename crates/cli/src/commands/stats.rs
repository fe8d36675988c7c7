//! `tracestone stats`: the samples of a store in numbers.

use serde_json::json;
use tracestone_browse::{Index, Overview, Story, plots, text};
use tracestone_record::words::counted;
use tracestone_store::Store;

use crate::args::StatsArgs;
use crate::failure::{Exit, Failure};
use crate::looking;
use crate::printer::Printer;

/// Prints the numbers, and draws them where that is asked for.
pub(crate) fn run(args: &StatsArgs, printer: &Printer) -> Result<Exit, Failure> {
    let path = &args.store.store;
    let store = Store::open_read_only(path)?;
    let settings = looking::settings(path);
    let overview = Overview::of(&Index::load(path, settings.threads)?, &store)?;
    let story = Story::of(&store, settings.measure)?;
    printer.result(&text(&overview, &story, printer.width()));
    let mut written = Vec::new();
    if let Some(folder) = &args.svg {
        tracestone_files::create_folder(folder)?;
        for plot in plots(&overview, &story) {
            let file = folder.join(plot.name);
            tracestone_files::replace(&file, plot.svg)?;
            written.push(file);
        }
        let drawn = counted(written.len() as u64, "plot");
        printer.note(&format!("{drawn} in {}", folder.display()));
    }
    printer.json(&json!({ "overview": overview, "story": story, "plots": written }));
    Ok(Exit::Success)
}

//! `tracestone browse`: the store in a browser.

use std::time::Duration;

use serde_json::json;
use tracestone_record::words::counted;

use crate::args::BrowseArgs;
use crate::failure::{Exit, Failure};
use crate::interrupt;
use crate::looking;
use crate::printer::Printer;

/// Time between looks whether to stop.
const PAUSE: Duration = Duration::from_millis(100);

/// Serves the pages until Ctrl-C, or writes them.
pub(crate) fn run(args: &BrowseArgs, printer: &Printer) -> Result<Exit, Failure> {
    let settings = looking::settings(&args.store.store);
    if let Some(folder) = &args.out {
        let written = tracestone_browse::write_pages(&settings, folder, args.limit)
            .map_err(looking::failure)?;
        let page = folder.join("index.html");
        printer.result(&format!(
            "wrote {}: {} to look at, numbers of {}",
            page.display(),
            counted(written.samples, "sample"),
            counted(written.of, "sample")
        ));
        printer.json(&json!({ "page": page, "samples": written.samples, "of": written.of }));
        return Ok(Exit::Success);
    }
    let memory = looking::memory();
    let serving = tracestone_browse::listen(&settings, args.port, memory.as_deref())
        .map_err(looking::failure)?;
    printer.result(&format!(
        "{}\n\nOpen this address in a browser on this machine; Ctrl-C ends it. Whoever knows the address and can \
         reach this machine's own ports can read the store.",
        serving.address
    ));
    printer.json(&json!({ "address": serving.address }));
    serving.start();
    while !interrupt::requested() {
        std::thread::sleep(PAUSE);
    }
    Ok(Exit::Success)
}

//! `tracestone forget`: removes what was taken back, and keeps it out.

use tracestone_files as files;
use tracestone_record::words::counted;
use tracestone_record::{OptOut, outside};
use tracestone_store::Store;

use crate::args::ForgetArgs;
use crate::failure::{Exit, Failure};
use crate::printer::Printer;

/// Removes the rows, leaves tombstones, and says what went; without anything to forget, lists the tombstones.
pub(crate) fn run(args: &ForgetArgs, printer: &Printer) -> Result<Exit, Failure> {
    let taken = taken_back(args)?;
    let found = match taken.is_empty() {
        true => Store::open_read_only(&args.store.store)?.tombstones()?,
        // A list may be given before the first crawl.
        false => Store::create_or_open(&args.store.store)?.forget(&taken)?,
    };
    if taken.is_empty() && found.is_empty() {
        printer.result("nothing was taken back");
    }
    for one in &found {
        printer.result(&format!(
            "{:<10}  {}: {} with {} removed",
            one.kind,
            outside::line(&one.value),
            counted(one.programs, "program"),
            counted(one.samples, "sample"),
        ));
    }
    if !taken.is_empty() {
        printer.note(
            "later crawls leave it out, and exports name it; exports made before still hold it",
        );
    }
    printer.json(&serde_json::json!({ "tombstones": found }));
    Ok(Exit::Success)
}

fn taken_back(args: &ForgetArgs) -> Result<Vec<OptOut>, Failure> {
    let mut taken = Vec::new();
    for text in &args.what {
        taken.push(OptOut::parse(text).map_err(Failure::new)?);
    }
    if let Some(path) = &args.list {
        let text = files::read_text(path)?;
        let listed = OptOut::parse_list(&text);
        let at = |(line, why)| Failure::new(format!("{}, line {line}: {why}", path.display()));
        taken.extend(listed.map_err(at)?);
    }
    Ok(taken)
}

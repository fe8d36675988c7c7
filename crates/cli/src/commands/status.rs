//! `tracestone status`: what is in the store, what was left out, and why.

use tracestone_pipeline::Coverage;
use tracestone_pipeline::report::{funnel, hidden, marks, totals};
use tracestone_record::words::{counted, number};
use tracestone_store::Store;

use crate::args::StatusArgs;
use crate::failure::{Exit, Failure};
use crate::interrupt;
use crate::printer::Printer;

/// Prints the summary and every reason with its count.
pub(crate) fn run(args: &StatusArgs, printer: &Printer) -> Result<Exit, Failure> {
    match print(args, printer) {
        // What was asked for is not there, and nothing else went wrong.
        Err(_) if interrupt::requested() => Ok(Exit::Interrupted),
        printed => printed,
    }
}

fn print(args: &StatusArgs, printer: &Printer) -> Result<Exit, Failure> {
    let mut store = Store::open_read_only(&args.store.store)?;
    store.stop_when(interrupt::requested)?;
    let totals = store.summary()?;
    if let Some(reason) = args.why {
        let funnel = store.funnel()?;
        let dropped = totals.drops.iter().find(|dropped| dropped.reason == reason);
        printer.result(&funnel::why(reason, &funnel, dropped));
        let lost = funnel.lost.iter().find(|lost| lost.reason == Some(reason));
        printer.json(&serde_json::json!({
            "reason": reason,
            "explanation": reason.explanation(),
            "dropped": dropped,
            "units": lost,
        }));
        return Ok(Exit::Success);
    }
    printer.result(&totals::text(&totals));
    printer.result(&totals::drops(&totals, args.examples));
    let counts = store.mark_counts()?;
    printer.result(&marks::text(&counts));
    printer.result(&totals::words(&totals));
    let mut json = totals::to_json(&totals)?;
    json["marks"] = serde_json::to_value(&counts)?;
    if args.coverage {
        let coverage = Coverage::of(&store, printer)?;
        printer.result(&coverage_text(&coverage));
        json["coverage"] = serde_json::to_value(&coverage)?;
        let funnel = store.funnel()?;
        printer.result(&funnel::text(&funnel));
        json["funnel"] = serde_json::to_value(&funnel)?;
    }
    let sources = store.hidden_sources()?;
    // Until a crawl has come to its end no source is current, and everything looks hidden.
    let crawled = totals.sources > 0;
    if let Some(text) = hidden::text(&sources).filter(|_| crawled) {
        printer.result(&text);
    }
    json["hidden"] = serde_json::to_value(&sources)?;
    printer.json(&json);
    Ok(Exit::Success)
}

fn coverage_text(coverage: &Coverage) -> String {
    format!(
        "\nReached of the statements of each unit, on average:\n\n  \
         {:5.1} %  by all verified runs, in {}, {} of them wholly\n  \
         {:5.1} %  by mined calls alone, in {}",
        100.0 * coverage.mean,
        counted(coverage.programs, "program"),
        number(coverage.whole),
        100.0 * coverage.mined_mean,
        counted(coverage.mined_programs, "program")
    )
}

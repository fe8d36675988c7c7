//! `tracestone verify`: every answer again, from exported text alone, by a witness that shares no line of
//! Python with what made the answers.

use tracestone_pipeline::{Samples, Verified, verify};
use tracestone_record::outside;
use tracestone_record::words::counted;

use crate::args::VerifyArgs;
use crate::failure::{Exit, Failure};
use crate::printer::Printer;
use crate::{interrupt, settings};

/// Executes every sample of a file or store again and reports the answers that do not hold.
pub(crate) fn run(args: &VerifyArgs, printer: &Printer) -> Result<Exit, Failure> {
    let samples = match (&args.store, &args.file) {
        (Some(path), _) => Samples::Store(path),
        (None, Some(path)) => Samples::File(path),
        (None, None) => return Err(Failure::new("a file or --store is needed")),
    };
    let (first, others) = settings::engines(&args.engines, None);
    let engines = [vec![first], others].concat();
    let verified = verify(samples, &engines, args.limit, printer)?;
    print(&verified, printer);
    Ok(if interrupt::requested() {
        Exit::Interrupted
    } else if verified.wrong > 0 || verified.not_checked > 0 {
        Exit::Partial
    } else {
        Exit::Success
    })
}

fn print(verified: &Verified, printer: &Printer) {
    let held: u64 = verified.held.values().sum();
    for (kind, count) in &verified.held {
        printer.result(&format!("{count:>9}  {:<10} hold", kind.name()));
    }
    for wrong in &verified.examples {
        let why = outside::short(&wrong.why, 2_000);
        printer.result(&format!("{}  {}: {why}", wrong.id, wrong.kind.name()));
    }
    printer.result(&format!(
        "{held} answers hold, {} do not hold, {} are not executed (annotated)",
        verified.wrong, verified.not_executed
    ));
    if verified.not_checked > 0 {
        printer.warning(&format!(
            "{} not checked: their programs run in packages whose files are not on this machine; build their \
             corpus here, or verify the store with --store",
            counted(verified.not_checked, "sample")
        ));
    }
    printer.json(&serde_json::json!({
        "held": verified.held,
        "wrong": verified.wrong,
        "not_executed": verified.not_executed,
        "not_checked": verified.not_checked,
        "examples": verified.examples,
    }));
}

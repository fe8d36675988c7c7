//! `tracestone validate`: is a task's judge fair, and can it be cheated?

use serde_json::json;
use tracestone_eval::probe::probe;
use tracestone_eval::report::terminal::percent;
use tracestone_eval::scoring::agreement;
use tracestone_record::outside;
use tracestone_record::words::counted;

use crate::args::ValidateArgs;
use crate::evaluation::{self, items};
use crate::failure::{Exit, Failure};
use crate::printer::Printer;

/// Answers every item rightly and in several wrong ways, and says what that scores.
pub(crate) fn run(args: &ValidateArgs, printer: &Printer) -> Result<Exit, Failure> {
    let Some(name) = &args.task else {
        return evaluation::list_tasks(printer);
    };
    let task = items::task(name, &args.parameters)?;
    let items = items::load(&task, &args.items)?;
    task.check_slices(&items, &items::slices(&task, &args.parameters))?;
    let mut runner = evaluation::runner(&args.judging, printer);
    let labelled = items::labelled(&task)?;
    let agreement = agreement(task.judge(), &labelled, &mut runner).map_err(Failure::new)?;
    if let Some(agreement) = agreement {
        printer.result(&agreement.to_string());
    }
    let findings = probe(&task, &items, &mut runner)?;
    let holds = findings.iter().all(|finding| finding.holds());
    printer.result(&format!(
        "{}, {}",
        outside::line(task.name()),
        counted(items.len() as u64, "item")
    ));
    for finding in &findings {
        printer.result(&format!(
            "  {:<13} {:>9}  {}",
            finding.probe,
            percent(finding.score),
            match finding.expected {
                None => "nothing is required".to_owned(),
                Some(_) if finding.holds() => "as it must be".to_owned(),
                Some(expected) => format!("must be {}", percent(expected)),
            }
        ));
        if let Some(example) = &finding.example {
            printer.result(&format!(
                "    item {}: {} ({}) for {:?}",
                outside::short(&example.item, 100),
                example.verdict.status.name().replace('_', " "),
                outside::line(&example.verdict.reason.to_string()).replace('_', " "),
                example.response.chars().take(200).collect::<String>(),
            ));
        }
    }
    printer.json(
        &json!({ "task": task.name(), "items": items.len(), "holds": holds, "probes": findings }),
    );
    if holds {
        Ok(Exit::Success)
    } else {
        Err(Failure::new(format!(
            "the task {} scores answers that it must not, or not those that it must",
            task.name()
        )))
    }
}

//! `tracestone validate`: is a task's judge fair, and can it be cheated?

use serde_json::json;
use tracestone_eval::report::terminal::percent;
use tracestone_eval::scoring::{Finding, agreement, probe};
use tracestone_record::outside;
use tracestone_record::words::counted;

use crate::args::ValidateArgs;
use crate::evaluation::{self, items};
use crate::failure::{Exit, Failure};
use crate::printer::Printer;

/// Number of items that are named.
const SHOWN: usize = 20;

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
    let width = findings.iter().map(|finding| finding.probe.len()).max();
    let width = width.unwrap_or_default().max(13);
    for finding in &findings {
        printer.result(&format!(
            "  {:<width$} {:>9}  {}",
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
            if !finding.others.is_empty() {
                printer.result(&others(&finding.others));
            }
        }
    }
    for line in measured(&findings, width) {
        printer.result(&line);
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

/// The line of the other items that came out otherwise.
fn others(items: &[String]) -> String {
    let shown: Vec<_> = items
        .iter()
        .take(SHOWN)
        .map(|item| outside::short(item, 100))
        .collect();
    let rest = match items.len() - shown.len() {
        0 => String::new(),
        rest => format!(" and {rest} more; all are in --json"),
    };
    format!(
        "    likewise {}: {}{rest}",
        counted(items.len() as u64, "other"),
        shown.join(", ")
    )
}

/// The measures that the judge shows openly, a line for each way to answer.
fn measured(findings: &[Finding], width: usize) -> Vec<String> {
    let Some(first) = findings.iter().find(|one| !one.measures.is_empty()) else {
        return Vec::new();
    };
    let titles = first.measures.iter().map(|one| one.title.as_str());
    let mut lines = vec![format!(
        "what each gets by: {}",
        titles.collect::<Vec<_>>().join(", ")
    )];
    lines.extend(findings.iter().map(|finding| {
        let values = finding.measures.iter().map(|one| match one.value {
            Some(value) => format!("{value:>7.4}"),
            None => format!("{:>7}", "–"),
        });
        format!(
            "  {:<width$}   {}",
            finding.probe,
            values.collect::<Vec<_>>().join("  ")
        )
    }));
    lines
}

//! `tracestone eval`: asks models, keeps every answer, and scores.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tracestone_eval::evaluating::{Evaluation, Requests};
use tracestone_eval::judge::{Status, Verdict};
use tracestone_eval::live::Events;
use tracestone_eval::report::{table, terminal};
use tracestone_eval::run::{Failures, Run, Scored};
use tracestone_eval::schedule::{Connections, Halt, Rules};
use tracestone_files as files;
use tracestone_record::outside;
use tracestone_record::words::counted;

use crate::args::{EvalArgs, RequestArgs};
use crate::evaluation::live::Shown;
use crate::evaluation::{self, items, model};
use crate::failure::{Exit, Failure};
use crate::printer::Printer;
use crate::{interrupt, settings};

/// Maximal number of requests at once, if not given and the server can handle it.
const ADAPTIVE_MAX: usize = 100;

/// Asks what is not answered yet, and scores everything: each task of each model.
pub(crate) fn run(args: &EvalArgs, printer: &Printer) -> Result<Exit, Failure> {
    let events = events(args.events.as_deref())?;
    let models = &args.model.model;
    let cells: Vec<(&str, &str)> = args
        .tasks
        .iter()
        .flat_map(|task| {
            models
                .iter()
                .map(move |model| (task.as_str(), model.as_str()))
        })
        .collect();
    if let [(task, model)] = cells[..] {
        let (done, exit) = one(args, task, model, &events, printer)?;
        printer.json(&done.json);
        return Ok(exit);
    }
    if models.len() > 1 && args.model.model_id.is_some() {
        return Err(Failure::new(
            "--model-id names one model, and several are asked",
        ));
    }
    several(args, &cells, &events, printer)
}

/// A file of events, standard output for `-`, or nothing.
fn events(path: Option<&Path>) -> Result<Arc<Events>, Failure> {
    Ok(Events::new(match path {
        None => None,
        Some(path) if path == Path::new("-") => Some(Box::new(std::io::stdout())),
        Some(path) => Some(Box::new(files::create(path)?)),
    }))
}

/// Asks several models or tasks, one after the other, and shows one table at the end. One that cannot be asked
/// does not hold up the others.
fn several(
    args: &EvalArgs,
    cells: &[(&str, &str)],
    events: &Arc<Events>,
    printer: &Printer,
) -> Result<Exit, Failure> {
    let mut rows = Vec::new();
    let mut jsons = Vec::new();
    let mut worst = Exit::Success;
    for (task, model) in cells {
        match one(args, task, model, events, printer) {
            Ok((done, exit)) => {
                worst = worst.worse(exit);
                jsons.push(done.json);
                rows.push(done.row);
            }
            Err(failure) => {
                let said = format!("{:#}", failure.error);
                printer.warning(&format!("{task} with {model}: {said}"));
                for hint in &failure.hints {
                    printer.note(&format!("  hint: {hint}"));
                }
                worst = worst.worse(failure.exit);
                jsons.push(json!({ "task": task, "model": model, "error": said }));
                // A file's task has the name of the file, in most cases.
                let name = Path::new(task).file_stem().and_then(|stem| stem.to_str());
                rows.push(table::Row::failed(name.unwrap_or(task), model, &said));
            }
        }
        printer.result("");
        if interrupt::requested() {
            worst = Exit::Interrupted;
            break;
        }
    }
    printer.result(&table::of(&rows));
    printer.json(&json!({ "runs": jsons }));
    Ok(worst)
}

/// The result of one task with one model.
struct Done {
    row: table::Row,
    json: Value,
}

fn one(
    args: &EvalArgs,
    task: &str,
    model: &str,
    events: &Arc<Events>,
    printer: &Printer,
) -> Result<(Done, Exit), Failure> {
    let task = items::task(task, &args.parameters)?;
    let items = items::load(&task, &args.items)?;
    let slices = items::slices(&task, &args.parameters);
    task.check_slices(&items, &slices)?;
    let labelled = items::labelled(&task)?;
    let generation = model::generation(&task, &args.model)?;
    let answerer = model::answerer(model, &args.model, &args.requests, &generation, &items)?;
    model::say_unused(&answerer, &items, model, printer);
    let evaluation = Evaluation {
        task: &task,
        items: &items,
        labelled: &labelled,
        slices,
        data: items::origin(&task, &args.items),
        model,
        model_id: args.model.model_id.clone(),
        generation,
        epochs: args.model.epochs,
        prices: model::prices(model, &args.model)?,
        log_dir: &args.log_dir,
        requests: requests(&args.requests),
        tool: settings::TOOL,
        events: Arc::clone(events),
    };
    let runner = |opinions: &Path| {
        let mut runner = evaluation::runner(&args.judging, printer);
        runner.keep_opinions_in(opinions);
        runner
    };
    let evaluated = evaluation.make(answerer, runner, &Shown::new(printer))?;
    let (run, scored) = (evaluated.run, evaluated.scored);
    if let Some(agreement) = &scored.agreement {
        printer.result(&agreement.to_string());
    }
    details(&run, &evaluated.verdicts, printer);
    if let Some(halt) = evaluated.halt {
        if scored.score.is_of_something() {
            print(&run, &scored, printer)?;
        }
        return Err(stopped(halt, &run));
    }
    let json = print(&run, &scored, printer)?;
    events.write(&json!({ "event": "finished", "result": &json }));
    let done = Done {
        row: table::Row::of(&run.header, &scored, run.folder()),
        json,
    };
    Ok((done, exit(args, model, &scored)))
}

/// A line for each item, where they are wanted.
fn details(run: &Run, verdicts: &[Vec<Verdict>], printer: &Printer) {
    for (asked, row) in run.asked.iter().zip(verdicts) {
        printer.detail(|| {
            let said: Vec<_> = row
                .iter()
                .map(|verdict| format!("{} ({})", verdict.status.name(), verdict.reason))
                .collect();
            let said = said.join(", ").replace('_', " ");
            format!("    eval  item {}: {said}", asked.item.id)
        });
    }
}

fn requests(args: &RequestArgs) -> Requests {
    if args.batch {
        return Requests::Batches {
            poll: Duration::from_secs(args.batch_poll),
        };
    }
    Requests::Single(Rules {
        connections: match args.max_connections {
            Some(count) => Connections::Fixed(usize::from(count)),
            None => Connections::Adaptive { max: ADAPTIVE_MAX },
        },
        max_retries: args.max_retries,
        timeout: Duration::from_secs(args.timeout),
    })
}

fn print(run: &Run, scored: &Scored, printer: &Printer) -> Result<Value, Failure> {
    printer.result(&format!(
        "{} with {}",
        outside::line(&run.header.task),
        outside::line(&run.header.model)
    ));
    printer.result(&terminal::scored(scored));
    let reasons = scored.score.ungraded();
    let ungraded: u64 = reasons.iter().map(|(_, count)| count).sum();
    if let Some(Failures { all, count, why }) = run.commonest_failure()? {
        printer.warning(&format!(
            "no response to {}; most often ({}): {why}",
            counted(all, "request"),
            counted(count, "time")
        ));
    }
    if let Some((why, count)) = reasons.first() {
        printer.warning(&format!(
            "no verdict on {}; most often ({}): {why}; details are in {}",
            counted(ungraded, "response"),
            counted(*count, "time"),
            run.folder().join("verdicts.jsonl").display()
        ));
    }
    printer.note(&format!(
        "\nthe run is in {0}; `tracestone report {0}` makes a page of it",
        run.folder().display()
    ));
    let mut value = serde_json::to_value(scored)?;
    value["task"] = json!(run.header.task);
    value["model"] = json!(run.header.model);
    value["run"] = json!(run.folder().display().to_string());
    Ok(value)
}

fn stopped(halt: Halt, run: &Run) -> Failure {
    let address = &run.header.endpoint;
    match halt {
        Halt::Log(error) => Failure::from(error),
        Halt::Rejected(error) => Failure::new(format!("the server rejects every request: {error}"))
            .hinted(format!(
                "requests went to {address}; check --model, --model-base-url and the key; answers so far are kept"
            )),
        Halt::Unreachable(error) => Failure::new(format!("nothing answers at {address}: {error}"))
            .hinted(
                "check --model-base-url, and that the server runs; SSL_CERT_FILE names the certificates of a \
                 private authority",
            ),
    }
}

fn exit(args: &EvalArgs, model: &str, scored: &Scored) -> Exit {
    let score = &scored.score;
    if interrupt::requested() {
        Exit::Interrupted
    } else if score.failed_more_than(args.requests.fail_on_error) {
        Exit::Partial
    } else if args
        .fail_under
        // A mean of shares is not exact.
        .is_some_and(|least| score.accuracy < least - 1e-9)
    {
        Exit::BelowGate
    } else if model.starts_with("replay/") || score.count(Status::Missing) == 0 {
        Exit::Success
    } else {
        Exit::Failure
    }
}

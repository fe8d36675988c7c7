//! `tracestone eval`: asks a model, keeps every answer, and scores.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::json;
use tracestone_eval::answer::Extraction;
use tracestone_eval::item::Item;
use tracestone_eval::judge::Status;
use tracestone_eval::log::{AnswerLog, Entry, Reply};
use tracestone_eval::model::{Answerer, Generation, Model};
use tracestone_eval::references;
use tracestone_eval::report::terminal;
use tracestone_eval::responses::Responses;
use tracestone_eval::run::{Asked, Header, Run, Scored};
use tracestone_eval::schedule::{Asking, Connections, Halt, Question, Rules};
use tracestone_eval::task::Task;
use tracestone_record::outside;
use tracestone_record::watch::Progress;
use tracestone_record::words::counted;

use crate::args::{EvalArgs, RequestArgs};
use crate::evaluation::runner::SandboxRunner;
use crate::evaluation::{items, model};
use crate::failure::{Exit, Failure};
use crate::interrupt;
use crate::printer::Printer;

/// Requests at once, where nothing was typed and the server bears it.
const ADAPTIVE_MAX: usize = 100;
/// How often the log is made durable and progress shown.
const TICK: Duration = Duration::from_millis(200);
/// How long requests in flight are awaited after Ctrl-C.
const GRACE: Duration = Duration::from_secs(30);

/// Asks what is not answered yet, and scores everything.
pub(crate) fn run(args: &EvalArgs, printer: &Printer) -> Result<Exit, Failure> {
    let task = items::task(&args.task, &args.parameters)?;
    let items = items::load(&task, &args.items)?;
    let generation = model::generation(&task, &args.model);
    let answerer = model::answerer(&args.model, &args.requests, &generation, &items)?;
    let prices = model::prices(&args.model)?;
    let run = open(args, &task, &items, generation, &answerer)?;
    let halt = answer(args, &run, answerer, printer)?;
    // Where answers cannot be written, a score cannot be either.
    if let Some(halt @ Halt::Log(_)) = halt {
        return Err(stopped(halt, &run));
    }
    let mut scored = judge(args, &task, &run, &items, printer)?;
    for (asked, row) in run.asked.iter().zip(&scored.0) {
        printer.detail(|| {
            let said: Vec<_> = row
                .iter()
                .map(|verdict| format!("{} ({})", verdict.status.name(), verdict.reason))
                .collect();
            let said = said.join(", ").replace('_', " ");
            format!("    eval  item {}: {said}", asked.item.id)
        });
    }
    scored.1.cost = prices.and_then(|prices| prices.cost(&scored.1.score));
    run.write_score(&scored.0, &scored.1)?;
    print(&task, &run, &scored.1, printer)?;
    match halt {
        Some(halt) => Err(stopped(halt, &run)),
        None => Ok(exit(args, &scored.1)),
    }
}

/// The run's folder, new or found again.
fn open(
    args: &EvalArgs,
    task: &Task,
    items: &[Item],
    generation: Generation,
    answerer: &Answerer,
) -> Result<Run, Failure> {
    let mut asked = Vec::with_capacity(items.len());
    for item in items {
        asked.push(Asked {
            messages: task.render(item)?,
            item: item.clone(),
        });
    }
    let (endpoint, extraction, fingerprint, given) = match answerer {
        Answerer::Server { endpoint, .. } => (endpoint.as_str(), Extraction::Marked, "", 1),
        Answerer::Given {
            responses,
            extraction,
            fingerprint,
        } => {
            let epochs = super::score::epochs(items, responses)?;
            ("", *extraction, fingerprint.as_str(), epochs)
        }
    };
    let header = Header {
        layout: Header::layout(),
        task: task.name().to_owned(),
        task_hash: task.hash(),
        parameters: task.parameters().clone(),
        judge: task.judge().name().to_owned(),
        slices: items::slices(task, &args.parameters),
        model: format!("{}{fingerprint}", args.model.model),
        endpoint: endpoint.to_owned(),
        generation,
        epochs: args
            .model
            .epochs
            .unwrap_or_else(|| u32::try_from(given).unwrap_or(u32::MAX)),
        extraction,
        items: items.len(),
        items_hash: Item::hash_all(items),
        source: task.items().source,
        data: items::origin(task, &args.items),
        created: now(),
        tool: concat!("tracestone ", env!("CARGO_PKG_VERSION")).to_owned(),
    };
    Ok(Run::create(&args.log_dir, header, asked)?)
}

fn now() -> String {
    chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

/// Gets the answers that the log does not have.
fn answer(
    args: &EvalArgs,
    run: &Run,
    answerer: Answerer,
    printer: &Printer,
) -> Result<Option<Halt>, Failure> {
    let (log, entries, copied) = run.open_log()?;
    let mut questions = Vec::new();
    // Repeats of an item are apart from each other, so that a run that is cut short has answers to
    // many items rather than many answers to few.
    for repeat in 0..run.header.epochs {
        for asked in &run.asked {
            let key = run.key(asked, repeat);
            let answered = entries
                .get(&key)
                .is_some_and(|entry| matches!(entry.reply, Reply::Response(_)));
            if !answered {
                questions.push(Question {
                    key,
                    item: asked.item.id.clone(),
                    repeat,
                    messages: asked.messages.clone(),
                });
            }
        }
    }
    let all = run.asked.len() * run.header.epochs as usize;
    let kept = all - questions.len();
    if kept > 0 {
        printer.note(&format!(
            "{kept} of {} already answered ({copied} of them in other runs)",
            counted(all as u64, "question")
        ));
    }
    match answerer {
        Answerer::Given { responses, .. } => {
            replay(&log, &responses, questions)?;
            Ok(None)
        }
        Answerer::Server { model, .. } => ask(&args.requests, model, log, questions, printer),
    }
}

/// Logs responses that are there.
fn replay(log: &AnswerLog, responses: &Responses, questions: Vec<Question>) -> Result<(), Failure> {
    for question in questions {
        let given = responses
            .get(&question.item)
            .and_then(|given| given.get(question.repeat as usize));
        if let Some(response) = given {
            log.append(&Entry {
                key: question.key,
                item: question.item,
                repeat: question.repeat,
                at: now(),
                seconds: 0.0,
                attempts: 0,
                reply: Reply::Response(response.clone()),
            })?;
        }
    }
    log.sync()?;
    Ok(())
}

/// Asks a server, until everything is answered or Ctrl-C is pressed.
fn ask(
    requests: &RequestArgs,
    model: Box<dyn Model>,
    log: AnswerLog,
    questions: Vec<Question>,
    printer: &Printer,
) -> Result<Option<Halt>, Failure> {
    let rules = Rules {
        connections: match requests.max_connections {
            Some(count) => Connections::Fixed(usize::from(count)),
            None => Connections::Adaptive { max: ADAPTIVE_MAX },
        },
        max_retries: requests.max_retries,
        timeout: Duration::from_secs(requests.timeout),
    };
    let progress = Progress::start(printer, "eval", "responses", questions.len() as u64);
    let asking = Asking::start(model, log, rules, questions)?;
    let mut stopped: Option<Instant> = None;
    let failed = loop {
        let state = asking.wait(TICK)?;
        let finished = state.answered + state.failed;
        progress.advance(finished - progress.count());
        if state.done {
            break state.failed;
        }
        if interrupt::requested() && stopped.is_none() {
            printer.note(&format!(
                "stopping; waiting for {} in flight (Ctrl-C again leaves them)",
                counted(state.running as u64, "request")
            ));
            asking.stop();
            stopped = Some(Instant::now());
        }
        if stopped.is_some_and(|since| since.elapsed() > GRACE) {
            break state.failed;
        }
    };
    progress.finish(&format!(
        "{}, {}",
        counted(progress.count() - failed, "response"),
        counted(failed, "failure")
    ));
    Ok(asking.finish()?)
}

fn judge(
    args: &EvalArgs,
    task: &Task,
    run: &Run,
    items: &[Item],
    printer: &Printer,
) -> Result<(Vec<Vec<tracestone_eval::judge::Verdict>>, Scored), Failure> {
    let replies = run.replies(&run.answers()?);
    let mut runner = SandboxRunner::new(&args.judging, printer);
    references::judged(
        task.judge(),
        items,
        &replies,
        run.header.extraction,
        &run.header.slices,
        &mut runner,
    )
    .map_err(Failure::new)
}

fn print(task: &Task, run: &Run, scored: &Scored, printer: &Printer) -> Result<(), Failure> {
    printer.result(&format!(
        "{} with {}",
        outside::line(task.name()),
        outside::line(&run.header.model)
    ));
    printer.result(&terminal::scored(scored));
    if let Some((why, count)) = commonest_failure(run)? {
        printer.warning(&format!(
            "no answer to {}; most often ({}): {why}",
            counted(
                scored
                    .score
                    .statuses
                    .get(&Status::ApiError)
                    .copied()
                    .unwrap_or(0),
                "question"
            ),
            counted(count, "time")
        ));
    }
    printer.note(&format!(
        "\nthe run is in {0}; `tracestone report {0}` makes a page of it",
        run.folder().display()
    ));
    let mut value = serde_json::to_value(scored)?;
    value["task"] = json!(task.name());
    value["model"] = json!(run.header.model);
    value["run"] = json!(run.folder().display().to_string());
    printer.json(&value);
    Ok(())
}

/// The failure that most questions ended with, and how many did.
fn commonest_failure(run: &Run) -> Result<Option<(String, u64)>, Failure> {
    let mut failures: BTreeMap<String, u64> = BTreeMap::new();
    for entry in run.answers()?.into_values() {
        if let Reply::Error(error) = entry.reply {
            *failures.entry(error.to_string()).or_default() += 1;
        }
    }
    // Of equally frequent ones the first by name, so that the same run says the same.
    let most = failures.values().max().copied();
    Ok(failures.into_iter().find(|(_, count)| Some(*count) == most))
}

fn stopped(halt: Halt, run: &Run) -> Failure {
    match halt {
        Halt::Log(error) => Failure::from(error)
            .hinted("answers before that are kept; free some space and run the same command again"),
        Halt::Rejected(error) => Failure::new(format!("the server rejects every request: {error}"))
            .hinted(format!(
                "requests went to {}; check --model, --model-base-url and the key",
                run.header.endpoint
            )),
    }
}

fn exit(args: &EvalArgs, scored: &Scored) -> Exit {
    let count = |status| scored.score.statuses.get(&status).copied().unwrap_or(0);
    let errors = count(Status::ApiError);
    let all: u64 = scored.score.statuses.values().sum();
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    let (errors, all) = (errors as f64, all as f64);
    let threshold = args.requests.fail_on_error;
    let allowed = if threshold < 1.0 {
        threshold * all
    } else {
        threshold
    };
    if interrupt::requested() {
        Exit::Interrupted
    } else if errors > allowed {
        Exit::Partial
    } else if args
        .fail_under
        .is_some_and(|least| scored.score.accuracy < least)
    {
        Exit::BelowGate
    } else if args.model.model.starts_with("replay/") || count(Status::Missing) == 0 {
        Exit::Success
    } else {
        Exit::Failure
    }
}

//! `tracestone eval`: asks models, keeps every answer, and scores.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tracestone_eval::answer::Extraction;
use tracestone_eval::batching::Ledger;
use tracestone_eval::item::Item;
use tracestone_eval::judge::Status;
use tracestone_eval::log::{AnswerLog, Entry, Reply};
use tracestone_eval::model::{Answerer, Generation, Model};
use tracestone_eval::references;
use tracestone_eval::report::terminal;
use tracestone_eval::responses::Responses;
use tracestone_eval::run::{Asked, Header, Run, Scored};
use tracestone_eval::schedule::{Asking, Connections, Halt, Observer, Question, Rules};
use tracestone_eval::task::Task;
use tracestone_record::outside;
use tracestone_record::words::counted;

use crate::args::{EvalArgs, RequestArgs};
use crate::evaluation::live::{Events, Live};
use crate::evaluation::{self, agreement, items, model, table};
use crate::failure::{Exit, Failure, Hint as _};
use crate::interrupt;
use crate::printer::Printer;

/// Maximal number of requests at once, if not given and the server can handle it.
const ADAPTIVE_MAX: usize = 100;
/// The interval in which the log is made durable and progress shown.
const TICK: Duration = Duration::from_millis(200);
/// The time for which requests in flight are awaited after Ctrl-C.
const GRACE: Duration = Duration::from_secs(30);
/// The same where the server has answered nothing.
const GRACE_WITHOUT_ANSWERS: Duration = Duration::from_secs(1);

/// Asks what is not answered yet, and scores everything: each task of each model.
pub(crate) fn run(args: &EvalArgs, printer: &Printer) -> Result<Exit, Failure> {
    let events = Events::open(args.events.as_deref())?;
    let cells: Vec<(&str, &str)> = args
        .tasks
        .iter()
        .flat_map(|task| {
            args.model
                .model
                .iter()
                .map(move |model| (task.as_str(), model.as_str()))
        })
        .collect();
    if let [(task, model)] = cells[..] {
        let (done, exit) = one(args, task, model, &events, printer)?;
        printer.json(&done.json);
        return Ok(exit);
    }
    if args.model.model.len() > 1 && args.model.model_id.is_some() {
        return Err(Failure::new(
            "--model-id names one model, and several are asked",
        ));
    }
    several(args, &cells, &events, printer)
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
                worst = worse(worst, exit);
                jsons.push(done.json);
                rows.push(done.row);
            }
            Err(failure) => {
                let said = format!("{:#}", failure.error);
                printer.warning(&format!("{task} with {model}: {said}"));
                for hint in &failure.hints {
                    printer.note(&format!("  hint: {hint}"));
                }
                worst = worse(worst, failure.exit);
                jsons.push(json!({ "task": task, "model": model, "error": said }));
                rows.push(table::Row::failed(task, model, &said));
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

/// The exit that says more: an interruption, then what failed, then what is missing, then a gate.
fn worse(one: Exit, other: Exit) -> Exit {
    let rank = |exit: Exit| match exit {
        Exit::Success => 0,
        Exit::BelowGate => 1,
        Exit::Partial => 2,
        Exit::Failure => 3,
        Exit::Interrupted => 4,
    };
    if rank(other) > rank(one) { other } else { one }
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
    task.check_slices(&items, &items::slices(&task, &args.parameters))?;
    let generation = model::generation(&task, &args.model)?;
    let answerer = model::answerer(model, &args.model, &args.requests, &generation, &items)?;
    model::warn_of_odd_lines(&answerer, model, printer);
    let prices = model::prices(model, &args.model)?;
    let run = open(args, model, &task, &items, generation, &answerer)?;
    let live = Live::new(
        &run,
        task.judge_choice().build()?,
        &items,
        prices,
        Arc::clone(events),
    );
    let (halt, notes) = answer(args, &run, answerer, live, printer)?;
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
    // What an earlier part of the run learned holds for its answers.
    let earlier = run.scored().map(|scored| scored.notes).unwrap_or_default();
    scored.1.notes = earlier;
    for note in notes {
        if !scored.1.notes.contains(&note) {
            scored.1.notes.push(note);
        }
    }
    scored.1.cost = prices.and_then(|prices| prices.cost(&scored.1.score));
    run.write_score(&scored.0, &scored.1)?;
    let nothing = !scored
        .1
        .score
        .statuses
        .keys()
        .any(|status| status.is_answered());
    if let Some(halt) = halt {
        // A score of nothing at all would mislead.
        if !nothing {
            print(&task, &run, &scored.1, printer)?;
        }
        return Err(stopped(halt, &run));
    }
    let json = print(&task, &run, &scored.1, printer)?;
    events.write(&json!({ "event": "finished", "result": &json }));
    let done = Done {
        row: table::Row::of(&run.header, &scored.1, run.folder()),
        json,
    };
    Ok((done, exit(args, model, &scored.1)))
}

/// The run's folder, new or found again.
fn open(
    args: &EvalArgs,
    model: &str,
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
    let (endpoint, extraction, given, repeats) = match answerer {
        Answerer::Server { endpoint, .. } => (endpoint.as_str(), Extraction::Marked, "", 1),
        Answerer::Given {
            responses,
            extraction,
            fingerprint,
            ..
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
        judge_settings: task.judge_choice().settings.clone(),
        slices: items::slices(task, &args.parameters),
        model: model.to_owned(),
        endpoint: endpoint.to_owned(),
        model_id: args.model.model_id.clone(),
        given: given.to_owned(),
        generation,
        epochs: args
            .model
            .epochs
            .unwrap_or_else(|| u32::try_from(repeats).unwrap_or(u32::MAX)),
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

/// Gets the answers that the log does not have. Gives why it ended early, and what was different from what
/// was asked for.
fn answer(
    args: &EvalArgs,
    run: &Run,
    answerer: Answerer,
    live: Live,
    printer: &Printer,
) -> Result<(Option<Halt>, Vec<String>), Failure> {
    let (log, entries, copied) = run.open_log()?;
    let mut questions = Vec::new();
    // Repeats of an item are apart from each other, so that a run that is cut short has answers to
    // many items rather than many answers to few.
    for repeat in 0..run.header.epochs {
        for asked in &run.asked {
            let key = run.key(asked, repeat);
            let entry = entries.get(&key);
            match entry.filter(|entry| matches!(entry.reply, Reply::Response(_))) {
                Some(entry) => live.take(entry),
                None => questions.push(Question {
                    key,
                    item: asked.item.id.clone(),
                    repeat,
                    messages: asked.messages.clone(),
                }),
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
            Ok((None, Vec::new()))
        }
        Answerer::Server { model, .. } if args.requests.batch => {
            batch(
                &args.requests,
                run,
                model.as_ref(),
                &log,
                &questions,
                printer,
            )?;
            Ok((None, model.notes()))
        }
        Answerer::Server { model, .. } => ask(&args.requests, model, log, questions, live, printer),
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

/// Hands questions over in batches, and waits for the responses until Ctrl-C is pressed.
fn batch(
    requests: &RequestArgs,
    run: &Run,
    model: &dyn Model,
    log: &AnswerLog,
    questions: &[Question],
    printer: &Printer,
) -> Result<(), Failure> {
    let server = model.batches().ok_or_else(|| {
        Failure::new("this protocol has no batches")
            .hinted("OpenAI's chat and responses have them, and Anthropic's")
    })?;
    let kept =
        "batches that were submitted are in the run's batches.json; the same command collects them";
    let mut ledger = Ledger::open(run)?;
    let (submitted, waiting) = ledger.submit(server, questions, &now()).hint(kept)?;
    printer.note(&format!(
        "    eval  {} submitted in batches, {waiting} waited for already",
        counted(submitted as u64, "question"),
    ));
    let mut said = None;
    loop {
        let waiting = ledger.collect(server, questions, log, &now()).hint(kept)?;
        if waiting.answered + waiting.failed > 0 {
            printer.note(&format!(
                "    eval  {}, {} collected",
                counted(waiting.answered, "response"),
                counted(waiting.failed, "failure")
            ));
        }
        if waiting.open == 0 {
            return Ok(());
        }
        if said != Some(waiting.done) {
            said = Some(waiting.done);
            printer.note(&format!(
                "    eval  {}/{} requests of open batches done",
                waiting.done, waiting.all,
            ));
        }
        let until = Instant::now() + Duration::from_secs(requests.batch_poll);
        while Instant::now() < until {
            if interrupt::requested() {
                printer.note(
                    "stopping; the server goes on, and the same command collects what it answers",
                );
                return Ok(());
            }
            std::thread::sleep(TICK);
        }
    }
}

/// Asks a server, until everything is answered or Ctrl-C is pressed.
fn ask(
    requests: &RequestArgs,
    model: Box<dyn Model>,
    log: AnswerLog,
    questions: Vec<Question>,
    live: Live,
    printer: &Printer,
) -> Result<(Option<Halt>, Vec<String>), Failure> {
    let rules = Rules {
        connections: match requests.max_connections {
            Some(count) => Connections::Fixed(usize::from(count)),
            None => Connections::Adaptive { max: ADAPTIVE_MAX },
        },
        max_retries: requests.max_retries,
        timeout: Duration::from_secs(requests.timeout),
    };
    let live = Arc::new(live);
    let shown = live.start(questions.len() as u64, printer);
    let observer = live.is_watched(printer).then(|| -> Observer {
        let live = Arc::clone(&live);
        Box::new(move |entry| live.take(entry))
    });
    let asking = Asking::start(model, log, rules, questions, observer)?;
    let mut stopped: Option<(Instant, Duration)> = None;
    let mut notes = Vec::new();
    let state = loop {
        let state = asking.wait(TICK)?;
        shown.show(&state);
        for note in asking.notes().into_iter().skip(notes.len()) {
            printer.note(&note);
            live.note(&note);
            notes.push(note);
        }
        if state.done {
            break state;
        }
        if interrupt::requested() && stopped.is_none() {
            printer.note(&format!(
                "stopping; waiting for {} in flight (Ctrl-C again leaves them)",
                counted(state.running as u64, "request")
            ));
            asking.stop();
            stopped = Some((Instant::now(), GRACE));
        }
        if state.halted && stopped.is_none() {
            let grace = if state.answered > 0 {
                GRACE
            } else {
                GRACE_WITHOUT_ANSWERS
            };
            stopped = Some((Instant::now(), grace));
        }
        if stopped.is_some_and(|(since, grace)| since.elapsed() > grace) {
            break state;
        }
    };
    shown.finish(&state);
    Ok((asking.finish()?, notes))
}

fn judge(
    args: &EvalArgs,
    task: &Task,
    run: &Run,
    items: &[Item],
    printer: &Printer,
) -> Result<(Vec<Vec<tracestone_eval::judge::Verdict>>, Scored), Failure> {
    let replies = run.replies(&run.answers()?);
    let mut runner = evaluation::runner(&args.judging, printer);
    runner.keep_opinions_in(&run.path("opinions.jsonl"));
    let agreement = agreement(task, &mut runner)?;
    if let Some(agreement) = &agreement {
        printer.result(&agreement.to_string());
    }
    let (verdicts, mut scored) = references::judged(
        task.judge(),
        items,
        &replies,
        run.header.extraction,
        &run.header.slices,
        &mut runner,
    )
    .map_err(Failure::new)?;
    scored.agreement = agreement;
    Ok((verdicts, scored))
}

fn print(task: &Task, run: &Run, scored: &Scored, printer: &Printer) -> Result<Value, Failure> {
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
    Ok(value)
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
    let address = &run.header.endpoint;
    match halt {
        Halt::Log(error) => Failure::from(error)
            .hinted("answers before that are kept; free some space and run the same command again"),
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
    let count = |status| scored.score.statuses.get(&status).copied().unwrap_or(0);
    let errors = count(Status::ApiError);
    let all: u64 = scored.score.statuses.values().sum();
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
    } else if model.starts_with("replay/") || count(Status::Missing) == 0 {
        Exit::Success
    } else {
        Exit::Failure
    }
}

//! `tracestone serve`: the judge over HTTP.

use std::io::Read as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;
use tracestone_eval::gather::{SampleFilter, Samples as _};
use tracestone_eval::judge::{Job, Runner};
use tracestone_pipeline::SampleSource;
use tracestone_record::Language;
use tracestone_record::watch::{Event, Watch};
use tracestone_record::words::counted;
use tracestone_serve::{Library, Server, Settings};

use crate::args::ServeArgs;
use crate::evaluation;
use crate::failure::{Exit, Failure, Hint as _};
use crate::hints;
use crate::interrupt;
use crate::printer::Printer;

/// Serves until it is asked to stop.
pub(crate) fn run(args: &ServeArgs, printer: &Printer) -> Result<Exit, Failure> {
    let library = library(args)?;
    let samples = library.len() as u64;
    let left = library.unjudged();
    let server = Server::bind(SocketAddr::new(args.host, args.port))
        .hint("another server may have the port: choose one with --port, or --port 0 for any")?;
    if !args.host.is_loopback() {
        printer.warning(
            "whoever reaches this address can ask for verdicts, and have programs executed in the sandbox",
        );
    }
    let url = format!("http://{}", server.address());
    let mut line = match samples {
        0 => format!("{url} judges the samples that requests carry"),
        _ => format!("{url} judges {}", counted(samples, "sample")),
    };
    if left > 0 {
        line.push_str(&format!("; {left} more are prose, which has no judge"));
    }
    printer.result(&line);
    printer.json(&json!({ "url": url, "samples": samples, "without_judge": left }));
    let ended = watch_stdin(args.until_stdin_ends);
    let lasting = Lasting(printer);
    let settings = settings(args);
    let summary = server.run(
        library,
        &settings,
        &|| Box::new(sandbox(args, &lasting, printer)),
        &|| interrupt::requested() || ended.load(Ordering::SeqCst),
    )?;
    printer.note(&format!(
        "stopped after {}",
        counted(summary.verdicts, "verdict")
    ));
    Ok(Exit::Success)
}

fn library(args: &ServeArgs) -> Result<Library, Failure> {
    let mut library = Library::default();
    let source = match (&args.data, &args.store) {
        (Some(data), _) => SampleSource::Export(data.clone()),
        (None, Some(store)) => SampleSource::Store(store.clone()),
        (None, None) => return Ok(library),
    };
    source
        .each(&SampleFilter::default(), &mut |sample| library.add(&sample))
        .map_err(|error| unread(error, args))?;
    if library.is_empty() {
        return Err(Failure::new("there is no sample that could be judged")
            .hinted("`tracestone status` shows what is in a store"));
    }
    Ok(library)
}

/// The failure to read samples, with the hints for its cause.
fn unread(error: Box<dyn std::error::Error + Send + Sync>, args: &ServeArgs) -> Failure {
    let mut hints = hints::of_cause(error.as_ref());
    if args.data.is_some() && hints.is_empty() {
        hints.push(
            "--data names the folder of a JSON Lines or Parquet export, or a file of one"
                .to_owned(),
        );
    }
    let failure = Failure::from(anyhow::Error::from_boxed(error));
    hints.into_iter().fold(failure, Failure::hinted)
}

fn settings(args: &ServeArgs) -> Settings {
    Settings {
        judges: args.engine.jobs.count(),
        sandboxes: args.engine.jobs.count(),
        queue: args.queue as usize,
        reward: args.reward,
        ..Settings::default()
    }
}

/// A sandbox with one interpreter, which is started now rather than for the first response.
fn sandbox<'p>(args: &ServeArgs, lasting: &'p Lasting<'p>, printer: &Printer) -> impl Runner + 'p {
    let mut runner = evaluation::lasting_runner(&args.engine, lasting);
    let first = Job {
        language: Language::Python,
        program: String::new(),
        setup: String::new(),
        expressions: vec!["0".to_owned()],
    };
    if let Err(why) = runner.run(vec![first]) {
        printer.warning(&format!(
            "answers that have to be executed get no verdict: {why}"
        ));
    }
    runner
}

/// A flag that is set when the standard input ends, if that is asked for.
fn watch_stdin(asked: bool) -> Arc<AtomicBool> {
    let ended = Arc::new(AtomicBool::new(false));
    if asked {
        let ended = Arc::clone(&ended);
        std::thread::spawn(move || {
            let mut buffer = [0; 256];
            let mut input = std::io::stdin().lock();
            while input.read(&mut buffer).is_ok_and(|count| count > 0) {}
            ended.store(true, Ordering::SeqCst);
        });
    }
    ended
}

/// Passes on what it hears, and never asks to stop: responses in flight get their verdicts.
struct Lasting<'p>(&'p Printer);

impl Watch for Lasting<'_> {
    fn event(&self, event: Event<'_>) {
        self.0.event(event);
    }
}

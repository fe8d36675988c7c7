//! Looking at single runs, at a dataset's model, and at the clock.

use std::path::Path;
use std::time::Instant;

use rayon::prelude::*;
use serde_json::json;
use tracestone_files as files;
use tracestone_karel::{Deed, Semantics, Settings, Trace, World, draw, parse};
use tracestone_lab::Dataset;
use tracestone_record::words::counted;

use crate::args::{JobsArg, KarelRunArgs};
use crate::failure::{Exit, Failure, Hint as _};
use crate::printer::Printer;

/// Runs a program and shows every step.
pub(super) fn run(args: &KarelRunArgs, printer: &Printer) -> Result<Exit, Failure> {
    let shown = args.program.display();
    let text = files::read_text(&args.program)?;
    let program = parse(&text)
        .map_err(|error| Failure::new(format!("{shown}, {error}")))
        .hint("a program is `def run() { move turn_left if (front_is_clear) { move } }`")?;
    let rows: Vec<&str> = args.world.split('/').collect();
    let world = World::parse(&rows).hint(
        "write rows from north to south with slashes between them, such as \"> . #/. 2 .\"",
    )?;
    let trace = Trace::of(&program, &world, &args.semantics, args.max_steps)
        .hint("--max-steps allows more")?;
    let mut out = format!("{}\n", trace.start);
    let mut steps = Vec::new();
    for (number, told) in (1..).zip(&trace.steps) {
        let what = match told.step.deed {
            Deed::Action {
                word,
                done,
                changed,
            } => {
                let meaning = if word == done {
                    String::new()
                } else {
                    format!(" (means {})", done.name())
                };
                let effect = if changed { "" } else { ": nothing happens" };
                format!("{}{meaning}{effect}", word.name())
            }
            Deed::Test { condition, held } => {
                format!("{condition}: {}", if held { "yes" } else { "no" })
            }
            Deed::Round { left } => format!("{} left", counted(left as u64, "round")),
        };
        out.push_str(&format!(
            "\nstep {number}, line {}: {what}\n{}\n",
            told.step.line, told.world
        ));
        steps.push(json!({ "line": told.step.line, "what": what, "world": told.world.lines() }));
    }
    printer.result(out.trim_end());
    printer
        .json(&json!({ "start": trace.start.lines(), "steps": steps, "end": trace.end().lines() }));
    Ok(Exit::Success)
}

/// Shows a dataset's model.
pub(super) fn scm(dir: &Path, printer: &Printer) -> Result<Exit, Failure> {
    let scm = Dataset::open(dir)?.corpus.scm;
    printer.result(scm.text().trim_end());
    printer.json(&serde_json::to_value(&scm)?);
    Ok(Exit::Success)
}

/// Draws programs, and draws and executes them, and says how long each takes.
pub(super) fn speed(
    programs: u64,
    settings: &Settings,
    steps: u32,
    jobs: &JobsArg,
    printer: &Printer,
) -> Result<Exit, Failure> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(jobs.count())
        .build()?;
    let original = Semantics::original();
    let timed = |work: &(dyn Fn(u64) -> u64 + Sync)| {
        let started = Instant::now();
        let sum: u64 = pool.install(|| (0..programs).into_par_iter().map(work).sum());
        (started.elapsed().as_secs_f64().max(1e-9), sum)
    };
    let (drawing, drawn) = timed(&|number| draw(settings, number).worlds.len() as u64);
    let (both, ended) = timed(&|number| {
        let drawn = draw(settings, number);
        let mut ended = 0;
        for world in &drawn.worlds {
            let end = tracestone_karel::run(&drawn.program, world, &original, steps, |_, _| {});
            ended += u64::from(end.is_ok());
        }
        ended
    });
    let rate = |seconds: f64| programs as f64 / seconds;
    printer.result(&format!(
        "{0} drawn in {drawing:.1} s: {1} a second\n\
         {0} drawn and executed in {both:.1} s: {2} a second\n\
         {ended} of {drawn} runs were over within {steps} steps; {3}",
        counted(programs, "program"),
        tracestone_record::words::rate(rate(drawing)),
        tracestone_record::words::rate(rate(both)),
        counted(jobs.count() as u64, "thread")
    ));
    printer.json(&json!({
        "programs": programs,
        "threads": jobs.count(),
        "drawn_per_second": rate(drawing),
        "executed_per_second": rate(both),
        "runs": drawn,
        "runs_over": ended,
    }));
    Ok(Exit::Success)
}

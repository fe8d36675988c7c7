//! Looking at single runs, at a dataset's model, and at the clock.

use std::path::Path;

use serde_json::json;
use tracestone_files as files;
use tracestone_karel::{Settings, Trace, World, parse};
use tracestone_lab::Dataset;
use tracestone_record::words::{counted, rate};

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
        let what = told.step.deed.to_string();
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
    let scm = Dataset::open(dir)?.karel()?.scm.clone();
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
    let speed = tracestone_lab::speed(programs, settings, steps, jobs.count())?;
    printer.result(&format!(
        "{0} drawn in {1:.1} s: {2} a second\n\
         {0} drawn and executed in {3:.1} s: {4} a second\n\
         {5} of {6} runs were over within {steps} steps; {7}",
        counted(programs, "program"),
        speed.drawing,
        rate(speed.drawn_per_second),
        speed.both,
        rate(speed.executed_per_second),
        speed.runs_over,
        speed.runs,
        counted(speed.threads as u64, "thread")
    ));
    printer.json(&serde_json::to_value(speed)?);
    Ok(Exit::Success)
}

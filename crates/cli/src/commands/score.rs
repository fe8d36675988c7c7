//! `tracestone score`: verdicts on answers that are there already.

use std::io::Write as _;
use std::path::Path;

use serde_json::json;
use tracestone_eval::compat::{self, Compat, Held, Original};
use tracestone_eval::item::Item;
use tracestone_eval::judge::{Choice, Verdict};
use tracestone_eval::model::Answerer;
use tracestone_eval::references;
use tracestone_eval::report::terminal;
use tracestone_eval::responses::Responses;
use tracestone_eval::run::{Run, Scored};
use tracestone_eval::task::{Source, Task, check_slices};
use tracestone_files as files;
use tracestone_pipeline::SandboxRunner;

use crate::args::ScoreArgs;
use crate::evaluation::{self, agreement, items, model};
use crate::failure::{Exit, Failure, Hint as _};
use crate::interrupt;
use crate::printer::Printer;

/// Judges a run again, or responses made elsewhere.
pub(crate) fn run(args: &ScoreArgs, printer: &Printer) -> Result<Exit, Failure> {
    match (&args.run, &args.responses, &args.task) {
        (Some(folder), ..) => score_run(folder, args, printer)?,
        (None, Some(responses), Some(task)) => score_responses(task, responses, args, printer)?,
        _ => return Err(Failure::new("a run, or --task with --responses, is needed")),
    }
    Ok(if interrupt::requested() {
        Exit::Interrupted
    } else {
        Exit::Success
    })
}

fn score_run(folder: &Path, args: &ScoreArgs, printer: &Printer) -> Result<(), Failure> {
    let run = Run::open(folder)?;
    let judge = Choice {
        name: run.header.judge.clone(),
        settings: run.header.judge_settings.clone(),
    };
    let judge = judge
        .build()
        .hint("the run was made by another version of tracestone")?;
    let slices = if args.parameters.slice.is_empty() {
        &run.header.slices
    } else {
        &args.parameters.slice
    };
    let items = run.items();
    check_slices(&run.header.task, &items, slices)?;
    let replies = run.replies(&run.answers()?);
    let mut runner = evaluation::runner(&args.judging, printer);
    runner.keep_opinions_in(&run.path("opinions.jsonl"));
    let extraction = run.header.extraction;
    let (verdicts, mut scored) =
        references::judged(&*judge, &items, &replies, extraction, slices, &mut runner)
            .map_err(Failure::new)?;
    let of = (run.header.task.as_str(), run.header.source);
    let original = originals(args, of, &items, &verdicts, &mut runner)?;
    scored.compat = published(args, original.as_deref());
    // Judging again costs nothing more and nothing less.
    let earlier = run.scored().ok();
    scored.cost = earlier.as_ref().and_then(|earlier| earlier.cost);
    scored.agreement = earlier.and_then(|earlier| earlier.agreement);
    run.write_score(&verdicts, &scored)?;
    write_verdicts(args, &items, &verdicts, original.as_deref())?;
    printer.result(&terminal::scored(&scored));
    printer.json(&serde_json::to_value(&scored)?);
    Ok(())
}

fn score_responses(
    task: &str,
    responses: &Path,
    args: &ScoreArgs,
    printer: &Printer,
) -> Result<(), Failure> {
    let task = items::task(task, &args.parameters)?;
    let items = items::load(&task, &args.items)?;
    task.check_slices(&items, &items::slices(&task, &args.parameters))?;
    let given = model::replay(responses)?;
    model::warn_of_odd_lines(&given, &responses.display().to_string(), printer);
    let Answerer::Given {
        responses,
        extraction,
        ..
    } = given
    else {
        return Err(Failure::new("these are not responses"));
    };
    let epochs = epochs(&items, &responses)?;
    let replies = references::of_responses(&items, &responses, epochs);
    let mut runner = evaluation::runner(&args.judging, printer);
    let slices = items::slices(&task, &args.parameters);
    let agreement = agreement(&task, &mut runner)?;
    if let Some(agreement) = &agreement {
        printer.result(&agreement.to_string());
    }
    let judge = task.judge();
    let (verdicts, mut scored) =
        references::judged(judge, &items, &replies, extraction, &slices, &mut runner)
            .map_err(Failure::new)?;
    let of = (task.name(), task.items().source);
    let original = originals(args, of, &items, &verdicts, &mut runner)?;
    scored.compat = published(args, original.as_deref());
    scored.agreement = agreement;
    write_verdicts(args, &items, &verdicts, original.as_deref())?;
    report(&task, &scored, printer)
}

/// Number of responses per item, the largest one; some items can have fewer.
pub(crate) fn epochs(items: &[Item], responses: &Responses) -> Result<usize, Failure> {
    let counts = items.iter().filter_map(|item| responses.get(&item.id));
    counts.map(Vec::len).max().ok_or_else(|| {
        let first = responses.keys().next().map_or("", String::as_str);
        Failure::new(format!(
            "no response belongs to an item of the task; the first is for `{first}`"
        ))
        .hinted("responses name items by their id; check --data and --task")
    })
}

/// The verdicts that the benchmark's own scorer gives the answers that were found, with `--compat`.
fn originals(
    args: &ScoreArgs,
    (task, source): (&str, Source),
    items: &[Item],
    verdicts: &[Vec<Verdict>],
    runner: &mut SandboxRunner<'_>,
) -> Result<Option<Vec<Vec<Held>>>, Failure> {
    let Some(version) = args.compat else {
        return Ok(None);
    };
    let original = Original::of(source).ok_or_else(|| {
        Failure::new(format!("the items of {task} have no scorer of their own"))
            .hinted("--compat is for items of CRUXEval and LiveCodeBench")
    })?;
    refuse_missing(items, verdicts)?;
    let answers: Vec<Vec<String>> = verdicts
        .iter()
        .map(|row| {
            let given = row.iter().filter(|verdict| verdict.status.is_answered());
            given
                .map(|verdict| verdict.answer.clone().unwrap_or_default())
                .collect()
        })
        .collect();
    let held = compat::verdicts(original, version.into(), items, &answers, runner);
    held.map(Some).map_err(Failure::new)
}

/// The original scorers demand a response to every item; without it their pass@k would count it as passed.
fn refuse_missing(items: &[Item], verdicts: &[Vec<Verdict>]) -> Result<(), Failure> {
    let missing: Vec<&str> = items
        .iter()
        .zip(verdicts)
        .filter(|(_, row)| row.iter().any(|verdict| !verdict.status.is_answered()))
        .map(|(item, _)| item.id.as_str())
        .collect();
    let Some(first) = missing.first() else {
        return Ok(());
    };
    Err(Failure::new(format!(
        "--compat needs a response to every item, as the original scorer does: {} of {} have none or too few, such \
         as {first}",
        missing.len(),
        items.len()
    ))
    .hinted("without --compat these count as wrong; --limit or --sample-id choose the items that were asked"))
}

/// The numbers that were published for such verdicts.
fn published(args: &ScoreArgs, rows: Option<&[Vec<Held>]>) -> Option<Compat> {
    Some(Compat::of(args.compat?.into(), rows?))
}

fn write_verdicts(
    args: &ScoreArgs,
    items: &[Item],
    verdicts: &[Vec<Verdict>],
    original: Option<&[Vec<Held>]>,
) -> Result<(), Failure> {
    let Some(path) = &args.verdicts else {
        return Ok(());
    };
    files::replace_with(path, |out| {
        for (index, (item, row)) in items.iter().zip(verdicts).enumerate() {
            let mut line = json!({ "item": item.id, "verdicts": row });
            if let Some(rows) = original {
                line["compat"] = json!(rows[index]);
            }
            writeln!(out, "{line}")?;
        }
        Ok(())
    })?;
    Ok(())
}

fn report(task: &Task, scored: &Scored, printer: &Printer) -> Result<(), Failure> {
    printer.result(&format!("{}: {}", task.name(), task.description()));
    printer.result(&terminal::scored(scored));
    let mut value = serde_json::to_value(scored)?;
    value["task"] = json!(task.name());
    printer.json(&value);
    Ok(())
}

//! `tracestone export`: samples to files, with a dataset card and a manifest.

use std::cell::Cell;
use std::ops::ControlFlow;

use tracestone_mix::{Choice, DEFAULT_MIX};
use tracestone_record::Rule;
use tracestone_record::watch::Progress;
use tracestone_record::words::counted;
use tracestone_store::export::{
    self, ExportError, ExportSettings, Exported, Form, Format, MarkPolicy, Order,
};
use tracestone_store::{Filter, Store};

use crate::args::ExportArgs;
use crate::choosing;
use crate::failure::{Exit, Failure};
use crate::interrupt;
use crate::printer::Printer;
use crate::push::push;
use crate::settings::TOOL;

/// Writes the export and says what was written and what was left out.
pub(crate) fn run(args: &ExportArgs, printer: &Printer) -> Result<Exit, Failure> {
    refuse_unsuited(args)?;
    let mut store = Store::open_read_only(&args.store.store)?;
    store.stop_when(interrupt::requested)?;
    let settings = ExportSettings {
        format: args.format,
        out: args.out.clone(),
        filter: filter(args, &store, printer)?,
        tool: TOOL.to_owned(),
        overwrite: args.overwrite,
        order: args.order,
        style: args.style.unwrap_or_default(),
        probes: args.probes,
        prompt: args.prompt.clone(),
        rationale: args.rationale,
        compression: args.compress,
    };
    let exported = match write(&store, &settings, printer) {
        Ok(exported) => exported,
        Err(_) if interrupt::requested() => {
            printer.note(&format!("stopped; {} is as it was", args.out.display()));
            return Ok(Exit::Interrupted);
        }
        Err(error) => return Err(error.into()),
    };
    print(args, &settings.filter, &exported, printer);
    let exit = match &args.push {
        Some(repository) if exported.rows > 0 => push(repository, &args.out, printer),
        _ => Exit::Success,
    };
    printer.json(&serde_json::to_value(&exported)?);
    Ok(exit)
}

/// Refuses options that the format has no use for.
fn refuse_unsuited(args: &ExportArgs) -> Result<(), Failure> {
    let format = args.format;
    let has_none = |what: &str| format!("{what}, and the format {} has none", format.name());
    let refused = [
        (
            args.style.is_some() && format != Format::Chat && !format.is_rl(),
            "--style is about conversations; other formats have no use for it".to_owned(),
            "add --format chat, or leave --style out",
        ),
        (
            args.probes.is_some() && !format.is_rl(),
            "--probes is about rows for reinforcement learning".to_owned(),
            "add --format rl-trl, rl-verl or rl-nemo, or leave --probes out",
        ),
        (
            args.probes.is_some() && args.order == Some(Order::Shuffled),
            "the rows of --probes come in the order of programs, as the questions of a run do"
                .to_owned(),
            "leave --order out; trainers shuffle",
        ),
        (
            args.prompt.is_some() && !format.has_prompts(),
            has_none("--prompt is about prompts"),
            "add --format jsonl, parquet or chat, or leave --prompt out",
        ),
        (
            args.rationale != Form::Prose && !format.has_rationales(),
            has_none("--rationale is about rationales"),
            "add --format jsonl, parquet or chat, or leave --rationale out",
        ),
        (
            args.compress.is_some() && !format.is_compressible(),
            has_none("--compress is about files of lines") + " that may be compressed",
            "add --format jsonl, chat or rl-.., or leave --compress out; Parquet is compressed by itself",
        ),
    ];
    match refused.into_iter().find(|(unsuited, ..)| *unsuited) {
        Some((_, message, hint)) => Err(Failure::new(message).hinted(hint)),
        None => Ok(()),
    }
}

fn write(
    store: &Store,
    settings: &ExportSettings,
    printer: &Printer,
) -> Result<Exported, ExportError> {
    let progress = Progress::start(printer, "export", "samples", 0);
    let total = Cell::new(0);
    let exported = export::export(store, settings, &|step| {
        let before = total.replace(step.total);
        if before != step.total {
            progress.add_total(step.total - before);
        }
        if step.done > 0 {
            progress.advance(step.done);
        }
        if interrupt::requested() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    })?;
    progress.finish(&format!(
        "{} of {}",
        counted(exported.rows, "row"),
        counted(total.get(), "sample")
    ));
    Ok(exported)
}

fn print(args: &ExportArgs, filter: &Filter, exported: &Exported, printer: &Printer) {
    for file in &exported.files {
        let rows = match file.rows {
            0 => String::new(),
            rows => counted(rows, "row"),
        };
        printer.result(&format!(
            "{rows:>14}  {:>11} bytes  {}",
            file.bytes,
            args.out.join(&file.path).display()
        ));
    }
    for (why, count) in &exported.left_out {
        let explained =
            Rule::from_name(why).map_or(String::new(), |rule| format!(" ({})", rule.explanation()));
        printer.result(&format!("{count:>14} left out: {why}{explained}"));
    }
    let left_out: u64 = exported.left_out.values().sum();
    printer.result(&format!(
        "{} and {left_out} left out, {} in the store",
        counted(exported.rows, "row"),
        counted(exported.rows + left_out, "sample")
    ));
    for note in &exported.notes {
        printer.note(note);
    }
    let by_mix: u64 = exported
        .left_out
        .iter()
        .filter(|(why, _)| why.starts_with("mix:"))
        .map(|(_, count)| count)
        .sum();
    if filter.choice.mix.as_deref() == Some(DEFAULT_MIX) && by_mix > 0 {
        printer.result(&format!(
            "the default mix left out {by_mix} of them; --all gives all"
        ));
    }
    if exported.rows == 0 {
        printer.warning("no sample passed the filter; `tracestone status` shows the samples of the store, and --license-policy any includes unknown licences");
    }
}

fn filter(export: &ExportArgs, store: &Store, printer: &Printer) -> Result<Filter, Failure> {
    let args = &export.filter;
    // Karel's programs are drawn by chance to a plan, which a mix would bend.
    let is_karel = store.meta("language")?.as_deref() == Some("karel");
    let otherwise = match export.all || is_karel {
        true => Choice::default(),
        false => Choice::good(),
    };
    Ok(Filter {
        kinds: args.kind.clone(),
        splits: args.split.clone(),
        license: args.license_policy,
        marks: match args.include_marked {
            true => MarkPolicy::Include,
            false => MarkPolicy::LeaveOut,
        },
        limit: args.limit,
        choice: Choice {
            difficulty: choosing::difficulty(&export.difficulty_from, store, printer)?,
            ..choosing::choice(&export.choice, otherwise)?
        },
    })
}

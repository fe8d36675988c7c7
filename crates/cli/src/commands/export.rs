//! `tracestone export`: samples to files, with a dataset card and a manifest.

use std::cell::Cell;
use std::ops::ControlFlow;

use tracestone_mix::{Choice, DEFAULT_MIX};
use tracestone_record::Rule;
use tracestone_record::watch::Progress;
use tracestone_record::words::counted;
use tracestone_store::export::{
    self, ExportError, ExportSettings, Exported, Format, LicensePolicy, MarkPolicy, Order, Style,
};
use tracestone_store::{Filter, Store};

use crate::args::{ExportArgs, ExportFormat, ExportOrder, ExportStyle, LicensePolicyArg};
use crate::choosing;
use crate::failure::{Exit, Failure};
use crate::interrupt;
use crate::printer::Printer;
use crate::push::push;
use crate::settings::TOOL;

/// Writes the export and says what was written and what was left out.
pub(crate) fn run(args: &ExportArgs, printer: &Printer) -> Result<Exit, Failure> {
    let format = format(args.format);
    if args.style.is_some() && format != Format::Chat && !format.is_rl() {
        return Err(Failure::new(
            "--style is about conversations; other formats have no use for it",
        )
        .hinted("add --format chat, or leave --style out"));
    }
    if args.probes.is_some() && !format.is_rl() {
        return Err(
            Failure::new("--probes is about rows for reinforcement learning")
                .hinted("add --format rl-trl, rl-verl or rl-nemo, or leave --probes out"),
        );
    }
    if args.probes.is_some() && args.order == Some(ExportOrder::Shuffled) {
        return Err(Failure::new(
            "the rows of --probes come in the order of programs, as the questions of a run do",
        )
        .hinted("leave --order out; trainers shuffle"));
    }
    if args.prompt.is_some() && !format.has_prompts() {
        return Err(Failure::new(format!(
            "--prompt is about prompts, and the format {} has none",
            format.name()
        ))
        .hinted("add --format jsonl, parquet or chat, or leave --prompt out"));
    }
    let mut store = Store::open_read_only(&args.store.store)?;
    store.stop_when(interrupt::requested)?;
    let settings = ExportSettings {
        format,
        out: args.out.clone(),
        filter: filter(args, &store)?,
        tool: TOOL.to_owned(),
        overwrite: args.overwrite,
        order: args.order.map(order),
        style: args.style.map_or(Style::default(), style),
        probes: args.probes,
        prompt: args.prompt.clone(),
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

fn format(format: ExportFormat) -> Format {
    match format {
        ExportFormat::Jsonl => Format::Jsonl,
        ExportFormat::Parquet => Format::Parquet,
        ExportFormat::Chat => Format::Chat,
        ExportFormat::Cruxeval => Format::Cruxeval,
        ExportFormat::Cwm => Format::Cwm,
        ExportFormat::RlTrl => Format::RlTrl,
        ExportFormat::RlVerl => Format::RlVerl,
        ExportFormat::RlNemo => Format::RlNemo,
    }
}

fn order(order: ExportOrder) -> Order {
    match order {
        ExportOrder::Program => Order::Program,
        ExportOrder::Shuffled => Order::Shuffled,
    }
}

fn style(style: ExportStyle) -> Style {
    match style {
        ExportStyle::Direct => Style::Direct,
        ExportStyle::Steps => Style::Steps,
    }
}

fn filter(export: &ExportArgs, store: &Store) -> Result<Filter, Failure> {
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
        license: match args.license_policy {
            LicensePolicyArg::Permissive => LicensePolicy::Permissive,
            LicensePolicyArg::Any => LicensePolicy::Any,
        },
        marks: match args.include_marked {
            true => MarkPolicy::Include,
            false => MarkPolicy::LeaveOut,
        },
        limit: args.limit,
        choice: choosing::choice(&export.choice, otherwise)?,
    })
}

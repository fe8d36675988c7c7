//! `tracestone karel generate`.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};
use tracestone_karel::fairness::{Comparison, Fairness};
use tracestone_karel::scm::scm;
use tracestone_karel::text::{Mode, Output, vocabulary};
use tracestone_karel::{Action, Semantics, VERSION, latents};
use tracestone_record::Split;
use tracestone_record::watch::Progress;
use tracestone_record::words::counted;

use super::dataset::{self, Plan, Written};
use super::questions;
use crate::args::{KarelEnd, KarelGenerateArgs, KarelMode};
use crate::failure::{Exit, Failure, Hint as _};
use crate::printer::Printer;

const TOOL: &str = concat!("tracestone ", env!("CARGO_PKG_VERSION"));

/// Draws, writes, checks, and says what there is.
pub(super) fn run(args: &KarelGenerateArgs, printer: &Printer) -> Result<Exit, Failure> {
    let settings = super::settings(&args.world)?;
    check_meanings(&args.semantics)?;
    check_folder(&args.out, args.overwrite)?;
    if let Some(store) = &args.store {
        questions::check_store(store, args.overwrite)?;
    }
    let counts = BTreeMap::from([
        (Split::Train, args.train),
        (Split::Validation, args.validation),
        (Split::Test, args.test),
    ]);
    let plan = Plan {
        settings: &settings,
        mode: mode(args.mode),
        output: output(args.end),
        meanings: &args.semantics,
        steps: args.world.max_steps,
        ledgers: Split::ALL
            .into_iter()
            .filter(|split| *split != Split::Train || args.ledger_train)
            .collect(),
        tool: TOOL,
        kept: args.store.as_ref().map_or(0, |_| args.store_programs),
        counts,
    };
    // What is refused or stopped leaves nothing behind.
    let staging = staging(&args.out)?;
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(args.jobs.count())
        .build()?;
    let total = plan.counts.values().sum();
    let progress = Progress::start(printer, "karel", "texts", total);
    let written = pool.install(|| dataset::write(&plan, staging.path(), &progress))?;
    progress.finish(&counted(total, "text"));
    let comparisons = written.fairness.comparisons();
    check_fairness(
        &comparisons,
        written.fairness.programs(),
        args.force,
        printer,
    )?;
    let corpus = corpus(args, &plan, &written, &comparisons);
    let mut text = serde_json::to_string_pretty(&corpus)?;
    text.push('\n');
    std::fs::write(staging.path().join("corpus.json"), text)?;
    publish(staging.path(), &args.out)?;
    if let Some(store) = &args.store {
        let asked = questions::write(store, args, &plan, &written.kept, printer)?;
        printer.note(&format!(
            "   karel  {asked} questions in {}",
            store.display()
        ));
    }
    report(args, &plan, &written, &comparisons, printer);
    printer.json(&corpus);
    Ok(Exit::Success)
}

fn mode(mode: KarelMode) -> Mode {
    match mode {
        KarelMode::Interp => Mode::Interp,
        KarelMode::Synthesis => Mode::Synthesis,
        KarelMode::Trace => Mode::Trace,
    }
}

fn output(end: KarelEnd) -> Output {
    match end {
        KarelEnd::World => Output::World,
        KarelEnd::Hero => Output::Hero,
    }
}

fn check_meanings(meanings: &[Semantics]) -> Result<(), Failure> {
    for (index, one) in meanings.iter().enumerate() {
        if meanings[..index].iter().any(|other| other.id == one.id) {
            return Err(Failure::new(format!(
                "the semantics `{}` are named twice",
                one.id
            )));
        }
    }
    Ok(())
}

/// The folder is new, empty, or a dataset that may be replaced.
fn check_folder(out: &Path, overwrite: bool) -> Result<(), Failure> {
    let Ok(mut entries) = std::fs::read_dir(out) else {
        return if out.exists() {
            Err(Failure::new(format!("{} is not a folder", out.display())))
        } else {
            Ok(())
        };
    };
    if entries.next().is_none() {
        return Ok(());
    }
    let dataset = out.join("corpus.json").exists();
    if dataset && overwrite {
        return Ok(());
    }
    Err(
        Failure::new(format!("{} is not empty", out.display())).hinted(if dataset {
            "--overwrite replaces the dataset in it"
        } else {
            "name a new folder with --out"
        }),
    )
}

/// A folder beside the one that is to be written, so that moving files into that is one step each.
fn staging(out: &Path) -> Result<tempfile::TempDir, Failure> {
    let parent = match out.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    std::fs::create_dir_all(parent)
        .and_then(|()| {
            tempfile::Builder::new()
                .prefix(".tracestone-karel-")
                .tempdir_in(parent)
        })
        .hint("name a folder that can be written with --out")
}

/// Moves the files into place, the description last.
fn publish(staging: &Path, out: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(out)?;
    // A dataset may have had a ledger that the new one does not have.
    for split in Split::ALL {
        let old = out.join(format!("ledger-{}.parquet", split.name()));
        if old.exists() {
            std::fs::remove_file(old)?;
        }
    }
    let mut names = Vec::new();
    for entry in std::fs::read_dir(staging)? {
        names.push(entry?.file_name());
    }
    names.sort_by_key(|name| (name == "corpus.json", name.clone()));
    for name in names {
        std::fs::rename(staging.join(&name), out.join(&name))?;
    }
    Ok(())
}

/// Refuses meanings under which labels are not equally hard to guess.
fn check_fairness(
    comparisons: &[Comparison],
    programs: usize,
    force: bool,
    printer: &Printer,
) -> Result<(), Failure> {
    let unequal: Vec<String> = comparisons
        .iter()
        .filter(|one| one.unequal)
        .map(|one| {
            format!(
                "  {} under {}: {:.3} bits, under the first semantics {:.3} (chance explains {:.3})",
                one.variable, one.semantics, one.alternative, one.original, one.tolerance
            )
        })
        .collect();
    if unequal.is_empty() {
        return Ok(());
    }
    let message = format!(
        "labels are not equally hard to guess under all semantics, so that a comparison between them would be unfair; \
         entropies over {programs} programs:\n{}",
        unequal.join("\n")
    );
    if force {
        printer.warning(&message);
        return Ok(());
    }
    Err(Failure::new(message).hinted(
        "equal --weights for all actions in use, and semantics that only exchange these, keep them equal; --force \
         writes the data all the same",
    ))
}

fn meaning(semantics: &Semantics) -> Value {
    let pairs = Action::ALL.map(|word| {
        (
            word.name().to_owned(),
            Value::from(semantics.of(word).name()),
        )
    });
    json!({ "id": semantics.id, "meaning": serde_json::Map::from_iter(pairs) })
}

fn corpus(
    args: &KarelGenerateArgs,
    plan: &Plan<'_>,
    written: &Written,
    comparisons: &[Comparison],
) -> Value {
    let counts: BTreeMap<&str, u64> = plan
        .counts
        .iter()
        .map(|(split, count)| (split.name(), *count))
        .collect();
    let variables: BTreeMap<&str, &str> = latents::variables(plan.settings)
        .into_iter()
        .chain([latents::ACTION])
        .map(|name| (name, latents::meaning(name)))
        .collect();
    let ledgers: Vec<&str> = plan.ledgers.iter().map(|split| split.name()).collect();
    json!({
        "schema": 1,
        "tool": TOOL,
        "generator": VERSION,
        "mode": plan.mode,
        "end": plan.output,
        "settings": plan.settings,
        "max_steps": plan.steps,
        "texts": counts,
        "ledgers": ledgers,
        "ledger_rows": written.ledger_rows,
        "left_out": { "duplicates": written.duplicates, "out_of_steps": written.out_of_steps },
        "longest": written.longest,
        "words_total": written.words,
        "words": vocabulary(plan.settings, plan.mode, plan.output),
        "written_under": plan.meanings.first().map(|one| &one.id),
        "semantics": plan.meanings.iter().map(meaning).collect::<Vec<_>>(),
        "variables": variables,
        "entropies": rounded(&written.fairness),
        "fairness": {
            "programs": written.fairness.programs(),
            "comparisons": comparisons,
            "forced": args.force && comparisons.iter().any(|one| one.unequal),
        },
        "scm": scm(plan.settings, plan.mode, plan.output),
    })
}

fn rounded(fairness: &Fairness) -> Value {
    json!(fairness.entropies())
}

fn report(
    args: &KarelGenerateArgs,
    plan: &Plan<'_>,
    written: &Written,
    comparisons: &[Comparison],
    printer: &Printer,
) {
    for (split, count) in &plan.counts {
        let path = args.out.join(format!("{}.jsonl", split.name()));
        printer.result(&format!(
            "{:>15}  {}",
            counted(*count, "text"),
            path.display()
        ));
    }
    printer.result(&format!(
        "{:>9} rows of the latent ledger",
        written.ledger_rows
    ));
    printer.result(&format!(
        "{:>9} words, {} at most in a text; a vocabulary of {}",
        written.words,
        written.longest,
        vocabulary(plan.settings, plan.mode, plan.output).len()
    ));
    if written.duplicates + written.out_of_steps > 0 {
        printer.result(&format!(
            "{:>9} left out: drawn before ({}), not over in {} steps ({})",
            written.duplicates + written.out_of_steps,
            written.duplicates,
            plan.steps,
            written.out_of_steps
        ));
    }
    if comparisons.is_empty() {
        return;
    }
    printer.result("\nentropy of the labels in bits, first semantics and alternative");
    for one in comparisons {
        printer.result(&format!(
            "  {:<14} {:>7.3} {:>7.3}  {}",
            one.variable, one.original, one.alternative, one.semantics
        ));
    }
}

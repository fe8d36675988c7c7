//! `tracestone karel generate`.

use std::collections::BTreeMap;

use tracestone_karel::corpus::Corpus;
use tracestone_karel::text::{Mode, Output};
use tracestone_lab::{GenerateSettings, QuestionSettings, generate};
use tracestone_record::Split;
use tracestone_record::watch::{Event, Watch as _};
use tracestone_record::words::counted;

use crate::args::{KarelEnd, KarelGenerateArgs, KarelMode};
use crate::failure::{Exit, Failure};
use crate::printer::Printer;
use crate::settings::TOOL;

/// Draws, writes, checks, and says what there is.
pub(super) fn run(args: &KarelGenerateArgs, printer: &Printer) -> Result<Exit, Failure> {
    let settings = settings(args)?;
    let generated = generate(&settings, printer)?;
    if let (Some(count), Some(store)) = (generated.questions, &args.store) {
        printer.event(Event::Note {
            stage: Some("karel"),
            text: &format!("{count} questions in {}", store.display()),
        });
    }
    report(args, &generated.corpus, printer);
    printer.json(&serde_json::to_value(&generated.corpus)?);
    Ok(Exit::Success)
}

fn settings(args: &KarelGenerateArgs) -> Result<GenerateSettings, Failure> {
    let with_ledger = |split: &Split| *split != Split::Train || args.ledger_train;
    Ok(GenerateSettings {
        out: args.out.clone(),
        overwrite: args.overwrite,
        world: super::world(&args.world)?,
        mode: match args.mode {
            KarelMode::Interp => Mode::Interp,
            KarelMode::Synthesis => Mode::Synthesis,
            KarelMode::Trace => Mode::Trace,
        },
        end: match args.end {
            KarelEnd::World => Output::World,
            KarelEnd::Hero => Output::Hero,
        },
        meanings: args.semantics.clone(),
        steps: args.world.max_steps,
        counts: BTreeMap::from([
            (Split::Train, args.train),
            (Split::Validation, args.validation),
            (Split::Test, args.test),
        ]),
        ledgers: Split::ALL.into_iter().filter(with_ledger).collect(),
        force: args.force,
        questions: args.store.clone().map(|store| QuestionSettings {
            store,
            programs: args.store_programs,
        }),
        threads: args.jobs.count(),
        tool: TOOL.to_owned(),
    })
}

fn report(args: &KarelGenerateArgs, corpus: &Corpus, printer: &Printer) {
    for (split, count) in &corpus.texts {
        let path = args.out.join(format!("{}.jsonl", split.name()));
        printer.result(&format!(
            "{:>15}  {}",
            counted(*count, "text"),
            path.display()
        ));
    }
    printer.result(&format!(
        "{:>9} rows of the latent ledger",
        corpus.ledger_rows
    ));
    printer.result(&format!(
        "{:>9} words, {} at most in a text; a vocabulary of {}",
        corpus.words_total,
        corpus.longest,
        corpus.words.len()
    ));
    let left_out = corpus.left_out;
    if left_out.duplicates + left_out.out_of_steps > 0 {
        printer.result(&format!(
            "{:>9} left out: drawn before ({}), not over in {} steps ({})",
            left_out.duplicates + left_out.out_of_steps,
            left_out.duplicates,
            corpus.max_steps,
            left_out.out_of_steps
        ));
    }
    let comparisons = &corpus.fairness.comparisons;
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

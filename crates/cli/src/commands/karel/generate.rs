//! `tracestone karel generate`.

use std::collections::BTreeMap;

use tracestone_karel::parts::Lengths;
use tracestone_lab::{GenerateSettings, QuestionSettings, generate, tables};
use tracestone_record::Split;
use tracestone_record::watch::{Event, Watch as _};

use crate::args::KarelGenerateArgs;
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
    printer.result(&tables::generated(&generated.corpus, &args.out));
    printer.json(&serde_json::to_value(&generated.corpus)?);
    Ok(Exit::Success)
}

fn settings(args: &KarelGenerateArgs) -> Result<GenerateSettings, Failure> {
    let with_ledger = |split: &Split| *split != Split::Train || args.ledger_train;
    Ok(GenerateSettings {
        out: args.out.clone(),
        overwrite: args.overwrite,
        world: super::world(&args.world)?,
        mode: args.mode,
        end: args.end,
        meanings: args.semantics.clone(),
        steps: args.world.max_steps,
        counts: BTreeMap::from([
            (Split::Train, args.train),
            (Split::Validation, args.validation),
            (Split::Test, args.test),
        ]),
        trained: args.train_length.map(|(min, max)| Lengths { min, max }),
        beyond: args.beyond,
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

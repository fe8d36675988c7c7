//! Selections of samples from arguments.

use std::path::{Path, PathBuf};

use tracestone_files as files;
use tracestone_mix::fit::Fitted;
use tracestone_mix::{Choice, DEFAULT_MIX};
use tracestone_pipeline::fit_difficulty;
use tracestone_record::words::counted;
use tracestone_store::Store;

use crate::args::ChoiceArgs;
use crate::failure::{Failure, Hint as _};
use crate::printer::Printer;

/// The rules that the arguments give; `otherwise` is the mix where none is named.
pub(crate) fn choice(args: &ChoiceArgs, otherwise: Choice) -> Result<Choice, Failure> {
    let mut choice = match args.mix.as_deref() {
        None => otherwise,
        Some(DEFAULT_MIX) => Choice::good(),
        Some(file) => read(file)?,
    };
    if let Some(seed) = args.mix_seed {
        choice.seed = seed;
    }
    if !args.origin.is_empty() {
        choice.origins.clone_from(&args.origin);
    }
    if let Some(trivial) = args.trivial {
        choice.treat_trivial(trivial);
    }
    choice.conditions.extend(&args.conditions);
    for (per, most) in &args.max_per {
        choice.cap(*per, *most);
    }
    Ok(choice)
}

/// The model of difficulty that the answers of these runs give; `None` without runs.
pub(crate) fn difficulty(
    runs: &[PathBuf],
    store: &Store,
    printer: &Printer,
) -> Result<Option<Fitted>, Failure> {
    let Some(fitted) = fit_difficulty(runs, store)? else {
        return Ok(None);
    };
    printer.note(&format!(
        "difficulty fitted on {} to {}: {:.3} nats an answer, by the estimate {:.3}",
        counted(fitted.answers, "answer"),
        counted(fitted.questions, "question"),
        fitted.loss[1],
        fitted.loss[0]
    ));
    Ok(Some(fitted))
}

fn read(file: &str) -> Result<Choice, Failure> {
    let path = Path::new(file);
    let text = files::read_text(path)
        .hint("--mix takes `default`, or the path of a TOML file: see docs/mix.md")?;
    // Cards are published, and a path says where somebody keeps files.
    let name = path
        .file_name()
        .map_or(file.into(), |name| name.to_string_lossy());
    tracestone_mix::parse(&name, &text).map_err(|error| {
        Failure::new(format!("{file}: {error}")).hinted("docs/mix.md shows a whole file")
    })
}

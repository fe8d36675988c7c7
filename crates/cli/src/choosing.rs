//! Selections of samples from arguments.

use std::path::Path;

use tracestone_files as files;
use tracestone_mix::{Choice, DEFAULT_MIX, Per, Trivial};

use crate::args::{ChoiceArgs, TrivialArg};
use crate::failure::{Failure, Hint as _};

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
        choice.trivial = match trivial {
            TrivialArg::Keep => Trivial::Keep,
            TrivialArg::Drop => Trivial::Drop,
            TrivialArg::Only => Trivial::Only,
        };
        if let Some(limits) = &mut choice.limits {
            limits.trivial = None;
        }
    }
    choice.conditions.extend(&args.conditions);
    for (per, most) in &args.max_per {
        choice.max_per.insert(*per, *most);
        if let (Per::Answer, Some(limits)) = (per, &mut choice.limits) {
            limits.answer = None;
        }
    }
    Ok(choice)
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

//! Arguments that select samples by their facts.

use clap::Args as ClapArgs;
use tracestone_mix::{Per, Trivial, Where};
use tracestone_record::InputKind;

use super::words::{self, named};

/// Selection of samples by their facts.
#[derive(Debug, Clone, Default, ClapArgs)]
#[command(next_help_heading = "Mix")]
pub(crate) struct ChoiceArgs {
    /// For samples: the mix, `default` or a TOML file with shares of kinds and of difficulty (docs/mix.md).
    #[arg(long, value_name = "default|FILE")]
    pub(crate) mix: Option<String>,
    /// Seed of the choices of a mix [default: 0, or the file's]. Never changes what a sample says.
    #[arg(long, value_name = "N")]
    pub(crate) mix_seed: Option<u64>,
    /// For samples: only those whose call has one of these origins, separated by commas.
    #[arg(long, value_name = "ORIGIN", value_delimiter = ',', value_parser = words::origin())]
    pub(crate) origin: Vec<InputKind>,
    /// For samples: treatment of trivial questions. Lifts the mix's own limit on them.
    #[arg(long, value_parser = trivial())]
    pub(crate) trivial: Option<Trivial>,
    /// For samples: only those with a fact in a range, such as `steps=10..200` (both included), `depth=2..` or
    /// `difficulty=..40`. May be given several times; all must hold.
    #[arg(long = "where", value_name = "FACT=FROM..TO")]
    pub(crate) conditions: Vec<Where>,
    /// For samples: at most N with the same program, repository, kind or answer (of one kind), such as
    /// `program=5,answer=20`.
    #[arg(long, value_name = "THING=N", value_delimiter = ',', value_parser = parse_max_per)]
    pub(crate) max_per: Vec<(Per, u64)>,
}

named! {
    /// Treatment of trivial questions.
    trivial: Trivial {
        /// Take them like others.
        "keep" => Trivial::Keep,
        /// Leave them out.
        "drop" => Trivial::Drop,
        /// Take only them.
        "only" => Trivial::Only,
    }
}

fn parse_max_per(text: &str) -> Result<(Per, u64), String> {
    let (name, number) = text
        .split_once('=')
        .ok_or("write THING=N, such as program=5")?;
    let per = Per::from_name(name.trim()).ok_or_else(|| {
        let known = Per::ALL.map(Per::name).join(", ");
        format!("`{name}` is none of {known}")
    })?;
    match number.trim().parse() {
        Ok(number) if number > 0 => Ok((per, number)),
        _ => Err(format!("`{number}` is not a number of at least 1")),
    }
}

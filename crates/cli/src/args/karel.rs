//! Arguments of `karel` and `ledger`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand};
use tracestone_karel::Semantics;
use tracestone_karel::text::{Mode, Output};

use super::words::named;
use super::{JobsArg, examples};

/// The commands about Karel.
#[derive(Debug, Subcommand)]
pub(crate) enum KarelCommand {
    /// Generate programs and worlds as texts, with their latent states.
    #[command(after_help = examples::KAREL_GENERATE)]
    Generate(Box<KarelGenerateArgs>),
    /// Run a program in a world and show every step.
    #[command(after_help = examples::KAREL_RUN)]
    Run(KarelRunArgs),
    /// Show the structural causal model of a dataset.
    #[command(after_help = examples::KAREL_SCM)]
    Scm {
        /// The folder that `karel generate` wrote.
        dir: PathBuf,
    },
    /// Measure how many programs per second are generated, and generated and executed.
    #[command(after_help = examples::KAREL_SPEED)]
    Speed {
        /// Number of programs to generate.
        #[arg(long, value_name = "N", default_value_t = 1_000_000)]
        programs: u64,
        #[command(flatten)]
        world: KarelWorldArgs,
        #[command(flatten)]
        jobs: JobsArg,
    },
}

named! {
    /// Task of a text.
    modes: Mode {
        /// Start worlds and program, then final worlds.
        "interp" => Mode::Interp,
        /// Start and final worlds, then the program.
        "synthesis" => Mode::Synthesis,
        /// Start world and program, then every action with the state after it.
        "trace" => Mode::Trace,
    }
}

named! {
    /// Form of a final world.
    ends: Output {
        /// Cell by cell.
        "world" => Output::World,
        /// The hero's row, column and facing alone, in three tokens.
        "hero" => Output::Hero,
    }
}

/// Options of the generator.
#[derive(Debug, Clone, ClapArgs)]
#[command(next_help_heading = "Worlds and programs")]
pub(crate) struct KarelWorldArgs {
    /// Rows and columns of a world.
    #[arg(long, value_name = "ROWSxCOLUMNS", default_value = "4x4", value_parser = parse_grid)]
    pub(crate) grid: (u8, u8),
    /// Probability that a cell is a wall, from 0 to 1.
    #[arg(long, value_name = "SHARE", default_value_t = 0.1)]
    pub(crate) walls: f64,
    /// Probability that a free cell has markers at the start, from 0 to 1.
    #[arg(long, value_name = "SHARE", default_value_t = 0.0)]
    pub(crate) markers: f64,
    /// The fewest and the most statements of a program; every number between is equally likely.
    #[arg(long, value_name = "MIN-MAX", default_value = "1-6", value_parser = parse_length)]
    pub(crate) length: (u32, u32),
    /// Weights of the actions; those without a weight are not used. Equal weights keep comparisons between
    /// semantics fair.
    #[arg(
        long,
        value_name = "ACTION=N,..",
        default_value = "move=1,turn_left=1,turn_right=1",
        value_parser = parse_weights
    )]
    pub(crate) weights: [u32; 5],
    /// Probability that a statement is if, ifelse, while or repeat, from 0 to 1.
    #[arg(long, value_name = "SHARE", default_value_t = 0.0)]
    pub(crate) control: f64,
    /// Maximal depth of nested control flow.
    #[arg(long, value_name = "N", default_value_t = 2)]
    pub(crate) nesting: u32,
    /// Worlds for each program.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) worlds: u32,
    /// Maximal steps of a run; programs that exceed it are left out.
    #[arg(long, value_name = "N", default_value_t = 200)]
    pub(crate) max_steps: u32,
    /// Seed of the generator.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) seed: u64,
}

/// Arguments of `karel generate`.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct KarelGenerateArgs {
    /// The folder to write; must be new, empty or an earlier dataset with --overwrite.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Replace an earlier dataset in the folder, and an earlier Karel store.
    #[arg(long)]
    pub(crate) overwrite: bool,
    /// Also write questions about some of the programs to this store, for `eval`, `export` and
    /// `verify`.
    #[arg(long, value_name = "FILE")]
    pub(crate) store: Option<PathBuf>,
    /// Number of programs in each part of the split to ask about in the store.
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub(crate) store_programs: usize,
    /// Task of the texts.
    #[arg(long, value_parser = modes(), default_value = "interp")]
    pub(crate) mode: Mode,
    /// Form of final worlds.
    #[arg(long, value_parser = ends(), default_value = "world")]
    pub(crate) end: Output,
    /// Semantics, separated by commas. Texts are executed under the first, latent states are written for
    /// each: original, paper-0 to paper-11, or NAME:INSTRUCTION=ACTION+INSTRUCTION=ACTION.
    #[arg(
        long,
        value_name = "SEMANTICS",
        value_delimiter = ',',
        default_values = ["original", "paper-8", "paper-11"],
        value_parser = parse_semantics
    )]
    pub(crate) semantics: Vec<Semantics>,
    /// Texts for training.
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    pub(crate) train: u64,
    /// Texts for validation.
    #[arg(long, value_name = "N", default_value_t = 2_000)]
    pub(crate) validation: u64,
    /// Texts for test.
    #[arg(long, value_name = "N", default_value_t = 2_000)]
    pub(crate) test: u64,
    /// The fewest and the most statements of a program that is trained on, within --length. Parts are then split by that
    /// many first actions, so that no state within a tested program is the final answer of one that was trained on
    /// [default: all lengths].
    #[arg(long, value_name = "MIN-MAX", value_parser = parse_length)]
    pub(crate) train_length: Option<(u32, u32)>,
    /// Further texts for test, with the lengths that are not trained on.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) beyond: u64,
    /// Also write the latent states of the texts for training.
    #[arg(long)]
    pub(crate) ledger_train: bool,
    /// Write the data even if labels under different semantics are not equally hard to guess.
    #[arg(long)]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) world: KarelWorldArgs,
    #[command(flatten)]
    pub(crate) jobs: JobsArg,
}

/// Arguments of `karel run`.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct KarelRunArgs {
    /// A file with a program: `def run() { .. }`.
    pub(crate) program: PathBuf,
    /// The start world, rows separated by slashes: "> . #/. . .".
    #[arg(long, value_name = "ROWS")]
    pub(crate) world: String,
    /// Semantics of the instructions.
    #[arg(long, value_name = "SEMANTICS", default_value = "original", value_parser = parse_semantics)]
    pub(crate) semantics: Semantics,
    /// Stop after this many steps.
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    pub(crate) max_steps: u32,
}

fn parse_semantics(text: &str) -> Result<Semantics, String> {
    Semantics::from_name(text).map_err(|error| error.to_string())
}

fn parse_grid(text: &str) -> Result<(u8, u8), String> {
    let (rows, columns) = text.split_once('x').ok_or("write it as 4x4")?;
    let side = |text: &str| {
        text.parse()
            .map_err(|_| format!("`{text}` is not a number of cells"))
    };
    Ok((side(rows)?, side(columns)?))
}

fn parse_length(text: &str) -> Result<(u32, u32), String> {
    let (min, max) = text.split_once('-').unwrap_or((text, text));
    let number = |text: &str| {
        text.parse()
            .map_err(|_| format!("`{text}` is not a number of statements"))
    };
    Ok((number(min)?, number(max)?))
}

fn parse_weights(text: &str) -> Result<[u32; 5], String> {
    let mut weights = [0; 5];
    for part in text.split(',') {
        let (name, weight) = part
            .split_once('=')
            .ok_or("write it as move=2,turn_left=1")?;
        let action = tracestone_karel::Action::from_name(name.trim())
            .ok_or_else(|| format!("`{name}` is not an action"))?;
        weights[action as usize] = weight
            .trim()
            .parse()
            .map_err(|_| format!("`{weight}` is not a weight"))?;
    }
    Ok(weights)
}

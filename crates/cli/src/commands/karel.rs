//! `tracestone karel`: data in a language with exchangeable semantics.

mod generate;
mod show;

use tracestone_karel::Settings;

use crate::args::{KarelCommand, KarelWorldArgs};
use crate::failure::{Exit, Failure, Hint as _};
use crate::printer::Printer;

/// Runs one of the commands.
pub(crate) fn run(command: &KarelCommand, printer: &Printer) -> Result<Exit, Failure> {
    match command {
        KarelCommand::Generate(args) => generate::run(args, printer),
        KarelCommand::Run(args) => show::run(args, printer),
        KarelCommand::Scm { dir } => show::scm(dir, printer),
        KarelCommand::Speed {
            programs,
            world,
            jobs,
        } => show::speed(
            *programs,
            &self::world(world)?,
            world.max_steps,
            jobs,
            printer,
        ),
    }
}

/// The settings of worlds and programs, checked.
fn world(args: &KarelWorldArgs) -> Result<Settings, Failure> {
    let settings = Settings {
        seed: args.seed,
        rows: args.grid.0,
        columns: args.grid.1,
        walls: args.walls,
        markers: args.markers,
        length_min: args.length.0,
        length_max: args.length.1,
        weights: args.weights,
        control: args.control,
        nesting: args.nesting,
        worlds: args.worlds,
    };
    settings
        .check()
        .hint("`tracestone karel generate --help` says what each setting may be")?;
    Ok(settings)
}

//! Commands of the feature `lab`, in a program that was built without it.

use crate::args::AbsentCommand;
use crate::failure::{Exit, Failure};

/// Refuses the command and says how to build a program that has it.
pub(crate) fn run(command: &AbsentCommand) -> Result<Exit, Failure> {
    let (name, rest) = command.typed();
    let mut typed = name.to_owned();
    for argument in rest {
        typed.push(' ');
        typed.push_str(&quoted(&argument.to_string_lossy()));
    }
    Err(Failure::new(format!(
        "`tracestone {name}` is not in this build: what trains models and looks inside them was left out, \
         since its library of tensors takes long to compile",
    ))
    .hinted(format!(
        "in a clone of the repository, run `cargo run --release --features lab -- {typed}`"
    ))
    .hinted("or build the program with it: `cargo build --release --features lab`, then `target/release/tracestone`"))
}

/// The argument as a shell reads it.
fn quoted(argument: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_=./:,@%+".contains(&byte);
    match !argument.is_empty() && argument.bytes().all(plain) {
        true => argument.to_owned(),
        false => format!("'{}'", argument.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use clap::error::ErrorKind;
    use clap::{Parser, Subcommand};

    use super::*;

    #[derive(Debug, Parser)]
    struct Typed {
        #[command(subcommand)]
        command: Command,
    }

    /// As in the arguments of the program.
    #[derive(Debug, Subcommand)]
    enum Command {
        #[command(flatten)]
        Absent(AbsentCommand),
    }

    #[test]
    fn the_program_keeps_its_own_help() {
        for typed in ["--help", "-h", "help"] {
            let error = Typed::try_parse_from(["tracestone", typed]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::DisplayHelp, "{typed}");
        }
    }

    #[test]
    fn the_hint_is_the_command_that_was_typed_in_a_build_that_has_it() {
        for (typed, expected) in [
            (
                vec!["demo", "karel", "--out", "two words"],
                "demo karel --out 'two words'",
            ),
            (vec!["lm", "--help"], "lm --help"),
            (vec!["probe"], "probe"),
            (vec!["acts", "it's", ""], r"acts 'it'\''s' ''"),
            (
                vec!["causal", "--seeds=1,2", "./a"],
                "causal --seeds=1,2 ./a",
            ),
        ] {
            let name = typed[0];
            let typed = Typed::try_parse_from(["tracestone"].into_iter().chain(typed)).unwrap();
            let Command::Absent(command) = typed.command;
            let failure = run(&command).unwrap_err();
            let message = failure.error.to_string();
            assert!(
                message.starts_with(&format!("`tracestone {name}` is not in this build")),
                "{message}"
            );
            let command = format!("`cargo run --release --features lab -- {expected}`");
            assert!(failure.hints[0].contains(&command), "{:?}", failure.hints);
        }
    }
}

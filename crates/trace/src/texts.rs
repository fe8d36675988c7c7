//! The texts that interpreters execute and the C compiler gets: one file for each subject, joined here.

use crate::shared::{as_c, as_python, shared};

/// Files of one folder, read as one text.
macro_rules! joined {
    ($folder:literal, $extension:literal, $($name:literal)*) => {
        concat!($(include_str!(concat!($folder, "/", $name, ".", $extension)), "\n\n"),*)
    };
}

/// Reads the worker's text and executes it.
pub(crate) const BOOT: &str = include_str!("worker/boot.py");

/// The worker: a zygote and its children. A name is defined before it is used at the top level.
pub const WORKER: &str = concat!(
    shared!(as_python),
    joined!(
        "worker", "py",
        "start"
        // Values as texts.
        "atoms" "classes" "values" "watches" "describe" "exceptions"
        // Recording calls.
        "code" "frames" "state" "changes" "recorder" "native" "bare" "steps" "report"
        // The world around a program.
        "refuse" "environment" "host" "chance" "clocks" "package" "site"
        // Processes.
        "hazards" "child" "rehearse" "confine" "probes" "preload" "warm_up" "memory" "zygote" "package_zygote" "main"
    )
);

/// Runs the tests of a source: the text of such jobs.
pub(crate) const SUITE: &str = joined!(
    "worker/suite", "py",
    "pytest_stand_in" "absent" "render" "texts" "watch" "tests" "run"
);

/// Evaluates expressions for judges, in the worker's process.
pub const REPLAY: &str = concat!(shared!(as_python), include_str!("worker/replay.py"));

/// The program that `verify` asks. It has nothing from the table: the words that it shares with the
/// supervisor are written there once more, as two programs' would be.
pub const WITNESS: &str = joined!(
    "worker/witness", "py",
    "start" "values" "events" "package" "witnesses" "evaluation" "child" "zygote"
);

/// The native twin of the recorder.
pub(crate) const NATIVE: &str = concat!(
    shared!(as_c),
    joined!(
        "native", "c",
        "start" "orders" "classes" "watches" "atoms" "values" "describe" "code" "state" "changes" "frames"
        "recorder" "steps" "zygote" "module"
    )
);

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The files share one namespace, in which a second definition would silently replace the first.
    #[test]
    fn no_name_is_defined_twice() {
        for text in [WORKER, WITNESS] {
            let mut names = BTreeSet::new();
            for line in text.lines() {
                let (first, rest) = line.split_once(' ').unwrap_or((line, ""));
                let name = match first {
                    "def" | "class" => rest.split(['(', ':']).next().unwrap_or(rest),
                    _ if rest.starts_with("= ") => first,
                    _ => continue,
                };
                assert!(names.insert(name), "{name} is defined twice");
            }
            assert!(names.len() > 50);
        }
    }
}

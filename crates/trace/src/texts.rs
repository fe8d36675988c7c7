//! The texts that interpreters execute and the C compiler gets: one file for each subject, joined here.

/// Files of one folder, read as one text.
macro_rules! joined {
    ($folder:literal, $extension:literal, $($name:literal)*) => {
        concat!($(include_str!(concat!($folder, "/", $name, ".", $extension)), "\n\n"),*)
    };
}

/// Reads the worker's text and executes it.
pub(crate) const BOOT: &str = include_str!("worker/boot.py");

/// The worker: a zygote and its children. A name is defined before it is used at the top level.
pub const WORKER: &str = joined!(
    "worker", "py",
    "start"
    // Values as texts.
    "atoms" "classes" "values" "watches" "describe" "exceptions"
    // Recording calls.
    "code" "native" "frames" "recorder" "bare" "steps" "report"
    // The world around a program.
    "refuse" "environment" "host" "chance" "clocks"
    // Processes.
    "hazards" "child" "confine" "probes" "preload" "warm_up" "memory" "zygote" "main"
);

/// Evaluates expressions for judges.
pub const REPLAY: &str = include_str!("worker/replay.py");

/// The program that `verify` asks.
pub const WITNESS: &str = include_str!("worker/witness.py");

/// The native twin of the recorder.
pub(crate) const NATIVE: &str = joined!(
    "native", "c",
    "values" "walk" "recorder" "tracer" "steps" "zygote" "module"
);

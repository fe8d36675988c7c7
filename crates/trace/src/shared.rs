//! Constants shared by the supervisor, the worker's Python and its native twin: one table, from which the
//! text for each language is generated.

/// Passes the table to a macro.
macro_rules! shared {
    ($then:ident) => {
        $then! {
            /// Flag: the text of a value is not a literal of the same value.
            INEXACT: u8 = 1;
            /// Flag: a value contains a set of more than one element.
            UNORDERED: u8 = 2;
            /// Flag: the text of a value is cut.
            TRUNCATED: u8 = 4;
            /// Maximal nesting of described containers.
            MAX_NESTING: u32 = 40;

            /// Kind of object: contains no others that a program could observe.
            LEAF: u8 = 0;
            /// Kind of object: a built-in exception.
            EXCEPTION: u8 = 1;
            /// Kind of object: an instance of a class.
            INSTANCE: u8 = 2;

            /// Event: a frame starts.
            EVENT_CALL: u8 = 0;
            /// Event: a frame resumes after a pause.
            EVENT_RESUME: u8 = 1;
            /// Event: a frame reaches a line.
            EVENT_LINE: u8 = 2;
            /// Event: a frame returns.
            EVENT_RETURN: u8 = 3;
            /// Event: a frame pauses.
            EVENT_YIELD: u8 = 4;
            /// Event: an exception leaves a frame.
            EVENT_RAISE: u8 = 5;
            /// Share of an event in the budget for a trace, in addition to its texts, in bytes.
            EVENT_SIZE: u32 = 48;
            /// Share of a changed variable in the budget for a trace, in addition to its name and text, in bytes.
            CHANGE_SIZE: u32 = 16;
            /// Number of a frame's last exceptions that are remembered.
            SEEN_EXCEPTIONS: u32 = 8;

            /// The message of an exception is what `str` gives,
            EXACT: &str = "exact";
            /// or something else.
            NOT_EXACT: &str = "inexact";

            /// The name of a program's text in the first interpreter, which tracebacks show,
            PROGRAM_NAME: &str = "<program>";
            /// of a set-up,
            SETUP_NAME: &str = "<setup>";
            /// and of a call.
            CALL_NAME: &str = "<call>";
            /// The name of a program's text in the others, so that what shows it is found to depend on it,
            OTHER_PROGRAM_NAME: &str = "<text>";
            /// of a set-up,
            OTHER_SETUP_NAME: &str = "<before>";
            /// and of a call.
            OTHER_CALL_NAME: &str = "<expression>";

            /// The outcome of a call: it gave a value,
            RETURNED: &str = "returned";
            /// it was left by an exception,
            RAISED: &str = "raised";
            /// the program itself was,
            PROGRAM_FAILED: &str = "program_failed";
            /// or the set-up,
            SETUP_FAILED: &str = "setup_failed";
            /// it used up a budget,
            OVER_BUDGET: &str = "over_budget";
            /// it did what is refused,
            REFUSED: &str = "refused";
            /// it used up its memory,
            OUT_OF_MEMORY: &str = "out_of_memory";
            /// or it could not be observed.
            INVALID: &str = "invalid";
            /// A judge's expression could not be evaluated.
            FAILED_TO_RUN: &str = "failed";

            /// The budget of lines,
            STEPS: &str = "steps";
            /// of frames on top of each other,
            DEPTH: &str = "depth";
            /// of calls of functions that are not the program's,
            CALLS_ELSEWHERE: &str = "calls_elsewhere";
            /// and of the size of a trace.
            TRACE_BYTES: &str = "trace_bytes";

            /// The first byte of a report: `R`,
            REPORT_FRAME: u8 = 82;
            /// of one half of a report, which has the effects of the call too: `H`,
            HALF_FRAME: u8 = 72;
            /// and of the end mark: `E`.
            END_FRAME: u8 = 69;

            /// The call read a clock.
            BY_CLOCK: u8 = 1;
            /// The call drew from what is left to chance.
            BY_CHANCE: u8 = 2;
            /// The call, or the program's own text, read the process's environment.
            BY_ENVIRONMENT: u8 = 4;
            /// Other lines ran when nobody looked at values.
            OTHER_PATH: u8 = 8;
            /// Another outcome or output.
            OTHER_OUTCOME: u8 = 16;
            /// The program wrote something else into its own variables.
            OTHER_EFFECTS: u8 = 32;
            /// The call saw an order, a hash or an address that other interpreters have otherwise.
            BY_ORDER: u8 = 64;

            /// Bit of an end mark: the program may see the order of a set,
            MAY_SEE_ORDERS: u8 = 1;
            /// and where it does, that is not told for each call.
            UNWATCHED_ORDERS: u8 = 2;

            /// The half of a call's evaluations that is recorded,
            HALF_WATCHED: &str = "watched";
            /// and the one that nobody watches.
            HALF_UNWATCHED: &str = "unwatched";

            /// A job: calls to record,
            JOB_TRACE: &str = "trace";
            /// inputs to try,
            JOB_TRY: &str = "try";
            /// expressions to evaluate,
            JOB_EVALUATE: &str = "evaluate";
            /// tests of a source,
            JOB_REHEARSE: &str = "rehearse";
            /// a script of the caller's own,
            JOB_PERFORM: &str = "perform";
            /// a package to import, for the children that are forked then,
            JOB_IMPORT: &str = "import";
            /// the sandbox's self-test.
            JOB_PROBE: &str = "probe";
        }
    };
}

macro_rules! as_rust {
    ($($(#[$about:meta])* $name:ident: $kind:ty = $value:literal;)*) => {
        $(
            $(#[$about])*
            #[allow(dead_code, reason = "some are needed by the other languages only")]
            pub(crate) const $name: $kind = $value;
        )*
    };
}
shared!(as_rust);

macro_rules! as_python {
    ($($(#[$about:meta])* $name:ident: $kind:ty = $value:literal;)*) => {
        concat!($(stringify!($name), " = ", stringify!($value), "\n"),*)
    };
}

macro_rules! as_c {
    ($($(#[$about:meta])* $name:ident: $kind:ty = $value:literal;)*) => {
        concat!($("#define ", stringify!($name), " ", stringify!($value), "\n"),*)
    };
}

pub(crate) use {as_c, as_python, shared};

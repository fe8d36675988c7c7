//! Drops: records of what was left out, with the reason.

use serde::{Deserialize, Serialize};

/// A stage of the pipeline. Its name is the name of the command, the crate and the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Sources to files.
    Crawl,
    /// Files to units, calls and programs.
    Extract,
    /// Programs to runs.
    Trace,
    /// Runs to samples.
    Sample,
    /// Marks on programs and samples.
    Curate,
}

impl Stage {
    /// All stages, in order.
    pub const ALL: [Self; 5] = [
        Self::Crawl,
        Self::Extract,
        Self::Trace,
        Self::Sample,
        Self::Curate,
    ];

    /// Name in commands and in the store.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Crawl => "crawl",
            Self::Extract => "extract",
            Self::Trace => "trace",
            Self::Sample => "sample",
            Self::Curate => "curate",
        }
    }
}

macro_rules! reasons {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $stage:ident, $what:literal;)*) => {
        /// Reason for leaving something out. The store holds its code, `status` prints its explanation.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Reason {
            $(#[doc = $what] $variant,)*
        }

        impl Reason {
            /// Every reason, in the order of the stages.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The reason's code, in snake case.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// The stage that gives this reason.
            #[must_use]
            pub fn stage(self) -> Stage {
                match self { $(Self::$variant => Stage::$stage,)* }
            }

            /// One line for a person.
            #[must_use]
            pub fn explanation(self) -> &'static str {
                match self { $(Self::$variant => $what,)* }
            }

            /// The reason with this code.
            #[must_use]
            pub fn from_code(code: &str) -> Option<Self> {
                match code { $($code => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

reasons! {
    // crawl: files
    SourceFailed = "source_failed", Crawl, "the source could not be read";
    NotSelected = "not_selected", Crawl, "excluded by the corpus";
    TooLarge = "too_large", Crawl, "larger than the corpus allows";
    Binary = "binary", Crawl, "not text: holds a NUL byte";
    EmptyFile = "empty_file", Crawl, "empty file";
    NotARegularFile = "not_a_regular_file", Crawl, "a link, a submodule or another special entry";
    NotInTree = "not_in_tree", Crawl, "too large to be there when packages of the source run";
    LfsPointer = "lfs_pointer", Crawl, "a Git LFS pointer: the file's own bytes are not in the repository";
    DuplicateFile = "duplicate_file", Crawl, "the same bytes as an earlier file";
    RequirementLeftOut = "requirement_left_out", Crawl, "a requirement of the source that is not met: no distribution of the package index, or without a wheel";
    TakenBack = "taken_back", Crawl, "its author or owner took it back: see `tracestone forget`";
    Unreadable = "unreadable", Crawl, "the file could not be read";

    // extract: files
    NotUtf8 = "not_utf8", Extract, "neither UTF-8 nor its declared encoding";
    UnknownEncoding = "unknown_encoding", Extract, "declares an encoding that CPython refuses or that is not supported";
    Python2 = "python2", Extract, "Python 2 syntax";
    SyntaxErrors = "syntax_errors", Extract, "the file has syntax errors";
    TooDeep = "too_deep", Extract, "nested too deeply";
    // extract: programs
    NeedsPackage = "needs_package", Extract, "imports a package that is neither standard library nor in the source";
    NotImportable = "not_importable", Extract, "the file is no module that can be imported by a name of its own";
    RelativeImportOutside = "relative_import_outside", Extract, "a relative import that leads out of the source";
    StarImport = "star_import", Extract, "a star import hides where names come from";
    NameUnresolved = "name_unresolved", Extract, "uses a name that is defined nowhere";
    NameClash = "name_clash", Extract, "inlined definitions would share a name";
    SideEffects = "side_effects", Extract, "needs module-level statements with side effects";
    ReadsClock = "reads_clock", Extract, "reads the clock";
    ReadsEnvironment = "reads_environment", Extract, "reads files, the environment, the network or the machine";
    ReadsFrames = "reads_frames", Extract, "looks at frames, namespaces or reference counts, which a tracer or a slice changes";
    ConditionalDefinition = "conditional_definition", Extract, "a needed name is defined conditionally";
    ProgramTooLarge = "program_too_large", Extract, "the slice is larger than the limit";
    UnitHasErrors = "unit_has_errors", Extract, "the unit or something it needs has syntax errors";
    ExampleInProgram = "example_in_program", Extract, "an example with its result could not be taken out of the text";
    NoCall = "no_call", Extract, "no call of the program was found in the source";
    // extract: tests
    TestNotRun = "test_not_run", Extract, "the test was not run for its calls: skipped, beyond the limit, or with needs that are not there";
    TestFailed = "test_failed", Extract, "the test did not pass when it was run for its calls";
    // extract: calls
    CallNotLiteral = "call_not_literal", Extract, "the call depends on values that are not in its text";
    CallTooLarge = "call_too_large", Extract, "the call's text is larger than the limit";
    CallIsNotOfProgram = "call_is_not_of_program", Extract, "the example does not use the program";
    CallSkipped = "call_skipped", Extract, "the author marked the example as one not to run";
    CallBroken = "call_broken", Extract, "the example is not valid Python";
    CallLimit = "call_limit", Extract, "the program has more calls than the limit";

    // trace: runs
    ProgramFailed = "program_failed", Trace, "the program's text raised when it was executed";
    SetupFailed = "setup_failed", Trace, "the setup raised";
    Nondeterministic = "nondeterministic", Trace, "a second interpreter with another hash seed disagreed";
    Observed = "observed", Trace, "the run differs between being watched and not being watched";
    DependsOnEnvironment = "depends_on_environment", Trace, "the run read the process's arguments, variables, streams or machine";
    TimedOut = "timed_out", Trace, "ran out of CPU time";
    OutOfMemory = "out_of_memory", Trace, "ran out of memory";
    OverBudget = "over_budget", Trace, "more steps, depth or trace than the budget";
    Refused = "refused", Trace, "tried what the sandbox does not allow";
    Blocked = "blocked", Trace, "waited for something that can never happen, such as the release of a lock that it holds";
    Crashed = "crashed", Trace, "the interpreter itself crashed, again when the call ran alone";
    Invalid = "invalid", Trace, "the interpreter's report did not hold up to checks";
    AddsNothing = "adds_nothing", Trace, "generated inputs that were not needed, not valid, or showed nothing new";
    NeverEntered = "never_entered", Trace, "no line of the program was executed by the call";

    // sample: runs
    ValueNotLiteral = "value_not_literal", Sample, "the answer has no exact literal form";
    ValueTooLarge = "value_too_large", Sample, "the answer is larger than the limit";
    PromptTooLarge = "prompt_too_large", Sample, "the prompt is larger than the limit";
    Trivial = "trivial", Sample, "the question is trivial";
    Ambiguous = "ambiguous", Sample, "the question could be read in two ways";
    AnswerLeaks = "answer_leaks", Sample, "the program's text gives the answer away";
    RunLimit = "run_limit", Sample, "the run already gave as many samples of this kind as the limit";
    DuplicateSample = "duplicate_sample", Sample, "the same question is asked elsewhere";
    CommonAnswer = "common_answer", Sample, "the same docstring or comment occurs at many other places";
    NothingToAnnotate = "nothing_to_annotate", Sample, "no docstring or comment that says anything";
    NoRunToAskAbout = "no_run_to_ask_about", Sample, "the kind does not apply to this run";
}

impl Serialize for Reason {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Reason {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = String::deserialize(deserializer)?;
        Self::from_code(&code)
            .ok_or_else(|| serde::de::Error::custom(format!("unknown reason `{code}`")))
    }
}

/// Something that was left out: a file, a unit, a call, a run or a question.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Dropped {
    /// Category, by which drops are counted.
    pub reason: Reason,
    /// The thing left out: a path, `path:line name`, or an identifier.
    pub subject: String,
    /// Specifics: the package's name, the clashing name, the difference.
    pub detail: String,
}

impl Dropped {
    /// Records that `subject` was left out.
    pub fn new(reason: Reason, subject: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            reason,
            subject: subject.into(),
            detail: detail.into(),
        }
    }
}

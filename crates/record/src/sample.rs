//! The exported record: one question with its checked answer.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    FileId, InputOrigin, LicenseEvidence, Line, MadeFile, Program, ProgramId, RunId, SampleId,
    SourceId,
};

/// The number of the exported record's schema.
pub const SCHEMA: u32 = 1;

/// The language of a program.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// Python, executed by CPython.
    #[default]
    Python,
    /// Karel, executed by this tool's own interpreter.
    Karel,
}

impl Language {
    /// True for Python, for which records leave the field out.
    #[must_use]
    pub fn is_python(&self) -> bool {
        *self == Self::Python
    }
}

/// Kind of a question.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum SampleKind {
    /// The value that the call returns, or its output.
    Output,
    /// The exception that the call raises.
    Exception,
    /// Arguments that give a stated result.
    Input,
    /// Arguments for which a line runs.
    Reach,
    /// The value of a variable after a line has run for the K-th time.
    State,
    /// The line that runs next.
    NextLine,
    /// The lines that run, in order.
    Path,
    /// The set of lines that run.
    Coverage,
    /// The number of times that a line runs.
    Count,
    /// The functions that are called, in order.
    Calls,
    /// Every event of the call.
    Trace,
    /// The docstring or comment that belongs at a marked place.
    Annotated,
}

impl SampleKind {
    /// All kinds, in the order in which they are shown.
    pub const ALL: [Self; 12] = [
        Self::Output,
        Self::Exception,
        Self::Input,
        Self::Reach,
        Self::State,
        Self::NextLine,
        Self::Path,
        Self::Coverage,
        Self::Count,
        Self::Calls,
        Self::Trace,
        Self::Annotated,
    ];

    /// Name in records and commands.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Output => "output",
            Self::Exception => "exception",
            Self::Input => "input",
            Self::Reach => "reach",
            Self::State => "state",
            Self::NextLine => "next_line",
            Self::Path => "path",
            Self::Coverage => "coverage",
            Self::Count => "count",
            Self::Calls => "calls",
            Self::Trace => "trace",
            Self::Annotated => "annotated",
        }
    }

    /// Kind with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// True if the answer comes from a run, which holds for all kinds but `annotated`.
    #[must_use]
    pub fn is_executed(self) -> bool {
        self != Self::Annotated
    }

    /// True if the answer is an argument list, so that the sample's call, which has it, is not shown.
    #[must_use]
    pub fn asks_for_arguments(self) -> bool {
        matches!(self, Self::Input | Self::Reach)
    }
}

/// Syntax of an answer.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum AnswerType {
    /// A Python literal.
    Literal,
    /// An argument list, without the parentheses.
    Arguments,
    /// A line number, or `return` or `raise`.
    Line,
    /// A list of line numbers in square brackets: ordered for `path`, ascending for `coverage`.
    Lines,
    /// A non-negative number.
    Count,
    /// `Type: message`, or `Type` where the message is empty.
    Exception,
    /// The trace text that the prompt defines.
    Trace,
    /// Prose, which is not parsed.
    Text,
}

/// A part of a split.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Split {
    /// The part to train on.
    Train,
    /// For choosing settings.
    Validation,
    /// For the final score.
    Test,
}

impl Split {
    /// All parts of the split.
    pub const ALL: [Self; 3] = [Self::Train, Self::Validation, Self::Test];

    /// Name in records and file names.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Validation => "validation",
            Self::Test => "test",
        }
    }

    /// Part with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|split| split.name() == name)
    }
}

/// One question about runs with its checked answer. Field names are a promise to users.
///
/// `exec(program)`, `exec(setup)` and `eval(call)` in one namespace reproduce the run in plain CPython
/// of the version that `evidence` names. Where there is a `package`, its module is imported from the source's
/// files at `provenance.commit` instead, and the namespace is the module's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sample {
    /// Depends on kind, program, setup, call and question.
    pub id: SampleId,
    /// Kind of the question.
    pub kind: SampleKind,
    /// The number of this record's schema.
    pub schema: u32,
    /// The program's language; left out for Python.
    #[serde(default, skip_serializing_if = "Language::is_python")]
    pub language: Language,
    /// The program's text: what ran and, byte for byte, what the prompt shows (for `annotated`, the
    /// prompt leaves out the annotation that is asked for). Where there is a `package`, the part of a
    /// module's file that is shown: each line is a line of the file, and the module is what ran.
    pub program: String,
    /// The module that is imported in the place of `exec(program)`, if the program runs in its own package.
    /// Absent if the text itself is executed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package: Option<PackageForm>,
    /// The module-level name that the program was made for.
    pub entry: String,
    /// Statements executed before the call; may be empty.
    pub setup: String,
    /// The expression that was evaluated and traced; empty for `annotated`.
    pub call: String,
    /// The asked line, variable or stream.
    pub question: Question,
    /// The question as a person or model reads it.
    pub prompt: String,
    /// The prompt's style, where an export was asked for one; else it is `standard`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt_style: Option<String>,
    /// Definitions that belong before the prompt, for styles that do not repeat them in each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system: Option<String>,
    /// The checked answer.
    pub answer: String,
    /// Further right answers that are known to the same question, of the same type; only `input` and `reach` have some.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other_answers: Vec<String>,
    /// Syntax of `answer`.
    pub answer_type: AnswerType,
    /// Step-by-step reasoning, every claim of which is in the trace; empty for `annotated`.
    pub rationale: String,
    /// The rationale's form, where an export was asked for one; else it is `prose`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rationale_form: Option<String>,
    /// Facts about the run that make a question hard.
    pub facts: Facts,
    /// Origin of the call; absent for `annotated`.
    pub input_origin: Option<InputOrigin>,
    /// Origin, commit, path and licence of the program.
    pub provenance: Provenance,
    /// Conditions of the runs that gave the answer.
    pub evidence: Evidence,
    /// Key that splits keep together.
    pub group: String,
    /// The part of the split.
    pub split: Split,
    /// Key of the programs that are nearly the same as this one: equal for all of them, and in one part of the
    /// split. Absent where it was not computed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
}

/// Form of a program that is a part of a module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PackageForm {
    /// The module that is imported: `pkg.core`. Its file is `provenance.path`.
    pub module: String,
    /// The folders of the source that go to the end of `sys.path`, in order; `` for its top.
    pub roots: Vec<String>,
    /// For each line of `program` the line of the file that it is; 0 for none.
    pub lines: Vec<u32>,
    /// Identifies the files: all of the source's Python files, and what lies beside them in packages.
    pub source: SourceId,
    /// Files beside those of the commit: what a build would write, such as a version.
    pub made: Vec<MadeFile>,
    /// Distributions that must be installed, as lines of a requirements file:
    /// `six==1.17.0 --hash=sha256:..`. Their modules come after those of the source.
    pub needs: Vec<String>,
}

impl PackageForm {
    /// The form of a program, where it runs in its own package.
    #[must_use]
    pub fn of(program: &Program) -> Option<Self> {
        program.package.as_ref().map(|package| Self {
            module: package.module.clone(),
            roots: package.roots.clone(),
            lines: program
                .lines
                .iter()
                .map(|origin| origin.map_or(0, |origin| origin.line.0))
                .collect(),
            source: package.source,
            made: package.made.clone(),
            needs: package.needs.clone(),
        })
    }
}

/// The asked line, variable or stream. Lines count from 1 in `program`. Only the fields of the kind are
/// present.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// The line asked about (`state`, `next_line`, `count`, `reach`), or the first line of the annotated code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<Line>,
    /// Number of the line's execution, counted from 1 over the whole path (`state`, `next_line`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub occurrence: Option<u32>,
    /// The variable (`state`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variable: Option<String>,
    /// `returned` or `stdout` (`output`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream: Option<Stream>,
    /// The called function (`input`, `reach`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub callee: Option<String>,
    /// The result to be reproduced (`input`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
    /// `docstring` or `comment` (`annotated`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub annotation: Option<AnnotationKind>,
    /// The last line of the annotated code (`annotated`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_line: Option<Line>,
    /// The dotted name of the annotated definition (`annotated`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub definition: Option<String>,
}

/// The result that an `output` sample asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stream {
    /// The value of the call.
    Returned,
    /// The standard output of the call, as a Python string literal.
    Stdout,
}

/// The annotation that an `annotated` sample asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AnnotationKind {
    /// The docstring of a unit.
    Docstring,
    /// A comment of its own or behind code.
    Comment,
}

/// Difficulty facts. Numbers about the run are absent for `annotated`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Facts {
    /// Line events of the run.
    pub steps: u32,
    /// Distinct lines that ran.
    pub lines: u32,
    /// The largest number of the program's frames active at once.
    pub depth: u32,
    /// Branch statements (`if`, `elif`, `while`, `for`, `match`) that ran, counted per execution.
    pub branches: u32,
    /// Loops that ran.
    pub loops: u32,
    /// The deepest nesting of loops that ran.
    pub loop_depth: u32,
    /// Calls of the program's functions during the run, the first included.
    pub calls: u32,
    /// The size of the largest value in the trace, in bytes of text.
    pub value_bytes: u32,
    /// The size of the answer, in bytes.
    pub answer_bytes: u32,
    /// Lines of the program.
    pub program_lines: u32,
    /// True if the answer's text occurs in the program, setup or call.
    pub answer_in_prompt: bool,
    /// Signs that the question is easy for the wrong reason, such as `never_changes`.
    #[serde(default)]
    pub trivial: Vec<String>,
    /// For `input`: whether other arguments are known to give the same result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub many_inputs: Option<bool>,
    /// For `annotated`: how many verified runs the program has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runs: Option<u32>,
    /// Earlier steps that the answer depends on, by a dynamic slice of the trace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slice_steps: Option<u32>,
    /// The largest number of earlier steps that one step of that slice takes values from directly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slice_width: Option<u32>,
    /// The estimated chance of a wrong answer in percent, from the other facts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub difficulty: Option<u32>,
}

/// Origin of a program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Provenance {
    /// The source's origin.
    pub origin: String,
    /// The commit; absent for what is not git.
    pub commit: Option<String>,
    /// The day of that commit in UTC, as `YYYY-MM-DD`; the code in it may be older.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit_date: Option<String>,
    /// The file's path inside the source.
    pub path: String,
    /// First and last line of the unit in that file.
    pub lines: [Line; 2],
    /// The SWHID of the file's content, with qualifiers.
    pub swhid: String,
    /// The SPDX expression; `NOASSERTION` where nothing was found.
    pub license: String,
    /// True if every licence found is permissive.
    pub permissive: bool,
    /// Statements from which the licence was concluded.
    pub license_evidence: Vec<LicenseEvidence>,
    /// Further files of the source whose definitions are in the program.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inlined: Vec<String>,
}

/// Conditions under which an answer was obtained.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// The interpreter: `CPython 3.11.2`.
    pub python: String,
    /// Number of executions that agreed, those aside that only calls have which see the order of a set.
    pub runs: u32,
    /// The hash seeds of those executions.
    pub hash_seeds: Vec<u32>,
    /// A hash of the trace, equal for equal traces; absent for `annotated`.
    pub trace: Option<String>,
    /// The sandbox's level and what it consists of.
    pub sandbox: String,
    /// This tool's version.
    pub tool: String,
}

/// A sample with what links it inside the store.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SampleRow {
    /// The exported record.
    pub sample: Sample,
    /// Program of the sample.
    pub program: ProgramId,
    /// The run asked about; `None` for `annotated`.
    pub run: Option<RunId>,
    /// Runs of the same program, for `annotated`.
    pub linked_runs: Vec<RunId>,
    /// File of the program.
    pub file: FileId,
}

/// Counts by name, as summaries print them.
pub type Counts = BTreeMap<String, u64>;

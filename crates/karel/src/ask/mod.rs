//! Questions about runs in full sentences, as the records of other languages are.
//!
//! The same kinds as for Python, so a model is scored on both in the same way. A program is executed by this
//! crate's interpreter alone, which has no chance in it; the sample's own text (program, setup with the
//! semantics, call with the start world) is all that is needed to execute it again.

mod prompt;
mod questions;
mod recording;

use tracestone_record::{
    Arguments, Call, CallId, Definition, Evidence, File, InputKind, InputOrigin, Line, LineOrigin,
    LineRange, Literal, LiteralLimits, Outcome, Program as ProgramRow, ProgramId, Provenance, Run,
    RunEvidence, RunId, SampleRow, Span, Split, Unit, UnitId, UnitKind, UnitSignals, Verdict,
};

use crate::parse::parse;
use crate::program::{Kind, Program, Statement};
use crate::run::{OutOfSteps, Trace};
use crate::semantics::Semantics;
use crate::world::World;

/// The name of what is called.
pub(crate) const ENTRY: &str = "run";

/// The interpreter, as evidence names it.
pub const INTERPRETER: &str = "Karel 1";

/// Properties shared by all questions about a program.
#[derive(Debug, Clone)]
pub struct Context<'a> {
    /// File of the program.
    pub file: &'a File,
    /// Origin, licence and file of the program, as samples record it.
    pub provenance: &'a Provenance,
    /// Key that the split keeps together.
    pub group: &'a str,
    /// The part of the split.
    pub split: Split,
    /// This tool's name and version.
    pub tool: &'a str,
    /// Seed of all random choices.
    pub seed: u64,
    /// Steps of a run.
    pub steps: u32,
}

/// A run, and what is asked about it.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The expression `run([..])` with its origin.
    pub call: Call,
    /// Outcome and trace under the chosen semantics.
    pub run: Run,
    /// Samples of every kind that fits the run; empty if none does.
    pub samples: Vec<SampleRow>,
}

/// The rows of a program: its unit and itself.
#[must_use]
pub fn program_rows(program: &Program, file: &File) -> (Unit, ProgramRow) {
    let text = program.to_string();
    let last = Line(text.lines().count() as u32);
    let lines = LineRange {
        first: Line(1),
        last,
    };
    let unit = Unit {
        id: UnitId::of(&[file.id.as_bytes(), ENTRY.as_bytes()]),
        file: file.id,
        kind: UnitKind::Function,
        name: ENTRY.to_owned(),
        nested: false,
        is_async: false,
        decorators: Vec::new(),
        parameters: Vec::new(),
        returns: None,
        bases: Vec::new(),
        span: Span {
            start: 0,
            end: text.len() as u32,
        },
        lines,
        docstring: None,
        comments: Vec::new(),
        signals: UnitSignals {
            code_lines: last.0,
            ..UnitSignals::default()
        },
    };
    let row = ProgramRow {
        package: None,
        id: program_id(&text),
        unit: unit.id,
        file: file.id,
        entry: ENTRY.to_owned(),
        lines: (1..=last.0)
            .map(|line| {
                Some(LineOrigin {
                    file: 0,
                    line: Line(line),
                })
            })
            .collect(),
        text,
        inlined: Vec::new(),
        imports: Vec::new(),
        definitions: vec![definition(program, lines)],
        comments: Vec::new(),
    };
    (unit, row)
}

fn program_id(text: &str) -> ProgramId {
    ProgramId::of(&[b"karel", text.as_bytes()])
}

fn definition(program: &Program, lines: LineRange) -> Definition {
    let mut statements = Vec::new();
    let mut branches = Vec::new();
    let mut loops = Vec::new();
    each(program.body(), &mut |statement| {
        let line = Line(statement.line);
        statements.push(line);
        match statement.kind {
            Kind::Action(_) => {}
            _ if statement.kind.is_loop() => {
                branches.push(line);
                loops.push(LineRange {
                    first: line,
                    last: line,
                });
            }
            _ => branches.push(line),
        }
    });
    Definition {
        name: ENTRY.to_owned(),
        kind: UnitKind::Function,
        lines,
        header: Line(1),
        docstring: None,
        prose: None,
        parameters: Vec::new(),
        locals: recording::VARIABLES.map(str::to_owned).to_vec(),
        loops,
        branches,
        statements,
    }
}

fn each(body: &[Statement], visit: &mut impl FnMut(&Statement)) {
    for statement in body {
        visit(statement);
        for body in statement.kind.bodies() {
            each(body, visit);
        }
    }
}

/// Runs a program in a world under given semantics, and asks about it.
///
/// # Errors
/// It takes too many steps.
pub fn ask(
    program: &Program,
    world: &World,
    semantics: &Semantics,
    context: &Context<'_>,
) -> Result<Asked, OutOfSteps> {
    let trace = Trace::of(program, world, semantics, context.steps)?;
    let text = program.to_string();
    let argument = world.literal();
    let call_text = format!("{ENTRY}({argument})");
    let setup = semantics.setup();
    let id = program_id(&text);
    let call = Call {
        id: CallId::of(&[id.as_bytes(), setup.as_bytes(), call_text.as_bytes()]),
        program: id,
        setup,
        call: call_text,
        arguments: Some(Arguments {
            callee: ENTRY.to_owned(),
            text: argument,
            literal: true,
        }),
        origin: InputOrigin {
            kind: InputKind::Generated,
            path: None,
            line: None,
        },
    };
    let run = run_row(&call, &trace, context);
    let samples = questions::questions(program, &text, &call, &run, &trace, semantics, context);
    Ok(Asked { call, run, samples })
}

fn run_row(call: &Call, trace: &Trace, context: &Context<'_>) -> Run {
    Run {
        id: RunId::of(&[call.id.as_bytes(), INTERPRETER.as_bytes()]),
        call: call.id,
        program: call.program,
        outcome: Outcome::Returned {
            value: recording::value(trace.end().literal(), "list"),
        },
        stdout: String::new(),
        stdout_truncated: false,
        trace: Some(recording::recorded(trace)),
        verdict: Verdict::Verified,
        evidence: RunEvidence {
            python: INTERPRETER.to_owned(),
            hash_seeds: Vec::new(),
            sandbox: SANDBOX.to_owned(),
            tool: context.tool.to_owned(),
        },
    }
}

const SANDBOX: &str = "none needed: Karel programs reach nothing but their grid";

fn evidence(run: &Run) -> Evidence {
    Evidence {
        python: run.evidence.python.clone(),
        runs: 1,
        hash_seeds: Vec::new(),
        trace: run.trace.as_ref().map(recording::hash),
        sandbox: run.evidence.sandbox.clone(),
        tool: run.evidence.tool.clone(),
    }
}

/// Error of [`execute`], by the part of the sample's text that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExecuteError {
    /// The program's text is no program.
    #[error("the program: {0}")]
    Program(#[from] crate::ParseError),
    /// The set-up says nothing about actions.
    #[error("the set-up: {0}")]
    Setup(#[from] crate::SemanticsError),
    /// The expression is no call with a world.
    #[error("`run([..])` with a list of rows is expected: {0}")]
    Call(String),
    /// The list draws no world.
    #[error(transparent)]
    World(#[from] crate::WorldError),
    /// It did not end.
    #[error(transparent)]
    Steps(#[from] OutOfSteps),
}

/// Result of an execution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Executed {
    /// The final world, as a literal.
    pub value: String,
    /// The events, as a recorder of Python would tell them.
    pub events: tracestone_record::Trace,
}

/// Executes a sample's own text: the program, the set-up, and a call.
///
/// # Errors
/// One of them cannot be read, or the run takes more than `steps` steps.
pub fn execute(
    program: &str,
    setup: &str,
    call: &str,
    steps: u32,
) -> Result<Executed, ExecuteError> {
    let program = parse(program)?;
    let semantics = Semantics::from_setup(setup)?;
    let world = World::parse(&rows_of(call).map_err(ExecuteError::Call)?)?;
    let trace = Trace::of(&program, &world, &semantics, steps)?;
    Ok(Executed {
        value: trace.end().literal(),
        events: recording::recorded(&trace),
    })
}

/// The rows in `run([..])`.
fn rows_of(call: &str) -> Result<Vec<String>, String> {
    let inner = call
        .trim()
        .strip_prefix(ENTRY)
        .and_then(|rest| rest.trim_start().strip_prefix('('))
        .and_then(|rest| rest.strip_suffix(')'))
        .ok_or_else(|| "it is not a call of `run`".to_owned())?;
    let literal =
        Literal::parse(inner, LiteralLimits::default()).map_err(|error| error.to_string())?;
    let Literal::List(rows) = literal else {
        return Err(format!("a {} was found", literal.type_name()));
    };
    rows.into_iter()
        .map(|row| match row {
            Literal::Str(row) => Ok(row),
            other => Err(format!("a {} was found among the rows", other.type_name())),
        })
        .collect()
}

//! Support for tests of the engine: programs as text, and a run of them.

#![allow(dead_code, reason = "each test binary uses a part")]

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use tracestone_record::{
    Call, CallId, FileId, InputKind, InputOrigin, Program, ProgramId, Run, UnitId,
};
use tracestone_trace::{Engine, Job, Limits, SandboxChoice, Settings, StartError};

/// The interpreter that tests use.
pub(crate) fn python() -> PathBuf {
    std::env::var_os("TRACESTONE_PYTHON").map_or_else(|| "python3".into(), PathBuf::from)
}

/// An engine with small budgets. A missing interpreter or sandbox fails the test.
pub(crate) fn engine() -> Engine {
    engine_with(Limits {
        cpu_seconds: 1,
        ..Limits::default()
    })
}

/// An engine with the given budgets.
pub(crate) fn engine_with(limits: Limits) -> Engine {
    start(limits, SandboxChoice::Strongest).unwrap_or_else(|error| {
        panic!("{error}\n(tests use `python3`, or the interpreter in TRACESTONE_PYTHON)")
    })
}

/// An engine with the recorder in Python.
#[allow(dead_code, reason = "not every test file needs it")]
pub(crate) fn engine_in_python() -> Engine {
    let limits = Limits {
        cpu_seconds: 1,
        ..Limits::default()
    };
    Engine::start(&Settings {
        python: python(),
        limits,
        ..Settings::default()
    })
    .expect("the engine starts")
}

/// Starts an engine with one worker.
pub(crate) fn start(limits: Limits, sandbox: SandboxChoice) -> Result<Engine, StartError> {
    start_with(&python(), limits, sandbox)
}

/// Starts an engine with one worker and an interpreter.
pub(crate) fn start_with(
    python: &Path,
    limits: Limits,
    sandbox: SandboxChoice,
) -> Result<Engine, StartError> {
    Engine::start(&Settings {
        python: python.to_owned(),
        workers: 1,
        limits,
        sandbox,
        native: Some(env!("CARGO_TARGET_TMPDIR").into()),
        ..Settings::default()
    })
}

/// A job of a program and calls, each with its setup.
pub(crate) fn job(program: &str, calls: &[(&str, &str)]) -> Job {
    let id = ProgramId::of(&[program.as_bytes()]);
    let calls = calls
        .iter()
        .map(|(setup, call)| Call {
            id: CallId::of(&[id.as_bytes(), setup.as_bytes(), call.as_bytes()]),
            program: id,
            setup: (*setup).to_owned(),
            call: (*call).to_owned(),
            arguments: None,
            origin: InputOrigin {
                kind: InputKind::Doctest,
                path: None,
                line: None,
            },
        })
        .collect();
    let program = Program {
        package: None,
        id,
        unit: UnitId::of(&[]),
        file: FileId::of(&[]),
        entry: String::new(),
        text: program.to_owned(),
        lines: Vec::new(),
        inlined: Vec::new(),
        imports: Vec::new(),
        definitions: Vec::new(),
        comments: Vec::new(),
    };
    Job {
        package: None,
        program,
        calls,
        candidates: Vec::new(),
    }
}

/// The runs of one job.
pub(crate) fn runs(engine: &Engine, job: Job) -> Vec<Run> {
    let mut all = Vec::new();
    engine
        .trace(std::iter::once(job), &mut |result| {
            all.extend(result.runs);
            ControlFlow::Continue(())
        })
        .expect("the engine works");
    all
}

/// The run of a single call.
pub(crate) fn run(engine: &Engine, program: &str, call: &str) -> Run {
    let mut all = runs(engine, job(program, &[("", call)]));
    assert_eq!(all.len(), 1);
    all.remove(0)
}

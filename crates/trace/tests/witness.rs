//! The witness that `verify` asks: it changes nothing by looking, and tells where looking would.

mod support;

use std::ops::ControlFlow;

use support::{engine, start};
use tracestone_record::{EventType as Kind, Line};
use tracestone_trace::texts::{REPLAY, WITNESS, WORKER};
use tracestone_trace::{
    Asked, Engine, Level, Limits, Replay, ReplayJob, ReplayOutcome, ReplayResult, SandboxChoice,
};

/// Result of the witness for one expression.
fn witness(engine: &Engine, program: &str, setup: &str, call: &str, asked: Asked) -> Replay {
    let job = ReplayJob {
        package: None,
        key: 1,
        program: program.to_owned(),
        setup: setup.to_owned(),
        expressions: vec![call.to_owned()],
        order: None,
        asked: Some(vec![asked]),
    };
    let mut results: Vec<ReplayResult> = Vec::new();
    engine
        .replay(std::iter::once(job), &mut |result| {
            results.push(result);
            ControlFlow::Continue(())
        })
        .expect("the engine works");
    results.remove(0).replays.remove(0).expect("it is executed")
}

fn everything() -> Asked {
    Asked {
        lines: true,
        values: true,
        states: Vec::new(),
    }
}

fn returned(replay: &Replay) -> &str {
    match &replay.outcome {
        ReplayOutcome::Returned { text } => text,
        ReplayOutcome::Raised { .. } => panic!("{replay:?}"),
    }
}

fn path(replay: &Replay) -> Vec<u32> {
    let told = replay.testimony.as_ref().expect("it was asked for");
    let told = told.as_ref().expect("the witnesses agree");
    told.path().map(|line| line.0).collect()
}

/// `D` counts the ends of its objects.
const ENDS: &str = "\
class D:
    ends = 0

    def __del__(self):
        D.ends += 1
";

#[test]
fn what_ends_is_seen_to_end_and_in_the_right_place() {
    let engine = engine();
    // What is done to an object, what `D.ends` is after it, and the lines that run.
    let cases: [(&str, &str, &[u32]); 6] = [
        ("    d = D()\n    d = None", "1", &[7, 8, 5, 9, 10]),
        ("    d = [D(), D()]\n    d.pop()", "1", &[7, 8, 5, 9, 10, 5]),
        ("    D()\n    d = 0", "1", &[7, 5, 8, 9, 10]),
        (
            "    d = D()\n    d.d = D(); d.d = 0",
            "1",
            &[7, 8, 5, 9, 10, 5],
        ),
        ("    d = D()\n    e = d; d = 0", "0", &[7, 8, 9, 10, 5]),
        (
            "    d = D(); e = [d]\n    d = e = 0",
            "1",
            &[7, 8, 5, 9, 10],
        ),
    ];
    for (body, ends, lines) in cases {
        let program = format!("{ENDS}def f():\n{body}\n    n = D.ends\n    return n\n");
        let asked = Asked {
            states: vec![(Line(9), 1, "n".to_owned())],
            ..everything()
        };
        let replay = witness(&engine, &program, "", "f()", asked);
        assert_eq!(returned(&replay), ends, "{body}");
        assert_eq!(path(&replay), lines, "{body}");
        let told = replay.testimony.unwrap().unwrap();
        let state = &told.states[&(Line(9), 1, "n".to_owned())];
        assert_eq!(state.as_deref(), Some(ends), "{body}");
    }
}

#[test]
fn weak_references_finalisers_generators_and_warnings_run_where_they_do_unwatched() {
    let engine = engine();
    let cases = [
        (
            "import weakref\nclass A:\n    pass\ndef f():\n    a = A()\n    r = weakref.ref(a)\n    a = 0\n    return r() is None\n",
            "True",
            vec![5, 6, 7, 8],
        ),
        (
            "import weakref\nclass A:\n    pass\nlog = []\ndef gone(r):\n    log.append(1)\ndef f():\n    a = A()\n    r = weakref.ref(a, gone)\n    a = 0\n    return log\n",
            "[1]",
            vec![8, 9, 10, 6, 11],
        ),
        (
            "log = []\ndef g():\n    try:\n        yield 1\n    finally:\n        log.append(1)\ndef f():\n    it = g()\n    next(it)\n    it = 0\n    return log\n",
            "[1]",
            vec![8, 9, 3, 4, 10, 6, 11],
        ),
        (
            "import warnings\nclass W(Warning):\n    def __str__(self):\n        return 'w'\ndef f():\n    warnings.warn(W())\n    return 1\n",
            "1",
            vec![6, 4, 4, 7],
        ),
    ];
    for (program, value, lines) in cases {
        let replay = witness(&engine, program, "", "f()", everything());
        assert_eq!(returned(&replay), value, "{program}");
        assert_eq!(path(&replay), lines, "{program}");
    }
}

#[test]
fn what_comes_out_otherwise_when_watched_has_no_answers_about_lines() {
    let engine = engine();
    let program =
        "import sys\ndef f():\n    watched = sys.gettrace() is not None\n    return watched\n";
    let replay = witness(&engine, program, "", "f()", everything());
    assert_eq!(returned(&replay), "False");
    match replay.testimony.unwrap() {
        Err(why) => assert!(why.contains("watched, it ends with"), "{why}"),
        // Python does not see what is set through the C interface.
        Ok(_) => assert!(
            ["3.9.", "3.10."]
                .iter()
                .any(|old| engine.python().contains(old))
        ),
    }
}

#[test]
fn a_text_that_depends_on_the_name_of_the_program_is_not_the_builds() {
    let engine = engine();
    let program = "def f():\n    return f.__code__.co_filename\n";
    let replay = witness(&engine, program, "", "f()", Asked::default());
    assert_eq!(returned(&replay), "'<exported program>'");
    assert_eq!(replay.testimony, None);
}

#[test]
fn a_generator_that_was_started_before_goes_on() {
    let engine = engine();
    let program = "def up(n):\n    i = 0\n    while i < n:\n        yield i\n        i += 1\n";
    let replay = witness(
        &engine,
        program,
        "g = up(3)\nnext(g)\n",
        "next(g)",
        everything(),
    );
    let told = replay.testimony.unwrap().unwrap();
    let events: Vec<_> = told
        .events
        .iter()
        .map(|event| (event.frame, event.kind, event.line.0))
        .collect();
    let expected = [
        (0, Kind::Resume, 4),
        (0, Kind::Line, 5),
        (0, Kind::Line, 3),
        (0, Kind::Line, 4),
        (0, Kind::Yield, 4),
    ];
    assert_eq!(events, expected);
    assert_eq!(told.events[4].payload.as_deref(), Some("1"));
}

#[test]
fn a_generator_that_pauses_within_a_line_and_code_of_the_programs_own_making_are_followed() {
    let engine = engine();
    // Without lines where versions of Python differ: then it counts that the ways of watching agree.
    let cases: [(&str, &str, &str, &[u32]); 4] = [
        (
            "def squares(xs):\n    return (x * x for x in xs)\n",
            "g = squares([1, 2, 3])\nnext(g)\n",
            "next(g)",
            &[2],
        ),
        (
            "def squares(xs):\n    return (x * x\n            for x in xs)\n",
            "g = squares([1, 2, 3])\nnext(g)\n",
            "list(g)",
            &[],
        ),
        (
            "def f(n):\n    m = n + 1\n    return m\nf.__code__ = f.__code__.replace(co_name='g')\n",
            "",
            "f(1)",
            &[2, 3],
        ),
        (
            "import types\n@types.coroutine\ndef wait(n):\n    x = yield n\n    return x\nasync def f():\n    return await wait(2)\n",
            "",
            "f().send(None)",
            &[],
        ),
    ];
    for (program, setup, call, lines) in cases {
        let replay = witness(&engine, program, setup, call, everything());
        let path = path(&replay);
        assert!(lines.is_empty() || path == lines, "{program}: {path:?}");
    }
}

#[test]
fn states_are_told_without_a_look_at_anything_else() {
    let engine = engine();
    let program =
        "def f(n):\n    total = 0\n    for i in range(n):\n        total += i\n    return total\n";
    let asked = Asked {
        lines: true,
        values: false,
        states: vec![
            (Line(4), 2, "total".to_owned()),
            (Line(4), 3, "nothing".to_owned()),
            (Line(4), 9, "total".to_owned()),
        ],
    };
    let replay = witness(&engine, program, "", "f(4)", asked);
    let told = replay.testimony.unwrap().unwrap();
    let states: Vec<_> = told.states.into_iter().collect();
    let expected = [
        ((Line(4), 2, "total".to_owned()), Some("1".to_owned())),
        ((Line(4), 3, "nothing".to_owned()), None),
    ];
    assert_eq!(states, expected);
    assert!(told.events.iter().all(|event| event.changes.is_empty()));
}

#[test]
fn the_witness_is_inside_the_sandbox_and_has_the_library_at_every_level() {
    let program = "\
def f():
    import os
    done = []
    for path in ('/etc/passwd', '/proc/self/environ'):
        try:
            open(path).close()
            done.append(path)
        except OSError:
            pass
    for act in (os.fork, lambda: os.mkdir('/tmp/tracestone-witness'), lambda: os.kill(os.getppid(), 0)):
        try:
            act()
            done.append(act)
        except OSError:
            pass
    import fractions, json, queue, uuid, xml.etree.ElementTree
    done.append(json.loads('[1]'))
    return done
";
    let mut held = 0;
    for level in Level::ALL {
        match start(Limits::default(), SandboxChoice::Exactly(level)) {
            Ok(engine) => {
                let replay = witness(&engine, program, "", "f()", Asked::default());
                assert_eq!(returned(&replay), "[[1]]", "{level:?}");
                held += 1;
            }
            Err(error) => println!("NOT TESTED, {level:?}: {error}"),
        }
    }
    assert!(held > 0, "no level of the sandbox can be had here");
}

/// The witness and the worker have only lines in common that any two programs have.
#[test]
fn the_witness_shares_no_line_with_the_worker() {
    let others = [WORKER, REPLAY];
    let telling = |text: &'static str| text.lines().map(str::trim).filter(|line| line.len() > 40);
    for line in telling(WITNESS) {
        let elsewhere = others
            .iter()
            .any(|other| telling(other).any(|theirs| theirs == line));
        assert!(!elsewhere, "{line}");
    }
}

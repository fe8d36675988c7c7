//! The witness agrees with the recorder, event by event.

mod support;

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;
use std::process::Command;

use support::{engine, job, run, runs};
use tracestone_record::{Line, Outcome, Run, Verdict};
use tracestone_trace::{Asked, Engine, Replay, ReplayJob, ReplayOutcome, ReplayResult, Testimony};

const PROGRAM: &str = "\
class Stack:
    def __init__(self):
        self.items = []

    def push(self, item):
        self.items.append(item)
        return self


def words(text):
    for word in text.split():
        yield word.lower()


def count(text):
    seen = {}
    for word in words(text):
        seen.setdefault(word[0], set()).add(word)
    print(len(seen))
    return seen


def fail(depth):
    log = []
    try:
        if depth == 0:
            raise KeyError('bottom')
        return fail(depth - 1)
    finally:
        log.append(depth)


def alias():
    a = [[1], 2]
    b = a[0]
    b.append(3)
    del b
    return Stack().push(a).items
";

fn replay(engine: &Engine, expressions: &[&str]) -> Vec<Result<Replay, String>> {
    replay_of(engine, PROGRAM, expressions)
}

fn replay_of(engine: &Engine, program: &str, expressions: &[&str]) -> Vec<Result<Replay, String>> {
    let asked = Asked {
        lines: true,
        values: true,
        states: Vec::new(),
    };
    let job = ReplayJob {
        package: None,
        asked: Some(vec![asked; expressions.len()]),
        key: 9,
        order: None,
        program: program.to_owned(),
        setup: "n = 2\n".to_owned(),
        expressions: expressions.iter().map(|text| (*text).to_owned()).collect(),
    };
    let mut results: Vec<ReplayResult> = Vec::new();
    engine
        .replay(std::iter::once(job), &mut |result| {
            results.push(result);
            ControlFlow::Continue(())
        })
        .expect("the engine works");
    assert_eq!(results[0].key, 9);
    results.remove(0).replays
}

/// Events that the witness recorded.
fn told(replay: &Replay) -> &Testimony {
    let testimony = replay.testimony.as_ref().expect("it was asked for");
    testimony.as_ref().expect("the witnesses agree")
}

/// Every event is the same, and so is every exact value at every event.
fn agree(run: &Run, replay: &Testimony) {
    let trace = run.trace.as_ref().expect("the run qualifies");
    let mut states: BTreeMap<u32, BTreeMap<&str, Option<&str>>> = BTreeMap::new();
    assert_eq!(trace.events.len(), replay.events.len());
    for (position, (one, other)) in trace.events.iter().zip(&replay.events).enumerate() {
        assert_eq!(
            (one.frame, one.kind.event_type(), one.line),
            (other.frame, other.kind, other.line)
        );
        let state = states.entry(one.frame).or_default();
        for change in &one.changes {
            match &change.value {
                Some(value) => {
                    state.insert(&change.name, value.exact.then_some(value.text.as_str()));
                }
                None => {
                    state.remove(change.name.as_str());
                }
            }
        }
        let locals = replay.locals_at(position);
        assert!(state.keys().eq(locals.keys()), "{state:?} {locals:?}");
        for (name, text) in state {
            assert!(
                text.is_none_or(|text| locals[*name] == text),
                "{name} at {one:?}"
            );
        }
    }
}

#[test]
fn both_recorders_agree() {
    let engine = engine();
    let calls = ["count('Apple ant Bee')", "fail(2)", "alias()"];
    for (call, replay) in calls.iter().zip(replay(&engine, &calls)) {
        let replay = replay.expect("replayed");
        let run = run(&engine, PROGRAM, call);
        agree(&run, told(&replay));
        assert_eq!(run.stdout, replay.stdout);
        match (&run.outcome, &replay.outcome) {
            (Outcome::Returned { value }, ReplayOutcome::Returned { text }) => {
                assert_eq!(&value.text, text);
            }
            (Outcome::Raised { exception }, ReplayOutcome::Raised { type_name, message }) => {
                assert_eq!(
                    (&exception.type_name, &exception.message),
                    (type_name, message)
                );
            }
            other => panic!("{call}: {other:?}"),
        }
    }
}

/// Modules of the standard library, each a program, and calls of their functions: in a call, each of the
/// values after `with` takes the place of `@`.
const LIBRARY: &str = r#"
colorsys
    rgb_to_yiq(@) | rgb_to_hls(@) | hls_to_rgb(@) | rgb_to_hsv(@) | hsv_to_rgb(@) | yiq_to_rgb(@)
    with 0.2, 0.4, 0.4 | 1, 1, 1 | 0.0, 0.5, 0.9 | 0.9, 0.1, 0.3 | 'a', 0, 0
bisect
    bisect_right([1, 2, 2, 5], @) | bisect_left([1, 2, 2, 5], @) | insort([1, 2, 2, 5], @)
    with 0 | 2 | 9 | 2, 1 | 2, -1 | 2.5, 0, 2 | 'a'
heapq
    heapify(@) | nlargest(2, @) | nsmallest(2, @) | list(merge(@, [2, 3])) | heappop(@) | heappushpop(@, 3)
    with [3, 1, 2] | [] | [5, 5, 1, 0, 9] | ['b', 'a'] | [1, 'a'] | [2.5, True, -1]
textwrap
    wrap(@) | fill(@) | dedent(@) | indent(@, '> ') | shorten(@, 12)
    with 'a b' | '' | 'some  words of a\n  text' | '  x\n    y\n' | 'verylongwordthatgoeson' | None
textwrap
    wrap(@) | fill(@)
    with 'one two three', 5 | 'a-b-c d', 3 | 'a\tb', 4 | 'x', 0 | 'long words here', width=6, max_lines=2
difflib
    SequenceMatcher(None, *@).ratio() | list(ndiff(*@)) | list(unified_diff(*@)) | get_close_matches('ab', *@)
    with ('ab', 'abc') | (['a', 'b'], ['b', 'c']) | ('', '') | ('kitten', 'sitting') | (['same'], ['same'])
fnmatch
    translate(@) | fnmatchcase('abc', @) | filter(['a', 'bc', 'abc'], @)
    with '*' | 'a?c' | '[!x]bc' | '[a-' | '' | '**c' | '[]' | None
shlex
    split(@) | quote(@) | join([@, 'x']) | list(shlex(@))
    with 'a b' | 'a "b c" d' | "it's" | 'x # c' | '' | 'a\\ b' | '"open' | 'a=b;c'
base64
    b32encode(@) | b16encode(@) | b32decode(b32encode(@)) | b16decode(b16encode(@))
    with b'' | b'a' | b'hello world' | bytes(8) | bytes(range(9)) | 'text'
posixpath
    normpath(@) | split(@) | splitext(@) | basename(@) | join(@, 'x') | isabs(@) | commonpath([@, '/a'])
    with '/a/../b' | 'a//b/./c' | '' | '/' | 'x.tar.gz' | '../..' | b'a/b' | 3
ntpath
    normpath(@) | splitdrive(@) | splitext(@) | join(@, 'x')
    with 'C:\\a\\..\\b' | 'a/b' | '' | '//host/share/d' | 'x.y' | None
urllib/parse
    urlsplit(@) | urljoin('http://a/b/c', @) | quote(@) | unquote(@) | parse_qs(@) | urlparse(@).hostname
    with 'http://u@h:8/p;x?q=1#f' | '../d' | 'a=1&b=&a=2' | '%41%zz' | '' | '//[::1]/x' | 'a b'
statistics
    mean(@) | median(@) | mode(@) | stdev(@) | multimode(@) | quantiles(@, n=4) | pvariance(@)
    with [1, 2, 2, 5] | [0.5, 1.5] | [] | [3] | [1, 2, 3, 4, 5, 6]
graphlib
    list(TopologicalSorter(@).static_order())
    with {'a': ['b'], 'b': []} | {} | {1: [2], 2: [1]} | {1: [2, 3], 3: [4]}
fractions
    str(Fraction(@)) | Fraction(@) + Fraction(1, 3) | round(Fraction(@), 1) | Fraction(@).limit_denominator(10)
    with 1, 2 | '3/4' | '1.25' | 0 | 7, -21 | 1, 0 | 'x'
reprlib
    repr(@)
    with 'x' * 50 | list(range(9)) | {'a': {1: [2]}} | 10 ** 60 | (1,) | [[[[[[[[1]]]]]]]]
copy
    copy(@) | deepcopy(@)
    with [1, [2]] | {'a': (1, [2])} | 'x' | (1, 2) | {1, 2} | bytearray(b'x')
html/__init__
    escape(@) | unescape(@)
    with '<a href="x">' | '&lt;&amp;&#65;&#x41;&nope;' | '' | "it's"
calendar
    isleap(@) | leapdays(@, 2000) | TextCalendar().formatmonth(@, 2) | weekday(@, 1, 1) | monthrange(@, 2)
    with 1900 | 2000 | 2023 | 2024
"#;

/// The text of a module up to where C code takes the place of its functions, or it tests itself.
fn library_text(folder: &Path, module: &str) -> String {
    let text = std::fs::read_to_string(folder.join(format!("{module}.py"))).expect("a module");
    let end = [
        "# Overwrite above",
        "try:\n    from _heapq",
        "if __name__ ==",
    ]
    .iter()
    .filter_map(|mark| text.find(mark))
    .min();
    text[..end.unwrap_or(text.len())].to_owned()
}

#[test]
fn both_recorders_agree_on_the_standard_library() {
    let asked = Command::new(support::python())
        .args(["-c", "import os; print(os.path.dirname(os.__file__))"])
        .output()
        .expect("the interpreter runs");
    let folder = String::from_utf8(asked.stdout).expect("a path");
    let engine = engine();
    let lines: Vec<&str> = LIBRARY.trim().lines().collect();
    let (mut compared, mut events) = (0, 0);
    for entry in lines.chunks(3) {
        let text = library_text(Path::new(folder.trim()), entry[0]);
        let values = entry[2].trim().trim_start_matches("with ").split(" | ");
        let calls = entry[1].trim().split(" | ");
        let expressions: Vec<String> = values
            .flat_map(|value| calls.clone().map(|call| call.replace('@', value)))
            .collect();
        let expressions: Vec<&str> = expressions.iter().map(String::as_str).collect();
        let calls: Vec<(&str, &str)> = expressions.iter().map(|call| ("", *call)).collect();
        let all = runs(&engine, job(&text, &calls));
        for ((call, run), replay) in
            expressions
                .iter()
                .zip(&all)
                .zip(replay_of(&engine, &text, &expressions))
        {
            let (Verdict::Verified, Ok(replay)) = (&run.verdict, replay) else {
                println!("not compared: {}: {call}: {:?}", entry[0], run.outcome);
                continue;
            };
            agree(run, told(&replay));
            compared += 1;
            events += told(&replay).events.len();
        }
    }
    println!("{compared} runs with {events} events agree");
    assert!(compared >= 300, "only {compared} runs were compared");
}

#[test]
fn moments_are_found_by_line_and_occurrence() {
    let engine = engine();
    let replay = replay(&engine, &["count('b a') if n == 2 else None"])
        .remove(0)
        .expect("replayed");
    let replay = told(&replay);
    let after = replay.after(Line(18), 2).expect("line 18 runs twice");
    assert_eq!(replay.locals_at(after)["seen"], "{'b': {'b'}, 'a': {'a'}}");
    assert_eq!(replay.after(Line(18), 3), None);
    assert_eq!(replay.path().filter(|line| *line == Line(11)).count(), 3);
}

#[test]
fn failures_are_told() {
    let engine = engine();
    let replays = replay(&engine, &["nothing_here(", "10 ** 10 ** 8", "n"]);
    assert!(
        replays[0]
            .as_ref()
            .is_err_and(|why| why.contains("SyntaxError"))
    );
    assert_eq!(replays[1], Err("timed_out".to_owned()));
    let last = replays[2].as_ref().expect("replayed");
    assert_eq!(
        last.outcome,
        ReplayOutcome::Returned {
            text: "2".to_owned()
        }
    );
}

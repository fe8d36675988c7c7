//! The way in for the fuzz targets `frame` and `replay`: what a hostile child could write, through
//! every check.

use tracestone_record::{EventKind, EventType, FileId, Line, Outcome, Program, ProgramId, UnitId};

use crate::frame::{Decoder, Frame, RawReport};
use crate::replay::{self, Testimony};
use crate::report::{Checker, Report, Tried};
use crate::settings::Limits;
use crate::shared::{HALF_FRAME, REPORT_FRAME};

const TEXT: &str = "\
class Box:
    def __init__(self, item):
        self.__item = item

def f(a, b=1, *rest):
    for x in range(a):
        yield x + b
    return [é for é in rest]
";

/// The largest frame that the decoder accepts here: more than any input holds.
const FRAME_CAP: usize = 1 << 24;

/// The bytes of each push, over and over: frames are cut at every kind of place.
const CHUNKS: [usize; 5] = [1, 3, 7, 31, 5];

/// Budgets so small that a short input can exceed each of them.
const LIMITS: Limits = Limits {
    max_steps: 8,
    max_depth: 3,
    cpu_seconds: 5,
    memory_bytes: 512 << 20,
    value_bytes: 32,
    trace_bytes: 1 << 12,
    stdout_bytes: 64,
};

/// Decodes and checks what a child may have written.
///
/// The data is taken as a stream of frames. It is also taken as the parts of one report (outcome, output, events,
/// effects), with 0xff (which no JSON holds) between them, because chance rarely finds lengths that fit.
///
/// # Panics
/// Where something is accepted that no run of the program can give.
pub fn frames(data: &[u8]) {
    let program = program();
    let checker = Checker::new(&program, &LIMITS);
    let stream = decoded(data, &CHUNKS);
    assert_eq!(stream, decoded(data, &[usize::MAX]), "chunks matter");
    let report = report_of_parts(data);
    let framed = decoded(&framed(&report), &CHUNKS);
    assert_eq!(framed.frames, [Frame::Report(report)]);
    for frame in stream.frames.iter().chain(&framed.frames) {
        if let Frame::Report(raw) = frame {
            check(&checker, raw);
        }
    }
}

/// Decodes what a child that replays may have written, and asks it all that `verify` asks.
///
/// The data is taken as a stream of frames, and as the parts of one report as in [`frames`].
///
/// # Panics
/// Where a moment is found that is not one of the frame and line asked about.
pub fn replays(data: &[u8]) {
    let program = program();
    let checker = Checker::new(&program, &LIMITS);
    let stream = decoded(data, &CHUNKS);
    let report = Frame::Report(report_of_parts(data));
    for frame in stream.frames.iter().chain([&report]) {
        if let Frame::Report(raw) = frame
            && let Ok(replay) = replay::decode(raw)
            && let Some(Ok(testimony)) = &replay.testimony
        {
            ask(testimony);
            if checker.check_replayed(&testimony.events).is_ok() {
                assert!(testimony.path().count() <= LIMITS.max_steps as usize);
                assert!(testimony.events.iter().all(|event| exists(event.line)));
            }
        }
    }
}

fn report_of_parts(data: &[u8]) -> RawReport {
    let mut parts = data.splitn(4, |&byte| byte == 0xff).map(<[u8]>::to_vec);
    let mut part = || parts.next().unwrap_or_default();
    RawReport {
        call: 0,
        sources: 0,
        outcome: part(),
        stdout: part(),
        events: part(),
        effects: part(),
    }
}

/// True if the program has the line.
fn exists(line: Line) -> bool {
    let last = Line(u32::try_from(TEXT.lines().count()).unwrap_or(u32::MAX));
    Line(1) <= line && line <= last
}

fn ask(replay: &Testimony) {
    // More events only repeat what these show.
    let events = replay.events.len().min(64);
    for (position, event) in replay.events.iter().take(events).enumerate() {
        for (name, text) in replay.locals_at(position) {
            let of_frame = replay.events[..=position]
                .iter()
                .filter(|one| one.frame == event.frame);
            let mut changes = of_frame.flat_map(|one| &one.changes);
            assert!(
                changes.any(|change| change.name == name && change.text.as_deref() == Some(text))
            );
        }
        let times = replay.events[..=position]
            .iter()
            .filter(|one| one.kind == EventType::Line && one.line == event.line);
        let times = times.count();
        assert_eq!(replay.after(event.line, 0), None);
        if event.kind == EventType::Line
            && let Some(after) = replay.after(event.line, times)
        {
            assert!(after > position && replay.events[after].frame == event.frame);
        }
    }
    assert!(replay.locals_at(replay.events.len()).is_empty());
    assert!(replay.path().count() <= replay.events.len());
}

/// Result of decoding a stream.
#[derive(Debug, PartialEq, Eq)]
struct Decoded {
    frames: Vec<Frame>,
    /// Reason that reading stopped.
    error: Option<&'static str>,
    /// True if bytes were left; undefined after an error.
    rest: bool,
}

fn decoded(mut data: &[u8], sizes: &[usize]) -> Decoded {
    let mut decoder = Decoder::new(FRAME_CAP);
    let mut frames = Vec::new();
    let mut error = None;
    for size in sizes.iter().cycle() {
        let (part, later) = data.split_at(data.len().min(*size));
        decoder.push(part);
        data = later;
        loop {
            match decoder.next_frame() {
                Ok(Some(frame)) => frames.push(frame),
                Ok(None) => break,
                Err(why) => {
                    error = Some(why);
                    break;
                }
            }
        }
        if error.is_some() || data.is_empty() {
            break;
        }
    }
    let rest = error.is_none() && decoder.has_rest();
    Decoded {
        frames,
        error,
        rest,
    }
}

fn framed(report: &RawReport) -> Vec<u8> {
    // No input of a fuzzer is as long as 4 GiB.
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX).to_be_bytes();
    // Both kinds of frames hold such a report where it has no effects.
    let half = !report.effects.is_empty() || report.events.len().is_multiple_of(2);
    let length_of_effects = number(report.effects.len());
    let body = [
        &[if half { HALF_FRAME } else { REPORT_FRAME }][..],
        &number(report.call),
        &number(report.outcome.len()),
        &number(report.stdout.len()),
        &[report.sources],
        &report.outcome,
        &report.stdout,
        if half { &length_of_effects } else { &[] },
        &report.effects,
        &report.events,
    ]
    .concat();
    [&number(body.len())[..], &body].concat()
}

fn check(checker: &Checker<'_>, raw: &RawReport) {
    if let Ok(report) = checker.check(raw) {
        check_report(&report, &exists);
        let tried = Tried::of(&report);
        let steps = report.trace.as_ref().map_or(0, |trace| trace.steps());
        assert_eq!(tried.steps.len(), steps);
    }
    if let Ok(tried) = checker.check_tried(raw) {
        for (from, to) in tried.steps {
            assert!(from == Line(0) || exists(from), "from {from}");
            assert!(exists(to), "to {to}");
        }
    }
}

fn check_report(report: &Report, exists: &dyn Fn(Line) -> bool) {
    assert!(report.stdout.len() <= LIMITS.stdout_bytes as usize);
    let qualifies = matches!(
        report.outcome,
        Outcome::Returned { .. } | Outcome::Raised { .. }
    );
    assert_eq!(report.trace.is_some(), qualifies);
    let Some(trace) = &report.trace else {
        return;
    };
    assert!(trace.steps() <= LIMITS.max_steps as usize);
    assert!(trace.depth() <= LIMITS.max_depth);
    let mut active = 0_usize;
    for event in &trace.events {
        assert!(exists(event.line), "line {}", event.line);
        match event.kind {
            EventKind::Call { .. } | EventKind::Resume => active += 1,
            EventKind::Line => assert!(active > 0, "a line outside every frame"),
            EventKind::Return { .. } | EventKind::Yield { .. } | EventKind::Raise { .. } => {
                assert!(active > 0, "an end outside every frame");
                active -= 1;
            }
        }
        for value in event
            .changes
            .iter()
            .filter_map(|change| change.value.as_ref())
        {
            assert!(value.text.len() <= LIMITS.value_bytes as usize);
        }
    }
    assert_eq!(active, 0, "a frame never ends");
}

fn program() -> Program {
    Program {
        package: None,
        id: ProgramId::of(&[b"fuzzing"]),
        unit: UnitId::of(&[b"fuzzing"]),
        file: FileId::of(&[b"fuzzing"]),
        entry: "f".to_owned(),
        text: TEXT.to_owned(),
        lines: Vec::new(),
        inlined: Vec::new(),
        imports: Vec::new(),
        definitions: Vec::new(),
        comments: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fuzzing is not a part of every check of the workspace; that its targets compile and take such inputs is.
    #[test]
    fn targets_take_reports_that_a_program_can_and_cannot_give() {
        let text = br#"["returned",["1",0,"int"]]"#;
        let output = br#"["",false]"#;
        let event = br#"[[0,0,5,[["a",["1",0,"int"]]],null,["f"]],[0,1,7,[],null,[]]]"#;
        for events in [
            &event[..],
            b"[]",
            b"[[0,5],[5,6]]",
            b"[[0,0,99,[],null,[]]]",
        ] {
            let parts = [&text[..], output, events].join(&0xff);
            let with_effects = [&parts[..], b"[]"].join(&0xff);
            for data in [parts, with_effects] {
                frames(&data);
                replays(&data);
            }
        }
    }
}

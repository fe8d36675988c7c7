//! A run as questions see it: its steps with their occurrences, what came after each, and how the
//! locals changed.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use tracestone_record::{Change, Event, EventKind, Line, Program, Trace, Value};

use crate::rationale::branch::Branch;

/// Successor of a step in its frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// The next line event of the frame.
    Line(Line),
    /// The frame returns.
    Return,
    /// An exception leaves the frame.
    Raise,
    /// The frame paused and was not resumed before the run ended, or only to be closed: when that
    /// happens is up to the garbage collector.
    Unknown,
}

/// One line event.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Step {
    /// Its position among the events.
    pub(crate) event: usize,
    /// Line of the step.
    pub(crate) line: Line,
    /// Number of executions of the line up to and including this step.
    pub(crate) occurrence: u32,
    /// The same, counted in the step's frame alone.
    pub(crate) in_frame: u32,
    /// Position of the next event of the same frame, which shows what the step did.
    pub(crate) after: Option<usize>,
    /// Successor in the frame.
    pub(crate) next: Next,
    /// True in a round of a comprehension or lambda. The same line then stands for its statement and for the
    /// rounds inside it.
    pub(crate) inner: bool,
}

/// Appearance of comprehensions in a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comprehensions {
    /// No comprehension ran.
    Absent,
    /// On one line, as functions of their own.
    Frames,
    /// On one line, as rounds of their statement (CPython 3.12 and later).
    Inlined,
    /// Over several lines, between which CPython goes back and forth as its version does.
    SeveralLines,
}

/// A run's trace with what questions need of it.
pub(crate) struct View<'a> {
    pub(crate) events: &'a [Event],
    pub(crate) steps: Vec<Step>,
    /// Number of executions of each line.
    pub(crate) counts: BTreeMap<Line, u32>,
    /// The lines of the program's text.
    pub(crate) source: Vec<&'a str>,
    /// Lines at which the program branches, with what the text says of each once it was asked.
    pub(crate) branches: BTreeMap<Line, OnceCell<Option<Branch<'a>>>>,
    /// Appearance of comprehensions.
    pub(crate) comprehensions: Comprehensions,
    /// True if a generator or coroutine paused.
    pub(crate) pauses: bool,
    /// True if a paused generator was closed.
    pub(crate) closes_generator: bool,
    /// True if an exception left a generator or coroutine before any line of it ran: it was thrown into one that
    /// had not begun, of which debuggers say that it starts, that it goes on, or nothing.
    pub(crate) ends_unbegun: bool,
}

impl<'a> View<'a> {
    /// Reads a trace once.
    pub(crate) fn new(program: &'a Program, trace: &'a Trace) -> Self {
        let (mut steps, counts) = steps(&trace.events);
        let comprehensions = mark_inner(&trace.events, &mut steps);
        Self {
            events: &trace.events,
            comprehensions,
            pauses: (trace.events.iter())
                .any(|event| matches!(event.kind, EventKind::Yield { .. })),
            closes_generator: trace.events.iter().any(is_closing),
            ends_unbegun: ends_unbegun(&trace.events),
            steps,
            counts,
            source: program.text.lines().collect(),
            branches: program
                .definitions
                .iter()
                .flat_map(|definition| definition.branches.iter())
                .map(|line| (*line, OnceCell::new()))
                .collect(),
        }
    }

    /// A line's text without indentation.
    pub(crate) fn text(&self, line: Line) -> &'a str {
        self.source.get(line.index()).map_or("", |text| text.trim())
    }

    /// The steps whose line stands for one thing only, so that "after line N has run for the K-th
    /// time" is a moment that the program's reader can find.
    pub(crate) fn plain_steps(&self) -> impl Iterator<Item = &Step> {
        let inner: BTreeSet<Line> = self.inner_lines();
        self.steps
            .iter()
            .filter(move |step| !inner.contains(&step.line))
    }

    /// Lines that ran as a round of a comprehension or in a lambda.
    pub(crate) fn inner_lines(&self) -> BTreeSet<Line> {
        let inner = self.steps.iter().filter(|step| step.inner);
        inner.map(|step| step.line).collect()
    }

    /// All that a step changed, as the frame's next event shows it.
    pub(crate) fn changes(&self, step: &Step) -> impl Iterator<Item = &'a Change> + use<'a> {
        let events = self.events;
        step.after
            .into_iter()
            .flat_map(move |after| &events[after].changes)
    }

    /// Changes made by a step, as the frame's next event shows them; exact values only.
    pub(crate) fn effects(&self, step: &Step) -> impl Iterator<Item = (&'a Change, &'a Value)> {
        let events = self.events;
        step.after
            .into_iter()
            .flat_map(move |after| &events[after].changes)
            .filter_map(|change| Some((change, change.value.as_ref()?)))
            .filter(|(_, value)| value.exact && !value.truncated)
    }

    /// Number of different values of each variable in each frame. Constants have one.
    pub(crate) fn distinct_values(&self) -> BTreeMap<(u32, &'a str), usize> {
        let mut seen: BTreeMap<(u32, &str), BTreeSet<&str>> = BTreeMap::new();
        for event in self.events {
            for change in &event.changes {
                if let Some(value) = &change.value {
                    let values = seen.entry((event.frame, change.name.as_str())).or_default();
                    values.insert(value.text.as_str());
                }
            }
        }
        seen.into_iter()
            .map(|(variable, values)| (variable, values.len()))
            .collect()
    }
}

fn steps(events: &[Event]) -> (Vec<Step>, BTreeMap<Line, u32>) {
    let mut steps: Vec<Step> = Vec::new();
    let mut counts: BTreeMap<Line, u32> = BTreeMap::new();
    let mut in_frame: BTreeMap<(u32, Line), u32> = BTreeMap::new();
    // For each frame the step whose effect, and the one whose successor, is not yet seen.
    let mut effect: BTreeMap<u32, usize> = BTreeMap::new();
    let mut successor: BTreeMap<u32, usize> = BTreeMap::new();
    for (position, event) in events.iter().enumerate() {
        if let Some(step) = effect.remove(&event.frame) {
            steps[step].after = Some(position);
        }
        let next = match &event.kind {
            EventKind::Line => Next::Line(event.line),
            EventKind::Return { .. } => Next::Return,
            EventKind::Raise { .. } => Next::Raise,
            _ => continue,
        };
        if let Some(step) = successor.remove(&event.frame)
            && !is_closing(event)
        {
            steps[step].next = next;
        }
        if let Next::Line(line) = next {
            let occurrence = counts.entry(line).or_default();
            *occurrence += 1;
            let own = in_frame.entry((event.frame, line)).or_default();
            *own += 1;
            effect.insert(event.frame, steps.len());
            successor.insert(event.frame, steps.len());
            steps.push(Step {
                event: position,
                line,
                occurrence: *occurrence,
                in_frame: *own,
                after: None,
                next: Next::Unknown,
                inner: false,
            });
        }
    }
    (steps, counts)
}

/// True if the first two events of a frame are its begin and an exception that leaves it.
fn ends_unbegun(events: &[Event]) -> bool {
    let mut begun = BTreeMap::new();
    events.iter().any(|event| {
        let count = begun.entry(event.frame).or_insert(0_u32);
        *count += 1;
        *count == 2 && matches!(event.kind, EventKind::Raise { .. })
    })
}

/// True if the event is the closing of a paused generator without references.
fn is_closing(event: &Event) -> bool {
    matches!(&event.kind, EventKind::Raise { exception } if exception.type_name == "GeneratorExit")
}

/// Marks the steps inside comprehensions and lambdas. An inlined comprehension shows as its line running
/// several times without another line of the frame in between.
fn mark_inner(events: &[Event], steps: &mut [Step]) -> Comprehensions {
    let mut functions: BTreeMap<u32, &str> = BTreeMap::new();
    for event in events {
        if let EventKind::Call { function, .. } = &event.kind {
            functions.insert(event.frame, function.rsplit('.').next().unwrap_or(function));
        }
    }
    let mut found = Comprehensions::Absent;
    let mut last: BTreeMap<u32, Line> = BTreeMap::new();
    for step in steps {
        let frame = events[step.event].frame;
        let function = functions.get(&frame).copied().unwrap_or_default();
        let before = last.insert(frame, step.line);
        let is_comprehension = function.starts_with('<') && function != "<lambda>";
        step.inner = function.starts_with('<') || before == Some(step.line);
        found = match (found, before) {
            (Comprehensions::SeveralLines, _) => Comprehensions::SeveralLines,
            (_, Some(before)) if is_comprehension && before != step.line => {
                Comprehensions::SeveralLines
            }
            _ if is_comprehension => Comprehensions::Frames,
            (Comprehensions::Absent, Some(before)) if before == step.line => {
                Comprehensions::Inlined
            }
            _ => found,
        };
    }
    found
}

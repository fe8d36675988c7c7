//! Step-by-step prose made from a trace. Every sentence restates events, so none can claim what did not
//! happen; long runs are folded, and the folding says what it leaves out.

pub(crate) mod branch;

use std::collections::{BTreeMap, BTreeSet};

use tracestone_record::words::ordinal;
use tracestone_record::{Change, Event, EventKind, Line, Value};

use crate::trace_text::exception_text;
use crate::view::{Step, View};

/// Number of executions of a line in a frame that are described in full; later ones are folded.
const TOLD: u32 = 2;
/// Number of last steps that are always described.
const LAST: usize = 5;
/// Longer values are not repeated in prose.
const MAX_VALUE: usize = 160;
/// Longer values are not repeated as the reason of a branch.
const MAX_REASON: usize = 60;
/// Longer rationales lose their middle.
const MAX_SENTENCES: usize = 60;

/// The answer that a rationale leads to.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Wanted<'a> {
    /// Last event to describe.
    pub(crate) until: usize,
    /// From the end to the beginning: for questions about what leads to a known result.
    pub(crate) backward: bool,
    /// The line whose executions are counted.
    pub(crate) line: Option<Line>,
    /// A value that is written out however long it is.
    pub(crate) value: Option<&'a str>,
}

/// Describes the run up to and including the event at position `until`.
pub(crate) fn tell(view: &View<'_>, wanted: Wanted<'_>) -> String {
    let mut story = Story {
        view,
        wanted,
        sentences: Vec::new(),
        folded: Folded::default(),
        late: BTreeMap::new(),
        locals: BTreeMap::new(),
        started: BTreeSet::new(),
    };
    let steps = view.steps.iter();
    let last_step = steps.filter(|step| step.event <= wanted.until).count();
    let mut step = 0;
    for (position, event) in view.events.iter().enumerate().take(wanted.until + 1) {
        story.done(position);
        story.follow(event);
        if matches!(event.kind, EventKind::Line) {
            story.step(&view.steps[step], step + LAST >= last_step);
            step += 1;
        } else {
            story.event(position);
        }
        story.started.insert(event.frame);
    }
    story.unfold();
    let mut sentences = story.sentences;
    if wanted.backward {
        sentences.reverse();
    }
    shorten(sentences, wanted.line).join("\n")
}

/// Steps that are summed up instead of described.
#[derive(Default)]
struct Folded<'a> {
    lines: BTreeMap<Line, u32>,
    values: BTreeMap<&'a str, &'a Value>,
    frame: Option<u32>,
    /// Number of executions of the counted line up to the last folded one.
    occurrence: u32,
}

/// A sentence, the steps it describes, and the number of them that execute the counted line.
struct Sentence {
    text: String,
    steps: u32,
    counted: u32,
}

struct Story<'v, 'a> {
    view: &'v View<'a>,
    wanted: Wanted<'v>,
    sentences: Vec<Sentence>,
    folded: Folded<'a>,
    /// Steps during which other frames ran, by the event that shows their effect. They are described at that
    /// event, not before what led to it.
    late: BTreeMap<usize, Step>,
    /// The locals of each frame that have an exact value, as the event at hand shows them.
    locals: BTreeMap<(u32, &'a str), &'a Value>,
    /// Frames that have shown an event.
    started: BTreeSet<u32>,
}

impl<'a> Story<'_, 'a> {
    fn say(&mut self, text: String) {
        self.sentences.push(Sentence {
            text,
            steps: 0,
            counted: 0,
        });
    }

    fn follow(&mut self, event: &'a Event) {
        for change in &event.changes {
            let variable = (event.frame, change.name.as_str());
            match change.value.as_ref().filter(|value| is_plain(value)) {
                Some(value) => self.locals.insert(variable, value),
                None => self.locals.remove(&variable),
            };
        }
    }

    fn step(&mut self, step: &Step, is_last: bool) {
        let frame = self.view.events[step.event].frame;
        // What a step did shows at a later event; a story that ends before that must not tell it.
        let known = step.after.is_some_and(|after| after <= self.wanted.until);
        let at_once = step.after == Some(step.event + 1);
        if step.in_frame > TOLD && !is_last {
            self.fold(step, frame, known);
            return;
        }
        self.unfold();
        let mut sentence = capital(&crate::prompt::line(self.view, step.line));
        sentence.push_str(" runs");
        let counted = self.wanted.line == Some(step.line);
        if counted {
            sentence.push_str(&format!(" for the {} time", ordinal(step.occurrence)));
        }
        let state = self.state(frame, step.line);
        if !state.is_empty() {
            sentence.push_str(&format!(" with {state}"));
        }
        if known {
            let outcome = self.outcome(step);
            match step.after {
                _ if outcome.is_empty() => {}
                Some(after) if !at_once => {
                    self.late.insert(after, *step);
                }
                _ => sentence.push_str(&format!(": {outcome}")),
            }
        }
        sentence.push('.');
        self.sentences.push(Sentence {
            text: sentence,
            steps: 1,
            counted: u32::from(counted),
        });
    }

    fn fold(&mut self, step: &Step, frame: u32, known: bool) {
        if self.folded.frame.is_some_and(|other| other != frame) {
            self.unfold();
        }
        self.folded.frame = Some(frame);
        *self.folded.lines.entry(step.line).or_default() += 1;
        if self.wanted.line == Some(step.line) {
            self.folded.occurrence = step.occurrence;
        }
        if known {
            for change in self.view.changes(step) {
                self.keep(change);
            }
        }
    }

    /// Keeps the values that are still valid. One that was deleted, or replaced by something without a
    /// literal form, must not be mentioned as the last one.
    fn keep(&mut self, change: &'a Change) {
        let name = change.name.as_str();
        match change.value.as_ref().filter(|value| is_plain(value)) {
            Some(value) => self.folded.values.insert(name, value),
            None => self.folded.values.remove(name),
        };
    }

    /// The values of the variables in a line's condition, before it is evaluated.
    fn state(&self, frame: u32, line: Line) -> String {
        let known: Vec<_> = branch::names(self.view, line)
            .iter()
            .filter_map(|name| Some((name, self.locals.get(&(frame, *name))?)))
            .filter(|(_, value)| value.text.len() <= MAX_REASON)
            .map(|(name, value)| format!("{name} = {}", value.text))
            .collect();
        known.join(", ")
    }

    /// Effect and decision of a step.
    fn outcome(&self, step: &Step) -> String {
        let mut outcome = self.effects(step);
        if let Some(decision) = branch::decision(self.view, step) {
            if !outcome.is_empty() {
                outcome.push_str("; ");
            }
            outcome.push_str(&decision);
        }
        outcome
    }

    fn effects(&self, step: &Step) -> String {
        let effects: Vec<_> = self
            .view
            .effects(step)
            .map(|(change, value)| match &change.same_as {
                Some(other) => format!(
                    "{} is now {} (the same object as {other})",
                    change.name,
                    self.shown(value)
                ),
                None => format!("{} is now {}", change.name, self.shown(value)),
            })
            .collect();
        effects.join(", ")
    }

    /// Describes a step that ends at this event.
    fn done(&mut self, position: usize) {
        if let Some(step) = self.late.remove(&position) {
            self.unfold();
            let start = if self.wanted.backward {
                "Line"
            } else {
                "Then line"
            };
            self.say(format!(
                "{start} {} is done: {}.",
                step.line,
                self.outcome(&step)
            ));
        }
    }

    fn event(&mut self, position: usize) {
        let event = &self.view.events[position];
        let (frame, line) = (event.frame, event.line);
        let sentence = match &event.kind {
            EventKind::Line => return,
            EventKind::Call { function, .. } => {
                format!("`{function}` starts (frame {frame}){}.", self.given(event))
            }
            EventKind::Resume if !self.started.contains(&frame) => format!(
                "Frame {frame}, which had been started before, goes on at line {line}{}.",
                self.given(event)
            ),
            EventKind::Resume => format!("Frame {frame} goes on at line {line}."),
            EventKind::Return { value } => format!(
                "Frame {frame} returns {} at line {line}.",
                self.described(value)
            ),
            EventKind::Yield { value } => format!(
                "Frame {frame} yields {} at line {line}.",
                self.described(value)
            ),
            EventKind::Raise { exception } => format!(
                "{} leaves frame {frame} at line {line}.",
                exception_text(exception)
            ),
        };
        self.unfold();
        self.say(sentence);
    }

    /// The variables that a frame starts with.
    fn given(&self, event: &Event) -> String {
        let values: Vec<_> = event
            .changes
            .iter()
            .filter_map(|change| Some((change.name.as_str(), change.value.as_ref()?)))
            .filter(|(_, value)| is_plain(value))
            .map(|(name, value)| format!("{name} = {}", self.shown(value)))
            .collect();
        if values.is_empty() {
            String::new()
        } else {
            format!(" with {}", values.join(", "))
        }
    }

    /// Writes the sentence for what was folded.
    fn unfold(&mut self) {
        let folded = std::mem::take(&mut self.folded);
        if folded.lines.is_empty() {
            return;
        }
        let told = |(line, count): (&Line, &u32)| {
            if self.wanted.line == Some(*line) {
                format!("line {line} {count}x ({} in all)", folded.occurrence)
            } else {
                format!("line {line} {count}x")
            }
        };
        let lines: Vec<_> = folded.lines.iter().map(told).collect();
        let start = if self.wanted.backward {
            "In between, in the same way, these run"
        } else {
            "Then, in the same way, these run"
        };
        let mut sentence = format!("{start}: {}", lines.join(", "));
        if !folded.values.is_empty() {
            let values: Vec<_> = folded
                .values
                .iter()
                .map(|(name, value)| format!("{name} = {}", self.shown(value)))
                .collect();
            sentence.push_str(&format!("; the last changes left {}", values.join(", ")));
        }
        sentence.push('.');
        let counted = self.wanted.line.and_then(|line| folded.lines.get(&line));
        self.sentences.push(Sentence {
            text: sentence,
            steps: folded.lines.values().sum(),
            counted: counted.copied().unwrap_or(0),
        });
    }

    fn shown(&self, value: &Value) -> String {
        if value.text.len() <= MAX_VALUE || self.wanted.value == Some(value.text.as_str()) {
            value.text.clone()
        } else {
            format!(
                "a {} whose text is {} characters long",
                value.type_name,
                value.text.chars().count()
            )
        }
    }

    fn described(&self, value: &Value) -> String {
        if is_plain(value) {
            self.shown(value)
        } else {
            format!("an object of type {}", value.type_name)
        }
    }
}

fn is_plain(value: &Value) -> bool {
    value.exact && !value.truncated
}

fn capital(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or(String::new(), |first| {
        first.to_uppercase().chain(characters).collect()
    })
}

/// Leaves out the middle of a story that is too long, and says so.
fn shorten(mut sentences: Vec<Sentence>, counted: Option<Line>) -> Vec<String> {
    if sentences.len() > MAX_SENTENCES {
        let head = MAX_SENTENCES * 2 / 3;
        let tail = sentences.len() - MAX_SENTENCES / 3;
        let left_out = &sentences[head..tail];
        let steps: u32 = left_out.iter().map(|sentence| sentence.steps).sum();
        let runs: u32 = left_out.iter().map(|sentence| sentence.counted).sum();
        let text = match counted {
            Some(line) => format!("({steps} steps are left out here, {runs} of them line {line}.)"),
            None => format!("({steps} steps are left out here.)"),
        };
        let summary = Sentence {
            text,
            steps,
            counted: runs,
        };
        sentences.splice(head..tail, [summary]);
    }
    sentences
        .into_iter()
        .map(|sentence| sentence.text)
        .collect()
}

//! Step-by-step prose made from a trace. Every sentence restates events, so none can claim what did not
//! happen; long runs are folded, and the folding says what it leaves out.

use std::collections::BTreeMap;

use tracestone_record::{Change, EventKind, Line, Value};

use crate::trace_text::exception_text;
use crate::view::{Step, View};

/// A line of a frame is told in full this often; later executions are folded.
const TOLD: u32 = 2;
/// The last steps are always told.
const LAST: usize = 5;
/// Longer values are not repeated in prose.
const MAX_VALUE: usize = 160;
/// Longer rationales lose their middle.
const MAX_SENTENCES: usize = 60;

/// Tells the run up to and including the event at position `until`.
pub(crate) fn tell(view: &View<'_>, until: usize) -> String {
    let mut story = Story {
        view,
        sentences: Vec::new(),
        folded: Folded::default(),
        late: BTreeMap::new(),
    };
    let last_step = view.steps.iter().filter(|step| step.event <= until).count();
    let mut step = 0;
    for (position, event) in view.events.iter().enumerate().take(until + 1) {
        story.done(position);
        if matches!(event.kind, EventKind::Line) {
            story.step(&view.steps[step], step + LAST >= last_step, until);
            step += 1;
        } else {
            story.event(position);
        }
    }
    story.unfold();
    shorten(story.sentences).join("\n")
}

/// Steps that are summed up instead of told.
#[derive(Default)]
struct Folded {
    lines: BTreeMap<Line, u32>,
    values: BTreeMap<String, String>,
    frame: Option<u32>,
}

impl Folded {
    /// Keeps the values that still hold: one that is deleted, or that becomes something without a
    /// literal form, must not be told as the last one.
    fn follow<'a>(&mut self, changes: impl Iterator<Item = &'a Change>) {
        for change in changes {
            match &change.value {
                Some(value) if value.exact && !value.truncated => {
                    self.values.insert(change.name.clone(), shown(value));
                }
                _ => {
                    self.values.remove(&change.name);
                }
            }
        }
    }
}

struct Story<'v, 'a> {
    view: &'v View<'a>,
    /// Each with the number of steps it tells.
    sentences: Vec<(String, u32)>,
    folded: Folded,
    /// Steps during which other frames ran, by the event that shows what the step did: that is told
    /// then, not before what led to it.
    late: BTreeMap<usize, Step>,
}

impl Story<'_, '_> {
    fn step(&mut self, step: &Step, is_last: bool, until: usize) {
        let frame = self.view.events[step.event].frame;
        // What a step did shows at a later event; a story that ends before that must not tell it.
        let known = step.after.is_some_and(|after| after <= until);
        let at_once = step.after == Some(step.event + 1);
        if step.in_frame > TOLD && !is_last {
            if self.folded.frame.is_some_and(|other| other != frame) {
                self.unfold();
            }
            self.folded.frame = Some(frame);
            *self.folded.lines.entry(step.line).or_default() += 1;
            if known {
                self.folded.follow(self.view.changes(step));
            }
            return;
        }
        self.unfold();
        let place = crate::prompt::line(self.view, step.line);
        let mut sentence = capital(&place);
        sentence.push_str(" runs");
        let effects = self.effects(step);
        match step.after {
            Some(_) if known && at_once && !effects.is_empty() => {
                sentence.push_str(&format!(": {effects}"));
            }
            Some(after) if known && !effects.is_empty() => {
                self.late.insert(after, *step);
            }
            _ => {}
        }
        sentence.push('.');
        self.sentences.push((sentence, 1));
    }

    fn effects(&self, step: &Step) -> String {
        let effects: Vec<_> = self
            .view
            .effects(step)
            .map(|(change, value)| match &change.same_as {
                Some(other) => format!(
                    "{} is now {} (the same object as {other})",
                    change.name,
                    shown(value)
                ),
                None => format!("{} is now {}", change.name, shown(value)),
            })
            .collect();
        effects.join(", ")
    }

    /// Tells what a step did that is over at this event.
    fn done(&mut self, position: usize) {
        if let Some(step) = self.late.remove(&position) {
            self.unfold();
            let sentence = format!("Then line {} is done: {}.", step.line, self.effects(&step));
            self.sentences.push((sentence, 0));
        }
    }

    fn event(&mut self, position: usize) {
        let event = &self.view.events[position];
        let sentence = match &event.kind {
            EventKind::Line => return,
            EventKind::Call { function, .. } => {
                let arguments: Vec<_> = event
                    .changes
                    .iter()
                    .filter_map(|change| Some((change.name.as_str(), change.value.as_ref()?)))
                    .filter(|(_, value)| value.exact && !value.truncated)
                    .map(|(name, value)| format!("{name} = {}", shown(value)))
                    .collect();
                if arguments.is_empty() {
                    format!("`{function}` starts (frame {}).", event.frame)
                } else {
                    format!(
                        "`{function}` starts (frame {}) with {}.",
                        event.frame,
                        arguments.join(", ")
                    )
                }
            }
            EventKind::Resume => format!("Frame {} goes on at line {}.", event.frame, event.line),
            EventKind::Return { value } => {
                format!(
                    "Frame {} returns {} at line {}.",
                    event.frame,
                    described(value),
                    event.line
                )
            }
            EventKind::Yield { value } => {
                format!(
                    "Frame {} yields {} at line {}.",
                    event.frame,
                    described(value),
                    event.line
                )
            }
            EventKind::Raise { exception } => format!(
                "{} leaves frame {} at line {}.",
                exception_text(exception),
                event.frame,
                event.line
            ),
        };
        self.unfold();
        self.sentences.push((sentence, 0));
    }

    /// Writes the sentence for what was folded.
    fn unfold(&mut self) {
        let folded = std::mem::take(&mut self.folded);
        if folded.lines.is_empty() {
            return;
        }
        let lines: Vec<_> = folded
            .lines
            .iter()
            .map(|(line, count)| format!("line {line} {count}x"))
            .collect();
        let mut sentence = format!("Then, in the same way, these run: {}", lines.join(", "));
        if !folded.values.is_empty() {
            let values: Vec<_> = folded
                .values
                .iter()
                .map(|(name, value)| format!("{name} = {value}"))
                .collect();
            sentence.push_str(&format!("; the last changes left {}", values.join(", ")));
        }
        sentence.push('.');
        self.sentences.push((sentence, folded.lines.values().sum()));
    }
}

fn shown(value: &Value) -> String {
    if value.text.len() <= MAX_VALUE {
        value.text.clone()
    } else {
        format!(
            "a {} whose text is {} characters long",
            value.type_name,
            value.text.chars().count()
        )
    }
}

fn described(value: &Value) -> String {
    if value.exact && !value.truncated {
        shown(value)
    } else {
        format!("an object of type {}", value.type_name)
    }
}

fn capital(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or(String::new(), |first| {
        first.to_uppercase().chain(characters).collect()
    })
}

/// Leaves out the middle of a story that is too long, and says so.
fn shorten(mut sentences: Vec<(String, u32)>) -> Vec<String> {
    if sentences.len() > MAX_SENTENCES {
        let head = MAX_SENTENCES * 2 / 3;
        let tail = sentences.len() - MAX_SENTENCES / 3;
        let steps: u32 = sentences[head..tail].iter().map(|(_, steps)| steps).sum();
        let left_out = format!("({steps} steps are left out here.)");
        sentences.splice(head..tail, [(left_out, steps)]);
    }
    sentences.into_iter().map(|(text, _)| text).collect()
}

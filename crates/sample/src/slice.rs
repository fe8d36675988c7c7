//! Dynamic slices of a run: the earlier steps that an answer depends on.
//!
//! A step depends on the steps that gave the variables which its line names their values, on the last decision
//! that it stands under, and on the step that called its function; a step that calls a function depends on the last
//! step of that function. Variables are followed by the changes that the trace shows, through aliases too.
//! Attributes of objects without a literal form, globals and the state of iterators are not followed, so a slice
//! is a lower bound for them.

use std::collections::HashMap;

use tracestone_record::{EventKind, Line, Question, SampleKind};

use crate::rationale::branch;
use crate::view::View;

/// The part of a run that an answer depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Slice {
    /// Number of earlier steps in it.
    pub(crate) steps: u32,
    /// The largest number of earlier steps that one of them takes values from directly.
    pub(crate) width: u32,
}

/// The dependencies of all steps of a run.
pub(crate) struct Dependencies {
    /// For each step those that gave it values.
    data: Vec<Vec<u32>>,
    /// For each step the decision it stands under, or the call of its function.
    control: Vec<Option<u32>>,
    /// The last steps of frames that nothing in the program called.
    ends: Vec<u32>,
}

#[derive(Default)]
struct Frame {
    /// The step that runs, or ran last.
    current: Option<u32>,
    /// The frame that called this one.
    parent: Option<u32>,
    /// The step that called it.
    called_by: Option<u32>,
    /// The last execution of each line.
    ran: HashMap<Line, u32>,
}

struct Builder<'v, 'a> {
    view: &'v View<'a>,
    frames: HashMap<u32, Frame>,
    /// The step that gave each variable of a frame its value.
    given: HashMap<(u32, &'a str), u32>,
    /// Frames that are active, the innermost last.
    stack: Vec<u32>,
    lines: HashMap<Line, Text<'a>>,
    found: Dependencies,
}

/// A line as dependencies see it.
#[derive(Clone)]
struct Text<'a> {
    names: Vec<&'a str>,
    /// The header of the innermost branch or loop around the line.
    header: Option<Line>,
}

impl Dependencies {
    pub(crate) fn of(view: &View<'_>) -> Self {
        let mut builder = Builder {
            view,
            frames: HashMap::new(),
            given: HashMap::new(),
            stack: Vec::new(),
            lines: HashMap::new(),
            found: Self {
                data: Vec::with_capacity(view.steps.len()),
                control: Vec::with_capacity(view.steps.len()),
                ends: Vec::new(),
            },
        };
        for position in 0..view.events.len() {
            builder.event(position);
        }
        let Builder {
            frames, mut found, ..
        } = builder;
        let outer = frames.values().filter(|frame| frame.parent.is_none());
        found.ends = outer.filter_map(|frame| frame.current).collect();
        found.ends.sort_unstable();
        found
    }

    /// The slice of a question about the run.
    pub(crate) fn slice(&self, view: &View<'_>, kind: SampleKind, question: &Question) -> Slice {
        let at = |line: Option<Line>, occurrence: Option<u32>| {
            let steps = view.steps.iter().enumerate().filter(move |(_, step)| {
                Some(step.line) == line && occurrence.is_none_or(|k| step.occurrence == k)
            });
            steps.map(|(step, _)| step as u32)
        };
        let seeds: Vec<u32> = match kind {
            SampleKind::State | SampleKind::NextLine => {
                at(question.line, question.occurrence).collect()
            }
            SampleKind::Count | SampleKind::Reach => at(question.line, None).collect(),
            SampleKind::Output | SampleKind::Exception | SampleKind::Input => self.ends.clone(),
            _ => {
                let steps = view.steps.iter().enumerate();
                let decisions = steps.filter(|(_, step)| view.branches.contains_key(&step.line));
                let mut seeds: Vec<u32> = decisions.map(|(step, _)| step as u32).collect();
                seeds.extend(&self.ends);
                seeds
            }
        };
        self.back(&seeds)
    }

    fn back(&self, seeds: &[u32]) -> Slice {
        let mut seen = vec![false; self.data.len()];
        let mut open = Vec::new();
        for seed in seeds {
            if let Some(seen) = seen.get_mut(*seed as usize).filter(|seen| !**seen) {
                *seen = true;
                open.push(*seed);
            }
        }
        let asked = open.len();
        let (mut count, mut width) = (0_usize, 0_usize);
        while let Some(step) = open.pop() {
            count += 1;
            let data = &self.data[step as usize];
            width = width.max(data.len());
            for next in data.iter().copied().chain(self.control[step as usize]) {
                if !std::mem::replace(&mut seen[next as usize], true) {
                    open.push(next);
                }
            }
        }
        Slice {
            steps: crate::facts::number(count - asked),
            width: crate::facts::number(width),
        }
    }
}

impl<'a> Builder<'_, 'a> {
    fn event(&mut self, position: usize) {
        let event = &self.view.events[position];
        let id = event.frame;
        let starts = matches!(event.kind, EventKind::Call { .. });
        if starts || !self.frames.contains_key(&id) {
            let parent = self.stack.last().copied().filter(|parent| *parent != id);
            let called_by = parent.and_then(|parent| self.frames.get(&parent)?.current);
            self.frames.insert(
                id,
                Frame {
                    parent,
                    called_by,
                    ..Frame::default()
                },
            );
        }
        if self.stack.last() != Some(&id) {
            self.stack.push(id);
        }
        let frame = &self.frames[&id];
        let giver = frame.current.or(frame.called_by);
        for change in &event.changes {
            let variable = (id, change.name.as_str());
            match giver.filter(|_| change.value.is_some()) {
                Some(step) => self.given.insert(variable, step),
                None => self.given.remove(&variable),
            };
        }
        match event.kind {
            EventKind::Line => self.step(id, event.line),
            EventKind::Return { .. } | EventKind::Yield { .. } | EventKind::Raise { .. } => {
                self.leave(id);
            }
            EventKind::Call { .. } | EventKind::Resume => {}
        }
    }

    fn step(&mut self, id: u32, line: Line) {
        let text = self.text(line);
        let number = self.found.data.len() as u32;
        let mut data: Vec<u32> = text
            .names
            .iter()
            .filter_map(|name| self.giver(id, name))
            .collect();
        data.sort_unstable();
        data.dedup();
        let Some(frame) = self.frames.get_mut(&id) else {
            return;
        };
        let header = text.header.and_then(|header| frame.ran.get(&header));
        self.found.control.push(header.copied().or(frame.called_by));
        self.found.data.push(data);
        frame.current = Some(number);
        frame.ran.insert(line, number);
    }

    /// The step that gave a variable its value: of the frame, or, for a nested function, of those around it.
    fn giver(&self, id: u32, name: &str) -> Option<u32> {
        let mut frame = Some(id);
        for _ in 0..4 {
            let here = frame?;
            if let Some(step) = self.given.get(&(here, name)) {
                return Some(*step);
            }
            frame = self.frames.get(&here)?.parent;
        }
        None
    }

    fn leave(&mut self, id: u32) {
        self.stack.retain(|active| *active != id);
        let last = self.frames.get(&id).and_then(|frame| frame.current);
        let caller = self
            .stack
            .last()
            .and_then(|caller| self.frames.get(caller)?.current);
        if let (Some(last), Some(caller)) = (last, caller) {
            let data = &mut self.found.data[caller as usize];
            if !data.contains(&last) && last != caller {
                data.push(last);
            }
        }
    }

    fn text(&mut self, line: Line) -> Text<'a> {
        let view = self.view;
        let text = self.lines.entry(line).or_insert_with(|| Text {
            names: names(view.text(line)),
            header: header(view, line),
        });
        text.clone()
    }
}

/// The names that a line reads, with some that it does not: keywords and names of functions, which no frame has
/// as variables.
fn names(text: &str) -> Vec<&str> {
    let code = branch::code(text);
    let target = branch::target(code);
    let rest = &code[target..];
    let mut names = branch::all_identifiers(rest);
    // Variables in the text of a format string.
    if ["f\"", "f'", "F\"", "F'"]
        .iter()
        .any(|mark| rest.contains(mark))
    {
        let words = rest.split(|c: char| !c.is_alphanumeric() && c != '_');
        for word in words.filter(|word| word.starts_with(|c: char| c == '_' || c.is_alphabetic())) {
            if !names.contains(&word) {
                names.push(word);
            }
        }
    }
    names
}

/// The nearest line above that decides whether a line runs.
pub(crate) fn header(view: &View<'_>, line: Line) -> Option<Line> {
    let indent = |line: Line| {
        let text = view.source.get(line.index()).copied().unwrap_or_default();
        text.len() - text.trim_start().len()
    };
    let mut margin = indent(line);
    let mut awaits_if = false;
    for above in (0..line.index()).rev().map(Line::from_index) {
        let text = view.text(above);
        let depth = indent(above);
        if text.is_empty()
            || text.starts_with('#')
            || depth > margin
            || (depth == margin && !awaits_if)
        {
            continue;
        }
        if view.branches.contains_key(&above) {
            return Some(above);
        }
        if text.starts_with("def ") || text.starts_with("async def ") || text.starts_with("class ")
        {
            return None;
        }
        // What an `else` belongs to stands above it, at its margin.
        awaits_if = text.starts_with("else");
        margin = depth;
    }
    None
}

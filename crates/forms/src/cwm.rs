//! The text layout of Code World Model.
//!
//! The context is the program with `# << START_OF_TRACE` after the line that the call enters first;
//! then come frames of calls, lines, returns and exceptions. Locals are a JSON object of texts, `..`
//! for what is as the frame before showed it; after a call, a return or an exception everything is
//! shown anew. A generator's yield is written as a return and its resumption as a call, which is how
//! `sys.settrace` reports them.

use std::collections::HashMap;

use tracestone_record::{Event, EventKind, Line, Trace, words};

const MARK: &str = "  # << START_OF_TRACE";

/// The whole text, or why the layout has no place for this trace.
///
/// # Errors
/// The trace does not start with one call of the program, or has a line outside it.
pub fn text(program: &str, trace: &Trace) -> Result<String, &'static str> {
    let Some(entry) = entry(trace) else {
        return Err("cwm: the trace does not start with a call");
    };
    // The layout ends where the entry's scope is left, so a second entry has no place in it.
    let entries = trace.events.iter().filter(|event| is_entry(event)).count();
    if entries > 1 {
        return Err("cwm: the call enters the program more than once");
    }
    let source: Vec<&str> = program.lines().collect();
    if trace
        .events
        .iter()
        .any(|event| source.get(event.line.index()).is_none())
    {
        return Err("cwm: the trace has a line outside the program");
    }
    let mut out = String::from("<|begin_of_text|><|trace_context_start|>");
    for (index, line) in source.iter().enumerate() {
        out.push_str(line);
        if Line::from_index(index) == entry {
            out.push_str(MARK);
        }
        out.push('\n');
    }
    out.push_str("<|frame_sep|>");
    let mut frames = Frames::default();
    for event in &trace.events {
        frames.write(event, source[event.line.index()], &mut out);
    }
    out.push_str("<|end_of_text|>");
    Ok(out)
}

fn is_entry(event: &Event) -> bool {
    matches!(event.kind, EventKind::Call { depth: 0, .. })
}

fn entry(trace: &Trace) -> Option<Line> {
    let first = trace.events.first()?;
    is_entry(first).then_some(first.line)
}

/// The locals of every frame, and of which of them the reader has just seen the values.
#[derive(Default)]
struct Frames<'a> {
    /// By frame, in order of first appearance.
    locals: HashMap<u32, Vec<(&'a str, &'a str)>>,
    /// The frame whose locals the last call or line showed.
    shown: Option<u32>,
}

impl<'a> Frames<'a> {
    fn write(&mut self, event: &'a Event, source: &str, out: &mut String) {
        let changed = self.apply(event);
        match &event.kind {
            EventKind::Call { .. } | EventKind::Resume => {
                self.shown = None;
                out.push_str("<|call_sep|>");
                self.write_locals(event.frame, &changed, out);
                push_source(source, out);
            }
            EventKind::Line => {
                out.push_str("<|line_sep|>");
                self.write_locals(event.frame, &changed, out);
                push_source(source, out);
            }
            EventKind::Return { value } | EventKind::Yield { value } => {
                self.write_end("<|return_sep|>", source, &value.text, out);
            }
            EventKind::Raise { exception } => {
                let shown = words::exception(&exception.type_name, &exception.message);
                self.write_end("<|exception_sep|>", source, &shown, out);
            }
        }
        out.push_str("<|frame_sep|>");
    }

    /// Brings the frame's locals up to date and gives the names that changed.
    fn apply(&mut self, event: &'a Event) -> Vec<&'a str> {
        let locals = self.locals.entry(event.frame).or_default();
        for change in &event.changes {
            let known = locals.iter().position(|(name, _)| *name == change.name);
            match (&change.value, known) {
                (Some(value), Some(at)) => locals[at].1 = &value.text,
                (Some(value), None) => locals.push((&change.name, &value.text)),
                (None, Some(at)) => drop(locals.remove(at)),
                (None, None) => {}
            }
        }
        event
            .changes
            .iter()
            .map(|change| change.name.as_str())
            .collect()
    }

    fn write_locals(&mut self, frame: u32, changed: &[&str], out: &mut String) {
        let seen = self.shown.replace(frame) == Some(frame);
        out.push('{');
        let locals = self.locals.get(&frame).map_or(&[][..], Vec::as_slice);
        for (index, (name, value)) in locals.iter().enumerate() {
            if index > 0 {
                out.push_str(", ");
            }
            push_json(name, out);
            out.push_str(": ");
            push_json(
                if seen && !changed.contains(name) {
                    ".."
                } else {
                    value
                },
                out,
            );
        }
        out.push('}');
    }

    fn write_end(&mut self, mark: &str, source: &str, value: &str, out: &mut String) {
        self.shown = None;
        out.push_str(mark);
        push_source(source, out);
        out.push_str("<|arg_sep|>");
        push_json(value, out);
    }
}

/// The line with its line end, as a frame quotes it.
fn push_source(source: &str, out: &mut String) {
    out.push_str("<|action_sep|>");
    out.push_str(source);
    out.push('\n');
}

/// A JSON string in ASCII, which is what Python's `json.dumps` writes.
fn push_json(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            ' '..='\u{7f}' => out.push(character),
            _ => {
                let mut units = [0; 2];
                for unit in character.encode_utf16(&mut units) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
            }
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests;

//! Everything that reaches the terminal goes through here.
//!
//! Results go to standard output, everything else to standard error, so that `--json` and pipes get
//! results alone. A closed pipe ends the output quietly. Every text is cleaned on its way: no program, name,
//! path or answer from outside commands the terminal, in pipes neither. Only [`Styled`] brings styles along.

use std::collections::BTreeMap;
use std::io::{IsTerminal as _, Write as _};
use std::sync::{Arc, Mutex, PoisonError};

use indicatif::MultiProgress;
use tracestone_pipeline::report::sample::SampleText;
use tracestone_record::outside;
use tracestone_record::watch::{Event, Watch};

use crate::args::OutputArgs;
use crate::failure::{Exit, Failure};
use crate::progress::Bar;
use crate::{hints, interrupt};

/// Characters of a message on standard error; a longer one is cut.
const LONGEST_MESSAGE: usize = 20_000;
/// Characters of one cause or hint of an error.
const LONGEST_CAUSE: usize = 4_000;

/// Text with headings, whose other parts are cleaned when they are added.
#[derive(Debug, Default)]
struct Styled(String);

impl Styled {
    /// Adds text, several lines or a part of one.
    fn push(&mut self, text: &str) {
        self.0.push_str(&outside::text(text));
    }

    /// Adds a line in bold with an empty line before and after it.
    fn heading(&mut self, title: &str) {
        let title = outside::line(title);
        self.0.push_str(&format!("\n\n\x1b[1m{title}\x1b[0m\n"));
    }

    /// Adds a body below a heading, indented; its lines have no blanks at their ends.
    fn body(&mut self, body: &str) {
        for line in body.trim_end().lines() {
            let line = outside::text(line.trim_end());
            self.0.push_str(if line.is_empty() { "\n" } else { "\n  " });
            self.0.push_str(&line);
        }
    }
}

/// Writes results, notes and errors.
pub(crate) struct Printer {
    quiet: bool,
    verbose: bool,
    json: bool,
    /// The bars, drawn on standard error; notes are printed above them.
    pub(crate) bars: MultiProgress,
    /// True if bars can be drawn.
    pub(crate) interactive: bool,
    /// The stages under way.
    running: Mutex<BTreeMap<&'static str, Arc<Bar>>>,
}

impl Printer {
    /// A printer with the settings of the command line.
    pub(crate) fn new(output: &OutputArgs) -> Self {
        Self {
            quiet: output.quiet,
            verbose: output.verbose,
            json: output.json,
            bars: MultiProgress::new(),
            interactive: !output.quiet && std::io::stderr().is_terminal(),
            running: Mutex::default(),
        }
    }

    /// Columns for text that is laid out: those of the terminal, or 80.
    pub(crate) fn width(&self) -> usize {
        columns(std::io::stdout()).unwrap_or(80)
    }

    /// A result for a person, on standard output; nothing with `--json`.
    pub(crate) fn result(&self, text: &str) {
        if !self.json {
            self.write_out(&outside::text(text));
        }
    }

    /// A sample with headings.
    pub(crate) fn sample(&self, sample: &SampleText) {
        if !self.json {
            let mut text = Styled::default();
            text.push(&sample.line);
            for (title, body) in &sample.sections {
                text.heading(title);
                text.body(body);
            }
            self.write_out(&text.0);
        }
    }

    /// The summary as JSON, where it is asked for.
    pub(crate) fn json(&self, value: &serde_json::Value) {
        if self.json {
            let mut line = outside::json(&value.to_string()).into_owned();
            line.push('\n');
            self.raw(line.as_bytes());
        }
    }

    /// Raw output that is the command's purpose, such as a completion script.
    pub(crate) fn raw(&self, bytes: &[u8]) {
        let mut out = std::io::stdout().lock();
        // A reader that has seen enough closes the pipe; that is no error of ours.
        drop(out.write_all(bytes).and_then(|()| out.flush()));
    }

    /// A note on the way, on standard error.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            self.stderr(&outside::short_text(text, LONGEST_MESSAGE));
        }
    }

    /// Says that resumable work was stopped.
    pub(crate) fn stopped(&self) -> Exit {
        self.note("stopped; the same command continues from here");
        Exit::Interrupted
    }

    /// Prints one line on standard error about current work, with `--verbose`. The text is made only then.
    pub(crate) fn detail(&self, text: impl FnOnce() -> String) {
        if self.verbose {
            self.stderr(&outside::short(&text(), LONGEST_CAUSE));
        }
    }

    /// The bar of a stage under way.
    fn bar(&self, stage: &'static str) -> Option<Arc<Bar>> {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.get(stage).cloned()
    }

    fn start_bar(&self, stage: &'static str, noun: &'static str, total: Option<u64>, inner: bool) {
        let bars = self.interactive.then_some(&self.bars);
        let bar = Arc::new(Bar::start(bars, stage, noun, total, inner));
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.insert(stage, bar);
    }

    /// A line of a stage, below the name of it.
    fn stage_line(&self, stage: &str, text: &str) {
        self.note(&format!("{stage:>8}  {text}"));
    }

    /// Something a person should look at; printed even with `--quiet`.
    pub(crate) fn warning(&self, text: &str) {
        let text = hanging(&outside::short_text(text, LONGEST_MESSAGE));
        self.stderr(&format!("\x1b[33mwarning:\x1b[0m {text}"));
    }

    /// A warning from a library, with what to do about its cause.
    fn warned(&self, text: &str, cause: Option<&(dyn std::error::Error + 'static)>) {
        let mut text = hanging(&outside::short_text(text, LONGEST_MESSAGE));
        for hint in cause.map(hints::of_cause).unwrap_or_default() {
            text.push_str(&hint_line(&hint));
        }
        self.stderr(&format!("\x1b[33mwarning:\x1b[0m {text}"));
    }

    /// Prints an error with its causes and hints.
    pub(crate) fn failure(&self, failure: &Failure) -> Exit {
        let shown_of = |text: &str| hanging(&outside::short_text(text, LONGEST_CAUSE));
        let mut shown = failure.error.to_string();
        let mut text = format!("\x1b[31merror:\x1b[0m {}", shown_of(&shown));
        for cause in failure.error.chain().skip(1) {
            let cause = cause.to_string();
            if !shown.contains(&cause) {
                text.push_str(&format!("\n  caused by: {}", shown_of(&cause)));
            }
            shown = cause;
        }
        for hint in &failure.hints {
            text.push_str(&hint_line(hint));
        }
        self.stderr(&text);
        self.json(&serde_json::json!({
            "error": format!("{:#}", failure.error),
            "hints": failure.hints,
        }));
        failure.exit
    }

    /// Writes text that is clean, or styled by this file.
    fn stderr(&self, text: &str) {
        let text = match columns(std::io::stderr()) {
            Some(columns) => wrapped(text, columns),
            None => text.to_owned(),
        };
        self.bars.suspend(|| {
            let mut err = anstream::stderr().lock();
            drop(writeln!(err, "{text}"));
        });
    }

    /// As `stderr`. Where bars are drawn on the same terminal, they make room.
    fn write_out(&self, text: &str) {
        let text = match columns(std::io::stdout()) {
            Some(columns) => wrapped(text, columns),
            None => text.to_owned(),
        };
        self.bars.suspend(|| {
            let mut out = anstream::stdout().lock();
            drop(writeln!(out, "{text}").and_then(|()| out.flush()));
        });
    }
}

/// Bars, or lines where none can be drawn.
impl Watch for Printer {
    fn event(&self, event: Event<'_>) {
        match event {
            Event::Started {
                stage,
                noun,
                total,
                inner,
            } => self.start_bar(stage, noun, total, inner),
            Event::Grew { stage, by } => {
                if let Some(bar) = self.bar(stage) {
                    bar.add_total(by);
                }
            }
            Event::Advanced { stage, by } => {
                if let Some(line) = self.bar(stage).and_then(|bar| bar.advance(by)) {
                    self.stage_line(stage, &line);
                }
            }
            Event::Detail { stage, text } => self.detail(|| format!("{stage:>8}  {text}")),
            Event::Finished { stage, text } => {
                let seconds = self.bar(stage).map_or(0.0, |bar| bar.finish());
                self.stage_line(stage, &format!("{text} ({seconds:.1} s)"));
            }
            Event::Ended { stage } => {
                let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
                running.remove(stage);
            }
            Event::Note { stage, text } => self.stage_line(stage.unwrap_or(""), text),
            Event::Warning { text, cause } => self.warned(text, cause),
        }
    }

    fn stop(&self) -> bool {
        interrupt::requested()
    }

    fn wants_details(&self) -> bool {
        self.verbose
    }
}

/// Prints an error of the command line, or the requested help; returns the exit code.
pub(crate) fn usage(error: &clap::Error) -> u8 {
    let plain = error.render().to_string();
    if plain.chars().any(|c| c != '\n' && outside::is_unsafe(c)) {
        let mut err = anstream::stderr().lock();
        drop(write!(err, "{}", outside::text(&plain)));
    } else {
        // A closed pipe is no error of ours.
        drop(error.print());
    }
    u8::try_from(error.exit_code()).unwrap_or(2)
}

/// The width of the terminal that a stream goes to; none where it goes elsewhere.
fn columns(stream: impl std::os::fd::AsFd) -> Option<usize> {
    let (width, _) = terminal_size::terminal_size_of(stream)?;
    Some(usize::from(width.0)).filter(|columns| *columns >= 20)
}

/// Wraps lines wider than a terminal between words; continuations are aligned with the last column.
fn wrapped(text: &str, columns: usize) -> String {
    let lines: Vec<String> = text.split('\n').map(|line| broken(line, columns)).collect();
    lines.join("\n")
}

fn broken(line: &str, columns: usize) -> String {
    if shown_width(line) <= columns {
        return line.to_owned();
    }
    let indent = last_column(line, columns * 2 / 3);
    let (mut out, mut width) = (String::new(), 0);
    for (index, word) in line.split(' ').enumerate() {
        let size = shown_width(word);
        if index > 0 {
            // A word that has no room on any line is left to the terminal.
            if width + 1 + size > columns && width > indent {
                let kept = out.trim_end().len();
                out.truncate(kept);
                out.push('\n');
                out.push_str(&" ".repeat(indent));
                width = indent;
            } else {
                out.push(' ');
                width += 1;
            }
        }
        out.push_str(word);
        width += size;
    }
    out
}

/// Start of the last column of a table's row, or of the text of an indented line: after two blanks or more.
fn last_column(line: &str, most: usize) -> usize {
    let characters: Vec<char> = line.chars().collect();
    let mut starts = (2..characters.len().min(most + 1)).filter(|at| {
        characters[*at] != ' ' && characters[*at - 1] == ' ' && characters[*at - 2] == ' '
    });
    starts.next_back().unwrap_or(2)
}

/// Columns of a text with this file's styles in it.
fn shown_width(text: &str) -> usize {
    anstream::adapter::strip_str(text)
        .to_string()
        .chars()
        .count()
}

/// A hint below a message.
fn hint_line(hint: &str) -> String {
    let hint = hanging(&outside::short_text(hint, LONGEST_CAUSE));
    format!("\n  \x1b[36mhint:\x1b[0m {hint}")
}

/// Further lines of a message are indented, so that none of them looks like a message of its own.
fn hanging(text: &str) -> String {
    text.trim_end().replace('\n', "\n    ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_has_no_blanks_at_ends_of_lines() {
        let mut text = Styled::default();
        text.heading("program");
        text.body("a  \n\n  b\x1b[2J\n\n");
        assert_eq!(text.0, "\n\n\x1b[1mprogram\x1b[0m\n\n  a\n\n    b\\x1b[2J");
    }

    #[test]
    fn wide_lines_are_broken_below_their_last_column() {
        let row = "       12  needs_package        imports a package that is not here";
        assert_eq!(
            wrapped(row, 61),
            "       12  needs_package        imports a package that is not\n\
             \u{20}                               here"
        );
        assert_eq!(
            wrapped("error: one two three four five\nsix", 20),
            "error: one two three\n  four five\nsix"
        );
        // Styles have no width.
        assert_eq!(
            wrapped("\x1b[31merror:\x1b[0m one two three", 20),
            "\x1b[31merror:\x1b[0m one two three"
        );
        assert_eq!(
            wrapped("a/very/long/path/without/blanks", 20),
            "a/very/long/path/without/blanks"
        );
    }

    #[test]
    fn a_message_cannot_forge_another_one() {
        assert_eq!(hanging("gone\nerror: forged\n"), "gone\n    error: forged");
    }
}

//! The display of a run while it asks: a bar with the score so far below it, or a line now and then.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use tracestone_eval::live::{Numbers, SoFar, View};
use tracestone_eval::report::terminal::percent;
use tracestone_eval::schedule::Progress;
use tracestone_record::watch::{Event, Watch};
use tracestone_record::words::{counted, number, pace, time_left};

use crate::printer::Printer;
use crate::progress::PLAIN_INTERVAL;

/// A run as it is shown.
pub(crate) struct Shown<'p> {
    printer: &'p Printer,
    bars: Mutex<Option<(ProgressBar, ProgressBar)>>,
    /// The time of the last line.
    line: Mutex<Duration>,
}

impl<'p> Shown<'p> {
    /// A display that shows nothing yet.
    pub(crate) fn new(printer: &'p Printer) -> Self {
        Self {
            printer,
            bars: Mutex::default(),
            line: Mutex::default(),
        }
    }

    fn bars(&self) -> std::sync::MutexGuard<'_, Option<(ProgressBar, ProgressBar)>> {
        self.bars.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watch for Shown<'_> {
    fn event(&self, event: Event<'_>) {
        self.printer.event(event);
    }

    fn stop(&self) -> bool {
        self.printer.stop()
    }

    fn wants_details(&self) -> bool {
        self.printer.wants_details()
    }
}

impl View for Shown<'_> {
    fn wants_scores(&self) -> bool {
        self.printer.interactive
    }

    fn begin(&self, total: u64) {
        if !self.printer.interactive {
            return;
        }
        let add = |length: u64, template: &str| {
            let bar = self.printer.bars.add(ProgressBar::new(length));
            let style = ProgressStyle::with_template(template);
            let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
            bar.set_style(style.progress_chars("━╸ "));
            bar
        };
        let bar = add(total, "{prefix:>8} {wide_bar} {msg}");
        bar.set_prefix("eval");
        *self.bars() = Some((bar, add(0, "         {msg}")));
    }

    fn show(&self, numbers: &Numbers<'_>) {
        if let Some((bar, below)) = &*self.bars() {
            bar.set_position(numbers.finished);
            bar.set_message(progress(numbers));
            if numbers.fresh {
                below.set_message(so_far(&numbers.so_far()));
            }
            return;
        }
        let mut line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
        if *line + PLAIN_INTERVAL <= numbers.elapsed {
            *line = numbers.elapsed;
            let so_far = so_far(&numbers.so_far());
            let gap = if so_far.is_empty() { "" } else { "; " };
            let progress = progress(numbers);
            self.printer
                .note(&format!("    eval  {progress}{gap}{so_far}"));
        }
    }

    fn stopping(&self, in_flight: Option<u64>) {
        self.printer.note(&match in_flight {
            Some(count) => format!(
                "stopping; waiting for {} in flight (Ctrl-C again leaves them)",
                counted(count, "request")
            ),
            None => "stopping; the server goes on, and the same command collects what it answers"
                .to_owned(),
        });
    }

    fn end(&self, progress: &Progress, time: Duration) {
        if let Some((bar, below)) = self.bars().take() {
            bar.finish_and_clear();
            below.finish_and_clear();
        }
        self.printer.note(&format!(
            "    eval  {}, {} ({:.1} s)",
            counted(progress.answered, "response"),
            counted(progress.failed, "failure"),
            time.as_secs_f64()
        ));
    }
}

/// Done of how many, the rate, and the time left.
fn progress(numbers: &Numbers<'_>) -> String {
    let mut text = format!("{}/{}", number(numbers.finished), number(numbers.total));
    if let Some(speed) = numbers.per_second {
        text.push_str(&format!(", {}", pace(speed)));
    }
    if let Some(left) = numbers.left {
        text.push_str(&format!(", {}", time_left(left)));
    }
    text
}

/// The line below the bar.
fn so_far(so_far: &SoFar) -> String {
    let mut parts = Vec::new();
    if let Some(score) = so_far.score {
        parts.push(format!(
            "so far {} ({} to {}) of {}",
            percent(score.accuracy),
            percent(score.interval.0),
            percent(score.interval.1),
            number(score.judged)
        ));
    }
    if so_far.later > 0 {
        parts.push(format!("{} to be executed", number(so_far.later)));
    }
    if !so_far.failures.is_empty() {
        let failures = so_far.failures.iter();
        let counts: Vec<_> = failures
            .map(|(kind, count)| format!("{} {}", number(*count), kind.replace('_', " ")))
            .collect();
        parts.push(format!("failed: {}", counts.join(", ")));
    }
    if let Some(usage) = so_far.usage {
        parts.push(format!(
            "tokens {} in, {} out",
            number(usage.input_tokens),
            number(usage.output_tokens)
        ));
    }
    if let Some(cost) = so_far.cost {
        parts.push(format!("cost {cost:.4}"));
    }
    parts.join("; ")
}

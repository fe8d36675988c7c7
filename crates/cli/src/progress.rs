//! Progress of a stage: a bar with rate and time left on a terminal, plain lines elsewhere.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::printer::Printer;

/// Without a terminal a line is printed this often.
const PLAIN_INTERVAL: Duration = Duration::from_secs(10);

/// The progress of one stage.
pub(crate) struct Progress<'p> {
    printer: &'p Printer,
    stage: &'static str,
    noun: &'static str,
    total: AtomicU64,
    done: AtomicU64,
    started: Instant,
    last_line: Mutex<Instant>,
    bar: Option<ProgressBar>,
}

impl<'p> Progress<'p> {
    /// Starts to show the progress of `stage` over `total` things called `noun`.
    pub(crate) fn start(
        printer: &'p Printer,
        stage: &'static str,
        noun: &'static str,
        total: u64,
    ) -> Self {
        let template = "{prefix:>8} [{bar:32}] {human_pos}/{human_len} {msg} {per_sec}, {eta} left";
        Self::with_template(printer, stage, noun, total, template)
    }

    /// Starts to show the progress of `stage` over things whose number shows only at the end.
    pub(crate) fn start_open(
        printer: &'p Printer,
        stage: &'static str,
        noun: &'static str,
    ) -> Self {
        let template = "{prefix:>8} {spinner} {human_pos} {msg} {per_sec}";
        Self::with_template(printer, stage, noun, 0, template)
    }

    fn with_template(
        printer: &'p Printer,
        stage: &'static str,
        noun: &'static str,
        total: u64,
        template: &str,
    ) -> Self {
        let bar = printer.interactive.then(|| {
            let style = ProgressStyle::with_template(template)
                .unwrap_or_else(|_| ProgressStyle::default_bar())
                .progress_chars("=> ");
            let bar = printer.bars.add(ProgressBar::new(total));
            bar.set_style(style);
            bar.set_prefix(stage);
            bar.set_message(noun);
            bar.enable_steady_tick(Duration::from_millis(200));
            bar
        });
        Self {
            printer,
            stage,
            noun,
            total: AtomicU64::new(total),
            done: AtomicU64::new(0),
            started: Instant::now(),
            last_line: Mutex::new(Instant::now()),
            bar,
        }
    }

    /// More turned out to be there.
    pub(crate) fn add_total(&self, more: u64) {
        let total = self.total.fetch_add(more, Ordering::Relaxed) + more;
        if let Some(bar) = &self.bar {
            bar.set_length(total);
        }
    }

    /// `count` more are done.
    pub(crate) fn advance(&self, count: u64) {
        let done = self.done.fetch_add(count, Ordering::Relaxed) + count;
        match &self.bar {
            Some(bar) => bar.set_position(done),
            None => self.plain(done),
        }
    }

    fn plain(&self, done: u64) {
        let Ok(mut last) = self.last_line.try_lock() else {
            return;
        };
        if last.elapsed() >= PLAIN_INTERVAL {
            *last = Instant::now();
            let of_total = match self.total.load(Ordering::Relaxed) {
                0 => String::new(),
                total => format!("/{total}"),
            };
            self.printer.note(&format!(
                "{:>8}  {done}{of_total} {} after {:.0} s",
                self.stage,
                self.noun,
                self.started.elapsed().as_secs_f64()
            ));
        }
    }

    /// How many are done.
    pub(crate) fn count(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }

    /// Ends the bar and says what was done.
    pub(crate) fn finish(&self, what: &str) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        self.printer.note(&format!(
            "{:>8}  {what} ({:.1} s)",
            self.stage,
            self.started.elapsed().as_secs_f64()
        ));
    }
}

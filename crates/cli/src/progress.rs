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
        let bar = printer.interactive.then(|| {
            let style = ProgressStyle::with_template(
                "{prefix:>8} [{bar:32}] {human_pos}/{human_len} {msg} {per_sec}, {eta} left",
            )
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
            let total = self.total.load(Ordering::Relaxed);
            self.printer.note(&format!(
                "{:>8}  {done}/{total} {} after {:.0} s",
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

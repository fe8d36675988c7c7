//! Progress of a stage: a bar with rate and time left on a terminal, plain lines elsewhere.

use std::fmt::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressState, ProgressStyle};
use tracestone_record::words::{number, pace, time_left};

/// Without a terminal a line is printed this often.
pub(crate) const PLAIN_INTERVAL: Duration = Duration::from_secs(10);

/// The progress of one stage.
pub(crate) struct Bar {
    noun: &'static str,
    inner: bool,
    total: AtomicU64,
    done: AtomicU64,
    started: Instant,
    last_line: Mutex<Instant>,
    /// Drawn on a terminal only.
    drawn: Option<ProgressBar>,
}

impl Bar {
    /// Starts to show the progress of `stage` over `total` things called `noun`, in the plural; without a total,
    /// their number shows only at the end. Of a step inside of another stage no lines are printed.
    pub(crate) fn start(
        bars: Option<&MultiProgress>,
        stage: &'static str,
        noun: &'static str,
        total: Option<u64>,
        inner: bool,
    ) -> Self {
        // The bar takes what the words leave, so that the line fits every terminal.
        let template = match total {
            Some(_) => "{prefix:>8} {wide_bar} {count} {msg}{rate}{left}",
            None => "{prefix:>8} {spinner} {count} {msg}{rate}",
        };
        let total = total.unwrap_or(0);
        let drawn = bars.map(|bars| {
            let bar = bars.add(ProgressBar::new(total));
            bar.set_style(style(template));
            bar.set_prefix(stage);
            bar.set_message(noun);
            bar.enable_steady_tick(Duration::from_millis(200));
            bar
        });
        Self {
            noun,
            inner,
            total: AtomicU64::new(total),
            done: AtomicU64::new(0),
            started: Instant::now(),
            last_line: Mutex::new(Instant::now()),
            drawn,
        }
    }

    /// More turned out to be there.
    pub(crate) fn add_total(&self, more: u64) {
        let total = self.total.fetch_add(more, Ordering::Relaxed) + more;
        if let Some(bar) = &self.drawn {
            bar.set_length(total);
        }
    }

    /// `count` more are done. Gives a line to print where no bar is drawn and it is time for one.
    pub(crate) fn advance(&self, count: u64) -> Option<String> {
        let done = self.done.fetch_add(count, Ordering::Relaxed) + count;
        match &self.drawn {
            Some(bar) => {
                bar.set_position(done);
                None
            }
            None => self.plain(done),
        }
    }

    fn plain(&self, done: u64) -> Option<String> {
        let mut last = self.last_line.try_lock().ok()?;
        if self.inner || last.elapsed() < PLAIN_INTERVAL {
            return None;
        }
        *last = Instant::now();
        let total = self.total.load(Ordering::Relaxed);
        let seconds = self.started.elapsed().as_secs_f64();
        let speed = per_second(done, done as f64 / seconds);
        Some(format!(
            "{} {}{speed} after {seconds:.0} s",
            of_total(done, total),
            self.noun,
        ))
    }

    /// Ends the bar; gives the seconds it took.
    pub(crate) fn finish(&self) -> f64 {
        if let Some(bar) = &self.drawn {
            bar.finish_and_clear();
        }
        self.started.elapsed().as_secs_f64()
    }
}

/// Style of a bar.
fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .with_key("count", |state: &ProgressState, out: &mut dyn Write| {
            let _ = out.write_str(&of_total(state.pos(), state.len().unwrap_or(0)));
        })
        .with_key("rate", |state: &ProgressState, out: &mut dyn Write| {
            let _ = out.write_str(&per_second(state.pos(), state.per_sec()));
        })
        .with_key("left", |state: &ProgressState, out: &mut dyn Write| {
            if state.pos() > 0 && !state.is_finished() {
                let _ = write!(out, ", {}", time_left(state.eta()));
            }
        })
        .progress_chars("━╸ ")
}

/// Progress as `done of total`, or the number done if the total is unknown.
fn of_total(done: u64, total: u64) -> String {
    if total == 0 {
        number(done)
    } else {
        format!("{}/{}", number(done), number(total))
    }
}

/// A rate, once there is one.
fn per_second(done: u64, value: f64) -> String {
    match pace(value) {
        pace if done > 0 && !pace.is_empty() => format!(", {pace}"),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_said_in_few_characters() {
        assert_eq!(of_total(1_000, 123_456), "1000/123,456");
        assert_eq!(of_total(7, 0), "7");
        assert_eq!(per_second(0, 3.0), "");
        assert_eq!(per_second(9, 1234.567), ", 1235/s");
        assert_eq!(per_second(9, 0.01), ", 0.6/min");
        // The longest line that a stage writes leaves room for a bar in 60 columns.
        let line = format!(
            "{:>8}  {} programs{}, {}",
            "extract",
            of_total(99_999, 99_999),
            per_second(1, 999.0),
            time_left(Duration::from_secs(3_599))
        );
        assert!(line.len() < 60, "{} columns: {line}", line.len());
    }
}

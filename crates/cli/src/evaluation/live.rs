//! The view of a run while it asks: done of how many, the rate, the time left, failures by class, and the
//! score so far; the same as events for machines.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::io::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};
use tracestone_eval::answer::Extraction;
use tracestone_eval::item::Item;
use tracestone_eval::judge::{SharedJudge, Status};
use tracestone_eval::judging;
use tracestone_eval::log::{Entry, Reply};
use tracestone_eval::model::Usage;
use tracestone_eval::prices::Prices;
use tracestone_eval::report::terminal::percent;
use tracestone_eval::run::Run;
use tracestone_eval::schedule::Progress;
use tracestone_eval::stats;
use tracestone_files as files;
use tracestone_record::words::{counted, number, rate};

use crate::failure::Failure;
use crate::printer::Printer;

/// Without a terminal a line is printed this often.
const PLAIN_INTERVAL: Duration = Duration::from_secs(10);
/// The score so far is made this often.
const SCORE_INTERVAL: Duration = Duration::from_secs(1);

/// The sink of events.
pub(crate) struct Events(Option<Mutex<Box<dyn std::io::Write + Send>>>);

impl Events {
    /// A file of events, standard output for `-`, or nothing.
    pub(crate) fn open(path: Option<&Path>) -> Result<Arc<Self>, Failure> {
        let out: Option<Box<dyn std::io::Write + Send>> = match path {
            None => None,
            Some(path) if path == Path::new("-") => Some(Box::new(std::io::stdout())),
            Some(path) => Some(Box::new(files::create(path)?)),
        };
        Ok(Arc::new(Self(out.map(Mutex::new))))
    }

    fn are_wanted(&self) -> bool {
        self.0.is_some()
    }

    /// Writes one event. A reader that has gone costs the run nothing.
    pub(crate) fn write(&self, event: &Value) {
        if let Some(out) = &self.0 {
            let mut out = out.lock().unwrap_or_else(PoisonError::into_inner);
            drop(writeln!(out, "{event}").and_then(|()| out.flush()));
        }
    }
}

/// Everything known of a run so far.
pub(crate) struct Live {
    judge: SharedJudge,
    extraction: Extraction,
    items: HashMap<String, Item>,
    prices: Option<Prices>,
    events: Arc<Events>,
    name: Value,
    tally: Mutex<Tally>,
}

#[derive(Default)]
struct Tally {
    /// For each item that was judged: its cluster, and how many of its responses are right.
    judged: BTreeMap<String, (String, u64, u64)>,
    /// Responses whose verdict needs an execution.
    later: u64,
    failures: BTreeMap<&'static str, u64>,
    usage: Option<Usage>,
}

impl Live {
    /// A run of which nothing is known.
    pub(crate) fn new(
        run: &Run,
        judge: SharedJudge,
        items: &[Item],
        prices: Option<Prices>,
        events: Arc<Events>,
    ) -> Self {
        let items = items.iter().map(|item| (item.id.clone(), item.clone()));
        Self {
            judge,
            extraction: run.header.extraction,
            items: items.collect(),
            prices,
            events,
            name: json!({ "task": run.header.task, "model": run.header.model }),
            tally: Mutex::default(),
        }
    }

    /// True where anybody looks: judging each reply at once is not free.
    pub(crate) fn is_watched(&self, printer: &Printer) -> bool {
        printer.interactive || self.events.are_wanted()
    }

    /// A reply came, or was there already.
    pub(crate) fn take(&self, entry: &Entry) {
        let verdict = match (&entry.reply, self.items.get(&entry.item)) {
            (Reply::Response(_), Some(item)) => {
                judging::at_once(&*self.judge, item, &entry.reply, self.extraction)
            }
            _ => None,
        };
        let mut tally = self.tally();
        match &entry.reply {
            Reply::Error(error) => *tally.failures.entry(error.kind.name()).or_default() += 1,
            Reply::Response(response) => {
                if let Some(usage) = response.usage {
                    *tally.usage.get_or_insert_with(Usage::default) += usage;
                }
                match (&verdict, self.items.get(&entry.item)) {
                    (Some(verdict), Some(item)) => {
                        let of = tally.judged.entry(item.id.clone());
                        let of = of.or_insert_with(|| (item.cluster.clone(), 0, 0));
                        of.1 += u64::from(verdict.status == Status::Correct);
                        of.2 += 1;
                    }
                    _ => tally.later += 1,
                }
            }
        }
        drop(tally);
        let (status, error) = match &entry.reply {
            Reply::Response(_) => (verdict.map(|verdict| verdict.status), None),
            Reply::Error(error) => (Some(Status::ApiError), Some(error.to_string())),
        };
        self.event(
            "reply",
            json!({
                "item": entry.item, "repeat": entry.repeat, "seconds": entry.seconds,
                "attempts": entry.attempts, "status": status, "error": error,
            }),
        );
    }

    /// Something was learned on the way.
    pub(crate) fn note(&self, note: &str) {
        self.event("note", json!({ "text": note }));
    }

    fn event(&self, kind: &str, mut value: Value) {
        if self.events.are_wanted() {
            value["event"] = json!(kind);
            value["task"] = self.name["task"].clone();
            value["model"] = self.name["model"].clone();
            self.events.write(&value);
        }
    }

    fn tally(&self) -> std::sync::MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts the display for a run of `total` questions.
    pub(crate) fn start<'p>(self: &Arc<Self>, total: u64, printer: &'p Printer) -> Shown<'p> {
        self.event("started", json!({ "questions": total }));
        let bar = printer.interactive.then(|| {
            let bar = printer.bars.add(ProgressBar::new(total));
            let style = ProgressStyle::with_template("{prefix:>8} {wide_bar} {msg}");
            bar.set_style(
                style
                    .unwrap_or_else(|_| ProgressStyle::default_bar())
                    .progress_chars("━╸ "),
            );
            bar.set_prefix("eval");
            let below = printer.bars.add(ProgressBar::new(0));
            let style = ProgressStyle::with_template("         {msg}");
            below.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            (bar, below)
        });
        Shown {
            live: Arc::clone(self),
            printer,
            total,
            bar,
            started: Instant::now(),
            past: Mutex::new(Past::default()),
        }
    }
}

/// Earlier counts of finished questions, with their times.
#[derive(Default)]
struct Past {
    marks: VecDeque<(Duration, u64)>,
    line: Duration,
    score: Option<Duration>,
}

/// A run as it is shown.
pub(crate) struct Shown<'p> {
    live: Arc<Live>,
    printer: &'p Printer,
    total: u64,
    bar: Option<(ProgressBar, ProgressBar)>,
    started: Instant,
    past: Mutex<Past>,
}

impl Shown<'_> {
    /// Shows where it is.
    pub(crate) fn show(&self, state: &Progress) {
        let finished = state.answered + state.failed;
        let now = self.started.elapsed();
        let mut past = self.past.lock().unwrap_or_else(PoisonError::into_inner);
        past.marks.push_back((now, finished));
        let speed = speed(&mut past.marks, now, finished);
        let left = left(speed, self.total - finished.min(self.total));
        let line = past.line + PLAIN_INTERVAL <= now;
        let score = past.score.is_none_or(|last| last + SCORE_INTERVAL <= now) || state.done;
        if line {
            past.line = now;
        }
        if score {
            past.score = Some(now);
        }
        drop(past);
        let progress = || {
            let mut text = format!("{}/{}", number(finished), number(self.total));
            if let Some(speed) = speed {
                text.push_str(&if speed < 0.1 {
                    format!(", {}/min", rate(60.0 * speed))
                } else {
                    format!(", {}/s", rate(speed))
                });
            }
            if let Some(left) = left {
                text.push_str(&format!(", {}", words(left)));
            }
            text
        };
        if let Some((bar, below)) = &self.bar {
            bar.set_position(finished);
            bar.set_message(progress());
            if score {
                below.set_message(self.live.so_far());
            }
        } else if line {
            let so_far = self.live.so_far();
            let gap = if so_far.is_empty() { "" } else { "; " };
            self.printer
                .note(&format!("    eval  {}{gap}{so_far}", progress()));
        }
        if score {
            let mut value = self.live.numbers();
            value["answered"] = json!(state.answered);
            value["failed"] = json!(state.failed);
            value["running"] = json!(state.running);
            value["questions"] = json!(self.total);
            value["per_second"] = json!(speed);
            value["seconds_left"] = json!(left.map(|left| left.as_secs_f64()));
            self.live.event("progress", value);
        }
    }

    /// Ends the display with a summary.
    pub(crate) fn finish(self, state: &Progress) {
        if let Some((bar, below)) = &self.bar {
            bar.finish_and_clear();
            below.finish_and_clear();
        }
        self.printer.note(&format!(
            "    eval  {}, {} ({:.1} s)",
            counted(state.answered, "response"),
            counted(state.failed, "failure"),
            self.started.elapsed().as_secs_f64()
        ));
    }
}

/// The number finished in a second, by the later half of the time: connections become more at first, and
/// servers slower later.
fn speed(marks: &mut VecDeque<(Duration, u64)>, now: Duration, finished: u64) -> Option<f64> {
    // Half the time of a run of a day is half a million marks; one for each thousandth of the time is enough.
    if marks.len() > 4_000 {
        let mut keep = false;
        marks.retain(|_| {
            keep = !keep;
            keep
        });
    }
    while marks.len() > 1 && marks[1].0 * 2 <= now {
        marks.pop_front();
    }
    let (since, before) = *marks.front()?;
    let recent = finished - before;
    // Where the later half has few, all of it counts.
    let (count, time) = if recent >= 5 {
        (recent, now - since)
    } else {
        (finished, now)
    };
    (count > 0 && !time.is_zero()).then(|| count as f64 / time.as_secs_f64())
}

fn left(speed: Option<f64>, open: u64) -> Option<Duration> {
    let seconds = open as f64 / speed?;
    Duration::try_from_secs_f64(seconds).ok()
}

/// The time left, in the largest unit that says something.
fn words(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..60 => format!("{seconds} s left"),
        60..3_600 => format!("{} min left", (seconds + 30) / 60),
        3_600..172_800 => format!("{} h left", rate(time.as_secs_f64() / 3_600.0)),
        _ => format!("{} d left", seconds / 86_400),
    }
}

/// A score, its interval, and how many responses it is made of.
type Score = (f64, (f64, f64), u64);

impl Live {
    /// Score of the verdicts so far, with an interval over clusters.
    fn score(&self) -> Option<Score> {
        let tally = self.tally();
        let values: Vec<f64> = tally
            .judged
            .values()
            .map(|(_, right, all)| *right as f64 / *all as f64)
            .collect();
        let clusters: Vec<&str> = tally.judged.values().map(|one| one.0.as_str()).collect();
        let count = tally.judged.values().map(|one| one.2).sum();
        if values.is_empty() {
            return None;
        }
        let mean = stats::mean(&values);
        let (low, high) = stats::quick_interval(&values, &clusters);
        Some((mean, (low, high), count))
    }

    fn cost(&self, usage: Option<Usage>) -> Option<f64> {
        Some(self.prices?.of(usage?))
    }

    /// The same for machines.
    fn numbers(&self) -> Value {
        let score = self.score();
        let tally = self.tally();
        json!({
            "accuracy": score.map(|score| score.0),
            "interval": score.map(|score| [score.1.0, score.1.1]),
            "judged": score.map_or(0, |score| score.2),
            "judged_later": tally.later,
            "failures": tally.failures,
            "usage": tally.usage,
            "cost": self.cost(tally.usage),
        })
    }

    /// The line below the bar.
    fn so_far(&self) -> String {
        let mut parts = Vec::new();
        if let Some((mean, (low, high), count)) = self.score() {
            parts.push(format!(
                "so far {} ({} to {}) of {}",
                percent(mean),
                percent(low),
                percent(high),
                number(count)
            ));
        }
        let tally = self.tally();
        if tally.later > 0 {
            parts.push(format!("{} to be executed", number(tally.later)));
        }
        for (kind, count) in &tally.failures {
            parts.push(format!("{} {}", number(*count), kind.replace('_', " ")));
        }
        if let Some(usage) = tally.usage {
            parts.push(format!(
                "tokens {} in, {} out",
                number(usage.input_tokens),
                number(usage.output_tokens)
            ));
        }
        if let Some(cost) = self.cost(tally.usage) {
            parts.push(format!("cost {cost:.4}"));
        }
        parts.join("; ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_left_follows_a_server_that_gets_faster() {
        // A rate that doubles from 10 to 20 a second after 5 s: at 10 s all of the later half is fast.
        let mut marks = VecDeque::new();
        let mut found = None;
        for tenth in 1..=100_u64 {
            let now = Duration::from_millis(100 * tenth);
            let finished = tenth + tenth.saturating_sub(50);
            marks.push_back((now, finished));
            found = speed(&mut marks, now, finished);
        }
        let found = found.unwrap();
        assert!((18.0..=21.0).contains(&found), "{found}");
        // Long runs keep few marks.
        for tenth in 101..=40_000_u64 {
            let now = Duration::from_millis(100 * tenth);
            marks.push_back((now, tenth));
            speed(&mut marks, now, tenth);
        }
        assert!(marks.len() <= 4_001);
    }
}

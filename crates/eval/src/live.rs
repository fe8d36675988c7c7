//! A run while it asks: done of how many, the rate, the time left, failures by class and the score so far, for
//! who shows it and as events for machines.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tracestone_record::watch::Watch;

use crate::answer::Extraction;
use crate::item::Item;
use crate::judge::{SharedJudge, Status};
use crate::judging;
use crate::log::{Entry, Reply};
use crate::model::Usage;
use crate::prices::Prices;
use crate::run::Run;
use crate::schedule::Progress;
use crate::stats;

/// The score so far is made this often.
const SCORE_INTERVAL: Duration = Duration::from_secs(1);

/// The side that watches questions being asked, beside the events of any long work.
pub trait View: Watch {
    /// True if replies are to be judged as they come, which is not free.
    fn wants_scores(&self) -> bool {
        false
    }

    /// A number of questions begins to be asked.
    fn begin(&self, total: u64) {
        let _ = total;
    }

    /// The numbers have changed; called several times a second.
    fn show(&self, numbers: &Numbers<'_>) {
        let _ = numbers;
    }

    /// A stop was asked for: nothing more is sent. This many requests in flight are still awaited; of batches,
    /// none is.
    fn stopping(&self, in_flight: Option<u64>) {
        let _ = in_flight;
    }

    /// Nothing more is asked, after this time.
    fn end(&self, progress: &Progress, time: Duration) {
        let _ = (progress, time);
    }
}

impl View for tracestone_record::watch::Nobody {}

/// The sink of events: one JSON object a line.
pub struct Events(Option<Mutex<Box<dyn Write + Send>>>);

impl Events {
    /// A sink that writes to `out`, or nowhere.
    #[must_use]
    pub fn new(out: Option<Box<dyn Write + Send>>) -> Arc<Self> {
        Arc::new(Self(out.map(Mutex::new)))
    }

    fn are_wanted(&self) -> bool {
        self.0.is_some()
    }

    /// Writes one event. A reader that has gone costs the run nothing.
    pub fn write(&self, event: &Value) {
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
    pub(crate) fn is_watched(&self, view: &dyn View) -> bool {
        view.wants_scores() || self.events.are_wanted()
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
}

/// The numbers of a run at one moment.
pub struct Numbers<'a> {
    live: &'a Live,
    /// Questions that have ended, with a response or without one.
    pub finished: u64,
    /// Number of questions in all.
    pub total: u64,
    /// Questions that end in a second, lately.
    pub per_second: Option<f64>,
    /// Time to the end at that rate.
    pub left: Option<Duration>,
    /// Time since the start.
    pub elapsed: Duration,
    /// True once a second: the score so far is worth making again.
    pub fresh: bool,
}

/// Numbers of the replies so far.
#[derive(Debug, Clone, Default)]
pub struct SoFar {
    /// Score of the responses that are judged, if there are any.
    pub score: Option<ScoreSoFar>,
    /// Responses whose verdict needs an execution.
    pub later: u64,
    /// Questions without a response, by the kind of failure.
    pub failures: BTreeMap<&'static str, u64>,
    /// Tokens, where the server counts them.
    pub usage: Option<Usage>,
    /// Cost of the tokens, where prices are known.
    pub cost: Option<f64>,
}

/// A score with its interval over clusters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScoreSoFar {
    /// The share of correct responses.
    pub accuracy: f64,
    /// Lower and upper end of the interval.
    pub interval: (f64, f64),
    /// The number of responses that it is made of.
    pub judged: u64,
}

impl Numbers<'_> {
    /// The numbers of the replies so far.
    #[must_use]
    pub fn so_far(&self) -> SoFar {
        self.live.so_far()
    }
}

/// The course of a run: earlier counts of finished questions, with their times.
pub(crate) struct Course {
    total: u64,
    started: Instant,
    pace: Pace,
    score: Option<Duration>,
}

impl Course {
    /// The start of a run of `total` questions.
    pub(crate) fn start(live: &Live, view: &dyn View, total: u64) -> Self {
        live.event("started", json!({ "questions": total }));
        view.begin(total);
        Self {
            total,
            started: Instant::now(),
            pace: Pace::default(),
            score: None,
        }
    }

    /// Shows the state that a run is in.
    pub(crate) fn show(&mut self, live: &Live, view: &dyn View, state: &Progress) {
        let finished = state.answered + state.failed;
        let now = self.started.elapsed();
        let speed = self.pace.take(now, finished);
        let left = self
            .pace
            .left(now, speed, self.total - finished.min(self.total));
        let fresh = self.score.is_none_or(|last| last + SCORE_INTERVAL <= now) || state.done;
        if fresh {
            self.score = Some(now);
        }
        view.show(&Numbers {
            live,
            finished,
            total: self.total,
            per_second: speed,
            left,
            elapsed: now,
            fresh,
        });
        if fresh && live.events.are_wanted() {
            let mut value = live.numbers();
            value["answered"] = json!(state.answered);
            value["failed"] = json!(state.failed);
            value["running"] = json!(state.running);
            value["questions"] = json!(self.total);
            value["per_second"] = json!(speed);
            value["seconds_left"] = json!(left.map(|left| left.as_secs_f64()));
            live.event("progress", value);
        }
    }

    /// Ends the display.
    pub(crate) fn end(self, view: &dyn View, state: &Progress) {
        view.end(state, self.started.elapsed());
    }
}

/// Earlier counts of finished questions with their times, from which the rate and the time left are made.
#[derive(Default)]
struct Pace {
    marks: VecDeque<(Duration, u64)>,
    /// The time when a question finished last, how many had then, and the rate at that time.
    last: Option<(Duration, u64, f64)>,
}

impl Pace {
    /// Takes a count, and gives the number finished in a second by the later half of the time: connections
    /// become more at first, and servers slower later.
    fn take(&mut self, now: Duration, finished: u64) -> Option<f64> {
        self.marks.push_back((now, finished));
        // Half the time of a run of a day is half a million marks; one for each thousandth of the time is enough.
        if self.marks.len() > 4_000 {
            let mut keep = false;
            self.marks.retain(|_| {
                keep = !keep;
                keep
            });
        }
        while self.marks.len() > 1 && self.marks[1].0 * 2 <= now {
            self.marks.pop_front();
        }
        let (since, before) = *self.marks.front()?;
        let recent = finished - before;
        // Where the later half has few, all of it counts.
        let (count, time) = if recent >= 5 {
            (recent, now - since)
        } else {
            (finished, now)
        };
        if count == 0 || time.is_zero() {
            return None;
        }
        let speed = count as f64 / time.as_secs_f64();
        if self.last.is_none_or(|(_, last, _)| finished > last) {
            self.last = Some((now, finished, speed));
        }
        Some(speed)
    }

    /// Time to the end of `open` questions. Requests that are sent together end together: between two such
    /// waves the rate falls although nothing has become slower, so that the rate at the end of the last one
    /// counts, but for at most twice as long as it was true.
    fn left(&self, now: Duration, speed: Option<f64>, open: u64) -> Option<Duration> {
        let (at, _, then) = self.last?;
        let open = open as f64;
        let by_wave = open / then - now.saturating_sub(at).as_secs_f64();
        let at_least = open / speed? / 2.0;
        Duration::try_from_secs_f64(by_wave.max(at_least)).ok()
    }
}

impl Live {
    /// Score of the verdicts so far, with an interval over clusters.
    fn score(&self) -> Option<ScoreSoFar> {
        let tally = self.tally();
        let values: Vec<f64> = tally
            .judged
            .values()
            .map(|(_, right, all)| *right as f64 / *all as f64)
            .collect();
        let clusters: Vec<&str> = tally.judged.values().map(|one| one.0.as_str()).collect();
        if values.is_empty() {
            return None;
        }
        Some(ScoreSoFar {
            accuracy: stats::mean(&values),
            interval: stats::quick_interval(&values, &clusters),
            judged: tally.judged.values().map(|one| one.2).sum(),
        })
    }

    fn so_far(&self) -> SoFar {
        let score = self.score();
        let tally = self.tally();
        SoFar {
            score,
            later: tally.later,
            failures: tally.failures.clone(),
            usage: tally.usage,
            cost: self
                .prices
                .zip(tally.usage)
                .map(|(prices, usage)| prices.of(usage)),
        }
    }

    /// The same for machines.
    fn numbers(&self) -> Value {
        let so_far = self.so_far();
        json!({
            "accuracy": so_far.score.map(|score| score.accuracy),
            "interval": so_far.score.map(|score| [score.interval.0, score.interval.1]),
            "judged": so_far.score.map_or(0, |score| score.judged),
            "judged_later": so_far.later,
            "failures": so_far.failures,
            "usage": so_far.usage,
            "cost": so_far.cost,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_follows_a_server_that_gets_faster() {
        // A rate that doubles from 10 to 20 a second after 5 s: at 10 s all of the later half is fast.
        let mut pace = Pace::default();
        let mut found = None;
        for tenth in 1..=100_u64 {
            let now = Duration::from_millis(100 * tenth);
            found = pace.take(now, tenth + tenth.saturating_sub(50));
        }
        let found = found.unwrap();
        assert!((18.0..=21.0).contains(&found), "{found}");
        // Long runs keep few marks.
        for tenth in 101..=40_000_u64 {
            let now = Duration::from_millis(100 * tenth);
            pace.take(now, tenth + 50);
        }
        assert!(pace.marks.len() <= 4_001);
    }

    /// Times at which questions end, each connection asking one after the other.
    fn ends(questions: u32, connections: usize, seconds: impl Fn(u32) -> f64) -> Vec<f64> {
        let mut free = vec![0.0_f64; connections];
        let mut ends: Vec<f64> = (0..questions)
            .map(|question| {
                let next = (0..connections).min_by(|a, b| free[*a].total_cmp(&free[*b]));
                let next = &mut free[next.unwrap()];
                *next += seconds(question);
                *next
            })
            .collect();
        ends.sort_by(f64::total_cmp);
        ends
    }

    /// The worst factor between the time left that is shown and the true one, from 10 to 95 % of a run's questions. A
    /// difference of a twentieth of the run is none.
    fn worst_factor(ends: &[f64]) -> f64 {
        let (all, over) = (ends.len() as u64, ends[ends.len() - 1]);
        let mut pace = Pace::default();
        let mut worst = 1.0_f64;
        let step = (over / 1_000.0).max(0.25);
        let mut now = step;
        while now < over {
            let finished = ends.partition_point(|end| *end <= now) as u64;
            let time = Duration::from_secs_f64(now);
            let speed = pace.take(time, finished);
            if finished * 10 >= all && finished * 20 <= all * 19 {
                let shown = pace
                    .left(time, speed, all - finished)
                    .unwrap()
                    .as_secs_f64();
                let (left, slack) = (over - now, over / 20.0);
                worst = worst.max((shown - slack) / left);
                worst = worst.max((left - slack) / shown);
            }
            now += step;
        }
        worst
    }

    /// A number between 0 and 1 that looks like chance.
    fn chance(question: u32) -> f64 {
        f64::from(question.wrapping_mul(2_654_435_761) >> 8) / f64::from(1 << 24)
    }

    #[test]
    fn the_time_left_is_right_within_a_factor_of_two_after_a_tenth() {
        let runs = [
            ("steady", ends(500, 8, |_| 1.0)),
            ("in waves of four", ends(40, 4, |_| 10.0)),
            ("in waves of 64", ends(1_000, 64, |_| 20.0)),
            ("of one connection", ends(30, 1, |_| 7.0)),
            (
                "uneven",
                ends(800, 16, |question| 0.5 + 4.0 * chance(question)),
            ),
            (
                "with some long thoughts",
                ends(2_000, 32, |question| {
                    1.0 - 6.0 * (1.0 - chance(question)).max(1e-6).ln()
                }),
            ),
            (
                "slower at first",
                ends(1_000, 16, |question| if question < 60 { 4.0 } else { 1.5 }),
            ),
            (
                "slower by half in the end",
                ends(1_000, 16, |question| if question < 600 { 1.0 } else { 1.5 }),
            ),
        ];
        for (name, ends) in runs {
            let worst = worst_factor(&ends);
            assert!(worst < 2.0, "a run {name}: {worst}");
        }
    }
}

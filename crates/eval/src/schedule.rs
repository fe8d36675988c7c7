//! Asking many questions at once: how many, how often again, when to give up.

use std::collections::VecDeque;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::log::{AnswerKey, AnswerLog, Entry, LogError, Reply};
use crate::model::{CallError, CallErrorKind, Message, Model};

/// Number of requests in flight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Connections {
    /// Always this many.
    Fixed(usize),
    /// As many as the server bears, up to this many: one more after as many responses as there are
    /// connections, a fifth fewer after each "too many requests".
    Adaptive {
        /// Maximal number of connections.
        max: usize,
    },
}

impl Connections {
    /// The largest number of requests in flight.
    #[must_use]
    pub fn max(self) -> usize {
        match self {
            Self::Fixed(count) | Self::Adaptive { max: count } => count.max(1),
        }
    }
}

/// With how many connections an adaptive run starts.
const ADAPTIVE_START: usize = 20;
/// Number of equal errors in a row after which a question is given up.
const IDENTICAL_ERRORS: u32 = 3;
/// A run whose first questions all end with the same rejection asks no more.
const REJECTIONS: usize = 10;
/// The first wait before asking again; doubled each time.
const FIRST_WAIT: Duration = Duration::from_millis(500);
/// The longest wait that the server did not ask for.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// The rules of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// Number of requests in flight.
    pub connections: Connections,
    /// Maximal number of further attempts per question.
    pub max_retries: u32,
    /// Time limit for all attempts of one question, waits included.
    pub timeout: Duration,
}

/// A question to ask, with its key.
#[derive(Debug, Clone)]
pub struct Question {
    /// Key of its answer.
    pub key: AnswerKey,
    /// The item's name.
    pub item: String,
    /// The number of the repeat.
    pub repeat: u32,
    /// Messages to send.
    pub messages: Vec<Message>,
}

/// Reason that a run stopped asking.
#[derive(Debug)]
pub enum Halt {
    /// The log could not be written.
    Log(LogError),
    /// The server rejects everything, or the key, the account or the model.
    Rejected(CallError),
    /// Nothing answers at the address.
    Unreachable(CallError),
}

/// Sees every reply after it was logged, on the thread that got it.
pub type Observer = Box<dyn Fn(&Entry) + Send + Sync>;

/// Questions being asked by threads of their own.
pub struct Asking {
    shared: Arc<Shared>,
    threads: Vec<thread::JoinHandle<()>>,
}

struct Shared {
    model: Arc<dyn Model>,
    log: Arc<AnswerLog>,
    rules: Rules,
    observer: Option<Observer>,
    stop: AtomicBool,
    /// Set once anything has answered at the address, if only with an error.
    reached: AtomicBool,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    waiting: VecDeque<Question>,
    running: usize,
    limit: usize,
    /// Responses since the limit changed.
    streak: usize,
    answered: u64,
    failed: u64,
    /// Rejections before the first response.
    rejections: Vec<CallError>,
    halt: Option<Halt>,
}

/// Progress of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Questions with a response.
    pub answered: u64,
    /// Questions without one, after all attempts.
    pub failed: u64,
    /// Requests in flight or waiting to be sent again.
    pub running: usize,
    /// True if nothing is left to do.
    pub done: bool,
    /// True where the run ends early, as it cannot go well; what is in flight is still awaited.
    pub halted: bool,
}

impl Asking {
    /// Starts to ask. Every reply is appended to the log by the thread that got it, before it counts.
    ///
    /// # Errors
    /// No thread could be started.
    pub fn start(
        model: Arc<dyn Model>,
        log: Arc<AnswerLog>,
        rules: Rules,
        questions: Vec<Question>,
        observer: Option<Observer>,
    ) -> std::io::Result<Self> {
        let max = rules.connections.max();
        let workers = max.min(questions.len());
        let shared = Arc::new(Shared {
            model,
            log,
            rules,
            observer,
            stop: AtomicBool::new(false),
            reached: AtomicBool::new(false),
            state: Mutex::new(State {
                waiting: questions.into(),
                running: 0,
                limit: match rules.connections {
                    Connections::Fixed(_) => max,
                    Connections::Adaptive { .. } => max.min(ADAPTIVE_START),
                },
                streak: 0,
                answered: 0,
                failed: 0,
                rejections: Vec::new(),
                halt: None,
            }),
            changed: Condvar::new(),
        });
        let mut threads = Vec::new();
        for _ in 0..workers {
            let shared = Arc::clone(&shared);
            // Threads wait for the network; they need little stack.
            let builder = thread::Builder::new().stack_size(512 << 10);
            threads.push(builder.spawn(move || work(&shared))?);
        }
        Ok(Self { shared, threads })
    }

    /// Waits up to `time` for the end, and makes what has come durable.
    ///
    /// # Errors
    /// The log could not be synchronised.
    pub fn wait(&self, time: Duration) -> Result<Progress, LogError> {
        let until = Instant::now() + time;
        let mut state = self.shared.state();
        while !state.done() {
            let Some(left) = until.checked_duration_since(Instant::now()) else {
                break;
            };
            let (next, _) = self
                .shared
                .changed
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner);
            state = next;
        }
        let progress = Progress {
            answered: state.answered,
            failed: state.failed,
            running: state.running,
            done: state.done(),
            halted: state.halt.is_some(),
        };
        drop(state);
        self.shared.log.sync()?;
        Ok(progress)
    }

    /// The model's differences from what was asked for, so far.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        self.shared.model.notes()
    }

    /// Asks nothing new. What is in flight has been paid for: it is still awaited and logged.
    pub fn stop(&self) {
        self.shared.stop.store(true, Ordering::Release);
        self.shared.state().waiting.clear();
        self.shared.changed.notify_all();
    }

    /// Ends. Threads that still wait for a server are left to the end of the process.
    ///
    /// # Errors
    /// The log could not be synchronised.
    pub fn finish(self) -> Result<Option<Halt>, LogError> {
        let done = self.shared.state().done();
        if done {
            for thread in self.threads {
                // A thread that panicked has counted its question as running; it is asked next time.
                drop(thread.join());
            }
        }
        self.shared.log.sync()?;
        Ok(self.shared.state().halt.take())
    }
}

impl State {
    fn done(&self) -> bool {
        self.waiting.is_empty() && self.running == 0
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next question, as soon as the limit allows one.
    fn take(&self) -> Option<Question> {
        let mut state = self.state();
        loop {
            if self.stop.load(Ordering::Acquire) || state.waiting.is_empty() {
                return None;
            }
            if state.running < state.limit {
                state.running += 1;
                return state.waiting.pop_front();
            }
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Logs a reply and then counts it.
    fn finish(&self, entry: &Entry) {
        let logged = self.log.append(entry);
        if let (Ok(()), Some(observer)) = (&logged, &self.observer) {
            observer(entry);
        }
        let mut state = self.state();
        state.running -= 1;
        match (&logged, &entry.reply) {
            (Ok(()), Reply::Response(_)) => {
                state.answered += 1;
                state.rejections.clear();
            }
            (Ok(()), Reply::Error(error)) => {
                state.failed += 1;
                self.weigh(&mut state, error);
            }
            (Err(_), _) => {}
        }
        if let Err(error) = logged {
            state.halt = Some(Halt::Log(error));
            state.waiting.clear();
            self.stop.store(true, Ordering::Release);
        }
        let done = state.done();
        drop(state);
        if done {
            self.changed.notify_all();
        } else {
            self.changed.notify_one();
        }
    }

    /// Stops a run that cannot go well: one whose key, account or model is not accepted, one that reaches
    /// nothing, and one whose every question fails in the same words.
    fn weigh(&self, state: &mut State, error: &CallError) {
        // Where questions were answered, a path that is not found is one question's business.
        let denied = error.kind == CallErrorKind::Denied
            && (state.answered == 0 || error.status != Some(404));
        let unreachable = error.kind == CallErrorKind::Unreachable && !self.was_reached();
        if !denied && !unreachable {
            if state.answered > 0 || error.kind == CallErrorKind::Malformed {
                return;
            }
            state.rejections.push(error.clone());
            let equal = state.rejections.iter().filter(|other| same(other, error));
            if equal.count() < REJECTIONS {
                return;
            }
        }
        state.halt.get_or_insert_with(|| {
            if unreachable {
                Halt::Unreachable(error.clone())
            } else {
                Halt::Rejected(error.clone())
            }
        });
        state.waiting.clear();
        self.stop.store(true, Ordering::Release);
    }

    fn was_reached(&self) -> bool {
        self.reached.load(Ordering::Acquire)
    }

    fn adapt(&self, limited: bool) {
        let Connections::Adaptive { max } = self.rules.connections else {
            return;
        };
        let mut state = self.state();
        if limited {
            state.limit = (state.limit * 4 / 5).max(1);
            state.streak = 0;
        } else {
            state.streak += 1;
            if state.streak >= state.limit && state.limit < max {
                state.limit += 1;
                state.streak = 0;
            }
        }
    }
}

fn work(shared: &Shared) {
    while let Some(question) = shared.take() {
        let entry = ask(shared, question);
        shared.finish(&entry);
    }
    shared.changed.notify_all();
}

/// Asks until there is a response or no hope.
fn ask(shared: &Shared, question: Question) -> Entry {
    let begin = Instant::now();
    let (mut attempts, mut counted) = (0, 0);
    let mut identical = 0;
    let mut last: Option<CallError> = None;
    let (reply, seconds) = loop {
        attempts += 1;
        let start = Instant::now();
        // A fault of this program's own costs one question: the thread must come back to count it.
        let asked = panic::catch_unwind(AssertUnwindSafe(|| {
            shared.model.ask(&question.messages, question.repeat)
        }));
        let result = asked.unwrap_or_else(|_| Err(CallError::own_fault()));
        let seconds = start.elapsed().as_secs_f64();
        let error = match result {
            Ok(response) => {
                shared.adapt(false);
                shared.reached.store(true, Ordering::Release);
                break (Reply::Response(response), seconds);
            }
            Err(error) => error,
        };
        if error.kind == CallErrorKind::RateLimited {
            shared.adapt(true);
        }
        if error.status.is_some() {
            shared.reached.store(true, Ordering::Release);
        }
        // A server that starts just now is there a moment later; one that never was is not waited for.
        let nobody =
            error.kind == CallErrorKind::Unreachable && attempts > 1 && !shared.was_reached();
        identical = match &last {
            Some(last) if same(last, &error) => identical + 1,
            _ => 1,
        };
        counted += u32::from(!is_told_to_wait(&error));
        let wait = pause(&question.key, attempts, &error);
        let hopeless = matches!(error.kind, CallErrorKind::Rejected | CallErrorKind::Denied)
            || nobody
            || counted.max(1) > shared.rules.max_retries
            || (identical >= IDENTICAL_ERRORS && is_deterministic(&error))
            || begin.elapsed() + wait > shared.rules.timeout;
        if hopeless || !sleep(shared, wait) {
            break (Reply::Error(error), seconds);
        }
        last = Some(error);
    };
    Entry {
        key: question.key,
        item: question.item,
        repeat: question.repeat,
        at: chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
        seconds,
        attempts,
        reply,
        steps: Vec::new(),
    }
}

/// Equality of failures. Pages of a firewall have a number each, and are the same all the same.
fn same(one: &CallError, other: &CallError) -> bool {
    one.kind == other.kind
        && one.status == other.status
        && (one.message == other.message || one.status == Some(403))
}

/// True for a limit whose end the server names. It is believed, until the time of the question is over.
fn is_told_to_wait(error: &CallError) -> bool {
    error.kind == CallErrorKind::RateLimited && error.retry_after.is_some()
}

/// True if a repeated failure with the same message is due to the request itself, which it is not where the
/// server says that it is not available, or when it will be.
fn is_deterministic(error: &CallError) -> bool {
    matches!(error.kind, CallErrorKind::Server | CallErrorKind::Malformed)
        && error.status != Some(503)
        && error.retry_after.is_none()
}

/// Time to wait: doubled with each attempt, with a part that differs between questions so that they do not
/// return all at once, and at least as long as the server asks.
fn pause(key: &AnswerKey, attempts: u32, error: &CallError) -> Duration {
    let doubled = FIRST_WAIT.saturating_mul(1 << (attempts - 1).min(16));
    let spread = key.as_str().bytes().fold(attempts, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(u32::from(byte))
    });
    let share = f64::from(spread % 1000) / 1000.0;
    let own = doubled.min(LONGEST_WAIT).mul_f64(0.75 + share / 2.0);
    own.max(error.retry_after.unwrap_or_default())
}

/// Sleeps; `false` where the run was stopped meanwhile.
fn sleep(shared: &Shared, wait: Duration) -> bool {
    let until = Instant::now() + wait;
    loop {
        if shared.stop.load(Ordering::Acquire) {
            return false;
        }
        let Some(left) = until.checked_duration_since(Instant::now()) else {
            return true;
        };
        thread::sleep(left.min(Duration::from_millis(100)));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU32;

    use super::*;
    use crate::model::{Response, Role};

    fn error(kind: CallErrorKind, status: u16, wait: Option<u64>) -> CallError {
        CallError {
            kind,
            status: Some(status),
            message: "not now".to_owned(),
            retry_after: wait.map(Duration::from_secs),
        }
    }

    fn key(name: &str) -> AnswerKey {
        serde_json::from_value(name.into()).unwrap()
    }

    /// A model that answers by the question and the number of all requests before.
    struct Scripted<F>(F, AtomicU32);

    impl<F: Fn(&str, u32) -> Result<(), CallError> + Send + Sync> Model for Scripted<F> {
        fn ask(&self, messages: &[Message], _: u32) -> Result<Response, CallError> {
            let earlier = self.1.fetch_add(1, Ordering::Relaxed);
            (self.0)(&messages[0].content, earlier).map(|()| Response::plain("5".to_owned()))
        }
    }

    /// Progress and end of a run with one connection and one retry.
    fn asked(
        questions: usize,
        script: impl Fn(&str, u32) -> Result<(), CallError> + Send + Sync + 'static,
    ) -> (Progress, Option<Halt>) {
        let folder = tempfile::tempdir().unwrap();
        let (log, _) = AnswerLog::open(&folder.path().join("answers.jsonl")).unwrap();
        let rules = Rules {
            connections: Connections::Fixed(1),
            max_retries: 1,
            timeout: Duration::from_secs(60),
        };
        let questions = (0..questions)
            .map(|number| Question {
                key: key(&number.to_string()),
                item: number.to_string(),
                repeat: 0,
                messages: vec![Message {
                    role: Role::User,
                    content: number.to_string(),
                }],
            })
            .collect();
        let model = Arc::new(Scripted(script, AtomicU32::new(0)));
        let asking = Asking::start(model, Arc::new(log), rules, questions, None).unwrap();
        let progress = asking.wait(Duration::from_secs(60)).unwrap();
        (progress, asking.finish().unwrap())
    }

    #[test]
    fn a_server_that_says_when_is_waited_for_beyond_the_retries() {
        let limited = |wait| {
            move |_: &str, earlier: u32| match earlier {
                0..2 => Err(error(CallErrorKind::RateLimited, 429, wait)),
                _ => Ok(()),
            }
        };
        let begin = Instant::now();
        assert_eq!(asked(1, limited(Some(0))).0.answered, 1);
        // It never gets a second request at once, whatever it says.
        assert!(begin.elapsed() > Duration::from_secs(1));
        assert_eq!(asked(1, limited(None)).0.failed, 1);
    }

    #[test]
    fn waits_are_at_least_those_that_double() {
        let wait = |attempts, said| {
            pause(
                &key("a"),
                attempts,
                &error(CallErrorKind::Server, 503, said),
            )
        };
        assert!(wait(1, Some(0)) >= FIRST_WAIT / 2);
        assert!(wait(5, Some(1)) >= Duration::from_secs(6));
        assert_eq!(wait(1, Some(46)), Duration::from_secs(46));
        assert!(wait(100, None) <= LONGEST_WAIT * 5 / 4);
    }

    #[test]
    fn a_server_that_is_not_available_has_not_decided() {
        for (kind, status, wait, wanted) in [
            (CallErrorKind::Server, 500, None, true),
            (CallErrorKind::Malformed, 200, None, true),
            (CallErrorKind::Server, 503, None, false),
            (CallErrorKind::Server, 500, Some(3), false),
            (CallErrorKind::RateLimited, 429, None, false),
        ] {
            assert_eq!(
                is_deterministic(&error(kind, status, wait)),
                wanted,
                "{status}"
            );
        }
    }

    #[test]
    fn a_page_of_a_firewall_ends_a_run_only_where_every_question_gets_one() {
        let blocked = |earlier: u32| CallError {
            message: format!("<html>blocked, number {earlier}"),
            ..error(CallErrorKind::Rejected, 403, None)
        };
        let (progress, halt) = asked(12, move |question, earlier| match question {
            "0" | "5" => Err(blocked(earlier)),
            _ => Ok(()),
        });
        assert_eq!((progress.answered, progress.failed), (10, 2));
        assert!(halt.is_none());
        let (progress, halt) = asked(12, move |_, earlier| Err(blocked(earlier)));
        assert_eq!(progress.failed, 10);
        assert!(matches!(halt, Some(Halt::Rejected(_))));
        let (_, halt) = asked(2, |question, _| match question {
            "1" => Err(error(CallErrorKind::Denied, 403, None)),
            _ => Ok(()),
        });
        assert!(matches!(halt, Some(Halt::Rejected(_))));
    }
}

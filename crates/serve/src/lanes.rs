//! The threads that judge: some for what text decides, some with a sandbox each for what has to be executed.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;
use tracestone_judge::gold::{Gold, Pending, Step};
use tracestone_judge::judge::{Job, Outcome, Runner, Verdict};
use tracestone_judge::message::Stop;

use crate::counts::Counts;
use crate::queue::Queue;

/// Texts that a thread takes from the queue at once.
const TEXTS: usize = 16;
/// Executions of different programs that a sandbox is given at once. A program that runs until its time is over holds
/// up the others of its batch, so that batches are small.
const EXECUTIONS: usize = 8;
/// Executions of one program that a sandbox is given at once. They share a process: what runs is the program, which is
/// the sample's and not the response's, on arguments that are literals.
const ALIKE: usize = 32;

/// A verdict and the time that it took.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Judged {
    pub(crate) verdict: Verdict,
    /// Time in queues.
    pub(crate) queued: Duration,
    /// Time from the first look to the verdict, without queues.
    pub(crate) judged: Duration,
}

/// Reason that there is no verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NoVerdict {
    /// A queue is full.
    Busy,
    /// The sample cannot be judged as it is.
    Sample(String),
    /// Nothing can be executed.
    Sandbox(String),
}

/// The end of a request that waits.
pub(crate) type Reply = oneshot::Sender<Result<Judged, NoVerdict>>;

/// A response to be judged.
pub(crate) struct Work {
    pub(crate) gold: Gold,
    pub(crate) response: String,
    pub(crate) stop: Stop,
    pub(crate) since: Instant,
    pub(crate) reply: Reply,
}

/// A response whose answer has to be executed.
struct Execution {
    pending: Box<Pending>,
    job: Job,
    queued: Duration,
    looked: Duration,
    since: Instant,
    reply: Reply,
}

/// The queues of a server.
pub(crate) struct Lanes {
    texts: Queue<Work>,
    executions: Queue<Execution>,
    /// The latest reason that nothing could be executed.
    failure: Mutex<Option<String>>,
    counts: Counts,
}

impl Lanes {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            texts: Queue::new(capacity),
            executions: Queue::new(capacity),
            failure: Mutex::new(None),
            counts: Counts::default(),
        }
    }

    pub(crate) fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Puts a response into the queue.
    pub(crate) fn submit(&self, work: Work) -> Result<(), NoVerdict> {
        self.texts.push(work).map_err(|_| NoVerdict::Busy)
    }

    /// Number of waiting responses: those to be looked at and those to be executed.
    pub(crate) fn waiting(&self) -> (usize, usize) {
        (self.texts.len(), self.executions.len())
    }

    /// The latest reason that nothing could be executed.
    pub(crate) fn failure(&self) -> Option<String> {
        let failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        failure.clone()
    }

    /// Ends the threads that look at texts, once they have looked at all.
    pub(crate) fn close_texts(&self) {
        self.texts.close();
    }

    /// Ends the threads that execute, once they have executed all.
    pub(crate) fn close_executions(&self) {
        self.executions.close();
    }

    /// Looks at responses until the queue is closed.
    pub(crate) fn look_at_texts(&self) {
        while let Some(batch) = self.texts.pop(TEXTS) {
            for work in batch {
                // The asker has gone.
                if !work.reply.is_closed() {
                    self.look_at(work);
                }
            }
        }
    }

    fn look_at(&self, work: Work) {
        let began = Instant::now();
        let queued = began - work.since;
        let id = work.gold.id.clone().unwrap_or_default();
        let verdict = match work.gold.look(&work.response, work.stop) {
            Ok(Step::Decided(verdict)) => verdict,
            Ok(Step::Execute(pending)) => {
                let Some(job) = pending.job() else {
                    let why = "the sample has no program".to_owned();
                    return refuse(work.reply, NoVerdict::Sample(why));
                };
                let execution = Execution {
                    pending,
                    job,
                    queued,
                    looked: began.elapsed(),
                    since: Instant::now(),
                    reply: work.reply,
                };
                if let Err(execution) = self.executions.push(execution) {
                    refuse(execution.reply, NoVerdict::Busy);
                }
                return;
            }
            Err(why) => return refuse(work.reply, NoVerdict::Sample(why)),
        };
        let judged = Judged {
            verdict,
            queued,
            judged: began.elapsed(),
        };
        self.counts.judged(&id, &judged);
        // Nobody is there to hear it where the asker has gone.
        drop(work.reply.send(Ok(judged)));
    }

    /// Executes answers until the queue is closed.
    pub(crate) fn execute(&self, runner: &mut dyn Runner) {
        let alike = |one: &Execution, other: &Execution| is_of(&one.job, &other.job);
        while let Some(batch) = self.executions.pop_alike(EXECUTIONS, ALIKE, alike) {
            let batch: Vec<Execution> = batch
                .into_iter()
                .filter(|one| !one.reply.is_closed())
                .collect();
            self.execute_batch(batch, runner);
        }
    }

    fn execute_batch(&self, batch: Vec<Execution>, runner: &mut dyn Runner) {
        let began = Instant::now();
        let mut jobs: Vec<Job> = Vec::new();
        let places: Vec<(usize, usize)> = batch
            .iter()
            .map(|one| place_of(&one.job, &mut jobs))
            .collect();
        let outcomes = match runner.run(jobs) {
            Ok(outcomes) => outcomes,
            Err(why) => {
                let mut failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
                *failure = Some(why.clone());
                drop(failure);
                for one in batch {
                    refuse(one.reply, NoVerdict::Sandbox(why.clone()));
                }
                return;
            }
        };
        let missing = Outcome::Failed("it was not executed".to_owned());
        for (one, (job, expression)) in batch.into_iter().zip(places) {
            let outcome = outcomes.get(job).and_then(|row| row.get(expression));
            let id = one.pending.id().to_owned();
            let judged = Judged {
                verdict: one.pending.settle(outcome.unwrap_or(&missing)),
                queued: one.queued + (began - one.since),
                judged: one.looked + began.elapsed(),
            };
            self.counts.judged(&id, &judged);
            drop(one.reply.send(Ok(judged)));
        }
    }
}

/// True if both jobs evaluate expressions after the same texts.
fn is_of(one: &Job, other: &Job) -> bool {
    one.language == other.language && one.program == other.program && one.setup == other.setup
}

/// The place of a job's expression among jobs and their expressions, to which it is added where it is in none.
fn place_of(job: &Job, jobs: &mut Vec<Job>) -> (usize, usize) {
    let at = jobs.iter().position(|known| is_of(known, job));
    let at = at.unwrap_or_else(|| {
        jobs.push(Job {
            expressions: Vec::new(),
            ..job.clone()
        });
        jobs.len() - 1
    });
    let known = &mut jobs[at].expressions;
    let wanted = job.expressions.first();
    let place = known.iter().position(|text| Some(text) == wanted);
    let place = place.unwrap_or_else(|| {
        known.extend(wanted.cloned());
        known.len().saturating_sub(1)
    });
    (at, place)
}

fn refuse(reply: Reply, why: NoVerdict) {
    // Nobody is there to hear it where the asker has gone.
    drop(reply.send(Err(why)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracestone_record::Language;

    #[test]
    fn answers_to_one_program_are_one_job_and_equal_ones_are_executed_once() {
        let job = |program: &str, expression: &str| Job {
            language: Language::Python,
            program: program.to_owned(),
            setup: String::new(),
            expressions: vec![expression.to_owned()],
        };
        let mut jobs = Vec::new();
        let asked = [("a", "f(1)"), ("b", "f(1)"), ("a", "f(2)"), ("a", "f(1)")];
        let places = asked.map(|(program, text)| place_of(&job(program, text), &mut jobs));
        assert_eq!(places, [(0, 0), (1, 0), (0, 1), (0, 0)]);
        assert_eq!(jobs[0].expressions, ["f(1)", "f(2)"]);
        assert_eq!(jobs.len(), 2);
    }
}

//! One evaluation: what no log answers yet is asked, every answer is judged, and the score is written to the
//! run's folder.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tracestone_record::watch::{Event, Watch};
use tracestone_record::words::counted;

use crate::answer::Extraction;
use crate::batching::{BatchError, Ledger};
use crate::episode::Episode;
use crate::item::Item;
use crate::judge::{ChoiceError, Labelled, Runner, Verdict};
use crate::live::{Course, Events, Live, View};
use crate::log::{AnswerLog, Entry, LogError, Reply};
use crate::model::{Answerer, Generation, Model};
pub use crate::prices::{Prices, PricesError};
use crate::references;
use crate::responses::Responses;
use crate::run::{Asked, Header, Run, RunError, Scored};
use crate::schedule::{Asking, Halt, Observer, Question, Rules};
use crate::scoring::{NoResponse, agreement, epochs};
use crate::task::{Task, TaskError};

mod rounds;

use rounds::Rounds;

/// The interval in which the log is made durable and progress shown.
const TICK: Duration = Duration::from_millis(200);
/// The time for which requests in flight are awaited after a stop.
const GRACE: Duration = Duration::from_secs(30);
/// The same where the server has answered nothing.
const GRACE_WITHOUT_ANSWERS: Duration = Duration::from_secs(1);
/// The stage's name in events.
const STAGE: &str = "eval";

/// An evaluation to make: a model, asked the items of a task.
pub struct Evaluation<'a> {
    /// The task that is asked.
    pub task: &'a Task,
    /// The items of the task.
    pub items: &'a [Item],
    /// Labelled responses that the task's judge is compared with.
    pub labelled: &'a [Labelled],
    /// The facts by which the score is sliced.
    pub slices: Vec<String>,
    /// Path of the store or file with the items, for the run's record.
    pub data: String,
    /// Name of the model.
    pub model: &'a str,
    /// The name under which the model's answers are found again, whatever its address.
    pub model_id: Option<String>,
    /// Sampling settings of the model.
    pub generation: Generation,
    /// Responses for each item; where not given, 1, or as many as are there.
    pub epochs: Option<u32>,
    /// Prices of the model's tokens.
    pub prices: Option<Prices>,
    /// Folder of all runs.
    pub log_dir: &'a Path,
    /// The way of asking.
    pub requests: Requests,
    /// Name and version of the program, for the run's record.
    pub tool: &'a str,
    /// Sink of events.
    pub events: Arc<Events>,
}

/// The way of asking a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Requests {
    /// Each question in a request of its own.
    Single(Rules),
    /// Questions in batches, which are looked at this often.
    Batches {
        /// The time between two looks.
        poll: Duration,
    },
}

/// An evaluation that came to its end, or as far as it could.
pub struct Evaluated {
    /// The run's folder.
    pub run: Run,
    /// For each item its verdicts.
    pub verdicts: Vec<Vec<Verdict>>,
    /// The score, as it is in the folder.
    pub scored: Scored,
    /// Reason that not everything was asked.
    pub halt: Option<Halt>,
}

/// Error of an evaluation.
#[derive(Debug, thiserror::Error)]
pub enum EvaluationError {
    /// The task cannot be asked.
    #[error(transparent)]
    Task(#[from] TaskError),
    /// The task's judge cannot be made.
    #[error(transparent)]
    Choice(#[from] ChoiceError),
    /// None of the given responses belongs to an item.
    #[error(transparent)]
    NoResponse(#[from] NoResponse),
    /// The run's folder cannot be read or written.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The log of answers cannot be written.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The log of answers took no more while a server was asked.
    #[error(transparent)]
    LogStopped(LogError),
    /// The server's protocol knows no batches.
    #[error("this protocol has no batches")]
    NoBatches,
    /// Batches cannot be submitted or collected.
    #[error(transparent)]
    Batch(BatchError),
    /// No thread can be started.
    #[error(transparent)]
    Threads(#[from] std::io::Error),
    /// The judge needs executions or another model, and could have none.
    #[error("{0}")]
    Judge(String),
}

impl Evaluation<'_> {
    /// Asks what is not answered yet, judges everything, and writes the score. `runner` is made with the path of
    /// the file for opinions of a judge's model.
    ///
    /// # Errors
    /// Files cannot be read or written, or judges cannot execute.
    pub fn make<R: Runner>(
        self,
        answerer: Answerer,
        runner: impl FnOnce(&Path) -> R,
        view: &dyn View,
    ) -> Result<Evaluated, EvaluationError> {
        self.task.check_slices(self.items, &self.slices)?;
        let run = self.open(&answerer)?;
        let judge = self.task.judge_choice().build(self.task.tracks())?;
        // A single request of several says nothing of the item's verdict.
        let judged = match self.task.episode() {
            None => self.items,
            Some(_) => &[],
        };
        let live = Live::new(&run, judge, judged, self.prices, Arc::clone(&self.events));
        let (halt, notes) = self.answer(&run, answerer, live, view)?;
        // Where answers cannot be written, a score cannot be either.
        let halt = match halt {
            Some(Halt::Log(error)) => return Err(EvaluationError::LogStopped(error)),
            halt => halt,
        };
        let (verdicts, mut scored) = self.judge(&run, &mut runner(&run.path("opinions.jsonl")))?;
        // What an earlier part of the run learned holds for its answers.
        scored.notes = run.scored().map(|scored| scored.notes).unwrap_or_default();
        for note in notes {
            if !scored.notes.contains(&note) {
                scored.notes.push(note);
            }
        }
        scored.cost = self.prices.and_then(|prices| prices.cost(&scored.score));
        run.write_score(&verdicts, &scored)?;
        Ok(Evaluated {
            run,
            verdicts,
            scored,
            halt,
        })
    }

    /// The run's folder, new or found again.
    fn open(&self, answerer: &Answerer) -> Result<Run, EvaluationError> {
        let mut asked = Vec::with_capacity(self.items.len());
        for item in self.items {
            asked.push(Asked {
                messages: self.task.render(item)?,
                item: item.clone(),
            });
        }
        let (endpoint, extraction, given, repeats) = match answerer {
            Answerer::Server { endpoint, .. } => (endpoint.as_str(), Extraction::Marked, "", 1),
            Answerer::Given {
                responses,
                extraction,
                fingerprint,
                ..
            } => {
                let epochs = epochs(self.items, responses)?;
                ("", *extraction, fingerprint.as_str(), epochs)
            }
        };
        let header = Header {
            layout: Header::layout(),
            task: self.task.name().to_owned(),
            task_hash: self.task.hash(),
            parameters: self.task.parameters().clone(),
            judge: self.task.judge().name().to_owned(),
            judge_settings: self.task.judge_choice().settings.clone(),
            episode: self.task.episode_choice(),
            slices: self.slices.clone(),
            model: self.model.to_owned(),
            endpoint: endpoint.to_owned(),
            model_id: self.model_id.clone(),
            given: given.to_owned(),
            generation: self.generation.clone(),
            epochs: self
                .epochs
                .unwrap_or_else(|| u32::try_from(repeats).unwrap_or(u32::MAX)),
            extraction,
            items: self.items.len(),
            items_hash: Item::hash_all(self.items),
            source: self.task.items().source,
            data: self.data.clone(),
            created: now(),
            tool: self.tool.to_owned(),
        };
        Ok(Run::create(self.log_dir, header, asked)?)
    }

    /// Gets the answers that the log does not have. Gives why it ended early, and what was different from what
    /// was asked for.
    fn answer(
        &self,
        run: &Run,
        answerer: Answerer,
        live: Live,
        view: &dyn View,
    ) -> Result<(Option<Halt>, Vec<String>), EvaluationError> {
        let live = Arc::new(live);
        if let (Answerer::Server { .. }, Some(episode)) = (&answerer, self.task.episode()) {
            return self.answer_in_rounds(run, &**episode, answerer, &live, view);
        }
        let (log, entries, copied) = run.open_log()?;
        let log = Arc::new(log);
        let mut questions = Vec::new();
        // Repeats of an item are apart from each other, so that a run that is cut short has answers to
        // many items rather than many answers to few.
        for repeat in 0..run.header.epochs {
            for asked in &run.asked {
                let key = run.key(asked, repeat);
                let entry = entries.get(&key);
                match entry.filter(|entry| matches!(entry.reply, Reply::Response(_))) {
                    Some(entry) => live.take(entry),
                    None => questions.push(Question {
                        key,
                        item: asked.item.id.clone(),
                        repeat,
                        messages: asked.messages.clone(),
                    }),
                }
            }
        }
        let all = run.asked.len() * run.header.epochs as usize;
        let kept = all - questions.len();
        if kept > 0 {
            note(
                view,
                &format!(
                    "{kept} of {} already answered ({copied} of them in other runs)",
                    counted(all as u64, "question")
                ),
            );
        }
        match answerer {
            Answerer::Given { responses, .. } => {
                replay(&log, &responses, questions)?;
                Ok((None, Vec::new()))
            }
            Answerer::Server { model, .. } => {
                let mut asker = Asker::new(model, self.requests);
                let halt = asker.ask(run, &log, questions, &live, view)?;
                Ok((halt, asker.notes))
            }
        }
    }

    /// The same for items that take several requests.
    fn answer_in_rounds(
        &self,
        run: &Run,
        episode: &dyn Episode,
        answerer: Answerer,
        live: &Arc<Live>,
        view: &dyn View,
    ) -> Result<(Option<Halt>, Vec<String>), EvaluationError> {
        let Answerer::Server { model, .. } = answerer else {
            return Ok((None, Vec::new()));
        };
        let (log, entries, others) = run.open_log_beside_others()?;
        let mut asker = Asker::new(model, self.requests);
        let rounds = Rounds {
            evaluation: self,
            run,
            episode,
            log: Arc::new(log),
            entries,
            others,
            tried: HashSet::new(),
        };
        let halt = rounds.make(&mut asker, live, view)?;
        Ok((halt, asker.notes))
    }

    fn judge(
        &self,
        run: &Run,
        runner: &mut dyn Runner,
    ) -> Result<(Vec<Vec<Verdict>>, Scored), EvaluationError> {
        let replies = run.replies(&run.answers()?);
        let judge = self.task.judge();
        let agreement = agreement(judge, self.labelled, runner);
        let agreement = agreement.map_err(EvaluationError::Judge)?;
        let (verdicts, mut scored) = references::judged(
            judge,
            self.items,
            &replies,
            run.header.extraction,
            &run.header.slices,
            runner,
        )
        .map_err(EvaluationError::Judge)?;
        scored.agreement = agreement;
        Ok((verdicts, scored))
    }
}

fn now() -> String {
    chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

fn note(watch: &dyn View, text: &str) {
    let stage = Some(STAGE);
    Watch::event(watch, Event::Note { stage, text });
}

/// Logs responses that are there.
fn replay(
    log: &AnswerLog,
    responses: &Responses,
    questions: Vec<Question>,
) -> Result<(), LogError> {
    for question in questions {
        let given = responses
            .get(&question.item)
            .and_then(|given| given.get(question.repeat as usize));
        if let Some(response) = given {
            log.append(&Entry {
                key: question.key,
                item: question.item,
                repeat: question.repeat,
                at: now(),
                seconds: 0.0,
                attempts: 0,
                reply: Reply::Response(response.clone()),
                steps: Vec::new(),
            })?;
        }
    }
    log.sync()?;
    Ok(())
}

/// Hands questions over in batches, and waits for the responses until the view asks to stop; `false` if it did.
fn batch(
    poll: Duration,
    run: &Run,
    model: &dyn Model,
    log: &AnswerLog,
    questions: &[Question],
    view: &dyn View,
) -> Result<bool, EvaluationError> {
    let server = model.batches().ok_or(EvaluationError::NoBatches)?;
    let mut ledger = Ledger::open(run)?;
    let submitted = ledger.submit(server, questions, &now());
    let (submitted, waiting) = submitted.map_err(EvaluationError::Batch)?;
    note(
        view,
        &format!(
            "{} submitted in batches, {waiting} waited for already",
            counted(submitted as u64, "question"),
        ),
    );
    let mut said = None;
    loop {
        let waiting = ledger.collect(server, questions, log, &now());
        let waiting = waiting.map_err(EvaluationError::Batch)?;
        if waiting.answered + waiting.failed > 0 {
            note(
                view,
                &format!(
                    "{}, {} collected",
                    counted(waiting.answered, "response"),
                    counted(waiting.failed, "failure")
                ),
            );
        }
        if waiting.open == 0 {
            return Ok(true);
        }
        if said != Some(waiting.done) {
            said = Some(waiting.done);
            note(
                view,
                &format!(
                    "{}/{} requests of open batches done",
                    waiting.done, waiting.all,
                ),
            );
        }
        let until = Instant::now() + poll;
        while Instant::now() < until {
            if view.stop() {
                view.stopping(None);
                return Ok(false);
            }
            std::thread::sleep(TICK);
        }
    }
}

/// A server that is asked, once or in rounds.
struct Asker {
    model: Arc<dyn Model>,
    requests: Requests,
    /// The model's differences from what was asked for.
    notes: Vec<String>,
    /// True once the view has asked to stop.
    stopped: bool,
}

impl Asker {
    fn new(model: Box<dyn Model>, requests: Requests) -> Self {
        Self {
            model: Arc::from(model),
            requests,
            notes: Vec::new(),
            stopped: false,
        }
    }

    /// Asks until everything is answered or the view asks to stop.
    fn ask(
        &mut self,
        run: &Run,
        log: &Arc<AnswerLog>,
        questions: Vec<Question>,
        live: &Arc<Live>,
        view: &dyn View,
    ) -> Result<Option<Halt>, EvaluationError> {
        match self.requests {
            Requests::Batches { poll } => {
                let ended = batch(poll, run, &*self.model, log, &questions, view)?;
                self.stopped |= !ended;
                self.notes = self.model.notes();
                Ok(None)
            }
            Requests::Single(rules) => self.ask_singly(rules, log, questions, live, view),
        }
    }

    fn ask_singly(
        &mut self,
        rules: Rules,
        log: &Arc<AnswerLog>,
        questions: Vec<Question>,
        live: &Arc<Live>,
        view: &dyn View,
    ) -> Result<Option<Halt>, EvaluationError> {
        let mut course = Course::start(live, view, questions.len() as u64);
        let observer = live.is_watched(view).then(|| -> Observer {
            let live = Arc::clone(live);
            Box::new(move |entry| live.take(entry))
        });
        let model = Arc::clone(&self.model);
        let asking = Asking::start(model, Arc::clone(log), rules, questions, observer)?;
        let mut stopped: Option<(Instant, Duration)> = None;
        let state = loop {
            let state = asking.wait(TICK)?;
            course.show(live, view, &state);
            for new in asking.notes().into_iter().skip(self.notes.len()) {
                note(view, &new);
                live.note(&new);
                self.notes.push(new);
            }
            if state.done {
                break state;
            }
            if view.stop() && stopped.is_none() {
                view.stopping(Some(state.running as u64));
                asking.stop();
                stopped = Some((Instant::now(), GRACE));
            }
            if state.halted && stopped.is_none() {
                let grace = if state.answered > 0 {
                    GRACE
                } else {
                    GRACE_WITHOUT_ANSWERS
                };
                stopped = Some((Instant::now(), grace));
            }
            if stopped.is_some_and(|(since, grace)| since.elapsed() > grace) {
                break state;
            }
        };
        self.stopped |= stopped.is_some() || view.stop();
        course.end(view, &state);
        Ok(asking.finish()?)
    }
}

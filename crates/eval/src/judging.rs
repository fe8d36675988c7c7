//! Responses to verdicts, many at once. Nothing is asked here: a run can be judged again for free.

use std::collections::{BTreeMap, HashMap};

use tracestone_judge::look::{Look, job_of, look};

use crate::answer::Extraction;
use crate::item::Item;
use crate::judge::{Exam, Judge, Outcome, Runner, Script, Status, Verdict, examine};
use crate::log::Reply;
use crate::model::Message;

/// Replies to an item, one per epoch; `None` if not asked yet.
pub(crate) type Replies = Vec<Option<Reply>>;

/// Expressions that one job evaluates at most, so that both cores have work and one bad expression
/// does not hold up many.
const EXPRESSIONS: usize = 32;

/// An execution that verdicts wait for.
struct Pending {
    item: usize,
    repeat: usize,
    expression: String,
    parsed: String,
    answer: String,
}

/// Judges all repeats of all items; `replies` has one entry for each item, `extractions` one for each
/// repeat. What has to be executed for one program is executed together.
///
/// # Errors
/// A judge needs executions and the runner could do none.
pub(crate) fn judge_all(
    judge: &dyn Judge,
    items: &[Item],
    replies: &[Replies],
    extractions: &[Extraction],
    runner: &mut dyn Runner,
) -> Result<Vec<Vec<Verdict>>, String> {
    let mut pending = Vec::new();
    let mut waiting = Waiting::default();
    let mut verdicts: Vec<Vec<Verdict>> = Vec::with_capacity(items.len());
    for (index, (item, replies)) in items.iter().zip(replies).enumerate() {
        let columns = replies.iter().zip(extractions).enumerate();
        let row = columns.map(|(repeat, (reply, extraction))| {
            match first_look(judge, item, reply.as_ref(), *extraction) {
                Look::Decided(verdict) => verdict,
                Look::Execute {
                    answer,
                    expression,
                    parsed,
                } => {
                    pending.push(Pending {
                        item: index,
                        repeat,
                        expression,
                        parsed,
                        answer,
                    });
                    Verdict::none(Status::Missing, "not_executed_yet")
                }
                Look::Examine(answer, exam) => {
                    waiting.exams.push(((index, repeat, answer), exam));
                    Verdict::none(Status::Missing, "not_tested_yet")
                }
                Look::Perform(answer, scripts) => {
                    waiting.scripts.push(((index, repeat, answer), scripts));
                    Verdict::none(Status::Missing, "not_executed_yet")
                }
                Look::Ask(answer, messages) => {
                    waiting.questions.push(((index, repeat, answer), messages));
                    Verdict::none(Status::Missing, "not_judged_yet")
                }
            }
        });
        verdicts.push(row.collect());
    }
    let programs = pending
        .iter()
        .map(|one| (one.item, one.expression.as_str()))
        .collect::<Vec<_>>();
    let outcomes = execute(items, &programs, runner)?;
    for one in pending {
        let outcome = outcomes.get(&(one.item, one.expression.clone()));
        let missing = Outcome::Failed("it was not executed".to_owned());
        let mut verdict = judge.settle(&items[one.item], one.parsed, outcome.unwrap_or(&missing));
        verdict.answer = Some(one.answer);
        verdicts[one.item][one.repeat] = verdict;
    }
    waiting.settle(judge, items, &mut verdicts, runner)?;
    Ok(verdicts)
}

/// The verdict on a reply, where it needs no execution.
#[must_use]
pub(crate) fn at_once(
    judge: &dyn Judge,
    item: &Item,
    reply: &Reply,
    extraction: Extraction,
) -> Option<Verdict> {
    match first_look(judge, item, Some(reply), extraction) {
        Look::Decided(verdict) => Some(verdict),
        _ => None,
    }
}

/// An answer that waits for its verdict: the item's place, the repeat, and the text.
type Place = (usize, usize, String);

/// Answers that wait for tests or for another model.
#[derive(Default)]
struct Waiting {
    exams: Vec<(Place, Box<Exam>)>,
    scripts: Vec<(Place, Vec<Script>)>,
    questions: Vec<(Place, Vec<Message>)>,
}

impl Waiting {
    fn settle(
        self,
        judge: &dyn Judge,
        items: &[Item],
        verdicts: &mut [Vec<Verdict>],
        runner: &mut dyn Runner,
    ) -> Result<(), String> {
        let mut settled: Vec<(Place, Verdict)> = Vec::new();
        if !self.exams.is_empty() {
            let (places, exams): (Vec<_>, Vec<_>) = self.exams.into_iter().unzip();
            let exams: Vec<&Exam> = exams.iter().map(|exam| &**exam).collect();
            settled.extend(places.into_iter().zip(examine(&exams, runner)?));
        }
        if !self.scripts.is_empty() {
            // All at once, so that every process has work.
            let scripts = self.scripts.iter().flat_map(|(_, scripts)| scripts.iter());
            let mut outcomes = runner.perform(scripts.cloned().collect())?.into_iter();
            for (place, scripts) in self.scripts {
                let own: Vec<Outcome> = outcomes.by_ref().take(scripts.len()).collect();
                let verdict = judge.conclude(&items[place.0], &place.2, &own);
                settled.push((place, verdict));
            }
        }
        if !self.questions.is_empty() {
            let (places, questions): (Vec<_>, Vec<_>) = self.questions.into_iter().unzip();
            let opinions = runner.ask(judge.adviser().unwrap_or_default(), questions)?;
            for (place, opinion) in places.into_iter().zip(opinions) {
                let verdict = judge.heed(&items[place.0], opinion);
                settled.push((place, verdict));
            }
        }
        for ((item, repeat, answer), mut verdict) in settled {
            verdict.answer = Some(answer);
            verdicts[item][repeat] = verdict;
        }
        Ok(())
    }
}

fn first_look(
    judge: &dyn Judge,
    item: &Item,
    reply: Option<&Reply>,
    extraction: Extraction,
) -> Look {
    match reply {
        None => Look::Decided(Verdict::none(Status::Missing, "not_asked")),
        Some(Reply::Error(error)) => {
            let mut verdict = Verdict::none(Status::ApiError, error.kind.name());
            verdict.detail = serde_json::json!({ "error": error.to_string() });
            Look::Decided(verdict)
        }
        Some(Reply::Response(response)) => {
            look(judge, item, &response.text, response.stop, extraction)
        }
    }
}

/// Outcomes by item and expression.
pub(crate) type Outcomes = HashMap<(usize, String), Outcome>;

/// Evaluates expressions, each once for a program.
pub(crate) fn execute(
    items: &[Item],
    wanted: &[(usize, &str)],
    runner: &mut dyn Runner,
) -> Result<Outcomes, String> {
    let mut programs: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
    for (item, expression) in wanted {
        programs.entry(*item).or_default().push(expression);
    }
    let mut names = Vec::new();
    let mut jobs = Vec::new();
    for (item, mut expressions) in programs {
        expressions.sort_unstable();
        expressions.dedup();
        for part in expressions.chunks(EXPRESSIONS) {
            let part = part.iter().map(|text| (*text).to_owned()).collect();
            if let Some(job) = job_of(&items[item], part) {
                names.push(item);
                jobs.push(job);
            }
        }
    }
    if jobs.is_empty() {
        return Ok(Outcomes::new());
    }
    let results = runner.run(jobs.clone())?;
    let mut outcomes = Outcomes::new();
    for ((item, job), result) in names.into_iter().zip(jobs).zip(results) {
        for (expression, outcome) in job.expressions.into_iter().zip(result) {
            outcomes.insert((item, expression), outcome);
        }
    }
    Ok(outcomes)
}

//! Does a task's judge give the right answers everything, and answers that only look right nothing?

use serde::Serialize;

use crate::answer::Extraction;
use crate::item::Item;
use crate::judge::{Cheat, Judge, Measure, Runner, Status, Verdict};
use crate::judging::judge_all;
use crate::log::Reply;
use crate::model::Response;
use crate::task::{Task, TaskError};

/// A way to answer without knowing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Probe {
    /// The correct answer; the only one that may score.
    Gold,
    /// An empty response.
    Null,
    /// The prompt itself.
    Echo,
    /// The call that is asked about, so that a judge that executes answers would agree.
    SelfCall,
    /// An object that is equal to everything.
    AlwaysEqual,
    /// The correct answer's text as another type.
    WrongType,
    /// One constant answer for every item.
    Constant,
}

impl Probe {
    /// Every probe, in order of output.
    pub(crate) const ALL: [Self; 7] = [
        Self::Gold,
        Self::Null,
        Self::Echo,
        Self::SelfCall,
        Self::AlwaysEqual,
        Self::WrongType,
        Self::Constant,
    ];

    /// Name in reports.
    #[must_use]
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Gold => "gold",
            Self::Null => "null",
            Self::Echo => "echo",
            Self::SelfCall => "self-call",
            Self::AlwaysEqual => "always-equal",
            Self::WrongType => "wrong-type",
            Self::Constant => "constant",
        }
    }

    /// The share of items that the probe must get.
    #[must_use]
    pub(crate) fn expected(self) -> f64 {
        if self == Self::Gold { 1.0 } else { 0.0 }
    }

    fn response(self, item: &Item, prompt: &str) -> String {
        let marked = |answer: &str| format!("[ANSWER]{answer}[/ANSWER]");
        if let Some(tests) = &item.tests
            && let Some(code) = self.code(&tests.entry)
        {
            return marked(&code);
        }
        match self {
            Self::Gold => marked(&item.answer),
            Self::Null => String::new(),
            Self::Echo => prompt.to_owned(),
            Self::SelfCall => marked(&self_call(item)),
            Self::AlwaysEqual => marked(
                "type('Equal', (), {'__eq__': lambda self, other: True, '__hash__': lambda self: 0})()",
            ),
            // Any arguments that give the result are right, so these have a name that no program knows.
            Self::WrongType if ["input", "reach"].contains(&item.kind.as_str()) => {
                marked(&format!("tracestone=[[{}]]", item.answer))
            }
            Self::WrongType => marked(&format!("[[{}]]", item.answer)),
            // Where many inputs are right, any constant is for some item; how often that pays is what
            // the references beside every score say. This one is an input of no program.
            Self::Constant if ["input", "reach"].contains(&item.kind.as_str()) => {
                marked("tracestone='the same for every item'")
            }
            Self::Constant => marked("'tracestone: the same for every item'"),
        }
    }
}

impl Probe {
    /// Code that tries to pass tests without doing what they ask for.
    fn code(self, entry: &str) -> Option<String> {
        let entry = if entry.is_empty() { "solution" } else { entry };
        Some(match self {
            Self::Gold | Self::Null | Self::Echo => return None,
            // Ends the process in the middle of the tests, as if all were well.
            Self::SelfCall => {
                format!("import os\n\ndef {entry}(*arguments, **named):\n    os._exit(0)\n")
            }
            Self::AlwaysEqual => format!("{ALWAYS_EQUAL}\n{entry} = Equal()\n"),
            Self::WrongType => {
                format!("def {entry}(*arguments, **named):\n    return [[arguments, named]]\n")
            }
            Self::Constant => {
                format!("def {entry}(*arguments, **named):\n    return 'tracestone'\n")
            }
        })
    }
}

/// Python class whose objects are equal to everything and give themselves whatever is done with them.
const ALWAYS_EQUAL: &str = "\
class Equal:
    def __eq__(self, *others):
        return True

    __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __bool__ = __contains__ = __eq__

    def __call__(self, *arguments, **named):
        return self

    __add__ = __radd__ = __sub__ = __rsub__ = __abs__ = __getitem__ = __call__

    def __hash__(self):
        return 0

    def __len__(self):
        return 0

    def __iter__(self):
        return iter(())
";

/// Expression that a judge which evaluates answers would accept.
fn self_call(item: &Item) -> String {
    if let Some(call) = item.fields.get("call").and_then(|call| call.as_str()) {
        return call.to_owned();
    }
    match &item.execution {
        Some(execution) => format!("{0}({0}.__defaults__)", execution.callee),
        None => "answer()".to_owned(),
    }
}

/// Result of a probe.
#[derive(Debug, Clone, Serialize)]
pub struct Finding {
    /// Name of the probe, or of the judge's own cheat.
    pub probe: String,
    /// The share of items that it got.
    pub score: f64,
    /// The required score; `None` where it is only shown.
    pub expected: Option<f64>,
    /// The judge's measures that are shown for every probe.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub measures: Vec<Measure>,
    /// The first item where it came out otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub example: Option<Example>,
    /// Identifiers of the other items where it did.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<String>,
}

/// An item where a probe came out otherwise.
#[derive(Debug, Clone, Serialize)]
pub struct Example {
    /// Identifier of the item.
    pub item: String,
    /// The probe's response.
    pub response: String,
    /// Verdict of the judge.
    pub verdict: Verdict,
}

impl Finding {
    /// True if the score is the required one.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.example.is_none()
    }
}

/// Error of probing a task.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// The prompt could not be made.
    #[error(transparent)]
    Task(#[from] TaskError),
    /// Nothing could be executed.
    #[error("{0}")]
    Runner(String),
}

/// Answers all items in all ways and says what each way scored.
///
/// # Errors
/// A prompt could not be made, or a judge needs executions and there are none.
pub fn probe(
    task: &Task,
    items: &[Item],
    runner: &mut dyn Runner,
) -> Result<Vec<Finding>, ProbeError> {
    let mut prompts = Vec::with_capacity(items.len());
    for item in items {
        let messages = task.render(item)?;
        prompts.push(
            messages
                .last()
                .map_or(String::new(), |one| one.content.clone()),
        );
    }
    let mut findings = Vec::new();
    let strict = task.judge().is_strict();
    for probe in Probe::ALL {
        // A judge that looks for the right text anywhere takes it in any form.
        if probe == Probe::WrongType && !strict {
            continue;
        }
        let responses: Vec<String> = items
            .iter()
            .zip(&prompts)
            .map(|(item, prompt)| probe.response(item, prompt))
            .collect();
        let replies: Vec<_> = responses
            .iter()
            .map(|text| vec![Some(Reply::Response(Response::plain(text.clone())))])
            .collect();
        let judge = task.judge();
        let verdicts = judge_all(judge, items, &replies, &[Extraction::Marked], runner)
            .map_err(ProbeError::Runner)?;
        let wanted = vec![Some(probe == Probe::Gold); items.len()];
        let measures = shown(judge, items, &verdicts);
        findings.push(finding(
            (probe.name(), Some(probe.expected()), measures),
            items.iter().zip(responses),
            &wanted,
            verdicts,
        ));
    }
    findings.extend(cheats(task, items, runner)?);
    Ok(findings)
}

/// Scores of the judge's own cheats.
fn cheats(
    task: &Task,
    items: &[Item],
    runner: &mut dyn Runner,
) -> Result<Vec<Finding>, ProbeError> {
    let judge = task.judge();
    let mut by_name: Vec<(&'static str, Vec<(&Item, Cheat)>)> = Vec::new();
    for item in items {
        for cheat in judge.cheats(item) {
            match by_name.iter_mut().find(|(name, _)| *name == cheat.name) {
                Some((_, all)) => all.push((item, cheat)),
                None => by_name.push((cheat.name, vec![(item, cheat)])),
            }
        }
    }
    let mut findings = Vec::new();
    for (name, all) in by_name {
        let (asked, cheats): (Vec<&Item>, Vec<Cheat>) = all.into_iter().unzip();
        let asked: Vec<Item> = asked.into_iter().cloned().collect();
        let replies: Vec<_> = cheats
            .iter()
            .map(|cheat| {
                vec![Some(Reply::Response(Response::plain(
                    cheat.response.clone(),
                )))]
            })
            .collect();
        let verdicts = judge_all(judge, &asked, &replies, &[Extraction::Marked], runner)
            .map_err(ProbeError::Runner)?;
        let wanted: Vec<_> = cheats.iter().map(|cheat| cheat.correct).collect();
        let known: Option<Vec<f64>> = wanted
            .iter()
            .map(|wanted| wanted.map(|correct| f64::from(u8::from(correct))))
            .collect();
        let expected = known.map(|known| crate::stats::mean(&known));
        let responses = cheats.into_iter().map(|cheat| cheat.response);
        let pairs = asked.iter().zip(responses);
        let measures = shown(judge, &asked, &verdicts);
        findings.push(finding(
            (name, expected, measures),
            pairs,
            &wanted,
            verdicts,
        ));
    }
    Ok(findings)
}

/// The judge's measures of some verdicts that are shown for every probe, in the judge's order.
fn shown(judge: &dyn Judge, items: &[Item], verdicts: &[Vec<Verdict>]) -> Vec<Measure> {
    let names = judge.openly();
    if names.is_empty() {
        return Vec::new();
    }
    let pairs: Vec<(&Item, &Verdict)> = items
        .iter()
        .zip(verdicts)
        .filter_map(|(item, verdicts)| Some((item, verdicts.first()?)))
        .collect();
    let mut measures = judge.measures(&pairs);
    measures.retain(|one| names.contains(&one.name.as_str()));
    measures
}

fn finding<'a>(
    (name, expected, measures): (&str, Option<f64>, Vec<Measure>),
    asked: impl Iterator<Item = (&'a Item, String)>,
    wanted: &[Option<bool>],
    verdicts: Vec<Vec<Verdict>>,
) -> Finding {
    let score = crate::stats::mean(&crate::score::item_values(&verdicts));
    let mut otherwise = verdicts
        .into_iter()
        .flatten()
        .zip(asked)
        .zip(wanted)
        .filter(|((verdict, _), wanted)| {
            wanted.is_some_and(|wanted| (verdict.status == Status::Correct) != wanted)
        })
        .map(|((verdict, (item, response)), _)| Example {
            item: item.id.clone(),
            response,
            verdict,
        });
    Finding {
        probe: name.to_owned(),
        score,
        expected,
        measures,
        example: otherwise.next(),
        others: otherwise.map(|one| one.item).collect(),
    }
}

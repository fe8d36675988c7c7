//! A program that detects anomalies: the model sees some series of a family with their anomalies and writes a
//! function, which runs in the sandbox on others of the family that were held back.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tracestone_eval::answer::{Extraction, Found};
use tracestone_eval::figure::Figure;
use tracestone_eval::item::Item;
use tracestone_eval::judge::{
    Cheat, Judge, Judgement, Measure, Outcome, Script, Status, Verdict, find_code,
};
use tracestone_eval::seen::Seen;
use tracestone_eval::track::{Recipe, TrackError};
use tracestone_series::answer::{Reading, intervals};
use tracestone_series::baseline::{Baseline, Detection};
use tracestone_series::judge::marks;

use super::answer::pairs;
use super::items::Material;
use super::judge::{SeriesJudge, credit};
use super::{figure, measures, seen};

pub(super) const NAME: &str = "series-program";

/// The script that runs a program on one series; only intervals leave its process, and the truth is never in it.
const SCRIPT: &str = include_str!("detector.py");

/// The function that is asked for.
const ENTRY: &str = "detect";

/// The series of an item that a program runs on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Held {
    /// Series that the prompt does not show.
    pub(super) held: Vec<Material>,
}

impl Held {
    /// The material of an item that asks for a program.
    pub(super) fn of(item: &Item) -> Option<Self> {
        Held::deserialize(&item.material).ok()
    }
}

/// Settings of the items.
#[derive(Debug, Clone, Deserialize)]
struct Make {
    /// Series that the prompt shows, those with anomalies first.
    shown: usize,
}

/// One item for each family that has more series than are shown.
pub(super) fn items(
    recipe: &Recipe,
    families: Vec<(String, Vec<Material>)>,
) -> Result<Vec<Item>, TrackError> {
    let make: Make = recipe.read()?;
    let mut items = Vec::new();
    for (family, all) in families {
        let (mut shown, mut held) = (Vec::new(), Vec::new());
        for material in all {
            if shown.len() < make.shown && !material.series.truth.is_empty() {
                shown.push(material);
            } else {
                held.push(material);
            }
        }
        if shown.len() == make.shown && !held.is_empty() {
            items.push(item(&family, &shown, held)?);
        }
    }
    if items.is_empty() {
        let what = "no family has more series than the prompt shows: set a smaller `shown` or take more series";
        return Err(TrackError::NoData(what.to_owned()));
    }
    Ok(items)
}

fn item(family: &str, shown: &[Material], held: Vec<Material>) -> Result<Item, TrackError> {
    let example = |material: &Material| {
        json!({
            "values": listed(&material.series.filled()),
            "anomalies": json!(pairs(&material.series.truth)).to_string(),
        })
    };
    let examples: Vec<Value> = shown.iter().map(example).collect();
    let anomalies: usize = held.iter().map(|one| one.series.truth.len()).sum();
    let mut item = Item::plain(&format!("program-{family}"), "");
    item.kind = "program".to_owned();
    item.fields = BTreeMap::from([
        ("examples".to_owned(), Value::Array(examples)),
        ("held".to_owned(), json!(held.len())),
    ]);
    item.facts = BTreeMap::from([
        ("family".to_owned(), json!(family)),
        ("series".to_owned(), json!(held.len())),
        ("anomalies".to_owned(), json!(anomalies)),
    ]);
    item.answer = knowing(&held);
    let material = serde_json::to_value(Held { held });
    item.material = material.map_err(|error| TrackError::Recipe(error.to_string()))?;
    Ok(item)
}

/// Values as a Python list has them.
fn listed(values: &[f64]) -> String {
    let values: Vec<String> = values
        .iter()
        .map(|value| json!(value).to_string())
        .collect();
    values.join(", ")
}

/// A program that knows the answers: what `validate` gives as the right one.
fn knowing(held: &[Material]) -> String {
    let rows: Vec<String> = held
        .iter()
        .map(|one| {
            let values = one.series.filled();
            let known = json!(pairs(&one.series.truth));
            format!(
                "    ({:?}, {}, {}): {known},",
                values.iter().sum::<f64>(),
                values.len(),
                json!(values[0])
            )
        })
        .collect();
    format!(
        "KNOWN = {{\n{}\n}}\n\n\ndef {ENTRY}(values):\n    for (total, count, first), found in KNOWN.items():\n        \
         if count == len(values) and first == values[0] and abs(sum(values) - total) < 1e-6 * (1 + abs(total)):\n            \
         return found\n    return []\n",
        rows.join("\n")
    )
}

/// Runs a program on the held-back series and compares what it finds with their truth.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProgramJudge {
    /// Points by which a found interval may reach beyond a true one on each side.
    tolerance: usize,
    /// CPU time in seconds for each series.
    timeout: u32,
}

/// Result of a program on one series.
enum Ran {
    /// Intervals that it found, and the number of its intervals that are not within the series.
    Found(Detection, usize),
    Failed(String),
}

impl ProgramJudge {
    fn ran(outcome: &Outcome, points: usize) -> Ran {
        let text = match outcome {
            Outcome::Returned(text) => text,
            Outcome::Raised(what) => return Ran::Failed(what.clone()),
            Outcome::Failed(why) => return Ran::Failed(why.clone()),
            Outcome::Varies(_) => return Ran::Failed("it is not deterministic".to_owned()),
        };
        match intervals(text, points) {
            Some((spans, Reading::Strict, left_out)) => {
                Ran::Found(Detection::of_spans(spans, points), left_out)
            }
            _ => Ran::Failed("it returned no list of pairs of places".to_owned()),
        }
    }

    /// The verdict on what was found in each series.
    fn verdict(&self, held: &Held, ran: &[Ran]) -> Verdict {
        let judge = SeriesJudge::new(self.tolerance);
        let (mut solved, mut credits, mut each) = (0, 0.0, Vec::new());
        let mut why: Option<&str> = None;
        let mut failed = 0;
        for (material, ran) in held.held.iter().zip(ran) {
            let nothing = || Detection::of_spans(Vec::new(), material.series.len());
            let (found, left_out) = match ran {
                Ran::Found(found, left_out) => (found.clone(), *left_out),
                Ran::Failed(what) => {
                    why.get_or_insert(what);
                    failed += 1;
                    (nothing(), 0)
                }
            };
            let is_failed = matches!(ran, Ran::Failed(_));
            let marks = marks(&material.series, &found, material.season);
            if !is_failed {
                solved += usize::from(judge.is_solved(&material.series, &found));
                credits += credit(&material.series, &marks);
            }
            each.push(json!({
                "marks": marks,
                "spans": pairs(&found.spans),
                "requests": 1,
                "unread": usize::from(is_failed),
                "left_out": left_out,
            }));
        }
        let all = held.held.len();
        let is_right = solved == all;
        let reason = match (is_right, failed) {
            (true, _) => "all_solved",
            (false, 0) => "some_not_solved",
            (false, failed) if failed == all => "program_failed",
            (false, _) => "program_failed_on_some",
        };
        let share = credits / all.max(1) as f64;
        Verdict {
            status: if is_right {
                Status::Correct
            } else {
                Status::Wrong
            },
            reason: reason.to_owned(),
            credit: if is_right { 1.0 } else { share.min(0.999_999) },
            answer: None,
            parsed: None,
            detail: json!({ "each": each, "solved": solved, "series": all, "failed": failed, "why": why }),
        }
    }
}

impl Judge for ProgramJudge {
    fn name(&self) -> &'static str {
        NAME
    }

    fn version(&self) -> u32 {
        2
    }

    fn find<'a>(&self, _: &Item, response: &'a str, extraction: Extraction) -> Option<Found<'a>> {
        find_code(response, extraction, ENTRY)
    }

    fn judge(&self, item: &Item, answer: &str) -> Judgement {
        let unparsable = |reason: &str, why: &str| {
            let mut verdict = Verdict::none(Status::Unparsable, reason);
            verdict.detail = json!({ "why": why });
            Judgement::Decided(verdict)
        };
        let Some(held) = Held::of(item) else {
            return unparsable("nothing_to_run_on", "the item has no series");
        };
        // A baseline's findings, one list for each series. A model could write the same: it would have to know
        // series that it has not seen.
        if let Ok(each) = serde_json::from_str::<Vec<Vec<(i64, i64)>>>(answer)
            && each.len() == held.held.len()
        {
            let texts = each
                .iter()
                .map(|one| Outcome::Returned(json!(one).to_string()));
            let ran = texts
                .zip(&held.held)
                .map(|(text, one)| Self::ran(&text, one.series.len()));
            return Judgement::Decided(self.verdict(&held, &ran.collect::<Vec<_>>()));
        }
        if !answer.contains(&format!("def {ENTRY}")) {
            return unparsable("no_function", "there is no function `detect`");
        }
        let script = |material: &Material| {
            let job = json!({ "program": answer, "values": material.series.filled() }).to_string();
            Script {
                text: SCRIPT.to_owned(),
                // A JSON string of JSON is a Python string as well.
                call: format!("main({})", json!(job)),
                cpu_seconds: self.timeout.clamp(1, 600),
            }
        };
        Judgement::Perform(held.held.iter().map(script).collect())
    }

    fn conclude(&self, item: &Item, answer: &str, outcomes: &[Outcome]) -> Verdict {
        let Some(held) = Held::of(item) else {
            return Verdict::none(Status::Unparsable, "nothing_to_run_on");
        };
        let pairs = outcomes.iter().zip(&held.held);
        let ran: Vec<Ran> = pairs
            .map(|(outcome, one)| Self::ran(outcome, one.series.len()))
            .collect();
        let mut verdict = self.verdict(&held, &ran);
        verdict.parsed = Some(answer.trim().to_owned());
        verdict
    }

    fn cheats(&self, item: &Item) -> Vec<Cheat> {
        let is_clean = Held::of(item)
            .is_some_and(|held| held.held.iter().all(|one| one.series.truth.is_empty()));
        let program = |body: &str| format!("[ANSWER]def {ENTRY}(values):\n    {body}\n[/ANSWER]");
        let cheat = |name, body: &str, correct| Cheat {
            name,
            response: program(body),
            correct: Some(correct),
        };
        vec![
            cheat("flag-all", "return [(0, len(values) - 1)]", false),
            cheat("flag-none", "return []", is_clean),
            cheat("ends-early", "import os; os._exit(0)", false),
        ]
    }

    fn baselines(&self, item: &Item) -> Vec<(&'static str, String)> {
        let Some(held) = Held::of(item) else {
            return Vec::new();
        };
        let answer = |baseline: Baseline| {
            let each: Vec<_> = held
                .held
                .iter()
                .map(|one| pairs(&baseline.detect(&one.series.filled(), one.season).spans))
                .collect();
            (baseline.name(), json!(each).to_string())
        };
        Baseline::ALL.map(answer).into()
    }

    fn measures(&self, verdicts: &[(&Item, &Verdict)]) -> Vec<Measure> {
        measures::of(verdicts)
    }

    fn openly(&self) -> &'static [&'static str] {
        measures::OPEN
    }

    fn seen(&self, item: &Item, verdict: &Verdict) -> Option<Seen> {
        seen::of_program(&Held::of(item)?, verdict)
    }

    /// All series that were held back, one below the other.
    fn figure(&self, item: &Item, verdict: &Verdict) -> Option<Figure> {
        let held = Held::of(item)?;
        let each = verdict.detail["each"].as_array()?;
        figure::of_several(held.held.iter().zip(each))
    }
}

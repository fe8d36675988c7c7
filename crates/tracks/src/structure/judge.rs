//! The judge of geometry: every check is a bit with its number.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};
use tracestone_eval::answer::{Extraction, Found, said};
use tracestone_eval::figure::Figure;
use tracestone_eval::item::Item;
use tracestone_eval::judge::{Cheat, Judge, Judgement, Measure, Status, Verdict};
use tracestone_eval::seen::{Seen, Table};
use tracestone_structure::change::{draw_for, jittered};
use tracestone_structure::geometry::Point;
use tracestone_structure::problem::{Judged, Problem};
use tracestone_structure::read::is_closed;

use super::{draw, lists, measures, rounds};

/// Decides by the checks of [`Problem::judge`]; an answer is right if all of them pass.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Geometry {
    /// True where responses have the answers of several rounds, of which the last counts.
    #[serde(default)]
    rounds: bool,
}

impl Geometry {
    /// Name in task files.
    pub(super) const NAME: &'static str = "structure-geometry";
}

/// The item's problem; an item without one is not of this track.
pub(super) fn problem(item: &Item) -> Option<Problem> {
    serde_json::from_value(item.material.clone()).ok()
}

impl Judge for Geometry {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn version(&self) -> u32 {
        3
    }

    fn find<'a>(&self, _: &Item, response: &'a str, extraction: Extraction) -> Option<Found<'a>> {
        let text = match extraction {
            Extraction::Whole => response,
            Extraction::Marked => said(response),
        };
        let text = text.trim();
        (!text.is_empty()).then(|| Found {
            text: text.into(),
            rule: "whole",
            closed: is_closed(text),
        })
    }

    fn judge(&self, item: &Item, answer: &str) -> Judgement {
        let Some(problem) = problem(item) else {
            let none = Verdict::none(Status::Unparsable, "item_without_problem");
            return Judgement::Decided(none);
        };
        let rounds = self.answers(answer);
        let mut verdict = verdict(&problem, &problem.judge(rounds.last().unwrap_or(&"")));
        if self.rounds {
            let first = problem.judge(rounds.first().unwrap_or(&"")).report;
            verdict.detail["rounds"] = json!(rounds.len());
            verdict.detail["right_at_first"] = json!(first.passes());
            verdict.detail["checks_at_first"] = json!(first.share());
        }
        Judgement::Decided(verdict)
    }

    /// Coordinates and lists are found wherever they stand, so that brackets around them change nothing.
    fn is_strict(&self) -> bool {
        false
    }

    fn cheats(&self, item: &Item) -> Vec<Cheat> {
        let wrong = |name, response| Cheat {
            name,
            response,
            correct: Some(false),
        };
        let mut cheats = vec![wrong("copied-prompt", item.input.clone())];
        let Some(problem) = problem(item) else {
            return cheats;
        };
        for (name, response) in lists::answers(item, &problem) {
            // The mutated residue may lose all of its contacts, and then to list them is right.
            let correct = (name != lists::WHOLE_RESIDUE).then_some(false);
            cheats.push(Cheat {
                name,
                response,
                correct,
            });
        }
        if let Some(reference) = problem.reference() {
            let format = problem.format();
            let text = format.answer(&reference.mirrored());
            cheats.push(Cheat {
                // Glycine is its own mirror image, so that this answer is right.
                correct: Some(
                    problem.judge(&text).report.failed().is_empty() && is_achiral(&problem),
                ),
                name: "mirror-image",
                response: text,
            });
            let flat = reference.mapped(|point| Point::new(point.x, point.y, 0.0));
            cheats.push(wrong("flattened", format.answer(&flat)));
        }
        cheats
    }

    fn baselines(&self, item: &Item) -> Vec<(&'static str, String)> {
        let Some(problem) = problem(item) else {
            return Vec::new();
        };
        let Some(reference) = problem.reference() else {
            return lists::answers(item, &problem);
        };
        let format = problem.format();
        let jitter = |size: f64| {
            let mut draw = draw_for(1, &format!("{} {size}", item.id));
            format.answer(&jittered(&reference, size, &mut draw))
        };
        vec![
            ("mirror-image", format.answer(&reference.mirrored())),
            ("jitter-0.05", jitter(0.05)),
            ("jitter-0.2", jitter(0.2)),
        ]
    }

    fn measures(&self, verdicts: &[(&Item, &Verdict)]) -> Vec<Measure> {
        let mut all = measures::of(verdicts);
        if self.rounds {
            all.extend(measures::of_rounds(verdicts));
        }
        all
    }

    fn openly(&self) -> &'static [&'static str] {
        measures::OPEN
    }

    fn seen(&self, item: &Item, verdict: &Verdict) -> Option<Seen> {
        let answer = verdict.answer.as_deref().unwrap_or_default();
        let judged = problem(item)?.judge(self.answers(answer).last()?);
        Some(seen(&judged, &verdict.detail))
    }

    fn figure(&self, item: &Item, verdict: &Verdict) -> Option<Figure> {
        let problem = problem(item)?;
        let answers = self.answers(verdict.answer.as_deref()?);
        let answer = answers.last()?;
        match &problem {
            Problem::Contacts(truth) => lists::figure(item, truth, answer),
            _ => draw::figure(&problem, &problem.judge(answer)),
        }
    }
}

impl Geometry {
    /// The answers of all rounds; the response alone where there are no rounds.
    fn answers<'a>(&self, response: &'a str) -> Vec<&'a str> {
        if self.rounds {
            rounds::apart(response)
        } else {
            vec![response]
        }
    }
}

/// True if no check of the problem knows left from right.
fn is_achiral(problem: &Problem) -> bool {
    let expected = problem.expected();
    expected.is_some_and(|expected| {
        expected.helix.is_none() && expected.sequence.iter().all(|one| !one.ideal().is_chiral())
    })
}

fn verdict(problem: &Problem, judged: &Judged) -> Verdict {
    let report = &judged.report;
    let failed = report.failed();
    let parsed = report.checks.first().is_some_and(|check| check.pass);
    let status = match (failed.is_empty(), parsed) {
        (true, _) => Status::Correct,
        (false, true) => Status::Wrong,
        (false, false) => Status::Unparsable,
    };
    let reason = match failed.first() {
        None => "all_checks_pass".to_owned(),
        Some(first) => (*first).to_owned(),
    };
    let credit = match problem {
        Problem::Contacts(_) | Problem::Vanishing(_) => report.numbers.get("f1").copied(),
        _ => Some(report.share()),
    };
    let credit = if failed.is_empty() {
        1.0
    } else {
        // Only what is right in every check has it all.
        credit.unwrap_or(0.0).min(0.999)
    };
    Verdict {
        credit: if parsed { credit } else { 0.0 },
        // Two answers with coordinates are never the same; two lists may be.
        parsed: judged.list.clone(),
        detail: detail(judged, &failed),
        ..Verdict::none(status, &reason)
    }
}

fn detail(judged: &Judged, failed: &[&str]) -> Value {
    let checks = judged.report.checks.iter();
    json!({
        "read_by": judged.rule.map(tracestone_structure::read::Rule::name),
        "failed": failed,
        "bits": checks.map(|check| (check.name.clone(), check.pass)).collect::<BTreeMap<_, _>>(),
        "numbers": judged.report.numbers,
        "faithful": judged.report.passes_faithfully(),
    })
}

/// The checks in their order, with what else is known of an answer.
fn seen(judged: &Judged, detail: &Value) -> Seen {
    let mut checks = Table::of(&["check", "", "measured", "accepted", "worst place"]);
    for check in &judged.report.checks {
        // Counts are whole.
        let digits = |value: f64| if value.fract() == 0.0 { 0 } else { 3 };
        let value = check.value;
        let value = value.map(|value| format!("{value:.*}", digits(value)));
        let cells = vec![
            check.name.replace('_', " "),
            if check.pass { "passes" } else { "fails" }.to_owned(),
            value.unwrap_or_else(|| "–".to_owned()),
            check.accepted.clone(),
            check.at.clone(),
        ];
        checks.row(cells, !check.pass);
    }
    let mut seen = Seen {
        tables: vec![checks],
        lines: Vec::new(),
    };
    if let Some(rule) = judged.rule {
        seen.line("read as", rule.name().replace('-', ", "));
    }
    for (name, value) in &judged.report.numbers {
        if let Some(title) = measures::title(name) {
            seen.line(title, format!("{value:.3}"));
        }
    }
    if let Some(rounds) = detail["rounds"].as_u64() {
        let first = detail["right_at_first"] == json!(true);
        let first = if first { "right" } else { "wrong" };
        seen.line("rounds", format!("{rounds}; the first answer was {first}"));
    }
    seen
}

//! The judge of geometry: every check is a bit with its number.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};
use tracestone_eval::answer::{Extraction, Found, said};
use tracestone_eval::figure::Figure;
use tracestone_eval::item::Item;
use tracestone_eval::judge::{Cheat, Judge, Judgement, Measure, Status, Verdict};
use tracestone_structure::change::{Draw, jittered};
use tracestone_structure::check::Report;
use tracestone_structure::problem::{Judged, Problem};
use tracestone_structure::read::is_closed;
use tracestone_structure::write::Format;

use super::{draw, rounds};

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
        1
    }

    fn find<'a>(&self, _: &Item, response: &'a str, extraction: Extraction) -> Option<Found<'a>> {
        let text = match extraction {
            Extraction::Whole => response,
            Extraction::Marked => said(response),
        };
        let text = text.trim();
        (!text.is_empty()).then(|| Found {
            text,
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
        if let Some(reference) = problem.reference() {
            let mirrored = reference.mirrored();
            let text = Format::Pdb.answer(&mirrored);
            cheats.push(Cheat {
                // Glycine is its own mirror image, so that this answer is right.
                correct: Some(
                    problem.judge(&text).report.failed().is_empty() && is_achiral(&problem),
                ),
                name: "mirror-image",
                response: text,
            });
            let mut flat = reference;
            flat = flat
                .mapped(|point| tracestone_structure::geometry::Point::new(point.x, point.y, 0.0));
            cheats.push(wrong("flattened", Format::Pdb.answer(&flat)));
        }
        cheats
    }

    fn baselines(&self, item: &Item) -> Vec<(&'static str, String)> {
        let reference = problem(item).and_then(|problem| problem.reference());
        let Some(reference) = reference else {
            return Vec::new();
        };
        let jitter = |size: f64| {
            let mut draw = Draw::new(1, &format!("{} {size}", item.id));
            Format::Pdb.answer(&jittered(&reference, size, &mut draw))
        };
        vec![
            ("mirror-image", Format::Pdb.answer(&reference.mirrored())),
            ("jitter-0.05", jitter(0.05)),
            ("jitter-0.2", jitter(0.2)),
        ]
    }

    fn measures(&self, verdicts: &[(&Item, &Verdict)]) -> Vec<Measure> {
        let mut all = measures(verdicts);
        if self.rounds {
            all.extend(rounds_of(verdicts));
        }
        all
    }

    fn figure(&self, item: &Item, verdict: &Verdict) -> Option<Figure> {
        let problem = problem(item)?;
        let judged = problem.judge(self.answers(verdict.answer.as_deref()?).last()?);
        draw::figure(&problem, &judged)
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

/// Scores of the first and the last round; an item without a response is wrong in both.
fn rounds_of(verdicts: &[(&Item, &Verdict)]) -> Vec<Measure> {
    let count = verdicts.len() as f64;
    let mean = |value: &dyn Fn(&Verdict) -> f64| {
        let sum: f64 = verdicts.iter().map(|(_, verdict)| value(verdict)).sum();
        (count > 0.0).then(|| sum / count)
    };
    let bit = |is: bool| f64::from(u8::from(is));
    let first = mean(&|verdict| bit(verdict.detail["right_at_first"] == json!(true)));
    let last = mean(&|verdict| bit(verdict.status == Status::Correct));
    let checks = mean(&|verdict| verdict.detail["checks_at_first"].as_f64().unwrap_or(0.0));
    let end = mean(&|verdict| verdict.credit);
    let rounds = mean(&|verdict| verdict.detail["rounds"].as_f64().unwrap_or(0.0));
    vec![
        measure("first_round", "right in the first round, share", first, ""),
        measure("last_round", "right in the last round, share", last, ""),
        measure(
            "first_round_checks",
            "checks that pass in the first round, share",
            checks,
            "",
        ),
        measure(
            "last_round_checks",
            "checks that pass in the last round, share",
            end,
            "",
        ),
        measure("rounds", "rounds for each item, mean", rounds, ""),
    ]
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
        parsed: judged.rule.map(|rule| rule.name().to_owned()),
        detail: detail(judged, &failed),
        ..Verdict::none(status, &reason)
    }
}

fn detail(judged: &Judged, failed: &[&str]) -> Value {
    let mut checks = serde_json::Map::new();
    for check in &judged.report.checks {
        let at = match check.at.as_str() {
            "" => String::new(),
            at => format!(" ({at})"),
        };
        let value = check
            .value
            .map_or_else(|| "–".to_owned(), |value| format!("{value:.3}"));
        let mark = if check.pass { "passes" } else { "fails" };
        checks.insert(
            check.name.clone(),
            json!(format!("{mark}: {value}, accepted {}{at}", check.accepted)),
        );
    }
    json!({
        "read_by": judged.rule.map(tracestone_structure::read::Rule::name),
        "failed": failed,
        "checks": checks,
        "bits": judged.report.checks.iter().map(|check| (check.name.clone(), check.pass)).collect::<BTreeMap<_, _>>(),
        "numbers": judged.report.numbers,
        "faithful": judged.report.passes_faithfully(),
    })
}

/// Rates of checks over all answers to which they apply; an answer that failed or is missing fails all of them.
fn measures(verdicts: &[(&Item, &Verdict)]) -> Vec<Measure> {
    let mut rates = Rates::default();
    for (item, verdict) in verdicts {
        if let Some(problem) = problem(item) {
            rates.add(&problem, verdict);
        }
    }
    rates.measures()
}

/// A mean as it is counted.
#[derive(Default, Clone, Copy)]
struct Tally {
    sum: f64,
    count: f64,
}

impl Tally {
    fn add(&mut self, value: f64) {
        self.sum += value;
        self.count += 1.0;
    }

    fn note(&mut self, holds: bool) {
        self.add(f64::from(u8::from(holds)));
    }

    fn mean(self) -> Option<f64> {
        (self.count > 0.0).then(|| self.sum / self.count)
    }
}

/// Shares and means over answers.
#[derive(Default)]
struct Rates {
    unread: Tally,
    strict: Tally,
    faithful: Tally,
    /// By name, in the order in which they came first.
    checks: Vec<(String, Tally)>,
    /// In the order of [`NUMBERS`].
    numbers: [Tally; NUMBERS.len()],
}

impl Rates {
    fn add(&mut self, problem: &Problem, verdict: &Verdict) {
        let bits = &verdict.detail["bits"];
        let passes = |name: &str| bits.get(name).and_then(Value::as_bool).unwrap_or(false);
        for name in names(&problem.judge("").report) {
            let pass = passes(&name);
            match self.checks.iter_mut().find(|(known, _)| *known == name) {
                Some((_, tally)) => tally.note(pass),
                None => {
                    let mut tally = Tally::default();
                    tally.note(pass);
                    self.checks.push((name, tally));
                }
            }
        }
        self.unread.note(!passes("parse"));
        if problem.expected().is_some() {
            let pass = verdict.detail["faithful"].as_bool().unwrap_or(false);
            self.faithful.note(pass);
        }
        let rule = verdict.parsed.as_deref();
        let by_rule = rule.is_some_and(|rule| rule.ends_with("strict"));
        self.strict
            .note(by_rule || verdict.detail["numbers"]["strict"] == json!(1.0));
        for (tally, (name, _)) in self.numbers.iter_mut().zip(NUMBERS) {
            if let Some(value) = verdict.detail["numbers"][name].as_f64() {
                tally.add(value);
            } else if matches!(problem, Problem::Contacts(_))
                && matches!(name, "f1" | "precision" | "recall")
            {
                // No answer lists nothing.
                tally.add(0.0);
            }
        }
    }

    fn measures(self) -> Vec<Measure> {
        let unread = self.unread.mean();
        let strict = self.strict.mean();
        let mut found = vec![
            measure(
                "not_parsed",
                "answers that could not be parsed, share",
                unread,
                "",
            ),
            measure(
                "strict_form",
                "answers in exactly the form asked for, share",
                strict,
                "",
            ),
        ];
        if self.faithful.count > 0.0 {
            let title = "all checks but the strict ones pass, share";
            let note = "bonds within 0.1 Å and angles within 10°, without the checks by standard deviations";
            found.push(measure("faithful", title, self.faithful.mean(), note));
        }
        for (name, tally) in self.checks {
            let title = format!("passes {}, share", name.replace('_', " "));
            found.push(measure(&format!("check_{name}"), &title, tally.mean(), ""));
        }
        for (tally, (name, title)) in self.numbers.into_iter().zip(NUMBERS) {
            if tally.count > 0.0 {
                found.push(measure(name, title, tally.mean(), ""));
            }
        }
        found
    }
}

/// Means of numbers, over the answers that have them.
const NUMBERS: [(&str, &str); 7] = [
    ("rmsd", "deviation from the right coordinates, Å"),
    ("f1", "F1 of the listed set"),
    ("precision", "precision of the listed set"),
    ("recall", "recall of the listed set"),
    ("distance_error", "mean error of distances, Å"),
    ("within", "values within the tolerance, share"),
    ("fabricated", "listed contacts that are made up, share"),
];

fn measure(name: &str, title: &str, value: Option<f64>, note: &str) -> Measure {
    Measure {
        name: name.to_owned(),
        title: title.to_owned(),
        value,
        interval: None,
        note: note.to_owned(),
    }
}

fn names(report: &Report) -> Vec<String> {
    report
        .checks
        .iter()
        .map(|check| check.name.clone())
        .collect()
}

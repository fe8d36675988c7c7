//! Numbers over all answers of a run. An answer that is missing or could not be read fails every check that applies.

use serde_json::{Value, json};
use tracestone_eval::item::Item;
use tracestone_eval::judge::{Measure, Status, Verdict};
use tracestone_eval::stats::{Method, interval, mean};
use tracestone_structure::problem::Problem;

use super::judge::problem;

/// The measures that `validate` shows for answers that only look right.
pub(super) const OPEN: &[&str] = &["faithful", "f1", "not_parsed"];

/// Rates of checks over all answers to which they apply, and means of numbers.
pub(super) fn of(verdicts: &[(&Item, &Verdict)]) -> Vec<Measure> {
    let mut rates = Rates::default();
    for (item, verdict) in verdicts {
        if let Some(problem) = problem(item) {
            rates.add(&problem, item, verdict);
        }
    }
    rates.measures(verdicts.len())
}

/// Scores of the first and the last round; an item without a response is wrong in both.
pub(super) fn of_rounds(verdicts: &[(&Item, &Verdict)]) -> Vec<Measure> {
    let tally = |value: &dyn Fn(&Verdict) -> f64| {
        let mut tally = Tally::default();
        for (item, verdict) in verdicts {
            tally.add(item, value(verdict));
        }
        tally
    };
    let bit = |is: bool| f64::from(u8::from(is));
    let number = |verdict: &Verdict, name: &str| verdict.detail[name].as_f64().unwrap_or(0.0);
    let shares = [
        (
            "first_round",
            "right in the first round, share",
            tally(&|verdict| bit(verdict.detail["right_at_first"] == json!(true))),
        ),
        (
            "last_round",
            "right in the last round, share",
            tally(&|verdict| bit(verdict.status == Status::Correct)),
        ),
        (
            "first_round_checks",
            "checks that pass in the first round, share",
            tally(&|verdict| number(verdict, "checks_at_first")),
        ),
        (
            "last_round_checks",
            "checks that pass in the last round, share",
            tally(&|verdict| verdict.credit),
        ),
    ];
    let shares = shares.into_iter();
    let mut found: Vec<Measure> = shares
        .map(|(name, title, all)| all.share(name, title))
        .collect();
    let rounds = tally(&|verdict| number(verdict, "rounds"));
    found.push(rounds.number("rounds", "rounds for each item, mean", ""));
    found
}

/// Values, each with the cluster of its item.
#[derive(Default, Clone)]
struct Tally<'a> {
    values: Vec<f64>,
    clusters: Vec<&'a str>,
}

impl<'a> Tally<'a> {
    fn add(&mut self, item: &'a Item, value: f64) {
        self.values.push(value);
        self.clusters.push(&item.cluster);
    }

    fn note(&mut self, item: &'a Item, holds: bool) {
        self.add(item, f64::from(u8::from(holds)));
    }

    /// The mean of shares with its interval.
    fn share(&self, name: &str, title: &str) -> Measure {
        let known = interval(&self.values, &self.clusters);
        let is_known = !self.values.is_empty() && known.method != Method::OneCluster;
        Measure {
            interval: is_known.then_some((known.low, known.high)),
            ..self.number(name, title, "")
        }
    }

    /// The mean alone.
    fn number(&self, name: &str, title: &str, note: &str) -> Measure {
        Measure {
            name: name.to_owned(),
            title: title.to_owned(),
            value: (!self.values.is_empty()).then(|| mean(&self.values)),
            interval: None,
            note: note.to_owned(),
        }
    }
}

/// A number of verdicts whose mean is shown.
struct Number {
    name: &'static str,
    title: &'static str,
    /// True for shares, which have an interval.
    is_share: bool,
}

const fn share(name: &'static str, title: &'static str) -> Number {
    Number {
        name,
        title,
        is_share: true,
    }
}

const fn plain(name: &'static str, title: &'static str) -> Number {
    Number {
        name,
        title,
        is_share: false,
    }
}

const NUMBERS: [Number; 7] = [
    plain("rmsd", "deviation from the right coordinates, Å"),
    share("f1", "F1 of the listed set"),
    share("precision", "precision of the listed set"),
    share("recall", "recall of the listed set"),
    plain("distance_error", "mean error of distances, Å"),
    share("within", "values within the tolerance, share"),
    share("fabricated", "listed contacts that are made up, share"),
];

/// The words for a number of a verdict; `None` for those that are counted in another way.
pub(super) fn title(name: &str) -> Option<&'static str> {
    let found = NUMBERS.iter().find(|number| number.name == name);
    found.map(|number| number.title)
}

/// True for numbers that are 0 for an answer that is missing. The others are means over the answers that have them.
fn counts_as_nothing(problem: &Problem, number: &str) -> bool {
    match problem {
        Problem::Contacts(_) => matches!(number, "f1" | "precision" | "recall" | "within"),
        Problem::Vanishing(_) => number == "f1",
        Problem::Measuring(_) => number == "within",
        Problem::Model { .. } | Problem::Build(_) => false,
    }
}

/// Shares and means over answers.
#[derive(Default)]
struct Rates<'a> {
    unread: Tally<'a>,
    strict: Tally<'a>,
    faithful: Tally<'a>,
    /// By name, in the order in which they came first.
    checks: Vec<(String, Tally<'a>)>,
    /// In the order of [`NUMBERS`].
    numbers: [Tally<'a>; NUMBERS.len()],
}

impl<'a> Rates<'a> {
    fn add(&mut self, problem: &Problem, item: &'a Item, verdict: &Verdict) {
        let bits = &verdict.detail["bits"];
        let passes = |name: &str| bits.get(name).and_then(Value::as_bool).unwrap_or(false);
        let nothing = problem.judge("").report;
        for check in &nothing.checks {
            let at = self
                .checks
                .iter()
                .position(|(known, _)| *known == check.name);
            let at = at.unwrap_or_else(|| {
                self.checks.push((check.name.clone(), Tally::default()));
                self.checks.len() - 1
            });
            self.checks[at].1.note(item, passes(&check.name));
        }
        self.unread.note(item, !passes("parse"));
        if problem.expected().is_some() {
            let pass = verdict.detail["faithful"].as_bool().unwrap_or(false);
            self.faithful.note(item, pass);
        }
        self.strict.note(item, is_as_asked(problem, verdict));
        for (at, Number { name, .. }) in NUMBERS.iter().enumerate() {
            let value = verdict.detail["numbers"][*name].as_f64();
            let zero = counts_as_nothing(problem, name);
            if let Some(value) = value.or(zero.then_some(0.0)) {
                self.numbers[at].add(item, value);
            }
        }
    }

    fn measures(self, answers: usize) -> Vec<Measure> {
        let mut found = vec![
            self.unread
                .share("not_parsed", "answers that could not be parsed, share"),
            self.strict.share(
                "strict_form",
                "answers in exactly the form asked for, share",
            ),
        ];
        if !self.faithful.values.is_empty() {
            let title = "all checks but the strict ones pass, share";
            let note = "bonds within 0.1 Å and angles within 10°, without the checks by standard deviations";
            found.push(Measure {
                note: note.to_owned(),
                ..self.faithful.share("faithful", title)
            });
        }
        for (name, tally) in &self.checks {
            let title = format!("passes {}, share", name.replace('_', " "));
            let count = tally.values.len();
            found.push(Measure {
                note: if count < answers {
                    format!("of {count} of {answers} answers, to which it applies")
                } else {
                    String::new()
                },
                ..tally.share(&format!("check_{name}"), &title)
            });
        }
        for (tally, number) in self.numbers.iter().zip(&NUMBERS) {
            let count = tally.values.len();
            if count == 0 {
                continue;
            }
            let note = if count < answers {
                format!("mean of {count} of {answers} answers, which have it")
            } else {
                String::new()
            };
            found.push(if number.is_share {
                Measure {
                    note,
                    ..tally.share(number.name, number.title)
                }
            } else {
                tally.number(number.name, number.title, &note)
            });
        }
        found
    }
}

/// True if an answer has exactly the form that was asked for.
fn is_as_asked(problem: &Problem, verdict: &Verdict) -> bool {
    if problem.expected().is_none() {
        return verdict.detail["numbers"]["strict"] == json!(1.0);
    }
    let rule = verdict.detail["read_by"].as_str();
    rule.and_then(|rule| rule.strip_suffix("-strict")) == Some(problem.format().name())
}

#[cfg(test)]
mod tests {
    use tracestone_eval::judge::{Judge, Judgement};
    use tracestone_structure::problem::{Book, Forms, Make, Pocket};

    use super::super::judge::Geometry;
    use super::*;

    /// Measures of an answer to each item by its judge.
    fn measured(items: &[Item], answer: impl Fn(&Item) -> String) -> Vec<Measure> {
        let judge: Geometry = serde_json::from_str("{}").unwrap();
        let verdict = |item: &Item| match judge.judge(item, &answer(item)) {
            Judgement::Decided(verdict) => verdict,
            other => panic!("{other:?}"),
        };
        let verdicts: Vec<Verdict> = items.iter().map(verdict).collect();
        of(&items.iter().zip(&verdicts).collect::<Vec<_>>())
    }

    fn one<'a>(measures: &'a [Measure], name: &str) -> &'a Measure {
        measures.iter().find(|one| one.name == name).unwrap()
    }

    fn items(questions: Vec<tracestone_structure::problem::Question>) -> Vec<Item> {
        questions.into_iter().map(super::super::item).collect()
    }

    #[test]
    fn what_cannot_be_read_fails_every_check_of_its_problem() {
        let torsions = Make::Torsion { seed: 1, count: 4 };
        let items = items(torsions.questions().unwrap());
        let nothing = measured(&items, |_| "There is no way to tell.".to_owned());
        for name in ["torsions", "rmsd", "bonds", "complete"] {
            let check = one(&nothing, &format!("check_{name}"));
            assert_eq!(check.value, Some(0.0), "{name}");
            assert!(check.interval.is_some());
        }
        let right = measured(&items, |item| item.answer.clone());
        assert_eq!(one(&right, "check_torsions").value, Some(1.0));
        let rmsd = one(&right, "check_rmsd");
        assert_eq!(rmsd.note, "of 2 of 4 answers, to which it applies");
    }

    #[test]
    fn the_form_is_the_one_that_was_asked_for() {
        let residues = |format| {
            let hand = tracestone_structure::build::Hand::L;
            items(Make::Residue { format, hand }.questions().unwrap())
        };
        let (pdb, json) = (residues(Forms::Pdb), residues(Forms::Json));
        let other = measured(&pdb, |item| {
            let at = pdb.iter().position(|one| one.id == item.id).unwrap();
            json[at].answer.clone()
        });
        assert_eq!(one(&other, "strict_form").value, Some(0.0));
        assert_eq!(one(&other, "faithful").value, Some(1.0));
    }

    #[test]
    fn who_lists_nothing_makes_nothing_up_and_lowers_no_share() {
        let pocket = Pocket {
            kind: "contacts".to_owned(),
            seed: 1,
            count: 2,
            ligand: Value::Null,
            book: Book::Open,
        };
        let items = items(pocket.questions(None).unwrap());
        let made_up = r#"[{"chain": "?", "residue": 999, "atom": "O", "distance": 3.0}]"#;
        let first = items[0].id.clone();
        let half = measured(&items, |item| match item.id == first {
            true => made_up.to_owned(),
            false => "None that I know.".to_owned(),
        });
        let share = one(&half, "fabricated");
        assert_eq!(share.value, Some(1.0));
        assert_eq!(share.note, "mean of 1 of 2 answers, which have it");
        assert_eq!(one(&half, "f1").value, Some(0.0));
        let judge: Geometry = serde_json::from_str("{}").unwrap();
        let cheats = judge.cheats(&items[0]);
        let every = cheats
            .iter()
            .find(|cheat| cheat.name == "every-atom")
            .unwrap();
        let all = measured(&items[..1], |_| every.response.clone());
        assert_eq!(one(&all, "recall").value, Some(1.0));
        assert!(one(&all, "precision").value < Some(1.0));
    }
}

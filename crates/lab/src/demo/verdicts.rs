//! Claims of the experiment, and what was found.

use serde::Serialize;
use tracestone_interp::probe::{Estimate, Summary, correct};
use tracestone_interp::report::{ProbeReport, Role, Subject};
use tracestone_karel::parts::Unseen;

use super::Content;
use crate::patching::{CausalReport, Change, Effect};
use crate::training::ScoreReport;
use crate::words::Words;

/// A claim of the experiment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// The expectation, as a statement.
    pub claim: String,
    /// The finding, in words and numbers.
    pub found: String,
    /// True if the expectation holds.
    pub holds: bool,
}

/// Words in the name of a subject whose base is not the semantics that its model was trained under.
pub(super) const AS_IF: &str = "as if its texts meant the original";

fn verdict(claim: impl Into<String>, holds: bool, found: String) -> Verdict {
    Verdict {
        claim: claim.into(),
        found,
        holds,
    }
}

/// A number with its interval.
fn interval(value: Estimate) -> String {
    format!(
        "{:+.3} [{:+.3}, {:+.3}]",
        value.value, value.low, value.high
    )
}

/// All claims. Those about probes are made at one place, with linear probes of the token's own state, and their p values
/// are corrected together.
pub(super) fn verdicts(
    tests: &[ScoreReport],
    unseen: &Unseen,
    probes: &ProbeReport,
    place: &str,
    content: Option<&Content>,
    causal: &CausalReport,
) -> Vec<Verdict> {
    let mut found = vec![of_parts(unseen), of_accuracy(tests)];
    found.extend(beyond(tests));
    found.extend(of_probes(probes, place));
    found.push(of_convergence(probes));
    found.extend(content.map(of_content));
    for variable in causal.variables() {
        found.extend(of_patches(causal, variable));
    }
    found
}

fn of_parts(unseen: &Unseen) -> Verdict {
    verdict(
        "No tested program was trained on, and none begins with a program that was",
        unseen.shared == 0 && unseen.begun == 0,
        format!(
            "{} programs in two parts, {} programs of test that begin with one of training",
            unseen.shared, unseen.begun
        ),
    )
}

fn of_accuracy(tests: &[ScoreReport]) -> Verdict {
    let shares: Vec<String> = tests
        .iter()
        .map(|test| {
            let [low, high] = test.interval;
            format!(
                "{:.1} % [{:.1}, {:.1}]",
                100.0 * test.share,
                100.0 * low,
                100.0 * high
            )
        })
        .collect();
    verdict(
        "Each model ends in the right state for at least 90 % of unseen programs of the lengths that it was trained on",
        tests.iter().all(|test| test.share >= 0.9),
        shares.join(", "),
    )
}

/// Programs of other lengths, reported apart.
fn beyond(tests: &[ScoreReport]) -> Option<Verdict> {
    let others: Vec<_> = tests
        .iter()
        .filter_map(|test| test.beyond.as_ref())
        .collect();
    let shares: Vec<String> = others
        .iter()
        .map(|one| format!("{:.1} % of {}", 100.0 * one.share, one.texts))
        .collect();
    (!others.is_empty()).then(|| {
        verdict(
            "Each model also does so for half of the programs of lengths that it was not trained on",
            others.iter().all(|one| one.share >= 0.5),
            shares.join(", "),
        )
    })
}

/// Linear probes of the token's own state at the place, of one subject.
fn own(subject: &Subject, place: &str) -> Vec<Summary> {
    let rows = subject.summaries.iter();
    let own = rows.filter(|one| one.site == place && one.offset == 0 && one.layers == 0);
    own.cloned().collect()
}

fn of_probes(probes: &ProbeReport, place: &str) -> Vec<Verdict> {
    let roles = [Role::Trained, Role::Twin, Role::Untrained, Role::Control];
    let mut cells: Vec<(Role, &str, Summary)> = Vec::new();
    for subject in &probes.subjects {
        if roles.contains(&subject.role) {
            let rows = own(subject, place).into_iter();
            cells.extend(rows.map(|row| (subject.role, subject.name.as_str(), row)));
        }
    }
    let mut rows: Vec<Summary> = cells.iter().map(|(.., row)| row.clone()).collect();
    correct(&mut rows);
    let mut found = Vec::new();
    for ((role, name, _), row) in cells.iter().zip(&rows) {
        let Some(gap) = row.gap else { continue };
        let p = row.holm.unwrap_or(1.0);
        let numbers = format!("{}, p {} after Holm's correction", interval(gap), p_text(p));
        let variable = &row.variable;
        let at = format!("{name}: {variable}");
        found.push(match role {
            Role::Trained => verdict(
                format!("{at} is read better under the semantics of the texts than under others"),
                row.positive(),
                numbers,
            ),
            Role::Untrained => verdict(
                format!("{at} is read no better: the interval of the gap includes 0"),
                gap.includes_zero(),
                numbers,
            ),
            Role::Control => verdict(
                format!(
                    "{at} is read better than random labels of the same prefixes (selectivity)"
                ),
                row.positive(),
                numbers,
            ),
            _ => {
                let reversed = name.contains(AS_IF);
                let sign = if reversed { "below" } else { "above" };
                let holds = if reversed {
                    gap.high < 0.0 && p < 0.05
                } else {
                    row.positive()
                };
                verdict(format!("{at} has a gap {sign} 0"), holds, numbers)
            }
        });
    }
    found
}

fn p_text(p: f64) -> String {
    if p < 0.001 {
        "below .001".to_owned()
    } else {
        format!("{p:.3}")
    }
}

fn of_convergence(probes: &ProbeReport) -> Verdict {
    let rows = probes.subjects.iter().flat_map(|one| &one.summaries);
    let linear = rows.filter(|one| one.layers == 0);
    let (mut all, mut ended) = (0, 0);
    for row in linear {
        all += row.penalties.values().map(Vec::len).sum::<usize>();
        ended += row.unconverged;
    }
    verdict(
        "Every linear probe converges: the largest gradient of the mean loss falls below 1e-4",
        ended == 0,
        format!("{} of {all} did", all - ended),
    )
}

fn of_content(content: &Content) -> Verdict {
    let each: Vec<String> = content
        .r2
        .iter()
        .map(|(seed, r2)| format!("{r2:.3} (seed {seed})"))
        .collect();
    verdict(
        "Over training, accuracy follows what a linear probe reads of facing, relative position and wall ahead (R2 of .9 or \
         more, as in the paper)",
        content.r2.iter().all(|(_, r2)| *r2 >= 0.9),
        format!(
            "R2 {}; all points together {:.3}; with the content under other semantics {:.3}",
            each.join(", "),
            content.r2_all,
            content.r2_alternative
        ),
    )
}

/// The use that the model makes of what a probe reads: at the actions, where the gap is measured, and at the answer.
fn of_patches(causal: &CausalReport, variable: &str) -> Vec<Verdict> {
    let strongest = |words: Words| -> Option<(&Effect, &Effect)> {
        let of = |change: Change| {
            let rows = causal.effects.iter();
            rows.filter(move |one| {
                one.change == change && one.words == words && one.variable == variable
            })
        };
        let best = of(Change::Probe).max_by(|a, b| a.word.value.total_cmp(&b.word.value))?;
        let random = of(Change::Random).find(|one| one.site == best.site)?;
        Some((best, random))
    };
    let mut found = Vec::new();
    for (words, claim) in [
        (Words::Actions, "at the actions, where the gap is measured"),
        (Words::Answer, "at the tokens of the answer"),
    ] {
        let Some((own, random)) = strongest(words) else {
            continue;
        };
        found.push(verdict(
            format!(
                "Moving the {variable} along what a linear probe reads {claim} changes the answer"
            ),
            own.word.low > random.word.high.max(0.0),
            format!(
                "the last word that differs follows in {} of cases at {}, in a random direction {}",
                interval(own.word),
                own.site,
                interval(random.word)
            ),
        ));
    }
    found
}

//! Patches between two runs of one program: the stream of a text becomes that of the same program on another input, and
//! the interpreter's answer for that input is what the model should then say.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tracestone_eval::report::rendered;
use tracestone_interp::activations::{Spot, collect};
use tracestone_interp::causal::{Case, Change, Moves, Patch, Said, random_like, say};
use tracestone_interp::data::Texts;
use tracestone_interp::directory::Model;
use tracestone_interp::model::Site;
use tracestone_record::watch::{Progress, Watch};
use tracestone_record::words::counted;
use tracestone_stats::{Draws, Estimate};

use super::cases::Pair;
use crate::dataset::Dataset;
use crate::error::Error;
use crate::patching::PatchSettings;

const PAGE: &str = include_str!("causal.html");
const STYLE: &str = include_str!("../plasticity/page.css");

/// Prompts that go through the model at once.
const BATCH: usize = 16;

/// Tokens of a prompt at which the stream is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Group {
    /// Those in which the two prompts differ: the inputs.
    Input,
    /// Those after the last of these, without the prompt's last one.
    Between,
    /// The last one of the prompt, from which the answer is written.
    Last,
    /// All from the first difference on.
    All,
}

impl Group {
    const ALL: [Self; 4] = [Self::Input, Self::Between, Self::Last, Self::All];

    fn name(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::Between => "between",
            Self::Last => "last",
            Self::All => "all",
        }
    }

    fn positions(self, pair: &Pair) -> Vec<usize> {
        let words = pair.prompt.iter().zip(&pair.other_prompt).enumerate();
        let differ: Vec<usize> = words
            .filter(|(_, (a, b))| a != b)
            .map(|(at, _)| at)
            .collect();
        let (Some(first), Some(last)) = (differ.first(), differ.last()) else {
            return Vec::new();
        };
        let end = pair.prompt.len() - 1;
        match self {
            Self::Input => differ,
            Self::Between => (last + 1..end).collect(),
            Self::Last => vec![end],
            Self::All => (*first..=end).collect(),
        }
    }
}

/// The findings of a study of patches between runs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PythonCausal {
    /// Settings of the study.
    pub settings: serde_json::Value,
    /// Pairs of runs.
    pub cases: usize,
    /// Programs that they are of, as splits keep them together; intervals resample these.
    pub programs: usize,
    /// The share of runs for which the model gives the interpreter's answer, without a patch.
    pub right: Estimate,
    /// The share of runs for which it gives the other run's answer when it reads the other prompt: the total effect.
    pub total: Estimate,
    /// The effects of patches.
    pub effects: Vec<PythonEffect>,
}

/// The effect of one change at one place.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PythonEffect {
    /// Tokens at which the stream is changed: `input`, `between`, `last` or `all`.
    pub tokens: String,
    /// The place in the model.
    pub site: String,
    /// `other run`: the stream of the other run; `random`: as far in a random direction.
    pub change: String,
    /// Mean share of cases in which the model gives the answer of the other run, less that share without a patch.
    pub effect: Estimate,
    /// The mean change of the log odds of the two answers, as a share of what the other prompt does; none where that does
    /// nothing.
    pub recovered: Option<Estimate>,
    /// The share of cases in which it still gives the answer of its own run.
    pub unchanged: Estimate,
}

/// Pairs with what is measured without patches.
struct Study<'s> {
    model: &'s Model,
    pairs: Vec<Pair>,
    cases: Vec<Case>,
    /// Number of the program of each case.
    programs: Vec<usize>,
    count: usize,
    base: Vec<Said>,
    total: Vec<Said>,
    draws: Draws,
}

/// Patches the runs of a dataset's pairs.
///
/// # Errors
/// The dataset is not of Python texts or has no pairs, or the model cannot read them.
pub fn patch_python(
    model: &Model,
    data: &Dataset,
    plan: &PatchSettings,
    watch: &dyn Watch,
) -> Result<PythonCausal, Error> {
    let mut pairs = data.pairs()?;
    pairs.truncate(plan.programs);
    if pairs.is_empty() {
        return Err(Error::NoPairs);
    }
    let sites = Site::main(model.decoder.config.layers);
    let total = (sites.len() * Group::ALL.len() * 2) as u64;
    let progress = Progress::start(watch, "patch", "effects", total);
    let mut study = Study::new(model, pairs, plan)?;
    let mut effects = Vec::new();
    for site in sites {
        let [own, other] = [false, true].map(|other| study.streams(site, other));
        let (own, other) = (own?, other?);
        for group in Group::ALL {
            let moves = study.moves(group, &own, &other);
            let random = random_like(&moves, plan.seed);
            for (change, moves) in [("other run", moves), ("random", random)] {
                effects.push(study.effect(site, group, change, &moves)?);
                progress.advance(1);
            }
            if watch.stop() {
                return Err(Error::Stopped);
            }
        }
    }
    progress.finish(&counted(effects.len() as u64, "effect"));
    let share = |study: &mut Study<'_>, said: &[Said], of: fn(&Said) -> bool| {
        let values: Vec<f64> = said
            .iter()
            .map(|one| f64::from(u8::from(of(one))))
            .collect();
        study.mean(&values)
    };
    let (base, all) = (study.base.clone(), study.total.clone());
    Ok(PythonCausal {
        settings: serde_json::json!({
            "pairs": study.pairs.len(), "seed": plan.seed, "bootstrap_draws": plan.draws,
            "truth": "the interpreter's answer for the other input",
            "interval": "95 %, percentiles over resampled programs",
        }),
        cases: study.pairs.len(),
        programs: study.count,
        right: share(&mut study, &base, |said| said.actual),
        total: share(&mut study, &all, |said| said.counterfactual),
        effects,
    })
}

impl<'s> Study<'s> {
    fn new(model: &'s Model, pairs: Vec<Pair>, plan: &PatchSettings) -> Result<Self, Error> {
        let case = |pair: &Pair, prompt: &Vec<u32>| Case {
            prompt: prompt.clone(),
            actual: pair.actual.clone(),
            counterfactual: pair.counterfactual.clone(),
        };
        let cases: Vec<Case> = pairs.iter().map(|pair| case(pair, &pair.prompt)).collect();
        let changed: Vec<Case> = pairs
            .iter()
            .map(|pair| case(pair, &pair.other_prompt))
            .collect();
        let mut known: BTreeMap<&str, usize> = BTreeMap::new();
        let numbers = pairs.iter().map(|pair| {
            let next = known.len();
            *known.entry(&pair.program).or_insert(next)
        });
        let programs: Vec<usize> = numbers.collect();
        let count = known.len();
        Ok(Self {
            base: say(&model.decoder, &cases, 0, None)?,
            total: say(&model.decoder, &changed, 0, None)?,
            draws: Draws::new(count, plan.draws, plan.seed),
            model,
            pairs,
            cases,
            programs,
            count,
        })
    }

    /// The mean of a value of each case, with an interval over programs.
    fn mean(&mut self, values: &[f64]) -> Estimate {
        let by_program = |values: &mut dyn Iterator<Item = f64>| -> Vec<(usize, f64)> {
            let mut sums: BTreeMap<usize, f64> = BTreeMap::new();
            for (program, value) in self.programs.iter().zip(values) {
                *sums.entry(*program).or_default() += value;
            }
            sums.into_iter().collect()
        };
        let sums = by_program(&mut values.iter().copied());
        let sizes = by_program(&mut values.iter().map(|_| 1.0));
        self.draws.estimate(&[sums], &sizes)
    }

    /// The stream of all prompts at a site, token after token of each; `other` chooses the second run's prompts.
    fn streams(&self, site: Site, other: bool) -> Result<Vec<Vec<f32>>, Error> {
        let mut texts = Texts::default();
        for pair in &self.pairs {
            let prompt = if other {
                &pair.other_prompt
            } else {
                &pair.prompt
            };
            texts.push(String::new(), prompt, prompt.len());
        }
        let spots = (0..texts.len()).flat_map(|text| {
            let positions = 0..texts.words(text).len();
            positions.map(move |position| Spot { text, position })
        });
        let spots: Vec<Spot> = spots.collect();
        let width = self.model.decoder.config.hidden;
        let mut rows: Vec<Vec<f32>> = vec![Vec::new(); texts.len()];
        let decoder = &self.model.decoder;
        collect(
            decoder,
            &texts,
            0,
            &spots,
            &[site],
            BATCH,
            &mut |now, found| {
                for (spot, row) in now.iter().zip(found[0].chunks_exact(width)) {
                    rows[spot.text].extend_from_slice(row);
                }
                Ok(())
            },
        )?;
        Ok(rows)
    }

    /// Differences that turn the stream of each case into the other run's.
    fn moves(&self, group: Group, own: &[Vec<f32>], other: &[Vec<f32>]) -> Vec<Moves> {
        let width = self.model.decoder.config.hidden;
        let each = self
            .pairs
            .iter()
            .zip(own)
            .zip(other)
            .map(|((pair, own), other)| {
                let positions = group.positions(pair).into_iter();
                let moves = positions.map(|at| {
                    let range = at * width..(at + 1) * width;
                    let pairs = other[range.clone()].iter().zip(&own[range]);
                    (at, pairs.map(|(other, own)| other - own).collect())
                });
                moves.collect()
            });
        each.collect()
    }

    fn effect(
        &mut self,
        site: Site,
        group: Group,
        change: &str,
        moves: &[Moves],
    ) -> Result<PythonEffect, Error> {
        let change_of = Change::Add(moves);
        let patch = Patch {
            site,
            change: change_of,
        };
        let said = say(&self.model.decoder, &self.cases, 0, Some(patch))?;
        let number = |yes: bool| f64::from(u8::from(yes));
        let effects = said.iter().zip(&self.base);
        let effects =
            effects.map(|(now, base)| number(now.counterfactual) - number(base.counterfactual));
        let effects: Vec<f64> = effects.collect();
        let unchanged: Vec<f64> = said.iter().map(|now| number(now.actual)).collect();
        Ok(PythonEffect {
            tokens: group.name().to_owned(),
            site: site.name(),
            change: change.to_owned(),
            effect: self.mean(&effects),
            recovered: self.recovered(&said),
            unchanged: self.mean(&unchanged),
        })
    }

    /// The ratio of the changes of the log odds; the total is resampled with the programs. None where the interval of the
    /// total includes 0: a ratio to nothing says nothing.
    fn recovered(&mut self, said: &[Said]) -> Option<Estimate> {
        let change = |after: &[Said]| -> Vec<f64> {
            let pairs = after.iter().zip(&self.base);
            pairs
                .map(|(now, base)| now.log_odds - base.log_odds)
                .collect()
        };
        let (moved, whole) = (change(said), change(&self.total));
        if self.mean(&whole).low <= 0.0 {
            return None;
        }
        let programs = &self.programs;
        let sum = |values: &[f64], counts: &[u16]| -> f64 {
            let pairs = values.iter().zip(programs);
            pairs
                .map(|(value, program)| value * f64::from(counts[*program]))
                .sum()
        };
        Some(
            self.draws
                .of(|counts| sum(&moved, counts) / sum(&whole, counts)),
        )
    }
}

/// The values that the page shows; all text is escaped.
#[derive(Serialize)]
struct Page<'a> {
    style: &'static str,
    report: &'a PythonCausal,
    right: String,
    total: String,
    rows: Vec<[String; 6]>,
    settings: String,
}

/// A report as one page that needs nothing else.
///
/// # Errors
/// The template does not fit, which tests rule out.
pub fn python_page(report: &PythonCausal) -> Result<String, Error> {
    let signed = |value: Estimate| {
        format!(
            "{:+.3} [{:+.3}, {:+.3}]",
            value.value, value.low, value.high
        )
    };
    let share = |value: Estimate| {
        let [value, low, high] = [value.value, value.low, value.high].map(|share| 100.0 * share);
        format!("{value:.1} % [{low:.1}, {high:.1}]")
    };
    let rows = report.effects.iter().map(|one| {
        [
            one.site.clone(),
            one.tokens.clone(),
            one.change.clone(),
            signed(one.effect),
            one.recovered.map_or_else(|| "–".to_owned(), signed),
            share(one.unchanged),
        ]
    });
    let page = Page {
        style: STYLE,
        right: share(report.right),
        total: share(report.total),
        rows: rows.collect(),
        settings: serde_json::to_string_pretty(&report.settings)?,
        report,
    };
    let mut html = rendered(PAGE, page)?;
    html.push('\n');
    Ok(html)
}

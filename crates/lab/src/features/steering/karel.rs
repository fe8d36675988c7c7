//! Features taken away from the stream or exchanged for others, judged by Karel's interpreter: the answer that the world
//! would give had the hero looked elsewhere.

use serde::Serialize;
use tracestone_interp::activations::{Spot, collect};
use tracestone_interp::causal::{Moves, as_long_as, random_like};
use tracestone_interp::data::Texts;
use tracestone_interp::directory::Model;
use tracestone_interp::model::Site;
use tracestone_karel::Facing;
use tracestone_record::watch::{Progress, Watch};
use tracestone_record::words::counted;
use tracestone_sae::{Dictionary, Sparse};

use super::super::states::{Parts, StateReport};
use crate::dataset::Dataset;
use crate::error::Error;
use crate::patching::{Change, Effect, Language, Measure, PatchSettings, Prepared, cases};
use crate::words::Words;

/// Tokens at which the stream is changed.
const TOKENS: [Words; 3] = [Words::Actions, Words::Answer, Words::Onward];

/// The effects of changing the features of the facing.
#[derive(Debug, Clone, Serialize)]
pub struct KarelSteering {
    /// The effect of changing the input itself, which the others are a part of.
    pub input: Effect,
    /// The effects at each group of tokens.
    pub effects: Vec<Effect>,
    /// The share of cases in which the model says what the world did, without a change.
    pub right: f64,
}

/// A dictionary with the features of the facings.
struct Chosen<'c> {
    dictionary: &'c Dictionary,
    /// For each facing its feature.
    features: Vec<usize>,
    /// For each facing and feature the mean activation with the facing.
    means: Vec<Vec<f64>>,
    /// For each facing the mean row.
    rows: Vec<Vec<f32>>,
}

impl<'c> Chosen<'c> {
    /// The best features of the report, and means over the part that they were chosen on.
    fn new(dictionary: &'c Dictionary, parts: &Parts, report: &StateReport) -> Option<Self> {
        let feature = |facing: &Facing| {
            let own = report
                .features
                .iter()
                .find(|one| one.value == facing.name());
            own.map(|one| one.feature)
        };
        let features: Option<Vec<usize>> = Facing::ALL.iter().map(feature).collect();
        let ledger = &parts.fit.ledger;
        let names: Vec<String> = Facing::ALL
            .iter()
            .map(|one| one.name().to_owned())
            .collect();
        let labels = ledger.labels("facing", tracestone_interp::probe::ORIGINAL, 0, &names);
        let sparse = dictionary.encode(&parts.fit.rows);
        let mut means = vec![vec![0.0; dictionary.width]; names.len()];
        let mut rows = vec![vec![0.0; dictionary.inputs]; names.len()];
        let mut counts = vec![0.0_f64; names.len()];
        for (row, label) in labels.iter().enumerate() {
            let Some(label) = *label else { continue };
            counts[label] += 1.0;
            for (feature, value) in sparse.row(row) {
                means[label][feature] += f64::from(value);
            }
            let width = parts.fit.width;
            let own = &parts.fit.rows[row * width..(row + 1) * width];
            rows[label]
                .iter_mut()
                .zip(own)
                .for_each(|(sum, value)| *sum += value);
        }
        for ((means, rows), count) in means.iter_mut().zip(&mut rows).zip(&counts) {
            means.iter_mut().for_each(|sum| *sum /= count.max(1.0));
            rows.iter_mut()
                .for_each(|sum| *sum /= count.max(1.0) as f32);
        }
        Some(Self {
            dictionary,
            features: features?,
            means,
            rows,
        })
    }

    /// From one facing to another, along some features only: each gets the mean that it has with the other facing.
    fn way(&self, from: usize, to: usize, features: &[usize]) -> Vec<f32> {
        let mut way = vec![0.0_f32; self.dictionary.inputs];
        for feature in features {
            let by = (self.means[to][*feature] - self.means[from][*feature]) as f32;
            self.dictionary.add(&mut way, *feature, by);
        }
        way
    }

    /// From one facing's mean row to another's, in all directions.
    fn mean_way(&self, from: usize, to: usize) -> Vec<f32> {
        let pairs = self.rows[to].iter().zip(&self.rows[from]);
        pairs.map(|(to, from)| to - from).collect()
    }

    /// Features that fire about as often on average and are none of the chosen: those whose means are next in size.
    fn others(&self) -> Vec<usize> {
        let overall =
            |feature: usize| -> f64 { self.means.iter().map(|means| means[feature]).sum() };
        let mut rest: Vec<usize> = (0..self.dictionary.width)
            .filter(|feature| !self.features.contains(feature))
            .collect();
        let mut found = Vec::new();
        for feature in &self.features {
            let wanted = overall(*feature);
            let near = |one: &usize| (overall(*one) - wanted).abs();
            let best = rest
                .iter()
                .copied()
                .min_by(|a, b| near(a).total_cmp(&near(b)));
            if let Some(best) = best {
                rest.retain(|one| *one != best);
                found.push(best);
            }
        }
        found
    }
}

/// Changes features of the facing at a site and measures the effects; nothing if the ledger has no facings.
pub(super) fn steer(
    (model, data): (&Model, &Dataset),
    (dictionary, parts): (&Dictionary, &Parts),
    (site, reports): (Site, &[StateReport]),
    plan: &PatchSettings,
    watch: &dyn Watch,
) -> Result<Option<KarelSteering>, Error> {
    let world = Language::of(data)?;
    let report = reports.iter().find(|one| one.variable == "facing");
    let chosen = report.and_then(|report| Chosen::new(dictionary, parts, report));
    let Some(chosen) = chosen else {
        return Ok(None);
    };
    let vocabulary = model.vocabulary.as_ref().ok_or(Error::NotWordLevel)?;
    let prepared = cases(&world, vocabulary, data, plan.programs)?;
    let progress = Progress::start(watch, "steer", "groups of tokens", TOKENS.len() as u64);
    let mut measure = Measure::new(model, vocabulary, world.cells(), &prepared, plan)?;
    let input = measure.total()?;
    let mut effects = Vec::new();
    let streams = streams(model, vocabulary.pad, site, &prepared)?;
    for words in TOKENS {
        for (change, moves) in ways(&chosen, &measure, &prepared, words, plan, world.cells()) {
            effects.push(measure.moved(site, words, change, &moves)?);
        }
        let others = chosen.others();
        for (change, features) in [
            (Change::Ablated, &chosen.features),
            (Change::RandomAblated, &others),
        ] {
            let moves = without(&chosen, &measure, &prepared, words, &streams, features);
            effects.push(measure.moved(site, words, change, &moves)?);
        }
        progress.advance(1);
    }
    progress.finish(&counted(effects.len() as u64, "effect"));
    let right = measure.right();
    Ok(Some(KarelSteering {
        input,
        effects,
        right,
    }))
}

/// Ways of exchanging the facing's features, with their controls.
fn ways(
    chosen: &Chosen<'_>,
    measure: &Measure<'_>,
    prepared: &[Prepared],
    words: Words,
    plan: &PatchSettings,
    cells: usize,
) -> Vec<(Change, Vec<Moves>)> {
    let strength = plan.strength as f32;
    let others = chosen.others();
    let along = |of: &dyn Fn(usize, usize) -> Vec<f32>| -> Vec<Moves> {
        let each = prepared.iter().map(|one| {
            let (before, after) = (&one.before[0], &one.after[0]);
            let moves = measure.places(one, words).into_iter().map(|position| {
                let step = position.saturating_sub(cells + 1);
                let step = step.min(before.len() - 1);
                let mut way = of(before[step], after[step]);
                way.iter_mut().for_each(|value| *value *= strength);
                (position, way)
            });
            moves.collect()
        });
        each.collect()
    };
    let own =
        along(&|from, to| chosen.way(from, to, &[chosen.features[from], chosen.features[to]]));
    let control = along(&|from, to| {
        let pair: Vec<usize> = [from, to]
            .iter()
            .filter_map(|one| others.get(*one).copied())
            .collect();
        let mut way = vec![0.0_f32; chosen.dictionary.inputs];
        for (feature, sign) in pair.iter().zip([-1.0, 1.0]) {
            chosen.dictionary.add(&mut way, *feature, sign);
        }
        as_long_as(
            way,
            &chosen.way(from, to, &[chosen.features[from], chosen.features[to]]),
        )
    });
    let random = random_like(&own, plan.seed);
    vec![
        (Change::Mean, along(&|from, to| chosen.mean_way(from, to))),
        (Change::Features, own),
        (Change::RandomFeatures, control),
        (Change::Random, random),
    ]
}

/// The features of each case's text, token after token.
struct Streams {
    starts: Vec<usize>,
    rows: Vec<f32>,
}

fn streams(model: &Model, pad: u32, site: Site, prepared: &[Prepared]) -> Result<Streams, Error> {
    let mut texts = Texts::default();
    for one in prepared {
        let words = one.case.prompt.iter().chain(&one.case.actual).copied();
        let words: Vec<u32> = words.collect();
        texts.push(String::new(), &words, one.case.prompt.len());
    }
    let mut starts = vec![0];
    let mut spots = Vec::new();
    for text in 0..texts.len() {
        let positions = 0..texts.words(text).len();
        spots.extend(positions.map(|position| Spot { text, position }));
        starts.push(spots.len());
    }
    let mut rows = Vec::new();
    collect(
        &model.decoder,
        &texts,
        pad,
        &spots,
        &[site],
        64,
        &mut |_, found| {
            rows.extend_from_slice(&found[0]);
            Ok(())
        },
    )?;
    Ok(Streams { starts, rows })
}

/// Moves that take features away: at each token each as strong as it fires there.
fn without(
    chosen: &Chosen<'_>,
    measure: &Measure<'_>,
    prepared: &[Prepared],
    words: Words,
    streams: &Streams,
    features: &[usize],
) -> Vec<Moves> {
    let sparse: Sparse = chosen.dictionary.encode(&streams.rows);
    let each = prepared.iter().enumerate().map(|(text, one)| {
        let moves = measure.places(one, words).into_iter().map(|position| {
            let mut way = vec![0.0_f32; chosen.dictionary.inputs];
            let row = streams.starts[text] + position;
            for (feature, value) in sparse.row(row).filter(|(one, _)| features.contains(one)) {
                chosen.dictionary.add(&mut way, feature, -value);
            }
            (position, way)
        });
        moves.collect()
    });
    each.collect()
}

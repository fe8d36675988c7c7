//! Series with anomalies whose intervals are known exactly.

use serde::{Deserialize, Serialize};
use tracestone_stats::Draw;

use crate::series::{Repairs, Series};
use crate::span::Span;

/// Kind of an anomaly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Anomaly {
    /// One to three points far from their neighbours.
    Spike,
    /// A stretch on another level, seasonality and noise unchanged.
    LevelShift,
    /// A stretch outside of the range of all other values.
    Range,
    /// A stretch with another slope.
    TrendBreak,
    /// A stretch in which the season runs two to three times as fast.
    FrequencyChange,
    /// A stretch that repeats the value before it.
    FlatLine,
    /// A stretch with many times the noise.
    NoiseBurst,
    /// A season that does not happen.
    MissingCycle,
    /// A stretch whose values are usual, but not at that phase of the season.
    Contextual,
}

impl Anomaly {
    /// All kinds, in the order of reports.
    pub const ALL: [Self; 9] = [
        Self::Spike,
        Self::LevelShift,
        Self::Range,
        Self::TrendBreak,
        Self::FrequencyChange,
        Self::FlatLine,
        Self::NoiseBurst,
        Self::MissingCycle,
        Self::Contextual,
    ];

    /// Name in files and reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Spike => "spike",
            Self::LevelShift => "level-shift",
            Self::Range => "range",
            Self::TrendBreak => "trend-break",
            Self::FrequencyChange => "frequency-change",
            Self::FlatLine => "flat-line",
            Self::NoiseBurst => "noise-burst",
            Self::MissingCycle => "missing-cycle",
            Self::Contextual => "contextual",
        }
    }
}

/// Settings of generated series.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Recipe {
    /// Number of points, at least twelve seasons.
    pub points: usize,
    /// Points of a season, from the first to the second of these.
    pub season: (usize, usize),
    /// Half the height of the season.
    pub amplitude: (f64, f64),
    /// The rise of the trend over the whole series, in amplitudes.
    pub trend: (f64, f64),
    /// Standard deviation of the noise, in amplitudes.
    pub noise: (f64, f64),
    /// Kinds of anomalies; each series has one kind, all kinds in turn.
    pub kinds: Vec<Anomaly>,
    /// Anomalies of a series that has any.
    pub anomalies: (usize, usize),
    /// Of each five series, this many have no anomaly.
    pub clean_of_five: usize,
}

impl Default for Recipe {
    fn default() -> Self {
        Self {
            points: 400,
            season: (20, 30),
            amplitude: (1.0, 10.0),
            trend: (-1.0, 1.0),
            noise: (0.02, 0.1),
            kinds: Anomaly::ALL.to_vec(),
            anomalies: (1, 2),
            clean_of_five: 1,
        }
    }
}

/// Seconds from one point of a generated series to the next.
const STEP: i64 = 3_600;
/// Digits after the decimal point of generated values: the libraries of two machines agree on that many.
const DIGITS: f64 = 1e4;

/// The first `count` series of a recipe and a seed. A series depends on its number alone, not on `count`.
#[must_use]
pub fn generate(recipe: &Recipe, seed: u64, count: usize) -> Vec<Series> {
    (0..count).map(|number| one(recipe, seed, number)).collect()
}

fn one(recipe: &Recipe, seed: u64, number: usize) -> Series {
    let group = number / 5;
    let clean = recipe.clean_of_five.min(5);
    // The order within five series is drawn, so that which of them are clean is no secret of their number.
    let place = Draw::of_stream(seed, group as u64 * 2 + 1).order(5)[number % 5];
    // Kinds go around over the series that have anomalies.
    let turn = group * (5 - clean) + place.saturating_sub(clean);
    let kind = (place >= clean && !recipe.kinds.is_empty())
        .then(|| recipe.kinds[turn % recipe.kinds.len()]);
    let mut draw = Draw::of_stream(seed, number as u64 * 2);
    let base = Base::draw(recipe, &mut draw);
    let mut values = base.values();
    let usual = values.clone();
    let mut truth = Vec::new();
    if let Some(kind) = kind {
        let wanted = draw.whole(recipe.anomalies.0, recipe.anomalies.1);
        for _ in 0..wanted {
            // A place is sought some times; a series too short for a second anomaly has one.
            for _ in 0..50 {
                let Some(span) = base.place(kind, &mut draw) else {
                    break;
                };
                if crate::span::padded(&truth, base.season, values.len())
                    .iter()
                    .all(|taken| !taken.touches(span))
                {
                    base.spoil(kind, span, &mut values, &mut draw);
                    truth.extend(changed(&usual, &values, span));
                    break;
                }
            }
        }
    }
    truth.sort_unstable();
    Series {
        id: format!("generated-{seed}-{number:04}"),
        family: kind.map_or("clean", Anomaly::name).to_owned(),
        times: (0..values.len() as i64).map(|at| at * STEP).collect(),
        values: values
            .into_iter()
            .map(|value| Some(rounded(value)))
            .collect(),
        truth,
        repairs: Repairs::default(),
    }
}

/// The smallest interval with all values that an anomaly changed: exactly that is true.
fn changed(usual: &[f64], values: &[f64], span: Span) -> Option<Span> {
    let differs = |at: &usize| rounded(usual[*at]) != rounded(values[*at]);
    let first = (span.start..span.end).find(differs)?;
    let last = (span.start..span.end).rev().find(differs)?;
    Span::new(first, last + 1)
}

fn rounded(value: f64) -> f64 {
    (value * DIGITS).round() / DIGITS
}

/// A series without anomalies, by its parts.
struct Base {
    season: usize,
    amplitude: f64,
    /// Share of the second harmonic, which makes the season's two halves differ.
    second: f64,
    phase: f64,
    level: f64,
    slope: f64,
    noise: Vec<f64>,
}

impl Base {
    fn draw(recipe: &Recipe, draw: &mut Draw) -> Self {
        let season = draw.whole(recipe.season.0.max(4), recipe.season.1);
        let points = recipe.points.max(12 * season);
        let amplitude = draw.between(recipe.amplitude.0, recipe.amplitude.1);
        let spread = amplitude * draw.between(recipe.noise.0, recipe.noise.1);
        Self {
            season,
            amplitude,
            second: draw.between(0.0, 0.4),
            phase: draw.between(0.0, 1.0),
            level: amplitude * draw.between(-3.0, 3.0),
            slope: amplitude * draw.between(recipe.trend.0, recipe.trend.1) / points as f64,
            noise: (0..points).map(|_| spread * draw.normal()).collect(),
        }
    }

    fn values(&self) -> Vec<f64> {
        let at = |at: usize| self.trend(at) + self.wave(at as f64) + self.noise[at];
        (0..self.noise.len()).map(at).collect()
    }

    fn trend(&self, at: usize) -> f64 {
        self.level + self.slope * at as f64
    }

    /// The season's part of a value, at a time that need not be a whole number.
    fn wave(&self, at: f64) -> f64 {
        let turn = std::f64::consts::TAU * (at / self.season as f64 + self.phase);
        self.amplitude * (turn.sin() + self.second * (2.0 * turn).sin())
    }

    /// An interval in which an anomaly could be: after three seasons, so that what is usual can be seen before.
    fn place(&self, kind: Anomaly, draw: &mut Draw) -> Option<Span> {
        let season = self.season;
        let points = match kind {
            Anomaly::Spike => draw.whole(1, 3),
            Anomaly::LevelShift | Anomaly::TrendBreak => draw.whole(season, 2 * season),
            Anomaly::Range | Anomaly::NoiseBurst => draw.whole(season / 2, season),
            Anomaly::FrequencyChange | Anomaly::FlatLine => draw.whole(season, 2 * season),
            Anomaly::MissingCycle => season,
            Anomaly::Contextual => season / 2,
        };
        let latest = self.noise.len().checked_sub(points + season)?;
        let earliest = 3 * season;
        if latest < earliest {
            return None;
        }
        let start = draw.whole(earliest, latest);
        Span::new(start, start + points)
    }

    fn spoil(&self, kind: Anomaly, span: Span, values: &mut [f64], draw: &mut Draw) {
        let amplitude = self.amplitude;
        let places = span.start..span.end;
        let sign = draw.sign();
        match kind {
            Anomaly::Spike => {
                let height = sign * amplitude * draw.between(3.0, 6.0);
                places.for_each(|at| values[at] += height);
            }
            Anomaly::LevelShift => {
                let height = sign * amplitude * draw.between(1.0, 2.0);
                places.for_each(|at| values[at] += height);
            }
            Anomaly::Range => {
                let edge = amplitude * draw.between(3.0, 4.0);
                places.for_each(|at| {
                    values[at] = self.trend(at) + sign * edge + draw.normal() * amplitude * 0.2;
                });
            }
            Anomaly::TrendBreak => {
                let slope = sign * amplitude * draw.between(2.0, 3.0) / span.points() as f64;
                places.for_each(|at| values[at] += slope * (at - span.start + 1) as f64);
            }
            Anomaly::FrequencyChange => {
                let factor = draw.between(2.0, 3.0);
                places.for_each(|at| {
                    let passed = (at - span.start + 1) as f64 * factor;
                    let wave = self.wave(span.start as f64 - 1.0 + passed);
                    values[at] = self.trend(at) + wave + self.noise[at];
                });
            }
            Anomaly::FlatLine => {
                let held = values[span.start - 1];
                places.for_each(|at| values[at] = held);
            }
            Anomaly::NoiseBurst => {
                let spread = amplitude * draw.between(0.8, 1.5);
                places.for_each(|at| values[at] += spread * draw.normal());
            }
            Anomaly::MissingCycle => {
                places.for_each(|at| values[at] = self.trend(at) + self.noise[at]);
            }
            Anomaly::Contextual => {
                let half = self.season as f64 / 2.0;
                places.for_each(|at| {
                    values[at] = self.trend(at) + self.wave(at as f64 + half) + self.noise[at];
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_truth_is_what_was_changed_and_nothing_else() {
        let recipe = Recipe::default();
        for number in 0..90 {
            let series = one(&recipe, 3, number);
            let clean = Recipe {
                kinds: Vec::new(),
                ..recipe.clone()
            };
            let usual = one(&clean, 3, number);
            assert_eq!(usual.truth, []);
            assert_eq!(series.truth.is_empty(), series.family == "clean");
            let mask = crate::span::mask(&series.truth, series.len());
            for (at, in_truth) in mask.iter().enumerate() {
                if !in_truth {
                    assert_eq!(series.values[at], usual.values[at], "{} {at}", series.id);
                }
            }
            for span in &series.truth {
                for at in [span.start, span.end - 1] {
                    assert_ne!(series.values[at], usual.values[at], "{} {at}", series.id);
                }
                assert!(span.start >= 60 && span.end < series.len());
            }
        }
    }

    #[test]
    fn of_five_series_one_is_clean_and_every_kind_occurs() {
        let all = generate(&Recipe::default(), 0, 45);
        for five in all.chunks(5) {
            let clean = five.iter().filter(|series| series.truth.is_empty());
            assert_eq!(clean.count(), 1);
        }
        for kind in Anomaly::ALL {
            let count = all.iter().filter(|one| one.family == kind.name()).count();
            assert_eq!(count, 4, "{}", kind.name());
        }
    }

    #[test]
    fn a_series_depends_on_its_number_and_seed_alone() {
        let many = generate(&Recipe::default(), 9, 12);
        assert_eq!(many[..4], generate(&Recipe::default(), 9, 4)[..]);
        assert_ne!(
            many[0].values,
            generate(&Recipe::default(), 10, 1)[0].values
        );
    }
}

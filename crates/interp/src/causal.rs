//! Patching: what the model says when its hidden state is moved, and whether that is what the world would
//! do.
//!
//! A *case* is a text and a counterfactual: had a variable had another value once a word was read, the
//! completion would be another one, which whoever knows the data's meaning computes and hands in. The
//! stream is moved at that word, and the completion is compared with both.

use serde::{Deserialize, Serialize};

use crate::data::Texts;
use crate::error::{InterpError, Result};
use crate::evaluation::most;
use crate::matrix::{real, single};
use crate::model::{Decoder, Input, Keep, Site, Tape};
use crate::parameters::fill_normal;
use crate::probe::{Classifier, ClassifierSettings, Target};

/// A text with a counterfactual.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// The given words, with the one that begins every text.
    pub prompt: Vec<u32>,
    /// The completion as it is, with the word that ends it.
    pub actual: Vec<u32>,
    /// The completion as it would be.
    pub counterfactual: Vec<u32>,
    /// The place of the word in the prompt.
    pub position: usize,
}

/// At which words the stream is moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// At the case's word alone.
    Word,
    /// At the case's word and all given ones after it.
    Onward,
}

/// A change of the stream: for each case what is added.
#[derive(Debug, Clone, Copy)]
pub struct Patch<'p> {
    /// The place.
    pub site: Site,
    /// The words.
    pub reach: Reach,
    /// What is added, for each case.
    pub shifts: &'p [Vec<f32>],
}

/// What a model says about a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Said {
    /// The completion as it is.
    pub actual: bool,
    /// The completion as it would be.
    pub counterfactual: bool,
}

/// What a model says about each case, patched or not.
///
/// # Errors
///
/// If a text does not fit the model.
pub fn say(
    decoder: &Decoder,
    cases: &[Case],
    pad: u32,
    patch: Option<Patch<'_>>,
) -> Result<Vec<Said>> {
    let actual = exact(decoder, cases, pad, patch, |case| &case.actual)?;
    let other = exact(decoder, cases, pad, patch, |case| &case.counterfactual)?;
    let pairs = actual.into_iter().zip(other);
    Ok(pairs
        .map(|(actual, counterfactual)| Said {
            actual,
            counterfactual,
        })
        .collect())
}

/// Cases that go through the model at once.
const BATCH: usize = 64;

/// Whether greedy decoding gives a completion: so it does if each of its words is the most likely one
/// after those before it.
fn exact(
    decoder: &Decoder,
    cases: &[Case],
    pad: u32,
    patch: Option<Patch<'_>>,
    completion: fn(&Case) -> &Vec<u32>,
) -> Result<Vec<bool>> {
    let width = decoder.config.hidden;
    let mut tape = Tape::default();
    let mut results = Vec::with_capacity(cases.len());
    for (number, chunk) in cases.chunks(BATCH).enumerate() {
        let mut texts = Texts::default();
        for case in chunk {
            let ids: Vec<u32> = case
                .prompt
                .iter()
                .chain(completion(case))
                .copied()
                .collect();
            texts.push(String::new(), &ids, case.prompt.len());
        }
        let all: Vec<usize> = (0..chunk.len()).collect();
        let batch = texts.batch(&all, pad);
        let input = Input {
            ids: &batch.ids,
            time: batch.time,
        };
        let mut edit = |site: Site, stream: &mut [f32]| {
            let Some(patch) = patch.filter(|patch| patch.site == site) else {
                return;
            };
            for (row, case) in chunk.iter().enumerate() {
                let last = match patch.reach {
                    Reach::Word => case.position + 1,
                    Reach::Onward => case.prompt.len(),
                };
                let shift = &patch.shifts[number * BATCH + row];
                for position in case.position..last {
                    let at = (row * batch.time + position) * width;
                    let place = stream[at..at + width].iter_mut();
                    place.zip(shift).for_each(|(value, more)| *value += more);
                }
            }
        };
        decoder.run(input, &batch.rows, Keep::Nothing, &mut tape, &mut edit)?;
        let mut right = vec![true; chunk.len()];
        let rows = tape.logits.chunks_exact(decoder.config.vocabulary);
        for ((row, target), owner) in rows.zip(&batch.targets).zip(&batch.owners) {
            right[*owner] &= most(row) == *target as usize;
        }
        results.extend(right);
    }
    Ok(results)
}

/// The stream at a word of each text, `position` in `prompt`.
///
/// # Errors
///
/// If a text does not fit the model.
pub fn stream_at(
    decoder: &Decoder,
    prompts: &[(Vec<u32>, usize)],
    site: Site,
) -> Result<Vec<Vec<f32>>> {
    let width = decoder.config.hidden;
    let mut tape = Tape::default();
    prompts
        .iter()
        .map(|(prompt, position)| {
            let input = Input {
                ids: prompt,
                time: prompt.len(),
            };
            let mut found = Vec::new();
            decoder.run(input, &[], Keep::Nothing, &mut tape, &mut |here, stream| {
                if here == site {
                    found = stream[position * width..(position + 1) * width].to_vec();
                }
            })?;
            Ok(found)
        })
        .collect()
}

/// Where a linear probe reads a variable: the space of its directions, and the mean of the stream for
/// each value.
#[derive(Debug, Clone)]
pub struct Subspace {
    basis: Vec<Vec<f32>>,
    means: Vec<Vec<f32>>,
}

impl Subspace {
    /// Trains a linear probe on rows and takes its directions.
    ///
    /// # Errors
    ///
    /// If a value never occurs.
    pub fn fit(
        rows: &[f32],
        width: usize,
        target: &Target,
        settings: ClassifierSettings,
    ) -> Result<Self> {
        let linear = ClassifierSettings {
            layers: 0,
            ..settings
        };
        let classifier = Classifier::fit(rows, width, std::slice::from_ref(target), linear);
        let mut directions = classifier.directions(0);
        // Adding one vector to all classes changes no softmax: only differences are directions.
        let count = single(real(directions.len()));
        let middle: Vec<f32> = (0..width)
            .map(|at| directions.iter().map(|row| row[at]).sum::<f32>() / count)
            .collect();
        for row in &mut directions {
            row.iter_mut()
                .zip(&middle)
                .for_each(|(value, mean)| *value -= mean);
        }
        Ok(Self {
            basis: orthonormal(directions),
            means: means(rows, width, target)?,
        })
    }

    /// The part of the way from one value's mean to another's that lies in the probe's space.
    #[must_use]
    pub fn shift(&self, from: usize, to: usize, strength: f32) -> Vec<f32> {
        let way: Vec<f32> = self.means[to]
            .iter()
            .zip(&self.means[from])
            .map(|(to, from)| to - from)
            .collect();
        let mut shift = vec![0.0; way.len()];
        for axis in &self.basis {
            let along = strength * dot(axis, &way);
            shift
                .iter_mut()
                .zip(axis)
                .for_each(|(sum, axis)| *sum += along * axis);
        }
        shift
    }

    /// How many dimensions the probe reads.
    #[must_use]
    pub fn dimensions(&self) -> usize {
        self.basis.len()
    }
}

fn means(rows: &[f32], width: usize, target: &Target) -> Result<Vec<Vec<f32>>> {
    let mut sums = vec![vec![0.0_f32; width]; target.classes];
    let mut counts = vec![0_usize; target.classes];
    for (row, label) in rows.chunks_exact(width).zip(&target.labels) {
        if let Some(class) = label {
            counts[*class] += 1;
            sums[*class]
                .iter_mut()
                .zip(row)
                .for_each(|(sum, value)| *sum += value);
        }
    }
    if counts.contains(&0) {
        return Err(InterpError::Refused(
            "a value of the variable never occurs, so nothing can be moved to it: use more texts"
                .to_owned(),
        ));
    }
    for (sum, count) in sums.iter_mut().zip(counts) {
        let share = single(1.0 / real(count));
        sum.iter_mut().for_each(|value| *value *= share);
    }
    Ok(sums)
}

/// Gram and Schmidt's procedure, leaving out what adds nothing.
fn orthonormal(rows: Vec<Vec<f32>>) -> Vec<Vec<f32>> {
    let mut basis: Vec<Vec<f32>> = Vec::new();
    for mut row in rows {
        let length = dot(&row, &row).sqrt();
        // Twice, since once is not exact in single precision.
        for _ in 0..2 {
            for axis in &basis {
                let along = dot(axis, &row);
                row.iter_mut()
                    .zip(axis)
                    .for_each(|(value, axis)| *value -= along * axis);
            }
        }
        let left = dot(&row, &row).sqrt();
        if left > 1e-3 * length && left > 0.0 {
            row.iter_mut().for_each(|value| *value /= left);
            basis.push(row);
        }
    }
    basis
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// For each shift one of the same length in a random direction.
#[must_use]
pub fn random_like(shifts: &[Vec<f32>], seed: u64) -> Vec<Vec<f32>> {
    shifts
        .iter()
        .enumerate()
        .map(|(index, shift)| {
            let mut random = vec![0.0; shift.len()];
            fill_normal(&mut random, seed, &format!("direction.{index}"), 1.0);
            let scale = (dot(shift, shift) / dot(&random, &random).max(f32::MIN_POSITIVE)).sqrt();
            random.iter_mut().for_each(|value| *value *= scale);
            random
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shift_moves_along_what_the_probe_reads_and_nowhere_else() {
        // The class is in the first number; the second one is related to it, the third is noise.
        let mut rows = Vec::new();
        let mut labels = Vec::new();
        for index in 0..200_u16 {
            let class = usize::from(index % 2);
            let noise = f32::from(index % 7) / 7.0;
            rows.extend([if class == 1 { 1.0 } else { -1.0 }, noise, 1.0 - noise]);
            labels.push(Some(class));
        }
        let target = Target { labels, classes: 2 };
        let settings = ClassifierSettings {
            layers: 0,
            width: 0,
            epochs: 30,
            batch: 32,
            learning_rate: 0.05,
            weight_decay: 0.01,
            seed: 1,
        };
        let space = Subspace::fit(&rows, 3, &target, settings).unwrap();
        assert_eq!(space.dimensions(), 1);
        let shift = space.shift(0, 1, 1.0);
        assert!(shift[0] > 1.5 && shift[1].abs() < 0.5, "{shift:?}");
        let back = space.shift(1, 0, 1.0);
        assert!(shift.iter().zip(&back).all(|(a, b)| (a + b).abs() < 1e-6));
        let random = random_like(&[shift.clone()], 4);
        assert!((dot(&random[0], &random[0]) - dot(&shift, &shift)).abs() < 1e-3);
    }
}

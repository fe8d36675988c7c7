//! Patching: the effect of a changed hidden state on a model's output.
//!
//! A *case* is a text and its counterfactual completion: the one that would be right if something else were
//! true. The caller, who knows the data's semantics, computes it. The stream is moved at some tokens, or
//! replaced there by that of another text, and the model's completion is compared with both.

use candle_core::Tensor;
use serde::{Deserialize, Serialize};

use crate::data::{Batch, Texts};
use crate::error::{InterpError, Result};
use crate::evaluation::surprise;
use crate::model::{Decoder, Input, Site};
use crate::numbers::{most, real, single};
use crate::parameters::fill_normal;
use crate::probe::{Linear, Target};
use crate::threads::Lane;

/// A text with a counterfactual.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// Tokens of the prompt, with `<bos>`.
    pub prompt: Vec<u32>,
    /// Tokens of the actual completion, with `<eos>`.
    pub actual: Vec<u32>,
    /// The completion as it would be.
    pub counterfactual: Vec<u32>,
}

/// Vectors to add to the stream of one text, by token index.
pub type Moves = Vec<(usize, Vec<f32>)>;

/// A change of the stream at one site.
#[derive(Debug, Clone, Copy)]
pub struct Patch<'p> {
    /// Place in the model.
    pub site: Site,
    /// Change of the stream at the site.
    pub change: Change<'p>,
}

/// A change of the residual stream.
#[derive(Debug, Clone, Copy)]
pub enum Change<'p> {
    /// Something is added: for each case its moves.
    Add(&'p [Moves]),
    /// Replaced by the stream of another text at the given tokens. Each case has a prompt of the same length,
    /// which the model reads with the same completion.
    Become(&'p [(Vec<u32>, Vec<usize>)]),
}

/// Output of a model for one case.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Said {
    /// The completion as it is.
    pub actual: bool,
    /// The completion as it would be.
    pub counterfactual: bool,
    /// True if the counterfactual token is the most likely one at the last token in which the two completions
    /// differ, after the counterfactual tokens before it.
    pub word: bool,
    /// Log odds of the counterfactual against the actual completion, in nats.
    pub log_odds: f64,
}

/// Computes the model's output for each case, with or without a patch.
///
/// # Errors
///
/// A text does not fit the model, or its replacement has another length.
pub fn say(
    decoder: &Decoder,
    cases: &[Case],
    pad: u32,
    patch: Option<Patch<'_>>,
) -> Result<Vec<Said>> {
    let actual = complete(decoder, cases, pad, patch, |case| &case.actual)?;
    let other = complete(decoder, cases, pad, patch, |case| &case.counterfactual)?;
    let pairs = actual.into_iter().zip(other).zip(cases);
    Ok(pairs
        .map(|((actual, other), case)| {
            let words = case.actual.iter().zip(&case.counterfactual);
            let differs = words.enumerate().filter(|(_, (a, b))| a != b);
            let last = differs.map(|(at, _)| at).next_back();
            Said {
                actual: actual.right.iter().all(|right| *right),
                counterfactual: other.right.iter().all(|right| *right),
                word: last.is_some_and(|at| other.right[at]),
                log_odds: actual.loss - other.loss,
            }
        })
        .collect())
}

/// Cases that go through the model at once.
const BATCH: usize = 64;

/// Score of a completion: for each token, whether it is the most likely one (if all are, greedy decoding
/// gives it), and the loss.
#[derive(Default)]
struct Completion {
    right: Vec<bool>,
    loss: f64,
}

fn complete(
    decoder: &Decoder,
    cases: &[Case],
    pad: u32,
    patch: Option<Patch<'_>>,
    completion: fn(&Case) -> &Vec<u32>,
) -> Result<Vec<Completion>> {
    let lane = Lane::new(&decoder.config)?;
    let mut results = Vec::with_capacity(cases.len());
    let words = |case: &Case| case.prompt.len() + completion(case).len();
    let longest = cases.iter().map(words).max().unwrap_or(1);
    let size = BATCH.min(decoder.texts_at_once(longest));
    for (number, chunk) in cases.chunks(size).enumerate() {
        let first = number * size;
        let batch = batch(
            chunk.iter().map(|case| (&case.prompt, completion(case))),
            pad,
        );
        let input = Input {
            ids: &batch.ids,
            time: batch.time,
        };
        let source = match patch {
            Some(Patch {
                site,
                change: Change::Become(others),
            }) => {
                let others = &others[first..first + chunk.len()];
                Some(stream(
                    (decoder, &lane),
                    chunk,
                    others,
                    site,
                    pad,
                    completion,
                )?)
            }
            _ => None,
        };
        let mut edit = |site: Site, stream: Tensor| match (patch, &source) {
            (Some(patch), source) if patch.site == site => {
                changed(&stream, patch.change, first, source.as_ref())
            }
            _ => Ok(stream),
        };
        let logits = lane.run(|| decoder.run(input, &batch.rows, Some(&mut edit)))?;
        let logits = logits.flatten_all()?.to_vec1::<f32>()?;
        results.resize_with(first + chunk.len(), Completion::default);
        let rows = logits.chunks_exact(decoder.config.vocabulary);
        for ((row, target), owner) in rows.zip(&batch.targets).zip(&batch.owners) {
            let result: &mut Completion = &mut results[first + owner];
            result.right.push(most(row) == *target as usize);
            result.loss += surprise(row, *target);
        }
    }
    Ok(results)
}

/// The stream of the texts from the case `first` on, changed; `source` is that of the texts that they are to
/// become.
fn changed(
    stream: &Tensor,
    change: Change<'_>,
    first: usize,
    source: Option<&Tensor>,
) -> Result<Tensor> {
    let (batch, time, width) = stream.dims3()?;
    let device = stream.device();
    match (change, source) {
        (Change::Add(moves), _) => {
            let mut sum = vec![0.0_f32; batch * time * width];
            for (row, moves) in moves[first..first + batch].iter().enumerate() {
                for (position, more) in moves {
                    let at = (row * time + position) * width;
                    let values = sum[at..at + width].iter_mut();
                    values.zip(more).for_each(|(value, more)| *value += more);
                }
            }
            Ok((stream + Tensor::from_vec(sum, (batch, time, width), device)?)?)
        }
        (Change::Become(others), Some(source)) => {
            let mut chosen = vec![0_u8; batch * time];
            for (row, (_, positions)) in others[first..first + batch].iter().enumerate() {
                for position in positions {
                    chosen[row * time + position] = 1;
                }
            }
            let chosen = Tensor::from_vec(chosen, (batch, time, 1), device)?;
            let chosen = chosen.broadcast_as(stream.shape())?;
            Ok(chosen.where_cond(source, stream)?)
        }
        (Change::Become(_), None) => Ok(stream.clone()),
    }
}

fn batch<'t>(texts: impl Iterator<Item = (&'t Vec<u32>, &'t Vec<u32>)>, pad: u32) -> Batch {
    let mut all = Texts::default();
    for (prompt, completion) in texts {
        let ids: Vec<u32> = prompt.iter().chain(completion).copied().collect();
        all.push(String::new(), &ids, prompt.len());
    }
    let numbers: Vec<usize> = (0..all.len()).collect();
    all.batch(&numbers, pad)
}

/// The stream of the texts that others are to become, with the others' completions.
fn stream(
    (decoder, lane): (&Decoder, &Lane),
    cases: &[Case],
    others: &[(Vec<u32>, Vec<usize>)],
    site: Site,
    pad: u32,
    completion: fn(&Case) -> &Vec<u32>,
) -> Result<Tensor> {
    let mut pairs = cases.iter().zip(others);
    if pairs.any(|(case, (other, _))| case.prompt.len() != other.len()) {
        return Err(InterpError::Refused(
            "a text can only be replaced by one of the same length".to_owned(),
        ));
    }
    let pairs = cases.iter().zip(others);
    let batch = batch(
        pairs.map(|(case, (other, _))| (other, completion(case))),
        pad,
    );
    let input = Input {
        ids: &batch.ids,
        time: batch.time,
    };
    let mut found = None;
    let mut look = |here: Site, stream: Tensor| {
        if here == site {
            found = Some(stream.clone());
        }
        Ok(stream)
    };
    lane.run(|| decoder.run(input, &[], Some(&mut look)))?;
    found.ok_or_else(|| InterpError::Refused(format!("the model has no place {}", site.name())))
}

/// Subspace in which a linear probe reads a variable, with the mean of the stream for each value.
#[derive(Debug, Clone)]
pub struct Subspace {
    basis: Vec<Vec<f32>>,
    /// None for a value that does not occur.
    means: Vec<Option<Vec<f32>>>,
}

impl Subspace {
    /// Trains a linear probe on rows and takes its directions. `groups` has the group of each row: the probe's penalty
    /// is chosen on groups that are left out.
    #[must_use]
    pub fn fit(rows: &[f32], width: usize, target: &Target, groups: &[usize]) -> Self {
        let Target { labels, classes } = target;
        let probe = Linear::fit_chosen(rows, width, labels, *classes, groups);
        let mut directions = probe.directions();
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
        Self {
            basis: orthonormal(directions),
            means: means(rows, width, target),
        }
    }

    /// The way from one value's mean to another's, in all directions; none if a value does not occur.
    #[must_use]
    pub fn way(&self, from: usize, to: usize) -> Option<Vec<f32>> {
        let of = |value: usize| self.means.get(value)?.as_ref();
        let pairs = of(to)?.iter().zip(of(from)?);
        Some(pairs.map(|(to, from)| to - from).collect())
    }

    /// Projection onto the probe's subspace of the difference between two values' means.
    #[must_use]
    pub fn shift(&self, from: usize, to: usize) -> Option<Vec<f32>> {
        let way = self.way(from, to)?;
        let mut shift = vec![0.0; way.len()];
        for axis in &self.basis {
            let along = dot(axis, &way);
            shift
                .iter_mut()
                .zip(axis)
                .for_each(|(sum, axis)| *sum += along * axis);
        }
        Some(shift)
    }
}

fn means(rows: &[f32], width: usize, target: &Target) -> Vec<Option<Vec<f32>>> {
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
    let mean = |(mut sum, count): (Vec<f32>, usize)| {
        let share = single(1.0 / real(count));
        sum.iter_mut().for_each(|value| *value *= share);
        (count > 0).then_some(sum)
    };
    sums.into_iter().zip(counts).map(mean).collect()
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

/// A vector, made as long as another one.
#[must_use]
pub fn as_long_as(mut vector: Vec<f32>, other: &[f32]) -> Vec<f32> {
    let scale = (dot(other, other) / dot(&vector, &vector).max(f32::MIN_POSITIVE)).sqrt();
    vector.iter_mut().for_each(|value| *value *= scale);
    vector
}

/// For each move one of the same length in a random direction.
#[must_use]
pub fn random_like(moves: &[Moves], seed: u64) -> Vec<Moves> {
    let random = |name: String, shift: &[f32]| {
        let mut random = vec![0.0; shift.len()];
        fill_normal(&mut random, seed, &name, 1.0);
        as_long_as(random, shift)
    };
    let all = moves.iter().enumerate().map(|(index, moves)| {
        let each = moves.iter().map(|(position, shift)| {
            let name = format!("direction.{index}.{position}");
            (*position, random(name, shift))
        });
        each.collect()
    });
    all.collect()
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
        let target = Target { labels, classes: 3 };
        let groups: Vec<usize> = (0..200).collect();
        let space = Subspace::fit(&rows, 3, &target, &groups);
        // A value that does not occur has no mean to move to.
        assert_eq!(space.way(0, 2), None);
        let target = Target {
            classes: 2,
            ..target
        };
        let space = Subspace::fit(&rows, 3, &target, &groups);
        assert_eq!(space.basis.len(), 1);
        let shift = space.shift(0, 1).unwrap();
        assert!(shift[0] > 1.5 && shift[1].abs() < 0.5, "{shift:?}");
        let back = space.shift(1, 0).unwrap();
        assert!(shift.iter().zip(&back).all(|(a, b)| (a + b).abs() < 1e-6));
        let random = random_like(&[vec![(7, shift.clone())]], 4);
        let (position, random) = &random[0][0];
        assert_eq!(*position, 7);
        assert!((dot(random, random) - dot(&shift, &shift)).abs() < 1e-3);
    }
}

//! Softmax classifiers with up to two hidden layers, over rows of numbers.

use rand::SeedableRng as _;
use rand::seq::SliceRandom as _;
use rand_chacha::ChaCha8Rng;

use crate::matrix::{Shape, multiply};
use crate::numbers::{most, real, single, softmax};
use crate::parameters::{AdamW, Moments, fill_normal};

/// Hyperparameters of a classifier.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClassifierSettings {
    /// Number of hidden layers; 0 for a linear probe.
    pub layers: usize,
    /// The width of each.
    pub width: usize,
    /// Times that every row is seen.
    pub epochs: usize,
    /// Rows per step.
    pub batch: usize,
    /// The learning rate at the start; it falls to zero in a line.
    pub learning_rate: f32,
    /// Decoupled weight decay.
    pub weight_decay: f32,
    /// The seed of first values and order.
    pub seed: u64,
}

/// Labels: a class for each row, or none.
#[derive(Debug, Clone)]
pub struct Target {
    /// The class of each row.
    pub labels: Vec<Option<usize>>,
    /// Number of classes.
    pub classes: usize,
}

struct Layer {
    weight: Vec<f32>,
    bias: Vec<f32>,
    input: usize,
    out: usize,
}

/// A trained classifier. Several targets have a softmax each on top of the same layers; without hidden
/// layers that is the same as a classifier for each.
pub struct Classifier {
    mean: Vec<f32>,
    scale: Vec<f32>,
    layers: Vec<Layer>,
    classes: Vec<usize>,
}

impl Classifier {
    /// Trains on rows of `width` numbers.
    #[must_use]
    pub fn fit(
        rows: &[f32],
        width: usize,
        targets: &[Target],
        settings: ClassifierSettings,
    ) -> Self {
        let classes: Vec<usize> = targets.iter().map(|target| target.classes).collect();
        let mut sizes = vec![width];
        sizes.resize(settings.layers + 1, settings.width);
        sizes.push(classes.iter().sum());
        let (mean, scale) = spread(rows, width);
        let mut layers: Vec<Layer> = sizes
            .windows(2)
            .enumerate()
            .map(|(index, pair)| Layer::new(pair[0], pair[1], settings.seed, index))
            .collect();
        if let [only] = &mut layers[..] {
            // A linear probe has one best answer wherever it starts, and from zero its directions hold
            // nothing that the rows did not put there.
            only.weight.fill(0.0);
        }
        let mut classifier = Self {
            mean,
            scale,
            layers,
            classes,
        };
        // A row that no target has a class for teaches nothing.
        let useful: Vec<usize> = (0..rows.len() / width.max(1))
            .filter(|row| targets.iter().any(|target| target.labels[*row].is_some()))
            .collect();
        if !useful.is_empty() {
            classifier.train(rows, width, targets, useful, settings);
        }
        classifier
    }

    fn train(
        &mut self,
        rows: &[f32],
        width: usize,
        targets: &[Target],
        mut order: Vec<usize>,
        settings: ClassifierSettings,
    ) {
        let mut random = ChaCha8Rng::seed_from_u64(settings.seed);
        let steps = settings.epochs * order.len().div_ceil(settings.batch.max(1));
        let mut buffers = Buffers::new(&self.layers);
        let mut step = 0;
        for _ in 0..settings.epochs {
            order.shuffle(&mut random);
            for chosen in order.chunks(settings.batch.max(1)) {
                buffers.load(self, rows, width, chosen);
                buffers.forward(&self.layers);
                self.slope(targets, chosen, buffers.last());
                let rate = settings.learning_rate * single(1.0 - real(step) / real(steps.max(1)));
                step += 1;
                buffers.backward(&mut self.layers, rate, settings.weight_decay, step);
            }
        }
    }

    /// Turns logits into their gradient, target by target.
    fn slope(&self, targets: &[Target], chosen: &[usize], logits: &mut [f32]) {
        let all: usize = self.classes.iter().sum();
        let share = single(1.0 / real(chosen.len()));
        for (row, logits) in chosen.iter().zip(logits.chunks_exact_mut(all)) {
            let mut rest = logits;
            for target in targets {
                let (own, later) = rest.split_at_mut(target.classes);
                rest = later;
                match target.labels[*row] {
                    None => own.fill(0.0),
                    Some(class) => {
                        softmax(own);
                        own[class] -= 1.0;
                        own.iter_mut().for_each(|value| *value *= share);
                    }
                }
            }
        }
    }

    /// The most likely class of each row, target by target.
    #[must_use]
    pub fn predict(&self, rows: &[f32], width: usize) -> Vec<Vec<usize>> {
        let count = rows.len() / width.max(1);
        let mut found: Vec<Vec<usize>> = self.classes.iter().map(|_| Vec::new()).collect();
        let mut buffers = Buffers::new(&self.layers);
        let all: Vec<usize> = (0..count).collect();
        for chosen in all.chunks(1024) {
            buffers.load(self, rows, width, chosen);
            buffers.forward(&self.layers);
            let total: usize = self.classes.iter().sum();
            for logits in buffers.last().chunks_exact(total) {
                let mut rest = logits;
                for (found, classes) in found.iter_mut().zip(&self.classes) {
                    let (own, later) = rest.split_at(*classes);
                    rest = later;
                    found.push(most(own));
                }
            }
        }
        found
    }
}

/// The mean of each column and one over its standard deviation.
pub(super) fn spread(rows: &[f32], width: usize) -> (Vec<f32>, Vec<f32>) {
    let mut mean = vec![0.0_f64; width];
    let mut square = vec![0.0_f64; width];
    for row in rows.chunks_exact(width) {
        for (value, (mean, square)) in row.iter().zip(mean.iter_mut().zip(&mut square)) {
            *mean += f64::from(*value);
            *square += f64::from(*value).powi(2);
        }
    }
    let count = real((rows.len() / width.max(1)).max(1));
    let pairs = mean.iter().zip(&square).map(|(mean, square)| {
        let mean = mean / count;
        let variance = (square / count - mean * mean).max(0.0);
        (single(mean), single(1.0 / (variance.sqrt() + 1e-6)))
    });
    pairs.unzip()
}

impl Layer {
    fn new(input: usize, out: usize, seed: u64, index: usize) -> Self {
        let mut weight = vec![0.0; input * out];
        let spread = (2.0 / real(input.max(1))).sqrt();
        fill_normal(&mut weight, seed, &format!("probe.{index}"), spread);
        Self {
            weight,
            bias: vec![0.0; out],
            input,
            out,
        }
    }
}

/// The values and gradients of a batch.
struct Buffers {
    values: Vec<Vec<f32>>,
    d_input: Vec<f32>,
    d_weight: Vec<Vec<f32>>,
    d_bias: Vec<Vec<f32>>,
    moments: Vec<(Moments, Moments)>,
}

impl Buffers {
    fn new(layers: &[Layer]) -> Self {
        let memory = layers.iter().map(|layer| {
            let (weights, biases) = (layer.weight.len(), layer.bias.len());
            (Moments::zeros(weights), Moments::zeros(biases))
        });
        Self {
            values: vec![Vec::new(); layers.len() + 1],
            d_input: Vec::new(),
            d_weight: layers.iter().map(|l| vec![0.0; l.weight.len()]).collect(),
            d_bias: layers.iter().map(|l| vec![0.0; l.bias.len()]).collect(),
            moments: memory.collect(),
        }
    }

    fn load(&mut self, classifier: &Classifier, rows: &[f32], width: usize, chosen: &[usize]) {
        let input = &mut self.values[0];
        input.clear();
        for row in chosen {
            let row = &rows[row * width..(row + 1) * width];
            let scaled = row.iter().zip(&classifier.mean).zip(&classifier.scale);
            input.extend(scaled.map(|((value, mean), scale)| (value - mean) * scale));
        }
    }

    fn forward(&mut self, layers: &[Layer]) {
        for (index, layer) in layers.iter().enumerate() {
            let (before, after) = self.values.split_at_mut(index + 1);
            let (x, y) = (&mut before[index], &mut after[0]);
            if index > 0 {
                x.iter_mut().for_each(|value| *value = value.max(0.0));
            }
            let rows = x.len() / layer.input;
            y.clear();
            for _ in 0..rows {
                y.extend_from_slice(&layer.bias);
            }
            multiply(
                (x, Shape::new(rows, layer.input)),
                (&layer.weight, Shape::new(layer.out, layer.input).turned()),
                (y, Shape::new(rows, layer.out)),
                1.0,
                true,
            );
        }
    }

    fn last(&mut self) -> &mut [f32] {
        self.values.last_mut().map_or(&mut [], Vec::as_mut_slice)
    }

    /// The last values are the gradient of the logits; moves the layers by one step.
    fn backward(&mut self, layers: &mut [Layer], rate: f32, decay: f32, step: usize) {
        let step = i32::try_from(step).unwrap_or(i32::MAX);
        for (index, layer) in layers.iter_mut().enumerate().rev() {
            let (before, after) = self.values.split_at_mut(index + 1);
            let (x, d_y) = (&mut before[index], &after[0]);
            let rows = x.len() / layer.input;
            let (d_weight, d_bias) = (&mut self.d_weight[index], &mut self.d_bias[index]);
            multiply(
                (d_y, Shape::new(rows, layer.out).turned()),
                (x, Shape::new(rows, layer.input)),
                (d_weight, Shape::new(layer.out, layer.input)),
                1.0,
                false,
            );
            d_bias.fill(0.0);
            for row in d_y.chunks_exact(layer.out) {
                d_bias
                    .iter_mut()
                    .zip(row)
                    .for_each(|(sum, more)| *sum += more);
            }
            if index > 0 {
                self.d_input.resize(x.len(), 0.0);
                multiply(
                    (d_y, Shape::new(rows, layer.out)),
                    (&layer.weight, Shape::new(layer.out, layer.input)),
                    (&mut self.d_input, Shape::new(rows, layer.input)),
                    1.0,
                    false,
                );
                // The gradient takes the place of the values, through the rectifier.
                for (value, slope) in x.iter_mut().zip(&self.d_input) {
                    *value = if *value > 0.0 { *slope } else { 0.0 };
                }
            }
            let adam = |weight_decay| AdamW {
                beta2: 0.999,
                weight_decay,
                ..AdamW::default()
            };
            let (weights, biases) = &mut self.moments[index];
            let (all, few) = (0..d_weight.len(), 0..d_bias.len());
            weights.update(&mut layer.weight, d_weight, all, adam(decay), rate, step);
            biases.update(&mut layer.bias, d_bias, few, adam(0.0), rate, step);
        }
    }
}

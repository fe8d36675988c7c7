//! Seeded changes of coordinates: rigid motions and jitter.

use nalgebra::{Quaternion, Rotation3, UnitQuaternion};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use crate::geometry::Point;
use crate::model::Model;
use crate::superpose::Motion;

/// A source of numbers that are the same for the same seed.
pub struct Draw(ChaCha8Rng);

impl Draw {
    /// A source for one purpose, named in words, under one seed.
    #[must_use]
    pub fn new(seed: u64, purpose: &str) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&seed.to_le_bytes());
        hasher.update(purpose.as_bytes());
        Self(ChaCha8Rng::from_seed(*hasher.finalize().as_bytes()))
    }

    /// A number from 0 up to 1.
    pub fn share(&mut self) -> f64 {
        self.0.random::<f64>()
    }

    /// A number between two others.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.share()
    }

    /// A whole number below another.
    pub fn below(&mut self, count: usize) -> usize {
        if count == 0 {
            0
        } else {
            self.0.random_range(0..count)
        }
    }

    /// One of several.
    pub fn one<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        of.get(self.below(of.len()))
    }

    /// Shuffles a list in place.
    pub fn shuffle<T>(&mut self, list: &mut [T]) {
        for last in (1..list.len()).rev() {
            list.swap(last, self.below(last + 1));
        }
    }

    /// A number of the normal distribution with mean 0 and deviation 1, by Box and Muller.
    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.share()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.share()).cos()
    }

    /// A rotation, all being equally likely, and a shift of up to 30 Å along each axis.
    pub fn motion(&mut self) -> Motion {
        let four = Quaternion::new(self.normal(), self.normal(), self.normal(), self.normal());
        let rotation: Rotation3<f64> = UnitQuaternion::from_quaternion(four).into();
        let mut along = || self.between(-30.0, 30.0);
        Motion {
            rotation,
            shift: Point::new(along(), along(), along()),
        }
    }
}

/// A model with every coordinate moved by a normal deviate of a size in angstroms.
#[must_use]
pub fn jittered(model: &Model, size: f64, draw: &mut Draw) -> Model {
    model.mapped(|point| point + Point::new(draw.normal(), draw.normal(), draw.normal()) * size)
}

//! Seeded changes of coordinates: rigid motions and jitter.

use nalgebra::{Quaternion, Rotation3, UnitQuaternion};
use tracestone_stats::Draw;

use crate::geometry::Point;
use crate::model::Model;
use crate::superpose::Motion;

/// Random numbers for one purpose, named in words, under one seed.
#[must_use]
pub fn draw_for(seed: u64, purpose: &str) -> Draw {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&seed.to_le_bytes());
    hasher.update(purpose.as_bytes());
    Draw::from_seed(*hasher.finalize().as_bytes())
}

/// A rotation, all being equally likely, and a shift of up to 30 Å along each axis.
pub fn motion(draw: &mut Draw) -> Motion {
    let four = Quaternion::new(draw.normal(), draw.normal(), draw.normal(), draw.normal());
    let rotation: Rotation3<f64> = UnitQuaternion::from_quaternion(four).into();
    let mut along = || draw.between(-30.0, 30.0);
    Motion {
        rotation,
        shift: Point::new(along(), along(), along()),
    }
}

/// A model with every coordinate moved by a normal deviate of a size in angstroms.
#[must_use]
pub fn jittered(model: &Model, size: f64, draw: &mut Draw) -> Model {
    model.mapped(|point| point + Point::new(draw.normal(), draw.normal(), draw.normal()) * size)
}

//! Networks of several seeds side by side: a number of each, so that one instruction computes for all of them.

/// Number of networks side by side.
pub const LANES: usize = 8;

/// A number of each network.
pub(crate) type Lanes = [f32; LANES];

/// A whole number of each network.
pub(crate) type Counts = [u32; LANES];

/// A list of zeros.
pub(crate) fn zeros(count: usize) -> Vec<Lanes> {
    vec![[0.0; LANES]; count]
}

/// The results of a function for each lane.
#[inline(always)]
pub(crate) fn each(f: impl FnMut(usize) -> f32) -> Lanes {
    std::array::from_fn(f)
}

/// A number that is stored, or 0 in place of a denormal one, which processors compute with many times slower.
/// Averages that decay end there.
#[inline(always)]
pub(crate) fn flush(value: f32) -> f32 {
    if value.abs() < f32::MIN_POSITIVE {
        0.0
    } else {
        value
    }
}

//! Buffers that are used again.

/// Buffers of numbers that were given back.
#[derive(Debug, Default)]
pub(super) struct Pool(Vec<Vec<f32>>);

impl Pool {
    /// A buffer of this length with any numbers in it.
    pub(super) fn take(&mut self, length: usize) -> Vec<f32> {
        // The smallest that is large enough, so that the others are left for those who need them.
        let fits = self.0.iter().enumerate();
        let fits = fits.filter(|(_, buffer)| buffer.capacity() >= length);
        let best = fits.min_by_key(|(_, buffer)| buffer.capacity());
        let mut buffer = match best.map(|(at, _)| at) {
            Some(at) => self.0.swap_remove(at),
            None => Vec::with_capacity(length),
        };
        if buffer.len() < length {
            buffer.resize(length, 0.0);
        } else {
            buffer.truncate(length);
        }
        buffer
    }

    /// A buffer of zeros.
    pub(super) fn zeros(&mut self, length: usize) -> Vec<f32> {
        let mut buffer = self.take(length);
        buffer.fill(0.0);
        buffer
    }

    /// Takes a buffer back.
    pub(super) fn give(&mut self, buffer: Vec<f32>) {
        self.0.push(buffer);
    }
}

//! Pictures of digits, read from files or built in, whose pixels change places after each task.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::bytes::{Bytes, Damaged, Saved};
use crate::draw::{Draw, Purpose};
use crate::lanes::LANES;

use super::Sample;

/// Settings of permuted digits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DigitSettings {
    /// Steps of a task, each with a picture of its own.
    pub period: u64,
    /// Pictures of the built-in set.
    pub pictures: usize,
    /// Deviation of the noise on the built-in pictures.
    pub noise: f32,
}

impl Default for DigitSettings {
    fn default() -> Self {
        Self {
            period: 2_000,
            pictures: 10_000,
            noise: 0.35,
        }
    }
}

impl DigitSettings {
    /// The built-in set: ten classes of four random prototypes each, 8 by 8, with noise.
    #[must_use]
    pub(crate) fn built_in(&self) -> Pictures {
        Pictures::drawn(10, 4, self.pictures, self.noise)
    }
}

/// Pictures with labels.
#[derive(Debug, Clone, PartialEq)]
pub struct Pictures {
    /// Pixels of a picture.
    pub pixels: usize,
    /// Number of classes.
    pub classes: usize,
    /// Brightness of all pixels, picture by picture, mostly from 0 to 1.
    pub brightness: Vec<f32>,
    /// The label of each picture.
    pub labels: Vec<u32>,
}

impl Pictures {
    /// Random prototypes of 8 by 8 pixels, with normal noise; the same ones each time.
    pub(super) fn drawn(classes: usize, prototypes: usize, count: usize, noise: f32) -> Self {
        let mut draw = Draw::new(0, Purpose::Pictures);
        let pixels = 64;
        let mut all = Self {
            pixels,
            classes,
            brightness: Vec::with_capacity(count * pixels),
            labels: Vec::with_capacity(count),
        };
        let shapes: Vec<f32> = (0..classes * prototypes * pixels)
            .map(|_| draw.unit())
            .collect();
        for picture in 0..count {
            let class = picture % classes;
            let shape = class * prototypes + draw.below(prototypes);
            for pair in shapes[shape * pixels..(shape + 1) * pixels].chunks_exact(2) {
                let more = draw.normals();
                all.brightness
                    .extend([pair[0] + noise * more[0], pair[1] + noise * more[1]]);
            }
            // Classes are few.
            all.labels.push(u32::try_from(class).unwrap_or(u32::MAX));
        }
        all
    }

    /// Number of pictures.
    #[must_use]
    pub fn count(&self) -> usize {
        self.labels.len()
    }
}

/// The reason why files of pictures are not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    /// The file does not begin as an idx file of bytes with this number of dimensions.
    #[error(
        "the file of {0} is no idx file of bytes with {1} dimensions (compressed files must be unpacked first)"
    )]
    Format(&'static str, usize),
    /// A file is shorter or longer than it says.
    #[error("the file of {0} does not have the size that its first bytes say")]
    Size(&'static str),
    /// The files do not belong together.
    #[error("there are {pictures} pictures and {labels} labels")]
    Counts {
        /// Number of pictures.
        pictures: usize,
        /// Number of labels.
        labels: usize,
    },
}

/// Pictures and labels of two idx files, the format of MNIST.
///
/// # Errors
/// A file is of another format, or the two do not belong together.
pub fn pictures_from_idx(pictures: &[u8], labels: &[u8]) -> Result<Pictures, PictureError> {
    let (sizes, pixels) = idx(pictures, "pictures", 3)?;
    let (count, labels) = idx(labels, "labels", 1)?;
    if sizes[0] != count[0] || count[0] == 0 {
        return Err(PictureError::Counts {
            pictures: sizes[0],
            labels: count[0],
        });
    }
    let most = labels.iter().copied().max().unwrap_or(0);
    Ok(Pictures {
        pixels: sizes[1] * sizes[2],
        classes: usize::from(most) + 1,
        brightness: pixels
            .iter()
            .map(|pixel| f32::from(*pixel) / 255.0)
            .collect(),
        labels: labels.iter().map(|label| u32::from(*label)).collect(),
    })
}

/// Sizes and bytes of an idx file.
fn idx<'b>(
    bytes: &'b [u8],
    name: &'static str,
    dimensions: usize,
) -> Result<(Vec<usize>, &'b [u8]), PictureError> {
    let format = || PictureError::Format(name, dimensions);
    let (head, mut rest) = bytes.split_first_chunk::<4>().ok_or_else(format)?;
    if head[..3] != [0, 0, 8] || usize::from(head[3]) != dimensions {
        return Err(format());
    }
    let mut sizes = Vec::new();
    for _ in 0..dimensions {
        let (size, behind) = rest
            .split_first_chunk::<4>()
            .ok_or(PictureError::Size(name))?;
        sizes.push(u32::from_be_bytes(*size) as usize);
        rest = behind;
    }
    let total = sizes
        .iter()
        .try_fold(1_usize, |total, size| total.checked_mul(*size));
    if total != Some(rest.len()) {
        return Err(PictureError::Size(name));
    }
    Ok((sizes, rest))
}

#[derive(Debug, Clone)]
struct Lane {
    samples: Draw,
    changes: Draw,
    /// The pixel that each input shows.
    places: Vec<u32>,
    /// The pictures in the order of this task.
    order: Vec<u32>,
}

#[derive(Debug, Clone)]
pub(crate) struct Stream {
    pictures: Arc<Pictures>,
    period: u64,
    step: u64,
    lanes: Vec<Lane>,
    sample: Sample,
}

impl Stream {
    pub(super) fn new(
        settings: &DigitSettings,
        pictures: Arc<Pictures>,
        seeds: [u64; LANES],
    ) -> Self {
        let list = |count: usize| (0..u32::try_from(count).unwrap_or(u32::MAX)).collect::<Vec<_>>();
        let lanes = seeds.iter().map(|seed| Lane {
            samples: Draw::new(*seed, Purpose::Samples),
            changes: Draw::new(*seed, Purpose::Changes),
            places: list(pictures.pixels),
            order: list(pictures.count()),
        });
        Self {
            period: settings.period,
            step: 0,
            lanes: lanes.collect(),
            sample: Sample::new(pictures.pixels),
            pictures,
        }
    }

    #[inline]
    pub(super) fn next(&mut self) -> &Sample {
        let within = self.step % self.period;
        let count = self.pictures.count() as u64;
        let pixels = self.pictures.pixels;
        for (at, lane) in self.lanes.iter_mut().enumerate() {
            if within == 0 {
                lane.changes.shuffle(&mut lane.places);
            }
            if within.is_multiple_of(count) {
                lane.samples.shuffle(&mut lane.order);
            }
            // Smaller than the number of pictures.
            #[expect(
                clippy::cast_possible_truncation,
                reason = "smaller than the number of pictures"
            )]
            let picture = lane.order[(within % count) as usize] as usize;
            let own = &self.pictures.brightness[picture * pixels..(picture + 1) * pixels];
            for (input, place) in self.sample.input.iter_mut().zip(&lane.places) {
                input[at] = own[*place as usize];
            }
            self.sample.label[at] = self.pictures.labels[picture];
        }
        self.step += 1;
        &self.sample
    }
}

impl Saved for Stream {
    fn visit(&mut self, bytes: &mut Bytes) -> Result<(), Damaged> {
        bytes.number(&mut self.step)?;
        for lane in &mut self.lanes {
            lane.samples.visit(bytes)?;
            lane.changes.visit(bytes)?;
            for place in lane.places.iter_mut().chain(&mut lane.order) {
                bytes.small(place)?;
            }
        }
        let inside = |lane: &Lane| {
            lane.places
                .iter()
                .all(|place| (*place as usize) < self.pictures.pixels)
                && lane
                    .order
                    .iter()
                    .all(|at| (*at as usize) < self.pictures.count())
        };
        if !self.lanes.iter().all(inside) {
            return Err(Damaged);
        }
        self.sample.visit(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn idx_files_are_read_and_others_refused() {
        let pictures = [
            &[0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2][..],
            &[0, 255, 51, 0],
        ]
        .concat();
        let labels = [&[0, 0, 8, 1, 0, 0, 0, 2][..], &[3, 1]].concat();
        let read = pictures_from_idx(&pictures, &labels).unwrap();
        assert_eq!((read.pixels, read.classes, read.count()), (2, 4, 2));
        assert_eq!(read.brightness, [0.0, 1.0, 0.2, 0.0]);
        let short = pictures_from_idx(&pictures[..19], &labels);
        assert_eq!(short, Err(PictureError::Size("pictures")));
        let swapped = pictures_from_idx(&labels, &pictures);
        assert_eq!(swapped, Err(PictureError::Format("pictures", 3)));
        let one = [&[0, 0, 8, 1, 0, 0, 0, 1][..], &[3]].concat();
        let counts = PictureError::Counts {
            pictures: 2,
            labels: 1,
        };
        assert_eq!(pictures_from_idx(&pictures, &one), Err(counts));
        assert!(pictures_from_idx(b"\x1f\x8b", &labels).is_err());
    }

    #[test]
    fn each_task_permutes_the_same_pictures() {
        let settings = DigitSettings {
            period: 20,
            pictures: 20,
            ..DigitSettings::default()
        };
        let pictures = Arc::new(settings.built_in());
        let mut stream = Stream::new(&settings, pictures, [5; LANES]);
        let mut tasks = Vec::new();
        for _ in 0..2 {
            let mut sums: Vec<i64> = Vec::new();
            let mut first = Vec::new();
            for step in 0..20 {
                let sample = stream.next();
                let pixels: Vec<f32> = sample.input.iter().map(|x| x[0]).collect();
                let sum: f32 = pixels.iter().sum();
                sums.push((f64::from(sum) * 1e3).round() as i64);
                if step == 0 {
                    first = pixels;
                }
            }
            sums.sort_unstable();
            tasks.push((sums, first));
        }
        assert_eq!(tasks[0].0, tasks[1].0, "the same pictures");
        assert_ne!(tasks[0].1, tasks[1].1, "in other places");
    }
}

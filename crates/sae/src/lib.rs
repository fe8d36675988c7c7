//! Sparse autoencoders: dictionaries whose few firing features reconstruct a model's hidden state.
//!
//! [`Trainer`] learns a dictionary of one of four [`Kind`]s in plain loops: all sums of the encoder are computed, block
//! by block, and everything else for what fires alone. A training has the same bits on any number of threads, and a
//! saved one goes on to the same bits. [`Dictionary`] reads and writes the files of other tools. No IO happens here.
//!
//! ```
//! use tracestone_sae::{Kind, Settings, Trainer};
//!
//! // Rows of four numbers, of which one is large.
//! let rows: Vec<f32> = (0..400_u16).map(|at| if at % 4 == at / 4 % 4 { 2.0 } else { 0.1 }).collect();
//! let settings = Settings { batch: 100, ..Settings::new(Kind::BatchTopk, 4, 8, 1.0, 1_000) };
//! let mut trainer = Trainer::new(&settings, &rows)?;
//! while !trainer.is_done() {
//!     trainer.step(&rows);
//! }
//! let dictionary = trainer.dictionary();
//! assert!(dictionary.quality(&rows).explained_variance > 0.8);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod detect;
mod dictionary;
pub mod formats;
pub mod matching;
mod matrix;
mod quality;
mod scan;
mod settings;
mod sparse;
mod stream;
mod train;

pub use detect::{Best, Column, Counts, Truth};
pub use dictionary::{Dictionary, Gate};
pub use quality::{DENSE, Quality, Tally};
pub use settings::{Frozen, Kind, Settings, SettingsError};
pub use sparse::Sparse;
pub use stream::{Piece, Stream};
pub use train::{Damaged, Step, Trainer};

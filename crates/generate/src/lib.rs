//! Candidate inputs for programs, made without running anything.
//!
//! Two ways: mutation of the literal arguments of mined calls, and generation from what is known of
//! the parameters: annotations, defaults, guesses from how the body uses them, and the constants in
//! the program's text. Methods are called on instances that are built from generated arguments.
//! Which candidates are worth keeping is decided where they run.
//!
//! Everything is drawn from a generator seeded by the program, so that a program has the same
//! candidates on every machine.
//!
//! ```
//! use tracestone_extract::{Settings, SourceFile, extract};
//! use tracestone_generate::{Bounds, candidates};
//! use tracestone_record::FileId;
//!
//! let file = SourceFile {
//!     id: FileId::of(&[b"double.py"]),
//!     path: "double.py",
//!     content: b"def double(x: int) -> int:\n    return x * 2\n",
//! };
//! let found = extract(&[file], &Settings::default(), &|| {});
//! let rounds = candidates(&found.programs[0], &found.calls, Bounds::default());
//! assert!(rounds.iter().flatten().all(|call| call.call.starts_with("double(")));
//! ```

mod arguments;
mod constants;
mod definitions;
mod fields;
mod harvest;
mod instances;
mod maker;
mod mutate;
mod parameters;
mod receivers;
mod types;
mod values;

use maker::Maker;
use serde::Serialize;
use tracestone_record::{Call, Program};

/// Goes up whenever the same program could get other candidates than before.
pub const VERSION: u32 = 4;

/// Limits on the number of candidates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Bounds {
    /// Mutations of mined calls, in each round.
    pub mutated: usize,
    /// Calls from types, in each round.
    pub generated: usize,
    /// Rounds: those after the first are for programs in which statements were not reached yet.
    pub rounds: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            mutated: 16,
            generated: 20,
            rounds: 8,
        }
    }
}

/// Calls worth trying on a program, other than the mined ones, in rounds. None is known to make sense.
#[must_use]
pub fn candidates(program: &Program, mined: &[Call], bounds: Bounds) -> Vec<Vec<Call>> {
    if is_test(&program.entry) {
        return Vec::new();
    }
    let mut maker = Maker::new(program, mined, seed(program));
    let rounds = (0..bounds.rounds).map(|_| {
        maker.mutate(mined, bounds.mutated);
        maker.generate(bounds.generated);
        std::mem::take(&mut maker.calls)
    });
    rounds.filter(|round| !round.is_empty()).collect()
}

/// True for tests. The functions that a test calls are of interest, the test is not.
fn is_test(entry: &str) -> bool {
    let lower = entry.to_ascii_lowercase();
    lower.starts_with("test") || lower.ends_with("test") || lower.ends_with("tests")
}

fn seed(program: &Program) -> [u8; 32] {
    let mut seed = [0; 32];
    seed[..16].copy_from_slice(program.id.as_bytes());
    seed[16] = VERSION.to_le_bytes()[0];
    seed
}

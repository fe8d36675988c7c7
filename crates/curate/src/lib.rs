//! Findings about programs that are to be trained on or published: near-duplicates, parts of benchmarks, secrets and
//! personal data.
//!
//! Invariants: no IO; results depend on the programs alone, neither on their order nor on the number of
//! threads; nothing is removed here, findings are returned with their evidence.
//!
//! ```
//! use tracestone_curate::{Print, clusters};
//!
//! let texts = [
//!     "def f(a):\n    return [x * x for x in a if x > 0]\n",
//!     "def f(a):\n    # squares\n    return [x * x\n        for x in a if x > 0]\n",
//!     "def g(a, b):\n    return a + b\n",
//! ];
//! let prints: Vec<_> = texts.iter().map(|text| Print::of(text, None)).collect();
//! assert_eq!(clusters(&prints), [0, 0, 2]);
//! ```

mod against;
mod assigned;

mod behaviour;
mod benchmark;
mod cluster;
mod drawn;
mod duplicate;
mod fiction;
mod minhash;
mod numbers;
mod personal;
mod pieces;
mod print;
mod secret;
mod services;
mod token;
mod vocabulary;

pub use against::{Against, Hit};
pub use behaviour::{Case, End, Evidence, arguments, evidence, expression, fitting, setup};
pub use benchmark::{Benchmark, BenchmarkError, Task};
pub use cluster::clusters;
pub use duplicate::{Duplicate, Likeness, duplicates};
pub use minhash::{BANDS, ROWS, Signature, permutations};
pub use personal::personal_data;
pub use print::{JACCARD, Print, jaccard};
pub use secret::{Finding, secrets};
pub use token::{Tokens, shingles};
pub use vocabulary::Vocabulary;

/// Changes whenever the same programs may get other clusters or marks.
pub const VERSION: u32 = 6;

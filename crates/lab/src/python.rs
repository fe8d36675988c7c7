//! Python states in a model of somebody's own: the texts of a store's samples as that model reads them, with a ledger of
//! executed values, so that activations, probes, dictionaries and patches go the same way as for Karel.

mod cases;
mod corpus;
mod patching;
mod places;
mod study;
mod targets;
mod text;
mod write;

pub use corpus::PythonCorpus;
pub use patching::{PythonCausal, patch_python, python_page};
pub use study::PythonEffect;
pub use text::Form;
pub use write::{ModelLedger, ModelLedgerSettings, model_ledger};

pub(crate) use cases::{CASES, Pair};
pub(crate) use study::{Group, Streams, Study};

//! The typed rows that cross Tracestone's stages.
//!
//! Invariant: this crate does no IO. It holds the rows that `crawl`, `extract`, `trace` and `sample` pass to
//! each other and to the store, the Python literal type, and the exported record with its schema.
//!
//! ```
//! use tracestone_record::{Literal, LiteralLimits};
//!
//! let value = Literal::parse("{'b': 2, 'a': [1, 2.5]}", LiteralLimits::default())?;
//! assert!(matches!(value, Literal::Dict(_)));
//! // Only literals are read: nothing is evaluated.
//! assert!(Literal::parse("print('hello')", LiteralLimits::default()).is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod drop;
mod environment;
mod event_type;
mod form;
mod id;
mod ledger;
mod literal;
mod mark;
mod opt_out;
mod origin;
pub mod outside;
mod place;
mod rehearsal;
pub mod run;
mod sample;
mod unit;
pub mod watch;
pub mod words;

pub use drop::{Dropped, Reason, Stage};
pub use environment::{Environment, Lock, Locked, normalised};
pub use event_type::EventType;
pub use form::NormalForm;
pub use id::{BadId, CallId, EnvironmentId, FileId, ProgramId, RunId, SampleId, SourceId, UnitId};
pub use ledger::{LatentKind, LedgerRow};
pub use literal::{Integer, Literal, LiteralError, LiteralLimits};
pub use mark::{Mark, Marked, Rule};
pub use opt_out::OptOut;
pub use origin::{
    File, FileFlag, License, LicenseEvidence, LicenseMethod, LicenseRule, Source, SourceKind,
};
pub use place::{Line, LineRange, Span};
pub use rehearsal::{RecordedCall, TestEnd, TestReport};
pub use run::{
    Change, Event, EventKind, Exception, Outcome, Run, RunEvidence, Trace, VALUE_BYTES, Value,
    Verdict,
};
pub use sample::{
    AnnotationKind, AnswerType, Counts, Evidence, Facts, Language, PackageForm, Provenance,
    Question, SCHEMA, Sample, SampleKind, SampleRow, Split, Stream,
};
pub use unit::{
    Arguments, Call, Comment, CommentSignals, Definition, Docstring, DocstringStyle,
    DocumentedItem, InPackage, InputKind, InputOrigin, LineOrigin, MadeFile, Parameter,
    ParameterKind, Program, Unit, UnitKind, UnitSignals,
};

/// The JSON Schema of the exported record, pretty-printed, with a final newline.
#[must_use]
pub fn sample_schema() -> String {
    pretty(&schemars::schema_for!(Sample))
}

/// The JSON Schema of a row of the latent ledger, pretty-printed, with a final newline.
#[must_use]
pub fn ledger_schema() -> String {
    pretty(&schemars::schema_for!(LedgerRow))
}

fn pretty(schema: &schemars::Schema) -> String {
    let mut text = serde_json::to_string_pretty(schema).unwrap_or_default();
    text.push('\n');
    text
}

//! Reports of stages, and the stages in sequence.

use serde::{Serialize, Serializer};
use tracestone_crawl::Corpus;
use tracestone_record::Stage;
use tracestone_record::watch::Watch;
use tracestone_store::Store;

use crate::{CurateSettings, Engines, Error, ExtractSettings, SampleSettings, TraceSettings};

/// Report of a finished stage.
#[derive(Debug, Clone, Serialize)]
pub struct StageReport {
    /// The stage that ran.
    pub stage: Stage,
    /// Inputs worked on now.
    pub done: u64,
    /// Inputs that an earlier run had finished.
    pub reused: u64,
    /// Inputs that could not be worked on at all, such as sources that could not be read.
    pub failed: u64,
    /// Wall-clock time in seconds.
    #[serde(serialize_with = "in_milliseconds")]
    pub seconds: f64,
    /// True if the stage was asked to stop, and ended early.
    pub interrupted: bool,
}

/// Writes seconds with three digits after the point.
fn in_milliseconds<S: Serializer>(seconds: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64((seconds * 1000.0).round() / 1000.0)
}

/// The settings of a whole build.
#[derive(Debug, Clone)]
pub struct BuildSettings {
    /// Those of `crawl`.
    pub crawl: tracestone_crawl::Settings,
    /// Those of `extract`.
    pub extract: ExtractSettings,
    /// Those of `trace`.
    pub trace: TraceSettings,
    /// Those of `sample`.
    pub sample: SampleSettings,
    /// Those of `curate`.
    pub curate: CurateSettings,
}

/// Crawls, extracts, traces, samples and curates a corpus. Reports are of the stages that were begun: a stage that was
/// asked to stop is the last one.
///
/// # Errors
/// A stage fails; what was finished is in the store.
pub fn build(
    store: &mut Store,
    corpus: &Corpus,
    engines: &Engines<'_>,
    settings: &BuildSettings,
    watch: &dyn Watch,
) -> Result<Vec<StageReport>, Error> {
    let mut reports = vec![crate::crawl(store, corpus, &settings.crawl, watch)?];
    if !watch.stop() {
        reports.push(crate::extract(store, &settings.extract, engines, watch)?);
    }
    if !watch.stop() {
        reports.push(crate::trace(store, engines, &settings.trace, watch)?);
    }
    if !watch.stop() {
        reports.push(crate::sample(store, &settings.sample, watch)?);
    }
    if !watch.stop() {
        let curated = crate::curate(store, &settings.curate, engines.first(), watch)?;
        reports.push(curated.stage);
    }
    Ok(reports)
}

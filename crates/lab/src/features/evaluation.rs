//! Measures of a dictionary.

use std::path::Path;

use serde::Serialize;
use tracestone_interp::activations::{INDEX, read_index, read_rows};
use tracestone_record::watch::{Progress, Watch};
use tracestone_record::words::counted;
use tracestone_sae::{Quality, Tally};

use super::folder::{Opened, open_sae};
use super::training::chosen_site;
use crate::error::Error;

/// Settings of an evaluation.
#[derive(Debug, Clone)]
pub struct SaeEvaluation {
    /// Place in the stream; the one that the dictionary names if there is none.
    pub site: Option<String>,
    /// Number of threads; never changes a result.
    pub threads: usize,
}

/// The measures of a dictionary.
#[derive(Debug, Clone, Serialize)]
pub struct SaeReport {
    /// The place in the stream.
    pub site: String,
    /// Number of features.
    pub width: usize,
    /// Measures of the reconstruction of held-out rows.
    pub quality: Quality,
    /// Keys and values that the dictionary's files have about it.
    pub about: serde_json::Value,
}

/// Measures a dictionary on activations.
///
/// # Errors
/// The dictionary or the activations cannot be read, or do not go together.
pub fn evaluate_sae(
    sae: &Path,
    acts: &Path,
    evaluation: &SaeEvaluation,
    watch: &dyn Watch,
) -> Result<SaeReport, Error> {
    let opened = open_sae(sae)?;
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(evaluation.threads)
        .build()?;
    let wanted = evaluation.site.as_deref().or(opened.site());
    let (site, quality) = pool.install(|| reconstruction(&opened, acts, wanted, watch))?;
    Ok(SaeReport {
        site,
        width: opened.dictionary.width,
        quality,
        about: serde_json::Value::Object(opened.about),
    })
}

/// Reconstructs the rows of the part `test`, or of the folder itself.
fn reconstruction(
    opened: &Opened,
    acts: &Path,
    wanted: Option<&str>,
    watch: &dyn Watch,
) -> Result<(String, Quality), Error> {
    let part = acts.join("test");
    let folder = if part.join(INDEX).is_file() {
        &part
    } else {
        acts
    };
    let index = read_index(folder).map_err(Error::NoIndex)?;
    let site = chosen_site(&index, wanted)?;
    let dictionary = &opened.dictionary;
    if index.width != dictionary.inputs {
        return Err(Error::OtherWidth {
            dictionary: dictionary.inputs,
            rows: index.width,
        });
    }
    let total: usize = index.shards.iter().map(|shard| shard.rows).sum();
    let progress = Progress::start(watch, "reconstruct", "rows", total as u64);
    let mut tally = Tally::new(dictionary.inputs, dictionary.width);
    for shard in &index.shards {
        for first in (0..shard.rows).step_by(4096) {
            let range = first..(first + 4096).min(shard.rows);
            let count = range.len();
            let rows = read_rows(folder, &index, shard, &site, range)?;
            let features = dictionary.encode(&rows);
            tally.add(&rows, &features, &dictionary.decode(&features));
            progress.advance(count as u64);
        }
    }
    progress.finish(&counted(total as u64, "row"));
    Ok((site, tally.quality()))
}

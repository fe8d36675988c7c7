//! `manifest.json`: what an export consists of, with hashes, and how it came about.

#![expect(
    clippy::disallowed_methods,
    reason = "the errors of this module name the path"
)]

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};
use tracestone_files::Staging;
use tracestone_mix::bias::Bias;
use tracestone_record::{Counts, Reason, SCHEMA, SampleKind, SourceKind, Split, Stage};

use super::facts::Facts;
use super::file::HashedFile;
use super::{ExportError, ExportSettings, ExportedFile, Filter, Format, Order, Result, Style};
use crate::access::CALL_IS_CURRENT;
use crate::{Store, StoreError, Tombstone};

/// The manifest's name in an export.
pub(crate) const MANIFEST: &str = "manifest.json";

/// Content of `manifest.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Manifest {
    /// The tool that wrote the export.
    pub(crate) tool: String,
    /// The number of the record's schema.
    pub(crate) schema: u32,
    pub(crate) format: Format,
    pub(crate) rows: u64,
    /// Rows by kind and part of the split.
    pub(crate) kinds: BTreeMap<SampleKind, BTreeMap<Split, u64>>,
    /// Rows by how their call was found.
    #[serde(default)]
    pub(crate) inputs: Counts,
    pub(crate) filter: Filter,
    /// The order of rows.
    #[serde(default)]
    pub(crate) order: Option<Order>,
    /// Style of the conversations, in chat exports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) style: Option<Style>,
    /// Questions about a run in one row, at most, where rows are runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) probes: Option<u32>,
    /// Prompt styles as they were asked for; absent for the prompts of the store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) prompt: Option<String>,
    /// Rows and tokens by prompt style, where one was asked for.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) prompts: BTreeMap<String, PromptFacts>,
    /// Rows by form of the rationale, where another than prose was asked for.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) rationales: Counts,
    /// Drops of the pipeline before sampling, by stage and reason.
    #[serde(default)]
    pub(crate) pipeline: Vec<PipelineDrop>,
    /// Code that its author or owner took back, and that was removed from the store.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) tombstones: Vec<Tombstone>,
    /// Samples of the store that are not in the export, by reason.
    pub(crate) left_out: Counts,
    /// Shares of what is boilerplate, easily guessed or repeated.
    #[serde(default)]
    pub(crate) measures: Measures,
    /// Settings of the build that the store recorded: `answers`, `corpus`, `seed`, `split`, `split_by`.
    pub(crate) settings: BTreeMap<String, serde_json::Value>,
    /// The interpreters that ran the programs.
    pub(crate) python: Vec<String>,
    /// The sandboxes they ran in.
    pub(crate) sandbox: Vec<String>,
    pub(crate) sources: Vec<ExportedSource>,
    pub(crate) files: Vec<ExportedFile>,
}

/// Sizes of the prompts of a style.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PromptFacts {
    pub(crate) rows: u64,
    /// Pieces of text of all prompts, which are about a model's tokens.
    pub(crate) tokens: u64,
    /// Those that belong to the style, and not to the program, the call and what is asked.
    pub(crate) boilerplate: u64,
}

/// Measures of all samples of the store, and of the rows of the export.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Measures {
    pub(crate) store: Bias,
    pub(crate) export: Bias,
}

/// Number of drops of a stage for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PipelineDrop {
    pub(crate) stage: Stage,
    pub(crate) reason: Reason,
    pub(crate) count: u64,
}

/// A source that rows come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ExportedSource {
    pub(crate) name: String,
    pub(crate) kind: SourceKind,
    pub(crate) origin: String,
    pub(crate) revision: String,
    pub(crate) commit: Option<String>,
    pub(crate) tree: Option<String>,
    pub(crate) rows: u64,
    /// Rows by licence.
    pub(crate) licenses: Counts,
}

impl Manifest {
    /// The manifest of an export in a folder; `None` where there is no export.
    pub(crate) fn read(folder: &Path) -> Option<Self> {
        let text = std::fs::read(folder.join(MANIFEST)).ok()?;
        serde_json::from_slice(&text).ok()
    }
}

/// Everything but the files.
pub(super) fn about(
    store: &Store,
    settings: &ExportSettings,
    order: Order,
    facts: &Facts,
    measures: Measures,
) -> Result<Manifest> {
    let pipeline = store.drop_counts()?.into_iter().map(|drop| PipelineDrop {
        stage: drop.stage,
        reason: drop.reason,
        count: drop.count,
    });
    Ok(Manifest {
        inputs: facts.inputs.clone(),
        order: Some(order),
        style: (settings.format == Format::Chat || settings.format.is_rl())
            .then_some(settings.style),
        probes: settings.probes,
        prompt: (settings
            .prompt
            .as_ref()
            .filter(|_| settings.format.has_prompts()))
        .map(|choice| choice.word().to_owned()),
        prompts: facts.prompts.clone(),
        rationales: facts.rationales.clone(),
        pipeline: pipeline.collect(),
        tombstones: store.tombstones()?,
        tool: settings.tool.clone(),
        schema: SCHEMA,
        format: settings.format,
        rows: facts.rows,
        kinds: facts.kinds.clone(),
        filter: settings.filter.clone(),
        left_out: facts.left_out.clone(),
        measures,
        settings: remembered(store)?,
        python: distinct(store, "python")?,
        sandbox: distinct(store, "sandbox")?,
        sources: sources(store, facts)?,
        files: Vec::new(),
    })
}

/// Writes the manifest, which cannot list itself.
pub(super) fn write(staging: &Staging, about: Manifest, files: &[ExportedFile]) -> Result<()> {
    let manifest = Manifest {
        files: files.to_vec(),
        ..about
    };
    let mut text = serde_json::to_vec_pretty(&manifest).map_err(|error| ExportError::Encoding {
        what: MANIFEST.to_owned(),
        why: error.to_string(),
    })?;
    text.push(b'\n');
    let mut file = HashedFile::create(staging, MANIFEST)?;
    file.put(&text)?;
    file.finish()?;
    Ok(())
}

fn remembered(store: &Store) -> Result<BTreeMap<String, serde_json::Value>> {
    let mut settings = BTreeMap::new();
    for key in ["answers", "corpus", "language", "seed", "split", "split_by"] {
        if let Some(text) = store.meta(key)? {
            // Settings are kept as JSON where they have parts, and as plain text else.
            let value = serde_json::from_str(&text).unwrap_or(serde_json::Value::String(text));
            settings.insert(key.to_owned(), value);
        }
    }
    Ok(settings)
}

fn distinct(store: &Store, column: &str) -> Result<Vec<String>> {
    let sql = format!(
        "SELECT DISTINCT r.{column} FROM runs r \
         WHERE r.verdict = 'verified' AND {CALL_IS_CURRENT} ORDER BY 1"
    );
    let read = || -> rusqlite::Result<Vec<String>> {
        let mut statement = store.connection.prepare(&sql)?;
        statement.query_map([], |row| row.get(0))?.collect()
    };
    Ok(read().map_err(StoreError::from)?)
}

fn sources(store: &Store, facts: &Facts) -> Result<Vec<ExportedSource>> {
    let mut sources = Vec::new();
    for source in store.sources()? {
        let Some(licenses) = facts.sources.get(&source.id) else {
            continue;
        };
        sources.push(ExportedSource {
            name: source.name,
            kind: source.kind,
            origin: source.origin,
            revision: source.revision,
            commit: source.commit,
            tree: source.tree,
            rows: licenses.values().sum(),
            licenses: licenses.clone(),
        });
    }
    Ok(sources)
}

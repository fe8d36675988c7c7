//! Activations: from a model and a dataset to shards, and back with the ledger.

use std::path::Path;

use tracestone_interp::Device;
use tracestone_interp::activations::{Activations, DumpSettings, Index, Origin, dump, read};
use tracestone_interp::directory::{self, Model, WEIGHTS};
use tracestone_interp::ledger::Ledger;
use tracestone_record::Split;
use tracestone_record::watch::{Progress, Watch};
use tracestone_record::words::counted;

use crate::dataset::{Dataset, hash};
use crate::error::Error;

/// Reads a model's folder.
///
/// # Errors
/// It holds no model that is known here.
pub fn open_model(folder: &Path, device: &Device) -> Result<Model, Error> {
    directory::read(folder, device).map_err(Error::OpenModel)
}

/// Tokens at which activations are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tokens {
    /// Those of a part's ledger.
    Ledger,
    /// All but the one that begins each text.
    All,
}

/// Writes the residual stream at the tokens of a part's ledger to a folder, for at most `limit` texts.
///
/// # Errors
/// The dataset cannot be read, or a file cannot be written.
pub fn write_activations(
    model: (&Model, &Path),
    data: &Dataset,
    split: Split,
    limit: Option<usize>,
    settings: &DumpSettings,
    out: &Path,
    watch: &dyn Watch,
) -> Result<Index, Error> {
    write_tokens(
        model,
        data,
        (split, Tokens::Ledger),
        limit,
        settings,
        out,
        watch,
    )
}

/// Writes the residual stream at tokens of a part to a folder, for at most `limit` texts.
///
/// # Errors
/// The dataset cannot be read, or a file cannot be written.
pub fn write_tokens(
    (model, folder): (&Model, &Path),
    data: &Dataset,
    (split, tokens): (Split, Tokens),
    limit: Option<usize>,
    settings: &DumpSettings,
    out: &Path,
    watch: &dyn Watch,
) -> Result<Index, Error> {
    data.check_tokenizer(folder)?;
    let texts = data.texts(split, model.vocabulary.as_ref(), limit)?;
    let (spots, ledger) = match tokens {
        Tokens::All => (texts.spots(), String::new()),
        Tokens::Ledger => {
            let names = (0..texts.len()).map(|text| texts.name(text).to_owned());
            let ledger = data.ledger(split, names.collect(), &[])?;
            let path = data.ledger_path(split).display().to_string();
            (ledger.spots(), path)
        }
    };
    let weights = folder.join(WEIGHTS);
    let model_hash = if weights.exists() {
        hash(&weights)?
    } else {
        hash(&folder.join("model.safetensors.index.json"))?
    };
    let origin = Origin {
        model: model_hash,
        data: data.hash(split)?,
        ledger,
    };
    let progress = Progress::start(watch, "acts", "rows", spots.len() as u64);
    let index = dump(
        &model.decoder,
        &texts,
        &spots,
        origin,
        settings,
        out,
        &mut |count| progress.advance(count as u64),
    )?;
    progress.finish(&format!(
        "{} of {} at {}, {}",
        counted(spots.len() as u64, "row"),
        counted(index.width as u64, "number"),
        counted(index.sites.len() as u64, "place"),
        counted(index.shards.len() as u64, "file")
    ));
    Ok(index)
}

/// Activations with the true states of the same tokens.
pub(crate) struct Observations {
    pub(crate) activations: Activations,
    pub(crate) ledger: Ledger,
}

/// Reads the activations of a part and the ledger about the same samples.
pub(crate) fn observations(
    acts: &Path,
    data: &Dataset,
    split: Split,
    variables: &[String],
) -> Result<Observations, Error> {
    let folder = acts.join(split.name());
    let activations = read(&folder).map_err(|error| Error::NoActivations {
        folder: acts.to_owned(),
        error,
    })?;
    let ledger = data.ledger(split, activations.samples.clone(), variables)?;
    ledger.check(&activations)?;
    Ok(Observations {
        activations,
        ledger,
    })
}

//! Advice after errors of studies of models and datasets.

use tracestone_lab::Error;

/// The next step, as far as an error of a study tells.
pub(super) fn of(error: &Error) -> Option<String> {
    after_dataset(error).or_else(|| after_model(error))
}

fn after_dataset(error: &Error) -> Option<String> {
    Some(match error {

        Error::NotEmpty { dataset: true, .. } => "--overwrite replaces the dataset in it".to_owned(),
        Error::NotEmpty { .. } => "name a new folder with --out".to_owned(),
        Error::Staging(_) => "name a folder that can be written with --out".to_owned(),
        Error::Unfair(_) => {
            "equal --weights for all actions in use, and semantics that only exchange these, keep them equal; \
             --force writes the data all the same"
                .to_owned()
        }
        Error::TrainedLengths { .. } => {
            "--train-length MIN-MAX lies within --length MIN-MAX".to_owned()
        }
        Error::BeyondAll => {
            "name the lengths to train on with --train-length MIN-MAX, or leave --beyond out".to_owned()
        }
        Error::Exhausted { .. } => "ask for fewer texts, larger grids or longer programs".to_owned(),
        Error::NotKarel(_) => "name a new file with --store".to_owned(),
        Error::StoreExists(_) => "--overwrite replaces the questions in it".to_owned(),
        Error::OpenStore(_) => "name another file with --store".to_owned(),
        Error::NoDataset { folder, .. } => format!(
            "{} is not a dataset; `tracestone karel generate --out DIR` makes one",
            folder.display()
        ),
        Error::ReadLedger(_) => {
            "`tracestone karel generate` writes ledgers for validation and test, and with --ledger-train for train"
                .to_owned()
        }
        Error::NoVariable { known, .. } => format!("it has {}", known.join(", ")),
        Error::NoStates(_) => {
            "the texts and the ledger must be of one `tracestone karel generate`".to_owned()
        }
        Error::CannotPatch => {
            "patching needs a dataset of `tracestone karel generate` in interp mode, with one world for each program \
             and without control flow"
                .to_owned()
        }
        Error::NoScene => {
            "was it written by another version? `tracestone karel generate` makes a new one".to_owned()
        }
        Error::Pictures { .. } => {
            "--images and --labels name the unpacked files of a set such as MNIST; without them built-in pictures are used"
                .to_owned()
        }
        Error::OtherDataset(_) => {
            "name a new folder with --out, or give the settings that it was made with".to_owned()
        }
        _ => return None,
    })
}

/// Advice about models, their activations and dictionaries.
fn after_model(error: &Error) -> Option<String> {
    Some(match error {
        Error::OpenModel(_) => {
            "a model is a folder with config.json and model.safetensors, as `lm train` makes it".to_owned()
        }
        Error::LocalModel(_) => {
            "local/DIR is a folder with config.json, tokenizer.json and safetensors of a Llama, Qwen2, Qwen3 or Gemma model".to_owned()
        }
        Error::Train(_) => {
            "name a new folder with --out, or give the settings that the folder was made with".to_owned()
        }
        Error::NoActivations { folder, .. } => format!(
            "`tracestone acts MODEL DATA --out {}` writes them",
            folder.display()
        ),
        Error::NoIndex(_) => "`tracestone acts MODEL DATA --out DIR` writes activations".to_owned(),
        Error::NoSae(_) => "`tracestone sae train ACTS --out DIR` makes one".to_owned(),
        Error::WhichSite { .. } => "name one of them with --site".to_owned(),
        Error::OtherSae(_) => {
            "name another folder with --out, or give the same settings to go on with it".to_owned()
        }
        Error::DamagedState(path) => format!("remove {} to begin again", path.display()),
        _ => return None,
    })
}

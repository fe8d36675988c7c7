//! How to go on after an error, at a command line. The libraries say what happened; this says what to type.

use tracestone_pipeline::Error;
use tracestone_store::StoreError;

use crate::failure::Exit;

/// What to do next, as far as the error tells.
pub(crate) fn of(error: &anyhow::Error) -> Vec<String> {
    pipeline(error).and_then(after_stage).into_iter().collect()
}

/// How the process ends after an error.
pub(crate) fn exit(error: &anyhow::Error) -> Exit {
    match pipeline(error) {
        Some(Error::Stopped) => Exit::Interrupted,
        _ => Exit::Failure,
    }
}

/// The store's error, where that is what went wrong.
pub(crate) fn store(error: &anyhow::Error) -> Option<&StoreError> {
    let direct = error.downcast_ref::<StoreError>();
    direct.or_else(|| pipeline(error).and_then(Error::store))
}

fn pipeline(error: &anyhow::Error) -> Option<&Error> {
    error.downcast_ref::<Error>()
}

fn after_stage(error: &Error) -> Option<String> {
    Some(match error {
        Error::Start(_) => {
            "`tracestone doctor` tries everything that is needed and says what is missing"
                .to_owned()
        }
        Error::NotPython { .. } => {
            "`tracestone karel generate` makes such a store whole; name another one with --store"
                .to_owned()
        }
        Error::OtherCorpus { held, .. } => format!(
            "name another file with --store; or add --switch-corpus, which keeps the rows of `{held}` hidden in \
             the store until it is built again (`tracestone status` lists them, `tracestone prune` removes them)"
        ),
        Error::SplitSettings(_) => {
            "the store's split settings are damaged; run `tracestone crawl` again".to_owned()
        }
        Error::OtherPython { .. } => {
            "name an interpreter of the same minor version with --python".to_owned()
        }
        _ => return None,
    })
}

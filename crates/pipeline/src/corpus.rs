//! Check that a corpus belongs into a store.

use tracestone_store::Store;

use crate::Error;

/// Refuses to build another corpus than the one that the store holds: its rows would be hidden without
/// notice.
///
/// # Errors
/// The store holds sources of another corpus, or cannot be read.
pub fn refuse_other_corpus(store: &Store, name: &str) -> Result<(), Error> {
    let Some(held) = store.meta("corpus")?.filter(|held| held != name) else {
        return Ok(());
    };
    let sources = store.sources()?.len() as u64;
    if sources == 0 {
        return Ok(());
    }
    Err(Error::OtherCorpus {
        store: store.path().to_owned(),
        held,
        sources,
        name: name.to_owned(),
    })
}

/// Refuses a store whose samples are in another language than Python: those of Karel are made whole, without
/// stages.
///
/// # Errors
/// The store holds Karel, or cannot be read.
pub fn refuse_other_language(store: &Store) -> Result<(), Error> {
    let language = store.meta("language")?;
    if language.is_none_or(|language| language == "python") {
        return Ok(());
    }
    Err(Error::NotPython {
        store: store.path().to_owned(),
    })
}

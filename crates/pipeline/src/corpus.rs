//! Stores that stages work on: of Python, and of the corpus at hand.

use std::path::Path;

use tracestone_store::Store;

use crate::Error;

/// The store to work on, which must be there.
///
/// # Errors
/// It holds Karel, or cannot be opened.
pub fn open_store(path: &Path) -> Result<Store, Error> {
    let store = Store::open(path)?;
    refuse_other_language(&store)?;
    Ok(store)
}

/// The store for a corpus, made where there is none. With `switch` it may hold another corpus, whose rows are then hidden.
///
/// # Errors
/// It holds Karel or another corpus, or cannot be opened or made.
pub fn open_store_for(corpus: &str, path: &Path, switch: bool) -> Result<Store, Error> {
    let store = Store::create_or_open(path)?;
    refuse_other_language(&store)?;
    if !switch {
        refuse_other_corpus(&store, corpus)?;
    }
    Ok(store)
}

/// Refuses to build another corpus than the one that the store holds: its rows would be hidden without
/// notice.
fn refuse_other_corpus(store: &Store, name: &str) -> Result<(), Error> {
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
fn refuse_other_language(store: &Store) -> Result<(), Error> {
    let language = store.meta("language")?;
    if language.is_none_or(|language| language == "python") {
        return Ok(());
    }
    Err(Error::NotPython {
        store: store.path().to_owned(),
    })
}

//! Whether a corpus belongs into a store.

use tracestone_record::words::counted;
use tracestone_store::Store;

use crate::failure::Failure;

/// Refuses to build another corpus than the one that the store holds, unless that was asked for: its
/// rows would be hidden, and nobody would notice.
pub(crate) fn check(store: &Store, name: &str, switch: bool) -> Result<(), Failure> {
    let Some(held) = store.meta("corpus")?.filter(|held| held != name) else {
        return Ok(());
    };
    let sources = store.sources()?.len();
    if switch || sources == 0 {
        return Ok(());
    }
    let held_sources = counted(sources as u64, "source");
    Err(Failure::new(format!(
        "{} holds the corpus `{held}` ({held_sources}); `{name}` in it would hide that one's samples",
        store.path().display()
    ))
    .hinted(format!(
        "name another file with --store; or add --switch-corpus, which keeps the rows of `{held}` hidden in \
         the store until it is built again (`tracestone status` lists them, `tracestone prune` removes them)"
    )))
}

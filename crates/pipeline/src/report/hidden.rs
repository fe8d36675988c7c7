//! Sources of earlier builds that a store keeps and the current corpus hides.

use std::fmt::Write as _;

use tracestone_record::outside;
use tracestone_record::words::counted;
use tracestone_store::HiddenSource;

/// Sources listed by name.
const SHOWN: usize = 20;

/// The sources for a person; `None` where there are none.
#[must_use]
pub fn text(sources: &[HiddenSource]) -> Option<String> {
    if sources.is_empty() {
        return None;
    }
    let mut text = format!(
        "\nhidden: {} of earlier builds, which the current corpus does not resolve to (`tracestone prune` removes them)\n",
        counted(sources.len() as u64, "source")
    );
    for source in sources.iter().take(SHOWN) {
        let commit = source.commit.as_deref().unwrap_or("");
        let _ = writeln!(
            text,
            "  {}  {}  {}, {}",
            outside::line(&source.name),
            commit.get(..12).unwrap_or(commit),
            counted(source.files, "file"),
            counted(source.programs, "program"),
        );
    }
    if let Some(more) = sources.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        let _ = writeln!(text, "  and {more} more");
    }
    Some(text.trim_end().to_owned())
}

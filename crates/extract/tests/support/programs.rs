//! Programs that files of text give.

use tracestone_extract::Extraction;
use tracestone_record::Program;

use crate::source;

/// Extracts from the files of a source.
pub(crate) fn extracted(files: &[(&str, &str)]) -> Extraction {
    let files: Vec<(&str, &[u8])> = files
        .iter()
        .map(|(path, text)| (*path, text.as_bytes()))
        .collect();
    source::extracted(&files)
}

/// The first program of a unit.
///
/// # Panics
/// If there is none.
pub(crate) fn program<'e>(extraction: &'e Extraction, entry: &str) -> &'e Program {
    let mut programs = extraction.programs.iter();
    programs
        .find(|program| program.entry == entry)
        .unwrap_or_else(|| panic!("no program {entry}: {:#?}", extraction.dropped))
}

//! Files as those of one source, whose units may run in their package.

use std::collections::BTreeSet;

use tracestone_extract::{Extraction, Settings, SourceFile, SourceTree, extract};
use tracestone_record::{FileId, SourceId, TestReport};

/// Extracts from files with their paths. The distribution `there` can be imported.
pub(crate) fn extracted(files: &[(&str, &[u8])]) -> Extraction {
    extracted_beside(files, &[])
}

/// The same, with files that are there and are not extracted.
pub(crate) fn extracted_beside(files: &[(&str, &[u8])], others: &[&str]) -> Extraction {
    let sources: Vec<SourceFile<'_>> = files
        .iter()
        .map(|&(path, content)| SourceFile {
            id: id_of(path),
            path,
            content,
        })
        .collect();
    let paths = files.iter().map(|(path, _)| path);
    let tree = SourceTree {
        source: SourceId::of(&[b"source"]),
        paths: paths.chain(others).map(|path| (*path).to_owned()).collect(),
        made: Vec::new(),
        tests: TestReport::default(),
        available: BTreeSet::from(["there".to_owned()]),
        needs: vec!["there==1.0".to_owned()],
    };
    extract(&sources, Some(&tree), &Settings::default(), &|| {})
}

pub(crate) fn id_of(path: &str) -> FileId {
    FileId::of(&[path.as_bytes()])
}

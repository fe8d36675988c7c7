//! Time to extract a source, against the time of tree-sitter alone for the same files.
//!
//! The files are those below the folder in `TRACESTONE_BENCH_DIR`, else the standard library of the `python3`
//! on the path, else a small text repeated. Both run on as many threads as rayon uses.

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::Command;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use rayon::prelude::*;
use tracestone_extract::{Settings, SourceFile, extract};
use tracestone_record::FileId;

type Files = Vec<(String, Vec<u8>)>;

fn benchmark(criterion: &mut Criterion) {
    let files = files();
    let bytes: usize = files.iter().map(|(_, content)| content.len()).sum();
    let mut group = criterion.benchmark_group("extract");
    group.sample_size(10);
    group.throughput(Throughput::Bytes(bytes as u64));
    group.bench_function("bare parse", |bencher| bencher.iter(|| parse(&files)));
    let sources: Vec<SourceFile<'_>> = files
        .iter()
        .map(|(path, content)| SourceFile {
            id: FileId::of(&[path.as_bytes()]),
            path,
            content,
        })
        .collect();
    let settings = Settings::default();
    group.bench_function("whole extraction", |bencher| {
        bencher.iter(|| extract(black_box(&sources), None, &settings, &|| {}));
    });
    group.finish();
}

fn parse(files: &Files) -> usize {
    files
        .par_iter()
        .map_init(
            || {
                let mut parser = tree_sitter::Parser::new();
                let language = tree_sitter_python::LANGUAGE.into();
                parser
                    .set_language(&language)
                    .expect("they are built together");
                parser
            },
            |parser, (_, content)| {
                let tree = parser
                    .parse(content, None)
                    .expect("nothing stops the parser");
                usize::from(tree.root_node().has_error())
            },
        )
        .sum()
}

fn files() -> Files {
    let folder = std::env::var_os("TRACESTONE_BENCH_DIR")
        .map(PathBuf::from)
        .or_else(standard_library);
    let mut files = Files::new();
    if let Some(folder) = folder {
        collect(&folder, &folder, &mut files);
    }
    if files.is_empty() {
        let text = "def add(a, b):\n    \"\"\"Add.\n\n    >>> add(1, 2)\n    3\n    \"\"\"\n    return a + b\n\n\n";
        files = (0..200)
            .map(|number| (format!("{number}.py"), text.repeat(40).into_bytes()))
            .collect();
    }
    files.sort();
    files
}

fn standard_library() -> Option<PathBuf> {
    let output = Command::new("python3")
        .args(["-c", "import os; print(os.path.dirname(os.__file__))"])
        .output()
        .ok()?;
    let path = String::from_utf8(output.stdout).ok()?;
    Some(PathBuf::from(path.trim())).filter(|path| path.is_dir())
}

fn collect(root: &Path, folder: &Path, files: &mut Files) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for path in entries.flatten().map(|entry| entry.path()) {
        let name = path.strip_prefix(root).unwrap_or(&path);
        if path.is_dir() && !path.ends_with("site-packages") {
            collect(root, &path, files);
        } else if path.extension().is_some_and(|extension| extension == "py")
            && let Ok(content) = std::fs::read(&path)
        {
            files.push((name.to_string_lossy().into_owned(), content));
        }
    }
}

criterion_group!(benches, benchmark);
criterion_main!(benches);

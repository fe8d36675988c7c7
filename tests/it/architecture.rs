//! Guards: arrows between crates, names of the stages, lengths of files.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The workspace's folder.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[test]
fn arrows_between_crates_point_down() {
    let allowed = BTreeMap::from([
        ("record", vec![]),
        ("files", vec![]),
        ("stats", vec![]),
        ("extract", vec!["record"]),
        ("crawl", vec!["record"]),
        ("curate", vec!["record"]),
        ("generate", vec!["record"]),
        ("trace", vec!["record"]),
        ("forms", vec!["record"]),
        ("sample", vec!["forms", "mix", "record"]),
        ("prompts", vec!["record"]),
        ("mix", vec!["record"]),
        (
            "store",
            vec!["files", "forms", "judge", "mix", "prompts", "record"],
        ),
        ("browse", vec!["files", "record", "store"]),
        ("karel", vec!["record"]),
        ("loose", vec![]),
        ("series", vec!["loose", "stats"]),
        ("interp", vec!["files", "record", "stats"]),
        ("plasticity", vec!["karel", "stats"]),
        ("sae", vec![]),
        (
            "pipeline",
            vec![
                "crawl", "curate", "eval", "extract", "files", "generate", "karel", "mix",
                "record", "sample", "store", "trace",
            ],
        ),
        ("judge", vec!["record", "sample"]),
        (
            "eval",
            vec!["files", "judge", "prompts", "record", "sample", "stats"],
        ),
        ("serve", vec!["judge", "record"]),
        ("structure", vec!["loose", "stats"]),
        ("tracks", vec!["eval", "series", "structure"]),
        (
            "lab",
            vec![
                "crawl",
                "eval",
                "files",
                "interp",
                "karel",
                "plasticity",
                "prompts",
                "record",
                "sae",
                "sample",
                "stats",
                "store",
            ],
        ),
        (
            "cli",
            vec![
                "browse",
                "crawl",
                "eval",
                "files",
                "generate",
                "interp",
                "karel",
                "lab",
                "mix",
                "pipeline",
                "plasticity",
                "record",
                "sae",
                "sample",
                "serve",
                "store",
                "trace",
                "tracks",
            ],
        ),
    ]);
    for folder in fs::read_dir(root().join("crates")).unwrap() {
        let folder = folder.unwrap().path();
        let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
        let dependencies = manifest
            .split("[dependencies]")
            .nth(1)
            .and_then(|rest| rest.split("\n[").next())
            .unwrap_or("");
        let found: Vec<_> = dependencies
            .lines()
            .filter_map(|line| line.strip_prefix("tracestone-"))
            .filter_map(|line| line.split(['.', ' ', '=']).next())
            .collect();
        let expected = allowed
            .get(name.as_str())
            .unwrap_or_else(|| panic!("crate {name} is not on the map in docs/architecture.md"));
        assert_eq!(
            &found, expected,
            "crates/{name} may depend on {expected:?}; if a new arrow is right, add it here and to \
             docs/architecture.md"
        );
    }
}

#[test]
fn pure_crates_do_no_io() {
    for name in [
        "record",
        "curate",
        "extract",
        "forms",
        "generate",
        "judge",
        "karel",
        "loose",
        "mix",
        "plasticity",
        "prompts",
        "sae",
        "sample",
        "series",
        "stats",
        "structure",
    ] {
        for file in rust_files(&root().join("crates").join(name).join("src")) {
            let text = fs::read_to_string(&file).unwrap();
            for banned in [
                "std::fs",
                "std::process",
                "std::net",
                "SystemTime",
                "Instant::now",
            ] {
                assert!(
                    !text.contains(banned),
                    "{} uses {banned}: {name} is pure, pass in what it needs",
                    file.display()
                );
            }
        }
    }
}

#[test]
fn every_library_has_an_example_that_compiles() {
    for entry in fs::read_dir(root().join("crates")).unwrap() {
        let library = entry.unwrap().path().join("src/lib.rs");
        // The command line is used from a terminal.
        if library.starts_with(root().join("crates/cli")) || !library.exists() {
            continue;
        }
        let text = fs::read_to_string(&library).unwrap();
        let example = |line: &str| line == "//! ```" || line == "//! ```no_run";
        assert!(
            text.lines().any(example),
            "{} has no example of how a Rust program uses it",
            library.display()
        );
    }
}

#[test]
fn no_command_calls_another() {
    let commands = root().join("crates/cli/src/commands");
    for entry in fs::read_dir(&commands).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() || path.ends_with("mod.rs") {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap();
        for banned in ["super::", "crate::commands"] {
            assert!(
                !code.contains(banned),
                "{} uses {banned}: what two commands share is in a module of its own",
                path.display()
            );
        }
    }
}

#[test]
fn source_files_have_one_subject() {
    for folder in ["crates", "tests", "benches", "fuzz"] {
        for extension in ["rs", "py", "c", "h", "js", "css", "html"] {
            for file in files_of(&root().join(folder), extension) {
                let lines = fs::read_to_string(&file).unwrap().lines().count();
                assert!(
                    lines <= 600,
                    "{} has {lines} lines: split it by subject",
                    file.display()
                );
            }
        }
    }
}

#[test]
fn functions_of_python_and_c_fit_a_screen() {
    for (extension, functions) in [
        ("py", python_functions as fn(&[&str]) -> Vec<(usize, usize)>),
        ("c", c_functions),
    ] {
        let files = files_of(&root().join("crates"), extension);
        assert!(!files.is_empty());
        for file in files {
            let text = fs::read_to_string(&file).unwrap();
            let lines: Vec<&str> = text.lines().collect();
            let functions = functions(&lines);
            assert!(!functions.is_empty() || lines.len() < 100, "{file:?}");
            for (start, count) in functions {
                let place = format!("{}:{}", file.display(), start + 1);
                assert!(
                    count <= 65,
                    "{place}: a function of {count} lines, split it"
                );
            }
        }
    }
}

/// First line and number of lines of each function, those inside others included.
fn python_functions(lines: &[&str]) -> Vec<(usize, usize)> {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let is_start = |line: &str| line.trim_start().starts_with("def ");
    let length = |start: usize| {
        let rest = lines[start + 1..].iter();
        let outside = |line: &&str| {
            let closes = line.trim_start().starts_with(')');
            !line.trim().is_empty() && indent(line) <= indent(lines[start]) && !closes
        };
        let after = rest.take_while(|line| !outside(line)).count();
        let blank = lines[..=start + after].iter().rev();
        after + 1 - blank.take_while(|line| line.trim().is_empty()).count()
    };
    let starts = (0..lines.len()).filter(|&at| is_start(lines[at]));
    starts.map(|start| (start, length(start))).collect()
}

/// The same for C in the style of this repository: a body's braces are at the start of their lines.
fn c_functions(lines: &[&str]) -> Vec<(usize, usize)> {
    let starts = (1..lines.len()).filter(|&at| lines[at] == "{");
    let length = |start: usize| lines[start..].iter().position(|line| *line == "}");
    starts
        .filter_map(|start| Some((start - 1, length(start)? + 2)))
        .collect()
}

#[test]
fn every_reason_is_explained() {
    for reason in tracestone_record::Reason::ALL {
        assert!(reason.explanation().len() > 8, "{}", reason.code());
        assert_eq!(
            tracestone_record::Reason::from_code(reason.code()),
            Some(*reason)
        );
    }
}

pub(crate) fn rust_files(folder: &Path) -> Vec<PathBuf> {
    files_of(folder, "rs")
}

fn files_of(folder: &Path, wanted: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(files_of(&path, wanted));
        } else if path
            .extension()
            .is_some_and(|extension| extension == wanted)
        {
            files.push(path);
        }
    }
    files
}

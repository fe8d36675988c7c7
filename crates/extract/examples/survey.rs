//! Prints what extraction finds in a folder: counts of units, programs and calls, what was left out
//! and why, and the rate. `cargo run --release --example survey -- FOLDER [--programs FILE]`; with
//! `--programs` all programs and calls are written to a file to be read.
#![expect(clippy::print_stdout, reason = "an example for the terminal")]

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

use tracestone_extract::{Extraction, Settings, SourceFile, extract};
use tracestone_record::FileId;

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().unwrap_or_else(|| ".".to_owned()));
    let mut files = Vec::new();
    collect(&folder, &folder, &mut files)?;
    files.sort();
    let sources: Vec<SourceFile<'_>> = files
        .iter()
        .map(|(path, content)| SourceFile {
            id: FileId::of(&[path.as_bytes()]),
            path,
            content,
        })
        .collect();
    let bytes: usize = files.iter().map(|(_, content)| content.len()).sum();
    let start = Instant::now();
    let extraction = extract(&sources, None, &Settings::default(), &|| {});
    let seconds = start.elapsed().as_secs_f64();
    print!("{}", summary(&extraction));
    let megabytes = bytes as f64 / 1e6;
    println!(
        "{} files, {megabytes:.2} MB in {seconds:.3} s: {:.2} MB/s",
        files.len(),
        megabytes / seconds
    );
    if let (Some("--programs"), Some(path)) = (arguments.next().as_deref(), arguments.next()) {
        std::fs::write(path, listing(&extraction))?;
    }
    Ok(())
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<(String, Vec<u8>)>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() && !path.is_symlink() {
            collect(root, &path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "py") {
            let name = path.strip_prefix(root).unwrap_or(&path);
            files.push((name.to_string_lossy().into_owned(), std::fs::read(&path)?));
        }
    }
    Ok(())
}

fn summary(extraction: &Extraction) -> String {
    let mut text = String::new();
    let with_calls = extraction
        .calls
        .chunk_by(|a, b| a.program == b.program)
        .count();
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for call in &extraction.calls {
        *kinds.entry(call.origin.kind.name()).or_default() += 1;
    }
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for dropped in &extraction.dropped {
        *reasons.entry(dropped.reason.code()).or_default() += 1;
    }
    // Writing to a string cannot fail.
    writeln!(
        text,
        "{} units, {} programs, {with_calls} of them with calls, {} calls",
        extraction.units.len(),
        extraction.programs.len(),
        extraction.calls.len()
    )
    .ok();
    for (kind, count) in kinds {
        writeln!(text, "  call {kind}: {count}").ok();
    }
    for (reason, count) in reasons {
        writeln!(text, "  left out {reason}: {count}").ok();
    }
    text
}

fn listing(extraction: &Extraction) -> String {
    let mut text = String::new();
    let mut calls = extraction.calls.iter().peekable();
    for program in &extraction.programs {
        writeln!(
            text,
            "=== {} {}\n{}",
            program.id, program.entry, program.text
        )
        .ok();
        while let Some(call) = calls.next_if(|call| call.program == program.id) {
            let setup = call.setup.replace('\n', "\n  | ");
            writeln!(
                text,
                "--- {}\n  | {setup}\n  ? {}",
                call.origin.kind.name(),
                call.call
            )
            .ok();
        }
    }
    for dropped in &extraction.dropped {
        writeln!(
            text,
            "### {} {} -- {}",
            dropped.reason.code(),
            dropped.subject,
            dropped.detail
        )
        .ok();
    }
    text
}

//! Plants renamed, reformatted and recommented copies of real functions among the originals, and measures how
//! many are found and how fast.
//!
//! `cargo run --release -p tracestone-curate --example vary -- FOLDER [PROGRAMS]`, where the folder holds Python
//! files, such as an interpreter's standard library.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a command for people who measure, which stops where something is wrong"
)]

#[path = "vary/change.rs"]
mod change;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use change::CHANGES;
use rayon::prelude::*;
use tracestone_curate::{Print, clusters, duplicates, jaccard, shingles};
use tracestone_extract::Normalizer;

/// A function or a changed copy of one.
struct Program {
    text: String,
    /// The number of the function that it was made from.
    base: usize,
    /// The change, as a place in [`CHANGES`]; `None` for the function itself.
    change: Option<usize>,
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().expect("a folder of Python files");
    let wanted = arguments.next().map_or(100_000, |n| n.parse().unwrap());
    let mut files = Vec::new();
    list(Path::new(&folder), &mut files);
    files.sort();
    let mut bases = functions(&files);
    let all = bases.len();
    // A fifth of the programs are functions as they are, evenly from all files.
    let every = all.div_ceil((wanted / (CHANGES.len() + 1)).max(1)).max(1);
    bases = bases.into_iter().step_by(every).collect();
    let programs = planted(&bases, wanted);
    let bytes: usize = programs.iter().map(|program| program.text.len()).sum();
    println!(
        "{} programs from {} of {all} functions of {} files, {:.1} MB",
        programs.len(),
        bases.len(),
        files.len(),
        bytes as f64 / 1e6
    );
    signatures(&programs, bytes);
    let started = cpu();
    let prints: Vec<Print> = programs
        .par_iter()
        .map_init(Normalizer::default, |normalizer, program| {
            Print::of(&program.text, normalizer.forms(&program.text).first())
        })
        .collect();
    println!("prints with trees     {:7.2} CPU seconds", cpu() - started);
    let started = cpu();
    let roots = clusters(&prints);
    println!("clusters              {:7.2} CPU seconds", cpu() - started);
    found(&programs, &roots);
    joined(&programs, &prints, &roots);
}

/// Processor time of all threads of this process, in seconds.
fn cpu() -> f64 {
    let threads = std::fs::read_dir("/proc/self/task").unwrap();
    let spent = threads.map(|thread| {
        let text = std::fs::read_to_string(thread.unwrap().path().join("schedstat")).unwrap();
        text.split(' ').next().unwrap().parse::<f64>().unwrap()
    });
    spent.sum::<f64>() / 1e9
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            list(&path, files);
        } else if path.extension().is_some_and(|ending| ending == "py") {
            files.push(path);
        }
    }
}

/// The functions that are no methods and have at least five lines, each text once.
fn functions(files: &[PathBuf]) -> Vec<String> {
    let mut found = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for file in files {
        let Ok(text) = std::fs::read_to_string(file) else {
            continue;
        };
        let lines: Vec<&str> = text.lines().collect();
        for form in Normalizer::default().forms(&text) {
            let (first, last) = (form.lines.first.index(), form.lines.last.index());
            let long = last - first >= 4 && last - first < 200;
            if form.arguments.is_none() || form.name.contains('.') || !long {
                continue;
            }
            let text = lines[first..=last].join("\n") + "\n";
            if text.starts_with("def ") && seen.insert(text.clone()) {
                found.push(text);
            }
        }
    }
    found
}

/// The functions, and as many changed copies as are wanted, in turn.
fn planted(bases: &[String], wanted: usize) -> Vec<Program> {
    let mut programs: Vec<Program> = bases
        .iter()
        .enumerate()
        .map(|(base, text)| Program {
            text: text.clone(),
            base,
            change: None,
        })
        .collect();
    let mut round = 0;
    while programs.len() < wanted {
        let change = round % CHANGES.len();
        for (base, text) in bases.iter().enumerate() {
            if programs.len() == wanted {
                break;
            }
            programs.push(Program {
                text: (CHANGES[change].1)(text, round),
                base,
                change: Some(change),
            });
        }
        round += 1;
    }
    programs
}

fn signatures(programs: &[Program], bytes: usize) {
    let started = cpu();
    let mut count = 0;
    for program in programs {
        count += shingles(&program.text).len();
    }
    let seconds = cpu() - started;
    println!(
        "shingles              {seconds:7.2} CPU seconds  {:.0} MB/s, {count} shingles",
        bytes as f64 / 1e6 / seconds
    );
    let started = cpu();
    for program in programs {
        std::hint::black_box(Print::of(&program.text, None));
    }
    let seconds = cpu() - started;
    println!(
        "and signatures        {seconds:7.2} CPU seconds  {:.0} MB/s",
        bytes as f64 / 1e6 / seconds
    );
}

/// Shares of the copies that are in the cluster of their function.
fn found(programs: &[Program], roots: &[u32]) {
    let mut counts = [(0_u32, 0_u32); 16];
    for (at, program) in programs.iter().enumerate() {
        if let Some(change) = program.change {
            counts[change].1 += 1;
            counts[change].0 += u32::from(roots[at] == roots[program.base]);
        }
    }
    for ((name, _), (found, all)) in CHANGES.iter().zip(counts) {
        println!(
            "{name:<20} {found:>6} of {all:>6} found  {:.2} %",
            100.0 * f64::from(found) / f64::from(all.max(1))
        );
    }
}

/// Counts joined programs that were made from different functions, and finds the least likeness of those.
fn joined(programs: &[Program], prints: &[Print], roots: &[u32]) {
    let mut members: HashMap<u32, Vec<u32>> = HashMap::new();
    for (at, root) in roots.iter().enumerate() {
        members.entry(*root).or_default().push(at as u32);
    }
    let (mut marked, mut foreign, mut by_tree, mut least) = (0, 0, 0, 1.0_f64);
    for cluster in members.values().filter(|members| members.len() > 1) {
        for duplicate in duplicates(prints, cluster) {
            marked += 1;
            let (one, of) = (duplicate.program as usize, duplicate.of as usize);
            if programs[one].base == programs[of].base {
                continue;
            }
            foreign += 1;
            match prints[one].same_tree(&prints[of]) {
                true => by_tree += 1,
                false => least = least.min(jaccard(&prints[one], &prints[of])),
            }
        }
    }
    println!(
        "{marked} marked, {foreign} of them as copies of another function: {by_tree} by an equal tree, the others \
         with a Jaccard similarity of {least:.2} and more"
    );
}

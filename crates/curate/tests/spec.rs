//! Runs the readable spec `tests/spec/curate.md`: programs, and what is found in them.
//! `TRACESTONE_UPDATE_SPECS=1` writes what is found into the page.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

#[path = "../../../tests/spec/pages.rs"]
mod pages;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use tracestone_curate::{
    Against, Benchmark, Finding, Likeness, Print, clusters, duplicates, personal_data, secrets,
};
use tracestone_extract::Normalizer;

/// The fences of a section: word, name and text.
type Fences = Vec<(String, String, String)>;

fn print_of(text: &str) -> Print {
    Print::of(text, Normalizer::default().forms(text).first())
}

fn likes(programs: &[(&str, &str)], out: &mut String) {
    let prints: Vec<Print> = programs.iter().map(|(_, text)| print_of(text)).collect();
    let mut members: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for (at, root) in (0..).zip(clusters(&prints)) {
        members.entry(root).or_default().push(at);
    }
    let name = |at: u32| programs[at as usize].0;
    for cluster in members.values().filter(|members| members.len() > 1) {
        let names: Vec<&str> = cluster.iter().map(|at| name(*at)).collect();
        writeln!(out, "cluster: {}", names.join(" ")).unwrap();
        for duplicate in duplicates(&prints, cluster) {
            let how = match duplicate.likeness {
                Likeness::Tree => "same tree".to_owned(),
                Likeness::Tokens(share) => format!("{:.0} % of shingles", share * 100.0),
            };
            writeln!(
                out,
                "{}: {how} as {}",
                name(duplicate.program),
                name(duplicate.of)
            )
            .unwrap();
        }
    }
}

fn private(name: &str, text: &str, findings: &[Finding], out: &mut String) {
    for finding in findings {
        let line = text[..finding.start].matches('\n').count() + 1;
        writeln!(out, "{name}: {}, line {line}", finding.pattern).unwrap();
    }
}

fn found(fences: &Fences) -> String {
    let mut out = String::new();
    let of = |word: &str| {
        let fences = fences.iter().filter(move |(kind, ..)| kind == word);
        fences
            .map(|(_, name, text)| (name.as_str(), text.as_str()))
            .collect::<Vec<_>>()
    };
    let programs = of("python");
    likes(&programs, &mut out);
    let benchmarks: Vec<Benchmark> = of("json")
        .iter()
        .map(|(name, text)| Benchmark::parse(name, text, None).unwrap())
        .collect();
    let against = Against::new(&benchmarks, |text| Normalizer::default().forms(text));
    for (name, text) in &programs {
        for hit in against.check(text, &Normalizer::default().forms(text)) {
            let (rule, task) = (hit.rule.name(), &hit.task);
            writeln!(
                out,
                "{name}: {rule} {} {task}: {}",
                hit.benchmark, hit.evidence
            )
            .unwrap();
        }
        private(name, text, &secrets(text), &mut out);
        private(name, text, &personal_data(text), &mut out);
    }
    match out.is_empty() {
        true => "nothing\n".to_owned(),
        false => out,
    }
}

fn forms(fences: &Fences) -> String {
    let mut out = String::new();
    for (_, name, text) in fences.iter().filter(|(kind, ..)| kind == "python") {
        let forms = Normalizer::default().forms(text);
        let shape = forms.first().map_or("none", |form| form.shape.trim());
        writeln!(out, "{name}: {shape}").unwrap();
    }
    out
}

/// The page with what is found now.
fn rewritten(page: &str) -> String {
    let mut out = String::new();
    let mut fences: Fences = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if line.starts_with("## ") {
            fences.clear();
        }
        writeln!(out, "{line}").unwrap();
        let Some(head) = line.strip_prefix("```").filter(|head| !head.is_empty()) else {
            continue;
        };
        let text: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        let text = text.join("\n") + "\n";
        let (word, name) = head.split_once(' ').unwrap_or((head, ""));
        let text = match word {
            "found" => found(&fences),
            "forms" => forms(&fences),
            _ => {
                fences.push((word.to_owned(), name.to_owned(), text.clone()));
                text
            }
        };
        writeln!(out, "{text}```").unwrap();
    }
    out
}

#[test]
fn what_the_page_says_is_found() {
    for path in pages::pages("curate") {
        let page = std::fs::read_to_string(&path).unwrap();
        let now = rewritten(&page);
        if pages::updating() {
            std::fs::write(&path, &now).unwrap();
        }
        let differing = page
            .lines()
            .zip(now.lines())
            .find(|(one, other)| one != other);
        assert!(page == now, "{}: {differing:?}", path.display());
    }
}

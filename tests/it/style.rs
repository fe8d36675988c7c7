//! Guards for the text of comments and pages: doc comments, lengths, links and commands.

use std::fs;
use std::path::{Path, PathBuf};

use crate::architecture::{root, rust_files};
use crate::support::Bench;

/// A run of `///` or `//!` lines: its first line's number and its text.
fn doc_blocks(source: &str) -> Vec<(usize, String)> {
    let mut blocks: Vec<(usize, String)> = Vec::new();
    let mut open = "";
    for (index, line) in source.lines().enumerate() {
        let line = line.trim_start();
        let mark = ["///", "//!"]
            .into_iter()
            .find(|mark| line.starts_with(mark) && !line.starts_with("////"));
        let Some(mark) = mark else {
            open = "";
            continue;
        };
        let text = line[mark.len()..].trim();
        match blocks.last_mut() {
            Some((_, block)) if open == mark => {
                block.push(' ');
                block.push_str(text);
            }
            _ => blocks.push((index + 1, text.to_owned())),
        }
        open = mark;
    }
    blocks
}

/// Places of the doc comments that `is_bad` accepts, one per line.
fn doc_comments(is_bad: impl Fn(&[&str]) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    for folder in ["crates", "tests", "fuzz/fuzz_targets"] {
        for file in rust_files(&root().join(folder)) {
            for (line, block) in doc_blocks(&fs::read_to_string(&file).unwrap()) {
                let words: Vec<_> = block.split_whitespace().collect();
                if !words.is_empty() && is_bad(&words) {
                    found.push(format!("{}:{line}: {block}", file.display()));
                }
            }
        }
    }
    found
}

#[test]
fn doc_comments_say_what_a_thing_is() {
    let questions = [
        "What", "How", "Where", "Whether", "Who", "Whoever", "When", "Which", "Why",
    ];
    let found = doc_comments(|words| questions.contains(&words[0].trim_end_matches(',')));
    assert!(
        found.is_empty(),
        "{} doc comments open with a question word; begin with a noun or a verb (docs/style.md):\n{}",
        found.len(),
        found.join("\n")
    );
}

#[test]
fn doc_comments_say_more_than_the_name() {
    let found = doc_comments(|words| words.len() <= 2);
    assert!(
        found.is_empty(),
        "{} doc comments have one or two words; say what the name does not, or delete them \
         (docs/style.md):\n{}",
        found.len(),
        found.join("\n")
    );
}

/// The Markdown pages that people read first, and all of `docs`.
fn pages() -> Vec<PathBuf> {
    let mut pages = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"]
        .map(|name| root().join(name))
        .to_vec();
    let mut folders = vec![root().join("docs")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                pages.push(path);
            }
        }
    }
    pages.sort();
    pages
}

#[test]
fn links_in_pages_lead_somewhere() {
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        for target in text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
        {
            let path = target.split('#').next().unwrap();
            if path.is_empty() || path.contains("://") || path.contains(' ') {
                continue;
            }
            assert!(
                page.parent().unwrap().join(path).exists(),
                "{} links to {target}, which does not exist",
                page.display()
            );
        }
    }
}

#[test]
fn the_first_pages_are_short() {
    let map = fs::read_to_string(root().join("docs/architecture.md")).unwrap();
    let words = map.split_whitespace().count();
    assert!(
        words <= 1_600,
        "docs/architecture.md has {words} words: move reasons and figures to docs/design and docs/benchmarks.md"
    );
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let prose = readme.split("```").step_by(2);
    for paragraph in prose.flat_map(|text| text.split("\n\n")) {
        let lines = paragraph.trim().lines();
        let is_list = paragraph.trim_start().starts_with("- ");
        assert!(
            is_list || lines.count() <= 5,
            "README.md has a paragraph of more than five lines:\n{paragraph}"
        );
    }
}

/// The lines of a page's `sh` fences that call `tracestone`, without comments.
fn commands(page: &Path) -> Vec<Vec<String>> {
    let text = fs::read_to_string(page).unwrap().replace("\\\n", " ");
    let fences = text
        .split("```sh\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next());
    fences
        .flat_map(str::lines)
        .filter_map(|line| line.trim().strip_prefix("tracestone "))
        .map(|line| {
            let line = line.split(" #").next().unwrap();
            line.split_whitespace().map(str::to_owned).collect()
        })
        .collect()
}

#[test]
fn commands_in_pages_exist_with_their_options() {
    let bench = Bench::empty();
    let mut seen = 0;
    for page in pages() {
        for words in commands(&page) {
            let nested =
                ["karel", "lm", "demo", "plasticity", "sae", "task"].contains(&words[0].as_str());
            let mut call: Vec<_> = words[..=usize::from(nested)]
                .iter()
                .map(String::as_str)
                .collect();
            call.push("--help");
            let help = bench.ok(&call);
            for option in words.iter().filter(|word| word.starts_with('-')) {
                let option = option.split('=').next().unwrap();
                assert!(
                    help.contains(option),
                    "{}: `tracestone {}` has no option {option}",
                    page.display(),
                    words.join(" ")
                );
            }
            seen += 1;
        }
    }
    assert!(
        seen >= 10,
        "{seen} commands were found in the documentation"
    );
}

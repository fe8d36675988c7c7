//! The help texts are the manual, so a change to them is a change to look at.

use crate::support::Bench;

#[test]
fn every_command_has_help_and_the_readme_names_it() {
    let bench = Bench::new();
    let readme = include_str!("../../README.md");
    for command in [
        "build",
        "crawl",
        "extract",
        "trace",
        "sample",
        "export",
        "verify",
        "status",
        "prune",
        "show",
        "doctor",
        "eval",
        "score",
        "compare",
        "report",
        "validate",
        "karel",
        "ledger",
        "lm",
        "acts",
        "probe",
        "causal",
        "demo",
        "completions",
        "man",
    ] {
        let text = bench.ok(&[command, "--help"]);
        assert!(text.contains("Usage: tracestone"), "{text}");
        assert!(
            readme.contains(&format!("`{command}`"))
                || readme.contains(&format!("tracestone {command}")),
            "README.md does not mention {command}"
        );
    }
}

#[test]
fn the_main_help_names_the_exit_codes() {
    let text = Bench::new().ok(&["--help"]);
    insta::assert_snapshot!(text);
}

#[test]
fn completions_and_manual_pages_are_made() {
    let bench = Bench::new();
    assert!(bench.ok(&["completions", "bash"]).contains("_tracestone"));
    assert!(bench.ok(&["man"]).contains(".TH"));
    bench.ok(&["man", "--out", "pages"]);
    let names: Vec<_> = bench
        .files("pages")
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    assert!(
        names.iter().any(|name| name == "tracestone-build.1"),
        "{names:?}"
    );
}

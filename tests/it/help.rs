//! The help texts are the manual, so a change to them is a change to look at.

use crate::support::Bench;

#[test]
fn every_command_has_help_and_a_guide_names_it() {
    let bench = Bench::new();
    let guides = concat!(
        include_str!("../../README.md"),
        include_str!("../../docs/guide/data.md"),
        include_str!("../../docs/guide/eval.md"),
        include_str!("../../docs/guide/models.md"),
        include_str!("../../docs/guide/operate.md")
    );
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
        "browse",
        "stats",
        "init",
        "doctor",
        "eval",
        "runs",
        "score",
        "compare",
        "report",
        "validate",
        "task",
        "karel",
        "ledger",
        "lm",
        "acts",
        "probe",
        "causal",
        "sae",
        "demo",
        "completions",
        "man",
    ] {
        let text = bench.ok(&[command, "--help"]);
        assert!(text.contains("Usage: tracestone"), "{text}");
        assert!(
            guides.contains(&format!("`{command}`"))
                || guides.contains(&format!("tracestone {command}")),
            "neither README.md nor docs/guide mentions {command}"
        );
    }
}

#[test]
fn the_main_help_names_the_exit_codes() {
    let text = Bench::new().ok(&["--help"]);
    insta::assert_snapshot!(text);
}

#[test]
fn completions_offer_commands_and_values() {
    let bench = Bench::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = bench.ok(&["completions", shell]);
        assert!(script.contains("tracestone"), "{shell}");
        let offered = [
            "next_line",
            "validation",
            "parquet",
            "permissive",
            "cruxeval-output",
            "mock/oracle",
        ];
        for value in offered {
            // PowerShell's and Elvish's scripts know no values.
            if ["bash", "zsh", "fish"].contains(&shell) {
                assert!(script.contains(value), "{shell} does not offer {value}");
            }
        }
        assert!(
            !script.contains("__help__build"),
            "{shell} repeats every command after `help`"
        );
    }
}

#[test]
fn manual_pages_have_environment_and_examples_and_no_clutter() {
    let bench = Bench::new();
    let main = bench.ok(&["man"]);
    for wanted in [
        ".TH",
        ".SH ENVIRONMENT",
        "TRACESTONE_STORE",
        "NO_COLOR",
        ".SH \"EXIT STATUS\"",
    ] {
        let plain = wanted.replace('"', "");
        assert!(main.contains(wanted) || main.contains(&plain), "{wanted}");
    }
    bench.ok(&["man", "--out", "pages"]);
    let pages = bench.files("pages");
    let names: Vec<_> = pages.iter().map(|(name, _)| name.as_str()).collect();
    assert!(names.contains(&"tracestone-build.1"), "{names:?}");
    assert!(names.contains(&"tracestone-karel-run.1"), "{names:?}");
    assert!(!names.iter().any(|name| name.contains("help")), "{names:?}");
    for (name, bytes) in &pages {
        let page = String::from_utf8(bytes.clone()).unwrap();
        assert!(!page.contains("help(1)"), "{name}");
        for section in [".SH ENVIRONMENT", ".SH SEE ALSO"] {
            assert!(page.contains(section), "{name} has no {section}");
        }
        let has_commands = pages.iter().any(|(other, _)| {
            other.len() > name.len()
                && other.starts_with(&format!("{}-", name.trim_end_matches(".1")))
        });
        assert!(
            has_commands || page.contains(".SH EXAMPLES"),
            "{name} has no examples"
        );
    }
}

/// The keys that the parser of corpora knows at some place, out of what it says about one that it does not.
fn known_keys(bench: &Bench, corpus: &str) -> Vec<String> {
    bench.write("unknown.toml", corpus);
    let text = bench.fails(1, &["build", "unknown.toml"]);
    let (_, expected) = text.split_once("expected").unwrap();
    let expected = expected.split("; did you mean").next().unwrap();
    let quoted = expected.split('`').skip(1).step_by(2);
    let mut keys: Vec<String> = quoted.map(str::to_owned).collect();
    keys.sort();
    assert!(keys.len() >= 2, "{text}");
    keys
}

/// The keys of a section's tables in the page: the first cell of each row.
fn documented_keys(page: &str, title: &str) -> Vec<String> {
    let start = page.find(&format!("\n## {title}\n")).unwrap();
    let rest = &page[start + 1..];
    let section = &rest[..rest.find("\n## ").unwrap_or(rest.len())];
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `"));
    let mut keys: Vec<_> = rows
        .map(|row| row.split('`').next().unwrap().to_owned())
        .collect();
    keys.sort();
    keys
}

#[test]
fn the_page_about_corpora_and_the_parser_know_the_same_keys() {
    let bench = Bench::empty();
    let page = include_str!("../../docs/corpus.md");
    let source = "[[source]]\nkind = \"stdlib\"\n";
    bench.ok(&["init", "begin.toml"]);
    let template = std::fs::read_to_string(bench.path("begin.toml")).unwrap();
    for (title, corpus) in [
        ("At the top", format!("zz = 1\nname = \"x\"\n{source}")),
        (
            "`[limits]`",
            format!("name = \"x\"\n[limits]\nzz = 1\n{source}"),
        ),
        (
            "`[split]`",
            format!("name = \"x\"\n[split]\nzz = 1\n{source}"),
        ),
        ("`[[source]]`", format!("name = \"x\"\n{source}zz = 1\n")),
    ] {
        let known = known_keys(&bench, &corpus);
        assert_eq!(
            documented_keys(page, title),
            known,
            "docs/corpus.md, {title}"
        );
        for key in known {
            let named = [
                format!("{key} = "),
                format!("[{key}]"),
                format!("[[{key}]]"),
            ];
            assert!(
                named.iter().any(|name| template.contains(name)),
                "init leaves out {key}"
            );
        }
    }
}

#[test]
fn the_corpus_that_init_writes_can_be_built() {
    let bench = Bench::new();
    let text = bench.ok(&["init", "repository/corpus.toml"]);
    assert!(
        text.contains("tracestone build repository/corpus.toml"),
        "{text}"
    );
    bench.ok(&["build", "repository/corpus.toml", "--store", "a.db"]);
    let status = bench.ok(&["status", "--store", "a.db"]);
    assert!(status.contains("terms\n"), "{status}");

    // What is there stays.
    let said = bench.fails(1, &["init", "corpus.toml"]);
    assert!(said.contains("corpus.toml is there already"), "{said}");
    bench.ok(&["init", "git.toml", "--git", "repository"]);
    bench.ok(&["crawl", "git.toml", "--store", "b.db"]);
    bench.ok(&["init", "dir.toml", "--dir", "repository"]);
    bench.ok(&["crawl", "dir.toml", "--store", "c.db"]);
    let said = bench.fails(1, &["init", "other.toml", "--git", "ext::sh -c id"]);
    assert!(said.contains("could make git run a program"), "{said}");
    assert!(!bench.path("other.toml").exists());
    let said = bench.fails(1, &["init", "other.toml", "--dir", "nowhere"]);
    assert!(said.contains("nowhere is not a folder"), "{said}");
}

#[test]
fn verbose_says_what_is_done_and_quiet_does_not() {
    let bench = Bench::new();
    let run = |more: &str, store: &str| {
        let output = bench.run(&["build", "corpus.toml", "--store", store, more]);
        assert!(output.status.success());
        crate::support::stderr(&output)
    };
    let said = run("--verbose", "a.db");
    for line in ["crawl  reading ", "commit ", "program "] {
        assert!(said.contains(line), "{line} is not in {said}");
    }
    assert!(said.contains("1 source read"), "{said}");
    // A corpus as small as this one leaves parts of the split empty, which is always said.
    let quiet = run("--quiet", "b.db");
    assert!(
        quiet.lines().all(|line| line.starts_with("warning: ")),
        "{quiet}"
    );
    bench.fails(2, &["status", "--quiet", "--verbose"]);
    let evaluated = [
        "eval",
        "output",
        "--store",
        "a.db",
        "--model",
        "mock/constant",
        "--split",
        "train,validation,test",
        "--verbose",
    ];
    let output = bench.run(&evaluated);
    let said = crate::support::stderr(&output);
    assert!(
        said.contains("eval  item ") && said.contains(": wrong ("),
        "{said}"
    );
}

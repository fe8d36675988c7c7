//! Runs the readable specs `tests/spec/sample-*.md`: a program, a call, its trace as CPython 3.11 gave it,
//! and the samples made of it. `TRACESTONE_UPDATE_SPECS=1` writes what is made into the pages.

#[path = "../../../tests/spec/pages.rs"]
mod pages;
mod recorded;

use std::fmt::Write as _;

use tracestone_record::Sample;
use tracestone_sample::Settings;

/// Without the parts that all prompts share, which the first sample of a page shows once.
fn shown(sample: &Sample) -> String {
    let question = serde_json::to_string(&sample.question).expect("a question is JSON");
    let asked = sample.prompt.rsplit("```\n\n").next().unwrap_or_default();
    let asked = asked.rsplit("\n\n").next().unwrap_or_default();
    let mut text = format!("{} {question}", sample.kind.name());
    if !sample.facts.trivial.is_empty() {
        write!(text, " trivial: {}", sample.facts.trivial.join(", ")).expect("strings grow");
    }
    let answer = sample.answer.replace('\n', "\n  | ");
    write!(
        text,
        "\n  ask: {}\n  = {answer}\n",
        asked.replace('\n', "\n       ")
    )
    .expect("strings grow");
    text
}

/// The page with its `samples` fences filled from its `python`, call and `trace` parts.
fn filled(page: &str) -> String {
    let mut runs = recorded::page(page).into_iter();
    let mut out = String::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        writeln!(out, "{line}").expect("strings grow");
        if line != "```samples" {
            continue;
        }
        lines
            .by_ref()
            .find(|line| *line == "```")
            .expect("the fence ends");
        let run = runs.next().expect("a trace for each list of samples");
        let sampled = recorded::sampled(&run.program, &[(run.call, run.run)], &Settings::default());
        let mut samples: Vec<Sample> = sampled.rows.into_iter().map(|row| row.sample).collect();
        samples.sort_by_key(|sample| {
            (
                sample.kind,
                sample.question.line,
                sample.question.occurrence,
            )
        });
        samples
            .iter()
            .for_each(|sample| out.push_str(&shown(sample)));
        out.push_str("```\n");
    }
    out
}

#[test]
fn pages_show_what_is_made() {
    for path in pages::pages("sample-") {
        let page = std::fs::read_to_string(&path).expect("a page");
        let made = filled(&page);
        if pages::updating() {
            std::fs::write(&path, &made).expect("the page is writable");
            continue;
        }
        assert!(
            page == made,
            "{} shows something else; made:\n{made}",
            path.display()
        );
    }
}

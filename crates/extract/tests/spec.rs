//! Runs the readable specs `tests/spec/extract-*.md`: files of a source, and the units, comments, programs,
//! calls and reasons found in them. `TRACESTONE_UPDATE_SPECS=1` writes what is found into the pages.

#[path = "../../../tests/spec/pages.rs"]
mod pages;

use std::fmt::Write as _;

use tracestone_extract::{Extraction, Settings, SourceFile, extract};
use tracestone_record::{Comment, FileId, LineRange, Program, Unit};

/// The files of a section, as fences ` ```python PATH `.
type Files = Vec<(String, String)>;

fn found_in(files: &Files) -> Extraction {
    let sources: Vec<SourceFile<'_>> = files
        .iter()
        .map(|(path, text)| SourceFile {
            id: FileId::of(&[path.as_bytes()]),
            path,
            content: text.as_bytes(),
        })
        .collect();
    extract(&sources, None, &Settings::default(), &|| {})
}

fn range(lines: LineRange) -> String {
    format!("{}-{}", lines.first, lines.last)
}

fn unit(unit: &Unit) -> String {
    let kind = format!("{:?}", unit.kind).to_lowercase();
    let mut text = format!("{kind} {} {}", unit.name, range(unit.lines));
    for (word, set) in [("nested", unit.nested), ("async", unit.is_async)] {
        if set {
            write!(text, " {word}").expect("strings grow");
        }
    }
    for decorator in &unit.decorators {
        write!(text, " @{decorator}").expect("strings grow");
    }
    for parameter in &unit.parameters {
        let annotation = parameter.annotation.as_deref().unwrap_or("-");
        let default = parameter.default.as_deref().unwrap_or("-");
        write!(
            text,
            "\n  parameter {} {:?} {annotation} {default}",
            parameter.name, parameter.kind
        )
        .expect("strings grow");
        if let Some(documented) = &parameter.documented {
            write!(text, ", documented as {documented}").expect("strings grow");
        }
        if !parameter.wishes.is_empty() {
            write!(text, ", asked whether {}", parameter.wishes.join(" or "))
                .expect("strings grow");
        }
    }
    if let Some(returns) = &unit.returns {
        write!(text, "\n  returns {returns}").expect("strings grow");
    }
    if let Some(docstring) = &unit.docstring {
        write!(
            text,
            "\n  docstring {} {:?}: {}",
            range(docstring.lines),
            docstring.style,
            docstring.summary
        )
        .expect("strings grow");
        for (word, items) in [
            ("says of parameter", &docstring.parameters),
            ("says of result", &docstring.returns),
            ("says it raises", &docstring.raises),
        ] {
            for item in items {
                write!(text, "\n    {word} {}: {}", item.name, item.text).expect("strings grow");
            }
        }
    }
    unit.comments
        .iter()
        .for_each(|each| text.push_str(&comment(each)));
    text
}

fn comment(comment: &Comment) -> String {
    let explains = comment.explains.map_or("nothing".to_owned(), range);
    let signals: String = [
        ("code", comment.signals.code),
        ("todo", comment.signals.todo),
        ("directive", comment.signals.directive),
        ("result", comment.signals.result),
    ]
    .iter()
    .filter(|(_, set)| *set)
    .map(|(word, _)| format!(" ({word})"))
    .collect();
    format!(
        "\n  comment {} explains {explains}{signals}: {}",
        range(comment.lines),
        comment.text.replace('\n', " / ")
    )
}

fn program(found: &Extraction, program: &Program) -> String {
    let mut text = format!("== {}\n", program.entry);
    for (line, origin) in program.text.lines().zip(&program.lines) {
        let place = origin.map_or(String::new(), |origin| {
            let file = if origin.file == 0 { "" } else { "other:" };
            format!("{file}{}", origin.line)
        });
        writeln!(text, "{place:>8} | {line}").expect("strings grow");
    }
    for call in found.calls.iter().filter(|call| call.program == program.id) {
        let origin = call.origin.path.as_deref().unwrap_or_default();
        let line = call
            .origin
            .line
            .map_or(String::new(), |line| line.to_string());
        for statement in call.setup.lines() {
            writeln!(text, "setup    | {statement}").expect("strings grow");
        }
        writeln!(
            text,
            "call     | {}   ({} {origin}:{line})",
            call.call,
            call.origin.kind.name()
        )
        .expect("strings grow");
    }
    text
}

/// Text that a fence ` ```found WHAT ` of a section must contain.
fn shown(files: &Files, what: &str) -> String {
    let found = found_in(files);
    let mut lines: Vec<String> = match what {
        "units" => found.units.iter().map(unit).collect(),
        "programs" => found
            .programs
            .iter()
            .map(|each| program(&found, each).trim_end().to_owned())
            .collect(),
        "dropped" => found
            .dropped
            .iter()
            .map(|each| {
                let detail = if each.detail.is_empty() {
                    "-"
                } else {
                    &each.detail
                };
                format!("{}: {} ({detail})", each.subject, each.reason.code())
            })
            .collect(),
        _ => panic!("a page asks for `{what}`"),
    };
    if what == "dropped" {
        lines.sort();
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// The page with its `found` fences filled.
fn filled(page: &str) -> String {
    let mut out = String::new();
    let mut files = Files::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        writeln!(out, "{line}").expect("strings grow");
        if line.starts_with("## ") {
            files.clear();
        }
        let Some(fence) = line.strip_prefix("```").filter(|word| !word.is_empty()) else {
            continue;
        };
        let body: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        if let Some(path) = fence.strip_prefix("python ") {
            let text: String = body.iter().map(|line| format!("{line}\n")).collect();
            out.push_str(&text);
            files.push((path.to_owned(), text));
        } else if let Some(what) = fence.strip_prefix("found ") {
            out.push_str(&shown(&files, what));
        } else {
            panic!("a page has a fence `{fence}`");
        }
        out.push_str("```\n");
    }
    out
}

#[test]
fn pages_show_what_is_found() {
    for path in pages::pages("extract-") {
        let page = std::fs::read_to_string(&path).expect("a page");
        let made = filled(&page);
        if pages::updating() {
            std::fs::write(&path, &made).expect("the page is writable");
            continue;
        }
        assert!(
            page == made,
            "{} shows something else; found:\n{made}",
            path.display()
        );
    }
}

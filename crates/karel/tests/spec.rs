//! Runs the sections of `tests/spec/karel.md`.

use std::collections::BTreeMap;

use tracestone_karel::{Deed, Semantics, Trace, World, parse};

const SPEC: &str = include_str!("../../../tests/spec/karel.md");

/// The fences of a section, by the info string after the backticks.
fn fences(section: &str) -> BTreeMap<&str, String> {
    let mut fences = BTreeMap::new();
    let mut open: Option<(&str, String)> = None;
    for line in section.lines() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(word)) if !word.is_empty() => open = Some((word, String::new())),
            (Some(_), Some("")) => fences.extend(open.take()),
            (Some((_, text)), None) => {
                text.push_str(line);
                text.push('\n');
            }
            _ => {}
        }
    }
    fences
}

fn told(trace: &Trace) -> String {
    let mut text = String::new();
    for told in &trace.steps {
        let what = match told.step.deed {
            Deed::Action {
                word,
                done,
                changed,
            } => {
                let means = if word == done {
                    String::new()
                } else {
                    format!(" means {}", done.name())
                };
                let effect = if changed { "" } else { ", nothing happens" };
                format!("{}{means}{effect}", word.name())
            }
            Deed::Test { condition, held } => {
                format!("{condition}, {}", if held { "yes" } else { "no" })
            }
            Deed::Round { left } => format!("rounds left {left}"),
        };
        let world = told.world.lines().join(" / ");
        text.push_str(&format!("{} {what}: {world}\n", told.step.line));
    }
    text
}

#[test]
fn every_section_holds() {
    let mut sections = 0;
    for section in SPEC.split("\n## ").skip(1) {
        let title = section.lines().next().unwrap_or_default();
        let fences = fences(section);
        let program = parse(&fences["program"]).unwrap();
        assert_eq!(program.to_string(), fences["program"], "{title}");
        let rows: Vec<&str> = fences["world"].lines().collect();
        let world = World::parse(&rows).unwrap();
        let meaning = fences.get("meaning").map_or("original", |text| text.trim());
        let semantics = Semantics::from_name(meaning).unwrap();
        let trace = Trace::of(&program, &world, &semantics, 100).unwrap();
        assert_eq!(told(&trace), fences["trace"], "{title}");
        sections += 1;
    }
    assert_eq!(sections, SPEC.matches("```program").count());
}

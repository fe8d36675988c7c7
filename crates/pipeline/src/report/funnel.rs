//! Text about the way of functions and classes from a file to a sample, and about the reasons that stop them.

use std::fmt::Write as _;

use tracestone_record::words::{counted, number};
use tracestone_record::{Reason, outside};
use tracestone_store::{DropCount, Funnel, Lost, LostUnit, Steps};

/// Units shown for each reason.
const EXAMPLES: usize = 3;
/// Units shown for the one reason that is asked about.
const EXAMPLES_OF_ONE: usize = 40;
/// Characters of a name or a detail that are shown.
const LONGEST: usize = 200;

/// The way from units to samples in one line.
#[must_use]
pub fn line(funnel: &Funnel) -> Option<String> {
    let own = funnel.own();
    (own.units > 0).then(|| {
        format!(
            "of {} functions and classes outside tests: {} with a program, {} called, {} verified, \
             {} ({}) in samples",
            number(own.units),
            number(own.with_program),
            number(own.called),
            number(own.verified),
            number(own.in_samples),
            percent(own)
        )
    })
}

/// The way by source, and the units that each reason cost.
#[must_use]
pub fn text(funnel: &Funnel) -> String {
    let mut text = String::from(
        "\nHow far top-level functions and classes came, those of tests in parentheses:\n\n",
    );
    let _ = writeln!(
        text,
        "  {:<24} {:>15} {:>15} {:>15} {:>15} {:>15}",
        "source", "units", "with a program", "called", "verified", "in samples"
    );
    for source in &funnel.sources {
        row(&mut text, &source.source, source.own, source.tests);
    }
    if funnel.sources.len() > 1 {
        row(&mut text, "all", funnel.own(), funnel.tests());
    }
    if !funnel.lost.is_empty() {
        text.push_str("\nWhat stopped the others outside tests; a unit counts once:\n\n");
    }
    for lost in &funnel.lost {
        push_lost(&mut text, lost, EXAMPLES);
    }
    text.trim_end().to_owned()
}

/// Everything that one reason left out, with the units that it cost.
#[must_use]
pub fn why(reason: Reason, funnel: &Funnel, dropped: Option<&DropCount>) -> String {
    let mut text = format!("{}: {}\n", reason.code(), reason.explanation());
    let left_out = dropped.map_or(0, |dropped| dropped.count);
    let _ = writeln!(
        text,
        "left out {} by `{}`: files, programs, calls, runs or questions\n",
        counted(left_out, "time"),
        reason.stage().name()
    );
    let lost = funnel.lost.iter().find(|lost| lost.reason == Some(reason));
    match lost {
        Some(lost) => push_lost(&mut text, lost, EXAMPLES_OF_ONE),
        None => text.push_str("no unit outside tests is without samples for it\n"),
    }
    for dropped in dropped.into_iter().flat_map(|dropped| &dropped.examples) {
        let _ = writeln!(
            text,
            "{} {}",
            outside::short(&dropped.subject, LONGEST),
            outside::short(&dropped.detail, LONGEST)
        );
    }
    text.trim_end().to_owned()
}

fn push_lost(text: &mut String, lost: &Lost, most: usize) {
    let (code, explanation) = match lost.reason {
        Some(reason) => (reason.code(), reason.explanation()),
        None => (
            "same_text",
            "another unit has the same text and the program",
        ),
    };
    let _ = writeln!(text, "  {:>8}  {code}: {explanation}", number(lost.count));
    for LostUnit { path, name, detail } in lost.units.iter().take(most) {
        let line = format!(
            "            {} {} {}",
            outside::short(path, LONGEST),
            outside::short(name, LONGEST),
            outside::short(detail, LONGEST)
        );
        let _ = writeln!(text, "{}", line.trim_end());
    }
}

fn row(text: &mut String, name: &str, own: Steps, tests: Steps) {
    let cell = |own: u64, tests: u64| match tests {
        0 => number(own),
        tests => format!("{} ({})", number(own), number(tests)),
    };
    let _ = writeln!(
        text,
        "  {:<24} {:>15} {:>15} {:>15} {:>15} {:>15}  {}",
        outside::short(name, 24),
        cell(own.units, tests.units),
        cell(own.with_program, tests.with_program),
        cell(own.called, tests.called),
        cell(own.verified, tests.verified),
        cell(own.in_samples, tests.in_samples),
        percent(own)
    );
}

/// The share of units that came into samples.
fn percent(steps: Steps) -> String {
    let share = 100.0 * steps.in_samples as f64 / steps.units.max(1) as f64;
    format!("{share:.1} %")
}

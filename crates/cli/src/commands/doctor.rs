//! `tracestone doctor`: whether this machine has what a build needs, found by trying.

use serde_json::json;
use tracestone_pipeline::{Finding, Lack, State, examine_machine};
use tracestone_record::outside;
use tracestone_record::words::counted;

use crate::args::{DoctorArgs, processors};
use crate::failure::{Exit, Failure};
use crate::printer::Printer;
use crate::{cache, interrupt};

/// Characters of a finding.
const LONGEST: usize = 600;

/// Prints what was found; fails if something is missing that `build` cannot do without.
pub(crate) fn run(args: &DoctorArgs, printer: &Printer) -> Result<Exit, Failure> {
    let mut findings = vec![Finding::good(
        "tracestone",
        format!(
            "{} for {} on {}, {}",
            env!("CARGO_PKG_VERSION"),
            std::env::consts::ARCH,
            std::env::consts::OS,
            counted(processors() as u64, "processor")
        ),
    )];
    findings.extend(examine_machine(
        &args.python.python,
        cache::native_recorder().as_deref(),
        &args.store.store,
        interrupt::requested,
    ));
    let mut listed = Vec::new();
    let mut problems = 0;
    for Finding { name, found, state } in &findings {
        let (mark, hint) = match state {
            State::Good => ("ok", None),
            State::Spare => ("-", None),
            State::Low(lack) => ("low", Some(hint(*lack))),
            State::Problem(lack) => ("PROBLEM", Some(hint(*lack))),
        };
        let good = !matches!(state, State::Problem(_));
        problems += u64::from(!good);
        let shown = outside::short(found, LONGEST);
        printer.result(&format!("{mark:<7}  {name:<10}  {shown}"));
        if let Some(hint) = hint {
            printer.result(&format!("         {:<10}  {hint}", ""));
        }
        listed.push(json!({"name": name, "found": found, "good": good, "hint": hint}));
    }
    let good = problems == 0;
    printer.result(&if good {
        "\nThis machine can build.".to_owned()
    } else {
        let problems = counted(problems, "problem");
        format!("\nThis machine cannot build yet: {problems}.")
    });
    printer.json(&json!({"good": good, "findings": listed}));
    Ok(if good { Exit::Success } else { Exit::Failure })
}

fn hint(lack: Lack) -> &'static str {
    match lack {
        Lack::Python => {
            "install CPython 3.9 or newer, or name one with --python; then run `tracestone doctor` again"
        }
        Lack::Sandbox => {
            "use a Linux kernel with seccomp, better with Landlock (5.13 or newer); as root, a Python that other users can read"
        }
        Lack::Git => "install git; sources of kind `git` need it",
        Lack::Folder => "name another place with --store",
        Lack::Space => "free some space, or name another place with --store",
    }
}

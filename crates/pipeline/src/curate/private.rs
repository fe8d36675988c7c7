//! Secrets and personal data, in programs and in the calls of samples.

use std::collections::HashSet;
use std::ops::ControlFlow;

use tracestone_curate::{Finding, personal_data, secrets};
use tracestone_record::{Mark, Marked, ProgramId, Rule};
use tracestone_store::Store;

use crate::Error;

/// Secrets and personal data in a text: rule and evidence.
pub(super) fn findings(text: &str) -> Vec<(Rule, String)> {
    let mut found = listed(text, Rule::Secret, &secrets(text));
    found.extend(listed(text, Rule::PersonalData, &personal_data(text)));
    found
}

/// Evidence that names the pattern and the place, and never what was found.
fn listed(text: &str, rule: Rule, findings: &[Finding]) -> Vec<(Rule, String)> {
    findings
        .iter()
        .map(|finding| {
            let line = text[..finding.start].matches('\n').count() + 1;
            let pattern = finding.pattern.replace('_', " ");
            let (start, end) = (finding.start, finding.end);
            (
                rule,
                format!("{pattern}, line {line}, bytes {start} to {end}"),
            )
        })
        .collect()
}

/// Marks for the samples whose calls hold something. Samples of programs that the same rule marks are not
/// marked again.
pub(super) fn of_calls(store: &Store, known: &[Mark]) -> Result<Vec<Mark>, Error> {
    let known: HashSet<(Marked, Rule)> =
        known.iter().map(|mark| (mark.subject, mark.rule)).collect();
    let mut marks = Vec::new();
    // Samples of a program ask about few calls, which follow each other in any order.
    let mut program: Option<ProgramId> = None;
    let mut looked: Vec<(String, Vec<(Rule, String)>)> = Vec::new();
    store.sampled_calls(|sampled| {
        if program.replace(sampled.program) != Some(sampled.program) {
            looked.clear();
        }
        let text = format!("{}\n{}", sampled.setup, sampled.call);
        let at = match looked.iter().position(|(known, _)| *known == text) {
            Some(at) => at,
            None => {
                let found = findings(&text);
                looked.push((text, found));
                looked.len() - 1
            }
        };
        for (rule, evidence) in &looked[at].1 {
            if !known.contains(&(Marked::Program(sampled.program), *rule)) {
                marks.push(Mark {
                    subject: Marked::Sample(sampled.sample),
                    rule: *rule,
                    evidence: format!("{evidence} of setup and call"),
                });
            }
        }
        ControlFlow::Continue(())
    })?;
    Ok(marks)
}

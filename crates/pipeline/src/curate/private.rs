//! Secrets and personal data, in programs, in the calls of samples, and in what runs make.

use std::collections::{BTreeMap, HashSet};
use std::ops::ControlFlow;

use tracestone_curate::{Finding, Tokens, personal_data, secrets};
use tracestone_record::{
    CallId, EventKind, Exception, Mark, Marked, Outcome, ProgramId, Rule, Run, Value, Verdict,
};
use tracestone_store::{SampledCall, Store};

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

/// Rules and evidence of what runs made, by program and then by the texts of setup and call.
pub(super) type Made = BTreeMap<ProgramId, Vec<((String, String), Vec<(Rule, String)>)>>;

/// Signs of characters that stand nowhere in a program as such.
const MAKERS: &[&str] = &[
    "@",
    "%40",
    "chr(",
    "decode",
    "string.p",
    "translate",
    "unquote",
    "unescape",
    "base64",
    "\\x",
    "\\u",
    "\\N",
    "%c",
];

/// False for programs that have nothing of which their runs could make what is looked for: no sign of mail addresses, no
/// short text with a sign of telephone numbers, no part of a key. The runs of most programs need not be read then.
pub(super) fn may_make(text: &str) -> bool {
    let is_part = |(start, end): (usize, usize)| {
        let token = &text[start..end];
        if !token.ends_with(['"', '\'']) {
            return false;
        }
        let has = |is: fn(&u8) -> bool| token.as_bytes().iter().any(is);
        let parts = token.split(|sign: char| !sign.is_ascii_alphanumeric());
        let is_mixed = |part: &str| {
            part.len() >= 6
                && part.bytes().any(|byte| byte.is_ascii_digit())
                && part.bytes().any(|byte| byte.is_ascii_alphabetic())
        };
        (token.len() <= 24 && has(|byte| matches!(byte, b'-' | b'+')))
            || parts.into_iter().any(is_mixed)
    };
    MAKERS.iter().any(|maker| text.contains(maker)) || Tokens::of(text).any(is_part)
}

/// Secrets and personal data in what verified runs returned, printed and computed on the way, by the call.
pub(super) fn made(runs: &[Run]) -> Vec<(CallId, Vec<(Rule, String)>)> {
    let verified = runs.iter().filter(|run| run.verdict == Verdict::Verified);
    verified
        .map(|run| (run.call, of_run(run)))
        .filter(|(_, found)| !found.is_empty())
        .collect()
}

fn of_run(run: &Run) -> Vec<(Rule, String)> {
    let mut ends = Texts::default();
    match &run.outcome {
        Outcome::Returned { value } => ends.value(value),
        Outcome::Raised { exception } => ends.exception(exception),
        _ => {}
    }
    let mut printed = Texts::default();
    printed.plain(&run.stdout);
    let mut values = Texts::default();
    for event in run.trace.iter().flat_map(|trace| &trace.events) {
        match &event.kind {
            EventKind::Return { value } | EventKind::Yield { value } => values.value(value),
            EventKind::Raise { exception } => values.exception(exception),
            EventKind::Call { .. } | EventKind::Resume | EventKind::Line => {}
        }
        for value in event
            .changes
            .iter()
            .filter_map(|change| change.value.as_ref())
        {
            values.value(value);
        }
    }
    let mut found: Vec<(Rule, String)> = Vec::new();
    for (place, texts) in [
        ("what the call gives", ends),
        ("what the call prints", printed),
        ("a value while the call runs", values),
    ] {
        let text = texts.text;
        let secrets = secrets(&text).into_iter().map(|one| (Rule::Secret, one));
        let personal = personal_data(&text).into_iter();
        for (rule, one) in secrets.chain(personal.map(|one| (Rule::PersonalData, one))) {
            if found.iter().all(|(known, _)| *known != rule) {
                found.push((
                    rule,
                    format!("{} in {place}", one.pattern.replace('_', " ")),
                ));
            }
        }
    }
    found
}

/// Texts of a run that may hold something, each once and in lines of its own, as Python: values as they are, the others as
/// comments.
#[derive(Default)]
struct Texts<'r> {
    known: HashSet<&'r str>,
    text: String,
}

impl<'r> Texts<'r> {
    fn value(&mut self, value: &'r Value) {
        if may_hold(&value.text) && self.known.insert(&value.text) {
            self.text.push_str(&value.text);
            self.text.push('\n');
        }
    }

    fn exception(&mut self, exception: &'r Exception) {
        self.plain(&exception.message);
    }

    fn plain(&mut self, text: &'r str) {
        if !may_hold(text) || !self.known.insert(text) {
            return;
        }
        for line in text.lines() {
            self.text.push_str("# ");
            self.text.push_str(line);
            self.text.push('\n');
        }
    }
}

/// False for texts in which no pattern is found: those without an address, eight digits, or sixteen characters in a row
/// of which keys and passwords consist. Most values are such.
fn may_hold(text: &str) -> bool {
    let (mut digits, mut row) = (0, 0);
    text.len() >= 8
        && text.bytes().any(|byte| {
            digits += usize::from(byte.is_ascii_digit());
            row = match byte {
                b'!' | b'#'..=b'&' | b'*'..=b'+' | b'-'..=b'9' | b'=' => row + 1,
                b'A'..=b'Z' | b'^'..=b'_' | b'a'..=b'z' | b'~' => row + 1,
                _ => 0,
            };
            matches!(byte, b'@' | b'%') || digits >= 8 || row >= 16
        })
}

/// Marks for the samples whose calls hold something, or whose runs made something. Samples of programs that the same rule marks are not
/// marked again.
pub(super) fn of_calls(store: &Store, known: &[Mark], made: &Made) -> Result<Vec<Mark>, Error> {
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
        for (rule, evidence) in of_made(&sampled, made) {
            let own = looked[at].1.iter().any(|(found, _)| found == rule);
            if !own && !known.contains(&(Marked::Program(sampled.program), *rule)) {
                marks.push(Mark {
                    subject: Marked::Sample(sampled.sample),
                    rule: *rule,
                    evidence: evidence.clone(),
                });
            }
        }
        ControlFlow::Continue(())
    })?;
    Ok(marks)
}

/// Rules and evidence of what the run of a sample's call made.
fn of_made<'m>(
    sampled: &'m SampledCall,
    made: &'m Made,
) -> impl Iterator<Item = &'m (Rule, String)> {
    let calls = made.get(&sampled.program).into_iter().flatten();
    let asked = calls.filter(|((setup, call), _)| *setup == sampled.setup && *call == sampled.call);
    asked.flat_map(|(_, found)| found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Value {
        Value {
            text: text.to_owned(),
            exact: true,
            unordered: false,
            truncated: false,
            type_name: "str".to_owned(),
        }
    }

    #[test]
    fn runs_of_programs_without_parts_are_not_read() {
        for (text, makes) in [
            ("def f(a, b):\n    return a + '@' + b\n", true),
            ("def f(a, b):\n    return a + chr(64) + b\n", true),
            ("def f(a, b, c):\n    return f'{a}-{b}-{c}'\n", true),
            (
                "def f():\n    return 'AKIA' + 'Q3EGRK7T' + 'WNB2LXZA'\n",
                true,
            ),
            ("def f(a, b):\n    return a - b\n", false),
            (
                "def f(a):\n    raise ValueError('this must be a non-negative number')\n",
                false,
            ),
            ("def f(a):\n    return ', '.join(a)\n", false),
        ] {
            assert_eq!(may_make(text), makes, "{text}");
        }
    }

    #[test]
    fn what_runs_make_is_searched_as_python() {
        // Made of parts, so that no scanner of this repository takes it for a secret.
        let key = ["AKIA", "Q3EGRK7TWNB2LXZA"].concat();
        let found = |texts: Texts<'_>| findings(&texts.text).len();
        for (text, count) in [
            ("'jane.miller@acme-corp.com'", 1),
            ("['x', ('+49 228 73 7000',)]", 1),
            ("{'ssn': '536221234'}", 1),
            (&format!("'{key}'"), 1),
            ("'jane.miller%40acme-corp.com'", 1),
            ("'user@example.com'", 0),
            ("'d41d8cd98f00b204e9800998ecf8427e'", 0),
            ("[1, 2, 3]", 0),
            ("1231231234", 0),
        ] {
            let value = value(text);
            let mut texts = Texts::default();
            texts.value(&value);
            texts.value(&value);
            assert_eq!(found(texts), count, "{text}");
        }
        let mut texts = Texts::default();
        texts.plain("it's\nmail jane.miller@acme-corp.com\nor 536-90-4399");
        assert_eq!(found(texts), 2);
    }
}

//! Traces: event by event.

use std::collections::BTreeMap;

use std::ops::Range;

use tracestone_sample::trace_text::{TextEvent, TraceText, TraceTextError};

use super::{Judge, Judgement, Verdict};
use crate::answer::Form;
use crate::item::Item;

/// The whole trace in the text's form. Credit is the share of the longer trace that the common
/// beginning makes up; the detail names the first step that differs and the share of right values
/// for each variable. Values are compared as literals, and changes in any order, as the prompt says.
pub(super) struct Trace;

impl Form for Trace {
    /// The last block of lines that are a trace.
    fn block(&self, said: &str) -> Option<Range<usize>> {
        let (mut found, mut open): (Option<Range<usize>>, Option<Range<usize>>) = (None, None);
        let (mut at, mut first) = (0, "");
        for line in said.split_inclusive('\n') {
            let text = unquoted(line.trim_end());
            let start = at + line.trim_end().len() - text.len();
            at += line.len();
            // A line fits or not whatever is between it and the first one, which has the indentation.
            let fits = || TraceText::parse(&format!("{first}\n{text}")).is_ok();
            match &mut open {
                Some(block) if text.is_empty() || fits() => block.end = start + text.len(),
                _ => {
                    let begins = beginning(text);
                    first = &text[begins.unwrap_or_default()..];
                    open = begins.map(|at| start + at..start + text.len());
                }
            }
            found = open.clone().or(found);
        }
        // Backticks around all of it.
        found.map(|block| {
            let ticked = said[..block.start].ends_with('`') && said[block.clone()].ends_with('`');
            block.start..block.end - usize::from(ticked)
        })
    }

    fn reads(&self, text: &str) -> bool {
        parse(text).is_ok_and(|read| !read.events.is_empty())
    }
}

/// A line without the signs of a quotation before it, which no line of a trace begins with.
fn unquoted(line: &str) -> &str {
    let mut rest = line;
    while let Some(inner) = rest.trim_start().strip_prefix('>') {
        rest = inner.strip_prefix(' ').unwrap_or(inner);
    }
    rest
}

/// The trace that a text is, also as a quotation, and with more indentation than its first line has left.
fn parse(text: &str) -> Result<TraceText, TraceTextError> {
    let read = TraceText::parse(text);
    if read.is_ok() || text.len() > MOST {
        return read;
    }
    let lines: Vec<&str> = text.lines().map(unquoted).collect();
    let bare = TraceText::parse(&lines.join("\n"));
    if bare.is_ok() {
        return bare;
    }
    let indentation = |line: &&str| line.len() - line.trim_start().len();
    let behind = lines.iter().skip(1).filter(|line| !line.trim().is_empty());
    let margin = behind.map(indentation).min().unwrap_or_default();
    let leveled: Vec<&str> = lines
        .iter()
        .enumerate()
        .map(|(at, line)| match at {
            0 => line.trim_start(),
            _ => line.get(margin..).unwrap_or_default(),
        })
        .collect();
    TraceText::parse(&leveled.join("\n")).or(read)
}

/// Bytes of a trace that is read in other ways, too; right ones are shorter.
const MOST: usize = 1 << 22;

/// Position of the event in the first line of a trace, behind words such as `**Answer:**` on the same line.
fn beginning(line: &str) -> Option<usize> {
    let begins = |at: usize| {
        let read = TraceText::parse(&line[at..]);
        read.is_ok_and(|read| !read.events.is_empty())
    };
    let behind = || {
        let (before, _) = line.split_once("call ")?;
        let mark = before.trim_end_matches([' ', '*', '_', '`', '\u{3011}']);
        let signs = [':', '\u{ff1a}', '>', '=', '-', '\u{2013}', '\u{2014}'];
        let named = mark.ends_with(signs) || mark.ends_with(" is") || before.ends_with("** ");
        (named && begins(before.len())).then_some(before.len())
    };
    begins(0).then_some(0).or_else(behind)
}

impl Judge for Trace {
    fn name(&self) -> &'static str {
        "trace"
    }

    fn version(&self) -> u32 {
        8
    }

    fn form(&self) -> &dyn Form {
        self
    }

    fn judge(&self, item: &Item, answer: &str) -> Judgement {
        let given = match parse(answer) {
            Ok(given) if !given.events.is_empty() => given.events,
            Ok(_) => return Judgement::Decided(Verdict::unparsable("no_events", "it is empty")),
            Err(error) => return Judgement::Decided(Verdict::unparsable("not_a_trace", error)),
        };
        let gold = TraceText::parse(&item.answer).unwrap_or_default().events;
        Judgement::Decided(compare(&gold, &given, answer))
    }
}

fn compare(gold: &[TextEvent], given: &[TextEvent], answer: &str) -> Verdict {
    let pairs = gold.iter().zip(given);
    let same = pairs.take_while(|(a, b)| a.same_as(b)).count();
    let equal = same == gold.len() && same == given.len();
    let verdict = Verdict::equal(equal, answer.trim().to_owned());
    if equal {
        return verdict;
    }
    let detail = serde_json::json!({
        "steps": gold.len(),
        "first_divergent_step": same + 1,
        "expected": gold.get(same).map(shown),
        "given": given.get(same).map(shown),
        "variables": variables(gold, given),
    });
    verdict.partial(same as f64 / gold.len().max(given.len()) as f64, detail)
}

fn shown(event: &TextEvent) -> String {
    let mut text = format!("{} {} {}", event.word, event.frame, event.line);
    if let Some(payload) = &event.payload {
        text.push_str(&format!(" {payload}"));
    }
    for (name, value) in &event.changes {
        text.push_str(&match value {
            Some(value) => format!("; {name} = {value}"),
            None => format!("; del {name}"),
        });
    }
    text
}

/// For each variable, the number of its changes at the same step of the given trace, and of all its changes.
fn variables(gold: &[TextEvent], given: &[TextEvent]) -> BTreeMap<String, [u32; 2]> {
    let mut counts: BTreeMap<String, [u32; 2]> = BTreeMap::new();
    for (index, event) in gold.iter().enumerate() {
        for change in &event.changes {
            let count = counts.entry(change.0.clone()).or_default();
            count[1] += 1;
            count[0] += u32::from(
                given
                    .get(index)
                    .is_some_and(|other| other.has_change(change)),
            );
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::{Extraction, extract};

    #[test]
    fn a_trace_may_be_indented_and_quoted() {
        let gold = "call 0 1 f\n  n = 3\nline 0 2\nreturn 0 2 = 3";
        let before = |sign: &str| gold.replace('\n', &format!("\n{sign}"));
        for response in [
            format!("    {}", before("    ")),
            format!("It is:\n\n    {}", before("    ")),
            format!("> {}", before("> ")),
            format!("It is:\n\n> {}\n\nDone.", before("> ")),
            format!("[ANSWER]\n\t{}\n[/ANSWER]", before("\t")),
        ] {
            let found = extract(&response, Extraction::Marked, &Trace).unwrap();
            let read = parse(&found.text).unwrap().events;
            let right = TraceText::parse(gold).unwrap().events;
            assert!(compare(&right, &read, "").credit >= 1.0, "{response}");
        }
        // A change has its own indentation.
        let wrong = gold.replace("  n = 3", "  n = 4");
        let found = parse(&format!("> {}", wrong.replace('\n', "\n> "))).unwrap();
        let right = TraceText::parse(gold).unwrap().events;
        assert!(compare(&right, &found.events, "").credit < 1.0);
    }
}

//! Several questions about one run as one row.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use tracestone_judge::gold::Gold;
use tracestone_record::{RunId, SampleKind, Split};

use super::super::{Row, Style, Written};
use super::Asked;

/// The questions of one run that were chosen so far. Rows of a run come one after the other.
#[derive(Default)]
pub(super) struct Gathered {
    run: Option<RunId>,
    split: Option<Split>,
    system: Vec<String>,
    prompts: Vec<String>,
    golds: Vec<Gold>,
    kinds: BTreeMap<SampleKind, usize>,
}

impl Gathered {
    /// True if the questions are of this run.
    pub(super) fn is_of(&self, run: RunId) -> bool {
        self.run == Some(run)
    }

    /// Adds a question, if its kind is one of those with short answers and there is room: for `most` questions of a
    /// run, half of them of one kind.
    pub(super) fn add(&mut self, run: RunId, row: &Row, gold: Gold, most: usize) -> Written {
        let kind = row.index.kind;
        let is_short = matches!(
            kind,
            SampleKind::Output
                | SampleKind::Exception
                | SampleKind::State
                | SampleKind::NextLine
                | SampleKind::Count
        );
        if !is_short {
            return Written::No("a kind that is no part of a row of several questions");
        }
        self.run = Some(run);
        let of_kind = self.kinds.entry(kind).or_default();
        if self.golds.len() >= most || *of_kind >= most.div_ceil(2) {
            return Written::No("more questions about a run than its row holds");
        }
        *of_kind += 1;
        self.split = Some(row.index.split);
        if let Some(system) = &row.stored.sample.system
            && !self.system.contains(system)
        {
            self.system.push(system.clone());
        }
        self.prompts.push(row.stored.sample.prompt.clone());
        self.golds.push(gold);
        Written::Yes
    }

    /// The row of the run, if there is a question in it; nothing is gathered then.
    pub(super) fn take(&mut self, style: Style) -> Option<Asked> {
        let gathered = std::mem::take(self);
        let (run, split) = (gathered.run?, gathered.split?);
        let id = format!("run-{run}");
        Some(Asked {
            split,
            kind: "run",
            system: (!gathered.system.is_empty()).then(|| gathered.system.join("\n\n")),
            prompt: prompt(&gathered.prompts, style),
            gold: Gold {
                id: Some(id.clone()),
                kind: None,
                answer: String::new(),
                probes: Some(gathered.golds),
                call: None,
                language: None,
                program: None,
                setup: None,
                entry: None,
                question: None,
            },
            id,
        })
    }
}

/// One prompt of several that begin with the same program and call: what they share comes first, once.
fn prompt(prompts: &[String], style: Style) -> String {
    let shared = shared_start(prompts);
    let asks: Vec<Vec<&str>> = prompts
        .iter()
        .map(|prompt| prompt[shared..].trim().split("\n\n").collect())
        .collect();
    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    for paragraph in asks.iter().flatten() {
        *times.entry(paragraph).or_default() += 1;
    }
    let mut text = prompts[0][..shared].trim_end().to_owned();
    let mut told: Vec<&str> = Vec::new();
    for paragraph in asks.iter().flat_map(|ask| &ask[..ask.len() - 1]) {
        if times[paragraph] > 1 && !told.contains(paragraph) {
            told.push(paragraph);
            text.push_str("\n\n");
            text.push_str(paragraph);
        }
    }
    text.push_str("\n\nAnswer these questions about this one evaluation:");
    for (number, ask) in (1..).zip(&asks) {
        let own: Vec<&str> = ask
            .iter()
            .filter(|one| !told.contains(one))
            .copied()
            .collect();
        let own = match own.is_empty() {
            true => "What is asked above?".to_owned(),
            false => own.join("\n\n"),
        };
        write!(text, "\n\n{number}. {own}").expect("writing to a string cannot fail");
    }
    text.push_str("\n\n");
    if style == Style::Steps {
        text.push_str(
            "Work it out step by step: go through the run line by line and keep track of the values. ",
        );
    }
    text.push_str(
        "Give each answer alone between marks with its number: the first between [ANSWER 1] and [/ANSWER 1]",
    );
    text.push_str(match asks.len() {
        1 => ".",
        _ => ", the second between [ANSWER 2] and [/ANSWER 2], and so on.",
    });
    text
}

/// Number of bytes that all prompts begin with, up to the end of a paragraph; of one prompt alone, up to its last
/// paragraph.
fn shared_start(prompts: &[String]) -> usize {
    let first = &prompts[0];
    let mut length = match prompts {
        [one] => one.trim_end().rfind("\n\n").map_or(0, |at| at + 2),
        _ => first.len(),
    };
    for prompt in &prompts[1..] {
        let pairs = first.bytes().zip(prompt.bytes());
        length = length.min(pairs.take_while(|(one, other)| one == other).count());
    }
    // The end of a paragraph is the end of a character, too.
    first.as_bytes()[..length]
        .windows(2)
        .rposition(|pair| pair == b"\n\n")
        .map_or(0, |at| at + 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_prompts_share_is_said_once() {
        let start =
            "Here is a program.\n\n```\nx = 1\n\ny = 2\n```\n\nThen this:\n\n```\nf(1)\n```\n\n";
        let lines = "Lines are counted.";
        let prompts = [
            format!("{start}What is the value?"),
            format!("{start}{lines}\n\nWhich line is next?"),
            format!("{start}{lines}\n\n\"After\" means so.\n\nWhat is x?"),
        ];
        let text = prompt(&prompts, Style::Direct);
        assert!(text.starts_with(start.trim_end()), "{text}");
        assert_eq!(text.matches("f(1)").count(), 1);
        assert_eq!(text.matches(lines).count(), 1);
        assert!(
            text.contains("\n\n1. What is the value?\n\n2. Which line is next?\n\n3. \"After\""),
            "{text}"
        );
        let one = prompt(&prompts[1..2], Style::Direct);
        assert!(
            one.contains("Lines are counted.") && one.contains("1. Which line is next?"),
            "{one}"
        );
    }
}

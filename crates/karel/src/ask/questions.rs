//! The questions of each kind.

use std::collections::BTreeMap;

use tracestone_record::words::ordinal;
use tracestone_record::{
    AnswerType, Call, EventKind, Facts, Language, Line, Question, Run, SCHEMA, Sample, SampleId,
    SampleKind, SampleRow, Stream, Trace as Events,
};

use super::{Context, ENTRY, evidence, prompt, recording};
use crate::program::Program;
use crate::run::{Deed, Trace};
use crate::semantics::Semantics;

/// Values asked for in one run.
const STATES: usize = 2;

/// A question before it becomes a record.
struct Draft {
    kind: SampleKind,
    question: Question,
    ask: String,
    answer: String,
    answer_type: AnswerType,
    /// Number of steps that the rationale describes.
    told: usize,
    trivial: Vec<&'static str>,
}

/// Inputs of the drafts: one program and its run.
struct Subject<'a> {
    program: &'a Program,
    text: &'a str,
    call: &'a Call,
    trace: &'a Trace,
    events: &'a Events,
    semantics: &'a Semantics,
    seed: u64,
    steps: u32,
}

/// The questions about a run. Lines are asked about only where there is a choice between them.
pub(super) fn questions(
    program: &Program,
    text: &str,
    call: &Call,
    run: &Run,
    trace: &Trace,
    semantics: &Semantics,
    context: &Context<'_>,
) -> Vec<SampleRow> {
    let Some(events) = &run.trace else {
        return Vec::new();
    };
    let subject = Subject {
        program,
        text,
        call,
        trace,
        events,
        semantics,
        seed: context.seed,
        steps: context.steps,
    };
    let mut drafts = vec![subject.output(), subject.written_trace()];
    drafts.extend(subject.input());
    drafts.extend(subject.states());
    if program.straight_line().is_none() {
        drafts.extend([subject.path(), subject.coverage()]);
        drafts.extend(subject.count());
        drafts.extend(subject.next_line());
    }
    drafts
        .into_iter()
        .map(|draft| subject.row(draft, run, context))
        .collect()
}

impl Subject<'_> {
    fn output(&self) -> Draft {
        let answer = self.trace.end().literal();
        let unchanged = self.trace.end() == &self.trace.start;
        Draft {
            kind: SampleKind::Output,
            question: Question {
                stream: Some(Stream::Returned),
                ..Question::default()
            },
            ask:
                "What does it return? Answer with the world as a list of strings in the form above."
                    .to_owned(),
            answer,
            answer_type: AnswerType::Literal,
            told: self.trace.steps.len(),
            trivial: if unchanged {
                vec!["result_in_arguments"]
            } else {
                vec![]
            },
        }
    }

    /// Not asked where the final world is the start world, or leads to itself: then the question holds an
    /// answer.
    fn input(&self) -> Option<Draft> {
        let output = self.trace.end().literal();
        let start = self.trace.start.literal();
        let end = self.trace.end();
        let again = Trace::of(self.program, end, self.semantics, self.steps);
        let leads_to_itself = again.is_ok_and(|again| again.end() == end);
        (start != output && !leads_to_itself).then(|| Draft {
            kind: SampleKind::Input,
            question: Question {
                callee: Some(ENTRY.to_owned()),
                output: Some(output.clone()),
                ..Question::default()
            },
            ask: format!(
                "\n\n`run` takes a start world and returns the world after the program has run. Find a start world for \
                 which the call `run(...)` returns this:\n\n```\n{output}\n```\n\nAnswer with the start world alone, as a \
                 list of strings in the form above. Any start world that gives this result is right."
            ),
            answer: start,
            answer_type: AnswerType::Arguments,
            told: self.trace.steps.len(),
            trivial: vec![],
        })
    }

    fn written_trace(&self) -> Draft {
        Draft {
            kind: SampleKind::Trace,
            question: Question::default(),
            ask: format!(
                "{}\n\n{}\n\n{}",
                prompt::LINES,
                prompt::VARIABLES,
                prompt::TRACE
            ),
            answer: recording::text(self.events),
            answer_type: AnswerType::Trace,
            told: self.trace.steps.len(),
            trivial: vec![],
        }
    }

    fn states(&self) -> Vec<Draft> {
        let mut ran = BTreeMap::new();
        let mut candidates = Vec::new();
        for (index, told) in self.trace.steps.iter().enumerate() {
            let occurrence = ran.entry(told.step.line).or_insert(0);
            *occurrence += 1;
            if !matches!(told.step.deed, Deed::Action { .. }) {
                continue;
            }
            for variable in recording::VARIABLES {
                let value = recording::literal(variable, &told.world);
                let unchanged = value == recording::literal(variable, &self.trace.start);
                candidates.push((index, *occurrence, variable, value, unchanged));
            }
        }
        // Values that differ from the start's come first, both parts in an order by chance.
        candidates.sort_by_key(|(index, _, variable, _, unchanged)| {
            (
                *unchanged,
                self.chance(&format!("state {index} {variable}")),
            )
        });
        candidates.truncate(STATES);
        let drafts = candidates.into_iter().map(|(index, occurrence, variable, value, unchanged)| {
            let line = self.trace.steps[index].step.line;
            let ask = format!(
                "{}\n\n{}\n\n\"After line N has run\" is the moment at which the next line is about to run, or the \
                 program ends.\n\nWhat is the value of `{variable}` after {} has run for the {} time? Answer with a \
                 Python literal.",
                prompt::LINES,
                prompt::VARIABLES,
                self.place(line),
                ordinal(occurrence)
            );
            Draft {
                kind: SampleKind::State,
                question: Question {
                    line: Some(Line(line)),
                    occurrence: Some(occurrence),
                    variable: Some(variable.to_owned()),
                    ..Question::default()
                },
                ask,
                answer: value.text,
                answer_type: AnswerType::Literal,
                told: index + 1,
                trivial: if unchanged { vec!["never_changes"] } else { vec![] },
            }
        });
        drafts.collect()
    }

    fn path(&self) -> Draft {
        let lines: Vec<u32> = self.trace.steps.iter().map(|told| told.step.line).collect();
        self.lines(
            SampleKind::Path,
            &lines,
            "Which lines run, in the order in which they run, a line that runs several times written several times? \
             Answer with a list of line numbers in square brackets, such as `[2, 3, 3]`.",
        )
    }

    fn coverage(&self) -> Draft {
        let mut lines: Vec<u32> = self.trace.steps.iter().map(|told| told.step.line).collect();
        lines.sort_unstable();
        lines.dedup();
        self.lines(
            SampleKind::Coverage,
            &lines,
            "Which lines run at least once? Answer with a list of line numbers in square brackets, in ascending order, \
             each once, such as `[2, 3]`.",
        )
    }

    fn lines(&self, kind: SampleKind, lines: &[u32], ask: &str) -> Draft {
        Draft {
            kind,
            question: Question::default(),
            ask: format!("{}\n\n{ask}", prompt::LINES),
            answer: format!("{lines:?}"),
            answer_type: AnswerType::Lines,
            told: self.trace.steps.len(),
            trivial: vec![],
        }
    }

    fn count(&self) -> Option<Draft> {
        let mut counts: BTreeMap<u32, u32> = BTreeMap::new();
        for told in &self.trace.steps {
            *counts.entry(told.step.line).or_default() += 1;
        }
        let mut counts: Vec<(u32, u32)> = counts.into_iter().collect();
        counts.sort_by_key(|(line, count)| (*count == 1, self.chance(&format!("count {line}"))));
        let (line, count) = *counts.first()?;
        Some(Draft {
            kind: SampleKind::Count,
            question: Question {
                line: Some(Line(line)),
                ..Question::default()
            },
            ask: format!(
                "{}\n\nHow often does {} run? Answer with a number.",
                prompt::LINES,
                self.place(line)
            ),
            answer: count.to_string(),
            answer_type: AnswerType::Count,
            told: self.trace.steps.len(),
            trivial: if count == 1 {
                vec!["runs_once"]
            } else {
                vec![]
            },
        })
    }

    fn next_line(&self) -> Option<Draft> {
        let mut ran = BTreeMap::new();
        let mut candidates = Vec::new();
        for (index, told) in self.trace.steps.iter().enumerate() {
            let occurrence = ran.entry(told.step.line).or_insert(0);
            *occurrence += 1;
            if !matches!(told.step.deed, Deed::Action { .. }) {
                candidates.push((index, *occurrence));
            }
        }
        candidates.sort_by_key(|(index, _)| self.chance(&format!("next {index}")));
        let (index, occurrence) = *candidates.first()?;
        let line = self.trace.steps[index].step.line;
        let next = self.trace.steps.get(index + 1);
        Some(Draft {
            kind: SampleKind::NextLine,
            question: Question {
                line: Some(Line(line)),
                occurrence: Some(occurrence),
                ..Question::default()
            },
            ask: format!(
                "{}\n\nWhich line runs next after {} has run for the {} time? Answer with its number, or with `return` if \
                 the program is over then.",
                prompt::LINES,
                self.place(line),
                ordinal(occurrence)
            ),
            answer: next.map_or("return".to_owned(), |told| told.step.line.to_string()),
            answer_type: AnswerType::Line,
            told: index + 1,
            trivial: vec![],
        })
    }

    /// A number that looks like chance and is the same for the same thing.
    fn chance(&self, what: &str) -> [u8; 8] {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.seed.to_le_bytes());
        hasher.update(self.call.id.as_bytes());
        hasher.update(what.as_bytes());
        let mut number = [0; 8];
        number.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
        number
    }

    fn place(&self, line: u32) -> String {
        let text = self.text.lines().nth(line as usize - 1).unwrap_or_default();
        format!("line {line} (`{}`)", text.trim())
    }

    fn row(&self, draft: Draft, run: &Run, context: &Context<'_>) -> SampleRow {
        let mut text = prompt::language(self.text, self.semantics);
        // The call of an `input` question holds the answer.
        if draft.kind != SampleKind::Input {
            text.push_str(&prompt::call(&self.call.call));
        }
        text.push_str(&draft.ask);
        let rationale = format!(
            "{}\nSo the answer is {}",
            self.told(draft.told),
            final_words(&draft)
        );
        let question = serde_json::to_string(&draft.question).unwrap_or_default();
        let sample = Sample {
            package: None,
            id: SampleId::of(&[
                draft.kind.name().as_bytes(),
                self.call.program.as_bytes(),
                self.call.setup.as_bytes(),
                self.call.call.as_bytes(),
                question.as_bytes(),
            ]),
            kind: draft.kind,
            schema: SCHEMA,
            language: Language::Karel,
            program: self.text.to_owned(),
            entry: ENTRY.to_owned(),
            setup: self.call.setup.clone(),
            call: self.call.call.clone(),
            question: draft.question,
            prompt: text,
            rationale,
            facts: self.facts(&draft.answer, &draft.trivial),
            answer: draft.answer,
            prompt_style: None,
            rationale_form: None,
            system: None,
            other_answers: Vec::new(),
            answer_type: draft.answer_type,
            input_origin: Some(self.call.origin.clone()),
            provenance: context.provenance.clone(),
            evidence: evidence(run),
            group: context.group.to_owned(),
            split: context.split,
            cluster: None,
        };
        SampleRow {
            sample,
            program: self.call.program,
            run: Some(run.id),
            linked_runs: Vec::new(),
            file: context.file.id,
        }
    }

    fn facts(&self, answer: &str, trivial: &[&str]) -> Facts {
        let lines = || {
            let lines = self.events.events.iter();
            lines
                .filter(|event| matches!(event.kind, EventKind::Line))
                .map(|event| event.line)
        };
        let tests = self
            .trace
            .steps
            .iter()
            .filter(|told| !matches!(told.step.deed, Deed::Action { .. }));
        let distinct: std::collections::BTreeSet<Line> = lines().collect();
        let mut loops = 0;
        super::each(self.program.body(), &mut |statement| {
            loops +=
                u32::from(statement.kind.is_loop() && distinct.contains(&Line(statement.line)));
        });
        let size = |text: &str| u32::try_from(text.len()).unwrap_or(u32::MAX);
        Facts {
            steps: lines().count() as u32,
            lines: distinct.len() as u32,
            depth: 1,
            branches: tests.count() as u32,
            loops,
            loop_depth: loop_depth(self.program.body(), &distinct),
            calls: 1,
            value_bytes: size(&self.trace.end().literal()),
            answer_bytes: size(answer),
            program_lines: self.text.lines().count() as u32,
            answer_in_prompt: self.text.contains(answer) || self.call.call.contains(answer),
            trivial: trivial.iter().map(|sign| (*sign).to_owned()).collect(),
            ..Facts::default()
        }
    }

    /// The first steps in sentences.
    fn told(&self, steps: usize) -> String {
        let state = |world: &crate::World| {
            let hero = world.hero();
            format!(
                "row {}, column {}, facing {}, {} markers here",
                hero.row,
                hero.column,
                hero.facing.name(),
                world.markers_here()
            )
        };
        let mut text = format!("At the start: {}.", state(&self.trace.start));
        for told in &self.trace.steps[..steps] {
            let line = self.place(told.step.line);
            let sentence = match told.step.deed {
                Deed::Action { changed: true, .. } => {
                    format!("Line {}: now {}.", &line[5..], state(&told.world))
                }
                Deed::Action { .. } => format!("Line {}: nothing happens.", &line[5..]),
                Deed::Test { held, .. } => {
                    format!(
                        "Line {}: the condition {}.",
                        &line[5..],
                        if held { "holds" } else { "does not hold" }
                    )
                }
                Deed::Round { left: 0 } => format!("Line {}: no round is left.", &line[5..]),
                Deed::Round { left } => format!(
                    "Line {}: {left} rounds are left, one more begins.",
                    &line[5..]
                ),
            };
            text.push('\n');
            text.push_str(&sentence);
        }
        text
    }
}

fn final_words(draft: &Draft) -> String {
    if draft.answer.contains('\n') {
        format!("this:\n{}", draft.answer)
    } else {
        format!("`{}`.", draft.answer)
    }
}

fn loop_depth(body: &[crate::Statement], ran: &std::collections::BTreeSet<Line>) -> u32 {
    let depths = body
        .iter()
        .filter(|one| ran.contains(&Line(one.line)))
        .map(|one| {
            let inner = one
                .kind
                .bodies()
                .into_iter()
                .map(|body| loop_depth(body, ran))
                .max();
            inner.unwrap_or(0) + u32::from(one.kind.is_loop())
        });
    depths.max().unwrap_or(0)
}

//! Every style writes every kind of question: whole, with all that its judge relies on, and judged as the
//! standard prompt is.

#[path = "../../sample/tests/recorded/mod.rs"]
mod recorded;

use std::collections::BTreeSet;

use recorded::{page, read, sampled, sampled_among};
use tracestone_eval::answer::Extraction;
use tracestone_eval::item::from_sample;
use tracestone_eval::judge::{Judgement, Outcome, Status};
use tracestone_eval::model::Role;
use tracestone_eval::task::Task;
use tracestone_eval::track::Tracks;
use tracestone_prompts::{Ask, Choice, Definition, STANDARD, Style, builtins, tokens};
use tracestone_record::{
    Comment, CommentSignals, InPackage, Line, LineRange, Program, Sample, SampleKind, SourceId,
    Span, Split,
};
use tracestone_sample::{Annotations, Settings};

const PAGES: [&str; 4] = [
    include_str!("../../../tests/spec/trace-exceptions.md"),
    include_str!("../../../tests/spec/trace-functions.md"),
    include_str!("../../../tests/spec/trace-generators.md"),
    include_str!("../../../tests/spec/trace-objects.md"),
];

/// Samples of all kinds, in packages and with setups too.
fn samples() -> Vec<Sample> {
    let mut runs: Vec<_> = PAGES.iter().flat_map(|text| page(text)).collect();
    let text = "def f(n):\n    return {n, 2}\n";
    let trace = "0:1 call f  | n = 1\n0:2 line\n0:2 return {1, 2}\n=> {1, 2}\n";
    runs.push(read(text, "f(1)", trace));
    let text = "def h(n):\n    raise ValueError(n)\n";
    let trace =
        "0:1 call h  | n = 'no'\n0:2 line\n0:2 raise ValueError: no\n=> raised ValueError: no\n";
    runs.push(read(text, "h('no')", trace));
    let text =
        "def g(n):\n    print('`', n)\n    for i in range(n):\n        n = i\n    return None\n";
    let trace = "0:1 call g  | n = 1\n0:2 line\n0:3 line\n0:4 line  | i = 0\n0:3 line  | n = 0\n0:5 line\n\
                 0:5 return None\n=> None\n";
    let mut printed = read(text, "g(\n    1)", trace);
    printed.run.stdout = "` 1\n".to_owned();
    printed.call.setup = "import sys\nx = '''a\n```\nb'''".to_owned();
    printed.call.arguments = None;
    let mut packaged = read(text, "g(1)", trace);
    packaged.program.package = Some(InPackage {
        module: "pkg.core".to_owned(),
        path: "pkg/core.py".to_owned(),
        needs: Vec::new(),
        roots: vec![String::new()],
        source: SourceId::of(&[b"source"]),
        made: Vec::new(),
    });
    packaged.call.setup = "y = 1".to_owned();
    runs.extend([printed, packaged]);
    let mut samples: Vec<Sample> = Vec::new();
    for recorded in runs {
        let runs = [(recorded.call, recorded.run)];
        let made = sampled(&recorded.program, &runs, &Settings::default());
        samples.extend(made.rows.into_iter().map(|row| row.sample));
    }
    samples.extend(annotated());
    samples.extend(reached());
    samples
}

/// Questions about a docstring below a decorator, and about a comment over two lines.
fn annotated() -> Vec<Sample> {
    let text = "@cache\ndef f(n):\n    \"\"\"Give back the number as it is.\"\"\"\n    # Nothing is added here,\n    \
                # and nothing is taken away.\n    m = n\n    return m\n";
    let trace = "0:1 call f  | n = 1\n0:6 line\n0:7 line  | m = 1\n0:7 return 1\n=> 1\n";
    let mut program: Program = read(text, "f(1)", trace).program;
    let lines = |first, last| LineRange {
        first: Line(first),
        last: Line(last),
    };
    let definition = &mut program.definitions[0];
    definition.lines = lines(1, 7);
    definition.docstring = Some(lines(3, 3));
    definition.prose = Some("Give back the number as it is.".to_owned());
    program.comments = vec![Comment {
        text: "Nothing is added here, and nothing is taken away.".to_owned(),
        lines: lines(4, 5),
        span: Span { start: 0, end: 0 },
        trailing: false,
        explains: Some(lines(6, 6)),
        signals: CommentSignals::default(),
    }];
    let mut annotations = Annotations::default();
    annotations.add(&program);
    annotations.place(|_| Some(Split::Train));
    let made = sampled_among(&program, &[], &annotations);
    made.rows.into_iter().map(|row| row.sample).collect()
}

/// The questions about a line that one of two runs reaches.
fn reached() -> Vec<Sample> {
    let text = "def f(n):\n    if n > 0:\n        n = 7\n    return n\n";
    let above = "0:1 call f  | n = 1\n0:2 line\n0:3 line\n0:4 line  | n = 7\n0:4 return 7\n=> 7\n";
    let below = "0:1 call f  | n = 0\n0:2 line\n0:4 line\n0:4 return 0\n=> 0\n";
    let recorded = [("f(1)", above), ("f(0)", below)].map(|(call, trace)| read(text, call, trace));
    let program = recorded[0].program.clone();
    let runs = recorded.map(|recorded| (recorded.call, recorded.run));
    let made = sampled(&program, &runs, &Settings::default());
    let samples = made.rows.into_iter().map(|row| row.sample);
    samples
        .filter(|sample| sample.kind == SampleKind::Reach)
        .collect()
}

#[test]
fn all_questions_are_among_the_samples() {
    let asks: BTreeSet<Ask> = samples().iter().map(Ask::of).collect();
    let missing: Vec<_> = Ask::ALL.iter().filter(|ask| !asks.contains(ask)).collect();
    assert!(missing.is_empty(), "{missing:?}");
    assert!(builtins().count() >= 9);
}

#[test]
fn the_standard_style_is_the_prompt_of_the_store() {
    let standard = tracestone_prompts::builtin(STANDARD).unwrap();
    for sample in samples() {
        assert_eq!(standard.render(&sample).unwrap().text, sample.prompt);
    }
}

/// Lines of a text as a style shows them: alone, indented, or behind a number or `#`.
fn shows(text: &str, shown: &str) -> bool {
    let lines: BTreeSet<&str> = text
        .lines()
        .flat_map(|line| {
            let line = line.trim();
            let behind = line.split_once("| ").map(|(_, rest)| rest.trim());
            [Some(line), behind, line.strip_prefix('#').map(str::trim)]
        })
        .flatten()
        .collect();
    shown
        .lines()
        .all(|line| lines.contains(line.trim()) || line.trim().is_empty())
}

#[test]
fn every_style_shows_the_program_the_setup_and_the_call_line_by_line() {
    for style in builtins() {
        for sample in samples() {
            let prompt = style.render(&sample).expect("known").text;
            let of_call = !sample.kind.asks_for_arguments() && sample.kind != SampleKind::Annotated;
            if sample.kind != SampleKind::Annotated {
                assert!(shows(&prompt, &sample.program), "{} {prompt}", style.name());
            }
            if of_call {
                assert!(shows(&prompt, &sample.setup), "{} {prompt}", style.name());
                assert!(shows(&prompt, &sample.call), "{} {prompt}", style.name());
                assert!(prompt.contains(&sample.evidence.python), "{prompt}");
            } else {
                // The call of an `input` question is its answer.
                assert!(
                    sample.call.is_empty() || !prompt.contains(&sample.call),
                    "{prompt}"
                );
            }
            if let Some(package) = &sample.package {
                assert!(prompt.contains(&package.module), "{prompt}");
            }
        }
    }
}

/// The definitions that a sample's judge relies on, in the forms that the sample needs.
fn needed(sample: &Sample) -> Vec<Definition> {
    let standard = tracestone_prompts::builtin(STANDARD).expect("known");
    let mut needed = Vec::new();
    for definition in Ask::of(sample).needs() {
        needed.extend(match definition {
            Definition::Lines => vec![Definition::Lines, Definition::Frames, Definition::Inlined],
            Definition::After => vec![Definition::After, Definition::AfterPauses],
            other => vec![*other],
        });
    }
    needed.retain(|definition| {
        standard
            .words_of(*definition)
            .all(|words| sample.prompt.contains(words))
    });
    needed
}

#[test]
fn every_style_says_all_that_the_standard_prompt_says() {
    for style in builtins() {
        for sample in samples() {
            let prompt = style.render(&sample).expect("known");
            let said = format!("{}\n{}", prompt.system.unwrap_or_default(), prompt.text);
            let said = said.replace("\n# ", "\n").replace("\n#\n", "\n\n");
            let question = &sample.question;
            let needed = needed(&sample);
            assert!(!needed.is_empty(), "{}", sample.prompt);
            for definition in needed {
                // In a system text the wider form takes the place of the other.
                let forms = match definition {
                    Definition::After => vec![Definition::After, Definition::AfterPauses],
                    other => vec![other],
                };
                let stated = forms
                    .iter()
                    .any(|form| style.words_of(*form).all(|words| said.contains(words)));
                assert!(stated, "{} {definition:?}: {said}", style.name());
            }
            for part in [
                &question.variable,
                &question.output,
                &question.callee,
                &question.definition,
            ] {
                assert!(said.contains(part.as_deref().unwrap_or_default()), "{said}");
            }
            if let Some(line) = question.line.filter(|_| sample.kind.is_executed()) {
                assert!(said.contains(&line.to_string()), "{said}");
            }
        }
    }
}

fn task(kind: SampleKind, style: &str) -> Task {
    let mut task = Task::embedded(kind.name(), Tracks::NONE)
        .expect("known")
        .expect("there is one for each kind");
    task.set_parameters(&[("style".to_owned(), style.to_owned())])
        .expect("known");
    task
}

#[test]
fn a_right_answer_in_the_requested_form_is_accepted_and_a_wrong_one_is_not() {
    let kinds = SampleKind::ALL
        .into_iter()
        .filter(|kind| kind.is_executed());
    for kind in kinds {
        let task = task(kind, "direct");
        for style in builtins() {
            let choice = Choice::named(style.name()).expect("known");
            for mut sample in samples().into_iter().filter(|sample| sample.kind == kind) {
                choice.apply(&mut sample).expect("known");
                let item = from_sample(&sample);
                let status = |answer: &str| {
                    let response = format!("[ANSWER]{answer}[/ANSWER]");
                    let judge = task.judge();
                    let Some(found) = judge.find(&item, &response, Extraction::Marked) else {
                        return Status::Unparsable;
                    };
                    match judge.judge(&item, &found.text) {
                        Judgement::Decided(verdict) => verdict.status,
                        Judgement::Execute { parsed, .. } => {
                            // A line is reached where the program that watches says so.
                            let value = match kind {
                                SampleKind::Reach => "True".to_owned(),
                                _ => sample.question.output.clone().unwrap_or_default(),
                            };
                            judge
                                .settle(&item, parsed, &Outcome::Returned(value))
                                .status
                        }
                        _ => panic!("no other judge is needed"),
                    }
                };
                assert_eq!(status(&sample.answer), Status::Correct, "{}", sample.prompt);
                if !kind.asks_for_arguments() {
                    assert_ne!(status(&format!("{}, 0", sample.answer)), Status::Correct);
                }
            }
        }
    }
}

#[test]
fn requests_end_in_their_style_and_ask_for_marks() {
    for style in builtins() {
        let choice = Choice::named(style.name()).expect("known");
        for text in [style.direct(), style.steps()] {
            assert!(
                text.contains("[ANSWER]") && text.contains("[/ANSWER]"),
                "{text}"
            );
        }
        let mut sample = samples().remove(0);
        choice.apply(&mut sample).unwrap();
        assert_eq!(sample.prompt_style.as_deref(), Some(style.name()));
        for kind_style in ["direct", "steps"] {
            let task = task(sample.kind, kind_style);
            let item = tracestone_eval::gather::asked(&sample);
            let messages = task.render(&item).unwrap();
            let system: Vec<_> = messages.iter().filter(|m| m.role == Role::System).collect();
            assert_eq!(!system.is_empty(), style.has_system());
            let end = match kind_style {
                "direct" => style.direct(),
                _ => style.steps(),
            };
            let user = &messages.last().unwrap().content;
            assert!(user.trim_end().ends_with(&end), "{user}");
            assert!(user.starts_with(&sample.prompt));
        }
    }
}

#[test]
fn boilerplate_is_counted_and_the_minimal_style_has_less_than_40_tokens_of_it() {
    let minimal = tracestone_prompts::builtin("minimal").unwrap();
    let all = |style: &Style| -> u64 {
        let prompts = samples().into_iter();
        prompts
            .map(|sample| style.render(&sample).unwrap().boilerplate)
            .sum()
    };
    for sample in samples() {
        let prompt = minimal.render(&sample).unwrap();
        let count = prompt.boilerplate + tokens(&minimal.direct()).max(tokens(&minimal.steps()));
        assert!(count < 40, "{count}: {}", prompt.text);
        let system = |sample: &Sample| minimal.render(sample).unwrap().system;
        // The same for all samples of a question.
        let others = samples()
            .into_iter()
            .filter(|other| Ask::of(other) == Ask::of(&sample));
        for other in others.take(2) {
            assert_eq!(system(&other), prompt.system);
        }
    }
    let standard = tracestone_prompts::builtin(STANDARD).unwrap();
    for style in builtins().filter(|style| style.name() == "terse" || style.has_system()) {
        assert!(2 * all(style) < all(standard) * 3 / 2, "{}", style.name());
    }
}

#[test]
fn wordings_differ_and_a_mix_is_chosen_by_seed() {
    let sample = samples().remove(0);
    let texts: BTreeSet<String> = builtins()
        .map(|style| style.render(&sample).unwrap().text)
        .collect();
    assert_eq!(texts.len(), builtins().count());
    let chosen = |word: &str| -> Vec<&str> {
        let choice = Choice::named(word).unwrap();
        samples()
            .iter()
            .map(|sample| choice.of(sample.id).name())
            .collect()
    };
    assert_eq!(chosen("mixed"), chosen("mixed:0"));
    assert_ne!(chosen("mixed"), chosen("mixed:1"));
    let styles: BTreeSet<&str> = chosen("mixed").into_iter().collect();
    let whole = builtins().filter(|style| !style.has_system());
    assert_eq!(styles, whole.map(Style::name).collect());
    let two: BTreeSet<&str> = chosen("terse,formal:3").into_iter().collect();
    assert_eq!(two, BTreeSet::from(["formal", "terse"]));
    let unknown = Choice::named("poetic").unwrap_err().to_string();
    assert!(
        unknown.contains("`poetic`") && unknown.contains("terse"),
        "{unknown}"
    );
}

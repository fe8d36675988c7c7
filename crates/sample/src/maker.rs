//! All samples of one program.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::hash::Hash;

use rand::SeedableRng as _;
use rand::seq::SliceRandom as _;
use rand_chacha::ChaCha8Rng;
use tracestone_mix::difficulty::{self, Model};
use tracestone_record::{
    AnswerType, Call, Dropped, Evidence, Facts, FileId, Line, Outcome, PackageForm, Program,
    Provenance, Question, Reason, Run, RunId, SCHEMA, Sample, SampleId, SampleKind, SampleRow,
    Split, Trace, Unit, Verdict,
};

use crate::kinds::annotated::Annotations;
use crate::prompt::Shown;
use crate::rationale::Wanted;
use crate::slice::Dependencies;
use crate::view::View;
use crate::{Settings, closing, facts, kinds, prompt, rationale};

/// A program and where it comes from.
#[derive(Debug, Clone)]
pub struct Context<'a> {
    /// Program of the runs.
    pub program: &'a Program,
    /// The unit it was made for.
    pub unit: &'a Unit,
    /// Origin, licence and place of the program.
    pub provenance: Provenance,
    /// Key that splits keep together.
    pub group: &'a str,
    /// The part of the split that the group has.
    pub split: Split,
    /// The unit's file.
    pub file: FileId,
    /// The docstrings and comments of all programs, this one's among them.
    pub annotations: &'a Annotations,
}

/// Samples, and what was not asked and why.
#[derive(Debug, Clone, Default)]
pub struct Sampled {
    /// The samples, by identifier.
    pub rows: Vec<SampleRow>,
    /// One entry per run and reason, with the kinds it concerns.
    pub dropped: Vec<Dropped>,
}

/// One question before it becomes a sample.
pub(crate) struct Draft {
    pub(crate) kind: SampleKind,
    pub(crate) question: Question,
    /// The question after the code in the prompt.
    pub(crate) ask: String,
    pub(crate) answer: String,
    /// Further right answers.
    pub(crate) other_answers: Vec<String>,
    pub(crate) answer_type: AnswerType,
    /// Last event of the trace to describe; `None` for all of it.
    pub(crate) tell_until: Option<usize>,
    pub(crate) trivial: Vec<&'static str>,
    pub(crate) many_inputs: Option<bool>,
}

/// A run that can be asked about.
pub(crate) struct Asked<'a> {
    pub(crate) program: &'a Program,
    pub(crate) call: &'a Call,
    pub(crate) run: &'a Run,
    pub(crate) view: View<'a>,
    pub(crate) settings: &'a Settings,
    /// The verified runs of the program.
    pub(crate) others: &'a [(&'a Call, &'a Run)],
    /// The lines that each of them reaches.
    pub(crate) reached: &'a [BTreeSet<Line>],
}

impl Asked<'_> {
    /// A generator for one kind of question about this run: the same whatever else is asked.
    pub(crate) fn choices(&self, kind: SampleKind) -> ChaCha8Rng {
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"choices");
        hasher.update(&self.settings.seed.to_le_bytes());
        hasher.update(self.call.id.as_bytes());
        hasher.update(kind.name().as_bytes());
        ChaCha8Rng::from_seed(*hasher.finalize().as_bytes())
    }

    /// Up to `count` of the candidates: telling ones before trivial ones, of each such as are not about the same thing
    /// as one before, and those of a low rank first.
    pub(crate) fn choose<T, K: Eq + Hash>(
        &self,
        kind: SampleKind,
        mut candidates: Vec<T>,
        count: usize,
        rank: impl Fn(&T) -> u32,
        about: impl Fn(&T) -> K,
    ) -> Vec<T> {
        candidates.shuffle(&mut self.choices(kind));
        candidates.sort_by_key(&rank);
        let mut seen = HashSet::new();
        let places = candidates.into_iter().map(|candidate| {
            let again = !seen.insert(about(&candidate));
            (rank(&candidate) >= TRIVIAL_RANK, again, candidate)
        });
        let mut candidates: Vec<_> = places.collect();
        // Stable, so that the rank decides among equals.
        candidates.sort_by_key(|(trivial, again, _)| (*trivial, *again));
        candidates.truncate(count);
        candidates
            .into_iter()
            .map(|(.., candidate)| candidate)
            .collect()
    }
}

/// The smallest rank of a trivial candidate.
pub(crate) const TRIVIAL_RANK: u32 = 4;

/// Result of a kind for a run: drafts, or the reason that there are none.
pub(crate) type Drafts = Result<Vec<Draft>, Reason>;

/// Makes all samples of a program from its calls and runs.
#[must_use]
pub fn samples(context: &Context<'_>, calls: &[(Call, Run)], settings: &Settings) -> Sampled {
    let mut verified: Vec<(&Call, &Run)> = calls
        .iter()
        .filter(|(_, run)| run.verdict == Verdict::Verified)
        .map(|(call, run)| (call, run))
        .collect();
    // Which runs are asked about in full must not depend on the order in which they come.
    verified.sort_by_key(|(call, _)| call.id);
    let mut maker = Maker {
        context,
        settings,
        split: context.split,
        model: Model::default(),
        seen: BTreeSet::new(),
        sampled: Sampled::default(),
    };
    let reached: Vec<BTreeSet<Line>> = verified
        .iter()
        .map(|(_, run)| run.trace.as_ref().map(|trace| trace.path().collect()))
        .map(Option::unwrap_or_default)
        .collect();
    let mut full = 0;
    for (call, run) in &verified {
        let Some(trace) = &run.trace else { continue };
        let view = View::new(context.program, trace);
        if view.steps.is_empty() {
            maker.drop(Reason::NeverEntered, run.id, "all kinds");
            continue;
        }
        let asked = Asked {
            program: context.program,
            call,
            run,
            view,
            settings,
            others: &verified,
            reached: &reached,
        };
        maker.run(&asked, trace, full < settings.full_runs);
        full += 1;
    }
    maker.annotations(&verified);
    let mut sampled = maker.sampled;
    sampled.rows.sort_by_key(|row| row.sample.id);
    sampled.dropped.sort();
    sampled
}

/// Parts of a run that its samples share.
struct Shared<'a> {
    facts: &'a Facts,
    dependencies: &'a Dependencies,
    hash: &'a str,
}

struct Maker<'a> {
    context: &'a Context<'a>,
    settings: &'a Settings,
    split: Split,
    model: Model,
    seen: BTreeSet<SampleId>,
    sampled: Sampled,
}

impl Maker<'_> {
    /// All kinds of questions about one run, or only those about its result.
    fn run(&mut self, asked: &Asked<'_>, trace: &Trace, in_full: bool) {
        let facts = facts::of_run(asked.program, &asked.view);
        let dependencies = Dependencies::of(&asked.view);
        let shared = Shared {
            facts: &facts,
            dependencies: &dependencies,
            hash: &trace_hash(trace),
        };
        let mut refused: BTreeMap<Reason, Vec<&str>> = BTreeMap::new();
        for (kind, make) in kinds::EXECUTED {
            let about_result = matches!(
                kind,
                SampleKind::Output | SampleKind::Exception | SampleKind::Input | SampleKind::Reach
            );
            let drafts = if in_full || about_result {
                make(asked)
            } else {
                Err(Reason::RunLimit)
            };
            match drafts {
                Ok(drafts) => {
                    for draft in drafts {
                        if let Err(reason) = self.sample(asked, draft, &shared) {
                            refused.entry(reason).or_default().push(kind.name());
                        }
                    }
                }
                Err(Reason::NoRunToAskAbout) => {}
                Err(reason) => refused.entry(reason).or_default().push(kind.name()),
            }
        }
        for (reason, kinds) in refused {
            self.drop(reason, asked.run.id, &kinds.join(", "));
        }
    }

    fn drop(&mut self, reason: Reason, run: RunId, detail: &str) {
        self.sampled
            .dropped
            .push(Dropped::new(reason, run.to_string(), detail));
    }

    fn sample(
        &mut self,
        asked: &Asked<'_>,
        draft: Draft,
        shared: &Shared<'_>,
    ) -> Result<(), Reason> {
        let program = asked.program;
        let (run, call) = (asked.run, asked.call);
        let prompt = match draft.kind.asks_for_arguments() {
            // The call holds the answer.
            true => prompt::about_program(&self.shown(&program.text), &draft.ask),
            false => prompt::about_call(
                &self.shown(&program.text),
                call,
                &run.evidence.python,
                &draft.ask,
            ),
        };
        self.check_sizes(&prompt, &draft.answer)?;
        let last = asked.view.events.len() - 1;
        let wanted = Wanted {
            until: draft.tell_until.map_or(last, |until| until.min(last)),
            backward: draft.kind.asks_for_arguments(),
            line: draft.question.line,
            value: (draft.answer_type == AnswerType::Literal).then_some(draft.answer.as_str()),
        };
        let steps = rationale::tell(&asked.view, wanted);
        let told = closing::framed(asked, &draft, steps);
        let mut facts = shared.facts.clone();
        let slice = (shared.dependencies).slice(&asked.view, draft.kind, &draft.question);
        facts.slice_steps = Some(slice.steps);
        facts.slice_width = Some(slice.width);
        facts.answer_bytes = facts::number(draft.answer.len());
        facts.answer_in_prompt = stands_in_prompt(&draft, program, call);
        facts.trivial = draft.trivial.iter().map(|&sign| sign.to_owned()).collect();
        facts.many_inputs = draft.many_inputs;
        facts.difficulty = difficulty::of(&self.model, draft.kind, &facts);
        let sample = Sample {
            id: sample_id(&draft, program, call),
            kind: draft.kind,
            schema: SCHEMA,
            language: tracestone_record::Language::Python,
            program: program.text.clone(),
            package: PackageForm::of(program),
            entry: program.entry.clone(),
            setup: call.setup.clone(),
            call: call.call.clone(),
            question: draft.question,
            prompt,
            answer: draft.answer,
            prompt_style: None,
            rationale_form: None,
            system: None,
            other_answers: draft.other_answers,
            answer_type: draft.answer_type,
            rationale: told,
            facts,
            input_origin: Some(call.origin.clone()),
            provenance: self.context.provenance.clone(),
            evidence: evidence(run, shared.hash),
            group: self.context.group.to_owned(),
            split: self.split,
            cluster: None,
        };
        self.push(sample, Some(run.id), Vec::new())
    }

    /// A text that is shown of the program, with what it is.
    fn shown<'t>(&'t self, text: &'t str) -> Shown<'t> {
        Shown {
            text,
            package: self.context.program.package.as_ref(),
            provenance: &self.context.provenance,
        }
    }

    fn check_sizes(&self, prompt: &str, answer: &str) -> Result<(), Reason> {
        if prompt.len() > self.settings.max_prompt_bytes {
            Err(Reason::PromptTooLarge)
        } else if answer.len() > self.settings.max_answer_bytes {
            Err(Reason::ValueTooLarge)
        } else {
            Ok(())
        }
    }

    fn push(
        &mut self,
        sample: Sample,
        run: Option<RunId>,
        linked_runs: Vec<RunId>,
    ) -> Result<(), Reason> {
        if !self.seen.insert(sample.id) {
            return Err(Reason::DuplicateSample);
        }
        self.sampled.rows.push(SampleRow {
            sample,
            program: self.context.program.id,
            run,
            linked_runs,
            file: self.context.file,
        });
        Ok(())
    }

    /// Questions about docstrings and comments.
    fn annotations(&mut self, verified: &[(&Call, &Run)]) {
        let program = self.context.program;
        let subject = format!("{} {}", program.id, program.entry);
        let asked = kinds::annotated::drafts(program, self.context.annotations, self.settings);
        if asked.is_empty() {
            let dropped = Dropped::new(Reason::NothingToAnnotate, &subject, "");
            self.sampled.dropped.push(dropped);
        }
        for draft in asked {
            let pushed = draft.and_then(|(shown, draft)| {
                let sample = self.annotation(verified, &shown, draft);
                self.check_sizes(&sample.prompt, &sample.answer)?;
                let linked = verified.iter().map(|(_, run)| run.id).collect();
                self.push(sample, None, linked)
            });
            if let Err(reason) = pushed {
                let dropped = Dropped::new(reason, &subject, "annotated");
                self.sampled.dropped.push(dropped);
            }
        }
    }

    fn annotation(&self, verified: &[(&Call, &Run)], shown: &str, draft: Draft) -> Sample {
        let program = self.context.program;
        let evidence = verified.first().map(|(_, run)| &run.evidence);
        let known = |word: fn(&tracestone_record::RunEvidence) -> &String| {
            evidence.map_or(String::new(), |evidence| word(evidence).clone())
        };
        Sample {
            // Of what is shown, so that the same question about two copies of a text is one.
            id: SampleId::of(&[
                draft.kind.name().as_bytes(),
                shown.as_bytes(),
                question_text(&draft.question).as_bytes(),
            ]),
            kind: draft.kind,
            schema: SCHEMA,
            language: tracestone_record::Language::Python,
            program: program.text.clone(),
            package: PackageForm::of(program),
            entry: program.entry.clone(),
            setup: String::new(),
            call: String::new(),
            prompt: prompt::about_program(&self.shown(shown), &draft.ask),
            facts: Facts {
                program_lines: facts::number(program.text.lines().count()),
                answer_bytes: facts::number(draft.answer.len()),
                answer_in_prompt: false,
                runs: Some(facts::number(verified.len())),
                ..Facts::default()
            },
            question: draft.question,
            answer: draft.answer,
            prompt_style: None,
            rationale_form: None,
            system: None,
            other_answers: draft.other_answers,
            answer_type: draft.answer_type,
            rationale: String::new(),
            input_origin: None,
            provenance: self.context.provenance.clone(),
            evidence: Evidence {
                python: known(|evidence| &evidence.python),
                runs: 0,
                hash_seeds: Vec::new(),
                trace: None,
                sandbox: known(|evidence| &evidence.sandbox),
                tool: concat!("tracestone ", env!("CARGO_PKG_VERSION")).to_owned(),
            },
            group: self.context.group.to_owned(),
            split: self.split,
            cluster: None,
        }
    }
}

/// True if the answer's text occurs in the program, setup or call. An occurrence of a line number or count
/// reveals nothing; the call of an `input` question is not shown.
fn stands_in_prompt(draft: &Draft, program: &Program, call: &Call) -> bool {
    let is_value = matches!(
        draft.answer_type,
        AnswerType::Literal | AnswerType::Exception | AnswerType::Arguments
    );
    let call_text = if draft.kind.asks_for_arguments() {
        ""
    } else {
        &call.call
    };
    is_value
        && draft.answer.len() > 1
        && [program.text.as_str(), &call.setup, call_text]
            .iter()
            .any(|text| text.contains(&draft.answer))
}

/// Depends on what the prompt shows, so that two samples with the same prompt are one: which entry of
/// the same text a program was made for, and, for `input` and `reach`, which call gave the answer, make no other.
fn sample_id(draft: &Draft, program: &Program, call: &Call) -> SampleId {
    let (setup, expression) = match draft.kind.asks_for_arguments() {
        true => ("", ""),
        false => (call.setup.as_str(), call.call.as_str()),
    };
    let question = question_text(&draft.question);
    let mut parts = vec![
        draft.kind.name().as_bytes(),
        program.text.as_bytes(),
        setup.as_bytes(),
        expression.as_bytes(),
        question.as_bytes(),
    ];
    if let Some(package) = &program.package {
        parts.extend([package.module.as_bytes(), package.source.as_bytes()]);
    }
    SampleId::of(&parts)
}

fn question_text(question: &Question) -> String {
    serde_json::to_string(question).unwrap_or_default()
}

/// A hash that is equal for equal traces.
fn trace_hash(trace: &Trace) -> String {
    let json = serde_json::to_vec(trace).unwrap_or_default();
    blake3::hash(&json).to_hex().as_str()[..32].to_owned()
}

/// The value a run returned, where it has an exact literal form.
pub(crate) fn returned(run: &Run) -> Result<&tracestone_record::Value, Reason> {
    match &run.outcome {
        Outcome::Returned { value } if value.truncated => Err(Reason::ValueTooLarge),
        Outcome::Returned { value } if !value.exact => Err(Reason::ValueNotLiteral),
        Outcome::Returned { value } => Ok(value),
        _ => Err(Reason::NoRunToAskAbout),
    }
}

/// The evidence for a run whose trace has this hash.
fn evidence(run: &Run, hash: &str) -> Evidence {
    Evidence {
        python: run.evidence.python.clone(),
        runs: facts::number(run.evidence.hash_seeds.len()),
        hash_seeds: run.evidence.hash_seeds.clone(),
        trace: Some(hash.to_owned()),
        sandbox: run.evidence.sandbox.clone(),
        tool: run.evidence.tool.clone(),
    }
}

//! `annotated`: the docstring or comment that belongs at a mark.
//!
//! The only kind whose answer does not come from a run: it is what the author wrote, linked to the runs of
//! the same program where there are any. The prompt shows the program with a mark in the place of that
//! annotation. Annotations that the rest of the prompt repeats, that occur at many places, or that another
//! program asks for are not asked.

use std::collections::{BTreeMap, HashMap};

use tracestone_record::{
    AnnotationKind, AnswerType, Comment, Definition, LineRange, Program, ProgramId, Question,
    Reason, SampleKind, Split,
};

use crate::Settings;
use crate::maker::Draft;

/// Shorter annotations say too little.
const MIN_WORDS: usize = 4;
/// Number of places beyond which an annotation is not specific to any of them.
const MANY: usize = 3;

/// The docstrings and comments of many programs: which of them occur at many places, in which part of the
/// split they occur first, and which program asks for one that several contain.
///
/// Programs are added first; their parts, which are decided when all are known, come with
/// [`Annotations::place`].
#[derive(Debug, Clone, Default)]
pub struct Annotations {
    held: Vec<Held>,
    parts: HashMap<ProgramId, Split>,
    texts: HashMap<Digest, Text>,
}

type Digest = [u8; 16];

/// An annotation of a program.
#[derive(Debug, Clone)]
struct Held {
    words: Digest,
    /// The code that it is about.
    code: Digest,
    program: ProgramId,
    /// True if the program was made for that very definition.
    own: bool,
}

/// Properties of an annotation's text.
#[derive(Debug, Clone)]
struct Text {
    /// The first part of the split that has them.
    first: Split,
    /// By the code that they are about, the program that asks for them: of those in the first part the one
    /// that was made for that very definition, then the one with the smallest identifier.
    askers: BTreeMap<Digest, (Split, bool, ProgramId)>,
}

impl Annotations {
    /// Adds a program's annotations.
    pub fn add(&mut self, program: &Program) {
        self.held
            .extend(annotations(program).into_iter().map(|annotation| Held {
                words: digest(&words(annotation.text)),
                code: annotation.code,
                program: program.id,
                own: annotation.own,
            }));
    }

    /// Decides who asks for what, when each program's part is known. A program without a part asks for
    /// nothing.
    pub fn place(&mut self, part: impl Fn(ProgramId) -> Option<Split>) {
        for held in std::mem::take(&mut self.held) {
            let Some(part) = part(held.program) else {
                continue;
            };
            self.parts.insert(held.program, part);
            let text = self.texts.entry(held.words).or_insert_with(|| Text {
                first: part,
                askers: BTreeMap::new(),
            });
            text.first = text.first.min(part);
            let asker = (part, !held.own, held.program);
            text.askers
                .entry(held.code)
                .and_modify(|known| *known = asker.min(*known))
                .or_insert(asker);
        }
    }

    /// Hash of all decisions about a program's annotations. Samples depend on it in addition to the program.
    #[must_use]
    pub fn fingerprint(&self, program: &Program) -> String {
        let verdict = |annotation: &Annotation<'_>| match self.verdict(program, annotation) {
            Ok(()) => "asked",
            Err(reason) => reason.code(),
        };
        let verdicts: Vec<_> = annotations(program).iter().map(verdict).collect();
        verdicts.join(" ")
    }

    fn verdict(&self, program: &Program, annotation: &Annotation<'_>) -> Result<(), Reason> {
        let Some(text) = self.texts.get(&digest(&words(annotation.text))) else {
            return Ok(());
        };
        if text.askers.len() > MANY {
            return Err(Reason::CommonAnswer);
        }
        // Asked for in a later part, it would be a question whose answer was trained on.
        if self
            .parts
            .get(&program.id)
            .is_some_and(|part| text.first < *part)
        {
            return Err(Reason::DuplicateSample);
        }
        match text.askers.get(&annotation.code) {
            Some((_, _, asker)) if *asker != program.id => Err(Reason::DuplicateSample),
            _ => Ok(()),
        }
    }
}

/// A docstring or comment that could be asked for.
struct Annotation<'p> {
    what: What<'p>,
    /// Text as the author wrote it.
    text: &'p str,
    /// A hash of the code that it is about.
    code: Digest,
    /// True if that is the definition the program was made for.
    own: bool,
}

enum What<'p> {
    Docstring(&'p Definition, LineRange),
    Comment(&'p Comment),
}

/// All that could be asked for, docstrings first.
fn annotations(program: &Program) -> Vec<Annotation<'_>> {
    let source: Vec<&str> = program.text.lines().collect();
    let is_own =
        |definition: &Definition| definition.name.split('.').next() == Some(program.entry.as_str());
    let code = |range: LineRange, without: Option<LineRange>| {
        let kept = source.iter().enumerate().filter(|(index, _)| {
            let within =
                |range: LineRange| range.first.index() <= *index && *index <= range.last.index();
            within(range) && !without.is_some_and(within)
        });
        digest(
            &kept
                .map(|(_, line)| line.trim())
                .collect::<Vec<_>>()
                .join("\n"),
        )
    };
    let docstrings = program.definitions.iter().filter_map(|definition| {
        let text = definition.prose.as_deref()?;
        let lines = definition.docstring?;
        let asked = is_enough(text) && lines.first > definition.header && is_alone(&source, lines);
        asked.then(|| Annotation {
            what: What::Docstring(definition, lines),
            text,
            code: code(definition.lines, Some(lines)),
            own: is_own(definition),
        })
    });
    let comments = program.comments.iter().filter_map(|comment| {
        let explains = comment.explains.filter(|_| is_explanation(comment))?;
        let around = |definition: &&Definition| definition.lines.contains(comment.lines.first);
        Some(Annotation {
            what: What::Comment(comment),
            text: &comment.text,
            code: code(explains, None),
            own: program.definitions.iter().filter(around).any(is_own),
        })
    });
    docstrings.chain(comments).collect()
}

/// The programs as prompts show them, with the questions; or why there is none.
pub(crate) fn drafts(
    program: &Program,
    known: &Annotations,
    settings: &Settings,
) -> Vec<Result<(String, Draft), Reason>> {
    let (mut docstrings, mut comments) = (0, 0);
    let mut drafts = Vec::new();
    for annotation in annotations(program) {
        let count = match annotation.what {
            What::Docstring(..) => &mut docstrings,
            What::Comment(_) => &mut comments,
        };
        let draft = known.verdict(program, &annotation).and_then(|()| {
            if *count == settings.annotations {
                return Err(Reason::RunLimit);
            }
            let (shown, draft) = match annotation.what {
                What::Docstring(definition, lines) => {
                    docstring(program, definition, lines, annotation.text)
                }
                What::Comment(comment) => {
                    comment_draft(program, comment).ok_or(Reason::NothingToAnnotate)?
                }
            };
            if says(&shown, annotation.text) {
                return Err(Reason::AnswerLeaks);
            }
            *count += 1;
            Ok((shown, draft))
        });
        drafts.push(draft);
    }
    drafts
}

/// True if a text repeats an annotation: all of it, or a first paragraph that is most of it.
fn says(shown: &str, annotation: &str) -> bool {
    let shown = format!(" {} ", words(shown));
    let holds = |text: &str| is_enough(text) && shown.contains(&format!(" {text} "));
    let all = words(annotation);
    let first = words(annotation.split("\n\n").next().unwrap_or_default());
    holds(&all) || (2 * first.len() > all.len() && holds(&first))
}

/// Words of a text in lower case, without punctuation, separated by one blank.
fn words(text: &str) -> String {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect::<Vec<_>>()
        .join(" ")
}

fn digest(text: &str) -> Digest {
    let mut digest = [0; 16];
    digest.copy_from_slice(&blake3::hash(text.as_bytes()).as_bytes()[..16]);
    digest
}

fn is_enough(text: &str) -> bool {
    text.split_whitespace().count() >= MIN_WORDS
}

/// True if a docstring has its lines to itself.
fn is_alone(source: &[&str], lines: LineRange) -> bool {
    let text = |index: usize| source.get(index).map_or("", |line| line.trim());
    let first = text(lines.first.index());
    first
        .trim_start_matches(['r', 'R', 'u', 'U'])
        .starts_with(['"', '\''])
        && text(lines.last.index()).ends_with(['"', '\''])
}

fn is_explanation(comment: &Comment) -> bool {
    let signals = &comment.signals;
    let machine = signals.code || signals.todo || signals.license || signals.directive;
    !machine && !signals.result && is_enough(&comment.text)
}

fn docstring(
    program: &Program,
    definition: &Definition,
    lines: LineRange,
    prose: &str,
) -> (String, Draft) {
    let shown = without_lines(&program.text, lines, "\"\"\"(the docstring)\"\"\"");
    let ask = format!(
        "The docstring of `{}` (line {}) was taken out. Write it: say what it does and why, as its author \
         would for its users. Answer with the docstring's text alone.",
        definition.name, definition.header
    );
    let draft = draft(
        AnnotationKind::Docstring,
        definition.lines,
        Some(definition.name.clone()),
        ask,
        prose,
    );
    (shown, draft)
}

fn comment_draft(program: &Program, comment: &Comment) -> Option<(String, Draft)> {
    let explains = comment.explains?;
    let place = comment.lines.first;
    let shown = if comment.trailing {
        let line = program.text.lines().nth(place.index())?;
        let start =
            (comment.span.start as usize).checked_sub(line_start(&program.text, place.index()))?;
        let code = line.get(..start)?;
        replace_line(
            &program.text,
            place.index(),
            &format!("{code}# (the comment)"),
        )
    } else {
        without_lines(&program.text, comment.lines, "# (the comment)")
    };
    // Lines below a comment of several lines move up in what is shown.
    let removed = if explains.first > comment.lines.last {
        comment.lines.last.0 - comment.lines.first.0
    } else {
        0
    };
    let (first, last) = (explains.first.0 - removed, explains.last.0 - removed);
    let lines = if first == last {
        format!("line {first}")
    } else {
        format!("lines {first} to {last}")
    };
    let ask = format!(
        "A comment in line {place} that explains {lines} was taken out. Write it: say what the code does not \
         say by itself. Answer with the comment's text alone, without `#`."
    );
    let draft = draft(AnnotationKind::Comment, explains, None, ask, &comment.text);
    Some((shown, draft))
}

fn draft(
    annotation: AnnotationKind,
    lines: LineRange,
    definition: Option<String>,
    ask: String,
    answer: &str,
) -> Draft {
    Draft {
        kind: SampleKind::Annotated,
        question: Question {
            line: Some(lines.first),
            last_line: Some(lines.last),
            annotation: Some(annotation),
            definition,
            ..Question::default()
        },
        ask,
        answer: answer.to_owned(),
        other_answers: Vec::new(),
        answer_type: AnswerType::Text,
        tell_until: None,
        trivial: Vec::new(),
        many_inputs: None,
    }
}

/// The text with a mark in the place of some lines.
fn without_lines(text: &str, range: LineRange, mark: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for (index, line) in text.lines().enumerate() {
        let first = index == range.first.index();
        if first {
            let indent = line.len() - line.trim_start().len();
            shown.push_str(&line[..indent]);
            shown.push_str(mark);
            shown.push('\n');
        } else if index < range.first.index() || index > range.last.index() {
            shown.push_str(line);
            shown.push('\n');
        }
    }
    shown
}

fn replace_line(text: &str, place: usize, new: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for (index, line) in text.lines().enumerate() {
        shown.push_str(if index == place { new } else { line });
        shown.push('\n');
    }
    shown
}

fn line_start(text: &str, index: usize) -> usize {
    text.split_inclusive('\n').take(index).map(str::len).sum()
}

//! `annotated`: which docstring or comment belongs here?
//!
//! The only kind whose answer does not come from a run: it is what the author wrote, linked to the runs of
//! the same program where there are any. The prompt shows the program with that annotation replaced by a
//! mark on its first line, so that no line moves.

use tracestone_record::{
    AnnotationKind, AnswerType, Comment, Definition, LineRange, Program, Question, SampleKind,
};

use crate::Settings;
use crate::maker::Draft;

/// Shorter annotations say too little.
const MIN_WORDS: usize = 4;

/// The program as the prompt shows it, and the question.
pub(crate) fn drafts(program: &Program, settings: &Settings) -> Vec<(String, Draft)> {
    let docstrings = program.definitions.iter().filter_map(|definition| {
        let prose = definition.prose.as_deref()?;
        let lines = definition.docstring?;
        let enough = prose.split_whitespace().count() >= MIN_WORDS;
        (enough && lines.first > definition.header)
            .then(|| docstring(program, definition, lines, prose))
    });
    let comments = program
        .comments
        .iter()
        .filter(|comment| is_explanation(comment))
        .filter_map(|new| comment_draft(program, new));
    let mut drafts: Vec<_> = docstrings.take(settings.annotations).collect();
    drafts.extend(comments.take(settings.annotations));
    drafts
}

fn is_explanation(comment: &Comment) -> bool {
    let signals = &comment.signals;
    let machine = signals.code || signals.todo || signals.license || signals.directive;
    !machine
        && !signals.result
        && comment.explains.is_some()
        && comment.text.split_whitespace().count() >= MIN_WORDS
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
    let lines = if explains.first == explains.last {
        format!("line {}", explains.first)
    } else {
        format!("lines {} to {}", explains.first, explains.last)
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
        answer_type: AnswerType::Text,
        tell_until: None,
        trivial: Vec::new(),
        many_inputs: None,
    }
}

/// The text with the first of some lines replaced by a mark and the others emptied.
fn without_lines(text: &str, range: LineRange, mark: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for (index, line) in text.lines().enumerate() {
        let first = index == range.first.index();
        if first {
            let indent = line.len() - line.trim_start().len();
            shown.push_str(&line[..indent]);
            shown.push_str(mark);
        } else if index < range.first.index() || index > range.last.index() {
            shown.push_str(line);
        }
        shown.push('\n');
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

//! `cruxeval`: the `output` questions that the CRUXEval harness can read and score.
//!
//! The harness runs `code` and then `assert f(input) == output`. Programs keep their text; a last line
//! binds `f` to what is called. Each part of the split is a file of its own, whose rows are counted from
//! 0 as the harness counts them; `cruxeval_ids.jsonl` says which sample each row was made from.

use serde::Serialize;
use tracestone_files::Staging;
use tracestone_record::{
    AnswerType, Literal, LiteralLimits, Sample, SampleId, SampleKind, Split, Stream,
};

use super::file::{HashedFile, SplitLines};
use super::{ExportedFile, Result, Row, RowWriter, Written};
use crate::Store;

#[derive(Serialize)]
struct Problem<'a> {
    code: &'a str,
    input: &'a str,
    output: &'a str,
    id: &'a str,
}

#[derive(Serialize)]
struct Origin<'a> {
    split: Split,
    id: &'a str,
    sample: SampleId,
}

pub(super) struct Cruxeval<'a> {
    staging: &'a Staging,
    problems: SplitLines<'a>,
    origins: Option<HashedFile>,
}

impl<'a> Cruxeval<'a> {
    pub(super) fn new(staging: &'a Staging) -> Self {
        Self {
            staging,
            problems: SplitLines::new(staging, None),
            origins: None,
        }
    }

    fn origins(&mut self) -> Result<&mut HashedFile> {
        match &mut self.origins {
            Some(file) => Ok(file),
            slot => Ok(slot.insert(HashedFile::create(self.staging, "cruxeval_ids.jsonl")?)),
        }
    }
}

impl RowWriter for Cruxeval<'_> {
    fn write(&mut self, store: &Store, row: &Row) -> Result<Written> {
        if row.index.kind != SampleKind::Output {
            return Ok(Written::No("cruxeval: only output questions"));
        }
        let sample = &row.stored.sample;
        if let Some(why) = refusal(sample) {
            return Ok(Written::No(why));
        }
        let call = match row.stored.run {
            Some(run) => store.call(store.run(run)?.call)?,
            None => return Ok(Written::No("cruxeval: no run")),
        };
        let Some(arguments) = call.arguments else {
            return Ok(Written::No("cruxeval: not a plain call"));
        };
        let Some(code) = code(&sample.program, &arguments.callee) else {
            return Ok(Written::No("cruxeval: the program uses the name f"));
        };
        let problems = self.problems.of(sample.split)?;
        let id = format!("sample_{}", problems.rows);
        problems.put_json(&Problem {
            code: &code,
            input: &arguments.text,
            output: &sample.answer,
            id: &id,
        })?;
        self.origins()?.put_json(&Origin {
            split: sample.split,
            id: &id,
            sample: sample.id,
        })?;
        Ok(Written::Yes)
    }

    fn finish(self: Box<Self>) -> Result<Vec<ExportedFile>> {
        let mut files = self.problems.finish()?;
        if let Some(origins) = self.origins {
            files.push(ExportedFile {
                rows: 0,
                ..origins.finish()?
            });
        }
        Ok(files)
    }
}

/// Reason that the harness cannot score the sample.
fn refusal(sample: &Sample) -> Option<&'static str> {
    if !sample.language.is_python() {
        return Some("cruxeval: not Python");
    }
    if sample.package.is_some() {
        return Some("cruxeval: runs in its own package");
    }
    if sample.question.stream == Some(Stream::Stdout) {
        return Some("cruxeval: asks for what is printed");
    }
    if !sample.setup.is_empty() {
        return Some("cruxeval: needs setup");
    }
    let answer = Literal::parse(&sample.answer, LiteralLimits::default());
    match answer {
        Ok(literal) if sample.answer_type == AnswerType::Literal && !holds_set(&literal) => None,
        _ => Some("cruxeval: the output is not a literal without sets"),
    }
}

fn holds_set(literal: &Literal) -> bool {
    match literal {
        Literal::Set(_) => true,
        Literal::List(items) | Literal::Tuple(items) => items.iter().any(holds_set),
        Literal::Dict(entries) => entries
            .iter()
            .any(|(key, value)| holds_set(key) || holds_set(value)),
        _ => false,
    }
}

/// The program with `f` bound to the callee; `None` where `f` means something else in it.
fn code(program: &str, callee: &str) -> Option<String> {
    if callee == "f" {
        return Some(program.trim_end_matches('\n').to_owned());
    }
    if uses_name(program, b'f') {
        return None;
    }
    Some(format!("{program}\n\nf = {callee}\n"))
}

/// True if a one-letter name occurs anywhere in the text as a whole word, comments and strings included. The
/// prefix of an f-string does not count.
fn uses_name(text: &str, name: u8) -> bool {
    let bytes = text.as_bytes();
    let part_of_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80;
    (0..bytes.len()).any(|at| {
        let before = at.checked_sub(1).map(|at| bytes[at]);
        let after = bytes.get(at + 1).copied();
        bytes[at] == name
            && !before.is_some_and(part_of_name)
            && !after.is_some_and(|byte| part_of_name(byte) || byte == b'"' || byte == b'\'')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f_is_bound_unless_the_program_uses_it() {
        let plain = "def g(x):\n    return f'{x}' + f\"{x}\"\n";
        assert_eq!(code(plain, "g"), Some(format!("{plain}\n\nf = g\n")));
        assert_eq!(
            code("def f(x):\n    return x\n", "f").as_deref(),
            Some("def f(x):\n    return x")
        );
        assert_eq!(code("def f(x): ...\ndef g(x): return f(x)\n", "g"), None);
        assert_eq!(code("def g(x): return [f for f in x]\n", "g"), None);
    }

    #[test]
    fn sets_are_found_at_any_depth() {
        let holds = |text| holds_set(&Literal::parse(text, LiteralLimits::default()).unwrap());
        assert!(holds("[1, ({2, 3},)]"));
        assert!(holds("{1: set()}"));
        assert!(!holds("{1: [2], 'a': (3,)}"));
    }
}

//! Properties that extraction has for every input. The fuzz target `extract` holds it to the same ones.

use tracestone_extract::{Extraction, decode};
use tracestone_record::{FileId, Line, Program, Unit};

use crate::source::id_of;

/// Panics where a place does not fit its text, a line does not map back, or a call belongs to no program.
pub(crate) fn check(files: &[(&str, &[u8])], found: &Extraction) {
    assert_eq!(found.files.len(), files.len());
    let texts: Vec<(FileId, String)> = files
        .iter()
        .filter_map(|(path, content)| Some((id_of(path), decode(content).ok()?.into_owned())))
        .collect();
    let text_of = |file: FileId| {
        let (_, text) = texts
            .iter()
            .find(|(id, _)| *id == file)
            .expect("what was extracted comes from a file that can be read");
        text.as_str()
    };
    for unit in &found.units {
        check_unit(unit, text_of(unit.file));
    }
    for program in &found.programs {
        check_program(program, &text_of);
    }
    for call in &found.calls {
        assert!(!call.call.contains('\n'), "{:?}", call.call);
        let known = found
            .programs
            .iter()
            .any(|program| program.id == call.program);
        assert!(known, "a call of no program: {:?}", call.call);
    }
}

fn check_unit(unit: &Unit, text: &str) {
    let shown = unit.span.of(text);
    assert!(
        shown.contains("def") || shown.contains("class"),
        "{shown:?}"
    );
    let lines = unit.lines;
    assert!(lines.first <= lines.last && exists(text, lines.last));
    if let Some(docstring) = &unit.docstring {
        assert!(docstring.span.of(text).ends_with(['"', '\'']));
    }
    for comment in &unit.comments {
        assert!(comment.span.of(text).starts_with('#'));
    }
}

fn check_program<'t>(program: &Program, text_of: &dyn Fn(FileId) -> &'t str) {
    let text = &program.text;
    assert!(text.ends_with('\n'));
    assert_eq!(text.lines().count(), program.lines.len(), "{text:?}");
    for (line, origin) in text.lines().zip(&program.lines) {
        let Some(origin) = origin else {
            assert_eq!(line.trim(), "", "a line from nowhere");
            continue;
        };
        let file = match origin.file {
            0 => program.file,
            number => program.inlined[usize::from(number) - 1],
        };
        assert!(exists(text_of(file), origin.line), "{origin:?}");
    }
    for definition in &program.definitions {
        assert!(exists(text, definition.lines.last));
        assert!(definition.lines.contains(definition.header));
    }
    for comment in &program.comments {
        assert!(comment.span.of(text).starts_with('#'));
    }
}

fn exists(text: &str, line: Line) -> bool {
    line >= Line(1) && text.lines().nth(line.index()).is_some()
}

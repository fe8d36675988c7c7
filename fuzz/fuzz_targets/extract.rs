//! Extraction from one to three files of one source: no panic, an end, places that fit the texts,
//! lines that map back. The properties are those of the crate's own property tests, which make
//! their files from pieces of Python; here the files are any bytes.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use tracestone_extract::{Extraction, Settings, SourceFile, decode, extract};
use tracestone_record::{FileId, Line, Program, Unit};

/// A byte that no UTF-8 text holds.
const SEPARATOR: u8 = 0xff;

/// The last one is in a place where tests are looked for.
const PATHS: [&str; 3] = ["pkg/one.py", "pkg/other.py", "tests/test_one.py"];

static SETTINGS: LazyLock<Settings> = LazyLock::new(Settings::default);

fuzz_target!(
    init: {
        // Other threads would make the coverage of an input differ from run to run.
        rayon::ThreadPoolBuilder::new()
            .num_threads(1)
            .use_current_thread()
            .build_global()
            .expect("nothing has started the pool before");
    },
    |data: &[u8]| {
        let files: Vec<SourceFile<'_>> = data
            .splitn(PATHS.len(), |&byte| byte == SEPARATOR)
            .zip(PATHS)
            .map(|(content, path)| SourceFile {
                id: FileId::of(&[path.as_bytes()]),
                path,
                content,
            })
            .collect();
        let found = extract(&files, &SETTINGS, &|| {});
        let texts: Vec<(FileId, String)> = files
            .iter()
            .filter_map(|file| Some((file.id, decode(file.content).ok()?.into_owned())))
            .collect();
        assert_eq!(found.files.len(), files.len());
        check(&found, &texts);
    }
);

fn check(found: &Extraction, texts: &[(FileId, String)]) {
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

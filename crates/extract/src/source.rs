//! The whole way of one source: decode, read, slice, attach.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use rayon::prelude::*;
use tracestone_record::{Call, Dropped, Program, ProgramId, Reason};

use crate::calls::{Programs, attach};
use crate::decode::decode;
use crate::index::Index;
use crate::module::{Module, Reader};
use crate::slice::{self, Sliced};
use crate::{Extraction, FileReport, Settings, SourceFile};

/// Extracts one source. `on_file` hears of each file that is read, from several threads. The result
/// depends on the files and settings alone.
#[must_use]
pub fn extract(
    files: &[SourceFile<'_>],
    settings: &Settings,
    on_file: &(dyn Fn() + Sync),
) -> Extraction {
    let mut files: Vec<&SourceFile<'_>> = files.iter().collect();
    files.sort_by_key(|file| file.path);
    let mut extraction = Extraction::default();
    let texts = decode_all(&files, &mut extraction.dropped);
    let modules = read_all(&texts, settings, on_file, &mut extraction);
    let index = Index::new(&modules, &settings.standard_modules);
    let sliced = slice_all(&index, settings, &mut extraction.dropped);
    let calls = attach_all(&index, &sliced, settings, &mut extraction.dropped);
    collect(&modules, sliced, calls, settings, &mut extraction);
    for mut module in modules {
        extraction.units.append(&mut module.units);
        extraction.dropped.append(&mut module.dropped);
    }
    extraction.dropped.sort();
    extraction
}

/// A file with its text.
type Text<'f> = (&'f SourceFile<'f>, Cow<'f, str>);

fn decode_all<'f>(files: &[&'f SourceFile<'f>], dropped: &mut Vec<Dropped>) -> Vec<Text<'f>> {
    let mut texts = Vec::with_capacity(files.len());
    for &file in files {
        match decode(file.content) {
            Ok(text) => texts.push((file, text)),
            Err(encoding) => {
                let detail = format!("not {encoding}");
                dropped.push(Dropped::new(Reason::NotUtf8, file.path, detail));
            }
        }
    }
    texts
}

fn read_all<'t>(
    texts: &'t [Text<'_>],
    settings: &Settings,
    on_file: &(dyn Fn() + Sync),
    extraction: &mut Extraction,
) -> Vec<Module<'t>> {
    let read: Vec<_> = texts
        .par_iter()
        .map_init(
            || Reader::new(settings.max_depth),
            |reader, (file, text)| {
                let module = reader.read(file.id, file.path, text);
                on_file();
                module
            },
        )
        .collect();
    let mut modules = Vec::with_capacity(read.len());
    for (result, (file, text)) in read.into_iter().zip(texts) {
        let report = |units, had_errors| FileReport {
            id: file.id,
            bytes: text.len(),
            units,
            had_errors,
        };
        match result {
            Ok(module) => {
                let found = report(module.units.len(), module.had_errors);
                extraction.files.push(found);
                modules.push(module);
            }
            Err(rejected) => {
                extraction.files.push(report(0, true));
                extraction.dropped.push(rejected.0);
            }
        }
    }
    modules
}

fn slice_all(
    index: &Index<'_, '_>,
    settings: &Settings,
    dropped: &mut Vec<Dropped>,
) -> Vec<Sliced> {
    let outcomes: Vec<_> = (0..index.modules.len())
        .into_par_iter()
        .flat_map_iter(|module| slice::programs(index, module, settings))
        .collect();
    let mut sliced = Vec::with_capacity(outcomes.len());
    for outcome in outcomes {
        match outcome {
            Ok(program) => sliced.push(program),
            Err(reason) => dropped.push(reason),
        }
    }
    sliced
}

fn attach_all(
    index: &Index<'_, '_>,
    sliced: &[Sliced],
    settings: &Settings,
    dropped: &mut Vec<Dropped>,
) -> Vec<Call> {
    let programs = Programs::new(sliced);
    let attached: Vec<_> = (0..index.modules.len())
        .into_par_iter()
        .map(|module| attach(index, &programs, module, settings))
        .collect();
    let mut calls = Vec::new();
    for mut found in attached {
        calls.append(&mut found.calls);
        dropped.append(&mut found.dropped);
    }
    calls
}

/// Keeps each program and each call once, and no more calls of a program than the limit.
fn collect(
    modules: &[Module<'_>],
    sliced: Vec<Sliced>,
    calls: Vec<Call>,
    settings: &Settings,
    extraction: &mut Extraction,
) {
    let mut of_program: BTreeMap<ProgramId, Vec<Call>> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    let mut calls = calls;
    // Examples and tests are chosen inputs; call sites come after them.
    calls.sort_by(|a, b| {
        let key = |call: &Call| (call.origin.kind, call.origin.path.clone(), call.origin.line);
        key(a).cmp(&key(b))
    });
    for call in calls {
        if seen.insert(call.id) {
            of_program.entry(call.program).or_default().push(call);
        }
    }
    let paths: HashMap<_, _> = modules
        .iter()
        .map(|module| (module.file, module.path))
        .collect();
    let mut known = BTreeSet::new();
    for Sliced { program, .. } in sliced {
        if !known.insert(program.id) {
            continue;
        }
        let subject = subject(&program, paths.get(&program.file).copied().unwrap_or(""));
        let mut own = of_program.remove(&program.id).unwrap_or_default();
        if own.is_empty() {
            let dropped = Dropped::new(Reason::NoCall, &subject, "");
            extraction.dropped.push(dropped);
        }
        if own.len() > settings.max_calls {
            let detail = format!("{} further calls", own.len() - settings.max_calls);
            let dropped = Dropped::new(Reason::CallLimit, &subject, detail);
            extraction.dropped.push(dropped);
            own.truncate(settings.max_calls);
        }
        extraction.calls.append(&mut own);
        extraction.programs.push(program);
    }
}

fn subject(program: &Program, path: &str) -> String {
    let line = program
        .lines
        .iter()
        .rev()
        .flatten()
        .find(|origin| origin.file == 0)
        .map_or(0, |origin| origin.line.0);
    format!("{path}:{line} {}", program.entry)
}

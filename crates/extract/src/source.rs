//! The extraction of one source.

use std::borrow::Cow;
use std::collections::HashSet;

use rayon::prelude::*;
use tracestone_record::{Dropped, Reason};

use crate::calls::{Attached, attach};
use crate::decode::{Undecodable, decode};
use crate::index::Index;
use crate::module::{Module, Reader};
use crate::packages::{Packages, SourceTree};
use crate::slice::{Sliced, in_package, programs};
use crate::{Extraction, FileReport, Settings, SourceFile};

/// Extracts everything from the files of one source. `on_file` is called once per file, from any
/// thread. With all files of the source at hand, units that are no self-contained texts become programs
/// that run in their own package.
#[must_use]
pub fn extract(
    files: &[SourceFile<'_>],
    tree: Option<&SourceTree>,
    settings: &Settings,
    on_file: &(dyn Fn() + Sync),
) -> Extraction {
    let mut files: Vec<SourceFile<'_>> = files.to_vec();
    files.sort_by(|a, b| (a.path, a.id).cmp(&(b.path, b.id)));
    let texts: Vec<Result<Cow<'_, str>, Undecodable>> =
        files.par_iter().map(|file| decode(file.content)).collect();
    let read = read_files(&files, &texts, settings, on_file);
    let mut extraction = Extraction::default();
    let reports = files.iter().zip(&read);
    extraction.files = reports
        .map(|(file, outcome)| report(file, outcome))
        .collect();
    // In the memory of `read`: there are as many as the source has files.
    let sound = read.into_iter().filter_map(|outcome| {
        let lost = |dropped| extraction.dropped.push(dropped);
        outcome.map_err(lost).ok()
    });
    let mut modules: Vec<Module<'_>> = sound.collect();
    let index = Index::new(&modules, &settings.standard_modules);
    let packages = tree.map(|tree| Packages::new(&index, tree));
    let mut sliced = slice_all(&index, packages.as_ref(), settings, &mut extraction);
    let mut attached = attach(&index, packages.as_ref(), &sliced, settings);
    if let Some(packages) = &packages {
        move_into_packages(&index, packages, settings, &mut sliced, &mut attached);
    }
    extraction.dropped.append(&mut attached.dropped);
    let mut seen = HashSet::new();
    extraction.programs.reserve_exact(sliced.len());
    let calls = attached.calls.values().map(Vec::len).sum();
    extraction.calls.reserve_exact(calls);
    for sliced in sliced {
        let program = sliced.program;
        if !seen.insert(program.id) {
            continue;
        }
        match attached.calls.remove(&program.id) {
            Some(mut calls) => extraction.calls.append(&mut calls),
            None => extraction.dropped.push(Dropped::new(
                Reason::NoCall,
                format!("{} {}", modules[sliced.module].path, program.entry),
                "",
            )),
        }
        extraction.programs.push(program);
    }
    take_units(&mut modules, &mut extraction);
    // Giving back the memory of a large source takes a while, too.
    modules.into_par_iter().for_each(drop);
    extraction.dropped.sort();
    extraction
}

fn read_files<'t>(
    files: &[SourceFile<'t>],
    texts: &'t [Result<Cow<'t, str>, Undecodable>],
    settings: &Settings,
    on_file: &(dyn Fn() + Sync),
) -> Vec<Result<Module<'t>, Dropped>> {
    let init = || Reader::new(settings.max_depth);
    let read = files
        .par_iter()
        .zip(texts)
        .map_init(init, |reader, (file, text)| {
            let module = read_file(reader, file, text);
            on_file();
            module
        });
    read.collect()
}

/// Moves the units that parse, and what was left out, from the modules to the result.
fn take_units(modules: &mut [Module<'_>], extraction: &mut Extraction) {
    let units = modules.iter().map(|module| module.units.len()).sum();
    extraction.units.reserve_exact(units);
    for module in modules {
        extraction.dropped.append(&mut module.dropped);
        let units = std::mem::take(&mut module.units);
        let sound = units.into_iter().zip(&module.broken);
        let sound = sound.filter(|(_, broken)| !**broken);
        extraction.units.extend(sound.map(|(unit, _)| unit));
    }
}

fn read_file<'t>(
    reader: &mut Reader,
    file: &SourceFile<'t>,
    text: &'t Result<Cow<'t, str>, Undecodable>,
) -> Result<Module<'t>, Dropped> {
    match text {
        Ok(text) => reader
            .read(file.id, file.path, text)
            .map_err(|rejected| rejected.0),
        Err(error) => Err(Dropped::new(error.reason, file.path, error.detail.as_str())),
    }
}

fn report(file: &SourceFile<'_>, outcome: &Result<Module<'_>, Dropped>) -> FileReport {
    let module = outcome.as_ref().ok();
    FileReport {
        id: file.id,
        bytes: file.content.len(),
        lines: module.map_or(0, |module| module.lines.count()),
        units: module.map_or(0, |module| {
            module.broken.iter().filter(|broken| !**broken).count()
        }),
        had_errors: module.is_none_or(|module| module.had_errors),
    }
}

/// Has texts without calls run in their own package where calls can be had there, which need no more of the
/// source than an import.
fn move_into_packages(
    index: &Index<'_, '_>,
    packages: &Packages<'_>,
    settings: &Settings,
    sliced: &mut [Sliced],
    attached: &mut Attached,
) {
    let (positions, others): (Vec<usize>, Vec<Sliced>) = sliced
        .par_iter()
        .enumerate()
        .filter(|(_, text)| {
            text.program.package.is_none() && !attached.calls.contains_key(&text.program.id)
        })
        .filter_map(|(position, text)| {
            let other = in_package(index, packages, text, settings).ok()?;
            Some((position, other))
        })
        .unzip();
    let mut more = attach(index, Some(packages), &others, settings);
    for (position, other) in positions.into_iter().zip(others) {
        if let Some(calls) = more.calls.remove(&other.program.id) {
            attached.no_longer_dropped(&calls);
            attached.calls.insert(other.program.id, calls);
            sliced[position] = other;
        }
    }
}

/// Slices every top-level function and class; what cannot be sliced is recorded.
fn slice_all(
    index: &Index<'_, '_>,
    packages: Option<&Packages<'_>>,
    settings: &Settings,
    extraction: &mut Extraction,
) -> Vec<Sliced> {
    let outcomes: Vec<_> = (0..index.modules.len())
        .into_par_iter()
        .flat_map_iter(|module| programs(index, packages, module, settings))
        .collect();
    let sliced = outcomes.into_iter().filter_map(|outcome| {
        let lost = |dropped| extraction.dropped.push(dropped);
        outcome.map_err(lost).ok()
    });
    sliced.collect()
}

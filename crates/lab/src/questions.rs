//! Questions about drawn programs, in a store as those about Python are.

use std::collections::BTreeMap;
use std::path::Path;

use tracestone_crawl::{blob_id, content_swhid};
use tracestone_karel::ask::{self, Asked, Context, INTERPRETER};
use tracestone_karel::{Program, VERSION};
use tracestone_record::watch::{Progress, Watch};
use tracestone_record::words::counted;
use tracestone_record::{
    File, FileId, License, LicenseEvidence, LicenseMethod, LicenseRule, ProgramId, Provenance,
    Source, SourceId, SourceKind, Stage,
};
use tracestone_store::{Key, Store, Traced};

use crate::error::Error;
use crate::generate::{GenerateSettings, Kept, QuestionSettings};

/// The setting `language` of a Karel store.
const KAREL: &str = "karel";
/// Licence of generated programs. They have no author, so their maker can waive all rights.
const LICENSE: &str = "CC0-1.0";

/// One program with all that is asked about it.
struct Asking {
    file: File,
    text: String,
    program: Program,
    asked: Vec<Asked>,
}

/// A store that holds something else is left alone.
pub(crate) fn check_store(path: &Path, overwrite: bool) -> Result<(), Error> {
    if !path.exists() {
        return Ok(());
    }
    let store = Store::open_read_only(path)?;
    if store.meta("language")?.as_deref() != Some(KAREL) {
        return Err(Error::NotKarel(path.to_owned()));
    }
    if overwrite {
        Ok(())
    } else {
        Err(Error::StoreExists(path.to_owned()))
    }
}

/// Asks and writes; gives the number of questions.
pub(crate) fn write(
    plan: &GenerateSettings,
    asked: &QuestionSettings,
    kept: &[Kept],
    watch: &dyn Watch,
) -> Result<usize, Error> {
    let origin = format!("tracestone karel, seed {}", plan.world.seed);
    let source = Source {
        id: SourceId::of(&[b"karel", origin.as_bytes()]),
        name: "karel".to_owned(),
        kind: SourceKind::Dir,
        origin: origin.clone(),
        revision: format!("generator {VERSION}"),
        commit: None,
        commit_date: None,
        tree: None,
        group: "karel".to_owned(),
        environment: None,
    };
    let progress = Progress::start(watch, "ask", "programs", kept.len() as u64);
    let mut programs: BTreeMap<ProgramId, Asking> = BTreeMap::new();
    for one in kept {
        ask_one(&mut programs, &source, plan, one)?;
        progress.advance(1);
    }
    progress.finish(&counted(programs.len() as u64, "program"));
    let key = serde_json::to_vec(&(&plan.world, &plan.meanings, plan.steps, asked.programs))?;
    let mut store = Store::create_or_open(&asked.store).map_err(Error::OpenStore)?;
    store.set_meta("language", KAREL)?;
    store.set_meta("corpus", "karel")?;
    store.set_meta("seed", &plan.world.seed.to_string())?;
    put(&mut store, &source, &key, &programs)?;
    Ok(programs
        .values()
        .flat_map(|one| &one.asked)
        .map(|asked| asked.samples.len())
        .sum())
}

/// Asks about every world of a program under each semantics.
fn ask_one(
    programs: &mut BTreeMap<ProgramId, Asking>,
    source: &Source,
    plan: &GenerateSettings,
    kept: &Kept,
) -> Result<(), Error> {
    let program = &kept.drawn.program;
    let text = program.to_string();
    let file = file(source, &text)?;
    let (unit, row) = ask::program_rows(program, &file);
    let provenance = Provenance {
        origin: source.origin.clone(),
        commit: None,
        commit_date: None,
        path: file.path.clone(),
        lines: [unit.lines.first, unit.lines.last],
        swhid: content_swhid(&file.blob, &source.origin, None, &file.path, unit.lines),
        license: LICENSE.to_owned(),
        permissive: true,
        license_evidence: file.license.evidence.clone(),
        inlined: Vec::new(),
    };
    let context = Context {
        file: &file,
        provenance: &provenance,
        group: &kept.id,
        split: kept.split,
        tool: &plan.tool,
        seed: plan.world.seed,
        steps: plan.steps,
    };
    let mut asked = Vec::new();
    for world in &kept.drawn.worlds {
        for meaning in &plan.meanings {
            asked.push(ask::ask(program, world, meaning, &context)?);
        }
    }
    let known = programs.entry(row.id).or_insert_with(|| Asking {
        file: file.clone(),
        text,
        program: program.clone(),
        asked: Vec::new(),
    });
    // Two texts may have a world in common, and two meanings may agree.
    for one in asked {
        if known.asked.iter().all(|other| other.call.id != one.call.id) {
            known.asked.push(one);
        }
    }
    Ok(())
}

fn file(source: &Source, text: &str) -> Result<File, Error> {
    let blob = blob_id(text.as_bytes())?;
    let path = format!("{}.karel", &blob[..16]);
    Ok(File {
        id: FileId::of(&[source.id.as_bytes(), path.as_bytes()]),
        source: source.id,
        bytes: text.len() as u64,
        license: License {
            expression: Some(LICENSE.to_owned()),
            permissive: true,
            evidence: vec![LicenseEvidence {
                license: LICENSE.to_owned(),
                method: LicenseMethod::Corpus,
                rule: LicenseRule::CorpusSetting,
                path: "corpus.json".to_owned(),
                line: None,
                detail: None,
                confidence: 100,
            }],
        },
        path,
        blob,
        flags: Vec::new(),
    })
}

/// Writes the rows of all stages, as if each had done its work.
fn put(
    store: &mut Store,
    source: &Source,
    key: &[u8],
    programs: &BTreeMap<ProgramId, Asking>,
) -> Result<(), Error> {
    let key_of =
        |stage, id: &[u8]| Key::of(stage, &[KAREL.as_bytes(), INTERPRETER.as_bytes(), key, id]);
    let files: Vec<(File, Vec<u8>)> = programs
        .values()
        .map(|one| (one.file.clone(), one.text.clone().into_bytes()))
        .collect();
    let id = source.id.as_bytes();
    store.put_source(&key_of(Stage::Crawl, id), source, &files, &[])?;
    store.set_current_sources(&[source.id])?;
    let (units, rows): (Vec<_>, Vec<_>) = programs
        .values()
        .map(|one| ask::program_rows(&one.program, &one.file))
        .unzip();
    let calls: Vec<_> = programs
        .values()
        .flat_map(|one| one.asked.iter().map(|asked| asked.call.clone()))
        .collect();
    store.put_extraction(
        &key_of(Stage::Extract, id),
        source.id,
        &units,
        &rows,
        &calls,
        &[],
    )?;
    let traced: Vec<Traced> = programs
        .iter()
        .map(|(id, one)| Traced {
            key: key_of(Stage::Trace, id.as_bytes()),
            program: *id,
            made: one.asked.iter().map(|asked| asked.call.clone()).collect(),
            runs: one.asked.iter().map(|asked| asked.run.clone()).collect(),
            dropped: Vec::new(),
        })
        .collect();
    store.put_runs(&traced)?;
    let samples: Vec<_> = programs
        .iter()
        .map(|(id, one)| {
            let rows = one.asked.iter().flat_map(|asked| asked.samples.clone());
            (
                key_of(Stage::Sample, id.as_bytes()),
                *id,
                rows.collect(),
                Vec::new(),
            )
        })
        .collect();
    store.put_samples(&samples)?;
    Ok(())
}

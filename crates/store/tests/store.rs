//! Content of a store after writes, removals and refused operations.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

#[path = "store/access.rs"]
mod access;
mod fixture;

use std::ops::ControlFlow;
use std::path::PathBuf;

use fixture::{World, make_current, sample_key, store_of, trace_key, world};
use tempfile::TempDir;
use tracestone_record::{Dropped, ProgramId, Reason, SampleKind, Split, Stage};
use tracestone_store::{Filter, Key, LicensePolicy, Store, StoreError, Traced};

fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a folder").join("data?.db");
    (folder, path)
}

fn sample_ids(store: &Store, filter: &Filter) -> Vec<String> {
    let mut ids = Vec::new();
    store
        .samples(filter, |row| {
            ids.push(row.sample.id.to_string());
            ControlFlow::Continue(())
        })
        .unwrap();
    ids
}

#[test]
fn every_row_comes_back_as_it_was_put() {
    let (_folder, path) = place();
    let world = world("w0", "c1", 3);
    let store = store_of(&path, &[&world]);
    assert_eq!(
        store.sources().unwrap(),
        std::slice::from_ref(&world.source)
    );
    assert_eq!(store.source(world.source.id).unwrap(), world.source);
    assert_eq!(store.files_of(world.source.id).unwrap(), world.files);
    assert!(store.known_sources().unwrap().contains(&world.source.id));
    for chain in &world.chains {
        let id = chain.program.id;
        assert_eq!(store.program(id).unwrap(), chain.program);
        assert_eq!(store.unit(chain.unit.id).unwrap(), chain.unit);
        let mut calls = chain.calls.clone();
        calls.sort_by_key(|call| call.id);
        assert_eq!(store.calls_of(id).unwrap(), calls);
        assert_eq!(store.call(calls[0].id).unwrap(), calls[0]);
        let mut runs = chain.runs.clone();
        runs.sort_by_key(|run| run.id);
        assert_eq!(store.runs_of(id).unwrap(), runs);
        assert_eq!(store.run(runs[0].id).unwrap(), runs[0]);
        let ids: Vec<_> = runs.iter().map(|run| run.id).collect();
        assert_eq!(store.run_ids_of(id).unwrap(), ids);
        for row in &chain.samples {
            let id = row.sample.id.to_string();
            assert_eq!(store.sample(&id).unwrap(), *row);
            assert_eq!(store.sample(&id[..13].to_uppercase()).unwrap(), *row);
        }
    }
    assert_eq!(store.meta("corpus").unwrap().as_deref(), Some("fixture"));
    assert_eq!(store.meta("nothing").unwrap(), None);
}

#[test]
fn programs_come_in_order_and_with_their_calls() {
    let (_folder, path) = place();
    let (one, two) = (world("w0", "c1", 4), world("w1", "c1", 4));
    let store = store_of(&path, &[&one, &two]);
    let mut expected: Vec<ProgramId> = [&one, &two]
        .iter()
        .flat_map(|world| world.chains.iter().map(|chain| chain.program.id))
        .collect();
    expected.sort();
    assert_eq!(store.programs().unwrap(), expected);
    let with_calls = store.programs_with_mined_calls().unwrap();
    let ids: Vec<_> = with_calls.iter().map(|(program, _)| *program).collect();
    assert_eq!(ids, expected);
    assert!(
        with_calls
            .iter()
            .all(|(_, calls)| calls.len() == 2 && calls.is_sorted())
    );
    let mut seen = Vec::new();
    store
        .each_program(|program, calls| {
            seen.push((program.id, calls.len()));
            if seen.len() == 3 {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        })
        .unwrap();
    assert_eq!(seen, [(expected[0], 2), (expected[1], 2), (expected[2], 2)]);
}

#[test]
fn finished_work_is_known_and_another_key_replaces_it() {
    let (_folder, path) = place();
    let world = world("w0", "c1", 1);
    let chain = &world.chains[0];
    let mut store = store_of(&path, &[&world]);
    assert!(store.is_done(Stage::Crawl, &world.crawl_key()).unwrap());
    assert!(store.is_done(Stage::Extract, &world.extract_key()).unwrap());
    assert!(store.is_done(Stage::Trace, &trace_key(chain)).unwrap());
    assert!(store.is_done(Stage::Sample, &sample_key(chain)).unwrap());
    let other = Key::of(Stage::Trace, &[b"other settings"]);
    assert!(!store.is_done(Stage::Trace, &other).unwrap());
    store
        .put_runs(&[Traced {
            key: other,
            program: chain.program.id,
            made: vec![],
            runs: vec![],
            dropped: vec![],
        }])
        .unwrap();
    assert!(store.is_done(Stage::Trace, &other).unwrap());
    assert!(!store.is_done(Stage::Trace, &trace_key(chain)).unwrap());
    assert!(store.runs_of(chain.program.id).unwrap().is_empty());
    assert!(
        store
            .summary()
            .unwrap()
            .drops
            .iter()
            .all(|drop| drop.stage != Stage::Trace)
    );
}

#[test]
fn a_source_that_is_extracted_again_loses_what_is_no_longer_found() {
    let (_folder, path) = place();
    let mut world = world("w0", "c1", 3);
    let mut store = store_of(&path, &[&world]);
    let gone = world.chains.pop().unwrap();
    let lost_call = world.chains[0].calls.pop().unwrap();
    world.put_extraction(&mut store);
    let summary = store.summary().unwrap();
    assert_eq!((summary.programs, summary.runs_total()), (2, 3));
    assert!(store.run(gone.runs[0].id).is_err());
    assert!(!store.is_done(Stage::Trace, &trace_key(&gone)).unwrap());
    assert!(
        !store
            .is_done(Stage::Trace, &trace_key(&world.chains[0]))
            .unwrap()
    );
    assert!(
        store
            .is_done(Stage::Trace, &trace_key(&world.chains[1]))
            .unwrap()
    );
    let runs = store.runs_of(world.chains[0].program.id).unwrap();
    assert!(runs.iter().all(|run| run.call != lost_call.id));
    assert_eq!(sample_ids(&store, &Filter::default()).len(), 40);
}

#[test]
fn a_source_that_is_put_again_is_extracted_again() {
    let (_folder, path) = place();
    let world = world("w0", "c1", 2);
    let mut store = store_of(&path, &[&world]);
    world.put_source(&mut store);
    assert!(!store.is_done(Stage::Extract, &world.extract_key()).unwrap());
    assert!(store.programs().unwrap().is_empty());
    assert_eq!(
        store.sources().unwrap().len(),
        1,
        "its place in the corpus is kept"
    );
    world.put_extraction(&mut store);
    world.put_runs(&mut store);
    world.put_samples(&mut store);
    assert_eq!(sample_ids(&store, &Filter::default()).len(), 40);
}

#[test]
fn a_source_can_get_another_name_and_keep_what_was_made_of_it() {
    let (_folder, path) = place();
    let mut world = world("w0", "c1", 1);
    let mut store = store_of(&path, &[&world]);
    world.source.name = "another".to_owned();
    store.refresh_source(&world.source).unwrap();
    assert_eq!(store.sources().unwrap()[0].name, "another");
    assert_eq!(sample_ids(&store, &Filter::default()).len(), 20);
    let unknown = fixture::source("w7", "c1");
    assert!(matches!(
        store.refresh_source(&unknown),
        Err(StoreError::NotFound { .. })
    ));
    assert!(store.set_current_sources(&[unknown.id]).is_err());
    assert_eq!(
        store.sources().unwrap().len(),
        1,
        "a refused change changes nothing"
    );
}

#[test]
fn only_the_current_corpus_is_seen_and_going_back_costs_nothing() {
    let (_folder, path) = place();
    let (old, new) = (world("w0", "c1", 3), world("w0", "c2", 2));
    let mut store = store_of(&path, &[&old]);
    let before = (
        store.summary().unwrap(),
        sample_ids(&store, &Filter::default()),
    );
    new.put(&mut store);
    make_current(&mut store, &[&new]);
    assert_eq!(store.sources().unwrap(), std::slice::from_ref(&new.source));
    assert_eq!(store.programs().unwrap().len(), 2);
    assert_eq!(sample_ids(&store, &Filter::default()).len(), 40);
    assert_eq!(
        store.program(new.chains[0].program.id).unwrap().file,
        new.files[0].0.id
    );
    // The programs that both commits have were sampled again with the new provenance.
    make_current(&mut store, &[&old]);
    for chain in &old.chains[..2] {
        let batch = (
            sample_key(chain),
            chain.program.id,
            chain.samples.clone(),
            vec![],
        );
        store.put_samples(&[batch]).unwrap();
    }
    let after = (
        store.summary().unwrap(),
        sample_ids(&store, &Filter::default()),
    );
    assert_eq!(before.1, after.1);
    assert_eq!(before.0.samples, after.0.samples);
    assert_eq!(before.0.files, after.0.files);
}

#[test]
fn a_program_found_twice_comes_from_the_first_source_in_whatever_order_it_was_put() {
    let (first, mut second) = (world("w0", "c1", 1), world("w1", "c1", 1));
    let (name, text) = ("w0_0", fixture::text_of("w0_0"));
    let (file, _) = &second.files[0];
    second.chains = vec![fixture::chain(file, &second.source, name, &text, 3)];
    let look = |order: &[&World]| {
        let (_folder, path) = place();
        let mut store = Store::create_or_open(&path).unwrap();
        for world in order {
            world.put_source(&mut store);
            world.put_extraction(&mut store);
        }
        make_current(&mut store, &[&first, &second]);
        let program = store.programs().unwrap()[0];
        (
            store.program(program).unwrap(),
            store.calls_of(program).unwrap(),
            store.programs().unwrap(),
        )
    };
    let one = look(&[&first, &second]);
    assert_eq!(one, look(&[&second, &first]));
    assert_eq!(one.0.file, first.files[0].0.id);
    assert_eq!(one.1.len(), 3, "the calls of both sources");
    assert_eq!(one.2.len(), 1);
}

#[test]
fn filters_choose_by_kind_split_licence_and_number() {
    let (_folder, path) = place();
    let worlds = [
        world("w0", "c1", 3),
        world("w1", "c1", 3),
        world("w2", "c1", 3),
    ];
    let store = store_of(&path, &worlds.iter().collect::<Vec<_>>());
    let all = sample_ids(&store, &Filter::default());
    assert_eq!(all.len(), 180);
    assert!(all.is_sorted());
    let filter = Filter {
        kinds: vec![SampleKind::Path, SampleKind::Count],
        splits: vec![Split::Test],
        license: LicensePolicy::Permissive,
        ..Filter::default()
    };
    assert_eq!(sample_ids(&store, &filter).len(), 8);
    let limited = Filter {
        limit: Some(5),
        ..Filter::default()
    };
    assert_eq!(sample_ids(&store, &limited), all[..5]);
}

#[test]
fn the_same_question_of_two_programs_is_given_once() {
    let (_folder, path) = place();
    let mut world = world("w0", "c1", 2);
    let copy = world.chains[0].samples[0].clone();
    world.chains[1].samples[0].sample = copy.sample.clone();
    let mut twice = copy;
    twice.linked_runs = vec![];
    world.chains[0].samples.push(twice);
    let store = store_of(&path, &[&world]);
    let ids = sample_ids(&store, &Filter::default());
    assert_eq!(ids.len(), 39);
    let summary = store.summary().unwrap();
    assert_eq!(summary.samples_total(), 39);
    let duplicate = |drop: &&tracestone_store::DropCount| drop.reason == Reason::DuplicateSample;
    assert_eq!(summary.drops.iter().find(duplicate).unwrap().count, 1);
}

#[test]
fn the_summary_counts_everything() {
    let (_folder, path) = place();
    let worlds = [world("w0", "c1", 3), world("w1", "c1", 3)];
    let mut store = store_of(&path, &worlds.iter().collect::<Vec<_>>());
    let failure = Dropped::new(Reason::SourceFailed, "w9", "no such host");
    store.put_failed_source("w9", &failure).unwrap();
    let summary = store.summary().unwrap();
    assert_eq!(
        (summary.sources, summary.failed_sources, summary.files),
        (2, 1, 6)
    );
    assert_eq!(summary.permissive_files, 4);
    assert_eq!(summary.licenses["GPL-3.0-only"], 2);
    assert_eq!(summary.units["function"], 6);
    assert_eq!((summary.programs, summary.programs_with_calls), (6, 6));
    assert_eq!((summary.programs_verified, summary.runs_verified), (6, 12));
    assert_eq!(summary.calls["doctest"], 12);
    assert_eq!(summary.runs["returned"]["verified"], 12);
    assert_eq!(summary.samples_total(), 120);
    assert_eq!(summary.samples[&SampleKind::Count][&Split::Train], 6);
    let drops: Vec<_> = summary
        .drops
        .iter()
        .map(|drop| (drop.reason, drop.count))
        .collect();
    let expected = [
        (Reason::SourceFailed, 1),
        (Reason::Binary, 2),
        (Reason::NeedsPackage, 2),
        (Reason::TimedOut, 6),
        (Reason::Trivial, 6),
    ];
    assert_eq!(drops, expected);
    assert_eq!(summary.drops[0].examples, [failure]);
    assert_eq!(summary.drops[3].examples.len(), 5);
    assert!(summary.drops[3].examples.is_sorted());
    assert!(serde_json::to_string(&summary).is_ok());
}

#[test]
fn a_failure_lasts_until_a_crawl_without_it_ends() {
    let (_folder, path) = place();
    let world = world("w0", "c1", 1);
    let mut store = store_of(&path, &[&world]);
    let failure = Dropped::new(Reason::SourceFailed, "w9", "no such host");
    store.put_failed_source("w9", &failure).unwrap();
    make_current(&mut store, &[&world]);
    assert_eq!(store.summary().unwrap().failed_sources, 1);
    make_current(&mut store, &[&world]);
    assert_eq!(store.summary().unwrap().failed_sources, 0);
}

#[test]
fn identifiers_are_looked_up_by_their_first_digits() {
    let (_folder, path) = place();
    let world = world("w0", "c1", 10);
    let store = store_of(&path, &[&world]);
    let ids = sample_ids(&store, &Filter::default());
    let first = &ids[0][..1];
    let Err(StoreError::Ambiguous { candidates, .. }) = store.sample(first) else {
        panic!("200 samples share 16 first digits");
    };
    assert!(candidates.iter().all(|id| id.starts_with(first)));
    let unused: String = ids[0].chars().rev().collect();
    assert!(matches!(
        store.sample(&unused),
        Err(StoreError::NotFound { .. })
    ));
    for bad in ["", "xyz", &"a".repeat(33), "é"] {
        assert!(
            matches!(store.sample(bad), Err(StoreError::BadPrefix(_))),
            "{bad}"
        );
    }
}

#[test]
fn hidden_sources_are_listed_and_pruned() {
    let (_folder, path) = place();
    let [old, new, other] =
        [("w0", "c0"), ("w0", "c1"), ("w1", "c1")].map(|(name, commit)| world(name, commit, 3));
    let mut store = store_of(&path, &[&old, &other]);
    assert_eq!(store.hidden_sources().unwrap(), []);
    new.put(&mut store);
    make_current(&mut store, &[&new]);
    let hidden = store.hidden_sources().unwrap();
    let named: Vec<_> = hidden
        .iter()
        .map(|source| {
            (
                source.name.as_str(),
                source.commit.as_deref(),
                source.programs,
            )
        })
        .collect();
    assert_eq!(named, [("w0", Some("c0"), 3), ("w1", Some("c1"), 3)]);
    let before = sample_ids(&store, &Filter::default());
    let summary = store.summary().unwrap();
    let pruned = store.prune().unwrap();
    assert_eq!(pruned.sources, 2);
    assert!(pruned.samples > 0 && pruned.runs > 0 && pruned.files > 0);
    assert_eq!(store.hidden_sources().unwrap(), []);
    assert_eq!(sample_ids(&store, &Filter::default()), before);
    assert_eq!(store.summary().unwrap(), summary);
    assert_eq!(store.prune().unwrap().sources, 0);
    drop(store);
    let plain = rusqlite::Connection::open(&path).unwrap();
    let mut statement = plain.prepare("PRAGMA foreign_key_check").unwrap();
    assert!(!statement.exists([]).unwrap());
    for (table, column) in [
        ("runs", "program"),
        ("samples", "program"),
        ("program_texts", "program"),
    ] {
        let sql = format!(
            "SELECT count(*) FROM {table} WHERE NOT EXISTS (SELECT 1 FROM programs WHERE id = {table}.{column})"
        );
        let lost: i64 = plain.query_row(&sql, [], |row| row.get(0)).unwrap();
        assert_eq!(lost, 0, "{table}");
    }
}

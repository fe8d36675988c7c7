//! Stores that another process writes, that were killed, or that have another layout.

use super::*;

#[test]
fn a_second_writer_is_told_who_has_the_store_and_readers_are_not_kept_out() {
    let (_folder, path) = place();
    let world = world("w0", "c1", 1);
    let mut store = store_of(&path, &[&world]);
    let error = Store::create_or_open(&path).unwrap_err();
    assert!(
        matches!(&error, StoreError::Locked { holder, .. }
        if *holder == std::process::id().to_string()),
        "{error}"
    );
    let mut reader = Store::open_read_only(&path).unwrap();
    assert_eq!(reader.programs().unwrap().len(), 1);
    assert!(matches!(
        reader.set_meta("a", "b"),
        Err(StoreError::ReadOnly { .. })
    ));
    store.set_meta("a", "b").unwrap();
    assert_eq!(reader.meta("a").unwrap().as_deref(), Some("b"));
    drop(store);
    Store::create_or_open(&path).unwrap();
}

#[test]
fn what_is_not_a_store_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    assert!(matches!(
        Store::open_read_only(&at("none")),
        Err(StoreError::Missing { .. })
    ));
    std::fs::write(
        at("text"),
        "some text that is long enough to be read as a header".repeat(20),
    )
    .unwrap();
    assert!(matches!(
        Store::open_read_only(&at("text")),
        Err(StoreError::NotAStore { .. })
    ));
    assert!(matches!(
        Store::create_or_open(&at("text")),
        Err(StoreError::NotAStore { .. })
    ));
    std::fs::write(at("empty"), "").unwrap();
    assert!(matches!(
        Store::open_read_only(&at("empty")),
        Err(StoreError::NotAStore { .. })
    ));
    let other = rusqlite::Connection::open(at("other")).unwrap();
    other.execute_batch("CREATE TABLE t (x)").unwrap();
    assert!(matches!(
        Store::create_or_open(&at("other")),
        Err(StoreError::NotAStore { .. })
    ));
    assert!(matches!(
        Store::open_read_only(folder.path()),
        Err(StoreError::Open { .. })
    ));
    let below_a_file = at("text").join("data.db");
    assert!(matches!(
        Store::create_or_open(&below_a_file),
        Err(StoreError::Io { .. })
    ));
}

#[test]
fn newer_and_older_layouts_are_told_apart() {
    let (_folder, path) = place();
    drop(store_of(&path, &[]));
    let set = |layout: u32| {
        let connection = rusqlite::Connection::open(&path).unwrap();
        connection
            .pragma_update(None, "user_version", layout)
            .unwrap();
    };
    set(1000);
    assert!(matches!(
        Store::open_read_only(&path),
        Err(StoreError::Newer { found: 1000, .. })
    ));
    assert!(matches!(
        Store::create_or_open(&path),
        Err(StoreError::Newer { found: 1000, .. })
    ));
}

#[test]
fn a_store_that_cannot_be_written_beside_can_be_read() {
    let (_folder, path) = place();
    let world = world("w0", "c1", 1);
    drop(store_of(&path, &[&world]));
    let parent = path.parent().unwrap();
    let files: Vec<_> = std::fs::read_dir(parent)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(files, ["data?.db"], "nothing else is left behind");
    let writable = std::fs::metadata(parent).unwrap().permissions();
    let mut sealed = writable.clone();
    sealed.set_readonly(true);
    std::fs::set_permissions(parent, sealed).unwrap();
    let store = Store::open_read_only(&path).unwrap();
    assert_eq!(store.programs().unwrap().len(), 1);
    std::fs::set_permissions(parent, writable).unwrap();
}

/// The test binary starts itself as a writer that puts one program after the other, and kills it.
#[test]
fn a_killed_writer_leaves_whole_transactions() {
    const VARIABLE: &str = "TRACESTONE_TEST_WRITER";
    let world = world("w0", "c1", 300);
    if let Some(path) = std::env::var_os(VARIABLE) {
        let mut store = Store::create_or_open(path.as_ref()).unwrap();
        world.put_source(&mut store);
        world.put_extraction(&mut store);
        make_current(&mut store, &[&world]);
        for (key, program, rows, dropped) in world.sample_batch() {
            store.put_samples(&[(key, program, rows, dropped)]).unwrap();
        }
        return;
    }
    let (_folder, path) = place();
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut child = std::process::Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "access::a_killed_writer_leaves_whole_transactions",
        ])
        .env(VARIABLE, &path)
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let written = |minimum: usize| {
        Store::open_read_only(&path)
            .and_then(|store| store.summary())
            .is_ok_and(|summary| summary.samples_total() as usize >= minimum)
    };
    while !written(20) && child.try_wait().unwrap().is_none() {
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let mut store = Store::create_or_open(&path).unwrap();
    let summary = store.summary().unwrap();
    let done = |chain: &&fixture::Chain| store.is_done(Stage::Sample, &sample_key(chain)).unwrap();
    let finished = world.chains.iter().filter(done).count() as u64;
    assert!(finished >= 1);
    assert_eq!(
        summary.samples_total(),
        finished * 20,
        "a program is there whole or not at all"
    );
    world.put_samples(&mut store);
    assert_eq!(store.summary().unwrap().samples_total(), 6000);
}

#[test]
fn plain_sql_reads_what_an_export_writes() {
    let (_folder, path) = place();
    let worlds = [world("w0", "c1", 4), world("w1", "c1", 4)];
    let store = store_of(&path, &[&worlds[0], &worlds[1]]);
    let plain = rusqlite::Connection::open(&path).unwrap();
    let mut statement = plain
        .prepare(
            "SELECT id, kind, split, source, path, license, permissive, program, setup, call, \
             question, prompt, answer, rationale, facts, provenance FROM questions ORDER BY id",
        )
        .unwrap();
    let mut rows = statement.query([]).unwrap();
    let mut seen = 0;
    store
        .samples(&Filter::default(), |row| {
            let found = rows.next().unwrap().expect("a row for each sample");
            let text = |column: usize| found.get::<_, String>(column).unwrap();
            let sample = row.sample;
            assert_eq!(text(0), sample.id.to_string());
            assert_eq!(text(1), sample.kind.name());
            assert_eq!(text(2), sample.split.name());
            assert!(["w0", "w1"].contains(&text(3).as_str()));
            assert_eq!(text(4), sample.provenance.path);
            assert_eq!(text(5), sample.provenance.license);
            assert_eq!(
                found.get::<_, bool>(6).unwrap(),
                sample.provenance.permissive
            );
            assert_eq!(text(7), sample.program);
            assert_eq!(text(8), sample.setup);
            assert_eq!(text(9), sample.call);
            assert_eq!(text(10), serde_json::to_string(&sample.question).unwrap());
            assert_eq!(text(11), sample.prompt);
            assert_eq!(text(12), sample.answer);
            assert_eq!(text(13), sample.rationale);
            assert_eq!(text(14), serde_json::to_string(&sample.facts).unwrap());
            seen += 1;
            ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!(seen, 160);
    assert!(rows.next().unwrap().is_none());
}

#[test]
fn samples_of_an_older_store_are_still_read() {
    let (_folder, path) = place();
    let world = world("w0", "c1", 2);
    let store = store_of(&path, &[&world]);
    let expected = sample_ids(&store, &Filter::default());
    let rows: Vec<_> = world
        .chains
        .iter()
        .flat_map(|chain| &chain.samples)
        .collect();
    drop(store);
    // As layout 1 had them: the whole record in the payload, and no other texts.
    let plain = rusqlite::Connection::open(&path).unwrap();
    for row in &rows {
        let json = serde_json::to_vec(&row.sample).unwrap();
        let packed = zstd::bulk::compress(&json, 1).unwrap();
        plain
            .execute(
                "UPDATE samples SET payload = ?2 WHERE id = ?1",
                (row.sample.id.as_bytes(), packed),
            )
            .unwrap();
    }
    plain
        .execute_batch(
            "DROP TRIGGER sample_facts_follow; DROP INDEX samples_at_a_glance;
             DROP TABLE sample_facts; DROP TABLE marks; DROP TABLE clusters; DROP TABLE benchmarks;
             DROP TABLE tombstones; DROP TABLE behaviours;
             DROP VIEW questions; DROP TABLE program_texts; DROP TABLE tree_files; DROP TABLE test_reports;
             ALTER TABLE programs DROP COLUMN module;
             ALTER TABLE samples DROP COLUMN setup; ALTER TABLE samples DROP COLUMN call;
             ALTER TABLE samples DROP COLUMN question; ALTER TABLE samples DROP COLUMN facts;
             ALTER TABLE samples DROP COLUMN prompt_before; ALTER TABLE samples DROP COLUMN prompt_after;
             ALTER TABLE samples DROP COLUMN answer; ALTER TABLE samples DROP COLUMN rationale;
             ALTER TABLE samples DROP COLUMN other_answers;
             PRAGMA user_version = 1;",
        )
        .unwrap();
    drop(plain);
    let error = Store::open_read_only(&path).unwrap_err();
    assert!(
        matches!(error, StoreError::Older { found: 1, .. }),
        "{error}"
    );
    drop(Store::open(&path).unwrap());
    let store = Store::open_read_only(&path).unwrap();
    assert_eq!(sample_ids(&store, &Filter::default()), expected);
    for row in rows {
        assert_eq!(store.sample(&row.sample.id.to_string()).unwrap(), *row);
    }
}

#[test]
fn a_query_ends_when_it_is_told_to_stop() {
    let (_folder, path) = place();
    let worlds: Vec<_> = (0..4)
        .map(|number| world(&format!("w{number}"), "c1", 40))
        .collect();
    drop(store_of(&path, &worlds.iter().collect::<Vec<_>>()));
    let mut store = Store::open_read_only(&path).unwrap();
    store.stop_when(|| true).unwrap();
    assert!(matches!(store.summary(), Err(StoreError::Stopped)));
    store.stop_when(|| false).unwrap();
    assert!(store.summary().unwrap().samples_total() > 0);
}

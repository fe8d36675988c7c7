//! Repositories and archives that are made to cost, and machines on which something is not as usual.

use std::fs;
use std::io::Write as _;
use std::ops::ControlFlow;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tracestone_crawl::{Corpus, Kept, Settings, SourceOutcome, Surroundings};
use tracestone_record::{Reason, SourceId};

use crate::support::{Events, Outcome, Place, Repository, dropped, failure, in_child, paths};

fn git_source(repository: &Repository) -> String {
    format!(
        "[[source]]\nkind = \"git\"\nurl = \"{}\"\nname = \"r\"\n",
        repository.url()
    )
}

#[test]
fn a_sha_256_repository_is_named_as_one() {
    let place = Place::new();
    let path = place.root.join("r");
    let git = |arguments: &[&str]| {
        let done = Command::new("git")
            .current_dir(&place.root)
            .args(arguments)
            .output()
            .unwrap();
        assert!(done.status.success(), "{done:?}");
    };
    git(&["init", "--quiet", "--object-format=sha256", "r"]);
    place.write("r/a.py", "x = 1\n");
    let path = path.display().to_string();
    git(&["-C", &path, "add", "."]);
    let who = ["-c", "user.name=a", "-c", "user.email=a@example.org"];
    git(&[&["-C", &path][..], &who, &["commit", "--quiet", "-m", "x"]].concat());
    for url in [path.clone(), format!("file://{path}")] {
        let text = format!("[[source]]\nkind = \"git\"\nurl = \"{url}\"\n");
        let error = failure(&place.crawl(&text)[0]);
        assert!(error.contains("is a SHA-256 repository"), "{error}");
    }
}

#[test]
fn lfs_pointers_are_named_as_what_they_are() {
    let place = Place::new();
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 12345\n";
    place.write("lib/a.py", "x = 1\n");
    place.write("lib/b.py", pointer);
    let crawled = place.read("[[source]]\nkind = \"dir\"\nname = \"d\"\npath = \"lib\"\n");
    assert_eq!(paths(&crawled), ["a.py"]);
    assert_eq!(
        dropped(&crawled, Reason::LfsPointer),
        [("d: b.py", "its 12345 bytes are kept in Git LFS")]
    );
}

#[test]
fn remote_helpers_are_refused_whatever_their_names() {
    let place = Place::new();
    for url in ["testgit+x::foo", "a.b::c", "testgit://foo"] {
        let text = format!("name = \"x\"\n[[source]]\nkind = \"git\"\nurl = \"{url}\"\n");
        match Corpus::parse(&text, &place.root.join("corpus.toml")) {
            Err(error) => assert!(
                error.to_string().contains("could make git run a program"),
                "{error}"
            ),
            Ok(_) => {
                let text = format!("[[source]]\nkind = \"git\"\nurl = \"{url}\"\n");
                let error = failure(&place.crawl(&text)[0]);
                assert!(error.contains("it could run a program"), "{error}");
            }
        }
    }
}

#[test]
fn nested_trees_with_long_names_are_refused_before_they_cost() {
    let place = Place::new();
    let repository = Repository::create(&place.root.join("r"));
    let blob = repository.git.blob(b"x = 1\n").unwrap();
    let mut builder = repository.git.treebuilder(None).unwrap();
    builder.insert("m.py", blob, 0o100_644).unwrap();
    let mut tree = builder.write().unwrap();
    // Eight entries a level, each the same subtree: 8^7 files with paths of 1,400 bytes.
    for _ in 0..7 {
        let mut builder = repository.git.treebuilder(None).unwrap();
        for entry in 0..8 {
            let name = format!("{entry}{}", "n".repeat(199));
            builder.insert(name, tree, 0o040_000).unwrap();
        }
        tree = builder.write().unwrap();
    }
    repository.commit_tree("main", tree);
    let begin = Instant::now();
    let error = failure(&place.crawl(&git_source(&repository))[0]);
    assert!(error.contains("its paths are more than 64 MiB"), "{error}");
    assert!(begin.elapsed() < Duration::from_secs(20));
}

#[test]
fn a_path_that_is_too_long_is_named_by_its_beginning() {
    let place = Place::new();
    let repository = Repository::create(&place.root.join("r"));
    let blob = repository.git.blob(b"x = 1\n").unwrap();
    let mut builder = repository.git.treebuilder(None).unwrap();
    builder.insert("a.py", blob, 0o100_644).unwrap();
    builder
        .insert(format!("{}.py", "b".repeat(60_000)), blob, 0o100_644)
        .unwrap();
    repository.commit_tree("main", builder.write().unwrap());
    let crawled = place.read(&git_source(&repository));
    assert_eq!(paths(&crawled), ["a.py"]);
    let all = format!("{:?}", crawled.dropped);
    assert!(all.len() < 2000, "{}", all.len());
    assert!(all.contains("the path has 60003 bytes"), "{all}");
}

/// An archive in the cache, as pip would have left it.
fn cached(place: &Place, content: &[u8]) {
    let folder = place.cache().join("sdist/demo==1.0");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("demo-1.0.tar.gz"), content).unwrap();
}

/// A gzip archive with one entry of zeros.
fn bomb(bytes: u64, kind: tar::EntryType) -> Vec<u8> {
    let mut stream = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let mut header = tar::Header::new_gnu();
    header.set_path("demo-1.0/zeros.bin").unwrap();
    header.set_size(bytes);
    header.set_entry_type(kind);
    header.set_mode(0o644);
    header.set_cksum();
    stream.write_all(header.as_bytes()).unwrap();
    let zeros = vec![0; 1 << 20];
    for _ in 0..bytes.div_ceil(1 << 20) {
        stream.write_all(&zeros).unwrap();
    }
    stream.write_all(&[0; 1024]).unwrap();
    stream.finish().unwrap()
}

#[test]
fn an_archive_is_measured_before_it_is_unpacked() {
    let place = Place::new();
    let sdist = "[[source]]\nkind = \"sdist\"\npackage = \"demo==1.0\"\n";
    let mut archive = bomb(200 << 20, tar::EntryType::Regular);
    let packed = archive.len();
    cached(&place, &archive);
    let error = failure(&place.crawl(sdist)[0]);
    let expected = format!(
        "its archive of {packed} bytes unpacks to {} bytes",
        (200 << 20) + 1536
    );
    assert!(error.contains(&expected), "{error}");
    // One that says of itself that it is small is stopped where it is not.
    let end = archive.len() - 4;
    archive[end..].copy_from_slice(&100_u32.to_le_bytes());
    cached(&place, &archive);
    let error = failure(&place.crawl(sdist)[0]);
    assert!(error.contains("unpacks to more than"), "{error}");
    // A name is read into memory before it can be looked at.
    cached(&place, &bomb(30 << 20, tar::EntryType::GNULongName));
    let error = failure(&place.crawl(sdist)[0]);
    assert!(error.contains("a file name of 31457280 bytes"), "{error}");
}

#[test]
fn a_folder_for_temporary_files_that_cannot_be_written_is_named() {
    in_child(
        "hostile::a_folder_for_temporary_files_that_cannot_be_written_is_named",
        |_| vec![("TMPDIR", "/proc/1/nowhere".to_owned())],
        |place| {
            let text = "[[source]]\nkind = \"git\"\nurl = \"https://example.invalid/a/b\"\n";
            let error = failure(&place.crawl(text)[0]);
            assert!(
                error.contains("/proc/1/nowhere") && error.contains("TMPDIR"),
                "{error}"
            );
            assert!(!error.contains("install git"), "{error}");
        },
    );
}

/// Crawls a corpus with these settings and surroundings, and says what became of its sources.
fn crawl(
    place: &Place,
    text: &str,
    cache: bool,
    interrupted: &(dyn Fn() -> bool + Sync),
) -> Vec<String> {
    let text = format!("name = \"x\"\n{text}");
    let corpus = Corpus::parse(&text, &place.root.join("corpus.toml")).unwrap();
    let settings = Settings {
        cache: cache.then(|| place.cache()),
        python: "python3".into(),
        jobs: 2,
        offline: false,
        environments: None,
        more_pythons: Vec::new(),
    };
    let around = Surroundings {
        known: &|_| false,
        kept: &|_, _| None,
        progress: &Events::default(),
        interrupted,
    };
    let mut outcomes = Vec::new();
    tracestone_crawl::crawl(&corpus, &settings, &around, &mut |outcome| {
        outcomes.push(match outcome {
            SourceOutcome::Read(mut reading) => {
                let count = reading.by_ref().count();
                format!("{count} files, whole: {}", reading.take_dropped().is_some())
            }
            SourceOutcome::Failed { error, .. } => error.to_string(),
            SourceOutcome::Unchanged(_) => "unchanged".to_owned(),
        });
        ControlFlow::Continue(())
    });
    outcomes
}

#[test]
fn folders_need_no_cache() {
    let place = Place::new();
    place.write("lib/a.py", "x = 1\n");
    let text = "[[source]]\nkind = \"dir\"\npath = \"lib\"\n[[source]]\nkind = \"git\"\nurl = \"https://example.invalid/a\"\n";
    let outcomes = crawl(&place, text, false, &|| false);
    assert_eq!(outcomes[0], "1 files, whole: true");
    assert!(outcomes[1].contains("HOME is not set"), "{outcomes:?}");
}

#[test]
fn an_interrupt_ends_a_fetch_that_waits() {
    // A server that takes the connection and never answers.
    let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let place = Place::new();
    let url = format!("git://{}/a/b", server.local_addr().unwrap());
    let text = format!("[[source]]\nkind = \"git\"\nurl = \"{url}\"\n");
    let interrupted = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let crawling =
            scope.spawn(|| crawl(&place, &text, true, &|| interrupted.load(Ordering::SeqCst)));
        std::thread::sleep(Duration::from_millis(500));
        assert!(!crawling.is_finished());
        let begin = Instant::now();
        interrupted.store(true, Ordering::SeqCst);
        assert_eq!(crawling.join().unwrap(), [""; 0]);
        assert!(
            begin.elapsed() < Duration::from_secs(2),
            "{:?}",
            begin.elapsed()
        );
    });
}

#[test]
fn an_interrupt_ends_a_source_in_the_middle_and_it_is_not_whole() {
    let place = Place::new();
    for file in 0..50 {
        place.write(&format!("lib/m{file}.py"), format!("x = {file}\n"));
    }
    let text = "[[source]]\nkind = \"dir\"\npath = \"lib\"\n";
    let asked = std::sync::atomic::AtomicUsize::new(0);
    // Listing and selecting ask for each of 50 files, and so does reading.
    let outcomes = crawl(&place, text, true, &|| {
        asked.fetch_add(1, Ordering::SeqCst) > 120
    });
    assert_eq!(outcomes.len(), 1);
    assert!(outcomes[0].ends_with("whole: false"), "{outcomes:?}");
}

#[test]
fn a_source_that_cannot_be_read_keeps_its_last_version_and_its_files() {
    let mut place = Place::new();
    place.write("lib/shared.py", "x = 1\n");
    place.write("lib/own.py", "y = 1\n");
    let id = SourceId::of(&[b"x"]);
    let blob = tracestone_crawl::blob_id(b"x = 1\n").unwrap();
    place.kept = Some(Kept {
        id,
        files: vec![("a.py".to_owned(), blob)],
    });
    let text = "[[source]]\nkind = \"git\"\nurl = \"missing\"\nname = \"gone\"\n[[source]]\nkind = \"dir\"\npath = \"lib\"\nname = \"d\"\n";
    let mut outcomes = place.crawl(text);
    assert!(matches!(outcomes[0], Outcome::Failed { kept: Some(kept), .. } if kept == id));
    let crawled = crate::support::read(outcomes.remove(1));
    assert_eq!(paths(&crawled), ["own.py"]);
    assert_eq!(
        dropped(&crawled, Reason::DuplicateFile),
        [("d: shared.py", "the same as gone: a.py")]
    );
}

//! Folders and the standard library: which files are used, and what is known of them.

use std::fs;
use std::os::unix::fs::symlink;

use tracestone_crawl::{SourceOutcome, Surroundings};
use tracestone_record::{FileFlag, LicenseMethod, Reason, SourceKind};

use crate::support::{Place, dropped, failure, paths, unchanged};

const DIR: &str = "[[source]]\nkind = \"dir\"\nname = \"d\"\npath = \"lib\"\n";
const MIT: &str = include_str!("../../../../LICENSE-MIT");

#[test]
fn packages_keep_what_they_need_when_they_run() {
    let place = Place::new();
    place.write(
        "lib/pyproject.toml",
        "[tool.setuptools_scm]\nwrite_to = \"pkg/_version.py\"\n",
    );
    place.write("lib/pkg/__init__.py", "");
    place.write("lib/pkg/core.py", "a = 1\n");
    place.write("lib/pkg/copy.py", "a = 1\n");
    place.write("lib/pkg/data/table.txt", "one\n");
    place.write("lib/pkg/data/large.bin", vec![0; (1 << 20) + 1]);
    place.write("lib/notes.txt", "n");
    place.write("lib/tests/test_core.py", "t = 1\n");
    place.write("outside/secret.py", "s = 1\n");
    symlink(
        place.root.join("outside/secret.py"),
        place.root.join("lib/pkg/link.py"),
    )
    .unwrap();
    let text = format!("{DIR}exclude = [\"tests/**\"]\n");
    let crawled = place.read(&text);
    let kept: Vec<(&str, bool)> = crawled
        .tree
        .iter()
        .map(|file| (file.path.as_str(), file.made))
        .collect();
    // Whatever the corpus wants of them; no links, and nothing that only lies about.
    assert_eq!(
        kept,
        [
            ("pkg/__init__.py", false),
            ("pkg/copy.py", false),
            ("pkg/core.py", false),
            ("pkg/data/table.txt", false),
            ("pyproject.toml", false),
            ("tests/test_core.py", false),
            ("pkg/_version.py", true),
        ]
    );
    assert_eq!(dropped(&crawled, Reason::NotInTree).len(), 1);
    // Another table is another source.
    place.write("lib/pkg/data/table.txt", "two\n");
    assert_ne!(place.read(&text).source.id, crawled.source.id);
}

#[test]
fn files_are_sorted_out_with_reasons() {
    let place = Place::new();
    place.write("lib/b.py", "b = 1\n");
    place.write("lib/a.py", "a = 1\n");
    place.write("lib/copy.py", "a = 1\n");
    place.write("lib/empty.py", "");
    place.write("lib/binary.py", b"x = '\0'\n");
    place.write("lib/large.py", "# large\n".repeat(20));
    place.write("lib/old/c.py", "c = 1\n");
    place.write("lib/notes.txt", "n");
    place.write("lib/.git/hook.py", "g = 1\n");
    place.write("lib/__pycache__/a.py", "p = 1\n");
    place.write("lib/env/pyvenv.cfg", "home = x\n");
    place.write("lib/env/lib/x.py", "x = 1\n");
    place.write("outside/secret.py", "s = 1\n");
    symlink(
        place.root.join("outside/secret.py"),
        place.root.join("lib/link.py"),
    )
    .unwrap();
    symlink(place.root.join("outside"), place.root.join("lib/linked")).unwrap();
    let text = format!("{DIR}exclude = [\"old/**\"]\nmax_file_bytes = 100\n");
    let crawled = place.read(&text);
    assert_eq!(paths(&crawled), ["a.py", "b.py"]);
    let drops = |reason| dropped(&crawled, reason);
    assert_eq!(
        drops(Reason::DuplicateFile),
        [("d: copy.py", "the same as d: a.py")]
    );
    assert_eq!(drops(Reason::EmptyFile), [("d: empty.py", "")]);
    assert_eq!(
        drops(Reason::Binary),
        [("d: binary.py", "holds a NUL byte")]
    );
    assert_eq!(drops(Reason::TooLarge), [("d: large.py", "160 bytes")]);
    assert_eq!(drops(Reason::NotARegularFile), [("d: link.py", "")]);
    assert_eq!(
        drops(Reason::NotSelected),
        [
            ("d", "2 files do not match **/*.py"),
            ("d: env", "a virtual environment"),
            ("d: old/c.py", "matches `exclude`"),
        ]
    );
}

#[test]
fn a_folder_is_known_by_its_content() {
    let mut place = Place::new();
    place.write("lib/a.py", "a = 1\n");
    let first = place.read(DIR);
    assert_eq!(first.source.kind, SourceKind::Dir);
    assert_eq!(first.source.origin, "lib");
    assert_eq!(first.source.commit, None);
    place.known.insert(first.source.id);
    // What is not selected changes nothing.
    place.write("lib/notes.txt", "n");
    assert_eq!(unchanged(&place.crawl(DIR)[0]).id, first.source.id);
    // A licence does.
    place.write("lib/LICENSE", MIT);
    let second = place.read(DIR);
    assert_ne!(second.source.id, first.source.id);
    place.write("lib/a.py", "a = 2\n");
    assert_ne!(place.read(DIR).source.id, second.source.id);
}

#[test]
fn licences_come_from_headers_files_metadata_and_the_corpus() {
    let place = Place::new();
    place.write("lib/pkg/LICENSE", MIT);
    place.write("lib/pkg/a.py", "a = 1\n");
    place.write(
        "lib/pkg/b.py",
        "# SPDX-License-Identifier: GPL-3.0-or-later\nb = 1\n",
    );
    place.write("lib/c.py", "c = 1\n");
    let of = |text: &str, index: usize| {
        let mut crawled = place.read(text);
        crawled.files.remove(index).file.license
    };
    assert_eq!(of(DIR, 0).expression, None);
    let header = of(DIR, 2);
    assert_eq!(header.expression.as_deref(), Some("GPL-3.0-or-later"));
    assert!(!header.permissive);
    assert_eq!(header.evidence[0].method, LicenseMethod::Header);
    let file = of(DIR, 1);
    assert_eq!(file.expression.as_deref(), Some("MIT"));
    assert!(file.permissive);
    assert_eq!(file.evidence[0].path, "pkg/LICENSE");
    place.write("lib/pyproject.toml", "[project]\nlicense = \"ISC\"\n");
    let metadata = of(DIR, 0);
    assert_eq!(metadata.expression.as_deref(), Some("ISC"));
    assert_eq!(metadata.evidence[0].method, LicenseMethod::Metadata);
    let stated = of(&format!("{DIR}license = \"0BSD\"\n"), 0);
    assert_eq!(stated.expression.as_deref(), Some("0BSD"));
    assert_eq!(stated.evidence[0].method, LicenseMethod::Corpus);
}

#[test]
fn flagged_files_are_still_used() {
    let place = Place::new();
    place.write("lib/tests/test_a.py", "a = 1\n");
    place.write(
        "lib/_vendor/six.py",
        "# Generated by make, do not edit\ns = 1\n",
    );
    let crawled = place.read(DIR);
    let flags: Vec<_> = crawled
        .files
        .iter()
        .map(|file| file.file.flags.clone())
        .collect();
    assert_eq!(
        flags,
        [
            vec![FileFlag::Generated, FileFlag::Vendored],
            vec![FileFlag::Test]
        ]
    );
}

#[test]
fn a_source_that_gives_nothing_fails_and_says_why() {
    let place = Place::new();
    place.write("lib/a.txt", "a");
    assert!(failure(&place.crawl(DIR)[0]).contains("no file matches **/*.py"));
    fs::remove_dir_all(place.root.join("lib")).unwrap();
    assert!(failure(&place.crawl(DIR)[0]).contains("cannot read"));
    // Files that match and are dropped for other reasons are no failure: their reasons are told.
    place.write("lib/a.py", "");
    let crawled = place.read(DIR);
    assert_eq!(paths(&crawled), [""; 0]);
    assert_eq!(dropped(&crawled, Reason::EmptyFile).len(), 1);
}

#[test]
fn the_standard_library_is_the_interpreters() {
    let place = Place::new();
    let text = "[[source]]\nkind = \"stdlib\"\ninclude = [\"bisect.py\", \"json/*.py\", \"site-packages/**\"]\n";
    let crawled = place.read(text);
    assert_eq!(crawled.source.kind, SourceKind::Stdlib);
    let origin = &crawled.source.origin;
    assert!(
        origin.starts_with("cpython-3.") && origin.ends_with("/Lib"),
        "{origin}"
    );
    let paths = paths(&crawled);
    assert!(paths.contains(&"bisect.py") && paths.contains(&"json/decoder.py"));
    assert!(!paths.iter().any(|path| path.starts_with("site-packages")));
    let license = &crawled.files[0].file.license;
    assert_eq!(license.expression.as_deref(), Some("PSF-2.0"));
    assert!(license.permissive);
}

#[test]
fn the_starter_corpus_can_be_read_without_its_folder() {
    let corpus = tracestone_crawl::starter().unwrap();
    let settings = tracestone_crawl::Settings {
        cache: None,
        python: "python3".into(),
        jobs: 2,
        offline: true,
        environments: None,
        more_pythons: Vec::new(),
    };
    let mut sources = Vec::new();
    let around = Surroundings {
        known: &|_| false,
        kept: &|_, _| None,
        progress: &crate::support::Events::default(),
        interrupted: &|| false,
    };
    tracestone_crawl::crawl(&corpus, &settings, &around, &mut |outcome| {
        match outcome {
            SourceOutcome::Read(reading) => sources.push(reading.read_all()),
            other => panic!("{other:?}"),
        }
        std::ops::ControlFlow::Continue(())
    });
    assert_eq!(sources.len(), corpus.sources.len());
    assert!(sources.iter().all(|crawled| !crawled.files.is_empty()));
}

//! Tests of source distributions.

use std::fs;
use std::path::Path;

use tracestone_record::{LicenseMethod, Reason, SourceKind};

use crate::support::{Place, dropped, failure, in_child, paths, unchanged};

const SOURCE: &str = "[[source]]\nkind = \"sdist\"\npackage = \"demo==1.0\"\n";

/// Acts as pip does at the moment that matters: it opens the archive and then starts Python to build it.
const PIP: &str = "
import glob, os, subprocess, sys
assert sys.argv[1] == 'download' and sys.argv[-1] == 'demo==1.0', sys.argv
for flag in ('--no-deps', '--no-binary'):
    assert flag in sys.argv
archives = glob.glob(os.environ['PIP_FIND_LINKS'] + '/demo-1.0.*')
if not archives:
    sys.exit('ERROR: no demo at https://me:pa55word@example.org/simple')
open(archives[0], 'rb').close()
marker = os.environ['PIP_FIND_LINKS'] + '/built'
subprocess.run([sys.executable, '-c', 'import sys; open(sys.argv[1], \"w\")', marker])
";

fn pack(path: &Path, entries: &[(&str, &str, tar::EntryType)]) {
    let file = fs::File::create(path).unwrap();
    let stream = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
    let mut archive = tar::Builder::new(stream);
    for (name, content, kind) in entries {
        let mut header = tar::Header::new_gnu();
        // Written as bytes, because the library refuses what a hostile archive would hold.
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(*kind);
        header.set_mode(0o644);
        if *kind == tar::EntryType::Symlink {
            header.set_size(0);
            header.set_link_name(content).unwrap();
            header.set_cksum();
            archive.append(&header, std::io::empty()).unwrap();
        } else {
            header.set_size(content.len() as u64);
            header.set_cksum();
            archive.append(&header, content.as_bytes()).unwrap();
        }
    }
    archive.into_inner().unwrap().finish().unwrap();
}

/// Content of an archive whose build would leave a mark.
const DEMO: &[(&str, &str, tar::EntryType)] = &[
    (
        "demo-1.0/PKG-INFO",
        "Metadata-Version: 2.4\nName: demo\nVersion: 1.0\nLicense-Expression: MIT\n",
        tar::EntryType::Regular,
    ),
    ("demo-1.0/setup.py", SETUP, tar::EntryType::Regular),
    (
        "demo-1.0/demo/__init__.py",
        "def f():\n    return 1\n",
        tar::EntryType::Regular,
    ),
    (
        "demo-1.0/demo/link.py",
        "__init__.py",
        tar::EntryType::Symlink,
    ),
];

/// A setup script that leaves a file next to the archive when it is run.
const SETUP: &str = "import os\nopen(os.environ['PIP_FIND_LINKS'] + '/built', 'w').close()\n";

/// Additional entries of a hostile archive.
const HOSTILE: &[(&str, &str, tar::EntryType)] = &[
    ("demo-1.0/../../evil.py", "e = 1\n", tar::EntryType::Regular),
    ("/tmp/evil.py", "e = 2\n", tar::EntryType::Regular),
];

fn demo(place: &Place, more: &[(&str, &str, tar::EntryType)]) {
    fs::create_dir_all(place.root.join("index")).unwrap();
    let archive = place.root.join("index/demo-1.0.tar.gz");
    pack(&archive, &[DEMO, more].concat());
}

fn prepare(place: &Place) -> Vec<(&'static str, String)> {
    place.write("stub/pip/__init__.py", "");
    place.write("stub/pip/__main__.py", PIP);
    demo(place, HOSTILE);
    let path = |name: &str| place.root.join(name).display().to_string();
    vec![
        ("PYTHONPATH", path("stub")),
        ("PIP_FIND_LINKS", path("index")),
    ]
}

fn check(place: &mut Place, special: &[&str]) {
    let crawled = place.read(SOURCE);
    assert_eq!(crawled.source.kind, SourceKind::Sdist);
    assert_eq!(crawled.source.origin, "demo==1.0");
    assert_eq!(paths(&crawled), ["demo/__init__.py", "setup.py"]);
    let links = dropped(&crawled, Reason::NotARegularFile);
    let subjects: Vec<_> = links.iter().map(|(subject, _)| *subject).collect();
    assert_eq!(subjects, special);
    let license = &crawled.files[0].file.license;
    assert_eq!(license.expression.as_deref(), Some("MIT"));
    assert_eq!(license.evidence[0].method, LicenseMethod::Metadata);
    assert!(
        !place.root.join("index/built").exists(),
        "the package was built"
    );
    // The second time it comes from the cache.
    fs::remove_dir_all(place.root.join("index")).unwrap();
    place.known.insert(crawled.source.id);
    place.offline = true;
    unchanged(&place.crawl(SOURCE)[0]);
}

#[test]
fn the_archive_is_taken_and_nothing_is_built() {
    in_child(
        "sdist::the_archive_is_taken_and_nothing_is_built",
        prepare,
        |mut place| {
            let special = [
                "demo==1.0: /tmp/evil.py",
                "demo==1.0: demo-1.0/../../evil.py",
                "demo==1.0: demo/link.py",
            ];
            check(&mut place, &special);
        },
    );
}

#[test]
#[ignore = "needs pip, which not every Python has"]
fn the_archive_is_taken_from_the_real_pip() {
    in_child(
        "sdist::the_archive_is_taken_from_the_real_pip",
        |place| {
            demo(place, &[]);
            let links = place.root.join("index").display().to_string();
            vec![("PIP_NO_INDEX", "1".to_owned()), ("PIP_FIND_LINKS", links)]
        },
        |mut place| check(&mut place, &["demo==1.0: demo/link.py"]),
    );
}

#[test]
fn what_pip_says_is_told_without_credentials() {
    in_child(
        "sdist::what_pip_says_is_told_without_credentials",
        prepare,
        |mut place| {
            fs::remove_file(place.root.join("index/demo-1.0.tar.gz")).unwrap();
            let error = failure(&place.crawl(SOURCE)[0]);
            assert!(
                error.contains("no demo at https://example.org/simple"),
                "{error}"
            );
            place.offline = true;
            assert!(failure(&place.crawl(SOURCE)[0]).contains("not in the cache"));
        },
    );
}

#[test]
fn other_archives_and_broken_ones_are_told_apart() {
    in_child(
        "sdist::other_archives_and_broken_ones_are_told_apart",
        prepare,
        |place| {
            let index = place.root.join("index");
            fs::rename(index.join("demo-1.0.tar.gz"), index.join("demo-1.0.zip")).unwrap();
            let error = failure(&place.crawl(SOURCE)[0]);
            assert!(error.contains("no .tar.gz archive"), "{error}");
            fs::remove_file(index.join("demo-1.0.zip")).unwrap();
            place.write("index/demo-1.0.tar.gz", "this is no archive");
            let error = failure(&place.crawl(SOURCE)[0]);
            assert!(error.contains("broken archive"), "{error}");
        },
    );
}

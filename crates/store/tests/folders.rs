//! Exports and the folders they are written into: what stands there already, links, kills, stops.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod fixture;

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use fixture::place::{FORMATS, Place, bytes, filled, go_on, read, worlds};
use tracestone_store::export::{ExportError, ExportSettings, Format, export};
use tracestone_store::{Filter, Store};

#[test]
fn an_export_that_is_told_to_stop_leaves_everything_as_it_was() {
    let place = filled(&worlds());
    let (out, _) = place.export(Format::Jsonl);
    let before = bytes(&out);
    for after in [1, 100, 359, 360] {
        for name in ["jsonl", "new/folder"] {
            let settings = ExportSettings {
                out: place.out(name),
                overwrite: true,
                ..place.settings(Format::Parquet)
            };
            let seen = std::cell::Cell::new(0);
            let stopped = export(&place.store, &settings, &|step| {
                seen.set(seen.get() + step.done);
                match seen.get() >= after {
                    true => ControlFlow::Break(()),
                    false => ControlFlow::Continue(()),
                }
            });
            assert!(
                matches!(stopped, Err(ExportError::Stopped)),
                "{after} {stopped:?}"
            );
        }
        assert_eq!(bytes(&out), before);
        assert!(!place.out("new/folder").exists());
        assert_eq!(std::fs::read_dir(place.out("new")).unwrap().count(), 0);
    }
}

#[test]
fn an_occupied_folder_is_left_alone_and_an_export_is_replaced() {
    let place = filled(&worlds());
    let settings = place.settings(Format::Jsonl);
    let note = settings.out.join("notes.txt");
    std::fs::create_dir_all(&settings.out).unwrap();
    std::fs::write(&note, "mine").unwrap();
    let refused = export(&place.store, &settings, &go_on);
    assert!(matches!(refused, Err(ExportError::Occupied { .. })));
    assert_eq!(bytes(&settings.out).len(), 1);
    let overwriting = ExportSettings {
        overwrite: true,
        ..settings.clone()
    };
    export(&place.store, &overwriting, &go_on).unwrap();
    let refused = export(&place.store, &settings, &go_on);
    assert!(matches!(
        refused,
        Err(ExportError::Earlier { rows: 360, .. })
    ));
    let parquet = ExportSettings {
        format: Format::Parquet,
        ..overwriting
    };
    export(&place.store, &parquet, &go_on).unwrap();
    let files = bytes(&settings.out);
    let names = files.keys().map(String::as_str);
    let (plots, names): (Vec<_>, Vec<_>) = names.partition(|name| name.starts_with("plots/"));
    assert!(plots.contains(&"plots/kinds.svg"), "{plots:?}");
    let expected = [
        "README.md",
        "croissant.json",
        "data/test-00000-of-00001.parquet",
        "data/train-00000-of-00001.parquet",
        "data/validation-00000-of-00001.parquet",
        "manifest.json",
        "notes.txt",
    ];
    assert_eq!(
        names, expected,
        "the JSON lines are gone, what is not ours stays"
    );
    let file = ExportSettings {
        out: note,
        ..settings
    };
    assert!(matches!(
        export(&place.store, &file, &go_on),
        Err(ExportError::NotAFolder { .. })
    ));
}

#[test]
fn a_manifest_cannot_make_an_export_remove_other_files() {
    let place = filled(&worlds());
    let (out, _) = place.export(Format::Jsonl);
    let victim = place.out("victim.txt");
    std::fs::write(&victim, "keep me").unwrap();
    let manifest = std::fs::read_to_string(out.join("manifest.json")).unwrap();
    std::fs::write(
        out.join("manifest.json"),
        manifest.replace("test.jsonl", "../victim.txt"),
    )
    .unwrap();
    let settings = ExportSettings {
        overwrite: true,
        ..place.settings(Format::Jsonl)
    };
    std::fs::write(out.join("thesis.txt"), "mine").unwrap();
    export(&place.store, &settings, &go_on).unwrap();
    assert!(victim.exists());
}

#[test]
fn a_good_export_is_not_replaced_by_an_empty_one() {
    let place = filled(&worlds());
    let (out, _) = place.export(Format::Jsonl);
    let before = bytes(&out);
    let nothing = ExportSettings {
        overwrite: true,
        filter: Filter {
            limit: Some(0),
            ..Filter::default()
        },
        ..place.settings(Format::Jsonl)
    };
    let refused = export(&place.store, &nothing, &go_on);
    assert!(matches!(
        refused,
        Err(ExportError::NothingInstead { rows: 360, .. })
    ));
    assert_eq!(bytes(&out), before);
}

/// A folder with an export in it, and links in the place of some of its entries that lead out of it.
fn planted(place: &Place, links: &[(&str, &str)]) -> (PathBuf, PathBuf) {
    use std::os::unix::fs::symlink;
    let (out, _) = place.export(Format::Parquet);
    let outside = place.out("outside");
    std::fs::create_dir(&outside).unwrap();
    for name in [
        "victim",
        "test-00000-of-00001.parquet",
        "README.md",
        "manifest.json",
    ] {
        std::fs::write(outside.join(name), "keep me").unwrap();
    }
    for (name, target) in links {
        let entry = out.join(name);
        match entry.is_dir() {
            true => std::fs::remove_dir_all(&entry).unwrap(),
            false => drop(std::fs::remove_file(&entry)),
        }
        symlink(outside.join(target), entry).unwrap();
    }
    (out, outside)
}

#[test]
fn nothing_is_written_removed_or_read_through_planted_links() {
    let planted_links: &[&[(&str, &str)]] = &[
        &[("data", "")],
        &[("README.md", "README.md")],
        &[("manifest.json", "manifest.json")],
        &[("data", "."), ("README.md", "victim")],
        &[("data/test-00000-of-00001.parquet", "victim")],
        &[(".tracestone-export", "")],
        &[("train.jsonl", "victim")],
        &[("data/train-00000-of-00001.parquet", "new")],
    ];
    for links in planted_links {
        for format in FORMATS {
            for overwrite in [false, true] {
                let place = filled(&worlds()[..1]);
                let (out, outside) = planted(&place, links);
                let before = bytes(&outside);
                let settings = ExportSettings {
                    out,
                    overwrite,
                    ..place.settings(format)
                };
                let done = export(&place.store, &settings, &go_on);
                assert_eq!(
                    bytes(&outside),
                    before,
                    "{links:?} {format:?} {overwrite} {done:?}"
                );
                assert!(overwrite || done.is_err(), "{links:?} {format:?}");
            }
        }
    }
}

#[test]
fn a_killed_export_is_cleaned_up_by_the_next() {
    let place = filled(&worlds());
    let settings = place.settings(Format::Jsonl);
    // Killed before the folder was there: a staging folder lies beside it.
    let left: Vec<_> = {
        let seen = std::cell::RefCell::new(Vec::new());
        export(&place.store, &settings, &|_| {
            for entry in std::fs::read_dir(place.folder.path()).unwrap() {
                let name = entry.unwrap().file_name().to_string_lossy().into_owned();
                if name.starts_with(".tracestone") && !seen.borrow().contains(&name) {
                    seen.borrow_mut().push(name);
                }
            }
            ControlFlow::Continue(())
        })
        .unwrap();
        seen.into_inner()
    };
    assert_eq!(left.len(), 1, "{left:?}");
    std::fs::remove_dir_all(&settings.out).unwrap();
    let staging = [left[0].as_str(), ".tracestone-export-0123456789ab"].map(|name| place.out(name));
    let other = place.out(".tracestone-export-mine");
    for folder in staging.iter().chain([&other]) {
        std::fs::create_dir_all(folder.join("data")).unwrap();
        std::fs::write(folder.join("data/half.parquet"), "half").unwrap();
    }
    export(&place.store, &settings, &go_on).unwrap();
    assert!(!staging.iter().any(|folder| folder.exists()) && other.exists());
    let good = bytes(&settings.out);

    // Killed while files were moved: the manifest is gone, some files are old, some new, some missing.
    let staging = settings.out.join(".tracestone-export");
    std::fs::create_dir(&staging).unwrap();
    std::fs::rename(
        settings.out.join("manifest.json"),
        staging.join("earlier.json"),
    )
    .unwrap();
    std::fs::write(staging.join("moving"), "").unwrap();
    std::fs::remove_file(settings.out.join("test.jsonl")).unwrap();
    std::fs::write(settings.out.join("README.md"), "changed by hand").unwrap();
    std::fs::write(settings.out.join("notes.txt"), "mine").unwrap();
    let refused = export(&place.store, &settings, &go_on);
    assert!(
        matches!(refused, Err(ExportError::Occupied { .. })),
        "{refused:?}"
    );
    let names: Vec<_> = bytes(&settings.out).into_keys().collect();
    assert_eq!(
        names,
        ["README.md", "notes.txt"],
        "what is not the export's stays"
    );
    std::fs::remove_file(settings.out.join("README.md")).unwrap();
    std::fs::remove_file(settings.out.join("notes.txt")).unwrap();
    export(&place.store, &settings, &go_on).unwrap();
    assert_eq!(bytes(&settings.out), good);
}

#[test]
fn one_export_at_a_time_goes_into_a_folder() {
    let place = filled(&worlds());
    for existing in [false, true] {
        let settings = place.settings(Format::Jsonl);
        if existing {
            drop(std::fs::remove_dir_all(&settings.out));
            std::fs::create_dir(&settings.out).unwrap();
        }
        let second = std::cell::Cell::new(None);
        export(&place.store, &settings, &|_| {
            if second.take().is_none() {
                let reader = Store::open_read_only(place.store.path()).unwrap();
                let done = export(&reader, &settings, &go_on);
                assert!(matches!(done, Err(ExportError::Busy { .. })), "{done:?}");
            }
            second.set(Some(()));
            ControlFlow::Continue(())
        })
        .unwrap();
        assert_eq!(read(&settings.out).len(), 360);
    }
}

/// The folder `out` as it is when moving the export in `new` into the place of the one in `old` was killed
/// after some steps. Says `false` where there are not so many.
fn half_moved(out: &Path, old: &Path, new: &Path, steps: usize) -> bool {
    let staging = out.join(".tracestone-export");
    drop(std::fs::remove_dir_all(out));
    for folder in ["data", "plots"] {
        std::fs::create_dir_all(staging.join(folder)).unwrap();
        std::fs::create_dir_all(out.join(folder)).unwrap();
    }
    for (name, content) in bytes(old) {
        std::fs::write(out.join(name), content).unwrap();
    }
    for (name, content) in bytes(new) {
        std::fs::write(staging.join(name), content).unwrap();
    }
    let names = |folder: &Path| -> Vec<String> {
        let all = bytes(folder).into_keys();
        all.filter(|name| name != "manifest.json").collect()
    };
    let mut todo: Vec<Box<dyn Fn()>> = vec![
        Box::new(|| std::fs::write(staging.join("moving"), "").unwrap()),
        Box::new(|| {
            std::fs::rename(out.join("manifest.json"), staging.join("earlier.json")).unwrap();
        }),
    ];
    for name in names(old) {
        let path = out.join(name);
        todo.push(Box::new(move || std::fs::remove_file(&path).unwrap()));
    }
    for name in names(new).into_iter().chain(["manifest.json".to_owned()]) {
        let (from, to) = (staging.join(&name), out.join(&name));
        todo.push(Box::new(move || std::fs::rename(&from, &to).unwrap()));
    }
    todo.iter().take(steps).for_each(|step| step());
    steps <= todo.len()
}

#[test]
fn after_whichever_step_it_was_killed_the_next_export_is_whole() {
    let place = filled(&worlds());
    let (old, _) = place.export(Format::Jsonl);
    let (new, _) = place.export(Format::Parquet);
    for (old, new) in [(&old, &new), (&new, &new), (&new, &old)] {
        after_each_step(&place, old, new);
    }
}

fn after_each_step(place: &Place, old: &Path, new: &Path) {
    let out = place.out("out");
    for (steps, note) in (0..).flat_map(|steps| [(steps, false), (steps, true)]) {
        if !half_moved(&out, old, new, steps) {
            assert!(steps > 10);
            break;
        }
        let whole = out.join("manifest.json").exists();
        if note {
            std::fs::write(out.join("notes.txt"), "mine").unwrap();
        }
        let settings = ExportSettings {
            out: out.clone(),
            ..place.settings(Format::Chat)
        };
        // Where the old or the new export is whole, or something else is in the folder, --overwrite is needed.
        let without = export(&place.store, &settings, &go_on);
        assert_eq!(without.is_ok(), !whole && !note, "{steps} {without:?}");
        let settings = ExportSettings {
            overwrite: true,
            ..settings
        };
        export(&place.store, &settings, &go_on).unwrap();
        let names = bytes(&out).into_keys();
        let names: Vec<_> = names.filter(|name| !name.starts_with("plots/")).collect();
        let chat = [
            "README.md",
            "croissant.json",
            "manifest.json",
            "notes.txt",
            "test.jsonl",
            "train.jsonl",
            "validation.jsonl",
        ];
        let expected: Vec<_> = chat
            .into_iter()
            .filter(|name| note || *name != "notes.txt")
            .collect();
        assert_eq!(names, expected, "after {steps} steps");
    }
}

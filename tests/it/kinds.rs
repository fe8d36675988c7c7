//! Small programs that tell a careful recorder from a careless one (`tests/kinds`): objects that end, weak
//! references, generators, frames, warnings and more. No answer about them is false, by `verify` and by the
//! script outside the tool; what depends on who watches, or on how, has no answers.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use tracestone_record::{Sample, SampleKind};

use crate::starter::recheck_with;
use crate::support::Bench;

/// The lines that run, of programs in which a recorder that holds what it sees, or swallows what is
/// printed, shows others.
const PATHS: [(&str, &str); 4] = [
    ("del_state.py", "[8, 9, 10, 4, 11]"),
    ("generator_replaced.py", "[13, 14, 5, 6, 15, 9, 16, 17]"),
    ("weakref_callback.py", "[16, 17, 18, 12, 19, 20]"),
    ("warning_str.py", "[10, 6, 6, 11]"),
];

/// Programs without samples: they depend on something that no prompt shows.
const WITHOUT_ANSWERS: [&str; 15] = [
    "address_in_repr.py",
    "address_order.py",
    "alarm.py",
    "caught_refusal.py",
    "format_exc.py",
    "getframe_trace.py",
    "library_compares_files.py",
    "library_opens.py",
    "library_reads_lines.py",
    "library_reads_settings.py",
    "module_from_file.py",
    "module_search.py",
    "printed_surrogate.py",
    "subclasses_builtin.py",
    "thread.py",
];

/// Programs with samples: nothing that they look at differs between interpreters.
const WITH_ANSWERS: [&str; 7] = [
    "async_queue.py",
    "displayhook.py",
    "logger_local.py",
    "message_args_repr.py",
    "message_blank.py",
    "module_attribute.py",
    "str_raises.py",
];

#[test]
fn no_answer_about_programs_that_see_who_watches_is_false() {
    let bench = Bench::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/kinds");
    let corpus = format!(
        "name = \"kinds\"\n[[source]]\nkind = \"dir\"\npath = \"{}\"\nlicense = \"MIT\"\n",
        folder.display()
    );
    fs::write(bench.path("kinds.toml"), corpus).unwrap();
    bench.ok(&[
        "build",
        "kinds.toml",
        "--store",
        "kinds.db",
        "--inputs",
        "mined",
    ]);
    bench.ok(&["export", "--all", "--store", "kinds.db", "--out", "kinds"]);

    let text = bench.ok(&["verify", "--store", "kinds.db"]);
    assert!(text.contains(", 0 do not hold"), "{text}");
    // Some of them are no self-contained texts, and run as modules of the folder.
    let sources = ["--sources".into(), folder.join("..")];
    let (whole, report) = recheck_with(&sources, &[bench.path("kinds")]);
    assert!(whole, "{report}");

    let mut paths = BTreeMap::new();
    let mut programs = BTreeSet::new();
    for part in ["train", "validation", "test"] {
        let rows = fs::read_to_string(bench.path(&format!("kinds/{part}.jsonl")));
        for row in rows.unwrap_or_default().lines() {
            let sample: Sample = serde_json::from_str(row).unwrap();
            let path = sample.provenance.path.clone();
            if sample.kind == SampleKind::Path {
                paths.insert(path.clone(), sample.answer);
            }
            programs.insert(path);
        }
    }
    assert!(programs.len() >= 80, "{} programs", programs.len());
    for (program, path) in PATHS {
        assert_eq!(
            paths.get(program).map(String::as_str),
            Some(path),
            "{program}"
        );
    }
    for program in WITH_ANSWERS {
        assert!(programs.contains(program), "{program}");
    }
    for program in WITHOUT_ANSWERS {
        assert!(!programs.contains(program), "{program}");
    }
}

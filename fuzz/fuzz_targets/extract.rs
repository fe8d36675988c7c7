//! Extraction from one to three files of one source: no panic, an end, places that fit the texts,
//! lines that map back. The properties are those of the crate's own property tests, which make
//! their files from pieces of Python; here the files are any bytes.

#![no_main]

#[path = "../../crates/extract/tests/support/holds.rs"]
mod holds;
#[path = "../../crates/extract/tests/support/source.rs"]
mod source;

use libfuzzer_sys::fuzz_target;

/// A byte that no UTF-8 text holds.
const SEPARATOR: u8 = 0xff;

/// The last one is in a place where tests are looked for.
const PATHS: [&str; 3] = ["pkg/one.py", "pkg/other.py", "tests/test_one.py"];

fuzz_target!(
    init: {
        // Other threads would make the coverage of an input differ from run to run.
        rayon::ThreadPoolBuilder::new()
            .num_threads(1)
            .use_current_thread()
            .build_global()
            .expect("nothing has started the pool before");
    },
    |data: &[u8]| {
        let contents = data.splitn(PATHS.len(), |&byte| byte == SEPARATOR);
        let files: Vec<(&str, &[u8])> = PATHS.into_iter().zip(contents).collect();
        holds::check(&files, &source::extracted(&files));
    }
);

//! Python literals: reading any text ends without a panic, and what is read survives being printed
//! and read again.

#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};
use tracestone_record::{Literal, LiteralLimits};

fuzz_target!(|data: &[u8]| -> Corpus {
    let Ok(text) = std::str::from_utf8(data) else {
        return Corpus::Reject;
    };
    match Literal::parse(text, LiteralLimits::default()) {
        Ok(value) => reads_back(text, value),
        Err(error) => assert!(error.at <= text.len(), "{error}"),
    }
    Corpus::Keep
});

fn reads_back(text: &str, value: Literal) {
    let printed = value.python_repr();
    // The printed form may be longer (`\x00` for one byte), and has brackets around a complex
    // number where the text need not have any.
    let default = LiteralLimits::default();
    let limits = LiteralLimits {
        max_bytes: default.max_bytes * 16,
        max_depth: default.max_depth + 1,
        ..default
    };
    match Literal::parse(&printed, limits) {
        Ok(read) => assert_eq!(
            read.without_zero_signs(),
            value.without_zero_signs(),
            "{text:?} is printed as {printed:?}"
        ),
        Err(error) => panic!("{text:?} is printed as {printed:?}: {error}"),
    }
}

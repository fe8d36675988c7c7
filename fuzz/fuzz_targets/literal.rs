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
            without_zero_signs(read),
            without_zero_signs(value),
            "{text:?} is printed as {printed:?}"
        ),
        Err(error) => panic!("{text:?} is printed as {printed:?}: {error}"),
    }
}

/// Complex numbers lose the signs of their zeros on the way, in CPython too: `-2j` is printed as
/// `(-0-2j)`, which reads as `0-2j`.
fn without_zero_signs(value: Literal) -> Literal {
    let all = |items: Vec<Literal>| items.into_iter().map(without_zero_signs).collect();
    match value {
        // Adding 0.0 turns -0.0 into 0.0 and changes nothing else.
        Literal::Complex { real, imaginary } => Literal::Complex {
            real: real + 0.0,
            imaginary: imaginary + 0.0,
        },
        Literal::List(items) => Literal::List(all(items)),
        Literal::Tuple(items) => Literal::Tuple(all(items)),
        Literal::Set(items) => Literal::Set(all(items)),
        Literal::Dict(entries) => Literal::Dict(
            entries
                .into_iter()
                .map(|(key, value)| (without_zero_signs(key), without_zero_signs(value)))
                .collect(),
        ),
        other => other,
    }
}

//! Texts that are made to keep a reader busy.

use std::time::Instant;

use tracestone_loose::values;

#[test]
fn hostile_texts_end_soon() {
    for text in [
        "[".repeat(1 << 17),
        "{\"a\":".repeat(1 << 16),
        "[\"".repeat(1 << 17),
        "[1,".repeat(1 << 16),
        "|".repeat(1 << 17),
        "| a |\n".repeat(1 << 16),
        "[x ".repeat(1 << 16),
    ] {
        let begin = Instant::now();
        let _ = values(&text);
        let took = begin.elapsed().as_secs_f64();
        assert!(took < 10.0, "{took} s: {}", &text[..20]);
    }
}

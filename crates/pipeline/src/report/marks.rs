//! Marks of `curate`, counted by rule.

use std::fmt::Write as _;

use tracestone_record::words::number;
use tracestone_store::MarkCount;

/// A line for each rule that marks something.
#[must_use]
pub fn text(counts: &[MarkCount]) -> String {
    let mut text = String::from("\nmarked, and left out of exports by default\n");
    if counts.is_empty() {
        text.push_str("  nothing\n");
        return text.trim_end().to_owned();
    }
    let _ = writeln!(text, "  {:>9}  {:>9}", "programs", "samples");
    for count in counts {
        let _ = writeln!(
            text,
            "  {:>9}  {:>9}  {:<20} {}",
            number(count.programs),
            number(count.samples),
            count.rule.name(),
            count.rule.explanation()
        );
    }
    text.trim_end().to_owned()
}

//! Prints for each kind of question and each style how much of a prompt is its wording:
//!
//! ```text
//! tracestone export --store tracestone.db --license-policy any --out all
//! cat all/*.jsonl | cargo run -p tracestone-prompts --example boilerplate
//! ```

#![allow(clippy::print_stdout, reason = "an example that prints a table")]

use std::collections::BTreeMap;
use std::io::BufRead as _;

use tracestone_prompts::builtins;
use tracestone_record::{Sample, SampleKind};

/// Tokens of the wording, all tokens, and prompts.
type Sums = BTreeMap<(&'static str, SampleKind), (u64, u64, u64)>;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut sums = Sums::new();
    for line in std::io::stdin().lock().lines() {
        let sample: Sample = serde_json::from_str(&line?)?;
        for style in builtins() {
            let prompt = style.render(&sample)?;
            let sum = sums.entry((style.name(), sample.kind)).or_default();
            sum.0 += prompt.boilerplate;
            sum.1 += prompt.tokens;
            sum.2 += 1;
        }
    }
    let kinds: Vec<_> = SampleKind::ALL.iter().map(|kind| kind.name()).collect();
    println!("| style | {} | all | tokens |", kinds.join(" | "));
    println!("|---|{}", "--:|".repeat(kinds.len() + 2));
    for style in builtins() {
        let of = |kind: &SampleKind| {
            sums.get(&(style.name(), *kind))
                .copied()
                .unwrap_or_default()
        };
        let share = |own: u64, all: u64| format!("{:.0} %", 100.0 * own as f64 / all.max(1) as f64);
        let cells: Vec<_> = SampleKind::ALL
            .iter()
            .map(|kind| share(of(kind).0, of(kind).1))
            .collect();
        let (own, all, count) = SampleKind::ALL.iter().map(of).fold((0, 0, 0), |sum, next| {
            (sum.0 + next.0, sum.1 + next.1, sum.2 + next.2)
        });
        println!(
            "| `{}` | {} | {} | {:.0} |",
            style.name(),
            cells.join(" | "),
            share(own, all),
            own as f64 / count.max(1) as f64
        );
    }
    Ok(())
}

//! Clusters of programs from standard input, for comparisons with other software: one JSON string a line in, the
//! number of the first program of its cluster a line out. Only tokens count, no trees.
//!
//! `cargo run --release -p tracestone-curate --example cluster < programs.jsonl`

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a command for people who measure, which stops where something is wrong"
)]

use tracestone_curate::{Print, clusters};

fn main() {
    let text = std::io::read_to_string(std::io::stdin()).unwrap();
    let programs = text
        .lines()
        .map(|line| serde_json::from_str::<String>(line).unwrap());
    let prints: Vec<Print> = programs.map(|program| Print::of(&program, None)).collect();
    for root in clusters(&prints) {
        println!("{root}");
    }
}

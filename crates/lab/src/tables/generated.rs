//! Table of a dataset of Karel.

use std::path::Path;

use tracestone_karel::corpus::Corpus;
use tracestone_record::Split;
use tracestone_record::words::counted;

/// Counts of a dataset in a folder: texts, words, programs, what was left out; and the entropy of its labels.
#[must_use]
pub fn generated(corpus: &Corpus, folder: &Path) -> String {
    let of_split = |(split, count): (&Split, &u64)| {
        let path = folder.join(format!("{}.jsonl", split.name()));
        format!("{:>15}  {}", counted(*count, "text"), path.display())
    };
    let mut lines: Vec<String> = corpus.texts.iter().map(of_split).collect();
    lines.push(format!(
        "{:>9} rows of the latent ledger",
        corpus.ledger_rows
    ));
    lines.push(format!(
        "{:>9} words, {} at most in a text; a vocabulary of {}",
        corpus.words_total,
        corpus.longest,
        corpus.words.len()
    ));
    let unseen = &corpus.unseen;
    let programs = |split| unseen.programs.get(&split).copied().unwrap_or(0);
    lines.push(format!(
        "{:>9} programs to train on, {} for validation, {} for test; {} in two parts, {} of test begin with one of training",
        programs(Split::Train),
        programs(Split::Validation),
        programs(Split::Test),
        unseen.shared,
        unseen.begun
    ));
    let left_out = corpus.left_out;
    if left_out.duplicates + left_out.out_of_steps > 0 {
        lines.push(format!(
            "{:>9} left out: drawn before ({}), not over in {} steps ({})",
            left_out.duplicates + left_out.out_of_steps,
            left_out.duplicates,
            corpus.max_steps,
            left_out.out_of_steps
        ));
    }
    let comparisons = &corpus.fairness.comparisons;
    if !comparisons.is_empty() {
        lines.push("\nentropy of the labels in bits, first semantics and alternative".to_owned());
    }
    lines.extend(comparisons.iter().map(|one| {
        format!(
            "  {:<14} {:>7.3} {:>7.3}  {}",
            one.variable, one.original, one.alternative, one.semantics
        )
    }));
    lines.join("\n")
}

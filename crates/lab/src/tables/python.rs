//! Tables about Python texts.

use tracestone_interp::probe::Estimate;

use crate::{PythonCausal, PythonCorpus};

/// Counts of a dataset of Python texts, its variables, and the numbers that were left out.
#[must_use]
pub fn model_ledger(corpus: &PythonCorpus) -> String {
    let mut lines = vec![format!(
        "{} in {} tokens, the longest {}; {} before each text; {} rows, {} pairs of runs",
        corpus
            .texts
            .iter()
            .map(|(split, count)| format!("{count} {}", split.name()))
            .collect::<Vec<_>>()
            .join(", "),
        corpus.tokens,
        corpus.longest,
        corpus.leading,
        corpus.ledger_rows,
        corpus.cases
    )];
    lines.push(format!(
        "\n  {:<16} {:>9} {:>9}  entropy in bits of this run and of another",
        "variable", "own", "other"
    ));
    for (name, words) in &corpus.variables {
        let bits = |semantics: &str| {
            let own = corpus
                .entropies
                .get(name)
                .and_then(|all| all.get(semantics));
            own.copied().unwrap_or(0.0)
        };
        let [own, other] = [&corpus.semantics[0], &corpus.semantics[1]].map(|name| bits(name));
        lines.push(format!("  {name:<16} {own:>9.3} {other:>9.3}  {words}"));
    }
    if !corpus.left_out.is_empty() {
        lines.push("\nleft out".to_owned());
    }
    for (reason, count) in &corpus.left_out {
        lines.push(format!("  {count:>9}  {reason}"));
    }
    lines.join("\n")
}

/// The effects of patches between runs.
#[must_use]
pub fn python_effects(report: &PythonCausal) -> String {
    let shown = |value: Estimate| {
        format!(
            "{:>+6.3} [{:>+6.3}, {:>+6.3}]",
            value.value, value.low, value.high
        )
    };
    let mut lines = vec![
        format!(
            "{} runs of {} groups of programs: right {:.1} %; with the other input the other answer {:.1} %",
            report.cases,
            report.programs,
            100.0 * report.right.value,
            100.0 * report.total.value
        ),
        format!(
            "\n  {:<26} {:<8} {:<10} {:>24} {:>24} {:>9}",
            "site", "tokens", "change", "effect [95 % interval]", "recovered", "unchanged"
        ),
    ];
    for one in &report.effects {
        lines.push(format!(
            "  {:<26} {:<8} {:<10} {:>24} {:>24} {:>9.3}",
            one.site,
            one.tokens,
            one.change,
            shown(one.effect),
            one.recovered.map_or_else(|| "-".to_owned(), shown),
            one.unchanged.value
        ));
    }
    lines.join("\n")
}

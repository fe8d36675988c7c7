//! Tables of a dictionary's measures.

use tracestone_interp::probe::Estimate;
use tracestone_sae::Quality;

use crate::features::{
    KarelSteering, LEAST, LossReport, PythonSteering, Reader, SaeReport, Score, StateReport,
    Steering,
};

/// All measures of a dictionary.
#[must_use]
pub fn sae(report: &SaeReport) -> String {
    let mut text = format!(
        "{} features at {}, {} held-out rows\n  {:<22} {:>7} {:>9} {:>7} {:>7} {:>7} {:>7} {:>7}\n",
        report.width,
        report.site,
        report.quality.rows,
        "",
        "L0",
        "explained",
        "FVU",
        "cosine",
        "L2",
        "dead",
        "dense"
    );
    text.push_str(&quality("this one", &report.quality));
    for (name, other) in &report.beside {
        text.push_str(&quality(name, other));
    }
    if let Some(truth) = &report.truth {
        text.push_str(&format!(
            "\nTrue directions: mean cosine of the best matching {:.4}, uniqueness {:.4}\n",
            truth.mean_max_cosine, truth.uniqueness
        ));
    }
    if let Some(loss) = &report.loss {
        text.push_str(&of_loss(loss));
    }
    for states in &report.states {
        text.push_str(&of_states(states));
    }
    if let Some(steering) = &report.steering {
        text.push_str(&match steering {
            Steering::Karel(steering) => of_facing(steering),
            Steering::Python(steering) => of_runs(steering),
        });
    }
    text
}

fn quality(name: &str, one: &Quality) -> String {
    format!(
        "  {name:<22} {:>7.2} {:>9.4} {:>7.4} {:>7.4} {:>7.4} {:>5.1} % {:>5.1} %\n",
        one.l0,
        one.explained_variance,
        one.fvu,
        one.cosine,
        one.l2_ratio,
        100.0 * one.dead,
        100.0 * one.dense
    )
}

fn of_loss(loss: &LossReport) -> String {
    format!(
        "\nLoss of {} completions: {:.4} as it is, {:.4} with the reconstruction, {:.4} with zeros: {:.1} % recovered; KL {:.4} and {:.4}, \
         {:.1} % recovered; exact \
         {:.1} % and {:.1} %\n",
        loss.texts,
        loss.original,
        loss.reconstructed,
        loss.zeros,
        100.0 * loss.recovered,
        loss.kl[0],
        loss.kl[1],
        100.0 * loss.kl_recovered,
        100.0 * loss.exact[0],
        100.0 * loss.exact[1]
    )
}

fn of_states(states: &StateReport) -> String {
    if states.values.is_empty() {
        return format!(
            "\n{}: no value has {LEAST} tokens in both parts under every semantics: nothing is compared\n",
            states.variable
        );
    }
    let mut text = format!(
        "\n{}: {} values, {} tested tokens of {} programs; original, mean of the other semantics, gap [95 %], * above 0 or below it after \
         Holm's correction for all gaps of the report\n  {:<24} {:<36} {:<36} {}\n",
        states.variable,
        states.values.len(),
        states.rows,
        states.programs,
        "",
        "F1",
        "AUROC",
        "MCC"
    );
    for reader in &states.readers {
        text.push_str(&of_reader(reader));
    }
    text
}

fn of_reader(reader: &Reader) -> String {
    format!(
        "  {:<24} {:<36} {:<36} {}\n",
        reader.name,
        score(&reader.f1),
        score(&reader.auroc),
        score(&reader.mcc)
    )
}

/// A score with its gap.
pub(crate) fn score(score: &Score) -> String {
    let count = score.alternatives.len().max(1) as f64;
    let others = score.alternatives.values().sum::<f64>() / count;
    match score.gap {
        Some(Estimate { value, low, high }) => format!(
            "{:.3} {others:.3} {value:+.3} [{low:+.3}, {high:+.3}]{}",
            score.original,
            if score.p.is_some_and(|p| p < 0.05) {
                "*"
            } else {
                " "
            }
        ),
        None => format!("{:.3}", score.original),
    }
}

fn of_facing(steering: &KarelSteering) -> String {
    let mut text = format!(
        "\nExchanging the facing, judged by the interpreter; the model is right on {:.1} %, and the turned start changes its \
         answer in {:.1} %\n  {:<12} {:<16} {:>8} {:>8} {:>10} {:>10}\n",
        100.0 * steering.right,
        100.0 * steering.input.effect.value,
        "tokens",
        "change",
        "answer",
        "facing",
        "recovered",
        "unchanged"
    );
    for effect in &steering.effects {
        text.push_str(&format!(
            "  {:<12} {:<16} {:>+8.3} {:>+8.3} {:>10} {:>10.3}\n",
            effect.words.name(),
            super::change(effect.change),
            effect.effect.value,
            effect.word.value,
            super::share(effect.recovered),
            effect.unchanged.value
        ));
    }
    text
}

fn of_runs(steering: &PythonSteering) -> String {
    let shown = |value: Estimate| {
        let Estimate { value, low, high } = value;
        format!("{value:>+6.3} [{low:>+6.3}, {high:>+6.3}]")
    };
    let mut text = format!(
        "\nExchanging features for those of another run of the same program, judged by the interpreter: {} pairs of runs of {} \
         groups of programs; the model is right on {:.1} %, and the other input makes it give the other answer in {:.1} %\n  \
         {:<16} {:<8} {:<16} {:>8} {:>24} {:>24} {:>9}\n",
        steering.cases,
        steering.programs,
        100.0 * steering.right.value,
        100.0 * steering.total.value,
        "variable",
        "tokens",
        "change",
        "features",
        "other answer [95 %]",
        "recovered",
        "unchanged"
    );
    if steering
        .effects
        .iter()
        .all(|one| one.effect.recovered.is_none())
    {
        text.push_str("  no share is recovered: the other input does not move the model towards the other answer\n");
    }
    for one in &steering.effects {
        let effect = &one.effect;
        text.push_str(&format!(
            "  {:<16} {:<8} {:<16} {:>8} {:>24} {:>24} {:>9.3}\n",
            one.variable.as_deref().unwrap_or("all"),
            effect.tokens,
            effect.change,
            one.features
                .map_or_else(|| "-".to_owned(), |count| count.to_string()),
            shown(effect.effect),
            effect.recovered.map_or_else(|| "-".to_owned(), shown),
            effect.unchanged.value
        ));
    }
    text
}

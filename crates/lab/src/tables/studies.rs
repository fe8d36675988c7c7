//! Table of a study of plasticity.

use tracestone_plasticity::Finding;

use crate::NamedReport;

/// Each learner's online measure early, late and of a fresh network, with the finding.
#[must_use]
pub fn study(study: &NamedReport) -> String {
    let report = &study.report;
    let measure = match report.settings.stream.is_classification() {
        true => "accuracy",
        false => "squared error",
    };
    let mut lines = vec![
        format!(
            "\n{}: online {measure}, {} steps, {} seeds",
            study.name, report.settings.steps, report.settings.seeds
        ),
        format!(
            "  {:<36} {:>7} {:>7} {:>7}   {:<28} {:>6} {:>6}",
            "learner", "early", "late", "fresh", "old less fresh [95 %]", "dead", "rank"
        ),
    ];
    lines.extend(report.learners.iter().map(|learner| {
        let verdict = &learner.verdict;
        let against = verdict.against_fresh;
        let last = learner.measures.last();
        let (dead, rank) = last.map_or((0.0, 0.0), |m| (m.dead.value, m.effective_rank.value));
        let state = if learner.learner.linear {
            format!("{:>6} {:>6}", "-", "-")
        } else {
            format!("{:>4.0} % {rank:>6.1}", 100.0 * dead)
        };
        let finding = match verdict.finding {
            Finding::Lost => "lost plasticity",
            Finding::Undecided => "like a fresh network",
            Finding::Kept => "better than a fresh network",
            Finding::Diverged => "diverged",
        };
        format!(
            "  {:<36} {:>7.3} {:>7.3} {:>7.3}   {:<28} {state}   {finding}",
            learner.learner.name,
            verdict.early.value,
            verdict.late.value,
            verdict.fresh.value,
            format!(
                "{:+.3} [{:+.3}, {:+.3}]",
                against.value, against.low, against.high
            ),
        )
    }));
    lines.join("\n")
}

//! Plots of a dataset as drawings (SVG) that can stand beside a dataset card, in light and dark.

use tracestone_store::bars;

use crate::index::Dim;
use crate::overview::{Overview, Story};
use crate::terminal::is_longer;

/// A drawing with the name of its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plot {
    /// Name of the file.
    pub name: &'static str,
    /// The drawing itself, as XML.
    pub svg: String,
}

/// The plots of a dataset.
#[must_use]
pub fn plots(overview: &Overview, story: &Story) -> Vec<Plot> {
    let kinds: Vec<(String, u64)> = overview
        .kinds
        .iter()
        .map(|kind| (kind.kind.replace('_', " "), kind.samples))
        .collect();
    let answers: Vec<(String, u64)> = overview
        .facet(Dim::Answer)
        .iter()
        .filter(|(answer, _)| !is_longer(answer))
        .cloned()
        .collect();
    let own = story.funnel.own();
    let way = own.named().map(|(name, count)| (name.to_owned(), count));
    let mut drops: Vec<(String, u64)> = story
        .drops
        .iter()
        .map(|drop| (drop.reason.code().replace('_', " "), drop.count))
        .collect();
    drops.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let plot = |name, title: &str, values: &[(String, u64)]| Plot {
        name,
        svg: bars(title, values),
    };
    vec![
        plot("kinds.svg", "Samples by kind", &kinds),
        plot(
            "steps.svg",
            "Samples by steps of the run",
            overview.facet(Dim::Steps),
        ),
        plot(
            "lengths.svg",
            "Samples by bytes of the answer",
            overview.facet(Dim::AnswerBytes),
        ),
        plot("answers.svg", "Most frequent short answers", &answers),
        plot(
            "repositories.svg",
            "Samples by repository",
            overview.facet(Dim::Source),
        ),
        plot("way.svg", "From functions to samples, outside tests", &way),
        plot("left-out.svg", "Left out, by reason", &drops),
    ]
}

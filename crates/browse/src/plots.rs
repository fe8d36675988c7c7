//! Plots of a dataset as drawings (SVG) that can stand beside a dataset card, in light and dark.

use std::fmt::Write as _;

use tracestone_record::outside;
use tracestone_record::words::grouped;

use crate::index::Dim;
use crate::overview::{Overview, Story};
use crate::terminal::is_longer;

const STYLE: &str = "text{font:13px system-ui,-apple-system,'Segoe UI',sans-serif;fill:#1c1b1a}\
.soft{fill:#65615b}.title{font-size:16px;font-weight:650}.bar{fill:#2458a6}.ground{fill:#fff}\
@media(prefers-color-scheme:dark){text{fill:#e9e7e3}.soft{fill:#a29e97}.bar{fill:#7fb0f5}.ground{fill:#1e1f22}}";
/// Width of a plot.
const WIDTH: u32 = 720;
/// Bars of a plot.
const BARS: usize = 15;

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

fn bars(title: &str, values: &[(String, u64)]) -> String {
    let shown = &values[..values.len().min(BARS)];
    let height = 56 + 26 * shown.len() as u32;
    let most = shown
        .iter()
        .map(|(_, count)| *count)
        .max()
        .unwrap_or(0)
        .max(1);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" \
         role=\"img\"><title>{title}</title><style>{STYLE}</style>\
         <rect class=\"ground\" width=\"{WIDTH}\" height=\"{height}\" rx=\"8\"/>\
         <text class=\"title\" x=\"16\" y=\"28\">{title}</text>\n"
    );
    for (place, (value, count)) in (0_u32..).zip(shown) {
        let top = 44 + 26 * place;
        let width = (*count as f64 / most as f64 * 380.0).max(1.0);
        let _ = writeln!(
            svg,
            "<text x=\"196\" y=\"{}\" text-anchor=\"end\">{}</text><rect class=\"bar\" x=\"206\" y=\"{top}\" width=\"{width:.1}\" \
             height=\"18\" rx=\"3\"/><text class=\"soft\" x=\"{:.1}\" y=\"{}\">{}</text>",
            top + 14,
            label(value),
            214.0 + width,
            top + 14,
            grouped(*count, ',')
        );
    }
    svg.push_str("</svg>\n");
    svg
}

/// A name that fits beside its bar, with nothing in it that is markup.
fn label(value: &str) -> String {
    let clean = outside::line(value);
    let shown: String = match clean.chars().count() {
        0 => "(empty)".to_owned(),
        1..=26 => clean.into_owned(),
        _ => clean.chars().take(25).chain(['…']).collect(),
    };
    shown
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drawing_has_no_markup_of_its_values() {
        let svg = bars("Title", &[("<script>&\u{202e}\x1b</text>".to_owned(), 3)]);
        assert!(
            svg.contains("&lt;script&gt;&amp;\\u202e\\x1b&lt;/t"),
            "{svg}"
        );
        assert_eq!(svg.matches("<script").count(), 0);
        assert!(!svg.chars().any(|c| c != '\n' && outside::is_unsafe(c)));
    }
}

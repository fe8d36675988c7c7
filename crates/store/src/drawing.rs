//! Counts as drawings (SVG) that can stand beside a dataset card, in light and dark.

use std::fmt::Write as _;

use tracestone_record::outside;
use tracestone_record::words::grouped;

const STYLE: &str = "text{font:13px system-ui,-apple-system,'Segoe UI',sans-serif;fill:#1c1b1a}\
.soft{fill:#65615b}.title{font-size:16px;font-weight:650}.bar{fill:#2458a6}.ground{fill:#fff}\
@media(prefers-color-scheme:dark){text{fill:#e9e7e3}.soft{fill:#a29e97}.bar{fill:#7fb0f5}.ground{fill:#1e1f22}}";
/// Width of a plot.
const WIDTH: u32 = 720;
/// Bars of a plot.
const BARS: usize = 15;

/// Groups of numbers, by the largest number of each; the last group has no end.
#[derive(Debug, Clone, Copy)]
pub struct Groups(&'static [u32]);

/// Groups of the steps of runs.
pub const STEP_GROUPS: Groups = Groups(&[2, 5, 10, 20, 50, 100, 200, 500, 1000]);
/// Groups of sizes of answers in bytes.
pub const BYTE_GROUPS: Groups = Groups(&[1, 2, 4, 8, 16, 64, 256, 1024]);

impl Groups {
    /// The group of a number, counted from 0.
    #[must_use]
    pub fn of(self, value: u32) -> u32 {
        self.0.partition_point(|end| *end < value) as u32
    }

    /// Names of the groups: `0–2`, `3–5`, …, `over 1000`.
    #[must_use]
    pub fn names(self) -> Vec<String> {
        let mut names = Vec::new();
        let mut start = 0;
        for end in self.0 {
            names.push(match start == *end {
                true => end.to_string(),
                false => format!("{start}–{end}"),
            });
            start = end + 1;
        }
        names.push(format!("over {}", start - 1));
        names
    }
}

/// Names of groups of difficulties: `0–9`, …, `90–99`, `100`.
#[must_use]
pub fn tens() -> Vec<String> {
    let tens = (0..10).map(|ten| format!("{}–{}", 10 * ten, 10 * ten + 9));
    tens.chain(["100".to_owned()]).collect()
}

/// A bar for each value with its number; the first 15 of them.
#[must_use]
pub fn bars(title: &str, values: &[(String, u64)]) -> String {
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
        let width = match count {
            0 => 0.0,
            _ => (*count as f64 / most as f64 * 380.0).max(1.0),
        };
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

    #[test]
    fn every_number_has_a_group() {
        let names = STEP_GROUPS.names();
        let of = |value| names[STEP_GROUPS.of(value) as usize].as_str();
        assert_eq!(of(0), "0–2");
        assert_eq!(of(2), "0–2");
        assert_eq!(of(3), "3–5");
        assert_eq!(of(1000), "501–1000");
        assert_eq!(of(u32::MAX), "over 1000");
    }
}

//! Drawings as SVG: a heat map, curves, bars. Every number that is drawn can also be read.

use std::fmt::Write as _;

use minijinja::HtmlEscape;
use tracestone_interp::probe::Estimate;
use tracestone_record::outside;

/// Colours of series that can be told apart without seeing red and green.
const COLOURS: [&str; 6] = [
    "#0b5fa5", "#d1661b", "#3f8f6b", "#8a4f9e", "#7a7a7a", "#b03a48",
];

/// A cell of a heat map.
pub(crate) struct Cell {
    pub(crate) column: usize,
    pub(crate) row: usize,
    pub(crate) value: Estimate,
    /// True if the value may be 0: it is grey and in brackets.
    pub(crate) unsure: bool,
}

/// The value of the strongest colour, in all maps.
const MOST: f64 = 0.5;

/// The colour scale that all maps share.
pub(crate) fn legend() -> String {
    let mut svg = String::from(
        "<svg viewBox='0 0 560 40' style='max-width:560px' role='img' aria-label='colour scale of all maps'>",
    );
    for part in 0..=20 {
        let value = (f64::from(part) / 10.0 - 1.0) * MOST;
        let _ = write!(
            svg,
            "<rect x='{:.1}' y='4' width='15.2' height='14' fill='{}'/>",
            4.0 + 15.0 * f64::from(part),
            colour(value)
        );
    }
    for (share, words) in [
        (-1.0, format!("-{MOST} and less")),
        (0.0, "0".to_owned()),
        (1.0, format!("{MOST} and more")),
    ] {
        let anchor = ["start", "middle", "end"][(share + 1.0) as usize];
        text(&mut svg, 4.0 + 157.5 * (share + 1.0), 32.0, anchor, &words);
    }
    let _ = write!(
        svg,
        "<rect x='350' y='4' width='15' height='14' fill='{UNSURE}'/>"
    );
    text(
        &mut svg,
        372.0,
        16.0,
        "start",
        "(grey, in brackets): may be 0",
    );
    svg.push_str("</svg>");
    svg
}

/// The fill of cells whose value may be 0.
const UNSURE: &str = "#e6e4df";

/// The colour of a value: blue above zero, orange below.
fn colour(value: f64) -> String {
    let base = if value >= 0.0 {
        (36.0, 88.0, 166.0)
    } else {
        (196.0, 98.0, 27.0)
    };
    mix(base, (value.abs() / MOST).clamp(0.0, 1.0))
}

/// A heat map in the colours of [`legend`].
pub(crate) fn heat_map(
    title: &str,
    across: &str,
    columns: &[String],
    rows: &[String],
    cells: &[Cell],
) -> String {
    let longest = columns.iter().map(|name| name.chars().count()).max();
    // Wide enough for a value, and for the longest name above it.
    let wide = (7.0 * longest.unwrap_or(0) as f64 + 8.0).max(56.0);
    let (cell, left, top) = ((wide, 30.0), 190.0, 46.0);
    // The title and the words below must fit beside few columns, too.
    let width = (left + cell.0 * columns.len() as f64 + 10.0)
        .max(7.5 * title.chars().count() as f64 + 10.0);
    let height = top + cell.1 * rows.len() as f64 + 26.0;
    let mut svg = open(width, height, title);
    for (at, name) in columns.iter().enumerate() {
        let x = left + cell.0 * (at as f64 + 0.5);
        text(&mut svg, x, top - 6.0, "middle", name);
    }
    for (at, name) in rows.iter().enumerate() {
        let y = top + cell.1 * (at as f64 + 0.5) + 4.0;
        text(&mut svg, left - 8.0, y, "end", name);
    }
    for one in cells {
        let at = (
            left + cell.0 * one.column as f64,
            top + cell.1 * one.row as f64,
        );
        let name = format!("{} {}", rows[one.row], columns[one.column]);
        draw_cell(&mut svg, at, cell, &name, one);
    }
    text(&mut svg, left, height - 8.0, "start", across);
    svg.push_str("</svg>");
    svg
}

/// A cell of a heat map at a place, with its value.
fn draw_cell(
    svg: &mut String,
    (x, y): (f64, f64),
    (width, height): (f64, f64),
    name: &str,
    one: &Cell,
) {
    let Estimate { value, low, high } = one.value;
    let (fill, ink) = match one.unsure {
        true => (UNSURE.to_owned(), "#555"),
        false if value.abs() > 0.6 * MOST => (colour(value), "#fff"),
        false => (colour(value), "#111"),
    };
    let label = if one.unsure {
        format!("({value:+.2})")
    } else {
        format!("{value:+.2}")
    };
    let _ = write!(
        svg,
        "<g><title>{}: {value:+.3} [{low:+.3}, {high:+.3}]</title><rect x='{x:.1}' y='{y:.1}' width='{width:.1}' \
         height='{height:.1}' fill='{fill}' stroke='#fff'/><text x='{:.1}' y='{:.1}' text-anchor='middle' \
         style='fill:{ink}'>{label}</text></g>",
        escape(name),
        x + width / 2.0,
        y + height / 2.0 + 4.0
    );
}

/// A curve with an interval at each point.
pub(crate) struct Series {
    pub(crate) name: String,
    pub(crate) dashed: bool,
    /// Across, and up.
    pub(crate) points: Vec<(f64, Estimate)>,
}

/// Curves with their intervals.
pub(crate) fn curves(title: &str, across: &str, series: &[Series]) -> String {
    let (width, height, left, top, right, bottom) = (720.0, 320.0, 50.0, 34.0, 190.0, 46.0);
    let all = || series.iter().flat_map(|one| &one.points);
    let most_x = all().map(|(x, _)| *x).fold(1.0, f64::max);
    let low = all().map(|(_, y)| y.low).fold(0.0, f64::min).max(-1.0);
    let high = all().map(|(_, y)| y.high).fold(0.1, f64::max).min(1.0);
    let (low, high) = ((low * 10.0).floor() / 10.0, (high * 10.0).ceil() / 10.0);
    let x_of = |x: f64| left + (width - left - right) * x / most_x;
    let y_of = |y: f64| top + (height - top - bottom) * (high - y) / (high - low);
    let mut svg = open(width, height, title);
    axis(&mut svg, (low, high), &y_of, left, width - right);
    for part in 0..=4 {
        let x = most_x * f64::from(part) / 4.0;
        text(
            &mut svg,
            x_of(x),
            height - bottom + 18.0,
            "middle",
            &format!("{x:.0}"),
        );
    }
    text(&mut svg, x_of(most_x / 2.0), height - 8.0, "middle", across);
    for (at, one) in series.iter().enumerate() {
        let colour = COLOURS[at % COLOURS.len()];
        draw_series(&mut svg, one, colour, &x_of, &y_of);
        let (x, y) = (width - right + 12.0, top + 20.0 * at as f64 + 8.0);
        let _ = write!(
            svg,
            "<line x1='{x:.1}' x2='{:.1}' y1='{y:.1}' y2='{y:.1}' stroke='{colour}' \
             stroke-width='2'{}/>",
            x + 24.0,
            dash(one)
        );
        text(&mut svg, x + 30.0, y + 4.0, "start", &one.name);
    }
    svg.push_str("</svg>");
    svg
}

/// The attribute of a dashed line.
fn dash(series: &Series) -> &'static str {
    if series.dashed {
        " stroke-dasharray='5 4'"
    } else {
        ""
    }
}

/// A curve through its points, with their intervals.
fn draw_series(
    svg: &mut String,
    series: &Series,
    colour: &str,
    x_of: &dyn Fn(f64) -> f64,
    y_of: &dyn Fn(f64) -> f64,
) {
    let points: Vec<String> = series
        .points
        .iter()
        .map(|(x, y)| format!("{:.1},{:.1}", x_of(*x), y_of(y.value)))
        .collect();
    let _ = write!(
        svg,
        "<polyline points='{}' fill='none' stroke='{colour}' stroke-width='2'{}/>",
        points.join(" "),
        dash(series)
    );
    for (x, y) in &series.points {
        let (x, value) = (x_of(*x), y_of(y.value));
        let _ = write!(
            svg,
            "<g><title>{}: {:.3} [{:.3}, {:.3}]</title><line x1='{x:.1}' x2='{x:.1}' y1='{:.1}' \
             y2='{:.1}' stroke='{colour}'/><circle cx='{x:.1}' cy='{value:.1}' r='3.5' \
             fill='{colour}'/></g>",
            escape(&series.name),
            y.value,
            y.low,
            y.high,
            y_of(y.low),
            y_of(y.high)
        );
    }
}

/// Points, a colour for each of some kinds.
pub(crate) fn scatter(
    title: &str,
    (across, up): (&str, &str),
    kinds: &[(String, Vec<(f64, f64)>)],
) -> String {
    let (width, height, left, top, right, bottom) = (620.0, 340.0, 56.0, 34.0, 130.0, 46.0);
    let x_of = |x: f64| left + (width - left - right) * x;
    let y_of = |y: f64| top + (height - top - bottom) * (1.0 - y);
    let mut svg = open(width, height, title);
    axis(&mut svg, (0.0, 1.0), &y_of, left, width - right);
    for part in 0..=5 {
        let x = f64::from(part) / 5.0;
        text(
            &mut svg,
            x_of(x),
            height - bottom + 18.0,
            "middle",
            &format!("{x:.1}"),
        );
    }
    text(&mut svg, x_of(0.5), height - 8.0, "middle", across);
    text(&mut svg, 4.0, top - 2.0, "start", up);
    for (at, (name, points)) in kinds.iter().enumerate() {
        let colour = COLOURS[at % COLOURS.len()];
        for (x, y) in points {
            let _ = write!(
                svg,
                "<g><title>{}: {x:.3}, {y:.3}</title><circle cx='{:.1}' cy='{:.1}' r='4' fill='{colour}' \
                 fill-opacity='.75'/></g>",
                escape(name),
                x_of(*x),
                y_of(*y)
            );
        }
        let (x, y) = (width - right + 14.0, top + 20.0 * at as f64 + 8.0);
        let _ = write!(
            svg,
            "<circle cx='{x:.1}' cy='{y:.1}' r='4' fill='{colour}'/>"
        );
        text(&mut svg, x + 10.0, y + 4.0, "start", name);
    }
    svg.push_str("</svg>");
    svg
}

/// A group of bars: its name and, for each kind of bar, a value if there is one.
pub(crate) struct Group {
    pub(crate) name: String,
    pub(crate) bars: Vec<Option<Estimate>>,
}

/// Bars in groups with their intervals.
pub(crate) fn bars(title: &str, kinds: &[String], groups: &[Group]) -> String {
    let (bar, gap, left, top, bottom) = (22.0, 26.0, 50.0, 58.0, 34.0);
    let group = bar * kinds.len() as f64 + gap;
    let width = (left + group * groups.len() as f64 + 10.0).max(560.0);
    let height = 320.0;
    let all = || groups.iter().flat_map(|group| group.bars.iter().flatten());
    let high = all().map(|value| value.high).fold(0.1, f64::max);
    let low = all().map(|value| value.low).fold(0.0, f64::min);
    let (low, high) = ((low * 10.0).floor() / 10.0, (high * 10.0).ceil() / 10.0);
    let y_of = |y: f64| top + (height - top - bottom) * (high - y) / (high - low);
    let mut svg = open(width, height, title);
    axis(&mut svg, (low, high), &y_of, left, width - 10.0);
    let mut x = left;
    for (at, kind) in kinds.iter().enumerate() {
        let colour = COLOURS[at % COLOURS.len()];
        let _ = write!(
            svg,
            "<rect x='{x:.1}' y='30' width='12' height='12' fill='{colour}'/>"
        );
        text(&mut svg, x + 17.0, 41.0, "start", kind);
        x += 36.0 + 7.2 * kind.len() as f64;
    }
    for (at, one) in groups.iter().enumerate() {
        let start = left + group * at as f64 + gap / 2.0;
        for (kind, value) in one.bars.iter().enumerate() {
            let Some(value) = value else { continue };
            let colour = COLOURS[kind % COLOURS.len()];
            let x = start + bar * kind as f64;
            let (from, to) = (y_of(value.value.max(0.0)), y_of(value.value.min(0.0)));
            let middle = x + bar / 2.0;
            let _ = write!(
                svg,
                "<g><title>{}, {}: {:+.3} [{:+.3}, {:+.3}]</title><rect x='{:.1}' y='{from:.1}' \
                 width='{:.1}' height='{:.1}' fill='{colour}'/><line x1='{middle:.1}' x2='{middle:.1}' \
                 y1='{:.1}' y2='{:.1}' class='whisker'/></g>",
                escape(&one.name),
                escape(&kinds[kind]),
                value.value,
                value.low,
                value.high,
                x + 2.0,
                bar - 4.0,
                (to - from).max(0.5),
                y_of(value.low),
                y_of(value.high)
            );
        }
        let middle = start + bar * kinds.len() as f64 / 2.0;
        text(&mut svg, middle, height - 12.0, "middle", &one.name);
    }
    svg.push_str("</svg>");
    svg
}

fn axis(
    svg: &mut String,
    (low, high): (f64, f64),
    y_of: &dyn Fn(f64) -> f64,
    left: f64,
    right: f64,
) {
    let parts = ((high - low) * 10.0).round().max(1.0);
    let every = if parts > 6.0 { 2.0 } else { 1.0 };
    let mut at = 0.0;
    while at <= parts {
        let value = low + at / 10.0;
        let y = y_of(value);
        let class = if value.abs() < 1e-9 { "zero" } else { "grid" };
        let _ = write!(
            svg,
            "<line x1='{left:.1}' x2='{right:.1}' y1='{y:.1}' y2='{y:.1}' class='{class}'/>"
        );
        text(svg, left - 6.0, y + 4.0, "end", &format!("{value:.1}"));
        at += every;
    }
}

fn open(width: f64, height: f64, title: &str) -> String {
    format!(
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width:.0} {height:.0}' style='max-width:{width:.0}px' \
         role='img' aria-label='{0}'><text x='4' y='18' font-weight='600'>{0}</text>",
        escape(title)
    )
}

fn text(svg: &mut String, x: f64, y: f64, anchor: &str, words: &str) {
    let words = escape(words);
    let _ = write!(
        svg,
        "<text x='{x:.1}' y='{y:.1}' text-anchor='{anchor}'>{words}</text>"
    );
}

/// A colour between white and a base.
fn mix((red, green, blue): (f64, f64, f64), strength: f64) -> String {
    let part = |base: f64| 255.0 + (base - 255.0) * (0.15 + 0.85 * strength);
    format!("rgb({:.0},{:.0},{:.0})", part(red), part(green), part(blue))
}

/// Text that is safe in HTML and in attributes.
pub(crate) fn escape(text: &str) -> String {
    HtmlEscape(&outside::text(text)).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_drawn_can_be_read_and_names_cannot_break_out() {
        let value = Estimate {
            value: 0.25,
            low: 0.2,
            high: 0.3,
        };
        let cell = Cell {
            column: 0,
            row: 0,
            value,
            unsure: false,
        };
        let svg = heat_map(
            "<b>",
            "steps",
            &["+1".to_owned()],
            &["a'b".to_owned()],
            &[cell],
        );
        assert!(svg.contains("+0.25") && svg.contains("[+0.200, +0.300]"));
        assert!(svg.contains("&lt;b&gt;") && !svg.contains("a'b"));
    }
}
